from odoo import api, models


class ResourceCalendarLeaves(models.Model):
    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._feedback_calendars()._recompute_running_feedback()
        return leaves

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

    def _feedback_calendars(self):
        """Calendars whose clocks these leaves can move; a person's own leave moves none."""
        general = self.filtered(lambda leave: not leave.resource_id)
        return (
            general.calendar_id
            | general.filtered(lambda leave: not leave.calendar_id).company_id.kdc_feedback_calendar_id
        )
