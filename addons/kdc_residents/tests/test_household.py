from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger
from psycopg2 import IntegrityError

from .common import ResidentsCommon


@tagged("post_install", "-at_install")
class TestHousehold(ResidentsCommon):
    def _insert_membership(self, household, resident, role):
        """Insert a membership the way a program that knows nothing of our Python would."""
        self.env.cr.execute(
            SQL(
                "INSERT INTO kdc_household_membership (household_id, resident_id, role, date_start, company_id)"
                " VALUES (%s, %s, %s, '2021-01-01', %s)",
                household.id,
                resident.id,
                role,
                self.company.id,
            )
        )

    def _leave(self, resident, day):
        live = resident.membership_ids.filtered(lambda m: not m.date_end)
        live.write({"date_end": day})
        return live.household_id

    def test_composition(self):
        self.assertEqual(self.household_a.head_id, self.resident_a)
        self.assertEqual(self.household_a.member_count, 3)
        self.assertEqual(self.household_a.name, "Hộ Nguyễn Văn An")
        self.assertEqual(self.resident_a.commercial_partner_id, self.household_a.partner_id)
        self.assertEqual(self.resident_a.household_id, self.household_a)
        self.assertEqual(self.resident_a.area_id, self.group_a)
        self.assertEqual(self.resident_a.phone, "+84905123456")
        self.assertEqual(self.resident_a.phone_display, "0905 123 456")
        self.assertEqual(self.household_a.city, self.ward.name)
        self.assertEqual(self.household_a.dwelling_id.occupancy, "occupied")

    def test_second_live_head_refused_by_database(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            newcomer = self.env["kdc.resident"].create({"name": "Người Mới"})
            self._insert_membership(self.household_a, newcomer, "head")

    def test_doubled_live_membership_refused_by_database(self):
        self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self._insert_membership(self.household_b, self.resident_a, "other")

    def test_members_without_head_refused_by_database(self):
        self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.env.cr.execute(
                SQL(
                    "UPDATE kdc_household_membership SET role = 'other' WHERE household_id = %s",
                    self.household_a.id,
                )
            )
            self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_taking_the_head_to_another_household_refused_by_database(self):
        """Both households are looked at: the one the row leaves and the one it goes to."""
        self.env.flush_all()
        statement = "UPDATE kdc_household_membership SET household_id = %s WHERE household_id = %s AND role = 'head'"
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.env.cr.execute("UPDATE kdc_household_membership SET date_end = '2025-01-01' WHERE household_id = %s",
                                [self.household_b.id])  # fmt: skip
            self.env.cr.execute(statement, [self.household_b.id, self.household_a.id])
            self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_members_without_head_message(self):
        with self.assertRaises(ValidationError):
            self._leave(self.resident_a, "2024-01-01")
            self.env.cr.precommit.run()

    def test_leave_and_rejoin(self):
        """T4: uniqueness counts live rows only."""
        child = self.household_a.membership_ids.filtered(lambda m: m.role == "child").resident_id
        self._leave(child, "2022-06-01")
        self.assertFalse(child.household_id)
        self.assertEqual(self.household_a.member_count, 2)
        self.env["kdc.household.membership"].create(
            {
                "household_id": self.household_a.id,
                "resident_id": child.id,
                "role": "child",
                "date_start": "2023-06-01",
            }
        )
        self.env.flush_all()
        self.assertEqual(child.household_id, self.household_a)
        for day, present in ((date(2022, 5, 31), True), (date(2022, 6, 1), False), (date(2023, 6, 1), True)):
            self.assertEqual(child in self.household_a._members_on(day).resident_id, present, day)

    def test_overlap_in_the_past_refused(self):
        child = self.household_a.membership_ids.filtered(lambda m: m.role == "child").resident_id
        self._leave(child, "2022-06-01")
        with self.assertRaises(ValidationError):
            self.env["kdc.household.membership"].create(
                {
                    "household_id": self.household_b.id,
                    "resident_id": child.id,
                    "role": "other",
                    "date_start": "2022-05-01",
                    "date_end": "2022-05-20",
                }
            )

    def test_change_head_keeps_history(self):
        wife = self.household_a.membership_ids.filtered(lambda m: m.role == "wife").resident_id
        self.household_a._change_head(wife, date(2024, 1, 1), former_head_role="husband")
        self.env.cr.precommit.run()
        self.assertEqual(self.household_a.head_id, wife)
        self.assertEqual(self.household_a.name, "Hộ Trần Thị Bình")
        self.assertEqual(self.household_a.member_count, 3)

        def head_on(day):
            return self.household_a._members_on(day).filtered(lambda m: m.role == "head").resident_id

        self.assertEqual(head_on(date(2023, 12, 31)), self.resident_a)
        self.assertEqual(head_on(date(2024, 1, 1)), wife)

    def test_nothing_is_deleted(self):
        for record in (self.household_a, self.resident_a, self.household_a.membership_ids):
            with self.assertRaises(UserError):
                record.unlink()
