"""Every electricity, water and waste row of vietnam.md §3 and trap T1 of features.md §13."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from fractions import Fraction
from pathlib import Path

import pytest
from kdc_utilities_engine import meter
from kdc_utilities_engine import tariff as t

NOV = (date(2026, 11, 1), date(2026, 11, 30))
#: What a ward gets by "Load the usual services": the vectors are those of the prices that are shipped.
TABLES = json.loads(
    (Path(__file__).parents[3] / "addons" / "kdc_utilities" / "data" / "tables_khanh_hoa.json").read_text("utf-8")
)


def tiers(*rows):
    return tuple(t.Tier(None if upper is None else D(upper), D(price)) for upper, price in rows)


def shipped(service, code):
    """Return the plan of a tariff of the shipped tables."""
    [tariff] = [
        row for data in TABLES["services"] if data["code"] == service for row in data["tariffs"] if row["code"] == code
    ]
    versions = tuple(
        t.Version(date.fromisoformat(row["date_from"]), tuple(map(component, row["components"])), row["decision"])
        for row in tariff["versions"]
    )
    return t.Plan(versions, **{name: tariff[name] for name in ("days_basis", "persons_per_quota") if name in tariff})


def component(row):
    numbers = {name: D(row[name]) for name in ("price", "percent") if name in row}
    plain = {name: row[name] for name in ("vat", "price_includes_vat", "prorate") if name in row}
    lists = {"base": tuple(row.get("base", ())), "tiers": tiers(*row.get("tiers", ()))}
    return t.Component(row["code"], row["kind"], **lists, **numbers, **plain)


ELECTRICITY = shipped("DIEN", "HO")
WATER = shipped("NUOC", "HO")
WASTE = shipped("RAC", "HO")
#: Of the average price, from the first change of it after 29/5/2025 (QĐ 14/2025/QĐ-TTg): not in force.
AVERAGE, SHARES = D("2204.0655"), ((100, 90), (200, 108), (400, 136), (700, 162), (None, 180))
FIVE_PRICES = tiers(*((upper, round(AVERAGE * share / 100)) for upper, share in SHARES))
FIVE_TIERS = t.Plan((t.Version(date(2025, 6, 1), (t.Component("DIEN", "tiers", tiers=FIVE_PRICES),)),))
VAT = t.VatTable(
    (
        t.VatRate("SERVICE", date(2023, 7, 1), D(8)),
        t.VatRate("SERVICE", date(2027, 1, 1), D(10)),
        t.VatRate("WATER", date(2014, 1, 1), D(5)),
    )
)


def bill(plan, quantity, period=NOV, vat=VAT, **usage):
    return t.compute(plan, t.Usage(*period, quantity=D(quantity), **usage), vat)


#: kWh, net, VAT, total; total at 10 %, net by five tiers; totals of the tariffs of 2024 and 2023.
ROWS = [
    (0, 0, 0, 0, 0, 0, 0, 0),
    (1, 1984, 159, 2143, 2182, 1984, 2044, 1950),
    (50, 99200, 7936, 107136, 109120, 99200, 102222, 97524),
    (51, 101250, 8100, 109350, 111375, 101184, 104334, 99539),
    (100, 201700, 16136, 217836, 221870, 198400, 207846, 198288),
    (120, 249300, 19944, 269244, 274230, 246000, 256900, 245095),
    (200, 439700, 35176, 474876, 483670, 436400, 453114, 432324),
    (250, 589600, 47168, 636768, 648560, 586300, 607554, 579690),
    (270, 649560, 51965, 701525, 714516, 646260, 669330, 638636),
    (300, 739500, 59160, 798660, 813450, 736200, 761994, 727056),
    (350, 907000, 72560, 979560, 997700, 886100, 934632, 891756),
    (400, 1074500, 85960, 1160460, 1181950, 1036000, 1107270, 1056456),
    (500, 1420500, 113640, 1534140, 1562550, 1393100, 1463886, 1396764),
    (1000, 3150500, 252040, 3402540, 3465550, 3297400, 3246966, 3098304),
]


@pytest.mark.parametrize(("kwh", "net", "vat", "total", "total_2027", "future_net", "total_2024", "total_2023"), ROWS)
def test_electricity(kwh, net, vat, total, total_2027, future_net, total_2024, total_2023):
    now = bill(ELECTRICITY, kwh)
    assert (now.net, now.vat, now.total) == (net, vat, total)
    january_2027 = bill(ELECTRICITY, kwh, (date(2027, 1, 1), date(2027, 1, 31)))
    assert january_2027.total == total_2027
    assert bill(FIVE_TIERS, kwh).net == future_net
    november_2024 = bill(ELECTRICITY, kwh, (date(2024, 11, 1), date(2024, 11, 30)))
    assert november_2024.total == total_2024
    assert bill(ELECTRICITY, kwh, (date(2023, 12, 1), date(2023, 12, 31))).total == total_2023


def test_the_five_tiers_are_shares_of_the_average_price():
    assert [tier.price for tier in FIVE_PRICES] == [1984, 2380, 2998, 3571, 3967]


def test_a_register_that_rolled_over_has_the_published_total():
    used = meter.consumption(D(120), D(99850), event="rollover", digits=5)
    assert (used, bill(ELECTRICITY, used).total) == (270, 701525)


def test_quota_of_five_tenants_unrounded_by_default():
    quota = t.quota_of_persons(5, ELECTRICITY.persons_per_quota)
    section = bill(ELECTRICITY, 200, quota=quota)
    assert (section.net, section.vat, section.total) == (430625, 34450, 465075)
    assert section.charges[0].lines[0].tier_to == D("62.5")


def test_quota_of_five_tenants_rounded_by_setting():
    section = bill(replace(ELECTRICITY, round_limits="always"), 200, quota=D("1.25"))
    assert (section.net, section.vat, section.total) == (430262, 34421, 464683)


def test_undeclared_tenants_pay_the_third_tier():
    section = bill(shipped("DIEN", "TRO"), 120)
    assert (section.net, section.vat, section.total) == (285600, 22848, 308448)


def test_a_card_paid_before_has_one_price():
    prepaid = t.Component("DIEN", "unit", price=D(2909), vat="SERVICE")
    section = bill(t.Plan((t.Version(date(2025, 5, 10), (prepaid,)),)), 100)
    assert (section.net, section.vat, section.total) == (290900, 23272, 314172)


def test_price_change_inside_the_period():
    section = bill(ELECTRICITY, 300, (date(2025, 5, 1), date(2025, 5, 31)))
    assert (section.net, section.vat, section.total) == (723951, 57916, 781867)
    old = [line for line in section.charges[0].lines if "2699" in line.decision]
    new = [line for line in section.charges[0].lines if "1279" in line.decision]
    assert sum(line.quantity for line in old) == 87
    assert sum(line.amount for line in old) == 203085
    assert sum(line.quantity for line in new) == 213
    assert sum(line.amount for line in new) == 520866
    assert [line.tier_to for line in new][:4] == [37, 74, 147, 220]


@pytest.mark.parametrize(
    ("m3", "net", "vat", "fee", "total"),
    [
        (0, 0, 0, 0, 0),
        (1, 4800, 240, 480, 5520),
        (8, 38400, 1920, 3840, 44160),
        (10, 48000, 2400, 4800, 55200),
        (20, 114000, 5700, 11400, 131100),
        (21, 121400, 6070, 12140, 139610),
        (25, 151000, 7550, 15100, 173650),
        (30, 188000, 9400, 18800, 216200),
        (35, 236000, 11800, 23600, 271400),
    ],
)
def test_water(m3, net, vat, fee, total):
    section = bill(WATER, m3)
    water, environment = section.charges
    assert (water.net, water.vat, environment.net, environment.vat) == (net, vat, fee, 0)
    assert section.total == total
    assert environment.vat_rate is None


@pytest.mark.parametrize(("m3", "gross"), [(1, 5040), (11, 50400 + 6930), (21, 119700 + 7770), (31, 197400 + 10080)])
def test_water_net_and_vat_equal_the_published_gross_price(m3, gross):
    charge = bill(WATER, m3).charges[0]
    assert charge.total == gross


@pytest.mark.parametrize(("code", "gross", "fee"), [("CQ", 8190, 780), ("SX", 10185, 0), ("KD", 12495, 0)])
def test_water_of_other_classes(code, gross, fee):
    water, *environment = bill(shipped("NUOC", code), 1).charges
    assert (water.total, sum(charge.total for charge in environment)) == (gross, fee)


@pytest.mark.parametrize(("persons", "total"), [(0, 0), (1, 44000), (4, 44000), (5, 55000), (12, 55000)])
def test_waste_by_household_size_is_the_published_gross_price(persons, total):
    section = bill(WASTE, 0, persons=persons)
    assert section.total == total
    if persons:
        assert section.net == total - section.vat
        assert section.vat == round(total * 8 / 108)


def test_waste_of_a_part_month_counts_whole_when_not_by_days():
    assert bill(WASTE, 0, (date(2026, 11, 20), date(2026, 11, 30)), persons=3).total == 44000


SLABS = t.Plan(
    (
        t.Version(
            date(2020, 1, 1),
            (t.Component("S", "tiers", tiers=tiers((10, 2), (20, "2.5"), (30, 8), (40, 12), (None, 15))),),
        ),
    )
)


@pytest.mark.parametrize(("quantity", "amount"), [(10, 20), (20, 45), (25, 85), (30, 125), (100, 1145)])
def test_trap_1_limits(quantity, amount):
    assert bill(SLABS, quantity).total == amount


@pytest.mark.parametrize("quota", ["1", "1.25", "4"])
@pytest.mark.parametrize("plan", [SLABS, WATER, ELECTRICITY, FIVE_TIERS], ids=["T1", "water", "power", "power5"])
def test_one_unit_around_every_limit(plan, quota):
    """The last unit below a limit has the lower price, the first above it the higher one; also where limits grow."""
    component = plan.versions[-1].components[0]

    def exact(quantity):
        return sum(
            part * component.tiers[number - 1].price
            for number, _low, _up, part in t.tier_slices(quantity, component.tiers, Fraction(quota))
        )

    for tier, following in zip(component.tiers, component.tiers[1:], strict=False):
        limit = tier.upper * D(quota)
        assert exact(limit) - exact(limit - 1) == tier.price
        assert exact(limit + 1) - exact(limit) == following.price


@pytest.mark.parametrize("quota", [1, 2, 4])
@pytest.mark.parametrize("plan", [WATER, ELECTRICITY], ids=["water", "power"])
def test_one_unit_around_every_limit_of_a_bill(plan, quota):
    component = plan.versions[-1].components[0]

    def net(quantity):
        return bill(plan, quantity, quota=D(quota)).charges[0].net

    for tier, following in zip(component.tiers, component.tiers[1:], strict=False):
        limit = tier.upper * quota
        assert (net(limit) - net(limit - 1), net(limit + 1) - net(limit)) == (tier.price, following.price)


def test_a_missing_version_or_rate_is_refused():
    with pytest.raises(t.TariffError) as error:
        bill(WATER, 1, (date(2018, 1, 1), date(2018, 1, 31)))
    assert error.value.code == "no_version"
    with pytest.raises(t.TariffError) as error:
        bill(WATER, 1, vat=t.VatTable())
    assert (error.value.code, error.value.params["vat"]) == ("no_vat_rate", "WATER")
    with pytest.raises(t.TariffError) as error:
        bill(WATER, -1)
    assert error.value.code == "negative_quantity"
    with pytest.raises(t.TariffError) as error:
        bill(WATER, 1, (date(2026, 2, 1), date(2026, 1, 31)))
    assert error.value.code == "bad_period"


def test_a_missing_base_or_tier_is_refused():
    fee = t.Component("FEE", "percent", percent=D(10), base=("GONE",))
    with pytest.raises(t.TariffError) as error:
        bill(t.Plan((t.Version(date(2020, 1, 1), (fee,)),)), 1)
    assert error.value.code == "unknown_base"
    for kind in ("tiers", "band"):
        plan = t.Plan((t.Version(date(2020, 1, 1), (t.Component("X", kind),)),))
        with pytest.raises(t.TariffError) as error:
            bill(plan, 1, persons=1)
        assert error.value.code == "no_tiers"


def test_minimum_tops_up():
    components = (
        t.Component("NUOC", "unit", price=D(5000), vat="WATER"),
        t.Component("MIN", "minimum", price=D(20000), base=("NUOC",), vat="WATER"),
    )
    plan = t.Plan((t.Version(date(2020, 1, 1), components),))
    assert [charge.net for charge in bill(plan, 1).charges] == [5000, 15000]
    assert [charge.code for charge in bill(plan, 4).charges] == ["NUOC"]
    assert bill(plan, 5).net == 25000
    assert bill(plan, 1, (date(2026, 11, 1), date(2026, 11, 15))).net == 10000


def test_flat_and_per_person_follow_the_days():
    components = (t.Component("A", "flat", price=D(30000)), t.Component("B", "person", price=D(9000)))
    plan = t.Plan((t.Version(date(2020, 1, 1), components),))
    assert [c.net for c in bill(plan, 0, persons=3).charges] == [30000, 27000]
    assert [c.net for c in bill(plan, 0, (date(2026, 11, 21), date(2026, 11, 30)), persons=3).charges] == [10000, 9000]
    assert [c.net for c in bill(plan, 0, (date(2026, 10, 1), date(2026, 11, 30)), persons=1).charges] == [60000, 18000]
    assert [c.code for c in bill(plan, 0).charges] == ["A"]


def test_flat_price_change_inside_a_month_prints_both_parts():
    old, new = (t.Component("A", "flat", price=D(price)) for price in (30000, 60000))
    plan = t.Plan((t.Version(date(2020, 1, 1), (old,), "old"), t.Version(date(2026, 11, 16), (new,), "new")))
    lines = bill(plan, 0).charges[0].lines
    assert [(line.amount, line.decision, line.params["months"]) for line in lines] == [
        (15000, "old", "0.5"),
        (30000, "new", "0.5"),
    ]


def test_two_months_without_reading_get_the_limits_of_two_months():
    two_months = (date(2026, 10, 1), date(2026, 11, 30))
    assert bill(WATER, 20, two_months).total == 2 * bill(WATER, 10).total


def test_months_that_were_not_read_have_the_limits_of_each_of_them():
    """Also by the electricity retailer's days: October and November together are two sets of limits, not 61 ÷ 31."""
    for kwh in (100, 101, 300, 600):
        two = bill(ELECTRICITY, kwh, (date(2026, 10, 1), date(2026, 11, 30)))
        assert two.net == 2 * bill(ELECTRICITY, D(kwh) / 2).net
    part = bill(ELECTRICITY, 200, (date(2026, 10, 17), date(2026, 11, 30)))
    assert part.charges[0].lines[0].tier_to == 75, "15 ÷ 30 of October, and November"


