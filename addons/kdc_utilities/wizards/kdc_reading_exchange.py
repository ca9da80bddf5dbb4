import base64
from decimal import Decimal, InvalidOperation

from odoo import fields, models
from odoo.addons.kdc_residents.engine import sheet, text
from odoo.addons.kdc_residents.tools.actions import form_of
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError

from ..engine.money import decimal

MAX_BYTES = 10 * 2**20
MAX_SHOWN = 20
#: Headings of the exported sheet; the provider fills in the last three and sends it back.
COLUMNS = (
    "Mã chỉ số", "Mã khách hàng", "Khách hàng", "Địa chỉ", "Số seri", "Ngày ghi", "Chỉ số cũ", "Chỉ số mới",
    "Tiêu thụ", "Đơn vị", "Trạng thái", "Số hóa đơn", "Ghi chú",
)  # fmt: skip
WIDTHS = (12, 14, 30, 40, 16, 12, 12, 12, 12, 8, 16, 18, 30)
#: What providers write, folded → state of the reading.
STATES = {
    "da lap hoa don": "billed",
    "da phat hanh": "billed",
    "da tinh": "billed",
    "billed": "billed",
    "tu choi": "refused",
    "khong chap nhan": "refused",
    "sai": "refused",
    "refused": "refused",
}


