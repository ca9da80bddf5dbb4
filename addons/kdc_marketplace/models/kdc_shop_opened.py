from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here

from ..engine import shop_states


class KdcShop(models.Model):
    """Since when a shop is in the market: the yearly report counts the sellers of each year."""

    _inherit = "kdc.shop"

    opened_on = fields.Date(
        compute="_compute_opened_on",
        store=True,
        copy=False,
        help="Day on which the shop was approved for the first time.",
    )

    @api.depends("state")
    def _compute_opened_on(self):
        today = today_here(self)
        for shop in self:
            shop.opened_on = shop.opened_on or (shop.state == shop_states.APPROVED and today)
