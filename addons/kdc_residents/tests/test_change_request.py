import base64
import io

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.http import Request
from odoo.tests import tagged
from odoo.tools import mute_logger
from PIL import Image

from .common import ResidentsCommon
from .test_portal_pages import LightCase


def jpeg():
    """Return the bytes of a small picture."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, "JPEG")
    return out.getvalue()


@tagged("post_install", "-at_install")
class TestChangeRequest(ResidentsCommon):
    def submit(self, values, resident=None, user=None, **kwargs):
        requests = self.env["kdc.change.request"].with_user(user or self.user_portal_a)
        return requests._submit(resident or self.resident_a, values, "Giấy khai sinh ghi khác", **kwargs)

    def line(self, change, key):
        return change.line_ids.filtered(lambda line: line.field == key)

    def test_area_head_sees_own_area_only(self):
        mine = self.submit({"name": "Nguyễn Văn Ân"})
        theirs = self.submit({"name": "Lê Thị Anh"}, self.resident_b, self.user_portal_b)
        for model, own, foreign in (
            ("kdc.change.request", mine, theirs),
            ("kdc.change.request.line", mine.line_ids, theirs.line_ids),
        ):
            found = self.env[model].with_user(self.user_area_head).search([("id", "in", (own | foreign).ids)])
            self.assertEqual(found.ids, own.ids)
        with self.assertRaises(UserError):
            mine.line_ids.with_user(self.user_area_head).action_accept()
        with self.assertRaises(AccessError):
            mine.with_user(self.user_area_head).read(["photo"])

    def test_accept_and_refuse_by_field(self):
        change = self.submit(
            {"name": "Nguyễn Văn Ân", "birth_date": "1975-03-20", "phone": "+84905999888", "street": "Trần Phú B"},
            photo=base64.b64encode(jpeg()),
        )
        self.assertEqual(change.promise_date, self.company._kdc_promised_day(fields.Date.context_today(change), 10))
        self.assertTrue(change.photo)
        officer = change.with_user(self.user_officer)
        self.assertEqual(self.line(officer, "birth_date").old_display, "02/03/1975")
        self.assertEqual(self.line(officer, "birth_date").new_display, "20/03/1975")
        for key in ("name", "birth_date", "street"):
            self.line(officer, key).action_accept()
        self.assertEqual(change.state, "pending")
        self.assertEqual(self.resident_a.name, "Nguyễn Văn Ân")
        self.assertEqual(str(self.resident_a.birth_date), "1975-03-20")
        self.assertEqual(self.dwelling_a.street, "Trần Phú B")
        wizard = (
            self.env["kdc.change.refuse"]
            .with_user(self.user_officer)
            .create({"line_ids": [Command.set(self.line(change, "phone").ids)], "reason": "Số này của người khác"})
        )
        wizard.action_confirm()
        self.assertEqual(change.state, "done")
        self.assertFalse(change.photo, "the photo is forgotten after the decision")
        self.assertFalse(
            self.env["ir.attachment"].search(
                [("res_model", "=", "kdc.change.request"), ("res_id", "=", change.id), ("res_field", "!=", False)]
            )
        )
        self.assertEqual(self.resident_a.phone, "+84905123456")
        notice = self.env["kdc.notification"].search([("partner_id", "=", self.resident_a.partner_id.id)], limit=1)
        self.assertEqual(notice.url, f"/my/changes/{change.id}")
        with self.assertRaises(UserError):
            self.line(officer, "phone").action_accept()

    def test_values_do_not_leave_in_lists(self):
        """The officer's form shows both values and notes the look; lists, files and others get none."""
        line = self.submit({"birth_date": "1975-03-20"}).line_ids
        form = {"field": {}, "old_display": {}, "new_display": {}}
        officer = line.with_user(self.user_officer)
        self.assertEqual(officer.web_read(form)[0]["new_display"], "20/03/1975")
        looks = self.env["kdc.access.log"].search([("resident_id", "=", self.resident_a.id)])
        self.assertEqual(looks.user_id, self.user_officer)
        self.user_officer.group_ids += self.env.ref("base.group_allow_export")
        self.assertFalse(line.with_user(self.user_auditor).web_read(form)[0]["new_display"])
        leaks = {
            "read": lambda: officer.read(["new_value"]),
            "export": lambda: officer.export_data(["new_display"]),
            "group": lambda: officer._read_group([], ["new_value"]),
            "context": lambda: officer.with_context(kdc_deciding=True).read(["old_display"]),
            "area head": lambda: line.with_user(self.user_area_head).read(["old_display"]),
        }
        for name, leak in leaks.items():
            with self.subTest(name), self.assertRaises(AccessError), mute_logger("odoo.models"):
                leak()

    def test_only_the_year(self):
        self.resident_a.write({"birth_date": "1975-01-01", "birth_year_only": True})
        change = self.submit({"birth_date": "1975-03-20"})
        self.assertEqual(change.line_ids.old_display, "1975")
        change.with_user(self.user_officer).action_accept_all()
        self.assertFalse(self.resident_a.birth_year_only)

    def test_competing_requests(self):
        """Two people of one house ask for another street: neither is taken over unseen."""
        wife = self.household_a.live_membership_ids.filtered(lambda m: m.role == "wife").resident_id
        user = self._create_portal_user("kdc_portal_wife", wife)
        first = self.submit({"street": "Trần Phú Một"})
        second = self.submit({"street": "Trần Phú Hai"}, wife, user)
        other = self.submit({"street": "Lê Thánh Tông"}, self.resident_b, self.user_portal_b)
        self.assertTrue(first.has_conflict and second.has_conflict)
        self.assertFalse(other.has_conflict)
        officer = first.with_user(self.user_officer)
        with self.assertRaises(UserError):
            officer.action_accept_all()
        self.assertEqual(
            self.env["kdc.change.request"].search(officer.line_ids.action_open_conflicts()["domain"]), first | second
        )
        officer.line_ids.with_context(kdc_conflict_seen=True).action_accept()
        self.env.invalidate_all()
        self.assertFalse(second.has_conflict)
        late = second.line_ids.with_user(self.user_officer)
        self.assertTrue(late.is_stale)
        with self.assertRaises(UserError):
            late.action_accept()
        late.action_refresh()
        late.action_accept()
        self.assertEqual(self.dwelling_a.street, "Trần Phú Hai")

    def test_conflicts_are_counted_in_one_query(self):
        changes = self.env["kdc.change.request"].browse()
        for _number in range(10):
            changes |= self.submit({"street": "Trần Phú Một"})
        self.env.flush_all()
        self.env.invalidate_all()
        lines = changes.line_ids
        lines.mapped("state")
        with self.assertQueryCount(1):
            lines.mapped("conflict_count")

    def test_officer_needs_the_right_to_write(self):
        """The officer's own rights count when a correction is written: another ward's record stays."""
        other = self.env["res.company"].create({"name": "UBND phường khác"})
        foreign = self._create_user("kdc_foreign", "kdc_residents.group_officer")
        foreign.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        change = self.submit({"name": "Nguyễn Văn Ân"})
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            change.line_ids.with_user(foreign).action_accept()

    def test_role_of_the_head_is_no_correction(self):
        lines = self.env["kdc.change.request.line"]
        self.assertFalse(lines._record_for(self.resident_a, "role"))
        wife = self.household_a.live_membership_ids.filtered(lambda m: m.role == "wife")
        change = self.submit({"role": "sibling"}, wife.resident_id)
        change.with_user(self.user_officer).action_accept_all()
        self.assertEqual(wife.role, "sibling")

    def test_whom_a_head_asks_for(self):
        people = self.env["kdc.change.request"]._people_for(self.resident_a)
        self.assertIn(self.resident_a, people)
        self.assertFalse(people.filtered(lambda one: one.role == "wife"), "adults ask for themselves")
        wife = self.household_a.live_membership_ids.filtered(lambda m: m.role == "wife").resident_id
        self.assertEqual(self.env["kdc.change.request"]._people_for(wife), wife)

    def test_refusal_needs_a_reason(self):
        change = self.submit({"name": "Nguyễn Văn Ân"})
        with self.assertRaises(ValidationError):
            change.line_ids.with_user(self.user_officer)._refuse("  ")

    def test_late(self):
        change = self.submit({"name": "Nguyễn Văn Ân"})
        self.assertFalse(change.is_late)
        change.promise_date = "2020-01-01"
        self.assertTrue(change.is_late)
        self.assertIn(change, self.env["kdc.change.request"].search([("is_late", "=", True)]))
        self.assertNotIn(change, self.env["kdc.change.request"].search([("is_late", "=", False)]))


