from odoo import api, fields, models
from odoo.addons.kdc_residents.engine import clock


class KdcFeedback(models.Model):
    """How long both clocks really ran, in hours of the ward's working time; kept, so that figures only read."""

    _inherit = "kdc.feedback"

    reception_hours = fields.Float(
        string="Reception (working hours)",
        compute="_compute_reception_hours",
        store=True,
        aggregator="avg",
        help="Working time from sending to reception.",
    )
    handling_hours = fields.Float(
        string="Handling (working hours)",
        compute="_compute_handling_hours",
        store=True,
        aggregator="avg",
        help="Working time from sending, or from the last dispute, to the result; pauses are not counted.",
    )

    @api.depends("submitted_at", "received_at")
    def _compute_reception_hours(self):
        self.reception_hours = 0
        for feedback, work, local in self._with_hours("received_at"):
            feedback.reception_hours = self._hours(
                clock.worked(work, local(feedback.submitted_at), local(feedback.received_at))
            )

    @api.depends("term_start", "done_at", "pause_ids.date_start", "pause_ids.date_end")
    def _compute_handling_hours(self):
        self.handling_hours = 0
        for feedback, work, local in self._with_hours("done_at"):
            done = feedback.done_at
            pauses = [(local(pause.date_start), local(pause.date_end or done)) for pause in feedback.pause_ids]
            start = local(feedback.term_start or feedback.submitted_at)
            feedback.handling_hours = self._hours(clock.elapsed(work, start, local(done), pauses))

    def _with_hours(self, moment):
        """Those that have reached a moment, each with the working calendar of its ward and its local time.

        :returns: iterator of ``(feedback, WorkCalendar, function from UTC to local time)``
        """
        for company, group in self.filtered(moment).grouped("company_id").items():
            # sudo: the calendar is configuration
            calendar = company.sudo().kdc_feedback_calendar_id
            work = calendar._feedback_work_calendar()

            def local(instant, tz=calendar.tz):
                return clock.to_local(instant, tz)

            for feedback in group:
                yield feedback, work, local

    @api.model
    def _hours(self, time):
        return max(time.total_seconds(), 0) / 3600
