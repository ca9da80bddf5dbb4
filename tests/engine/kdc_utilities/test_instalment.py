"""Instalments: the sum is the debt to the đồng, the oldest is filled first, a plan breaks after its grace."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_utilities_engine.instalment import STEPS, Instalment, divide, fill, missed

FIRST = date(2026, 1, 31)


def test_equal_parts_and_the_rest_last():
    parts = divide(305_810, 3, FIRST)
    assert [part.amount for part in parts] == [102_000, 102_000, 101_810]
    assert [part.due for part in parts] == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]


@pytest.mark.parametrize("values", [(0, 3), (-5, 1), (5_000, 0), (2_000, 3)])
def test_what_cannot_be_divided(values):
    with pytest.raises(ValueError):
        divide(*values, FIRST)


@given(
    st.integers(1, 10**9), st.integers(1, 36), st.sampled_from(sorted(STEPS)), st.sampled_from([1, 500, 1000, 10_000])
)
def test_the_sum_is_the_debt(total, count, step, unit):
    try:
        parts = divide(total, count, FIRST, step, unit)
    except ValueError:
        assert total < count * unit
        return
    assert sum(part.amount for part in parts) == total
    assert len(parts) == count
    assert all(part.amount > 0 for part in parts)
    assert all(part.amount % unit == 0 for part in parts[:-1])
    assert all(before.due < after.due for before, after in zip(parts, parts[1:], strict=False))


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=24), st.integers(0, 10**7))
def test_payments_fill_the_oldest_first(amounts, paid):
    plan = [Instalment(FIRST + timedelta(days=30 * number), amount) for number, amount in enumerate(amounts)]
    filled = fill(reversed(plan), paid)
    assert [part.instalment for part in filled] == plan
    assert sum(part.paid for part in filled) == min(paid, sum(amounts))
    assert all(0 <= part.paid <= part.instalment.amount for part in filled)
    # Nothing goes to a later one while an earlier one is open.
    assert all(not after.paid for before, after in zip(filled, filled[1:], strict=False) if before.open)


def test_a_plan_breaks_after_its_grace():
    filled = fill(divide(300_000, 3, FIRST), 100_000)
    second = filled[1]
    assert missed(filled, second.instalment.due + timedelta(days=5), 5) is None
    assert missed(filled, second.instalment.due + timedelta(days=6), 5) == second
    assert missed(fill(divide(300_000, 3, FIRST), 300_000), date(2030, 1, 1), 0) is None
