from odoo import models


class ResourceCalendarLeaves(models.Model):
    _name = "resource.calendar.leaves"
    _inherit = ["resource.calendar.leaves", "kdc.feedback.hours"]

    def _feedback_calendars(self):
        """A person's own leave moves no clock; one without a calendar holds for the calendar of its company."""
        general = self.filtered(lambda leave: not leave.resource_id)
        return (
            general.calendar_id
            | general.filtered(lambda leave: not leave.calendar_id).company_id.kdc_feedback_calendar_id
        )
