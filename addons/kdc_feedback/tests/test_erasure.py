from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import FeedbackCommon


@tagged("post_install", "-at_install")
class TestErasure(FeedbackCommon):
    """What the ward did stays on record; who asked for it goes as far as the law lets it."""

    def setUp(self):
        super().setUp()
        self.name = self.resident_a.name
        vals = {"description": f"{self.name} báo: đèn hỏng", "privacy": "named"}
        self.finished, self.open = self._send(**vals), self._send(**vals)
        self.finished._staff_finish(f"Kính gửi {self.name}, đã sửa")
        self.finished._reporter_confirm(5, f"Cảm ơn, {self.name}")
        (self.finished | self.open).write({"contact_phone": "0905123456"})

    def _erase(self):
        self.env.flush_all()
        self.resident_a.sudo()._kdc_erase()
        self.env.invalidate_all()

    def test_who_lives_here(self):
        self._erase()
        self.assertEqual((self.finished | self.open).mapped("privacy"), ["hidden", "hidden"])
        self.assertEqual(self.finished.partner_id, self.resident_a.partner_id)
        self.assertFalse(self.finished.contact_phone, "nobody has to be called any more")
        self.assertTrue(self.open.contact_phone, "the handler may have to call")

    def test_who_has_left(self):
        self.resident_a.membership_ids.date_end = fields.Date.today() - timedelta(days=10)
        self.assertFalse(self.resident_a.household_id)
        self.unit.outside_user_ids = self.user_portal_a
        self.assertEqual(self.resident_a._kdc_feedback_teams(), self.unit)
        self._erase()
        self.assertFalse(self.resident_a._kdc_feedback_teams(), "nobody's team")
        self.assertEqual(self.finished.privacy, "anonymous")
        self.assertFalse(self.finished.partner_id or self.finished.contact_phone)
        texts = [self.finished.description, *self.finished.message_line_ids.mapped("body")]
        self.assertNotIn(self.name, " ".join(filter(None, texts)))
        self.assertEqual(self.open.privacy, "hidden")
        self.assertFalse(self.open.contact_phone or self.open.contact_name)
        self.assertTrue(self.open.is_open, "the ward still mends the lamp")

    def test_bans_by_address_and_number(self):
        """They hold an address as well as those by account do; one in force is not lifted by a request."""
        self.resident_a.email = "an@example.com"
        self.finished.contact_email = "cu@example.com"
        now = fields.Datetime.now()
        values = {
            "company_id": self.company.id, "reason": "Abuse", "user_id": self.env.uid,
            "date_from": now - timedelta(days=30), "date_to": now - timedelta(days=1),
        }  # fmt: skip
        bans = self.env["kdc.feedback.ban"]
        ended = bans.create(
            [
                {**values, "kind": "email", "value": "an@example.com"},
                {**values, "kind": "email", "value": "cu@example.com"},
                {**values, "kind": "phone", "value": "0905123456"},
                {**values, "kind": "account", "partner_id": self.resident_a.partner_id.id},
            ]
        )
        running = bans.create(
            {**values, "kind": "email", "value": "an@example.com", "date_to": now + timedelta(days=1)}
        )
        other = bans.create({**values, "kind": "email", "value": "binh@example.com"})
        sections = {section["key"]: section["rows"] for section in self.resident_a.sudo()._kdc_my_data()}
        self.assertEqual(len(sections["feedback_bans"]), 5)
        self.assertIn("cu@example.com", str(sections["feedback_bans"]))
        self._erase()
        self.assertFalse(ended.exists())
        self.assertEqual((running | other).exists(), running | other)

    def test_the_copy_holds_what_was_said(self):
        """All that the reporter may read, and nothing of what the staff noted for themselves."""
        self.open._log_line("note", body="Người này hay gọi")
        sections = {section["key"]: str(section["rows"]) for section in self.resident_a.sudo()._kdc_my_data()}
        self.assertIn("0905123456", sections["feedback"])
        self.assertIn("đã sửa", sections["feedback_messages"])
        self.assertIn("Cảm ơn", sections["feedback_messages"])
        self.assertNotIn("hay gọi", "".join(sections.values()))
