"""Exact numbers: more digits than Python keeps by itself, rounded once."""

from decimal import Decimal as D

from kdc_utilities_engine.money import plain, spread

#: Just below half a đồng, in more digits than the 28 that Python keeps.
BELOW_HALF = D("0.4" + "9" * 39)


def test_an_amount_is_rounded_once_however_many_digits_it_has():
    assert spread([BELOW_HALF]) == [0]
    assert spread([10**9 + BELOW_HALF.copy_negate(), D(0)]) == [10**9, 0]


def test_a_quantity_is_read_back_with_all_its_digits():
    assert plain(BELOW_HALF) == str(BELOW_HALF)
