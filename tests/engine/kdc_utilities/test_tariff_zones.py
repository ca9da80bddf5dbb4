"""Prices by time of use: each register has its price, nothing is lost or priced twice (U-01)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_utilities_engine import tariff as t

OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))
VAT = t.VatTable((t.VatRate("V", date(2000, 1, 1), D(8)),))
PRICES = {"normal": D(3000), "peak": D(5000), "offpeak": D(2000)}


def components(prices):
    return tuple(t.Component(zone.upper(), "unit", zone, "kWh", price, vat="V", zone=zone) for zone, price in prices)


def plan(prices=PRICES, **options):
    return t.Plan((t.Version(date(2020, 1, 1), components(prices.items())),), **options)


def usage(period=OCTOBER, **zones):
    quantities = tuple((zone, D(quantity)) for zone, quantity in zones.items())
    return t.Usage(*period, quantity=sum((quantity for _zone, quantity in quantities), D(0)), zones=quantities)


def test_each_register_has_its_price():
    section = t.compute(plan(), usage(normal=120, peak=30, offpeak=50), VAT)
    assert [(charge.name, charge.net, charge.vat) for charge in section.charges] == [
        ("normal", 360_000, 28_800),
        ("peak", 150_000, 12_000),
        ("offpeak", 100_000, 8_000),
    ]
    assert [charge.lines[0].quantity for charge in section.charges] == [120, 30, 50]
    assert (section.quantity, section.total) == (200, 658_800)


def test_travels_on_the_bill_and_can_be_computed_again():
    section = t.compute(plan(), usage(normal=120, peak=30), VAT, service="DIEN")
    again = t.Bill.from_dict(t.Bill((section,)).to_dict()).sections[0]
    assert again == section
    assert t.recompute(again, plan(), VAT) == section


def test_a_whole_quantity_is_priced_as_before():
    tiers = t.Plan((t.Version(date(2020, 1, 1), (t.Component("T", "tiers", tiers=(t.Tier(None, D(1000)),)),)),))
    assert t.compute(tiers, usage(normal=120, peak=30), VAT).total == 150_000


@pytest.mark.parametrize(
    ("used", "code"),
    [
        (t.Usage(*OCTOBER, quantity=D(10)), "no_zones"),
        (usage(normal=1, fourth=1), "zone_unpriced"),
        (replace(usage(normal=1, peak=1), quantity=D(3)), "zone_sum"),
    ],
)
def test_nothing_is_guessed(used, code):
    with pytest.raises(t.TariffError) as error:
        t.compute(plan(), used, VAT)
    assert error.value.code == code


def test_an_unused_zone_needs_no_price():
    assert t.compute(plan(), usage(normal=1, fourth=0), VAT).net == 3000


def test_a_price_change_divides_each_register_by_days():
    later = {zone: price * 2 for zone, price in PRICES.items()}
    changed = t.Plan(
        (
            t.Version(date(2020, 1, 1), components(PRICES.items())),
            t.Version(date(2026, 10, 11), components(later.items())),
        )
    )
    section = t.compute(changed, usage(normal=310, peak=31), VAT)
    normal, peak, _offpeak = section.charges
    assert [line.quantity for line in normal.lines] == [100, 210]
    assert [line.quantity for line in peak.lines] == [10, 21]
    assert (normal.net, peak.net) == (100 * 3000 + 210 * 6000, 10 * 5000 + 21 * 10_000)


@given(st.lists(st.integers(0, 5000), min_size=3, max_size=3), st.integers(1, 30), st.booleans())
def test_equal_prices_cost_what_one_register_costs(quantities, day, whole):
    zones = dict(zip(PRICES, quantities, strict=True))
    prices = dict.fromkeys(PRICES, D(2500))
    version = t.Version(date(2020, 1, 1), components(prices.items()))
    cut = t.Plan((version, replace(version, date_from=date(2026, 10, day + 1))), whole_units=whole)
    section = t.compute(cut, usage(**zones), VAT)
    assert section.net == 2500 * sum(quantities)
    for charge in section.charges:
        assert sum(line.quantity for line in charge.lines) == zones[charge.name]
