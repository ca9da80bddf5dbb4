"""Requests about one's own personal data: the steps and the days of the law (NĐ 356/2025/NĐ-CP, điều 5)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from .clock import WEEKDAYS, WorkCalendar, add_days

RECEIVED = "received"
IN_PROGRESS = "in_progress"
ANSWERED = "answered"
REFUSED = "refused"
WITHDRAWN = "withdrawn"

#: (state, step) → state. What is not here cannot happen.
STEPS = {
    (RECEIVED, "acknowledge"): IN_PROGRESS,
    (RECEIVED, "refuse"): REFUSED,
    (RECEIVED, "withdraw"): WITHDRAWN,
    (IN_PROGRESS, "answer"): ANSWERED,
    (IN_PROGRESS, "refuse"): REFUSED,
    (IN_PROGRESS, "withdraw"): WITHDRAWN,
}
OPEN = frozenset({RECEIVED, IN_PROGRESS})


@dataclass(frozen=True)
class Clock:
    """How long the law gives for one right.

    :param acknowledge_days: working days until the person is told how the request is handled
    :param act_days: days until the request is carried out or refused
    :param extension_days: days that one extension adds
    """

    acknowledge_days: int
    act_days: int
    extension_days: int

    def acknowledge_by(self, received: date, calendar: WorkCalendar = WEEKDAYS) -> date:
        """Return the last day on which the person must have been told.

        :param calendar: when the office works
        """
        return add_days(calendar, datetime.combine(received, time.min), self.acknowledge_days).date()

    def act_by(self, received: date, extended: bool = False) -> date:
        """Return the last day on which the request must be carried out."""
        return received + timedelta(days=self.act_days + (self.extension_days if extended else 0))


def due(state: str, acknowledge_by: date, act_by: date) -> date | None:
    """Return the day that counts now, or None when nothing is owed any more."""
    if state == RECEIVED:
        return min(acknowledge_by, act_by)
    return act_by if state == IN_PROGRESS else None
