from odoo import fields, models
from odoo.addons.kdc_residents.tools.actions import form_of


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
        return form_of(given_back)
