from odoo import fields, models


class KdcBillCancel(models.TransientModel):
    """Cancel bills with a reason. They stay readable; the month can then be billed again."""

    _name = "kdc.bill.cancel"
    _description = "Cancel Bills"

    move_ids = fields.Many2many("account.move", required=True, default=lambda self: self.env.context.get("active_ids"))
    reason = fields.Char(required=True)

    def action_cancel(self):
        """Cancel the chosen bills; their lines of the billing run become free again."""
        self.ensure_one()
        self.move_ids._kdc_cancel(self.reason)
        return {"type": "ir.actions.act_window_close"}
