"""Apportioning: sums are kept, the order is respected, nothing is negative."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_utilities_engine.apportion import Charge, apportion, open_parts

SEP, OCT, NOV = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)
WATER_NOV = Charge("water nov", NOV, 10, 173_650)
WASTE_NOV = Charge("waste nov", NOV, 20, 44_000)
WATER_OCT = Charge("water oct", OCT, 10, 55_200)
WASTE_SEP = Charge("waste sep", SEP, 20, 44_000)
ALL = [WASTE_NOV, WATER_NOV, WATER_OCT, WASTE_SEP]

charges = st.lists(
    st.builds(
        Charge,
        key=st.integers(),
        period=st.sampled_from([SEP, OCT, NOV]),
        priority=st.integers(1, 3),
        open=st.integers(0, 10**9),
    ),
    max_size=12,
)


def spread(amount):
    result = apportion(amount, ALL)
    return {share.charge.key: share.amount for share in result.shares if share.amount}, result.advance


def test_oldest_then_priority():
    assert spread(0) == ({}, 0)
    assert spread(44_000) == ({"waste sep": 44_000}, 0)
    assert spread(100_000) == ({"waste sep": 44_000, "water oct": 55_200, "water nov": 800}, 0)
    assert spread(316_850) == ({"waste sep": 44_000, "water oct": 55_200, "water nov": 173_650, "waste nov": 44_000}, 0)
    assert spread(400_000)[1] == 83_150


def test_nothing_owed_is_all_advance():
    assert apportion(50_000, []).advance == 50_000


@given(st.integers(0, 10**11), charges)
def test_sum_kept_order_respected_never_negative(amount, items):
    result = apportion(amount, items)
    assert result.total == amount
    assert len(result.shares) == len(items)
    assert all(0 <= share.amount <= share.charge.open for share in result.shares)
    assert result.advance >= 0
    order = [(share.charge.period, share.charge.priority) for share in result.shares]
    assert order == sorted(order)
    unserved = [index for index, share in enumerate(result.shares) if share.remaining]
    if unserved:
        assert result.advance == 0
        assert not any(share.amount for share in result.shares[unserved[0] + 1 :])
    assert result.remaining == max(sum(item.open for item in items) - amount, 0)


@given(st.integers(0, 10**10), st.integers(0, 10**10), charges)
def test_paying_twice_is_like_paying_once(first, second, items):
    once = apportion(first + second, items)
    step = apportion(first, items)
    rest = [
        Charge(share.charge.key, share.charge.period, share.charge.priority, share.remaining) for share in step.shares
    ]
    twice = apportion(step.advance + second, rest)
    assert [share.remaining for share in twice.shares] == [share.remaining for share in once.shares]
    assert twice.advance == once.advance


def test_open_parts_of_a_bill():
    bill = [WASTE_NOV, WATER_NOV]
    assert open_parts(bill, 0) == [WATER_NOV, WASTE_NOV]
    assert open_parts(bill, 173_650) == [WASTE_NOV]
    assert open_parts(bill, 200_000) == [Charge("waste nov", NOV, 20, 17_650)]
    assert open_parts(bill, 217_650) == []
    with pytest.raises(ValueError):
        open_parts(bill, 217_651)


def test_rebate_lowers_the_first_service():
    bill = [Charge("water", NOV, 10, 100_000), Charge("rebate", NOV, 10, -30_000), Charge("waste", NOV, 20, 44_000)]
    assert [(part.key, part.open) for part in open_parts(bill, 0)] == [("water", 70_000), ("waste", 44_000)]
    assert [(part.key, part.open) for part in open_parts(bill, 80_000)] == [("waste", 34_000)]


@given(charges, st.data())
def test_open_parts_property(items, data):
    total = sum(item.open for item in items)
    paid = data.draw(st.integers(0, total))
    assert sum(part.open for part in open_parts(items, paid)) == total - paid


@pytest.mark.parametrize("amount", [1.0, "1", None, True])
def test_only_whole_amounts(amount):
    with pytest.raises(TypeError):
        apportion(amount, ALL)


def test_negative_is_refused():
    with pytest.raises(ValueError):
        apportion(-1, ALL)
    with pytest.raises(ValueError):
        apportion(1, [Charge("x", NOV, 1, -5)])
