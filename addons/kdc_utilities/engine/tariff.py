"""From quantity, days and persons to money: the only place where a charge is computed.

A :class:`Plan` is a dated tariff (versions → components → tiers); a :class:`Usage` is what one
connection used in one period. :func:`compute` returns a :class:`Section` of a bill: each component
is a :class:`Charge` with its printed :class:`Line` s. :class:`Bill` holds the sections of one bill
and travels as JSON (:meth:`Bill.to_dict`) in ``account.move.kdc_explanation``.

Rules of rounding (Vietnamese practice, see vietnam.md §3.1): multiply exactly, round only the net
total and the VAT of a component, half up to 1 VND; VAT and percentages are taken from the printed
net, so anybody can check a bill on paper; printed lines always add up to the printed total.

Labels are codes with parameters, never prose: the pages and the PDF translate them.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction

from . import formula
from .money import EXACT, plain, round_vnd, round_whole, spread
from .periods import days, days_of_month_before, is_whole_month, month_fraction, months_touched

#: Version of the dictionary layout stored on bills; raise it when a reader must know the difference.
SCHEMA = 2

KINDS = ("flat", "person", "band", "area", "vehicle", "unit", "tiers", "slabs", "formula", "percent", "minimum")
#: Kinds whose amount depends on the measured quantity.
METERED_KINDS = ("unit", "tiers", "slabs")
#: Kinds computed from other components of the same tariff.
DERIVED_KINDS = ("percent", "minimum")
#: Charges of a section that do not come from its tariff; pricing it again leaves them alone.
FOREIGN_KINDS = ("takeback", "once", "correction", "outage", "late_fee", "trueup")
_DAY = timedelta(days=1)
#: the code of a late fee, which it keeps when it is given back
LATE_CODE = re.compile(r"LATE\d+")


class TariffError(ValueError):
    """A tariff cannot price a usage. ``code`` says why, ``params`` names what to mend.

    Codes: ``no_version`` (no version in force on ``date``), ``no_vat_rate`` (``vat``, ``date``),
    ``no_tiers`` (``component``), ``unknown_base`` (``component``, ``base``),
    ``negative_quantity`` (``quantity``), ``bad_period``, ``no_zones`` (``component``: priced by time of use,
    measured in one sum), ``zone_unpriced`` (``zone``), ``zone_sum`` (the zones do not add up to the quantity),
    ``formula`` (``component``: it cannot be read or divides by zero), ``negative_formula`` (``component``, ``amount``).
    """

    def __init__(self, code: str, **params):
        super().__init__(f"{code}: {params}")
        self.code = code
        self.params = params


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


@dataclass(frozen=True, slots=True)
class Reading:
    """The reading behind a quantity, as printed on the bill. Values are the figures on the register."""

    serial: str
    previous_date: date | None
    previous_value: Decimal
    date: date
    value: Decimal
    consumption: Decimal
    multiplier: Decimal = Decimal(1)
    source: str = ""
    event: str = "normal"
    reading_id: int = 0
    #: Last figure of a register that was reset or replaced on the day of this reading.
    final: Decimal | None = None
    #: Where the figure before came from: after an ``estimate`` this reading corrects it.
    previous_source: str = ""
    #: What this reading adds to the billed quantity; differs from the consumption after a too high estimate.
    billed: Decimal | None = None
    #: Of a shared meter (event ``share``): ``basis``, ``total``, ``weight``, ``weights``; consumption is the part.
    share: dict | None = None
    #: Time of use this register counts.
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one connection used from ``date_from`` to ``date_to`` (both included).

    :ivar quantity: measured use in the unit of the service; 0 for services without a meter.
    :ivar persons: registered persons (for kinds person and band).
    :ivar quota: sets of tier limits: households sharing the meter, or persons ÷ persons_per_quota.
    :ivar quota_persons: the persons behind ``quota``, 0 where it is households.
    :ivar vat_date: date that decides the VAT rate, by default the last day.
    :ivar area: floor area in m² (for kind area).
    :ivar vehicles: number of vehicles by kind (for kind vehicle).
    :ivar reliefs: what the customer is entitled to.
    :ivar zones: the quantity by time of use, where the meter has a register for each; they add up to ``quantity``.
    """

    date_from: date
    date_to: date
    quantity: Decimal = Decimal(0)
    persons: int = 0
    quota: Decimal = Decimal(1)
    vat_date: date | None = None
    area: Decimal = Decimal(0)
    vehicles: tuple[tuple[str, int], ...] = ()
    reliefs: tuple[Relief, ...] = ()
    zones: tuple[tuple[str, Decimal], ...] = ()
    quota_persons: int = 0


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


