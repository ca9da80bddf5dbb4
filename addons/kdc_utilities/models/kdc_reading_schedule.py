import logging

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.attempts import undo_and_log
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.tools import format_date

from ..engine.periods import window

_logger = logging.getLogger(__name__)

#: Serial numbers named in a reminder; the list behind it has them all.
NAMED = 20


class KdcReadingSchedule(models.Model):
    """On which days of each month the meters of an area are read, and what happens to a reading that comes later.

    The nearest schedule up the tree of areas applies; one without area is for the whole ward.
    """

    _name = "kdc.reading.schedule"
    _description = "Reading Days"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "company_id, area_id, id"

    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    area_id = fields.Many2one("kdc.area", ondelete="cascade", index="btree_not_null", help="Empty: the whole ward.")
    active = fields.Boolean(default=True)
    day_open = fields.Integer("Opens on day", required=True, default=20)
    day_close = fields.Integer("Closes on day", required=True, default=28, help="31: the last day of any month.")
    reminder_days = fields.Integer(
        "Reminder before closing", required=True, default=3, help="Days before the closing day; 0: no reminder."
    )
    late_rule = fields.Selection(
        [("flag", "Accepted and marked as late"), ("refuse", "Refused")],
        string="Readings after the closing day",
        required=True,
        default="flag",
    )
    user_id = fields.Many2one(
        "res.users", string="Responsible", required=True, default=lambda self: self.env.user,
        help="Who is told when reading begins and what is missing before it ends.",
    )  # fmt: skip
    date_open = fields.Date("This month from", compute="_compute_window")
    date_close = fields.Date("This month until", compute="_compute_window")
    opened_on = fields.Date("Opening announced on", readonly=True, copy=False)
    reminded_on = fields.Date(readonly=True, copy=False)

    _days = models.Constraint(
        "CHECK (day_open BETWEEN 1 AND 31 AND day_close BETWEEN day_open AND 31 AND reminder_days BETWEEN 0 AND 30)",
        "Reading opens and closes within one month: days from 1 to 31, the opening day first.",
    )
    _ward_uniq = models.UniqueIndex(
        "(company_id) WHERE area_id IS NULL AND active", "The ward already has reading days."
    )
    _area_uniq = models.UniqueIndex(
        "(company_id, area_id) WHERE area_id IS NOT NULL AND active", "This area already has reading days."
    )

    @api.depends("area_id", "company_id")
    def _compute_display_name(self):
        for schedule in self:
            schedule.display_name = schedule.area_id.name or schedule.company_id.name

    @api.depends("day_open", "day_close")
    def _compute_window(self):
        first = fields.Date.start_of(today_here(self), "month")
        for schedule in self:
            days = (max(1, schedule.day_open), max(1, schedule.day_close))
            schedule.date_open, schedule.date_close = window(first, *days)

    def _window(self, day):
        """Return (opening day, closing day) of the month of ``day``."""
        return window(fields.Date.start_of(day, "month"), self.day_open, self.day_close)

    @api.model
    def _by_area(self, areas, companies):
        """Return a function (area, company) → schedule, maybe empty; the schedules are read once."""
        # sudo: whoever enters a reading, a resident too, is bound by the ward's reading days.
        schedules = self.sudo().search([("company_id", "in", companies.ids)])
        by_key = {(schedule.company_id.id, schedule.area_id.id): schedule for schedule in schedules}

        def find(area, company):
            # sudo: the way up to the ward may leave the areas of a collector.
            path = [int(part) for part in (area.sudo().parent_path or "").split("/") if part]
            for area_id in [*reversed(path), False]:
                if (company.id, area_id) in by_key:
                    return by_key[company.id, area_id]
            return self.browse()

        return find if schedules else lambda _area, _company: self.browse()

    @api.model
    def _closing_days(self, readings):
        """Return {reading: (closing day, schedule)} of those that have to keep to reading days.

        Estimates, devices and changes of meter come when they come.
        """
        bound = readings.filtered(
            lambda row: row.date and row.source not in ("estimate", "device") and not row.is_change
        )
        find = self._by_area(bound.area_id, bound.company_id)
        found = {reading: find(reading.area_id, reading.company_id) for reading in bound}
        return {
            reading: (schedule._window(reading.date)[1], schedule) for reading, schedule in found.items() if schedule
        }

    # --- Reminders -------------------------------------------------------------------------------

    @api.model
    def _cron_remind(self):
        """Announce the opening of reading and remind of what is missing; each once a month, also after a standstill."""
        today = today_here(self)
        for schedule in self.search([("active", "=", True)]):
            with undo_and_log(self.env.cr, _logger, "Reading days %s: nobody was reminded", schedule.id):
                schedule._remind(today)

    def _remind(self, today):
        """Announce or remind, if it is time for it on ``today``."""
        self.ensure_one()
        date_open, date_close = self._window(today)
        if not date_open <= today <= date_close:
            return
        if not self.opened_on or self.opened_on < date_open:
            self._announce_opening(date_close)
            self.opened_on = today
        due = fields.Date.subtract(date_close, days=self.reminder_days)
        if self.reminder_days and today >= due and (self.reminded_on or date_open) <= date_open:
            self._remind_of_missing(date_close)
            self.reminded_on = today

    def _meters(self):
        """Meters this schedule is for: its area without the parts that have days of their own."""
        self.ensure_one()
        domain = [("company_id", "=", self.company_id.id), ("state", "!=", "removed")]
        others = self.search([("company_id", "=", self.company_id.id), ("id", "!=", self.id), ("area_id", "!=", False)])
        if self.area_id:
            domain.append(("area_id", "child_of", self.area_id.id))
            others = others.filtered(lambda other: f"/{self.area_id.id}/" in f"/{other.area_id.parent_path}")
        if others:
            domain += ["!", ("area_id", "child_of", others.area_id.ids)]
        return self.env["kdc.meter"].search(domain)

    def _announce_opening(self, date_close):
        meters = self._meters()
        to_verify = meters.filtered(lambda meter: meter.verification_state in ("due", "past"))
        summary = self.env._("Read %s meters", len(meters))
        note = self.env._("Until %s.", format_date(self.env, date_close))
        if to_verify:
            note += " " + self.env._("%s meters have to be verified, see “Meters to verify”.", len(to_verify))
        self._tell_responsible(summary, note, date_close)
        self._tell_residents(
            meters,
            self.env._("Meter readings have begun"),
            self.env._(
                "You can send the figure of your meter with a photo until %s.", format_date(self.env, date_close)
            ),
        )

    def _remind_of_missing(self, date_close):
        unread = self._meters().filtered(lambda meter: not meter.entry_done)
        if not unread:
            return
        summary = self.env._("%s meters are not read yet", len(unread))
        self._tell_responsible(summary, self.env._("Until %s.", format_date(self.env, date_close)), date_close)
        self._tell_residents(
            unread,
            self.env._("The figure of your meter is missing"),
            self.env._(
                "Please send it by %s. Without it, your use is estimated or billed later.",
                format_date(self.env, date_close),
            ),
        )

    def _remind_of_verification(self, meters):
        """Leave one activity for these meters, due on the first of their dates or today when that is past."""
        lines = [
            f"{meter.serial} ({fmt.date(meter.date_verification)})"
            for meter in meters.sorted(lambda meter: (meter.date_verification, meter.serial))[:NAMED]
        ]
        if len(meters) > NAMED:
            lines.append(self.env._("… and %s more.", len(meters) - NAMED))
        first = min(meters.mapped("date_verification"))
        self._tell_responsible(
            self.env._("Have %s meters verified", len(meters)),
            self.env._("%s. All of them are in “Meters to verify”.", ", ".join(lines)),
            max(first, today_here(self)),
        )

    def _tell_responsible(self, summary, note, deadline):
        """Leave one activity, dated on the last day of reading."""
        self.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.user_id.id, summary=summary, note=note, date_deadline=deadline
        )

    def _tell_residents(self, meters, title, body):
        """Tell whoever may send the figures of these meters: households, shops, offices."""
        self.env["kdc.notification"]._notify(meters.account_id._kdc_bill_readers(), title, body, "/my/readings")
