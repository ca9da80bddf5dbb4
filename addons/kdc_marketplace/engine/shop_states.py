"""The life of a shop: ``draft → submitted → approved → suspended → closed`` (features M-01)."""

from .transitions import TransitionTable, allow

DRAFT, SUBMITTED, APPROVED, SUSPENDED = "draft", "submitted", "approved", "suspended"
CLOSED, REFUSED = "closed", "refused"

OWNER, MODERATOR = "owner", "moderator"

SHOP_STATES = TransitionTable(
    allow(DRAFT, SUBMITTED, OWNER, MODERATOR),
    allow(SUBMITTED, APPROVED, MODERATOR),
    allow(SUBMITTED, REFUSED, MODERATOR, needs_reason=True),
    allow(REFUSED, SUBMITTED, OWNER, MODERATOR),
    # An application is taken back by who made it: nothing of it was ever in the market.
    allow(DRAFT, CLOSED, OWNER),
    allow(SUBMITTED, CLOSED, OWNER),
    allow(REFUSED, CLOSED, OWNER),
    allow(APPROVED, SUSPENDED, MODERATOR, needs_reason=True),
    allow(APPROVED, CLOSED, OWNER, MODERATOR),
    allow(SUSPENDED, APPROVED, MODERATOR),
    allow(SUSPENDED, CLOSED, OWNER, MODERATOR),
)
