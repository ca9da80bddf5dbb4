import base64

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..engine.redact import redact

#: Texts of a feedback that can be redacted.
TEXTS = ("name", "description", "location")


class KdcFeedbackModeration(models.Model):
    """What was taken from the eyes of others, by whom and why, with the original.

    The redacted text or photo stands in the place of the original, so that no way out of the house can miss it.
    Rows are written by the methods of ``kdc.feedback`` only and never changed.
    """

    _name = "kdc.feedback.moderation"
    _description = "Feedback Moderation"
    _order = "date desc, id desc"

    feedback_id = fields.Many2one("kdc.feedback", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="feedback_id.company_id", store=True, index=True)
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    user_id = fields.Many2one("res.users", string="By", required=True, ondelete="restrict")
    action = fields.Selection(
        [
            ("hide", "Taken off the public board"),
            ("show", "Put back on the public board"),
            ("text", "Text redacted"),
            ("answer", "Answer of the ward redacted"),
            ("reported_answer", "Answer of the reporter redacted"),
            ("place", "Put to another place"),
            ("photo", "Part of a photo made unreadable"),
            ("photo_hide", "Photo hidden from the public"),
            ("photo_show", "Photo shown to the public again"),
            ("restore", "Original put back"),
            ("ban", "Sender banned for a time"),
            ("lift", "Ban ended early"),
        ],
        string="What was done",
        required=True,
    )
    reason = fields.Char(required=True)
    field_name = fields.Char(readonly=True)
    message_id = fields.Many2one("kdc.feedback.message", ondelete="restrict", index="btree_not_null")
    photo_id = fields.Many2one("kdc.feedback.photo", ondelete="set null", index="btree_not_null")
    original_text = fields.Text(string="Original text")
    original_image = fields.Image(string="Original photo")
    answer_id = fields.Many2one("kdc.feedback.answer", ondelete="restrict", index="btree_not_null")
    original_dwelling_id = fields.Many2one("kdc.dwelling", string="Original dwelling", ondelete="set null")
    original_latitude = fields.Float(digits=(9, 6), aggregator=None)
    original_longitude = fields.Float(digits=(9, 6), aggregator=None)
    has_original = fields.Boolean(compute="_compute_has_original")
    is_restored = fields.Boolean(string="Put back", readonly=True)

    @api.depends("action", "date")
    def _compute_display_name(self):
        labels = dict(self._fields["action"]._description_selection(self.env))
        for row in self:
            row.display_name = labels.get(row.action, "")

    @api.depends("original_text", "original_image", "action", "feedback_id.anonymised_at")
    def _compute_has_original(self):
        for row in self:
            moved = row.action == "place" and not row.feedback_id.anonymised_at
            row.has_original = bool(row.original_text or row.original_image or moved)

    def action_restore(self):
        """Put the original back in its place."""
        self.ensure_one()
        self.feedback_id._check_moderator()
        if self.is_restored or not self.has_original:
            raise UserError(self.env._("There is no original to put back."))
        if self.action == "photo" and not self.photo_id:
            raise UserError(self.env._("This photo is not there any more: its original cannot be put back."))
        later = self.search(
            [
                ("id", ">", self.id),
                ("is_restored", "=", False),
                ("field_name", "=", self.field_name),
                ("message_id", "=", self.message_id.id),
                ("photo_id", "=", self.photo_id.id),
                ("answer_id", "=", self.answer_id.id),
                ("feedback_id", "=", self.feedback_id.id),
                ("action", "=", self.action),
            ],
            limit=1,
        )
        if later:
            raise UserError(self.env._("It was redacted again later: put the later original back first."))
        # sudo: rows, photos and the conversation are written by methods only
        row = self.sudo()
        if row.photo_id:
            row.photo_id.image = row.original_image
        elif row.message_id:
            before, row.message_id.body = row.message_id.body, row.original_text
            row.feedback_id._moderate_letter(before, row.original_text)
        elif row.answer_id:
            row.answer_id.value = row.original_text
        elif row.action == "place":
            row.feedback_id.write(
                {name: row[f"original_{name}"] for name in ("latitude", "longitude")}
                | {"dwelling_id": row.original_dwelling_id.id}
            )
        else:
            row.feedback_id.write({row.field_name: row.original_text})
        row.is_restored = True
        row.feedback_id._log_moderation(
            "restore", row.reason, photo_id=row.photo_id.id, message_id=row.message_id.id, answer_id=row.answer_id.id
        )
        return True


