import base64
import io
from datetime import date, timedelta

from freezegun import freeze_time
from odoo import fields, http
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError
from pypdf import PdfReader

from .common import ResidentsCommon


def pdf_text(data):
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).split())


class LetterCommon(ResidentsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind = cls.env.ref("kdc_residents.letter_type_residence")
        cls.poor = cls.env.ref("kdc_residents.letter_type_circumstances")
        cls.today = fields.Date.context_today(cls.kind)

    def _letter(self, kind=None, resident=None, **vals):
        record = self.env["kdc.letter"].with_user(self.user_officer).create({
            "type_id": (kind or self.kind).id, "resident_id": (resident or self.resident_a).id,
            "purpose": "nhập học cho con", **vals,
        })  # fmt: skip
        return record

    def _decide(self, code="poor", household=None, **vals):
        day = self.today.replace(month=1, day=1)
        return self.env["kdc.household.status"].create({
            "kind_id": self.env.ref(f"kdc_residents.status_{code}").id,
            "household_id": (household or self.household_a).id,
            "date_from": day, "decision_number": "15/QĐ-UBND", "issuer": "UBND phường", **vals,
        })  # fmt: skip

    def _signed(self, **vals):
        record = self._letter(**vals)
        if record.needs_circumstances:
            record.circumstances = "Hộ nghèo theo Quyết định số 15/QĐ-UBND"
        record.action_approve()
        record.signer_name = "Trương Đình Lợi"
        record.action_sign()
        return record

    def _notices(self, resident):
        return self.env["kdc.notification"].search([("partner_id", "=", resident.partner_id.id)])


@tagged("post_install", "-at_install")
class TestLetter(LetterCommon):
    def test_words_of_the_letter(self):
        record = self._letter()
        for part in (
            "Nguyễn Văn An",
            self.resident_a.personal_number_masked,
            "12/3 Trần Phú",
            "Tổ dân phố A",
            self.ward.name,
            "nhập học cho con",
        ):
            self.assertIn(part, record.body)
        self.assertIn("02/03/1975", record.body, "Written out on the paper the person asked for")
        self.assertNotIn("056075001234", record.body)
        self.assertNotIn("{", record.body)
        self.assertGreater(record.deadline, self.today)

    @freeze_time("2026-02-12 03:00:00")
    def test_the_promise_leaves_out_weekends_and_holidays(self):
        """12 February 2026 is the Thursday before Tết: the second working day after it comes ten days later."""
        company = self.env["res.company"].create({"name": "UBND phường thử"})
        if "kdc_feedback_calendar_id" in company:
            company.kdc_feedback_calendar_id = False
        add = company._kdc_add_working_days
        self.assertEqual(add(date(2026, 2, 12), 1), date(2026, 2, 13))
        self.assertEqual(add(date(2026, 2, 12), 2).isoformat(), "2026-02-23", "Tết is no working time")
        self.assertEqual(company._kdc_working_days(date(2026, 2, 12), date(2026, 2, 23)), 2)
        self.assertEqual(add(date(2026, 4, 29), 1).isoformat(), "2026-05-04", "30 April, 1 May and the weekend")

    def test_a_letter_certifies_only_what_the_register_shows(self):
        record = self._letter(kind=self.poor)
        self.assertTrue(record.status_missing)
        with self.assertRaises(UserError):
            record.action_approve()
        status = self._decide(date_to=self.today)
        record.invalidate_recordset()
        self.assertFalse(record.status_missing)
        with self.assertRaisesRegex(UserError, "circumstances", msg="Nobody wrote what the letter certifies"):
            record.action_approve()
        record.circumstances = "Hộ nghèo"
        record.action_approve()
        record.signer_name = "Trương Đình Lợi"
        status.write({"cancel_reason": "Nhầm hộ"})
        status.action_cancel()
        record.invalidate_recordset()
        with self.assertRaises(UserError, msg="The status ended before the signature"):
            record.action_sign()
        record._refuse("Hộ không thuộc diện")
        self.assertFalse(record.status_missing)
        self.assertFalse(self._letter().status_missing, "Other letters certify no status")

    def test_circumstances_come_from_the_register_for_social_affairs_only(self):
        self._decide(decision_date=self.today.replace(month=1, day=1))
        record = self._letter(kind=self.poor)
        with self.assertRaises(AccessError):
            record.action_take_status()
        self.user_officer.group_ids += self.env.ref("kdc_residents.group_social")
        record.action_take_status()
        self.assertIn("15/QĐ-UBND", record.circumstances)
        self.assertIn(f"Hoàn cảnh gia đình: {record.circumstances}", record.body)
        record.action_approve()
        self.assertEqual(record.state, "signature")

    def test_words_follow_what_is_typed_in_the_form(self):
        self._decide()
        record = self._letter(kind=self.poor)
        with Form(record) as form:
            form.circumstances = "Hộ nghèo"
            self.assertIn("Hoàn cảnh gia đình: Hộ nghèo", form.body)
            self.assertIn("Nguyễn Văn An", form.body)
            form.signer_name = "Trương Đình Lợi"
        self.assertIn("Hoàn cảnh gia đình: Hộ nghèo", record.body)
        with Form(self.env["kdc.letter"].with_user(self.user_officer)) as form:
            form.type_id, form.resident_id, form.purpose = self.kind, self.resident_b, "vay vốn"
            self.assertFalse(form.body, "Nobody is looked at before the request is there")
        self.assertIn(self.resident_b.name, form.record.body)

    def test_no_gap_is_signed(self):
        empty = self._letter(resident=self.resident_b)
        empty.body = False
        with self.assertRaisesRegex(UserError, "no words"):
            empty.action_approve()
        record = self._letter()
        record.body += "\nGhi chú: …………………"
        with self.assertRaisesRegex(UserError, "dotted line"):
            record.action_approve()
        record.body = record.body.replace("\nGhi chú: …………………", "")
        record.action_approve()

    def test_whoever_reads_the_words_is_noted(self):
        """The words hold a whole date of birth: no list, file or search gives them, and opening leaves a line."""
        record = self._letter()
        self.env["kdc.access.log"].search([]).invalidate_recordset()
        domain = [("resident_id", "=", self.resident_a.id), ("kind", "=", "reveal"), ("subject", "=", "birth_date")]
        before = self.env["kdc.access.log"].search_count(domain)
        shown = record.web_read({"body": {}, "number": {}})
        self.assertIn("02/03/1975", shown[0]["body"])
        record.web_read({"body": {}})
        lines = self.env["kdc.access.log"].search(domain)
        self.assertEqual(len(lines) - before, 1, "One look is one line")
        self.assertEqual((lines[0].user_id, lines[0].purpose), (self.user_officer, "request"))
        letters = record | self._letter(kind=self.env.ref("kdc_residents.letter_type_household"))
        self.assertEqual({row["body"] for row in letters.web_read({"body": {}})}, {False})
        for attempt in (
            lambda: letters.read(["body"]),
            lambda: letters.export_data(["body"]),
            lambda: letters.search([("body", "ilike", "02/03/1975")]),
            lambda: self.env["kdc.letter"].with_user(self.user_officer).formatted_read_group([], ["body"], ["__count"]),
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_a_status_of_last_year_is_none(self):
        last = self.today.replace(year=self.today.year - 1, month=12, day=31)
        self._decide(date_from=last.replace(month=1, day=1), date_to=last)
        self.assertTrue(self._letter(kind=self.poor).status_missing)

    def test_the_whole_way(self):
        record = self._letter()
        record.action_approve()
        with self.assertRaises(UserError, msg="Nobody named who signs"):
            record.action_sign()
        record.signer_name = "Trương Đình Lợi"
        record.action_sign()
        self.assertEqual(record.number, f"01/{self.today.year}/XN01")
        self.assertEqual(record.valid_until, self.today + timedelta(days=180))
        text = pdf_text(base64.b64decode(record.sudo().with_context(bin_size=False).pdf))
        for part in (
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "Nguyễn Văn An",
            record.number,
            "Trương Đình Lợi",
            "/verify/",
        ):
            self.assertIn(part, text)
        self.assertIn(record.number, self._notices(self.resident_a)[:1].title)
        record.action_hand_over()
        self.assertEqual((record.state, record.handed_over_on), ("handed", self.today))

    def test_numbers_without_gaps(self):
        first, refused = self._signed(), self._letter()
        refused._refuse("Không đủ điều kiện")
        first._cancel("Ghi sai địa chỉ")
        second = self._signed(resident=self.resident_b)
        self._decide()
        other_kind = self._signed(kind=self.poor)
        self.assertEqual((first.ordinal, second.ordinal, other_kind.ordinal), (1, 2, 1))
        self.assertFalse(refused.number)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            second.sudo().ordinal = 1
            self.env.flush_all()
        with mute_logger("odoo.models"), self.assertRaises(UserError):
            first.with_user(self.env.ref("base.user_admin")).unlink()

    def test_steps_in_wrong_order(self):
        record = self._letter()
        for step in ("action_sign", "action_hand_over", "action_back"):
            record.signer_name = "X"
            with self.subTest(step), self.assertRaises(UserError):
                getattr(record, step)()
        with self.assertRaises(UserError):
            record._cancel("zu früh")
        self.assertEqual(record.state, "checking")

    def test_nobody_writes_the_state(self):
        record = self._letter()
        for vals in (
            {"state": "ready"},
            {"number": "9/9"},
            {"ordinal": 7},
            {"token": "x"},
            {"resident_id": self.resident_b.id},
        ):
            with self.subTest(vals), mute_logger("odoo.models"), self.assertRaises(AccessError):
                record.write(vals)
        with mute_logger("odoo.models"), self.assertRaises(AccessError):
            self._letter(kind=self.poor, state="ready")
        signed = self._signed(resident=self.resident_b)
        with self.assertRaises(UserError):
            signed.body = "khác"

    def test_ask_and_answer_move_the_promise(self):
        record = self._letter()
        promised = record.deadline
        record._ask("Xin cho biết tên trường.")
        self.assertIn("tên trường", self._notices(self.resident_a)[:1].body)
        record.sudo().asked_on = self.today - timedelta(days=7)
        record.sudo()._answer("Trường Lý Thái Tổ")
        waited = self.company._kdc_working_days(self.today - timedelta(days=7), self.today)
        self.assertGreater(waited, 0)
        self.assertEqual(record.state, "checking")
        self.assertEqual(self.company._kdc_working_days(promised, record.deadline), waited)

    def test_one_open_letter_of_a_kind(self):
        self._letter()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self._letter()
            self.env.flush_all()

    def test_conditions(self):
        stranger = self.env["kdc.resident"].create({"name": "Người Ngoài"})
        with self.assertRaises(ValidationError):
            self._letter(resident=stranger)
        with self.assertRaises(ValidationError):
            self.kind.body = "Xin {mat_khau}"

    def test_scan_is_what_is_handed_out(self):
        record = self._signed()
        with self.assertRaises(ValidationError):
            record.scan = base64.b64encode(b"<html>")
        record.scan = base64.b64encode(b"%PDF-1.4 scan")
        self.assertEqual(record._file(), (b"%PDF-1.4 scan", "application/pdf"))

    def test_check_tells_four_facts(self):
        self._decide()
        record = self._signed(kind=self.poor)
        token = record.sudo().token
        found = self.env["kdc.letter"].with_user(self.env.ref("base.public_user"))._verify(token)
        self.assertEqual(set(found), {"status", "name", "number", "date", "valid_until", "office"})
        self.assertEqual(found["status"], "valid")
        self.assertNotIn("nghèo", str(found).lower(), "The kind would tell that somebody is poor")
        record.sudo().valid_until = self.today - timedelta(days=1)
        self.assertEqual(self.env["kdc.letter"]._verify(token)["status"], "expired")
        record._cancel("Sai")
        self.assertEqual(self.env["kdc.letter"]._verify(token)["status"], "cancelled")
        for wrong in ("", "x", token[:-1], token + "a", "%", "' OR 1=1 --", None):
            self.assertIsNone(self.env["kdc.letter"]._verify(wrong))

    def test_late(self):
        record = self._letter()
        record.sudo().deadline = self.today - timedelta(days=1)
        found = self.env["kdc.letter"].search([("late", "=", True), ("id", "=", record.id)])
        self.assertTrue(found.late)


@tagged("post_install", "-at_install")
class TestLetterPages(LetterCommon, HttpCase):
    def _post(self, url, **data):
        return self.url_open(url, data={"csrf_token": http.Request.csrf_token(self), **data}, allow_redirects=False)

    def test_request_follow_answer_download(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.assertIn(self.kind.name, self.url_open("/my/letters/new").text)
        self.assertEqual(self._post("/my/letters/new", kind="999999", purpose="").status_code, 422)
        again = self._post("/my/letters/new", kind="0", purpose="<b>nhập học</b>")
        self.assertIn("&lt;b&gt;nhập học", again.text, "Nothing typed is lost, nothing is markup")
        answer = self._post("/my/letters/new", kind=str(self.kind.id), purpose="nhập học")
        self.assertEqual(answer.status_code, 303)
        record = self.env["kdc.letter"].search([("resident_id", "=", self.resident_a.id)])
        self.assertEqual((record.channel, record.state), ("portal", "checking"))
        self.assertEqual(self._post("/my/letters/new", kind=str(self.kind.id), purpose="lần hai").status_code, 303)
        self.assertEqual(self.env["kdc.letter"].search_count([("resident_id", "=", self.resident_a.id)]), 1)
        self.assertEqual(self.url_open(f"/my/letters/{record.id}/file").status_code, 404, "Not signed yet")

        record.with_user(self.user_officer)._ask("Trường nào?")
        self.assertIn(f"/my/letters/{record.id}", self.url_open("/my").text, "It stands among what is to do")
        self.assertIn("Trường nào?", self.url_open(f"/my/letters/{record.id}").text)
        self.assertEqual(self._post(f"/my/letters/{record.id}/answer", answer=" ").status_code, 422)
        self._post(f"/my/letters/{record.id}/answer", answer="Lý Thái Tổ")
        self.assertEqual((record.state, record.answer), ("checking", "Lý Thái Tổ"))
        self._post(f"/my/letters/{record.id}/answer", answer="muộn")
        self.assertEqual(record.answer, "Lý Thái Tổ")

        officer = record.with_user(self.user_officer)
        officer.action_approve()
        self._post(f"/my/letters/{record.id}/withdraw")
        self.assertEqual(record.state, "signature", "Too late to withdraw")
        officer.signer_name = "Trương Đình Lợi"
        officer.action_sign()
        file = self.url_open(f"/my/letters/{record.id}/file")
        self.assertTrue(file.content.startswith(b"%PDF-"))
        self.assertIn("no-store", file.headers["Cache-Control"])

    def test_withdraw(self):
        record = self._letter()
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self._post(f"/my/letters/{record.id}/withdraw")
        self.assertEqual(record.state, "cancelled")
        self.assertFalse(record.number)

    def test_the_head_asks_for_a_child(self):
        child = self.household_a.membership_ids.filtered(lambda m: m.role == "child").resident_id
        wife = self.household_a.membership_ids.filtered(lambda m: m.role == "wife").resident_id
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        page = self.url_open("/my/letters/new").text
        self.assertIn(child.name, page)
        self.assertIn(wife.name, page, "She has no account to ask with")
        self._post("/my/letters/new", kind=self.kind.id, purpose="nhập học", person=child.id)
        record = self.env["kdc.letter"].search([("resident_id", "=", child.id)])
        self.assertEqual(record.requester_id, self.resident_a.partner_id)
        self.assertIn(child.name, self.url_open("/my/letters").text)
        record.with_user(self.user_officer)._ask("Lớp mấy?")
        self.assertTrue(self._notices(self.resident_a), "Who asked is told")
        self.assertIn(f"/my/letters/{record.id}", self.url_open("/my").text)
        self._post(f"/my/letters/{record.id}/answer", answer="Lớp 6")
        self.assertEqual(record.answer, "Lớp 6")

        # Who has an account asks alone; strangers never.
        self._create_portal_user("kdc_portal_wife", wife)
        self.assertNotIn(wife.name, self.url_open("/my/letters/new").text)
        for stranger in (wife, self.resident_b):
            answer = self._post("/my/letters/new", kind=self.kind.id, purpose="x", person=stranger.id)
            self.assertEqual(answer.status_code, 404)

        # A member who does not act for the household asks for nobody else and sees no letter of others.
        self.authenticate("kdc_portal_wife", "kdc_portal_wife")
        self.assertNotIn(child.name, self.url_open("/my/letters/new").text)
        self.assertEqual(self.url_open(f"/my/letters/{record.id}").status_code, 404)

        # What the head asked for a child stays behind when the child leaves the household.
        self.household_a.membership_ids.filtered(lambda m: m.resident_id == child).date_end = self.today
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.assertEqual(self.url_open(f"/my/letters/{record.id}").status_code, 404)

    def test_others_do_not_exist(self):
        record = self._signed()
        self.authenticate("kdc_portal_b", "kdc_portal_b")
        for path in ("", "/file"):
            with self.subTest(path):
                self.assertEqual(self.url_open(f"/my/letters/{record.id}{path}").status_code, 404)
        for path in ("/answer", "/withdraw"):
            with self.subTest(path):
                self.assertEqual(self._post(f"/my/letters/{record.id}{path}", answer="x").status_code, 404)
        self.assertEqual(self.url_open(f"/kdc/letters/{record.id}.pdf").status_code, 404)
        self.assertNotIn("XN01", self.url_open("/my/letters").text)
        self.authenticate("kdc_area_head", "kdc_area_head")
        self.assertEqual(self.url_open(f"/kdc/letters/{record.id}.pdf").status_code, 404)
        self.assertEqual(self.url_open("/my/letters").status_code, 404)
        self.authenticate("kdc_officer", "kdc_officer")
        self.assertTrue(self.url_open(f"/kdc/letters/{record.id}.pdf").content.startswith(b"%PDF-"))

    def test_public_check(self):
        self._decide()
        record = self._signed(kind=self.poor)
        token = record.sudo().token
        page = self.url_open(f"/verify/{token}").text
        for part in ("Nguyễn Văn An", record.number, fields.Date.context_today(record).strftime("%d/%m/%Y")):
            self.assertIn(part, page)
        for secret in ("nghèo", "1975", "HOÀN CẢNH", "Trần Phú", "056***", "nhập học", "0905", record.body[:40]):
            self.assertNotIn(secret, page)
        record._cancel("Ghi sai")
        cancelled = self.url_open(f"/verify/{token}").text
        self.assertIn("k-badge-late", cancelled)
        self.assertNotIn("Ghi sai", cancelled)

    def test_guessing_is_slowed(self):
        record = self._signed()
        limit = self.env["kdc.throttle"]._LIMITS["letter"][0]
        codes = [self.url_open(f"/verify/{'a' * 21}{n % 10}").status_code for n in range(limit + 1)]
        self.assertEqual(set(codes[:limit]), {404})
        self.assertEqual(codes[limit], 429)
        self.assertEqual(self.url_open(f"/verify/{record.sudo().token}").status_code, 429)
