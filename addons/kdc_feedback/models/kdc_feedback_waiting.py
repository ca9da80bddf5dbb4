from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..engine import states


class KdcFeedback(models.Model):
    """A question nobody answers: the reporter is reminded once, then the ward goes on by itself and its clock runs."""

    _inherit = "kdc.feedback"

    remind_at = fields.Datetime(string="Reminder on", readonly=True, copy=False)
    return_at = fields.Datetime(
        string="Goes on without an answer on", readonly=True, copy=False, help="The clock runs again from then on."
    )

    def _step_values(self, action, when):
        """Set the dates of a question when it is asked, and forget them when the waiting ends."""
        values = super()._step_values(action, when)
        if action == "ask":
            company = self.company_id
            for name, days in (("remind_at", company.kdc_feedback_remind_days),
                               ("return_at", company.kdc_feedback_return_days)):  # fmt: skip
                values[name] = when + timedelta(days=days) if days else False
        elif self.state == states.WAITING:
            values.update(remind_at=False, return_at=False)
        return values

    @api.model
    def _time_domain(self, now):
        unanswered = Domain("remind_at", "<=", now) | Domain("return_at", "<=", now)
        return super()._time_domain(now) | (Domain("state", "=", states.WAITING) & unanswered)

    def _pass_time(self, now):
        waiting = self.filtered(lambda feedback: feedback.state == states.WAITING)
        for feedback in waiting:
            if feedback.return_at and feedback.return_at <= now:
                feedback._go_on_unanswered(now)
            elif feedback.remind_at and feedback.remind_at <= now:
                feedback._remind_reporter(now)
        return super(KdcFeedback, self - waiting)._pass_time(now)

    def _remind_reporter(self, now):
        """Remind the reporter of the question, once."""
        self.ensure_one()
        self.remind_at = False
        self._log_line("event", "remind", when=now)
        self._notify_reporter("reminder")
        self._refresh_clocks(now)

    def _go_on_unanswered(self, now):
        """Give the case back to its handler: both sides read that no answer came."""
        self.ensure_one()
        self._step("stop_waiting", when=now, log_action="no_answer")
        self._tell_handler(self.env._("No answer came, the clock runs again"))
        self._notify_reporter("no_answer")
