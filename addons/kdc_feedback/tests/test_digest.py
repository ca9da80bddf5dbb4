from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import FeedbackCommon


@tagged("post_install", "-at_install")
class TestDigest(FeedbackCommon):
    """What others write reaches the handler: the first at once, the rest together, the reporter always at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # sent now: nothing is due, so that time alone tells nobody anything
        now = fields.Datetime.now()
        cls.flood, cls.lamp = cls._send(now), cls._send(now, description="The lamp is out")
        cls.alert = cls.env.ref("kdc_feedback.mail_activity_alert")
        cls.env["kdc.feedback.message"].search([("kind", "=", "other")]).is_waiting = False

    def _alerts(self):
        return self.env["mail.activity"].search(
            [("activity_type_id", "=", self.alert.id), ("user_id", "=", self.user_handler.id)], order="id"
        )

    def _run_digest(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("kdc_feedback.ir_cron_digest").method_direct_trigger()
        self.env.invalidate_all()

    def _an_hour_passes(self):
        told = self.env["kdc.feedback.message"].search([("told_at", "!=", False)])
        told.told_at = fields.Datetime.now() - timedelta(minutes=61)

    def test_the_first_comes_at_once_and_fifty_others_together(self):
        self.flood._take_update("Nước vào nhà tôi")
        self.assertEqual(len(self._alerts()), 1)
        for place in range(50):
            (self.flood if place % 2 else self.lamp)._take_update(f"Nhà số {place}")
        self.assertEqual(len(self._alerts()), 1, "not fifty messages")
        self._run_digest()
        self.assertEqual(len(self._alerts()), 1, "the hour is not over")
        self._an_hour_passes()
        self._run_digest()
        digest = self._alerts()[-1]
        self.assertEqual(len(self._alerts()), 2, "one message about two feedbacks")
        self.assertIn("50", digest.summary)
        for feedback in self.flood | self.lamp:
            self.assertIn(feedback.number, digest.note)
            self.assertIn(f"/odoo/feedback-inbox/{feedback.id}", digest.note)
        self._an_hour_passes()
        self._run_digest()
        self.assertEqual(len(self._alerts()), 2, "nothing is told twice")

    def test_the_reporter_is_never_held_back(self):
        self.flood._take_update("Nước vào nhà tôi")
        self.flood._reporter_message("Nước lên nữa rồi")
        self.flood._reporter_message("Gấp lắm")
        self.assertEqual(len(self._alerts()), 3)

    def test_others_have_an_hour_of_their_own(self):
        self.flood._take_update("Nước vào nhà tôi")
        self.lamp.sudo().write({"unit_id": self.other_unit.id})
        self.lamp._take_update("Tối om")
        self.assertTrue(self.lamp.activity_ids.filtered(lambda one: one.activity_type_id == self.alert))

    def test_the_setting(self):
        self.company.kdc_feedback_digest_hours = "0"
        self.flood._take_update("Một")
        self.flood._take_update("Hai")
        self.assertEqual(len(self._alerts()), 2, "each at once")
        self.company.kdc_feedback_digest_hours = "24"
        self.flood._take_update("Ba")
        self._an_hour_passes()
        self._run_digest()
        self.assertEqual(len(self._alerts()), 2, "a day is not over")

    def test_what_is_over_is_told_to_nobody(self):
        self.flood._take_update("Một")
        self.flood._take_update("Hai")
        self.flood._staff_finish("Đã thông cống")
        self._an_hour_passes()
        self._run_digest()
        self.assertFalse(self._alerts())
        self.assertFalse(self.flood.message_line_ids.filtered("is_waiting"))

    def test_markup_of_a_subject_stays_text(self):
        self.flood.sudo().name = "<img src=x onerror=alert(1)>"
        self.flood._take_update("Một")
        self.flood._take_update("Hai")
        self._an_hour_passes()
        self._run_digest()
        self.assertNotIn("<img", self._alerts()[-1].note)
