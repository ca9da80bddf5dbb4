from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """Entries that stand for a paper change only by the steps of that paper."""

    _inherit = "account.move"

    def _kdc_guards(self):
        return [
            self._kdc_check_no_receipt,
            self._kdc_check_no_gift,
            self._kdc_check_no_advance_return,
            self._kdc_check_no_difference,
            self._kdc_check_no_reversal,
            self._kdc_check_not_paid_out,
            self._kdc_check_no_deposit,
            *super()._kdc_guards(),
        ]

    def _kdc_paper(self, model, *domain, name="move_id"):
        """Return one paper of a model that these entries stand for, maybe empty (sudo).

        sudo: whoever touches an entry must learn that a paper depends on it.
        """
        # sudo: see above
        return self.env[model].sudo().search([(name, "in", self.ids), *domain], limit=1)

    def _kdc_check_no_receipt(self):
        # sudo: as in _kdc_paper
        receipt = self.env["kdc.receipt"].sudo().search(
            [("payment_id", "in", self.origin_payment_id.ids), ("state", "!=", "cancelled")], limit=1
        )  # fmt: skip
        if receipt:
            raise UserError(self.env._("This entry belongs to receipt %s. Cancel the receipt instead.", receipt.name))

    def _kdc_check_no_gift(self):
        """The published total of a drive follows its entries."""
        if self._kdc_paper("kdc.contribution", ("receipt_line_ids", "=", False), ("cancelled_by_id", "=", False)):
            raise UserError(self.env._("This entry is a voluntary contribution. Cancel the contribution instead."))

    def _kdc_check_no_advance_return(self):
        """It went back or over with two signatures."""
        if self._kdc_paper("kdc.advance.return", ("state", "=", "posted")):
            raise UserError(self.env._("This entry belongs to an advance that was paid back or moved."))

    def _kdc_check_no_difference(self):
        """Two persons counted it in a drawer."""
        session = self._kdc_paper("kdc.cash.session", name="difference_move_id")
        if session:
            raise UserError(
                self.env._(
                    "This entry is the difference that was counted and countersigned in cash session %s. Book its "
                    "resolution with another entry.",
                    session.name,
                )
            )

    def _kdc_check_no_reversal(self):
        """A receipt was withdrawn with two signatures."""
        reversal = self._kdc_paper("kdc.receipt.reversal", ("state", "=", "posted"))
        if reversal:
            raise UserError(self.env._("This entry withdrew receipt %s, and stays so.", reversal.receipt_id.name))

    def _kdc_check_not_paid_out(self):
        """Money left a fund, or went to a provider, with two signatures."""
        for model in ("kdc.fund.spending", "kdc.remittance"):
            paper = self._kdc_paper(model, ("state", "=", "posted"))
            if paper:
                raise UserError(
                    self.env._("This entry belongs to “%s”. Cancel that paper instead.", paper.display_name)
                )

    def _kdc_check_no_deposit(self):
        """It went to the bank with a slip."""
        deposit = self._kdc_paper("kdc.cash.deposit", ("state", "=", "posted"))
        if deposit:
            raise UserError(self.env._("This entry belongs to “%s”. Cancel the deposit instead.", deposit.display_name))
