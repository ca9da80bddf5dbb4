import logging
from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine import clock
from odoo.addons.kdc_residents.tools.attempts import undo_and_log
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine import states

CLOCK_STATUSES = [
    ("running", "In time"),
    ("due_soon", "Due soon"),
    ("overdue", "Overdue"),
    ("paused", "Clock stopped"),
    ("met", "Kept"),
    ("missed", "Missed"),
    ("none", "No clock"),
]
CRON_BATCH = 200

_logger = logging.getLogger(__name__)


class KdcFeedback(models.Model):
    """Two clocks in working time, reception and handling: what is promised, what time alone does, who is told."""

    _inherit = "kdc.feedback"

    submitted_at = fields.Datetime(string="Sent", required=True, readonly=True, default=fields.Datetime.now, copy=False)
    term_start = fields.Datetime(
        string="Handling clock since", readonly=True, copy=False, help="Sending, or the last dispute."
    )
    received_at = fields.Datetime(string="Received on", readonly=True, copy=False)
    done_at = fields.Datetime(string="Result given on", readonly=True, copy=False)
    closed_at = fields.Datetime(string="Closed on", readonly=True, copy=False)
    confirm_until = fields.Datetime(string="Silence confirms on", readonly=True, copy=False)
    deferred_until = fields.Date(readonly=True, copy=False)
    reception_deadline = fields.Datetime(string="To be received by", readonly=True, copy=False)
    reception_warning = fields.Datetime(string="Reception due soon from", readonly=True, copy=False)
    reception_escalation_at = fields.Datetime(string="Supervisor told of the reception from", readonly=True, copy=False)
    reception_level = fields.Integer(
        readonly=True, copy=False, help="Of the reception: 0 nobody, 1 handler, 2 head of unit, 3 supervisor."
    )
    handling_deadline = fields.Datetime(string="Promised by", readonly=True, copy=False, tracking=True)
    promise_limit = fields.Datetime(
        string="Promised with the letter by",
        readonly=True,
        copy=False,
        help="Of a part that was divided off: its own time runs from the division, but never beyond this date.",
    )
    handling_warning = fields.Datetime(string="Due soon from", readonly=True, copy=False)
    escalation_at = fields.Datetime(string="Supervisor told from", readonly=True, copy=False)
    next_deadline = fields.Datetime(
        string="Next due",
        readonly=True,
        copy=False,
        index=True,
        help="When the ward has to act next; empty while it is somebody else's turn.",
    )
    reception_status = fields.Selection(CLOCK_STATUSES, readonly=True, copy=False, default="running")
    handling_status = fields.Selection(
        CLOCK_STATUSES, string="Clock", readonly=True, copy=False, default="running", index=True
    )
    alert_level = fields.Integer(
        readonly=True, copy=False, help="0 nobody, 1 handler (due soon), 2 head of unit (overdue), 3 supervisor."
    )
    paused_hours = fields.Float(string="Clock stopped for (working hours)", readonly=True, copy=False)

    _open_deadline_idx = models.Index("(company_id, next_deadline) WHERE is_open IS TRUE")

    def _update_deadlines(self, log=True):
        """Compute the deadlines of what is open; a result that was given keeps the date it was measured by."""
        self.filtered("is_open")._move_deadlines(log)

    def _move_deadlines(self, log=True):
        """Compute both deadlines from the facts: start, clocks of the urgency, calendar, pauses.

        A promised date that changes is written into the conversation, where the reporter sees it.
        While the clock stands still the old date stays; it moves when the pause ends.
        Whoever was told of an earlier date is told again only of one that is still ahead.
        """
        now = fields.Datetime.now()
        for company, group in self.grouped("company_id").items():
            # sudo: calendars and clocks are configuration
            calendar = company.sudo().kdc_feedback_calendar_id
            work = calendar._feedback_work_calendar()
            for feedback in group:
                values = feedback._deadline_values(work, calendar.tz)
                before = feedback.handling_deadline
                changed = {name: value for name, value in values.items() if feedback[name] != value}
                if not changed:
                    continue
                if "handling_deadline" in changed and before and values["handling_deadline"] > max(before, now):
                    changed["alert_level"] = 0
                promised = feedback.reception_deadline
                if "reception_deadline" in changed and promised and values["reception_deadline"] > max(promised, now):
                    changed["reception_level"] = 0
                feedback.write(changed)
                if log and before and "handling_deadline" in changed:
                    feedback._log_line(
                        "event", "deadline", deadline_before=before, deadline_after=values["handling_deadline"]
                    )
        self._refresh_clocks()

    def _deadline_values(self, work, tz):
        """Both deadlines, and when to warn and to escalate, all in UTC.

        :param work: :class:`..engine.clock.WorkCalendar`
        """
        self.ensure_one()
        # sudo: the table of clocks is configuration
        clocks = self.env["kdc.feedback.clock"].sudo()
        sent = clock.to_local(self.submitted_at, tz)
        rules = clocks._for(self.urgency, self.company_id, sent.date())
        if not rules:
            return {}
        # A part was received with its letter, by the date of the letter.
        letter = self.split_from_id
        reading = (letter and clocks._for(letter.urgency, self.company_id, sent.date())) or rules
        start = clock.to_local(self.term_start, tz)
        pauses = [
            (clock.to_local(pause.date_start, tz), clock.to_local(pause.date_end, tz))
            for pause in self.pause_ids
            if pause.date_end and pause.date_end > self.term_start
        ]
        try:
            reception = clock.add_term(work, sent, reading._reception_term())
            handling = clock.deadline(work, start, rules._handling_term(), pauses)
            total = clock.paused(work, start, pauses, max((end for _begin, end in pauses), default=start))
            if self.promise_limit:
                handling = min(handling, clock.add_time(work, clock.to_local(self.promise_limit, tz), total))
            warning = clock.subtract_time(work, handling, timedelta(hours=rules.warn_hours))
            escalation = clock.add_time(work, handling, timedelta(hours=rules.escalate_hours))
            to_receive = clock.subtract_time(work, reception, reading._reception_notice())
            unreceived = clock.add_time(work, reception, timedelta(hours=reading.escalate_hours))
        except clock.NoWorkingTime:
            raise UserError(
                self.env._(
                    "The working calendar of the feedback inbox has no working hours, so no date can be promised. "
                    "Add working hours to it in the settings of the inbox."
                )
            ) from None
        return {
            "reception_deadline": clock.to_utc(reception, tz),
            "reception_warning": clock.to_utc(to_receive, tz),
            "reception_escalation_at": clock.to_utc(unreceived, tz),
            "handling_deadline": clock.to_utc(handling, tz),
            "handling_warning": clock.to_utc(max(warning, start), tz),
            "escalation_at": clock.to_utc(escalation, tz),
            "paused_hours": total.total_seconds() / 3600,
        }

    @api.model
    def _recompute_open_deadlines(self, companies):
        """After a change of the calendar: move what still runs."""
        self.search([("company_id", "in", companies.ids), ("is_open", "=", True)])._update_deadlines()

    def _clock_values(self, now):
        """What both clocks show at ``now``."""
        self.ensure_one()
        gone = self.state in (states.MERGED, states.ROUTED)
        reception = handling = "none"
        if self.received_at:
            reception = "met" if self.received_at <= (self.reception_deadline or self.received_at) else "missed"
        elif not gone:
            reception = self._clock_status(now, self.reception_warning, self.reception_deadline)
        if self.state in states.PAUSED:
            handling = "paused"
        elif self.state in states.RUNNING and self.handling_deadline:
            handling = self._clock_status(now, self.handling_warning, self.handling_deadline)
        elif self.done_at and self.handling_deadline:
            handling = "met" if self.done_at <= self.handling_deadline else "missed"
        return {"reception_status": reception, "handling_status": handling, "next_deadline": self._next_due()}

    @api.model
    def _clock_status(self, now, warning, deadline):
        """What a clock that runs shows at ``now``."""
        if deadline and now > deadline:
            return "overdue"
        return "due_soon" if warning and now >= warning else "running"

    def _next_due(self):
        """When the ward has to act next, in UTC; while the clock stands still that is not the promised date."""
        self.ensure_one()
        if self.state == states.NEW:
            return self.reception_deadline
        if self.state == states.DEFERRED:
            day = self.deferred_until
            return day and clock.to_utc(datetime.combine(day, time.min))
        if self.state == states.WAITING:
            return self.return_at
        return self.state in states.RUNNING and self.handling_deadline

    def _refresh_clocks(self, now=None):
        """Bring the stored clock states to ``now`` and tell each level once."""
        now = now or fields.Datetime.now()
        for feedback in self.sudo():  # sudo: time moves the clocks, not the caller
            values = feedback._clock_values(now)
            changed = {name: value for name, value in values.items() if feedback[name] != value}
            if changed:
                feedback.write(changed)
            feedback._raise_alerts(now)

    def _ladders(self):
        """Both ladders of handler, head of unit and supervisor.

        :returns: tuples of the field of the level, the status of the clock, the moment of the last step, and the words
            of each step
        """
        self.ensure_one()
        unread = self.env._("To be received soon"), self.env._("Not received in time"), self.env._("Still not received")
        undone = self.env._("Due soon"), self.env._("Overdue"), self.env._("Still overdue")
        return (
            ("reception_level", self.reception_status, self.reception_escalation_at, unread),
            ("alert_level", self.handling_status, self.escalation_at, undone),
        )

    def _raise_alerts(self, now):
        """Tell of both clocks whoever has to know by now."""
        self.ensure_one()
        for level_field, status, escalation_at, texts in self._ladders():
            self._climb(level_field, status, escalation_at, now, texts)

    def _climb(self, level_field, status, escalation_at, now, texts):
        """Climb the ladder handler, head of unit, supervisor; each step is taken once and logged."""
        due_level = 0
        if status == "due_soon":
            due_level = 1
        elif status == "overdue":
            due_level = 3 if escalation_at and now >= escalation_at else 2
        ladder = (self._responsible, self._unit_head, self._supervisor)
        for level in range(self[level_field], due_level):
            self._alert_user(ladder[level](), texts[level])
            self[level_field] = level + 1

    def _hand_alerts_on(self):
        """Tell the people of a new unit what the former ones were told: the handler, and the head when it is late.

        Levels that were reached stay reached: the supervisor is not told twice.
        """
        self.ensure_one()
        for level_field, status, _escalation_at, texts in self._ladders():
            level = self[level_field]
            if status in ("due_soon", "overdue") and level:
                told = self._responsible() | (self._unit_head() if level > 1 else self.env["res.users"])
                for user in told:
                    self._alert_user(user, texts[level - 1])

    @api.model
    def _cron_update_clocks(self):
        """Let time do its work, whoever looks or not (trap T2 of the feature tables).

        Deferred feedback returns, silence confirms, clocks become due soon and overdue. One that cannot be moved is
        logged and tried again in the next run; it stops no other, in whatever ward.
        """
        progress = self.env["ir.cron"]._commit_progress
        domain = self._time_domain(fields.Datetime.now())
        remaining, last = self.search_count(domain), 0
        progress(remaining=remaining)
        while batch := self.search(domain & Domain("id", ">", last), limit=CRON_BATCH, order="id"):
            last = batch[-1].id
            for feedback in batch.try_lock_for_update():
                with undo_and_log(self.env.cr, _logger, "Time does not move feedback %s", feedback.id):
                    feedback._pass_time(fields.Datetime.now())
            remaining = max(remaining - len(batch), 0)
            if not progress(len(batch), remaining=remaining):
                break

    @api.model
    def _time_domain(self, now):
        """Feedback that time alone has to move at ``now``."""
        today = clock.to_local(now).date()
        running, new = Domain("state", "in", list(states.RUNNING)), Domain("state", "=", states.NEW)
        return Domain.OR(
            [
                Domain("state", "=", states.DEFERRED) & Domain("deferred_until", "<=", today),
                Domain("state", "=", states.DONE) & Domain("confirm_until", "<=", now),
                new & Domain("reception_status", "=", "running") & Domain("reception_warning", "<=", now),
                new & Domain("reception_status", "!=", "overdue") & Domain("reception_deadline", "<", now),
                new
                & Domain("reception_status", "=", "overdue")
                & Domain("reception_level", "<", 3)
                & Domain("reception_escalation_at", "<=", now),
                running & Domain("handling_status", "=", "running") & Domain("handling_warning", "<=", now),
                running & Domain("handling_status", "!=", "overdue") & Domain("handling_deadline", "<", now),
                running
                & Domain("handling_status", "=", "overdue")
                & Domain("alert_level", "<", 3)
                & Domain("escalation_at", "<=", now),
            ]
        )

    def _pass_time(self, now):
        """Move these records to ``now``."""
        today = clock.to_local(now).date()
        for feedback in self:
            if feedback.state == states.DEFERRED and feedback.deferred_until and feedback.deferred_until <= today:
                feedback._step("resume", when=now)
            elif feedback.state == states.DONE and feedback.confirm_until and feedback.confirm_until <= now:
                feedback._step("confirm", when=now, log_action="silence")
                feedback._draw_for_check()
            else:
                feedback._refresh_clocks(now)
