from odoo import api, fields, models
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

    def action_apply(self):
        """Add what is missing and show the list."""
        self.ensure_one()
        if not 2000 <= self.year <= 2100:
            raise UserError(self.env._("Type a year such as %(year)s.", year=self._default_year()))
        self.calendar_id._add_public_holidays({self.year})
        return self.env["ir.actions.act_window"]._for_xml_id("kdc_feedback.resource_calendar_leaves_action")
