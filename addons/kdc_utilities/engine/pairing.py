"""Writing an entry as accountants read it on paper: one line per pair of a debited and a credited account."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """A side of an entry: what the caller knows it by, and VND (greater than zero)."""

    key: object
    amount: int


@dataclass(frozen=True)
class Pair:
    """An amount that goes from the credited to the debited account."""

    debit: object
    credit: object
    amount: int


def pair(debits: Sequence[Item], credits: Iterable[Item]) -> list[Pair]:
    """Lay debits and credits side by side, in their order; the sum of the pairs is the sum of each side.

    :raise ValueError: the entry does not balance, or an amount is not greater than zero
    """
    debits, credits = list(debits), list(credits)
    if any(item.amount <= 0 for item in (*debits, *credits)):
        raise ValueError("The amounts of an entry are greater than zero.")
    if sum(item.amount for item in debits) != sum(item.amount for item in credits):
        raise ValueError("The entry does not balance.")
    pairs = []
    left = [[item.key, item.amount] for item in credits]
    place = 0
    for item in debits:
        amount = item.amount
        while amount:
            part = min(amount, left[place][1])
            pairs.append(Pair(item.key, left[place][0], part))
            amount -= part
            left[place][1] -= part
            if not left[place][1]:
                place += 1
    return pairs
