"""Fee and minimum of a way to get the goods."""

import pytest
from kdc_marketplace_engine.handover import DELIVERY, PICKUP, Offer, choose

NEAR = Offer("1", DELIVERY, "Tổ 1", fee=10000, minimum=50000, free_from=200000)
AT_SHOP = Offer(PICKUP, PICKUP, "Tại gian hàng")


@pytest.mark.parametrize(
    ("goods", "fee", "missing"),
    [(0, 10000, 50000), (49999, 10000, 1), (50000, 10000, 0), (199999, 10000, 0), (200000, 0, 0)],
)
def test_borders(goods, fee, missing):
    assert (NEAR.fee_for(goods), NEAR.missing(goods)) == (fee, missing)


def test_nothing_named_costs_nothing():
    assert (AT_SHOP.fee_for(1), AT_SHOP.missing(1)) == (0, 0)


def test_choice():
    offers = [AT_SHOP, NEAR]
    assert choose(offers, "1") is NEAR
    assert choose(offers, None) is choose(offers, "") is AT_SHOP
    assert choose(offers, "2") is None
