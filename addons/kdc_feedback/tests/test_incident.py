from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from .common import FeedbackCommon


@tagged("post_install", "-at_install")
class TestIncident(FeedbackCommon, HttpCase):
    """Works and outages: shown, linked, answered, ended."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["kdc.feedback.incident"].search([]).write({"state": "ended"})
        cls.now = fields.Datetime.now()
        cls.incident = cls.env["kdc.feedback.incident"].create(
            {
                "name": "Pavement works",
                "company_id": cls.company.id,
                "area_ids": [(6, 0, cls.group_a.ids)],
                "category_ids": [(6, 0, cls.category.parent_id.ids)],
                "date_from": cls.now - timedelta(hours=5),
                "date_to": cls.now + timedelta(days=2),
                "public_text": "New stones are being laid until Friday",
            }
        )

    def _report(self, **vals):
        return self._send(when=fields.Datetime.now(), **vals)

    def _replies(self, feedback):
        return feedback._public_messages().filtered(lambda line: line.kind == "reply").mapped("body")

    def test_new_feedback_inside_is_linked_and_answered(self):
        self.assertFalse(self._report().incident_id, "a draft answers nothing")
        self.incident.action_publish()
        inside = self._report()
        self.assertEqual(inside.incident_id, self.incident)
        self.assertIn("New stones", self._replies(inside)[0])
        self.assertEqual(inside.state, "new", "somebody still has to read it")
        self.assertTrue(inside.handling_deadline)
        for outside in (
            self._report(area_id=self.group_b.id),
            self._report(category_id=self.category_urgent.id),
            self._send(when=self.now - timedelta(days=1)),
        ):
            self.assertFalse(outside.incident_id)
            self.assertFalse(self._replies(outside))

    def test_a_guest_reads_of_it_too_and_of_what_is_planned(self):
        self.company.kdc_feedback_guests = True
        self.incident.write({"date_from": self.now + timedelta(days=3), "date_to": self.now + timedelta(days=4)})
        self.assertNotIn("New stones", self.url_open("/phan-anh/gui").text, "a draft is shown to nobody")
        self.incident.action_publish()
        self.assertIn("New stones", self.url_open("/phan-anh/gui").text)
        self.assertFalse(self._report().incident_id, "it has not begun: it explains nothing yet")

    def test_sent_by_a_resident_without_rights(self):
        self.incident.action_publish()
        feedback, _created = (
            self.env["kdc.feedback"]
            .with_user(self.user_portal_a)
            ._submit(
                {
                    "company_id": self.company.id,
                    "category_id": self.category.id,
                    "description": "The pavement is open",
                    "area_id": self.group_a.id,
                    "privacy": "anonymous",
                }
            )
        )
        self.assertEqual(feedback.incident_id, self.incident)
        self.assertNotIn(self.user_portal_a, feedback.message_line_ids.create_uid)

    def test_what_is_put_inside_later_is_answered_then(self):
        self.incident.action_publish()
        mailed = self._report(category_id=False, channel="email")
        called = self._report(category_id=self.category_urgent.id)
        for feedback in (mailed, called):
            self.assertFalse(feedback.incident_id)
            feedback.with_user(self.user_dispatcher).category_id = self.category
            self.assertEqual(feedback.incident_id, self.incident)
            self.assertEqual(len(self._replies(feedback)), 1)
            feedback.with_user(self.user_dispatcher).area_id = self.group_a
            self.assertEqual(len(self._replies(feedback)), 1, "answered once")

    def test_works_past_their_end_stand_on_the_first_page(self):
        self.incident.action_publish()
        self.assertFalse(self.check_home(self.user_dispatcher)["feedback_incidents_past"]["count"])
        self.incident.date_to = self.now - timedelta(minutes=5)
        self.assertEqual(self.check_home(self.user_dispatcher)["feedback_incidents_past"]["count"], 1)

    def test_publishing_answers_what_is_open_inside(self):
        before = self._report()
        self.incident.with_user(self.user_dispatcher).action_publish()
        self.assertEqual(before.incident_id, self.incident)
        self.assertEqual(self.incident.feedback_count, 1)
        with self.assertRaises(UserError):
            self.incident.action_publish()

    def test_the_end_is_told(self):
        self.incident.action_publish()
        feedback = self._report()
        with self.assertRaises(UserError):
            self.incident.action_end()
        self.incident.end_text = "The pavement is open again"
        before = len(self._notices(self.resident_a.partner_id))
        self.incident.action_end()
        self.assertIn("The pavement is open again", self._replies(feedback))
        self.assertEqual(len(self._notices(self.resident_a.partner_id)), before + 1)
        self.assertFalse(self._report().incident_id)

    def test_the_whole_ward_and_time(self):
        self.incident.action_publish()
        self.incident.area_ids = False
        self.assertTrue(self._report(area_id=self.group_b.id).incident_id)
        self.assertIn(self.incident, self.incident.search([("is_current", "=", True)]))
        self.incident.date_to = self.now - timedelta(hours=1)
        self.assertFalse(self.incident.is_current)
        self.assertNotIn(self.incident, self.incident.search([("is_current", "=", True)]))
        self.assertFalse(self._report().incident_id)

    def test_residents_read_it_before_they_send(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        for url in ("/my/feedback", "/my/feedback/new"):
            self.assertNotIn("Pavement works", self.url_open(url).text)
        self.incident.action_publish()
        for url in ("/my/feedback", "/my/feedback/new", "/my"):
            with self.subTest(url=url):
                self.assertIn("Pavement works", self.url_open(url).text)

    def test_rights(self):
        for role in ("user_dispatcher", "user_handler", "user_area_head", "user_auditor", "user_portal_a"):
            incident = self.incident.with_user(getattr(self, role))
            with self.subTest(role=role):
                self.assertEqual(incident.has_access("read"), role != "user_portal_a")
                for operation in ("write", "create"):
                    self.assertEqual(incident.has_access(operation), role == "user_dispatcher")
                self.assertFalse(incident.has_access("unlink"))
