"""Deadlines of the law on residence (Luật Cư trú 68/2020/QH15), as pure functions of dates.

Times are the local time of the ward (Asia/Ho_Chi_Minh), without time zone.
"""

from datetime import date, datetime, time, timedelta

#: Điều 30: a guest is notified before 23:00; who arrives after 23:00, before 08:00 of the next day.
NOTICE_UNTIL = time(23, 0)
NOTICE_UNTIL_LATE = time(8, 0)
#: Điều 30: a stay of 30 days and more is a temporary residence.
STAY_DAYS_MAX = 29
#: Điều 27: a temporary residence lasts two years at most and may be extended.
TEMPORARY_YEARS_MAX = 2


def notice_deadline(arrival: date, after_eleven: bool = False) -> datetime:
    """Return the moment before which a guest has to be notified.

    >>> notice_deadline(date(2026, 11, 21))
    datetime.datetime(2026, 11, 21, 23, 0)
    >>> notice_deadline(date(2026, 11, 21), after_eleven=True)
    datetime.datetime(2026, 11, 22, 8, 0)
    """
    if after_eleven:
        return datetime.combine(arrival + timedelta(days=1), NOTICE_UNTIL_LATE)
    return datetime.combine(arrival, NOTICE_UNTIL)


def is_on_time(arrival: date, notified: datetime, after_eleven: bool = False) -> bool:
    """Tell whether a notice given at ``notified`` keeps the law."""
    return notified < notice_deadline(arrival, after_eleven)


def temporary_until_max(date_from: date) -> date:
    """Return the last day a temporary residence that begins on ``date_from`` may have.

    >>> temporary_until_max(date(2024, 2, 29))
    datetime.date(2026, 2, 28)
    """
    year = date_from.year + TEMPORARY_YEARS_MAX
    try:
        return date_from.replace(year=year) - timedelta(days=1)
    except ValueError:  # 29 February
        return date(year, 2, 28)
