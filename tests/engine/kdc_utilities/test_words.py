"""Amounts in words: the vectors of the law's examples, and a reader that reads them back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_utilities_engine import words

VECTORS = [
    (0, "Không đồng"),
    (15, "Mười lăm đồng"),
    (21, "Hai mươi mốt đồng"),
    (24, "Hai mươi tư đồng"),
    (25, "Hai mươi lăm đồng"),
    (105, "Một trăm linh năm đồng"),
    (204, "Hai trăm linh bốn đồng"),
    (1021, "Một nghìn không trăm hai mươi mốt đồng"),
    (21021, "Hai mươi mốt nghìn không trăm hai mươi mốt đồng"),
    (269244, "Hai trăm sáu mươi chín nghìn hai trăm bốn mươi tư đồng"),
    (979560, "Chín trăm bảy mươi chín nghìn năm trăm sáu mươi đồng"),
    (1000001, "Một triệu không trăm linh một đồng"),
    (1234567, "Một triệu hai trăm ba mươi tư nghìn năm trăm sáu mươi bảy đồng"),
    (1000000000, "Một tỷ đồng"),
    (1002003004, "Một tỷ không trăm linh hai triệu không trăm linh ba nghìn không trăm linh bốn đồng"),
]


@pytest.mark.parametrize(("amount", "expected"), VECTORS)
def test_vectors(amount, expected):
    assert words.amount_in_words(amount) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1, "một"),
        (4, "bốn"),
        (5, "năm"),
        (10, "mười"),
        (11, "mười một"),
        (14, "mười bốn"),
        (20, "hai mươi"),
        (31, "ba mươi mốt"),
        (100, "một trăm"),
        (111, "một trăm mười một"),
        (115, "một trăm mười lăm"),
        (1000, "một nghìn"),
        (1005, "một nghìn không trăm linh năm"),
        (10**12, "một nghìn tỷ"),
        (10**15, "một triệu tỷ"),
        (10**18, "một tỷ tỷ"),
        (10**12 + 5, "một nghìn tỷ không trăm linh năm"),
        (
            1002003004005,
            "một nghìn không trăm linh hai tỷ không trăm linh ba triệu không trăm linh bốn nghìn không trăm linh năm",
        ),
        (10**15 + 5 * 10**9, "một triệu không trăm linh năm tỷ"),
    ],
)
def test_further_numbers(number, expected):
    assert words.number_in_words(number) == expected


def test_southern_word():
    assert words.amount_in_words(105, zero_tens="lẻ") == "Một trăm lẻ năm đồng"
    assert words.number_in_words(1001, zero_tens="lẻ") == "một nghìn không trăm lẻ một"


def test_negative_is_refused_unless_asked_for():
    with pytest.raises(ValueError):
        words.amount_in_words(-5)
    assert words.amount_in_words(-5, negative=True) == "Âm năm đồng"
    assert words.amount_in_words(-1000, negative=True) == "Âm một nghìn đồng"


@pytest.mark.parametrize("wrong", [1.5, 1.0, "5", None, True])
def test_only_whole_numbers(wrong):
    with pytest.raises(TypeError):
        words.number_in_words(wrong)


@pytest.mark.parametrize(("args"), [(10**18 + 1,), (-(10**18) - 1,), (5, "lẽ")])
def test_out_of_range(args):
    with pytest.raises(ValueError):
        words.number_in_words(*args)


DIGIT_OF = {word: value for value, word in enumerate(words.DIGITS)} | {"mốt": 1, "tư": 4, "lăm": 5}


def read_back(text):
    """An independent reader: words to number, so that the writer is proved by round trip."""
    total = billions = group = digit = 0
    for word in text.split():
        if word in DIGIT_OF:
            digit = DIGIT_OF[word]
        elif word == "trăm":
            group, digit = digit * 100, 0
        elif word == "mươi":
            group, digit = group + digit * 10, 0
        elif word == "mười":
            group, digit = group + 10, 0
        elif word in ("nghìn", "triệu"):
            total += (group + digit) * {"nghìn": 10**3, "triệu": 10**6}[word]
            group = digit = 0
        elif word == "tỷ":
            billions = (billions + total + group + digit) * 10**9
            total = group = digit = 0
        else:
            assert word in ("linh", "lẻ"), word
    return billions + total + group + digit


@given(st.integers(0, 10**18))
def test_words_read_back_to_the_same_number(number):
    text = words.number_in_words(number)
    assert read_back(text) == number
    assert text == " ".join(text.split())


@given(st.integers(0, 10**18))
def test_both_customs_differ_only_in_the_word(number):
    assert words.number_in_words(number, "lẻ") == words.number_in_words(number).replace("linh", "lẻ")


def test_every_small_number_is_different():
    assert len({words.number_in_words(number) for number in range(20000)}) == 20000
