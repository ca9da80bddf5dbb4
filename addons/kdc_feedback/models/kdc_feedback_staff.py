from odoo import api, fields, models
from odoo.addons.kdc_residents.controllers.light import clean_photo
from odoo.exceptions import UserError

from ..engine import states

#: So many photos of the staff go with one answer, as many as a reporter may send.
MAX_PHOTOS = 5


class KdcFeedback(models.Model):
    """Acts of the staff. The buttons check the right to write; ``_staff_…`` take the step and tell the reporter."""

    _inherit = "kdc.feedback"

    # What is still being written is for those who handle the feedback, not for heads of groups and auditors.
    reply_draft = fields.Text(
        string="Reply to the reporter",
        copy=False,
        groups="kdc_feedback.group_handler",
        help="Only the reporter reads this text, as soon as it is sent. What everybody may read stands in the result.",
    )
    reply_photo_ids = fields.Many2many(
        "ir.attachment",
        "kdc_feedback_reply_photo_rel",
        "feedback_id",
        "attachment_id",
        string="Photos for the reporter",
        copy=False,
        groups="kdc_feedback.group_handler",
        help="Sent with the reply: without the place and the name that a telephone writes into its pictures.",
    )
    reply_template_id = fields.Many2one(
        "kdc.feedback.template",
        string="From a template",
        store=False,
        groups="kdc_feedback.group_handler",
        domain="[('step', 'in', ('reply', False)), ('company_id', 'in', (company_id, False))]",
    )
    note_draft = fields.Text(
        string="Internal note",
        copy=False,
        groups="kdc_feedback.group_handler",
        help="Only the staff read this text.",
    )
    note_to_team = fields.Boolean(
        string="The team outside reads this note", copy=False, groups="kdc_feedback.group_handler"
    )

    def write(self, vals):
        before = self._uploads() if "reply_photo_ids" in vals else None
        result = super().write(vals)
        if before is not None:
            self._keep_apart(self._uploads() - before)
        return result

    def _uploads(self):
        # sudo: files of an unsent reply are closed to all but who chose them
        return self.sudo().reply_photo_ids

    def _keep_apart(self, uploads):
        """Take new photos of an unsent reply off the case, whose readers could open them, and take their EXIF out.

        :raises AccessError: one is not the caller's
        """
        uploads.with_env(self.env).check_access("unlink")
        for upload in uploads.filtered(lambda file: file.res_model == self._name):
            (data,) = self._clean_photos([upload.raw])
            upload.write({"raw": data, "res_id": 0})

    def _drop_uploads(self):
        """What was never sent is not kept after the end of the case."""
        self._uploads().filtered(lambda file: file.res_model == self._name).unlink()

    @api.onchange("reply_template_id")
    def _onchange_reply_template_id(self):
        if self.reply_template_id:
            self.reply_draft = self.reply_template_id._fill(self._origin)

    def _check_staff(self):
        """Acts need the right to write this very feedback; only then sudo takes the step."""
        self.check_access("write")

    def action_receive(self):
        """Tell the reporter that somebody has read it."""
        self._check_staff()
        if not all(feedback.category_id for feedback in self):
            raise UserError(self.env._("Choose the category first: who handles it and until when depend on it."))
        self._staff_receive()
        return True

    def _staff_receive(self, when=None):
        self._step("receive", when=when)
        self._tell("received")

    def action_start(self):
        """Take the work: the user becomes the handler when there is none."""
        self._check_staff()
        self._check_decider()
        for feedback in self:
            feedback._step("start", values={} if feedback.user_id else {"user_id": self.env.uid})
        return True

    def action_take(self):
        """Become the handler."""
        self._check_staff()
        self.write({"user_id": self.env.uid})
        return True

    def action_stop_waiting(self):
        """Go on without the reporter's answer."""
        self._check_staff()
        self._step("stop_waiting")
        return True

    def action_resume(self):
        """Go on with a deferred feedback before its date."""
        self._check_staff()
        self._step("resume")
        return True

    def action_send_reply(self):
        """Send the text of the reply box to the reporter."""
        self.ensure_one()
        self._check_staff()
        if not (self.reply_draft or "").strip():
            raise UserError(self.env._("Write the reply first. The reporter will read it."))
        photos = self._take_photos(self.reply_photo_ids)
        self._staff_reply(self.reply_draft.strip(), photos=photos)
        self.reply_draft = False
        return True

    @api.model
    def _clean_photos(self, files):
        """Safe bytes of pictures: no EXIF, so no place and no name of the officer's phone.

        :raises UserError: too many, or one is no picture
        """
        if len(files) > MAX_PHOTOS:
            raise UserError(self.env._("Send at most %(count)s photos at once.", count=MAX_PHOTOS))
        try:
            return [clean_photo(data) for data in files]
        except ValueError:
            raise UserError(self.env._("This file is not a photo. Choose a JPG, PNG or WebP picture.")) from None

    @api.model
    def _take_photos(self, attachments):
        """Safe bytes of uploaded pictures; the uploads, which still hold all of it, go with the caller's own right."""
        attachments.check_access("unlink")
        photos = self._clean_photos([attachment.raw for attachment in attachments])
        attachments.unlink()
        return photos

    def action_add_note(self):
        """Keep the text of the note box; the reporter never sees it, a team outside only when it is addressed to it."""
        self.ensure_one()
        self._check_staff()
        if not (self.note_draft or "").strip():
            raise UserError(self.env._("Write the note first. Only the staff will read it."))
        to_team = self.note_to_team and self.is_with_team
        self._log_line("note", body=self.note_draft.strip(), unit_id=self.unit_id.id if to_team else False)
        if to_team:
            self._shown_to_teams()._tell_team("note")
        self.write({"note_draft": False, "note_to_team": False})
        return True

    def _staff_reply(self, body, when=None, photos=()):
        """An answer that does not end the matter."""
        self.ensure_one()
        if self.state == states.NEW:
            self._step("receive", when=when)
        self._log_line("reply", body=body, when=when, photos=photos)
        self._notify_reporter("reply")

    def _staff_ask(self, body, when=None):
        """Ask the reporter; the handling clock stops until the answer."""
        self._step("ask", kind="question", body=body, when=when)
        self._notify_reporter("question")

    def _staff_finish(self, body, when=None, photos=()):
        """Give the result; the reporter may confirm or dispute it.

        :raises UserError: the category asks for a photo and there is none
        """
        self.ensure_one()
        self._check_decider()
        if self.category_id.needs_photo_after and not photos:
            raise UserError(
                self.env._(
                    "“%(category)s” is closed with a photo of the result. Add a photo; your text was kept.",
                    category=self.category_id.name,
                )
            )
        self._step("finish", kind="result", body=body, when=when, photos=photos)
        self._tell("result")

    def _staff_refuse(self, reason, body, when=None):
        """Not accepted, with a reason of the list and words."""
        self._check_decider()
        self._step("refuse", kind="result", body=body, when=when, values={"refusal_reason_id": reason.id})
        self._tell("refused")

    def _staff_defer(self, until, body, when=None):
        """Put it off to a day known in advance; it comes back by itself."""
        self._step("defer", body=body, when=when, values={"deferred_until": until})
        self._tell("deferred")

    def _staff_transfer(self, unit, body=None, when=None, why=None, user=None):
        """Give it to another unit; the clocks run on, the reporter sees who has it now.

        What the former unit was told of goes with it: its own people lose those activities, the supervisor keeps his.

        :param body: for the staff, and for the team outside of the new unit
        :param why: for the reporter
        :param user: who of the new unit handles it, when that is known
        """
        alert = self.env.ref("kdc_feedback.mail_activity_alert")
        for feedback in self.sudo():  # sudo: after the step the caller may not reach the feedback any more
            former = (feedback.user_id | feedback.unit_id._people()) - feedback._supervisor()
            feedback.activity_ids.filtered(
                lambda activity, former=former: activity.activity_type_id == alert and activity.user_id in former
            ).unlink()
            feedback.write({"unit_id": unit.id, "user_id": user.id if user else False})
            feedback._hand_alerts_on()
            feedback._log_line("event", "transfer", body=why, when=when, unit_id=unit.id)
            if body:
                feedback._log_line("note", "transfer", body=body, when=when, unit_id=unit.id)
        self.sudo()._plan_activities()  # sudo: as above

    def _staff_merge(self, master, when=None):
        """Join duplicates to ``master``: their reporters are told, and are told again when it ends.

        Followers, photos and what was joined before move to the master.
        """
        self._check_decider()
        if master in self or master.state in states.SETTLED:
            raise UserError(self.env._("Join to another feedback that is still open."))
        self._step("merge", when=when, values={"master_id": master.id})
        self.sudo()._move_to_master(master.sudo(), when)  # sudo: rows that methods only write, see _check_staff
        self._notify_reporter("merged")

    def _give_back(self, kind="event", body=None, when=None, photos=()):
        """Handle what was joined on its own again, with a new promise; its photos come back with it.

        :param body: the words of a reporter who wants it so
        """
        for feedback in self:
            if "joined" in feedback.message_line_ids.mapped("action"):
                feedback._log_line(
                    "note",
                    body=self.env._(
                        "Others were joined to this feedback before. They stay with %(number)s: look whether they "
                        "belong there.",
                        number=feedback.master_id.number,
                    ),
                    when=when,
                )
            feedback.master_id.photo_ids.filtered(lambda photo, origin=feedback: photo.origin_id == origin).write(
                {"origin_id": False, "feedback_id": feedback.id}
            )
            feedback._step("give_back", kind=kind, body=body, when=when, photos=photos)

    def _move_to_master(self, master, when=None):
        """Whoever follows or was joined hangs on the master now; photos too, for the staff who handle it."""
        self.joined_ids.write({"master_id": master.id})
        there = master.follower_ids.partner_id | master.partner_id
        for follower in self.follower_ids:
            if follower.partner_id and follower.partner_id in there:
                follower.unlink()
            else:
                follower.feedback_id = master
                there |= follower.partner_id
        for feedback in self:
            for photo in feedback.photo_ids.filtered(lambda photo: not photo.message_id):
                photo.write({"origin_id": photo.origin_id.id or feedback.id, "feedback_id": master.id})
            master._log_line("event", "joined", when=when)
