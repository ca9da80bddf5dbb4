from odoo import api, fields, models

from ..engine import petition, states


class KdcFeedback(models.Model):
    """What reads like a complaint or denunciation is shown to the dispatcher, who decides; nothing routes itself."""

    _inherit = "kdc.feedback"

    petition_kind = fields.Selection(
        [(petition.COMPLAINT, "Complaint"), (petition.DENUNCIATION, "Denunciation")],
        string="Reads like a",
        compute="_compute_petition_kind",
        store=True,
        groups="kdc_feedback.group_handler",
        help="Found by its words. The law has its own way for these; whoever reads it decides.",
    )

    _petition_idx = models.Index("(company_id) WHERE petition_kind IS NOT NULL AND is_open IS TRUE")

    @api.depends("name", "description")
    def _compute_petition_kind(self):
        for feedback in self:
            feedback.petition_kind = petition.recognise(feedback.name, feedback.description) or False

    def _look_for_petition(self, words):
        """What the reporter adds later can be a complaint or denunciation too: whoever handles it is told at once."""
        self.ensure_one()
        kind = petition.recognise(words)
        feedback = self.sudo()  # sudo: a mark and a reminder of the system, whoever writes
        if not kind or feedback.petition_kind or feedback.state == states.ROUTED:
            return
        feedback.petition_kind = kind
        feedback._tell_handler(self.env._("The reporter's new words read like a complaint or a denunciation"))
        feedback._tell_missing_holder()
