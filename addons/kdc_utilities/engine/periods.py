"""Days and months of a billing period. All dates are inclusive."""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache


def days(date_from: date, date_to: date) -> int:
    """Number of days from ``date_from`` to ``date_to``, both counted."""
    return (date_to - date_from).days + 1


def days_in_month(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


@lru_cache(maxsize=1024)
def month_end(day: date) -> date:
    return day.replace(day=days_in_month(day))


def window(first: date, day_open: int, day_close: int) -> tuple[date, date]:
    """Return the days of a month from ``day_open`` to ``day_close``; 31 is the last day of any month."""
    last = days_in_month(first)
    return first.replace(day=min(day_open, last)), first.replace(day=min(day_close, last))


def months_touched(date_from: date, date_to: date) -> Iterator[tuple[date, date]]:
    """Yield the part of each calendar month inside the period."""
    start = date_from
    while start <= date_to:
        end = min(month_end(start), date_to)
        yield start, end
        start = end + timedelta(days=1)


def month_fraction(date_from: date, date_to: date) -> Fraction:
    """How many months the period is worth, each day weighing 1/days of its own month.

    A whole calendar month is exactly 1 whatever its length, and the parts of a period add up to the whole.
    """
    return sum(
        (Fraction(days(start, end), days_in_month(start)) for start, end in months_touched(date_from, date_to)),
        Fraction(0),
    )


def is_whole_month(date_from: date, date_to: date) -> bool:
    return date_from.day == 1 and date_to == month_end(date_from)


def days_of_month_before(day: date) -> int:
    """Days of the calendar month before the one ``day`` is in (T of the electricity retailer's formula)."""
    return (day.replace(day=1) - timedelta(days=1)).day
