"""Reading the machine's apt sources."""

from pathlib import Path

import pytest

from kdc_cli import apt
from kdc_cli.console import Problem

DEB822 = """\
# comment of the image
Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
"""


def test_deb822_stanzas_are_read():
    sources = apt.parse_deb822(DEB822)
    assert [source.suites for source in sources] == [("bookworm", "bookworm-updates"), ("bookworm-security",)]
    assert sources[0].uris == ("http://mirror.example/debian",)
    assert sources[0].signed_by == "/usr/share/keyrings/debian-archive-keyring.gpg"


@pytest.mark.parametrize("field", ["Enabled: no", "Types: deb-src"])
def test_deb822_disabled_and_source_stanzas_are_left_out(field):
    text = f"Types: deb\nURIs: http://a.example/debian\nSuites: sid\nComponents: main\n{field}\n"
    assert apt.parse_deb822(text) == []


def test_deb822_continuation_lines_and_inline_keys():
    text = (
        "Types: deb\nURIs: http://a.example/debian\nSuites: sid\nComponents: main\n contrib\nSigned-By:\n -----BEGIN\n"
    )
    (source,) = apt.parse_deb822(text)
    assert source.components == ("main", "contrib")
    assert source.signed_by == ""


@pytest.mark.parametrize(
    ("line", "uri", "suite"),
    [
        ("deb http://a.example/debian bookworm main", "http://a.example/debian", "bookworm"),
        ("deb [arch=amd64 signed-by=/k.gpg] https://b.example/debian sid main", "https://b.example/debian", "sid"),
        ("  deb  http://c.example/debian/  trixie main contrib # mine", "http://c.example/debian/", "trixie"),
    ],
)
def test_one_line_format(line, uri, suite):
    (source,) = apt.parse_one_line(line)
    assert (source.uris, source.suites) == ((uri,), (suite,))
    assert "main" in source.components and "#" not in source.components


@pytest.mark.parametrize(
    "line", ["# deb http://a.example/debian sid main", "deb-src http://a.example/debian sid main", ""]
)
def test_one_line_comments_and_sources_are_left_out(line):
    assert apt.parse_one_line(line) == []


def test_the_mirror_is_debians_own_archive():
    third_party = apt.Source(("https://vendor.example/apt",), ("stable",), ("non-free",))
    assert apt.debian_mirror([third_party, *apt.parse_deb822(DEB822)]) == "http://mirror.example/debian"


def test_security_alone_is_no_mirror():
    with pytest.raises(Problem, match="KDC_ODOO"):
        apt.debian_mirror(apt.parse_deb822(DEB822)[1:])


def test_a_cdrom_is_no_mirror():
    with pytest.raises(Problem):
        apt.debian_mirror([apt.Source(("cdrom:[Debian]/",), ("bookworm",), ("main",))])


def test_both_formats_are_found_in_the_folder(tmp_path: Path):
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text("deb http://one.example/debian bookworm main\n")
    (tmp_path / "sources.list.d" / "debian.sources").write_text(DEB822)
    assert len(apt.read_sources(tmp_path)) == 3


def test_the_private_list_keeps_the_signature_check():
    text = apt.sources_list("http://a.example/debian", Path("/k.gpg"), ["unstable", "bookworm"])
    assert text.splitlines() == [
        "deb [signed-by=/k.gpg] http://a.example/debian unstable main",
        "deb [signed-by=/k.gpg] http://a.example/debian bookworm main",
    ]
    assert "trusted" not in text


def test_a_missing_keyring_is_told(tmp_path: Path):
    with pytest.raises(Problem, match="debian-archive-keyring"):
        apt.archive_keyring([tmp_path / "none.gpg"])
