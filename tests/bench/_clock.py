"""Time that other programs on the machine do not disturb: processor seconds of Odoo and of its database connection."""

import time
from pathlib import Path


class Clock:
    """Measures pieces of work of one environment.

    Odoo waits while its PostgreSQL backend works, so the sum of both processor times is what the work takes on an idle
    machine. A database on another machine cannot be asked; then wall time is taken.
    """

    def __init__(self, env) -> None:
        self.env = env
        env.cr.execute("SELECT pg_backend_pid(), inet_server_addr() IS NULL")
        backend, local = env.cr.fetchone()
        self._stat = Path(f"/proc/{backend}/stat")
        self.processor = local and self._stat.exists() and "postgres" in self._stat.read_text()

    def now(self) -> float:
        """Seconds from some start on."""
        if not self.processor:
            return time.perf_counter()
        # After the name in brackets; the 12th and 13th are user and system time in hundredths of a second.
        fields = self._stat.read_text().rpartition(")")[2].split()
        return time.process_time() + (int(fields[11]) + int(fields[12])) / 100

    def timed(self, work, *arguments) -> float:
        """Seconds of ``work(*arguments)``, with everything before and in it written to the database."""
        self.env.flush_all()
        started = self.now()
        work(*arguments)
        self.env.flush_all()
        return self.now() - started
