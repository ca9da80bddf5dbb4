"""Spreading a payment over what is owed: the oldest period first, then the priority of the service.

Everything is whole VND. What is left over is the payer's advance. Nothing is ever lost,
negative or allotted beyond what a charge has open.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date


@dataclass(frozen=True)
class Charge:
    """An amount owed for one service of one bill.

    ``key`` names the charge for the caller, ``period`` is the first day of the billed month,
    ``priority`` the rank of the service (lower is served first), ``open`` what is still owed in VND.
    """

    key: object
    period: date
    priority: int
    open: int


@dataclass(frozen=True)
class Share:
    """The part of a payment that goes to one charge."""

    charge: Charge
    amount: int

    @property
    def remaining(self) -> int:
        """VND still owed for the charge afterwards."""
        return self.charge.open - self.amount


@dataclass(frozen=True)
class Apportionment:
    """How a payment is spread: every charge in serving order, and the advance that is left."""

    shares: tuple[Share, ...]
    advance: int

    @property
    def total(self) -> int:
        """The payment again: all shares and the advance together."""
        return sum(share.amount for share in self.shares) + self.advance

    @property
    def remaining(self) -> int:
        """VND owed after the payment."""
        return sum(share.remaining for share in self.shares)

    @property
    def left(self) -> list[Charge]:
        """What is still owed after the payment, in serving order."""
        return [replace(share.charge, open=share.remaining) for share in self.shares if share.remaining]


def apportion(amount: int, charges: Iterable[Charge]) -> Apportionment:
    """Spread ``amount`` over the charges.

    Charges of equal period and priority keep the order in which they came.

    :raise TypeError: when an amount is not a whole number
    :raise ValueError: when the payment or an open amount is negative
    """
    left = _whole(amount)
    shares = []
    for charge in sorted(charges, key=lambda charge: (charge.period, charge.priority)):
        part = min(left, _whole(charge.open))
        left -= part
        shares.append(Share(charge, part))
    return Apportionment(tuple(shares), left)


def open_parts(parts: Iterable[Charge], paid: int) -> list[Charge]:
    """What of one bill's services is still open when ``paid`` of the bill has been paid already.

    A bill is settled as one sum in the books; which services that sum has covered follows from
    the same order, so it can be told at any time and always in the same way.

    :param parts: the full amounts of the services; a negative one (rebate) lowers the others
    :raise ValueError: when more was paid than the bill's total
    """
    parts = sorted(parts, key=lambda charge: (charge.period, charge.priority))
    rebate = -sum(part.open for part in parts if part.open < 0)
    owed = [part for part in parts if part.open > 0]
    covered = apportion(_whole(paid) + rebate, owed)
    if covered.advance:
        raise ValueError("More was paid than the bill asks for.")
    return [
        Charge(share.charge.key, share.charge.period, share.charge.priority, share.remaining)
        for share in covered.shares
        if share.remaining
    ]


def _whole(amount: int) -> int:
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise TypeError(f"Money is whole VND, not {amount!r}.")
    if amount < 0:
        raise ValueError("An amount to spread is not negative.")
    return amount
