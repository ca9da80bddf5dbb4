"""What a gateway says about a payment, in one form for all gateways."""

import hmac
from dataclasses import dataclass
from datetime import date


class GatewayError(ValueError):
    """A message of a gateway cannot be understood; nothing may be concluded from it."""


@dataclass(frozen=True)
class Answer:
    """One verified statement of a gateway about one order.

    ``outcome`` is ``paid`` (the money is there), ``cancelled`` (by the payer, or the time ran out), ``failed``,
    ``waiting`` (money was taken but the gateway examines it), or ``open`` (nothing has happened yet).
    """

    #: Our number of the order.
    reference: str
    #: Whole VND.
    amount: int
    outcome: str
    #: The gateway's number of the payment; the same money has the same number however often it is reported.
    number: str = ""
    #: The gateway's own code of the outcome, for the record.
    code: str = ""
    #: The day on which it was paid, in Vietnam; None when the gateway does not say.
    day: date | None = None


def same(said: str, computed: str) -> bool:
    """Compare two signatures in hexadecimal without telling by the time it takes how much of them agrees."""
    return hmac.compare_digest(str(said).lower().encode(), computed.lower().encode())
