"""Late fees: vectors by hand, and what holds for any debt: none in grace, monotone, capped, each day once."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kdc_utilities_engine.late_fee import Debt, Rule, cap, compute, rule_on

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


@st.composite
def debts(draw):
    amount, paid = draw(st.integers(1, 10**8)), []
    left = amount
    for number, part in draw(payments):
        part = min(part, left)
        left -= part
        paid.append((day(number), part))
    frozen = tuple((day(first), day(first + length)) for first, length in draw(spans))
    return replace(debt(amount, *paid), frozen=frozen)


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
