from odoo.tests import tagged
from odoo.tools import mute_logger

from .mails import EVIL, EvilMailCase
from .test_letter import LetterCommon


@tagged("post_install", "-at_install")
class TestMails(LetterCommon, EvilMailCase):
    """Mails about residents whose names are attacks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_officer.email = "officer@example.com"
        cls.resident_a.name = EVIL
        cls.user_portal_b.partner_id.email = "other.household@example.com"

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_names(self):
        letter = self._letter()
        for record in (self.resident_a, self.household_a, letter):
            with self.subTest(record=record._name), self.mock_mail_gateway():
                record = record.with_env(self.env)
                record.message_subscribe(self.user_officer.partner_id.ids)
                record.activity_schedule("mail.mail_activity_data_todo", user_id=self.user_officer.id, summary=EVIL)
                record.message_post(body=EVIL, subject=EVIL, subtype_xmlid="mail.mt_comment")
                self.assert_mails_harmless({"officer@example.com"})
