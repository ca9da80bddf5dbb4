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
    #: Charges that were given back by credit notes since, and so are an advance.
    credited: object

    @property
    def left(self) -> int:
        """Owed after the advance was used; below zero it is to be paid back, as far as no other account needs it."""
        left = self.owed - self.advance
        return left if left > 0 else min(left + self.elsewhere, 0)


class KdcCustomerAccount(models.Model):
    """The end of the money of who leaves (U-52): one paper that says it, and the steps that make it so."""

    _inherit = "kdc.customer.account"

    waiting_credit = fields.Monetary(
        "Still to be given back", compute="_compute_waiting_credit",
        help="With VAT. Approved, and no bill comes any more from which it could be taken off.",
    )  # fmt: skip
    credit_asked = fields.Boolean(compute="_compute_waiting_credit")

    def _compute_waiting_credit(self):
        for account in self:
            account.waiting_credit = account._kdc_waiting_credit() if account._kdc_has_no_more_bills() else 0
            waiting = account.waiting_credit and account._kdc_waiting_credits()
            account.credit_asked = bool(waiting) and all(charge.credit_asked_by_id for charge in waiting)

    def _kdc_has_no_more_bills(self):
        """Return whether the account is closed and its final bills are issued."""
        # sudo: whoever reads the account learns only that its final bill is issued
        states = self.sudo().final_run_ids.mapped("state")
        return bool(self.date_to) and all(state in ("issued", "closed") for state in states)

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
            [
                ("account_id", "=", self.id), ("payer_id", "=", self.partner_id.id), ("state", "!=", "withdrawn"),
                ("create_date", ">=", self.date_to),
            ]
        )  # fmt: skip
        elsewhere = self._kdc_payer_open_bills() - owed
        return Settlement(
            final, owed - final, round(sum(owed.mapped("amount_residual"))), self._kdc_advance(),
            round(sum(elsewhere.mapped("amount_residual"))), returns, self._kdc_waiting_credit(),
            self._kdc_credited(),
        )  # fmt: skip

    def _kdc_waiting_credit(self):
        """Return the sum of what is approved to be given back to the payer and is on no bill, with its VAT."""
        charges, vat_table = self._kdc_waiting_credits(), self.env["kdc.vat.rate"]._engine_table()
        return -sum(
            part.total for charge in charges for part in charge._engine_charges(vat_table, charge._credit_vat_day())
        )

    def _kdc_waiting_credits(self):
        """Return the approved charges (sudo) that give something back to the payer and are on no bill."""
        # sudo: their sum is on a paper of this account, which the caller may see.
        charges = self.env["kdc.charge"].sudo()
        domain = charges._unbilled_domain(self.company_id)
        return charges.search([("account_id", "=", self.id), ("amount", "<", 0), *domain]).filtered(
            lambda charge: not charge._of_former_payer()
        )

    def _kdc_credited(self):
        """Return the charges (sudo) that were given back by a credit note since the account was closed."""
        # sudo: as above
        return self.env["kdc.charge"].sudo().search([
            ("account_id", "=", self.id), ("move_id.move_type", "=", "out_refund"), ("move_id.state", "=", "posted"),
            ("move_id.date", ">=", self.date_to),
        ])  # fmt: skip

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
                "default_payer_id": self.partner_id.id,
                "default_amount": -settlement.left,
                "default_reason": self.close_reason,
                "default_receiver": self._kdc_usual_payer(),
            },
        }

    def action_ask_credits(self):
        """Ask another person to give back, without a bill, whatever is still to be given back."""
        self.ensure_one()
        self.check_access("write")
        if not self._kdc_has_no_more_bills():
            raise UserError(self.env._("What is to be given back comes on the final bill. Issue that one first."))
        waiting = self._kdc_waiting_credits().sudo(False)
        if not waiting:
            raise UserError(self.env._("Nothing is left to be given back."))
        waiting.filtered(lambda charge: not charge.credit_asked_by_id).action_ask_credit()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_charge_action")
        return action | {"domain": [("id", "in", waiting.ids)]}

    def action_print_settlement(self):
        """Open the paper."""
        self.ensure_one()
        self._kdc_settlement()
        return {"type": "ir.actions.act_url", "url": f"/kdc/accounts/{self.id}/settlement", "target": "new"}
