"""What bills that are issued should have cost more or less: other figures, reliefs taken back, days without service."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from ..money import round_vnd
from ..periods import days
from .charge import FOREIGN_KINDS, Charge, Line, printed_of, relabel, with_vat
from .error import TariffError
from .plan import DERIVED_KINDS, METERED_KINDS, Plan, VatTable, quota_of_persons
from .pricing import compute
from .section import Section
from .usage import Usage


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