def test_a_price_and_a_rate_hold_from_their_first_day():
    last_day = changed_flat(date(2026, 11, 30))
    assert [line.amount for line in bill(last_day, 0).charges[0].lines] == [29000, 2000]
    assert bill(changed_flat(date(2026, 11, 1)), 0).net == 60000
    assert VAT.rate("SERVICE", date(2027, 1, 1)) == 10
    across = (date(2026, 12, 15), date(2027, 1, 14))
    assert bill(ELECTRICITY, 100, across).charges[0].vat_rate == 10, "the last day is the time of supply"


def changed_flat(day):
    old, new = (t.Component("A", "flat", price=D(price)) for price in (30000, 60000))
    return t.Plan((t.Version(date(2020, 1, 1), (old,)), t.Version(day, (new,))))


def test_a_limit_rounded_to_nothing_prints_no_line():
    slices = t.tier_slices(D(5), tiers((10, 1), (11, 2), (None, 3)), D("0.1"), whole=True)
    assert [(number, part) for number, _low, _up, part in slices] == [(1, 1), (3, 4)]
    assert t.tier_slices(D(5), tiers((30, 1), (None, 2)), Fraction(1, 3))[0][2] == 10, "exactly"


def test_a_component_only_in_one_version_is_charged_for_its_days():
    road = t.Component("ROAD", "flat", price=D(30000))
    base = t.Component("A", "flat", price=D(3000))
    plan = t.Plan((t.Version(date(2020, 1, 1), (base,)), t.Version(date(2026, 11, 16), (base, road))))
    assert {c.code: c.net for c in bill(plan, 0).charges} == {"A": 3000, "ROAD": 15000}


