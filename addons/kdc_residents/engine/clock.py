"""Working-time arithmetic: what "within 4 working hours" or "within 7 working days" means.

A :class:`WorkCalendar` is the weekly pattern, the closures (public holidays, a half day of
closing) and the swapped working days (a Saturday worked in exchange for a bridge day). All
instants inside this module are naive *local* datetimes; :func:`to_local` and :func:`to_utc`
convert at the edge, so that nothing else has to think about time zones.

Days are counted as Vietnamese law counts them (Civil Code 91/2015/QH13, art. 147 and 148): the
first day is not counted, and the term ends with the last working day.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

VIETNAM = "Asia/Ho_Chi_Minh"
UTC = ZoneInfo("UTC")
ZERO = timedelta(0)
# A term that needs more than ten years of calendar means a calendar without working time.
HORIZON_DAYS = 3660

Interval = tuple[datetime, datetime]


class NoWorkingTime(ValueError):
    """The calendar offers no working time, so a term would never end."""


@dataclass(frozen=True)
class WorkCalendar:
    """When the office works.

    :param weekly: seven tuples (Monday first) of ``(from, to)`` in minutes after midnight
    :param closures: ``(from, to)`` local datetimes when the office is closed; they win over all else
    :param swaps: ``(day, weekday)``: that day is worked with the hours of that weekday (0 = Monday)
    """

    weekly: tuple[tuple[tuple[int, int], ...], ...]
    closures: tuple[Interval, ...] = ()
    swaps: tuple[tuple[date, int], ...] = ()
    _swap_index: dict = field(init=False, repr=False, compare=False)
    _closure_index: dict = field(init=False, repr=False, compare=False)
    _days: dict = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        if len(self.weekly) != 7:
            raise ValueError("A week has seven days.")
        closures = {}
        for start, end in self.closures:
            day = start.date()
            while datetime.combine(day, time.min) < end:
                closures.setdefault(day, []).append((start, end))
                day += timedelta(days=1)
        object.__setattr__(self, "_swap_index", dict(self.swaps))
        object.__setattr__(self, "_closure_index", closures)
        object.__setattr__(self, "_days", {})

    def intervals(self, day: date) -> tuple[Interval, ...]:
        """Working intervals of one day, in order, without overlaps."""
        known = self._days.get(day)
        if known is None:
            known = self._days[day] = self._build_intervals(day)
        return known

    def _build_intervals(self, day: date) -> tuple[Interval, ...]:
        midnight = datetime.combine(day, time.min)
        pattern = self.weekly[self._swap_index.get(day, day.weekday())]
        pieces = _merge(
            (midnight + timedelta(minutes=start), midnight + timedelta(minutes=end)) for start, end in pattern
        )
        for closed_from, closed_to in self._closure_index.get(day, ()):
            pieces = [
                piece
                for start, end in pieces
                for piece in ((start, min(end, closed_from)), (max(start, closed_to), end))
                if piece[0] < piece[1]
            ]
        return tuple(pieces)

    def is_working_day(self, day: date) -> bool:
        return bool(self.intervals(day))


#: Office hours of a ward, Monday to Friday 7:30–11:30 and 13:30–17:30, in minutes after midnight.
OFFICE_WEEK = (((450, 690), (810, 1050)),) * 5 + ((),) * 2
#: Weekdays without any holiday, where no office is known.
WEEKDAYS = WorkCalendar(OFFICE_WEEK)


@dataclass(frozen=True)
class Term:
    """How long something may take: working hours or whole working days."""

    amount: float
    unit: str = "hours"

    def __post_init__(self):
        if self.unit not in ("hours", "days"):
            raise ValueError(f"Unknown unit of time: {self.unit!r}")
        if self.amount < 0 or (self.unit == "days" and self.amount != int(self.amount)):
            raise ValueError("A term is not negative, and days are whole.")


def _merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Sort intervals and join those that touch or overlap; empty ones vanish."""
    merged = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def to_local(instant: datetime, timezone: str = VIETNAM) -> datetime:
    """Naive UTC (as the database stores it) to naive local time."""
    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone)).replace(tzinfo=None)


def to_utc(instant: datetime, timezone: str = VIETNAM) -> datetime:
    """Naive local time to naive UTC."""
    return instant.replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC).replace(tzinfo=None)


