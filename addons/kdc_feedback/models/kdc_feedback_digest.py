from datetime import timedelta

from markupsafe import Markup
from odoo import api, fields, models

ALERT = "kdc_feedback.mail_activity_alert"


class KdcFeedback(models.Model):
    """What others write about a matter: the first comes to its handler at once, the rest in one message later.

    A flooded street is reported by fifty people within an hour; fifty messages are read by nobody. What the reporter
    writes always comes at once, it is not held back here.
    """

    _inherit = "kdc.feedback"

    def _responsible(self):
        """Who is told about it."""
        self.ensure_one()
        return self.user_id or self._unit_head()

    def _tell_of_others(self, line):
        """Tell the handler of words of somebody else, unless he was told of such words a moment ago.

        :param line: ``kdc.feedback.message`` of kind ``other``
        """
        self.ensure_one()
        if not self.is_open:
            return
        user = self._responsible()
        if user and self._was_told(user):
            line.is_waiting = True
            return
        line.write({"told_user_id": user.id, "told_at": fields.Datetime.now()})
        self._tell_handler(self.env._("Somebody else has written about it"))

    def _was_told(self, user):
        """Whether this person had such a message within the time of the setting."""
        hours = int(self.company_id.sudo().kdc_feedback_digest_hours)  # sudo: a setting of the ward
        since = fields.Datetime.now() - timedelta(hours=hours)
        told = [("told_user_id", "=", user.id), ("told_at", ">", since)]
        # sudo: the rows of other feedback of the same person
        return bool(hours and self.env["kdc.feedback.message"].sudo().search_count(told, limit=1))

    @api.model
    def _cron_digest(self):
        """Send what has waited long enough: one message to each person, about all his feedback."""
        progress = self.env["ir.cron"]._commit_progress
        waiting = self.env["kdc.feedback.message"].search([("is_waiting", "=", True)])
        waiting.filtered(lambda line: not line.feedback_id.is_open).is_waiting = False
        by_person = waiting.filtered("is_waiting").grouped(lambda line: line.feedback_id._responsible())
        progress(remaining=len(by_person))
        for user, lines in by_person.items():
            if not user or not lines.feedback_id[:1]._was_told(user):
                self._send_digest(user, lines)
            if not progress(1):
                break

    @api.model
    def _send_digest(self, user, lines):
        """One activity for one person, on the feedback last written about, that names them all."""
        lines.write({"is_waiting": False, "told_user_id": user.id, "told_at": fields.Datetime.now()})
        feedback = self.with_context(lang=user.lang or "vi_VN")
        rows = Markup().join(
            Markup('<li><a href="/odoo/feedback-inbox/%s">%s</a>: %s</li>') % (one.id, one.display_name, len(about))
            for one, about in lines.grouped("feedback_id").items()
        )
        summary = feedback.env._(
            "Others wrote %(count)s times about %(cases)s feedbacks of yours",
            count=len(lines),
            cases=len(lines.feedback_id),
        )
        last = lines.sorted("date")[-1].feedback_id
        last._schedule(ALERT, user, summary, note=Markup("<ul>%s</ul>") % rows)
