from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.exceptions import UserError

from .account_move_transfer import transfer_step
from .approval_paid_out import KdcPaidOut


class KdcReceipt(models.Model):
    """What a withdrawal asks of a receipt whose drawer is counted, or that was paid online."""

    _inherit = "kdc.receipt"

    session_state = fields.Selection(related="session_id.state", string="State of the cash session", tracking=False)
    reversal_ids = fields.One2many("kdc.receipt.reversal", "receipt_id", string="Withdrawals", readonly=True)

    def action_reverse(self):
        """Ask for the withdrawal, or open the one that was asked for."""
        self.ensure_one()
        asked = self.reversal_ids.filtered(lambda row: row.state != "withdrawn")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Withdraw receipt %s", self.name),
            "res_model": "kdc.receipt.reversal",
            "res_id": asked.id,
            "views": [(False, "form")],
            "context": {"default_receipt_id": self.id, "default_receiver": self.payer_name},
        }

    def _check_reversible(self):
        """Refuse what is undone already, or in another way."""
        self.ensure_one()
        if self.state != "posted":
            raise UserError(self.env._("Receipt %s is cancelled already.", self.name))
        if self.session_id.state == "open":
            raise UserError(
                self.env._(
                    "The drawer of receipt %s is still open: cancel the receipt there, with a reason.", self.name
                )
            )
        entries = self._paid_items().matched_debit_ids.debit_move_id.move_id
        self._check_not_decided(entries)
        gone = entries.filtered(lambda entry: entry.move_type != "out_invoice")
        if gone:
            raise UserError(
                self.env._(
                    "Money of receipt %(receipt)s was paid back or moved before: %(entry)s. What is left is paid back "
                    "as an advance, from the page of the customer.",
                    receipt=self.name,
                    entry=gone[0].ref or gone[0].name,
                )
            )

    def _check_not_decided(self, bills):
        """Refuse when a plan counts on what was paid of these bills (sudo), or a decision gave up the rest of them."""
        if bills.kdc_instalment_debt_ids.filtered("live"):
            raise UserError(self.env._("These bills are paid by instalments. End the plan first."))
        given_up = next(iter(bills._kdc_written_off()), None)
        if given_up:
            raise UserError(
                self.env._("What was left of bill %s is written off by decision. Revive it first.", given_up.name)
            )

    def _to_hand_back(self):
        """Return VND that were handed over, without what no statement of the bank has shown."""
        return self.amount + self.rounding - self.unseen_amount

    def _entry_items(self):
        # sudo: whoever may undo a receipt has been asked by the caller; approvers have no right on entries.
        return self.sudo().payment_id.move_id.line_ids

    def _paid_items(self):
        """Return the items of the receipt's entry that paid bills or are kept as an advance (sudo)."""
        return self._entry_items().filtered(lambda item: item.account_id.account_type == "asset_receivable")

    def _money_items(self):
        """Return the items that say where the money came in: desk, bank, card machine or gateway (sudo)."""
        return (self._entry_items() - self._paid_items()).filtered(
            lambda item: item.debit and item.account_id.internal_group == "asset"
        )

    def _unseen_items(self):
        """Return those of them that no statement has shown: that money is taken out where it waits (sudo)."""
        self.ensure_one()
        ways = [name for name in ("transfer_amount", "card_amount") if self[name]]
        items = self._money_items().sorted("id")
        unseen = self._unseen_parts()[self]
        # They stand behind the cash, whatever account the desk has by now.
        others = items[len(items) - len(ways):]
        return items.browse(item.id for way, item in zip(ways, others, strict=True) if way in unseen)

    def _reversed(self, reversal):
        """Note that this receipt was withdrawn: its number and entry stay, its gifts count no more (sudo)."""
        self.line_ids.contribution_id.write({"cancel_reason": reversal.reason, "cancelled_by_id": self.env.uid})
        self.write({
            "state": "reversed", "cancel_reason": reversal.reason, "cancelled_by_id": self.env.uid,
            "date_cancelled": fields.Datetime.now(),
        })  # fmt: skip


