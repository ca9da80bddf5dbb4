"""What a ward may say of its handling of feedback in numbers, and when it had better say nothing.

All times are hours of working time, pauses taken out. Percentiles are those of a sorted list with linear
interpolation between neighbours, as spreadsheets (PERCENTILE.INC) and PostgreSQL (percentile_cont) compute them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: Below so many cases a percentage or percentile says nothing, and might say something about one person.
MINIMUM = 5


@dataclass(frozen=True)
class Case:
    """One feedback as the figures see it; ``None`` is what has not happened yet or has no clock."""

    is_open: bool = False
    is_late: bool = False
    #: working hours from sending to reception
    reception: float | None = None
    #: working hours of the handling clock until the result or refusal
    handling: float | None = None
    in_time: bool | None = None
    disputes: int = 0
    #: the reporter's dispute still waits for the ward to begin again
    is_disputed: bool = False


@dataclass(frozen=True)
class Clock:
    """One clock over many cases; median and p90 are ``None`` below the least sample."""

    count: int
    median: float | None
    p90: float | None


@dataclass(frozen=True)
class Summary:
    """The figures of some cases."""

    total: int
    open: int
    late: int
    reception: Clock
    handling: Clock
    #: finished with a clock, and of them in time
    finished: int
    kept: int
    #: percent, or ``None`` below the least sample
    kept_percent: int | None
    disputed: int
    #: disputed, and taken up again by the ward
    reopened: int


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of the sorted values lie.

    :raises ValueError: there are no values, or the share is none
    """
    if not ordered or not 0 <= share <= 1:
        raise ValueError("a percentile needs values and a share between 0 and 1")
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def percent(part: int, whole: int, minimum: int = MINIMUM) -> int | None:
    """``part`` of ``whole`` in whole percent, half up; ``None`` when there are too few to tell."""
    return (200 * part + whole) // (2 * whole) if whole >= max(minimum, 1) else None


def clock(values: Iterable[float], minimum: int = MINIMUM) -> Clock:
    """Median and 90th percentile of a clock."""
    ordered = sorted(values)
    if len(ordered) < max(minimum, 1):
        return Clock(len(ordered), None, None)
    return Clock(len(ordered), percentile(ordered, 0.5), percentile(ordered, 0.9))


def summarise(cases: Iterable[Case], minimum: int = MINIMUM) -> Summary:
    """The figures of these cases."""
    cases = list(cases)
    timed = [case.in_time for case in cases if case.in_time is not None]
    disputed = [case for case in cases if case.disputes]
    return Summary(
        total=len(cases),
        open=sum(case.is_open for case in cases),
        late=sum(case.is_late for case in cases),
        reception=clock((case.reception for case in cases if case.reception is not None), minimum),
        handling=clock((case.handling for case in cases if case.handling is not None), minimum),
        finished=len(timed),
        kept=sum(timed),
        kept_percent=percent(sum(timed), len(timed), minimum),
        disputed=len(disputed),
        reopened=sum(not case.is_disputed for case in disputed),
    )
