import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_utilities_engine.pairing import Item, Pair, pair


def test_a_receipt_that_pays_two_bills():
    assert pair([Item("111", 100)], [Item("131a", 60), Item("131b", 40)]) == [
        Pair("111", "131a", 60), Pair("111", "131b", 40),
    ]  # fmt: skip


def test_several_on_both_sides():
    assert pair([Item("a", 3), Item("b", 5)], [Item("c", 4), Item("d", 4)]) == [
        Pair("a", "c", 3), Pair("b", "c", 1), Pair("b", "d", 4),
    ]  # fmt: skip


@pytest.mark.parametrize(("debits", "credits"), [([5], [4]), ([0], [0]), ([-1], [-1]), ([], [1])])
def test_what_is_no_entry_is_refused(debits, credits):
    with pytest.raises(ValueError, match="entry"):
        pair([Item("a", amount) for amount in debits], [Item("b", amount) for amount in credits])


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=8), st.data())
def test_each_account_keeps_its_sum(debits, data):
    total = sum(debits)
    cuts = sorted(data.draw(st.sets(st.integers(1, total), max_size=6)) - {total})
    credits = [end - start for start, end in zip([0, *cuts], [*cuts, total], strict=True)]
    pairs = pair(
        [Item(("d", place), amount) for place, amount in enumerate(debits)],
        [Item(("c", place), amount) for place, amount in enumerate(credits)],
    )
    assert all(row.amount > 0 for row in pairs)
    for place, amount in enumerate(debits):
        assert sum(row.amount for row in pairs if row.debit == ("d", place)) == amount
    for place, amount in enumerate(credits):
        assert sum(row.amount for row in pairs if row.credit == ("c", place)) == amount
