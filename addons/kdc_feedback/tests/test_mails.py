from odoo.addons.kdc_residents.tests.mails import EVIL, EvilMailCase
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import FeedbackCommon


@tagged("post_install", "-at_install")
class TestMails(FeedbackCommon, EvilMailCase):
    """A mail from outside becomes feedback, and what Odoo writes to the staff about it stays harmless."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_handler.email = "handler@example.com"
        cls.resident_a.partner_id.email = "reporter@example.com"

    def _tell_staff(self, feedback):
        feedback.message_subscribe(self.user_handler.partner_id.ids)
        feedback.activity_schedule("mail.mail_activity_data_todo", user_id=self.user_handler.id, summary=EVIL)
        feedback.message_notify(partner_ids=self.user_handler.partner_id.ids, subject=feedback.name, body=EVIL)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_hostile_mail(self):
        feedback = self.env["kdc.feedback"].message_new(
            {"email_from": '"<b>Mai</b>" <mai@evil.example>', "subject": EVIL, "body": f"<p>Hố ga</p>{EVIL}"},
            {"company_id": self.company.id, "category_id": self.category.id, "area_id": self.group_a.id},
        )
        self.assertEqual(len(feedback.name.splitlines()), 1, "A subject is one line")
        with self.mock_mail_gateway():
            self._tell_staff(feedback)
            self.assert_mails_harmless({"handler@example.com"})

    def test_mail_is_not_public_until_released(self):
        """A mail holds signatures and quoted letters: a dispatcher reads it before the public does."""
        feedback = self.env["kdc.feedback"].message_new(
            {"email_from": "mai@example.com", "subject": "Hố ga", "body": "<p>Hố ga</p><p>Trần Thị Mai, 12 Lê Lợi</p>"},
            {"company_id": self.company.id, "category_id": self.category.id, "area_id": self.group_a.id},
        )
        feedback._staff_receive()
        self.assertFalse(feedback.is_public)
        feedback.with_user(self.user_dispatcher).is_private = False
        self.assertTrue(feedback.is_public)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_hostile_form(self):
        """The reporter gets no mail either: what is decided stands on a page behind the login."""
        feedback = self._send(description=EVIL, location=EVIL)
        with self.mock_mail_gateway():
            self._tell_staff(feedback)
            feedback.with_user(self.user_handler).reply_draft = EVIL
            feedback.with_user(self.user_handler).action_send_reply()
            self.assert_mails_harmless({"handler@example.com"})
