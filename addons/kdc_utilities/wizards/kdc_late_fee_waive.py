from odoo import fields, models


class KdcLateFeeWaive(models.TransientModel):
    """Ask for the reason before a late fee is waived."""

    _name = "kdc.late.fee.waive"
    _description = "Waive a Late Fee"

    charge_id = fields.Many2one("kdc.charge", string="Late fee", required=True)
    billed = fields.Boolean(related="charge_id.billed")
    reason = fields.Char(required=True)
    decision = fields.Char("Decision or paper", help="Printed on the bill that gives it back.")

    def action_waive(self):
        self.ensure_one()
        given_back = self.charge_id._waive(self.reason, self.decision)
        if not given_back:
            return True
        return {
            "type": "ir.actions.act_window",
            "res_model": "kdc.charge",
            "res_id": given_back.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
