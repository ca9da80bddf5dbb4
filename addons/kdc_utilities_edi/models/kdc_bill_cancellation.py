from odoo import fields, models


class KdcBillCancellation(models.Model):
    """A bill with a made e-invoice is cancelled together with it: SInvoice wants the agreement with the buyer."""

    _inherit = "kdc.bill.cancellation"

    has_einvoice = fields.Boolean("E-invoice made", compute="_compute_has_einvoice")
    agreement_name = fields.Char("Agreement with the buyer", help="For example the number of the minutes.")
    agreement_date = fields.Date("Agreed on")

    def _compute_has_einvoice(self):
        for row in self:
            row.has_einvoice = row.state == "draft" and row.move_id._l10n_vn_need_cancel_request()

    def _cancel_bill(self):
        """Override of `kdc_utilities`: SInvoice is told first, and cancels the bill when it agreed."""
        bill = self.move_id
        if not bill._l10n_vn_need_cancel_request():
            return super()._cancel_bill()
        agreed = fields.Datetime.to_datetime(self.agreement_date) or fields.Datetime.now()
        return bill._l10n_vn_edi_cancel_invoice(self.reason, self.agreement_name or "NA", agreed)
