from odoo import api, fields, models

#: Kinds that only the staff read.
STAFF_KINDS = ("note", "other")


class KdcFeedbackMessage(models.Model):
    """What was said and done about a feedback.

    ``note`` and ``other`` (words of somebody with the same matter) are for the staff only, all the rest the reporter
    reads.

    Rows are written by the methods of ``kdc.feedback`` and never changed: nobody holds the right to write them.
    """

    _name = "kdc.feedback.message"
    _description = "Feedback Message"
    _order = "date, id"

    feedback_id = fields.Many2one("kdc.feedback", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="feedback_id.company_id", store=True, index=True)
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    kind = fields.Selection(
        [
            ("reply", "Reply to the reporter"),
            ("question", "Question to the reporter"),
            ("result", "Result"),
            ("reporter", "Reporter"),
            ("event", "Event"),
            ("note", "Internal note"),
            ("other", "Somebody else"),
        ],
        required=True,
    )
    action = fields.Selection(
        [
            ("send", "Sent"),
            ("receive", "Received"),
            ("start", "Handling started"),
            ("ask", "Question to the reporter"),
            ("reporter_answer", "The reporter answered"),
            ("stop_waiting", "Handling goes on without an answer"),
            ("remind", "The reporter was reminded of the question"),
            ("no_answer", "No answer came in time: handling goes on"),
            ("defer", "Deferred"),
            ("resume", "Handling goes on"),
            ("forward", "Passed to another authority"),
            ("authority_answer", "The other authority answered"),
            ("recall", "Handling goes on without the other authority's answer"),
            ("finish", "Result given"),
            ("refuse", "Refused"),
            ("confirm", "Result confirmed"),
            ("silence", "Confirmed: no answer within the time given"),
            ("dispute", "Result disputed"),
            ("appeal", "Refusal disputed"),
            ("merge", "Joined to another feedback"),
            ("joined", "Another report of the same matter was joined"),
            ("give_back", "Handled on its own again"),
            ("me_too", "Somebody else has the same matter"),
            ("route_out", "Sent to the official way for complaints and denunciations"),
            ("route_back", "Handled as feedback after all"),
            ("split", "Divided: another part has its own number"),
            ("transfer", "Passed to another unit"),
            ("deadline", "Promised date changed"),
            ("visit", "Seen on the spot"),
            ("visit_late", "Result from the spot that came too late"),
        ],
        string="What happened",
    )
    body = fields.Text()
    author_id = fields.Many2one("res.users", string="Written by", ondelete="restrict")
    unit_id = fields.Many2one("kdc.feedback.unit", string="Signed by", ondelete="restrict")
    deadline_before = fields.Datetime()
    deadline_after = fields.Datetime()
    # Of somebody else's words: when the handler was told, see ``kdc_feedback_digest.py``.
    told_user_id = fields.Many2one("res.users", string="Told to", readonly=True, index="btree_not_null")
    told_at = fields.Datetime(string="Told on", readonly=True)
    is_waiting = fields.Boolean(string="Waits for the digest", readonly=True)
    photo_ids = fields.One2many("kdc.feedback.photo", "message_id", string="Photos")
    # Of a visit: made by the phone, so that sending it twice leaves one, see ``kdc_feedback_inspection.py``.
    client_key = fields.Char(readonly=True, copy=False, groups="base.group_system")

    _client_key_uniq = models.UniqueIndex(
        "(client_key) WHERE client_key IS NOT NULL", "This result was already sent."
    )
    # Other systems ask what has happened in a period.
    _told_idx = models.Index("(company_id, date, id)")
    _waiting_idx = models.Index("(feedback_id) WHERE is_waiting IS TRUE")

    def _is_written_down(self):
        """Whether somebody of the ward wrote down what the reporter said by telephone or at the counter."""
        self.ensure_one()
        author = self.author_id.partner_id
        return self.kind == "reporter" and bool(author) and author != self.feedback_id.partner_id

    @api.depends("kind", "action", "date")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        actions = dict(self._fields["action"]._description_selection(self.env))
        for message in self:
            message.display_name = actions.get(message.action) or kinds.get(message.kind, "")
