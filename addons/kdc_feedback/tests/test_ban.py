from datetime import timedelta
from unittest.mock import patch

from odoo import fields, http
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, tagged

from ..engine import guest
from ..engine.open311 import Open311Error
from .common import FeedbackCommon

REASON = "Chửi bới cán bộ nhiều lần"


@tagged("post_install", "-at_install")
class TestBan(FeedbackCommon, HttpCase):
    """Who sends abuse is kept out for a time: told why and until when, and never from the telephone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["website"].search([]).company_id = cls.company
        cls.company.write({"kdc_feedback_guests": True, "phone": "0905 123 999"})
        cls.category.similar_radius = 0
        cls.feedback = cls._send()

    def _moderate(self, feedback, kind, days="7", user=None):
        wizard = self.env["kdc.feedback.moderate"].with_user(user or self.user_dispatcher)
        wizard.create(
            {"feedback_id": feedback.id, "what": "ban", "reason": REASON, "ban_kind": kind, "ban_days": days}
        ).action_apply()
        return self.env["kdc.feedback.ban"].search([("feedback_id", "=", feedback.id)])

    def _post(self, url="/my/feedback/new", **values):
        data = {
            "csrf_token": http.Request.csrf_token(self), "client_key": "k" * 24, "category_id": str(self.category.id),
            "description": "The pavement is broken here", "location": "Market", "privacy": "hidden", "seen": "",
            **values,
        }  # fmt: skip
        return self.url_open(url, data=data)

    def test_an_account_is_kept_out_and_reads_why(self):
        ban = self._moderate(self.feedback, "account")
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        before = self.env["kdc.feedback"].search_count([])
        for privacy in ("hidden", "anonymous"):
            response = self._post(privacy=privacy)
            self.assertEqual(response.status_code, 422)
            for words in (REASON, "0905 123 999", "114", "The pavement is broken here"):
                self.assertIn(words, response.text)
        self.assertEqual(self.env["kdc.feedback"].search_count([]), before)
        self.feedback.client_key = "k" * 24
        self.assertIn(REASON, self._post().text, "also when the form has arrived before, and says something else now")
        self.feedback.client_key = False
        fire = self.env.ref("kdc_feedback.category_em_fire")
        self.assertIn('href="tel:114"', self._post(category_id=str(fire.id)).text)
        now = fields.Datetime.now()
        ban.write({"date_from": now - timedelta(days=1), "date_to": now - timedelta(seconds=1)})
        self._post()
        self.assertEqual(self.env["kdc.feedback"].search_count([]), before + 1, "it ends by itself")

    def test_others_are_not_meant(self):
        self._moderate(self.feedback, "account")
        self.authenticate("kdc_portal_b", "kdc_portal_b")
        before = self.env["kdc.feedback"].search_count([])
        self._post()
        self.assertEqual(self.env["kdc.feedback"].search_count([]), before + 1)

    def test_what_was_sent_is_handled_on(self):
        self.feedback._staff_ask("Where?")
        self._moderate(self.feedback, "account")
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        data = {"csrf_token": http.Request.csrf_token(self), "body": "Before the school"}
        self.url_open(f"/my/feedback/{self.feedback.id}/message", data=data)
        self.assertEqual(self.feedback.state, "in_progress")

    def test_a_guest_by_network_and_by_number(self):
        self.authenticate(None, None)
        challenge = self.env["kdc.feedback"]._guest_challenge("g" * 24)
        values = {
            "client_key": "g" * 24, "challenge": challenge, "work": guest.do_work(challenge), "homepage": "",
            "contact_phone": "0905 777 888",
        }  # fmt: skip
        with patch.object(guest, "LEAST_WITH_WORK", 0):
            self._post("/phan-anh/gui", **values)
        sent = self.env["kdc.feedback"].search([("channel", "=", "guest")])
        self.assertNotIn("127.0.0.1", sent.sender_hash)
        self.assertEqual(set(sent._bannable()), {"guest", "phone"})
        for kind in ("guest", "phone"):
            ban = self._moderate(sent, kind)
            with self.subTest(kind=kind), patch.object(guest, "LEAST_WITH_WORK", 0):
                response = self._post("/phan-anh/gui", **{**values, "client_key": kind * 8})
                self.assertEqual(response.status_code, 422)
                self.assertIn(REASON, response.text)
            ban.with_user(self.user_dispatcher).action_lift()
        self.assertEqual(len(self.env["kdc.feedback"].search([("channel", "=", "guest")])), 1)

    def test_the_network_of_a_guest_is_forgotten(self):
        old = self._send(channel="guest", privacy="anonymous", sender_hash="a" * 64)
        new = self._send(fields.Datetime.now(), channel="guest", privacy="anonymous", sender_hash="a" * 64)
        old.submitted_at = fields.Datetime.now() - timedelta(days=31)
        self.env["kdc.feedback.ban"]._gc_old_bans()
        self.assertEqual((old.sender_hash, new.sender_hash), (False, "a" * 64))
        new._anonymise()
        self.assertFalse(new.sender_hash)

    def test_a_mail_is_answered_once(self):
        self.company.alias_domain_id = self.env["mail.alias.domain"].create({"name": "ward.example"})
        self.company.kdc_feedback_alias_name = "phan-anh"
        mailed = self.env["kdc.feedback"].message_new({"email_from": "mai@x.example", "body": "<p>Abuse</p>"})
        self._moderate(mailed, "email")
        known = self.env["mail.mail"].search([])
        before = self.env["kdc.feedback"].search_count([])
        for place in range(2):
            head = f"From: Mai@x.example\nTo: phan-anh@ward.example\nMessage-ID: <{place}@x>\nSubject: More"
            self.env["mail.thread"].message_process(None, f"{head}\n\nMore abuse")
        told = self.env["mail.mail"].search([]) - known
        self.assertEqual((self.env["kdc.feedback"].search_count([]), len(told)), (before, 1))
        self.assertIn(REASON, told.body_html)

    def test_the_reporter_of_another_system(self):
        """A ban of a number or an address holds whichever system the sender uses."""
        key = self.env["kdc.feedback.api.key"].create({"name": "Client", "company_id": self.company.id})
        self.feedback.contact_phone = "+84905777888"
        self._moderate(self.feedback, "phone")
        self.feedback.contact_email = "mai@x.example"
        self._moderate(self.feedback, "email")
        sent = {
            "service_code": self.category.code, "description": "The pavement is broken here", "address_string": "A",
        }  # fmt: skip
        create = self.env["kdc.feedback"]._open311_create
        for who in ({"phone": "0905 777 888"}, {"email": "Mai@X.example"}):
            with self.subTest(who=who), self.assertRaisesRegex(Open311Error, REASON) as refused:
                create(key, {**sent, **who}, [])
            self.assertEqual(refused.exception.status, 403)
        taken = create(key, {**sent, "phone": "0905 777 999", "first_name": "Mai", "email": "other@x.example"}, [])
        self.assertEqual(taken._bannable()["email"], {"value": "other@x.example"})

    def test_only_dispatchers_ban(self):
        for user in (self.user_handler, self.user_auditor, self.user_officer, self.user_portal_a):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.feedback.with_user(user)._ban("account", 7, REASON)
            self.assertFalse(self.env["kdc.feedback.ban"].with_user(user).has_access("read"))
        ban = self._moderate(self.feedback, "account").with_user(self.user_dispatcher)
        for operation in ("create", "write", "unlink"):
            self.assertFalse(ban.has_access(operation))
        with self.assertRaises(AccessError):
            ban.with_user(self.user_handler).action_lift()

    def test_it_is_on_record(self):
        ban = self._moderate(self.feedback, "account", "30")
        self.assertEqual((ban.user_id, ban.partner_id), (self.user_dispatcher, self.resident_a.partner_id))
        self.assertEqual((ban.date_to - ban.date_from).days, 30)
        ban.with_user(self.user_dispatcher).action_lift()
        self.assertFalse(ban.is_running)
        self.assertEqual(ban.lifted_by_id, self.user_dispatcher)
        log = self.feedback.moderation_ids.sorted("id")
        self.assertEqual(log.mapped("action"), ["ban", "lift"])
        sections = {section["key"]: section for section in self.resident_a._kdc_my_data()}
        self.assertEqual(len(sections["feedback_bans"]["rows"]), 1)

    def test_who_left_no_name_cannot_be_banned(self):
        nameless = self._send(privacy="anonymous")
        with self.assertRaisesRegex(UserError, "known of the sender"):
            self._moderate(nameless, "account")

    def test_the_dialogue_shows_what_the_person_reads(self):
        action = self.env["kdc.feedback.moderate"].with_user(self.user_dispatcher).with_context(
            active_model="kdc.feedback", active_id=self.feedback.id
        )  # fmt: skip
        with Form(action) as form:
            form.what = "ban"
            form.reason = REASON
            self.assertEqual(form.ban_kind, "account")
            self.assertIn(REASON, form.ban_message)
            self.assertIn("0905 123 999", form.ban_message)
