import re
from datetime import timedelta
from unittest.mock import patch

from odoo import fields, http
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..engine import vault as engine
from ..tools import personal_data
from .common import ResidentsCommon


@tagged("post_install", "-at_install")
class TestIdentityDocument(ResidentsCommon):
    def _create(self, user=None, **vals):
        return (
            self.env["kdc.identity.document"]
            .with_user(user or self.user_officer)
            .create({"resident_id": self.resident_a.id, "kind": "passport", "number": "C1234567", **vals})
        )

    def test_number_is_sealed_and_masked(self):
        document = self._create(number="c 1234567")
        self.assertEqual(document.sudo().number, "C1234567")
        self.assertEqual(document.number_masked, "C1****67")
        self.env.flush_all()
        self.env.cr.execute("SELECT count(*) FROM kdc_identity_document d WHERE d::text LIKE '%C1234567%'")
        self.assertFalse(self.env.cr.fetchone()[0])
        for way in (
            lambda: document.read(["number"]),
            lambda: document.export_data(["number"]),
            lambda: document.search_read([], ["number_sealed"]),
        ):
            with self.assertRaises(AccessError):
                way()
        self.assertFalse(document.web_read({"number": {}, "kind": {}})[0]["number"])
        wizard = self.env["kdc.reveal"].with_user(self.user_officer).create({"resident_id": self.resident_a.id})
        self.assertFalse(wizard.documents)
        wizard.action_show()
        self.assertIn("C1234567", wizard.documents)

    def test_no_document_twice_while_keys_are_changed(self):
        """The index of the database differs from key to key; the older ones are compared as well."""
        old, new = engine.generate_key(), engine.generate_key()
        box = {name: engine.Vault(engine.parse_keys(keys)) for name, keys in (("old", old), ("both", f"{new} {old}"))}
        with patch.object(personal_data, "vault", lambda: box["old"]):
            self._create()
        with patch.object(personal_data, "vault", lambda: box["both"]):
            with self.assertRaises(ValidationError):
                self._create(resident_id=self.resident_b.id)
            other = self._create(number="C7654321")
            with self.assertRaises(ValidationError):
                other.number = "C1234567"

    def test_formats(self):
        for kind, number in (("passport", "1234"), ("citizen_card", "123456789"), ("passport", False)):
            with self.subTest(kind), self.assertRaises(ValidationError):
                self._create(kind=kind, number=number)
        document = self._create()
        with self.assertRaises(ValidationError):
            document.kind = "citizen_card"
        document.write({"kind": "citizen_card", "number": "056075001234"})
        self.assertEqual(document.sudo().number, "056075001234")
        with self.assertRaises(UserError):
            document.write({"number_sealed": "x"})

    def test_the_same_document_twice(self):
        self._create()
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self._create(resident_id=self.resident_b.id)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self._create(number="C7654321", issue_date="2020-01-01", expiry_date="2019-01-01")

    def test_expiry(self):
        today = fields.Date.context_today(self.env.user)
        days = {"expired": -1, "ending": 60, "valid": 61}
        documents = {
            state: self._create(number=f"C123456{i}", expiry_date=today + timedelta(days=day))
            for i, (state, day) in enumerate(days.items())
        }
        documents["valid"] |= self._create(number="C1234569")
        mine = [("resident_id", "=", self.resident_a.id)]
        for state, expected in documents.items():
            self.assertEqual(set(expected.mapped("state")), {state})
            self.assertEqual(self.env["kdc.identity.document"].search([*mine, ("state", "=", state)]), expected)
        with self.assertRaises(ValidationError):
            self._create(number="C1234599", issue_date=today + timedelta(days=2))
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            documents["expired"].unlink()


