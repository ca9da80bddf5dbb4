import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.redact import Box, redact


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
        domain="[('feedback_id', '=', feedback_id), ('kind', 'in', ('reply', 'question', 'result'))]",
    )
    body = fields.Text(string="Text of the answer", compute="_compute_body", store=True, readonly=False)
    photo_id = fields.Many2one("kdc.feedback.photo", domain="[('feedback_id', '=', feedback_id)]")
    mode = fields.Selection([("cover", "Cover in black"), ("blur", "Blur")], required=True, default="blur")
    left = fields.Integer(string="From the left (%)", default=25)
    right = fields.Integer(string="To the right (%)", default=75)
    top = fields.Integer(string="From the top (%)", default=25)
    bottom = fields.Integer(string="To the bottom (%)", default=75)
    preview = fields.Image(string="What remains to be seen", compute="_compute_preview")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "kdc.feedback" and not values.get("feedback_id"):
            values["feedback_id"] = self.env.context.get("active_id")
        feedback = self.env["kdc.feedback"].browse(values.get("feedback_id") or [])
        if feedback and "photo_id" in fields_list:
            values.setdefault("photo_id", feedback.photo_ids[:1].id)
        return values

    # One method each: a value given for one of them would keep the others from being computed.
    @api.depends("feedback_id")
    def _compute_name(self):
        for wizard in self:
            wizard.name = wizard.feedback_id.name

    @api.depends("feedback_id")
    def _compute_description(self):
        for wizard in self:
            wizard.description = wizard.feedback_id.description

    @api.depends("feedback_id")
    def _compute_location(self):
        for wizard in self:
            wizard.location = wizard.feedback_id.location

    @api.depends("answer_id")
    def _compute_answer_value(self):
        for wizard in self:
            wizard.answer_value = wizard.answer_id.value

    @api.depends("feedback_id")
    def _compute_dwelling_id(self):
        for wizard in self:
            wizard.dwelling_id = wizard.feedback_id.dwelling_id

    @api.depends("feedback_id")
    def _compute_latitude(self):
        for wizard in self:
            wizard.latitude = wizard.feedback_id.latitude

    @api.depends("feedback_id")
    def _compute_longitude(self):
        for wizard in self:
            wizard.longitude = wizard.feedback_id.longitude

    @api.depends("line_id")
    def _compute_body(self):
        for wizard in self:
            wizard.body = wizard.line_id.body

    def _box(self):
        """The rectangle of the dialogue.

        :raises UserError: it is none
        """
        self.ensure_one()
        try:
            return Box(self.left, self.top, self.right, self.bottom)
        except ValueError:
            raise UserError(
                self.env._("The rectangle goes from 0 to 100 percent: from left to right, from top to bottom.")
            ) from None

    @api.depends("photo_id", "mode", "left", "right", "top", "bottom", "what")
    def _compute_preview(self):
        for wizard in self:
            wizard.preview = False
            image = wizard.photo_id.with_context(bin_size=False).image
            if not image or wizard.what != "photo":
                continue
            try:
                wizard.preview = base64.b64encode(redact(base64.b64decode(image), wizard._box(), wizard.mode))
            except UserError:
                wizard.preview = image

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
            feedback._moderate_photo(photo, self._box(), self.mode, self.reason)
        else:
            feedback._moderate_photo_public(photo, self.what == "photo_hide", self.reason)
        return {"type": "ir.actions.act_window_close"}
