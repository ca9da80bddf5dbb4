"""KDC_ODOO as a .deb: unpacked once, completed by Debian's fonts where they are missing, refused when it is none."""

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from kdc_cli import odoo_source
from kdc_cli.console import Problem
from kdc_cli.odoo_source import LINKED, PACKAGE_PATH
from kdc_cli.paths import Home

RELEASE = "version_info = ({}, 0, 0, FINAL, 0, '')\n"
#: as Debian's package has them: one that leads into another package
LINK = "../../../../share/fonts/a.ttf"


def archive(members: dict[str, bytes | str]) -> bytes:
    """A tar file; the content of a link is where it leads to, as text."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(f"./{name}")
            if isinstance(content, str):
                member.type, member.linkname = tarfile.SYMTYPE, content
                tar.addfile(member)
            else:
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def make_deb(path: Path, members: dict[str, bytes | str]) -> Path:
    """A Debian package: an ar archive of a version, the control files and the files."""
    control = b"Package: %s\nVersion: 1\nArchitecture: all\n" % path.stem.encode()
    parts = {
        "debian-binary": b"2.0\n",
        "control.tar.gz": archive({"control": control}),
        "data.tar.gz": archive(members),
    }
    with path.open("wb") as out:
        out.write(b"!<arch>\n")
        for name, content in parts.items():
            out.write(f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode())
            out.write(content + b"\n" * (len(content) % 2))
    return path


def odoo(major: int = 19, **more: bytes | str) -> dict[str, bytes | str]:
    """The least that is taken for Odoo, and more files of its ``odoo`` folder."""
    files = {"release.py": RELEASE.format(major).encode(), "addons/account/__manifest__.py": b"{}"}
    return {f"{PACKAGE_PATH}/odoo/{name}": content for name, content in (files | more).items()}


@pytest.fixture
def home(tmp_path, monkeypatch) -> Home:
    """A home that has downloaded Debian's fonts before, and no other package."""
    home = Home(tmp_path / "home")
    home.make()
    monkeypatch.delenv("KDC_CACHE", raising=False)
    monkeypatch.setattr(odoo_source.PrivateApt, "download", lambda *_arguments: pytest.fail("apt was asked"))
    (home.cache / "debs").mkdir(parents=True)
    for package in LINKED:
        name = package.split("/")[0]
        make_deb(
            home.cache / "debs" / f"{name}_1_all.deb", {f"usr/share/fonts/{name}": b"", "usr/share/fonts/a.ttf": b""}
        )
    return home


@pytest.fixture
def take(home, tmp_path, monkeypatch):
    """Point KDC_ODOO to a package with these files, or to a file of these bytes, and ask for Odoo."""

    def take(content):
        path = tmp_path / "own.deb"
        path.write_bytes(content) if isinstance(content, bytes) else make_deb(path, content)
        monkeypatch.setenv("KDC_ODOO", str(path))
        return odoo_source.ensure(home)

    return take


def test_a_package_is_unpacked_once(home, take, monkeypatch):
    found = take(odoo())
    inside = home.odoo / PACKAGE_PATH
    assert (found.version, found.python_path) == ("19.0", inside)
    assert found.addons_paths == (inside / "odoo" / "addons",)
    assert not (home.odoo / "usr" / "share").exists(), "it leads nowhere else, so nothing else is needed"
    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "run", lambda *_arguments, **_options: pytest.fail("unpacked again"))
        assert odoo_source.ensure(home) == found
    take(odoo(**{"new.py": b"# a newer package in the same place"}))
    assert (inside / "odoo" / "new.py").exists()


def test_the_fonts_of_debians_package_are_added(home, take, capsys):
    take(odoo(**{"a.ttf": LINK, "b.ttf": LINK.replace("a.ttf", "nowhere.ttf")}))
    assert (home.odoo / PACKAGE_PATH / "odoo" / "a.ttf").is_file()
    warning = capsys.readouterr().err
    assert "1 links of the Odoo package lead nowhere" in warning
    assert "b.ttf" in warning


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", r"own\.deb failed: dpkg-deb: error: .*own\.deb.*Fetch that file again"),
        (
            b"<html>There is no such page here, but you may look elsewhere.</html>",
            r"own\.deb failed: dpkg-deb: error: .*not a Debian format archive.*Fetch",
        ),
        (odoo(18), r"own\.deb holds Odoo 18\.0: set KDC_ODOO"),
        ({"usr/bin/other": b""}, r"own\.deb holds no Odoo: set KDC_ODOO"),
        ({f"{PACKAGE_PATH}/odoo/release.py": RELEASE.format(19).encode()}, r"own\.deb holds Odoo 19\.0 without its"),
    ],
    ids=["empty", "web page", "another version", "another package", "no modules"],
)
def test_what_is_no_odoo_is_told_and_leaves_what_is_there(home, take, content, words):
    before = take(odoo())
    with pytest.raises(Problem, match=words) as told:
        take(content)
    assert "\n" not in str(told.value)
    assert odoo_source.inspect(home.odoo) == before


def test_a_package_that_was_cut_off_is_told_and_the_next_one_taken(home, take, tmp_path):
    whole = make_deb(tmp_path / "whole.deb", odoo(**{"large.py": bytes(range(256)) * 400})).read_bytes()
    with pytest.raises(Problem, match="Fetch that file again"):
        take(whole[:-200])
    assert not home.odoo.exists()
    assert take(whole).version == "19.0"
