import re

from odoo import http
from odoo.exceptions import ValidationError
from odoo.tests import Form, HttpCase, tagged

from .common import FeedbackCommon


@tagged("post_install", "-at_install")
class TestQuestions(FeedbackCommon, HttpCase):
    """Extra questions of a category, asked without JavaScript after the first sending."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category.similar_radius = 0
        cls.category.notice = "Keep children away"
        questions = cls.env["kdc.feedback.question"]
        cls.depth = questions.create(
            {"category_id": cls.category.id, "name": "How deep?", "kind": "number", "required": True}
        )
        cls.blocked = questions.create(
            {"category_id": cls.category.id, "name": "Blocked?", "kind": "choice", "choices": "Yes\nNo"}
        )
        cls.feedback = cls._send(answer_ids=[(0, 0, {"question_id": cls.depth.id, "name": "How deep?", "value": "12"})])

    def _post(self, **values):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        page = self.url_open("/my/feedback/new")
        values = {
            "csrf_token": http.Request.csrf_token(self),
            "client_key": re.search(r'name="client_key" value="([^"]+)"', page.text).group(1),
            "location": "Before the market",
            "category_id": str(self.category.id),
            "description": "The pavement is broken here",
            **values,
        }
        return self.url_open("/my/feedback/new", data=values)

    def _sent(self):
        own = [("partner_id", "=", self.resident_a.partner_id.id), ("id", "!=", self.feedback.id)]
        return self.env["kdc.feedback"].search(own)

    def _about(self, page, category=None):
        return re.search(rf'<fieldset[^>]*data-about="{(category or self.category).id}"[^>]*>', page.text).group()

    def test_asked_once_then_sent(self):
        page = self._post()
        self.assertEqual(page.status_code, 422)
        self.assertNotIn("hidden", self._about(page))
        self.assertIn("Keep children away", page.text)
        self.assertIn("The pavement is broken here", page.text)
        self.assertFalse(self._sent())
        answers = {f"q{self.depth.id}": "12,5", f"q{self.blocked.id}": "Yes"}
        page = self._post(asked=str(self.category.id), **answers)
        self.assertEqual(page.status_code, 200)
        self.assertEqual(self._sent().answer_ids.mapped("value"), ["12,5", "Yes"])
        self.assertIn("How deep?", page.text)

    def test_a_notice_alone_is_read_before_it_is_sent(self):
        cable = self.env.ref("kdc_feedback.category_cable")
        self.assertFalse(cable.question_ids)
        page = self._post(category_id=str(cable.id))
        self.assertEqual(page.status_code, 422)
        self.assertIn("19001909", page.text)
        self.assertNotIn("hidden", self._about(page, cable), "the notice is shown now")
        self.assertFalse(self._sent())
        self._post(category_id=str(cable.id), asked=str(cable.id))
        self.assertEqual(self._sent().category_id, cable)

    def test_wrong_answers_say_what_to_do_and_keep_everything(self):
        for value in ("", "deep", "1e9"):
            page = self._post(asked=str(self.category.id), **{f"q{self.depth.id}": value})
            with self.subTest(value=value):
                self.assertEqual(page.status_code, 422)
        page = self._post(asked=str(self.category.id), **{f"q{self.depth.id}": "3", f"q{self.blocked.id}": "Perhaps"})
        self.assertEqual(page.status_code, 422)
        self.assertIn('value="3"', page.text)
        self.assertFalse(self._sent())

    def test_answers_to_another_subject_are_not_kept(self):
        plain = self.env.ref("kdc_feedback.category_misc")
        self._post(category_id=str(plain.id), asked=str(self.category.id), **{f"q{self.depth.id}": "3"})
        self.assertEqual(len(self._sent()), 1)
        self.assertFalse(self._sent().answer_ids)

    def test_other_subjects_stay_hidden(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.assertIn("hidden", self._about(self.url_open("/my/feedback/new")))

    def test_a_clerk_sees_what_to_ask(self):
        with Form(self.env["kdc.feedback"].with_user(self.user_dispatcher)) as form:
            form.description = "A caller"
            form.name = "A caller"
            form.category_id = self.category
            self.assertEqual(len(form.answer_ids), 2)
            with form.answer_ids.edit(0) as line:
                line.value = "7"
        feedback = form.record
        self.assertEqual(feedback.answer_ids.mapped("name"), ["How deep?", "Blocked?"])
        self.assertEqual(feedback.answer_ids[0].value, "7")

    def test_choices_need_two(self):
        with self.assertRaises(ValidationError):
            self.depth.write({"kind": "choice", "choices": "Only one"})

    def test_rights_on_answers(self):
        writers = {"user_dispatcher", "user_handler"}
        readers = writers | {"user_area_head", "user_auditor"}
        people = ("user_dispatcher", "user_handler", "user_other_handler", "user_area_head", "user_auditor",
                  "user_officer", "user_staff", "user_portal_a", "user_portal_b")  # fmt: skip
        answer = self.feedback.answer_ids
        for role in people:
            row = answer.with_user(getattr(self, role))
            with self.subTest(role=role):
                self.assertEqual(row.has_access("read"), role in readers)
                self.assertEqual(row.has_access("write"), role in writers)
        self.feedback._staff_route_out()
        self.assertFalse(answer.with_user(self.user_handler).has_access("read"))
