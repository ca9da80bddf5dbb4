"""A statement of account: what was owed before, what came and went, what is owed after."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Entry:
    """Something that happened on an account. ``charge`` raises what is owed, ``credit`` lowers it; whole VND.

    Both are 0 for what has no effect any more, such as a cancelled receipt, and must still be seen.
    """

    date: date
    text: str
    charge: int = 0
    credit: int = 0


@dataclass(frozen=True)
class Row:
    """An entry, and what is owed after it; below zero the payer has paid in advance."""

    entry: Entry
    balance: int


@dataclass(frozen=True)
class Statement:
    """The rows of a period between its opening and its closing balance."""

    opening: int
    rows: tuple[Row, ...]

    @property
    def charged(self) -> int:
        """VND that became owed in the period."""
        return sum(row.entry.charge for row in self.rows)

    @property
    def credited(self) -> int:
        """VND paid or taken off in the period."""
        return sum(row.entry.credit for row in self.rows)

    @property
    def closing(self) -> int:
        """VND owed at the end."""
        return self.opening + self.charged - self.credited


def build(opening: int, entries: Iterable[Entry]) -> Statement:
    """Return the statement of these entries, by day; entries of one day keep their order."""
    balance, rows = opening, []
    for entry in sorted(entries, key=lambda entry: entry.date):
        balance += entry.charge - entry.credit
        rows.append(Row(entry, balance))
    return Statement(opening, tuple(rows))
