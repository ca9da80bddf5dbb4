from datetime import date, datetime, time, timedelta

import holidays
from odoo import api, fields, models
from odoo.addons.kdc_residents.engine import clock
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here

from .kdc_feedback_hours import hours_together


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    kdc_company_ids = fields.One2many(
        "res.company", "kdc_feedback_calendar_id", string="Wards whose feedback runs in these hours"
    )
    kdc_swap_day_ids = fields.One2many(
        "kdc.feedback.swap.day", "calendar_id", string="Swapped working days",
        groups="kdc_residents.group_staff",
    )  # fmt: skip
    kdc_holiday_days = fields.Text(
        string="Public holidays known",
        readonly=True,
        copy=False,
        help="Every public holiday and swapped day that was added or offered once: what the ward deletes or moves does "
        "not come back by itself, what is decided later does come.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "tz" in vals:
            self._recompute_running_feedback()
        return result

    def _feedback_work_calendar(self):
        """This calendar as the pure :class:`~odoo.addons.kdc_residents.engine.clock.WorkCalendar`.

        Closures are the leaves of the calendar itself and those of the company that name no calendar;
        leaves of one resource (a person on holiday) do not stop the clock of the ward.
        """
        self.ensure_one()
        weekly = [[] for _weekday in range(7)]
        for line in self.attendance_ids:
            if line.day_period != "lunch" and not line.display_type:
                weekly[int(line.dayofweek)].append((round(line.hour_from * 60), round(line.hour_to * 60)))
        leaves = self.env["resource.calendar.leaves"].search(
            [
                ("resource_id", "=", False),
                ("time_type", "=", "leave"),
                ("company_id", "in", (self.company_id.id, False)),
                ("calendar_id", "in", (self.id, False)),
            ]
        )
        return clock.WorkCalendar(
            weekly=tuple(tuple(sorted(day)) for day in weekly),
            closures=tuple((clock.to_local(leave.date_from, self.tz), self._closure_end(leave)) for leave in leaves),
            swaps=tuple((swap.date, int(swap.like_weekday)) for swap in self.kdc_swap_day_ids),
        )

    def _closure_end(self, leave):
        """The end of a leave in local time; "23:59:59", as Odoo writes a whole day, means midnight."""
        end = clock.to_local(leave.date_to, self.tz)
        if end.time() >= time(23, 59):
            end = datetime.combine(end.date() + timedelta(days=1), time.min)
        return end

    @api.model
    def _public_holidays(self, years):
        """Vietnamese public holidays of ``years``, and the weekend days worked in exchange for a day off.

        They come from the ``holidays`` package (Labour Code 45/2019/QH14, art. 112, and the yearly decisions it knows).

        :param years: iterable of int
        :returns: dict day off → name, dict day worked → the day off it is worked for
        """
        days = holidays.country_holidays("VN", years=sorted(years), language="vi")
        swaps = {
            worked: off
            for worked in days.weekend_workdays
            # The name of the day off says which day is worked for it.
            for off, name in days.items()
            if worked.strftime("%d/%m/%Y") in name
        }
        return dict(sorted(days.items())), swaps

    def _missing_holidays(self, years):
        """What the calendar does not have of :meth:`_public_holidays`, in the same form."""
        self.ensure_one()
        closed = {
            clock.to_local(leave.date_from, self.tz).date() for leave in self.leave_ids if not leave.resource_id
        }
        worked = set(self.kdc_swap_day_ids.mapped("date"))
        days, swaps = self._public_holidays(years)
        return (
            {day: name for day, name in days.items() if day not in closed},
            {day: off for day, off in swaps.items() if day not in worked},
        )

    def _add_public_holidays(self, years):
        """Add what the calendar does not have of these years, also what the ward took out; remember all of it.

        :returns: the leaves that were added
        """
        added = self.env["resource.calendar.leaves"]
        for calendar in self:
            added |= calendar._add_days(*calendar._missing_holidays(years))
            calendar._remember_holidays(day for days in self._public_holidays(years) for day in days)
        return added

    def _add_days(self, days, swaps):
        """Write these days off and days worked; running promises move once, after both, and say so.

        :returns: the leaves that were added
        """
        self.ensure_one()
        with hours_together():
            leaves = self._write_days(days, swaps)
        if days or swaps:
            self._recompute_running_feedback()
        return leaves

    def _write_days(self, days, swaps):
        reader = self.with_context(lang="vi_VN").env  # the package names its days in Vietnamese, too
        self.env["kdc.feedback.swap.day"].create(
            [
                {
                    "calendar_id": self.id,
                    "date": day,
                    "like_weekday": str(off.weekday()),
                    "name": reader._("Worked for the day off on %(day)s", day=fmt.date(off)),
                }
                for day, off in swaps.items()
            ]
        )
        return self.env["resource.calendar.leaves"].create(
            [
                {
                    "name": name,
                    "calendar_id": self.id,
                    "company_id": self.company_id.id,
                    "date_from": clock.to_utc(datetime.combine(day, time.min), self.tz),
                    "date_to": clock.to_utc(datetime.combine(day, time(23, 59, 59)), self.tz),
                }
                for day, name in days.items()
            ]
        )

    def _remember_holidays(self, days):
        """Note that these days were added or offered: from now on they are the ward's."""
        self.ensure_one()
        # sudo: a dispatcher who fills it may not edit the calendar itself
        self.sudo().kdc_holiday_days = " ".join(str(day) for day in sorted(self._known_holidays().union(days)))

    def _known_holidays(self):
        """The days that were added or offered once, as a set of dates."""
        return {date.fromisoformat(day) for day in (self.kdc_holiday_days or "").split()}

    @api.model
    def _cron_add_public_holidays(self):
        """Bring this year's and next year's public holidays into the calendars of the feedback inboxes.

        A year that is new comes whole. Later only what a newer ``holidays`` package adds comes, and only for days
        ahead: promises for days that have passed are not judged by a decision that came after them.
        """
        today = today_here(self)
        years = {today.year, today.year + 1}
        calendars = self.env["res.company"].search([("kdc_feedback_calendar_id", "!=", False)]).kdc_feedback_calendar_id
        for calendar in calendars:
            known = calendar._known_holidays()
            filled = {day.year for day in known}
            days, swaps = (
                {
                    day: what
                    for day, what in rows.items()
                    if day not in known and (day > today or day.year not in filled)
                }
                for rows in calendar._missing_holidays(years)
            )
            calendar._add_days(days, swaps)
            calendar._remember_holidays(day for rows in self._public_holidays(years) for day in rows)

    def _recompute_running_feedback(self):
        """Move the deadlines of open feedback after the calendar has changed."""
        # sudo: the change is felt in every company that uses it
        companies = self.env["res.company"].sudo().search([("kdc_feedback_calendar_id", "in", self.ids)])
        if companies:
            # sudo: deadlines follow the calendar whoever may edit it
            self.env["kdc.feedback"].sudo()._recompute_open_deadlines(companies)
