"""Backup archives: what is damaged or foreign is refused before anything is touched."""

import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from kdc_cli import archive, database
from kdc_cli.console import Problem


def make(path, members: dict[str, bytes]):
    """A tar file with these members."""
    with tarfile.open(path, "w:gz") as out:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            out.addfile(info, io.BytesIO(content))
    return path


def contents(dump: bytes, files: dict[str, bytes]) -> bytes:
    """The list of contents that goes with them."""
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return json.dumps({"dump": hashlib.sha256(dump).hexdigest(), "files": sums, "rows": {}}).encode()


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
        {archive.LIST: contents(b"dump", files), archive.DUMP: b"dump", "filestore/ab/abc": b"photo"},
    )
    (tmp_path / "work").mkdir()
    assert archive._unpack(path, tmp_path / "work")["rows"] == {}
    assert (tmp_path / "work" / "filestore" / "ab" / "abc").read_bytes() == b"photo"


@pytest.mark.parametrize(
    "members",
    [
        {archive.LIST: contents(b"dump", {}), archive.DUMP: b"dumq"},
        {archive.LIST: contents(b"dump", {"ab/abc": b"photo"}), archive.DUMP: b"dump"},
        {archive.DUMP: b"dump"},
        {archive.LIST: b"not json", archive.DUMP: b"dump"},
        {"../outside": b"x"},
        {"/etc/outside": b"x"},
    ],
    ids=["changed dump", "missing file", "no list", "bad list", "climbs out", "absolute"],
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
