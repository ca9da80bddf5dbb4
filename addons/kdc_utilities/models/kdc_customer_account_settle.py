from dataclasses import dataclass

from odoo import fields, models
from odoo.exceptions import UserError


@dataclass(frozen=True)
class Settlement:
    """What somebody who left owes or gets back; amounts are whole VND."""

    #: The final bills (those of the closing), and bills of before with something open.
    final: object
    earlier: object
    #: Open on both, and paid beyond them.
    owed: int
    advance: int
    #: Open on the payer's other accounts in the ward, for which the advance is as well.
    elsewhere: int
    #: Advances paid back or moved since the account was closed.
    returns: object
    #: Approved to be given back with VAT (estimates too high, outages), for which there was no bill large enough.
    waiting: int

    @property
    def left(self) -> int:
        """Owed after the advance was used; below zero it is to be paid back, as far as no other account needs it."""
        left = self.owed - self.advance
        return left if left > 0 else min(left + self.elsewhere, 0)


class KdcCustomerAccount(models.Model):
    """The end of the money of who leaves (U-52): one paper that says it, and the steps that make it so."""

    _inherit = "kdc.customer.account"

    def _kdc_settlement(self):
        """Return the :class:`Settlement` of a closed account, as it is now.

        :raise UserError: the account is in use, or its final bill is not issued yet
        """
        self.ensure_one()
        if not self.date_to:
            raise UserError(self.env._("%s is still open. Make its final bill first.", self.display_name))
        if any(run.state not in ("issued", "closed") for run in self.final_run_ids):
            raise UserError(self.env._("The final bill is not issued yet. Approve and issue it first."))
        final = self.final_run_ids.move_ids.filtered(lambda bill: bill.state == "posted").sorted("kdc_period")
        owed = self._kdc_own_open_bills()
        returns = self.env["kdc.advance.return"].search(
            [("account_id", "=", self.id), ("state", "!=", "withdrawn"), ("create_date", ">=", self.date_to)]
        )
        elsewhere = self._kdc_payer_open_bills() - owed
        return Settlement(
            final, owed - final, round(sum(owed.mapped("amount_residual"))), self._kdc_advance(),
            round(sum(elsewhere.mapped("amount_residual"))), returns, self._kdc_waiting_credit(),
        )  # fmt: skip

    def _kdc_waiting_credit(self):
        """Return what is approved to be given back to the payer and is on no bill, with its VAT."""
        # sudo: the sum is on a paper of this account, which the caller may see.
        charges = self.env["kdc.charge"].sudo()
        domain = charges._waiting_domain(self.company_id, fields.Date.add(self.date_to, months=1))
        vat_table = self.env["kdc.vat.rate"]._engine_table()
        return -sum(
            part.total
            for charge in charges.search([("account_id", "=", self.id), *domain])
            if charge.amount < 0 and not charge._of_former_payer()
            for part in charge._engine_charges(vat_table, self.date_to)
        )

    def action_settle(self):
        """Pay what is owed from the advance; what is left of it is prepared to be paid back, else print the paper."""
        self.ensure_one()
        self.check_access("write")
        self._kdc_settlement()
        self._kdc_apply_advance()
        self.invalidate_recordset(["balance", "advance"])
        settlement = self._kdc_settlement()
        if settlement.left >= 0 or settlement.returns.filtered(lambda row: row.state == "draft"):
            return self.action_print_settlement()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_advance_return_action")
        return action | {
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {
                "default_account_id": self.id,
                "default_amount": -settlement.left,
                "default_reason": self.close_reason,
                "default_receiver": self._kdc_usual_payer(),
            },
        }

    def action_print_settlement(self):
        """Open the paper."""
        self.ensure_one()
        self._kdc_settlement()
        return {"type": "ir.actions.act_url", "url": f"/kdc/accounts/{self.id}/settlement", "target": "new"}
