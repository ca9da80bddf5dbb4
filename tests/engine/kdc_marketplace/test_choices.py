"""Kinds of choice of a listing, as a shop types them."""

import pytest
from kdc_marketplace_engine.choices import ChoiceError, Kind, read


def fold(text):
    return text.casefold()


def test_one_choice_on_each_line():
    assert read([(" Cỡ ", "S\n\n M \r\nL"), ("", "  \n")], fold) == [Kind("Cỡ", ("S", "M", "L"))]


def test_a_comma_belongs_to_the_choice():
    assert read([("Gói", "0,5 kg\n1,5 kg")], fold) == [Kind("Gói", ("0,5 kg", "1,5 kg"))]


def test_the_same_word_is_one_choice():
    assert read([("Màu", "Đỏ\nđỏ\nXanh")], fold) == [Kind("Màu", ("Đỏ", "Xanh"))]


def test_the_second_part_alone_counts():
    assert read([("", ""), ("Màu", "Đỏ\nXanh")], fold) == [Kind("Màu", ("Đỏ", "Xanh"))]


def test_nothing_is_no_choice():
    assert read([(None, None), ("", "")], fold) == []


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ([("", "S\nM")], "name"),
        ([("Cỡ", "S")], "few"),
        ([("Cỡ", "")], "few"),
        ([("Cỡ", "\n".join(map(str, range(11))))], "many"),
        ([("Cỡ", "S\n" + "x" * 31)], "long"),
        ([("x" * 31, "S\nM")], "long"),
        ([("Cỡ", "S\nM"), ("CỠ", "1\n2")], "twice"),
        ([("Cỡ", "\n".join("abcdefghij")), ("Màu", "1\n2\n3\n4\n5\n6")], "variants"),
    ],
)
def test_what_cannot_be_offered(typed, code):
    with pytest.raises(ChoiceError) as raised:
        read(typed, fold)
    assert raised.value.code == code
