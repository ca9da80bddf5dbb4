from datetime import date, datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_utilities_payment_engine import vnpay
from kdc_utilities_payment_engine.answer import GatewayError

SHOP = vnpay.Shop("KDCTEST1", "SECRETKEY0123456789ABCDEF")
#: vietnam.md §5, vector V1
V1_DATA = (
    "vnp_Amount=10000000&vnp_Command=pay&vnp_CreateDate=20261121093000&vnp_CurrCode=VND&vnp_ExpireDate=20261121094500"
    "&vnp_IpAddr=127.0.0.1&vnp_Locale=vn&vnp_OrderInfo=Thanh+toan+phi+ve+sinh+11%2F2026&vnp_OrderType=other"
    "&vnp_ReturnUrl=https%3A%2F%2Fkdc.example%2Fpayment%2Fvnpay%2Freturn&vnp_TmnCode=KDCTEST1"
    "&vnp_TxnRef=HD-2026-11-00123&vnp_Version=2.1.0"
)
V1_HASH = (
    "00ebfa51f3030172dc23f2f0658765abefcb5a43b32eb7acfe18a4b8ea2bbf8df0221b8f6c804c7547f8fa76255726a884986eb3d67cb3482b97"
    "ec40c829151b"
)
PAID = {
    "vnp_Amount": "10000000",
    "vnp_BankCode": "NCB",
    "vnp_OrderInfo": "Thanh toan",
    "vnp_PayDate": "20261121093210",
    "vnp_ResponseCode": "00",
    "vnp_TmnCode": "KDCTEST1",
    "vnp_TransactionNo": "14226112",
    "vnp_TransactionStatus": "00",
    "vnp_TxnRef": "HD-1",
}


def signed(params):
    return params | {"vnp_SecureHash": vnpay.sign(vnpay.canonical(params), SHOP.secret)}


def order(**changes):
    values = {
        "reference": "HD-2026-11-00123",
        "amount": 100_000,
        "text": "Thanh toan phi ve sinh 11/2026",
        "created": datetime(2026, 11, 21, 2, 30, tzinfo=timezone.utc),
        "expires": datetime(2026, 11, 21, 2, 45, tzinfo=timezone.utc),
        "ip": "127.0.0.1",
        "return_url": "https://kdc.example/payment/vnpay/return",
    }
    return vnpay.Order(**(values | changes))


def test_vector_v1():
    url = vnpay.payment_url("https://pay.example/vpcpay.html", SHOP, order())
    assert url == f"https://pay.example/vpcpay.html?{V1_DATA}&vnp_SecureHash={V1_HASH}"
    assert vnpay.is_genuine(dict(parse_qsl(urlsplit(url).query)), SHOP)


@pytest.mark.parametrize("amount", [0, -1, 1.5, 100_000.0])
def test_only_whole_money_is_asked_for(amount):
    with pytest.raises(GatewayError):
        vnpay.payment_url("https://pay.example/", SHOP, order(amount=amount))


def test_notification():
    params = signed(PAID)
    assert vnpay.is_genuine(params, SHOP)
    answer = vnpay.read_notification(params)
    assert (answer.reference, answer.amount, answer.outcome, answer.number) == ("HD-1", 100_000, "paid", "14226112")
    assert answer.day == date(2026, 11, 21)


@pytest.mark.parametrize(
    "change",
    [
        {"vnp_Amount": "10000001"},
        {"vnp_TxnRef": "HD-2"},
        {"vnp_ResponseCode": "24"},
        {"vnp_SecureHash": "0" * 128},
        {"vnp_SecureHash": ""},
        {"vnp_SecureHash": "é"},
        {"vnp_New": "1"},
    ],
)
def test_a_changed_notification_is_forged(change):
    assert not vnpay.is_genuine(signed(PAID) | change, SHOP)


def test_foreign_parameters_and_upper_case_do_no_harm():
    params = signed(PAID) | {"db": "kdc", "vnp_SecureHashType": "HmacSHA512"}
    assert vnpay.is_genuine(params, SHOP)
    assert vnpay.is_genuine(params | {"vnp_SecureHash": params["vnp_SecureHash"].upper()}, SHOP)


