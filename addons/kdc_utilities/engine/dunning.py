"""Which reminder a customer gets: the level after the one each debt already had, if it is old and large enough."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Level:
    """A reminder. Ranks rise with severity; ``key`` names the level for the caller."""

    key: object
    rank: int
    #: Days a debt is overdue at least.
    days: int
    #: VND that the customer's debts of a reminder amount to at least.
    minimum: int = 0
    #: Days since the reminder before, so that an old debt is not chased up the ladder in three days.
    wait: int = 0


@dataclass(frozen=True)
class Debt:
    """An overdue amount (whole VND), and the last reminder it had."""

    key: object
    days: int
    amount: int
    #: Rank of the last level, 0 before the first one.
    rank: int = 0
    #: Days since then.
    since: int | None = None


@dataclass(frozen=True)
class Reminder:
    """What a customer gets: the highest level of its debts, and each debt with the level it reaches."""

    level: Level
    debts: tuple[tuple[Debt, Level], ...]

    @property
    def amount(self) -> int:
        """VND asked for."""
        return sum(debt.amount for debt, _level in self.debts)


def next_level(debt: Debt, levels: Iterable[Level]) -> Level | None:
    """Return the level that a debt reaches now; levels are never skipped and never come twice."""
    following = min((level for level in levels if level.rank > debt.rank), key=lambda level: level.rank, default=None)
    if following is None or debt.days < following.days:
        return None
    return following if debt.since is None or debt.since >= following.wait else None


def remind(debts: Iterable[Debt], levels: Iterable[Level]) -> Reminder | None:
    """Return what one customer gets now, or nothing.

    Debts of the highest level wait when all of them together are too small for it; the others may still be asked for.
    """
    levels = tuple(levels)
    reached = [(debt, level) for debt in debts if (level := next_level(debt, levels))]
    while reached:
        highest = max((level for _debt, level in reached), key=lambda level: level.rank)
        if sum(debt.amount for debt, _level in reached) >= highest.minimum:
            return Reminder(highest, tuple(reached))
        reached = [(debt, level) for debt, level in reached if level.rank < highest.rank]
    return None
