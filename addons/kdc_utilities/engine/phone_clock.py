"""When something happened that a phone without network noted by its own clock, which may be wrong by hours or years."""

from datetime import datetime


def corrected(taken: datetime, sent: datetime, arrived: datetime, earliest: datetime) -> datetime:
    """When something happened by the server's clock.

    The phone says when it happened and, by the same clock, when it sends it; what its clock is off is what lies between
    sending and arriving. A clock that was changed in between cannot be told from a right one, so the result is kept
    between what is certain: not before the phone was given its numbers, and not in the future.

    :param taken: by the phone's clock
    :param sent: by the phone's clock, at the moment of sending
    :param arrived: by the server's clock, at the moment of arriving
    :param earliest: by the server's clock, when the phone was prepared
    """
    try:
        when = taken + (arrived - sent)
    except OverflowError:
        when = arrived
    return min(max(when, earliest), arrived)
