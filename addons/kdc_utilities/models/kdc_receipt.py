from dataclasses import dataclass, field
from itertools import count

from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.engine.text import fold
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..engine.apportion import Apportionment
from ..engine.words import amount_in_words


@dataclass(frozen=True)
class Taking:
    """Money that an account pays: how it is spread, the screen's key of the payment, and who hands it over."""

    account: object
    apportionment: Apportionment
    client_key: str | None = None
    payer_name: str | None = None
    #: (drive, VND) of voluntary contributions handed over with it: apart from the debt, with lines of their own.
    gifts: tuple = ()
    #: VND of it by transfer to the ward's bank and by card; the rest is cash.
    transfer: int = 0
    card: int = 0
    #: VND of cash more (or less) than the rest, since notes are not smaller.
    rounding: int = 0
    #: The number on the paper that a phone has handed out, from the range set apart for it.
    number: int | None = None
    #: Whose bills it pays, when somebody chose those of who paid for the account before.
    payer: object = None
    #: Further values of the receipt.
    vals: dict = field(default_factory=dict)

    @property
    def customer(self):
        """The contact whose debt the money pays."""
        return self.payer or self.account.partner_id

    @property
    def total(self):
        """VND handed over."""
        return self.apportionment.total + sum(amount for _drive, amount in self.gifts)

    @property
    def cash(self):
        """VND of cash that go into the drawer."""
        return self.total + self.rounding - self.transfer - self.card