def test_notification_of_another_shop_with_the_same_secret():
    assert not vnpay.is_genuine(signed(PAID), vnpay.Shop("ANOTHER", SHOP.secret))


@pytest.mark.parametrize(
    ("page", "status", "outcome"),
    [
        ("00", "00", "paid"),
        ("24", "02", "cancelled"),
        ("11", "02", "cancelled"),
        ("51", "02", "failed"),
        ("99", "", "failed"),
        ("07", "07", "waiting"),
        ("00", "04", "waiting"),
        ("00", "01", "open"),
        ("00", "02", "failed"),
    ],
)
def test_outcomes(page, status, outcome):
    changed = PAID | {"vnp_ResponseCode": page, "vnp_TransactionStatus": status}
    assert vnpay.read_notification(changed).outcome == outcome


@pytest.mark.parametrize(
    "change",
    [{"vnp_Amount": ""}, {"vnp_Amount": "1e9"}, {"vnp_Amount": "-100"}, {"vnp_Amount": "10000050"},
     {"vnp_Amount": "٣00"}, {"vnp_TxnRef": ""}, {"vnp_ResponseCode": ""}, {"vnp_Amount": "9" * 16},
     {"vnp_TransactionNo": "0"}, {"vnp_TransactionNo": ""}],
)  # fmt: skip
def test_incomplete_notification(change):
    with pytest.raises(GatewayError):
        vnpay.read_notification(PAID | change)


def test_query():
    created = datetime(2026, 11, 21, 2, 30, tzinfo=timezone.utc)
    body = vnpay.query(SHOP, "REQ1", "HD-1", created, created + timedelta(minutes=20), "127.0.0.1")
    text = "REQ1|2.1.0|querydr|KDCTEST1|HD-1|20261121093000|20261121095000|127.0.0.1|Query HD-1"
    assert body["vnp_SecureHash"] == vnpay.sign(text, SHOP.secret)


def reply(**changes):
    values = PAID | {
        "vnp_ResponseId": "R1", "vnp_Command": "querydr", "vnp_Message": "Success", "vnp_TransactionType": "01",
        "vnp_PromotionCode": "", "vnp_PromotionAmount": None,
    } | changes  # fmt: skip
    names = (
        "ResponseId Command ResponseCode Message TmnCode TxnRef Amount BankCode PayDate TransactionNo TransactionType "
        "TransactionStatus OrderInfo PromotionCode PromotionAmount"
    ).split()
    text = "|".join(str(values[f"vnp_{name}"] or "") for name in names)
    return values | {"vnp_SecureHash": vnpay.sign(text, SHOP.secret)}


def test_reply_to_a_query():
    assert vnpay.read_reply(reply(), SHOP, "HD-1").outcome == "paid"
    assert vnpay.read_reply(reply(vnp_TransactionType=""), SHOP, "HD-1").outcome == "paid"
    for refund in ("02", "03"):
        assert vnpay.read_reply(reply(vnp_TransactionType=refund), SHOP, "HD-1").outcome == "failed"
    assert vnpay.read_reply(reply(vnp_TransactionStatus="01"), SHOP, "HD-1").outcome == "open"
    assert vnpay.read_reply(reply(vnp_ResponseCode="91"), SHOP, "HD-1") is None
    with pytest.raises(GatewayError):
        vnpay.read_reply(reply(), SHOP, "HD-2")
    with pytest.raises(GatewayError):
        vnpay.read_reply(reply(vnp_ResponseCode="97"), SHOP, "HD-1")
    with pytest.raises(GatewayError):
        vnpay.read_reply(reply() | {"vnp_Amount": "1"}, SHOP, "HD-1")


@given(st.dictionaries(st.sampled_from(sorted(PAID)), st.text(min_size=1, max_size=20)), st.text(min_size=1))
def test_nothing_but_the_signed_text_is_genuine(params, other):
    params = signed(params | {"vnp_TmnCode": "KDCTEST1"})
    assert vnpay.is_genuine(params, SHOP)
    assert not vnpay.is_genuine(params | {"vnp_Added": other}, SHOP)
