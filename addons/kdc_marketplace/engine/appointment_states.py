"""The life of an order of nothing but appointments (features M-17): there is nothing to make ready.

The buyer may also cancel after the shop has accepted; until when is asked of the order, which knows its times.
"""

from .order_states import ACCEPTED, BUYER, CANCELLED, DONE, HANDED_OVER, MODERATOR, NEW, REFUSED, SHOP, SYSTEM
from .transitions import TransitionTable, allow

APPOINTMENT_STATES = TransitionTable(
    allow(NEW, ACCEPTED, SHOP),
    allow(NEW, REFUSED, SHOP, needs_reason=True),
    allow(NEW, CANCELLED, BUYER, MODERATOR, SYSTEM),
    allow(ACCEPTED, HANDED_OVER, SHOP, BUYER),
    allow(ACCEPTED, REFUSED, SHOP, needs_reason=True),
    allow(ACCEPTED, CANCELLED, BUYER, MODERATOR, SYSTEM),
    allow(HANDED_OVER, DONE, BUYER, SYSTEM),
)
