from odoo import Command
from odoo.tests import tagged

from .common import MarketCommon


@tagged("post_install", "-at_install")
class TestAreaHistory(MarketCommon):
    def test_shops_move_with_their_area(self):
        self.shop_b.state = "closed"
        self.env["kdc.area.merge"].with_user(self.user_officer).create(
            {
                "area_ids": [Command.set((self.group_a | self.group_b).ids)],
                "name": "Tổ gộp",
                "date": "2025-11-01",
            }
        ).action_confirm()
        self.assertEqual(self.shop_a.area_id, self.dwelling_a.area_id)
        self.assertEqual(self.shop_b.area_id, self.group_b, "A closed shop stays where it was")
