import re
import secrets

from odoo import SUPERUSER_ID, api, fields, models

from ..engine import states
from .kdc_feedback_message import STAFF_KINDS

#: Written down by a clerk, who hands over the link, or sent by mail or through another system, which the link answers.
TAKEN_IN = ("phone", "counter", "sms", "zalo", "email", "social", "meeting", "open311")
TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")


class KdcFeedback(models.Model):
    """What outsiders read, and the link by which they find it."""

    _inherit = "kdc.feedback"

    # Whoever holds the link of a nameless feedback confirms and disputes it: not for those whose work is judged.
    follow_token = fields.Char(
        readonly=True, copy=False, groups="base.group_system", default=lambda self: secrets.token_urlsafe(16)
    )

    _follow_token_uniq = models.UniqueIndex("(follow_token)", "This link is already used.")

    def _public_messages(self):
        """The conversation as the reporter reads it: never a note, never words of somebody else.

        Each who joined is a step too; the page gives their number instead of a line for each of them.
        """
        self.ensure_one()
        # sudo: residents hold no right on the rows; the domain leaves out what is for the staff
        messages = self.env["kdc.feedback.message"].sudo()
        mine = [("feedback_id", "=", self.id), ("kind", "not in", STAFF_KINDS), ("action", "!=", "me_too")]
        return messages.search(mine)

    def _reporter_photo_domain(self):
        """Photos the reporter may see: sent with this feedback, even if it was joined, and those of the answers."""
        self.ensure_one()
        return [
            "|", ("origin_id", "=", self.id), "&", ("feedback_id", "=", self.id), ("origin_id", "=", False),
            "|", ("message_id", "=", False), ("message_id.kind", "not in", STAFF_KINDS),
        ]  # fmt: skip

    def _reporter_photos(self):
        """Photos of the report itself, without those of messages."""
        # sudo: residents hold no right on the rows; the domain is the right
        photos = self.env["kdc.feedback.photo"].sudo()
        return photos.search([*self._reporter_photo_domain(), ("message_id", "=", False)])

    def _public_subject(self):
        """The subject as others may read it: that of the board, or else only its category."""
        self.ensure_one()
        return self._public_name() if self.is_public else self.category_id.name or self.env._("Feedback")

    def _offered_place(self):
        """The place in words as others may read it: nothing that is not on the board, and never a home."""
        self.ensure_one()
        return self._public_text(self.location) if self.is_public and not self.dwelling_id else ""

    def _master_result(self):
        """The last result of the feedback this one was joined to; an empty row when there is none yet."""
        self.ensure_one()
        lines = self.env["kdc.feedback.message"]
        # sudo: only the result of the master is read, nothing that could name its reporter
        master = self.sudo().master_id
        if not master or master.state == states.ROUTED:
            return lines
        # An interim answer of another authority ends nothing.
        return lines.sudo().search(  # sudo: as above
            [("feedback_id", "=", master.id), ("kind", "=", "result"), ("action", "in", ("finish", "refuse"))],
            order="date desc, id desc",
            limit=1,
        )

    def _master_result_text(self):
        """The words of that result as everybody may read them: it was written to another person."""
        self.ensure_one()
        # sudo: as in _master_result
        return self.sudo().master_id._public_body(self._master_result())

    def _follow_url(self):
        """Public address to follow this feedback without a login."""
        self.ensure_one()
        # sudo: the link is given to the reporter only
        return f"{self.get_base_url()}/feedback/follow/{self.sudo().follow_token}"

    def action_show_link(self):
        """Show the link to whoever gives it to the reporter again; the conversation keeps who saw it."""
        self.ensure_one()
        self._check_staff()
        self._log_line("note", body=self.env._("The link of the reporter was shown."))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Link of the reporter"),
                "message": self._follow_url(),
                "type": "info",
                "sticky": True,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _by_follow_token(self, token):
        """The feedback of a public link, in superuser mode; empty when the link is wrong.

        What the link may act on comes as the system's own user: its reporter may be signed in while using the link,
        and must not become the creator of a message.
        """
        if not TOKEN.fullmatch(token or ""):
            return self.sudo().browse()  # sudo: an empty recordset
        # sudo: guests hold no right on feedback, the random link is the key
        feedback = self.sudo().search([("follow_token", "=", token)], limit=1)
        return feedback.with_user(SUPERUSER_ID) if feedback._link_acts() else feedback

    def _link_acts(self):
        """Whether whoever has the link may answer, confirm and dispute: its reporter cannot sign in to do so.

        Who is in the register need not have an account; from the day one is opened, old links only read.
        """
        if self.privacy == "anonymous" or self.channel == "guest":
            return True
        # sudo: only whether there is somebody who could sign in; the link went to whoever called or wrote
        return self.channel in TAKEN_IN and not self.sudo().partner_id.user_ids
