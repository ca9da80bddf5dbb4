from datetime import date, datetime, timezone

import pytest
from kdc_utilities_payment_engine import payos
from kdc_utilities_payment_engine.answer import GatewayError

KEY = "1a54716c8f0efb2744fb28b6e38b25da7f67a925d98bc1c18bd8faaecadd7675"
#: vietnam.md §5, vector V2 (from the gateway's documentation)
V2 = {
    "accountNumber": "12345678",
    "amount": 3000,
    "code": "00",
    "currency": "VND",
    "desc": "Thành công",
    "description": "VQRIO123",
    "orderCode": 123,
    "paymentLinkId": "124c33293c43417ab7879e14c8d9eb18",
    "reference": "TF230204212323",
    "transactionDateTime": "2023-02-04 18:25:00",
    "counterAccountBankId": "",
    "counterAccountBankName": "",
    "counterAccountName": "",
    "counterAccountNumber": "",
    "virtualAccountName": "",
    "virtualAccountNumber": "",
}
V2_SIGNATURE = "412e915d2871504ed31be63c8f62a149a4410d34c4c42affc9006ef9917eaa03"
#: vector V3; its text is longer than the limit we keep ourselves
V3 = {
    "amount": 2000,
    "cancelUrl": "https://kdc.example/cancel",
    "description": "KDC A012 T11",
    "orderCode": 123,
    "returnUrl": "https://kdc.example/return",
}
V3_SIGNATURE = "57901a02edd70514395cebe7724b5adc08d8a5d13d355cdcfb962b744d4a77d5"
EXPIRES = datetime(2026, 11, 21, 2, 45, tzinfo=timezone.utc)
ORDER = payos.Order(123, 2000, "PO123", "https://kdc.example/return", "https://kdc.example/cancel", EXPIRES)


def message(data):
    return {"code": "00", "desc": "success", "success": True, "data": data,
            "signature": payos.sign(payos.canonical(data), KEY)}  # fmt: skip


def test_vector_v2():
    assert payos.sign(payos.canonical(V2), KEY) == V2_SIGNATURE
    notification = {"code": "00", "desc": "success", "success": True, "data": V2, "signature": V2_SIGNATURE}
    assert payos.is_genuine(notification, KEY)
    answer = payos.read_notification(notification)
    assert (answer.reference, answer.amount, answer.outcome) == ("123", 3000, "paid")
    assert (answer.number, answer.day) == ("TF230204212323", date(2023, 2, 4))


def test_vector_v3():
    assert payos.sign(payos.canonical(V3), KEY) == V3_SIGNATURE
    body = payos.create_body(ORDER, KEY)
    assert body["signature"] == payos.sign(payos.canonical(V3 | {"description": "PO123"}), KEY)
    assert body["expiredAt"] == 1795229100


@pytest.mark.parametrize(
    "change", [{"amount": 0}, {"amount": 1.5}, {"code": 0}, {"code": 10**15}, {"text": "more than 9"}]
)
def test_orders_that_cannot_be_paid(change):
    with pytest.raises(GatewayError):
        payos.create_body(payos.Order(**(vars(ORDER) | change)), KEY)


@pytest.mark.parametrize("name", sorted(V2))
def test_a_changed_notification_is_forged(name):
    changed = V2 | {name: 1 if isinstance(V2[name], str) else V2[name] + 1}
    assert not payos.is_genuine({"data": changed, "signature": V2_SIGNATURE}, KEY)


@pytest.mark.parametrize(
    "notification",
    [{}, {"data": None}, {"data": []}, {"data": V2}, {"data": V2, "signature": None}, {"data": V2, "signature": 5},
     {"data": V2, "signature": "ế"}],
)  # fmt: skip
def test_nonsense_is_forged(notification):
    assert not payos.is_genuine(notification, KEY)


@pytest.mark.parametrize(
    "change",
    [{"amount": "3000"}, {"amount": True}, {"amount": -5}, {"orderCode": None}, {"orderCode": 1.0}, {"reference": ""}],
)
def test_incomplete_notification(change):
    with pytest.raises(GatewayError):
        payos.read_notification({"data": V2 | change})


def test_link():
    data = {"orderCode": 123, "amount": 2000, "checkoutUrl": "https://pay.example/1", "qrCode": "000201", "bin": None}
    link = payos.read_link(message(data), KEY, ORDER)
    assert (link.url, link.qr) == ("https://pay.example/1", "000201")
    for reply in (
        message(data | {"amount": 1}), message(data | {"orderCode": 5}), message(data | {"checkoutUrl": ""}),
        message(data) | {"signature": "x"}, {"code": "231", "desc": "exists"},
    ):  # fmt: skip
        with pytest.raises(GatewayError):
            payos.read_link(reply, KEY, ORDER)


def test_status_with_transfers():
    transfer = {"reference": "FT1", "amount": 1500, "transactionDateTime": "2026-11-21T09:31:00+07:00"}
    data = {
        "orderCode": 123,
        "amount": 2000,
        "status": "PENDING",
        "transactions": [transfer, transfer | {"reference": "FT2"}],
    }
    answers = payos.read_status(message(data), KEY, 123)
    assert [(answer.number, answer.amount, answer.outcome) for answer in answers] == [
        ("FT1", 1500, "paid"), ("FT2", 1500, "paid"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "outcome"), [("PENDING", "open"), ("CANCELLED", "cancelled"), ("EXPIRED", "cancelled")]
)
def test_status_without_transfers(status, outcome):
    data = {"orderCode": 123, "amount": 2000, "status": status, "transactions": []}
    [answer] = payos.read_status(message(data), KEY, 123)
    assert answer.outcome == outcome
    with pytest.raises(GatewayError):
        payos.read_status(message(data), KEY, 124)
