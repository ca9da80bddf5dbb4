"""The life of a post on the board: ``draft → pending → published → closed`` or ``expired`` (features M-25).

Nothing is shown that no moderator has seen; a post ends by itself, and once its poster may prolong it.
"""

from .transitions import TransitionTable, allow

DRAFT, PENDING, PUBLISHED, CLOSED, EXPIRED = "draft", "pending", "published", "closed", "expired"

POSTER, MODERATOR, SYSTEM = "poster", "moderator", "system"

BOARD_STATES = TransitionTable(
    allow(DRAFT, PENDING, POSTER),
    allow(DRAFT, CLOSED, POSTER, MODERATOR),
    allow(PENDING, PUBLISHED, MODERATOR),
    allow(PENDING, DRAFT, MODERATOR, needs_reason=True),
    allow(PENDING, CLOSED, POSTER, MODERATOR),
    allow(PUBLISHED, PENDING, POSTER),
    allow(PUBLISHED, DRAFT, MODERATOR, needs_reason=True),
    allow(PUBLISHED, CLOSED, POSTER, MODERATOR),
    allow(PUBLISHED, EXPIRED, SYSTEM),
    allow(EXPIRED, PUBLISHED, POSTER),
    allow(EXPIRED, CLOSED, POSTER, MODERATOR),
)

#: Posts that still take a place among those a person may have.
LIVE = (DRAFT, PENDING, PUBLISHED)
#: Over for good or until it is prolonged; deleted some time after.
OVER = (CLOSED, EXPIRED)