@dataclass(frozen=True, slots=True)
class Bill:
    """All services of one bill.

    :ivar pending: names of the services that were used and not measured; the next bill counts them.
    """

    sections: tuple[Section, ...]
    pending: tuple[str, ...] = ()
    true_ups: tuple[TrueUp, ...] = ()

    @property
    def net(self) -> int:
        return sum(section.net for section in self.sections)

    @property
    def vat(self) -> int:
        return sum(section.vat for section in self.sections)

    @property
    def total(self) -> int:
        return self.net + self.vat

    def to_dict(self, priced: "Priced | None" = None) -> dict:
        """Return plain JSON: money as integers, quantities as strings, dates as ISO text.

        :param priced: knows the charges that many bills have in common
        """
        sections = [_section_dict(section, priced) for section in self.sections]
        net, vat = (sum(section[name] for section in sections) for name in ("net", "vat"))
        data = {"schema": SCHEMA, "net": net, "vat": vat, "total": net + vat, "sections": sections}
        if self.pending:
            data["pending"] = list(self.pending)
        if self.true_ups:
            data["true_ups"] = _jsonable(self.true_ups)
        return data

    @classmethod
    def from_dict(cls, data: dict) -> "Bill":
        """Inverse of :meth:`to_dict`."""
        return cls(
            tuple(_read_section(section) for section in data["sections"]),
            tuple(data.get("pending", ())),
            tuple(_read_true_up(true_up) for true_up in data.get("true_ups", ())),
        )


def _jsonable(value):
    """Return a value of a bill as plain JSON. Not ``dataclasses.asdict``, which copies every number before."""
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if kind is Decimal:
        return plain(value)
    if isinstance(value, date):
        return value.isoformat()
    if kind is tuple or kind is list:
        return [_jsonable(item) for item in value]
    if kind is dict:
        return {key: _jsonable(item) for key, item in value.items()}
    data = {name: _jsonable(getattr(value, name)) for name in kind.__slots__}
    if kind is Charge:
        data |= {"net": value.net, "vat": value.vat, "total": value.total}
    return data


def _section_dict(section: Section, priced: "Priced | None") -> dict:
    data = {name: _jsonable(getattr(section, name)) for name in Section.__slots__ if name != "charges"}
    charges = priced.charges_dict(section.charges) if priced else _jsonable(section.charges)
    net, vat = section.net, section.vat
    return data | {"charges": charges, "net": net, "vat": vat, "total": net + vat}


_AS_IT_IS = frozenset({str, int, bool, type(None)})


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _read_section(data: dict) -> Section:
    return Section(
        service=data["service"],
        name=data["name"],
        unit=data["unit"],
        date_from=_day(data["date_from"]),
        date_to=_day(data["date_to"]),
        quantity=Decimal(data["quantity"]),
        persons=data["persons"],
        quota=Decimal(data["quota"]),
        charges=tuple(_read_charge(charge) for charge in data["charges"]),
        readings=tuple(_read_reading(reading) for reading in data["readings"]),
        # What follows is not in bills of the first layout.
        tariff=data.get("tariff", ""),
        vat_date=_day(data.get("vat_date")),
        area=Decimal(data.get("area", "0")),
        vehicles=tuple((kind, count) for kind, count in data.get("vehicles", ())),
        reliefs=tuple(Relief(**relief | {"value": Decimal(relief["value"])}) for relief in data.get("reliefs", ())),
        zones=tuple((zone, Decimal(quantity)) for zone, quantity in data.get("zones", ())),
        quota_persons=data.get("quota_persons", 0),
    )


def _read_true_up(data: dict) -> TrueUp:
    return TrueUp(
        data["service"], tuple(data["bills"]), tuple(data["readings"]), tuple(read_charges(data["waiting"]))
    )


def _read_charge(data: dict) -> Charge:
    return Charge(
        code=data["code"],
        name=data["name"],
        kind=data["kind"],
        net=data["net"],
        vat=data["vat"],
        vat_rate=_number(data["vat_rate"]),
        price_includes_vat=data["price_includes_vat"],
        lines=tuple(_read_line(line) for line in data["lines"]),
    )


def _read_line(data: dict) -> Line:
    return Line(
        label=data["label"],
        amount=data["amount"],
        quantity=_number(data["quantity"]),
        unit=data["unit"],
        price=_number(data["price"]),
        tier_from=_number(data["tier_from"]),
        tier_to=_number(data["tier_to"]),
        date_from=_day(data["date_from"]),
        date_to=_day(data["date_to"]),
        decision=data["decision"],
        params=dict(data["params"]),
    )


def _read_reading(data: dict) -> Reading:
    return Reading(
        serial=data["serial"],
        previous_date=_day(data["previous_date"]),
        previous_value=Decimal(data["previous_value"]),
        date=_day(data["date"]),
        value=Decimal(data["value"]),
        consumption=Decimal(data["consumption"]),
        multiplier=Decimal(data["multiplier"]),
        source=data["source"],
        event=data["event"],
        reading_id=data["reading_id"],
        final=_number(data.get("final")),
        previous_source=data.get("previous_source", ""),
        billed=_number(data.get("billed")),
        share=data.get("share"),
        zone=data.get("zone", ""),
    )


# --- Computing ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Span:
    """The part of a period under one version: its dates, weight in months and share of the quantity."""

    version: Version
    date_from: date
    date_to: date
    months: Fraction
    quantity: Decimal
    scaled_by_days: bool
    zones: dict[str, Decimal]


