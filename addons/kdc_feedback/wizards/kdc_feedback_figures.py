from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine import clock, sheet
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date, formatLang

from ..engine import figures, states

#: What stands behind each figure of a line.
BEHIND = {
    "total": [],
    "open": [("is_open", "=", True)],
    "late": [("is_open", "=", True), ("handling_status", "=", "overdue")],
    "reception": [("received_at", "!=", False)],
    "handling": [("done_at", "!=", False)],
    "kept": [("handling_status", "in", ("met", "missed"))],
    "disputed": [("dispute_count", ">", 0)],
    "reopened": [("dispute_count", ">", 0), ("state", "!=", states.DISPUTED)],
}
#: The columns :meth:`KdcFeedbackFigures._cases` reads, in its order.
READ = (
    "is_open", "handling_status", "received_at", "reception_hours", "done_at", "handling_hours", "dispute_count",
    "state",
)  # fmt: skip
ENDED = {"met": True, "missed": False}


class KdcFeedbackFigures(models.TransientModel):
    """How fast and how well: both clocks, promises kept, disputes; by subject, unit or area, for a period.

    Everything is counted with the rights of the reader: a handler sees the figures of the own unit.
    """

    _name = "kdc.feedback.figures"
    _description = "Figures of Feedback"
    _inherit = ["kdc.counted.page"]
    _kdc_choice = frozenset({"company_id", "date_from", "date_to", "by"})

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    date_from = fields.Date(string="Sent from", required=True, default=lambda self: self._default_date_from())
    date_to = fields.Date(string="Sent until", required=True, default=today_here)
    by = fields.Selection(
        [
            ("group", "Group of categories"),
            ("category_id", "Category"),
            ("unit_id", "Unit"),
            ("area_id", "Residential group"),
        ],
        string="Shown by",
        required=True,
        default="group",
    )
    minimum = fields.Integer(string="Least sample", compute="_compute_minimum")
    line_ids = fields.One2many("kdc.feedback.figures.line", "figures_id", readonly=True)
    file = fields.Binary(readonly=True)
    file_name = fields.Char(compute="_compute_file_name")

    @api.model
    def _default_date_from(self):
        """The last twelve months, as the public page counts."""
        return fields.Date.subtract(today_here(self), days=365)

    def _compute_minimum(self):
        self.minimum = figures.MINIMUM

    @api.depends("date_from", "date_to")
    def _compute_display_name(self):
        for record in self:
            days = (format_date(self.env, day) for day in (record.date_from, record.date_to))
            record.display_name = self.env._("Figures %s", " – ".join(days))

    @api.depends("date_from", "date_to")
    def _compute_file_name(self):
        for record in self:
            record.file_name = f"so-lieu-phan-anh-{record.date_from}-{record.date_to}.xlsx"

    # -- counting --------------------------------------------------------------------------------------------------
    def _kdc_count(self):
        """Count anew."""
        for record in self:
            if record.date_from > record.date_to:
                raise UserError(self.env._("The first day lies after the last one. Choose the days again."))
            cases = record._cases()
            groups = {}
            for key, case in cases:
                groups.setdefault(record._line_of(key), []).append(case)
            lines = [record._line_values(self.env._("All"), None, [case for _key, case in cases])]
            lines += sorted(
                (record._line_values(one.name or self.env._("Not known"), one.id or 0, group)
                 for one, group in groups.items()),
                key=lambda values: (-values["total"], values["name"]),
            )  # fmt: skip
            record.line_ids = [fields.Command.clear(), *map(fields.Command.create, lines)]

    def _line_of(self, key):
        """The record a line is about: that of the key, or the group of a category."""
        model = {"unit_id": "kdc.feedback.unit", "area_id": "kdc.area"}.get(self.by, "kdc.feedback.category")
        # sudo: only the name is shown, of what the reader's own feedback names
        one = self.env[model].sudo().with_context(active_test=False, kdc_short_category=True).browse(key or [])
        return (one.parent_id or one) if self.by == "group" else one

    def _base_domain(self):
        """Feedback of the ward sent in the period, in the days of Viet Nam."""
        first = clock.to_utc(datetime.combine(self.date_from, time.min))
        after = clock.to_utc(datetime.combine(self.date_to + timedelta(days=1), time.min))
        return (
            Domain("company_id", "=", self.company_id.id)
            & Domain("submitted_at", ">=", first)
            & Domain("submitted_at", "<", after)
            # the same matter once, and nothing that is not feedback
            & Domain("state", "not in", (states.MERGED, states.ROUTED))
        )

    def _cases(self):
        """All feedback of the period that the reader may read, in one query.

        :returns: list of ``(id of what a line is about, figures.Case)``
        """
        self.ensure_one()
        model = self.env["kdc.feedback"]
        query = model._search(self._base_domain())
        key = "category_id" if self.by == "group" else self.by
        columns = (model._field_to_sql(query.table, name, query) for name in (key, *READ))
        rows = self.env.execute_query(query.select(SQL(", ").join(columns)))
        return [
            (
                key_id,
                figures.Case(
                    is_open=is_open,
                    is_late=bool(is_open and status == "overdue"),
                    reception=reception if received else None,
                    handling=handling if done else None,
                    in_time=ENDED.get(status),
                    disputes=disputes or 0,
                    is_disputed=state == states.DISPUTED,
                ),
            )
            for key_id, is_open, status, received, reception, done, handling, disputes, state in rows
        ]

    def _line_values(self, name, res_id, cases):
        """One line; ``res_id`` is None for all, 0 for what has none."""
        summary = figures.summarise(cases)
        return {
            "name": name,
            "res_id": res_id or 0,
            "is_total": res_id is None,
            "total": summary.total,
            "open": summary.open,
            "late": summary.late,
            "disputed": summary.disputed,
            "reopened": summary.reopened,
            "kept_percent": -1 if summary.kept_percent is None else summary.kept_percent,
            "kept": self._share(summary),
            **self._clock_values("reception", summary.reception),
            **self._clock_values("handling", summary.handling),
        }

    def _clock_values(self, name, times):
        enough = times.median is not None
        return {
            name: " · ".join(formatLang(self.env, hours, digits=1) for hours in (times.median, times.p90))
            if enough
            else self._few(times.count),
            f"{name}_median": times.median if enough else -1,
            f"{name}_p90": times.p90 if enough else -1,
        }

    def _share(self, summary):
        if summary.kept_percent is None:
            return self._few(summary.finished)
        return f"{summary.kept_percent} % ({summary.kept}/{summary.finished})"

    def _few(self, count):
        return self.env._("too few (%s)", count) if count else "–"

    # -- pages and files -------------------------------------------------------------------------------------------
    @api.model
    def action_today(self):
        """Open the figures of the last twelve months."""
        return self._kdc_open(self.env._("Figures"))

    def action_xlsx(self):
        """Give the figures as a spreadsheet; what is too few to tell stays empty there."""
        self.ensure_one()
        hours = ("reception_median", "reception_p90", "handling_median", "handling_p90")
        labels = self.line_ids._fields
        counts = ("total", "open", "late")
        names = ("name", *counts, *hours, "kept_percent", "disputed", "reopened")
        rows = [
            [self.company_id.name],
            [self.display_name],
            [self.env._("Times in working hours. Empty: fewer than %s cases.", figures.MINIMUM)],
            [],
            [labels[name]._description_string(self.env) for name in names],
        ]
        for line in self.line_ids:
            rows.append([self._cell(line, name) for name in names])
        content = sheet.write_xlsx(rows, self.env._("Figures"), widths=(36, *[14] * (len(names) - 1)))
        return self._kdc_give(content)

    @api.model
    def _cell(self, line, name):
        value = line[name]
        if isinstance(value, float):
            value = round(value, 1)
        return None if value == -1 else value


