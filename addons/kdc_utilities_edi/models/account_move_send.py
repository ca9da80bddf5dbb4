from odoo import api, models


class AccountMoveSend(models.AbstractModel):
    """Odoo's way of sending, held back for bills: a bill becomes an e-invoice only when somebody asked for it."""

    _inherit = "account.move.send"

    @api.model
    def _is_vn_edi_applicable(self, move):
        """Override of `l10n_vn_edi_viettel` to leave out bills nobody asked an e-invoice for, or without such money."""
        if move._kdc_einvoice_origin() and (not move._kdc_einvoice_wanted() or move._kdc_einvoice_problem()):
            return False
        return super()._is_vn_edi_applicable(move)

    @api.model
    def _prepare_invoice_pdf_report(self, invoices_data):
        """Override of `account` to attach the paper of the ward, which needs no wkhtmltopdf."""
        others = {}
        for invoice, invoice_data in invoices_data.items():
            if not invoice.kdc_account_id:
                others[invoice] = invoice_data
                continue
            invoice_data["pdf_attachment_values"] = {
                "name": f"{invoice.kdc_reference or invoice.id}.pdf",
                "raw": self.env["kdc.bill.pdf"]._render(invoice),
                "mimetype": "application/pdf",
                "res_model": invoice._name,
                "res_id": invoice.id,
                "res_field": "invoice_pdf_report_file",
            }
        return super()._prepare_invoice_pdf_report(others) if others else None
