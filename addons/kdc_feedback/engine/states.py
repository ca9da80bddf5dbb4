"""The way of a feedback from sending to closing, as one explicit table.

Whatever moves a feedback (a button, the portal, time alone, Open311) asks :func:`next_state`;
what is not in the table does not happen.
"""

NEW = "new"
RECEIVED = "received"
IN_PROGRESS = "in_progress"
WAITING = "waiting"
DEFERRED = "deferred"
FORWARDED = "forwarded"
DONE = "done"
DISPUTED = "disputed"
CLOSED = "closed"
REFUSED = "refused"
MERGED = "merged"
ROUTED = "routed"

STATES = (
    NEW, RECEIVED, IN_PROGRESS, WAITING, DEFERRED, FORWARDED, DONE, DISPUTED, CLOSED, REFUSED, MERGED, ROUTED,
)  # fmt: skip

# Somebody of the ward owes the next step.
OPEN = frozenset({NEW, RECEIVED, IN_PROGRESS, WAITING, DEFERRED, FORWARDED, DISPUTED})
# The handling clock runs.
RUNNING = frozenset({NEW, RECEIVED, IN_PROGRESS, DISPUTED})
# The handling clock stands still: the reporter's turn, another authority's, or an agreed later date.
PAUSED = frozenset({WAITING, DEFERRED, FORWARDED})
# Nothing can follow.
FINAL = frozenset({CLOSED})
# Nothing is joined to it and it stays where it was; what was joined or routed out wrongly can be taken back.
SETTLED = FINAL | {MERGED, ROUTED}
# Nothing is owed any more; a refusal counts from its date.
FINISHED = SETTLED | {REFUSED}

# action -> {state before: state after}
TRANSITIONS = {
    "receive": {NEW: RECEIVED},
    "start": {NEW: IN_PROGRESS, RECEIVED: IN_PROGRESS, DISPUTED: IN_PROGRESS},
    "ask": {NEW: WAITING, RECEIVED: WAITING, IN_PROGRESS: WAITING, DISPUTED: WAITING},
    "reporter_answer": {WAITING: IN_PROGRESS},
    "stop_waiting": {WAITING: IN_PROGRESS},
    "defer": {RECEIVED: DEFERRED, IN_PROGRESS: DEFERRED, DISPUTED: DEFERRED},
    "resume": {DEFERRED: IN_PROGRESS},
    "forward": {RECEIVED: FORWARDED, IN_PROGRESS: FORWARDED, DISPUTED: FORWARDED},
    "authority_answer": {FORWARDED: IN_PROGRESS},
    "recall": {FORWARDED: IN_PROGRESS},
    "finish": {
        NEW: DONE, RECEIVED: DONE, IN_PROGRESS: DONE, WAITING: DONE, DEFERRED: DONE, FORWARDED: DONE, DISPUTED: DONE,
    },
    "refuse": {NEW: REFUSED, RECEIVED: REFUSED, IN_PROGRESS: REFUSED, WAITING: REFUSED},
    "confirm": {DONE: CLOSED},
    "dispute": {DONE: DISPUTED},
    "appeal": {REFUSED: DISPUTED},
    "merge": {
        NEW: MERGED, RECEIVED: MERGED, IN_PROGRESS: MERGED, WAITING: MERGED, DEFERRED: MERGED, FORWARDED: MERGED,
    },
    "give_back": {MERGED: RECEIVED},
    "route_out": {NEW: ROUTED, RECEIVED: ROUTED, IN_PROGRESS: ROUTED, WAITING: ROUTED, DISPUTED: ROUTED},
    "route_back": {ROUTED: RECEIVED},
}  # fmt: skip

# What time alone does stands in the conversation under a name of its own.
BY_ITSELF = {"silence": "confirm", "no_answer": "stop_waiting"}


class ForbiddenTransition(ValueError):
    """The action is not possible in this state."""

    def __init__(self, state, action):
        super().__init__(f"{action!r} is not possible in state {state!r}")
        self.state = state
        self.action = action


def can(state: str, action: str) -> bool:
    """Whether ``action`` is possible in ``state``."""
    return state in TRANSITIONS[action]


def next_state(state: str, action: str) -> str:
    """The state after ``action``.

    :raises ForbiddenTransition: the table has no such step
    """
    try:
        return TRANSITIONS[action][state]
    except KeyError:
        raise ForbiddenTransition(state, action) from None


def told_along(actions) -> list:
    """The state after each of the actions that a conversation tells of; what is no step of the table leaves it.

    An action leads to one state only, wherever it begins, so that a row may be missing in between.

    >>> told_along(["send", "receive", "transfer", "finish"])
    ['new', 'received', 'received', 'done']
    """
    state, told = NEW, []
    for action in actions:
        for after in TRANSITIONS.get(BY_ITSELF.get(action, action), {}).values():
            state = after
        told.append(state)
    return told


def is_legal_step(before: str, after: str) -> bool:
    """Whether some action leads from one state to the other."""
    return any(steps.get(before) == after for steps in TRANSITIONS.values())
