"""Activation codes: easy to type, hard to guess, never kept in clear."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_residents_engine import activation

# a fixed one: the names of parametrized tests must be the same in every worker
CODE = "605192845916"


def test_codes_are_twelve_digits_and_differ():
    codes = {activation.new_code() for _n in range(500)}
    assert len(codes) == 500
    assert all(activation.parse_code(code) == code for code in codes)


@pytest.mark.parametrize(
    "typed",
    [
        activation.grouped(CODE),
        CODE,
        f" {CODE[:4]}-{CODE[4:8]} . {CODE[8:]} ",
        "\u00a0".join(CODE),
        "".join(chr(0xFF10 + int(digit)) for digit in CODE),
    ],
)
def test_code_as_people_type_it(typed):
    assert activation.parse_code(typed) == CODE


@pytest.mark.parametrize(
    ("typed", "count"),
    [
        ("", 0),
        (None, 0),
        (CODE[:11], 11),
        (CODE + "1", 13),
        ("ABCD EFGH IJKL", 0),
        (CODE[:11] + "x", 11),
        ("x" + CODE, 12),
    ],
)
def test_not_a_code(typed, count):
    with pytest.raises(activation.CodeLengthError) as caught:
        activation.parse_code(typed)
    assert caught.value.count == count


@given(st.integers(0, 11), st.integers(1, 9))
def test_every_wrong_digit_is_found(position, shift):
    code = activation.new_code()
    wrong = str((int(code[position]) + shift) % 10)
    with pytest.raises(activation.CodeTypoError):
        activation.parse_code(code[:position] + wrong + code[position + 1 :])


@given(st.integers(0, 10))
def test_every_swap_of_neighbours_is_found(position):
    code = activation.new_code()
    swapped = code[:position] + code[position + 1] + code[position] + code[position + 2 :]
    if swapped != code:
        with pytest.raises(activation.CodeTypoError):
            activation.parse_code(swapped)


def test_digest_depends_on_code_and_database():
    digest = activation.digest(CODE, b"key")
    assert digest == activation.digest(CODE, b"key")
    assert digest != activation.digest(CODE, b"other")
    assert CODE not in digest


@pytest.mark.parametrize(
    ("number", "typed", "same"),
    [
        ("056178004321", "4321", True),
        ("056178004321", " 43 21 ", True),
        ("056178004321", "4320", False),
        ("056178004321", "", False),
        ("", "", False),
        (None, "", False),
        (False, "alse", False),
        ("056178004321", "８", False),
    ],
)
def test_last_four(number, typed, same):
    assert activation.same_last_four(number, typed) is same
