from odoo.addons.kdc_residents.tests.leaks import NOISE, LeakCase
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MarketCommon


@tagged("post_install", "-at_install")
class TestOrderLeaks(MarketCommon, LeakCase):
    """An order in household B at the shop of household B before household A, the head of group A and a guest."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._order(cls.user_buyer, {cls.greens: 2})[cls.shop_b]
        cls.own = cls._order(cls.user_portal_a, {cls.greens: 1})[cls.shop_b]
        cls._create_user("kdc_sales_manager", "sales_team.group_sale_manager")
        cls.env.flush_all()
        # Market orders are given no key; these are as if somebody had made one all the same.
        for order, token in ((cls.order, "b" * 36), (cls.own, "a" * 36)):
            cls.env.cr.execute("UPDATE sale_order SET access_token = %s WHERE id = %s", [token, order.id])
        cls.env.invalidate_all()

    def test_conversation(self):
        self.assert_conversation_closed(self.order.with_env(self.env), "kdc_sales_manager", self.own.access_token)

    def test_odoo_order_page(self):
        """Odoo's page of an order and what hangs on it, without a key, with a wrong one and with another order's."""
        own = self.own.access_token
        keys = ("", "access_token=wrong", f"access_token={own}")
        paths = ("", "?report_type=html", "?report_type=pdf", "/document/1", "/download_edi")
        marks = (self.order.name, self.user_buyer.name, self.order.access_token)
        for login in self.outsiders:
            self.become(login)
            for path, key in ((path, key) for path in paths for key in keys):
                url = f"/my/orders/{self.order.id}{path}{'&' if '?' in path else '?'}{key}"
                with self.subTest(who=login, url=url), mute_logger(*NOISE):
                    response = self.url_open(url, allow_redirects=False)
                    self.assertNotIn(b"%PDF", response.content[:8])
                    for mark in marks:
                        self.assertNotIn(mark, response.text)
            with mute_logger(*NOISE):
                for step in ("accept", "transaction"):
                    params = {"access_token": own, "name": "x", "signature": "eA=="}
                    self.assertNotIn(self.order.name, self.rpc(f"/my/orders/{self.order.id}/{step}", params))
            # "Order again" puts the lines of an order into the caller's own basket: named goods, quantities
            for key in (None, "wrong", own):
                with self.subTest(who=login, key=key), mute_logger(*NOISE):
                    self.rpc("/my/orders/reorder", {"order_id": self.order.id, "access_token": key})
        baskets = self.env["sale.order"].search([("state", "=", "draft"), ("website_id", "!=", False)])
        self.assertFalse(baskets.order_line, "nobody learns what a neighbour bought")
        self.assertFalse(self.order.signature or self.order.transaction_ids)
        self.assertEqual(self.order.kdc_shop_state, "new")
