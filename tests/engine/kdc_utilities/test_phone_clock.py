"""The clock of a phone: what can be known is kept, what cannot is held within what is certain."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from kdc_utilities_engine.phone_clock import corrected

NOON = datetime(2026, 11, 22, 12)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1))


def test_a_right_clock_is_believed():
    assert corrected(NOON, NOON + timedelta(hours=3), NOON + timedelta(hours=3), NOON - timedelta(hours=1)) == NOON


@given(st.timedeltas(timedelta(-9000), timedelta(9000)))
def test_what_a_clock_is_off_does_not_matter(off):
    sent = NOON + timedelta(hours=3)
    assert corrected(NOON + off, sent + off, sent, NOON - timedelta(hours=1)) == NOON


@given(MOMENTS, MOMENTS, MOMENTS)
def test_never_before_the_numbers_and_never_in_the_future(taken, sent, arrived):
    earliest = arrived - timedelta(days=1)
    assert earliest <= corrected(taken, sent, arrived, earliest) <= arrived


def test_the_end_of_time():
    assert corrected(datetime.max, datetime.min, NOON, NOON - timedelta(days=1)) == NOON
