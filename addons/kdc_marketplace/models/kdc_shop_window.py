from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.clock import to_local
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.exceptions import UserError, ValidationError

from ..engine import order_states


class KdcShopWindow(models.Model):
    """An order window: from when to when a shop takes orders that it hands over together on one day (features M-15).

    For farm baskets and market days: neighbours order during the week, the producer harvests what is ordered and packs
    from one list.
    """

    _name = "kdc.shop.window"
    _description = "Order Window of a Shop"
    _order = "handover_date desc, id desc"
    _kdc_home = ("company_id", "shop_id")

    shop_id = fields.Many2one("kdc.shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="shop_id.company_id", store=True)
    name = fields.Char("Occasion", help="Buyers read it, for example “Saturday market”.")
    open_from = fields.Datetime("Orders from", required=True)
    open_until = fields.Datetime("Orders until", required=True)
    handover_date = fields.Date("Handed over on", required=True)
    order_ids = fields.One2many("sale.order", "kdc_window_id", "Orders")

    _times_check = models.Constraint("CHECK (open_until > open_from)", "The orders end before they begin.")

    @api.constrains("open_until", "handover_date")
    def _check_handover_date(self):
        for window in self:
            if window.handover_date < to_local(window.open_until).date():
                raise ValidationError(self.env._("The goods are handed over when no more orders come, not before."))

    @api.constrains("open_from", "open_until", "shop_id")
    def _check_overlap(self):
        for window in self:
            overlap = window.shop_id.window_ids.filtered(
                lambda other, window=window: (
                    other != window and other.open_from < window.open_until and other.open_until > window.open_from
                )
            )
            if overlap:
                raise ValidationError(
                    self.env._(
                        "Orders are already taken from %(start)s to %(end)s. Please choose other times.",
                        start=fmt.datetime(overlap[0].open_from),
                        end=fmt.datetime(overlap[0].open_until),
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ordered(self):
        # sudo: whether there are orders counts, whoever deletes
        if self.sudo().order_ids:
            raise UserError(self.env._("Orders were placed in this window, so it stays."))

    def _kdc_to_pack(self):
        """Return the orders of the window to pack, never one that was given up (trap T6); in sudo."""
        # sudo: callers have checked who asks
        return self.sudo().order_ids.filtered(
            lambda order: order.kdc_shop_state in (order_states.ACCEPTED, order_states.READY) and order.state == "sale"
        )


class KdcShop(models.Model):
    """Shops that take orders in windows only."""

    _inherit = "kdc.shop"

    by_window = fields.Boolean("Takes orders in order windows only")
    window_ids = fields.One2many("kdc.shop.window", "shop_id", "Order windows", copy=False)

    def _kdc_open_window(self):
        """Return the window in which this shop takes orders now, in sudo; empty for none."""
        self.ensure_one()
        if not self.by_window:
            return self.env["kdc.shop.window"]
        now = fields.Datetime.now()
        # sudo: windows are public
        return self.sudo().window_ids.filtered(lambda window: window.open_from <= now < window.open_until)[:1]

    def _kdc_window_text(self):
        """Return what buyers read about the windows: until when they order for which day; False without windows."""
        self.ensure_one()
        if not self.by_window:
            return False
        if window := self._kdc_open_window():
            return self.env._(
                "Order until %(until)s, handed over on %(day)s",
                until=fmt.datetime(window.open_until),
                day=fmt.date(window.handover_date),
            )
        now = fields.Datetime.now()
        # sudo: windows are public
        coming = self.sudo().window_ids.filtered(lambda window: window.open_from > now).sorted("open_from")[:1]
        if coming:
            return self.env._("Takes orders from %s on", fmt.datetime(coming.open_from))
        return self.env._("Takes no orders until it announces its next order window")
