from collections import defaultdict
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.engine.text import fold
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError

from ..engine import reference
from ..engine.apportion import Charge
from ..engine.matching import (
    SUGGESTIONS,
    Bill,
    Book,
    Payer,
    may_be_one,
    possible_codes,
    possible_names,
    possible_numbers,
)
from .account_move_transfer import transfer_step
from .kdc_customer_account_owed import Debt

#: Up to so many transfers are matched by looking up what they name; more of them with the whole ward at hand.
FEW = 20
#: Days between the entry somebody made by hand and the day the bank shows.
HAND_DAYS = 10
#: Stands where a text was that nobody keeps any more.
FORGOTTEN = "–"
#: How long it is remembered for whom a bank account has paid.
PAID_BEFORE = timedelta(days=365)


class ResCompany(models.Model):
    _inherit = "res.company"

    def _kdc_transfer_book(self, transfers):
        """Return the ``engine.matching.Book``: what is owed, the bills these transfers name, and who may pay (sudo).

        For many transfers it holds the whole ward; for a few, those only that one of them may mean.

        :param list transfers: ``engine.matching.Transfer``

        Its accounts are :class:`Debt`: a code pays the debt of the payer whom its bill names, and everything else means
        today's payer. One charge per bill: it is only asked how much is owed; the spread over services is made when it
        is booked.
        """
        self.ensure_one()
        payer_accounts = {transfer.payer_account for transfer in transfers if transfer.payer_account}
        named = [("kdc_reference", "in", list({code for one in transfers for code in possible_codes(one.text)}))]
        accounts, by_amount = self.env["kdc.customer.account"], None
        if len(transfers) > FEW:
            accounts = accounts.search([("company_id", "=", self.id)])
            wanted = ["|", ("amount_residual", ">", 0), *named]
        else:
            by_amount = self._kdc_owing({transfer.amount for transfer in transfers})
            accounts = self._kdc_possible_accounts(transfers, payer_accounts, by_amount, named)
            wanted = [("kdc_account_id", "in", accounts.ids), "|", ("amount_residual", ">", 0), *named]
        moves = self.env["account.move"].search_fetch(
            [
                ("company_id", "=", self.id), ("move_type", "=", "out_invoice"), ("kdc_reference", "!=", False),
                ("state", "in", ("posted", "cancel")), *wanted,
            ],
            ["kdc_reference", "kdc_account_id", "partner_id", "state", "amount_residual", "kdc_period", "invoice_date"],
            order="kdc_period, id",
        )  # fmt: skip
        posted = moves.filtered(lambda move: move.state == "posted")
        # A code is used again when its month is billed again, and then it is the new bill's.
        alive = set(posted.mapped("kdc_reference"))
        displaced = self._kdc_displaced(posted)
        debts = {move: move.kdc_account_id._kdc_debt(move.partner_id) for move in moves}
        charges = defaultdict(list)
        for move in posted:
            if move.amount_residual > 0:
                period = move.kdc_period or move.invoice_date
                charges[debts[move]].append(Charge({"move_id": move.id}, period, 0, round(move.amount_residual)))
        bills = [
            Bill(
                move.kdc_reference, debts[move], move.id, move.state == "cancel", displaced.get(move.id, 0),
                debts[move].former,
            )
            for move in moves
            if move.state == "posted" or move.kdc_reference not in alive
        ]  # fmt: skip
        drives = self.env["kdc.contribution.drive"].search([("company_id", "=", self.id), ("state", "=", "open")])
        former = [debt for debt in charges if debt.former]
        payers = self._kdc_payers(accounts.filtered("active"), payer_accounts, former)
        return Book(bills, charges, payers, {drive.number: drive for drive in drives}, by_amount=by_amount)

    def _kdc_owing(self, amounts):
        """Return VND → the debts that are just that."""
        groups = self.env["account.move"]._read_group(
            [
                ("company_id", "=", self.id), ("move_type", "=", "out_invoice"), ("kdc_reference", "!=", False),
                ("state", "=", "posted"), ("amount_residual", ">", 0),
            ],
            ["kdc_account_id", "partner_id"], ["amount_residual:sum"],
            having=[("amount_residual:sum", "in", tuple(amounts) or (0,))],
        )  # fmt: skip
        owing = defaultdict(list)
        for account, payer, amount in groups:
            owing[round(amount)].append(Debt(account, payer))
        return owing

    def _kdc_possible_accounts(self, transfers, payer_accounts, by_amount, named):
        """Return every account that the matching may look at for these transfers: named in any way, or of the amount.

        :param list named: domain of the bills whose code may be meant
        """
        texts = [(transfer.payer_name, transfer.text) for transfer in transfers]
        numbers = {number for _name, text in texts for number in possible_numbers(text)}
        numbers |= {number for _name, text in texts for number, _drive in reference.find_gifts(text)}
        names = list({name for pair in texts for name in possible_names(*pair)})
        mine = [("company_id", "=", self.id)]
        bills = self.env["account.move"].search([*mine, ("move_type", "=", "out_invoice"), *named])
        living = [("household_id.company_id", "=", self.id), ("date_end", "=", False)]
        members = self.env["kdc.household.membership"].search([*living, ("resident_id.search_key", "in", names)])
        paid = [("transfer_id.payer_account", "in", list(payer_accounts)), ("transfer_id.state", "=", "matched")]
        earlier = self.env["kdc.transfer.line"]._read_group([*mine, *paid], ["account_id"]) if payer_accounts else []
        accounts = self.env["kdc.customer.account"]
        found = accounts.search(
            [
                *mine, "|", "|",
                ("number", "in", list(numbers)), ("payer_key", "in", names),
                ("household_id", "in", members.household_id.ids),
            ]
        )  # fmt: skip
        same = [debt.account for some in by_amount.values() if len(some) <= SUGGESTIONS for debt in some]
        return found.union(bills.kdc_account_id, *same, *(account for (account,) in earlier))

    def _kdc_displaced(self, moves):
        """Return bill id → VND that transfers naming other codes have paid on it."""
        displaced = defaultdict(int)
        groups = self.env["kdc.transfer.line"]._read_group(
            [("move_id", "in", moves.ids), ("transfer_id.state", "=", "matched")],
            ["move_id", "transfer_id.references"], ["amount:sum"],
        )  # fmt: skip
        for move, references, amount in groups:
            codes = (references or "").split()
            if codes and move.kdc_reference not in codes:
                displaced[move.id] += round(amount)
        return displaced

    def _kdc_payers(self, accounts, payer_accounts, former):
        """Return an ``engine.matching.Payer`` per customer: number, names of the household, banks that paid before.

        :param former: debts of who paid for an account before: suggested by their own bank account only
        """
        members = self.env["kdc.household.membership"].search_fetch(
            [("household_id", "in", accounts.household_id.ids), ("date_end", "=", False)],
            ["household_id", "resident_id"],
        )
        names = defaultdict(set)
        for membership in members:
            names[membership.household_id].add(fold(membership.resident_id.name))
        banks = defaultdict(set)
        earlier = self.env["kdc.transfer.line"]._read_group(
            [
                ("company_id", "=", self.id), ("transfer_id.state", "=", "matched"),
                ("transfer_id.payer_account", "in", list(payer_accounts)),
                ("transfer_id.date", ">=", fields.Date.today() - PAID_BEFORE),
            ],
            ["account_id", "payer_id", "transfer_id.payer_account"],
        ) if payer_accounts else []  # fmt: skip
        for account, payer, payer_account in earlier:
            banks[account._kdc_debt(payer)].add(payer_account)
        return [Payer(debt, "", (), tuple(banks[debt])) for debt in former if debt in banks] + [
            Payer(
                account._kdc_debt(),
                account.number,
                tuple(names[account.household_id] | {account.payer_key}),
                tuple(banks[account._kdc_debt()]),
            )
            for account in accounts
        ]

    def _kdc_deposits_waiting(self, amounts):
        """Return the deposits of cash of these amounts (VND) that no statement of the bank has shown yet (sudo)."""
        return self.env["kdc.cash.deposit"].search([
            ("company_id", "=", self.id), ("state", "=", "posted"), ("arrived", "=", False),
            ("amount", "in", list(amounts)),
        ], order="date, id")  # fmt: skip

    def _kdc_return_account(self):
        """Return the account of money that goes back to its senders, made on first use."""
        accounts = self.env["account.account"].with_company(self)
        found = accounts.search([("company_ids", "in", self.ids), ("code", "=", "338895")], limit=1)
        return found or accounts.create({
            "code": "338895", "name": "Tiền chuyển khoản nhầm chờ trả lại", "account_type": "liability_current",
            "reconcile": True, "company_ids": [Command.set(self.ids)],
        })  # fmt: skip


