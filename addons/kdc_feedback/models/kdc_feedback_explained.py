from odoo import fields, models


class KdcFeedback(models.Model):
    """Feedback inside known works or an outage is linked to it and answered at once."""

    _inherit = "kdc.feedback"

    incident_id = fields.Many2one(
        "kdc.feedback.incident", string="Works or outage", index="btree_not_null", ondelete="restrict", readonly=True
    )

    def _after_create(self):
        result = super()._after_create()
        incidents = self.env["kdc.feedback.incident"].sudo()  # sudo: whoever sends reads no incidents
        for feedback in self.sudo():  # sudo: the answer is the ward's, not the sender's
            incident = incidents._covering(feedback)
            if incident:
                feedback._answer_with(incident)
        return result

    def _answer_with(self, incident):
        """Link to the incident and answer with its text for residents."""
        for feedback in self:
            feedback.incident_id = incident
            feedback._log_line("reply", body=f"{incident.name}\n{incident.public_text}")
            feedback._notify_reporter("reply")
