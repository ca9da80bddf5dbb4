from odoo import fields, models


class KdcCashDepositCancel(models.TransientModel):
    """Asks why a deposit is cancelled and says what will happen."""

    _name = "kdc.cash.deposit.cancel"
    _description = "Cancel a Deposit"

    deposit_id = fields.Many2one("kdc.cash.deposit", required=True, readonly=True)
    amount = fields.Monetary(related="deposit_id.amount")
    currency_id = fields.Many2one(related="deposit_id.currency_id")
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Cancel it."""
        self.ensure_one()
        self.deposit_id._cancel(self.reason)
        return {"type": "ir.actions.act_window_close"}
