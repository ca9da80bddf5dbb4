from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine import states


class KdcFeedback(models.Model):
    """An appeal against a refusal is decided by another person than the one who refused."""

    _inherit = "kdc.feedback"

    appealed_from_id = fields.Many2one(
        "res.users", string="Appeal against the decision of", readonly=True, copy=False, ondelete="restrict"
    )

    @api.constrains("user_id", "appealed_from_id")
    def _check_appeal_handler(self):
        for feedback in self.filtered("is_open"):
            if feedback.user_id and feedback.user_id == feedback.appealed_from_id:
                raise ValidationError(
                    self.env._(
                        "%(user)s refused this feedback: the appeal is decided by somebody else.",
                        user=feedback.user_id.sudo().name,  # sudo: a colleague's name
                    )
                )

    def _check_decider(self):
        """Refuse a decision by the person it is appealed from.

        :raises UserError: the user decided before
        """
        for feedback in self:
            if feedback.appealed_from_id and feedback.appealed_from_id == self.env.user:
                raise UserError(
                    self.env._("You refused this feedback: the appeal is decided by somebody else. Pass it on.")
                )

    def _give_appeal_away(self):
        """After an appeal: to the head of the unit, a colleague, the head of the reception desk, a dispatcher."""
        for feedback in self.filtered(lambda one: one.state == states.DISPUTED):
            refusals = feedback.message_line_ids.filtered(lambda line: line.action == "refuse" and line.author_id)
            first = refusals[-1:].author_id or feedback.user_id
            dispatchers = feedback.company_id._feedback_dispatchers()
            desk = feedback.company_id.kdc_feedback_unit_id.leader_id & dispatchers
            other = ((feedback.unit_id._people() | desk | dispatchers) - first)[:1]
            feedback.write({"appealed_from_id": first.id, "user_id": other.id})
