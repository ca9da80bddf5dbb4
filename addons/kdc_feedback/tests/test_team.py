import re
from datetime import datetime
from unittest.mock import patch

from lxml import html
from odoo import Command, http
from odoo.addons.kdc_residents.controllers.home import ResidentHome
from odoo.addons.kdc_residents.tests.leaks import picture
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import WEDNESDAY_NINE, FeedbackCommon

#: What stands nowhere on a page of the team.
SECRETS = ("SECRET NOTE", "SECRET WORDS", "0905123456", "Nguyễn Văn An")
LATER = datetime(2026, 11, 18, 3, 0)


@tagged("post_install", "-at_install")
class TestTeamOutside(FeedbackCommon, HttpCase):
    """A contractor of the urban unit with a login of the portal, beside a second one of another unit."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team, cls.other_team = cls._create_users(
            cls._user_values("kdc_team", "base.group_portal", name="Đội điện", email=False),
            cls._user_values("kdc_other_team", "base.group_portal", name="Đội nước"),
        )
        cls.unit.outside_user_ids = cls.team
        cls.other_unit.outside_user_ids = cls.other_team
        cls.task = cls._send(
            description="The lamp is out. Nguyễn Văn An, call 0905123456", dwelling_id=cls.dwelling_a.id
        )
        cls.task._add_photos([picture()])
        cls.task._log_line("note", body="SECRET NOTE")
        cls.task._log_line("other", body="SECRET WORDS of a neighbour")
        cls.task._staff_receive(when=WEDNESDAY_NINE)
        cls.url = f"/my/team-tasks/{cls.task.id}"

    def _act(self, what, body="", photos=(), url=None):
        return self.url_open(
            f"{url or self.url}/{what}",
            data={"csrf_token": http.Request.csrf_token(self), "body": body},
            files=[("photos", ("after.jpg", photo, "image/jpeg")) for photo in photos] or None,
        )

    def _last(self):
        self.env.invalidate_all()
        return self.task.message_line_ids[-1:]

    def _shown(self, user):
        """What a login finds among its tasks."""
        feedback = self.env["kdc.feedback"].sudo()
        return feedback.search(feedback._team_domain(user))

    def test_a_task_on_the_phone_from_the_list_to_the_result(self):
        self.authenticate("kdc_team", "kdc_team")
        shop = {"icon": "shop", "title": "My shop", "url": "/my/shop", "count": None, "sequence": 34}
        offer = {**shop, "url": "/shop", "is_offer": True}
        with patch.object(ResidentHome, "_home_outside_tiles", lambda _self: [offer]):
            home = self.url_open("/my", allow_redirects=False)
        self.assertTrue(home.headers["Location"].endswith("/my/team-tasks"), "work comes first, offers are for others")
        with patch.object(ResidentHome, "_home_outside_tiles", lambda _self: [shop, offer]):
            home = self.url_open("/my").text
        self.assertNotIn('"/shop"', home)
        for door in ('"/my/shop"', 'class="k-tile" href="/my/team-tasks"', 'k-task-warn" href="/my/team-tasks"'):
            self.assertIn(door, home, "a team may be a business with a shop")
        home = self.url_open("/my/team-tasks")
        self.assertIn(self.task.number, home.text)
        page = self.url_open(self.url)
        self.assertIn("12/3", page.text, "the place is needed for the work")
        for secret in SECRETS:
            self.assertNotIn(secret, page.text + home.text)
        photo = re.search(rf"{self.url}/photo/\d+/full", page.text).group()
        self.assertEqual(self.url_open(photo).headers["Content-Type"], "image/jpeg")
        self._act("start")
        self.assertEqual((self._last().action, self._last().author_id), ("start", self.team))
        self.assertFalse(self.task.user_id, "the ward's own handler is not replaced")
        self._act("ask", "Which pole?")
        self.assertEqual((self.task.state, self._last().unit_id), ("waiting", self.unit))
        self.task._reporter_message("The third one, Nguyễn Văn An")
        page = self.url_open(self.url)
        self.assertIn("The third one", page.text)
        self.assertNotIn("Nguyễn Văn An", page.text)
        for _twice in range(2):
            self._act("note", "We need a ladder")
        self.assertEqual(len(self.task.message_line_ids.filtered(lambda line: line.body == "We need a ladder")), 1)
        self.assertIn("We need a ladder", self.url_open(self.url).text)
        refused = self._act("finish", "")
        self.assertEqual((refused.status_code, self.task.state), (422, "in_progress"))
        alert = html.fromstring(refused.content).get_element_by_id("refused")
        self.assertEqual(alert.xpath(".//a/@href"), ["#finish_body"], "said at the top, with the way to the field")
        self.category.needs_photo_after = True
        refused = self._act("finish", "The lamp burns")
        self.assertEqual(refused.status_code, 422)
        self.assertIn("The lamp burns", refused.text, "what was typed is not lost")
        self._act("note", "The lamp burns", [picture()])
        self._act("finish", "The lamp burns", [picture()])
        result = self._last()
        self.assertEqual((result.kind, result.author_id, result.unit_id), ("result", self.team, self.unit))
        self.assertEqual((self.task.state, len(result.photo_ids)), ("done", 1))
        late = self._act("reply", "One more thing")
        self.assertEqual(late.status_code, 422)
        self.assertIn("One more thing", late.text)
        self.assertEqual(self.url_open("/my/team-tasks/%s" % self._send().id).status_code, 404, "not received yet")

    @mute_logger("odoo.http")
    def test_nobody_else_opens_acts_or_looks(self):
        """Another team, a resident, a former member, an internal user who is not of the team; and no way by RPC."""
        photo = self.task._team_photos()
        self.unit.outside_user_ids = self.team | self.other_team
        self.unit.outside_user_ids -= self.other_team
        for login in ("kdc_other_team", "kdc_portal_a", "kdc_officer"):
            self.authenticate(login, login)
            for url in (self.url, f"{self.url}/photo/{photo.id}/full"):
                with self.subTest(login=login, url=url):
                    self.assertEqual(self.url_open(url).status_code, 404)
            self.assertEqual(self._act("finish", "Mine").status_code, 404)
        self.assertEqual(self.url_open("/my/team-tasks").status_code, 404, "an officer is in no team")
        for what in ("write", "take", "_step"):
            self.assertEqual(self._act(what, "x").status_code, 404)
        self.assertEqual(self.task.state, "received")

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_the_login_holds_no_right_on_any_model(self):
        for model in (
            "kdc.feedback", "kdc.feedback.message", "kdc.feedback.photo", "kdc.feedback.pause", "kdc.feedback.answer",
            "kdc.feedback.unit", "kdc.feedback.figures", "kdc.feedback.forward", "kdc.feedback.step",
            "kdc.feedback.moderation", "kdc.resident", "kdc.household", "kdc.dwelling",
        ):  # fmt: skip
            for operation in ("read", "write", "create"):
                with self.subTest(model=model, operation=operation):
                    self.assertFalse(self.env[model].with_user(self.team).has_access(operation))
        reporter = self.resident_a.partner_id.with_user(self.team)
        self.assertFalse(reporter.has_access("read"), "no contacts")
        self.assertFalse(self.env["res.users"].with_user(self.team).search([("id", "=", self.user_handler.id)]))
        for act in ("action_start", "action_take", "action_add_note"):
            with self.subTest(act=act), self.assertRaises(AccessError):
                getattr(self.task.with_user(self.team), act)()
        with self.assertRaises(ValidationError):
            self.unit.outside_user_ids |= self.user_staff

    def test_only_its_own_open_tasks_and_nothing_private(self):
        self.assertIn(self.task, self._shown(self.team))
        self.assertNotIn(self.task, self._shown(self.other_team))
        new, private = self._send(), self._send(is_private=True)
        private._staff_receive()
        refused = self._send()
        refused._staff_refuse(self.env["kdc.feedback.refusal.reason"].search([], limit=1), "Not ours")
        secret = self._send()
        secret.with_user(self.user_dispatcher)._staff_route_out()
        self.assertFalse(self._shown(self.team) & (new | private | refused | secret))
        self.assertIn("team", private.team_hint)
        hidden = self._send()
        hidden._staff_receive()
        hidden.is_hidden = True
        self.category.is_public = False
        self.assertIn(hidden, self._shown(self.team), "work that is not on the board may need a contractor, too")
        self.assertIn("on the board or not", hidden.team_hint)
        self.assertTrue(self.task.with_user(self.user_handler).is_with_team)
        elsewhere = self.env["res.company"].create({"name": "Phường Khác"})
        far = self.env["kdc.feedback.unit"].create(
            {"name": "Far", "company_id": elsewhere.id, "outside_user_ids": [Command.set(self.other_team.ids)]}
        )
        far_task = self._send(company_id=elsewhere.id, area_id=False, unit_id=far.id)
        far_task._staff_receive()
        self.assertIn(far_task, self._shown(self.other_team), "it works for two wards")
        self.assertNotIn(far_task, self._shown(self.team))
        self.unit.outside_user_ids = False
        self.assertFalse(self._shown(self.team), "who left sees nothing")

    def test_it_is_passed_on_with_a_note_and_given_back_with_one(self):
        task = self._send(unit_id=self.other_unit.id)
        task._staff_receive()
        step = self.env["kdc.feedback.step"].with_user(self.user_dispatcher)
        step = step.create(
            {"step": "transfer", "feedback_ids": task.ids, "unit_id": self.unit.id, "note": "Bring a ladder"}
        )
        self.assertTrue(step.is_outside)
        step.action_apply()
        task.with_user(self.user_handler).write({"note_draft": "For us only"})
        task.with_user(self.user_handler).action_add_note()
        task.with_user(self.user_handler).write({"note_draft": "For you, too", "note_to_team": True})
        task.with_user(self.user_handler).action_add_note()
        self.assertFalse(task.note_to_team)
        read = task._team_messages().mapped("body")
        self.assertIn("Bring a ladder", read)
        self.assertIn("For you, too", read)
        self.assertNotIn("For us only", read)
        outside = task.with_user(self.team).sudo()
        outside._team_take("back", "Not a lamp of ours")
        self.assertEqual(task.unit_id, self.company.kdc_feedback_unit_id)
        line = task.message_line_ids.filtered(lambda line: line.body == "Not a lamp of ours")
        self.assertEqual((line.kind, line.author_id), ("note", self.team))
        self.assertNotIn(task, self._shown(self.team))
        self.assertNotIn("Not a lamp of ours", task._public_messages().mapped("body"))

    def test_the_team_is_told_without_a_word_of_the_feedback(self):
        self.other_team.partner_id.email = "team@example.com"
        mails = self.env["mail.mail"]
        before = mails.search([], order="id desc", limit=1).id or 0
        task = self._send(unit_id=self.other_unit.id)
        self.assertFalse(self._notices(self.other_team.partner_id), "the ward reads it first")
        task._staff_receive()
        task._reporter_message("Hurry")
        task._staff_finish("Done", when=LATER)
        task._reporter_dispute("It is not")
        titles = self._notices(self.other_team.partner_id).sorted("id").mapped("title")
        self.assertEqual(len(titles), 3, titles)
        sent = mails.search([("id", ">", before), ("email_to", "=", "team@example.com")])
        self.assertEqual(len(sent), 3)
        for mail in sent:
            self.assertIn(task.number, mail.subject)
            self.assertIn(f"/my/team-tasks/{task.id}", mail.body_html)
            self.assertNotIn("pavement", mail.body_html + mail.subject)

    def test_the_same_words_are_a_repeat_only_of_the_same_act_with_the_same_photos(self):
        outside = self.task.with_user(self.team).sudo()
        before = self.task.message_line_ids
        for what, photos in (
            ("note", ()), ("note", [picture()]), ("note", [picture()]), ("reply", ()), ("reply", ()), ("finish", ()),
            ("finish", ()),
        ):  # fmt: skip
            outside._team_take(what, "It is done", photos)
        lines = self.task.message_line_ids - before
        self.assertEqual(
            [(line.kind, len(line.photo_ids)) for line in lines],
            [("note", 0), ("note", 1), ("reply", 0), ("result", 0)],
        )
        self.assertEqual(self.task.state, "done")

    def test_later_words_like_a_denunciation_are_for_the_ward_alone(self):
        task = self._send(unit_id=self.other_unit.id)
        task._staff_receive()
        told = self._notices(self.other_team.partner_id)
        task._reporter_message("Tôi tố cáo đội nước nhận tiền", [picture()])
        task._staff_finish("Done", when=LATER)
        task._reporter_dispute("Tôi khiếu nại kết quả này")
        self.assertEqual(self._notices(self.other_team.partner_id), told)
        self.assertFalse(task._team_messages().filtered(lambda line: line.kind == "reporter"))
        self.assertFalse(task._team_photos())
        self.assertEqual(task.petition_kind, "denunciation", "whoever handles it is told")
        task._reporter_message("It is behind the school")
        self.assertIn("It is behind the school", task._team_messages().mapped("body"))
        self.assertEqual(len(self._notices(self.other_team.partner_id) - told), 1)

    def test_an_archived_unit_has_no_team(self):
        self.unit.active = False
        self.env.invalidate_all()
        self.assertFalse(self._shown(self.team))
        self.assertFalse(self.task.with_user(self.user_handler).is_with_team)
        self.assertFalse(self.task._shown_to_teams(), "nobody is told")

    def test_a_step_that_is_not_possible_any_more_says_so(self):
        outside = self.task.with_user(self.team).sudo()
        outside._team_take("finish", "Done")
        self.assertEqual(outside._team_may(), set())
        with self.assertRaisesRegex(UserError, self.task.number):
            outside._team_take("start", "")

    def test_a_long_list_costs_no_more_queries(self):
        def read():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            for task in self._shown(self.team):
                (task._public_name(), task._team_place())
            return self.env.cr.sql_log_count - before

        read()
        few = read()
        for _more in range(4):
            self._send(dwelling_id=self.dwelling_a.id)._staff_receive()
        self.env.flush_all()
        self.assertEqual(read(), few)
