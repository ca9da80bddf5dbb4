import base64

from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.engine import sheet, text
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.actions import form_of
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date, split_every
from psycopg2 import IntegrityError

from ..engine import account_number, reading_sheet
from ..engine import meter as meter_engine
from ..engine.money import decimal

MAX_BYTES = 10 * 1024 * 1024
#: Readings written at once.
BATCH = 200
#: Up to so many are written while the accountant waits; more in the background, so many per transaction.
AT_ONCE, PART = 500, 1000


class KdcReadingImport(models.TransientModel):
    """Readings from a spreadsheet: check first, see every problem by row and column, then import.

    Importing the same file twice changes nothing. Rows with a problem are left out and can be
    downloaded with the reason. A large sheet is written part by part in the background: each part is a transaction that
    notes up to which row it came, so that a part done twice finds nothing to do and a kill loses one part at most.
    """

    _name = "kdc.reading.import"
    _description = "Import Meter Readings"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    service_id = fields.Many2one(
        "kdc.service",
        required=True,
        domain="[('metered', '=', True), ('company_id', '=', company_id)]",
        default=lambda self: self._default_service_id(),
    )
    date = fields.Date("Date when the sheet has none", required=True, default=today_here)
    source = fields.Selection(
        [("import", "Lists that people wrote"), ("device", "Meters read from afar")],
        "Figures from",
        required=True,
        default="import",
        help="What meters send by themselves keeps to no reading days, so it is never late.",
    )
    file = fields.Binary("Spreadsheet", required=True, attachment=False)
    filename = fields.Char()
    state = fields.Selection(
        [("choose", "Choose"), ("checked", "Checked"), ("working", "Being written"), ("done", "Done")],
        default="choose",
    )
    total = fields.Integer("Readings to write", readonly=True)
    done = fields.Integer("Readings written", readonly=True)
    last_line = fields.Integer(readonly=True, help="Row of the sheet up to which the readings are written.")
    refused = fields.Json(readonly=True, help="Rows that were refused on the way, with the reason.")
    progress = fields.Float(compute="_compute_progress")
    problem_ids = fields.One2many("kdc.reading.import.problem", "import_id", string="Problems", readonly=True)
    new_count = fields.Integer("New", readonly=True)
    corrected_count = fields.Integer("Corrected", readonly=True)
    same_count = fields.Integer("Already there", readonly=True)
    problem_count = fields.Integer("Rows with a problem", readonly=True)
    rejected_file = fields.Binary("Rows left out", readonly=True, attachment=False)
    rejected_name = fields.Char(readonly=True)

    def _default_service_id(self):
        services = self.env["kdc.service"]
        return services.search([("metered", "=", True), ("company_id", "=", self.env.company.id)], limit=1)

    @api.depends("done", "total")
    def _compute_progress(self):
        for record in self:
            record.progress = 100 * record.done / record.total if record.total else 0

    @api.onchange("file", "service_id", "date")
    def _onchange_file(self):
        """Another file has to be checked again."""
        self.state = "choose"

    def action_check(self):
        """Dry run: count what would change and list every problem; nothing is written."""
        self.ensure_one()
        rows, table = self._read()
        plan, problems = self._plan(table)
        self._show(rows, table, plan, problems, "checked")
        return self._reopen()

    def action_import(self):
        """Write the good rows: at once when they are few, else in the background."""
        self.ensure_one()
        if self.state == "working":
            return self._reopen()
        rows, table = self._read()
        plan, problems = self._plan(table)
        changes = self._changes(plan)
        if len(changes) > AT_ONCE:
            self._show(rows, table, plan, problems, "working")
            self.write({"total": len(changes), "done": 0, "last_line": 0, "refused": []})
            self._enqueue()
            return self._reopen()
        problems += self._write_readings(changes, table)
        refused = {problem.line for problem, _message in problems}
        self._show(rows, table, [item for item in plan if item[1].line not in refused], problems, "done")
        return self._reopen()

    def action_check_month(self):
        """Go on to what is odd about the readings of this month."""
        self.ensure_one()
        _rows, table = self._read()
        day = max((row.date or self.date for row in table.rows), default=self.date)
        entry = self.env["kdc.reading.entry"].create(
            {"company_id": self.company_id.id, "service_id": self.service_id.id, "date": day}
        )
        return entry.action_check()

    @staticmethod
    def _changes(plan, after=0):
        """Return what of a plan is to be written below a row of the sheet, from above to below."""
        return [item for item in plan if item[2] != "same" and item[1].line > after]

    def _write_readings(self, items, table):
        """Write readings and return what was refused as (CellError, message)."""
        new = [item for item in items if item[2] == "new"]
        one_by_one = [item for item in items if item[2] == "corrected"]
        for batch in split_every(BATCH, new, list):
            try:
                with self.env.cr.savepoint():
                    self._create_readings(batch)
            except (UserError, ValidationError, IntegrityError):
                # One of them is refused: find out which, and take the others.
                self.env.invalidate_all()
                one_by_one += batch
        readings, problems = self.env["kdc.meter.reading"], []
        for meter, row, _kind in one_by_one:
            try:
                with self.env.cr.savepoint():
                    readings._record(meter, row.date or self.date, float(row.value), source=self.source)
            except (UserError, ValidationError) as error:
                problems.append((reading_sheet.CellError(row.line, table.columns["value"], "refused"), str(error)))
        return problems

    # --- In the background ------------------------------------------------------------------------

    def _enqueue(self):
        self.with_delay(
            channel="root.kdc_billing",
            description=self.env._("Import meter readings"),
            identity_key=f"kdc.reading.import-{self.id}-{self.done}",
        )._job_part(self.done)

    def _job_part(self, done):
        """Background job: write the next rows and queue the rest.

        :param done: how many come before; if it is not so any more, the job was overtaken and does nothing
        """
        if not self.exists() or self.state != "working" or self.done != done:
            return
        rows, table = self._read()
        plan, problems = self._plan(table)
        left = self._changes(plan, self.last_line)
        part = left[:PART]
        kinds = {item[1].line: item[2] for item in part}
        refused = [
            [problem.line, problem.column, message, kinds[problem.line]]
            for problem, message in self._write_readings(part, table)
        ]
        self.write(
            {
                "done": self.done + len(part),
                "last_line": part[-1][1].line if part else self.last_line,
                "refused": [*(self.refused or []), *refused],
            }
        )
        if len(left) > PART:
            self._enqueue()
        else:
            self._finish(rows, table, problems)

    def _finish(self, rows, table, problems):
        """Show what became of all parts, and tell who asked for it."""
        # An empty list is stored as nothing.
        refused = self.refused or []
        kinds = [kind for *_problem, kind in refused]
        counts = {
            "new_count": self.new_count - kinds.count("new"),
            "corrected_count": self.corrected_count - kinds.count("corrected"),
            "same_count": self.same_count,
        }
        problems += [
            (reading_sheet.CellError(line, column, "refused"), message) for line, column, message, _kind in refused
        ]
        self._show(rows, table, [], sorted(problems, key=lambda item: item[0].line), "done")
        self.write(counts)
        # sudo: a word to the screen of who asked for it
        self.create_uid.sudo()._bus_send(
            "simple_notification",
            {
                "type": "warning" if problems else "success",
                "title": self.env._("Meter readings imported"),
                "message": self.env._(
                    "New: %(new)s, corrected: %(corrected)s, rows with a problem: %(problems)s.",
                    new=self.new_count, corrected=self.corrected_count, problems=self.problem_count,
                ),
            },
        )  # fmt: skip

    @api.model
    def _action_open(self):
        """Return the own import that is under way or has just ended, else a new one."""
        since = fields.Datetime.subtract(fields.Datetime.now(), minutes=30)
        recent = self.search(
            [("create_uid", "=", self.env.uid), ("state", "in", ("working", "done")), ("total", ">", 0),
             ("write_date", ">=", since)],
            order="id desc", limit=1,
        )  # fmt: skip
        if recent.state == "working":
            return recent._reopen()
        return self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_reading_import_action")

    def _create_readings(self, items):
        """Write first readings of the month at once: one by one they take twenty times as long."""
        self.env["kdc.meter.reading"].create([
            {
                "meter_id": meter.id, "date": row.date or self.date, "value": float(row.value), "source": self.source,
                "event": "normal" if meter.reading_ids else "initial",
            }
            for meter, row, _kind in items
        ])  # fmt: skip

    def _read(self):
        """Return the rows of the sheet and the understood table, or tell what is wrong with the file."""
        try:
            data = sheet.decode(self.file)
            if len(data) > MAX_BYTES:
                raise UserError(self.env._("The file is larger than 10 MB. Save only the sheet with the readings."))
            sheets = sheet.read(data)
        except sheet.SheetError as error:
            raise UserError(self._word_file_error(error)) from error
        heading_error, found = None, []
        for candidate in sheets:
            try:
                found.append((candidate, reading_sheet.parse(candidate.rows, text.fold)))
            except reading_sheet.HeadingError as error:
                heading_error = heading_error or error
        filled = [(page, table) for page, table in found if table.rows or table.errors]
        if len(filled) > 1:
            # A sheet for each month, or for each group: reading the first one alone would lose the others unseen.
            raise UserError(self._word_several_sheets([page.name for page, _table in filled]))
        if found:
            page, table = (filled or found)[0]
            return page.rows, table
        if heading_error.double:
            raise UserError(
                self.env._(
                    "Several columns could be the new figure: %s. Keep one of them, or name the others differently.",
                    ", ".join(f"“{name}”" for name in heading_error.double),
                )
            )
        raise UserError(
            self.env._(
                "No row with the needed headings was found. The sheet needs a column “Chỉ số mới” and a column "
                "“Số seri” or “Mã khách hàng”. Headings found: %s",
                ", ".join(heading_error.found) or "–",
            )
        )

    @api.model
    def _word_several_sheets(self, names):
        return self.env._(
            "The file has several sheets with such a list: %s. Save the one you want to import in a file of its own, "
            "or put all rows into one sheet.",
            ", ".join(f"“{name}”" for name in names),
        )

    def _word_file_error(self, error):
        texts = {
            sheet.EmptyFile: self.env._("The file is empty. Choose the spreadsheet with the readings."),
            sheet.ProtectedFile: self.env._("The file is protected by a password. Save a copy without password first."),
            sheet.CorruptFile: self.env._("The file is damaged. Open it in a spreadsheet program and save it again."),
            sheet.WebPage: self.env._("This is a web page, not a spreadsheet. Open it and save it as .xlsx."),
            sheet.FileTooLarge: self.env._("The spreadsheet is too large. Save only the sheet with the readings."),
        }
        unknown = self.env._("This is not a spreadsheet that can be read. Save it as .xlsx, .xls or .csv.")
        return texts.get(type(error), unknown)

    # --- Plan of what would be written ------------------------------------------------------------

    def _plan(self, table):
        """Match rows to meters and compare with what is known.

        :return: list of (meter, row, ``new``/``corrected``/``same``) and list of (CellError, message)
        """
        problems = [(error, self._word(error.code, error.value)) for error in table.errors]
        by_serial, by_account = self._meters()
        known = self._known_readings(table)
        plan, seen = [], {}
        for row in table.rows:
            meter, code, value = self._match(row, by_serial, by_account)
            if not code and meter in seen:
                code, value = "double", str(seen[meter])
            if not code:
                seen[meter] = row.line
                code, value = self._check(meter, row, known.get(meter, []))
            if code:
                field = "date" if code == "future" else "value" if code in FIGURE_CODES else "serial"
                column = table.columns.get(field, table.columns.get("account", 0))
                problems.append((reading_sheet.CellError(row.line, column, code, value), self._word(code, value)))
                continue
            plan.append((meter, row, self._kind(row, known.get(meter, []))))
        return plan, sorted(problems, key=lambda item: item[0].line)

    def _meters(self):
        """Meters of the service by serial and by account number."""
        meters = (
            self.env["kdc.meter"]
            .with_context(active_test=False)
            .search([("service_id", "=", self.service_id.id), ("company_id", "=", self.company_id.id)])
        )
        by_account = {}
        for meter in meters.filtered("active"):
            by_account.setdefault(meter.account_id.number, []).append(meter)
        # A meter that goes on for the next customer has its serial number twice: the one in use counts.
        return {text.match_key(meter.serial): meter for meter in meters.sorted("active")}, by_account

    def _match(self, row, by_serial, by_account):
        """Return (meter, None, '') or (None, code, value)."""
        if row.serial:
            meter = by_serial.get(text.match_key(row.serial))
            if not meter:
                return None, "unknown_serial", row.serial
            return (meter, None, "") if meter.active else (None, "removed", row.serial)
        number = account_number.clean(row.account).zfill(account_number.LENGTH)
        meters = by_account.get(number, [])
        if not meters:
            return None, "unknown_account", row.account
        if len(meters) > 1:
            return None, "several_meters", row.account
        return meters[0], None, ""

    def _known_readings(self, table):
        """Readings of the meters of the service, newest first, in one query."""
        readings = self.env["kdc.meter.reading"].search(
            [("service_id", "=", self.service_id.id), ("company_id", "=", self.company_id.id)], order="date desc"
        )
        return readings.grouped("meter_id")

    def _current(self, row, known):
        """The reading of the same month, if any; what a change of the meter left behind, or its start, is not one."""
        day = row.date or self.date
        current = known and known._corrected_on(day)
        return current if current and not current._begins_before(day) else None

    def _kind(self, row, known):
        current = self._current(row, known)
        if not current:
            return "new"
        return "same" if decimal(current.value, 3) == row.value else "corrected"

    def _check(self, meter, row, known):
        """Return (code, value) of what the engine refuses, or (None, '')."""
        day = row.date or self.date
        if day > today_here(self):
            return "future", format_date(self.env, day)
        first = fields.Date.start_of(day, "month")
        current = self._current(row, known)
        before = next(
            (one for one in known if one.date < first or one.is_change or one._begins_before(day)), None
        )
        previous = decimal(before.value, 3) if before else None
        event = current.event if current else "normal" if previous is not None else "initial"
        try:
            meter_engine.consumption(
                row.value,
                previous,
                event=event,
                digits=meter.digits,
                multiplier=decimal(meter.multiplier, 3),
                final=decimal(current.final_value, 3) if event == "replacement" else None,
                floor=decimal(before._really_read().value, 3) if before else None,
            )
        except meter_engine.ReadingError as error:
            figures = [row.value] if previous is None else [row.value, previous]
            return error.code, " / ".join(map(fmt.number, figures))
        if row.previous is not None and previous is not None and row.previous != previous:
            return "other_previous", f"{fmt.number(row.previous)} / {fmt.number(previous)}"
        return None, ""

    def _word(self, code, value):
        """Word a problem for the person who keeps the spreadsheet."""
        texts = {
            "not_a_number": self.env._("“%s” is not a figure. Write digits only, for instance 1234.", value),
            "negative": self.env._("A register cannot show a negative figure (%s).", value),
            "not_a_date": self.env._("“%s” is not a date. Write day/month/year.", value),
            "no_meter": self.env._("Neither serial number nor customer number."),
            "unknown_serial": self.env._("No meter of this service has the serial number %s.", value),
            "removed": self.env._("Meter %s was removed. Give the serial number of the one there now.", value),
            "unknown_account": self.env._("No customer with a meter of this service has the number %s.", value),
            "several_meters": self.env._("Customer %s has several meters: give the serial number.", value),
            "double": self.env._("The same meter is already in row %s.", value),
            "future": self.env._("The date %s is in the future.", value),
            "decreasing": self.env._(
                "Lower than the figure before (%s). If the register rolled over or was replaced, enter it by hand.",
                value,
            ),
            "too_many_digits": self.env._("More digits than the register has (%s).", value),
            "no_rollover": self.env._(
                "The register was marked as rolled over, but the figure is not lower (%s).", value
            ),
            "final_missing": self.env._("The last figure of the old register is missing."),
            "final_decreasing": self.env._("The last figure of the old register is lower than the one before."),
            "no_previous": self.env._("This is the first reading of the meter."),
            "other_previous": self.env._("The sheet's figure before is not ours (sheet / ours: %s).", value),
        }
        return texts[code]

    # --- Showing ----------------------------------------------------------------------------------

    def _show(self, rows, table, plan, problems, state):
        """Write the result into the wizard."""
        lines = sorted({problem.line for problem, _message in problems})
        kinds = [kind for _meter, _row, kind in plan]
        self.write(
            {
                "state": state,
                "new_count": kinds.count("new"),
                "corrected_count": kinds.count("corrected"),
                "same_count": kinds.count("same"),
                "problem_count": len(lines),
                "problem_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "line": problem.line,
                                "column": sheet.column_letter(problem.column),
                                "message": message,
                            }
                        )
                        for problem, message in problems
                    ),
                ],
                "rejected_file": self._rejected(rows, table, problems) if problems else False,
                "rejected_name": self.env._("readings left out.xlsx"),
            }
        )

    def _rejected(self, rows, table, problems):
        """A spreadsheet of the rows left out, with the reason in a last column."""
        reasons = {}
        for problem, message in problems:
            reasons.setdefault(problem.line, []).append(message)
        header = table.headings
        width = max(len(header), *(len(rows[line - 1]) for line in reasons))
        output = [list(header) + [None] * (width - len(header)) + [self.env._("Reason")]]
        for line in sorted(reasons):
            row = list(rows[line - 1])
            output.append(row + [None] * (width - len(row)) + ["; ".join(reasons[line])])
        return base64.b64encode(sheet.write_xlsx(output))

    def _reopen(self):
        return form_of(self, self.env._("Import meter readings"), target="new")


#: Problems that belong to the column of the figure.
FIGURE_CODES = (
    "decreasing", "too_many_digits", "no_rollover", "final_missing", "final_decreasing", "negative",
    "no_previous", "other_previous", "not_a_number",
)  # fmt: skip