class KdcTransfer(models.Model):
    """How a decision becomes entries. All of it runs in sudo, after the steps have checked job and state."""

    _inherit = "kdc.transfer"

    # -- bills --------------------------------------------------------------------------------------

    def _book_debts(self, amounts, automatic=False):
        """Put the money on customers: the oldest bill first, as at the counter; what is left is their advance.

        :param dict amounts: ``Debt`` → VND, together the amount of the transfer
        """
        self.ensure_one()
        if self.amount <= 0 or sum(amounts.values()) != round(self.amount) or min(amounts.values()) <= 0:
            raise UserError(self.env._("The parts of a transfer add up to its amount."))
        spreads = {debt: debt.spread(amount) for debt, amount in amounts.items()}
        items = self._bill_items(spreads)
        self._rewrite_entry([vals for _bill, vals in items], self._only_partner(spreads))
        self._reconcile_bills({self: [bill for bill, _vals in items]})
        self.env["kdc.transfer.line"].create(self._line_vals(spreads))
        self._decided("matched", is_automatic=automatic, reason=False)
        self._notify_received()

    @api.model
    def _only_partner(self, spreads):
        """Return the payer when a transfer is one customer's, else nobody."""
        partners = {debt.payer for debt in spreads}
        return partners.pop() if len(partners) == 1 else self.env["res.partner"]

    @api.model
    def _bill_items(self, spreads):
        """Return (bill, values) of the items that pay bills, the oldest first, and of advances (without bill)."""
        moves = self.env["account.move"]
        items = []
        for (account, partner), spread in spreads.items():
            amounts = {}
            for share in spread.shares:
                if share.amount:
                    move_id = share.charge.key["move_id"]
                    amounts[move_id] = amounts.get(move_id, 0) + share.amount
            receivable = partner.with_company(account.company_id).property_account_receivable_id
            for bill in moves.browse(amounts):
                ledger = bill._kdc_open_items()[:1].account_id or receivable
                name = f"{account.number} – {bill.kdc_reference or bill.name}"
                items.append((bill, {"name": name, "account_id": ledger.id, "credit": amounts[bill.id]}))
            if spread.advance:
                name = self.env._("%s – advance", account.number)
                items.append((moves, {"name": name, "account_id": receivable.id, "credit": spread.advance}))
            items = [(bill, {"partner_id": partner.id} | vals) for bill, vals in items]
        return items

    @api.model
    def _reconcile_bills(self, bills_of):
        """Reconcile the items of transfers with the bills they pay.

        :param dict bills_of: transfer → a bill, or none, per item of its entry after the bank's own
        """
        plan = defaultdict(self.env["account.move.line"].browse)
        for transfer, bills in bills_of.items():
            bank = transfer.journal_id.default_account_id
            items = transfer.move_id.line_ids.filtered(lambda line, bank=bank: line.account_id != bank).sorted("id")
            for bill, item in zip(bills, items, strict=True):
                if bill:
                    plan[bill._kdc_open_items()[:1]] |= item
        # Odoo derives the tax and term items of all bills before and after, though paying does not change them; only
        # taxes due on payment would make entries of their own.
        items = self.env["account.move.line"].with_context(
            skip_invoice_sync=not any(self.company_id.mapped("tax_exigibility"))
        )
        items._reconcile_plan([bill_item + paying for bill_item, paying in plan.items()])

    def _line_vals(self, spreads):
        """Return what the transfer paid, service by service, as a receipt says it."""
        self.ensure_one()
        lines = []
        for (account, payer), spread in spreads.items():
            whose = {"transfer_id": self.id, "account_id": account.id, "payer_id": payer.id}
            lines += [
                whose
                | {
                    "move_id": share.charge.key["move_id"],
                    "section": share.charge.key["section"],
                    "name": share.charge.key["label"],
                    "period": share.charge.period,
                    "amount": share.amount,
                    "remaining": share.remaining,
                }
                for share in spread.shares
                if share.amount
            ]
            if spread.advance:
                lines.append(whose | {"name": self.env._("Kept as advance"), "amount": spread.advance})
        return lines

    # -- other decisions ----------------------------------------------------------------------------

    def _book_gift(self, drive, account=None, automatic=False):
        """Credit the fund of a drive; the gift counts from now on."""
        self.ensure_one()
        if self.amount <= 0:
            raise UserError(self.env._("Only money that came in is a gift."))
        if drive.state == "draft" or drive.company_id != self.company_id:
            raise UserError(self.env._("This drive is not open yet."))
        account = account or self.env["kdc.customer.account"]
        number = self._gift_number()
        if not number:
            raise UserError(self.env._("Transfer %s was recorded already.", self.bank_reference))
        giver = account.partner_id.name or self.payer_name or self.text or "–"
        item = self._counterpart(drive.account_id, self.amount)
        item |= {"name": f"{drive.name} – {giver}", "partner_id": account.partner_id.id}
        self._rewrite_entry([item], account.partner_id)
        gift = self.env["kdc.contribution"].create({
            "drive_id": drive.id,
            "customer_id": account.id,
            "giver_name": giver,
            "date": self.date,
            "amount": self.amount,
            "bank_reference": number,
            "move_id": self.move_id.id,
        })  # fmt: skip
        name = self.env._("Voluntary contribution: %s", drive.name)
        self.env["kdc.transfer.line"].create({
            "transfer_id": self.id, "account_id": account.id, "payer_id": account.partner_id.id,
            "contribution_id": gift.id, "name": name, "amount": self.amount,
        })  # fmt: skip
        self._decided("gift", is_automatic=automatic, reason=False)
        if account:
            gift._thank()

    def _gift_number(self):
        """Return the number by which this gift counts once, or None when somebody recorded it by hand.

        A number alone proves nothing: some banks begin again with 1 every day.
        """
        own = f"{self.journal_id.code}|{self.key}"
        number = self.bank_reference or own
        gifts = self.env["kdc.contribution"].search(
            [("company_id", "=", self.company_id.id), ("bank_reference", "=", number), ("cancelled_by_id", "=", False)]
        )
        imported = self.env["kdc.transfer.line"].search([("contribution_id", "in", gifts.ids)]).contribution_id
        if any(gift.amount == self.amount for gift in gifts - imported):
            return None
        return own if gifts else number

    @api.model
    def _hand_items(self, journal, date_from, date_to):
        """Return the items of a bank that somebody booked by hand around these days, and that are no movement yet."""
        items = self.env["account.move.line"].search(
            [
                ("account_id", "=", journal.default_account_id.id), ("company_id", "=", journal.company_id.id),
                ("parent_state", "=", "posted"), ("statement_line_id", "=", False),
                ("date", ">=", date_from - timedelta(days=HAND_DAYS)),
                ("date", "<=", date_to + timedelta(days=HAND_DAYS)),
            ],
            order="date, id",
        )  # fmt: skip
        taken = self.search([("booked_move_id", "in", items.move_id.ids)]).booked_move_id
        items = items.filtered(lambda item: item.move_id not in taken)
        return items - self.env["kdc.receipt.reversal"]._undone_at_bank(items)

    def _hand_entries(self):
        """Return entries made by hand that may be this movement: the same amount at the same bank."""
        self.ensure_one()
        items = self._hand_items(self.journal_id, self.date, self.date)
        return items.filtered(lambda item: round(item.balance) == round(self.amount)).move_id[:3]

    def _imported_entries(self):
        """Return entries of other files that may be this movement: another export of the bank showed it before."""
        self.ensure_one()
        if self.reason not in ("same", "undone"):
            return self.env["account.move"]
        others = self.search([
            ("journal_id", "=", self.journal_id.id), ("date", "=", self.date), ("amount", "=", self.amount),
            ("statement_id", "!=", self.statement_id.id), ("move_id.state", "=", "posted"),
        ])  # fmt: skip
        taken = self.search([("booked_move_id", "in", others.move_id.ids)]).booked_move_id
        return others.filtered(lambda other: may_be_one(self.text or "", other.text or "")).move_id[:3] - taken

    def _book_before(self, entry, automatic=False):
        """An entry made before is this movement: it stays, and the one of the statement is cancelled."""
        self.ensure_one()
        if entry not in self._hand_entries() | self._imported_entries():
            raise UserError(self.env._("This entry does not fit any more: choose another one."))
        self.move_id.button_draft()
        self.move_id.button_cancel()
        self._decided("booked", booked_move_id=entry.id, is_automatic=automatic, reason=False)

    def _book_returned(self, other):
        """The money of another transfer has left by this movement."""
        self.ensure_one()
        if other.state != "returning" or other.amount != -self.amount or other.journal_id != self.journal_id:
            raise UserError(self.env._("This return does not fit any more: look for suggestions again."))
        account = self.company_id._kdc_return_account()
        self._rewrite_entry([self._counterpart(account, self.amount)])
        (self.move_id | other.move_id).line_ids.filtered(lambda line: line.account_id == account).reconcile()
        other.write({"state": "returned", "returned_by_id": self.id})
        self._decided("returned", reason=False)

    def _deposits_waiting(self):
        """Return the deposits of cash that may have arrived by this movement."""
        self.ensure_one()
        return self.company_id._kdc_deposits_waiting([self.amount])[:3] if self.amount > 0 else []

    def _book_deposit(self, deposit, automatic=False):
        """Cash that was taken to the bank has arrived: it is no longer on its way."""
        self.ensure_one()
        lock_or_retry(deposit, allow_referencing=True)
        if deposit not in self.company_id._kdc_deposits_waiting([self.amount]):
            raise UserError(self.env._("This deposit does not fit any more: look for suggestions again."))
        sent = deposit.move_id.line_ids.filtered("debit")
        self._rewrite_entry([self._counterpart(sent.account_id, self.amount)])
        if sent.account_id.reconcile:
            (sent | self.move_id.line_ids.filtered(lambda item: item.account_id == sent.account_id)).reconcile()
        deposit.transfer_id = self
        self._decided("deposit", is_automatic=automatic, reason=False)

    def _ask_return(self, reason, receiver):
        """Prepare that the money goes back; a second person decides it."""
        if self.amount <= 0:
            raise UserError(self.env._("Only money that came in is sent back."))
        self._decided("return", note=reason, receiver=receiver)

    def _set_aside(self, reason):
        """It has nothing to do with fees: it stays on the suspense account for the bookkeeper of the ward."""
        self._decided("other", note=reason)

    # -- undo ---------------------------------------------------------------------------------------

    def _undo(self, reason):
        """Take a decision back: the bills are owed again, the money waits again, the history says what was."""
        self.ensure_one()
        if self.state == "returned" and self.amount > 0:
            raise UserError(self.env._("Undo the movement by which the money left first."))
        spent = self._spent_by()
        if spent:
            raise UserError(
                self.env._("This money was paid back or moved on meanwhile by %s, so it stays.", spent[0].display_name)
            )
        if self.state == "gift":
            self._undo_gift(reason)
        if self.state == "booked":
            with transfer_step():
                self.move_id.button_draft()
            self.move_id.action_post()
        elif self.state != "other":
            self._rewrite_entry([self._counterpart(self.journal_id.suspense_account_id, self.amount)])
        self.search([("returned_by_id", "=", self.id)]).write({"state": "returning", "returned_by_id": False})
        self.message_post(
            body=self.env._(
                "Undone: %(reason)s. It was: %(decision)s", reason=reason, decision=self._what_was_decided()
            )
        )
        self.deposit_ids.transfer_id = False
        self.line_ids.unlink()
        self.write({
            "state": "open", "reason": "undone", "is_automatic": False, "booked_move_id": False, "note": False,
            "receiver": False, "decided_by_id": False, "decided_on": False, "approved_by_id": False,
        })  # fmt: skip
        self._suggest()

    def _spent_by(self):
        """Return the entries that took this money away again: what it is matched with and is no bill."""
        taken = self.move_id.line_ids.matched_debit_ids.debit_move_id.move_id - self.move_id
        taken -= self.deposit_ids.move_id
        return taken.filtered(lambda entry: not entry.kdc_account_id)

    def _what_was_decided(self):
        """Return in words what an undo takes back, for the history."""
        states = dict(self._fields["state"]._description_selection(self.env))
        parts = [
            f"{line.account_id.number or ''} {line.name} {line.period_name or ''} {fmt.vnd(line.amount)}".strip()
            for line in self.line_ids
        ]
        parts += self.deposit_ids.mapped("display_name")
        return "; ".join(filter(None, [states[self.state], *parts, self.note, self.booked_move_id.name]))

    def _undo_gift(self, reason):
        if self.decided_by_id.id == self.env.uid:
            raise UserError(self.env._("You recorded this gift yourself: somebody else has to cancel it."))
        self.line_ids.contribution_id.write({"cancel_reason": reason, "cancelled_by_id": self.env.uid})

    # -- entries ------------------------------------------------------------------------------------

    def _counterpart(self, account, amount):
        """Return the item that answers ``amount`` (VND, positive: money that came) on an account."""
        side = {"credit": amount, "debit": 0} if amount > 0 else {"debit": -amount, "credit": 0}
        return {"name": self.text or self.bank_reference or self.key, "account_id": account.id, **side}

    def _rewrite_entry(self, items, partner=None):
        """Replace everything but the bank's own item of the entry, as Odoo does when a statement line is matched."""
        self.ensure_one()
        line = self.statement_line_id.with_context(force_delete=True, skip_readonly_check=True)
        with transfer_step():
            line.line_ids.remove_move_reconcile()
            bank, *_others = line._seek_for_lines()
            # The partner through the bank's item: written on the statement line, Odoo would put its own items back.
            line.write({
                "line_ids": [
                    *(Command.delete(item.id) for item in line.line_ids - bank),
                    Command.update(bank.id, {"partner_id": partner.id if partner else False}),
                    *(Command.create(item) for item in items),
                ],
            })  # fmt: skip

    # -- personal data ------------------------------------------------------------------------------

    def _forget_sender(self):
        """Take out of these movements who sent them and what they wrote; amounts, days and bills stay (sudo).

        The file goes as well once all of its movements are as old: the paper whose time is over.
        """
        if not self:
            return
        # No step of the transfer: nothing is decided, and no amount changes.
        with transfer_step():
            for line in self.statement_line_id:
                line.move_id.line_ids.filtered(lambda item, line=line: item.name == line.payment_ref).name = FORGOTTEN
            # Odoo would write the items of the entry anew.
            lines = self.statement_line_id.with_context(skip_account_move_synchronization=True)
            lines.write({"partner_name": False, "account_number": False, "payment_ref": FORGOTTEN})
        self.write({"payer_name": False, "payer_account": False, "text": False, "receiver": False})
        newest = max(self.mapped("date"))
        self.statement_id.filtered(lambda statement: statement.date_to <= newest).file = False


class AccountMove(models.Model):
    _inherit = "account.move"

    def _kdc_open_items(self):
        """Return the items of a bill that something is still to pay on."""
        return self.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
        )
