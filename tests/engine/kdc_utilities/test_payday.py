"""When the next reminder of somebody's own payday comes."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_utilities_engine.payday import next_payday, payday_of


@pytest.mark.parametrize(
    ("day", "today", "reminded_on", "found"),
    [
        (5, date(2026, 11, 4), None, date(2026, 11, 5)),
        (5, date(2026, 11, 5), None, date(2026, 12, 5)),
        (5, date(2026, 11, 5), date(2026, 11, 5), date(2026, 12, 5)),
        (20, date(2026, 11, 6), date(2026, 11, 5), date(2026, 12, 20)),
        (31, date(2026, 11, 6), None, date(2026, 11, 30)),
        (31, date(2026, 11, 30), date(2026, 11, 30), date(2026, 12, 31)),
        (30, date(2027, 2, 1), None, date(2027, 2, 28)),
        (29, date(2028, 2, 1), None, date(2028, 2, 29)),
        (10, date(2026, 12, 10), None, date(2027, 1, 10)),
    ],
)
def test_vectors(day, today, reminded_on, found):
    assert next_payday(day, today, reminded_on) == found


@given(st.integers(1, 31), st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_every_month_once(day, today):
    """Reminded on each payday, the next one lies in the next month, on the day or the last day of the month."""
    first = next_payday(day, today)
    second = next_payday(day, first, first)
    assert today < first <= today + timedelta(days=61)
    assert (second.year * 12 + second.month) - (first.year * 12 + first.month) == 1
    assert second == payday_of(second, day)
    assert second.day == day or (second + timedelta(days=1)).day == 1
