from odoo import fields, models


class KdcReadingAnomalyConfirm(models.TransientModel):
    """Say why odd readings are right; the reason stays with them."""

    _name = "kdc.reading.anomaly.confirm"
    _description = "Confirm Odd Readings"

    anomaly_ids = fields.Many2many("kdc.reading.anomaly", string="Readings", required=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        self.ensure_one()
        self.anomaly_ids._settle("confirmed", self.reason)
        return {"type": "ir.actions.act_window_close"}
