"""payOS: a link with a VietQR code made through its API, and a notification (webhook) when money has arrived.

Signed with HMAC-SHA256 over ``name=value`` pairs sorted by name and joined by ``&``, not encoded. Amounts are whole
VND, the moment at which a link ends is in seconds since 1970.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from .answer import Answer, GatewayError, same

PAID = "00"
#: The text of a transfer has 25 characters, 9 where the bank account is not linked to payOS.
TEXT_LIMIT = 9
_CREATE_SIGNED = ("amount", "cancelUrl", "description", "orderCode", "returnUrl")


@dataclass(frozen=True)
class Order:
    """What is to be paid: a number of at most 15 digits, whole VND, the text of the transfer, where to return to."""

    code: int
    amount: int
    text: str
    return_url: str
    cancel_url: str
    expires: datetime


@dataclass(frozen=True)
class Link:
    """Where an order is paid: the page of the gateway, and the text of its QR code for a banking app."""

    url: str
    qr: str


def canonical(data: Mapping[str, object]) -> str:
    """Return what is signed of a message."""
    return "&".join(f"{name}={_text(data[name])}" for name in sorted(data))


def sign(text: str, key: str) -> str:
    """Return the signature of a text, in hexadecimal."""
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def create_body(order: Order, key: str) -> dict[str, object]:
    """Return the signed body that asks for a payment link.

    :raise GatewayError: the order cannot be paid there
    """
    if not isinstance(order.amount, int) or order.amount <= 0:
        raise GatewayError("An order is about whole VND, more than zero.")
    if not 0 < order.code < 10**15 or len(order.text) > TEXT_LIMIT:
        raise GatewayError("The number of an order has at most 15 digits, its text at most 9 characters.")
    body = {
        "orderCode": order.code,
        "amount": order.amount,
        "description": order.text,
        "cancelUrl": order.cancel_url,
        "returnUrl": order.return_url,
    }
    signature = sign(canonical({name: body[name] for name in _CREATE_SIGNED}), key)
    return body | {"expiredAt": int(order.expires.timestamp()), "signature": signature}


def read_link(reply: Mapping[str, object], key: str, order: Order) -> Link:
    """Return the link that was made for an order.

    :raise GatewayError: the gateway refused, or has made something else
    """
    data = _genuine_data(reply, key)
    if data.get("orderCode") != order.code or data.get("amount") != order.amount or not data.get("checkoutUrl"):
        raise GatewayError("The link that was made is not for this order.")
    return Link(str(data["checkoutUrl"]), str(data.get("qrCode") or ""))


def is_genuine(message: Mapping[str, object], key: str) -> bool:
    """Whether the gateway has signed the data of a notification or reply."""
    data, said = message.get("data"), message.get("signature")
    return isinstance(data, Mapping) and isinstance(said, str) and same(said, sign(canonical(data), key))


def read_notification(message: Mapping[str, object]) -> Answer:
    """Return what a notification says; whether it is genuine was asked before.

    :raise GatewayError: it is incomplete
    """
    data = message["data"]
    paid = data.get("code") == PAID
    return _answer(data.get("orderCode"), data.get("amount"), "paid" if paid else "failed", data)


def read_status(reply: Mapping[str, object], key: str, code: int) -> list[Answer]:
    """Return what the gateway replies when it is asked about an order: each transfer it has seen, else the state.

    :raise GatewayError: it is not signed by the gateway, or an error
    """
    data = _genuine_data(reply, key)
    if data.get("orderCode") != code:
        raise GatewayError("The reply is about another order.")
    transfers = data.get("transactions") or []
    if transfers:
        return [_answer(code, transfer.get("amount"), "paid", transfer) for transfer in transfers]
    ended = data.get("status") in ("CANCELLED", "EXPIRED")
    return [_answer(code, data.get("amount"), "cancelled" if ended else "open", {"code": data.get("status")})]


def _genuine_data(reply: Mapping[str, object], key: str) -> Mapping[str, object]:
    if reply.get("code") != PAID:
        raise GatewayError(f"The gateway refuses: code {str(reply.get('code'))[:8]}.")
    if not is_genuine(reply, key):
        raise GatewayError("The reply is not signed by the gateway.")
    return reply["data"]


def _answer(code: object, amount: object, outcome: str, data: Mapping[str, object]) -> Answer:
    if not _is_number(code) or not _is_number(amount):
        raise GatewayError("The notification lacks its order or its amount.")
    number = str(data.get("reference") or "")
    if outcome == "paid" and not number:
        raise GatewayError("The notification lacks the number of the payment.")
    return Answer(
        str(code), amount, outcome, number, str(data.get("code") or ""), _day(data.get("transactionDateTime"))
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**15


def _text(value: object) -> str:
    """Return a value as it is signed: nothing for null, lists as compact JSON with sorted names."""
    if value is None or value in ("null", "undefined"):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return str(value)


def _day(text: object):
    try:
        return datetime.fromisoformat(str(text)).date()
    except ValueError:
        return None
