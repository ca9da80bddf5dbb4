from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

from odoo.tests import BaseCase

from ..engine import payos, vnpay
from ..engine.answer import GatewayError
from ..tools import stand_in


class TestEngineBesideStandIn(BaseCase):
    """Two codes that share nothing understand each other."""

    def setUp(self):
        super().setUp()
        self.other_side = stand_in.Gateway("http://shop.example")
        self.shop = vnpay.Shop(stand_in.VNPAY_SHOP, stand_in.VNPAY_SECRET)
        self.now = datetime.now(timezone.utc)

    def _vnpay_order(self, **changes):
        values = {
            "reference": "KDC1", "amount": 217_650, "text": "Thanh toan hoa don KDC1", "created": self.now,
            "expires": self.now + timedelta(minutes=15), "ip": "127.0.0.1", "return_url": "https://kdc.example/return?a=1",
        }  # fmt: skip
        url = vnpay.payment_url("http://x/vnpay/pay", self.shop, vnpay.Order(**(values | changes)))
        return self.other_side.vnpay_order(urlsplit(url).query)

    def test_vnpay_page_and_notification(self):
        order = self._vnpay_order()
        self.assertEqual((order.amount, order.reference), (217_650, "KDC1"))
        params = dict(self.other_side.vnpay_result(order, "paid", "1", order.amount))
        self.assertTrue(vnpay.is_genuine(params, self.shop))
        self.assertEqual(vnpay.read_notification(params).outcome, "paid")
        self.assertFalse(vnpay.is_genuine(dict(self.other_side.vnpay_result(order, "forged", "1", 5)), self.shop))

    def test_vnpay_page_that_has_ended(self):
        with self.assertRaisesRegex(ValueError, "quá thời gian"):
            self._vnpay_order(expires=self.now - timedelta(minutes=1))

    def test_vnpay_query(self):
        order = self._vnpay_order()
        body = vnpay.query(self.shop, "R1", "KDC1", self.now, self.now, "127.0.0.1")
        self.assertEqual(vnpay.read_reply(self.other_side.vnpay_query(body), self.shop, "KDC1").outcome, "open")
        order.payments.append(("9", order.amount))
        self.assertEqual(vnpay.read_reply(self.other_side.vnpay_query(body), self.shop, "KDC1").number, "9")
        body = vnpay.query(self.shop, "R2", "KDC2", self.now, self.now, "127.0.0.1")
        self.assertIsNone(vnpay.read_reply(self.other_side.vnpay_query(body), self.shop, "KDC2"))
        with self.assertRaises(GatewayError):
            self.other_side.orders["vnpay", "KDC2"] = order
            reply = self.other_side.vnpay_query(body | {"vnp_SecureHash": "x"})
            vnpay.read_reply(reply, self.shop, "KDC2")

    def test_payos(self):
        order = payos.Order(261122000001, 50_000, "PO1", "https://kdc.example/a", "https://kdc.example/b", self.now)
        headers = {"x-client-id": stand_in.PAYOS_CLIENT, "x-api-key": stand_in.PAYOS_API_KEY}
        body = payos.create_body(order, stand_in.PAYOS_CHECKSUM)
        reply = self.other_side.payos_create(body, headers, "http://gateway.example")
        link = payos.read_link(reply, stand_in.PAYOS_CHECKSUM, order)
        self.assertEqual(link.url, "http://gateway.example/payos/pay/261122000001")
        with self.assertRaisesRegex(GatewayError, "231"):
            reply = self.other_side.payos_create(body, headers, "http://gateway.example")
            payos.read_link(reply, stand_in.PAYOS_CHECKSUM, order)
        known = self.other_side.orders["payos", "261122000001"]
        message = self.other_side.payos_message(known, "paid", "FT1", 50_000)
        self.assertTrue(payos.is_genuine(message, stand_in.PAYOS_CHECKSUM))
        self.assertEqual(payos.read_notification(message).number, "FT1")
        [answer] = payos.read_status(self.other_side.payos_status("261122000001"), stand_in.PAYOS_CHECKSUM, order.code)
        self.assertEqual(answer.outcome, "open")
        known.payments += [("FT1", 20_000), ("FT2", 30_000)]
        answers = payos.read_status(self.other_side.payos_status("261122000001"), stand_in.PAYOS_CHECKSUM, order.code)
        self.assertEqual([answer.number for answer in answers], ["FT1", "FT2"])
