from odoo import api, fields, models

from ..engine import states


class KdcFeedback(models.Model):
    """Complaints and denunciations are routed out: their law is another one, and it keeps them from most of the staff.

    From then on only who routed one out, and whoever holds ``group_routed``, reads it (Law on Denunciations
    25/2018/QH14, article 8: the identity is kept secret). Everywhere else it is a number without a subject.
    """

    _inherit = "kdc.feedback"

    routed_by_id = fields.Many2one(
        "res.users", string="Routed out by", readonly=True, copy=False, ondelete="restrict", index="btree_not_null"
    )

    @api.depends("state")
    def _compute_display_name(self):
        """Name what was routed out by its number alone: the client reads names of linked records without rights."""
        result = super()._compute_display_name()
        for feedback in self:
            if feedback.state == states.ROUTED:
                feedback.display_name = feedback.number
        return result

    def _staff_route_out(self, when=None):
        """Complaints and denunciations have their own law and their own office: stop, and say where to go."""
        self._check_decider()
        self._step("route_out", when=when, values={"is_private": True, "routed_by_id": self.env.uid})
        # sudo: reminders of colleagues go too, each would keep the subject in the list of its owner
        self.sudo().activity_ids.unlink()
        self._notify_reporter("routed")

    def _staff_route_back(self, reason, when=None):
        """Take wrong routing back: it is feedback after all, stays off the public board, and gets a new promise.

        :param reason: for the staff; the reporter reads only that it is handled
        """
        for feedback in self:
            feedback._step("route_back", when=when)
            feedback._log_line("note", body=reason, when=when)
        self._notify_reporter("routed_back")
