from odoo import api, fields, models
from odoo.exceptions import UserError


class KdcMeter(models.Model):
    """Reminders of meters whose verification runs out (U-13), and the list for whoever fetches them."""

    _inherit = "kdc.meter"

    verification_told = fields.Date(
        "Reminded of", readonly=True, copy=False, help="The verification date of which the responsible was told."
    )

    @api.model
    def _cron_remind_verification(self):
        """Tell the responsible of the reading days once per meter and date, many meters in one activity."""
        due = self.search([("verification_state", "in", ("due", "past"))])
        due = due.filtered(lambda meter: meter.verification_told != meter.date_verification)
        find = self.env["kdc.reading.schedule"]._by_area(due.area_id, due.company_id)
        for schedule, meters in due.grouped(lambda meter: find(meter.area_id, meter.company_id)).items():
            # Without reading days nobody is responsible; the list and the first screen still show these meters.
            if schedule:
                schedule._remind_of_verification(meters)
                for meter in meters:
                    meter.verification_told = meter.date_verification

    def action_print_verification(self):
        """Open the list of these meters for whoever goes to fetch them, as PDF."""
        meters = self.filtered("date_verification")
        if not meters:
            raise UserError(self.env._("None of these meters has a verification date."))
        ids = ",".join(map(str, meters.ids))
        return {"type": "ir.actions.act_url", "url": f"/kdc/meters/verification?ids={ids}", "target": "new"}
