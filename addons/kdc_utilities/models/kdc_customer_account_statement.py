from odoo import models
from odoo.addons.kdc_residents.engine.format import fmt

from ..engine import payer_statement
from ..engine.payer_statement import Entry


class KdcCustomerAccount(models.Model):
    """The statement of account (U-47): the payer's part of the customers' receivable account in words."""

    _inherit = "kdc.customer.account"

    def _kdc_statement(self, since, until, payer=None):
        """Return the ``engine.payer_statement.Statement`` of the payer, over all their accounts in this ward.

        sudo inside: the caller has checked that the reader may see this account.

        :param since: first and ``until`` last day
        :param payer: somebody who paid for this account before; by default who pays for it today
        """
        self.ensure_one()
        payer = (payer or self.partner_id).commercial_partner_id
        # sudo: neither residents nor collectors read entries; only this payer's are looked at
        items = self.sudo().env["account.move.line"]
        domain = [
            ("partner_id", "child_of", payer.id),
            ("company_id", "=", self.company_id.id),
            ("account_id", "in", self.company_id._kdc_receivable_accounts().ids),
            ("parent_state", "=", "posted"),
        ]
        [[opening]] = items._read_group([*domain, ("date", "<", since)], aggregates=["balance:sum"])
        groups = items._read_group(
            [*domain, ("date", ">=", since), ("date", "<=", until)], ["move_id"], ["debit:sum", "credit:sum"]
        )
        moves = items.move_id.union(*(move for move, _debit, _credit in groups))
        words = moves._kdc_statement_words(payer)
        entries = [
            Entry(move.date, words[move], round(debit), round(credit))
            for move, debit, credit in sorted(groups, key=lambda group: group[0].id)
        ]
        return payer_statement.build(round(opening), entries + self._kdc_cancelled_entries(since, until, payer))

    def _kdc_cancelled_entries(self, since, until, payer):
        """Return what was cancelled: it has no effect any more, but whoever has the paper looks for it.

        The papers that name this payer: those of whoever paid for the account before or after are not theirs.
        """
        theirs = [("partner_id", "child_of", payer.id), ("company_id", "=", self.company_id.id)]
        env = self.sudo().env  # sudo: as in _kdc_statement
        receipts = env["kdc.receipt"].search([
            *theirs, ("state", "=", "cancelled"), ("date", ">=", since), ("date", "<=", until),
        ])  # fmt: skip
        bills = env["account.move"].search([
            *theirs, ("kdc_account_id", "!=", False), ("state", "=", "cancel"), ("posted_before", "=", True),
            ("invoice_date", ">=", since), ("invoice_date", "<=", until),
        ])  # fmt: skip
        cancelled = [
            Entry(
                receipt.date,
                self.env._(
                    "Receipt %(number)s of %(amount)s was cancelled: %(reason)s",
                    number=receipt.name, amount=fmt.vnd(receipt.amount), reason=receipt.cancel_reason,
                ),
            )
            for receipt in receipts.sorted("id")
        ]  # fmt: skip
        return cancelled + [
            Entry(
                bill.invoice_date,
                self.env._(
                    "Bill %(number)s of %(amount)s was cancelled", number=bill.name, amount=fmt.vnd(bill.amount_total)
                ),
            )
            for bill in bills.sorted("id")
        ]

    def action_statement(self):
        """Ask for the period of the statement of account."""
        self.ensure_one()
        return self._wizard("kdc.payer.statement", self.env._("Statement of account"))


class AccountMove(models.Model):
    _inherit = "account.move"

    def _kdc_statement_words(self, payer):
        """Return {entry: what it is, as its payer understands it}. Addons with entries of their own add theirs."""
        env = self.env
        receipts = env["kdc.receipt"].search([("payment_id", "in", self.origin_payment_id.ids)]).grouped("payment_id")
        transfers = env["kdc.transfer"].search([("move_id", "in", self.ids)]).grouped("move_id")
        returns = env["kdc.advance.return"].search([("move_id", "in", self.ids)]).grouped("move_id")
        reversals = env["kdc.receipt.reversal"].search([("move_id", "in", self.ids)]).grouped("move_id")
        moved_here = {
            move for move, row in reversals.items()
            if row.kind == "move" and row.receipt_id.partner_id.commercial_partner_id != payer
        }  # fmt: skip
        words = dict.fromkeys(moved_here, env._("Payment that had been booked on another account"))
        return {
            move: move._kdc_statement_word(
                receipts.get(move.origin_payment_id), transfers.get(move), returns.get(move), reversals.get(move)
            )
            for move in self
        } | words

    def _kdc_statement_word(self, receipt, transfer, advance_return, reversal):
        """Return what one entry is; the records belong to it or are None."""
        self.ensure_one()
        if self.kdc_account_id and self.move_type == "out_invoice":
            return self.env._(
                "Bill %(number)s, %(month)s", number=self.name, month=fmt.period(self.kdc_period).lower() or "–"
            )
        if self.move_type == "out_refund":
            return self.env._("Credit note %s", self.name)
        if receipt and receipt.state == "reversed":
            return self.env._("Receipt %(number)s, withdrawn later: %(reason)s", number=receipt.name,
                              reason=receipt.cancel_reason)  # fmt: skip
        if receipt:
            return self.env._("Receipt %(number)s, paid by %(payer)s", number=receipt.name, payer=receipt.payer_name)
        if reversal and reversal.kind == "back":
            return self.env._("Receipt %s withdrawn, money paid back", reversal.receipt_id.name)
        if reversal:
            return self.env._("Receipt %s withdrawn, money booked for the right customer", reversal.receipt_id.name)
        if transfer:
            return self.env._("Bank transfer %s", transfer[:1].bank_reference or self.name)
        if advance_return and advance_return.kind == "back":
            return self.env._("Advance paid back")
        if self.origin_payment_id:
            return self.origin_payment_id._kdc_statement_word()
        return self.ref or self.name


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def _kdc_statement_word(self):
        """Return what a payment is that was booked without a receipt; its memo is a code the payer never saw."""
        self.ensure_one()
        if self.payment_type == "outbound":
            return self.env._("Money paid back, %s", self.name)
        bills = ", ".join(self.reconciled_invoice_ids.mapped("name"))
        if not bills:
            return self.env._("Payment %s", self.name)
        return self.env._("Payment %(number)s for bill %(bills)s", number=self.name, bills=bills)