@dataclass(slots=True)
class _Item:
    """A line before rounding."""

    exact: Decimal
    line: dict


def compute(
    plan: Plan,
    usage: Usage,
    vat_table: VatTable = VatTable(),
    *,
    service: str = "",
    name: str = "",
    unit: str = "",
    tariff: str = "",
    readings: Iterable[Reading] = (),
) -> Section:
    """Price one connection for one period and explain it line by line.

    :raise TariffError: nothing is guessed: a missing version, VAT rate or tier stops the bill.
    """
    if usage.date_to < usage.date_from:
        raise TariffError("bad_period", date_from=usage.date_from, date_to=usage.date_to)
    if usage.quantity < 0:
        raise TariffError("negative_quantity", quantity=usage.quantity)
    if usage.zones and sum(quantity for _zone, quantity in usage.zones) != usage.quantity:
        raise TariffError("zone_sum", quantity=usage.quantity)
    with localcontext(EXACT):
        charges = _charges(_spans(plan, usage), plan, usage, vat_table)
    return Section(
        service=service,
        name=name,
        unit=unit,
        date_from=usage.date_from,
        date_to=usage.date_to,
        quantity=usage.quantity,
        persons=usage.persons,
        quota=usage.quota,
        charges=tuple(charges),
        readings=tuple(readings),
        tariff=tariff,
        vat_date=usage.vat_date,
        area=usage.area,
        vehicles=usage.vehicles,
        reliefs=usage.reliefs,
        zones=usage.zones,
        quota_persons=usage.quota_persons,
    )


class Priced:
    """What was priced before: in a ward, many households of three pay for waste, and many use 12 m³ of water.

    For as long as plans and VAT rates stay what they are, as in one part of a billing run.
    """

    def __init__(self, vat_table: VatTable):
        self._vat_table = vat_table
        self._sections: dict[tuple, Section] = {}
        #: id of a tuple of charges → (the tuple itself, so that the id stays its own; plain JSON of it)
        self._dicts: dict[int, tuple] = {}

    def compute(self, plan: Plan, usage: Usage, *, readings: Iterable[Reading] = (), **texts) -> Section:
        """Return what :func:`compute` returns.

        :param texts: ``service``, ``name``, ``unit`` and ``tariff``
        """
        key = (id(plan), usage, *texts.values())
        known = self._sections.get(key)
        if known is None:
            known = self._sections[key] = compute(plan, usage, self._vat_table, **texts)
            self._dicts[id(known.charges)] = known.charges, None
        return replace(known, readings=tuple(readings)) if readings else known

    def charges_dict(self, charges: tuple[Charge, ...]) -> list[dict]:
        """Return charges as plain JSON, which nobody changes."""
        kept = self._dicts.get(id(charges))
        if kept is None:
            return _jsonable(charges)
        if kept[1] is None:
            kept = self._dicts[id(charges)] = charges, _jsonable(charges)
        return kept[1]


def recompute(section: Section, plan: Plan, vat_table: VatTable) -> Section:
    """Price a section again by a plan, from what it says was used; charges of other origin stay as they are."""
    again = compute(
        plan, section.usage(), vat_table,
        service=section.service, name=section.name, unit=section.unit, tariff=section.tariff, readings=section.readings,
    )  # fmt: skip
    foreign = tuple(charge for charge in section.charges if charge.kind in FOREIGN_KINDS)
    return replace(again, charges=again.charges + foreign)


def take_back(section: Section, plan: Plan, vat_table: VatTable, relief_code: str, **params) -> list[Charge]:
    """Return the charges that undo a relief of an earlier bill: what it would have cost without, less what it cost.

    Both amounts are computed by today's plan, so that nothing but the relief makes the difference. VAT is taken of
    the difference at the rate of the earlier bill.

    :param relief_code: what is no longer due
    :param params: of the printed line, such as the month in question
    """
    kept = tuple(relief for relief in section.reliefs if relief.code != relief_code)
    usage = section.usage()
    before = compute(plan, usage, vat_table).charges
    after = compute(plan, replace(usage, reliefs=kept), vat_table).charges
    return [relabel(charge, "takeback", "", params) for charge in _difference(section, before, after)]


def correction(
    section: Section,
    billed_by: Plan,
    plan: Plan,
    vat_table: VatTable,
    *,
    quantity: Decimal,
    persons: int,
    households: Decimal = Decimal(1),
) -> list[Charge]:
    """Return what a section should have cost more (or less, negative) with another quantity, headcount or tariff.

    What it cost is what the bill printed, whatever the tables say by now: a price that was wrong is corrected, too.

    :param billed_by: says what makes sets of tier limits on the bill
    :param households: on the meter; they make the tier limits where the other tariff does not count persons
    """
    usage = section.usage()
    before = [charge for charge in section.charges if charge.kind not in FOREIGN_KINDS]
    corrected = corrected_usage(replace(usage, quantity=quantity), billed_by, plan, persons, households)
    after = compute(plan, corrected, vat_table).charges
    return _difference(section, before, after)


def corrected_usage(usage: Usage, billed_by: Plan, plan: Plan, persons: int, households: Decimal) -> Usage:
    """Return a usage with another headcount or tariff, and with the tier limits that follow from it.

    :param billed_by: says what makes sets of tier limits on the bill
    :param households: on the meter; they make the tier limits where the other tariff does not count persons
    """
    quota, quota_persons = _corrected_quota(usage, billed_by, plan, persons, households)
    return replace(usage, persons=persons, quota=quota, quota_persons=quota_persons)


def _corrected_quota(
    usage: Usage, billed_by: Plan, plan: Plan, persons: int, households: Decimal
) -> tuple[Decimal, int]:
    """Return ``quota`` and ``quota_persons`` of a usage with another headcount or tariff.

    A headcount of tenants stays what it is; the persons billed make sets of limits only where the tariff says so.
    """
    registered = bool(usage.quota_persons) and usage.quota_persons == usage.persons and billed_by.quota_by_persons
    if plan == billed_by and not registered:
        return usage.quota, usage.quota_persons
    counted = 0 if registered else usage.quota_persons
    if not counted and plan.quota_by_persons:
        counted = persons or usage.quota_persons
    if counted and plan.persons_per_quota:
        return quota_of_persons(counted, plan.persons_per_quota), counted
    return (households if usage.quota_persons else usage.quota), 0


def outage(section: Section, missing_days: int) -> list[Charge]:
    """Return the (negative) charges of days on which a service was not delivered.

    What is priced by the month is reduced by its share of days; what was measured was used, and stays, also where a
    formula counts it.
    """
    total_days = days(section.date_from, section.date_to)
    if missing_days > total_days:
        raise TariffError("bad_period", date_from=section.date_from, date_to=section.date_to)
    charges = []
    for charge in section.charges:
        if charge.kind in FOREIGN_KINDS or charge.kind in DERIVED_KINDS or _measured(charge):
            continue
        printed = -round_vnd(Decimal(printed_of(charge)) * missing_days / total_days)
        if printed:
            charges.append(_with_printed(charge, printed, section))
    return charges


def _measured(charge: Charge) -> bool:
    """Whether what a charge costs follows from the measured quantity; a formula says what it was computed from."""
    return charge.kind in METERED_KINDS or any("quantity" in line.params.get("values", ()) for line in charge.lines)


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


def read_charges(data: list[dict]) -> list[Charge]:
    """Read the charges of a section from the dictionary layout."""
    return [_read_charge(charge) for charge in data]


def empty_section(service: str, charges: Iterable[Charge]) -> Section:
    """Return a section without usage, to carry charges."""
    today = date.min
    return Section(service, "", "", today, today, Decimal(0), 0, Decimal(1), tuple(charges))


def still_due(section: Section, charges: Iterable[Charge], standing: Iterable[Charge]) -> list[Charge]:
    """Return what is left of a correction of a section after the corrections that were already made of it."""
    return _difference(section, standing, charges)


def _difference(section: Section, before: Iterable[Charge], after: Iterable[Charge]) -> list[Charge]:
    """Return per component what ``after`` costs more than ``before``. Net and gross prices are kept apart."""
    amounts: dict[tuple, int] = {}
    known: dict[tuple, Charge] = {}
    for sign, charges in ((-1, before), (1, after)):
        for charge in charges:
            key = charge.code, charge.price_includes_vat, charge.vat_rate
            amounts[key] = amounts.get(key, 0) + sign * printed_of(charge)
            known[key] = charge
    return [_with_printed(known[key], printed, section) for key, printed in amounts.items() if printed]


def _with_printed(charge: Charge, printed: int, section: Section) -> Charge:
    """Return a charge with another amount on one line, for the days of a section."""
    net, vat = with_vat(printed, charge.vat_rate, charge.price_includes_vat)
    line = Line(charge.kind, printed, date_from=section.date_from, date_to=section.date_to)
    return replace(charge, net=net, vat=vat, lines=(line,))


def printed_of(charge: Charge) -> int:
    """What the lines of a charge add up to."""
    return charge.total if charge.price_includes_vat else charge.net


def quota_of_persons(persons: int, persons_per_quota: int) -> Decimal:
    """Sets of tier limits for a headcount: 5 tenants at 4 persons per set = 1.25 (TT 60/2025)."""
    return Decimal(persons) / Decimal(persons_per_quota)


def version_at(plan: Plan, day: date) -> Version:
    """Return the version in force on a day; raise TariffError ``no_version`` before the first one."""
    versions = sorted(plan.versions, key=lambda version: version.date_from)
    index = bisect_right([version.date_from for version in versions], day) - 1
    if index < 0:
        raise TariffError("no_version", date=day)
    return versions[index]


