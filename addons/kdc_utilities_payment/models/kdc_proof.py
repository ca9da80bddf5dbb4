from collections import defaultdict
from datetime import datetime, time, timedelta

from odoo import api, models
from odoo.addons.kdc_residents.engine.clock import to_utc
from odoo.addons.kdc_utilities.engine.proof import Comparison
from odoo.addons.kdc_utilities.models.kdc_proof import Check

from .payment_provider import CODES


class KdcProof(models.AbstractModel):
    _inherit = "kdc.proof"

    @api.model
    def _checks(self, company, day):
        """Add what was paid online."""
        yield from super()._checks(company, day)
        yield self._check_confirmed(company, day)
        yield self._check_online_receipts(company, day)
        yield self._check_gateway_book(company, day)
        yield self._check_payouts(company, day)

    @api.model
    def _check_confirmed(self, company, day):
        """What a gateway has confirmed is booked or waits for a decision, with the amount that was asked for."""
        start = to_utc(datetime.combine(day, time.min))
        transactions = self.env["payment.transaction"].search([
            ("company_id", "=", company.id), ("provider_code", "in", list(CODES)), ("state", "=", "done"),
            ("last_state_change", ">=", start), ("last_state_change", "<", start + timedelta(days=1)),
        ])  # fmt: skip
        heard = {}
        for tx in transactions:
            expected = tx.kdc_gateway_payment_ids.filtered(lambda payment: payment.reason not in ("again", "amount"))
            heard[tx.id] = round(sum(expected.mapped("amount")))
        return Check(
            self.env._("Each confirmed online payment has come in"), self.env._("Confirmed by the gateway"),
            self.env._("Online payments"), "payment.transaction",
            Comparison({tx.id: round(tx.amount) for tx in transactions}, heard),
        )  # fmt: skip

    @api.model
    def _check_online_receipts(self, company, day):
        """Each online payment that is booked has one receipt of its amount, and each online receipt one payment."""
        payments = self.env["kdc.gateway.payment"].search([
            ("company_id", "=", company.id), ("receipt_id.date", "=", day),
        ])  # fmt: skip
        receipts = self.env["kdc.receipt"].search([
            ("company_id", "=", company.id), ("date", "=", day), ("gateway_number", "!=", False),
        ])  # fmt: skip
        came = defaultdict(int)
        for payment in payments:
            came[payment.receipt_id.id] += round(payment.amount)
        said = {receipt.id: 0 if receipt.state == "cancelled" else round(receipt.amount) for receipt in receipts}
        return Check(
            self.env._("Each online payment has a receipt"), self.env._("Online payments"), self.env._("Receipts"),
            "kdc.receipt", Comparison(came, said),
        )  # fmt: skip

    @api.model
    def _check_gateway_book(self, company, day):
        """Every đồng on the account of a gateway came by a receipt."""
        providers = self.env["payment.provider"].search([("company_id", "=", company.id), ("code", "in", list(CODES))])
        journals = providers.journal_id.filtered(lambda journal: journal.code in CODES.values())
        taken = self.env["account.move.line"].search([
            ("account_id", "in", journals.default_account_id.ids), ("parent_state", "=", "posted"),
            ("date", "=", day), ("company_id", "=", company.id), ("debit", ">", 0),
        ])  # fmt: skip
        booked, said = defaultdict(int), defaultdict(int)
        for line in taken:
            booked[line.move_id.id] += round(line.debit)
        for receipt in self.env["kdc.receipt"].search(
            [("payment_id.move_id", "in", taken.move_id.ids), ("state", "!=", "cancelled")]
        ):
            said[receipt.payment_id.move_id.id] += round(receipt.amount)
        return Check(
            self.env._("Each amount on the account of a gateway has a receipt"), self.env._("Accounts of the gateways"),
            self.env._("Receipts"), "account.move", Comparison(booked, said),
        )  # fmt: skip

    @api.model
    def _check_payouts(self, company, day):
        """What a gateway paid out, and its fee, has left its account."""
        payouts = self.env["kdc.transfer"].search([
            ("company_id", "=", company.id), ("date", "=", day), ("state", "=", "payout"),
        ])  # fmt: skip
        said, booked = {}, {}
        for payout in payouts:
            said[payout.id] = round(payout.amount + payout.payout_fee)
            account = payout.payout_journal_id.default_account_id
            items = payout.move_id.line_ids.filtered(lambda line, account=account: line.account_id == account)
            booked[payout.id] = round(sum(items.mapped("credit"))) if payout.move_id.state == "posted" else 0
        return Check(
            self.env._("Each payout of a gateway has left its account"), self.env._("Payouts and fees"),
            self.env._("Accounts of the gateways"), "kdc.transfer", Comparison(said, booked),
        )  # fmt: skip
