"""Stall fee and commission (features M-21)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_marketplace_utilities_engine.fees import COMMISSION, STALL, Rule, commission, fees, rule_of, was_open

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
turnovers = st.integers(0, 10**12)
percents = st.decimals(0, 100, places=3)
months = st.dates(date(2020, 1, 1), date(2030, 12, 1)).map(lambda day: day.replace(day=1))
rules = st.builds(
    Rule, st.sampled_from([STALL, COMMISSION]), months, st.integers(0, 10**7), percents, st.integers(1, 99)
)


@pytest.mark.parametrize(
    ("turnover", "percent", "expected"),
    [(380_000, "2", 7_600), (185_050, "1", 1_851), (49, "1", 0), (50, "1", 1), (1_234_567, "0.5", 6_173), (0, "5", 0)],
)
def test_commission(turnover, percent, expected):
    assert commission(turnover, Decimal(percent)) == expected


@given(turnovers, percents)
def test_commission_is_never_further_off_than_half_a_dong(turnover, percent):
    assert abs(commission(turnover, percent) * 100 - turnover * percent) <= 50
    assert 0 <= commission(turnover, percent) <= turnover


@given(turnovers, turnovers, percents)
def test_more_turnover_never_costs_less(one, other, percent):
    low, high = sorted((one, other))
    assert commission(low, percent) <= commission(high, percent)


@given(st.lists(st.integers(0, 10**7), max_size=30), percents)
def test_the_size_of_the_orders_does_not_matter(orders, percent):
    """Rounded per order it could be off by half a đồng for each of them."""
    assert abs(sum(commission(order, percent) for order in orders) - commission(sum(orders), percent)) * 2 <= (
        len(orders) + 1
    )


@given(st.lists(rules, max_size=8), rules, months)
def test_a_new_rule_leaves_the_months_before_it_alone(old, new, month):
    for kind in (STALL, COMMISSION):
        before, after = rule_of(old, kind, month), rule_of([*old, new], kind, month)
        if new.kind != kind or new.date_from > month:
            assert before == after
        else:
            assert after.date_from == max(new.date_from, before.date_from if before else new.date_from)


@given(st.lists(rules, max_size=8), months, turnovers, st.booleans())
def test_each_kind_once_and_never_zero(some, month, turnover, had_stall):
    owed = fees(some, month, turnover, had_stall)
    kinds = [fee.rule.kind for fee in owed]
    assert len(kinds) == len(set(kinds))
    assert all(fee.amount > 0 and fee.rule.date_from <= month for fee in owed)
    assert had_stall or STALL not in kinds


def test_a_rule_of_zero_ends_a_fee():
    some = [Rule(STALL, OCTOBER, 100_000), Rule(STALL, NOVEMBER, 0)]
    assert [fee.amount for fee in fees(some, OCTOBER, 0, True)] == [100_000]
    assert fees(some, NOVEMBER, 0, True) == []


@pytest.mark.parametrize(
    ("opened", "closed", "expected"),
    [
        (None, None, False),
        (date(2026, 10, 31), None, True),
        (date(2026, 11, 1), None, False),
        (date(2025, 1, 1), date(2026, 10, 1), True),
        (date(2025, 1, 1), date(2026, 9, 30), False),
        (date(2026, 10, 5), date(2026, 10, 5), True),
    ],
)
def test_open_on_a_day_of_the_month(opened, closed, expected):
    assert was_open(opened, closed, OCTOBER, NOVEMBER) is expected
