import base64
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..engine import sheet
from .common import QUIET, ResidentsCommon


@tagged("post_install", "-at_install")
class TestAreaHead(ResidentsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.group_a)
        cls.user_new = new_test_user(
            cls.env, login="kdc_new_head", groups="kdc_residents.group_staff", company_id=cls.company.id, context=QUIET
        )
        cls.group = cls.env.ref("kdc_residents.group_area_head")

    def _term(self, **vals):
        terms = self.env["kdc.area.head"].with_user(self.user_officer)
        return terms.create(
            {"area_id": self.group_b.id, "user_id": self.user_new.id, "date_from": "2026-01-01", **vals}
        )

    def _sees(self):
        return (
            self.env["kdc.household"]
            .with_user(self.user_new)
            .search([("id", "in", (self.household_a | self.household_b).ids)])
        )

    def test_term_gives_and_takes_the_right(self):
        term = self._term()
        self.assertEqual(term.date_to, fields.Date.to_date("2031-01-01"), "Five years, NĐ 185/2026")
        self.assertEqual(self._sees(), self.household_b)
        self.assertTrue(self.household_b.head_id.with_user(self.user_new).birth_date)
        self.assertEqual(self.group_b.head_id, term)
        term.date_to = self.today
        self.assertFalse(self.user_new.kdc_area_ids)
        self.assertNotIn(self.group, self.user_new.group_ids)
        self.assertFalse(self.group_b.head_id)

    def test_the_night_ends_a_term(self):
        term = self._term(date_to=self.today + timedelta(days=1))
        self.assertTrue(self.user_new.kdc_area_ids)
        self.env.flush_all()
        self.env.cr.execute("UPDATE kdc_area_head SET date_to = %s WHERE id = %s", (self.today, term.id))
        self.env.invalidate_all()
        self.env["kdc.area.head"]._cron_sync_rights()
        self.assertFalse(self.user_new.kdc_area_ids)
        self.assertNotIn(self.group, self.user_new.group_ids)

    def test_the_night_begins_a_term(self):
        term = self._term(date_from=self.today + timedelta(days=1))
        self.assertEqual(term.state, "planned")
        self.assertFalse(self.user_new.kdc_area_ids)
        self.env.flush_all()
        self.env.cr.execute("UPDATE kdc_area_head SET date_from = %s WHERE id = %s", (self.today, term.id))
        self.env.invalidate_all()
        self.env["kdc.area.head"]._cron_sync_rights()
        self.assertEqual(self.user_new.kdc_area_ids, self.group_b)

    def test_rights_from_elsewhere_stay(self):
        self.user_new.kdc_area_ids = self.group_b
        self._term().date_to = self.today
        self.assertEqual(self.user_new.kdc_area_ids, self.group_b, "Given by hand before, not by the term")

    def test_another_term_keeps_the_group_right(self):
        term, _other = self._term(), self._term(area_id=self.group_a.id)
        term.date_to = self.today
        self.assertEqual(self.user_new.kdc_area_ids, self.group_a)
        self.assertIn(self.group, self.user_new.group_ids)

    def test_change_of_account(self):
        term = self._term()
        term.user_id = self.user_area_head
        self.assertFalse(self.user_new.kdc_area_ids)
        self.assertIn(self.group_b, self.user_area_head.kdc_area_ids)

    def test_one_head_at_a_time(self):
        self._term(date_to="2026-06-01")
        self._term(date_from="2026-06-01", user_id=self.user_area_head.id)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self._term(date_from="2026-05-31", date_to="2026-07-01")

    def test_refusals(self):
        cases = {
            "ward": {"area_id": self.ward.id},
            "portal account": {"user_id": self.user_portal_a.id},
            "phone": {"phone": "12345"},
        }
        for name, vals in cases.items():
            with self.subTest(name), mute_logger("odoo.models"), self.assertRaises(UserError):
                self._term(**vals)
        with self.assertRaises(UserError):
            self._term().with_user(self.env.ref("base.user_admin")).unlink()
        for user in (self.user_area_head, self.user_auditor):
            with self.subTest(user.login), mute_logger("odoo.models"), self.assertRaises(AccessError):
                self.env["kdc.area.head"].with_user(user).create(
                    {"area_id": self.group_b.id, "user_id": user.id, "date_from": self.today}
                )

    def test_merger_ends_the_terms(self):
        term = self._term()
        self.env["kdc.area.merge"].with_user(self.user_officer).create({
            "area_ids": [(6, 0, (self.group_a | self.group_b).ids)], "name": "Tổ gộp", "date": self.today,
        }).action_confirm()  # fmt: skip
        self.assertEqual(term.date_to, self.today)
        self.assertIn(self.dwelling_b.area_id, self.user_new.kdc_area_ids, "Acts on until a head is named")


