"""The life of a listing: ``draft → pending → published → closed`` (features M-06).

Only a moderator publishes. Price, stock and the open switch are no states: they change at once.
"""

from .transitions import TransitionTable, allow

DRAFT, PENDING, PUBLISHED, CLOSED = "draft", "pending", "published", "closed"

SHOP, MODERATOR = "shop", "moderator"

LISTING_STATES = TransitionTable(
    allow(DRAFT, PENDING, SHOP, MODERATOR),
    allow(DRAFT, CLOSED, SHOP, MODERATOR),
    allow(PENDING, PUBLISHED, MODERATOR),
    allow(PENDING, DRAFT, MODERATOR, needs_reason=True),
    allow(PENDING, CLOSED, SHOP, MODERATOR),
    allow(PUBLISHED, PENDING, SHOP, MODERATOR),
    allow(PUBLISHED, DRAFT, MODERATOR, needs_reason=True),
    allow(PUBLISHED, CLOSED, SHOP, MODERATOR),
    allow(CLOSED, PENDING, SHOP, MODERATOR),
)
