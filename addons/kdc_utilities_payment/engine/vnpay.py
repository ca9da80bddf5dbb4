"""VNPay 2.1.0: a payment page the payer is sent to, a notification (IPN) to the shop, and a query (querydr).

Everything is signed with HMAC-SHA512. Page and notification sign their parameters sorted by name and encoded as in an
address; the query signs fields in a fixed order, joined by ``|``. Amounts on the wire are VND × 100, times are those of
Vietnam.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from urllib.parse import quote_plus

from .answer import Answer, GatewayError, same

VERSION = "2.1.0"
VIETNAM = timezone(timedelta(hours=7))
#: What the shop answers to a notification, by the protocol.
CONFIRMED, NOT_FOUND, ALREADY, WRONG_AMOUNT, WRONG_SIGNATURE, UNKNOWN = "00", "01", "02", "04", "97", "99"
MESSAGES = {
    CONFIRMED: "Confirm Success",
    NOT_FOUND: "Order not found",
    ALREADY: "Order already confirmed",
    WRONG_AMOUNT: "Invalid amount",
    WRONG_SIGNATURE: "Invalid Checksum",
    UNKNOWN: "Unknown error",
}
#: Codes of the page by which nothing was paid: cancelled by the payer, the time ran out.
GIVEN_UP = ("11", "24")
#: Money was taken but the gateway examines or takes it back: nothing is settled yet.
UNDECIDED = ("04", "05", "07")
#: The kind of a transaction that is a payment; 02 and 03 are refunds.
PAYMENT = "01"
_QUERY_SIGNED = ("RequestId", "Version", "Command", "TmnCode", "TxnRef", "TransactionDate", "CreateDate", "IpAddr",
                 "OrderInfo")  # fmt: skip
_REPLY_SIGNED = ("ResponseId", "Command", "ResponseCode", "Message", "TmnCode", "TxnRef", "Amount", "BankCode",
                 "PayDate", "TransactionNo", "TransactionType", "TransactionStatus", "OrderInfo", "PromotionCode",
                 "PromotionAmount")  # fmt: skip
_SIGNATURES = ("vnp_SecureHash", "vnp_SecureHashType")


@dataclass(frozen=True)
class Shop:
    """The contract with the gateway: code of the shop and the secret it shares with it."""

    code: str
    secret: str


@dataclass(frozen=True)
class Order:
    """What is to be paid: whole VND, times with a time zone, an ASCII text without special characters."""

    reference: str
    amount: int
    text: str
    created: datetime
    expires: datetime
    ip: str
    return_url: str
    locale: str = "vn"


def canonical(params: Mapping[str, str]) -> str:
    """Return what is signed of the parameters of a page or notification; empty ones do not count."""
    pairs = sorted((name, str(value)) for name, value in params.items() if name not in _SIGNATURES and value)
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)


def sign(text: str, secret: str) -> str:
    """Return the signature of a text, in hexadecimal."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha512).hexdigest()


def stamp(moment: datetime) -> str:
    """Return a moment the way VNPay writes it, in Vietnam: ``20261121093000``."""
    return f"{moment.astimezone(VIETNAM):%Y%m%d%H%M%S}"


def payment_url(page: str, shop: Shop, order: Order) -> str:
    """Return the address of the gateway's page on which an order is paid.

    :raise GatewayError: the order cannot be paid there: nothing, or less, to pay
    """
    if not isinstance(order.amount, int) or order.amount <= 0:
        raise GatewayError("An order is about whole VND, more than zero.")
    query = canonical({
        "vnp_Version": VERSION,
        "vnp_Command": "pay",
        "vnp_TmnCode": shop.code,
        "vnp_Amount": str(order.amount * 100),
        "vnp_CurrCode": "VND",
        "vnp_TxnRef": order.reference,
        "vnp_OrderInfo": order.text,
        "vnp_OrderType": "other",
        "vnp_Locale": order.locale,
        "vnp_ReturnUrl": order.return_url,
        "vnp_IpAddr": order.ip,
        "vnp_CreateDate": stamp(order.created),
        "vnp_ExpireDate": stamp(order.expires),
    })  # fmt: skip
    return f"{page}?{query}&vnp_SecureHash={sign(query, shop.secret)}"


