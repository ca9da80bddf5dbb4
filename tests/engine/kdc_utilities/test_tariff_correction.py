"""What a bill should have cost with another headcount or tariff: the tier limits follow what that tariff counts."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest
from kdc_utilities_engine import tariff as t

OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))
#: 1,000 VND up to 10 units for each set of limits, 3,000 VND beyond.
VERSION = t.Version(
    date(2020, 1, 1), (t.Component("T", "tiers", tiers=(t.Tier(D(10), D(1000)), t.Tier(None, D(3000)))),)
)
BY_HOUSEHOLDS = t.Plan((VERSION,))
BY_PERSONS = t.Plan((VERSION,), persons_per_quota=4, quota_by_persons=True)
TENANTS = t.Plan((VERSION,), persons_per_quota=4)
TENANTS_OF_TWO = t.Plan((VERSION,), persons_per_quota=2)
#: 40 units cost with so many sets of limits
COST = {D(1): 100_000, D(2): 80_000, D("1.5"): 90_000, D(3): 60_000, D(4): 40_000}


def billed(plan, persons, quota, quota_persons=0):
    usage = t.Usage(*OCTOBER, quantity=D(40), persons=persons, quota=D(quota), quota_persons=quota_persons)
    return t.compute(plan, usage)


def corrected(section, before, after, persons, households=D(1)):
    charges = t.correction(
        section, before, after, t.VatTable(), quantity=D(40), persons=persons, households=households
    )
    return section.total + sum(charge.total for charge in charges)


@pytest.mark.parametrize(
    ("before", "section", "after", "persons", "households", "quota"),
    [
        # Billed by eight registered persons; the other tariff counts households.
        (BY_PERSONS, (8, 2, 8), BY_HOUSEHOLDS, 8, 1, 1),
        (BY_PERSONS, (8, 2, 8), BY_HOUSEHOLDS, 8, 3, 3),
        # ... or counts tenants only, of which none were stated.
        (BY_PERSONS, (8, 2, 8), TENANTS, 8, 1, 1),
        # The same tariff with another number of persons.
        (BY_PERSONS, (8, 2, 8), BY_PERSONS, 6, 1, "1.5"),
        (BY_PERSONS, (8, 2, 8), BY_PERSONS, 0, 1, 2),
        # Billed by households; the other tariff counts persons, or households as well.
        (BY_HOUSEHOLDS, (8, 3), BY_PERSONS, 6, 3, "1.5"),
        (BY_HOUSEHOLDS, (8, 3), TENANTS, 6, 1, 3),
        (BY_HOUSEHOLDS, (8, 3), BY_HOUSEHOLDS, 6, 1, 3),
        # Eight tenants stay eight tenants, whoever is registered; how many make a set is the other tariff's.
        (TENANTS, (2, 2, 8), TENANTS, 6, 1, 2),
        (TENANTS, (2, 2, 8), TENANTS_OF_TWO, 2, 1, 4),
        (TENANTS, (2, 2, 8), BY_PERSONS, 6, 1, 2),
        (TENANTS, (2, 2, 8), BY_HOUSEHOLDS, 2, 1, 1),
        # As many tenants as persons are still tenants, where the tariff does not count the registered.
        (TENANTS, (8, 2, 8), TENANTS, 4, 1, 2),
    ],
)
def test_limits_follow_what_the_tariff_counts(before, section, after, persons, households, quota):
    assert corrected(billed(before, *section), before, after, persons, D(households)) == COST[D(quota)]


def test_nothing_changed_costs_nothing():
    section = billed(BY_PERSONS, 8, 2, 8)
    assert t.correction(section, BY_PERSONS, BY_PERSONS, t.VatTable(), quantity=D(40), persons=8) == []


@pytest.mark.parametrize(("quantity", "cost"), [(40, 160_000), (8, 16_000), (0, 0)])
def test_a_wrong_price_is_corrected_from_what_the_bill_printed(quantity, cost):
    """The bill was made at 1,000 and 3,000 VND, the right prices are 2,000 and 4,666: never one less the other."""
    section = t.compute(BY_HOUSEHOLDS, t.Usage(*OCTOBER, quantity=D(40)), service="W")
    tiers = (t.Tier(D(10), D(2000)), t.Tier(None, D(14000) / 3))
    right = t.Plan((t.Version(date(2020, 1, 1), (t.Component("T", "tiers", tiers=tiers),)),))
    section = replace(section, charges=(*section.charges, t.single("ONCE1", "Chậu", "once", 5000, None)))
    charges = t.correction(section, right, right, t.VatTable(), quantity=D(quantity), persons=0)
    assert 100_000 + sum(charge.total for charge in charges) == cost


def test_a_price_that_begins_or_changes_its_vat_is_corrected_whole():
    taxed = t.Plan((t.Version(date(2020, 1, 1), (t.Component("T", "unit", price=D(100), vat="V"),)),))
    rates = [t.VatTable((t.VatRate("V", date(2020, 1, 1), D(rate)),)) for rate in (8, 10)]
    section = t.compute(taxed, t.Usage(*OCTOBER, quantity=D(40)), rates[0])
    charges = t.correction(section, taxed, taxed, rates[1], quantity=D(40), persons=0)
    assert [(charge.net, charge.vat, charge.vat_rate) for charge in charges] == [(-4000, -320, 8), (4000, 400, 10)]


def test_each_charge_has_a_key_of_its_own():
    first = t.single("NUOC", "Nước", "once", 100, D(8))
    second, fee = replace(first, vat_rate=D(10)), t.single("BVMT", "Phí", "once", 5, None)
    section = t.empty_section("NUOC", [first, fee, second, replace(first, kind="correction")])
    assert t.charges_by_key(section) == {
        "NUOC": first, "BVMT": fee, "NUOC#2": second, "NUOC#3": replace(first, kind="correction"),
    }  # fmt: skip
