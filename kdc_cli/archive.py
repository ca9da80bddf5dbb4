"""Backup and restore: database and filestore in one archive, with a list of checksums that the restore checks."""

import hashlib
import json
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from . import system
from .console import Problem, say, step
from .database import Databases, link_or_copy

DUMP, LIST, FILES = "database.dump", "contents.json", "filestore"
FORMAT = 1
TABLES = ("res_partner", "res_users", "account_move", "ir_attachment", "ir_module_module")


def checksum(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else _slow(stream)


def _slow(stream) -> str:
    digest = hashlib.sha256()
    while block := stream.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def files_of(folder: Path) -> Iterator[Path]:
    """All files below a folder, in order."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def row_counts(databases: Databases, database: str) -> dict[str, int]:
    """Rows of some tables, to compare a restored database with what was saved."""
    counts = {}
    for table in TABLES:
        if databases.query(f"SELECT to_regclass('{table}') IS NOT NULL", database)[0][0] == "t":
            counts[table] = int(databases.query(f"SELECT count(*) FROM {table}", database)[0][0])
    return counts


def collect_files(source: Path, target: Path) -> None:
    """Link the present files of a filestore into a folder of the same disk, but for those that vanish meanwhile."""
    for path in files_of(source):
        copy = target / path.relative_to(source)
        if copy.exists():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            link_or_copy(path, copy)
        except FileNotFoundError:
            continue


def _dump(databases: Databases, database: str, target: Path) -> dict[str, int]:
    """Dump the database and count its rows at the same moment, while others go on writing."""
    tables = row_counts(databases, database)
    argv = [databases.program("psql"), "-qXAt", "-v", "ON_ERROR_STOP=1", "-d", database]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
    with subprocess.Popen(argv, env=databases.environment(), **pipes) as session:

        def ask(sql: str) -> str:
            session.stdin.write(f"{sql};\n")
            session.stdin.flush()
            return session.stdout.readline().strip()

        # the snapshot lives as long as this transaction
        snapshot = ask("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT pg_export_snapshot()")
        counts = {table: int(ask(f"SELECT count(*) FROM {table}")) for table in tables}
        dump = [databases.program("pg_dump"), "-Fc", "--no-owner", f"--snapshot={snapshot}", "-f", target, database]
        system.run(dump, "pg_dump", databases.home.setup_log, env=databases.environment())
        session.stdin.close()
    return counts


def backup(databases: Databases, database: str, target: Path) -> None:
    """Write one archive; the target appears only when it is complete.

    The server may go on working: its files never change, but it deletes unused ones and adds new ones. So the files are
    collected before the database is read and once more after it, which gives every file that the dump names.
    """
    if not databases.exists(database):
        raise Problem(f"There is no database {database}: ./kdc demo makes one.")
    target.parent.mkdir(parents=True, exist_ok=True)
    work = databases.home.data / "backup.part"
    system.remove_tree(work)
    (work / FILES).mkdir(parents=True)
    partial = target.with_name(target.name + ".part")
    with step(f"Saving {database} to {target}"):
        store = databases.filestore(database)
        collect_files(store, work / FILES)
        counts = _dump(databases, database, work / DUMP)
        collect_files(store, work / FILES)
        sums = {str(path.relative_to(work / FILES)): checksum(path) for path in files_of(work / FILES)}
        contents = {
            "format": FORMAT, "database": database, "made": time.strftime("%FT%TZ", time.gmtime()),
            "dump": checksum(work / DUMP), "files": sums, "rows": counts,
        }  # fmt: skip
        (work / LIST).write_text(json.dumps(contents))
        with tarfile.open(partial, "w:gz", compresslevel=3) as archive:
            archive.add(work / LIST, LIST)
            archive.add(work / DUMP, DUMP)
            for name in sums:
                archive.add(work / FILES / name, f"{FILES}/{name}")
        partial.chmod(0o600)
        partial.replace(target)
    system.remove_tree(work)
    say(f"{target.stat().st_size / 2**20:.0f} MB. ./kdc restore {target} brings it back.")


def _unpack(source: Path, work: Path) -> dict:
    """Unpack an archive and check every checksum in it."""
    try:
        with tarfile.open(source) as archive:
            for member in archive:
                parts = Path(member.name).parts
                if not member.isfile() or Path(member.name).is_absolute() or ".." in parts:
                    raise Problem(f"{source} holds {member.name}, which no backup of ours has: nothing was restored.")
                path = work / member.name
                path.parent.mkdir(parents=True, exist_ok=True)
                with archive.extractfile(member) as stream, path.open("wb") as out:
                    while block := stream.read(1 << 20):
                        out.write(block)
        contents = json.loads((work / LIST).read_text())
        expected = {DUMP: contents["dump"]} | {f"{FILES}/{name}": digest for name, digest in contents["files"].items()}
    except (tarfile.TarError, EOFError, OSError, ValueError, KeyError) as error:
        raise Problem(f"{source} is no complete backup of ./kdc ({error}): nothing was restored.") from None
    for name, digest in expected.items():
        if not (work / name).is_file() or checksum(work / name) != digest:
            raise Problem(f"{source} is damaged ({name}): nothing was restored.")
    return contents


def restore(
    databases: Databases, database: str, source: Path, replace: bool, before_switch: Callable[[], None] = lambda: None
) -> None:
    """Bring a backup back beside the present database, verify it, and only then put it in its place.

    :param replace: whether an existing database may be replaced.
    :param before_switch: called when all is verified, to stop who still uses the old database.
    :raises Problem: when the archive is damaged or the result differs from what was saved.
    """
    if not source.is_file():
        raise Problem(f"There is no file {source}.")
    if databases.exists(database) and not replace:
        raise Problem(f"The database {database} exists: run it in a terminal and confirm, or add --yes to replace it.")
    work = databases.home.data / "restore.part"
    system.remove_tree(work)
    work.mkdir()
    partial = f"{database}_restore"
    with step(f"Restoring {source} to {database}"):
        contents = _unpack(source, work)
        databases.drop(partial)
        databases.create(partial)
        _load(databases, partial, work / DUMP)
        counts = row_counts(databases, partial)
        if counts != contents["rows"]:
            databases.drop(partial)
            raise Problem(f"The restored database differs from the saved one ({counts} instead of {contents['rows']}).")
        before_switch()
        databases.drop(database)
        if (work / FILES).is_dir():
            databases.filestore(partial).parent.mkdir(parents=True, exist_ok=True)
            (work / FILES).rename(databases.filestore(partial))
        databases.rename(partial, database)
    system.remove_tree(work)
    say(f"Verified: {sum(contents['rows'].values())} rows counted, {len(contents['files'])} files compared.")


def _load(databases: Databases, database: str, dump: Path) -> None:
    argv = [databases.program("pg_restore"), "--no-owner", "--exit-on-error", "-d", database, dump]
    done = subprocess.run(
        [str(arg) for arg in argv], capture_output=True, text=True, check=False, env=databases.environment()
    )
    if done.returncode:
        databases.drop(database)
        raise Problem(f"PostgreSQL could not load the backup: {done.stderr.strip().splitlines()[-1]}")
