import base64
from contextlib import suppress

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.redact import Box, redact
from ..models.kdc_feedback_ban import KINDS

#: More is a photo to hide as a whole.
MOST_BOXES = 20
#: Fields that lead to something of a ward.
NAMED = ("feedback_id", "answer_id", "line_id", "photo_id")


class KdcFeedbackModerate(models.TransientModel):
    """The dispatcher's dialogue: hide, redact a text, make part of a photo unreadable; always with a reason."""

    _name = "kdc.feedback.moderate"
    _description = "Moderate Feedback"

    feedback_id = fields.Many2one("kdc.feedback", required=True, readonly=True)
    what = fields.Selection(
        [
            ("hide", "Take it off the public board"),
            ("show", "Put it back on the public board"),
            ("text", "Redact the text"),
            ("reported_answer", "Redact an answer of the reporter"),
            ("place", "Put it to another place"),
            ("answer", "Redact an answer of the ward"),
            ("photo", "Make part of a photo unreadable"),
            ("photo_hide", "Hide a photo from the public"),
            ("photo_show", "Show a photo to the public again"),
            ("ban", "Ban the sender for a time"),
        ],
        string="What to do",
        required=True,
        default="text",
    )
    reason = fields.Char(required=True, help="Kept in the log with your name.")
    name = fields.Char(string="Subject", compute="_compute_name", store=True, readonly=False)
    description = fields.Text(compute="_compute_description", store=True, readonly=False)
    location = fields.Char(string="Place", compute="_compute_location", store=True, readonly=False)
    answer_id = fields.Many2one(
        "kdc.feedback.answer",
        string="Question",
        domain="[('feedback_id', '=', feedback_id), ('value', '!=', False)]",
    )
    answer_value = fields.Char(string="What may be read", compute="_compute_answer_value", store=True, readonly=False)
    dwelling_id = fields.Many2one("kdc.dwelling", compute="_compute_dwelling_id", store=True, readonly=False)
    latitude = fields.Float(digits=(9, 6), compute="_compute_latitude", store=True, readonly=False)
    longitude = fields.Float(digits=(9, 6), compute="_compute_longitude", store=True, readonly=False)
    line_id = fields.Many2one(
        "kdc.feedback.message",
        string="Answer",
        domain="[('feedback_id', '=', feedback_id), '|', ('kind', 'in', ('reply', 'question', 'result')), "
        "('action', 'in', ('forward', 'defer'))]",
    )
    body = fields.Text(string="Text of the answer", compute="_compute_body", store=True, readonly=False)
    photo_id = fields.Many2one("kdc.feedback.photo", domain="[('feedback_id', '=', feedback_id)]")
    mode = fields.Selection([("cover", "Cover in black"), ("blur", "Blur")], required=True, default="blur")
    boxes = fields.Json(
        string="What nobody should recognise",
        compute="_compute_boxes",
        store=True,
        readonly=False,
        help="Rectangles: left, top, right, bottom in percent of the photo.",
    )
    ban_kind = fields.Selection(KINDS, string="Ban by")
    ban_days = fields.Selection(
        [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "One year")], string="For", default="30"
    )
    ban_known = fields.Text(string="Known of the sender", compute="_compute_ban_known")
    ban_message = fields.Text(string="What the person reads", compute="_compute_ban_message")
    preview = fields.Image(string="What remains to be seen", compute="_compute_preview")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "kdc.feedback" and not values.get("feedback_id"):
            values["feedback_id"] = self.env.context.get("active_id")
        feedback = self.env["kdc.feedback"].browse(values.get("feedback_id") or [])
        if feedback and "photo_id" in fields_list:
            values.setdefault("photo_id", feedback.photo_ids[:1].id)
        if feedback and "ban_kind" in fields_list:
            values.setdefault("ban_kind", next(iter(feedback._bannable()), False))
        return values

    def _readable(self, name):
        """What a field leads to, once it is sure that the user may read it.

        Odoo computes stored fields as the system, and the dialogue may be given the id of a feedback of another ward.
        """
        record = self[name]._origin
        if record:
            record.with_user(self.env.user).check_access("read")
        return record

    @api.constrains(*NAMED)
    def _check_readable(self):
        """Nobody names what he may not read: the name alone would tell its subject."""
        for wizard in self:
            for name in NAMED:
                wizard._readable(name)

    # One method each: a value given for one of them would keep the others from being computed.
    @api.depends("feedback_id")
    def _compute_name(self):
        for wizard in self:
            wizard.name = wizard._readable("feedback_id").name

    @api.depends("feedback_id")
    def _compute_description(self):
        for wizard in self:
            wizard.description = wizard._readable("feedback_id").description

    @api.depends("feedback_id")
    def _compute_location(self):
        for wizard in self:
            wizard.location = wizard._readable("feedback_id").location

    @api.depends("answer_id")
    def _compute_answer_value(self):
        for wizard in self:
            wizard.answer_value = wizard._readable("answer_id").value

    @api.depends("feedback_id")
    def _compute_dwelling_id(self):
        for wizard in self:
            wizard.dwelling_id = wizard._readable("feedback_id").dwelling_id

    @api.depends("feedback_id")
    def _compute_latitude(self):
        for wizard in self:
            wizard.latitude = wizard._readable("feedback_id").latitude

    @api.depends("feedback_id")
    def _compute_longitude(self):
        for wizard in self:
            wizard.longitude = wizard._readable("feedback_id").longitude

    @api.depends("line_id")
    def _compute_body(self):
        for wizard in self:
            wizard.body = wizard._readable("line_id").body

    @api.depends("photo_id")
    def _compute_boxes(self):
        for wizard in self:
            wizard.boxes = []

    @api.depends("feedback_id")
    def _compute_ban_known(self):
        """What a ban can hold on to; the network of a guest has no name to show."""
        labels = dict(self._fields["ban_kind"]._description_selection(self.env))
        for wizard in self:
            known = self.env["kdc.feedback.ban"]
            lines = []
            feedback = wizard._readable("feedback_id")
            for kind, values in feedback._bannable().items() if feedback else ():
                name = known.new(values).display_name if kind != "guest" else ""
                lines.append(": ".join(filter(None, (labels[kind], name))))
            wizard.ban_known = "\n".join(lines)

    @api.depends("reason", "ban_days", "feedback_id")
    def _compute_ban_message(self):
        now = fields.Datetime.now()
        for wizard in self:
            date_to = fields.Datetime.add(now, days=int(wizard.ban_days or 0))
            ban = self.env["kdc.feedback.ban"].new(
                {"company_id": wizard.feedback_id.company_id.id, "reason": wizard.reason or "(…)", "date_to": date_to}
            )
            wizard.ban_message = ban._message()

    def _read_boxes(self):
        """The rectangles of the dialogue.

        :raises UserError: there is none, or one makes no sense
        """
        self.ensure_one()
        try:
            boxes = [Box(*map(float, box)) for box in self.boxes or []]
        except (TypeError, ValueError):
            raise UserError(
                self.env._("A rectangle goes from 0 to 100 percent: from left to right, from top to bottom.")
            ) from None
        if not 0 < len(boxes) <= MOST_BOXES:
            raise UserError(
                self.env._("Draw a rectangle over what nobody should recognise, at most %(most)s.", most=MOST_BOXES)
            )
        return boxes

    @api.depends("photo_id", "mode", "boxes", "what")
    def _compute_preview(self):
        for wizard in self:
            wizard.preview = False
            image = wizard.photo_id.with_context(bin_size=False).image
            if not image or wizard.what != "photo":
                continue
            # Half-typed numbers or nothing drawn yet: nothing to show.
            with suppress(UserError):
                wizard.preview = base64.b64encode(redact(base64.b64decode(image), wizard._read_boxes(), wizard.mode))

    def action_apply(self):
        """Do it; the methods of the feedback check the right and keep the original."""
        self.ensure_one()
        feedback, photo = self.feedback_id, self.photo_id
        if self.what in ("hide", "show"):
            feedback._moderate_board(self.what == "hide", self.reason)
        elif self.what == "text":
            texts = {"name": self.name, "description": self.description, "location": self.location}
            feedback._moderate_texts(texts, self.reason)
        elif self.what == "reported_answer":
            feedback._moderate_reported_answer(self.answer_id, self.answer_value, self.reason)
        elif self.what == "place":
            feedback._moderate_place(self.dwelling_id, self.latitude, self.longitude, self.reason)
        elif self.what == "answer":
            feedback._moderate_answer(self.line_id, self.body, self.reason)
        elif self.what == "photo":
            feedback._moderate_photo(photo, self._read_boxes(), self.mode, self.reason)
        elif self.what == "ban":
            feedback._ban(self.ban_kind, int(self.ban_days), self.reason)
        else:
            feedback._moderate_photo_public(photo, self.what == "photo_hide", self.reason)
        return {"type": "ir.actions.act_window_close"}
