"""One service of a bill with its charges, and what it sets right of earlier bills."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .charge import Charge
from .plan import Relief
from .usage import Reading, Usage


@dataclass(frozen=True, slots=True)
class Section:
    """One service of a bill, with everything that was asked to price it: see :meth:`usage`."""

    service: str
    name: str
    unit: str
    date_from: date
    date_to: date
    quantity: Decimal
    persons: int
    quota: Decimal
    charges: tuple[Charge, ...]
    readings: tuple[Reading, ...] = ()
    tariff: str = ""
    vat_date: date | None = None
    area: Decimal = Decimal(0)
    vehicles: tuple[tuple[str, int], ...] = ()
    reliefs: tuple[Relief, ...] = ()
    zones: tuple[tuple[str, Decimal], ...] = ()
    quota_persons: int = 0

    def usage(self) -> Usage:
        """Return what was used, to price it again."""
        return Usage(
            self.date_from, self.date_to, self.quantity, self.persons, self.quota,
            self.vat_date, self.area, self.vehicles, self.reliefs, self.zones, self.quota_persons,
        )  # fmt: skip

    @property
    def net(self) -> int:
        return sum(charge.net for charge in self.charges)

    @property
    def vat(self) -> int:
        return sum(charge.vat for charge in self.charges)

    @property
    def total(self) -> int:
        return self.net + self.vat


@dataclass(frozen=True, slots=True)
class TrueUp:
    """What a bill sets right that earlier bills charged by estimates, see :mod:`.true_up`.

    :ivar service: code of the service
    :ivar bills: ids of the estimated bills of which this one takes off what they charged; empty: a rest of a bill
        before, that was too small for it
    :ivar readings: ids of the real readings that make good for the estimates
    :ivar waiting: what does not fit on this bill; it comes off the next ones
    """

    service: str
    bills: tuple[int, ...] = ()
    readings: tuple[int, ...] = ()
    waiting: tuple[Charge, ...] = ()


def charges_by_key(*sections: Section) -> dict[str, Charge]:
    """Return the charges of the sections of one service by what names each of them on its bill: its code.

    A code that is there again, with another VAT, as the correction of an earlier bill or in a further section, is
    numbered (``NUOC#2``).
    """
    found: dict[str, Charge] = {}
    times: dict[str, int] = {}
    for charge in (charge for section in sections for charge in section.charges):
        times[charge.code] = number = times.get(charge.code, 0) + 1
        found[charge.code if number == 1 else f"{charge.code}#{number}"] = charge
    return found


def empty_section(service: str, charges: Iterable[Charge]) -> Section:
    """Return a section without usage, to carry charges."""
    today = date.min
    return Section(service, "", "", today, today, Decimal(0), 0, Decimal(1), tuple(charges))
