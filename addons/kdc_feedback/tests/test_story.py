import re
from datetime import timedelta

from freezegun import freeze_time
from odoo import http
from odoo.tests import HttpCase, tagged

from .common import FeedbackCommon


@tagged("post_install", "-at_install")
class TestStory(FeedbackCommon, HttpCase):
    """One matter from the first report to the last star, on the pages its reporter sees."""

    def setUp(self):
        super().setUp()
        self.category.similar_radius = 0
        self.env["kdc.feedback"].search([]).write({"state": "closed"})
        self.authenticate("kdc_portal_a", "kdc_portal_a")

    def _post(self, url, **data):
        return self.url_open(url, data={"csrf_token": http.Request.csrf_token(self), **data})

    def _report(self):
        key = re.search(r'name="client_key" value="([^"]+)"', self.url_open("/my/feedback/new").text).group(1)
        page = self._post(
            "/my/feedback/new", client_key=key, place="other", location="Before the market", privacy="hidden",
            area_id=str(self.group_a.id), category_id=str(self.category.id), description="The pavement is broken",
        )  # fmt: skip
        return page, self.env["kdc.feedback"].search([("partner_id", "=", self.resident_a.partner_id.id)], limit=1)

    def _staff(self, case, step, body):
        dialogue = self.env["kdc.feedback.step"].with_user(self.user_handler)
        dialogue.create({"step": step, "feedback_ids": case.ids, "body": body}).action_apply()
        self.env.flush_all()

    def test_from_the_report_to_the_stars(self):
        page, case = self._report()
        url = f"/my/feedback/{case.id}"
        self.assertTrue(page.url.endswith(url))
        self.assertIn(case._format_local(case.handling_deadline), page.text, "the promised date at once")
        self.assertNotIn("f-late", page.text)

        case.with_user(self.user_handler).action_receive()
        with freeze_time(case.handling_deadline + timedelta(minutes=1)):
            self._run_cron()
        page = self.url_open(url)
        self.assertIn("f-late", page.text, "time alone made it overdue, and the reporter reads so")

        self._staff(case, "finish", "Repaired this morning")
        page = self.url_open(url)
        self.assertIn("Repaired this morning", page.text)
        self.assertIn(f'action="{url}/confirm"', page.text)

        page = self._post(f"{url}/dispute", body="It is as broken as before")
        self.assertIn("It is as broken as before", page.text)
        self.assertIn(case._format_local(case.handling_deadline), page.text, "a new promise")
        self.assertIn(self.user_auditor, case.activity_ids.user_id, "the supervisor is told")

        self._staff(case, "finish", "Repaired again, with concrete")
        page = self._post(f"{url}/confirm", rating="4", body="Now it holds")
        self.assertEqual((case.state, case.rating_last_value, case.dispute_count), ("closed", 4, 1))
        self.assertNotIn("/confirm", page.text)
        self.assertEqual(
            [line.action for line in case._public_messages().sorted("id") if line.action],
            ["send", "receive", "finish", "dispute", "finish", "confirm"],
        )
