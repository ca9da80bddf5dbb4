from dateutil.relativedelta import relativedelta
from odoo import fields, models

#: How long a market keeps its orders (Luật Thương mại điện tử 122/2025/QH15, NĐ 248/2026/NĐ-CP).
KEPT_YEARS = 3


class KdcResident(models.Model):
    _inherit = "kdc.resident"

    def _kdc_kept(self):
        """Keep orders with the buyer's name for the years of the law, and the name of who has a shop."""
        kept = super()._kdc_kept()
        since = fields.Datetime.now() - relativedelta(years=KEPT_YEARS)
        orders = [("partner_id", "=", self.partner_id.id), ("state", "!=", "draft"), ("date_order", ">=", since)]
        if self.env["sale.order"].search_count(orders, limit=1):
            kept.append(
                {
                    "key": "name",
                    "what": self.env._("Orders in the market and the buyer's name on them"),
                    "why": self.env._("a market keeps its orders for %s years (Law 122/2025/QH15)", KEPT_YEARS),
                }
            )
        if self.env["kdc.shop.member"].search_count([("user_id.partner_id", "=", self.partner_id.id)], limit=1):
            kept.append(
                {
                    "key": "name",
                    "what": self.env._("Your shop and who answers for it"),
                    "why": self.env._("buyers must be able to know the seller; please close the shop first"),
                }
            )
        return kept
