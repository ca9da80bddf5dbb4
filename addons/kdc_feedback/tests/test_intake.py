from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from .common import FeedbackCommon


@tagged("post_install", "-at_install")
class TestIntake(FeedbackCommon, HttpCase):
    """A clerk files feedback for somebody on the telephone or at the counter, and needs no right on feedback."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._create_user("kdc_clerk", "kdc_feedback.group_intake")

    def _intake(self, user=None, **values):
        intake = self.env["kdc.feedback.intake"].with_user(user or self.clerk)
        return intake.create({
            "category_id": self.category.id, "area_id": self.group_a.id, "company_id": self.company.id,
            "description": "The pavement is broken", "channel": "phone", "contact_name": "Bà Sáu",
            "contact_phone": "0905 123 456", **values,
        })  # fmt: skip

    def _sent(self, intake):
        intake.action_send()
        return self.env["kdc.feedback"].search([("number", "=", intake.number), ("company_id", "=", self.company.id)])

    def test_a_caller_gets_number_date_and_link(self):
        intake = self._intake()
        feedback = self._sent(intake)
        self.assertEqual((feedback.channel, feedback.contact_name, feedback.contact_phone),
                         ("phone", "Bà Sáu", "+84905123456"))  # fmt: skip
        self.assertEqual((intake.promised, intake.link), (feedback.handling_deadline, feedback._follow_url()))
        self.assertTrue(intake.qr_image)
        self.assertEqual(feedback.unit_id, self.unit, "it goes the way of every other")
        self.assertEqual(feedback.message_line_ids.author_id, self.clerk, "it is written who did it")
        text = self.env["kdc.text.message"].search([("number", "=", "+84905123456")], limit=1)
        self.assertIn(feedback.number, text.body)
        self.assertIn(feedback.follow_token, text.body)
        self.assertEqual(self.url_open(f"/feedback/follow/{feedback.follow_token}").status_code, 200)
        self.assertTrue(feedback._link_acts(), "who cannot sign in answers by the link")

    def test_a_known_resident_finds_it_among_the_own(self):
        before = self._notices(self.resident_a.partner_id)
        feedback = self._sent(self._intake(resident_id=self.resident_a.id, channel="counter"))
        self.assertEqual((feedback.partner_id, feedback.channel), (self.resident_a.partner_id, "counter"))
        self.assertFalse(feedback.contact_name or feedback.contact_phone)
        notice = self._notices(self.resident_a.partner_id) - before
        self.assertIn(feedback.number, notice.title)
        self.assertEqual(notice.url, feedback.access_url)
        self.assertFalse(feedback._link_acts(), "a resident signs in to decide")

    def test_every_channel_is_kept(self):
        for channel in ("phone", "counter", "email", "social", "meeting"):
            with self.subTest(channel=channel):
                self.assertEqual(self._sent(self._intake(channel=channel)).channel, channel)

    def test_no_name_leaves_no_trace(self):
        feedback = self._sent(self._intake(privacy="anonymous", resident_id=self.resident_a.id))
        self.assertFalse(feedback.partner_id or feedback.contact_name or feedback.contact_phone)
        self.assertNotIn(self.clerk, feedback.create_uid | feedback.message_line_ids.author_id)

    def test_twice_pressed_is_sent_once(self):
        intake = self._intake()
        first = self._sent(intake)
        texts = self.env["kdc.text.message"].search_count([])
        self.assertEqual(self._sent(intake), first)
        self.assertEqual(self.env["kdc.text.message"].search_count([]), texts)

    def test_the_questions_of_the_subject_are_asked(self):
        question = self.env["kdc.feedback.question"].create(
            {"category_id": self.category.id, "name": "How many metres?", "kind": "number"}
        )
        form = Form(self.env["kdc.feedback.intake"].with_user(self.clerk))
        form.category_id = self.category
        form.description = "Broken"
        form.contact_name = "Ông Tư"
        with form.answer_ids.edit(0) as line:
            line.value = "12,5"
        intake = form.save()
        answer = self._sent(intake).answer_ids
        self.assertEqual((answer.question_id, answer.value, answer.noted_by_id), (question, "12,5", self.clerk))
        intake = self._intake()
        intake.answer_ids = [(0, 0, {"question_id": question.id, "value": "many"})]
        with self.assertRaises(ValidationError):
            intake.action_send()

    def test_what_is_missing_is_said(self):
        for values in (
            {"description": " "}, {"category_id": False}, {"contact_name": False, "contact_phone": False},
            {"contact_phone": "12"},
        ):  # fmt: skip
            with self.subTest(values=values), self.assertRaises(UserError):
                self._intake(**values).action_send()

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_rights(self):
        intake = self._intake()
        feedback = self._sent(intake)
        for operation in ("read", "write", "create", "unlink"):
            self.assertFalse(feedback.with_user(self.clerk).has_access(operation), operation)
        for role in ("user_officer", "user_staff", "user_auditor", "user_area_head", "user_portal_a"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self._intake(user=getattr(self, role))
        self.assertFalse(intake.with_user(self.user_handler).has_access("read"), "another one's dialogue")
        self.assertTrue(self._sent(self._intake(user=self.user_handler)))
        self.assertIn("feedback_intake", self.check_home(self.clerk))
        self.assertNotIn("feedback_late", self.check_home(self.clerk))
