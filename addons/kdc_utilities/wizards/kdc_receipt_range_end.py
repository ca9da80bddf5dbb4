from odoo import fields, models


class KdcReceiptRangeEnd(models.TransientModel):
    """Asks why the receipt numbers of a phone do not come back, and says what will happen."""

    _name = "kdc.receipt.range.end"
    _description = "End the Numbers of a Phone"

    range_id = fields.Many2one("kdc.receipt.range", required=True, readonly=True)
    user_id = fields.Many2one(related="range_id.user_id")
    held_count = fields.Integer(related="range_id.held_count")
    reason = fields.Char(required=True)

    def action_confirm(self):
        self.ensure_one()
        self.range_id._end_by_office(self.reason)
        return {"type": "ir.actions.act_window_close"}
