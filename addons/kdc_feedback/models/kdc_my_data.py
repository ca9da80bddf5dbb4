from odoo import models


class KdcResident(models.Model):
    _inherit = "kdc.resident"

    def _kdc_my_data(self):
        """Add the feedback sent with the person's name; what was sent without a name leads to nobody."""
        sections = super()._kdc_my_data()
        feedback = self.env["kdc.feedback"].search([("partner_id", "=", self.partner_id.id)])
        followed = self.env["kdc.feedback.follower"].search([("partner_id", "=", self.partner_id.id)])
        return [
            *sections,
            self._kdc_section(
                "feedback",
                self.env._("Feedback"),
                feedback,
                ["number", "name", "description", "location", "submitted_at", "privacy", "state", "done_at"],
            ),
            self._kdc_section("feedback_followed", self.env._("Feedback you follow"), followed, ["number", "date"]),
        ]
