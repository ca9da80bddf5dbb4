from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..engine import address, area_sheet, sheet, text
from ..tools.actions import form_of
from ..tools.local_day import today_here


class KdcAreaImport(models.TransientModel):
    """A spreadsheet of residential groups and their heads: looked at first, written afterwards.

    Importing the same list again changes nothing. Groups are found by their code, else by their name.
    """

    _name = "kdc.area.import"
    _description = "Import of Residential Groups"

    file = fields.Binary(
        string="List of residential groups", required=True, help=".xlsx, .xls or .csv", attachment=False
    )
    file_name = fields.Char()
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    date = fields.Date(
        string="Heads in office since",
        required=True,
        default=today_here,
        help="For rows without a day of their own.",
    )
    state = fields.Selection([("draft", "File"), ("checked", "Checked"), ("done", "Done")], default="draft")
    line_ids = fields.One2many("kdc.area.import.line", "import_id", string="Rows", readonly=True)
    new_count = fields.Integer(string="New", compute="_compute_counts")
    changed_count = fields.Integer(string="Changed", compute="_compute_counts")
    same_count = fields.Integer(string="Unchanged", compute="_compute_counts")
    rejected_count = fields.Integer(string="Rejected", compute="_compute_counts")

    @api.depends("line_ids.outcome")
    def _compute_counts(self):
        for wizard in self:
            outcomes = wizard.line_ids.mapped("outcome")
            for outcome in ("new", "changed", "same", "rejected"):
                wizard[f"{outcome}_count"] = outcomes.count(outcome)

    def _ward(self):
        ward = self.company_id.kdc_commune_id
        if not ward:
            raise UserError(
                self.env._(
                    "The office “%(office)s” does not keep the register of a ward yet. "
                    "Set it on the ward under “Areas” first.",
                    office=self.company_id.name,
                )
            )
        return ward

    def _rows(self):
        """Return the rows of the file.

        :raises UserError: the file cannot be read; the message says what to do
        """
        try:
            return area_sheet.read_areas(sheet.decode(self.with_context(bin_size=False).file))
        except area_sheet.NoAreaHeader:
            raise UserError(
                self.env._(
                    "No heading row was found. The list needs a row of headings with “Tên tổ dân phố” and one more, "
                    "such as “Mã” or “Tổ trưởng”."
                )
            ) from None
        except area_sheet.NoAreaRows:
            raise UserError(
                self.env._("There are headings in this file, but no residential group below them.")
            ) from None
        except sheet.SheetError as error:
            raise UserError(self.env["kdc.roster.import"]._sheet_message(error)) from None

    def _plan(self):
        """Return per row what would happen: dict with ``row, area, vals, head, alias, outcome, message``."""
        ward = self._ward()
        groups = self.env["kdc.area"].search(
            [("parent_id", "=", ward.id), ("kind", "=", "group"), ("date_to", "=", False)]
        )
        by_code = {group.code: group for group in groups if group.code}
        by_name = {address.group_key(group.name): group for group in groups}
        urban = ward.unit_type == "phuong"
        return [self._plan_row(row, ward, by_code, by_name, urban) for row in self._rows()]

    def _plan_row(self, row, ward, by_code, by_name, urban):
        plan = {"row": row, "area": None, "vals": {}, "head": {}, "alias": "", "outcome": "rejected", "message": ""}
        if row.errors:
            return plan | {"message": self._error_text(*row.errors[0])}
        if row.commune and not self._same_commune(row.commune, ward):
            message = self.env._("“%(commune)s” is not the ward of this office.", commune=row.commune)
            return plan | {"message": message}
        name = address.group_name(row.name, urban)
        area = by_code.get(row.code) or by_name.get(address.group_key(name))
        plan["area"] = area
        vals = {"name": name} | ({"code": row.code} if row.code else {})
        plan["vals"] = {key: value for key, value in vals.items() if not area or (area[key] or "") != value}
        names = {text.match_key(name), *(area.alias_ids.mapped("search_key") if area else ())}
        if row.alias and text.match_key(row.alias) not in names:
            plan["alias"] = row.alias
        plan["head"] = self._plan_head(row, area)
        changed = plan["vals"] or plan["head"] or plan["alias"]
        plan["outcome"] = "new" if not area else "changed" if changed else "same"
        plan["message"] = self._change_text(plan)
        return plan

    def _plan_head(self, row, area):
        """Return the term to record, or nothing when the person already is in office."""
        if not row.head:
            return {}
        current = area.head_id if area else None
        start = row.date_from or self.date
        if current and text.match_key(current.name) == text.match_key(row.head):
            return {"phone": row.phone} if row.phone and row.phone != current.phone else {}
        return {
            "name": row.head, "phone": row.phone or False, "date_from": start, "decision_number": row.decision or False,
        } | ({"date_to": row.date_to} if row.date_to else {})  # fmt: skip

    @staticmethod
    def _same_commune(typed, ward):
        """Return whether a cell names the ward, by its present name with or without its kind, or by its code."""
        key = text.match_key(typed)
        return key == text.match_key(ward.name) or key == ward.code or text.match_key(ward.name).endswith(" " + key)

    def _error_text(self, code, value):
        messages = {
            "no_name": self.env._("The name of the residential group is missing."),
            "bad_date": self.env._("“%(value)s” is not a date. Write it as day/month/year, for example 05/09/1984."),
            "bad_phone": self.env._("“%(value)s” is not a phone number."),
            "double": self.env._("“%(value)s” stands twice in this list."),
        }
        return messages[code] % {"value": value}

    def _change_text(self, plan):
        area, parts = plan["area"], []
        if area and "name" in plan["vals"]:
            parts.append(self.env._("was called “%(name)s”", name=area.name))
        if area and "code" in plan["vals"]:
            parts.append(self.env._("gets the code %(code)s", code=plan["vals"]["code"]))
        if plan["head"].get("name"):
            parts.append(self.env._("head: %(name)s", name=plan["head"]["name"]))
        elif plan["head"]:
            parts.append(self.env._("another telephone number of the head"))
        if plan["alias"]:
            parts.append(self.env._("former name: %(name)s", name=plan["alias"]))
        return "; ".join(parts)

    def action_check(self):
        """Show what would happen; nothing is written."""
        self.ensure_one()
        labels = self._plan()
        self.line_ids = [Command.clear()] + [
            Command.create({
                "line": plan["row"].line, "code": plan["row"].code,
                "name": plan["vals"].get("name") or plan["row"].name, "head": plan["row"].head,
                "outcome": plan["outcome"], "message": plan["message"],
            })
            for plan in labels
        ]  # fmt: skip
        self.state = "checked"
        return self._reopen()

    def action_import(self):
        """Write the rows that can be taken."""
        self.ensure_one()
        for plan in self._plan():
            if plan["outcome"] in ("new", "changed"):
                self._apply(plan)
        self.state = "done"
        return self._reopen()

    def _apply(self, plan):
        area, ward, vals = plan["area"], self._ward(), plan["vals"]
        if not area:
            unit_type = "to_dan_pho" if ward.unit_type == "phuong" else "thon"
            area = self.env["kdc.area"].create({**vals, "kind": "group", "unit_type": unit_type, "parent_id": ward.id})
        elif vals:
            if "name" in vals and text.match_key(vals["name"]) != text.match_key(area.name):
                known = area.alias_ids.mapped("search_key")
                if text.match_key(area.name) not in known:
                    area.alias_ids = [Command.create({"name": area.name, "date_to": today_here(self)})]
            area.write(vals)
        if plan["alias"]:
            area.alias_ids = [Command.create({"name": plan["alias"]})]
        head = plan["head"]
        if head.get("name"):
            terms = self.env["kdc.area.head"].search([("area_id", "=", area.id)])
            later = terms.filtered(lambda term: not term.date_to or term.date_to > head["date_from"])
            for term in later.filtered(lambda term: term.date_from < head["date_from"]):
                term.date_to = head["date_from"]
            if later.filtered(lambda term: term.date_from >= head["date_from"]):
                raise UserError(
                    self.env._(
                        "“%(area)s” has a head whose term begins on or after %(date)s. Correct the day in the list, or "
                        "that term.",
                        area=area.name,
                        date=f"{head['date_from']:%d/%m/%Y}",
                    )
                )
            self.env["kdc.area.head"].create({**head, "area_id": area.id, **self._known_person(head, area)})
        elif head:
            area.head_id.write(head)

    def _known_person(self, head, area):
        """Return the resident of the ward with this name and phone, if there is exactly one."""
        if not head["phone"]:
            return {}
        found = self.env["kdc.resident"].search(
            [("company_id", "=", area.company_id.id), ("phone", "=", head["phone"]), ("name", "=ilike", head["name"])],
            limit=2,
        )
        return {"resident_id": found.id} if len(found) == 1 else {}

    def action_back(self):
        self.state = "draft"
        return self._reopen()

    def _reopen(self):
        title = self.env._("Import residential groups")
        return form_of(self, title, target="new")


class KdcAreaImportLine(models.TransientModel):
    """A row of the list and what would become of it."""

    _name = "kdc.area.import.line"
    _description = "Row of a List of Residential Groups"
    _order = "line, id"

    import_id = fields.Many2one("kdc.area.import", required=True, ondelete="cascade")
    line = fields.Integer(string="Row")
    code = fields.Char()
    name = fields.Char()
    head = fields.Char(string="Head of the group")
    outcome = fields.Selection(
        [("new", "New"), ("changed", "Changed"), ("same", "Unchanged"), ("rejected", "Rejected")], required=True
    )
    message = fields.Char(string="Remark")
