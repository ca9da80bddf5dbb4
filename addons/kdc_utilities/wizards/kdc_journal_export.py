from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.actions import form_of
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError

from ..engine.pairing import Item, pair
from ..report.book import Book, Column, Row

OFFICE = "kdc_utilities.group_accountant,kdc_utilities.group_approver,kdc_residents.group_auditor"
#: Rows that a spreadsheet program opens.
ROW_LIMIT = 1_000_000


class KdcJournalExport(models.TransientModel):
    """Hands the ledger of a period over to the accounting software of the ward: date, number, text, debit, credit.

    Every issue, receipt, cancellation, deposit, transfer and payment is an entry of Odoo's ledger; here they are laid
    out as the general journal (nhật ký chung), one line per pair of accounts, with sums equal to the ledger.
    """

    _name = "kdc.journal.export"
    _description = "General Journal of a Period"
    _inherit = ["kdc.book"]

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date("From", required=True, default=lambda self: fields.Date.start_of(today_here(self), "month"))
    date_to = fields.Date("Until", required=True, default=today_here)
    journal_id = fields.Many2one(
        "account.journal", "Only this journal", domain="[('company_id', '=', company_id)]", help="Empty: all journals."
    )
    entry_count = fields.Integer("Entries", compute="_compute_totals")
    total = fields.Monetary("Debit = credit", compute="_compute_totals")

    @api.depends("date_from", "date_to")
    def _compute_display_name(self):
        for export in self:
            export.display_name = f"{fmt.date(export.date_from)} – {fmt.date(export.date_to)}"

    def _check_office(self):
        if any(export.company_id not in self.env.companies for export in self) or not self.env.user.has_groups(OFFICE):
            raise AccessError(self.env._("The journal is for the accounting office of the ward."))

    @api.depends("company_id", "date_from", "date_to", "journal_id")
    def _compute_totals(self):
        self._check_office()
        for export in self:
            # sudo: approvers and auditors have no right on entries; who asks was checked above
            items = self.env["account.move.line"].sudo()
            [[count, total]] = items._read_group(export._domain(), [], ["move_id:count_distinct", "debit:sum"])
            export.entry_count, export.total = count, total

    def _domain(self):
        domain = [
            ("company_id", "=", self.company_id.id), ("parent_state", "=", "posted"),
            ("date", ">=", self.date_from), ("date", "<=", self.date_to), ("balance", "!=", 0),
        ]  # fmt: skip
        # sudo: as in _compute_totals
        return domain + ([("journal_id", "=", self.sudo().journal_id.id)] if self.journal_id else [])

    @api.model
    def action_this_month(self):
        """Ask for the period."""
        return form_of(self.create({}), self.env._("Journal for accounting"))

    def action_view_items(self):
        """Open the entries in Odoo."""
        self.ensure_one()
        self._check_office()
        return self.env["account.move.line"]._kdc_action_items(self.env._("Journal items"), self._domain())

    def action_open_amount(self, _column):
        """Open the items of which the total is the sum."""
        return self.action_view_items()

    # -- rows ----------------------------------------------------------------------------------------

    def _rows(self):
        """Yield (entry, debited item, credited item, VND) of the period, in the order of the journal (sudo)."""
        self._check_office()
        # sudo: as in _compute_totals
        items = self.env["account.move.line"].sudo()
        names = ["move_id", "account_id", "partner_id", "date", "name", "balance"]
        found = items.search_fetch(self._domain(), names, order="date, move_id, id")
        if len(found) > ROW_LIMIT:
            raise UserError(self.env._("That is more than a spreadsheet holds. Choose a shorter period."))
        for entry, lines in found.grouped("move_id").items():
            debits = [Item(line, round(line.balance)) for line in lines if line.balance > 0]
            credits = [Item(line, -round(line.balance)) for line in lines if line.balance < 0]
            for row in pair(debits, credits):
                yield entry, row.debit, row.credit, row.amount

    def _partner_codes(self):
        """Return {partner id: code} of the payers: the number of their customer account (sudo)."""
        # sudo: as in _compute_totals
        accounts = self.env["kdc.customer.account"].sudo().with_context(active_test=False)
        found = accounts.search_fetch([("company_id", "=", self.company_id.id)], ["number", "partner_id"])
        return {account.partner_id.id: account.number for account in found.sorted("active")}

    def _book(self):
        codes = self._partner_codes()
        rows, total = [], 0
        for entry, debit, credit, amount in self._rows():
            partner = debit.partner_id or credit.partner_id
            code = codes.get(partner.id) or codes.get(partner.commercial_partner_id.id) or partner.ref or None
            words = next((item.name for item in (credit, debit) if item.name), None) or entry.ref or entry.name
            rows.append(Row((
                entry.date, entry.name, words, debit.account_id.code, credit.account_id.code, amount, code,
                partner.name or None,
            )))  # fmt: skip
            total += amount
        rows.append(Row((None, None, self.env._("Total"), None, None, total, None, None), bold=True))
        return Book(
            company=self.company_id,
            title=self.env._("GENERAL JOURNAL"),
            about=(
                self.env._("From %(start)s to %(end)s", start=fmt.date(self.date_from), end=fmt.date(self.date_to)),
            ),
            columns=(
                Column(self.env._("Date"), 1, "date"), Column(self.env._("Number"), 1.7), Column(self.env._("Text"), 4),
                Column(self.env._("Debit account"), 0.9), Column(self.env._("Credit account"), 0.9),
                Column(self.env._("Amount"), 1.4, "vnd"), Column(self.env._("Partner code"), 1.2),
                Column(self.env._("Partner"), 2),
            ),
            rows=rows,
            signers=((self.env._("Prepared by"), self.env.user.name), (self.env._("Chief accountant"), "")),
            sign_hint=self.env._("(signature, full name)"),
            file_name=f"nhat-ky-chung-{self.date_from:%Y%m%d}-{self.date_to:%Y%m%d}",
            wide=True,
        )  # fmt: skip