def tier_slices(
    quantity: Decimal, tiers: Sequence[Tier], factor: Decimal | Fraction = Decimal(1), whole: bool = False
) -> list[tuple[int, Decimal, Decimal | None, Decimal]]:
    """Cut a quantity into cumulative tiers: ``(number from 1, lower, upper, quantity in the tier)``.

    The width of each tier is scaled by ``factor`` (quota × days), and rounded to whole units if
    ``whole``. A limit belongs to the tier below it: with a limit of 10, the tenth unit has the first
    price. The first tier is always returned, so that a bill of zero is explained too.
    """
    if not tiers:
        raise TariffError("no_tiers")
    slices, lower, published = [], Decimal(0), Decimal(0)
    for number, tier in enumerate(tiers, 1):
        if tier.upper is None:
            upper = None
        else:
            width = _scale(tier.upper - published, factor)
            upper = lower + (round_whole(width) if whole else width)
            published = tier.upper
        top = quantity if upper is None else min(quantity, upper)
        if number == 1 or top > lower:
            slices.append((number, lower, upper, max(top - lower, Decimal(0))))
        if upper is None or quantity <= upper:
            return slices
        lower = upper
    # Beyond the last limit the last price goes on.
    number, last_lower, _upper, part = slices[-1]
    if number == len(tiers):
        slices[-1] = (number, last_lower, None, part + quantity - lower)
    else:
        slices.append((len(tiers), lower, None, quantity - lower))
    return slices


def _scale(value: Decimal, factor: Decimal | Fraction) -> Decimal:
    """Multiply exactly first, divide last, so that whole results stay whole."""
    if isinstance(factor, Fraction):
        return value * factor.numerator / factor.denominator
    return value * factor


def _spans(plan: Plan, usage: Usage) -> list[_Span]:
    """Cut the period where the tariff changes and divide the quantity by days.

    The older parts get total ÷ days × their days, cut to whole units if the plan says so; the
    newest part gets the rest, so nothing is lost. Each time of use is divided by itself.
    """
    cuts = [usage.date_from] + sorted(
        version.date_from for version in plan.versions if usage.date_from < version.date_from <= usage.date_to
    )
    ends = [cut - _DAY for cut in cuts[1:]] + [usage.date_to]
    total_days = days(usage.date_from, usage.date_to)
    scaled = len(cuts) > 1 or not is_whole_month(usage.date_from, usage.date_to)
    quantities = dict(usage.zones) or {"": usage.quantity}
    spans, left = [], dict(quantities)
    for start, end in zip(cuts, ends, strict=True):
        parts = {}
        for zone, quantity in quantities.items():
            part = left[zone]
            if end != usage.date_to:
                part = quantity * days(start, end) / total_days
                part = min(round_whole(part), left[zone]) if plan.whole_units else part
            left[zone] -= part
            parts[zone] = part
        version, months = version_at(plan, start), _months(plan, start, end, scaled)
        zones = parts if usage.zones else {}
        _check_zones(version, zones)
        spans.append(_Span(version, start, end, months, sum(parts.values()), scaled, zones))
    return spans


def _check_zones(version: Version, zones: dict[str, Decimal]):
    """Nothing that was used goes unpriced: a version with prices by time of use has one for each that was."""
    priced = {component.zone for component in version.components if component.kind in METERED_KINDS}
    if not priced or "" in priced:
        return
    for zone, quantity in zones.items():
        if quantity and zone not in priced:
            raise TariffError("zone_unpriced", zone=zone)


def _months(plan: Plan, start: date, end: date, scaled: bool) -> Fraction:
    """Weight of a span: 1 for a whole month without a change, else by days."""
    if not scaled:
        return Fraction(1)
    if plan.days_basis == "previous_month":
        return sum((_by_month_before(*part) for part in months_touched(start, end)), Fraction(0))
    return month_fraction(start, end)


def _by_month_before(start: date, end: date) -> Fraction:
    """Weight of days of one calendar month: N ÷ T of the electricity retailer; a whole month has its own limits."""
    return Fraction(1) if is_whole_month(start, end) else Fraction(days(start, end), days_of_month_before(end))


class _Bases:
    """Net amounts by component code and span: what percentages and minimums are computed from."""

    def __init__(self, spans: list[_Span]):
        self._none = [0] * len(spans)
        self._nets: dict[str, list[int]] = {}
        self._grosses: dict[str, list[int]] = {}

    def add(self, code: str, net: int, gross: int, parts: list[Decimal]):
        """Divide a printed net among the spans as its exact parts are, so that the parts add up to it.

        :param gross: the net before a relief
        """
        for table, amount in ((self._nets, net), (self._grosses, gross)):
            divided = self._divided(amount, parts)
            known = table.get(code)
            table[code] = [sum(pair) for pair in zip(known, divided, strict=True)] if known else divided

    def _divided(self, amount: int, parts: list[Decimal]) -> list[int]:
        if len(parts) == 1:
            return [amount]
        total = sum(parts)
        return spread(amount * part / total for part in parts) if total else self._none

    def net(self, codes: Iterable[str], number: int) -> int:
        return sum(self._nets.get(code, self._none)[number] for code in codes)

    def gross(self, codes: Iterable[str], number: int) -> int:
        return sum(self._grosses.get(code, self._none)[number] for code in codes)


