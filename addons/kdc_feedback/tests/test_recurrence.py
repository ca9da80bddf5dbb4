from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import WEDNESDAY_NINE, FeedbackCommon

NOW = datetime(2026, 11, 20, 18)


@tagged("post_install", "-at_install")
class TestRecurrence(FeedbackCommon):
    """The same trouble at the same place three times in 90 days is raised once, with the head of the unit told."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = cls.env["kdc.feedback.recurrence"]
        cls.env["kdc.feedback"].search([("company_id", "=", cls.company.id)]).write({"state": "merged"})

    def _report(self, days=0, **values):
        values = {"latitude": 12.24, "longitude": 109.196, **values}
        return self._send(when=WEDNESDAY_NINE - timedelta(days=days), **values)

    def _find(self):
        return self.model._find(self.company, NOW)

    def test_two_are_an_accident_three_a_problem(self):
        first, second = self._report(80), self._report(40)
        self.assertFalse(self._find())
        third = self._report()
        problem = self._find()
        self.assertEqual(problem.feedback_ids, first | second | third)
        self.assertEqual((problem.unit_id, problem.feedback_count), (self.unit, 3))
        told = self.user_handler | self.user_auditor
        self.assertEqual(problem.activity_ids.user_id, told, "the head of the unit and the supervisor of the ward")
        self.assertEqual((problem.date_first, problem.date_last), (first.submitted_at, third.submitted_at))

    def test_never_twice_for_the_same(self):
        for days in (2, 1, 0):
            self._report(days)
        problem = self._find()
        self.assertFalse(self._find())
        fourth = self._report()
        self.assertFalse(self._find(), "it joins what is open")
        self.assertIn(fourth, problem.feedback_ids)
        self.assertEqual(len(problem.activity_ids), 2)
        self.assertEqual(self.model.search_count([("company_id", "=", self.company.id)]), 1)

    def test_after_it_was_solved_only_new_reports_raise_it_again(self):
        for days in (2, 1, 0):
            self._report(days)
        problem = self._find()
        own = problem.with_user(self.user_handler)
        with self.assertRaises(UserError):
            own.action_settle()
        own.plan = "A wider pipe was laid"
        own.action_settle()
        self.assertEqual((problem.state, problem.settled_by_id), ("settled", self.user_handler))
        self.assertFalse(problem.activity_ids)
        self._report()
        self.assertFalse(self._find(), "one report is no new problem")
        self._report()
        self._report()
        self.assertEqual(len(self._find().feedback_ids), 3)
        own.action_reopen()
        self.assertTrue(problem.activity_ids)

    def test_what_does_not_count(self):
        self._report()
        self._report()
        self._report(91)  # too long ago
        self._report(latitude=12.26)  # elsewhere
        self._report(category_id=self.category_urgent.id)
        self._report()._staff_refuse(self.env.ref("kdc_feedback.refusal_other_authority"), "Not ours")
        self._report()._staff_route_out()
        double = self._report()
        double._staff_merge(self._report(latitude=12.27))
        self.assertFalse(self._find())

    def test_the_numbers_are_the_wards(self):
        self.company.write({"kdc_feedback_recurring_count": 2, "kdc_feedback_recurring_days": 10,
                            "kdc_feedback_recurring_radius": 500})  # fmt: skip
        self._report(11)
        self._report(3)
        self.assertFalse(self._find())
        self._report(latitude=12.243)  # 334 m
        self.assertEqual(self._find().feedback_count, 2)

    def test_a_dwelling_and_an_area_are_places_too(self):
        dwelling = self.env["kdc.dwelling"].search([("company_id", "=", self.company.id)], limit=1)
        dwelling.write({"latitude": 0, "longitude": 0})
        for days in (3, 2, 1):
            self._report(days, dwelling_id=dwelling.id, latitude=0, longitude=0)
            self._report(days, category_id=self.category_urgent.id, latitude=0, longitude=0)
        problems = self._find()
        self.assertEqual(problems.category_id, self.category | self.category_urgent)
        home = problems.filtered("dwelling_id")
        self.assertEqual(home.dwelling_id, dwelling)
        home.feedback_ids[0]._anonymise()
        self.assertFalse(home.dwelling_id, "a home leads to a person")

    def test_the_nightly_job(self):
        for days in (2, 1, 0):
            self._report(days)._pass_time(WEDNESDAY_NINE)
        self.env.flush_all()
        self.env["kdc.feedback"].search([("recurrence_id", "=", False), ("state", "=", "new")]).submitted_at = (
            datetime.now() - timedelta(days=1)
        )
        with self.enter_registry_test_mode():
            self.env.ref("kdc_feedback.ir_cron_recurrence").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.model.search_count([("company_id", "=", self.company.id)]), 1)

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_rights(self):
        for days in (2, 1, 0):
            self._report(days)
        problem = self._find()
        expected = {
            "user_dispatcher": (True, True), "user_handler": (True, True), "user_other_handler": (False, False),
            "user_area_head": (True, False), "user_auditor": (True, False), "user_officer": (False, False),
            "user_staff": (False, False), "user_portal_a": (False, False),
        }  # fmt: skip
        for role, (read, write) in expected.items():
            own = problem.with_user(getattr(self, role))
            with self.subTest(role=role):
                self.assertEqual((own.has_access("read"), own.has_access("write")), (read, write))
                self.assertFalse(own.has_access("unlink"))
                self.assertFalse(own.browse().has_access("create"))
                for vals in ({"state": "settled"}, {"unit_id": self.other_unit.id}, {"feedback_ids": [(5, 0, 0)]}):
                    with self.assertRaises(AccessError):
                        own.write(vals)
                if not write:
                    with self.assertRaises(AccessError):
                        own.action_settle()
                with self.assertRaises(AccessError):
                    problem.feedback_ids[0].with_user(getattr(self, role)).write({"recurrence_id": False})

    def test_it_stands_on_the_home_page(self):
        before = {role: self.check_home(getattr(self, role)) for role in ("user_handler", "user_auditor")}
        for days in (2, 1, 0):
            self._report(days)
        self._find()
        for role, cards in before.items():
            now = self.check_home(getattr(self, role))
            self.assertEqual(now["feedback_recurring"]["count"], cards["feedback_recurring"]["count"] + 1)
