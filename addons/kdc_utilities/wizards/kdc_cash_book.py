from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..engine.words import amount_in_words
from ..report.book import Book, Column, Row

OFFICE = "kdc_utilities.group_accountant,kdc_utilities.group_approver,kdc_residents.group_auditor"


class KdcCashBook(models.TransientModel):
    """The cash book of a desk: what it held, every receipt, deposit and difference, what it holds.

    The amounts are the journal items of the desk's account (111), so the book cannot say anything else than the
    ledger. Cancelled receipts stand in it with their number and reason and without amount.
    """

    _name = "kdc.cash.book"
    _description = "Cash Book"
    _inherit = ["kdc.book", "kdc.counted.page"]
    _kdc_choice = frozenset({"company_id", "journal_id", "date_from", "date_to"})

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    journal_id = fields.Many2one(
        "account.journal", string="Cash desk", required=True, default=lambda self: self._default_journal_id(),
        domain="[('type', '=', 'cash'), ('company_id', '=', company_id)]",
    )  # fmt: skip
    date_from = fields.Date("From", required=True, default=today_here)
    date_to = fields.Date("Until", required=True, default=today_here)
    opening = fields.Monetary("In the desk before", readonly=True)
    money_in = fields.Monetary("Came in", readonly=True)
    money_out = fields.Monetary("Went out", readonly=True)
    closing = fields.Monetary("In the desk now", readonly=True)
    line_ids = fields.One2many("kdc.cash.book.line", "book_id", readonly=True)

    @api.model
    def _default_journal_id(self):
        return (
            self.env["account.journal"]
            # sudo: the desk of the own ward is no secret; auditors and approvers do not read the accounting set-up.
            .sudo()
            .search([("type", "=", "cash"), ("company_id", "=", self.env.company.id)], order="sequence, id", limit=1)
        )

    @api.depends("journal_id", "date_from", "date_to")
    def _compute_display_name(self):
        for book in self:
            # sudo: as above
            book.display_name = f"{book.sudo().journal_id.name} · {book._period_words()}"

    def _period_words(self):
        self.ensure_one()
        if self.date_from == self.date_to:
            return fmt.date(self.date_from)
        return f"{fmt.date(self.date_from)} – {fmt.date(self.date_to)}"

    @api.model
    def action_today(self):
        """Show the desk's book of today."""
        return self._kdc_open(self.env._("Cash book"))

    def action_previous(self):
        """Show the day before the first one."""
        self.ensure_one()
        day = fields.Date.subtract(self.date_from, days=1)
        self.write({"date_from": day, "date_to": day})
        return True

    def action_register(self):
        """Open the register of the receipts of these days, to look at or to take along as .xlsx."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_receipt_action")
        domain = [("journal_id", "=", self.journal_id.id)]
        domain += [("date", ">=", self.date_from), ("date", "<=", self.date_to)]
        return action | {"name": self.env._("Register of receipts"), "domain": domain, "context": {}}

    # -- the ledger ----------------------------------------------------------------------------------

    def _kdc_count(self):
        """Write the lines anew from the desk's journal items and its cancelled receipts."""
        for book in self:
            if book.company_id not in self.env.companies or not self.env.user.has_groups(OFFICE):
                raise AccessError(self.env._("The cash book is for the accounting office of the ward."))
            # sudo: approvers and auditors have no right on entries; who asks was checked above.
            book.sudo()._write_lines()

    def _write_lines(self):
        self.ensure_one()
        if self.journal_id.type != "cash" or self.journal_id.company_id != self.company_id:
            raise UserError(self.env._("A cash book is of a cash desk. Choose a cash journal."))
        if self.date_to < self.date_from:
            raise UserError(self.env._("The period ends before it begins. Change one of the days."))
        items = self.env["account.move.line"]
        [[opening]] = items._read_group(self._column_domain("opening"), [], ["balance:sum"])
        found = items.search(self._period_domain(), order="date, move_id, id")
        rows = [*self._item_values(found), *self._cancelled_values()]
        rows.sort(key=lambda row: (row["date"], row.pop("order")))
        balance = opening = round(opening or 0)
        for row in rows:
            balance += row["money_in"] - row["money_out"]
            row["balance"] = balance
        self.write({
            "opening": opening,
            "closing": balance,
            "money_in": sum(row["money_in"] for row in rows),
            "money_out": sum(row["money_out"] for row in rows),
            "line_ids": [fields.Command.clear(), *(fields.Command.create(row) for row in rows)],
        })  # fmt: skip

    def _desk_domain(self):
        """Return the domain of the desk's journal items."""
        # sudo: the account of the desk; approvers and auditors do not read the accounting set-up
        desk = self.sudo().journal_id.default_account_id
        return Domain([
            ("account_id", "=", desk.id), ("company_id", "=", self.company_id.id), ("parent_state", "=", "posted"),
        ])  # fmt: skip

    def _period_domain(self):
        return self._desk_domain() & Domain("date", ">=", self.date_from) & Domain("date", "<=", self.date_to)

    def _column_domain(self, column):
        """Return the domain of the journal items of which an amount in the head is the sum."""
        if column == "opening":
            return self._desk_domain() & Domain("date", "<", self.date_from)
        if column == "closing":
            return self._desk_domain() & Domain("date", "<=", self.date_to)
        return self._period_domain() & Domain("balance", ">" if column == "money_in" else "<", 0)

    def action_open_amount(self, column):
        """Open the journal items behind an amount in the head.

        :param column: field of the amount
        """
        self.ensure_one()
        self.check_access("read")
        head = self._fields[column]._description_string(self.env)
        return self.env["account.move.line"]._kdc_action_items(
            f"{head} · {self.display_name}", self._column_domain(column)
        )

    def _item_values(self, items):
        """Return the rows of journal items; each is named after the paper it was booked by."""
        papers = self._papers(items.move_id)
        rows = []
        for item in items:
            paper = papers.get(item.move_id) or item.move_id
            balance = round(item.balance)
            rows.append({
                "order": (item.create_date, item.id),
                "date": item.date,
                "document": self._paper_number(paper),
                "name": self._paper_words(paper, item),
                "money_in": max(balance, 0),
                "money_out": max(-balance, 0),
                "res_model": paper._name,
                "res_id": paper.id,
            })  # fmt: skip
        return rows

    @api.model
    def _papers(self, entries):
        """Return entry → the record that made it. To name a new kind of paper, extend this."""
        papers = {}
        receipts = self.env["kdc.receipt"].search([("payment_id", "in", entries.origin_payment_id.ids)])
        papers.update((receipt.payment_id.move_id, receipt) for receipt in receipts)
        for model, field in (
            ("kdc.cash.deposit", "move_id"), ("kdc.cash.session", "difference_move_id"),
            ("kdc.fund.spending", "move_id"), ("kdc.remittance", "move_id"), ("kdc.receipt.reversal", "move_id"),
            ("kdc.advance.return", "move_id"),
        ):  # fmt: skip
            papers.update((paper[field], paper) for paper in self.env[model].search([(field, "in", entries.ids)]))
        return papers

    @api.model
    def _paper_number(self, paper):
        if paper._name == "kdc.cash.deposit":
            return paper.slip_number
        # What left with two signatures has the number of its entry.
        return paper.move_id.name if "approved_by_id" in paper._fields else paper.name

    @api.model
    def _paper_words(self, paper, item):
        """Return what happened, in words."""
        if paper._name == "kdc.receipt":
            return self.env._(
                "%(payer)s pays for account %(account)s", payer=paper.payer_name, account=paper.account_id.number
            )
        if paper._name == "kdc.cash.session":
            return self.env._("Difference of the drawer: %s", paper.difference_reason)
        return item.name or paper.display_name

    def _cancelled_values(self):
        receipts = self.env["kdc.receipt"].search([
            ("journal_id", "=", self.journal_id.id), ("state", "=", "cancelled"),
            ("date", ">=", self.date_from), ("date", "<=", self.date_to),
        ])  # fmt: skip
        return [
            {
                "order": (receipt.create_date, 0),
                "date": receipt.date,
                "document": receipt.name,
                "name": self.env._(
                    "CANCELLED (%(amount)s): %(reason)s", amount=fmt.vnd(receipt.amount), reason=receipt.cancel_reason
                ),
                "money_in": 0,
                "money_out": 0,
                "res_model": receipt._name,
                "res_id": receipt.id,
            }
            for receipt in receipts
        ]

    # -- paper -----------------------------------------------------------------------------------------

    def _book(self):
        book = self.sudo()  # sudo: the reader has been found to own this book; names of desk and ward are printed
        rows = [Row((None, None, self.env._("In the desk before"), None, None, round(book.opening)), bold=True)]
        rows += [
            Row((
                line.date, line.document, line.name, round(line.money_in) or None, round(line.money_out) or None,
                round(line.balance),
            ))
            for line in book.line_ids
        ]  # fmt: skip
        totals = (None, None, self.env._("Total"), round(book.money_in), round(book.money_out), round(book.closing))
        words = amount_in_words(round(book.closing), book.company_id.kdc_zero_tens_word or "linh", negative=True)
        return Book(
            company=book.company_id,
            title=self.env._("CASH BOOK"),
            about=(
                self.env._("Cash desk: %s", book.journal_id.name),
                self.env._("From %(start)s to %(end)s", start=fmt.date(book.date_from), end=fmt.date(book.date_to)),
            ),
            columns=(
                Column(self.env._("Date"), 1.1, "date"), Column(self.env._("Document"), 1.7),
                Column(self.env._("Text"), 4), Column(self.env._("Came in"), 1.4, "vnd"),
                Column(self.env._("Went out"), 1.4, "vnd"), Column(self.env._("In the desk"), 1.5, "vnd"),
            ),
            rows=[*rows, Row(totals, bold=True)],
            notes=(self.env._("In the desk, in words: %s", words),),
            signers=(
                (self.env._("Cashier"), ""), (self.env._("Prepared by"), self.env.user.name),
                (self.env._("Chief accountant"), ""),
            ),
            sign_hint=self.env._("(signature, full name)"),
            file_name=f"so-quy-{book.journal_id.code}-{book.date_from:%Y%m%d}-{book.date_to:%Y%m%d}".lower(),
        )  # fmt: skip


class KdcCashBookLine(models.TransientModel):
    """A receipt, deposit, difference or other entry in the cash book."""

    _name = "kdc.cash.book.line"
    _description = "Line of the Cash Book"
    _order = "id"

    book_id = fields.Many2one("kdc.cash.book", required=True, ondelete="cascade", index=True)
    currency_id = fields.Many2one(related="book_id.currency_id")
    date = fields.Date(readonly=True)
    document = fields.Char(readonly=True)
    name = fields.Char("Text", readonly=True)
    money_in = fields.Monetary("Came in", readonly=True)
    money_out = fields.Monetary("Went out", readonly=True)
    balance = fields.Monetary("In the desk", readonly=True, aggregator=False)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)

    def action_open(self):
        """Open the paper behind this line."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }
