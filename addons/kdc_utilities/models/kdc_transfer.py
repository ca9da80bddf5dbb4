from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.actions import dialogue, form_of
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import AccessError, UserError

from ..engine.matching import Transfer, match
from .approval_mixin import check_second_person
from .kdc_customer_account_owed import Debt


class KdcTransfer(models.Model):
    """A movement on the bank account: what it pays, who decided it, and what it waits for.

    The money itself is an ``account.bank.statement.line``; its counterpart stands on the suspense account until the
    transfer is resolved. A transfer that proves by its payment code what it pays is booked at once; everything else
    waits here for the accountant. Every decision can be undone with a reason, and nothing is ever deleted.
    """

    _name = "kdc.transfer"
    _description = "Bank Transfer"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"
    _rec_name = "bank_reference"
    _check_company_auto = True
    #: States in which a decision waits for a second person.
    _waiting_states = frozenset({"return"})

    statement_id = fields.Many2one("kdc.bank.statement", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="statement_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    journal_id = fields.Many2one(related="statement_id.journal_id", store=True, index=True)
    key = fields.Char(required=True, readonly=True, help="By which the same movement in another file is recognised.")
    date = fields.Date(required=True, readonly=True, index=True)
    amount = fields.Monetary(required=True, readonly=True, help="Negative: money that left the account.")
    text = fields.Char("Transfer text", readonly=True)
    bank_reference = fields.Char("Number of the bank", readonly=True, index="trigram")
    payer_name = fields.Char("Sender", readonly=True)
    payer_account = fields.Char("Account of the sender", readonly=True, index="btree_not_null")
    payer = fields.Char("From", compute="_compute_payer")
    references = fields.Char("Payment codes", readonly=True, help="Codes of bills that were found in the text.")
    outcome = fields.Selection(
        [
            ("exact", "Exact amount"),
            ("partial", "Part of the bill"),
            ("over", "More than owed"),
            ("double", "Paid before"),
            ("gift", "Gift"),
            ("deposit", "Deposit of cash"),
            ("unknown", "Not clear"),
            ("out", "Money out"),
        ],
        readonly=True,
        help="How the amount compares with what was owed when the statement was imported.",
    )
    reason = fields.Selection(
        [
            ("double", "The bill of this code is paid already"),
            ("several", "It names several customers, and the amount does not say how to divide it"),
            ("former", "It is more than the former payer of this bill owes"),
            ("cancelled", "The bill of this code was cancelled"),
            ("repaired", "The code is damaged, and the amount does not confirm it"),
            ("mixed", "It names a bill and a gift"),
            ("no_drive", "The drive of this gift is not open"),
            ("unknown_code", "No bill has this code"),
            ("no_code", "It has no payment code"),
            ("booked", "An entry of the same amount was booked by hand"),
            ("deposit", "A deposit of this amount is on its way, but the text does not name its slip"),
            ("same", "A movement of the same day and amount was imported before"),
            ("undone", "A match was undone"),
        ],
        string="Why it waits",
        readonly=True,
    )
    state = fields.Selection(
        [
            ("open", "To decide"),
            ("matched", "On bills"),
            ("gift", "Gift"),
            ("deposit", "Deposit arrived"),
            ("booked", "Booked before"),
            ("return", "To send back"),
            ("returning", "Being sent back"),
            ("returned", "Sent back"),
            ("other", "Not for fees"),
        ],
        required=True,
        readonly=True,
        default="open",
        index=True,
        tracking=True,
    )
    is_automatic = fields.Boolean("By itself", readonly=True, help="Matched by its code when it was imported.")
    decided_by_id = fields.Many2one("res.users", readonly=True, tracking=True)
    decided_on = fields.Datetime(readonly=True)
    approved_by_id = fields.Many2one("res.users", readonly=True, tracking=True)
    note = fields.Char(readonly=True, help="Why it was decided like that.")
    receiver = fields.Char("Who receives it back", readonly=True)
    line_ids = fields.One2many("kdc.transfer.line", "transfer_id", string="Paid for", readonly=True)
    account_ids = fields.Many2many("kdc.customer.account", string="Customers", compute="_compute_account_ids")
    pays_former = fields.Boolean(
        "Pays a former payer's debt", compute="_compute_pays_former", help="A part of it paid bills of a former payer."
    )
    suggestion_ids = fields.One2many("kdc.transfer.suggestion", "transfer_id", string="Suggestions", readonly=True)
    suggestion_id = fields.Many2one(
        "kdc.transfer.suggestion", string="Best suggestion", compute="_compute_suggestion_id"
    )
    statement_line_id = fields.Many2one(
        "account.bank.statement.line", required=True, readonly=True, index=True, ondelete="restrict"
    )
    move_id = fields.Many2one(
        "account.move", string="Entry", required=True, readonly=True, index=True, ondelete="restrict"
    )
    booked_move_id = fields.Many2one(
        "account.move", string="Entry made before", readonly=True, index="btree_not_null", ondelete="restrict",
        help="It books this movement, so the entry of the statement is cancelled.",
    )  # fmt: skip
    deposit_ids = fields.One2many(
        "kdc.cash.deposit", "transfer_id", readonly=True, help="The cash that arrived by this."
    )
    returned_by_id = fields.Many2one(
        "kdc.transfer", readonly=True, index="btree_not_null", help="The movement by which the money left."
    )
    can_approve = fields.Boolean(compute="_compute_can_approve")

    _key_uniq = models.Constraint("UNIQUE (journal_id, key)", "This movement was imported already.")
    _booked_once = models.UniqueIndex(
        "(booked_move_id) WHERE booked_move_id IS NOT NULL", "This entry already stands for another movement."
    )
    _approver_is_another = models.Constraint(
        "CHECK (approved_by_id IS NULL OR approved_by_id != decided_by_id)",
        "Whoever prepared this cannot approve it.",
    )
    _leaves_with_approval = models.Constraint(
        "CHECK (state NOT IN ('returning', 'returned') OR amount < 0 OR approved_by_id IS NOT NULL)",
        "Money leaves with the approval of a second person.",
    )

    @api.depends("payer_name", "payer_account")
    def _compute_payer(self):
        for transfer in self:
            transfer.payer = " · ".join(filter(None, (transfer.payer_name, transfer.payer_account)))

    @api.depends("amount", "bank_reference", "date")
    def _compute_display_name(self):
        for transfer in self:
            name = transfer.bank_reference or fmt.date(transfer.date)
            transfer.display_name = f"{name} · {fmt.vnd(transfer.amount)}"

    @api.depends("line_ids.account_id")
    def _compute_account_ids(self):
        for transfer in self:
            transfer.account_ids = transfer.line_ids.account_id

    @api.depends("line_ids.former_payer")
    def _compute_pays_former(self):
        for transfer in self:
            transfer.pays_former = any(transfer.line_ids.mapped("former_payer"))

    @api.depends("suggestion_ids.sequence")
    def _compute_suggestion_id(self):
        for transfer in self:
            transfer.suggestion_id = transfer.suggestion_ids.sorted(lambda row: (row.sequence, row.id))[:1]

    @api.depends("state", "decided_by_id")
    @api.depends_context("uid")
    def _compute_can_approve(self):
        approver = self.env.user.has_group("kdc_utilities.group_approver")
        for transfer in self:
            waits = transfer.state in self._waiting_states
            transfer.can_approve = approver and waits and transfer.decided_by_id != self.env.user

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(self.env._("A movement of the bank is never deleted. Undo its match with a reason."))

    # -- who ----------------------------------------------------------------------------------------

    @api.model
    def _check_job(self):
        if not self.env.user.has_group("kdc_utilities.group_accountant"):
            raise AccessError(self.env._("Only accountants match transfers."))

    def _open_for_decision(self):
        """Return these transfers in sudo when the caller may decide about them now.

        :raise UserError: one was decided in the meantime
        """
        self._check_job()
        self.check_access("read")
        # sudo: nobody writes transfers by hand; job and visibility were checked above, each step checks the state.
        transfers = self.sudo()
        # Two people who decide at the same time: one of them is told to try again.
        lock_or_retry(transfers, allow_referencing=True)
        transfers.invalidate_recordset()
        for transfer in transfers:
            if transfer.state != "open":
                raise UserError(
                    self.env._("Transfer %s was decided in the meantime. Look at it again.", transfer.display_name)
                )
        return transfers

    def _to_approve(self, waiting):
        """Return these transfers in sudo when the caller may approve what somebody else decided about them.

        :param waiting: the state in which they wait for it
        :raise UserError: one does not wait any more, or the caller decided it
        """
        if not self.env.user.has_group("kdc_utilities.group_approver"):
            raise AccessError(self.env._("You are not allowed to approve this."))
        self.check_access("read")
        transfers = self.sudo()  # sudo: the approver decides but has no right on entries; who and what is checked here
        lock_or_retry(transfers, allow_referencing=True)
        transfers.invalidate_recordset()
        check_second_person(transfers, waiting, "decided_by_id")
        return transfers

    def _decided_for_undo(self):
        """Return this transfer in sudo when the caller may undo its decision."""
        self._check_job()
        self.check_access("read")
        transfer = self.sudo()  # sudo: as for a decision
        lock_or_retry(transfer, allow_referencing=True)
        transfer.invalidate_recordset()
        if transfer.state == "open":
            raise UserError(self.env._("Nothing was decided about this transfer yet."))
        return transfer

    # -- decisions ----------------------------------------------------------------------------------

    def action_accept(self):
        """Take the best suggestion of each of these transfers, which the list shows."""
        suggested = self.filtered("suggestion_id")
        if not suggested:
            raise UserError(self.env._("There is no suggestion for %s.", self[:1].display_name))
        for transfer in suggested:
            transfer.suggestion_id.action_accept()
        return True

    def action_assign(self):
        """Choose customers or a drive by hand."""
        self.ensure_one()
        return self._wizard("kdc.transfer.assign", self.env._("What is it for?"))

    def action_give_back(self):
        return self._wizard("kdc.transfer.decide", self.env._("Send back to the sender"), step="return")

    def action_not_ours(self):
        return self._wizard("kdc.transfer.decide", self.env._("Not for fees"), step="other")

    def action_undo(self):
        return self._wizard("kdc.transfer.decide", self.env._("Undo"), step="undo")

    def _wizard(self, model, name, **defaults):
        self.ensure_one()
        return dialogue(model, name, transfer_id=self.id, **defaults)

    def action_suggest(self):
        """Look for suggestions again: what is owed and who has paid may have changed."""
        self._open_for_decision()._suggest()
        return True

    def action_approve_return(self):
        """Let the money go back, as a second person: it is kept apart until the bank shows that it left."""
        for transfer in self._to_approve("return"):
            transfer._rewrite_entry([transfer._counterpart(transfer.company_id._kdc_return_account(), transfer.amount)])
            transfer.write({"state": "returning", "approved_by_id": self.env.uid})
        return True

    def action_view_entry(self):
        """Open the entry that books this movement."""
        self.ensure_one()
        return form_of(self.booked_move_id or self.move_id)

    # -- suggestions --------------------------------------------------------------------------------

    def _suggest(self):
        """Write the suggestions of these open transfers anew (sudo)."""
        for company, transfers in self.grouped("company_id").items():
            book = company._kdc_transfer_book([transfer._as_engine() for transfer in transfers])
            transfers.suggestion_ids.unlink()
            for transfer in transfers:
                if transfer.amount > 0:
                    found = match(transfer._as_engine(), book)
                    transfer._write_suggestions(found.suggestions)
            transfers._suggest_entries()

    def _as_engine(self):
        return Transfer(round(self.amount), self.text or "", self.payer_name or "", self.payer_account or "")

    def _write_suggestions(self, suggestions):
        self.env["kdc.transfer.suggestion"].create([
            {
                "transfer_id": self.id,
                "sequence": position,
                "account_id": suggestion.account.account.id,
                "payer_id": suggestion.account.payer.id,
                "drive_id": suggestion.drive.id if suggestion.drive else False,
                "reasons": ",".join(suggestion.reasons),
            }
            for position, suggestion in enumerate(suggestions)
        ])  # fmt: skip

    def _suggest_entries(self):
        """Suggest entries made by hand that may be these movements, and returns that one of them may be."""
        for transfer in self:
            for position, entry in enumerate(transfer._hand_entries(), 1):
                self.env["kdc.transfer.suggestion"].create(
                    {"transfer_id": transfer.id, "sequence": position - 10, "entry_id": entry.id, "reasons": "entry"}
                )
            # First while this is why it waits; later only for whoever looks for it.
            first = -10 if transfer.reason == "same" else 50
            for position, entry in enumerate(transfer._imported_entries()):
                self.env["kdc.transfer.suggestion"].create(
                    {"transfer_id": transfer.id, "sequence": position + first, "entry_id": entry.id, "reasons": "entry"}
                )
            for position, deposit in enumerate(transfer._deposits_waiting()):
                self.env["kdc.transfer.suggestion"].create(
                    {"transfer_id": transfer.id, "sequence": position - 7, "deposit_id": deposit.id,
                     "reasons": "deposit"}
                )  # fmt: skip
            for position, other in enumerate(transfer._returns_waiting()):
                self.env["kdc.transfer.suggestion"].create(
                    {"transfer_id": transfer.id, "sequence": position - 5, "return_id": other.id, "reasons": "return"}
                )

    def _returns_waiting(self):
        """Return the transfers whose money may have left by this movement."""
        self.ensure_one()
        if self.amount >= 0:
            return self.browse()
        return self.search([
            ("journal_id", "=", self.journal_id.id), ("state", "=", "returning"), ("amount", "=", -self.amount),
        ], limit=3)  # fmt: skip

    # -- traces -------------------------------------------------------------------------------------

    def _decided(self, state, **vals):
        """Note a decision of the current user and tell in the history what it was."""
        self.suggestion_ids.unlink()
        self.write({"state": state, "decided_by_id": self.env.uid, "decided_on": fields.Datetime.now(), **vals})

    def _notify_received(self):
        """Tell who sees the bills, inside the system, that the money has arrived."""
        for transfer in self.filtered(lambda transfer: transfer.state == "matched"):
            own = transfer.line_ids.filtered(lambda line: not line.former_payer)
            for account, lines in own.grouped("account_id").items():
                partners = account._kdc_bill_readers()
                if partners:
                    bill = lines.move_id[:1]
                    transfer.env["kdc.notification"]._notify(
                        partners,
                        self.env._("%s received, thank you", transfer.currency_id.format(sum(lines.mapped("amount")))),
                        self.env._(
                            "Your bank transfer of %(day)s for account %(account)s.",
                            day=fmt.date(transfer.date),
                            account=account.number,
                        ),
                        f"/my/bills/{bill.id}" if bill else "/my/bills",
                    )


class KdcTransferLine(models.Model):
    """What a part of a transfer paid: a service of a bill, an advance, or a gift."""

    _name = "kdc.transfer.line"
    _description = "Part of a Bank Transfer"
    _order = "transfer_id, id"

    transfer_id = fields.Many2one("kdc.transfer", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="transfer_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="transfer_id.currency_id")
    account_id = fields.Many2one(
        "kdc.customer.account", "Customer account", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    move_id = fields.Many2one("account.move", "Bill", readonly=True, index="btree_not_null", ondelete="restrict")
    contribution_id = fields.Many2one(
        "kdc.contribution", "Voluntary contribution", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    payer_id = fields.Many2one(
        "res.partner", "Whose money", readonly=True, index="btree_not_null", ondelete="restrict",
        help="Whose debt it paid, or whose advance it is. Stays so when somebody else pays for the account.",
    )  # fmt: skip
    former_payer = fields.Char(
        "Debt of", compute="_compute_former_payer", help="Who paid for the account before and owed this."
    )
    section = fields.Char("Service code", readonly=True)
    name = fields.Char("Paid for", required=True, readonly=True)
    period = fields.Date("Billing period", readonly=True)
    period_name = fields.Char("Period", compute="_compute_period_name")
    amount = fields.Monetary(required=True, readonly=True)
    remaining = fields.Monetary("Still owed", readonly=True, help="What was still owed for it afterwards.")

    _amount_positive = models.Constraint("CHECK (amount > 0)", "A part of a transfer is greater than zero.")

    @api.depends("period")
    def _compute_period_name(self):
        for line in self:
            line.period_name = fmt.period(line.period)

    @api.depends("payer_id", "account_id.partner_id")
    def _compute_former_payer(self):
        for line in self:
            # sudo: who reads the queue is told whose debt it was, or whose advance it is
            line.former_payer = line.payer_id.sudo().name if line.payer_id != line.account_id.partner_id else False


class KdcTransferSuggestion(models.Model):
    """Something that a waiting transfer may be: a payment, a gift, a deposit, an entry made before, a return."""

    _name = "kdc.transfer.suggestion"
    _description = "Suggestion for a Bank Transfer"
    _order = "transfer_id, sequence, id"

    transfer_id = fields.Many2one("kdc.transfer", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="transfer_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="transfer_id.currency_id")
    sequence = fields.Integer()
    account_id = fields.Many2one("kdc.customer.account", readonly=True, ondelete="cascade")
    payer_id = fields.Many2one(
        "res.partner", "Whose bills", readonly=True, ondelete="cascade",
        help="Stays so when somebody else pays for the account from now on.",
    )  # fmt: skip
    drive_id = fields.Many2one("kdc.contribution.drive", readonly=True, ondelete="cascade")
    entry_id = fields.Many2one("account.move", readonly=True, ondelete="cascade")
    return_id = fields.Many2one("kdc.transfer", readonly=True, ondelete="cascade")
    deposit_id = fields.Many2one("kdc.cash.deposit", readonly=True, ondelete="cascade")
    reasons = fields.Char(readonly=True)
    owed = fields.Monetary("Owes now", compute="_compute_owed")
    why = fields.Char("Because", compute="_compute_why")

    @api.depends(
        "account_id.partner_id", "payer_id", "drive_id", "entry_id", "return_id", "deposit_id", "reasons"
    )  # fmt: skip
    def _compute_display_name(self):
        for suggestion in self:
            if suggestion.entry_id:
                # sudo: approvers and auditors read the queue without a right on entries; a name and a day.
                entry = suggestion.entry_id.sudo()
                day, label = fmt.date(entry.date), entry.ref or entry.name
                if entry.statement_line_id:
                    name = self.env._("Imported before: %(entry)s, %(day)s", day=day, entry=label)
                else:
                    name = self.env._("Booked by hand on %(day)s: %(entry)s", day=day, entry=label)
            elif suggestion.return_id:
                name = self.env._("Return of %s", suggestion.return_id.display_name)
            elif suggestion.deposit_id:
                name = suggestion.deposit_id.display_name
            elif suggestion.drive_id:
                name = f"{suggestion.drive_id.name} · {suggestion.account_id.display_name}"
            elif suggestion.account_id and suggestion._debt().former:
                name = self.env._(
                    "Debt of %(payer)s, who paid before · %(account)s",
                    account=suggestion.account_id.number, payer=suggestion.payer_id.name,
                )  # fmt: skip
            else:
                name = suggestion.account_id.display_name
            suggestion.display_name = name

    def _debt(self):
        """Return whose debt on which account it suggests."""
        return self.account_id._kdc_debt(self.payer_id)

    @api.depends("account_id", "payer_id")
    def _compute_owed(self):
        # sudo: what is owed is known to everybody who sees the queue.
        groups = self.env["account.move"].sudo()._read_group(
            [
                ("kdc_account_id", "in", self.account_id.ids), ("state", "=", "posted"),
                ("move_type", "=", "out_invoice"),
            ],
            ["kdc_account_id", "partner_id"], ["amount_residual:sum"],
        )  # fmt: skip
        owed = {Debt(account, payer): amount for account, payer, amount in groups}
        for suggestion in self:
            suggestion.owed = owed.get(suggestion._debt(), 0) if suggestion.account_id else 0

    @api.depends("reasons")
    def _compute_why(self):
        words = {
            "code": self.env._("its payment code"),
            "repaired": self.env._("a code like its own"),
            "number": self.env._("its number in the text"),
            "bank_account": self.env._("paid from this bank account before"),
            "name": self.env._("a name in the text"),
            "amount": self.env._("it owes this amount"),
            "gift": self.env._("the text of its gift"),
            "entry": self.env._("the same amount at the same bank"),
            "return": self.env._("this amount was to be sent back"),
            "deposit": self.env._("cash of this amount was taken to the bank"),
        }
        for suggestion in self:
            suggestion.why = ", ".join(words[reason] for reason in (suggestion.reasons or "").split(",") if reason)

    def action_accept(self):
        """Decide the transfer as suggested."""
        self.ensure_one()
        transfer = self.transfer_id._open_for_decision()
        if self.entry_id:
            transfer._book_before(self.entry_id.sudo())  # sudo: the job was checked; the entry is only looked at
        elif self.return_id:
            transfer._book_returned(self.return_id.sudo())  # sudo: the job was checked with the caller's own rights
        elif self.deposit_id:
            transfer._book_deposit(self.deposit_id.sudo())  # sudo: as above
        elif self.drive_id:
            transfer._book_gift(self.drive_id, self.account_id)
        else:
            transfer._book_debts({self._debt(): round(transfer.amount)})
        return True