@tagged("post_install", "-at_install")
class TestPhones(ResidentsCommon, HttpCase):
    """Several numbers, one of them proved with a code."""

    def _phone(self, number="0914 555 666", resident=None):
        return self.env["kdc.resident.phone"].create(
            {"resident_id": (resident or self.resident_a).id, "number": number}
        )

    def _code(self, number):
        body = self.env["kdc.text.message"].search([("number", "=", number)], limit=1).body
        return re.search(r"\b\d{6}\b", body)[0]

    def test_several_numbers(self):
        line = self._phone()
        self.assertEqual((line.number, line.number_display), ("+84914555666", "0914 555 666"))
        self.assertFalse(line.is_main)
        self.assertEqual(self.resident_a.phone, "+84905123456", "An unproved number changes nothing")
        with self.assertRaises(ValidationError):
            self._phone("12345")
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self._phone("+84914555666")
        child = self.household_a.membership_ids.resident_id.filtered(lambda r: not r.phone)[0]
        self._phone("0914555777", child)
        self.assertEqual(child.phone, "+84914555777", "The only number is the one in use")

    def test_proving(self):
        self.user_portal_a.login = "+84905123456"
        line = self._phone()
        line._send_code()
        code = self._code(line.number)
        wrong = f"{(int(code) + 1) % 10**6:06}"
        self.assertFalse(line._enter_code(wrong))
        self.assertFalse(line._enter_code(""))
        self.assertTrue(line._enter_code(f" {code[:3]} {code[3:]}"))
        self.assertTrue(line.verified_date)
        self.assertEqual(self.resident_a.phone, "+84914555666")
        self.assertEqual(self.user_portal_a.login, "+84914555666")
        self.assertIn("+84905123456", self.resident_a.phone_ids.mapped("number"), "The former number is kept")
        with self.assertRaises(UserError):
            line._enter_code(code)
        with self.assertRaises(UserError):
            line.number = "0914000000"
        with self.assertRaises(UserError):
            line.unlink()
        second = self._phone("0914 555 999")
        second._send_code()
        second._enter_code(self._code(second.number))
        self.assertFalse(line.verified_date)
        self.assertTrue(second.verified_date)

    def test_code_ends(self):
        line = self._phone()
        line._send_code()
        code = self._code(line.number)
        line.code_until = fields.Datetime.subtract(fields.Datetime.now(), minutes=1)
        with self.assertRaises(UserError):
            line._enter_code(code)
        line._send_code()
        code = self._code(line.number)
        for _attempt in range(5):
            line._enter_code("000000" if code != "000000" else "000001")
        with self.assertRaises(UserError, msg="Five wrong codes end it"):
            line._enter_code(code)

    def test_codes_are_limited(self):
        line = self._phone()
        for _attempt in range(3):
            line._send_code()
        with self.assertRaises(UserError):
            line._send_code()

    def test_a_number_of_another_login_is_refused(self):
        self.user_portal_a.login = "+84905123456"
        self.user_portal_b.login = "+84914555666"
        line = self._phone()
        line._send_code()
        with self.assertRaises(ValidationError):
            line._enter_code(self._code(line.number))

    def test_unknown_gateway_fails_loudly(self):
        self.env["ir.config_parameter"].set_param("kdc_residents.text_gateway", "nowhere")
        with mute_logger("odoo.addons.kdc_residents.models.kdc_text_message"), self.assertRaises(UserError):
            self._phone()._send_code()

    def test_pages(self):
        foreign = self._phone("0914 555 111", self.resident_b)
        self.authenticate("kdc_portal_a", "kdc_portal_a")

        def post(path, **values):
            token = http.Request.csrf_token(self)
            return self.url_open(path, data={"csrf_token": token, **values}, allow_redirects=False)

        self.assertIn("0905 123 456", self.url_open("/my/phones").text)
        self.assertEqual(post("/my/phones", number="12").status_code, 422)
        answer = post("/my/phones", number="0914 555 222")
        self.assertEqual(answer.status_code, 303)
        line = self.resident_a.phone_ids
        self.assertEqual(line.number, "+84914555222")
        self.assertEqual(post(f"/my/phones/{line.id}/send").status_code, 303)
        self.assertEqual(post(f"/my/phones/{line.id}/code", code="1").status_code, 422)
        self.assertEqual(post(f"/my/phones/{line.id}/code", code=self._code(line.number)).status_code, 303)
        self.assertEqual(self.resident_a.phone, "+84914555222")
        self.assertEqual(self.url_open("/my/phones").status_code, 200)
        self.assertEqual(post(f"/my/phones/{line.id}/remove").status_code, 422)
        for path in ("", "/send", "/code", "/remove"):
            url = f"/my/phones/{foreign.id}{path}"
            answer = post(url) if path else self.url_open(url)
            self.assertEqual(answer.status_code, 404, url)
        self.assertTrue(foreign.exists())
