from odoo import models


class KdcBillingRunLine(models.Model):
    """Issuing asks for the e-invoices of those who want one, and of nobody else."""

    _inherit = "kdc.billing.run.line"

    def _mark_issued(self, moves):
        result = super()._mark_issued(moves)
        wanting = moves.kdc_account_id._kdc_wanting_einvoice()
        bills = moves.filtered(lambda bill: bill.kdc_account_id in wanting and not bill._kdc_einvoice_problem())
        # sudo: the register is written by its steps only; the run was approved.
        self.env["kdc.einvoice"].sudo()._request(bills, "rule")
        return result
