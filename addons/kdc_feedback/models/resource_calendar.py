from datetime import datetime, time, timedelta

import holidays
from odoo import api, fields, models
from odoo.addons.kdc_residents.engine import clock
from odoo.addons.kdc_residents.tools.local_day import today_here


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    kdc_company_ids = fields.One2many(
        "res.company", "kdc_feedback_calendar_id", string="Wards whose feedback runs in these hours"
    )
    kdc_swap_day_ids = fields.One2many("kdc.feedback.swap.day", "calendar_id", string="Swapped working days")
    kdc_holiday_years = fields.Char(
        string="Filled with public holidays",
        readonly=True,
        copy=False,
        help="The years whose public holidays were added; what the ward deletes or moves does not come back by itself.",
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

    def _missing_holidays(self, years):
        """Vietnamese public holidays of ``years`` that the calendar does not have.

        They come from the ``holidays`` package (Labour Code 45/2019/QH14, art. 112, and the yearly
        decisions it knows).

        :param years: iterable of int
        :returns: list of ``(date, name)``, in order
        """
        self.ensure_one()
        known = {
            clock.to_local(leave.date_from, self.tz).date() for leave in self.leave_ids if not leave.resource_id
        }
        days = holidays.country_holidays("VN", years=sorted(years), language="vi")
        return [(day, name) for day, name in sorted(days.items()) if day not in known]

    def _add_public_holidays(self, years):
        """Add the public holidays of ``years`` that the calendar does not have, and remember the years.

        What the ward edited or added by hand stays as it is; days decided later are edited in the same list.

        :returns: the leaves that were added
        """
        added = self.env["resource.calendar.leaves"]
        for calendar in self:
            added |= added.create(
                [
                    {
                        "name": name,
                        "calendar_id": calendar.id,
                        "company_id": calendar.company_id.id,
                        "date_from": clock.to_utc(datetime.combine(day, time.min), calendar.tz),
                        "date_to": clock.to_utc(datetime.combine(day, time(23, 59, 59)), calendar.tz),
                    }
                    for day, name in calendar._missing_holidays(years)
                ]
            )
            # sudo: a dispatcher who fills it may not edit the calendar itself
            calendar.sudo().kdc_holiday_years = " ".join(map(str, sorted(calendar._holiday_years() | set(years))))
        return added

    def _holiday_years(self):
        """The years that were filled once, as a set of int."""
        return {int(year) for year in (self.kdc_holiday_years or "").split()}

    @api.model
    def _cron_add_public_holidays(self):
        """Put this year's and next year's public holidays into the calendars of the feedback inboxes, once."""
        year = today_here(self).year
        calendars = self.env["res.company"].search([("kdc_feedback_calendar_id", "!=", False)]).kdc_feedback_calendar_id
        for calendar in calendars:
            calendar._add_public_holidays({year, year + 1} - calendar._holiday_years())

    def _recompute_running_feedback(self):
        """Move the deadlines of open feedback after the calendar has changed."""
        # sudo: the change is felt in every company that uses it
        companies = self.env["res.company"].sudo().search([("kdc_feedback_calendar_id", "in", self.ids)])
        if companies:
            # sudo: deadlines follow the calendar whoever may edit it
            self.env["kdc.feedback"].sudo()._recompute_open_deadlines(companies)
