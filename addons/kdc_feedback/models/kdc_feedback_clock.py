import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine import clock
from odoo.addons.kdc_residents.tools.attempts import undo_and_log
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import ValidationError

URGENCIES = [
    ("complex", "Complex"),
    ("normal", "Normal"),
    ("priority", "Priority"),
    ("high", "High"),
    ("urgent", "Urgent"),
]
UNITS = [("hours", "Working hours"), ("days", "Working days")]
#: A change of these changes what is promised.
PROMISES = frozenset(
    {
        "urgency", "date_from", "company_id", "reception_amount", "reception_unit", "handling_amount", "handling_unit",
        "warn_hours", "escalate_hours",
    }
)  # fmt: skip

_logger = logging.getLogger(__name__)


class KdcFeedbackClock(models.Model):
    """What the ward promises for one urgency from one date on: the two clocks of a feedback.

    A line that is changed while it is in use moves the promises made by it at once, and each feedback says so: no
    date changes later and in silence.
    """

    _name = "kdc.feedback.clock"
    _description = "Feedback Clock"
    _order = "urgency, date_from desc"
    _check_company_auto = True

    urgency = fields.Selection(URGENCIES, required=True, default="normal")
    date_from = fields.Date(
        string="Valid from",
        required=True,
        default=today_here,
        help="Feedback sent from this day on gets these clocks; what runs already keeps its own.",
    )
    company_id = fields.Many2one(
        "res.company",
        index=True,
        default=lambda self: not self.env.user.kdc_keeps_shared and self.env.company,
        help="Empty: for every ward that has none of its own.",
    )
    reception_amount = fields.Float(string="Reception within", required=True, default=8.0)
    reception_unit = fields.Selection(UNITS, required=True, default="hours")
    handling_amount = fields.Float(string="Handling within", required=True, default=7.0)
    handling_unit = fields.Selection(UNITS, required=True, default="days")
    warn_hours = fields.Float(
        string="Warn before (working hours)",
        required=True,
        default=8.0,
        help="So many working hours before the promised time the feedback counts as due soon.",
    )
    escalate_hours = fields.Float(
        string="Supervisor after (working hours)",
        required=True,
        default=8.0,
        help="So many working hours after the time to receive or the promised time the supervisor of the ward is told.",
    )
    legal_basis = fields.Char(help="The decision or regulation that sets these times.")

    _urgency_date_uniq = models.UniqueIndex(
        "(urgency, date_from, COALESCE(company_id, 0))",
        "This urgency already has clocks from this date.",
    )
    _positive = models.Constraint(
        "CHECK (reception_amount > 0 AND handling_amount > 0 AND warn_hours >= 0 AND escalate_hours >= 0)",
        "The times of a clock must be positive.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        clocks = super().create(vals_list)
        clocks._move_promises(clocks._wards())
        return clocks

    def write(self, vals):
        if not PROMISES & vals.keys():
            return super().write(vals)
        before = self._wards()
        result = super().write(vals)
        self._move_promises(before | self._wards())
        return result

    def unlink(self):
        wards = self._wards()
        result = super().unlink()
        self._move_promises(wards)
        return result

    def _wards(self):
        """The wards these lines may hold for."""
        # sudo: a general line holds for wards the caller does not see
        wards = self.env["res.company"].sudo()
        if all(rule.company_id for rule in self):
            return self.company_id
        return wards.search([("kdc_feedback_calendar_id", "!=", False)])

    @api.model
    def _move_promises(self, companies):
        """Move what runs; a ward that cannot promise a date, without working hours, stops no other and no upgrade."""
        # sudo: dates follow the clocks, whoever may set them
        feedback = self.env["kdc.feedback"].sudo()
        if len(companies) == 1 and not self.env.su:
            feedback._recompute_open_deadlines(companies)
            return
        for company in companies:
            with undo_and_log(self.env.cr, _logger, "New clocks do not move the promises of ward %s", company.id):
                feedback._recompute_open_deadlines(company)

    @api.constrains("reception_amount", "reception_unit", "handling_amount", "handling_unit")
    def _check_terms(self):
        for rule in self:
            try:
                rule._reception_term()
                rule._handling_term()
            except ValueError:
                raise ValidationError(self.env._("Working days must be whole numbers.")) from None

    @api.depends("urgency", "date_from")
    def _compute_display_name(self):
        labels = dict(self._fields["urgency"]._description_selection(self.env))
        for rule in self:
            since = rule.date_from.strftime("%d/%m/%Y") if rule.date_from else ""
            rule.display_name = f"{labels.get(rule.urgency, '')} {since}".strip()

    def _reception_term(self):
        return clock.Term(self.reception_amount, self.reception_unit)

    def _reception_notice(self):
        """How long before the reception is due to warn: as for the handling, but never before half of the time."""
        notice = timedelta(hours=self.warn_hours)
        half = timedelta(hours=self.reception_amount / 2)
        return min(notice, half) if self.reception_unit == "hours" else notice

    def _handling_term(self):
        return clock.Term(self.handling_amount, self.handling_unit)

    @api.model
    def _for(self, urgency, company, day):
        """The clocks of an urgency on a day; those of the ward come before the general ones.

        :returns: a record, possibly empty when nothing is defined for that day
        """
        return self.search(
            [("urgency", "=", urgency), ("date_from", "<=", day), ("company_id", "in", (company.id, False))],
            order="company_id NULLS LAST, date_from desc",
            limit=1,
        )
