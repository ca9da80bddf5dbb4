"""Trap T13: a typing error, a roll-over and a replacement are three different outcomes."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_utilities_engine import account_number, meter, money


def use(value, previous, **options):
    return meter.consumption(D(value), None if previous is None else D(previous), digits=5, **options)


def test_figures_nobody_can_mean_are_refused_not_stumbled_over():
    for text in ("9" * 30, "1e300"):
        figure = money.decimal(float(text), 3)
        assert money.plain(figure)
        with pytest.raises(meter.ReadingError) as error:
            meter.consumption(figure, D(100), digits=5)
        assert error.value.code == "too_many_digits"


def test_normal():
    assert use("120.5", 100) == D("20.5")
    assert use(100, 100) == 0
    assert use(110, 100, multiplier=D(40)) == 400


@pytest.mark.parametrize(
    ("code", "value", "previous", "options"),
    [
        ("decreasing", 99, 100, {}),
        ("negative", -1, 0, {}),
        ("too_many_digits", 100000, 99999, {}),
        ("no_previous", 5, None, {}),
        ("no_rollover", 200, 100, {"event": "rollover"}),
        ("final_missing", 3, 100, {"event": "replacement"}),
        ("final_decreasing", 3, 100, {"event": "replacement", "final": D(99)}),
    ],
)
def test_refused(code, value, previous, options):
    with pytest.raises(meter.ReadingError) as error:
        use(value, previous, **options)
    assert error.value.code == code


def test_initial_rollover_and_replacement():
    assert use(500, None, event="initial") == 0
    assert use(12, 99990, event="rollover") == 22
    assert use(3, 99990, event="replacement", final=D(99995)) == 5


@given(st.integers(0, 99999), st.integers(0, 99999))
def test_rollover_never_negative(previous, value):
    try:
        assert 0 < use(value, previous, event="rollover") <= 100000
    except meter.ReadingError as error:
        assert error.code == "no_rollover" and value >= previous


def test_warning():
    history = [D(x) for x in (20, 22, 18, 21, 19, 20, 500)]
    assert meter.warning(D(25), history, D(3)) is None
    assert meter.warning(D(61), history, D(3)) == ("high", D(20))
    assert meter.warning(D(0), history, D(3)) == ("zero", D(20))
    assert meter.warning(D(900), history[:2], D(3)) is None
    assert meter.warning(D(0), [D(0)] * 6, D(3)) is None


@given(st.integers(1, 10**9))
def test_account_numbers_are_valid_and_notice_one_wrong_digit(sequence):
    number = account_number.make(sequence)
    assert account_number.is_valid(number) and account_number.is_valid(f"KH {number[:3]} {number[3:]}")
    for place, digit in enumerate(number):
        for other in "0123456789":
            if other != digit:
                assert not account_number.is_valid(number[:place] + other + number[place + 1 :])


def test_account_numbers_refused():
    for text in ("", "abc", "12", "0000018", "00000١7"):
        assert not account_number.is_valid(text)
    with pytest.raises(ValueError, match="starts at 1"):
        account_number.make(0)


def test_a_figure_below_an_estimate_but_not_below_the_last_real_one():
    assert use(104, 110, floor=D(100)) == -6
    with pytest.raises(meter.ReadingError):
        use(99, 110, floor=D(100))
    assert use(95, 90, floor=D(100)) == 5, "counted on from an estimate that was rolled over or corrected"
    assert use(2, 110, event="replacement", final=D(104), floor=D(100)) == -6, "also of a meter that is taken down"
    assert use(2, 100, event="replacement", final=D(100)) == 0
    with pytest.raises(meter.ReadingError):
        use(2, 110, event="replacement", final=D(99), floor=D(100))
    assert use(3, 110, event="below") == 0
    with pytest.raises(meter.ReadingError) as error:
        use(111, 110, event="below")
    assert error.value.code == "not_below"


@given(st.lists(st.decimals(-50, 200, places=3), min_size=1, max_size=12))
def test_what_is_billed_and_what_is_carried_add_up(uses):
    carry, billed = D(0), []
    for used in uses:
        now, carry = meter.settle(used, carry)
        assert now >= 0 >= carry
        billed.append(now)
    assert sum(billed) + carry == sum(uses)


def test_estimate():
    assert meter.estimate(D(100), [D(10), D(11)]) == 111
    assert meter.estimate(D(100), [D(10)] * 6 + [D(900)], months=2) == 120
    assert meter.estimate(D(100), [D(400)], multiplier=D(40)) == 110
    with pytest.raises(meter.ReadingError):
        meter.estimate(D(100), [])


def test_expected_range():
    assert meter.expected(D(100), [D(10)] * 3) == (105, 120)
    assert meter.expected(D(100), [D(1)] * 3) == (101, 106), "At least five steps wide."
    assert meter.expected(D(100), [D(400)] * 6, D(40)) == (105, 120)
    assert meter.expected(D(100), [D(10)] * 2) is None
    assert meter.expected(None, [D(10)] * 6) is None


@pytest.mark.parametrize(
    ("serial", "zone", "register"),
    [
        ("CT-1", "peak", "CT-1 CD"),
        ("CT-1 BT", "peak", "CT-1 CD"),
        ("CT 1", "normal", "CT 1 BT"),
        ("BT", "normal", "BT BT"),
        ("CT-1 TD", "", "CT-1 TD"),
    ],
)
def test_a_register_ends_in_its_sign(serial, zone, register):
    assert meter.register_serial(serial, zone) == register
