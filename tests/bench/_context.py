"""What a benchmark gets: databases of its own, and scripts run inside Odoo."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kdc_cli import server, system, templates
from kdc_cli.odoo_process import RESULT, SCRIPTS, Runtime

FOLDER = Path(__file__).resolve().parent


@dataclass
class Context:
    """The set-up and the size of the measurements."""

    runtime: Runtime
    households: int = 100
    notes: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Tell progress on the error stream; the output is for results."""
        print(f"  … {text}", file=sys.stderr, flush=True)

    @contextmanager
    def database(self, name: str, community: bool = True) -> Iterator[str]:
        """A fresh copy of the template, with or without a community; dropped afterwards."""
        template = (
            templates.ensure_community(self.runtime, self.households) if community else templates.ensure(self.runtime)
        )
        with self.copy(name, template) as database:
            yield database

    @contextmanager
    def copy(self, name: str, template: str) -> Iterator[str]:
        """A fresh copy of that template; dropped afterwards."""
        database = f"kdc_bench_{name}"
        self.runtime.databases.drop(database)
        self.runtime.databases.create(database, template)
        try:
            yield database
        finally:
            self.runtime.databases.drop(database)

    @contextmanager
    def server(self, database: str, workers: int = 0) -> Iterator[server.Running]:
        """A server on that database, prefork behind nginx when workers are asked for."""
        running = server.start(self.runtime, f"bench-{database}", database, system.free_port(), workers=workers)
        try:
            server.wait_ready(self.runtime.home, running)
            yield running
        finally:
            # it may have been started again meanwhile
            server.stop(self.runtime.home, server.find_state(self.runtime.home, running.name) or running)

    def inside(self, script: str, database: str, *arguments: object):
        """Run ``tests/bench/_<script>.py CONFIG DATABASE …`` inside Odoo and return the value it hands over."""
        config = self.runtime.write_config("bench", database, cron_threads=0)
        argv = [self.runtime.home.python, FOLDER / f"_{script}.py", config, database, *arguments]
        log = self.runtime.home.logs / f"bench-{script}.log"
        env = self.runtime.environment() | {"PYTHONPATH": str(SCRIPTS)}
        with log.open("wb") as errors:
            done = subprocess.run(
                [str(arg) for arg in argv], stdout=subprocess.PIPE, stderr=errors, text=True, env=env, check=False
            )
        if done.returncode:
            raise RuntimeError(f"{script}: {system.last_line(log)} (All of it: {log})")
        line = next(line for line in done.stdout.splitlines() if line.startswith(RESULT))
        return json.loads(line.removeprefix(RESULT))