class KdcReceiptReversal(models.Model):
    """A receipt found wrong after its drawer was counted: its bills are owed again, its money goes where it belongs.

    Asked for by one person, approved by another, neither of them the collector (also in the database). The closed cash
    day stays as it was counted: receipt, number and entry stand, and an entry of the day of the approval takes the
    money out again, either back to the payer, from an open drawer or by the bank, or over to the right customer.
    """

    _name = "kdc.receipt.reversal"
    _description = "Withdrawal of a Receipt"
    _inherit = ["kdc.paid.over"]
    _step_fields = KdcPaidOut._step_fields | {"taken_off"}
    _order = "id desc"
    _rec_name = "receipt_id"
    _check_company_auto = True

    receipt_id = fields.Many2one(
        "kdc.receipt", required=True, index=True, ondelete="restrict", check_company=True,
        domain="[('state', '=', 'posted'), ('session_state', '!=', 'open')]",
    )  # fmt: skip
    company_id = fields.Many2one(related="receipt_id.company_id", store=True, index=True)
    account_id = fields.Many2one(related="receipt_id.account_id", string="Customer account")
    collector_id = fields.Many2one(related="receipt_id.user_id", string="Collector")
    receipt_amount = fields.Monetary("On the receipt", related="receipt_id.amount")
    kind = fields.Selection(
        [("back", "Paid back to the payer"), ("move", "Booked for the right customer")],
        "What becomes of the money", required=True, default="back", tracking=True,
    )  # fmt: skip
    amount = fields.Monetary(
        compute="_compute_amount", store=True, readonly=True, precompute=True,
        help="What goes back: all that was handed over, less what the bank has not shown. Or what the right customer "
        "is credited with.",
    )  # fmt: skip
    amount_now = fields.Monetary(
        "To book by now", compute="_compute_amount_now", help="Differs when the bank has shown other money since."
    )
    unseen_amount = fields.Monetary(related="receipt_id.unseen_amount")
    target_account_id = fields.Many2one(
        "kdc.customer.account", string="Right customer", check_company=True, ondelete="restrict", index="btree_not_null"
    )
    reason = fields.Char(required=True, tracking=True, help="The resident reads it.")
    taken_off = fields.Json(
        "Bills it had paid",
        readonly=True, copy=False, help="Which bills the money had paid by then: [[id of the bill, VND], …]."
    )
    state = fields.Selection(
        selection_add=[("posted", "Done"), ("withdrawn", "Not done")], ondelete={"withdrawn": "cascade"}
    )

    _approver_is_another = models.Constraint(
        "CHECK (approved_by_id IS NULL OR approved_by_id != requested_by_id)",
        "Whoever prepared this cannot approve it.",
    )
    _posted_by_somebody = models.Constraint(
        "CHECK (state != 'posted' OR (approved_by_id IS NOT NULL AND move_id IS NOT NULL))",
        "Money leaves with the approval of a person.",
    )
    _where_to = models.Constraint(
        "CHECK ((kind = 'back' AND (amount = 0 OR (journal_id IS NOT NULL AND receiver IS NOT NULL))) "
        "OR (kind = 'move' AND target_account_id IS NOT NULL))",
        "Say where the money goes: who receives it and from which desk or bank account, or to which customer.",
    )
    _drawer_hands_out = models.Constraint(
        "CHECK (kind = 'back' OR session_id IS NULL)",
        "No cash leaves a drawer when the money is booked for the right customer.",
    )
    _once = models.UniqueIndex(
        "(receipt_id) WHERE state != 'withdrawn'", "Somebody has asked to withdraw this receipt already."
    )

    @api.depends("receipt_id", "kind")
    def _compute_amount(self):
        for row in self:
            row.amount = row._amount_now()

    def _amount_now(self):
        """Return the VND that go back or over to the right customer, by what the bank has shown so far."""
        return self.receipt_id.amount if self.kind == "move" else self.receipt_id._to_hand_back()

    @api.depends("state", "amount", "unseen_amount", "kind")
    def _compute_amount_now(self):
        for row in self:
            row.amount_now = row._amount_now() if row.state == "draft" else row.amount

    @api.depends("receipt_id.user_id")
    @api.depends_context("uid")
    def _compute_can_approve(self):
        """Who took the money does not approve that it is taken out again either."""
        result = super()._compute_can_approve()
        for row in self:
            row.can_approve = row.can_approve and row.receipt_id.user_id != self.env.user
        return result

    @api.constrains("receipt_id", "kind", "target_account_id")
    def _check_reversible(self):
        """Refuse what cannot be undone like this, and say what to do instead."""
        for row in self.filtered(lambda row: row.state == "draft"):
            receipt = row.receipt_id
            receipt._check_reversible()
            if row.kind != "move":
                continue
            if row.target_account_id._kdc_debt() == receipt.account_id._kdc_debt(receipt.partner_id):
                raise UserError(
                    self.env._("Receipt %s was booked for this customer. Choose the right one.", receipt.name)
                )
            if receipt.line_ids.contribution_id:
                raise UserError(
                    self.env._(
                        "Receipt %s has a voluntary contribution, which is not turned into fees of somebody else. Pay "
                        "the money back and take it anew.",
                        receipt.name,
                    )
                )
            if receipt.unseen_amount:
                raise UserError(
                    self.env._(
                        "The bank has not shown %(amount)s of receipt %(receipt)s yet. Book it for another customer "
                        "when it has.",
                        amount=fmt.vnd(receipt.unseen_amount),
                        receipt=receipt.name,
                    )
                )

    def action_refresh(self):
        """Take over what the bank has shown since; whoever does it has prepared this anew."""
        for row in self:
            row.write({"amount": row._amount_now()})
        return True

    def action_cancel(self):
        raise UserError(self.env._("A receipt that was withdrawn stays so. Take the money anew with another receipt."))

    # -- booking -------------------------------------------------------------------------------------

    def _check_second_person(self):
        for row in self:
            if row.receipt_id.user_id == self.env.user:
                raise UserError(
                    self.env._("You took this money yourself: somebody else has to approve that it goes out again.")
                )
        return super()._check_second_person()

    def _lock(self):
        """The receipt too: two approvals at the same time would both undo it."""
        self._hold(self.receipt_id)
        self._hold(self.receipt_id.account_id | self.target_account_id)
        return super()._lock()

    def _check_payable(self):
        self._book_today()
        self._check_reversible()
        self._check_amount()
        return super()._check_payable()

    def _check_amount(self):
        """Nobody approves an amount that nobody has prepared: the bank may have shown more of it since."""
        if self.amount != self._amount_now():
            raise UserError(
                self.env._(
                    "The bank has shown other money since: %(now)s are to be booked, not the %(was)s that were "
                    "prepared. Nothing was booked. An accountant presses “Refresh the amount” first.",
                    now=fmt.vnd(self._amount_now()),
                    was=fmt.vnd(self.amount),
                )
            )

    def _entry_label(self):
        """Return the text of the entry, in the language of bills, whoever approves.

        The right customer reads it on a bill that is paid by it: somebody else's receipt is none of their business.
        """
        if self.kind == "move":
            return self.with_context(lang="vi_VN").env._("Payment that had been booked on another account")
        return self._undone_label()

    def _undone_label(self):
        """Return the text of what takes the money away from the customer of the receipt."""
        return self.with_context(lang="vi_VN").env._(
            "Receipt %(receipt)s withdrawn: %(reason)s", receipt=self.receipt_id.name, reason=self.reason
        )

    def _book_entry(self):
        """Return the posted entry that takes the receipt's money away from what it paid, and settle both."""
        receipt = self.receipt_id
        paid, unseen = receipt._paid_items(), receipt._unseen_items()
        # A transfer that proved to be this receipt stays what it is: the money came, and goes on from here.
        parts = paid.matched_debit_ids
        self.taken_off = [[part.debit_move_id.move_id.id, round(part.amount)] for part in parts]
        with transfer_step():
            paid.remove_move_reconcile()
        entry = self.env["account.move"].create({
            "move_type": "entry",
            "journal_id": self._entry_journal().id,
            "date": self.date,
            "ref": self._entry_label(),
            "line_ids": [Command.create(line) for line in self._entry_lines()],
        })  # fmt: skip
        entry.action_post()
        self._settle(paid | unseen, entry)
        receipt._reversed(self)
        # The right account first: the other one may be of the same payer, whose advance is for both.
        self.target_account_id.filtered(lambda _account: self.kind == "move")._kdc_apply_advance()
        receipt.account_id._kdc_apply_advance(receipt.partner_id)
        self._notify_residents()
        return entry

    def _taken_off(self):
        """Return [(id of a bill, VND)] that the receipt had paid when it was withdrawn, also out of its advance.

        Of the first withdrawals only what the receipt says is known.
        """
        lines = self.receipt_id.line_ids.filtered("move_id")
        return self.taken_off or [(line.move_id.id, round(line.amount)) for line in lines]

    def _entry_journal(self):
        """Return the desk or bank the money leaves; where none leaves, the journal for other entries."""
        if self.kind == "back" and self.amount:
            return self.journal_id
        return self.env["account.journal"].search(
            [("type", "=", "general"), ("company_id", "=", self.company_id.id)], limit=1
        )

    def _entry_lines(self):
        """Return the values of the items: what the receipt credited is debited, and the money is where it goes."""
        receipt, partner = self.receipt_id, self.receipt_id.partner_id
        moved = self.kind == "move"
        label, undone = self._entry_label(), self._undone_label()
        lines = []
        for item in receipt._entry_items() - receipt._money_items():
            # The rounding stays where the cash stays.
            if not moved or item.account_id.account_type == "asset_receivable":
                lines.append({
                    "name": undone, "account_id": item.account_id.id, "partner_id": item.partner_id.id,
                    "debit": item.credit, "credit": item.debit,
                })  # fmt: skip
        if moved:
            partner = self.target_account_id.partner_id
            account = partner.with_company(self.company_id).property_account_receivable_id
            target = {"name": label, "account_id": account.id, "partner_id": partner.id, "credit": self.amount}
            return [*lines, target]
        lines += [
            {"name": label, "account_id": item.account_id.id, "partner_id": partner.id, "credit": item.debit}
            for item in receipt._unseen_items()
        ]
        if self.amount:
            account = self.journal_id.default_account_id
            lines.append({
                "name": label, "account_id": account.id, "partner_id": partner.id, "credit": self.amount,
            })  # fmt: skip
        return lines

    def _settle(self, items, entry):
        """Match these items of the receipt with what undoes them, account by account."""
        for account, found in items.grouped("account_id").items():
            if account.reconcile:
                side = "debit" if found[:1].credit else "credit"
                undone = entry.line_ids.filtered(
                    lambda line, account=account, side=side: line.account_id == account and line[side]
                )
                (found + undone).reconcile()

    @api.model
    def _undone_at_bank(self, items):
        """Return those of these items of a bank for which no movement will come: a withdrawal took them out again."""
        rows = self.search([
            ("state", "=", "posted"), ("kind", "=", "back"), ("receipt_id.transfer_amount", ">", 0),
            ("company_id", "in", items.company_id.ids),
        ])  # fmt: skip
        undone, unseen = items.browse(), rows.receipt_id._unseen_parts()
        for row in rows.filtered(lambda row: "transfer_amount" in unseen[row.receipt_id]):
            transfer, came = row.receipt_id.transfer_amount, row.receipt_id.payment_id.move_id
            undone |= items.filtered(lambda item, came=came: item.move_id == came)
            undone |= items.filtered(
                lambda item, row=row, transfer=transfer: item.move_id == row.move_id and item.credit == transfer
            )[:1]
        return undone

    def _where_words(self):
        """Say to the resident of the receipt where its money went; of a right customer nothing is told."""
        self.ensure_one()
        if self.kind == "move":
            return self.env._("The money was meant for another customer and is booked there now.")
        return self.env._("%s goes back to the payer.", fmt.vnd(self.amount)) if self.amount else ""

    def _notify_residents(self):
        """Tell who sees the bills of the account, and of the one it was meant for, inside the system."""
        # In the language of bills, whoever approves.
        env = self.with_context(lang="vi_VN").env
        receipt = self.receipt_id
        where = self.with_env(env)._where_words()
        words = env._("%(where)s What it had paid is owed again. Reason: %(reason)s", where=where, reason=self.reason)
        notices = env["kdc.notification"]
        partners = receipt._kdc_readers()
        if partners:
            title = env._("Receipt %s was withdrawn", receipt.name)
            notices._notify(partners, title, words, f"/my/receipts/{receipt.id}")
        others = self.target_account_id._kdc_bill_readers() if self.kind == "move" else None
        if others:
            notices._notify(
                others,
                env._("%s received, thank you", fmt.vnd(self.amount)),
                env._(
                    "The payment had been booked for another customer by mistake. It is on your account %s now.",
                    self.target_account_id.number,
                ),
                "/my/bills",
            )
