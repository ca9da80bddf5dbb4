import base64
import logging
from collections import Counter

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from psycopg2 import IntegrityError

from ..engine import roster, sheet
from ..tools.actions import download
from ..tools.local_day import today_here
from ..tools.roster_writer import RosterWriter

_logger = logging.getLogger(__name__)

#: Households that are planned and written together. One batch is one transaction in the background.
BATCH_HOUSEHOLDS = 100
#: Up to this size of the file it is checked while the officer waits (some 2,000 persons, about two seconds).
BYTES_AT_ONCE = 200_000
#: Up to this many rows the import runs while the officer waits (about three seconds), above it in the background.
ROWS_AT_ONCE = 300
#: More issues than this are counted but not listed one by one.
MAX_ISSUES = 2000
#: Days after which the file of a finished import and the rows it rejected are forgotten: they are personal data.
KEEP_DAYS = 30


class KdcRosterImport(models.Model):
    """A spreadsheet of households on its way into the register: looked at first, written afterwards.

    draft → checked (dry run: what is new, changed, wrong) → importing → done. Long lists are checked and written in the
    background, with progress.
    Importing the same list again changes nothing.
    """

    _name = "kdc.roster.import"
    _description = "Import of a List of Households"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id DESC"
    _rec_name = "file_name"

    file = fields.Binary(string="List of households", attachment=True, help=".xlsx, .xls or .csv")
    file_name = fields.Char(string="File")
    company_id = fields.Many2one(
        "res.company", string="Ward office", required=True, default=lambda self: self.env.company, index=True
    )
    user_id = fields.Many2one("res.users", string="Imported by", default=lambda self: self.env.user, readonly=True)
    area_id = fields.Many2one(
        "kdc.area",
        string="Residential group of the list",
        domain="[('kind', '=', 'group'), ('company_id', '=', company_id), ('date_to', '=', False)]",
        help="For rows that name no residential group.",
    )
    date_start = fields.Date(
        string="Members since",
        required=True,
        default=today_here,
        help="First day of the memberships this list creates. A date in the title of the list is taken over.",
    )
    state = fields.Selection(
        [
            ("draft", "File"),
            ("checking", "Being checked"),
            ("checked", "Checked"),
            ("importing", "Importing"),
            ("stopped", "Stopped"),
            ("done", "Done"),
        ],
        default="draft",
        required=True,
        readonly=True,
        index=True,
    )
    sheet_name = fields.Char(
        string="Sheets",
        help="The sheets that are read, with “/” between them. Take one out and check again to leave it out.",
    )
    column_ids = fields.One2many("kdc.roster.import.column", "import_id", string="Columns")
    issue_ids = fields.One2many("kdc.roster.import.issue", "import_id", string="Remarks", readonly=True)
    row_count = fields.Integer(string="Persons in the list", readonly=True)
    household_count = fields.Integer(string="Households in the list", readonly=True)
    new_count = fields.Integer(string="New", readonly=True)
    changed_count = fields.Integer(string="Changed", readonly=True)
    same_count = fields.Integer(string="Unchanged", readonly=True)
    rejected_count = fields.Integer(string="Rejected", readonly=True)
    error_count = fields.Integer(string="Errors", readonly=True)
    warning_count = fields.Integer(string="To be looked at", readonly=True)
    new_group_names = fields.Text(string="New residential groups", readonly=True)
    done_households = fields.Integer(readonly=True)
    progress = fields.Float(compute="_compute_progress")
    started_at = fields.Datetime(readonly=True)
    finished_at = fields.Datetime(readonly=True)
    failure = fields.Text(string="What went wrong", readonly=True)
    reject_file = fields.Binary(string="Rejected rows", attachment=True, readonly=True)
    reject_file_name = fields.Char(compute="_compute_reject_file_name")

    @api.depends("done_households", "household_count", "state")
    def _compute_progress(self):
        for record in self:
            total = record.household_count
            record.progress = 100.0 * record.done_households / total if total else 0.0

    @api.depends("file_name")
    def _compute_reject_file_name(self):
        for record in self:
            stem = (record.file_name or "").rsplit(".", 1)[0]
            record.reject_file_name = self.env._("%(name)s - rejected rows.xlsx", name=stem or "kdc")

    @api.onchange("file")
    def _onchange_file(self):
        """A new file starts from the beginning."""
        self.column_ids = [Command.clear()]
        self.sheet_name = False
        self.state = "draft"

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse_broken_files(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_broken_files([vals])
        if vals.get("file"):
            # What was understood of the former file says nothing about this one.
            vals = {"column_ids": [Command.clear()], "sheet_name": False, **vals}
        return super().write(vals)

    def _refuse_broken_files(self, vals_list):
        """Say so before Odoo stores a file that was cut off on its way.

        :raises UserError: it cannot be decoded
        """
        for vals in vals_list:
            try:
                sheet.decode(vals.get("file"))
            except sheet.SheetError as error:
                raise UserError(self._sheet_message(error)) from error

    # ---------------------------------------------------------------------------------------------- messages
    @api.model
    def _sheet_message(self, error):
        """Return what to tell a person whose file cannot be read."""
        messages = {
            sheet.EmptyFile: self.env._("This file is empty. Please choose the file with the list and try again."),
            sheet.ProtectedFile: self.env._(
                "This file is protected by a password. Open it in Excel, remove the password "
                "(File › Info › Protect Workbook), save it and choose it again."
            ),
            sheet.CorruptFile: self.env._(
                "This file is damaged or incomplete. Open it in Excel, save it as .xlsx and choose the new file."
            ),
            sheet.WebPage: self.env._(
                "This file is a web page with the name of a spreadsheet. Open it in Excel, save it as .xlsx and "
                "choose the new file."
            ),
            sheet.UnknownFormat: self.env._(
                "This file is not a spreadsheet. Please choose a file of the kind .xlsx, .xls or .csv."
            ),
            sheet.FileTooLarge: self.env._("This file is too large. Please divide the list into several files."),
            roster.NoHeader: self.env._(
                "No heading row was found. The list needs a row of headings with at least “Họ và tên” and one more, "
                "such as “Ngày sinh” or “Quan hệ với chủ hộ”."
            ),
            roster.NoSheet: self.env._("The file has no sheet of that name. Please correct the field “Sheets”."),
            roster.NoRows: self.env._("There are headings in this file, but no person below them."),
            roster.NoHouseholds: self.env._(
                "The list does not show where a household ends. Add a column “Mã hộ” or “Quan hệ với chủ hộ” and try "
                "again."
            ),
        }
        return messages.get(type(error), messages[sheet.CorruptFile])

    @api.model
    def _issue_messages(self):
        """Return the text of every remark by its code; ``%(value)s`` is what was found."""
        return {
            "no_name": self.env._("The name is missing."),
            "bad_name": self.env._("“%(value)s” is not a name."),
            "bad_date": self.env._("“%(value)s” is not a date. Write it as day/month/year, for example 05/09/1984."),
            "future_date": self.env._("The date of birth %(value)s lies in the future."),
            "too_old": self.env._("The date of birth %(value)s is too long ago."),
            "no_birth": self.env._("The date of birth is missing."),
            "two_digit_year": self.env._(
                "The year of “%(value)s” has two digits only; please check how it was understood."
            ),
            "month_only": self.env._("“%(value)s” has no day; only the year is kept."),
            "bad_sex": self.env._("“%(value)s” is not a sex. Write Nam or Nữ."),
            "bad_number": self.env._("“%(value)s” is not a personal number: it has 12 digits."),
            "rounded_number": self.env._(
                "“%(value)s” has lost its last digits: the file was saved while Excel showed the number rounded. Give "
                "the column the format “Text” in the list it comes from, save the file anew and choose it again."
            ),
            "old_card": self.env._("“%(value)s” is the number of an old identity card; it is not taken over."),
            "padded": self.env._("The leading zero of the personal number was lost in the file and has been put back."),
            "mismatch_sex": self.env._("The personal number tells another sex. Please check it on the card."),
            "mismatch_birth_year": self.env._(
                "The personal number tells another year of birth. Please check it on the card."
            ),
            "bad_phone": self.env._("“%(value)s” is not a phone number; the phone is left out."),
            "rounded_phone": self.env._(
                "“%(value)s” has lost its last digits, so the phone is left out. Give the column the format “Text” in "
                "the list it comes from, save the file anew and choose it again."
            ),
            "bad_email": self.env._("“%(value)s” is not an e-mail address; it is left out."),
            "unknown_role": self.env._("The relationship “%(value)s” is not known; “Other” is taken."),
            "no_role": self.env._("The relationship to the head is missing; “Other” is taken."),
            "ambiguous_role": self.env._(
                "“%(value)s” can be several relationships; “Other” is taken. Write it with its tones or in full."
            ),
            "head_by_block": self.env._(
                "The relationship is missing. Since a household starts in this row, this person is taken as its head."
            ),
            "two_heads": self.env._("The household already has a head in this list: see row %(value)s."),
            "after_two_heads": self.env._(
                "The household has two heads in this list. Correct row %(value)s first: this person stands below it."
            ),
            "codes_restart": self.env._(
                "The code “%(value)s” stands in several residential groups. So the codes of this list are taken as "
                "numbers only, and the households get codes of their own. If it is a slip, correct it and check again."
            ),
            "code_twice": self.env._(
                "The code “%(value)s” stands in another residential group of this list too, so nothing tells to which "
                "household this person belongs. Correct the code or the group and check again."
            ),
            "row_ignored": self.env._(
                "Not read, since nothing tells that this is a person: %(value)s. If it is one, write the name and at "
                "least a date of birth, a relationship or an address."
            ),
            "sheet_unlike": self.env._(
                "The sheet “%(value)s” is not read: it does not have the same headings in the same columns. If it "
                "belongs to the list, give it the same headings or import it from a file of its own."
            ),
            "sheet_former": self.env._(
                "The sheet “%(value)s” is not read: its name tells that it is an old one or of people who have left. "
                "If it belongs to the list, add its name in the field “Sheets” and check again."
            ),
            "sheets_read": self.env._(
                "Several sheets are read as one list: %(value)s. If one is a copy or an old one, take it out of the "
                "field “Sheets” and check again."
            ),
            "sheet_left_out": self.env._("The sheet “%(value)s” is not read: it is not among the sheets chosen."),
            "double_number": self.env._("Row %(value)s has the same personal number."),
            "double_person": self.env._("Row %(value)s is the same person."),
            "no_head": self.env._("The household has no usable head, so none of its rows can be taken."),
            "no_group": self.env._(
                "The residential group is missing. Choose one for the whole list, or add the column."
            ),
            "no_address": self.env._("The house number is missing; the dwelling gets no address."),
            "archived_household": self.env._("The household %(value)s is archived. Restore it first."),
            "archived_person": self.env._("This person is archived. Restore the person first."),
            "code_elsewhere": self.env._(
                "A household with this code lives in %(value)s. If the codes start again in each residential group, "
                "let the column mean “Number of the household in the list”."
            ),
            "head_differs": self.env._(
                "The head in the register is %(value)s. Change the head in the household first; the list does not "
                "do that."
            ),
            "head_elsewhere": self.env._(
                "This person is the head of %(value)s, where others live too. Choose another head there first."
            ),
            "joined_later": self.env._("This person joined %(value)s after the date of this list."),
            "doubtful_head": self.env._(
                "A head of this name lives in this group already: %(value)s. Nothing tells whether it is the same "
                "household, so it is not taken. Add the household code, the personal number, or the date of birth and "
                "the address as they are in the register."
            ),
            "known_by_name": self.env._(
                "Only the name and the group tell that this is the household %(value)s. Please check what would change."
            ),
            "namesake": self.env._("Another head of this name lives in this group: %(value)s. Please check."),
            "birth_differs": self.env._(
                "In the register this person is born on %(value)s. Correct the list, or the person in the register; "
                "the list does not do that without a personal number."
            ),
            "maybe_known": self.env._(
                "A person with this name and date of birth is already known in: %(value)s. Please check."
            ),
            "moves": self.env._("This person moves here from: %(value)s."),
            "rejoins": self.env._("This person left this household before and joins it again."),
            "address_changed": self.env._("The household had another address: %(value)s."),
            "failed": "%(value)s",
        }

    # ----------------------------------------------------------------------------------------------- reading
    def _read(self):
        """Return the list as typed rows.

        :raises UserError: the file cannot be read; the message says what to do.
        """
        self.ensure_one()
        if not self.file:
            raise UserError(self.env._("Please choose a file first."))
        mapping = {column.index: column.key or None for column in self.column_ids}
        headings = {column.index: column.heading or "" for column in self.column_ids}
        try:
            return roster.read_roster(
                sheet.decode(self.with_context(bin_size=False).file),
                today_here(self),
                mapping=mapping or None,
                sheet_names=self._chosen_sheets() if mapping else (),
                headings=headings or None,
            )
        except sheet.SheetError as error:
            raise UserError(self._sheet_message(error)) from error

    def _chosen_sheets(self):
        """Return the names of the sheets to read; no spreadsheet program allows a “/” in them."""
        return [name.strip() for name in (self.sheet_name or "").split("/") if name.strip()]

    def _writer(self, parsed):
        ward = self.company_id.kdc_commune_id
        if not ward:
            raise UserError(
                self.env._(
                    "The office “%(office)s” does not keep the register of a ward yet. "
                    "Set it on the ward under “Areas” first.",
                    office=self.company_id.name,
                )
            )
        columns = {column.key: column.index for column in parsed.columns if column.key}
        writer = RosterWriter(self.env, ward, self.area_id, self.date_start, columns)
        writer.know_list(parsed.households, self._made_so_far())
        return writer

    def _made_so_far(self):
        """Return the households an interrupted import has made: nobody further down the list is one of them."""
        if not self.done_households or self.state != "importing":
            return []
        domain = [
            ("create_date", ">=", self.started_at),
            ("create_uid", "=", self.user_id.id),
            ("company_id", "=", self.company_id.id),
        ]
        return self.env["kdc.household"].search(domain).ids

    @staticmethod
    def _batches(parsed, start=0):
        """Cut the list into batches of whole households, from household ``start`` on."""
        for first in range(start, len(parsed.households), BATCH_HOUSEHOLDS):
            yield parsed.households[first : first + BATCH_HOUSEHOLDS]

    def action_check(self):
        """Look at the file: at once when it is small, in the background when it is large. Nothing is written."""
        self.ensure_one()
        if len(self.with_context(bin_size=False).file or "") * 3 // 4 <= BYTES_AT_ONCE:
            self._check()
            return True
        self.write(
            {
                "state": "checking",
                "started_at": fields.Datetime.now(),
                "household_count": 0,
                "done_households": 0,
                "failure": False,
            }
        )
        self._wake_scheduler()
        return True

    def _wake_scheduler(self):
        # sudo: an officer may check and import lists but has no right on scheduled actions.
        self.env.ref("kdc_residents.ir_cron_roster_import").sudo()._trigger()

    def _check(self, go_on=None):
        """Dry run: read the file, meet it with the register, show what would happen. Nothing is written.

        :param go_on: called after each batch with the number of its households; False ends the check.
        """
        parsed = self._read()
        if not self.column_ids and parsed.as_of:
            self.date_start = parsed.as_of
        writer = self._writer(parsed)
        self.household_count = len(parsed.households)
        counts = Counter()
        for batch in self._batches(parsed):
            counts += writer.outcomes(writer.plan(batch))
            if go_on and not go_on(len(batch)):
                return
        if [(column.index, column.heading or "") for column in self.column_ids] != [
            (column.index, column.heading) for column in parsed.columns
        ]:
            self.column_ids = [Command.clear()] + [
                Command.create(
                    {
                        "index": column.index,
                        "letter": sheet.column_letter(column.index),
                        "heading": column.heading,
                        "key": column.key or False,
                        "example": column.example,
                    }
                )
                for column in parsed.columns
            ]
        self.write(
            {
                "state": "checked",
                "sheet_name": " / ".join(parsed.sheet_names),
                "row_count": len(parsed.rows),
                "household_count": len(parsed.households),
                "new_group_names": ", ".join(writer.new_groups.values()),
                "done_households": 0,
                "failure": False,
                **{f"{outcome}_count": counts[outcome] for outcome in ("new", "changed", "same", "rejected")},
            }
        )
        self._store_remarks(parsed)

    def _store_remarks(self, parsed):
        """List what was found by row and column, and keep the rejected rows as a spreadsheet."""
        letters = {column.index: (sheet.column_letter(column.index), column.heading) for column in parsed.columns}
        messages = self._issue_messages()
        names = {(row.sheet, row.line): row.name for row in parsed.rows}
        issues = sorted(parsed.issues, key=self._issue_order(parsed))
        several = len(parsed.sheet_names) > 1
        self.issue_ids = [Command.clear()] + [
            Command.create(
                {
                    "sheet": issue.sheet if several else False,
                    "line": issue.line,
                    "column": letters.get(issue.column, ("", ""))[0],
                    "heading": letters.get(issue.column, ("", ""))[1],
                    "level": issue.level,
                    "name": names.get((issue.sheet, issue.line)),
                    "message": messages[issue.code] % {"value": issue.value},
                }
            )
            for issue in issues[:MAX_ISSUES]
        ]
        levels = Counter(issue.level for issue in issues)
        self.write(
            {
                "error_count": levels[roster.ERROR],
                "warning_count": levels[roster.WARNING],
                "reject_file": self._reject_sheet(parsed, messages),
            }
        )

    @staticmethod
    def _issue_order(parsed):
        """Return the key by which remarks are listed: what is rejected first, then as the file goes."""
        position = {name: index for index, name in enumerate(parsed.sheet_names)}
        return lambda issue: (
            issue.level != roster.ERROR,
            position.get(issue.sheet, -1),
            issue.line,
            issue.column or 0,
        )

    def _reject_sheet(self, parsed, messages):
        """Return the rejected rows as they came, with the reason in front, or False when there are none."""
        rejected = [row for row in parsed.rows if row.rejected]
        if not rejected:
            return False
        width = max(len(parsed.headings), *(len(row.cells) for row in rejected))
        headings = parsed.headings + [""] * (width - len(parsed.headings))
        several = len(parsed.sheet_names) > 1
        rows = [[*headings, self.env._("Row in the file"), self.env._("Reason")]]
        for row in rejected:
            reasons = [messages[i.code] % {"value": i.value} for i in row.issues if i.level == roster.ERROR]
            line = f"{row.line} ({row.sheet})" if several else row.line
            rows.append([*row.cells, *[None] * (width - len(row.cells)), line, " ".join(reasons)])
        return base64.b64encode(sheet.write_xlsx(rows, self.env._("Rejected rows"), widths=[16] * width + [10, 80]))

    # ----------------------------------------------------------------------------------------------- writing
    def action_import(self):
        """Write the list: at once when it is short, in the background when it is long."""
        self.ensure_one()
        if self.state not in ("checked", "stopped"):
            raise UserError(self.env._("Please check the list first."))
        started = self.started_at if self.state == "stopped" else fields.Datetime.now()
        self.write({"state": "importing", "started_at": started, "failure": False})
        if self.row_count > ROWS_AT_ONCE:
            self._wake_scheduler()
            return True
        parsed = self._read()
        writer = self._writer(parsed)
        for batch in self._batches(parsed, self.done_households):
            self._import_batch(writer, batch)
        self._finish(parsed)
        return True

    def action_stop(self):
        """Stop after the batch at hand; what is written stays and the rest can follow later."""
        self.filtered(lambda r: r.state == "checking").state = "draft"
        self.filtered(lambda r: r.state == "importing").state = "stopped"

    def action_back(self):
        """Choose another file or another meaning of the columns."""
        self.filtered(lambda r: r.state == "checked").state = "draft"

    def action_open_households(self):
        return self.env["ir.actions.act_window"]._for_xml_id("kdc_residents.kdc_household_action")

    def action_download_rejects(self):
        self.ensure_one()
        return download(self, "reject_file", "reject_file_name")

    def _import_batch(self, writer, batch):
        """Write a batch; if it fails, write its households one by one so that only the culprit is left out."""
        plans = writer.plan(batch)
        try:
            with self.env.cr.savepoint():
                writer.apply(plans)
        except (ValidationError, UserError, IntegrityError) as error:
            _logger.info("Roster import %s: batch refused, going household by household: %s", self.id, error)
            for household in batch:
                self._import_household(writer, household)
        self.done_households += len(batch)

    def _import_household(self, writer, household):
        plans = writer.plan([household])
        try:
            with self.env.cr.savepoint():
                writer.apply(plans)
                self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
                self.env.cr.execute("SET CONSTRAINTS ALL DEFERRED")
        except (ValidationError, UserError, IntegrityError) as error:
            message = (
                error.args[0] if isinstance(error, UserError) else self.env._("The database refused this household.")
            )
            for row in household.rows:
                row.issues.append(roster.Issue(row.line, "name", None, roster.ERROR, "failed", message, row.sheet))

    def _finish(self, parsed):
        failed = sum(any(issue.code == "failed" for issue in row.issues) for row in parsed.rows)
        self.write(
            {
                "state": "done",
                "finished_at": fields.Datetime.now(),
                "rejected_count": self.rejected_count + failed,
                "new_count": max(0, self.new_count - failed),
            }
        )
        if failed:
            self._store_remarks(parsed)

    @api.model
    def _cron_import(self):
        """Check and write waiting lists batch by batch, committing after each; a restarted server goes on."""
        waiting = self.search([("state", "in", ("checking", "importing"))], order="started_at, id")
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=sum(max(r.household_count - r.done_households, 1) for r in waiting))
        for record in waiting:
            # The officer's own rights and ward apply, not those of the scheduler.
            record = record.with_user(record.user_id).with_company(record.company_id)
            try:
                work = record._check_waiting if record.state == "checking" else record._import_waiting
                if not work(cron):
                    return
            except Exception as error:  # whatever it is, the officer must hear of it and the next list must go on
                self.env.cr.rollback()
                _logger.exception("Roster import %s failed", record.id)
                record._fail(error)
                cron._commit_progress(remaining=0)

    def _check_waiting(self, cron):
        """Check one list, however long it takes: half a check is worth nothing. Return whether there is time left."""

        def go_on(households):
            self.done_households += households
            cron._commit_progress(households, remaining=self.household_count - self.done_households)
            self.invalidate_recordset(["state"])
            return self.state == "checking"

        self.done_households = 0
        self._check(go_on)
        return bool(cron._commit_progress(remaining=0))

    def _import_waiting(self, cron):
        """Write one list as far as the time allows; return whether there is time left."""
        parsed = self._read()
        writer = self._writer(parsed)
        for batch in self._batches(parsed, self.done_households):
            self._import_batch(writer, batch)
            remaining = self.household_count - self.done_households
            time_left = cron._commit_progress(len(batch), remaining=remaining)
            self.invalidate_recordset(["state"])
            if self.state != "importing":
                return bool(time_left)
            if not time_left and remaining:
                return False
        self._finish(parsed)
        return bool(cron._commit_progress(remaining=0))

    def _fail(self, error):
        """Stop loudly: the state says so and the officer gets an activity."""
        message = (
            error.args[0] if isinstance(error, UserError) else self.env._("An unexpected error stopped the import.")
        )
        checking = self.state == "checking"
        self.write({"state": "draft" if checking else "stopped", "failure": message})
        self.activity_schedule(
            "mail.mail_activity_data_warning",
            user_id=self.user_id.id,
            summary=self.env._("The check of a list of households stopped")
            if checking
            else self.env._("The import of a list of households stopped"),
            note=message,
        )

    @api.autovacuum
    def _gc_files(self):
        """Forget the files of finished imports: they hold personal data and the register has it now."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=KEEP_DAYS)
        old = self.search(
            [("state", "in", ("draft", "checked", "done")), ("write_date", "<", limit), ("file", "!=", False)]
        )
        old.issue_ids.unlink()
        old.write({"file": False, "reject_file": False})