class KdcFeedback(models.Model):
    """Moderation: dispatchers take from the public, or from everybody but themselves, what must not be read."""

    _inherit = "kdc.feedback"

    moderation_ids = fields.One2many("kdc.feedback.moderation", "feedback_id", groups="kdc_feedback.group_dispatcher")

    def _check_moderator(self):
        """Only dispatchers moderate, and only what they may write."""
        if not self.env.user.has_group("kdc_feedback.group_dispatcher"):
            raise AccessError(self.env._("Only dispatchers hide or redact feedback."))
        self.check_access("write")

    def _log_moderation(self, action, reason, **values):
        """Keep who did what and why.

        :raises UserError: there is no reason
        """
        self.ensure_one()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why: whoever asks later must find the reason."))
        # sudo: rows are written by methods only
        return self.env["kdc.feedback.moderation"].sudo().create(
            {
                "feedback_id": self.id, "action": action, "reason": reason.strip(), "user_id": self.env.uid, **values,
            }
        )  # fmt: skip

    def _moderate_board(self, hidden, reason):
        """Take feedback off the public board, or put it back."""
        self._check_moderator()
        for feedback in self.sudo():  # sudo: the flag is written by this method only
            feedback.with_env(self.env)._log_moderation("hide" if hidden else "show", reason)
            feedback.is_hidden = hidden

    def _moderate_texts(self, texts, reason):
        """Replace texts of the feedback; the originals go into the log, which only dispatchers read.

        :param texts: dict of field name → new text, fields of :data:`TEXTS`
        """
        self.ensure_one()
        self._check_moderator()
        for name, text in texts.items():
            if name not in TEXTS:
                raise ValueError(name)
            if (self[name] or "") == (text or ""):
                continue
            if name != "location" and not (text or "").strip():
                raise UserError(self.env._("A feedback needs a subject and a text: write what may be read."))
            self._log_moderation("text", reason, field_name=name, original_text=self[name])
            self.sudo().write({name: text})  # sudo: the moderator's right was checked

    def _moderate_answer(self, line, text, reason):
        """Replace the words of an answer or result of the ward."""
        self.ensure_one()
        self._check_moderator()
        if line.feedback_id != self or line.kind == "note" or not (text or "").strip():
            raise UserError(self.env._("Choose an answer of this feedback and write what may be read."))
        self._log_moderation("answer", reason, message_id=line.id, original_text=line.body)
        row = line.sudo()  # sudo: the conversation and the letters are written by methods only
        before, row.body = row.body, text
        self._moderate_letter(before, text)

    def _moderate_letter(self, before, text):
        """Redact what another authority answered with its letter too, where others read the same words."""
        self.ensure_one()
        for letter in self.sudo().forward_ids:  # sudo: as in _moderate_answer
            if letter.answer and f"\n{before}".endswith(f"\n{letter.answer}"):
                letter.answer = text.removeprefix(f"{letter.body_id.name}:\n")

    def _moderate_photo(self, photo, boxes, mode, reason):
        """Make parts of a photo unreadable; the original goes into the log.

        :param boxes: list of :class:`..engine.redact.Box`
        :param mode: ``cover`` or ``blur``
        """
        self.ensure_one()
        self._check_moderator()
        if photo.feedback_id != self:
            raise UserError(self.env._("Choose a photo of this feedback."))
        # sudo: photos are written by methods only
        photo = photo.sudo()
        self._log_moderation("photo", reason, photo_id=photo.id, original_image=photo.image)
        photo.image = base64.b64encode(redact(base64.b64decode(photo.image), boxes, mode))

    def _moderate_photo_public(self, photo, hidden, reason):
        """Keep a whole photo from the public, or show it again."""
        self.ensure_one()
        self._check_moderator()
        if photo.feedback_id != self:
            raise UserError(self.env._("Choose a photo of this feedback."))
        self._log_moderation("photo_hide" if hidden else "photo_show", reason, photo_id=photo.id)
        photo.sudo().is_hidden = hidden  # sudo: photos are written by methods only
