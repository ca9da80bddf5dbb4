from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine import clock
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine import states

#: Within so many working days what belongs to another authority is passed on (Decree 20/2008/NĐ-CP, article 9).
FORWARD_DAYS = 5
#: Nobody has begun to handle it here, so it may still be another authority's.
UNBEGUN = (states.NEW, states.RECEIVED)


class KdcFeedback(models.Model):
    """Handing a matter to another authority, and following it to the answer; the clock stands still meanwhile."""

    _inherit = "kdc.feedback"

    forward_ids = fields.One2many("kdc.feedback.forward", "feedback_id", string="Other authorities")
    waits_for = fields.Char(string="Letter to", compute="_compute_waits_for")
    answer_due = fields.Date(string="Answer due", compute="_compute_waits_for")
    is_answer_late = fields.Boolean(string="Answer late", compute="_compute_waits_for")
    late_answer = fields.Char(string="What to do", compute="_compute_waits_for")
    forward_by = fields.Date(
        string="To be passed on by",
        compute="_compute_forward_by",
        help="What belongs to another authority is passed on within five working days (Decree 20/2008/NĐ-CP).",
    )
    is_forward_late = fields.Boolean(
        string="Day to pass it on is over", compute="_compute_forward_by", search="_search_is_forward_late"
    )

    @api.depends("forward_ids.state", "forward_ids.answer_due")
    @api.depends_context("lang")
    def _compute_waits_for(self):
        for feedback in self:
            letter = feedback._forward_open()
            feedback.waits_for = letter.display_name
            feedback.answer_due = letter.answer_due
            feedback.is_answer_late = letter.is_late
            feedback.late_answer = letter.is_late and self.env._(
                "No answer from %(authority)s, due on %(date)s. Remind them, or go on without it.",
                authority=letter.display_name,
                date=fmt.date(letter.answer_due),
            )

    @api.depends("submitted_at", "state", "company_id")
    def _compute_forward_by(self):
        """The last day to pass it on; it warns as long as nobody has begun to handle it here."""
        today = today_here(self)
        for feedback in self:
            try:
                feedback.forward_by = feedback._working_day(feedback.submitted_at, FORWARD_DAYS)
            except clock.NoWorkingTime:
                feedback.forward_by = False
            unbegun = feedback.state in UNBEGUN and feedback.forward_by
            feedback.is_forward_late = bool(unbegun) and feedback.forward_by < today

    def _search_is_forward_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = Domain("state", "in", UNBEGUN) & Domain.OR(
            Domain("company_id", "=", company.id) & Domain("submitted_at", "<", self._forward_late_before(company))
            for company in self.env.companies
        )
        return late if True in value else ~late

    @api.model
    def _forward_late_before(self, company):
        """Whatever was sent before this moment (UTC) should have been passed on by now."""
        # sudo: the calendar is configuration
        calendar = company.sudo().kdc_feedback_calendar_id
        work = calendar._feedback_work_calendar()
        term, day = clock.Term(FORWARD_DAYS, "days"), today_here(self)
        today = day
        try:
            while clock.add_term(work, datetime.combine(day, time.min), term).date() >= today:
                day -= timedelta(days=1)
        except clock.NoWorkingTime:
            return datetime.min
        return clock.to_utc(datetime.combine(day + timedelta(days=1), time.min), calendar.tz)

    def _forward_open(self):
        """The letter that waits for its answer, in superuser mode; possibly empty."""
        # sudo: the rows follow the feedback, whose reader was checked
        return self.sudo().forward_ids.filtered(lambda row: row.state == "waiting")

    def _working_day(self, start, days):
        """The last day of a term of working days that begins at ``start`` (UTC), by the calendar of the ward."""
        self.ensure_one()
        # sudo: the calendar is configuration
        calendar = self.company_id.sudo().kdc_feedback_calendar_id
        work = calendar._feedback_work_calendar()
        return clock.add_term(work, clock.to_local(start, calendar.tz), clock.Term(days, "days")).date()

    def _staff_forward(self, body, answer_due, text, letter_number="", when=None):
        """Pass the matter on by letter; the reporter and the public read to whom, and until when an answer is due.

        :param body: ``kdc.feedback.body``
        :param text: for the reporter
        """
        self.ensure_one()
        if not states.can(self.state, "forward"):
            raise UserError(self._explain_forbidden("forward"))
        when = when or fields.Datetime.now()
        sent = clock.to_local(when).date()
        if answer_due < sent:
            raise UserError(self.env._("The answer cannot be due before the letter is sent. Choose a later day."))
        to_reader = self.with_context(lang=self.sudo().partner_id.lang or "vi_VN").env  # sudo: only the language
        letter = to_reader._("Letter no. %(number)s", number=letter_number) if letter_number else ""
        due = to_reader._("An answer is expected by %(date)s.", date=fmt.date(answer_due))
        head = ", ".join(filter(None, (body.name, letter)))
        # The row comes first: the step reads from it when the ward has to act next.
        self.env["kdc.feedback.forward"].sudo().create(  # sudo: rows are written by methods only
            {
                "feedback_id": self.id, "body_id": body.id, "letter_number": letter_number or False,
                "date_sent": sent, "answer_due": answer_due,
            }
        )  # fmt: skip
        self._step("forward", body=f"{head}. {due}\n{text}", when=when)
        self._notify_reporter("forwarded")

    def _staff_take_answer(self, text, answer_date, letter=None, *, closes=False, photos=(), when=None):
        """Take the answer of the other authority in: the matter is back with its handler, or ends with it.

        :param text: their answer, which the reporter and the public read
        :param letter: ``(name, base64)`` of the file, for the staff
        :param closes: whether the answer is the result
        """
        self.ensure_one()
        row = self._forward_open()
        answer = f"{row.body_id.name}:\n{text}"
        said = {} if closes else {"kind": "result", "body": answer, "photos": photos}
        self._step("authority_answer", when=when, **said)
        row.write(
            {
                "state": "answered", "answer": text, "answer_date": answer_date,
                "answer_file_name": letter and letter[0], "answer_file": letter and letter[1],
            }
        )  # fmt: skip
        if closes:
            self._staff_finish(answer, when=when, photos=photos)
        else:
            self._notify_reporter("authority_answer")

    def action_recall(self):
        """Go on without the answer of the other authority."""
        self._check_staff()
        self._step("recall")
        return True

    def _move_pause(self, after, when):
        """Whatever ends the waiting ends the letter that waits: handled without an answer, unless one is taken in."""
        if self.state == states.FORWARDED and after != states.FORWARDED:
            self._forward_open().state = "recalled"
        return super()._move_pause(after, when)

    def _next_due(self):
        """The day on which the answer is due, to its end."""
        if self.state != states.FORWARDED:
            return super()._next_due()
        due = self._forward_open().answer_due
        return due and clock.to_utc(datetime.combine(due, time(23, 59)))

    @api.model
    def _late_answers(self, today):
        """Domain of the letters whose answer is overdue on a day and whose handler was not told yet."""
        late = Domain("state", "=", "waiting") & Domain("answer_due", "<", today) & Domain("is_told", "=", False)
        return Domain("state", "=", states.FORWARDED) & Domain("forward_ids", "any", late)

    @api.model
    def _time_domain(self, now):
        return super()._time_domain(now) | self._late_answers(clock.to_local(now).date())

    def _pass_time(self, now):
        forwarded = self.filtered(lambda feedback: feedback.state == states.FORWARDED)
        for feedback in forwarded:
            feedback._forward_open().is_told = True
            feedback._tell_handler(feedback.env._("The other authority has not answered in time"))
        return super(KdcFeedback, self - forwarded)._pass_time(now)

    def _pause_totals(self):
        """How long the clock stood still, by reason, as the reporter reads it.

        :returns: list of ``(reason, working hours)``, a running pause up to now
        """
        self.ensure_one()
        # sudo: pauses and the calendar; the caller shows them to the reporter only
        feedback = self.sudo()
        calendar = feedback.company_id.kdc_feedback_calendar_id
        work = calendar._feedback_work_calendar()
        labels = dict(feedback.pause_ids._fields["reason"]._description_selection(self.env))
        now = fields.Datetime.now()
        hours = {}
        for pause in feedback.pause_ids:
            start, end = (clock.to_local(one, calendar.tz) for one in (pause.date_start, pause.date_end or now))
            stood = feedback._hours(clock.worked(work, start, end))
            hours[pause.reason] = hours.get(pause.reason, 0) + stood
        return [(labels[reason], value) for reason, value in hours.items()]
