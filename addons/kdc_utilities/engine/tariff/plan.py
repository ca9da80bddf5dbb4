"""A dated tariff as data (plan → versions → components → tiers), with VAT by date and what a customer is spared."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .error import TariffError

KINDS = ("flat", "person", "band", "area", "vehicle", "unit", "tiers", "slabs", "formula", "percent", "minimum")
#: Kinds whose amount depends on the measured quantity.
METERED_KINDS = ("unit", "tiers", "slabs")
#: Kinds computed from other components of the same tariff.
DERIVED_KINDS = ("percent", "minimum")


@dataclass(frozen=True, slots=True)
class Tier:
    """Price per unit up to ``upper`` (inclusive; None = no limit). The lower limit is the tier before.

    In a component of kind ``band`` the limits count persons and the price is for the household.
    """

    upper: Decimal | None
    price: Decimal


@dataclass(frozen=True, slots=True)
class Component:
    """One priced part of a tariff version.

    :ivar code: unique in the version; also the key of the product that books it.
    :ivar price: VND per month (flat), per person, m² or vehicle and month (person, area, vehicle), per unit (unit),
        the floor in VND per month (minimum), or what a formula calls its price.
    :ivar percent: of the net of the ``base`` components (percent).
    :ivar vat: code into the VAT table, None when not subject to VAT (a phí).
    :ivar price_includes_vat: the published price is gross; the net is taken out of it.
    :ivar prorate: what is priced by the month follows the days of the period; otherwise every
        month begun counts whole, at the price in force on the first day of the period in it.
    :ivar minimum_quantity: units per month that are billed at least (unit, tiers, slabs).
    :ivar vehicle_kind: what a component of kind vehicle counts; empty counts all.
    :ivar zone: the time of use a metered component prices (peak hours …); empty: the whole quantity.
    :ivar formula: text for :mod:`.formula` (formula); it is the amount of the whole period.
    """

    code: str
    kind: str
    name: str = ""
    unit: str = ""
    price: Decimal = Decimal(0)
    percent: Decimal = Decimal(0)
    base: tuple[str, ...] = ()
    tiers: tuple[Tier, ...] = ()
    vat: str | None = None
    price_includes_vat: bool = False
    prorate: bool = True
    minimum_quantity: Decimal = Decimal(0)
    vehicle_kind: str = ""
    formula: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Relief:
    """An exemption or rebate the customer is entitled to in this period; the caller has checked that.

    Of several reliefs for one component only the one worth most applies, as Vietnamese decisions say.

    :ivar kind: ``percent`` of the component, ``amount`` in VND per month, or ``quantity`` that is free (per month
        what is measured, else heads, m² or vehicles), counted from the cheapest tier.
    :ivar component: code of the component; empty (percent only): all, percentages of others excepted because they
        follow what they are computed from.
    """

    code: str
    name: str
    kind: str
    value: Decimal
    component: str = ""
    decision: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """The components in force from ``date_from`` until the next version, by decision ``decision``."""

    date_from: date
    components: tuple[Component, ...]
    decision: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A dated tariff and how its tier limits follow days and quota.

    :ivar round_limits: ``days`` rounds limits to whole units only where they were scaled by days
        (the electricity retailer's published practice), ``always`` also for quota alone, ``never``.
    :ivar days_basis: ``month`` weighs a day as 1/days of its own month (a whole month is 1);
        ``previous_month`` is the electricity retailer's N ÷ T with T = days of the month before, for parts of a
        month; a whole one within a longer period is 1.
    :ivar whole_units: a quantity divided over a price change is cut to whole units.
    :ivar persons_per_quota: persons that make one set of tier limits (tenants: 4); 0 = not used.
    :ivar quota_by_persons: the persons who are billed make them, not only a headcount of tenants.
    :ivar round_to: what is printed for a component is a multiple of so many VND (half up), the difference is a line.
    """

    versions: tuple[Version, ...]
    round_limits: str = "days"
    days_basis: str = "month"
    whole_units: bool = True
    persons_per_quota: int = 0
    quota_by_persons: bool = False
    round_to: int = 1


@dataclass(frozen=True, slots=True)
class VatRate:
    """Rate in percent of the VAT category ``code`` from ``date_from`` on."""

    code: str
    date_from: date
    percent: Decimal


@dataclass(frozen=True, slots=True)
class VatTable:
    """VAT by date. The rate on the last day of the period applies (time of supply)."""

    rates: tuple[VatRate, ...] = ()

    def rate(self, code: str, day: date) -> Decimal:
        """Return the percent in force; raise TariffError ``no_vat_rate`` when the table has none."""
        known = [rate for rate in self.rates if rate.code == code and rate.date_from <= day]
        if not known:
            raise TariffError("no_vat_rate", vat=code, date=day)
        return max(known, key=lambda rate: rate.date_from).percent


#: Of services that are not subject to VAT.
NO_VAT = VatTable()


def version_at(plan: Plan, day: date) -> Version:
    """Return the version in force on a day; raise TariffError ``no_version`` before the first one."""
    versions = sorted(plan.versions, key=lambda version: version.date_from)
    index = bisect_right([version.date_from for version in versions], day) - 1
    if index < 0:
        raise TariffError("no_version", date=day)
    return versions[index]


def quota_of_persons(persons: int, persons_per_quota: int) -> Decimal:
    """Sets of tier limits for a headcount: 5 tenants at 4 persons per set = 1.25 (TT 60/2025)."""
    return Decimal(persons) / Decimal(persons_per_quota)