def read_instant(text: str) -> datetime:
    """Read a point in time as a browser writes it (``toISOString()``), whose ``Z`` Python knows from 3.11 on only.

    :raises ValueError: it is none
    :raises TypeError: it is no text
    """
    return datetime.fromisoformat(re.sub(r"[Zz]$", "+00:00", text))


def worked(calendar: WorkCalendar, start: datetime, end: datetime) -> timedelta:
    """Working time between two instants; zero when ``end`` is not after ``start``."""
    total = ZERO
    day = start.date()
    while datetime.combine(day, time.min) < end:
        for opens, closes in calendar.intervals(day):
            piece = min(closes, end) - max(opens, start)
            if piece > ZERO:
                total += piece
        day += timedelta(days=1)
    return total


def add_time(calendar: WorkCalendar, start: datetime, amount: timedelta) -> datetime:
    """The earliest instant at which ``amount`` of working time has passed since ``start``.

    :raises NoWorkingTime: the calendar has not enough working time in ten years
    """
    if amount <= ZERO:
        return start
    day = start.date()
    for _step in range(HORIZON_DAYS):
        for opens, closes in calendar.intervals(day):
            opens = max(opens, start)
            if opens >= closes:
                continue
            if closes - opens >= amount:
                return opens + amount
            amount -= closes - opens
        day += timedelta(days=1)
    raise NoWorkingTime("The working calendar has no working time.")


def subtract_time(calendar: WorkCalendar, end: datetime, amount: timedelta) -> datetime:
    """The latest instant from which ``amount`` of working time remains until ``end``.

    :raises NoWorkingTime: the calendar has not enough working time in ten years
    """
    if amount <= ZERO:
        return end
    day = end.date()
    for _step in range(HORIZON_DAYS):
        for opens, closes in reversed(calendar.intervals(day)):
            closes = min(closes, end)
            if opens >= closes:
                continue
            if closes - opens >= amount:
                return closes - amount
            amount -= closes - opens
        day -= timedelta(days=1)
    raise NoWorkingTime("The working calendar has no working time.")


def add_days(calendar: WorkCalendar, start: datetime, days: int) -> datetime:
    """The end of work on the ``days``-th working day after the day of ``start``.

    The day of ``start`` itself is not counted (Civil Code, art. 147). With ``days`` 0 the term
    ends with the work of that day, or of the next working day when that day is over or off.

    :raises NoWorkingTime: the calendar has not enough working days in ten years
    """
    day = start.date()
    left = days
    for _step in range(HORIZON_DAYS):
        intervals = calendar.intervals(day)
        if intervals and day > start.date():
            left -= 1
        if intervals and left <= 0 and intervals[-1][1] > start:
            return intervals[-1][1]
        day += timedelta(days=1)
    raise NoWorkingTime("The working calendar has no working day.")


def add_term(calendar: WorkCalendar, start: datetime, term: Term) -> datetime:
    """The end of a term that runs without a pause."""
    if term.unit == "days":
        return add_days(calendar, start, int(term.amount))
    return add_time(calendar, start, timedelta(hours=term.amount))


def paused(calendar: WorkCalendar, start: datetime, pauses: Iterable[Interval], until: datetime) -> timedelta:
    """Working time between ``start`` and ``until`` that lay inside pauses; overlaps count once."""
    pieces = _merge((max(begin, start), min(end, until)) for begin, end in pauses)
    return sum((worked(calendar, begin, end) for begin, end in pieces), ZERO)


def deadline(calendar: WorkCalendar, start: datetime, term: Term, pauses: Iterable[Interval] = ()) -> datetime:
    """When a term ends if the clock stood still during the closed ``pauses``.

    Each pause that begins before the end moves the end by the working time it covered.

    :raises NoWorkingTime: the calendar has no working time
    """
    end = add_term(calendar, start, term)
    for begin, finish in _merge((max(begin, start), finish) for begin, finish in pauses):
        if begin >= end:
            break
        end = add_time(calendar, end, worked(calendar, begin, finish))
    return end


def elapsed(calendar: WorkCalendar, start: datetime, end: datetime, pauses: Iterable[Interval] = ()) -> timedelta:
    """Working time the clock really ran between two instants: worked minus paused."""
    return worked(calendar, start, end) - paused(calendar, start, pauses, end)
