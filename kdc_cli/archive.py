"""Backup and restore: database and filestore in one archive, with a list of checksums that the restore checks."""

import errno
import hashlib
import json
import os
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from . import dump, system
from .console import Problem, say, step
from .database import Databases, link_or_copy

LIST, FILES = "contents.json", "filestore"
#: 1 held the database as pg_dump's own archive, 2 holds it as SQL
FORMAT = 2
DUMPS = {1: dump.OLD_NAME, 2: dump.NAME}


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


@contextmanager
def _room(databases: Databases, name: str) -> Iterator[Path]:
    """An empty folder on the disk of the filestores, which is left to nobody: a full disk has to get its room back."""
    work = databases.home.data / name
    system.remove_tree(work)
    (work / FILES).mkdir(parents=True)
    try:
        yield work
    finally:
        system.remove_tree(work)


def check_target(target: Path) -> None:
    """Complain about the file of a backup before the work.

    :raises Problem: when it is a folder, or in something that is none.
    """
    if target.is_dir():
        raise Problem(f"{target} is a folder: name a file in it, e.g. {target / time.strftime('kdc-%Y%m%d.tar.gz')}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, FileNotFoundError, NotADirectoryError):
        raise Problem(f"{target.parent} is no folder: name another file.") from None


def backup(databases: Databases, database: str, target: Path) -> None:
    """Write one archive; the target appears only when it is complete.

    The server may go on working: its files never change, but it deletes unused ones and adds new ones. So the files are
    collected before the database is read and once more after it, which gives every file that the dump names.
    """
    check_target(target)
    if not databases.exists(database):
        raise Problem(f"There is no database {database}: ./kdc demo makes one.")
    with _room(databases, "backup.part") as work, step(f"Saving {database} to {target}"):
        store = databases.filestore(database)
        collect_files(store, work / FILES)
        counts = dump.save(databases, database, work / dump.NAME)
        collect_files(store, work / FILES)
        sums = {str(path.relative_to(work / FILES)): checksum(path) for path in files_of(work / FILES)}
        contents = {
            "format": FORMAT, "database": database, "made": time.strftime("%FT%TZ", time.gmtime()),
            "dump": checksum(work / dump.NAME), "files": sums, "rows": counts,
        }  # fmt: skip
        (work / LIST).write_text(json.dumps(contents))
        _pack(work, [LIST, dump.NAME, *(f"{FILES}/{name}" for name in sums)], target)
    say(f"{target.stat().st_size / 2**20:.0f} MB. ./kdc restore {target} brings it back.")


def _pack(work: Path, names: list[str], target: Path) -> None:
    """Write the archive, from its first byte on for our eyes only."""
    partial = target.with_name(target.name + ".part")
    partial.unlink(missing_ok=True)
    try:
        with (
            open(partial, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as stream,
            tarfile.open(fileobj=stream, mode="w:gz", compresslevel=3) as archive,
        ):
            for name in names:
                archive.add(work / name, name)
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def contents_of(source: Path) -> dict:
    """What an archive tells of itself, without unpacking it.

    :raises Problem: when it is none of ours.
    """
    if not source.is_file():
        raise Problem(f"There is no file {source}.")
    with _readable(source), tarfile.open(source) as archive:
        first = archive.next()  # the search for a name would read the whole archive
        if first is None or first.name != LIST or not first.isfile():
            raise KeyError(LIST)
        contents = json.load(archive.extractfile(first))
        if contents["format"] not in DUMPS:
            raise Problem(f"{source} was made by a newer ./kdc, update this one: nothing was restored.")
        return contents


@contextmanager
def _readable(source: Path) -> Iterator[None]:
    """Tell of an archive that cannot be read; a full disk is another matter."""
    try:
        yield
    except (tarfile.TarError, EOFError, OSError, ValueError, KeyError) as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Problem(f"{source} is no complete backup of ./kdc ({error}): nothing was restored.") from None


def _unpack(source: Path, work: Path) -> dict:
    """Unpack an archive and check every checksum in it."""
    contents = contents_of(source)
    with _readable(source):
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
        files = {f"{FILES}/{name}": digest for name, digest in contents["files"].items()}
        expected = {DUMPS[contents["format"]]: contents["dump"]} | files
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
    if databases.exists(database) and not replace:
        raise Problem(f"The database {database} exists: run it in a terminal and confirm, or add --yes to replace it.")
    partial = f"{database}_restore"
    with _room(databases, "restore.part") as work, step(f"Restoring {source} to {database}"):
        contents = _unpack(source, work)
        databases.drop(partial)
        databases.create(partial)
        try:
            dump.load(databases, partial, work)
            counts = dump.row_counts(databases, partial)
            if counts != contents["rows"]:
                wanted = contents["rows"]
                raise Problem(f"The restored database differs from the saved one ({counts} instead of {wanted}).")
        except Problem:
            databases.drop(partial)
            raise
        before_switch()
        databases.drop(database)
        databases.filestore(partial).parent.mkdir(parents=True, exist_ok=True)
        (work / FILES).rename(databases.filestore(partial))
        databases.rename(partial, database)
    say(f"Verified: {sum(contents['rows'].values())} rows counted, {len(contents['files'])} files compared.")