@tagged("post_install", "-at_install")
class TestAreaImport(ResidentsCommon):
    ROWS = (
        ["DANH SÁCH TỔ DÂN PHỐ"],
        ["Mã", "Tên tổ dân phố", "Phường/Xã", "Tổ trưởng", "Số điện thoại", "Từ ngày", "Số quyết định", "Tên cũ"],
        ["T70", "TDP 70", None, "Lê Thị Ánh", "0914 000 111", "01/03/2026", "45/QĐ-UBND", "Khóm Bờ Kè"],
        ["TA", "Tổ dân phố A", None, None, None, None, None, None],
        [None, "Tổ 71", "Phường Lạ", None, None, None, None, None],
        [None, "Tổ 72", None, "Ai Đó", "12", None, None, None],
        ["T70", "Tổ 73", None, None, None, None, None, None],
        [None, None, None, "Không Tên", None, None, None, None],
    )

    def _wizard(self, rows=ROWS):
        return (
            self.env["kdc.area.import"]
            .with_user(self.user_officer)
            .create({"file": base64.b64encode(sheet.write_xlsx(rows)), "company_id": self.company.id})
        )

    def test_dry_run_import_and_again(self):
        wizard = self._wizard()
        before = self.env["kdc.area"].search_count([])
        wizard.action_check()
        self.assertEqual(
            wizard.line_ids.mapped("outcome"), ["new", "changed", "rejected", "rejected", "rejected", "rejected"]
        )
        self.assertTrue(all(line.message for line in wizard.line_ids if line.outcome == "rejected"))
        self.assertEqual(self.env["kdc.area"].search_count([]), before, "Nothing is written by looking")
        wizard.action_import()
        group = self.env["kdc.area"].search([("code", "=", "T70"), ("parent_id", "=", self.ward.id)])
        self.assertEqual(group.name, "Tổ dân phố 70")
        self.assertEqual((group.head_id.name, group.head_id.phone), ("Lê Thị Ánh", "+84914000111"))
        self.assertEqual(group.head_id.resident_id, self.resident_b)
        self.assertEqual(self.group_a.code, "TA")
        found = self.env["kdc.area"].with_user(self.user_officer).name_search("khom bo ke")
        self.assertIn(group.id, [area_id for area_id, _name in found])
        again = self._wizard()
        again.action_check()
        self.assertEqual((again.new_count, again.changed_count, again.same_count), (0, 0, 2))

    def test_new_head_ends_the_old_term(self):
        self._wizard().action_import()
        self._wizard(
            [self.ROWS[1], ["T70", "Tổ 70", None, "Người Mới", None, "01/10/2026", None, None]]
        ).action_import()
        group = self.env["kdc.area"].search([("code", "=", "T70"), ("parent_id", "=", self.ward.id)])
        group.invalidate_recordset()
        self.assertEqual(group.head_ids.mapped("name"), ["Người Mới", "Lê Thị Ánh"])
        self.assertEqual(group.head_ids[1].date_to, group.head_ids[0].date_from)

    def test_bad_files(self):
        for name, data in (
            ("no heading", sheet.write_xlsx([["a", "b"], ["c", "d"]])),
            ("empty", b" "),
            ("text", b"%PDF-1"),
        ):
            wizard = self._wizard()
            wizard.file = base64.b64encode(data)
            with self.subTest(name), self.assertRaises(UserError):
                wizard.action_check()
        headings = self._wizard(self.ROWS[:2])
        with self.assertRaises(UserError):
            headings.action_check()
        with self.assertRaises(ValidationError):
            self.env["kdc.area.head"].create({"area_id": self.ward.id, "name": "X"})
