"""What must hold for any tariff: monotone, continuous at limits, additive, and printed lines add up."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D

from hypothesis import given, settings
from hypothesis import strategies as st
from kdc_utilities_engine import money
from kdc_utilities_engine import tariff as t

PRICES = st.decimals(min_value=0, max_value=20000, places=2)
QUANTITIES = st.decimals(min_value=0, max_value=5000, places=3)
DAYS = st.dates(min_value=date(2024, 1, 1), max_value=date(2027, 12, 1))
VAT = t.VatTable((t.VatRate("V", date(2000, 1, 1), D(8)),))


@st.composite
def tier_tables(draw):
    """Rising prices, as every household tariff has."""
    limits = sorted(draw(st.sets(st.integers(1, 1000), min_size=1, max_size=6)))
    prices = sorted(draw(st.lists(PRICES, min_size=len(limits) + 1, max_size=len(limits) + 1)))
    return tuple(t.Tier(D(limit), price) for limit, price in zip(limits, prices, strict=False)) + (
        t.Tier(None, prices[-1]),
    )


def plan_of(tiers, **options):
    components = (
        t.Component("Q", "tiers", tiers=tiers, vat="V"),
        t.Component("F", "percent", percent=D(10), base=("Q",)),
    )
    return t.Plan((t.Version(date(2020, 1, 1), components, "QĐ"),), **options)


def month(day):
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def exact(quantity, tiers, factor=D(1)):
    return sum(part * tiers[number - 1].price for number, _lo, _up, part in t.tier_slices(quantity, tiers, factor))


@given(tier_tables(), QUANTITIES, QUANTITIES)
def test_more_use_never_costs_less(tiers, first, second):
    low, high = sorted((first, second))
    plan = plan_of(tiers)
    bills = [t.compute(plan, t.Usage(*month(date(2026, 11, 1)), quantity=q), VAT) for q in (low, high)]
    assert bills[0].total <= bills[1].total
    assert bills[0].net <= bills[1].net


@settings(deadline=None)
@given(
    tier_tables(), tier_tables(), st.integers(0, 3000), st.integers(1, 40), DAYS, st.integers(2, 28),
    st.sampled_from(("days", "always", "never")), st.sampled_from(("month", "previous_month")),
)  # fmt: skip
def test_more_whole_units_never_cost_less_over_a_change_of_prices(old, new, used, more, day, change, limits, basis):
    """Limits rounded and the quantity cut to whole units as the retailer does, prices raised or lowered."""
    period = month(day)
    before, after = plan_of(old).versions[0], plan_of(new).versions[0]
    versions = before, replace(after, date_from=period[0] + timedelta(days=change - 1))
    plan = t.Plan(versions, round_limits=limits, days_basis=basis)
    less, much = (t.compute(plan, t.Usage(*period, quantity=D(q)), VAT) for q in (used, used + more))
    assert less.net <= much.net and less.total <= much.total


@given(tier_tables(), st.sampled_from([D("1.25"), D("0.5"), D(1), D(3)]))
def test_continuous_at_every_limit(tiers, factor):
    step = D("0.001")
    for tier in tiers[:-1]:
        limit = tier.upper * factor
        jump = exact(limit + step, tiers, factor) - exact(limit, tiers, factor)
        assert 0 <= jump <= step * tiers[-1].price


@given(tier_tables(), QUANTITIES, st.integers(1, 8))
def test_slices_cover_the_quantity_without_gap(tiers, quantity, quota):
    slices = t.tier_slices(quantity, tiers, D(quota))
    assert sum(part for *_rest, part in slices) == quantity
    for before, after in zip(slices, slices[1:], strict=False):
        assert before[2] == after[1]
        assert after[3] >= 0


@given(tier_tables(), QUANTITIES, DAYS, st.integers(2, 28))
def test_a_change_to_the_same_price_changes_nothing(tiers, quantity, day, change):
    """Additive in pro rata: two versions with equal prices give the bill of one, to the rounding of lines."""
    period = month(day)
    plan = plan_of(tiers, round_limits="never", whole_units=False)
    version = plan.versions[0]
    twice = replace(plan, versions=(version, replace(version, date_from=period[0] + timedelta(days=change - 1))))
    one = t.compute(plan, t.Usage(*period, quantity=quantity), VAT)
    two = t.compute(twice, t.Usage(*period, quantity=quantity), VAT)
    assert [charge.code for charge in one.charges] == [charge.code for charge in two.charges]
    for before, after in zip(one.charges, two.charges, strict=True):
        assert abs(before.net - after.net) <= 1


PAIRS = st.tuples(st.integers(0, 40), st.integers(0, 40))


@settings(deadline=None, max_examples=50)
@given(tier_tables(), QUANTITIES, QUANTITIES, DAYS, st.integers(2, 28), PAIRS, PAIRS)
def test_derived_parts_stay_between_the_two_versions(tiers, first, second, day, change, percents, least):
    """With another percentage and another minimum from a day on, the bill lies between those of the two versions."""
    period = month(day)
    versions = [
        t.Version(
            start,
            (
                t.Component("Q", "tiers", tiers=tiers, vat="V"),
                t.Component("F", "percent", percent=D(percent), base=("Q",)),
                t.Component("M", "minimum", price=D(1000 * floor), base=("Q", "F")),
            ),
        )
        for start, percent, floor in zip(
            (date(2020, 1, 1), period[0] + timedelta(days=change - 1)), percents, least, strict=True
        )
    ]
    options = {"round_limits": "never", "whole_units": False}
    low, high = sorted((first, second))

    def total(quantity, *chosen):
        return t.compute(t.Plan(chosen, **options), t.Usage(*period, quantity=quantity), VAT).total

    both = total(low, *versions)
    alone = [total(low, replace(version, date_from=date(2020, 1, 1))) for version in versions]
    assert min(alone) - 5 <= both <= max(alone) + 5, "but for the rounding of each charge and its VAT"
    assert both <= total(high, *versions)


@given(tier_tables(), QUANTITIES, st.integers(1, 12))
def test_households_sharing_a_meter_pay_like_alone(tiers, quantity, households):
    """Homogeneous: n households with n times the quantity cost n times one household."""
    assert exact(quantity * households, tiers, D(households)) == households * exact(quantity, tiers)


@settings(max_examples=300)
@given(tier_tables(), QUANTITIES, DAYS, st.integers(0, 9), st.booleans(), st.booleans())
def test_lines_always_add_up_and_survive_json(tiers, quantity, day, persons, included, change):
    first, last = month(day)
    components = (
        t.Component("Q", "tiers", tiers=tiers, vat="V", price_includes_vat=included, unit="m³"),
        t.Component("P", "person", price=D("3333.33"), vat="V"),
        t.Component("B", "band", tiers=(t.Tier(D(4), D(44000)), t.Tier(None, D(55000))), prorate=False),
        t.Component("F", "percent", percent=D("9.99"), base=("Q",)),
        t.Component("M", "minimum", price=D(50000), base=("Q", "P")),
    )
    versions = [t.Version(date(2020, 1, 1), components, "A")]
    if change:
        versions.append(t.Version(first + timedelta(days=9), components, "B"))
    section = t.compute(t.Plan(tuple(versions)), t.Usage(first, last, quantity, persons), VAT, service="X", name="Ư")
    for charge in section.charges:
        printed = charge.total if charge.price_includes_vat else charge.net
        assert sum(line.amount for line in charge.lines) == printed
        assert charge.net >= 0 and charge.vat >= 0
    assert section.total == section.net + section.vat == sum(charge.total for charge in section.charges)
    bill = t.Bill((section, section))
    data = bill.to_dict()
    assert t.Bill.from_dict(data) == bill
    assert (data["net"], data["vat"], data["total"]) == (bill.net, bill.vat, bill.total)


@given(st.lists(st.decimals(min_value=-1000, max_value=10000, places=4), max_size=12))
def test_spread_adds_up_and_stays_near(amounts):
    printed = money.spread(amounts)
    assert sum(printed) == money.round_vnd(sum(amounts, D(0)))
    assert all(abs(D(whole) - amount) <= 1 for whole, amount in zip(printed, amounts, strict=True))


def test_rounding_is_half_up_and_away_from_zero():
    assert [money.round_vnd(D(x)) for x in ("0.5", "1.5", "2.4999", "-0.5", "-1.49")] == [1, 2, 2, -1, -1]
    assert money.decimal(12.1, 3) == D("12.1")
    assert money.decimal(0.1 + 0.2, 3) == D("0.3")
    assert [money.plain(D(x)) for x in ("1E+2", "62.50", "0.000", "100")] == ["100", "62.5", "0", "100"]
    divided = money.EXACT.divide(D(2), D(3))
    assert D(money.plain(divided)) == divided, "A bill read back says what was computed, to the last digit."


# -- minimum quantities, independent tiers, reliefs, vehicles, rounding -----------------------------------------------


def one(component, **options):
    return t.Plan((t.Version(date(2020, 1, 1), (component,), "QĐ"),), **options)


NOV = month(date(2026, 11, 1))


@settings(deadline=None)
@given(QUANTITIES, st.integers(0, 50), PRICES)
def test_a_minimum_quantity_is_a_floor(quantity, least, price):
    component = t.Component("Q", "unit", price=price, minimum_quantity=D(least))
    net = t.compute(one(component), t.Usage(*NOV, quantity=quantity)).net
    assert net == money.round_vnd(max(quantity, D(least)) * price)


@settings(deadline=None)
@given(tier_tables(), QUANTITIES, QUANTITIES)
def test_independent_tiers_price_the_whole_quantity(tiers, first, second):
    """With rising prices more use never costs less, and nothing costs less than by cumulative tiers."""
    low, high = sorted((first, second))
    nets = [
        t.compute(one(t.Component("Q", kind, tiers=tiers)), t.Usage(*NOV, quantity=quantity)).net
        for kind, quantity in (("slabs", low), ("slabs", high), ("tiers", high))
    ]
    assert nets[0] <= nets[1]
    assert nets[2] <= nets[1]


def test_independent_tiers_around_a_limit():
    tiers = (t.Tier(D(10), D(100)), t.Tier(None, D(200)))
    plan = one(t.Component("Q", "slabs", tiers=tiers))
    assert [t.compute(plan, t.Usage(*NOV, quantity=D(q))).net for q in (0, 9, 10, 11)] == [0, 900, 1000, 2200]


@st.composite
def reliefs(draw):
    kind = draw(st.sampled_from(("percent", "amount", "quantity")))
    top = {"percent": 100, "amount": 500000, "quantity": 60}[kind]
    return t.Relief(draw(st.sampled_from("ABC")), "Giảm", kind, D(draw(st.integers(1, top))), "Q")


@settings(deadline=None)
@given(tier_tables(), QUANTITIES, st.lists(reliefs(), max_size=3), st.booleans())
def test_a_relief_never_costs_and_never_pays_out(tiers, quantity, given_reliefs, included):
    plan = one(t.Component("Q", "tiers", tiers=tiers, vat="V", price_includes_vat=included))
    usage = t.Usage(*NOV, quantity=quantity)
    full = t.compute(plan, usage, VAT)
    less = t.compute(plan, replace(usage, reliefs=tuple(given_reliefs)), VAT)
    assert 0 <= less.total <= full.total
    singles = [t.compute(plan, replace(usage, reliefs=(relief,)), VAT).total for relief in given_reliefs]
    assert less.total == min(singles, default=full.total), "the best one alone"
    charge = less.charges[0]
    assert sum(line.amount for line in charge.lines) == (charge.total if included else charge.net)


@settings(deadline=None)
@given(tier_tables(), QUANTITIES, st.integers(1, 100), st.booleans())
def test_what_is_taken_back_is_what_was_taken_off(tiers, quantity, percent, included):
    plan = one(t.Component("Q", "tiers", tiers=tiers, vat="V", price_includes_vat=included))
    relief = t.Relief("A", "Giảm", "percent", D(percent))
    usage = t.Usage(*NOV, quantity=quantity)
    full = t.compute(plan, usage, VAT)
    less = t.compute(plan, replace(usage, reliefs=(relief,)), VAT)
    back = t.take_back(less, plan, VAT, "A", month="11/2026")
    assert abs(less.total + sum(charge.total for charge in back) - full.total) <= 1, "VAT is rounded once more"
    assert not t.take_back(full, plan, VAT, "A")
    both = t.Bill((replace(less, charges=less.charges + tuple(back)),))
    assert t.Bill.from_dict(both.to_dict()) == both
    assert t.recompute(both.sections[0], plan, VAT) == both.sections[0]


def test_a_minimum_does_not_take_a_relief_back_and_a_percentage_follows_it():
    plan = t.Plan(
        (
            t.Version(
                date(2020, 1, 1),
                (
                    t.Component("Q", "unit", price=D(1000)),
                    t.Component("F", "percent", percent=D(10), base=("Q",)),
                    t.Component("M", "minimum", price=D(20000), base=("Q",)),
                ),
            ),
        )
    )
    relief = t.Relief("A", "Giảm", "percent", D(50))
    section = t.compute(plan, t.Usage(*NOV, quantity=D(15), reliefs=(relief,)))
    assert {charge.code: charge.net for charge in section.charges} == {"Q": 7500, "F": 750, "M": 2500}


def test_a_relief_of_a_part_month_is_that_of_its_days():
    """A free quantity comes off the cheapest tiers, once; an amount and a quantity are per month."""
    tiers = (t.Tier(D(10), D(100)), t.Tier(None, D(200)))
    plan = one(t.Component("Q", "tiers", tiers=tiers), round_limits="never")
    half = replace(t.Usage(*NOV, quantity=D(25)), date_from=date(2026, 11, 16))

    def net(usage, kind, value):
        return t.compute(plan, replace(usage, reliefs=(t.Relief("A", "Giảm", kind, D(value), "Q"),))).net

    whole = t.Usage(*NOV, quantity=D(25))
    assert net(whole, "quantity", 15) == 4000 - 10 * 100 - 5 * 200
    assert net(half, "quantity", 8) == 4500 - 4 * 100
    assert (net(whole, "amount", 1000), net(half, "amount", 1000)) == (3000, 4000)


def test_a_minimum_quantity_is_per_month_and_said_only_where_it_is_billed():
    plan = one(t.Component("Q", "unit", price=D(1000), minimum_quantity=D(4)))
    usages = [t.Usage(*NOV, quantity=D(4)), t.Usage(*NOV), replace(t.Usage(*NOV), date_from=date(2026, 11, 16))]
    lines = [t.compute(plan, usage).charges[0].lines[0] for usage in usages]
    assert [(line.amount, line.params.get("at_least")) for line in lines] == [(4000, None), (4000, "4"), (2000, "2")]


def test_a_relief_is_taken_back_by_todays_prices_and_the_others_stay():
    def plan_at(price):
        components = (t.Component("Q", "unit", price=D(price)), t.Component("P", "flat", price=D(5000)))
        return t.Plan((t.Version(date(2020, 1, 1), components),))

    reliefs = (t.Relief("A", "Giảm", "percent", D(50), "Q"), t.Relief("B", "Giảm", "percent", D(100), "P"))
    section = t.compute(plan_at(1000), t.Usage(*NOV, quantity=D(10), reliefs=reliefs))
    back = t.take_back(section, plan_at(3000), VAT, "A")
    assert [(charge.code, charge.net) for charge in back] == [("Q", 15000)]


def test_an_outage_gives_back_what_was_printed_for_its_days():
    """Prices with VAT as printed; not what was measured, what follows from it, or came from elsewhere."""
    components = (
        t.Component("A", "flat", price=D(44000), vat="V", price_includes_vat=True),
        t.Component("Q", "unit", price=D(1000)),
        t.Component("F", "percent", percent=D(10), base=("Q",)),
        t.Component("G", "formula", formula="so_luong * 500"),
        t.Component("H", "formula", formula="so_thang * 3000"),
    )
    section = t.compute(t.Plan((t.Version(date(2020, 1, 1), components),)), t.Usage(*NOV, quantity=D(10)), VAT)
    section = replace(section, charges=(*section.charges, t.single("ONCE1", "Chậu", "once", 5000, None)))
    for missing, back in ((15, [("A", -22000), ("H", -1500)]), (30, [("A", -44000), ("H", -3000)])):
        assert [(charge.code, charge.total) for charge in t.outage(section, missing)] == back


def test_a_percentage_of_a_minimum_follows_its_days():
    """The minimum tops up to 300,000: 150,000 for each half of the month, 10 and then 20 percent of it."""
    versions = tuple(
        t.Version(since, (
            t.Component("Q", "unit", price=D(1000)),
            t.Component("M", "minimum", price=D(300000), base=("Q",)),
            t.Component("F", "percent", percent=D(percent), base=("M",)),
        ))
        for since, percent in ((date(2020, 1, 1), 10), (date(2026, 11, 16), 20))
    )  # fmt: skip
    section = t.compute(t.Plan(versions), t.Usage(*NOV))
    assert {charge.code: charge.net for charge in section.charges} == {"Q": 0, "M": 300000, "F": 15000 + 30000}


def test_per_square_metre_and_per_vehicle():
    components = (
        t.Component("A", "area", price=D(2500)),
        t.Component("B", "vehicle", price=D(70000), vehicle_kind="motorcycle"),
        t.Component("C", "vehicle", price=D(1000)),
    )
    plan = t.Plan((t.Version(date(2020, 1, 1), components),))
    usage = t.Usage(*NOV, area=D("62.5"), vehicles=(("car", 1), ("motorcycle", 2)))
    section = t.compute(plan, usage)
    assert [charge.net for charge in section.charges] == [156250, 140000, 3000]
    half = replace(usage, date_from=date(2026, 11, 16))
    assert [charge.net for charge in t.compute(plan, half).charges] == [78125, 70000, 1500]
    assert not t.compute(plan, t.Usage(*NOV)).charges


@settings(deadline=None)
@given(tier_tables(), QUANTITIES, st.sampled_from((1, 10, 100, 500, 1000)), st.booleans())
def test_rounding_is_a_line_of_its_own(tiers, quantity, step, included):
    plan = one(t.Component("Q", "tiers", tiers=tiers, vat="V", price_includes_vat=included), round_to=step)
    charge = t.compute(plan, t.Usage(*NOV, quantity=quantity), VAT).charges[0]
    printed = charge.total if included else charge.net
    assert printed % step == 0
    assert sum(line.amount for line in charge.lines) == printed
    assert all(abs(line.amount) <= step / 2 for line in charge.lines if line.label == "rounding")


def test_a_formula_shows_its_values_and_follows_a_price_change():
    component = t.Component("Q", "formula", price=D(2000), formula="don_gia * so_nguoi * so_thang")
    versions = (
        t.Version(date(2020, 1, 1), (component,)),
        t.Version(date(2026, 11, 16), (replace(component, price=D(4000)),)),
    )
    charge = t.compute(t.Plan(versions), t.Usage(*NOV, persons=3)).charges[0]
    assert [line.amount for line in charge.lines] == [3000, 6000]
    assert charge.lines[0].params["values"] == {"persons": "3", "months": "0.5", "price": "2000"}


def test_a_formula_that_cannot_be_computed_stops_the_bill():
    for text, code in (("1 / so_luong", "formula"), ("0 - 5", "negative_formula"), ("1 +", "formula")):
        try:
            t.compute(one(t.Component("Q", "formula", formula=text)), t.Usage(*NOV))
        except t.TariffError as error:
            assert error.code == code
        else:
            raise AssertionError(text)


def test_bills_of_the_first_layout_are_still_read():
    section = t.compute(plan_of((t.Tier(None, D(5)),)), t.Usage(*NOV, quantity=D(3)), VAT, service="X")
    data = t.Bill((section,)).to_dict()
    for key in ("tariff", "vat_date", "area", "vehicles", "reliefs"):
        del data["sections"][0][key]
    assert t.Bill.from_dict(data).sections[0] == section


@given(tier_tables(), st.lists(st.tuples(st.integers(0, 40), st.integers(1, 6)), min_size=1, max_size=12))
def test_what_was_priced_before_is_the_same(tiers, households):
    """The dry run keeps what many bills have in common; each is as if it were priced alone."""
    plan = plan_of(tiers)
    priced = t.Priced(VAT)
    for number, (used, persons) in enumerate(households):
        period = month(date(2026, 11, 1))
        usage = t.Usage(*period, quantity=D(used), persons=persons)
        reading = t.Reading(f"M{number}", period[0], D(1), period[1], D(1 + used), D(used), source="officer")
        texts = {"service": "S", "name": "S", "unit": "m³", "tariff": "T"}
        alone = t.Bill((t.compute(plan, usage, VAT, readings=(reading,), **texts),))
        kept = t.Bill((priced.compute(plan, usage, readings=(reading,), **texts),))
        assert kept == alone
        assert kept.to_dict(priced) == alone.to_dict()
