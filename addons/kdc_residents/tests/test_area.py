from collections import Counter

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import ResidentsCommon


@tagged("post_install", "-at_install")
class TestArea(ResidentsCommon):
    def test_communes_of_khanh_hoa(self):
        """NQ 1667/NQ-UBTVQH15: 65 units, 48 xã, 16 phường, 1 đặc khu."""
        communes = self.province.child_ids.filtered(lambda a: a.kind == "commune" and a.code != "99999")
        self.assertEqual(Counter(communes.mapped("unit_type")), {"xa": 48, "phuong": 16, "dac_khu": 1})
        codes = {
            "22366": "Phường Nha Trang",
            "22333": "Phường Bắc Nha Trang",
            "22390": "Phường Tây Nha Trang",
            "22402": "Phường Nam Nha Trang",
            "22651": "Xã Diên Khánh",
            "22609": "Xã Khánh Vĩnh",
            "22736": "Đặc khu Trường Sa",
        }
        for code, name in codes.items():
            self.assertEqual(communes.filtered(lambda a, code=code: a.code == code).name, name)

    def test_former_names_lead_to_today(self):
        cases = {
            "Lộc Thọ": "22366",
            "loc tho": "22366",
            "tan lap": "22366",
            "Vĩnh Phương": "22333",
            "phuong sai": "22390",
            "VĨNH HIỆP": "22390",
        }
        for typed, code in cases.items():
            with self.subTest(typed):
                found = self.env["kdc.area"].search([("display_name", "ilike", typed), ("kind", "=", "commune")])
                self.assertIn(code, found.mapped("code"))
        tan_lap = self.env.ref("kdc_residents.alias_tan_lap")
        self.assertEqual((tan_lap.via, str(tan_lap.date_to)), ("Phường Tân Tiến", "2024-11-01"))

    def test_divided_ward_is_partial(self):
        aliases = self.env["kdc.area.alias"].search([("name", "=", "Xã Suối Tân")])
        self.assertEqual(len(aliases.area_id), 3)
        self.assertEqual(aliases.mapped("partial"), [True] * 3)

    def test_group_belongs_to_the_ward_office(self):
        self.assertEqual(self.group_a.company_id, self.company)
        self.assertEqual(self.group_a.display_name, f"Tổ dân phố A, {self.ward.name}")
        self.assertEqual(self.group_a.with_context(kdc_short_area=True).display_name, "Tổ dân phố A")

    def test_same_name_twice_refused(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self._create_group("TỔ DÂN PHỐ a")

    def test_tree_is_in_order(self):
        with self.assertRaises(ValidationError):
            self.env["kdc.area"].create({"name": "Tổ", "kind": "group", "parent_id": self.province.id})

    def test_counts(self):
        self.assertEqual(self.group_a.household_count, 1)
        self.assertEqual(self.group_a.resident_count, 3)
        self.assertGreaterEqual(self.ward.resident_count, 5)


@tagged("post_install", "-at_install")
class TestResident(ResidentsCommon):
    def test_search_without_diacritics(self):
        residents = self.env["kdc.resident"].with_user(self.user_officer)
        for typed in ("nguyen van an", "Nguyễn Văn An", "VĂN AN", "0905 123 456", "056075001234", "056 075 001 234"):
            with self.subTest(typed):
                self.assertIn(self.resident_a.id, [r[0] for r in residents.name_search(typed)])
        self.assertNotIn(self.resident_a.id, [r[0] for r in residents.name_search("056075001")])
        staff = self.env["kdc.resident"].with_user(self.user_staff)
        self.assertFalse(staff.name_search("056075001234"), "The number is a key for officers only")

    def test_sort_by_given_name(self):
        names = ["Nguyễn Văn Bình", "Lê Thị Ân", "Trần Văn Đạt", "Phạm Ái", "Võ Thị Dung", "Đỗ Văn An"]
        residents = self.env["kdc.resident"].create([{"name": name} for name in names])
        ordered = self.env["kdc.resident"].search([("id", "in", residents.ids)])
        expected = ["Phạm Ái", "Đỗ Văn An", "Lê Thị Ân", "Nguyễn Văn Bình", "Võ Thị Dung", "Trần Văn Đạt"]
        self.assertEqual(ordered.mapped("name"), expected)

    def test_personal_number(self):
        self.assertEqual(self.resident_a.personal_number_masked, "056***00****")
        self.assertFalse(self.resident_a.personal_number_warning)
        self.resident_a.sex = "female"
        self.assertTrue(self.resident_a.personal_number_warning, "A mismatch is a warning, never a refusal")
        for wrong in ("05609000123", "0560900012345", "123456789", "05609000123a", "000090001234"):
            with self.subTest(wrong), self.assertRaises(ValidationError):
                self.resident_a.personal_number = wrong
        self.resident_a.personal_number = "056 090 001 234"
        self.assertEqual(self.resident_a.personal_number, "056090001234")

    def test_doubled_personal_number(self):
        with self.assertRaises(ValidationError) as caught:
            self.env["kdc.resident"].create({"name": "Người Khác", "personal_number": "056075001234"})
        self.assertIn("Nguyễn Văn An", str(caught.exception))
        self.assertNotIn("056075001234", str(caught.exception))

    def test_birth_and_phone(self):
        with self.assertRaises(ValidationError):
            self.resident_a.birth_date = "2090-01-01"
        with self.assertRaises(ValidationError):
            self.resident_a.phone = "12345"
        self.resident_a.phone = "0169 123 4567"
        self.assertEqual(self.resident_a.phone, "+84391234567")
        self.resident_a.write({"birth_date": "1975-01-01", "birth_year_only": True})
        self.assertEqual(self.resident_a.birth_display, "1975")

    def test_name_change_reaches_the_household(self):
        self.resident_a.name = "Nguyễn Văn Ân"
        self.assertEqual(self.household_a.name, "Hộ Nguyễn Văn Ân")
        self.household_a.name = "Hộ ông Ân"
        self.resident_a.name = "Nguyễn Văn An"
        self.assertEqual(self.household_a.name, "Hộ ông Ân", "A name given by hand stays")

    def test_move_of_dwelling_moves_the_address(self):
        self.household_a.dwelling_id = self._create_dwelling("9", "Lê Lợi", self.group_b)
        self.assertEqual(self.household_a.street, "9 Lê Lợi")
        self.assertEqual(self.resident_a.area_id, self.group_b)
        self.assertEqual(self.resident_a.partner_id.kdc_area_id, self.group_b)
        self.assertEqual(self.resident_a.street, "9 Lê Lợi")
