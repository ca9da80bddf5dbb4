import logging
from dataclasses import dataclass

from odoo import SUPERUSER_ID, api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.actions import dialogue
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import AccessError, UserError
from psycopg2 import IntegrityError

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Till:
    """Stands for a cash session where money is taken in no drawer: what ``kdc.receipt._collect_all`` asks of one."""

    journal_id: object
    company_id: object
    user_id: object
    #: The gateway's number of the payment, kept on the receipt.
    number: str
    id: bool = False


class KdcGatewayPayment(models.Model):
    """Money that a gateway says it has taken for us, each payment once.

    What was asked for is booked at once, with a receipt; everything else waits for the accountant. Nothing is deleted:
    the gateway has the money, so it is in the books or on this list.
    """

    _name = "kdc.gateway.payment"
    _description = "Online Payment"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "received_on desc, id desc"
    _rec_name = "number"

    transaction_id = fields.Many2one(
        "payment.transaction", required=True, readonly=True, index=True, ondelete="restrict"
    )
    provider_id = fields.Many2one("payment.provider", "Gateway", required=True, readonly=True, ondelete="restrict")
    gateway = fields.Char("Through", compute="_compute_gateway", compute_sudo=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    number = fields.Char("Number of the gateway", required=True, readonly=True, index="trigram")
    reference = fields.Char("Our number", required=True, readonly=True)
    amount = fields.Monetary(required=True, readonly=True)
    asked = fields.Monetary("Asked for", readonly=True)
    paid_on = fields.Date("Paid on", readonly=True, help="By the gateway.")
    received_on = fields.Datetime("Heard on", required=True, readonly=True)
    day = fields.Date("Booked on", required=True, readonly=True, index=True, help="The day it came to us.")
    repeats = fields.Integer("Reported again", readonly=True, aggregator=False)
    account_id = fields.Many2one("kdc.customer.account", "Customer account", readonly=True, ondelete="restrict")
    state = fields.Selection(
        [("open", "To decide"), ("booked", "Booked"), ("returned", "Sent back by the gateway")],
        required=True, readonly=True, index=True, tracking=True,
    )  # fmt: skip
    reason = fields.Selection(
        [
            ("amount", "Another amount than asked for"),
            ("again", "Paid again with the same QR code"),
            ("number", "Its number was that of another payment"),
            ("failed", "It could not be booked"),
            ("no_bill", "It names no bill of a resident"),
        ],
        string="Why it waits", readonly=True,
    )  # fmt: skip
    problem = fields.Char("What went wrong", readonly=True)
    receipt_id = fields.Many2one("kdc.receipt", readonly=True, index="btree_not_null", ondelete="restrict")
    decided_by_id = fields.Many2one("res.users", readonly=True, tracking=True)
    decided_on = fields.Datetime(readonly=True)
    note = fields.Char(readonly=True, tracking=True)

    _number_uniq = models.Constraint("UNIQUE (provider_id, number)", "This payment was taken in already.")
    _receipt_uniq = models.UniqueIndex("(receipt_id) WHERE receipt_id IS NOT NULL", "A receipt is for one payment.")
    _amount_positive = models.Constraint("CHECK (amount > 0)", "A payment is greater than zero.")
    _booked_has_receipt = models.Constraint(
        "CHECK ((state = 'booked') = (receipt_id IS NOT NULL))", "What is booked has a receipt, and nothing else has."
    )
    _returned_with_reason = models.Constraint(
        "CHECK (state <> 'returned' OR (COALESCE(note, '') <> '' AND decided_by_id IS NOT NULL))",
        "Say why the gateway sent it back.",
    )

    @api.depends("provider_id")
    def _compute_gateway(self):
        """Only the system group reads gateways; their name is no secret."""
        for payment in self:
            payment.gateway = payment.provider_id.name

    @api.depends("reference", "amount")
    def _compute_display_name(self):
        for payment in self:
            payment.display_name = f"{payment.reference} · {fmt.vnd(payment.amount)}"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(self.env._("What a gateway has reported is never deleted."))

    # -- taking in ---------------------------------------------------------------------------------------

    @api.model
    def _own_number(self, tx, number):
        """Return the number under which money of a transaction is kept, and whether the gateway used it before.

        A number that was another order's is kept with ours: whether it is other money, a person decides.
        """
        of_another = bool(number) and bool(self.search_count([
            ("provider_id", "=", tx.provider_id.id), ("number", "=", number), ("transaction_id", "!=", tx.id),
        ]))  # fmt: skip
        return (f"{number} ({tx.reference})" if of_another else number), of_another

    @api.model
    def _take_in(self, tx, answer, why=""):
        """Note money of a transaction and book it when it is what was asked for (sudo).

        :param engine.answer.Answer answer: genuine, ``paid`` and not heard before
        :param why: the reason why it waits for a person, if that is known already
        """
        account = tx.invoice_ids.kdc_account_id[:1]
        reason = "amount" if tx.state != "done" else why or ("" if account else "no_bill")
        payment = self.create({
            "transaction_id": tx.id,
            "provider_id": tx.provider_id.id,
            "company_id": tx.company_id.id,
            "number": answer.number,
            "reference": tx.reference,
            "amount": answer.amount,
            "asked": tx.amount,
            "paid_on": answer.day,
            "received_on": fields.Datetime.now(),
            "day": today_here(self),
            "account_id": account.id,
            "state": "open",
            "reason": reason or "failed",
        })  # fmt: skip
        if not reason:
            payment._book_waiting()
        if payment.state == "open":
            payment._call_the_accountant()
        return payment

    def _book_waiting(self):
        """Book what only waits because booking failed; return what is booked now. Failing again loses nothing."""
        for payment in self.filtered(lambda payment: payment.state == "open" and payment.reason == "failed"):
            try:
                with self.env.cr.savepoint():
                    payment._book(payment.account_id)
            except (UserError, ValueError, IntegrityError) as error:
                _logger.exception("Online payment %s could not be booked", payment.reference)
                payment.problem = str(error)[:500]
        return self.filtered(lambda payment: payment.state == "booked")

    def _book(self, account):
        """Book the payment on what the payer owes on the account, the oldest bill first, with a receipt (sudo)."""
        self.ensure_one()
        bot = self.env["res.users"].browse(SUPERUSER_ID)
        till = Till(self.provider_id.journal_id, self.company_id, bot, self.number)
        debt = self._debt(account)
        spread = debt.spread(round(self.amount))
        receipt = self.env["kdc.receipt"].with_company(self.company_id)._collect(
            till, account, spread, payer=debt.payer
        )
        receipt.payment_id.payment_transaction_id = self.transaction_id
        self.transaction_id.payment_id = self.transaction_id.payment_id or receipt.payment_id
        self.write({
            "account_id": account.id, "state": "booked", "receipt_id": receipt.id, "problem": False,
            "reason": self.reason if self.reason != "failed" else False,
        })  # fmt: skip

    def _debt(self, account):
        """Return whose debt on an account this pays: that of whom the bill names which was paid online."""
        bill = self.transaction_id.invoice_ids[:1]
        return account._kdc_debt(bill.partner_id if bill.kdc_account_id == account else None)

    def _call_the_accountant(self):
        """Leave an activity with the accountant who issued the bill; the list and the home page show it to all."""
        self.ensure_one()
        user = self.transaction_id.invoice_ids.kdc_run_id.user_id[:1]
        if user.active and user.has_group("kdc_utilities.group_accountant"):
            words = dict(self._fields["reason"]._description_selection(self.env))
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=self.env._(
                    "Online payment %(payment)s: %(why)s", payment=self.display_name, why=words[self.reason]
                ),
            )

    # -- decisions ---------------------------------------------------------------------------------------

    def _open_for_decision(self):
        """Return this payment in sudo when the caller may decide about it now."""
        self.ensure_one()
        if not self.env.user.has_group("kdc_utilities.group_accountant"):
            raise AccessError(self.env._("Only accountants decide about online payments."))
        self.check_access("read")
        payment = self.sudo()  # sudo: nobody writes these by hand; job, visibility and state are checked here.
        lock_or_retry(payment, allow_referencing=True)
        payment.invalidate_recordset()
        if payment.state != "open":
            raise UserError(self.env._("%s was decided in the meantime. Look at it again.", payment.display_name))
        return payment

    def _decide_book(self, account):
        """Book the amount that came on this account, as the current user."""
        payment = self._open_for_decision()
        account.check_access("read")
        if account.company_id != payment.company_id:
            raise UserError(self.env._("%s is a customer of another ward.", account.display_name))
        payment._book(account.sudo())  # sudo: as above
        payment._decided()

    def _decide_returned(self, note):
        """Note that the gateway sent the money back, so that it never comes to us."""
        note = (note or "").strip()
        if not note:
            raise UserError(self.env._("Write how you know that the gateway sent it back."))
        payment = self._open_for_decision()
        payment._decided(state="returned", note=note)

    def _decided(self, **vals):
        self.write({"decided_by_id": self.env.uid, "decided_on": fields.Datetime.now(), **vals})
        self.activity_ids.unlink()

    def action_book(self):
        """Choose the customer and see what it pays."""
        return self._wizard(self.env._("Book the amount that came"), "book")

    def action_returned(self):
        """Ask how that is known."""
        return self._wizard(self.env._("Sent back by the gateway"), "returned")

    def _wizard(self, name, step):
        self.ensure_one()
        return dialogue("kdc.gateway.payment.decide", name, payment_id=self.id, step=step)
