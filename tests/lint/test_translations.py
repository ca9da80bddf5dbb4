"""What people read in Vietnamese: every vi.po is complete, keeps its placeholders and speaks like the ward office."""

import ast
import functools
import re
import unicodedata
from collections import Counter
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(ROOT.glob("addons/kdc_*/i18n/vi.po"))

# %(name)s, %s, %d, %.2f, %% and {0} or {{0}}: what the program fills in
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[-+0#]*\d*(?:\.\d+)?[sdifrxgc]|%%|\{+\w*\}+")
TAG = re.compile(r"</?\w+|\bt-[\w-]+=\"[^\"]*\"|\b(?:class|href|data-\w+|id|name|value)=\"[^\"]*\"")

# a tone mark on the second vowel of an open syllable: hoá, thuỷ, khoá; the house writes hóa, thủy, khóa
OLD_TONE = re.compile(r"(?<!q)(?:o[áàảãạéèẻẽẹ]|u[ýỳỷỹỵ])(?!\w)", re.IGNORECASE)

INVISIBLE = re.compile(r"[\u200b-\u200d\ufeff]")

# where residents read: pages of the portal and the shop, and what their controllers answer
RESIDENT_SOURCES = re.compile(
    r"ir\.ui\.view,arch_db:\w+\.(?:portal_|light_|bill_explanation|handover|market_|cart|order_lines|product)"
    r"(?!template_view)|/controllers/"
)
JARGON = (
    "bản ghi", "đối tác", "bút toán", "cơ sở dữ liệu", "máy chủ", "tham số", "mô hình", "trường dữ liệu", "wizard",
    "backend", "portal", "token", "ID bản ghi", "ngoại lệ", "người dùng nội bộ",
)  # fmt: skip


@functools.cache
def entries(path):
    return [entry for entry in polib.pofile(str(path)) if not entry.obsolete]


def placeholders(text):
    return Counter(PLACEHOLDER.findall(text))


def tags(text):
    return Counter(TAG.findall(text))


def show(found):
    return "\n".join(f"{entry.msgid!r}\n    {entry.msgstr!r}" for entry in found)


@pytest.fixture(params=FILES, ids=lambda path: path.parts[-3])
def terms(request):
    return entries(request.param)


def for_residents(entry):
    return any(RESIDENT_SOURCES.search(place) for place, _line in entry.occurrences)


def test_addons_are_translated():
    """Each addon with words of its own has a vi.po."""
    assert {path.parts[-3] for path in FILES} >= {
        "kdc_residents", "kdc_utilities", "kdc_utilities_payment", "kdc_utilities_reconcile", "kdc_marketplace",
        "kdc_marketplace_utilities", "kdc_feedback", "kdc_marketplace_feedback",
    }  # fmt: skip


@pytest.mark.parametrize("path", [*FILES, *sorted(ROOT.glob("addons/kdc_*/i18n/*.pot"))], ids=lambda path: path.name)
def test_nothing_changes_without_a_term(path):
    """No time of an export in the files, so that ``./kdc i18n`` changes them only when the terms change."""
    assert not {field for field in polib.pofile(str(path)).metadata if field.endswith("-Date")}


@pytest.mark.parametrize("addon", ["kdc_residents", "kdc_utilities", "kdc_marketplace", "kdc_feedback"])
def test_terms_of_residents_are_found(addon):
    """The rules for residents' pages look at something: their templates are recognised by name."""
    found = [entry for entry in entries(ROOT / "addons" / addon / "i18n" / "vi.po") if for_residents(entry)]
    assert len(found) >= 40


def test_complete(terms):
    found = [entry for entry in terms if not entry.msgstr.strip() or entry.fuzzy]
    assert not found, f"empty or fuzzy:\n{show(found)}"


def test_placeholders(terms):
    found = [entry for entry in terms if placeholders(entry.msgid) != placeholders(entry.msgstr)]
    assert not found, f"not the same placeholders:\n{show(found)}"


def test_tags(terms):
    found = [entry for entry in terms if tags(entry.msgid) != tags(entry.msgstr)]
    assert not found, f"not the same HTML:\n{show(found)}"


def test_no_exclamation_mark(terms):
    """Official messages do not shout."""
    found = [entry for entry in terms if "!" in re.sub(r"<!--.*?-->", "", entry.msgstr)]
    assert not found, show(found)


def test_normalised(terms):
    """NFC, so that searching in a page and in the database finds what is read; no invisible characters."""
    found = [
        entry
        for entry in terms
        if unicodedata.normalize("NFC", entry.msgstr) != entry.msgstr
        or re.search("[\u200b\u200c\u200d\ufeff]", entry.msgstr)
    ]
    assert not found, show(found)


def test_one_tone_style(terms):
    found = [entry for entry in terms if OLD_TONE.search(entry.msgstr)]
    assert not found, f"write hóa, thủy, khóa:\n{show(found)}"


def test_no_jargon_for_residents(terms):
    found = [entry for entry in terms if for_residents(entry) and any(word in entry.msgstr.lower() for word in JARGON)]
    assert not found, show(found)


def test_residents_are_addressed_politely(terms):
    """Residents are “Ông/Bà” or “Quý cư dân”, never “bạn”."""
    found = [entry for entry in terms if for_residents(entry) and re.search(r"\b(?:bạn|ông/bà)\b", entry.msgstr)]
    assert not found, show(found)


def test_edges(terms):
    """A missing or added blank or line end glues words together on the screen."""
    found = [
        entry
        for entry in terms
        if entry.msgstr.strip() != entry.msgstr.strip(" ") or (entry.msgid[-1:] == "\n") != (entry.msgstr[-1:] == "\n")
    ]
    assert not found, show(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%(count)s of %s at %s%%", {"%(count)s": 1, "%s": 2, "%%": 1}),
        ("100 % sure", {}),
        ("{{0}} image", {"{{0}}": 1}),
    ],
)
def test_placeholders_are_found(text, expected):
    assert placeholders(text) == expected


@pytest.mark.parametrize("word", ["hoá đơn", "thuỷ", "khoá", "Hoà", "hoè"])
def test_old_tone_style_is_found(word):
    assert OLD_TONE.search(word)


@pytest.mark.parametrize("word", ["hóa đơn", "thủy", "quý", "hoạt", "thoải", "khoản", "toàn", "quỹ", "huỳnh", "khuyến"])
def test_new_tone_style_passes(word):
    assert not OLD_TONE.search(word)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parts[-3])
def test_every_word_of_the_code_is_found(path):
    """A word that the export misses, as inside an f-string, or that is not marked as code stays English for ever."""
    known = {entry.msgid for entry in entries(path) if "odoo-python" in entry.comment}
    missing = [
        f"{source.relative_to(ROOT)}:{line} {word}"
        for source in sorted(path.parents[1].rglob("*.py"))
        if "tests" not in source.parts
        for line, word in words_of(source)
        if word not in known
    ]
    assert not missing, "\n".join(missing)


def words_of(source):
    """Yield the line and the English of each ``self.env._("…")`` and ``_("…")`` of a file."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
            if name in ("_", "_lt") and isinstance(node.args[0].value, str):
                yield node.lineno, node.args[0].value
