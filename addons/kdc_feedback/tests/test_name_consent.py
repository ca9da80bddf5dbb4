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
        hidden.privacy = "named"
        self.assertTrue(resident._kdc_has_consent("public_name"), "Said again")
