from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import FeedbackCommon

QUIET = ("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule", "odoo.http")
CHANGES = {
    "name": "All is well",
    "description": "Nothing is broken here",
    "location": "Somewhere else",
    "latitude": 12.5,
    "longitude": 109.5,
}


@tagged("post_install", "-at_install")
class TestSent(FeedbackCommon, HttpCase):
    """What a reporter sent is what stays, whoever of the staff would have it otherwise."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.question = cls.env["kdc.feedback.question"].create({"category_id": cls.category.id, "name": "Since when?"})
        cls.missing = cls.question.copy({"name": "How deep?"})
        cls.feedback = cls._send(
            answer_ids=[
                Command.create({"question_id": cls.question.id, "value": "Since Tet"}),
                Command.create({"question_id": cls.missing.id}),
            ]
        )
        cls.answer, cls.empty = cls.feedback.answer_ids
        cls.dwelling = cls.env["kdc.dwelling"].search([("company_id", "=", cls.company.id)], limit=1)
        cls.admin = cls.env.ref("base.user_admin")
        cls.staff = ("user_handler", "user_dispatcher", "admin")
        cls.others = ("user_other_handler", "user_area_head", "user_auditor", "user_officer", "user_portal_a")

    def _dialogue(self, what, **values):
        wizard = self.env["kdc.feedback.moderate"].with_user(self.user_dispatcher)
        return wizard.create({"feedback_id": self.feedback.id, "what": what, "reason": "Names somebody", **values})

    @mute_logger(*QUIET)
    def test_nobody_changes_it_by_a_plain_write(self):
        changes = {**CHANGES, "dwelling_id": self.dwelling.id}
        before = self.feedback.read(list(changes))
        for role in (*self.staff, *self.others):
            for name, value in changes.items():
                with self.subTest(role=role, field=name), self.assertRaises(AccessError):
                    self.feedback.with_user(getattr(self, role)).write({name: value})
        self.assertEqual(self.feedback.read(list(changes)), before)

    @mute_logger(*QUIET)
    def test_nor_by_the_door_of_a_browser(self):
        self.authenticate("kdc_handler", "kdc_handler")
        for method, args in (
            ("write", [self.feedback.ids, {"description": "Nothing"}]),
            ("web_save", [self.feedback.ids, {"location": "Nowhere"}, {"id": {}}]),
            ("write", [self.feedback.ids, {"answer_ids": [[1, self.answer.id, {"value": "Never"}]]}]),
            ("write", [self.feedback.ids, {"answer_ids": [[2, self.answer.id, 0]]}]),
            ("write", [self.feedback.ids, {"answer_ids": [[5, 0, 0]]}]),
        ):
            with self.subTest(method=method, args=args), self.assertRaisesRegex(Exception, "AccessError"):
                self.make_jsonrpc_request(
                    f"/web/dataset/call_kw/kdc.feedback/{method}",
                    {"model": "kdc.feedback", "method": method, "args": args, "kwargs": {}},
                )
        self.env.invalidate_all()
        self.assertEqual(self.feedback.description, "The pavement in front of the school is broken")
        self.assertEqual(self.feedback.location, "In front of the school")
        self.assertEqual(self.answer.value, "Since Tet")

    def test_a_form_may_send_back_what_it_was_given(self):
        own = self.feedback.with_user(self.user_handler)
        own.write({"description": own.description, "dwelling_id": False, "latitude": own.latitude, "urgency": "high"})
        self.assertEqual(own.urgency, "high")

    @mute_logger(*QUIET)
    def test_answers_stay_as_given(self):
        other = self._send()
        for role in (*self.staff, *self.others):
            answer = self.answer.with_user(getattr(self, role))
            for vals in (
                {"value": "Never"}, {"value": False}, {"name": "Is it fine?"}, {"feedback_id": other.id},
                {"question_id": self.missing.id},
            ):  # fmt: skip
                with self.subTest(role=role, vals=vals), self.assertRaises(AccessError):
                    answer.write(vals)
            with self.subTest(role=role), self.assertRaises(AccessError):
                answer.unlink()
        self.assertEqual((self.answer.value, self.answer.name), ("Since Tet", "Since when?"))

    def test_a_missing_answer_is_written_down_with_who_did(self):
        self.assertFalse(self.answer.noted_by_id, "the reporter answered")
        empty = self.empty.with_user(self.user_handler)
        empty.write({"value": "Ankle deep", "noted_by_id": self.user_auditor.id})
        self.assertEqual(self.empty.noted_by_id, self.user_handler)
        with self.assertRaises(AccessError):
            empty.value = "Knee deep"

    def test_an_answer_is_redacted_by_a_dispatcher_and_comes_back(self):
        self._dialogue("reported_answer", answer_id=self.answer.id, answer_value="For a while").action_apply()
        self.assertEqual(self.answer.value, "For a while")
        self.assertFalse(self.answer.noted_by_id)
        log = self.feedback.with_user(self.user_dispatcher).moderation_ids
        self.assertEqual((log.original_text, log.user_id), ("Since Tet", self.user_dispatcher))
        log.action_restore()
        self.assertEqual(self.answer.value, "Since Tet")
        for values in ({"answer_id": self.answer.id, "answer_value": " "}, {"answer_id": self.empty.id}):
            with self.subTest(values=values), self.assertRaises(UserError):
                self._dialogue("reported_answer", **values).action_apply()

    def test_a_place_is_corrected_and_comes_back(self):
        feedback = self._send(latitude=12.24, longitude=109.19)
        wizard = self.env["kdc.feedback.moderate"].with_user(self.user_dispatcher)
        wizard = wizard.create({"feedback_id": feedback.id, "what": "place", "reason": "Wrong bank of the river",
                                "latitude": 12.25})  # fmt: skip
        self.assertEqual(round(wizard.longitude, 6), 109.19, "what is not typed stays")
        wizard.action_apply()
        self.assertEqual(feedback._point(), (12.25, 109.19))
        log = feedback.with_user(self.user_dispatcher).moderation_ids
        self.assertEqual(round(log.original_latitude, 6), 12.24)
        log.action_restore()
        self.assertEqual(feedback._point(), (12.24, 109.19))
        with self.assertRaises(UserError):
            feedback.with_user(self.user_dispatcher)._moderate_place(self.dwelling.browse(), 95, 0, "x")

    @mute_logger(*QUIET)
    def test_only_dispatchers_redact(self):
        for role in ("user_handler", "user_area_head", "user_auditor", "user_portal_a"):
            own = self.feedback.with_user(getattr(self, role))
            with self.subTest(role=role), self.assertRaises(AccessError):
                own._moderate_reported_answer(self.answer, "x", "y")
            with self.subTest(role=role), self.assertRaises(AccessError):
                own._moderate_place(self.dwelling, 0, 0, "y")

    def test_time_forgets_the_originals_too(self):
        feedback = self._send(dwelling_id=self.dwelling.id)
        own = feedback.with_user(self.user_dispatcher)
        own._moderate_place(self.dwelling.browse(), 12.1, 109.1, "Not a home")
        own._moderate_texts({"location": "At the school"}, "Not a home")
        feedback._anonymise()
        log = feedback.moderation_ids.sudo()
        self.assertFalse(any(log.mapped("has_original")))
        self.assertFalse(log.original_dwelling_id)
        self.assertFalse(any(log.mapped("original_latitude")))
