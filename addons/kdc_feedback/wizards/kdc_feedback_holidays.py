from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError


class KdcFeedbackHolidays(models.TransientModel):
    """Fill the working calendar with the public holidays of a year."""

    _name = "kdc.feedback.holidays"
    _description = "Add Public Holidays"

    @api.model
    def _default_year(self):
        return today_here(self).year

    year = fields.Integer(required=True, default=lambda self: self._default_year())
    calendar_id = fields.Many2one(
        "resource.calendar", required=True, default=lambda self: self.env.company.kdc_feedback_calendar_id
    )

    missing = fields.Text(string="Will be added", compute="_compute_missing")

    @api.depends("year", "calendar_id")
    def _compute_missing(self):
        """What pressing the button adds: also days that the ward took out on purpose, which it sees here first."""
        for wizard in self:
            known = wizard._is_year() and wizard.calendar_id
            days, swaps = wizard.calendar_id._missing_holidays({wizard.year}) if known else ({}, {})
            lines = [f"{fmt.date(day)}  {name}" for day, name in days.items()]
            for day, off in swaps.items():
                swapped = self.env._("Worked for the day off on %(day)s", day=fmt.date(off))
                lines.append(f"{fmt.date(day)}  {swapped}")
            wizard.missing = "\n".join(lines)

    def _is_year(self):
        return 2000 <= self.year <= 2100

    def action_apply(self):
        """Add what is missing and show the list."""
        self.ensure_one()
        if not self._is_year():
            raise UserError(self.env._("Type a year such as %(year)s.", year=self._default_year()))
        self.calendar_id._add_public_holidays({self.year})
        return self.env["ir.actions.act_window"]._for_xml_id("kdc_feedback.resource_calendar_leaves_action")