def _charges(spans: list[_Span], plan: Plan, usage: Usage, vat_table: VatTable) -> list[Charge]:
    """Compute every component over all spans, derived ones last in their given order.

    A code that changes its VAT, or whether the price includes it, gives a charge for each: net and gross amounts do
    not add up.
    """
    tables = [{_key(component): component for component in span.version.components} for span in spans]
    components: dict[tuple, Component] = {}
    for table in tables:
        components |= table
    # A code may be a percentage in one version only: there it still comes after what it is a percentage of.
    derived = {key for table in tables for key, component in table.items() if component.kind in DERIVED_KINDS}
    codes = {component.code for component in components.values()}
    bases = _Bases(spans)
    charges = []
    for key, component in sorted(components.items(), key=lambda pair: pair[0] in derived):
        own = [table.get(key) for table in tables]
        items, parts = _component_items(own, spans, plan, usage, codes, bases)
        charge = _charge(component, items, plan, usage, vat_table)
        gross = charge.net
        if usage.reliefs:
            ruled = [span for span, one in zip(spans, own, strict=True) if one]
            relief = _relief_item(component, items, ruled, usage)
            if relief:
                charge = _charge(component, [*items, relief], plan, usage, vat_table)
        bases.add(component.code, charge.net, gross, parts)
        if charge.lines:
            charges.append(charge)
    return charges


def _key(component: Component) -> tuple:
    """What has to be the same for amounts of two versions to be one charge."""
    return component.code, component.vat, component.price_includes_vat


def _component_items(
    own: list[Component | None], spans: list[_Span], plan: Plan, usage: Usage, codes: set[str], bases: _Bases
) -> tuple[list[_Item], list[Decimal]]:
    """Return the lines of one component and, where there are several spans, what they are worth in each.

    :param own: the component in the version of each span, None where it has none
    """
    items, parts, least = [], [Decimal(0)] * len(spans), False
    for number, (component, span) in enumerate(zip(own, spans, strict=True)):
        if component is None:
            continue
        for base in component.base:
            if base not in codes:
                raise TariffError("unknown_base", component=component.code, base=base)
        if component.kind == "percent":
            parts[number] = _add_percent(items, component, span, bases.net(component.base, number))
        elif component.kind == "minimum":
            least = True
        else:
            added = _items(component, span, plan, usage)
            if len(spans) > 1:
                parts[number] = sum((item.exact for item in added), Decimal(0))
            items += added
    if least:
        items += _minimum_items(_minimums(own, spans, usage, bases), parts)
    return items, parts


def _charge(component: Component, items: list[_Item], plan: Plan, usage: Usage, vat_table: VatTable) -> Charge:
    """Round once and add VAT."""
    amounts = spread(item.exact for item in items)
    rate = vat_table.rate(component.vat, usage.vat_date or usage.date_to) if component.vat else None
    lines = [Line(amount=amount, **item.line) for amount, item in zip(amounts, items, strict=True)]
    printed = sum(amounts)
    if plan.round_to > 1 and printed % plan.round_to:
        rounded = int(round_whole(Decimal(printed) / plan.round_to)) * plan.round_to
        lines.append(Line("rounding", rounded - printed, params={"to": plan.round_to}))
        printed = rounded
    net, vat = with_vat(printed, rate, component.price_includes_vat)
    return Charge(
        code=component.code,
        name=component.name,
        kind=component.kind,
        net=net,
        vat=vat,
        vat_rate=rate,
        price_includes_vat=component.price_includes_vat and rate is not None,
        lines=tuple(lines),
    )


def with_vat(printed: int, rate: Decimal | None, included: bool) -> tuple[int, int]:
    """Net and VAT of a printed amount."""
    if rate is None:
        return printed, 0
    if included:
        vat = round_vnd(Decimal(printed) * rate / (100 + rate))
        return printed - vat, vat
    return printed, round_vnd(Decimal(printed) * rate / 100)


def _relief_item(component: Component, items: list[_Item], spans: list[_Span], usage: Usage) -> _Item | None:
    """The negative line of the relief that is worth most for a component."""
    best: tuple[Decimal, Relief] | None = None
    for relief in usage.reliefs:
        if relief.component != component.code and (relief.component or component.kind == "percent"):
            continue
        worth = _relief_worth(relief, component, items, spans)
        if worth > 0 and (best is None or worth > best[0]):
            best = worth, relief
    if best is None:
        return None
    worth, relief = best
    params = {"relief": relief.code, "name": relief.name, "kind": relief.kind, "value": plain(relief.value)}
    line = {"label": "relief", "unit": component.unit, "decision": relief.decision, "params": params}
    return _Item(-worth, line | {"date_from": usage.date_from, "date_to": usage.date_to})


