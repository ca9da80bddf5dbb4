"""How the goods of a shop reach the buyer, what that costs and from which amount it is done (features M-08).

All amounts are whole đồng.
"""

from dataclasses import dataclass

PICKUP, DELIVERY = "pickup", "delivery"
#: A service with day and time: nothing is carried.
APPOINTMENT = "appointment"


@dataclass(frozen=True)
class Offer:
    """One way to get the goods of a shop.

    :param key: what the form sends back
    :param kind: ``pickup``, ``delivery`` or ``appointment``
    :param label: name of the place or zone, as the shop wrote it
    :param note: address of the place, or when the shop comes
    :param fee: what bringing the goods costs
    :param minimum: smallest amount of goods for which the shop does it
    :param free_from: amount of goods from which it costs nothing; 0 = it always costs the fee
    """

    key: str
    kind: str
    label: str = ""
    note: str = ""
    fee: int = 0
    minimum: int = 0
    free_from: int = 0

    def fee_for(self, goods):
        """What the buyer pays for the hand-over of goods worth so much."""
        return 0 if self.free_from and goods >= self.free_from else self.fee

    def missing(self, goods):
        """How much more the buyer must order; 0 when it is enough."""
        return max(self.minimum - goods, 0)


def choose(offers, key):
    """The offer the form asks for; the first when it asks for none; ``None`` when the shop does not offer it."""
    if not key:
        return offers[0]
    return next((offer for offer in offers if offer.key == key), None)
