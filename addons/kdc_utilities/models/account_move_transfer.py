from odoo import models
from odoo.exceptions import UserError

from .step_mark import StepMark

#: The steps of a bank transfer.
transfer_step = StepMark("kdc_transfer_step")


class AccountMove(models.Model):
    _inherit = "account.move"

    def _kdc_check_no_live_receipt(self):
        self._kdc_check_no_transfer()
        return super()._kdc_check_no_live_receipt()

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