def _relief_worth(relief: Relief, component: Component, items: list[_Item], spans: list[_Span]) -> Decimal:
    """What a relief takes off a component before rounding; never more than the component costs."""
    cost = sum((item.exact for item in items), Decimal(0))
    if relief.kind == "percent":
        return cost * relief.value / 100
    if relief.kind == "amount":
        return min(cost, _scale(relief.value, sum((span.months for span in spans), Fraction(0))))
    metered, worth = component.kind in METERED_KINDS, Decimal(0)
    for span in spans:
        free = _scale(relief.value, span.months) if metered else relief.value
        for item in items:
            quantity = item.line["quantity"]
            if item.line["date_from"] == span.date_from and quantity:
                part = min(free, quantity)
                worth += item.exact * part / quantity
                free -= part
    return worth


def _items(component: Component, span: _Span, plan: Plan, usage: Usage) -> list[_Item]:
    """Lines of one component in one span."""
    if component.kind in METERED_KINDS:
        return _metered_items(component, span, plan, usage)
    if component.kind == "formula":
        return _formula_items(component, span, usage)
    return _periodic_items(component, span, usage)


def _metered_items(component: Component, span: _Span, plan: Plan, usage: Usage) -> list[_Item]:
    """Lines by quantity. Where a minimum quantity is billed instead of the used one, each line says so."""
    if component.zone:
        if not span.zones:
            raise TariffError("no_zones", component=component.name or component.code)
        span = replace(span, quantity=span.zones.get(component.zone, Decimal(0)))
    least = _scale(component.minimum_quantity, span.months)
    topped_up = span.quantity < least
    if topped_up:
        span = replace(span, quantity=least)
    if component.kind == "tiers":
        items = _tier_items(component, span, plan, usage)
    elif component.kind == "slabs":
        items = _slab_items(component, span, plan, usage)
    else:
        items = [_item(component, span, span.quantity * component.price, span.quantity, component.price)]
    if topped_up:
        for item in items:
            item.line["params"] = item.line.get("params", {}) | {"at_least": plain(least)}
    return items


def _item(component, span, exact, quantity=None, price=None, **extra) -> _Item:
    line = {
        "label": component.kind,
        "quantity": quantity,
        "unit": component.unit,
        "price": price,
        "date_from": span.date_from,
        "date_to": span.date_to,
        "decision": span.version.decision,
    }
    return _Item(exact, line | extra)


def _tier_items(component: Component, span: _Span, plan: Plan, usage: Usage) -> list[_Item]:
    if not component.tiers:
        raise TariffError("no_tiers", component=component.code)
    items = []
    for number, lower, upper, part in tier_slices(span.quantity, component.tiers, *_tier_scale(span, plan, usage)):
        price = component.tiers[number - 1].price
        items.append(
            _item(
                component, span, part * price, part, price,
                tier_from=lower, tier_to=upper, params={"tier": number},
            )
        )  # fmt: skip
    return items


def _tier_scale(span: _Span, plan: Plan, usage: Usage) -> tuple[Fraction, bool]:
    """By what tier limits are multiplied, and whether they are then rounded to whole units."""
    whole = plan.round_limits == "always" or (plan.round_limits == "days" and span.scaled_by_days)
    return span.months * Fraction(usage.quota), whole


def _slab_items(component: Component, span: _Span, plan: Plan, usage: Usage) -> list[_Item]:
    """Independent tiers: the whole quantity at the price of the tier it reaches."""
    if not component.tiers:
        raise TariffError("no_tiers", component=component.code)
    number, lower, upper, _part = tier_slices(span.quantity, component.tiers, *_tier_scale(span, plan, usage))[-1]
    price, quantity = component.tiers[number - 1].price, span.quantity
    return [
        _item(
            component, span, quantity * price, quantity, price,
            tier_from=lower, tier_to=upper, params={"tier": number},
        )
    ]  # fmt: skip


def _formula_items(component: Component, span: _Span, usage: Usage) -> list[_Item]:
    """The result of a formula, with the values it was computed from."""
    known = {
        "quantity": span.quantity,
        "persons": Decimal(usage.persons),
        "area": usage.area,
        "vehicles": Decimal(_vehicles(usage)),
        "quota": usage.quota,
        "months": Decimal(span.months.numerator) / span.months.denominator,
        "price": component.price,
    }
    try:
        parsed = formula.parse(component.formula)
        amount = parsed.compute(known)
    except formula.FormulaError as error:
        raise TariffError("formula", component=component.code) from error
    if amount < 0:
        raise TariffError("negative_formula", component=component.code, amount=amount)
    shown = known | {"months": _shown(span.months)}
    values = {name: plain(shown[name]) for name in parsed.variables()}
    return [_item(component, span, amount, params={"formula": parsed.text, "values": values})]


def _vehicles(usage: Usage, kind: str = "") -> int:
    return sum(count for name, count in usage.vehicles if not kind or name == kind)


