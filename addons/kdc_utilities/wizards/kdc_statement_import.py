import base64
import hashlib
from collections import Counter

from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.engine import sheet, text
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.actions import form_of
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError

from ..engine import statement

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 20_000
#: Rows of the file that the check shows.
SHOWN = 12


class KdcStatementImport(models.TransientModel):
    """A bank's statement: check it, see what would happen, import it.

    What a file repeats of an earlier one is left out. Transfers that prove what they pay are booked at once, the rest
    waits in the queue.
    """

    _name = "kdc.statement.import"
    _description = "Import a Bank Statement"

    company_id = fields.Many2one(related="journal_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    journal_id = fields.Many2one(
        "account.journal",
        string="Bank",
        required=True,
        domain="[('type', '=', 'bank')]",
        default=lambda self: self._default_journal_id(),
    )
    file = fields.Binary("Statement of the bank", required=True, attachment=False)
    filename = fields.Char()
    state = fields.Selection(
        [("choose", "Choose"), ("columns", "Columns"), ("checked", "Checked"), ("done", "Done")], default="choose"
    )
    layout = fields.Char(readonly=True)
    by_hand = fields.Boolean("I say what the columns mean")
    column_ids = fields.One2many("kdc.statement.import.column", "import_id", string="Columns")
    row_ids = fields.One2many("kdc.statement.import.row", "import_id", string="First rows", readonly=True)
    problem_ids = fields.One2many("kdc.statement.import.problem", "import_id", string="Problems", readonly=True)
    date_from = fields.Date("From", readonly=True)
    date_to = fields.Date("Until", readonly=True)
    opening = fields.Monetary("Opening balance", readonly=True)
    closing = fields.Monetary("Closing balance", readonly=True)
    balance_known = fields.Boolean(readonly=True)
    remark = fields.Text("Differences", readonly=True)
    accept_remark = fields.Boolean("Import all the same", help="The sums of the bank are not those of its rows.")
    new_count = fields.Integer("New rows", readonly=True)
    known_count = fields.Integer("Known before", readonly=True)
    in_total = fields.Monetary("Money in", readonly=True)
    out_total = fields.Monetary("Money out", readonly=True)
    sure_count = fields.Integer("Matched by their code", readonly=True)
    queue_count = fields.Integer("To decide", readonly=True)
    statement_id = fields.Many2one("kdc.bank.statement", readonly=True)

    @api.model
    def _default_journal_id(self):
        journals = self.env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", self.env.company.id)])
        bank = self.env.company.kdc_bank_id
        return journals.filtered(lambda journal: bank and journal.bank_account_id == bank)[:1] or journals[:1]

    @api.onchange("file", "journal_id")
    def _onchange_file(self):
        """Another file has to be checked again, and its columns are its own."""
        self.state = "choose"
        self.by_hand = False
        self.column_ids = [Command.clear()]

    # -- steps --------------------------------------------------------------------------------------

    def action_check(self):
        """Read the file and say what an import would do; nothing is written."""
        self.ensure_one()
        self.env["kdc.transfer"]._check_job()
        self._check_journal()
        sheets = self._read_sheets()
        self._check_new()
        found, rows = self._understand(sheets)
        if found is None:
            self.write({"state": "columns", "by_hand": True, "column_ids": self._column_commands(rows, {})})
            return self._reopen()
        keys = self._keys(found)
        movements, known = self._new_movements(keys)
        # sudo: matching looks at all bills and customers of the ward; the job was checked above.
        transfers = self.env["kdc.transfer"].sudo()
        # sudo: as above
        results = transfers._match_movements(self.journal_id.sudo(), movements, {key for key, _row in keys})
        self.write(
            self._shown(found, movements, known, results) | {"column_ids": self._column_commands(rows, found.columns)}
        )
        return self._reopen()

    def action_import(self):
        """Write the movements, book what is proven, put the rest in the queue; a long file in the background."""
        self.ensure_one()
        self.env["kdc.transfer"]._check_job()
        self._check_journal()
        # sudo: the row of the bank is only locked: of two who import at the same time one is told to try again.
        lock_or_retry(self.sudo().journal_id, allow_referencing=True)
        self._check_new()
        self._check_none_under_way()
        found, _rows = self._understand(self._read_sheets())
        if found is None:
            raise UserError(self.env._("Say what the columns mean first."))
        remark = self._remark(found)
        if remark and not self.accept_remark:
            raise UserError(
                self.env._("The file does not add up: %s Tick “Import all the same” if you know why.", remark)
            )
        keys = self._keys(found)
        movements, known = self._new_movements(keys)
        if not movements:
            raise UserError(self.env._("All movements of this file were imported before. Nothing was written."))
        if self.by_hand:
            self._save_layout(found)
        # sudo: statements are written by this step only; job, bank and file were checked above.
        record = self.sudo()._create_statement(found, known, remark)
        record._begin_import(keys)
        self.statement_id = record.id
        return record.with_env(self.env)._action_after_import() | {"target": "main"}

    def _reopen(self):
        return form_of(self, self.env._("Import a bank statement"), target="new")

    # -- the file -----------------------------------------------------------------------------------

    def _check_journal(self):
        if self.journal_id.type != "bank" or self.journal_id.company_id not in self.env.companies:
            raise UserError(self.env._("Choose a bank journal of %s.", self.env.company.name))

    def _digest(self):
        return hashlib.sha256(base64.b64decode(self.file or b"")).hexdigest()

    def _check_new(self):
        earlier = self.env["kdc.bank.statement"].search(
            [("journal_id", "=", self.journal_id.id), ("digest", "=", self._digest())], limit=1
        )
        if earlier:
            raise UserError(
                self.env._(
                    "This file was imported on %(day)s by %(user)s. Nothing was written.",
                    day=fmt.datetime(earlier.create_date),
                    user=earlier.create_uid.name,
                )
            )

    def _check_none_under_way(self):
        """One file of a bank after the other: the next one may repeat movements that still wait for their turn."""
        busy = self.env["kdc.bank.statement"].search(
            [("journal_id", "=", self.journal_id.id), ("importing_since", "!=", False)], limit=1
        )
        if busy:
            raise UserError(
                self.env._("%s is still being imported. Wait until it is done, or continue it there.", busy.name)
            )

    def _read_sheets(self):
        """Return the sheets of the file as lists of rows, or tell what is wrong with it."""
        try:
            data = sheet.decode(self.file)
            if len(data) > MAX_BYTES:
                raise UserError(self.env._("The file is larger than 10 MB. Export a shorter period."))
            try:
                return [one.rows for one in sheet.read(data)]
            except sheet.WebPage:
                return [statement.read_html(data)]
        except statement.StatementError as error:
            raise UserError(
                self.env._("This is a web page without a table. Export the statement from your bank again.")
            ) from error
        except sheet.SheetError as error:
            raise UserError(self.env["kdc.reading.import"]._word_file_error(error)) from error

    def _understand(self, sheets):
        """Return the ``engine.statement.Statement`` of this bank account and the rows it stands in.

        The statement is None when no sheet has a heading row that is understood.
        """
        mapping, best = self._mapping(), None
        parts = []
        for rows in sheets:
            try:
                found = statement.read(rows, text.fold, mapping or self._saved_mapping(rows))
            except statement.StatementError as error:
                if error.code == "unsigned":
                    return None, rows
                best = best or rows
                found = self._continued(rows, parts)
            parts += [(part, rows) for part in found]
        if not parts:
            return None, best
        if sum(len(part.movements) for part, _rows in parts) > MAX_ROWS:
            raise UserError(self.env._("The file has more than 20,000 rows. Export a shorter period."))
        return self._own_part(parts)

    @api.model
    def _continued(self, rows, parts):
        """Return what stands in a sheet without headings that goes on where the sheet before it ended."""
        if not parts:
            return []
        columns = {column: meaning for meaning, column in parts[-1][0].columns.items()}
        try:
            return [part for part in statement.read(rows, text.fold, columns) if part.movements]
        except statement.StatementError:
            return []

    def _own_part(self, parts):
        """Join the parts of the journal's account; another account's money is never ours.

        A part that names no account goes on with the one before it.
        """
        bank = self.journal_id.bank_account_id
        own = {number for number in (bank.sanitized_acc_number, bank.proxy_value) if number}
        by_account, account = {}, ""
        for part, rows in parts:
            account = part.account or account
            if part.movements or part.errors:
                by_account.setdefault(account, []).append((part, rows))
        by_account = by_account or {parts[0][0].account: parts[:1]}
        mine = [one for number in by_account if number in own for one in by_account[number]]
        unnamed = by_account.get("", [])
        if not mine and len(by_account) == 1 and (len(unnamed) == 1 or not own and not unnamed):
            [mine] = by_account.values()
        elif unnamed or not mine:
            raise UserError(
                self.env._(
                    "This statement is of account %(found)s, but the bank account of %(journal)s is %(own)s. "
                    "Nothing was written. Choose the right bank.",
                    found=", ".join(number or "?" for number in by_account),
                    journal=self.journal_id.name,
                    own=bank.acc_number or "?",
                )
            )
        return statement.join([part for part, _rows in mine]), mine[0][1]

    # -- columns ------------------------------------------------------------------------------------

    @api.model
    def _meaning_words(self):
        return dict(self.env["kdc.statement.import.column"]._fields["meaning"]._description_selection(self.env))

    def _mapping(self):
        """Return column → meaning as the accountant said it, or None."""
        if not self.by_hand or not any(column.meaning for column in self.column_ids):
            return None
        return {column.position: column.meaning or None for column in self.column_ids}

    def _saved_mapping(self, rows):
        """Return the mapping of a layout of this bank whose headings stand in these rows."""
        layouts = self.env["kdc.bank.layout"].search([("journal_id", "=", self.journal_id.id)])
        known = {layout.headings: layout for layout in layouts}
        for row in rows[: statement.SEARCH_ROWS] if known else ():
            layout = known.get(statement.profile(row, text.fold))
            if layout:
                return {int(column): meaning for column, meaning in layout.columns.items()}
        return None

    def _save_layout(self, found):
        columns = {str(column): meaning for meaning, column in found.columns.items()}
        layouts = self.env["kdc.bank.layout"]
        known = layouts.search([("journal_id", "=", self.journal_id.id), ("headings", "=", found.profile)])
        if known:
            known.columns = columns
        elif found.profile.strip("|"):
            layouts.create({"journal_id": self.journal_id.id, "headings": found.profile, "columns": columns})

    def _column_commands(self, rows, columns):
        """Return commands that show the columns of the file with an example each and what they are taken for."""
        meanings = {column: meaning for meaning, column in columns.items()}
        chosen = {column.position: column.meaning for column in self.column_ids}
        head = statement.likely_header(rows, text.fold)
        width = min(max((len(row) for row in rows[: statement.SEARCH_ROWS]), default=0), 30)
        commands = [Command.clear()]
        for position in range(width):
            below = (row[position] for row in rows[head + 1 :][:40] if position < len(row))
            example = next((str(value) for value in below if value is not None), "")
            heading = rows[head][position] if 0 <= head < len(rows) and position < len(rows[head]) else None
            if heading or example:
                commands.append(Command.create({
                    "position": position, "heading": str(heading or ""), "example": example[:80],
                    "meaning": meanings.get(position) if columns else chosen.get(position),
                }))  # fmt: skip
        return commands

    # -- movements ----------------------------------------------------------------------------------

    def _keys(self, found):
        """Return (key, movement): the number of the bank with day and amount, or all that is known of the row.

        The same row twice in one file is two movements; the same two in another file are known.
        """
        seen = Counter()
        keys = []
        for row in found.movements:
            if row.reference:
                parts = (row.reference.lstrip("0") or "0", row.date.isoformat(), str(row.amount))
            else:
                parts = (row.date.isoformat(), str(row.amount), str(row.balance or ""), text.match_key(row.text))
            key = "|".join(parts)
            seen[key] += 1
            keys.append((f"{key[:200]}#{seen[key]}", row))
        return keys

    def _new_movements(self, keys):
        """Return [(key, movement)] that no earlier file brought, and how many it did."""
        fresh = self.env["kdc.transfer"]._not_imported(self.journal_id, keys)
        return fresh, len(keys) - len(fresh)

    def _create_statement(self, found, known, remark):
        days = [row.date for row in found.movements]
        return self.env["kdc.bank.statement"].create({
            "company_id": self.journal_id.company_id.id, "journal_id": self.journal_id.id, "file": self.file,
            "filename": self.filename, "digest": self._digest(), "date_from": min(days), "date_to": max(days),
            "opening": found.opening or 0, "closing": found.closing or 0,
            "balance_known": found.opening is not None and found.closing is not None, "remark": remark,
            "known_count": known, "error_count": len(found.errors),
        })  # fmt: skip

    # -- what the check shows -----------------------------------------------------------------------

    def _shown(self, found, movements, known, results):
        rows = [row for _key, row in movements]
        days = [row.date for row in found.movements]
        sure = sum(result.sure for result in results)
        waiting = sum(result.outcome != "out" or bool(result.reason) for result in results) - sure
        return {
            "state": "checked",
            "layout": ", ".join(filter(None, found.headings)),
            "date_from": min(days, default=False),
            "date_to": max(days, default=False),
            "opening": found.opening or 0,
            "closing": found.closing or 0,
            "balance_known": found.opening is not None and found.closing is not None,
            "remark": self._remark(found),
            "accept_remark": False,
            "new_count": len(rows),
            "known_count": known,
            "in_total": sum(row.amount for row in rows if row.amount > 0),
            "out_total": -sum(row.amount for row in rows if row.amount < 0),
            "sure_count": sure,
            "queue_count": waiting,
            "problem_ids": [Command.clear()] + [
                Command.create({
                    "line": error.line, "column": sheet.column_letter(error.column), "message": self._word(error),
                })
                for error in found.errors[:200]
            ],
            "row_ids": [Command.clear()] + [
                Command.create({
                    "date": row.date, "amount": row.amount, "text": row.text, "bank_reference": row.reference,
                    "payer": " · ".join(filter(None, (row.payer_name, row.payer_account))),
                    "outcome": result.outcome,
                })
                for row, result in list(zip(rows, results, strict=True))[:SHOWN]
            ],
        }  # fmt: skip

    def _remark(self, found):
        """Return where the file does not add up, in words; empty when it does."""
        words = {
            "balance": self.env._("Row %(line)s: the balance should be %(computed)s, the file says %(stated)s."),
            "closing": self.env._("Opening balance and rows make %(computed)s, the closing balance is %(stated)s."),
            "debit": self.env._("Row %(line)s: money out adds up to %(computed)s, the file says %(stated)s."),
            "credit": self.env._("Row %(line)s: money in adds up to %(computed)s, the file says %(stated)s."),
        }
        texts = [
            words[one.kind] % {"line": one.line, "computed": fmt.vnd(one.computed), "stated": fmt.vnd(one.stated)}
            for one in found.mismatches[:5]
        ]
        if found.errors:
            texts.append(self.env._("%s rows could not be read and are left out.", len(found.errors)))
        return " ".join(texts)

    def _word(self, error):
        words = {
            "not_a_date": self.env._("“%s” is not a date. Write day/month/year.", error.value),
            "no_date": self.env._("This row has an amount but no date."),
            "not_an_amount": self.env._("“%s” is not an amount like the others in its column.", error.value),
            "not_whole": self.env._("“%s” is no whole number of đồng.", error.value),
            "too_large": self.env._("“%s” is too large. Check what the column means.", error.value),
            "no_side": self.env._("“%s” does not say whether the money came or went.", error.value),
            "two_amounts": self.env._("Money in and money out in one row: %s.", error.value),
        }
        return words[error.code]


