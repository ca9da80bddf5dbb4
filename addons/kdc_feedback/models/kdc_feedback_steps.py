from datetime import timedelta

from odoo import SUPERUSER_ID, fields, models
from odoo.addons.kdc_residents.tools.step_mark import StepMark
from odoo.exceptions import UserError

from ..engine import states

#: A team outside acts for the ward: its login, one of the portal, stands as the author.
team_act = StepMark("kdc_feedback_team_act")
PAUSE_REASONS = {states.WAITING: "reporter", states.DEFERRED: "deferred", states.FORWARDED: "authority"}


class KdcFeedback(models.Model):
    """The state machine at work: everything that changes the state goes through ``_step``."""

    _inherit = "kdc.feedback"

    def _step(self, action, *, values=None, kind="event", body=None, when=None, photos=(), log_action=None):
        """Take one step of the state machine, write it into the conversation and move the clocks.

        The caller has checked who may do it. ``when`` (UTC) lets imports and the demo tell the past.

        :raises UserError: the step is not possible in the present state
        """
        when = when or fields.Datetime.now()
        for feedback in self.sudo():  # sudo: protected fields are written here, after the caller's check
            try:
                after = states.next_state(feedback.state, action)
            except states.ForbiddenTransition:
                raise UserError(feedback._explain_forbidden(action)) from None
            stood_still = feedback.state in states.PAUSED
            step_values = {**(values or {}), "state": after, **feedback._step_values(action, when)}
            feedback._move_pause(after, when)
            feedback.write(step_values)
            feedback._log_line(kind, log_action or action, body=body, when=when, photos=photos)
            if feedback.is_open or stood_still:
                # The last pause counts for a result that ends it, too.
                feedback._move_deadlines(log=False)
            if not feedback.is_open:
                feedback._drop_uploads()
        self.sudo()._plan_activities()  # sudo: activities belong to whoever handles it, not to the caller
        self._refresh_clocks()

    def _step_values(self, action, when):
        """Moments that a step leaves behind."""
        self.ensure_one()
        values = {}
        if not self.received_at and action not in ("merge", "route_out"):
            values["received_at"] = when
        if action in ("finish", "refuse"):
            values["done_at"] = when
        if action == "finish":
            values["confirm_until"] = when + timedelta(days=self.company_id.kdc_feedback_confirm_days)
        if action in ("confirm", "merge", "route_out"):
            values["closed_at"] = when
        if action in ("route_back", "give_back"):
            # Somebody of the ward had read it when it was routed out, or joined.
            values["received_at"] = self.received_at or self.closed_at
            values.update(term_start=when, closed_at=False, alert_level=0, routed_by_id=False, promise_limit=False)
        if action == "give_back":
            values["master_id"] = False
        if action in ("dispute", "appeal"):
            values.update(
                term_start=when, done_at=False, confirm_until=False, alert_level=0, promise_limit=False,
                dispute_count=self.dispute_count + 1,
            )  # fmt: skip
        if action in ("resume", "finish"):
            values["deferred_until"] = False
        return values

    def _explain_forbidden(self, action):
        labels = dict(self._fields["state"]._description_selection(self.env))
        return self.env._(
            "Feedback %(number)s is in the state “%(state)s”: this step is not possible now. Nothing was changed. "
            "Reload the page to see what has happened meanwhile.",
            number=self.number,
            state=labels[self.state],
        )

    def _move_pause(self, after, when):
        """Close the running pause, and open one when the clock stops."""
        self.ensure_one()
        running = self.pause_ids.filtered(lambda pause: not pause.date_end)
        running.write({"date_end": max(when, *running.mapped("date_start")) if running else when})
        if after in states.PAUSED:
            self.env["kdc.feedback.pause"].sudo().create(  # sudo: pauses are written by steps only
                {"feedback_id": self.id, "date_start": when, "reason": PAUSE_REASONS[after]}
            )

    def _log_line(self, kind, action=None, *, body=None, when=None, photos=(), **values):
        """Add a row to the conversation; a person outside who does not act for the ward is never its author."""
        self.ensure_one()
        user = self.env.user
        acts_for_ward = user._is_internal() or team_act.running()
        # The words of another authority are not signed by a unit of the ward.
        is_signed = kind in ("reply", "question", "result") and action != "authority_answer"
        # sudo: rows are written by methods only
        messages = self.env["kdc.feedback.message"].sudo()
        message = messages.create(
            {
                "feedback_id": self.id,
                "kind": kind,
                "action": action,
                "body": body,
                "date": when or fields.Datetime.now(),
                "author_id": user.id if acts_for_ward and user.id != SUPERUSER_ID else False,
                "unit_id": self.unit_id.id if is_signed else False,
                **values,
            }
        )
        if photos:
            self._add_photos(photos, kind="before" if kind == "reporter" else "after", message=message)
        return message
