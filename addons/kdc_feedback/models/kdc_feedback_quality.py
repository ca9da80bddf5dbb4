import secrets

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

#: A rating as bad as this is always looked at.
BAD_RATING = 2


class KdcFeedback(models.Model):
    """A sample of what was closed is looked at by somebody who did not handle it."""

    _inherit = "kdc.feedback"

    quality_state = fields.Selection(
        [("to_check", "To check"), ("good", "Good"), ("poor", "Poor")],
        string="Quality check",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    quality_user_id = fields.Many2one("res.users", string="Checked by", readonly=True, copy=False, ondelete="restrict")
    quality_date = fields.Datetime(string="Checked on", readonly=True, copy=False)
    quality_note = fields.Text(
        string="What the check found",
        copy=False,
        groups="kdc_feedback.group_dispatcher",
        help="Only the staff read this text.",
    )

    def _draw_for_check(self, rating=None):
        """After closing: draw by lot, so that nobody knows before; a bad rating is always drawn."""
        for feedback in self:
            percent = feedback.company_id.kdc_feedback_check_percent
            bad = rating and rating <= BAD_RATING and percent
            if bad or secrets.randbelow(100) < percent:
                feedback.quality_state = "to_check"

    def action_quality_good(self):
        """Nothing to say against the handling."""
        self._check_quality("good")
        return True

    def action_quality_poor(self):
        """The handling was poor: the head of the unit is told why."""
        for feedback in self:
            if not (feedback.quality_note or "").strip():
                raise UserError(self.env._("Write what the check found; the head of the unit reads it."))
        self._check_quality("poor")
        return True

    def _check_quality(self, verdict):
        """Keep the verdict.

        :raises AccessError: the user is no dispatcher
        :raises UserError: the user handled it, or nothing is to be checked
        """
        if not self.env.user.has_group("kdc_feedback.group_dispatcher"):
            raise AccessError(self.env._("Dispatchers check the quality."))
        self._check_staff()
        for feedback in self.sudo():  # sudo: protected fields, see _check_staff
            if feedback.quality_state != "to_check":
                raise UserError(self.env._("%(number)s is not to be checked.", number=feedback.number))
            if self.env.user in feedback.user_id | feedback.message_line_ids.author_id:
                raise UserError(self.env._("You handled %(number)s: somebody else checks it.", number=feedback.number))
            feedback.write(
                {"quality_state": verdict, "quality_user_id": self.env.uid, "quality_date": fields.Datetime.now()}
            )
            feedback._log_line("note", body=feedback.quality_note or self.env._("Quality check: good"))
            if verdict == "poor":
                feedback._alert_user(feedback._unit_head(), self.env._("Quality check: poor"))
