"""A charge of a bill with its printed lines, and charges that no tariff made."""

import re
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from ..money import round_vnd

#: Charges of a section that do not come from its tariff; pricing it again leaves them alone.
FOREIGN_KINDS = ("takeback", "once", "correction", "outage", "late_fee", "trueup")
#: the code of a late fee, which it keeps when it is given back
LATE_CODE = re.compile(r"LATE\d+")


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line: ``quantity`` × ``price`` (both may be None) = ``amount`` VND.

    ``label`` is the component's kind, ``params`` what a reader needs to word it
    (``tier`` number, ``persons``, ``months``, ``percent``, ``base``).
    """

    label: str
    amount: int
    quantity: Decimal | None = None
    unit: str = ""
    price: Decimal | None = None
    tier_from: Decimal | None = None
    tier_to: Decimal | None = None
    date_from: date | None = None
    date_to: date | None = None
    decision: str = ""
    params: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Charge:
    """A component on a bill. ``lines`` add up to ``net``, or to ``total`` when prices include VAT."""

    code: str
    name: str
    kind: str
    net: int
    vat: int
    vat_rate: Decimal | None
    price_includes_vat: bool
    lines: tuple[Line, ...]

    @property
    def total(self) -> int:
        return self.net + self.vat


def with_vat(printed: int, rate: Decimal | None, included: bool) -> tuple[int, int]:
    """Net and VAT of a printed amount."""
    if rate is None:
        return printed, 0
    if included:
        vat = round_vnd(Decimal(printed) * rate / (100 + rate))
        return printed - vat, vat
    return printed, round_vnd(Decimal(printed) * rate / 100)


def single(
    code: str, name: str, kind: str, net: int, rate: Decimal | None, decision: str = "", params: dict | None = None
) -> Charge:
    """Return a charge that no tariff made; VAT at ``rate`` is added to ``net``."""
    net, vat = with_vat(net, rate, False)
    line = Line(kind, net, decision=decision, params=params or {})
    return Charge(code, name, kind, net, vat, rate, False, (line,))


def relabel(charge: Charge, kind: str, decision: str, params: dict) -> Charge:
    """Return a charge of one line as one of another origin, with what its line says."""
    (line,) = charge.lines
    return replace(charge, kind=kind, lines=(replace(line, label=kind, decision=decision, params=params),))


def taxed(charge: Charge, rate: Decimal | None) -> Charge:
    """Return a charge without VAT with VAT at ``rate`` added."""
    net, vat = with_vat(charge.net, rate, False)
    return replace(charge, net=net, vat=vat, vat_rate=rate)


def taken_off(charge: Charge, name: str) -> Charge:
    """Return a correction in one line that takes a charge back with exactly its VAT."""
    line = Line("correction", -charge.net)
    return Charge(charge.code, name, "correction", -charge.net, -charge.vat, charge.vat_rate, False, (line,))


def of_late_fee(kind: str, code: str) -> bool:
    """Whether a charge is a late fee, or gives one back: both belong to the same income."""
    return kind == "late_fee" or bool(LATE_CODE.fullmatch(code))


def stamp(charge: Charge, code: str, params: dict) -> Charge:
    """Return a charge with another code and further parameters on each of its lines."""
    lines = tuple(replace(line, params=line.params | params) for line in charge.lines)
    return replace(charge, code=code, lines=lines)


def printed_of(charge: Charge) -> int:
    """What the lines of a charge add up to."""
    return charge.total if charge.price_includes_vat else charge.net
