from datetime import timedelta
from unittest.mock import patch

from odoo import fields, http
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import ResidentsCommon


class ConsentCommon(ResidentsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.consents = cls.env["kdc.consent"]
        cls.purpose = cls.env.ref("kdc_residents.consent_text_notice")
        cls.today = fields.Date.context_today(cls.purpose)
        cls.child = cls.household_a.membership_ids.filtered(lambda m: m.role == "child").resident_id
        # Young enough that the parents speak for it, whatever day it is.
        cls.child.birth_date = fields.Date.subtract(cls.today, years=8)
        cls.wife = cls.household_a.membership_ids.filtered(lambda m: m.role == "wife").resident_id

    def _say(self, action, resident=None, **kwargs):
        return self.consents._record(resident or self.resident_a, "text_notice", action, "portal", **kwargs)


@tagged("post_install", "-at_install")
class TestConsent(ConsentCommon):
    def test_nobody_agrees_unasked(self):
        self.assertFalse(self.resident_a._kdc_has_consent("text_notice"))
        self.assertFalse(self._say("withdrawn"), "There is nothing to withdraw")

    def test_give_and_withdraw(self):
        self.assertEqual(len(self._say("given")), 1)
        self.assertFalse(self._say("given"), "Said already")
        self.assertTrue(self.resident_a._kdc_has_consent("text_notice"))
        self.assertFalse(self.resident_a._kdc_has_consent("public_name"), "Each purpose alone")
        both = self.resident_a | self.resident_b
        self.assertEqual(both._kdc_with_consent("text_notice"), self.resident_a)
        self._say("withdrawn")
        self.assertFalse(self.resident_a._kdc_has_consent("text_notice"))
        self._say("given")
        self.assertTrue(self.resident_a._kdc_has_consent("text_notice"))
        self.assertEqual(self.resident_a.consent_ids.mapped("action"), ["given", "withdrawn", "given"])

    def test_on_a_day(self):
        self.assertFalse(self.resident_a._kdc_has_consent("text_notice"))
        given = self._say("given")
        self.assertTrue(self.resident_a._kdc_has_consent("text_notice", given.date.date()))
        self.assertFalse(self.resident_a._kdc_has_consent("text_notice", given.date.date() - timedelta(days=1)))
        self.assertFalse(self.resident_a._kdc_has_consent("text_notice", given.date - timedelta(seconds=1)))

    def test_new_words(self):
        self._say("given")
        version = self.env["kdc.consent.version"].create(
            {"purpose_id": self.purpose.id, "text": "Sửa lỗi chính tả", "asks_again": False, "date_from": self.today}
        )
        self.assertEqual(version.number, 2)
        self.assertTrue(self.resident_a._kdc_has_consent("text_notice"))
        later = self.today + timedelta(days=30)
        self.env["kdc.consent.version"].create(
            {"purpose_id": self.purpose.id, "text": "Mục đích rộng hơn", "date_from": later}
        )
        self.assertTrue(self.resident_a._kdc_has_consent("text_notice"), "Not valid yet")
        self.assertFalse(self.resident_a._kdc_has_consent("text_notice", later), "Everybody is asked again")
        with self.assertRaises(UserError):
            self.purpose.version_ids.sorted("number")[0].text = "Khác"
        version.text = "Chưa ai đồng ý nên sửa được"
        with self.assertRaises(UserError):
            self.purpose.code = "other"

    def test_unknown_and_archived_purposes(self):
        with self.assertRaises(UserError):
            self.resident_a._kdc_has_consent("no_such_purpose")
        self._say("given")
        self.purpose.active = False
        self.assertFalse(self.resident_a._kdc_has_consent("text_notice"))

    def test_lines_are_only_added(self):
        line = self._say("given")
        with self.assertRaises(UserError):
            line.action = "withdrawn"
        with self.assertRaises(UserError):
            line.unlink()
        for statement in (
            "UPDATE kdc_consent SET action = 'withdrawn' WHERE id = %s",
            "DELETE FROM kdc_consent WHERE id = %s",
        ):
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
                self.env.cr.execute(statement, [line.id])

    def test_paper(self):
        wizard = self.env["kdc.consent.paper"].with_user(self.user_officer).create(
            {"resident_id": self.wife.id, "purpose_id": self.purpose.id, "reference": " 15/ĐY "}
        )  # fmt: skip
        wizard.action_confirm()
        line = self.wife.consent_ids
        self.assertEqual((line.channel, line.reference, line.user_id), ("paper", "15/ĐY", self.user_officer))
        notice = self.env["kdc.notification"].search([("partner_id", "=", self.wife.partner_id.id)])
        self.assertEqual(notice.url, "/my/household/consents")
        with mute_logger("odoo.models"), self.assertRaises(AccessError):
            self.consents.with_user(self.user_officer).create({"resident_id": self.wife.id, "action": "given"})
        with mute_logger("odoo.models"), self.assertRaises(AccessError):
            self.wife.with_user(self.user_area_head).consent_ids  # noqa: B018

    def test_text_tells_only_that_a_notice_waits(self):
        notices, texts = self.env["kdc.notification"], self.env["kdc.text.message"]
        number = self.env["kdc.resident.phone"].create({"resident_id": self.resident_a.id, "number": "0905123456"})
        notices._notify(self.resident_a.partner_id, "Bí mật")
        self.assertFalse(texts.search([("number", "=", number.number)]), "No consent")
        self._say("given")
        notices._notify(self.resident_a.partner_id, "Bí mật")
        self.assertFalse(texts.search([("number", "=", number.number)]), "The number is not proved")
        number.verified_date = fields.Datetime.now()
        notices._notify(self.household_a.partner_id, "Bí mật")
        notices._notify(self.resident_a.partner_id, "Bí mật khác")
        text = texts.search([("number", "=", number.number)])
        self.assertEqual(text.mapped("state"), ["waiting"], "One text for two notices")
        self.assertNotIn("Bí mật", text.body)
        self.assertNotIn(self.resident_a.name, text.body)
        self.assertIn("/my/notifications", text.body)
        text._send_waiting()
        self.assertEqual((text.state, text.gateway), ("kept", "local"))

    def test_a_gateway_that_answers_nonsense_stops_no_other_text(self):
        texts = self.env["kdc.text.message"]
        self.env["ir.config_parameter"].set_param("kdc_residents.text_gateway", "odd")

        def odd(_texts, number, _body):
            if number == "+84905000001":
                raise ValueError("not JSON")
            return "sent"

        texts._queue([("+84905000001", "A"), ("+84905000002", "B")])
        waiting = texts.search([("state", "=", "waiting")], order="id")
        with (
            patch.object(type(texts), "_send_by_odd", odd, create=True),
            self.assertLogs("odoo.addons.kdc_residents.models.kdc_text_message", "ERROR"),
        ):
            waiting._send_waiting()
        self.assertEqual(waiting.mapped("state"), ["failed", "sent"])

    def test_nobody_is_woken(self):
        texts = self.env["kdc.text.message"]
        for utc, day in (("2026-11-21 23:59:59", False), ("2026-11-22 00:00:00", True), ("2026-11-22 14:00:00", False)):
            with self.subTest(utc):
                self.assertEqual(texts._is_day(fields.Datetime.to_datetime(utc)), day)

    def test_merged_people_keep_what_they_said(self):
        self._say("given", resident=self.wife)
        self.env["kdc.merge"]._move_references(self.wife, self.resident_a)
        self.assertTrue(self.resident_a._kdc_has_consent("text_notice"))


@tagged("post_install", "-at_install")
class TestConsentPages(ConsentCommon, HttpCase):
    def _post(self, purpose=None, **data):
        purpose = purpose or self.purpose
        data = {"csrf_token": http.Request.csrf_token(self), "version": purpose.current_version_id.id, **data}
        return self.url_open(f"/my/household/consents/{purpose.id}", data=data, allow_redirects=False)

    def test_one_button_each_way(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        page = self.url_open("/my/household/consents").text
        self.assertIn('value="given"', page)
        self.assertIn(self.purpose.current_version_id.text, page)
        self.assertEqual(self._post(action="given").status_code, 303)
        line = self.resident_a.consent_ids
        self.assertEqual((line.action, line.channel, line.user_id), ("given", "portal", self.user_portal_a))
        self.assertIn('value="withdrawn"', self.url_open("/my/household/consents").text)
        self._post(action="withdrawn")
        self.assertFalse(self.resident_a._kdc_has_consent("text_notice"))

    def test_agrees_to_what_was_on_the_page(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self._post(action="given", version=0)
        self.assertFalse(self.resident_a.consent_ids)

    def test_parents_speak_for_children_only(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.assertIn(self.child.name, self.url_open(f"/my/household/consents?person={self.child.id}").text)
        self._post(action="given", person=self.child.id)
        line = self.child.consent_ids
        self.assertEqual((line.given_by_id, line.action), (self.resident_a.partner_id, "given"))
        for person in (self.wife.id, self.resident_b.id, 0, "x"):
            with self.subTest(person):
                self.assertEqual(self.url_open(f"/my/household/consents?person={person}").status_code, 404)
                self.assertEqual(self._post(action="given", person=person).status_code, 404)
        self.assertFalse((self.wife | self.resident_b).consent_ids)

    def test_nonsense(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.assertEqual(self._post(action="delete").status_code, 404)
        self.purpose.active = False
        self.assertEqual(self._post(action="given").status_code, 404)
        self.authenticate("kdc_officer", "kdc_officer")
        self.assertEqual(self.url_open("/my/household/consents").status_code, 404, "Staff who are no residents")
