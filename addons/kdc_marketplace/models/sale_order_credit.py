from datetime import datetime, time

from dateutil.relativedelta import relativedelta
from odoo import fields, models
from odoo.addons.kdc_residents.engine.clock import to_utc
from odoo.exceptions import UserError

from .kdc_shop_statement import SOLD


class SaleOrder(models.Model):
    """Orders that are put on the running account of their buyer (features M-12)."""

    _inherit = "sale.order"

    kdc_payment_way = fields.Selection(selection_add=[("credit", "On credit")])
    kdc_credit_id = fields.Many2one(
        "kdc.shop.credit", "Running account", copy=False, readonly=True, index="btree_not_null", ondelete="restrict"
    )

    def _kdc_payment(self, shop, wished):
        """Override: keep room on the running account for an order on credit."""
        if wished != "credit":
            return super()._kdc_payment(shop, wished)
        account = self.partner_id._kdc_credits().filtered(lambda account: account.shop_id == shop)
        if account.state != "open":
            raise UserError(
                self.env._("“%s” keeps no running account for you. Please choose another way of paying.", shop.name)
            )
        account._kdc_hold(self)
        return {"kdc_payment_way": "credit", "kdc_credit_id": account.id}

    def _kdc_set_state(self, target, actor, reason="", cancel=True):
        """Override: goods on credit are owed from the hand-over."""
        result = super()._kdc_set_state(target, actor, reason, cancel)
        if target in SOLD:
            for order in self.sudo().filtered("kdc_credit_id"):  # sudo: who asks was checked before
                order.kdc_credit_id._kdc_owe(order)
        return result

    def _kdc_may_be_paid(self):
        """Override: what was bought on credit is paid on the running account, not order by order."""
        return not self.kdc_credit_id and super()._kdc_may_be_paid()


class KdcShop(models.Model):
    _inherit = "kdc.shop"

    def _kdc_statement(self, month):
        """Add ``on_credit`` (of ``total``, put on running accounts, and so not part of ``open_amount``),
        ``credit_received`` and ``credit_corrected``: what was noted on running accounts in the month, in VND."""
        figures = super()._kdc_statement(month)
        on_credit = round(sum(figures["orders"].filtered("kdc_credit_id").mapped("amount_total")))
        start, end = (to_utc(datetime.combine(day, time.min)) for day in (month, month + relativedelta(months=1)))
        # sudo: entries of these shops only; callers have checked who asks
        entries = self.env["kdc.shop.credit.entry"].sudo()
        domain = [("credit_id.shop_id", "in", self.ids), ("date", ">=", start), ("date", "<", end)]
        noted = dict(entries._read_group(domain, ["kind"], ["amount:sum"]))
        return {
            **figures,
            "on_credit": on_credit,
            "open_amount": figures["open_amount"] - on_credit,
            "credit_received": -noted.get("payment", 0),
            "credit_corrected": noted.get("correction", 0),
        }
