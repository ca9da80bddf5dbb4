"""The life of a market order (features M-10).

``new → accepted → ready → handed_over → done``; the shop may refuse with a reason, also what lies ready and
nobody fetches, the buyer may cancel while nobody has accepted, the moderator may cancel until the goods have
changed hands. After the hand-over the buyer confirms, or silence does. A buyer who has the goods may also say so
himself when the shop has not noted the hand-over, some hours after it was accepted: an order must not wait for a shop
that forgets it.
"""

from .transitions import TransitionTable, allow

NEW, ACCEPTED, READY, HANDED_OVER, DONE = "new", "accepted", "ready", "handed_over", "done"
REFUSED, CANCELLED = "refused", "cancelled"

BUYER, SHOP, MODERATOR, SYSTEM = "buyer", "shop", "moderator", "system"

ORDER_STATES = TransitionTable(
    allow(NEW, ACCEPTED, SHOP),
    allow(NEW, REFUSED, SHOP, needs_reason=True),
    allow(NEW, CANCELLED, BUYER, MODERATOR, SYSTEM),
    allow(ACCEPTED, READY, SHOP),
    allow(ACCEPTED, REFUSED, SHOP, needs_reason=True),
    allow(ACCEPTED, CANCELLED, MODERATOR, SYSTEM),
    allow(ACCEPTED, HANDED_OVER, BUYER),
    allow(READY, HANDED_OVER, SHOP, BUYER),
    allow(READY, REFUSED, SHOP, needs_reason=True),
    allow(READY, CANCELLED, MODERATOR, SYSTEM),
    allow(HANDED_OVER, DONE, BUYER, SYSTEM),
)

#: Orders the shop still has to work on: what a preparation list may show (trap T6).
TO_PREPARE = (ACCEPTED,)
#: Agreed on, and the goods not handed over yet.
AGREED = (ACCEPTED, READY)
#: Orders that are not settled yet, for the buyer as for the shop.
OPEN = (NEW, ACCEPTED, READY)
#: Ended without a hand-over: the goods go back to the shelf.
GIVEN_UP = (REFUSED, CANCELLED)