class KdcFeedbackFiguresLine(models.TransientModel):
    """One line of the figures; each figure opens the feedback it is made of."""

    _name = "kdc.feedback.figures.line"
    _description = "Line of the Figures of Feedback"
    _order = "id"

    figures_id = fields.Many2one("kdc.feedback.figures", required=True, index=True, ondelete="cascade")
    name = fields.Char(string="What", readonly=True)
    res_id = fields.Integer(readonly=True)
    is_total = fields.Boolean(readonly=True)
    total = fields.Integer(string="Sent", readonly=True)
    open = fields.Integer(string="Under way", readonly=True)
    late = fields.Integer(string="Overdue", readonly=True)
    reception = fields.Char(
        readonly=True,
        help="Working hours from sending to reception: half took at most the first, nine of ten the second.",
    )
    handling = fields.Char(
        readonly=True, help="Working hours of the handling clock: half took at most the first, nine of ten the second."
    )
    kept = fields.Char(string="In time", readonly=True, help="Finished by the promised date, of all that are finished.")
    disputed = fields.Integer(readonly=True, help="The reporter did not accept the result or the refusal.")
    reopened = fields.Integer(readonly=True, help="Disputed, and taken up again since.")
    # -1 where there are too few to tell
    kept_percent = fields.Integer(string="In time (%)", readonly=True)
    reception_median = fields.Float(string="Reception, median (h)", readonly=True)
    reception_p90 = fields.Float(string="Reception, 90 % (h)", readonly=True)
    handling_median = fields.Float(string="Handling, median (h)", readonly=True)
    handling_p90 = fields.Float(string="Handling, 90 % (h)", readonly=True)

    def _behind(self, figure):
        """Domain of the feedback behind a figure of this line."""
        self.ensure_one()
        page = self.figures_id
        domain = page._base_domain() & Domain(BEHIND[figure])
        if self.is_total:
            return domain
        if page.by == "group":
            return domain & Domain("category_id", "child_of" if self.res_id else "=", self.res_id or False)
        return domain & Domain(page.by, "=", self.res_id or False)

    def action_open_figure(self, figure):
        """Open the list behind a figure, named as the column."""
        self.ensure_one()
        if figure not in BEHIND:
            raise UserError(self.env._("There is no list behind this."))
        return {
            "type": "ir.actions.act_window",
            "name": f"{self.name}: {self._fields[figure]._description_string(self.env)}",
            "res_model": "kdc.feedback",
            "views": [(False, "list"), (False, "form")],
            "domain": list(self._behind(figure)),
            "context": {"create": False},
        }