def changed(old, new, day=date(2026, 11, 16), base=150000):
    """A flat base with ``old`` components until a day and ``new`` ones from it on."""
    flat = t.Component("A", "flat", price=D(base))
    return t.Plan((t.Version(date(2020, 1, 1), (flat, *old), "old"), t.Version(day, (flat, *new), "new")))


def fee(percent):
    return (t.Component("F", "percent", percent=D(percent), base=("A",)),)


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        (fee(10), fee(20), [(7500, "old", "10", 75000), (15000, "new", "20", 75000)]),
        ((), fee(10), [(7500, "new", "10", 75000)]),
        (fee(10), (), [(7500, "old", "10", 75000)]),
        (fee(10), fee(10), [(15000, "new", "10", 150000)]),
    ],
    ids=["raised", "new", "abolished", "unchanged"],
)
def test_a_percentage_that_changes_inside_a_month_is_of_its_days(old, new, lines):
    section = bill(changed(old, new), 0)
    charge = section.charges[1]
    assert section.charges[0].net == 150000
    found = [(line.amount, line.decision, line.params["percent"], line.params["base"]) for line in charge.lines]
    assert (charge.net, found) == (sum(line[0] for line in lines), lines)


def test_a_percentage_of_a_percentage_follows_its_days():
    upon = (t.Component("G", "percent", percent=D(50), base=("F",)),)
    assert bill(changed((*fee(10), *upon), (*fee(20), *upon)), 0).charges[2].net == 11250
    assert bill(changed((*fee(10), *upon), fee(20)), 0).charges[2].net == 3750


