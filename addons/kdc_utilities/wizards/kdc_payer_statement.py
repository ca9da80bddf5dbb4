from odoo import fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here


class KdcPayerStatement(models.TransientModel):
    """Asks for the period of a statement of account."""

    _name = "kdc.payer.statement"
    _description = "Statement of Account"

    account_id = fields.Many2one("kdc.customer.account", required=True, readonly=True)
    date_from = fields.Date(
        "From", required=True, default=lambda self: fields.Date.start_of(today_here(self), "year")
    )
    date_to = fields.Date("To", required=True, default=today_here)

    _dates = models.Constraint("CHECK (date_to >= date_from)", "The last day is before the first one.")

    def action_print(self):
        """Open the PDF."""
        self.ensure_one()
        url = f"/kdc/accounts/{self.account_id.id}/statement?since={self.date_from}&until={self.date_to}"
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}
