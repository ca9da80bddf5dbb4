"""Paying a debt by instalments: dates and amounts, which of them are paid, and when the plan is broken."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

#: How far apart instalments may be.
STEPS = {"week": relativedelta(weeks=1), "two_weeks": relativedelta(weeks=2), "month": relativedelta(months=1)}


@dataclass(frozen=True)
class Instalment:
    """A part of the debt (whole VND) and the day by which it is paid."""

    due: date
    amount: int


@dataclass(frozen=True)
class Filled:
    """An instalment and what of it is paid."""

    instalment: Instalment
    paid: int

    @property
    def open(self) -> int:
        """VND still owed of it."""
        return self.instalment.amount - self.paid


def divide(total: int, count: int, first: date, step: str = "month", unit: int = 1000) -> tuple[Instalment, ...]:
    """Divide a debt into instalments that add up to it exactly.

    All are equal and whole multiples of ``unit``, but for the last one, which takes what is left.

    :raise ValueError: nothing is owed, or there are more instalments than units
    """
    if total <= 0 or count < 1 or unit < 1:
        raise ValueError("A debt above zero is divided into one instalment or more.")
    usual = -(-total // count // unit) * unit  # rounded up, so that the last one is the smallest
    last = total - usual * (count - 1)
    if last <= 0:
        usual = total // count // unit * unit
        last = total - usual * (count - 1)
    if usual <= 0 and count > 1:
        raise ValueError("The debt is too small for so many instalments.")
    amounts = [usual] * (count - 1) + [last]
    return tuple(Instalment(first + number * STEPS[step], amount) for number, amount in enumerate(amounts))


def fill(instalments: Iterable[Instalment], paid: int) -> list[Filled]:
    """Say which instalments are covered by ``paid``, the oldest first; what is more than all of them is left."""
    filled = []
    for instalment in sorted(instalments, key=lambda instalment: instalment.due):
        part = min(max(paid, 0), instalment.amount)
        paid -= part
        filled.append(Filled(instalment, part))
    return filled


def missed(filled: Sequence[Filled], day: date, grace: int) -> Filled | None:
    """Return the first instalment that is still open more than ``grace`` days after its day."""
    return next((part for part in filled if part.open and part.instalment.due + timedelta(days=grace) < day), None)