def test_a_percentage_that_becomes_a_price_still_follows_what_it_was_of():
    day = date(2026, 11, 16)
    water = t.Component("W", "flat", price=D(150000))
    for old, new in ((D(10), D(30000)), (D(30000), D(10))):
        plan = t.Plan(tuple(
            t.Version(since, (replaced, water))
            for since, replaced in (
                (date(2020, 1, 1), environment(old)),
                (day, environment(new)),
            )
        ))  # fmt: skip
        assert {charge.code: charge.net for charge in bill(plan, 0).charges} == {"W": 150000, "E": 7500 + 15000}


def environment(said):
    """The environment fee: a share of the water up to 100 percent, else an amount of its own."""
    if said <= 100:
        return t.Component("E", "percent", percent=said, base=("W",))
    return t.Component("E", "flat", price=said)


def least(price, **options):
    return (t.Component("M", "minimum", price=D(price), base=("A",), **options),)


@pytest.mark.parametrize(
    ("old", "new", "day", "topped_up"),
    [
        (least(200000), least(260000), 16, 80000),
        (least(100000), least(200000), 16, 25000),
        ((), least(200000), 16, 25000),
        (least(200000), (), 16, 25000),
        # by months begun: November began under the old minimum
        (least(200000, prorate=False), least(260000, prorate=False), 16, 50000),
        (least(200000, prorate=False), (), 16, 50000),
        ((), least(200000, prorate=False), 16, 0),
    ],
)
def test_a_minimum_that_changes_inside_a_month_is_of_its_days(old, new, day, topped_up):
    section = bill(changed(old, new, date(2026, 11, day)), 0)
    assert section.net == 150000 + topped_up
    if not new:
        assert section.charges[1].lines[0].decision == "old"


