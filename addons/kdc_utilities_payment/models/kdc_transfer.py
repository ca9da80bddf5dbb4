import re

from odoo import fields, models
from odoo.addons.kdc_utilities.models.kdc_transfer import KdcTransfer as Transfer
from odoo.exceptions import UserError

from .payment_provider import CODES

#: The text that payOS transfers have, see ``payment.transaction._kdc_payos_page``.
PAYOS_TEXT = re.compile(r"\bPO(\d{1,7})\b")


class KdcTransfer(models.Model):
    """A gateway pays out what it took for us, less its fee: the money leaves the account of the gateway."""

    _inherit = "kdc.transfer"
    _waiting_states = Transfer._waiting_states | {"payout_asked"}

    state = fields.Selection(
        selection_add=[("payout_asked", "Payout with a high fee"), ("payout", "Paid out by a gateway")],
        ondelete={"payout_asked": "set default", "payout": "set default"},
    )
    payout_journal_id = fields.Many2one(
        "account.journal", "Gateway", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    payout_fee = fields.Monetary("Fee of the gateway", readonly=True)

    _payout_of_a_gateway = models.Constraint(
        "CHECK (state NOT IN ('payout', 'payout_asked') OR (payout_journal_id IS NOT NULL AND payout_fee >= 0))",
        "Say which gateway paid out, and its fee.",
    )

    def _book_debts(self, amounts, automatic=False):
        """Refuse to pay a bill once more with money that payOS has reported and that is booked already."""
        payment = self._kdc_reported_before()
        if payment:
            raise UserError(
                self.env._(
                    "This is online payment %(payment)s, which is booked with receipt %(receipt)s already. Choose "
                    "“Paid out by a gateway” instead.",
                    payment=payment.reference,
                    receipt=payment.receipt_id.name,
                )
            )
        return super()._book_debts(amounts, automatic=automatic)

    def _kdc_payos_numbers(self):
        """Return the numbers of online payments that the text names."""
        return {int(number) for number in PAYOS_TEXT.findall((self.text or "").upper())}

    def _kdc_reported_before(self):
        """Return the online payment whose number (``PO123``) and amount this transfer has, else nothing.

        Once its money was taken as a payout, who repeats the transfer that his bank's app has kept brings new money.
        """
        self.ensure_one()
        numbers = self._kdc_payos_numbers()
        payouts = self.search([
            ("id", "!=", self.id), ("state", "in", ("payout", "payout_asked")), ("company_id", "=", self.company_id.id),
            ("payout_journal_id.code", "=", CODES["kdc_payos"]), ("text", "ilike", "PO"), ("amount", "=", self.amount),
        ]) if numbers else self.browse()  # fmt: skip
        for payout in payouts:
            numbers -= payout._kdc_payos_numbers()
        return self.env["kdc.gateway.payment"].search([
            ("transaction_id", "in", list(numbers)), ("provider_id.code", "=", "kdc_payos"), ("state", "=", "booked"),
            ("amount", "=", self.amount), ("company_id", "=", self.company_id.id),
        ], limit=1)  # fmt: skip

    def action_payout(self):
        """Ask which gateway it was and what it kept."""
        return self._wizard("kdc.transfer.payout", self.env._("Paid out by a gateway"))

    def _book_payout(self, journal, fee):
        """Take what came, and the fee, off the account of the gateway (sudo); a high fee waits for a second person.

        :param int fee: whole VND that the gateway kept
        """
        self.ensure_one()
        if self.amount <= 0 or fee < 0:
            raise UserError(self.env._("A payout is money that came in, and its fee is not negative."))
        if journal.code not in CODES.values() or journal.company_id != self.company_id:
            raise UserError(self.env._("Choose the gateway that paid out."))
        self._check_gateway_owes(journal, fee)
        vals = {"payout_journal_id": journal.id, "payout_fee": fee, "reason": False}
        if fee * 100 > (round(self.amount) + fee) * self.company_id.kdc_payout_fee_limit:
            self._decided("payout_asked", **vals)
            return
        self._rewrite_for_payout(journal, fee)
        self._decided("payout", **vals)

    def action_approve_payout(self):
        """Book the payout with a high fee that another person has entered."""
        for transfer in self._to_approve("payout_asked"):
            fee = round(transfer.payout_fee)
            transfer._check_gateway_owes(transfer.payout_journal_id, fee)
            transfer._rewrite_for_payout(transfer.payout_journal_id, fee)
            transfer.write({"state": "payout", "approved_by_id": self.env.uid})
        return True

    def _check_gateway_owes(self, journal, fee):
        total, owed = round(self.amount) + fee, journal._kdc_gateway_owes()
        if total > owed:
            raise UserError(
                self.env._(
                    "By the books, %(gateway)s owes the ward %(owed)s, less than the %(total)s that came with the fee. "
                    "Look for online payments that were not booked.",
                    gateway=journal.name,
                    owed=self.currency_id.format(owed),
                    total=self.currency_id.format(total),
                )
            )

    def _rewrite_for_payout(self, journal, fee):
        items = [self._counterpart(journal.default_account_id, round(self.amount) + fee)]
        if fee:
            items.append(self._counterpart(self.company_id._kdc_gateway_fee_account(), -fee))
        self._rewrite_entry(items)

    def _undo(self, reason):
        """The gateway owes the money again."""
        result = super()._undo(reason)
        self.write({"payout_journal_id": False, "payout_fee": 0})
        return result


class AccountJournal(models.Model):
    _inherit = "account.journal"

    def _kdc_gateway_owes(self):
        """Return the balance of the account of a gateway, VND: taken for us and not paid out."""
        self.ensure_one()
        [[balance]] = self.env["account.move.line"]._read_group(
            [
                ("account_id", "=", self.default_account_id.id), ("company_id", "=", self.company_id.id),
                ("parent_state", "=", "posted"),
            ],
            [], ["balance:sum"],
        )  # fmt: skip
        return round(balance or 0)


class ResCompany(models.Model):
    _inherit = "res.company"

    kdc_payout_fee_limit = fields.Float(
        "Highest fee of a payout (%)", default=5,
        help="Percent of what a gateway took: above it a second person approves the fee.",
    )  # fmt: skip

    _payout_fee_limit_is_percent = models.Constraint(
        "CHECK (kdc_payout_fee_limit >= 0 AND kdc_payout_fee_limit <= 100)", "A percentage is between 0 and 100."
    )

    def _kdc_gateway_fee_account(self):
        """Return the account of what gateways keep: outside services (6427 in the Vietnamese chart)."""
        self.ensure_one()
        accounts = self.env["account.account"].with_company(self)
        found = accounts.search(
            [("company_ids", "in", self.ids), ("code", "=like", "6427%"), ("account_type", "=", "expense")], limit=1
        )
        if not found:
            raise UserError(self.env._("There is no account for outside services (6427) in the chart of accounts."))
        return found


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    kdc_payout_fee_limit = fields.Float(related="company_id.kdc_payout_fee_limit", readonly=False)
