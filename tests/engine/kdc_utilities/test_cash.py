"""Cash rounded to the smallest note."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_utilities_engine.cash import round_cash


@pytest.mark.parametrize(
    ("amount", "step", "cash"),
    [
        (305_810, 0, 305_810), (305_810, 500, 306_000), (305_810, 1000, 306_000), (305_499, 1000, 305_000),
        (305_500, 1000, 306_000), (305_249, 500, 305_000), (305_250, 500, 305_500), (0, 1000, 0), (400, 1000, 400),
    ],
)  # fmt: skip
def test_vectors(amount, step, cash):
    assert round_cash(amount, step) == cash


@given(st.integers(0, 10**10), st.sampled_from([500, 1000]))
def test_never_off_by_more_than_half_a_note(amount, step):
    cash = round_cash(amount, step)
    assert abs(cash - amount) * 2 <= step
    assert cash % step == 0 or cash == amount
    assert round_cash(cash, step) == cash