def test_a_minimum_by_months_begun_counts_each_of_them():
    two_months = (date(2026, 10, 1), date(2026, 11, 30))
    assert bill(changed(least(200000, prorate=False), least(200000, prorate=False)), 0, two_months).net == 400000
    # abolished with the second month: the base of the first alone is topped up
    plan = changed(least(200000, prorate=False), (), date(2026, 11, 1))
    assert bill(plan, 0, two_months).net == 200000 + 150000


def test_a_price_that_begins_or_ceases_to_include_vat_is_charged_as_published():
    vat = t.VatTable((t.VatRate("V", date(2000, 1, 1), D(10)),))
    gross = t.Component("A", "flat", price=D(110000), vat="V", price_includes_vat=True)
    net = t.Component("A", "flat", price=D(100000), vat="V")
    tenth = t.Component("F", "percent", percent=D(10), base=("A",))
    for old, new in ((gross, net), (net, gross)):
        plan = t.Plan((t.Version(date(2020, 1, 1), (old, tenth)), t.Version(date(2026, 11, 16), (new, tenth))))
        section = bill(plan, 0, vat=vat)
        assert [(c.code, c.net, c.vat) for c in section.charges] == [
            ("A", 50000, 5000), ("A", 50000, 5000), ("F", 10000, 0),
        ]  # fmt: skip
        assert {c.price_includes_vat: sum(line.amount for line in c.lines) for c in section.charges[:2]} == {
            True: 55000, False: 50000,
        }  # fmt: skip


def test_a_fee_that_becomes_subject_to_vat_pays_it_from_then_on():
    vat = t.VatTable((t.VatRate("V", date(2000, 1, 1), D(10)),))
    free, taxed = t.Component("A", "flat", price=D(100000)), t.Component("A", "flat", price=D(100000), vat="V")
    plan = t.Plan((t.Version(date(2020, 1, 1), (free,)), t.Version(date(2026, 11, 16), (taxed,))))
    assert [(c.net, c.vat) for c in bill(plan, 0, vat=vat).charges] == [(50000, 0), (50000, 5000)]


def test_last_tier_with_a_limit_goes_on():
    plan = t.Plan((t.Version(date(2020, 1, 1), (t.Component("X", "tiers", tiers=tiers((10, 1), (20, 2))),)),))
    section = bill(plan, 25)
    assert section.total == 10 + 30
    assert section.charges[0].lines[-1].tier_to is None
