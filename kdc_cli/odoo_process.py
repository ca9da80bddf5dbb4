"""Runs Odoo of KDC_HOME: configuration files, one-off commands and scripts."""

import base64
import json
import secrets
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import system
from .console import Problem, say
from .database import Databases
from .odoo_source import Odoo
from .paths import ADDONS, CONFIG, Home
from .render import render_file

SCRIPTS = Path(__file__).resolve().parent / "scripts"
GIB = 1024**3
#: a line of a script that is for the person, and the one that carries its result
PROGRESS, RESULT = "KDC-PROGRESS ", "KDC-RESULT "


def odoo_command_line(python: str | Path, *arguments: str | Path) -> list[str]:
    """How Odoo is started."""
    return [str(python), str(SCRIPTS / "odoo_bin.py"), *map(str, arguments)]


@dataclass(frozen=True)
class Limits:
    """When Odoo ends a request that takes too much; 0 is without limit."""

    cpu_seconds: int = 600
    real_seconds: int = 1200
    memory_soft: int = 2 * GIB
    memory_hard: int = 3 * GIB


NO_LIMITS = Limits(0, 0, 0, 0)


@dataclass(frozen=True)
class Runtime:
    """What a finished set-up provides."""

    home: Home
    odoo: Odoo
    databases: Databases

    def admin_password(self) -> str:
        """The generated master password of this home."""
        path = self.home.conf / "admin_password"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(24))
        return path.read_text()

    def personal_data_keys(self) -> list[str]:
        """The keys that encrypt personal numbers, made once; the first one seals, the others still open.

        They lie beside the database and the backups, never in them.
        """
        path = self.home.personal_data_keys
        if not path.exists():
            self.add_personal_data_key()
        return path.read_text().split()

    def add_personal_data_key(self) -> None:
        """Put a new key before the others."""
        path = self.home.personal_data_keys
        known = path.read_text() if path.exists() else ""
        partial = path.with_name(path.name + ".part")
        partial.touch(mode=0o600)
        partial.write_text(f"{base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}\n{known}")
        partial.replace(path)

    def write_config(
        self,
        name: str,
        database: str,
        *,
        port: int = 8069,
        gevent_port: int = 8072,
        workers: int = 0,
        cron_threads: int = 1,
        proxy: bool = False,
        limits: Limits = NO_LIMITS,
    ) -> Path:
        """Write ``KDC_HOME/conf/<name>.conf`` from the template."""
        connection = self.databases.connection
        target = self.home.conf / f"{name}.conf"
        values = {
            "ADDONS_PATH": ",".join(map(str, [*self.odoo.addons_paths, ADDONS])),
            "DATA_DIR": self.home.data,
            "ADMIN_PASSWORD": self.admin_password(),
            "PERSONAL_DATA_KEYS": ",".join(self.personal_data_keys()),
            "DB_HOST": connection.host,
            "DB_PORT": connection.port,
            "DB_USER": connection.user,
            "DB_PASSWORD": connection.password,
            "DB_SSLMODE": connection.sslmode,
            "DB_NAME": database,
            "HTTP_PORT": port,
            "GEVENT_PORT": gevent_port,
            "PROXY_MODE": proxy,
            "WORKERS": workers,
            "CRON_THREADS": cron_threads,
            "LIMIT_TIME_CPU": limits.cpu_seconds,
            "LIMIT_TIME_REAL": limits.real_seconds,
            "LIMIT_MEMORY_SOFT": limits.memory_soft,
            "LIMIT_MEMORY_HARD": limits.memory_hard,
        }
        render_file(CONFIG / "odoo.conf.in", target, values, mode=0o600)
        return target

    def environment(self) -> dict[str, str]:
        """Environment of Odoo processes."""
        env = self.databases.environment()
        for name in ("PYTHONPATH", "ODOO_RC", "PGUSER", "PGPASSWORD"):
            env.pop(name, None)
        # Compiled files stay out of the tracked tree, and of an Odoo folder that is not ours.
        env |= {"PYTHONUNBUFFERED": "1", "PYTHONPYCACHEPREFIX": str(self.home.tmp / "pycache")}
        # A prefork worker hangs up on who is silent for that many seconds; Odoo's 2 are few for a crowd on two cores.
        return env | {"ODOO_HTTP_SOCKET_TIMEOUT": "10"}

    def command(self, *arguments: str | Path) -> list[str]:
        """An Odoo command line."""
        return odoo_command_line(self.home.python, *arguments)

    def odoo_command(self, what: str, *arguments: str | Path) -> None:
        """Run an Odoo command to its end, in the set-up log."""
        system.run(self.command(*arguments), what, self.home.setup_log, env=self.environment())

    def script(self, name: str, database: str, arguments: Sequence[str] = (), show_progress: bool = True):
        """Run a script of ``kdc_cli/scripts`` inside Odoo and return the value it hands over.

        :raises Problem: when the script fails; its output is in the log ``<name>.log``.
        """
        config = self.write_config(f"script-{name}", database, cron_threads=0)
        argv = [self.home.python, SCRIPTS / f"{name}.py", config, database, *arguments]
        log = self.home.logs / f"{name}.log"
        result = None
        with log.open("ab") as out:
            start = out.tell()
            process = subprocess.Popen(
                [str(arg) for arg in argv],
                stdout=subprocess.PIPE,
                stderr=out,
                stdin=subprocess.DEVNULL,
                env=self.environment(),
                text=True,
            )
            try:
                for line in process.stdout:
                    if line.startswith(RESULT):
                        result = json.loads(line.removeprefix(RESULT))
                    elif line.startswith(PROGRESS) and show_progress:
                        say(f"    {line.removeprefix(PROGRESS).strip()}")
            except BaseException:
                system.terminate(process.pid)
                raise
            if process.wait():
                raise Problem(f"{name} failed: {system.last_line(log, start)} (All of it: {log})")
        return result
