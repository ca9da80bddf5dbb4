from datetime import date, datetime

import pytest
from kdc_residents_engine import residence

ARRIVAL = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("notified", "after_eleven", "on_time"),
    [
        (datetime(2026, 11, 20, 9, 0), False, True),
        (datetime(2026, 11, 21, 22, 59), False, True),
        (datetime(2026, 11, 21, 23, 0), False, False),
        (datetime(2026, 11, 22, 7, 59), False, False),
        (datetime(2026, 11, 22, 7, 59), True, True),
        (datetime(2026, 11, 22, 8, 0), True, False),
    ],
)
def test_guest_notice(notified, after_eleven, on_time):
    assert residence.is_on_time(ARRIVAL, notified, after_eleven) is on_time


@pytest.mark.parametrize(
    ("start", "last"),
    [
        (date(2026, 1, 1), date(2027, 12, 31)),
        (date(2026, 11, 21), date(2028, 11, 20)),
        (date(2024, 2, 29), date(2026, 2, 28)),
    ],
)
def test_two_years(start, last):
    assert residence.temporary_until_max(start) == last
