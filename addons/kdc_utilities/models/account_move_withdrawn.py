from datetime import timedelta

from odoo import models
from odoo.tools import SQL

#: Withdrawals of receipts that had paid some of these bills; of the first ones only the lines of the receipt tell.
WITHDRAWN = """
    SELECT r.id
      FROM kdc_receipt_reversal r
     WHERE r.state = 'posted'
       AND (EXISTS (SELECT FROM kdc_receipt_line l WHERE l.receipt_id = r.receipt_id AND l.move_id = ANY(%(bills)s))
            OR EXISTS (SELECT FROM jsonb_path_query(r.taken_off, '$[*][0]') bill WHERE bill::int = ANY(%(bills)s)))
     ORDER BY r.id DESC
"""


class AccountMove(models.Model):
    """A bill that a receipt had paid which proved wrong: owed again from the day of the withdrawal, not before."""

    _inherit = "account.move"

    def _kdc_withdrawn_receipts(self):
        """Return {bill: [(first, last day, VND)]} of what the books said was paid: nobody is late for that.

        The rest of a bill that was paid in part was owed all the time.
        """
        # sudo: whoever computes penalties need not read receipts
        withdrawals = self.env["kdc.receipt.reversal"].sudo()
        withdrawals.flush_model(["state", "receipt_id", "taken_off"])
        found = self.env.execute_query(SQL(WITHDRAWN, bills=self.ids))
        receipts, own = {}, set(self.ids)
        for row in withdrawals.browse(id_ for [id_] in found):
            first, last = row.receipt_id.date, row.date - timedelta(days=1)
            for bill_id, amount in row._taken_off() if first <= last else ():
                if bill_id in own:
                    receipts.setdefault(self.browse(bill_id), []).append((first, last, amount))
        return receipts