def _periodic_items(component: Component, span: _Span, usage: Usage) -> list[_Item]:
    """Flat, per person, m² or vehicle and per household-size band: price × months, by days or by months begun."""
    months = span.months if component.prorate else Fraction(_months_begun(span, usage))
    if not months:
        return []
    params = {"months": plain(_shown(months))}
    if component.kind == "flat":
        return [_item(component, span, _scale(component.price, months), None, component.price, params=params)]
    if component.kind in ("area", "vehicle"):
        count = usage.area if component.kind == "area" else Decimal(_vehicles(usage, component.vehicle_kind))
        if not count:
            return []
        if component.vehicle_kind:
            params["vehicle"] = component.vehicle_kind
        return [_item(component, span, _scale(component.price * count, months), count, component.price, params=params)]
    params["persons"] = usage.persons
    if component.kind == "person":
        if not usage.persons:
            return []
        exact = _scale(component.price * usage.persons, months)
        return [_item(component, span, exact, Decimal(usage.persons), component.price, params=params)]
    band = _band(component, usage.persons)
    if band is None:
        return []
    lower, tier = band
    exact = _scale(tier.price, months)
    return [_item(component, span, exact, None, tier.price, tier_from=lower, tier_to=tier.upper, params=params)]


def _band(component: Component, persons: int) -> tuple[Decimal, Tier] | None:
    """The household-size band of a headcount with its smallest headcount; nobody registered has none."""
    if not component.tiers:
        raise TariffError("no_tiers", component=component.code)
    if persons <= 0:
        return None
    lower = Decimal(1)
    for tier in component.tiers:
        if tier.upper is None or persons <= tier.upper:
            return lower, tier
        lower = tier.upper + 1
    last = component.tiers[-1]
    return (component.tiers[-2].upper + 1 if len(component.tiers) > 1 else Decimal(1)), Tier(None, last.price)


def _months_begun(span: _Span, usage: Usage) -> int:
    """Months of the period that begin in this span (the first month begins with the period)."""
    starts = [start for start, _end in months_touched(usage.date_from, usage.date_to)]
    return sum(span.date_from <= start <= span.date_to for start in starts)


def _shown(months: Fraction) -> Decimal:
    """Months as printed, to four places."""
    return (Decimal(months.numerator) / months.denominator).quantize(Decimal("0.0001"))


def _add_percent(items: list[_Item], component: Component, span: _Span, base: int) -> Decimal:
    """Add a percentage of the printed net that other components have in a span, after their reliefs.

    A span at the same percentage as the one before makes its line longer: it is 10 % of the whole, however often
    other prices changed.

    :return: the amount of the span
    """
    exact, percent = base * component.percent / 100, plain(component.percent)
    last = items[-1] if items else None
    if last and last.line.get("params", {}).get("percent") == percent and last.line["date_to"] == span.date_from - _DAY:
        last.exact += exact
        last.line["params"]["base"] += base
        last.line |= {"date_to": span.date_to, "decision": span.version.decision}
    else:
        items.append(_item(component, span, exact, params={"percent": percent, "base": base}))
    return exact


@dataclass(slots=True)
class _Minimum:
    """One minimum over the spans it rules, and what it is compared with."""

    component: Component
    source: _Span
    first: _Span
    last: _Span
    base: int = 0
    floors: dict[int, Decimal] = field(default_factory=dict)

    def goes_on(self, component: Component) -> bool:
        one, other = self.component, component
        return (one.price, one.prorate, one.base) == (other.price, other.prorate, other.base)


def _minimums(own: list[Component | None], spans: list[_Span], usage: Usage, bases: _Bases) -> list[_Minimum]:
    """Return the minimums of a period. One that stays the same while other prices change is one of the whole.

    A minimum by months begun is that of the day on which a month begins, to the end of that month.
    """
    found: list[_Minimum] = []
    ruling = None
    for number, (component, span) in enumerate(zip(own, spans, strict=True)):
        component = component if component and component.kind == "minimum" else None
        begun, either = _months_begun(span, usage), component or (ruling and ruling.component)
        if begun or not either or either.prorate:
            if component is None:
                ruling = None
            elif ruling is None or not ruling.goes_on(component):
                ruling = _Minimum(component, span, span, span)
                found.append(ruling)
            else:
                ruling.component, ruling.source = component, span
        if ruling:
            months = span.months if ruling.component.prorate else Fraction(begun)
            ruling.last = span
            ruling.floors[number] = _scale(ruling.component.price, months)
            ruling.base += bases.gross(ruling.component.base, number)
    return found


def _minimum_items(minimums: list[_Minimum], parts: list[Decimal]) -> list[_Item]:
    """Top up the printed net of other components; reliefs are left aside, or a minimum would take them back.

    :param parts: takes what each span adds
    """
    items = []
    for minimum in minimums:
        floor = sum(minimum.floors.values(), Decimal(0))
        missing = floor - minimum.base
        if missing <= 0:
            continue
        for number, amount in minimum.floors.items():
            parts[number] += missing * amount / floor
        item = _item(
            minimum.component, minimum.source, missing, params={"floor": round_vnd(floor), "base": minimum.base}
        )
        item.line |= {"date_from": minimum.first.date_from, "date_to": minimum.last.date_to}
        items.append(item)
    return items
