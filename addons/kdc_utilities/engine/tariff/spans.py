"""The parts of a period: it is cut where the tariff changes, and what was used is divided among them by days."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from ..money import round_whole
from ..periods import days, days_of_month_before, is_whole_month, month_fraction, months_touched
from .error import TariffError
from .plan import METERED_KINDS, Plan, Version, version_at
from .usage import Usage

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a period under one version: its dates, weight in months and share of the quantity."""

    version: Version
    date_from: date
    date_to: date
    months: Fraction
    quantity: Decimal
    scaled_by_days: bool
    zones: dict[str, Decimal]


def spans_of(plan: Plan, usage: Usage) -> list[Span]:
    """Cut the period where the tariff changes and divide the quantity by days.

    The older parts get total ÷ days × their days, cut to whole units if the plan says so; the
    newest part gets the rest, so nothing is lost. Each time of use is divided by itself.
    """
    cuts = [usage.date_from] + sorted(
        version.date_from for version in plan.versions if usage.date_from < version.date_from <= usage.date_to
    )
    ends = [cut - DAY for cut in cuts[1:]] + [usage.date_to]
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
        spans.append(Span(version, start, end, months, sum(parts.values()), scaled, zones))
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


def months_begun(span: Span, usage: Usage) -> int:
    """Months of the period that begin in this span (the first month begins with the period)."""
    starts = [start for start, _end in months_touched(usage.date_from, usage.date_to)]
    return sum(span.date_from <= start <= span.date_to for start in starts)
