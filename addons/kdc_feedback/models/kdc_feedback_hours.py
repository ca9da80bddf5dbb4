from odoo import api, models
from odoo.addons.kdc_residents.tools.step_mark import StepMark

#: Several changes belong together: whoever makes them moves the promises once, after the last.
hours_together = StepMark("kdc_feedback_hours_together")


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
        if not hours_together.running():
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
