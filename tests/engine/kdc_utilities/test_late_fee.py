"""Late fees: vectors by hand, and what holds for any debt: none in grace, monotone, capped, each day once."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kdc_utilities_engine.apportion import Charge
from kdc_utilities_engine.late_fee import Debt, Rule, cap, compute, principal, rule_on

DUE = date(2026, 10, 15)
LONG_AGO = date(2025, 1, 1)
DAILY = Rule(LONG_AGO, "day", percent=Decimal("0.03"), grace_days=5)
MONTHLY = Rule(LONG_AGO, "month", percent=Decimal("1.5"))


def debt(amount=250_000, *payments, **values):
    """A debt with payments as ``(day, amount)``."""
    balances, left = [(DUE, amount)], amount
    for day, paid in payments:
        left -= paid
        balances.append((day, left))
    return Debt(DUE, tuple(balances), **values)


def total(parts):
    return sum(part.amount for part in parts)


def day(number):
    """The so manieth late day."""
    return DUE + timedelta(days=number)


@pytest.mark.parametrize(
    ("rule", "days", "amount"),
    [
        (DAILY, 5, 0),  # grace
        (DAILY, 6, 75),  # 250,000 × 0.03 %
        (DAILY, 17, 900),
        (DAILY, 370, 27_375),  # 365 days: 10.95 % a year
        (MONTHLY, 30, 0),  # 16/10–14/11: the first month is not complete
        (MONTHLY, 31, 3_750),
        (MONTHLY, 60, 3_750),
        (MONTHLY, 61, 7_500),
        (replace(DAILY, percent=Decimal(0), flat=1_000), 8, 3_000),
        (replace(MONTHLY, percent=Decimal(0), flat=10_000), 92, 30_000),
        (replace(DAILY, cap_percent=Decimal(8)), 1000, 20_000),
        (replace(DAILY, cap_amount=5_000), 1000, 5_000),
        (replace(DAILY, date_to=day(10)), 1000, 375),
        (replace(DAILY, date_from=day(11)), 20, 750),
    ],
)
def test_vectors(rule, days, amount):
    assert total(compute(debt(), [rule], day(days))) == amount


def test_a_payment_splits_the_days():
    # 250,000 on the days 6–10, 150,000 on 11–14, paid on day 15.
    parts = compute(debt(250_000, (day(11), 100_000), (day(15), 150_000)), [DAILY], day(90))
    assert [(part.count, part.principal, part.amount) for part in parts] == [(5, 250_000, 375), (4, 150_000, 180)]
    assert (parts[0].date_from, parts[-1].date_to) == (day(6), day(14))


def test_a_month_takes_the_least_that_was_open():
    parts = compute(debt(250_000, (day(40), 100_000)), [MONTHLY], day(61))
    assert [(part.count, part.principal, part.amount) for part in parts] == [(1, 250_000, 3_750), (1, 150_000, 2_250)]
    assert total(compute(debt(250_000, (day(40), 250_000)), [MONTHLY], day(90))) == 3_750


def test_days_in_dispute_are_free():
    frozen = ((day(8), day(12)),)
    assert total(compute(debt(frozen=frozen), [DAILY], day(17))) == 900 - 5 * 75
    assert total(compute(debt(frozen=frozen), [MONTHLY], day(61))) == 3_750


def test_money_of_a_withdrawn_receipt_is_free_and_the_rest_is_not():
    # 100,000 of the 250,000 had a receipt on the days 8–12.
    owed = debt(receipted=((DUE, 0), (day(8), 100_000), (day(13), 0)))
    parts = compute(owed, [DAILY], day(17))
    assert [(part.count, part.principal, part.receipted, part.amount) for part in parts] == [
        (2, 250_000, 0, 150), (5, 150_000, 100_000, 225), (5, 250_000, 0, 375),
    ]  # fmt: skip
    # A month takes the least that was late on any of its days; the cap is that of the whole debt.
    assert [part.principal for part in compute(owed, [MONTHLY], day(61))] == [150_000, 250_000]
    assert cap(DAILY, debt(receipted=((DUE, 250_000),))) == 250_000
    assert total(compute(debt(receipted=((DUE, 250_000), (day(20), 0))), [DAILY], day(19))) == 0


BILL = [Charge({"section": code}, date(2026, 9, 1), rank, amount)
        for rank, (code, amount) in enumerate((("WATER", 170_000), ("WASTE", 44_000)))]  # fmt: skip


def test_a_receipt_covers_services_as_a_payment_does():
    receipt = (day(2), day(9), 180_000)
    water = principal(BILL, "WATER", DUE, [], [receipt])
    waste = principal(BILL, "WASTE", DUE, [], [receipt])
    assert water == (
        ((DUE, 170_000), (day(2), 170_000), (day(10), 170_000)), ((DUE, 0), (day(2), 170_000), (day(10), 0)),
    )  # fmt: skip
    assert waste[1] == ((DUE, 0), (day(2), 10_000), (day(10), 0))
    # What was paid really comes first: the receipt then covers what is left, and no more than that.
    assert principal(BILL, "WASTE", DUE, [(DUE, 190_000)], [receipt])[1] == (
        (DUE, 0), (day(2), 24_000), (day(10), 0),
    )  # fmt: skip
    # Fees are no principal, and what was doubted with right is none from that day on.
    assert principal(BILL, "WASTE", DUE, [], fees=4_000, doubted=[(day(3), 30_000)])[0] == (
        (DUE, 40_000), (day(3), 10_000),
    )  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-5, 60), st.integers(1, 100_000)), max_size=3),
    st.lists(st.tuples(st.integers(-5, 60), st.integers(0, 30), st.integers(1, 300_000)), max_size=3),
    st.integers(0, 80),
)
def test_what_is_late_is_what_would_be_open_with_the_receipts(payments, receipts, number):
    """Of all services together: the bill less what was paid and what the receipts said, never below nothing."""
    bill = sum(part.open for part in BILL)
    paid, left = [], bill
    for since, amount in payments:
        amount = min(amount, left)
        left -= amount
        paid.append((day(since), amount))
    said = [(day(first), day(first + length), amount) for first, length, amount in receipts]
    late = open_ = 0
    for section in ("WATER", "WASTE"):
        balances, receipted = principal(BILL, section, DUE, paid, said)
        owed = Debt(DUE, balances, receipted=receipted)
        late, open_ = late + owed.late_on(day(number)), open_ + owed.open_on(day(number))
    settled = sum(amount for since, amount in paid if since <= day(number))
    held = sum(amount for first, last, amount in said if first <= day(number) <= last)
    assert (open_, late) == (bill - settled, max(bill - settled - held, 0))


def test_rules_follow_each_other_by_date():
    dearer = replace(DAILY, date_from=day(11), percent=Decimal("0.05"))
    parts = compute(debt(), [dearer, DAILY], day(15))
    assert [(part.count, part.amount) for part in parts] == [(5, 375), (5, 625)]
    assert rule_on([dearer, DAILY], day(10)) == DAILY
    assert rule_on([replace(dearer, date_to=day(12)), DAILY], day(13)) is None
    # A month that its rule does not outlive costs nothing.
    assert total(compute(debt(), [MONTHLY, replace(DAILY, date_from=day(20))], day(21))) == 2 * 75


def test_the_cap_counts_what_was_charged_before():
    rule = replace(DAILY, cap_amount=1_000)
    (part,) = compute(debt(charged_to=day(17), charged=900), [rule], day(30))
    assert (part.amount, part.capped) == (100, True)
    assert compute(debt(charged_to=day(30), charged=1_000), [rule], day(60)) == ()


rules = st.builds(
    Rule,
    date_from=st.just(LONG_AGO),
    every=st.sampled_from(["day", "month"]),
    percent=st.decimals(Decimal("0.001"), Decimal("2"), places=3),
    grace_days=st.integers(0, 40),
    cap_percent=st.integers(1, 100).map(Decimal),
    cap_amount=st.none() | st.integers(0, 10**6),
) | st.builds(
    Rule,
    date_from=st.just(LONG_AGO),
    every=st.sampled_from(["day", "month"]),
    flat=st.integers(1, 50_000),
    grace_days=st.integers(0, 40),
    cap_percent=st.integers(1, 100).map(Decimal),
)
payments = st.lists(st.tuples(st.integers(-5, 400), st.integers(1, 10**6)), max_size=4).map(sorted)
spans = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 40)), max_size=3)

days = st.lists(st.integers(-5, 400), max_size=3)


@st.composite
def debts(draw):
    amount, paid = draw(st.integers(1, 10**8)), []
    left = amount
    for number, part in draw(payments):
        part = min(part, left)
        left -= part
        paid.append((day(number), part))
    frozen = tuple((day(first), day(first + length)) for first, length in draw(spans))
    receipted = [(day(since), draw(st.integers(0, amount))) for since in sorted(draw(days))]
    return replace(debt(amount, *paid), frozen=frozen, receipted=tuple(receipted))


@settings(max_examples=300, deadline=None)
@given(debts(), rules, st.integers(0, 500), st.integers(0, 200))
def test_never_less_with_more_days_and_never_above_the_cap(owed, rule, days, more):
    fee, longer = (total(compute(owed, [rule], day(number))) for number in (days, days + more))
    assert 0 <= fee <= longer <= cap(rule, owed)
    if days <= rule.grace_days:
        assert fee == 0


@settings(max_examples=200, deadline=None)
@given(debts(), rules, st.integers(0, 500), st.integers(0, 10**6))
def test_never_less_with_a_higher_debt(owed, rule, days, more):
    higher = replace(owed, balances=tuple((since, amount + more) for since, amount in owed.balances))
    assert total(compute(owed, [rule], day(days))) <= total(compute(higher, [rule], day(days)))


@settings(max_examples=200, deadline=None)
@given(debts(), rules, st.lists(st.integers(0, 500), min_size=2, max_size=5).map(sorted))
def test_a_day_is_charged_once(owed, rule, stops):
    at_once = total(compute(owed, [rule], day(stops[-1])))
    charged, charged_to, last = 0, None, day(0)
    for stop in stops:
        parts = compute(replace(owed, charged=charged, charged_to=charged_to), [rule], day(stop))
        for part in parts:
            assert last < part.date_from <= part.date_to <= day(stop)
            last = part.date_to
        charged += total(parts)
        charged_to = parts[-1].date_to if parts else charged_to
    # Each bill rounds once.
    assert abs(charged - at_once) <= len(stops)


@settings(max_examples=200, deadline=None)
@given(debts(), rules, st.integers(0, 500))
def test_what_is_printed_can_be_checked_by_hand(owed, rule, days):
    for part in compute(owed, [rule], day(days)):
        span = (part.date_to - part.date_from).days + 1
        assert part.count == span if rule.every == "day" else 28 * part.count <= span <= 31 * part.count
        assert part.principal == min(owed.late_on(part.date_from + timedelta(days=number)) for number in range(span))
        assert abs(part.amount - part.exact) < 1 or part.capped