class KdcReadingExchange(models.TransientModel):
    """Readings of customers whom the provider bills: the month as a spreadsheet, and its answer per reading back.

    A reading that was refused and corrected goes out again with the next export; one the provider has billed does not.
    """

    _name = "kdc.reading.exchange"
    _description = "Readings for the Provider"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    service_id = fields.Many2one(
        "kdc.service", required=True, domain="[('metered', '=', True), ('company_id', '=', company_id)]"
    )
    period = fields.Date(
        "Month", required=True, default=lambda self: fields.Date.start_of(today_here(self), "month")
    )
    again = fields.Boolean("Also those sent before", help="Otherwise only what is new or was corrected.")
    file = fields.Binary("Spreadsheet of the provider", attachment=False)
    filename = fields.Char()
    exported_file = fields.Binary("Spreadsheet for the provider", readonly=True, attachment=False)
    exported_name = fields.Char(readonly=True)
    result = fields.Text(readonly=True)

    # --- To the provider -------------------------------------------------------------------------

    def action_export(self):
        """Make the spreadsheet of the month and note on each reading that it was sent."""
        self.ensure_one()
        readings = self._readings()
        if not readings:
            raise UserError(
                self.env._(
                    "There is no reading of this month to send. Connections are marked “Bill made by the provider”."
                )
            )
        rows = [COLUMNS, *(self._row(reading) for reading in readings)]
        self.exported_file = base64.b64encode(sheet.write_xlsx(rows, title="Chi so", widths=WIDTHS))
        self.exported_name = f"chi-so-{self.service_id.code.lower()}-{self.period:%Y-%m}.xlsx"
        self.result = self.env._("%s readings are in the spreadsheet.", len(readings))
        # sudo: the state of the exchange is written by these steps only.
        readings.sudo().write({"provider_state": "sent", "provider_note": False})
        return self._reopen()

    def _readings(self):
        first = fields.Date.start_of(self.period, "month")
        domain = [
            ("company_id", "=", self.company_id.id), ("service_id", "=", self.service_id.id),
            ("connection_id.billed_by_provider", "=", True), ("date", ">=", first),
            ("date", "<=", fields.Date.end_of(first, "month")), ("event", "!=", "below"),
        ]  # fmt: skip
        if not self.again:
            domain.append(("provider_state", "=", False))
        return (
            self.env["kdc.meter.reading"]
            .search(domain)
            .sorted(
                lambda reading: (
                    reading.area_id.id,
                    reading.meter_id.route_sequence,
                    reading.account_id.number,
                    reading.date,
                )
            )
        )

    def _row(self, reading):
        account = reading.account_id
        return [
            reading.id,
            account.number,
            account.partner_id.name,
            account.dwelling_id.display_name or "",
            reading.meter_id.serial,
            reading.date,
            reading.previous_value if reading.previous_id else "",
            reading.value,
            reading.consumption,
            reading.unit or "",
            "",
            "",
            "",
        ]

    # --- From the provider -----------------------------------------------------------------------

    def action_import(self):
        """Take the provider's answer: all rows that name a reading of ours, or none when a row is wrong."""
        self.ensure_one()
        answers, problems = self._answers()
        if problems:
            shown = problems[:MAX_SHOWN]
            if len(problems) > MAX_SHOWN:
                shown.append(self.env._("… and %s more.", len(problems) - MAX_SHOWN))
            raise UserError("\n".join([self.env._("Nothing was taken over. Mend these rows and try again:"), *shown]))
        for reading, vals in answers:
            reading.sudo().write(vals)  # sudo: as in action_export
        billed = sum(vals["provider_state"] == "billed" for _reading, vals in answers)
        self.result = self.env._(
            "%(billed)s readings are billed, %(refused)s were refused.", billed=billed, refused=len(answers) - billed
        )
        return self._reopen()

    def _answers(self):
        """Return (list of (reading, values), list of problems by row)."""
        rows, header, columns = self._read_answer()
        ids = {self._cell(row, columns, "id") for row in rows[header + 1 :]}
        known = {
            str(reading.id): reading
            for reading in self.env["kdc.meter.reading"].search([
                ("id", "in", [int(key) for key in ids if key.isascii() and key.isdigit() and len(key) < 10]),
                ("company_id", "=", self.company_id.id), ("connection_id.billed_by_provider", "=", True),
            ])
        }  # fmt: skip
        answers, problems = [], []
        for line, row in enumerate(rows[header + 1 :], header + 2):
            key, state = self._cell(row, columns, "id"), self._cell(row, columns, "state")
            if not state:
                continue
            reading = known.get(key)
            if not reading or reading.meter_id.serial != self._cell(row, columns, "serial"):
                problems.append(self.env._("Row %(line)s: no reading sent to the provider has the code “%(code)s” "
                                           "and this serial number.", line=line, code=key))  # fmt: skip
            elif text.fold(state) not in STATES:
                problems.append(self.env._("Row %(line)s: “%(state)s” is no known state. Write “Đã lập hóa đơn” or "
                                           "“Từ chối”.", line=line, state=state))  # fmt: skip
            elif not reading.provider_state or not self._same_figure(reading, self._cell(row, columns, "value")):
                problems.append(self.env._("Row %(line)s: the figure is not the one that was sent last. Send the "
                                           "readings again.", line=line))  # fmt: skip
            else:
                answers.append((reading, {
                    "provider_state": STATES[text.fold(state)],
                    "provider_bill": self._cell(row, columns, "bill") or False,
                    "provider_note": self._cell(row, columns, "note") or False,
                }))  # fmt: skip
        return answers, problems

    def _read_answer(self):
        """Return the rows of the sheet, the line of its headings and their columns."""
        if not self.file:
            raise UserError(self.env._("Choose the spreadsheet that the provider sent back."))
        try:
            data = sheet.decode(self.file)
            sheets = sheet.read(data) if len(data) <= MAX_BYTES else []
        except sheet.SheetError as error:
            raise UserError(
                self.env._("This is not a spreadsheet that can be read. Save it as .xlsx, .xls or .csv.")
            ) from error
        wanted = {
            "ma chi so": "id",
            "chi so moi": "value",
            "so seri": "serial",
            "trang thai": "state",
            "so hoa don": "bill",
            "ghi chu": "note",
        }
        for candidate in sheets:
            for index, row in enumerate(candidate.rows[:30]):
                names = {
                    wanted.get(text.fold(str(cell))): column for column, cell in enumerate(row) if cell is not None
                }
                if {"id", "serial", "state"} <= names.keys():
                    return candidate.rows, index, names
        raise UserError(
            self.env._("No row with the headings “Mã chỉ số”, “Số seri” and “Trạng thái” was found in the sheet.")
        )

    @staticmethod
    def _same_figure(reading, written):
        """Return whether the provider answers for the figure we have now; a sheet without figures is believed."""
        try:
            return not written or Decimal(written.replace(",", ".")) == decimal(reading.value, 3)
        except InvalidOperation:
            return False

    @staticmethod
    def _cell(row, columns, name):
        value = row[columns[name]] if name in columns and columns[name] < len(row) else None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return str(value).strip() if value is not None else ""

    def _reopen(self):
        return form_of(self, self.env._("Readings for the provider"), target="new")
