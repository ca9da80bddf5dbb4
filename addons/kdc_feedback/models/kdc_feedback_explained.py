from odoo import fields, models


class KdcFeedback(models.Model):
    """Feedback inside known works or an outage is linked to it and answered, as soon as category and area are known."""

    _inherit = "kdc.feedback"

    incident_id = fields.Many2one(
        "kdc.feedback.incident", string="Works or outage", index="btree_not_null", ondelete="restrict", readonly=True
    )

    def _after_create(self):
        result = super()._after_create()
        self._look_for_incident()
        return result

    def _look_for_incident(self):
        """Answer what known works or an outage explain and nothing has explained yet."""
        incidents = self.env["kdc.feedback.incident"].sudo()  # sudo: whoever sends reads no incidents
        # sudo: the answer is the ward's, not the sender's
        for feedback in self.sudo().filtered(lambda one: one.is_open and not one.incident_id):
            incident = incidents._covering(feedback)
            if incident:
                feedback._answer_with(incident)

    def _answer_with(self, incident):
        """Link to the incident and answer with its text for residents."""
        for feedback in self:
            feedback.incident_id = incident
            feedback._log_line("reply", body=f"{incident.name}\n{incident.public_text}")
            feedback._notify_reporter("reply")
