from odoo import models


class KdcResident(models.Model):
    _inherit = "kdc.resident"

    def _kdc_my_data(self):
        """Add what the market has charged the shops this person owns."""
        fees = self.env["kdc.market.fee"].search(
            [("shop_id", "in", self._kdc_owned_shops().ids), ("charge_id.state", "=", "approved")]
        )
        return [
            *super()._kdc_my_data(),
            self._kdc_section(
                "market_fees",
                self.env._("Fees of my shops in the market"),
                fees,
                ["shop_id", "period", "kind", "turnover", "charge_amount"],
            ),
        ]
