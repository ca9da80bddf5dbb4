from odoo import fields, models


class KdcBooksUndo(models.TransientModel):
    """Asks why something paid out is cancelled or a published report withdrawn; the record decides who may."""

    _name = "kdc.books.undo"
    _description = "Cancel or Withdraw"

    res_model = fields.Selection(
        [
            ("kdc.fund.spending", "Spending"),
            ("kdc.fund.report", "Report"),
            ("kdc.remittance", "Remittance"),
            ("kdc.charge", "Credit note"),
        ],
        required=True,
        readonly=True,
    )
    res_id = fields.Many2oneReference(model_field="res_model", required=True, readonly=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Do it as the current user."""
        self.ensure_one()
        self.env[self.res_model].browse(self.res_id)._undo(self.reason)
        return {"type": "ir.actions.act_window_close"}
