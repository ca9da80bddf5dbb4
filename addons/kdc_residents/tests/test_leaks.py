import base64

from odoo.tests import tagged
from odoo.tools import mute_logger

from .leaks import LeakCase, picture
from .test_letter import LetterCommon


@tagged("post_install", "-at_install")
class TestRegisterLeaks(LetterCommon, LeakCase):
    """The register before another household, the head of another group and a guest."""

    def test_conversations(self):
        letter = self._signed(resident=self.resident_b)
        for record in (letter, self.resident_b, self.household_b, self.resident_b.partner_id):
            self.assert_conversation_closed(record.with_env(self.env), "kdc_officer")

    def test_address_cards(self):
        """Odoo's way to take contacts home: one, or a list of ids."""
        ids = self.resident_a.partner_id.id, self.resident_b.partner_id.id
        for login, allowed in (("kdc_staff", False), ("kdc_area_head", False), ("kdc_officer", True)):
            self.authenticate(login, login)
            for wanted in (ids, ids[:1]):
                with self.subTest(login, wanted=wanted), mute_logger("odoo.http"):
                    answer = self.url_open(f"/web/partner/vcard?partner_ids={','.join(map(str, wanted))}")
                    self.assertEqual(answer.status_code == 200, allowed)
                    self.assertEqual(answer.headers["Content-Type"] in ("application/zip", "text/vcard"), allowed)

    def test_files(self):
        """Letters, the photo of a proof, pictures of people: the path of the field and that of its file."""
        image = base64.b64encode(picture())
        letter = self._signed(resident=self.resident_b).with_env(self.env)
        letter.scan = image
        requests = self.env["kdc.change.request"].with_user(self.user_portal_b)
        change = requests._submit(self.resident_b, {"name": "Lê Thị Anh"}, "Ghi sai", photo=image).with_env(self.env)
        self.resident_b.image_1920 = image
        for record, field in (
            (letter, "pdf"),
            (letter, "scan"),
            (change, "photo"),
            (self.resident_b, "image_1920"),
            (self.resident_b.partner_id, "image_1920"),
            (self.resident_b.partner_id, "image_128"),
        ):
            if record[field]:
                # The page that hands out a letter notes who looked, so its file has no other way.
                self.assert_field_closed(record, field, None if field == "pdf" else "kdc_officer")