class KdcReceipt(models.Model):
    """A "phiếu thu": the ward's own confirmation that money was taken.

    It is neither an e-receipt (biên lai) nor an invoice; when a provider issues one, its symbol,
    number and lookup code are kept here. Numbers have no gap per cash desk and year and are never
    used twice: a wrong receipt is cancelled with a reason by a second person and stays.
    """

    _name = "kdc.receipt"
    _description = "Receipt"
    _inherit = ["mail.thread"]
    _order = "year desc, number desc, id desc"
    _check_company_auto = True

    name = fields.Char("Receipt", required=True, readonly=True, index="trigram", copy=False)
    journal_id = fields.Many2one("account.journal", string="Cash desk", required=True, readonly=True, index=True)
    year = fields.Integer(required=True, readonly=True, aggregator=False)
    number = fields.Integer(required=True, readonly=True, aggregator=False)
    session_id = fields.Many2one(
        "kdc.cash.session", readonly=True, index=True, ondelete="restrict", check_company=True,
        help="Empty: it was paid online and lies in no drawer.",
    )  # fmt: skip
    gateway_number = fields.Char(
        "Number of the gateway", readonly=True, copy=False, help="By which the payment gateway knows an online payment."
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one("res.users", "Collector", required=True, readonly=True, index=True)
    account_id = fields.Many2one(
        "kdc.customer.account", "Customer account", required=True, readonly=True, index=True, ondelete="restrict"
    )
    area_id = fields.Many2one(
        "kdc.area", compute="_compute_area_id", store=True, index=True, help="Where the account was when it was paid."
    )
    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True, index=True)
    payer_name = fields.Char("Paid by", required=True, readonly=True, help="Who handed over the money.")
    date = fields.Date(required=True, readonly=True, index=True)
    amount = fields.Monetary(required=True, readonly=True)
    advance = fields.Monetary(
        "Kept as advance", readonly=True, help="The part beyond what was owed; it pays the next bills."
    )
    transfer_amount = fields.Monetary("By transfer", readonly=True)
    card_amount = fields.Monetary("By card", readonly=True)
    way_reference = fields.Char(
        "Transfer or card number", readonly=True, copy=False, help="By which the bank knows what was not paid in cash."
    )
    at_bank = fields.Boolean(
        "Seen at the bank", compute="_compute_at_bank", search="_search_at_bank",
        help="The statement shows what was taken by transfer, and what was taken by card has been settled.",
    )  # fmt: skip
    unseen_amount = fields.Monetary(
        "Not seen at the bank", compute="_compute_at_bank",
        help="The part by transfer or card that no statement has shown yet.",
    )  # fmt: skip
    slip_key = fields.Char(
        readonly=True, copy=False, help="The number of the slip as it is compared: a slip makes one receipt."
    )
    rounding = fields.Monetary(
        "Cash rounding", readonly=True,
        help="Cash handed over beyond the amount, or less than it: notes are not smaller.",
    )  # fmt: skip
    cash_amount = fields.Monetary("In cash", compute="_compute_cash_amount", store=True)
    amount_words = fields.Char("Amount in words", compute="_compute_amount_words")
    line_ids = fields.One2many("kdc.receipt.line", "receipt_id", string="Paid for", readonly=True)
    payment_id = fields.Many2one("account.payment", readonly=True, index=True, ondelete="restrict")
    state = fields.Selection(
        [("posted", "Collected"), ("cancelled", "Cancelled"), ("reversed", "Withdrawn later")],
        required=True,
        readonly=True,
        default="posted",
        tracking=True,
        help="Cancelled: on its cash day, as if nothing had been taken. Withdrawn: afterwards; the cash day stays.",
    )
    cancel_reason = fields.Char("Reason for cancelling", readonly=True, tracking=True)
    cancelled_by_id = fields.Many2one("res.users", "Cancelled by", readonly=True, tracking=True)
    date_cancelled = fields.Datetime("Cancelled on", readonly=True)
    print_count = fields.Integer(
        "Printed", readonly=True, aggregator=False, help="Every print after the first says copy."
    )
    client_key = fields.Char(
        readonly=True, copy=False, help="Made by the screen for one payment, so that sending it twice takes it once."
    )
    range_id = fields.Many2one(
        "kdc.receipt.range", "Numbers of the phone", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    taken_on = fields.Datetime("Taken without network on", readonly=True)
    note = fields.Char(readonly=True, help="What came out otherwise than the phone showed it.")
    official_receipt_symbol = fields.Char("Official receipt symbol", copy=False)
    official_receipt_number = fields.Char("Official receipt number", copy=False)
    official_receipt_lookup_code = fields.Char("Official receipt lookup code", copy=False)

    _number_uniq = models.Constraint(
        "UNIQUE (journal_id, year, number)", "A receipt number is used once per cash desk and year."
    )
    _client_key_uniq = models.UniqueIndex(
        "(client_key) WHERE client_key IS NOT NULL", "This payment was taken already."
    )
    _amount_positive = models.Constraint("CHECK (amount > 0)", "The amount of a receipt is greater than zero.")
    _advance_part = models.Constraint(
        "CHECK (advance >= 0 AND advance <= amount)", "The advance is a part of the amount."
    )
    _in_a_drawer_or_online = models.Constraint(
        "CHECK (session_id IS NOT NULL OR gateway_number IS NOT NULL)",
        "A receipt belongs to a cash session, or to an online payment with the number of the gateway.",
    )
    _ways = models.Constraint(
        "CHECK (transfer_amount >= 0 AND card_amount >= 0 AND transfer_amount + card_amount <= amount + rounding)",
        "What is paid by transfer and by card is a part of the amount.",
    )
    _way_has_reference = models.Constraint(
        "CHECK (transfer_amount + card_amount = 0 OR COALESCE(way_reference, '') <> '')",
        "What is paid by transfer or card has the number by which the bank knows it.",
    )
    # Empty on what was taken before slips were compared and stands on several receipts: see migrations/19.0.1.1.0.
    _slip_once = models.UniqueIndex(
        "(company_id, slip_key) WHERE slip_key IS NOT NULL AND state <> 'cancelled'",
        "The number of this transfer or card slip is on another receipt already.",
    )
    _cancelled_by_second_person = models.Constraint(
        "CHECK (state = 'posted' OR (cancel_reason <> '' AND cancelled_by_id <> user_id))",
        "A receipt is cancelled with a reason and by somebody else than its collector.",
    )

    @api.depends("account_id")
    def _compute_area_id(self):
        """Not a related field: when areas are merged later, what is done keeps the area it was done in."""
        for record in self:
            record.area_id = record.account_id.area_id

    @api.depends("amount", "transfer_amount", "card_amount", "rounding", "gateway_number")
    def _compute_cash_amount(self):
        for receipt in self:
            receipt.cash_amount = 0 if receipt.gateway_number else receipt._in_journal()

    def _in_journal(self):
        """Return what came into the journal of the receipt, VND: cash at a desk, else all that the gateway took."""
        self.ensure_one()
        return self.amount + self.rounding - self.transfer_amount - self.card_amount

    @api.depends("transfer_amount", "card_amount", "payment_id")
    def _compute_at_bank(self):
        """Cash needs no bank; each other part is asked for by itself."""
        unseen = self._unseen_parts()
        for receipt in self:
            receipt.unseen_amount = sum(receipt[part] for part in unseen[receipt])
            receipt.at_bank = not unseen[receipt]

    def _unseen_parts(self):
        """Return {receipt: names of its parts by transfer or card that no statement has shown}."""
        unseen = {receipt: [] for receipt in self}
        for part, proof in self._bank_proofs().items():
            claimed = self.filtered(part)
            for receipt in claimed - self.search(Domain("id", "in", claimed.ids) & proof) if claimed else ():
                unseen[receipt].append(part)
        return unseen

    @api.model
    def _search_at_bank(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain.AND(Domain(part, "=", 0) | proof for part, proof in self._bank_proofs().items())

    @api.model
    def _bank_proofs(self):
        """Return the part of a receipt that is no cash → domain of the receipts of which a statement shows that part.

        A transfer is proved by the movement that was found to be the receipt's entry, a card by the movement that its
        whole amount in transit is reconciled with. What an accountant reconciles with an entry of their own proves
        nothing.
        """
        # sudo: collectors read neither statements nor entries; only whether the money came is told.
        booked = self.env["kdc.transfer"].sudo().search([("booked_move_id.origin_payment_id", "!=", False)])
        by_hand = Domain("credit_move_id.move_id.statement_line_id", "=", False)
        settled = Domain([("debit", ">", 0), ("reconciled", "=", True), ("matched_credit_ids", "!=", False)])
        settled &= Domain("matched_credit_ids", "not any!", by_hand)
        return {
            "transfer_amount": Domain("payment_id", "in", booked.booked_move_id.origin_payment_id.ids),
            # "any!": as above; the caller's own rules say which receipts are seen
            "card_amount": Domain("payment_id", "any!", Domain("move_id", "any!", Domain("line_ids", "any!", settled))),
        }

    @api.model
    def _slip_key(self, number):
        """Return the number of a transfer or card slip as it is compared: no signs, capitals or leading zeros.

        Empty when it has no digit: that is no number of a slip.
        """
        key = "".join(char for char in fold(number or "") if char.isalnum())
        return (key.lstrip("0") or key) if any(map(str.isdigit, key)) else ""

    @api.model
    def _slip_taken(self, company, number):
        """Return the receipt (sudo) that has the number of this transfer or card slip already, else nothing.

        Whatever the way: a slip that was shown as a card first is no transfer afterwards.
        """
        # sudo: the earlier receipt may be of another collector or area; its number, day and amount are told.
        return self.sudo().search(
            [("company_id", "=", company.id), ("slip_key", "=", self._slip_key(number)), ("state", "!=", "cancelled")],
            limit=1,
        )

    @api.depends("amount")
    def _compute_amount_words(self):
        for receipt in self:
            receipt.amount_words = amount_in_words(
                round(receipt.amount), zero_tens=receipt.company_id.kdc_zero_tens_word or "linh"
            )

    @api.constrains("amount", "advance", "line_ids")
    def _check_lines(self):
        """The lines and the advance make up the amount, to the đồng."""
        for receipt in self:
            if round(receipt.amount - receipt.advance - sum(receipt.line_ids.mapped("amount"))):
                raise ValidationError(self.env._("The lines of a receipt do not add up to its amount."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(self.env._("A receipt is never deleted. Cancel it with a reason; its number stays."))

    @api.model
    def _collect(
        self, session, account, apportionment, client_key=None, payer_name=None, day=None, gifts=(), payer=None
    ):
        """Take a payment: number, journal entry, reconciliation with the bills, receipt.

        :param session: the open ``kdc.cash.session`` the money goes into
        :param account: the ``kdc.customer.account`` that pays
        :param apportionment: ``engine.apportion.Apportionment`` whose charge keys are dicts with
            ``move_id``, ``section`` and ``label``
        :param client_key: the screen's key of this payment
        :param day: date of the receipt, today unless an earlier day is taken over from another system
        :param gifts: tuple of (drive, VND), see :class:`Taking`
        :param payer: whose bills are paid, see :class:`Taking`
        :return: the receipt (sudo)
        """
        taking = Taking(account, apportionment, client_key, payer_name, gifts, payer=payer)
        return self._collect_all(session, [taking], day)

    @api.model
    def _collect_all(self, session, takings, day=None):
        """Take the payments of several accounts at one desk, as :meth:`_collect` does each, in a fraction of the time.

        :param list takings: :class:`Taking`, each of another account: what a second one of the same account owes would
            not be known yet
        :return: the receipts (sudo), in the order of the takings
        """
        if len({taking.account for taking in takings}) < len(takings):
            raise ValueError("an account pays once in a batch")
        day = day or today_here(self)
        # The numbers first: whoever else collects at this desk waits here and then sees these payments.
        wanted = sum(taking.number is None for taking in takings)
        fresh = count(self.env["kdc.receipt.book"]._next_number(session.journal_id, day.year, wanted) - wanted + 1)
        numbers = [next(fresh) if taking.number is None else taking.number for taking in takings]
        names = [f"PT-{session.journal_id.code}/{day.year}/{number:06d}" for number in numbers]
        payments = self._make_payments(session, list(zip(names, takings, strict=True)), day)
        receipts = self.create([
            {
                "name": name,
                "number": number,
                "payment_id": payment.id,
                **self._receipt_vals(session, taking, day, self._make_gifts(payment, taking, day)),
            }
            for name, number, payment, taking in zip(names, numbers, payments, takings, strict=True)
        ])  # fmt: skip
        receipts._notify_paid()
        return receipts

    @api.model
    def _make_gifts(self, payment, taking, day):
        """Note the voluntary contributions of a payment that is booked."""
        if not taking.gifts:
            return self.env["kdc.contribution"]
        return self.env["kdc.contribution"].create([
            {
                "drive_id": drive.id,
                "customer_id": taking.account.id,
                "giver_name": self._payer_name(taking),
                "date": day,
                "amount": amount,
                "move_id": payment.move_id.id,
            }
            for drive, amount in taking.gifts
        ])  # fmt: skip

    @api.model
    def _payer_name(self, taking):
        """Return who hands over the money: as typed, else who usually does."""
        debt = taking.account._kdc_debt(taking.payer)
        usual = debt.payer.name if debt.former else debt.account._kdc_usual_payer()
        return (taking.payer_name or "").strip()[:120] or usual

    @api.model
    def _receipt_vals(self, session, taking, day, gifts):
        """Return what a receipt says besides its number: who paid what, where and when."""
        account, apportionment = taking.account, taking.apportionment
        return {
            "journal_id": session.journal_id.id,
            "year": day.year,
            "session_id": session.id,
            "company_id": session.company_id.id,
            "user_id": session.user_id.id,
            "account_id": account.id,
            "partner_id": taking.customer.id,
            "payer_name": self._payer_name(taking),
            "date": day,
            "amount": taking.total,
            "advance": apportionment.advance,
            "transfer_amount": taking.transfer,
            "card_amount": taking.card,
            "rounding": taking.rounding,
            "client_key": taking.client_key,
            "line_ids": [
                Command.create({
                    "move_id": share.charge.key["move_id"],
                    "section": share.charge.key["section"],
                    "name": share.charge.key["label"],
                    "period": share.charge.period,
                    "amount": share.amount,
                    "remaining": share.remaining,
                })
                for share in apportionment.shares
                if share.amount
            ] + [
                Command.create({
                    "contribution_id": gift.id,
                    "name": self.env._("Voluntary contribution: %s", gift.drive_id.name),
                    "amount": gift.amount,
                })
                for gift in gifts
            ],
            "slip_key": self._slip_key(taking.vals.get("way_reference")) or False,
            **taking.vals,
        }  # fmt: skip

    def _make_payments(self, session, named_takings, day):
        """Create and post a payment per taking whose journal entry has one counterpart per bill; reconcile each.

        Stock payments have a single counterpart that is matched by due date; ours keeps exactly the
        spread that was shown to the payer.
        """
        cash = session.journal_id.default_account_id
        company = session.company_id
        vals_list, entries, owed = [], [], []
        for name, taking in named_takings:
            partner = taking.customer
            amounts = self._amounts_by_bill(taking.apportionment)
            bills = self.env["account.move"].browse(amounts)
            open_lines = [
                bill.line_ids.filtered(
                    lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
                )
                for bill in bills
            ]
            total, advance = taking.total, taking.apportionment.advance
            lines = [
                {"name": name, "account_id": account.id, "debit": amount, "credit": 0}
                for account, amount in (
                    (cash, taking.cash),
                    (taking.transfer and company._kdc_transfer_account(), taking.transfer),
                    (company.transfer_account_id, taking.card),
                )
                if amount
            ]
            lines += [
                {
                    "name": f"{name} – {bill.kdc_reference or bill.name}",
                    "account_id": open_line[:1].account_id.id,
                    "debit": 0,
                    "credit": amounts[bill.id],
                }
                for bill, open_line in zip(bills, open_lines, strict=True)
            ]
            if advance:
                receivable = partner.with_company(session.company_id).property_account_receivable_id
                label = self.env._("%s – advance", name)
                lines.append({"name": label, "account_id": receivable.id, "debit": 0, "credit": advance})
            lines += [
                {"name": f"{name} – {drive.name}", "account_id": drive.account_id.id, "debit": 0, "credit": amount}
                for drive, amount in taking.gifts
            ]
            if taking.rounding:
                lines.append({
                    "name": self.env._("%s – cash rounding", name),
                    "account_id": company._kdc_rounding_account().id,
                    "debit": max(-taking.rounding, 0),
                    "credit": max(taking.rounding, 0),
                })  # fmt: skip
            owed.append(open_lines)
            entries.append([Command.create(line | {"partner_id": partner.id}) for line in lines])
            vals_list.append({
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": partner.id,
                "amount": total,
                "date": day,
                "journal_id": session.journal_id.id,
                "company_id": session.company_id.id,
                "outstanding_account_id": cash.id,
                "memo": name,
            })  # fmt: skip
        payments = self.env["account.payment"].create(vals_list)
        # As Odoo does for a payment that is created with lines of its own, but there one by one.
        moves = self.env["account.move"].create([
            payment._generate_move_vals(line_ids=lines) for payment, lines in zip(payments, entries, strict=True)
        ])  # fmt: skip
        for payment, move in zip(payments, moves, strict=True):
            payment.write({"move_id": move.id, "state": "in_process"})
        payments.action_post()
        # The counterparts stand in the order of the bills; after them come the advance and the gifts.
        self.env["account.move.line"]._reconcile_plan([
            open_line + counterpart
            for payment, open_lines in zip(payments, owed, strict=True)
            for open_line, counterpart in zip(
                open_lines, payment.move_id.line_ids.filtered("credit").sorted("id"), strict=False
            )
        ])  # fmt: skip
        return payments

    @api.model
    def _amounts_by_bill(self, apportionment):
        """Return bill id → VND of an apportionment, in the order of its charges."""
        amounts = {}
        for share in apportionment.shares:
            if share.amount:
                move_id = share.charge.key["move_id"]
                amounts[move_id] = amounts.get(move_id, 0) + share.amount
        return amounts

    def _notify_paid(self):
        """Tell who sees the bills, inside the system, that the money has arrived."""
        for receipt in self:
            partners = receipt._kdc_readers()
            if partners:
                receipt.env["kdc.notification"]._notify(
                    partners,
                    self.env._("%s received, thank you", receipt.currency_id.format(receipt.amount)),
                    receipt._paid_words(),
                    f"/my/receipts/{receipt.id}",
                )

    def _kdc_readers(self):
        """Return who is told of this receipt: nobody, where it paid a debt of who paid for the account before."""
        self.ensure_one()
        account = self.account_id
        return account._kdc_bill_readers() if self.partner_id == account.partner_id else self.env["res.partner"]

    def _paid_words(self):
        """Return in a sentence for which account it is and by which way the money came."""
        self.ensure_one()
        if self.gateway_number:
            return self.env._(
                "Receipt %(receipt)s for account %(account)s, paid online through %(gateway)s.",
                receipt=self.name, account=self.account_id.number, gateway=self.journal_id.name,
            )  # fmt: skip
        return self.env._(
            "Receipt %(receipt)s for account %(account)s, collected by %(collector)s.",
            receipt=self.name, account=self.account_id.number, collector=self.user_id.name,
        )  # fmt: skip

    def _cancel(self, reason):
        """Cancel as the current user: the number stays, the payment is undone, the charges are owed again."""
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Write why the receipt is cancelled."))
        if not self.env.user.has_groups("kdc_utilities.group_accountant,kdc_utilities.group_approver"):
            raise AccessError(self.env._("Receipts are cancelled by an accountant, not by the collector."))
        self.check_access("read")
        for receipt in self:
            if receipt.state != "posted":
                raise UserError(self.env._("Receipt %s is cancelled already.", receipt.name))
            if receipt.gateway_number:
                raise UserError(
                    self.env._(
                        "Receipt %s was paid online: the money is at the gateway, not in a drawer. Use the button "
                        "“Withdraw receipt” instead.",
                        receipt.name,
                    )
                )
            if receipt.user_id == self.env.user:
                raise UserError(self.env._("You took this money yourself: somebody else has to cancel the receipt."))
            if receipt.session_id.state != "open":
                raise UserError(
                    self.env._(
                        "The cash session of receipt %s is closed and counted. Use the button “Withdraw receipt” "
                        "instead.",
                        receipt.name,
                    )
                )
        # sudo: nobody writes receipts by hand; role, second person and session were checked above.
        receipts = self.sudo()
        receipts.write(
            {
                "state": "cancelled",
                "cancel_reason": reason,
                "cancelled_by_id": self.env.uid,
                "date_cancelled": fields.Datetime.now(),
            }
        )
        receipts.payment_id.action_cancel()

    def _count_print(self):
        """Count a print and return whether it is a copy. The first one is the original."""
        self.ensure_one()
        lock_or_retry(self)
        # sudo: printing is not editing; the caller has checked that the person may read the receipt.
        self.sudo().print_count += 1
        return self.print_count > 1

    def action_print(self):
        """Open the PDF of these receipts."""
        ids = ",".join(map(str, self.ids))
        return {"type": "ir.actions.act_url", "url": f"/kdc/receipts/pdf?ids={ids}", "target": "new"}

    def action_cancel(self):
        """Ask for the reason."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "kdc.collect.cancel",
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Cancel receipt %s", self.name),
            "context": {"default_receipt_id": self.id},
        }

    def _kind_sentences(self):
        """Return for the services paid for what kind of money they are, for instance for whom it is collected."""
        self.ensure_one()
        names = {line.section: line.name for line in self.line_ids if line.section}
        services = self.env["kdc.service"]._published(self.company_id)
        known = {code: services[self.company_id.id, code] for code in names if (self.company_id.id, code) in services}
        return self.env["kdc.service"]._document_sentences(names, known)


class KdcReceiptLine(models.Model):
    """What a part of the money was taken for: one service of one bill as shown before confirming, or a gift."""

    _name = "kdc.receipt.line"
    _description = "Receipt Line"
    _order = "receipt_id, id"

    receipt_id = fields.Many2one("kdc.receipt", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="receipt_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="receipt_id.currency_id")
    move_id = fields.Many2one("account.move", "Bill", readonly=True, index=True, ondelete="restrict")
    contribution_id = fields.Many2one(
        "kdc.contribution", "Voluntary contribution", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    section = fields.Char("Service code", readonly=True)
    name = fields.Char("Paid for", required=True, readonly=True)
    period = fields.Date("Billing period", readonly=True)
    period_name = fields.Char("Period", compute="_compute_period_name")
    amount = fields.Monetary(required=True, readonly=True)
    remaining = fields.Monetary("Still owed", readonly=True, help="What was still owed for it afterwards.")

    _amount_positive = models.Constraint("CHECK (amount > 0)", "A receipt line has an amount greater than zero.")
    _bill_or_gift = models.Constraint(
        "CHECK ((move_id IS NULL) <> (contribution_id IS NULL))", "A receipt line is for a bill or for a contribution."
    )

    @api.depends("period")
    def _compute_period_name(self):
        for line in self:
            line.period_name = fmt.period(line.period)
