from datetime import timedelta

from odoo import fields, http
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import ResidentsCommon


class DataRequestCommon(ResidentsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.delete = cls.env.ref("kdc_residents.data_right_delete")
        cls.correct = cls.env.ref("kdc_residents.data_right_correct")
        cls.today = fields.Date.context_today(cls.delete)
        cls.wife = cls.household_a.membership_ids.filtered(lambda m: m.role == "wife").resident_id

    def _request(self, right=None, resident=None, **vals):
        return self.env["kdc.data.request"].with_user(self.user_officer).create(
            {"right_id": (right or self.delete).id, "resident_id": (resident or self.wife).id,
             "details": "Xin xóa dữ liệu", **vals}
        )  # fmt: skip

    def _notices(self, resident):
        return self.env["kdc.notification"].search([("partner_id", "=", resident.partner_id.id)])


@tagged("post_install", "-at_install")
class TestDataRequest(DataRequestCommon):
    def test_the_clock(self):
        record = self._request()
        clock = self.delete._clock()
        self.assertEqual(record.acknowledge_by, clock.acknowledge_by(self.today, self.company._kdc_work_calendar()))
        self.assertEqual(record.act_by, self.today + timedelta(days=20))
        self.assertEqual(record.due_date, record.acknowledge_by, "First the ward must confirm")
        record.action_acknowledge()
        self.assertEqual((record.state, record.due_date), ("in_progress", record.act_by))
        self.assertEqual(record.sudo().activity_ids.date_deadline, record.act_by, "The desk shows the day that counts")
        record._extend("Phải hỏi cơ quan lưu trữ")
        self.assertEqual(record.due_date, self.today + timedelta(days=40))
        self.assertEqual(record.sudo().activity_ids.date_deadline, record.due_date)
        with self.assertRaises(UserError):
            record._extend("Lần hai")
        record._answer("Đã xóa")
        self.assertFalse(record.due_date)
        self.assertFalse(record.is_late)
        self.assertEqual(len(self._notices(self.wife)), 3, "Confirmed, extended, answered")

    def test_late(self):
        record = self._request()
        late = self.env["kdc.data.request"].search([("is_late", "=", True), ("id", "=", record.id)])
        self.assertFalse(late)
        record.sudo().due_date = self.today - timedelta(days=1)
        record.invalidate_recordset()
        self.assertTrue(record.is_late)
        self.assertEqual(late.search([("is_late", "=", True), ("id", "=", record.id)]), record)
        self.assertFalse(late.search([("is_late", "!=", True), ("id", "=", record.id)]))
        cards = self.check_home(self.user_officer)
        self.assertGreaterEqual(cards["data_requests_late"]["count"], 1)

    def test_on_the_desk_of_one_person(self):
        self.company.kdc_data_officer_id = self.user_officer
        record = self._request()
        self.assertEqual(record.activity_ids.user_id, self.user_officer)
        self.assertEqual(record.activity_ids.date_deadline, record.acknowledge_by)
        record._refuse("Không có căn cứ")
        self.assertFalse(record.activity_ids)
        self.assertIn("Không có căn cứ", self._notices(self.wife)[:1].body)
        self.company.kdc_data_officer_id = False
        self.assertTrue(self.company._kdc_data_officer().has_group("kdc_residents.group_officer"))

    def test_nobody_sets_state_or_deadline(self):
        record = self._request()
        for vals in ({"state": "answered"}, {"act_by": self.today}, {"due_date": False}, {"answer": "x"}):
            with self.subTest(vals), mute_logger("odoo.models"), self.assertRaises(AccessError):
                record.write(vals)
        with self.assertRaises(UserError):
            record._answer("Chưa xác nhận")
        with self.assertRaises(UserError):
            record.sudo().unlink()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self._request()
            self.env.flush_all()

    def test_deletion_of_who_lives_here(self):
        """Contact data go, the register stays and the answer says why."""
        self.wife.write(
            {"email": "binh@example.com", "function": "Thợ may", "phone": "0905000111", "comment": "Ghi chú"}
        )
        self.env["kdc.resident.phone"].create({"resident_id": self.wife.id, "number": "0905000222"})
        record = self._request()
        with self.assertRaises(UserError, msg="Not confirmed yet"):
            record._erase()
        record.action_acknowledge()
        wizard = self.env["kdc.data.step"].with_user(self.user_officer).create(
            {"request_id": record.id, "step": "erase", "text": "Kính gửi Bà"}
        )  # fmt: skip
        self.assertFalse(wizard.whole)
        wizard.action_confirm()
        for name in ("email", "function", "phone", "phone_ids"):
            self.assertFalse(self.wife[name], name)
        self.assertEqual(self.wife.name, "Trần Thị Bình")
        self.assertTrue(self.wife.personal_number)
        self.assertEqual((record.state, record.erased_on, self.wife.erased_on), ("answered", self.today, self.today))
        self.assertIn("68/2020", record.answer)
        self.assertIn("Kính gửi Bà", record.answer)
        line = self.env["kdc.access.log"].search([("resident_id", "=", self.wife.id)], limit=1)
        self.assertEqual((line.kind, line.user_id, line.note), ("erase", self.user_officer, record.number))

    def test_deletion_of_who_left(self):
        """Nothing names the person any more; the history of the household still counts."""
        person = self.household_b.membership_ids.filtered(lambda m: m.role == "child").resident_id
        self.env["kdc.identity.document"].create({"resident_id": person.id, "kind": "passport", "number": "C1234567"})
        user = self._create_portal_user("kdc_portal_leaver", person)
        membership = person.membership_ids
        membership.date_end = self.today - timedelta(days=10)
        self.assertFalse(person.household_id)
        vehicle = self.env["kdc.vehicle"].create(
            {"household_id": self.household_b.id, "resident_id": person.id, "plate": "79N1-234.56",
             "description": "Wave đỏ"}
        )  # fmt: skip
        wish = (
            self.env["kdc.change.request"]
            .with_user(user)
            ._submit(person, {"name": "Lê Văn Đông Hải"}, "Tôi ghi sai tên")
        )
        record = self._request(resident=person)
        record.action_acknowledge()
        record._erase()
        self.env.invalidate_all()
        self.assertNotIn("Đông", person.name)
        self.assertNotIn("dong", person.search_key)
        self.assertFalse(person.personal_number)
        self.assertFalse(person.document_ids.with_context(active_test=False))
        self.assertEqual((person.birth_date.month, person.birth_date.day), (1, 1))
        self.assertTrue(person.birth_year_only)
        self.assertFalse(vehicle.plate or vehicle.plate_key or vehicle.description)
        self.assertEqual(vehicle.kind, "motorcycle", "past fees counted it")
        self.assertEqual((wish.state, wish.reason, wish.line_ids.new_value), ("withdrawn", "–", False))
        self.assertFalse(person.active)
        self.assertFalse(user.active)
        self.assertNotIn("kdc_portal_leaver", user.login)
        self.assertEqual(membership.resident_id, person)
        self.assertIn(membership, self.household_b._members_on(self.today - timedelta(days=11)))

    def test_a_refused_letter_keeps_no_words_of_the_person(self):
        letter = self.env["kdc.letter"].with_user(self.user_officer).create(
            {
                "type_id": self.env.ref("kdc_residents.letter_type_circumstances").id,
                "resident_id": self.wife.id,
                "purpose": "vay vốn",
                "circumstances": "Hộ cận nghèo, chồng bệnh",
            }
        )  # fmt: skip
        letter._ask("Vì sao?")
        letter.sudo()._answer("Nhà tôi có người bệnh nặng")
        letter._refuse("Không đúng mẫu")
        record = self._request()
        record.action_acknowledge()
        record._erase()
        self.env.invalidate_all()
        self.assertFalse(letter.circumstances or letter.answer)
        self.assertNotIn("bệnh", " ".join(filter(None, letter.sudo().message_ids.mapped("body"))))
        self.assertEqual(letter.state, "refused")

    def test_old_values_leave_the_story(self):
        person = self.wife.with_context(tracking_disable=False)
        person.partner_id.with_context(tracking_disable=False).email = "binh@example.com"
        self.env.flush_all()
        record = self._request()
        record.action_acknowledge()
        record._erase()
        messages = self.env["mail.message"].search(
            [("model", "in", ("kdc.resident", "res.partner")), ("res_id", "in", (person.id, person.partner_id.id))]
        )
        values = messages.sudo().tracking_value_ids.filtered(lambda value: "binh@" in (value.new_value_char or ""))
        self.assertFalse(values)


@tagged("post_install", "-at_install")
class TestDataRequestPages(DataRequestCommon, HttpCase):
    def _post(self, path, **data):
        data = {"csrf_token": http.Request.csrf_token(self), **data}
        return self.url_open(f"/my/household/data-requests/{path}", data=data, allow_redirects=False)

    def test_ask_follow_withdraw(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.assertIn(f'value="{self.delete.id}"', self.url_open("/my/household/data-requests/new").text)
        again = self._post("new", right="0", details="<b>email</b> của tôi")
        self.assertEqual(again.status_code, 422)
        self.assertIn("&lt;b&gt;email", again.text, "Nothing typed is lost, nothing is markup")
        self.assertEqual(self._post("new", right=self.delete.id, details="Email của tôi").status_code, 303)
        record = self.env["kdc.data.request"].search([("resident_id", "=", self.resident_a.id)])
        self.assertEqual((record.channel, record.state), ("portal", "received"))
        self.assertTrue(record.activity_ids)
        self._post("new", right=self.delete.id, details="Lần hai")
        self.assertEqual(len(record.search([("resident_id", "=", self.resident_a.id)])), 1)
        page = self.url_open(f"/my/household/data-requests/{record.id}").text
        self.assertIn("Email của tôi", page)
        self._post(f"{record.id}/withdraw")
        self.assertEqual(record.state, "withdrawn")
        self._post(f"{record.id}/withdraw")
        self.assertEqual(record.state, "withdrawn")

    def test_children_but_no_adults(self):
        child = self.household_a.membership_ids.filtered(lambda m: m.role == "child").resident_id
        child.birth_date = fields.Date.subtract(self.today, years=8)
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self._post("new", right=self.correct.id, details="Sai tên", person=child.id)
        self.assertTrue(self.env["kdc.data.request"].search([("resident_id", "=", child.id)]))
        for person in (self.wife.id, self.resident_b.id, "x"):
            answer = self._post("new", right=self.correct.id, details="Sai tên", person=person)
            self.assertEqual(answer.status_code, 404, person)

    def test_others_do_not_exist(self):
        record = self._request(resident=self.resident_a)
        self.authenticate("kdc_portal_b", "kdc_portal_b")
        self.assertEqual(self.url_open(f"/my/household/data-requests/{record.id}").status_code, 404)
        self.assertEqual(self._post(f"{record.id}/withdraw").status_code, 404)
        self.assertNotIn(record.number, self.url_open("/my/household/data-requests").text)
        self.authenticate("kdc_officer", "kdc_officer")
        self.assertEqual(self.url_open("/my/household/data-requests").status_code, 404)
        self.assertEqual(record.state, "received")
