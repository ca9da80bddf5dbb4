from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import MarketCommon


@tagged("post_install", "-at_install")
class TestStaffHomeOfMarket(MarketCommon):
    def test_moderator(self):
        before = self.check_home(self.user_moderator)
        self._create_listing(self.shop_a, "Tôm khô", 90000, 3, state="pending")
        self._create_shop("Quán mới", self.user_portal_b, self.group_b, state="submitted")
        after = self.check_home(self.user_moderator)
        for key in ("listings_pending", "shops_submitted"):
            self.assertEqual(after[key]["count"], before[key]["count"] + 1)
        self.assertEqual(after["shops"]["count"], before["shops"]["count"])

    def test_an_order_nobody_answers(self):
        before = self.check_home(self.user_moderator)["orders_unanswered"]["count"]
        order = self._create_basket(self.user_buyer, {self.fish: 1})
        order.write({"kdc_shop_id": self.shop_a.id, "kdc_shop_state": "new"})
        order.date_order = fields.Datetime.now() - timedelta(hours=23)
        self.assertEqual(self.check_home(self.user_moderator)["orders_unanswered"]["count"], before)
        order.date_order = fields.Datetime.now() - timedelta(hours=25)
        self.assertEqual(self.check_home(self.user_moderator)["orders_unanswered"]["count"], before + 1)

    def test_others(self):
        for user in (self.user_officer, self.user_auditor):
            self.assertIn("shops", self.check_home(user))
        self.assertNotIn("shops", self.check_home(self.user_staff))