def is_genuine(params: Mapping[str, str], shop: Shop) -> bool:
    """Whether the gateway has signed these parameters of a notification or a return, for this shop."""
    ours = {name: value for name, value in params.items() if name.startswith("vnp_")}
    signed = sign(canonical(ours), shop.secret)
    return same(ours.get("vnp_SecureHash", ""), signed) and ours.get("vnp_TmnCode") == shop.code


def read_notification(params: Mapping[str, str]) -> Answer:
    """Return what a notification says; whether it is genuine was asked before.

    :raise GatewayError: it is incomplete
    """
    return _answer(params, params.get("vnp_ResponseCode", ""), params.get("vnp_TransactionStatus", ""))


def query(shop: Shop, request_id: str, reference: str, created: datetime, now: datetime, ip: str) -> dict[str, str]:
    """Return the body of a query (querydr): what became of the order that was made at ``created``?"""
    body = {
        "RequestId": request_id,
        "Version": VERSION,
        "Command": "querydr",
        "TmnCode": shop.code,
        "TxnRef": reference,
        "OrderInfo": f"Query {reference}",
        "TransactionDate": stamp(created),
        "CreateDate": stamp(now),
        "IpAddr": ip,
    }
    body["SecureHash"] = sign("|".join(body[name] for name in _QUERY_SIGNED), shop.secret)
    return {f"vnp_{name}": value for name, value in body.items()}


def read_reply(reply: Mapping[str, object], shop: Shop, reference: str) -> Answer | None:
    """Return what the gateway replies to a query about an order; None when it knows nothing of it (yet).

    :raise GatewayError: it is not signed by the gateway, about something else, or an error
    """
    values = {name: str(value) for name, value in reply.items() if value is not None}
    signed = sign("|".join(values.get(f"vnp_{name}", "") for name in _REPLY_SIGNED), shop.secret)
    if not same(values.get("vnp_SecureHash", ""), signed):
        raise GatewayError("The reply to a query is not signed by the gateway.")
    code = values.get("vnp_ResponseCode", "")
    if code == "91":
        return None
    if code != "00" or values.get("vnp_TxnRef") != reference:
        raise GatewayError(f"The gateway did not answer the query: code {code[:4]}.")
    return _answer(values, "00", values.get("vnp_TransactionStatus", ""))


def _answer(values: Mapping[str, str], page_code: str, status: str) -> Answer:
    amount, reference = values.get("vnp_Amount", ""), values.get("vnp_TxnRef", "")
    if not (amount.isascii() and amount.isdigit()) or len(amount) > 15 or not reference or not page_code:
        raise GatewayError("The notification lacks reference, amount or result.")
    dong, rest = divmod(int(amount), 100)
    if rest:
        raise GatewayError("There are no parts of a đồng.")
    number = values.get("vnp_TransactionNo", "")
    number = "" if number == "0" else number
    outcome = _outcome(page_code, status)
    if outcome == "paid" and values.get("vnp_TransactionType", PAYMENT) not in ("", PAYMENT):
        outcome = "failed"  # the money went back to the payer
    if outcome == "paid" and not number:
        raise GatewayError("The notification lacks the number of the payment.")
    return Answer(
        reference, dong, outcome, number, status or page_code,
        _day(values.get("vnp_PayDate", "")),
    )  # fmt: skip


def _outcome(page_code: str, status: str) -> str:
    if page_code == "00" and status in ("00", ""):
        return "paid"
    if page_code in GIVEN_UP:
        return "cancelled"
    if page_code == "07" or status in UNDECIDED:
        return "waiting"
    if status == "01":
        return "open"
    return "failed"


def _day(text: str):
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").date()
    except ValueError:
        return None
