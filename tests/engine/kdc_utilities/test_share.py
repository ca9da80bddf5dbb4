"""What a shared meter measured is shared out to the last drop."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_utilities_engine.share import share


def test_examples():
    assert share(D(10), [D(1), D(1), D(1)]) == [D("3.334"), D("3.333"), D("3.333")]
    assert share(D(12), [D(1), D(2), D(0), D(3)]) == [2, 4, 0, 6]
    assert share(D(0), [D(1), D(5)]) == [0, 0]


@pytest.mark.parametrize(("total", "weights"), [(D(-1), [D(1)]), (D(1), [D(-1), D(2)]), (D(1), [D(0)]), (D(1), [])])
def test_refused(total, weights):
    with pytest.raises(ValueError):
        share(total, weights)


@given(
    st.decimals(0, 100_000, places=3),
    st.lists(st.decimals(0, 500, places=2), min_size=1, max_size=60).filter(any),
)
def test_parts_add_up_and_are_fair(total, weights):
    parts = share(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - total * weight / sum(weights)) < D("0.001")
        assert part >= 0
