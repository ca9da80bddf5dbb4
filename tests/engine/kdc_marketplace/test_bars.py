from kdc_marketplace_engine import bars


def test_heights_reach_the_top_and_never_beyond():
    assert bars.heights([1, 2, 4]) == [25, 50, 100]
    assert bars.heights([1, 2], highest=8) == [12, 25]
    assert bars.heights([9], highest=8) == [100]
    assert bars.heights([]) == []


def test_nothing_sold_draws_nothing():
    assert bars.heights([0, 0]) == [0, 0]
    assert bars.percent(0, 0) == 0
