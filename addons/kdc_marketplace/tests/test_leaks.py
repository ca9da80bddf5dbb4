import json

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

    def test_blocks_of_a_page(self):
        """What Odoo's blocks fetch for a page: one record of any model, goods sold lately, and by which words."""
        template = "website_sale.dynamic_filter_template_product_public_category_default"
        one = {"filter_id": False, "template_key": template, "limit": 1}
        closed = (
            self.user_buyer.partner_id, self.user_buyer, self.user_buyer._kdc_resident(), self.order, self.own,
            self.user_buyer._kdc_resident().household_id,
        )  # fmt: skip
        products = "website_sale.dynamic_filter_template_product_product_products_item"
        sold = self.env.ref("website_sale.dynamic_filter_latest_sold_products").id
        lately = {"filter_id": sold, "template_key": products, "limit": 16}
        self.env.cr.execute("UPDATE sale_order SET kdc_buyer_phone = '+84987' WHERE id = %s", [self.order.id])
        phones = [["kdc_shop_id.order_ids.kdc_buyer_phone", "=like", "+84987%"]]
        url = "/website/snippet/filters"
        for words in ([], ["hide_variants"], [["list_price", ">", 0]], ["hide_variants", ["list_price", ">", 0]]):
            asked = self.rpc(url, lately | {"search_domain": words})
            self.assertIn(self.greens.name, asked, "what everybody may see is shown")
        self.shop_b.served_area_ids = self.group_b
        for login in ("kdc_portal_a", None):
            self.become(login)
            for record in closed:
                with self.subTest(who=login, model=record._name), mute_logger(*NOISE):
                    answer = self.rpc(url, one | {"res_model": record._name, "res_id": record.id})
                    self.assertNotIn(record.sudo().display_name, answer)
            with self.subTest(who=login), mute_logger(*NOISE):
                self.assertNotIn("error", json.loads(self.rpc(url, one | {"res_model": "no.such", "res_id": 1})))
                asked = self.rpc(url, lately | {"search_domain": phones})
                self.assertNotIn(self.greens.name, asked, "nobody finds out a telephone number digit by digit")
        self.shop_b.only_served = True
        self.env.flush_all()
        self.assertNotIn(self.greens.name, self.rpc(url, lately), "it is shown to the customers and in group B")
