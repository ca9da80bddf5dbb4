import base64
import io
import secrets

import qrcode
from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.controllers.light import clean_photo
from odoo.addons.kdc_residents.engine.phone import to_e164
from odoo.addons.kdc_residents.tools.actions import form_of
from odoo.exceptions import AccessError, UserError

from ..engine import petition


class KdcFeedbackIntake(models.TransientModel):
    """Somebody tells it on the telephone or at the counter; a clerk writes it down, and gives number and link back.

    The clerk needs no right on feedback: what is sent here goes the way of a resident's own form.
    """

    _name = "kdc.feedback.intake"
    _description = "Take in Feedback"

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    # One sending per dialogue, however often the button is pressed.
    client_key = fields.Char(readonly=True, default=lambda self: f"intake-{secrets.token_urlsafe(16)}")
    channel = fields.Selection(
        [
            ("phone", "Phone"),
            ("counter", "Counter"),
            ("sms", "Text message"),
            ("zalo", "Zalo"),
            ("email", "E-mail"),
            ("social", "Social network"),
            ("meeting", "Residents' meeting"),
        ],
        string="It came by",
        required=True,
        default="phone",
    )
    privacy = fields.Selection(
        [("hidden", "Name hidden from the public"), ("named", "Name may be shown"), ("anonymous", "No name stored")],
        string="The name",
        required=True,
        default="hidden",
        help="Ask the person; silence is no consent to show the name.",
    )
    is_private = fields.Boolean(
        string="Not for the public board", help="Neither the public nor the head of the residential group reads it."
    )
    resident_id = fields.Many2one("kdc.resident", domain="[('company_id', '=', company_id)]", help="Of the register.")
    has_account = fields.Boolean(compute="_compute_has_account")
    contact_name = fields.Char(string="Name of the caller")
    contact_phone = fields.Char(string="Telephone")
    send_text = fields.Boolean(
        string="Send number and link by text",
        default=True,
        help="Questions and the result are sent the same way.",
    )
    category_id = fields.Many2one(
        "kdc.feedback.category",
        domain="[('is_emergency', '=', False), ('child_ids', '=', False), ('company_id', 'in', (company_id, False))]",
    )
    notice = fields.Text(related="category_id.notice")
    answer_ids = fields.One2many("kdc.feedback.intake.answer", "intake_id", string="Questions")
    area_id = fields.Many2one(
        "kdc.area",
        string="Residential group",
        domain="[('company_id', '=', company_id), ('kind', '=', 'group'), ('date_to', '=', False)]",
    )
    location = fields.Char(string="Place")
    description = fields.Text(string="What the person reports")
    petition_kind = fields.Selection(
        [(petition.COMPLAINT, "Complaint"), (petition.DENUNCIATION, "Denunciation")],
        readonly=True,
        help="What the words read like; the person was asked about it before it is sent.",
    )
    photo = fields.Image(max_width=1600, max_height=1600)
    number = fields.Char(readonly=True)
    link = fields.Char(readonly=True)
    promised = fields.Datetime(string="Promised by", readonly=True)
    qr_image = fields.Binary(string="QR code of the link", compute="_compute_qr_image")

    @api.depends("number")
    def _compute_display_name(self):
        for intake in self:
            intake.display_name = intake.number or self.env._("Take in feedback")

    @api.depends("resident_id")
    def _compute_has_account(self):
        for intake in self:
            # sudo: only whether the person can sign in, and reads everything on the own page
            intake.has_account = bool(intake.resident_id.sudo().partner_id.user_ids)

    @api.depends("link")
    def _compute_qr_image(self):
        for intake in self:
            intake.qr_image = False
            if intake.link:
                stream = io.BytesIO()
                qrcode.make(intake.link, box_size=5, border=2).save(stream, format="PNG")
                intake.qr_image = base64.b64encode(stream.getvalue())

    @api.onchange("category_id")
    def _onchange_category_id(self):
        """What is to be asked about this subject."""
        lines = [Command.create({"question_id": one.id, "name": one.name}) for one in self.category_id.question_ids]
        self.answer_ids = [Command.clear(), *lines]

    def action_send(self):
        """Send it, tell the person, and show number and link; a second press shows the same again."""
        self.ensure_one()
        if not self.env.user.has_group("kdc_feedback.group_intake"):
            raise AccessError(self.env._("Feedback is taken in by the counter and the feedback office."))
        values, photos = self._values(), self._photos()
        kind = petition.recognise(values["description"])
        if kind and self.petition_kind != kind and not self.number:
            self.petition_kind = kind
            return self._open()
        partner = self.resident_id.partner_id if self.privacy != "anonymous" else None
        feedback, created = self._send(values, photos, partner)
        if created:
            self._tell(feedback)
        return self._open()

    def _send(self, values, photos, partner):
        """Store it once, however often it is sent; returns it and whether that was now."""
        feedback, created = self.env["kdc.feedback"]._submit(values, partner, photos, client_key=self.client_key)
        self.write({"number": feedback.number, "link": feedback._follow_url(), "promised": feedback.handling_deadline})
        return feedback, created

    def _values(self):
        """Values of the feedback.

        :raises UserError: something is missing, with what to do
        """
        text = (self.description or "").strip()
        if not text or not self.category_id:
            raise UserError(self.env._("Write what the person reports and choose the category."))
        return {
            **self._who(),
            "wants_no_text": not self.send_text,
            "company_id": self.company_id.id,
            "channel": self.channel,
            "privacy": self.privacy,
            "is_private": self.is_private,
            "category_id": self.category_id.id,
            "area_id": self.area_id.id,
            "location": self.location,
            "description": text,
            "answer_ids": [
                Command.create({"question_id": line.question_id.id, "value": line.question_id._clean(line.value)})
                for line in self.answer_ids
                if (line.value or "").strip()
            ],
        }

    def _who(self):
        """Name and telephone to keep: who is in the register needs no name, who has an account no telephone either.

        :raises UserError: there is nobody, or the telephone is none
        """
        who = {"contact_name": False, "contact_phone": False}
        if self.privacy == "anonymous" or self.has_account:
            return who
        name, phone = (self.contact_name or "").strip(), (self.contact_phone or "").strip()
        if not (self.resident_id or name or phone):
            raise UserError(
                self.env._("Choose the resident, or write name or telephone. Who wants neither sends without a name.")
            )
        try:
            who["contact_phone"] = to_e164(phone) if phone else False
        except ValueError:
            raise UserError(self.env._("This is not a telephone number. Example: 0905 123 456")) from None
        return who if self.resident_id else {**who, "contact_name": name or False}

    def _photos(self):
        data = self.with_context(bin_size=False).photo
        if not data:
            return []
        try:
            return [clean_photo(base64.b64decode(data))]
        except ValueError:
            raise UserError(self.env._("This file is not a photo. Choose a JPG, PNG or WebP picture.")) from None

    def _tell(self, feedback):
        """A notice for whoever can sign in, a text for whoever gave a number and was asked."""
        feedback._notify_reporter("taken_in")
        if feedback.contact_phone and self.send_text:
            body = self.env._("Feedback %(number)s: %(link)s", number=feedback.number, link=feedback._follow_url())
            self.env["kdc.text.message"]._queue([(feedback.contact_phone, body)])

    def _open(self):
        return form_of(self, self.env._("Take in feedback"), target="new", context={"dialog_size": "extra-large"})


class KdcFeedbackIntakeAnswer(models.TransientModel):
    _name = "kdc.feedback.intake.answer"
    _description = "Answer Taken in with Feedback"

    intake_id = fields.Many2one("kdc.feedback.intake", required=True, ondelete="cascade")
    question_id = fields.Many2one("kdc.feedback.question", required=True, ondelete="cascade")
    name = fields.Char(string="Question as asked", related="question_id.name")
    value = fields.Char(string="Answer")
