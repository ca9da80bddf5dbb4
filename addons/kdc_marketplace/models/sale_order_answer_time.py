from odoo import fields, models

from ..engine import order_states


class SaleOrder(models.Model):
    """How long the shop took to answer an order (features M-20): `kdc.shop` makes its figures of it."""

    _inherit = "sale.order"

    kdc_answer_minutes = fields.Integer(
        "Answered after (minutes)",
        copy=False,
        readonly=True,
        help="Opening time of the shop from the order, or the end of its order window, to the answer; at least 1.",
    )
    kdc_answer_missed = fields.Boolean("Not answered in time", copy=False, readonly=True)

    def _kdc_set_state(self, target, actor, reason="", cancel=True):
        """Override: accepting and refusing are answers."""
        waiting = self.sudo().filtered(lambda order: order.kdc_shop_state == order_states.NEW)  # sudo: as overridden
        result = super()._kdc_set_state(target, actor, reason, cancel)
        if actor == order_states.SHOP:
            waiting._kdc_note_answer()
        return result

    def _kdc_note_answer(self):
        """Note how long the shop took to answer for the first time."""
        for order in self.filtered(lambda order: not order.kdc_answer_minutes):
            asked = order.kdc_window_id.open_until or order.date_order
            order.kdc_answer_minutes = order.kdc_shop_id._kdc_minutes_since(asked)

    def _kdc_cancel_unanswered(self):
        """Override: the shop has let its time pass, unless it had answered by proposing another time."""
        result = super()._kdc_cancel_unanswered()
        self.filtered(lambda order: not order.kdc_answer_minutes).kdc_answer_missed = True
        return result
