"""The days of the law for requests about personal data."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_residents_engine import data_request as engine

CLOCK = engine.Clock(acknowledge_days=2, act_days=20, extension_days=20)


@pytest.mark.parametrize(
    ("received", "expected"),
    [(date(2026, 11, 18), date(2026, 11, 20)), (date(2026, 11, 20), date(2026, 11, 24))],
)
def test_confirmed_in_working_days(received, expected):
    assert CLOCK.acknowledge_by(received) == expected


def test_extended_once():
    assert CLOCK.act_by(date(2026, 11, 1)) == date(2026, 11, 21)
    assert CLOCK.act_by(date(2026, 11, 1), extended=True) == date(2026, 12, 11)


def test_what_is_due():
    first, last = date(2026, 11, 3), date(2026, 11, 21)
    assert engine.due(engine.RECEIVED, first, last) == first
    assert engine.due(engine.IN_PROGRESS, first, last) == last
    for state in (engine.ANSWERED, engine.REFUSED, engine.WITHDRAWN):
        assert engine.due(state, first, last) is None


def test_ended_requests_take_no_step():
    assert {state for state, _step in engine.STEPS} == engine.OPEN


@given(st.dates(date(2026, 1, 1), date(2035, 1, 1)), st.integers(1, 10), st.integers(1, 90), st.integers(0, 90))
def test_deadlines_follow_the_day(received, acknowledge, act, extension):
    clock = engine.Clock(acknowledge, act, extension)
    assert received + timedelta(days=acknowledge) <= clock.acknowledge_by(received)
    assert clock.act_by(received) <= clock.act_by(received, extended=True)
