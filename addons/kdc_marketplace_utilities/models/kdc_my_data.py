from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _kdc_seller_sections(self):
        """Add what the market has charged the shops this person owns."""
        fees = self.env["kdc.market.fee"].search(
            [("shop_id", "in", self._kdc_owned_shops().ids), ("charge_id.state", "=", "approved")]
        )
        return [
            *super()._kdc_seller_sections(),
            self.env["kdc.resident"]._kdc_section(
                "market_fees",
                self.env._("Fees of my shops in the market"),
                fees,
                ["shop_id", "period", "kind", "turnover", "charge_amount"],
            ),
        ]
