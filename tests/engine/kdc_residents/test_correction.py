from datetime import date

import pytest
from kdc_residents_engine import correction

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("kind", "typed", "expected"),
    [
        ("name", "  nguyễn   văn an ", "Nguyễn Văn An"),
        ("name", "Nguyễn Văn An", "Nguyễn Văn An"),
        ("date", "21/11/1975", "1975-11-21"),
        ("date", "1975-11-21", "1975-11-21"),
        ("date", "1975", "1975"),
        ("date", "", ""),
        ("phone", "0905 123 456", "+84905123456"),
        ("phone", "", ""),
        ("choice", "female", "female"),
        ("text", " Thợ  may ", "Thợ may"),
    ],
)
def test_canonical(kind, typed, expected):
    assert correction.canonical(kind, typed, TODAY, choices=("male", "female")) == expected


@pytest.mark.parametrize(
    ("kind", "typed", "problem"),
    [
        ("name", "", "empty"),
        ("name", "An 2", "bad_name"),
        ("date", "31/02/1975", "bad_date"),
        ("date", "hôm qua", "bad_date"),
        ("date", "22/11/2026", "future_date"),
        ("date", "1/1/1850", "too_old"),
        ("phone", "12345", "bad_phone"),
        ("choice", "robot", "bad_choice"),
        ("text", "a" * 101, "too_long"),
    ],
)
def test_refused(kind, typed, problem):
    with pytest.raises(correction.CorrectionError) as refusal:
        correction.canonical(kind, typed, TODAY, choices=("male",), required=True)
    assert refusal.value.kind == problem


@pytest.mark.parametrize("written", ["1975-11-21", "1975", ""])
def test_date_round_trip(written):
    assert correction.date_text(*correction.date_value(written)) == written


def test_date_display():
    assert correction.date_display("1975-11-21") == "21/11/1975"
    assert correction.date_display("1975") == "1975"
    assert correction.date_display("") == ""
