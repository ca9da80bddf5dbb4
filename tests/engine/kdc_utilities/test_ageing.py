"""Ageing: each day belongs to one column, and older debts never to a younger column."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_utilities_engine.ageing import BUCKETS, bucket, days_overdue

DUE = date(2026, 10, 15)


@pytest.mark.parametrize(
    ("days", "name"),
    [
        (-400, "not_due"), (-1, "not_due"), (0, "not_due"), (1, "to_30"), (30, "to_30"), (31, "to_60"), (60, "to_60"),
        (61, "to_90"), (90, "to_90"), (91, "over_90"), (4000, "over_90"),
    ],
)  # fmt: skip
def test_limits(days, name):
    assert bucket(days) == name


def test_the_due_day_itself_is_in_time():
    assert days_overdue(DUE, DUE) == 0
    assert bucket(days_overdue(DUE, DUE + timedelta(days=1))) == "to_30"


@given(st.integers(-1000, 5000), st.integers(0, 500))
def test_a_debt_only_gets_older(days, later):
    assert BUCKETS.index(bucket(days)) <= BUCKETS.index(bucket(days + later))
