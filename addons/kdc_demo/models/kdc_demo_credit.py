from datetime import timedelta

from odoo import api, fields, models

LIMIT, PAID = 500_000, 50_000  # VND
HANDED_OVER = (("accepted", "shop", ""), ("ready", "shop", ""), ("handed_over", "shop", ""), ("done", "buyer", ""))


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_credit(self, shop, owner, buyer):
        """Let a neighbour buy once for cash, then on credit, and pay a part of it."""
        today = fields.Date.context_today(self)
        self._make_order(buyer, shop, {1: 1}, 13, HANDED_OVER, "")
        with self._at(today - timedelta(days=11), 10):
            # sudo: as the owner's own page does after its checks
            shop = shop.with_user(owner).sudo()
            account = self.env["kdc.shop.credit"].with_user(owner)._kdc_open(shop, buyer.partner_id, LIMIT)
        self._make_order(buyer, shop, {1: 4}, 10, HANDED_OVER, "Tối trả tiền giúp.", "credit")
        with self._at(today - timedelta(days=4), 17):
            account._kdc_pay(PAID, account.balance)
