from odoo import models
from odoo.addons.kdc_utilities.report.layout import text


class KdcBillPdf(models.AbstractModel):
    _inherit = "kdc.bill.pdf"

    def _footer(self, bill, sections, services, style):
        """Say which e-invoice was made of a bill, and how to look it up."""
        rows = super()._footer(bill, sections, services, style)
        if bill.kdc_einvoice_state == "sent":
            words = self.env._(
                "E-invoice: symbol %(symbol)s, No. %(number)s, lookup code %(code)s",
                symbol=bill.l10n_vn_edi_invoice_symbol.name,
                number=bill.l10n_vn_edi_invoice_number,
                code=bill.l10n_vn_edi_reservation_code,
            )
            rows.insert(0, text(words, style["bold"]))
        return rows
