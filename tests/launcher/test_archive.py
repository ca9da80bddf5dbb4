"""Backup archives: what is damaged or foreign is refused before anything is touched."""

import errno
import hashlib
import io
import json
import os
import tarfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from kdc_cli import archive, database, dump, system
from kdc_cli.console import Problem
from kdc_cli.paths import Home


def make(path, members: dict[str, bytes]):
    """A tar file with these members."""
    with tarfile.open(path, "w:gz") as out:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            out.addfile(info, io.BytesIO(content))
    return path


def contents(sql: bytes, files: dict[str, bytes], number: int = archive.FORMAT) -> bytes:
    """The list of contents that goes with them."""
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    digest = hashlib.sha256(sql).hexdigest()
    return json.dumps({"format": number, "database": "ward", "dump": digest, "files": sums, "rows": {}}).encode()


def test_a_copied_filestore_is_an_equal_of_its_source(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "ab").mkdir(parents=True)
    (source / "ab" / "abc").write_bytes(b"photo")
    (target / "cd").mkdir(parents=True)
    database.copy_filestore(source, target)
    assert [path.relative_to(target) for path in archive.files_of(target)] == [Path("ab/abc")]
    database.copy_filestore(tmp_path / "missing", target)
    assert not target.exists()


def test_a_whole_archive_is_unpacked(tmp_path):
    files = {"ab/abc": b"photo"}
    path = make(
        tmp_path / "a.tar.gz",
        {archive.LIST: contents(b"dump", files), dump.NAME: b"dump", "filestore/ab/abc": b"photo"},
    )
    (tmp_path / "work").mkdir()
    assert archive.contents_of(path)["database"] == "ward"
    assert archive._unpack(path, tmp_path / "work")["rows"] == {}
    assert (tmp_path / "work" / "filestore" / "ab" / "abc").read_bytes() == b"photo"


@pytest.mark.parametrize(
    "members",
    [
        {archive.LIST: contents(b"dump", {}), dump.NAME: b"dumq"},
        {archive.LIST: contents(b"dump", {"ab/abc": b"photo"}), dump.NAME: b"dump"},
        {dump.NAME: b"dump"},
        {archive.LIST: b"not json", dump.NAME: b"dump"},
        {archive.LIST: contents(b"", {}), "../outside": b"x"},
        {archive.LIST: contents(b"", {}), "/etc/outside": b"x"},
        {archive.LIST: contents(b"dump", {}, 99), dump.NAME: b"dump"},
    ],
    ids=["changed dump", "missing file", "no list", "bad list", "climbs out", "absolute", "of tomorrow"],
)
def test_a_bad_archive_is_refused(tmp_path, members):
    path = make(tmp_path / "a.tar.gz", members)
    (tmp_path / "work").mkdir()
    with pytest.raises(Problem, match="nothing was restored"):
        archive._unpack(path, tmp_path / "work")
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("content", [b"", b"no archive at all", b"\x1f\x8b\x08cut"])
def test_a_file_that_is_no_archive_is_told(tmp_path, content):
    path = tmp_path / "a.tar.gz"
    path.write_bytes(content)
    (tmp_path / "work").mkdir()
    with pytest.raises(Problem, match="no complete backup"):
        archive._unpack(path, tmp_path / "work")


def test_a_backup_from_before_the_sql_is_still_read(tmp_path):
    path = make(tmp_path / "a.tar.gz", {archive.LIST: contents(b"PGDMP", {}, 1), dump.OLD_NAME: b"PGDMP"})
    (tmp_path / "work").mkdir()
    assert archive._unpack(path, tmp_path / "work")["format"] == 1


def test_a_full_disk_is_not_taken_for_a_bad_archive(tmp_path, monkeypatch):
    path = make(tmp_path / "a.tar.gz", {archive.LIST: contents(b"dump", {}), dump.NAME: b"dump"})
    (tmp_path / "work").mkdir()

    def full(*_arguments, **_options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(OSError, match="No space left"):
        archive._unpack(path, tmp_path / "work")


@pytest.fixture
def databases(tmp_path, monkeypatch):
    """A database without a server; what is saved of it is a word."""
    home = Home(tmp_path / "home")
    home.make()
    monkeypatch.setattr(dump, "save", lambda _databases, _name, target: target.write_bytes(b"sql") and {})
    return SimpleNamespace(home=home, exists=lambda name: name == "ward", filestore=lambda name: home.data / name)


@pytest.mark.parametrize("kind", ["folder", "below a file"])
def test_a_backup_that_could_not_be_written_is_refused_before_the_work(databases, tmp_path, monkeypatch, kind):
    monkeypatch.setattr(dump, "save", lambda *_arguments: pytest.fail("has begun"))
    (tmp_path / "file").touch()
    with pytest.raises(Problem, match="name a"):
        archive.backup(databases, "ward", tmp_path if kind == "folder" else tmp_path / "file" / "ward.tar.gz")


def test_a_backup_is_never_open_to_others(databases, tmp_path, monkeypatch):
    seen = []
    add = tarfile.TarFile.add

    def look(self, *arguments):
        seen.extend(path.stat().st_mode & 0o777 for path in tmp_path.glob("*.part"))
        return add(self, *arguments)

    monkeypatch.setattr(tarfile.TarFile, "add", look)
    archive.backup(databases, "ward", tmp_path / "ward.tar.gz")
    assert {*seen, (tmp_path / "ward.tar.gz").stat().st_mode & 0o777} == {0o600}
    assert archive.contents_of(tmp_path / "ward.tar.gz")["database"] == "ward"


def test_a_backup_that_fails_gives_the_room_back(databases, tmp_path, monkeypatch):
    def full(*_arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tarfile.TarFile, "add", full)
    with pytest.raises(OSError, match="No space left"):
        archive.backup(databases, "ward", tmp_path / "ward.tar.gz")
    assert not list(tmp_path.glob("ward*"))
    assert not list(databases.home.data.iterdir())


def test_an_older_server_is_spared_the_settings_it_does_not_know():
    """At the head of the dump only: the same words further down are somebody's text, or a mistake to be told."""
    given = [
        b"-- PostgreSQL database dump\n", b"\\restrict key\n", b"\n",
        b"SET lock_timeout = 0;\n", b"SET transaction_timeout = 0;\n",
        b"CREATE TABLE a (b text);\n", b"COPY a FROM stdin;\n", b"SET transaction_timeout = 0;\n", b"\\.\n",
        b"\\unrestrict key\n",
    ]  # fmt: skip
    expected = [line for number, line in enumerate(given) if number not in (1, 4, 9)]
    assert list(dump.loadable(given, {"lock_timeout"})) == expected


def test_a_client_older_than_its_server_is_told_before_it_saves(monkeypatch):
    monkeypatch.setattr(system, "output", lambda argv: "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)")
    older = SimpleNamespace(program=lambda name: name, query=lambda sql: [["160004"]])
    with pytest.raises(Problem, match="pg_dump 15 cannot save from PostgreSQL 16: .* postgresql-client-16"):
        dump.check_client(older)
    dump.check_client(SimpleNamespace(program=older.program, query=lambda sql: [["140004"]]))
