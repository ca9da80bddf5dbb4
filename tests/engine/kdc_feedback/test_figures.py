import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.kdc_feedback.engine.figures import MINIMUM, Case, clock, percent, percentile, summarise

HOURS = st.lists(st.floats(0, 10_000), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([3.0], 0.9, 3.0),
        ([1.0, 2.0], 0.5, 1.5),
        ([1.0, 2.0, 3.0, 4.0, 5.0], 0.9, 4.6),  # PERCENTILE.INC and percentile_cont say the same
        ([0.0, 10.0], 1, 10.0),
    ],
)
def test_vectors(values, share, expected):
    assert percentile(values, share) == pytest.approx(expected)


@given(HOURS)
def test_the_median_is_that_of_the_library(values):
    assert percentile(sorted(values), 0.5) == pytest.approx(statistics.median(values))


@given(HOURS, st.floats(0, 1))
def test_a_percentile_lies_among_the_values_and_grows(values, share):
    ordered = sorted(values)
    found = percentile(ordered, share)
    assert ordered[0] - 1e-6 <= found <= ordered[-1] + 1e-6
    assert found <= percentile(ordered, 1) + 1e-6


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], 1.1), ([1.0], -0.1)])
def test_what_is_no_percentile(values, share):
    with pytest.raises(ValueError, match="percentile"):
        percentile(values, share)


def test_percent_rounds_half_up_and_is_silent_about_few():
    assert percent(1, 8) == 13
    assert percent(4, MINIMUM - 1) is None
    assert percent(0, 0, minimum=0) is None
    assert percent(MINIMUM, MINIMUM) == 100


def test_a_clock_of_few_says_only_how_many():
    few = clock([1.0] * (MINIMUM - 1))
    assert (few.count, few.median, few.p90) == (MINIMUM - 1, None, None)


def test_a_summary():
    cases = [
        Case(reception=1.0, handling=10.0, in_time=True),
        Case(reception=2.0, handling=20.0, in_time=True, disputes=1),
        Case(reception=3.0, handling=30.0, in_time=False, disputes=2),
        Case(reception=4.0, handling=40.0, in_time=True),
        Case(reception=5.0, handling=50.0, in_time=True),
        Case(reception=6.0, is_open=True, is_late=True, disputes=1, is_disputed=True),
        Case(is_open=True),
    ]
    found = summarise(cases)
    assert (found.total, found.open, found.late) == (7, 2, 1)
    assert (found.reception.median, found.handling.median) == (3.5, 30.0)
    assert found.handling.p90 == pytest.approx(46.0)
    assert (found.finished, found.kept, found.kept_percent) == (5, 4, 80)
    assert (found.disputed, found.reopened) == (3, 2)


def test_of_nothing():
    found = summarise([])
    assert (found.total, found.kept_percent, found.reception.median) == (0, None, None)
