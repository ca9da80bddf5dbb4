"""The guide shows pictures that exist, names what is on the screens, and can be found from its index."""

import re
import subprocess

import polib
import pytest

from kdc_cli import docs
from kdc_cli.paths import ADDONS, ROOT

GUIDE = ROOT / "docs"
PAGES = sorted(GUIDE.glob("*.md"))
BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|img/)([^)#]*)(?:#([^)]*))?\)")
#: labels of Odoo's own screens, in Odoo's own translation
OF_ODOO = {
    "Cài đặt", "Công ty", "Mới", "Người dùng", "Người dùng & Công ty", "Quyền truy cập", "Thiết lập Chung",
}  # fmt: skip


def bare(text: str) -> str:
    """A text without markup, placeholders and line breaks."""
    text = re.sub(r"<[^>]*>|%\(\w+\)s|%s", " ", text)
    return re.sub(r"\s+", " ", text).strip()


def labels() -> str:
    """All Vietnamese texts of our addons, one a line."""
    texts = [entry.msgstr for path in ADDONS.glob("*/i18n/vi.po") for entry in polib.pofile(str(path))]
    return "\n".join(bare(text) for text in texts)


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, made as the code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_picture_is_there_or_is_made_by_a_test():
    calls = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "e2e").glob("*.py"))
    made = [
        re.compile(r"[\w-]+".join(map(re.escape, re.split(r"\{.*?\}", name))) + r"\.png")
        for name in re.findall(r"shot\(\s*\w+,\s*f?\"(.+?)\"", calls)
    ]
    tracked = subprocess.run(
        ["git", "ls-files", "docs/img"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    for name in docs.wanted(docs.pages()):
        assert (GUIDE / "img" / name).is_file(), f"docs/img/{name} is missing: ./kdc test tests/e2e && ./kdc docs"
        assert f"docs/img/{name}" in tracked or any(pattern.fullmatch(name) for pattern in made), name


def test_no_picture_is_large_or_left_over():
    pictures = {path.name: path.stat().st_size for path in (GUIDE / "img").iterdir()}
    assert not {name: size for name, size in pictures.items() if size > docs.LARGEST}
    assert set(pictures) == set(docs.wanted(docs.pages()))


def test_every_picture_says_what_it_shows():
    for path in docs.pages():
        assert "![](" not in path.read_text(encoding="utf-8"), path.name


def test_every_page_is_in_the_index():
    index = (GUIDE / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in PAGES if path.name != "README.md" and f"({path.name})" not in index] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_links_lead_somewhere(page):
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        other = (page.parent / target).resolve() if target else page
        assert other.exists(), target
        assert not anchor or anchor in anchors(other.read_text(encoding="utf-8")), f"{target}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_bold_words_are_words_of_the_screens(page):
    """What is set in bold is a label, written as on the screen; emphasis is set in italics."""
    known = labels()
    wrong = [
        part
        for bold in BOLD.findall(page.read_text(encoding="utf-8"))
        for label in bare(bold).split(" → ")
        for part in re.split(r"\s*…\s*", label.rstrip("."))
        if part and part not in OF_ODOO and part not in known
    ]
    assert not wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_messages_are_what_the_screen_says(page):
    """The tables of troubles quote; an ellipsis stands for what differs each time."""
    known = labels()
    tables = re.findall(
        r"^\| Màn hình nói \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", page.read_text(encoding="utf-8"), re.MULTILINE
    )
    quoted = [row.split("|")[1] for table in tables for row in table.splitlines()]
    parts = [part.strip(" .“”:()") for text in quoted for part in re.split(r"…| / ", text)]
    assert not [part for part in parts if part not in known]
