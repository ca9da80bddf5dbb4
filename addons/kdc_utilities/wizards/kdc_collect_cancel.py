from odoo import fields, models


class KdcCollectCancel(models.TransientModel):
    """Asks why a receipt is cancelled and says what will happen."""

    _name = "kdc.collect.cancel"
    _description = "Cancel a Receipt"

    receipt_id = fields.Many2one("kdc.receipt", required=True, readonly=True)
    amount = fields.Monetary(related="receipt_id.amount")
    currency_id = fields.Many2one(related="receipt_id.currency_id")
    user_id = fields.Many2one(related="receipt_id.user_id")
    reason = fields.Char(required=True)

    def action_confirm(self):
        self.ensure_one()
        self.receipt_id._cancel(self.reason)
        return {"type": "ir.actions.act_window_close"}
