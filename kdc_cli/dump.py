"""A database as SQL, out of one PostgreSQL server and into another one, older or newer.

``pg_restore`` reads no archive of a newer ``pg_dump``, and a newer ``pg_dump`` writes settings that an older server
refuses. So what the newest client had written could not be restored elsewhere. SQL can, without those settings.
"""

import gzip
import re
import secrets
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from . import postgres, system
from .console import Problem
from .database import Databases

#: how an archive holds the database, and how those of the first format do: as an archive of pg_dump's own
NAME, OLD_NAME = "database.sql.gz", "database.dump"
TABLES = ("res_partner", "res_users", "account_move", "ir_attachment", "ir_module_module")
#: Roles of one server need not exist on the other.
FOR_ANYBODY = ("--no-owner", "--no-privileges")
#: a setting at the head of a dump, and all that stands there
SETTING = re.compile(rb"SET (\w+) = ")
HEAD = re.compile(rb"\s*$|--|SET |SELECT ")


def row_counts(databases: Databases, database: str) -> dict[str, int]:
    """Rows of some tables, to compare a restored database with what was saved."""
    counts = {}
    for table in TABLES:
        if databases.query(f"SELECT to_regclass('{table}') IS NOT NULL", database)[0][0] == "t":
            counts[table] = int(databases.query(f"SELECT count(*) FROM {table}", database)[0][0])
    return counts


def check_client(databases: Databases) -> None:
    """Refuse to save what the client would not understand.

    :raises Problem: when it is older than the server.
    """
    found = re.search(r"\d+", system.output([databases.program("pg_dump"), "--version"]))
    client, server = int(found[0]) if found else 0, int(databases.query("SHOW server_version_num")[0][0]) // 10000
    if client < server:
        raise Problem(
            f"pg_dump {client} cannot save from PostgreSQL {server}: apt-get install postgresql-client-{server}"
        )


def save(databases: Databases, database: str, target: Path) -> dict[str, int]:
    """Dump the database and count its rows at the same moment, while others go on writing."""
    check_client(databases)
    tables = row_counts(databases, database)
    argv = [databases.program("psql"), "-qXAt", "-v", "ON_ERROR_STOP=1", "-d", database]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
    with subprocess.Popen(argv, env=databases.environment(), **pipes) as session:

        def ask(sql: str) -> str:
            try:
                session.stdin.write(f"{sql};\n")
                session.stdin.flush()
            except BrokenPipeError:  # no pipe of the person's, which would end the program without a word
                answer = ""
            else:
                answer = session.stdout.readline().strip()
            if not answer:
                raise Problem(f"PostgreSQL has ended while it was read: start again ({databases.home.setup_log}).")
            return answer

        # the snapshot lives as long as this transaction
        snapshot = ask("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT pg_export_snapshot()")
        counts = {table: int(ask(f"SELECT count(*) FROM {table}")) for table in tables}
        dump = [databases.program("pg_dump"), "-Fp", "-Z", "3", *FOR_ANYBODY, f"--snapshot={snapshot}", "-f", target]
        system.run([*dump, database], "pg_dump", databases.home.setup_log, env=databases.environment())
        session.stdin.close()
    return counts


@contextmanager
def _lines(databases: Databases, folder: Path) -> Iterator[Iterable[bytes]]:
    """The SQL of an unpacked archive.

    :raises Problem: when it is of the first format and too new for this machine.
    """
    if not (folder / OLD_NAME).exists():
        with gzip.open(folder / NAME) as lines:
            yield lines
        return
    # the newest, for it reads the archives of all: our image has an older one as well
    program = postgres.newest("pg_restore") or databases.program("pg_restore")
    argv = [program, *FOR_ANYBODY, "-f", "-", folder / OLD_NAME]
    with tempfile.TemporaryFile() as words:
        with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=words, env=databases.environment()) as process:
            yield process.stdout
        if process.returncode:
            raise Problem(f"pg_restore could not read the backup: {_said(words)}")


def loadable(lines: Iterable[bytes], known: set[str]) -> Iterator[bytes]:
    """The lines of a dump without the settings of its head that are not known here, and without its own restriction.

    Behind its ``\\restrict`` psql takes no command but the ``\\unrestrict`` with the same key.
    """
    head, closing = True, None
    for line in lines:
        if head and line.startswith(b"\\restrict "):
            closing = line.replace(b"\\", b"\\un", 1)
        elif line != closing:
            head = head and bool(HEAD.match(line))
            setting = head and SETTING.match(line)
            if not setting or setting[1].decode() in known:
                yield line


def load(databases: Databases, database: str, folder: Path) -> None:
    """Fill a new database from an unpacked archive.

    :raises Problem: when PostgreSQL refuses a line of it.
    """
    with _lines(databases, folder) as lines:
        run(databases, database, lines)


def run(databases: Databases, database: str, lines: Iterable[bytes]) -> None:
    """Let psql read a dump, and nothing but SQL: an archive of whatever origin starts no program of this machine.

    :raises Problem: with what it refused.
    """
    known = {row[0] for row in databases.query("SELECT name FROM pg_settings", database)}
    argv = [databases.program("psql"), "-qX", "-v", "ON_ERROR_STOP=1", "-d", database]
    with tempfile.TemporaryFile() as words:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": words}
        with subprocess.Popen(argv, env=databases.environment(), **pipes) as session:
            try:
                # The disk is not waited for after each of thousands of statements; the commit of the rename does that.
                session.stdin.write(f"SET synchronous_commit = off;\n\\restrict {secrets.token_hex(16)}\n".encode())
                session.stdin.writelines(loadable(lines, known))
                session.stdin.close()
            except BrokenPipeError:  # it has ended, and said why
                pass
        if session.returncode:
            raise Problem(f"PostgreSQL could not load the backup: {_said(words)}")


def _said(words) -> str:
    """The first telling line of a program's complaints."""
    words.seek(0)
    lines = words.read().decode(errors="replace").strip().splitlines() or ["no word"]
    if "invalid command \\restrict" in lines[0]:
        return "psql is too old to read it safely: apt-get install --only-upgrade postgresql-client"
    return next((line for line in lines if system.TELLING.search(line)), lines[-1])
