from datetime import timedelta

from freezegun import freeze_time
from odoo.tests import Form, tagged

from .common import WEDNESDAY_NINE, FeedbackCommon

PHONE = "+84905123456"


@tagged("post_install", "-at_install")
class TestTold(FeedbackCommon):
    """Whoever left nothing but a telephone number is told what matters, by the way texts go."""

    def _texts(self, number=PHONE):
        self.env.flush_all()
        return self.env["kdc.text.message"].search([("number", "=", number)], order="id").mapped("body")

    def _call(self, **vals):
        """A call of somebody who is not in the register."""
        case = self._send(**{"channel": "phone", "contact_phone": PHONE, **vals})
        case.partner_id = False
        return case

    def test_question_result_refusal_and_deferral_reach_a_telephone(self):
        steps = {
            "question": lambda case: case._staff_ask("Which alley?"),
            "result": lambda case: case._staff_finish("Repaired"),
            "refusal": lambda case: case._staff_refuse(self.env.ref("kdc_feedback.refusal_unclear"), "Not clear"),
            "deferral": lambda case: (case._staff_receive(), case._staff_defer("2030-01-01", "Next year")),
        }
        for name, step in steps.items():
            case, before = self._call(), len(self._texts())
            step(case)
            texts = self._texts()[before:]
            with self.subTest(step=name):
                self.assertEqual(len(texts), 1, "receiving it sends none")
                self.assertIn(case.number, texts[0])
                self.assertIn(case._follow_url(), texts[0])
                self.assertLessEqual(len(texts[0]), 160)

    def test_nobody_gets_two_or_an_unwanted_one(self):
        self._send(contact_phone=PHONE)._staff_ask("Where?")
        self._call(wants_no_text=True)._staff_ask("Where?")
        self.assertFalse(self._texts(), "one has a page, the other wants no texts")
        self.assertEqual(self._call(contact_phone="by the pump").reporter_reach, "none", "another system sent that")

    def test_the_staff_know_before_they_send_who_cannot_be_told(self):
        anonymous = self._send(privacy="anonymous")
        called, mailed = self._call(), self._call(contact_phone=False, contact_email="a@example.com")
        cases = anonymous | called | mailed | self._send()
        self.assertEqual(cases.mapped("reporter_reach"), ["none", "text", "mail", "account"])
        self.user_portal_a.active = False
        self.assertEqual(cases[3].reporter_reach, "none")
        step = self.env["kdc.feedback.step"].with_user(self.user_handler).with_context(default_step="ask")
        form = Form(step.with_context(active_model="kdc.feedback", active_ids=anonymous.ids))
        self.assertEqual(form.untold_count, 1)
        form = Form(step.with_context(active_model="kdc.feedback", active_ids=called.ids))
        self.assertEqual(form.untold_count, 0)


@tagged("post_install", "-at_install")
class TestUnanswered(FeedbackCommon):
    """A question nobody answers comes back to its handler by time alone."""

    def setUp(self):
        super().setUp()
        self.company.write({"kdc_feedback_remind_days": 3, "kdc_feedback_return_days": 7})
        with freeze_time(WEDNESDAY_NINE):
            self.case = self._send(user_id=self.user_handler.id)
            self.case._staff_ask("Which alley?")

    def _after(self, **time):
        with freeze_time(WEDNESDAY_NINE + timedelta(**time)):
            self._run_cron()
        return self.case.message_line_ids.sorted("id")[-1:].action

    def _told(self):
        return self._notices(self.resident_a.partner_id).mapped("title")

    def test_reminded_once_then_handled_on(self):
        case = self.case
        self.assertEqual(case.next_deadline, WEDNESDAY_NINE + timedelta(days=7), "then the ward has to act")
        self.assertEqual(self._after(days=2, hours=23), "ask")
        self.assertEqual(self._after(days=3), "remind")
        told = len(self._told())
        self.assertEqual((case.state, case.remind_at), ("waiting", False))
        self._after(days=4)
        self.assertEqual(len(self._told()), told, "reminded once")
        self.assertEqual(self._after(days=7), "no_answer")
        self.assertEqual((case.state, case.handling_status), ("in_progress", "running"))
        self.assertAlmostEqual(case.paused_hours, 40, msg="five working days of eight hours")
        self.assertFalse(case.remind_at or case.return_at)
        self.assertEqual(len(self._told()), told + 1)
        alert = self.env.ref("kdc_feedback.mail_activity_alert")
        alerts = case.activity_ids.filtered(lambda one: one.activity_type_id == alert)
        self.assertEqual(alerts.user_id, self.user_handler)
        self.assertIn("no_answer", case._public_messages().mapped("action"))

    def test_an_answer_ends_it(self):
        with freeze_time(WEDNESDAY_NINE + timedelta(days=1)):
            self.case._reporter_message("Alley 12")
        self.assertFalse(self.case.remind_at or self.case.return_at)
        self.assertEqual(self._after(days=8), "reporter_answer")

    def test_a_ward_that_waits_for_ever(self):
        self.company.write({"kdc_feedback_remind_days": 0, "kdc_feedback_return_days": 0})
        with freeze_time(WEDNESDAY_NINE):
            case = self._send()
            case._staff_ask("Which alley?")
        self._after(days=60)
        self.assertEqual((case.state, case.next_deadline), ("waiting", False))

    def test_after_a_dead_server_it_goes_on_without_a_late_reminder(self):
        self.assertEqual(self._after(days=30), "no_answer")
        self.assertNotIn("remind", self.case.message_line_ids.mapped("action"))
