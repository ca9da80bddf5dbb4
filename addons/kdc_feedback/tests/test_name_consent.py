from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import FeedbackCommon


@tagged("post_install", "-at_install")
class TestNameConsent(FeedbackCommon):
    def test_name_goes_with_the_consent(self):
        """Letting everybody know is a consent; withdrawing it hides the name on all feedback, handlers still see it."""
        resident = self.resident_a
        feedback = self._send(partner=resident.partner_id, privacy="named")
        self.assertTrue(resident._kdc_has_consent("public_name"))
        reader = feedback.with_user(self.user_auditor)
        self.assertEqual(reader.reporter_name, resident.name)
        self.env["kdc.consent"]._record(resident, "public_name", "withdrawn", "portal")
        self.env.invalidate_all()
        self.assertNotIn(resident.name, reader.reporter_name)
        self.assertEqual(feedback.with_user(self.user_handler).reporter_name, resident.name)
        hidden = self._send(partner=resident.partner_id, privacy="hidden")
        self.assertFalse(resident._kdc_has_consent("public_name"))
        part = feedback.with_user(self.user_handler)._staff_split(self.category_urgent, "Flooded too").sudo()
        self.assertEqual((part.privacy, resident._kdc_has_consent("public_name")), ("hidden", False))
        self.env["kdc.feedback"].create({**feedback.copy_data()[0], "partner_id": resident.partner_id.id})
        self.assertFalse(resident._kdc_has_consent("public_name"), "Nobody but the resident says so")
        hidden.privacy = "named"
        self.assertTrue(resident._kdc_has_consent("public_name"), "Said again")
        part = feedback.with_user(self.user_handler)._staff_split(self.category_urgent, "Flooded too").sudo()
        self.assertEqual(part.privacy, "named")

    def test_staff_show_no_name_against_the_reporter(self):
        """What the reporter hid stays hidden; the staff may hide more, and note what was said on the telephone."""
        resident = self.resident_a
        hidden = self._send().with_user(self.user_handler)
        for vals in ({"privacy": "named"}, {"channel": "phone"}, {"channel": "phone", "privacy": "named"}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                hidden.write(vals)
        self.assertEqual((hidden.privacy, hidden.channel), ("hidden", "portal"))
        self.assertFalse(resident._kdc_has_consent("public_name"))
        named = self._send(privacy="named").with_user(self.user_handler)
        with self.assertRaises(UserError):
            named.partner_id = self.user_portal_b.partner_id
        named.privacy = "hidden"
        with self.assertRaises(UserError):
            named.privacy = "named"
        called = self._send(channel="phone")
        self.env.cr.flush()
        called = called.with_user(self.user_handler).with_context(tracking_disable=False)
        called.privacy = "named"
        self.assertEqual(called.privacy, "named")
        self.env.cr.flush()
        values = called.sudo().message_ids.tracking_value_ids
        self.assertIn("privacy", values.field_id.mapped("name"))
