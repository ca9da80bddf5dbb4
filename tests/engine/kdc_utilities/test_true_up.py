"""Estimates set right in money: months joined and divided, and charges taken off as far as a bill bears."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st
from kdc_utilities_engine import tariff as t
from kdc_utilities_engine import true_up

AUGUST = t.Usage(date(2026, 8, 1), date(2026, 8, 31))
SEPTEMBER = t.Usage(date(2026, 9, 1), date(2026, 9, 30))
OCTOBER = t.Usage(date(2026, 10, 1), date(2026, 10, 31))


def test_months_in_which_the_same_was_true_share_their_limits():
    assert true_up.joined([("HO", AUGUST), ("HO", SEPTEMBER)]) == [("HO", replace(AUGUST, date_to=SEPTEMBER.date_to))]
    assert len(true_up.joined([("HO", AUGUST), ("KD", SEPTEMBER)])) == 2, "another tariff or VAT"
    more = replace(SEPTEMBER, quota=D(2))
    parts = true_up.joined([("HO", AUGUST), ("HO", more), ("HO", replace(OCTOBER, quota=D(2)))])
    assert [usage.date_from.month for _key, usage in parts] == [8, 9]


def test_use_is_divided_by_days_and_nothing_is_lost():
    parts = true_up.divided([AUGUST, SEPTEMBER], {"": D(21)}, whole=True)
    assert [part.quantity for part in parts] == [11, 10]
    parts = true_up.divided([AUGUST, SEPTEMBER, OCTOBER], {"peak": D(1), "offpeak": D(100)}, whole=True)
    assert sum(part.quantity for part in parts) == 101
    assert [dict(part.zones) for part in parts] == [
        {"peak": D(0), "offpeak": D(34)}, {"peak": D(0), "offpeak": D(33)}, {"peak": D(1), "offpeak": D(33)},
    ]  # fmt: skip


def charges(amounts, rate, included):
    for number, amount in enumerate(amounts):
        net, vat = t.with_vat(amount, rate, included)
        charge = t.Charge(f"C{number}", "", "tiers", net, vat, rate, included, (t.Line("tiers", amount),))
        yield true_up.negated(charge, bill=1, month="08/2026")


@given(
    st.lists(st.integers(1, 500_000), min_size=1, max_size=3), st.integers(0, 600_000),
    st.sampled_from([(None, False), (D(5), True), (D(8), False), (D(10), False), (D(8), True)]),
)  # fmt: skip
def test_what_comes_off_now_and_later_is_the_whole_to_the_dong(amounts, room, vat):
    whole = list(charges(amounts, *vat))
    now, waiting = true_up.fitted(whole, room)
    assert room + sum(charge.total for charge in now) >= 0
    for name in ("net", "vat", "total"):
        assert sum(getattr(charge, name) for charge in [*now, *waiting]) == sum(getattr(one, name) for one in whole)
    for charge in [*now, *waiting]:
        assert t.with_vat(t.printed_of(charge), charge.vat_rate, charge.price_includes_vat) == (charge.net, charge.vat)
    # No more is left than what cannot be cut without a đồng of VAT too much.
    left = room + sum(charge.total for charge in now)
    assert not waiting or left <= 200


def test_what_comes_on_a_bill_makes_room_for_what_comes_off():
    """A charge that adds is put first, and what uses up the whole room fits; what came from elsewhere stays."""
    off, on = charges([5000, 3000], None, False)
    on = true_up.negated(on, bill=1, month="08/2026")
    now, waiting = true_up.fitted([off, on], 2000)
    assert ([charge.total for charge in now], waiting) == ([3000, -5000], [])
    fee = t.single("ONCE1", "Chậu", "once", 5000, None)
    assert true_up.charged(t.empty_section("NUOC", (on, fee, replace(on, kind="tiers")))) == [replace(on, kind="tiers")]


def test_a_bill_remembers_what_it_set_right():
    waiting = tuple(charges([5000], D(8), False))
    bill = t.Bill((t.empty_section("NUOC", ()),), true_ups=(t.TrueUp("NUOC", (7,), (12, 13), waiting),))
    assert t.Bill.from_dict(bill.to_dict()) == bill
    assert "true_ups" not in replace(bill, true_ups=()).to_dict()
