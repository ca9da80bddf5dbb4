"""When the next reminder of a resident's own payday comes.

A day that a month does not have is its last day: whoever is paid on the 31st is reminded on 30 April.
"""

from calendar import monthrange
from datetime import date

LAST_DAY = 31


def payday_of(month: date, day: int) -> date:
    """Return the payday in the month of a date."""
    return month.replace(day=min(day, monthrange(month.year, month.month)[1]))


def next_payday(day: int, today: date, reminded_on: date | None = None) -> date:
    """Return the first payday after today, never a second one in the month of the last reminder.

    :param day: of the month, 1 to 31
    :param reminded_on: when the resident was reminded last
    """
    month = today.replace(day=1)
    while True:
        found = payday_of(month, day)
        if found > today and not (reminded_on and (found.year, found.month) == (reminded_on.year, reminded_on.month)):
            return found
        month = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
