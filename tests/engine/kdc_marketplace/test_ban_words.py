"""Words a moderator wants to look at."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_marketplace_engine.ban_words import find, words


def fold(text):
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(c for c in plain if not unicodedata.combining(c))


def test_the_setting():
    assert words("thuốc lá\n rượu ,, mực  khô;\n\n") == ["thuốc lá", "rượu", "mực khô"]
    assert words(None) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Bán thuốc lá ngoại", ["thuốc lá"]),
        ("THUOC-LA", ["thuốc lá"]),
        ("thuốc lào", []),
        ("nước thuốc, lá chuối", ["thuốc lá"]),  # a comma is no fence: better looked at once too often
        ("Rượu cần và thuốc lá", ["thuốc lá", "rượu"]),
        ("", []),
        (None, []),
    ],
)
def test_found(text, found):
    assert find(["thuốc lá", "rượu"], text, fold) == found


@given(st.text(), st.text())
def test_a_word_is_found_in_the_middle(before, after):
    assert find(["rượu"], f"{before} rượu {after}", fold) == ["rượu"]
