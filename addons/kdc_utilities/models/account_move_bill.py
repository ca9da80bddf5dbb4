from odoo import api, fields, models
from odoo.addons.kdc_residents.engine import vietqr
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine.words import amount_in_words


class AccountMove(models.Model):
    """The bill as people read it: state, QR code, what was received and what else is open."""

    _inherit = "account.move"

    kdc_bill_status = fields.Selection(
        [
            ("draft", "Not issued"),
            ("due", "To be paid"),
            ("part", "Partly paid"),
            ("late", "Overdue"),
            ("paid", "Paid"),
            ("written_off", "Written off"),
            ("cancelled", "Cancelled"),
        ],
        string="Payment status",
        compute="_compute_kdc_bill_status",
    )
    kdc_period_name = fields.Char("Month billed", compute="_compute_kdc_period_name")
    kdc_receipt_line_ids = fields.One2many(
        "kdc.receipt.line", "move_id", string="Receipt lines", readonly=True,
        groups="kdc_utilities.group_collector,kdc_utilities.group_accountant,kdc_utilities.group_approver,"
        "kdc_residents.group_auditor",
    )  # fmt: skip

    @api.depends("state", "payment_state", "amount_residual", "amount_total", "invoice_date_due")
    def _compute_kdc_bill_status(self):
        for move in self:
            move.kdc_bill_status = "draft" if move.state == "draft" else move._kdc_bill_state()

    @api.depends("kdc_period")
    def _compute_kdc_period_name(self):
        for move in self:
            move.kdc_period_name = fmt.period(move.kdc_period)

    # -- state and money -------------------------------------------------------------------------

    def _kdc_bill_state(self):
        """Return ``paid``, ``part``, ``late``, ``due`` or ``cancelled``: one word for all screens.

        Where a bill is paid by instalments or written off, it says so.
        """
        self.ensure_one()
        if self.state == "cancel" or self.payment_state == "reversed":
            return "cancelled"
        if self.amount_residual <= 0:
            return "paid"
        today = today_here(self)
        if self.invoice_date_due and self.invoice_date_due < today:
            return "late"
        return "part" if self.amount_residual < self.amount_total else "due"

    def _kdc_amount_words(self):
        """Return the total in words, by the custom of the ward."""
        self.ensure_one()
        return amount_in_words(round(self.amount_total), self.company_id.kdc_zero_tens_word or "linh", negative=True)

    def _kdc_bank(self):
        """Return what a payer types into a transfer, as a dict, or None when the ward takes no transfers."""
        self.ensure_one()
        bank = self.company_id._kdc_transfer_bank()
        return bank and bank | {"amount": round(self.amount_residual), "reference": self.kdc_reference or ""}

    def _kdc_vietqr(self):
        """Return the text of the QR code that pays what is left, or None when it cannot be paid that way."""
        self.ensure_one()
        bank = self._kdc_bank()
        if not bank or self.state != "posted" or bank["amount"] <= 0 or not bank["reference"]:
            return None
        try:
            return vietqr.build(vietqr.Transfer(bank["bin"], bank["account"], bank["amount"], bank["reference"]))
        except vietqr.VietQRError:
            # A bank without NAPAS number: the account is still printed for typing by hand.
            return None

    def _kdc_received(self):
        """Return what was paid on this bill as dicts, newest first, with the receipt when there is one."""
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
        receipts = {receipt.payment_id.move_id: receipt for receipt in self.kdc_receipt_line_ids.receipt_id}
        entries = lines.matched_credit_ids.credit_move_id.move_id
        transfers = self.env["kdc.transfer"].search([("move_id", "in", entries.ids)]).grouped("move_id")
        received = []
        for partial in lines.matched_credit_ids:
            other = partial.credit_move_id.move_id
            received.append(
                {
                    "entry": other,
                    "date": other.date,
                    "amount": round(partial.amount),
                    "receipt": receipts.get(other) or self._kdc_receipt_of(other),
                    "transfer": transfers.get(other),
                    "label": other.ref or other.name,
                }
            )
        return sorted(received, key=lambda item: item["date"], reverse=True)

    def _kdc_receipt_of(self, entry):
        """Return the receipt behind a journal entry (an advance that paid this bill later), maybe empty."""
        return self.env["kdc.receipt"].search([("payment_id", "in", entry.origin_payment_id.ids)], limit=1)

    # -- what else is open -------------------------------------------------------------------------

    def _kdc_open_beside(self):
        """Return what else is open on the account of a bill, oldest first (sudo).

        What somebody owes who paid for the account before is not told to who pays now: the debt follows the person.
        """
        self.ensure_one()
        others = self.kdc_account_id._kdc_open_bills() - self
        return others.filtered(lambda other: other.partner_id == self.partner_id)

    def _kdc_beside(self):
        """Return {bill: (open on other bills, paid in advance)} of the accounts of bills, in VND (sudo).

        Of other bills the sum of :meth:`_kdc_open_beside`, so that paper and page say the same. Two queries for all
        bills. The caller has checked that the reader may see them.
        """
        # sudo: what the payer reads on the own bill
        bills = self.sudo()
        bills.flush_model(["amount_residual", "kdc_account_id", "partner_id", "state"])
        owed = dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT bill.id, sum(other.amount_residual)
                      FROM account_move bill
                      JOIN account_move other ON other.kdc_account_id = bill.kdc_account_id
                           AND other.partner_id = bill.partner_id AND other.id != bill.id
                           AND other.state = 'posted' AND other.move_type = 'out_invoice'
                           AND other.amount_residual > 0
                     WHERE bill.id = ANY(%s)
                     GROUP BY bill.id
                    """,
                    self.ids,
                )
            )
        )
        groups = bills.env["account.move.line"]._read_group(
            [
                ("partner_id", "in", bills.partner_id.ids),
                ("company_id", "in", bills.company_id.ids),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("amount_residual", "<", 0),
            ],
            ["partner_id", "company_id"],
            ["amount_residual:sum"],
        )
        advances = {(partner.id, company.id): -round(amount) for partner, company, amount in groups}
        return {
            bill: (round(owed.get(bill.id, 0)), advances.get((bill.partner_id.id, bill.company_id.id), 0))
            for bill in self
        }

    # -- documents -----------------------------------------------------------------------------------

    def action_kdc_print_bills(self):
        """Open the PDF of these bills, one after another."""
        bills = self.filtered(lambda move: move.kdc_account_id and move.state == "posted")
        if not bills:
            raise UserError(self.env._("Choose issued bills; drafts are not printed."))
        ids = ",".join(map(str, bills.ids))
        return {"type": "ir.actions.act_url", "url": f"/kdc/bills/pdf?ids={ids}", "target": "new"}
