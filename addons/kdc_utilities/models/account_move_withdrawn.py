from datetime import timedelta

from odoo import models


class AccountMove(models.Model):
    """A bill that a receipt had paid which proved wrong: owed again from the day of the withdrawal, not before."""

    _inherit = "account.move"

    def _kdc_withdrawn_receipts(self):
        """Return {bill: [(first, last day, VND)]} of what the books said was paid: nobody is late for that.

        The rest of a bill that was paid in part was owed all the time.
        """
        # sudo: whoever computes penalties need not read receipts
        withdrawals = self.env["kdc.receipt.reversal"].sudo().search(
            [("state", "=", "posted"), ("company_id", "in", self.company_id.ids)]
        )  # fmt: skip
        receipts = {}
        for row in withdrawals:
            first, last = row.receipt_id.date, row.date - timedelta(days=1)
            for bill_id, amount in row._taken_off() if first <= last else ():
                receipts.setdefault(self.browse(bill_id), []).append((first, last, amount))
        return receipts