@tagged("post_install", "-at_install")
class TestChangePages(LightCase):
    def form(self, **values):
        tree = self.tree(self.get("/my/changes/new"))
        data = {field.get("name"): field.get("value") or "" for field in tree.xpath("//main//input[@name]")}
        for select in tree.xpath("//main//select"):
            chosen = select.xpath("option[@selected]/@value") or select.xpath("option[1]/@value")
            data[select.get("name")] = chosen[0]
        data.pop("csrf_token")
        data.pop("photo")
        return {**data, "reason": "Giấy khai sinh ghi khác", **values}

    def test_send_follow_withdraw(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.get("/my/changes")
        nothing = self.post("/my/changes/new", self.form(), status=422)
        self.assertIn("Giấy khai sinh", nothing.text)
        wrong = self.post("/my/changes/new", self.form(birth_date="31/02/1975", name="Nguyễn Văn Ân"), status=422)
        self.assertIn("31/02/1975", wrong.text, "what was typed stays")
        self.assertIn("Nguyễn Văn Ân", wrong.text)
        location = self.post("/my/changes/new", self.form(birth_date="21.3.1975")).headers["Location"]
        change = self.env["kdc.change.request"].search([("resident_id", "=", self.resident_a.id)])
        self.assertTrue(location.endswith(f"/my/changes/{change.id}"))
        self.assertEqual(change.line_ids.mapped("field"), ["birth_date"])
        self.assertEqual(change.line_ids.new_value, "1975-03-21")
        self.assertIn("21/03/1975", self.get(f"/my/changes/{change.id}").text)
        self.post("/my/changes/new", self.form(birth_date="22/3/1975"), status=422)
        self.post(f"/my/changes/{change.id}/withdraw")
        self.assertEqual(change.state, "withdrawn")

    def test_others_requests_do_not_exist(self):
        change = self.env["kdc.change.request"]._submit(self.resident_b, {"name": "Lê Thị Anh"}, "Sai dấu")
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.get(f"/my/changes/{change.id}", status=404)
        self.post(f"/my/changes/{change.id}/withdraw", status=404)
        self.get(f"/my/changes/new?person={self.resident_b.id}", status=404)
        self.get("/my/changes/new?person=abc", status=404)
        self.post("/my/changes/new", self.form(person=str(self.resident_b.id)), status=404)
        self.assertEqual(change.state, "pending")

    def test_photo(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        data = {"csrf_token": Request.csrf_token(self), **self.form(name="Nguyễn Văn Ân")}
        files = {"photo": ("khai-sinh.jpg", b"no picture", "image/jpeg")}
        response = self.url_open("/my/changes/new", data=data, files=files, allow_redirects=False)
        self.assertEqual(response.status_code, 422)
        files = {"photo": ("khai-sinh.jpg", jpeg(), "image/jpeg")}
        response = self.url_open("/my/changes/new", data=data, files=files, allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        change = self.env["kdc.change.request"].search([("resident_id", "=", self.resident_a.id)])
        self.assertTrue(change.photo)
        self.get(f"/web/content/kdc.change.request/{change.id}/photo", status=404)

    def test_not_more_than_a_few_a_day(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        keys = (
            {"name": "Nguyễn Văn Ân"},
            {"street": "Trần"},
            {"alley": "45"},
            {"occupation": "Thợ may"},
            {"sex": "other"},
        )
        for values in keys:
            self.post("/my/changes/new", self.form(**values))
        self.post("/my/changes/new", self.form(phone="0914 555 666"), status=422)
