from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import ResidentsCommon


@tagged("post_install", "-at_install")
class TestDuplicate(ResidentsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pairs = cls.env["kdc.duplicate"]
        cls.user_admin = cls._create_user("kdc_admin", "kdc_residents.group_admin")

    def person(self, name, birth_date, **vals):
        return self.env["kdc.resident"].create(
            {"name": name, "birth_date": birth_date, "company_id": self.company.id, **vals}
        )

    def pair(self, one, other):
        ids = sorted((one.id, other.id))
        return self.pairs.search([("resident_id", "=", ids[0]), ("other_id", "=", ids[1])])

    def merge(self, keep, drop, user=None):
        wizard = self.env["kdc.resident.merge"].with_user(user or self.user_admin)
        return wizard.create({"keep_id": keep.id, "drop_id": drop.id})

    def test_what_looks_like_one_person(self):
        """(name, birth, phone) of a second record beside resident A → suspected or not."""
        table = (
            ("NGUYEN VAN AN", "1975-03-02", False, True),
            ("Nguyễn Văn Ân", "1975-03-02", "0914 222 333", True),
            ("Nguyễn Văn An", "1976-03-02", False, False),
            ("Nguyễn Văn An", "1976-03-02", "0905 123 456", True),
            ("Nguyễn Văn Anh", "1975-03-02", "0905 123 456", True),
            ("Trần Thị Hoa", "1999-09-09", "0905 123 456", False),
        )
        for name, birth, number, suspected in table:
            with self.subTest(name=name, birth=birth, phone=number):
                other = self.person(name, birth, phone=number)
                self.env.invalidate_all()
                self.assertEqual(bool(self.pair(self.resident_a, other)), suspected)
                self.assertEqual(bool(self.resident_a.duplicate_count and other.duplicate_count), suspected)
                other.write({"active": False, "archive_reason": "thử"})
                self.pairs._find()
                self.assertFalse(self.pair(self.resident_a, other), "no longer suspected once archived")

    def test_two_people_are_remembered(self):
        other = self.person("Nguyễn Văn An", "1975-03-02")
        pair = self.pair(self.resident_a, other)
        with self.assertRaises(UserError):
            pair.with_user(self.user_auditor).action_different()
        pair.with_user(self.user_officer).action_different()
        self.pairs._find()
        self.assertEqual(pair.state, "different")
        self.assertFalse(other.duplicate_count)
        pair.with_user(self.user_officer).action_reopen()
        self.assertEqual(pair.state, "suspected")

    def test_other_wards_are_not_compared(self):
        other = self.env["res.company"].create({"name": "UBND phường khác"})
        stranger = self.env["kdc.resident"].create(
            {"name": "Nguyễn Văn An", "birth_date": "1975-03-02", "company_id": other.id}
        )
        self.pairs._find()
        self.assertFalse(self.pair(self.resident_a, stranger))

    def test_the_form_warns(self):
        with (
            Form(self.env["kdc.resident"].with_user(self.user_officer)) as form,
            self.assertLogs("odoo.tests.form.onchange", "WARNING") as log,
        ):
            form.name = "nguyen van an"
            form.birth_date = "1975-03-02"
        self.assertIn(self.household_a.name, "".join(log.output))

    def test_merge_refused(self):
        """What must be put right first, each said in words."""
        twin = self.person("Nguyễn Văn An", "1975-03-02", personal_number="056075009999")
        self.assertTrue(self.merge(self.resident_a, twin).problems, "two numbers")
        twin.personal_number = False
        self.assertFalse(self.merge(self.resident_a, twin).problems)
        self.assertTrue(self.merge(twin, self.resident_a).problems, "a head is not archived")
        self.assertTrue(self.merge(twin, twin).problems)
        account = self._create_portal_user("kdc_twin", twin)
        self.assertTrue(self.merge(self.resident_a, twin).problems, "two accounts")
        account.active = False
        self.assertFalse(self.merge(self.resident_a, twin).problems)
        self.env["kdc.household.membership"].create(
            {"household_id": self.household_b.id, "resident_id": twin.id, "role": "lodger", "date_start": "2021-01-01"}
        )
        refused = self.merge(self.resident_a, twin)
        self.assertTrue(refused.problems, "two households")
        with self.assertRaises(UserError):
            refused.action_merge()
        self.assertTrue(twin.active)

    def test_only_administrators_merge(self):
        twin = self.person("Nguyễn Văn An", "1975-03-02")
        wizard = self.merge(self.resident_a, twin)
        with self.assertRaises(UserError):
            wizard.sudo().with_user(self.user_officer).sudo().action_merge()

    def test_merge(self):
        """Past memberships, gaps, account, requests and notices move; nothing is deleted."""
        twin = self.person("Nguyễn Văn An", "1975-03-02", phone="0914 777 888", email="an@example.com", sex="male")
        past = self.env["kdc.household.membership"].create(
            {
                "household_id": self.household_b.id,
                "resident_id": twin.id,
                "role": "lodger",
                "date_start": "2018-01-01",
                "date_end": "2019-01-01",
            }
        )
        doubled = self.env["kdc.household.membership"].create(
            {"household_id": self.household_a.id, "resident_id": twin.id, "role": "other", "date_start": "2021-01-01"}
        )
        change = self.env["kdc.change.request"]._submit(twin, {"occupation": "Thợ may"}, "Chưa ghi")
        self.env["kdc.notification"]._notify(twin.partner_id, "Xin chào")
        pair = self.pair(self.resident_a, twin)
        self.assertTrue(pair)
        self.resident_a.email = False
        self.user_portal_a.active = False
        account = self._create_portal_user("kdc_twin", twin)
        members = self.household_a.member_count
        self.merge(self.resident_a, twin).action_merge()
        self.env.invalidate_all()
        self.assertFalse(twin.active)
        self.assertEqual(twin.merged_into_id, self.resident_a)
        self.assertEqual(past.resident_id, self.resident_a)
        self.assertEqual(doubled.resident_id, twin, "what contradicts stays where it was written")
        self.assertTrue(doubled.date_end)
        self.assertEqual(self.household_a.member_count, members - 1)
        self.assertEqual(self.resident_a.household_id, self.household_a)
        self.assertEqual(self.household_a.head_id, self.resident_a)
        self.assertEqual(change.resident_id, self.resident_a)
        self.assertEqual(change.line_ids.target_id, self.resident_a.id)
        self.assertEqual(account.partner_id, self.resident_a.partner_id)
        self.assertEqual(account._kdc_resident(), self.resident_a)
        self.assertEqual(self.resident_a.email, twin.email)
        self.assertEqual(self.resident_a.phone, "+84905123456", "what is known stays")
        self.assertTrue(self.env["kdc.notification"].search([("partner_id", "=", self.resident_a.partner_id.id)]))
        self.assertEqual(pair.state, "merged")
        self.assertTrue(self.resident_a.message_ids.filtered(lambda m: str(twin.id) in (m.body or "")))

    def test_the_number_moves(self):
        self.resident_a.personal_number = False
        twin = self.person("Nguyễn Văn An", "1975-03-02", personal_number="056075009999")
        self.merge(self.resident_a, twin).action_merge()
        self.assertEqual(self.resident_a.personal_number, "056075009999")
        self.assertFalse(twin.personal_number)

    def test_membership_moves_with_the_address(self):
        """Who had no household gets the one of the other record."""
        loner = self.person("Lê Văn Tám", "1990-01-01", personal_number="056090001111")
        twin = self.person("Le Van Tam", "1990-01-01")
        live = self.env["kdc.household.membership"].create(
            {"household_id": self.household_b.id, "resident_id": twin.id, "role": "lodger", "date_start": "2021-01-01"}
        )
        self.merge(loner, twin).action_merge()
        self.env.invalidate_all()
        self.assertEqual(live.resident_id, loner)
        self.assertEqual(loner.household_id, self.household_b)
        self.assertEqual(loner.partner_id.parent_id, self.household_b.partner_id)
        self.assertFalse(twin.household_id)
