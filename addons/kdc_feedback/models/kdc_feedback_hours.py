from odoo import api, models


class KdcFeedbackHours(models.AbstractModel):
    """What decides when a calendar works; a change moves the promised dates of the feedback that is running."""

    _name = "kdc.feedback.hours"
    _description = "Part of a Working Calendar that Moves Promised Dates"

    def _feedback_calendars(self):
        """Calendars whose clocks these records can move."""
        return self.calendar_id

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._feedback_calendars()._recompute_running_feedback()
        return records

    def write(self, vals):
        calendars = self._feedback_calendars()
        result = super().write(vals)
        (calendars | self._feedback_calendars())._recompute_running_feedback()
        return result

    def unlink(self):
        calendars = self._feedback_calendars()
        result = super().unlink()
        calendars.exists()._recompute_running_feedback()
        return result
