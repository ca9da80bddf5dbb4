import re

from odoo import fields, models
from odoo.addons.kdc_residents.engine import sheet, text
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError

from ..engine import account_number

MAX_BYTES = 10 * 2**20
MAX_SHOWN = 20
HEADINGS = {
    "account": ("ma khach hang", "ma kh", "so danh ba", "ma ho"),
    "amount": ("so tien", "muc thu", "muc dong", "thanh tien"),
    "note": ("noi dung", "ghi chu"),
}
_THOUSANDS = re.compile(r"-?\d{1,3}([.,]\d{3})+")
#: How the row of sums below a list begins.
_SUMS = ("tong", "cong")


class KdcChargeImport(models.TransientModel):
    """A list of one-off charges from a spreadsheet: all rows or none."""

    _name = "kdc.charge.import"
    _description = "Import a List of Charges"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    name = fields.Char("Printed as", required=True)
    list_name = fields.Char("Name of the list", required=True, help="The same list cannot be imported twice.")
    service_id = fields.Many2one("kdc.service", required=True, domain="[('company_id', '=', company_id)]")
    vat_category_id = fields.Many2one("kdc.vat.category", string="VAT")
    decision = fields.Char("Decision or paper", required=True)
    period = fields.Date(
        "Not before the bills of",
        required=True,
        default=lambda self: fields.Date.start_of(today_here(self), "month"),
    )
    file = fields.Binary("Spreadsheet", required=True, attachment=False)
    filename = fields.Char()

    def action_import(self):
        """Create the charges of the list, to be approved by another person."""
        self.ensure_one()
        rows = self._rows()
        accounts = {
            account.number: account
            for account in self.env["kdc.customer.account"].search(
                [("company_id", "=", self.company_id.id), ("number", "in", [row["account"] for row in rows])]
            )
        }
        problems, seen, vals_list = [], set(), []
        for row in rows:
            account, amount = accounts.get(row["account"]), self._amount(row["amount"])
            if not account:
                problems.append(self.env._("Row %(line)s: no customer has the code “%(code)s”.",
                                           line=row["line"], code=row["account"]))  # fmt: skip
            elif not amount:
                problems.append(self.env._("Row %(line)s: “%(amount)s” is not an amount in whole VND.",
                                           line=row["line"], amount=row["amount"]))  # fmt: skip
            elif account in seen:
                problems.append(self.env._("Row %(line)s: customer %(code)s is on the list twice.",
                                           line=row["line"], code=row["account"]))  # fmt: skip
            else:
                vals_list.append(self._charge_vals(account, amount, row["note"]))
            seen.add(account)
        already = self.env["kdc.charge"].search_count(
            [("company_id", "=", self.company_id.id), ("list_name", "=", self.list_name), ("state", "!=", "withdrawn")]
        )
        if already:
            raise UserError(self.env._("A list named “%s” was imported before. Choose another name.", self.list_name))
        if problems or not vals_list:
            raise UserError(self._word_problems(problems))
        self.env["kdc.charge"].create(vals_list)
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_charge_action")
        return action | {"domain": [("list_name", "=", self.list_name)], "context": {}}

    def _charge_vals(self, account, amount, note):
        return {
            "account_id": account.id,
            "service_id": self.service_id.id,
            "name": note or self.name,
            "amount": amount,
            "vat_category_id": self.vat_category_id.id,
            "period": self.period,
            "decision": self.decision,
            "list_name": self.list_name,
        }

    def _word_problems(self, problems):
        if not problems:
            return self.env._("The list has no rows.")
        shown = problems[:MAX_SHOWN]
        if len(problems) > MAX_SHOWN:
            shown.append(self.env._("… and %s more.", len(problems) - MAX_SHOWN))
        return "\n".join([self.env._("Nothing was imported. Mend these rows and try again:"), *shown])

    def _rows(self):
        """Return the rows of the sheet that has the headings, as dicts of texts."""
        try:
            data = sheet.decode(self.file)
            if len(data) > MAX_BYTES:
                raise UserError(self.env._("The file is larger than 10 MB. Save only the sheet with the list."))
            sheets = sheet.read(data)
        except sheet.SheetError as error:
            raise UserError(
                self.env._("This is not a spreadsheet that can be read. Save it as .xlsx, .xls or .csv.")
            ) from error
        found = [(page, rows) for page in sheets if (rows := self._list_in(page)) is not None]
        filled = [(page, rows) for page, rows in found if rows]
        if len(filled) > 1:
            names = [page.name for page, _rows in filled]
            raise UserError(self.env["kdc.reading.import"]._word_several_sheets(names))
        if not found:
            raise UserError(
                self.env._("No row with the needed headings was found. The sheet needs “Mã khách hàng” and “Số tiền”.")
            )
        return filled[0][1] if filled else []

    def _list_in(self, page):
        """Return the rows below the headings of a sheet, or None without headings."""
        for index, row in enumerate(page.rows[:30]):
            columns = self._columns(row)
            if {"account", "amount"} <= columns.keys():
                amounts = [str(row[column]) for column in columns["amount"]]
                if len(amounts) > 1:
                    # What one unit costs, and what all of it does: the wrong one would be charged to everybody.
                    raise UserError(self._word_several_amounts(amounts))
                found = {key: places[0] for key, places in columns.items()}
                return list(self._read_rows(page.rows, index, found))
        return None

    def _word_several_amounts(self, names):
        return self.env._(
            "Several columns could be the amount: %s. Keep the one to be charged, or name the others differently.",
            ", ".join(f"“{name}”" for name in names),
        )

    def _columns(self, row):
        """Return {key: columns whose heading names it}; a unit in brackets says nothing."""
        columns = {}
        for column, cell in enumerate(row):
            said = re.sub(r"\(.*?\)", " ", text.fold(cell)) if isinstance(cell, str) else ""
            name = " ".join(re.sub(r"[^a-z0-9 ]", "", said).split())
            key = next((key for key, names in HEADINGS.items() if name in names), None)
            if key:
                columns.setdefault(key, []).append(column)
        return columns

    def _read_rows(self, rows, header, columns):
        for index, cells in enumerate(rows[header + 1 :], header + 2):
            values = {
                key: str(cells[column]).strip() if column < len(cells) and cells[column] is not None else ""
                for key, column in columns.items()
            }
            if not self._is_sum(cells, values) and (values["account"] or values["amount"]):
                code = account_number.clean(values["account"])
                yield {
                    # A spreadsheet takes an account number for a figure and drops its zeros.
                    "line": index, "account": code.zfill(account_number.LENGTH) if code.isdigit() else code,
                    "amount": values["amount"], "note": values.get("note", ""),
                }  # fmt: skip

    @staticmethod
    def _is_sum(cells, values):
        """Whether a row is the sum below the list: its words stand in place of a customer, or beside none."""
        words = [values["account"]] if values["account"] else [cell for cell in cells if isinstance(cell, str)]
        return any(text.fold(word).startswith(_SUMS) for word in words)

    def _amount(self, written):
        """Return an amount in whole VND, or 0 when it cannot be one."""
        if _THOUSANDS.fullmatch(written):
            written = re.sub(r"[.,]", "", written)
        return int(written) if re.fullmatch(r"-?[0-9]{1,12}", written) else 0
