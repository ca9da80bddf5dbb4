"""How figures, dates and numbers are written (ux.md, "Numbers")."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_residents_engine import format as fmt

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.000"),
        (1234567, "1.234.567"),
        (-45000, "−45.000"),
        (186000.0, "186.000"),
        (Decimal("10.5"), "11"),
        (Decimal("-0.4"), "0"),
        (10**12, "1.000.000.000.000"),
    ],
)
def test_vnd(amount, text):
    assert fmt.vnd(amount) == f"{text}{NBSP}₫"
    assert fmt.vnd(amount, symbol=False) == text


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_vnd_can_be_read_back(amount):
    assert int(fmt.vnd(amount, symbol=False).replace(".", "").replace("−", "-")) == amount


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12.5, "12,5"),
        (12, "12"),
        (0, "0"),
        (1234.5678, "1.234,568"),
        (-0.25, "−0,25"),
        (-0.0001, "0"),
        (Decimal("3.140"), "3,14"),
        (0.1 + 0.2, "0,3"),
    ],
)
def test_number(value, text):
    assert fmt.number(value) == text


def test_days_and_moments_are_vietnamese():
    assert fmt.day(date(2026, 11, 21)) == "21/11/2026"
    assert fmt.moment(datetime.fromisoformat("2026-11-21 09:30:00")) == "16:30 21/11/2026"
    assert fmt.day(datetime.fromisoformat("2026-11-20 18:00:00")) == "21/11/2026", (
        "18:00 UTC is the next day in Việt Nam"
    )
    aware = datetime(2026, 11, 21, 16, 30, tzinfo=timezone(timedelta(hours=7)))
    assert fmt.moment(aware) == "16:30 21/11/2026"
    assert fmt.moment("2026-11-21 09:30:00") == "16:30 21/11/2026"
    assert fmt.period(date(2026, 11, 1)) == "Tháng 11/2026"
    assert fmt.period("2026-01-01") == "Tháng 1/2026"


@pytest.mark.parametrize(
    "function",
    [
        fmt.vnd,
        fmt.number,
        fmt.day,
        fmt.moment,
        fmt.period,
        fmt.phone,
        fmt.mask,
        fmt.mask_phone,
    ],
)
@pytest.mark.parametrize("nothing", [None, False])
def test_nothing_gives_nothing(function, nothing):
    assert function(nothing) == ""


def test_phone_and_masks():
    assert fmt.phone("+84905123456") == "0905 123 456"
    assert fmt.mask("056090001234") == "•••••••••234"
    assert fmt.mask("12") == "12"
    assert fmt.mask_phone("+84905123456") == "0905 ••• 456"


def test_templates_see_the_same_functions():
    assert fmt.fmt.date(date(2026, 11, 21)) == "21/11/2026"
    assert fmt.fmt.vnd(1000) == f"1.000{NBSP}₫"
