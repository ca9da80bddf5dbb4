from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from odoo import api, models
from odoo.addons.kdc_residents.engine.clock import to_utc
from odoo.fields import Domain

from ..engine.proof import Comparison


@dataclass(frozen=True)
class Check:
    """One statement of the proof: two books that have to agree for each record of a model."""

    name: str
    left: str
    right: str
    model: str
    comparison: Comparison
    #: Amounts are đồng; else papers are counted.
    money: bool = True


class KdcProof(models.AbstractModel):
    """Proves for a day of a ward: receipts = cash book = journal entries = payments on bills, to the đồng.

    Every check compares, record by record, two sources that are written by different code; it trusts no stored total.
    To add one, extend :meth:`_checks`.
    """

    _name = "kdc.proof"
    _description = "Reconciliation Proof"

    @api.model
    def _prove(self, company, day):
        """Return the list of :class:`Check` of a day; the day fits when none has misfits.

        :param day: date, in Vietnam, on the receipts and bills
        """
        # sudo: the books are compared whole, whatever areas the caller works in; callers check who asks.
        proof = self.sudo().with_company(company)
        return list(proof._checks(company, day))

    @api.model
    def _days(self, company, since=None):
        """Return the days with receipts, transfers, gifts, bills, counted drawers or deposits, in order."""
        domain = Domain("company_id", "=", company.id)
        days = set()
        for model, name, extra in (
            ("kdc.receipt", "date", []),
            ("kdc.contribution", "date", []),
            ("kdc.transfer", "date", []),
            ("kdc.cash.deposit", "date", [("state", "!=", "draft")]),
            ("kdc.fund.spending", "date", [("state", "!=", "draft")]),
            ("kdc.remittance", "date", [("state", "!=", "draft")]),
            ("kdc.receipt.reversal", "date", [("state", "=", "posted")]),
            ("kdc.advance.return", "date", [("state", "=", "posted")]),
            ("account.move", "invoice_date", [("kdc_account_id", "!=", False), ("state", "=", "posted")]),
        ):
            # sudo: as in _prove; only days come out
            groups = self.env[model].sudo()._read_group(domain & Domain(extra), [f"{name}:day"])
            days.update(day for [day] in groups if day)
        # sudo: as above
        sessions = self.env["kdc.cash.session"].sudo().search(domain & Domain("state", "=", "countersigned"))
        days.update(session._closing_day() for session in sessions)
        return sorted(day for day in days if not since or day >= since)

    @api.model
    def _checks(self, company, day):
        """Yield the checks of a day; cancelled receipts and undone matches are looked at as well (sudo)."""
        of_the_day = [("company_id", "=", company.id), ("date", "=", day)]
        receipts = self.env["kdc.receipt"].search(of_the_day)
        transfers = self.env["kdc.transfer"].search(of_the_day)
        yield self._check_entries(receipts)
        yield self._check_cash_book(company, day)
        yield self._check_ways(receipts)
        yield self._check_spread(receipts)
        yield self._check_transfers(transfers)
        yield self._check_payments_on_bills(receipts, transfers)
        yield self._check_open_amounts(receipts.line_ids.move_id | transfers.line_ids.move_id)
        yield self._check_gifts(company, day)
        yield self._check_sessions(receipts.session_id)
        yield self._check_differences(company, day)
        yield self._check_deposits(company, day)
        yield self._check_paid_out(company, day, "kdc.fund.spending", self.env._("Each spending has left its fund"))
        yield self._check_paid_out(company, day, "kdc.remittance", self.env._("Each remittance has left the ward"))
        yield self._check_reversals(company, day)
        yield self._check_advances(company, day)
        yield self._check_arrivals(transfers)
        yield self._check_numbers(receipts)
        yield self._check_bills(company, day)

    @api.model
    def _check_entries(self, receipts):
        """A receipt is in the cash book on its day with its amount, also when it is withdrawn later; a cancelled one is
        not."""
        booked = defaultdict(int)
        for receipt in receipts:
            entry = receipt.payment_id.move_id
            if entry.state == "posted" and entry.date == receipt.date:
                cash = entry.line_ids.filtered(
                    lambda line, desk=receipt.journal_id.default_account_id: line.account_id == desk
                )
                booked[receipt.id] = round(sum(cash.mapped("balance")))
        said = {receipt.id: 0 if receipt.state == "cancelled" else round(receipt._in_journal()) for receipt in receipts}
        return Check(
            self.env._("Each receipt is in the cash book"), self.env._("Receipts"), self.env._("Cash book"),
            "kdc.receipt", Comparison(said, booked),
        )  # fmt: skip

    @api.model
    def _check_cash_book(self, company, day):
        """Every đồng that came into a desk has a receipt, was counted too much or makes up for a shortage; desks and
        bank may change money.

        The float of a session is lent by the desk to the drawer and never leaves its balance, so opening a session
        books nothing.
        """
        desks = self.env["account.journal"].search([("company_id", "=", company.id), ("type", "=", "cash")])
        taken = self.env["account.move.line"].search([
            ("account_id", "in", desks.default_account_id.ids), ("parent_state", "=", "posted"),
            ("date", "=", day), ("company_id", "=", company.id), ("debit", ">", 0),
        ])  # fmt: skip
        booked = defaultdict(int)
        for line in taken.filtered(lambda line: not self._moves_own_money(line.move_id)):
            booked[line.move_id.id] += round(line.debit)
        receipts = self.env["kdc.receipt"].search(
            [("payment_id.move_id", "in", taken.move_id.ids), ("state", "!=", "cancelled")]
        )
        said = defaultdict(int)
        for receipt in receipts:
            said[receipt.payment_id.move_id.id] += round(receipt.cash_amount)
        surpluses = self.env["kdc.cash.session"].search([("difference_move_id", "in", taken.move_id.ids)])
        for session in surpluses:
            said[session.difference_move_id.id] += round(session.difference)
        for entry, amount in self._shortages_paid_in(taken.move_id, desks, day).items():
            said[entry.id] += amount
        return Check(
            self.env._("Each amount that came into the desk has a receipt"), self.env._("Cash book"),
            self.env._("Receipts, surpluses and shortages made up for"), "account.move", Comparison(booked, said),
        )  # fmt: skip

    @api.model
    def _shortages_paid_in(self, entries, desks, day):
        """Return entry → VND by which collectors made up for what was missing in their drawers, never more than that.

        :param desks: the cash journals, on whose account for shortages the missing money awaits its resolution
        """
        of_shortages = [("account_id", "in", desks.loss_account_id.ids), ("partner_id", "!=", False)]
        items = self.env["account.move.line"].search(
            [*of_shortages, ("move_id", "in", entries.ids), ("credit", ">", 0)], order="id desc"
        )
        # Less than nothing: that much was paid in though nothing was missing.
        missing = {
            (account, partner): round(balance)
            for account, partner, balance in self.env["account.move.line"]._read_group(
                [*of_shortages, ("company_id", "in", desks.company_id.ids), ("parent_state", "=", "posted"),
                 ("partner_id", "in", items.partner_id.ids), ("date", "<=", day)],
                ["account_id", "partner_id"], ["balance:sum"],
            )
        }  # fmt: skip
        paid = defaultdict(int)
        for item in items:
            key = item.account_id, item.partner_id
            too_much = min(max(-missing[key], 0), round(item.credit))
            missing[key] += too_much
            paid[item.move_id] += round(item.credit) - too_much
        return paid

    @api.model
    def _moves_own_money(self, entry):
        """Return whether an entry only carries money between desks, banks and the account between them."""
        accounts = entry.line_ids.account_id - entry.company_id.transfer_account_id
        return all(account.account_type == "asset_cash" for account in accounts)

    @api.model
    def _check_spread(self, receipts):
        """What a receipt says it was for is what its entry credits."""
        said, booked = {}, {}
        for receipt in receipts.filtered(lambda receipt: receipt.state != "cancelled"):
            credits = sum(receipt.line_ids.mapped("amount")) + receipt.advance + max(receipt.rounding, 0)
            said[receipt.id] = round(credits)
            booked[receipt.id] = round(sum(receipt.payment_id.move_id.line_ids.mapped("credit")))
        return Check(
            self.env._("What each receipt is for is booked"), self.env._("Lines of the receipts"),
            self.env._("Journal entries"), "kdc.receipt", Comparison(said, booked),
        )  # fmt: skip

    @api.model
    def _check_ways(self, receipts):
        """What a receipt took by transfer and card is at the bank or on its way there; what was rounded is apart.

        Told by the kind of the accounts, so that choosing others later does not disturb the days before.
        """
        said, booked = {}, {}
        for receipt in receipts.filtered(lambda receipt: receipt.state != "cancelled"):
            said[receipt.id] = round(receipt.transfer_amount + receipt.card_amount - receipt.rounding)
            known = receipt.journal_id.default_account_id | receipt.line_ids.contribution_id.drive_id.account_id
            items = receipt.payment_id.move_id.line_ids.filtered(
                lambda line, known=known: (
                    line.account_id not in known and line.account_id.account_type != "asset_receivable"
                )
            )
            booked[receipt.id] = round(sum(items.mapped("balance")))
        return Check(
            self.env._("What was paid by transfer or card and what was rounded is booked apart"),
            self.env._("Receipts"), self.env._("Journal entries"), "kdc.receipt", Comparison(said, booked),
        )  # fmt: skip

    @api.model
    def _check_payments_on_bills(self, receipts, transfers):
        """What a receipt or a transfer says it paid of a bill is matched with it; a cancelled one pays nothing."""
        documents = [(receipt.payment_id.move_id, receipt.line_ids, receipt.state == "posted") for receipt in receipts]
        documents += [(transfer.move_id, transfer.line_ids, True) for transfer in transfers]
        # read together what is read document by document below
        entries = receipts.payment_id.move_id | transfers.move_id
        entries.line_ids.matched_debit_ids.debit_move_id.mapped("move_id.state")
        said, paid = defaultdict(int), defaultdict(int)
        for entry, lines, counts in documents:
            for line in lines.filtered("move_id") if counts else ():
                said[line.move_id.id] += round(line.amount)
            # An advance of the same entry pays later, and maybe more of the same bill when a receipt was withdrawn.
            for partial in self._made_for_bills(entry, lines).matched_debit_ids:
                if partial.debit_move_id.move_id in lines.move_id:
                    paid[partial.debit_move_id.move_id.id] += round(partial.amount)
        return Check(
            self.env._("What was paid is matched with the bill"), self.env._("Lines of receipts and transfers"),
            self.env._("Payments on bills"), "account.move", Comparison(said, paid),
        )  # fmt: skip

    @api.model
    def _made_for_bills(self, entry, lines):
        """Return the items of an entry that pay what its document names: they stand in the order of its lines.

        :param lines: of a receipt (its advance is none of them, and stands behind its bills) or a transfer
        """
        named = dict.fromkeys(line.move_id or line for line in lines.sorted("id"))
        items = entry.line_ids.filtered("credit").sorted("id")
        pairs = zip(named, items, strict=False)
        return items.browse(item.id for what, item in pairs if what._name == "account.move")

    @api.model
    def _check_transfers(self, transfers):
        """Each movement of the bank is in the books once, and what it was for adds up to it."""
        said, booked = {}, {}
        for transfer in transfers:
            paid = transfer.state in ("matched", "gift")
            said[transfer.id] = round(sum(transfer.line_ids.mapped("amount")) if paid else transfer.amount)
            entry = transfer.booked_move_id or transfer.move_id
            bank = entry.line_ids.filtered(
                lambda line, bank=transfer.journal_id.default_account_id: line.account_id == bank
            )
            booked[transfer.id] = round(sum(bank.mapped("balance"))) if entry.state == "posted" else 0
        return Check(
            self.env._("Each transfer is booked once"), self.env._("Transfers"), self.env._("Journal entries"),
            "kdc.transfer", Comparison(said, booked),
        )  # fmt: skip

    @api.model
    def _check_open_amounts(self, bills):
        """What the paid bills say is still open follows from everything that was ever matched with them."""
        said = {bill.id: round(bill.amount_total - bill.amount_residual) for bill in bills}
        matched = {}
        for bill in bills:
            owed = bill.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
            matched[bill.id] = round(sum(owed.matched_credit_ids.mapped("amount")))
        return Check(
            self.env._("What the paid bills say is settled is matched"), self.env._("Settled on the bills"),
            self.env._("Payments on bills"), "account.move", Comparison(said, matched),
        )  # fmt: skip

    @api.model
    def _check_gifts(self, company, day):
        """Each voluntary contribution that counts is in its fund."""
        gifts = self.env["kdc.contribution"].search([("company_id", "=", company.id), ("date", "=", day)])
        said, booked = {}, {}
        for entry, given in gifts.grouped("move_id").items():
            # That of a receipt withdrawn later came in on this day, and goes out by another entry.
            came = given.filtered(lambda gift: gift.state == "given" or gift.receipt_id.state == "reversed")
            said[entry.id] = round(sum(came.mapped("amount")))
            funds = given.drive_id.account_id
            items = entry.line_ids.filtered(lambda line, funds=funds: line.account_id in funds)
            booked[entry.id] = round(sum(items.mapped("credit"))) if entry.state == "posted" else 0
        return Check(
            self.env._("Each contribution is in its fund"), self.env._("Contributions"), self.env._("Fund accounts"),
            "account.move", Comparison(said, booked),
        )  # fmt: skip

    @api.model
    def _check_sessions(self, sessions):
        """Float, receipts and pay-outs of a cash session are what it expects, and once counted, what it counted."""
        said, expected = {}, {}
        for session in sessions:
            posted = session.receipt_ids.filtered(lambda receipt: receipt.state != "cancelled")
            paid_out = [
                *session.spending_ids, *session.remittance_ids, *session.reversal_ids, *session.advance_return_ids,
            ]  # fmt: skip
            gone = sum(paper.amount for paper in paid_out if paper.state == "posted")
            said[session.id] = round(session.opening_float + sum(posted.mapped("cash_amount")) - gone)
            counted = session.counted_cash - session.difference
            expected[session.id] = round(session.expected_cash if session.state == "open" else counted)
        return Check(
            self.env._("The cash sessions hold float and receipts"), self.env._("Float and receipts"),
            self.env._("Cash sessions"), "kdc.cash.session", Comparison(said, expected),
        )  # fmt: skip

    @api.model
    def _check_differences(self, company, day):
        """What was counted too much or too little is in the cash book on that day, once it is countersigned."""
        start = to_utc(datetime.combine(day, time.min))
        sessions = self.env["kdc.cash.session"].search([
            ("company_id", "=", company.id), ("state", "=", "countersigned"),
            ("date_closed", ">=", start), ("date_closed", "<", start + timedelta(days=1)),
        ])  # fmt: skip
        said, booked = {}, {}
        for session in sessions:
            said[session.id] = round(session.difference)
            entry = session.difference_move_id
            cash = entry.line_ids.filtered(
                lambda line, desk=session.journal_id.default_account_id: line.account_id == desk
            )
            fits = entry.state == "posted" and entry.date == day
            booked[session.id] = round(sum(cash.mapped("balance"))) if fits else 0
        return Check(
            self.env._("Each counted difference is in the cash book"), self.env._("Cash sessions"),
            self.env._("Cash book"), "kdc.cash.session", Comparison(said, booked),
        )  # fmt: skip

    @api.model
    def _check_deposits(self, company, day):
        """What the slips say went to bank or treasury left the desk for the account of money in transit that day."""
        deposits = self.env["kdc.cash.deposit"].search([
            ("company_id", "=", company.id), ("date", "=", day), ("state", "!=", "draft"),
        ])  # fmt: skip
        said, booked = {}, {}
        for deposit in deposits:
            said[deposit.id] = round(sum(deposit.line_ids.mapped("amount"))) if deposit.state == "posted" else 0
            entry = deposit.move_id
            cash = entry.line_ids.filtered(
                lambda line, desk=deposit.journal_id.default_account_id: line.account_id == desk
            )
            fits = entry.state == "posted" and entry.date == day
            booked[deposit.id] = -round(sum(cash.mapped("balance"))) if fits else 0
        return Check(
            self.env._("Each deposit has left the desk"), self.env._("Slips of the deposits"), self.env._("Cash book"),
            "kdc.cash.deposit", Comparison(said, booked),
        )  # fmt: skip

    @api.model
    def _check_paid_out(self, company, day, model, name):
        """What was paid for a fund or to a provider has left the liability and the desk or bank that day."""
        papers = self.env[model].search([
            ("company_id", "=", company.id), ("date", "=", day), ("state", "!=", "draft"),
        ])  # fmt: skip
        said, booked = {}, {}
        for paper in papers:
            said[paper.id] = round(paper.amount) if paper.state == "posted" else 0
            entry = paper.move_id
            money = paper.journal_id.default_account_id
            left = entry.line_ids.filtered(lambda line, money=money: line.account_id == money)
            owed = (entry.line_ids - left).filtered(lambda line: line.account_id.internal_group == "liability")
            fits = entry.state == "posted" and entry.date == day
            # Both sides: a đồng that left neither fund nor provider is a misfit.
            same = round(sum(owed.mapped("balance"))) == -round(sum(left.mapped("balance")))
            booked[paper.id] = -round(sum(left.mapped("balance"))) if fits and same else 0
        return Check(
            name, self.env._("Papers of what was paid out"), self.env._("Journal entries"), model,
            Comparison(said, booked),
        )  # fmt: skip

    @api.model
    def _check_paid_over(self, company, day, model, settled):
        """Return what papers of money paid back or moved say, and what their entries of that day did.

        :param settled: of a paper, whether its entry took the money from where it was
        """
        papers = self.env[model].search([
            ("company_id", "=", company.id), ("date", "=", day), ("state", "=", "posted"),
        ])  # fmt: skip
        said, booked = {}, {}
        for paper in papers:
            said[paper.id] = round(paper.amount)
            entry, went = paper.move_id, self._where_it_went(paper)
            fits = entry.state == "posted" and entry.date == day and settled(paper)
            booked[paper.id] = round(sum(went.mapped("credit"))) if fits else -1
        return Comparison(said, booked)

    @api.model
    def _where_it_went(self, paper):
        """Return the items that credit the other customer, or the desk or bank that paid out."""
        items = paper.move_id.line_ids.filtered("credit")
        if paper.kind == "move":
            payers = paper.target_account_id._kdc_payers()  # today it may be somebody else's
            return items.filtered(lambda line: line.partner_id in payers)
        went = items.filtered(lambda line: line.account_id == paper.journal_id.default_account_id)
        # Money that no statement has shown is taken out where it waits, maybe there as well; what was paid comes last.
        waits = "receipt_id" in paper and paper.receipt_id._unseen_items().mapped("account_id")
        return went.sorted("id")[-1:] if waits and paper.journal_id.default_account_id in waits else went

    @api.model
    def _check_reversals(self, company, day):
        """A receipt that was withdrawn that day pays nothing any more, and its money went where the paper says."""

        def settled(paper):
            paid = paper.receipt_id._paid_items()
            undone = paid.matched_debit_ids.filtered(lambda part: part.debit_move_id.move_id == paper.move_id)
            freed = round(sum(undone.mapped("amount"))) == round(sum(paid.mapped("credit")))
            return freed and paper.receipt_id.state == "reversed"

        return Check(
            self.env._("The money of each withdrawn receipt went where it belongs"),
            self.env._("Papers of the withdrawal"), self.env._("Journal entries"), "kdc.receipt.reversal",
            self._check_paid_over(company, day, "kdc.receipt.reversal", settled),
        )  # fmt: skip

    @api.model
    def _check_advances(self, company, day):
        """What was paid back of an advance has left the desk or bank that day, or is the other customer's."""

        def settled(paper):
            taken = paper.move_id.line_ids.filtered(lambda line: line.partner_id == paper.payer_id and line.debit)
            return round(sum(taken.mapped("debit"))) == round(sum(self._where_it_went(paper).mapped("credit")))

        return Check(
            self.env._("Each advance that was paid back has left the desk or bank"),
            self.env._("Papers of the advances"), self.env._("Journal entries"), "kdc.advance.return",
            self._check_paid_over(company, day, "kdc.advance.return", settled),
        )  # fmt: skip

    @api.model
    def _check_arrivals(self, transfers):
        """Each deposit that the bank shows that day has left the account of money in transit with its amount."""
        said, booked = {}, {}
        for transfer in transfers.filtered(lambda transfer: transfer.state == "deposit" or transfer.deposit_ids):
            said[transfer.id] = round(sum(transfer.deposit_ids.mapped("amount")))
            in_transit = transfer.deposit_ids.move_id.line_ids.filtered("debit").account_id
            items = transfer.move_id.line_ids.filtered(lambda line, account=in_transit: line.account_id in account)
            booked[transfer.id] = -round(sum(items.mapped("balance"))) if transfer.move_id.state == "posted" else 0
        return Check(
            self.env._("Each deposit that arrived is no longer on its way"), self.env._("Slips of the deposits"),
            self.env._("Money in transit"), "kdc.transfer", Comparison(said, booked),
        )  # fmt: skip

    @api.model
    def _check_numbers(self, receipts):
        """The numbers of a desk and year from 1 on are receipts, recorded as unused, or set apart on a phone."""
        books = self.env["kdc.receipt.book"].search([
            ("journal_id", "in", receipts.journal_id.ids), ("year", "in", receipts.mapped("year")),
        ])  # fmt: skip
        of_the_books = [("journal_id", "in", books.journal_id.ids), ("year", "in", books.mapped("year"))]
        counts = defaultdict(int)
        for model, domain in (
            ("kdc.receipt", []),
            ("kdc.receipt.unused", [("receipt_id", "=", False)]),
        ):
            groups = self.env[model]._read_group(of_the_books + domain, ["journal_id", "year"], ["__count"])
            for journal, year, count in groups:
                counts[journal.id, year] += count
        # Numbers that a phone may have put on papers it has not sent yet.
        for block in self.env["kdc.receipt.range"].search([*of_the_books, ("state", "=", "active")]):
            held = block.last_number - block.first_number + 1 - len(block.receipt_ids)
            counts[block.journal_id.id, block.year] += held
        return Check(
            self.env._("No receipt number is missing"), self.env._("Last number"),
            self.env._("Receipts, unused numbers and numbers on phones"),
            "kdc.receipt.book",
            Comparison(
                {book.id: book.last_number for book in books},
                {book.id: counts.get((book.journal_id.id, book.year), 0) for book in books},
            ),
            money=False,
        )  # fmt: skip

    @api.model
    def _check_bills(self, company, day):
        """The printed lines of the bills of the day are what the books say is owed for them."""
        bills = self.env["account.move"].search([
            ("company_id", "=", company.id), ("invoice_date", "=", day), ("kdc_account_id", "!=", False),
            ("move_type", "=", "out_invoice"), ("state", "=", "posted"),
        ])  # fmt: skip
        printed, owed = {}, {}
        for bill in bills:
            explanation = bill._kdc_bill()
            printed[bill.id] = explanation.total if explanation else round(bill.amount_total)
            due = bill.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
            owed[bill.id] = round(sum(due.mapped("balance")))
        return Check(
            self.env._("What the bills print is booked"), self.env._("Printed on the bills"),
            self.env._("Journal entries"), "account.move", Comparison(printed, owed),
        )  # fmt: skip
