from odoo import fields, models
from odoo.exceptions import ValidationError


class SaleOrder(models.Model):
    """Orders that were placed in an order window of their shop."""

    _inherit = "sale.order"

    kdc_window_id = fields.Many2one(
        "kdc.shop.window", "Order window", copy=False, readonly=True, index="btree_not_null", ondelete="restrict"
    )
    kdc_handover_date = fields.Date(related="kdc_window_id.handover_date", string="Day of the hand-over")

    def _kdc_answer_deadline(self, shop):
        """Override: in an order window the shop answers when the window is over; outside it takes no orders."""
        if not shop.by_window:
            return super()._kdc_answer_deadline(shop)
        window = shop._kdc_open_window()
        if not window:
            raise ValidationError(
                self.env._(
                    "“%(shop)s”: %(text)s. Set its goods to 0 and order the rest.",
                    shop=shop.name,
                    text=shop._kdc_window_text(),
                )
            )
        deadline = shop._kdc_add_opening_minutes(window.open_until, shop.company_id.kdc_market_answer_minutes)
        return deadline or window.open_until
