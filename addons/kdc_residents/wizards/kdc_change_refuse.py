from odoo import fields, models


class KdcChangeRefuse(models.TransientModel):
    """Asks for the reason of a refusal, which the resident will read."""

    _name = "kdc.change.refuse"
    _description = "Refuse a Correction"

    line_ids = fields.Many2many("kdc.change.request.line", string="Corrections", required=True, readonly=True)
    reason = fields.Char(required=True, help="The resident will read this sentence.")

    def action_confirm(self):
        self.ensure_one()
        self.line_ids._refuse(self.reason)
        return {"type": "ir.actions.act_window_close"}
