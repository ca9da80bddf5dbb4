"""Databases with their filestores: make, copy, drop, ask."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import postgres, system
from .console import Problem
from .paths import Home

NAME = re.compile(r"[a-z][a-z0-9_]{0,50}")


@dataclass(frozen=True)
class Databases:
    """The databases of one server and the filestores of one home."""

    home: Home
    connection: postgres.Connection

    def environment(self) -> dict[str, str]:
        """Environment in which PostgreSQL's programs find the server and are found themselves."""
        env = dict(os.environ, **self.connection.environment())
        binaries = postgres.find_binaries()
        if binaries:
            env["PATH"] = f"{binaries}{os.pathsep}{env.get('PATH', '')}"
        return env

    def program(self, name: str) -> str:
        """The path of one of PostgreSQL's programs."""
        found = shutil.which(name, path=self.environment()["PATH"])
        if not found:
            raise Problem(f"The program {name} is missing: apt-get install postgresql-client")
        return found

    def query(self, sql: str, database: str = "postgres") -> list[list[str]]:
        """Rows of a query as text.

        :raises Problem: with what the server said.
        """
        argv = [self.program("psql"), "-qXAt", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "-"]
        done = subprocess.run(argv, input=sql, text=True, capture_output=True, check=False, env=self.environment())
        if done.returncode:
            raise Problem(
                f"PostgreSQL refused: {done.stderr.strip().splitlines()[0] if done.stderr.strip() else 'no word'}"
            )
        return [line.split("\x1f") for line in done.stdout.splitlines() if line]

    def names(self, prefix: str) -> list[str]:
        """Databases whose names begin so."""
        rows = self.query("SELECT datname FROM pg_database ORDER BY datname")
        return [row[0] for row in rows if row[0].startswith(prefix)]

    def exists(self, name: str) -> bool:
        return name in self.names(name)

    def is_whole(self, name: str) -> bool:
        """Whether a database is there with its files: without them it is of another home, or a rest of this one."""
        return self.exists(name) and self.filestore(name).is_dir()

    def parameter(self, database: str, key: str) -> str:
        """A value of Odoo's ``ir_config_parameter``; empty if it or the table is not there."""
        literal = key.replace("'", "''")
        try:
            rows = self.query(f"SELECT value FROM ir_config_parameter WHERE key = '{literal}'", database)
        except Problem:
            return ""
        return rows[0][0] if rows else ""

    def set_parameter(self, database: str, key: str, value: str) -> None:
        """Keep a value in Odoo's ``ir_config_parameter``."""
        pair = ", ".join("'{}'".format(text.replace("'", "''")) for text in (key, value))
        self.query(
            f"INSERT INTO ir_config_parameter (key, value) VALUES ({pair}) "
            "ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value",
            database,
        )

    def filestore(self, name: str) -> Path:
        return self.home.data / "filestore" / name

    def create(self, name: str, template: str | None = None) -> None:
        """Make a database, empty or as a copy of another one and its files."""
        check_name(name)
        argv = [self.program("createdb"), "-E", "UTF8", "-T", template or "template0", name]
        self._alone(template, lambda: self._run(argv, f"Making the database {name}"))
        if template:
            copy_filestore(self.filestore(template), self.filestore(name))

    def disconnect(self, name: str) -> None:
        """End connections to a database, which would prevent copying or dropping it."""
        check_name(name.replace("-", "_"))
        self.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{name}' AND pid <> pg_backend_pid() "
            # autovacuum belongs to the superuser and gives way by itself
            "AND backend_type = 'client backend' AND usename = current_user"
        )

    def _alone(self, name: str | None, work: Callable[[], object]) -> None:
        """Do what a database must be at rest for; again after a while, since a busy machine is slow to let go of it."""
        for pause in (1, 5, 15, None):
            if name:
                self.disconnect(name)
            try:
                work()
                return
            except Problem as problem:
                if pause is None or "accessed by other users" not in str(problem):
                    raise
            time.sleep(pause)

    def _run(self, argv: list[str], what: str) -> None:
        system.run(argv, what, self.home.setup_log, env=self.environment())

    def drop(self, name: str) -> None:
        """Delete a database and its files, if they are there."""
        check_name(name.replace("-", "_"))
        # not dropdb --force: it is refused when autovacuum, the superuser's, happens to be at work there
        argv = [self.program("dropdb"), "--if-exists", name]
        self._alone(name, lambda: self._run(argv, f"Deleting the database {name}"))
        system.remove_tree(self.filestore(name))

    def rename(self, old: str, new: str) -> None:
        """Give a finished database its name; its files first, so that under that name it is never without them."""
        check_name(new)
        if self.exists(new):
            raise Problem(f"The database {new} exists already: nothing was renamed.")
        if self.filestore(old).is_dir():
            system.remove_tree(self.filestore(new))
            self.filestore(old).rename(self.filestore(new))
        self._alone(old, lambda: self.query(f'ALTER DATABASE "{old}" RENAME TO "{new}"'))


def check_name(name: str) -> None:
    """Names go into SQL and paths, so only plain ones are taken."""
    if not NAME.fullmatch(name):
        raise Problem(f"'{name}' is not a database name: use small letters, digits and underscores.")


def copy_filestore(source: Path, target: Path) -> None:
    """Make a folder an equal of a filestore, which may be missing; the files never change, so hard links do."""
    system.remove_tree(target)
    if source.is_dir():
        shutil.copytree(source, target, copy_function=link_or_copy)


def link_or_copy(source: str | Path, target: str | Path) -> str | Path:
    """Give a file a second name; where that is not possible, copy it."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copy2(source, target)
    return target
