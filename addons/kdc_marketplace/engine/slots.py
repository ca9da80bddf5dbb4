"""Free times of a service by appointment (features M-17).

All instants are naive *local* datetimes, as in ``opening``; the caller converts. Appointments of all services of a shop
count against each other: in a small shop the same people do them.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from .opening import Opening

#: Seats of a time the shop keeps free: more than any service has.
ALL_SEATS = 10_000


@dataclass(frozen=True)
class Rules:
    """How a service can be booked.

    :param minutes: length of an appointment; times follow each other at this distance from each opening on
    :param capacity: how many customers at the same time
    :param lead: hours between booking and appointment, at least
    :param ahead: how many days after today can be booked
    """

    minutes: int
    capacity: int = 1
    lead: int = 0
    ahead: int = 14

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class Busy:
    """A time in which so many customers are served, or that the shop keeps free (``ALL_SEATS``)."""

    start: datetime
    stop: datetime
    seats: int = 1


@dataclass(frozen=True)
class Slot:
    """One time of a service, and for how many more customers there is room."""

    start: datetime
    stop: datetime
    left: int


def starts(opening: Opening, day: date, minutes: int) -> list[datetime]:
    """Return when appointments of this length begin on a day: inside one span of opening, one after the other."""
    found = []
    for first in (day - timedelta(days=1), day):  # a span of yesterday may go on after midnight
        midnight = datetime.combine(first, time.min)
        for opens, closes in opening.spans(first):
            found += [midnight + timedelta(minutes=m) for m in range(opens, closes - minutes + 1, minutes)]
    result = []
    for start in sorted(found):
        if start.date() == day and not (result and start < result[-1] + timedelta(minutes=minutes)):
            result.append(start)
    return result


def taken(busy, start: datetime, stop: datetime) -> int:
    """Return the largest number of customers served at one moment between two instants."""
    within = [b for b in busy if b.start < stop and b.stop > start]
    moments = [start, *(b.start for b in within if b.start > start)]
    return max(sum(b.seats for b in within if b.start <= moment < b.stop) for moment in moments)


def of_day(opening: Opening, rules: Rules, busy, day: date) -> list[Slot]:
    """Return all times of a day, full ones with nothing left: what the shop looks at."""
    return [
        Slot(start, start + rules.length, max(rules.capacity - taken(busy, start, start + rules.length), 0))
        for start in starts(opening, day, rules.minutes)
    ]


def offered(opening: Opening, rules: Rules, busy, day: date, now: datetime) -> list[Slot]:
    """Return the times of a day with room that can be booked now."""
    if not now.date() <= day <= now.date() + timedelta(days=rules.ahead):
        return []
    earliest = now + timedelta(hours=rules.lead)
    return [slot for slot in of_day(opening, rules, busy, day) if slot.left and slot.start >= earliest]


def days(rules: Rules, now: datetime) -> list[date]:
    """Return the days that can be booked now, today first."""
    return [now.date() + timedelta(days=number) for number in range(rules.ahead + 1)]


def find(opening: Opening, rules: Rules, busy, now: datetime, start: datetime, seats: int = 1) -> Slot | None:
    """Return the time that begins at ``start`` if ``seats`` customers can book it now."""
    return next(
        (s for s in offered(opening, rules, busy, start.date(), now) if s.start == start and s.left >= seats), None
    )


def next_free(opening: Opening, rules: Rules, busy, now: datetime, wanted: datetime, seats: int = 1, count: int = 3):
    """Return some times that can be booked instead: from the wanted day on, before it when nothing follows."""
    free = [slot for day in days(rules, now) for slot in offered(opening, rules, busy, day, now) if slot.left >= seats]
    later = [slot for slot in free if slot.start.date() >= wanted.date()]
    return (later or free)[:count]
