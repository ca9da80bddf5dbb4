from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_market_fees(self, account, period):
        """Charge the shops the fees of a month as two persons do; those of the story's shop wait for its bill.

        :param account: the customer account of that shop
        """
        shop = self._user("chushop")._kdc_shops()[:1]
        if not shop:
            return
        account.kdc_shop_id = shop
        self._make_sale_of(shop, period)
        waste = self.env["kdc.service"].search([("company_id", "=", account.company_id.id), ("code", "=", "RAC")])
        service = waste.copy({
            "name": "Phí chợ", "code": "CHO", "unit": "tháng", "sequence": 40,
            "legal_basis": "Số liệu thử: hãy nhập văn bản cho phép thu",
        })  # fmt: skip
        allowed = {"allowed_company_ids": account.company_id.ids}
        accountant = self._user("ketoan")
        rule = {
            "service_id": service.id, "date_from": period - relativedelta(months=2),
            "decision": "Phương án thu đã niêm yết tại chợ",
        }  # fmt: skip
        self.env["kdc.market.fee.rule"].with_user(accountant).with_context(**allowed).create([
            {**rule, "kind": "stall", "amount": 50000},
            {**rule, "kind": "commission", "percent": 0.5},
        ])  # fmt: skip
        run = self.env["kdc.market.fee.run"].with_user(accountant).with_context(**allowed).create({"period": period})
        run.action_compute()
        run.action_charge()
        run.line_ids.charge_id.with_user(self._user("ketoantruong")).action_approve()

    @api.model
    def _make_sale_of(self, shop, period):
        """Let a neighbour with a shop of his own buy here at the end of a month."""
        day = period + relativedelta(months=1) - timedelta(days=2)
        resident = [("shop_id", "!=", shop.id), ("role", "=", "owner"), ("shop_id.seller_kind", "!=", "enterprise")]
        buyer = self.env["kdc.shop.member"].search(resident, limit=1)
        steps = (("accepted", "shop", ""), ("ready", "shop", ""), ("handed_over", "shop", ""), ("done", "buyer", ""))
        days = (fields.Date.context_today(self) - day).days
        self._make_order(buyer.user_id, shop, {0: 2, 1: 1}, days, steps, "Cho nhà có giỗ, giao đúng giờ giúp.")
