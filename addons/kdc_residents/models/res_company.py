from datetime import date, datetime, time

import holidays
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine import clock
from ..tools.local_day import today_here


class ResCompany(models.Model):
    _inherit = "res.company"

    kdc_access_log_days = fields.Integer(
        string="Days the record of who looked is kept",
        required=True,
        default=730,
        help="For lines written from now on. Residents read on their page who looked at their data.",
    )
    _kdc_access_log_days_enough = models.Constraint(
        "CHECK (kdc_access_log_days >= 30)", "The record of who looked is kept for 30 days at least."
    )
    kdc_data_officer_id = fields.Many2one(
        "res.users",
        string="Answers for personal data",
        domain=[("share", "=", False)],
        help="Gets the requests of residents about their personal data. Empty: the first officer of the register.",
    )
    kdc_map_tiles = fields.Char(
        string="Address of map tiles",
        help="Browsers of the staff fetch the ground of maps from here, so this server learns where they look. "
        "Empty: maps show pins, a grid and a scale, and nothing is fetched from anywhere.",
    )
    kdc_map_attribution = fields.Char(string="Source of the map", help="Shown on the map, as makers of maps ask for.")
    kdc_area_ids = fields.One2many(
        "kdc.area", "company_id", string="Areas",
        groups="kdc_residents.group_staff",
    )  # fmt: skip
    kdc_commune_id = fields.Many2one(
        "kdc.area",
        string="Ward or commune",
        compute="_compute_kdc_commune_id",
        compute_sudo=True,  # the name of the ward is on every paper
        help="The ward or commune whose register this office keeps.",
    )

    kdc_office_hours = fields.Text(
        string="Office hours",
        help="When residents can come to the ward's office. Shown on the public first page, one line per line.",
    )

    kdc_change_days = fields.Integer(
        string="Answer to a correction within",
        default=10,
        help="Working days of the office within which a resident's request to correct the register is answered.",
    )
    # What the adult members of a household see as long as its head says nothing else (features.md, R-13).
    kdc_share_bills = fields.Boolean(string="Bills of the household", default=True)
    kdc_share_feedback = fields.Boolean(string="Feedback of the household")
    kdc_share_orders = fields.Boolean(string="Orders of the household")

    _kdc_change_days_positive = models.Constraint(
        "CHECK (kdc_change_days BETWEEN 1 AND 60)", "Corrections are answered within 1 to 60 working days."
    )

    @api.constrains("kdc_map_tiles")
    def _check_kdc_map_tiles(self):
        for company in self.filtered("kdc_map_tiles"):
            tiles = company.kdc_map_tiles
            if not tiles.startswith(("https://", "/")) or any(part not in tiles for part in ("{z}", "{x}", "{y}")):
                raise ValidationError(
                    self.env._(
                        "The address of map tiles begins with https:// or / and contains {z}, {x} and {y}. "
                        "Leave it empty for maps without tiles."
                    )
                )

    def _kdc_data_officer(self):
        """Return the user who answers for personal data in this ward; empty when the ward has no officer at all."""
        self.ensure_one()
        if self.kdc_data_officer_id:
            return self.kdc_data_officer_id
        officers = self.env.ref("kdc_residents.group_officer").sudo().all_user_ids  # sudo: who has the job
        found = officers.filtered(lambda user: self in user.company_ids and user.active and not user._is_superuser())
        # An administrator also is an officer; whoever has only the job comes first.
        admin = "kdc_residents.group_admin"
        return found.sorted(lambda user: (user.company_id != self, user.has_group(admin), user.id))[:1]

    # ------------------------------------------------------------------------------------------- working days
    def _kdc_work_calendar(self):
        """Return when this office works, as a pure :class:`~..engine.clock.WorkCalendar`.

        Monday to Friday without the public holidays of Vietnam (Labour Code 45/2019/QH14, article 112). Addons with a
        calendar that the office keeps itself return that one.
        """
        self.ensure_one()
        year = today_here(self).year
        days = holidays.country_holidays("VN", years=range(year - 1, year + 3))
        return clock.WorkCalendar(
            weekly=clock.OFFICE_WEEK,
            closures=tuple((datetime.combine(day, time.min), datetime.combine(day, time.max)) for day in sorted(days)),
        )

    def _kdc_add_working_days(self, day: date, count: int) -> date:
        """Return the ``count``-th working day after ``day``; the day itself is not counted (Civil Code, article 147).

        :raises NoWorkingTime: the calendar of the office has no working day
        """
        return clock.add_days(self._kdc_work_calendar(), datetime.combine(day, time.min), count).date()

    def _kdc_promised_day(self, start: date, count: int) -> date:
        """Return the ``count``-th working day after ``start``, to be promised to somebody.

        :raises UserError: the office has no working day; the message says what to do
        """
        if not count:
            return start
        try:
            return self._kdc_add_working_days(start, count)
        except clock.NoWorkingTime:
            raise UserError(
                self.env._(
                    "The working calendar of the office has no working days, so no day can be promised. Ask an "
                    "administrator to give it working hours."
                )
            ) from None

    def _kdc_working_days(self, after: date, until: date) -> int:
        """Return the number of working days from the day after ``after`` to ``until``."""
        calendar = self._kdc_work_calendar()
        span = range(after.toordinal() + 1, until.toordinal() + 1)
        return sum(calendar.is_working_day(date.fromordinal(ordinal)) for ordinal in span)

    def _compute_kdc_commune_id(self):
        communes = self.env["kdc.area"].search(
            [("kind", "=", "commune"), ("company_id", "in", self.ids), ("date_to", "=", False)]
        )
        for company in self:
            company.kdc_commune_id = communes.filtered(lambda a, company=company: a.company_id == company)[:1]
