from odoo import models
from odoo.addons.kdc_residents.engine.format import fmt

from .step_mark import transfer_step


class AccountMove(models.Model):
    """What of a bill was paid by money that its payer had handed over before, and for no bill."""

    _inherit = "account.move"

    def _kdc_advance_parts(self):
        """Return the payments (partial reconciliations) on these bills that are money of an advance."""
        bills = self.filtered("kdc_account_id")
        items = bills.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
        parts = items.matched_credit_ids
        meant = parts.credit_move_id.move_id._kdc_meant_for() if parts else {}
        return parts.filtered(lambda part: part.debit_move_id.move_id._kdc_was_not_meant(part, meant))

    def _kdc_was_not_meant(self, part, meant):
        """Return whether a payment on this bill is money that was handed over for something else, or for nothing.

        An entry by hand says nothing of bills. Where it stood in the books before this bill was made (an advance taken
        over from the books of before, say) it cannot have been meant for it.

        :param meant: of ``_kdc_meant_for``
        """
        entry = part.credit_move_id.move_id
        if entry in meant:
            return self.id not in meant[entry]
        return entry.move_type == "entry" and entry.id < self.id

    def _kdc_from_advance(self):
        """Return how much of these bills was paid from an advance, in VND."""
        return round(sum(self._kdc_advance_parts().mapped("amount")))

    def _kdc_meant_for(self):
        """Return {entry: ids of the bills it was meant to pay}.

        Only of entries of which that is known: what an accountant books by hand may be meant for any bill.
        """
        # sudo: receipts may be of areas whoever cancels a bill does not collect in; only the bills are compared.
        env = self.sudo().env
        receipts = env["kdc.receipt"].search([("payment_id", "in", self.origin_payment_id.ids)])
        transfers = env["kdc.transfer"].search([("move_id", "in", self.ids), ("state", "=", "matched")])
        moved = env["kdc.advance.return"].search([("move_id", "in", self.ids), ("state", "=", "posted")])
        withdrawn = env["kdc.receipt.reversal"].search([("move_id", "in", self.ids), ("state", "=", "posted")])
        meant = {entry.id: set() for entry in moved.move_id | withdrawn.move_id}
        meant |= {receipt.payment_id.move_id.id: set(receipt.line_ids.move_id.ids) for receipt in receipts}
        meant |= {transfer.move_id.id: set(transfer.line_ids.move_id.ids) for transfer in transfers}
        meant |= {
            note.id: set(note.reversed_entry_id.ids) for note in self if note.move_type == "out_refund"
        }  # fmt: skip
        return {self.browse(entry_id): bill_ids for entry_id, bill_ids in meant.items()}

    def _kdc_is_paid_by_advance(self):
        """Return whether nothing but an advance has paid this bill."""
        self.ensure_one()
        items = self.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
        parts = self._kdc_advance_parts()
        return bool(parts) and parts == items.matched_credit_ids

    def _kdc_release_advance(self):
        """Make what an advance has paid of these bills an advance again."""
        for bill in self:
            parts = bill._kdc_advance_parts()
            if parts:
                amount = fmt.vnd(sum(parts.mapped("amount")))
                # What was decided about a transfer stays: it did not name this bill.
                with transfer_step():
                    parts.unlink()
                bill.message_post(body=self.env._("%s is an advance of the payer again.", amount))
