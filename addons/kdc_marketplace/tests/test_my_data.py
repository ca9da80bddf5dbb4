import base64

from odoo.tests import tagged

from .common import MarketCommon, jpeg


@tagged("post_install", "-at_install")
class TestMyData(MarketCommon):
    def _sections(self, user):
        resident = user._kdc_resident()
        return {section["key"]: section for section in resident.with_user(user).sudo()._kdc_my_data()}

    def test_own_orders_and_shops_only(self):
        order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        mine = self._sections(self.user_buyer)
        self.assertIn(order.name, str(mine["orders"]["rows"]))
        self.assertIn("Cá thu", str(mine["order_lines"]["rows"]))
        self.assertFalse(mine["shops"]["rows"])
        for user in (self.user_portal_a, self.user_portal_b):
            others = self._sections(user)
            self.assertFalse(others["orders"]["rows"], "Neither the seller nor the head of the household")
            self.assertTrue(others["shops"]["rows"])

    def test_what_must_be_kept(self):
        self._order(self.user_buyer, {self.fish: 1})
        self.assertIn("name", {entry["key"] for entry in self.resident_buyer._kdc_kept()})
        self.assertIn("name", {entry["key"] for entry in self.resident_a._kdc_kept()})

    def test_an_owner_gets_what_is_kept_of_the_seller(self):
        kind = self.env["kdc.paper.kind"].create({"name": "An toàn thực phẩm", "expires": False})
        self.env["kdc.shop.paper"].create(
            {"shop_id": self.shop_a.id, "kind_id": kind.id, "number": "ATTP-9", "image": base64.b64encode(jpeg())}
        )
        mine = self._sections(self.user_portal_a)
        self.assertIn("VCB 0123456789", str(mine["sellers"]["rows"]))
        self.assertIn(self.resident_a.name, str(mine["sellers"]["rows"]))
        self.assertIn("ATTP-9", str(mine["papers"]["rows"]))
        seller = self._sections(self.user_seller_a)
        self.assertTrue(seller["shops"]["rows"])
        self.assertFalse(seller["sellers"]["rows"] or seller["papers"]["rows"], "the data of the owner")
