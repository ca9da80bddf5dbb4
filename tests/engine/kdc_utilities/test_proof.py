from hypothesis import given
from hypothesis import strategies as st
from kdc_utilities_engine.proof import Comparison

BOOKS = st.dictionaries(st.integers(1, 5), st.integers(-(10**9), 10**9))


def test_equal_sums_are_no_proof():
    comparison = Comparison({1: 100, 2: 200}, {1: 101, 2: 199})
    assert comparison.totals == (300, 300)
    assert comparison.misfits == {1: (100, 101), 2: (200, 199)}
    assert comparison.gap == 2


def test_what_one_book_does_not_know_is_zero_there():
    assert Comparison({1: 100, 3: 0}, {2: 50}).misfits == {1: (100, 0), 2: (0, 50)}


@given(BOOKS)
def test_a_book_fits_itself(book):
    assert not Comparison(book, dict(reversed(book.items()))).misfits


@given(BOOKS, BOOKS)
def test_gap_is_zero_only_when_everything_fits_and_at_least_the_difference_of_the_sums(left, right):
    comparison = Comparison(left, right)
    assert (comparison.gap == 0) == (not comparison.misfits)
    assert comparison.gap >= abs(comparison.totals[0] - comparison.totals[1])
    assert comparison.gap == Comparison(right, left).gap
