from odoo import models
from odoo.exceptions import UserError

from ..engine.matching import same_number
from .step_mark import transfer_step


class AccountMove(models.Model):
    _inherit = "account.move"

    def _kdc_shown_as(self, reference, text):
        """Return those of these entries, made by hand, that carry the number of a movement of the bank.

        It is the reference of the entry, or the number of the transfer that a payer showed at the counter.

        :param reference: the bank's own number of the movement, may be empty
        :param text: its text
        """
        if not self:
            return self
        # sudo: receipts may be of areas whoever reads the statement does not collect in; only their number is compared.
        receipts = self.env["kdc.receipt"].sudo().search([("payment_id.move_id", "in", self.ids)])
        shown = {receipt.payment_id.move_id: receipt.way_reference for receipt in receipts}
        return self.filtered(
            lambda entry: any(
                same_number(number or "", reference, text) for number in (entry.ref, shown.get(entry))
            )
        )

    def _kdc_guards(self):
        return [self._kdc_check_no_transfer, *super()._kdc_guards()]

    def _kdc_check_no_transfer(self):
        """What was decided about a bank transfer changes only by undoing the decision.

        Entries of transfers that are not for fees are left to the bookkeeper of the ward.
        """
        if transfer_step.running():
            return
        # sudo: whoever touches the entry must learn that a transfer depends on it.
        transfer = self.env["kdc.transfer"].sudo().search(
            [
                ("state", "not in", ("open", "other")),
                "|", ("move_id", "in", self.ids), ("booked_move_id", "in", self.ids),
            ],
            limit=1,
        )  # fmt: skip
        if transfer:
            raise UserError(
                self.env._("This entry belongs to bank transfer %s. Undo the transfer instead.", transfer.display_name)
            )


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    def unlink(self):
        """A payment is not taken off a bill behind the back of the transfer that made it."""
        (self.debit_move_id | self.credit_move_id).move_id._kdc_check_no_transfer()
        return super().unlink()


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def action_undo_reconciliation(self):
        self.move_id._kdc_check_no_transfer()
        return super().action_undo_reconciliation()