class KdcStatementImportColumn(models.TransientModel):
    """A column of the file and what it means."""

    _name = "kdc.statement.import.column"
    _description = "Column of a Bank Statement"
    _order = "position"

    import_id = fields.Many2one("kdc.statement.import", required=True, ondelete="cascade")
    position = fields.Integer(required=True)
    heading = fields.Char("Heading in the file", readonly=True)
    example = fields.Char(readonly=True)
    meaning = fields.Selection([
        ("date", "Day"),
        ("reference", "Number of the bank"),
        ("debit", "Money out"),
        ("credit", "Money in"),
        ("amount", "Amount with sign"),
        ("direction", "In or out"),
        ("balance", "Balance"),
        ("text", "Transfer text"),
        ("payer_name", "Sender"),
        ("payer_account", "Account of the sender"),
    ])  # fmt: skip


class KdcStatementImportRow(models.TransientModel):
    """One of the first rows, as it was understood."""

    _name = "kdc.statement.import.row"
    _description = "Row of a Bank Statement"

    import_id = fields.Many2one("kdc.statement.import", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="import_id.currency_id")
    date = fields.Date()
    amount = fields.Monetary()
    text = fields.Char("Transfer text")
    bank_reference = fields.Char("Number of the bank")
    payer = fields.Char("From")
    outcome = fields.Selection("_selection_outcome")

    @api.model
    def _selection_outcome(self):
        return self.env["kdc.transfer"]._fields["outcome"]._description_selection(self.env)


class KdcStatementImportProblem(models.TransientModel):
    """A cell that could not be read."""

    _name = "kdc.statement.import.problem"
    _description = "Problem in a Bank Statement"

    import_id = fields.Many2one("kdc.statement.import", required=True, ondelete="cascade")
    line = fields.Integer("Row")
    column = fields.Char()
    message = fields.Char()
