from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import ResidentsCommon

DAY = date(2026, 6, 1)


@tagged("post_install", "-at_install")
class TestHouseholdStatus(ResidentsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_social = cls._create_user("kdc_social", "kdc_residents.group_social")
        cls.poor = cls.env.ref("kdc_residents.status_poor")
        cls.disability = cls.env.ref("kdc_residents.status_disability")

    def _status(self, kind=None, user=None, **vals):
        kind = kind or self.poor
        holder = "resident_id" if kind.scope == "person" else "household_id"
        return (
            self.env["kdc.household.status"]
            .with_user(user or self.user_social)
            .create(
                {
                    "kind_id": kind.id,
                    holder: self.resident_a.id if kind.scope == "person" else self.household_a.id,
                    "date_from": "2026-01-01",
                    "date_to": "2026-12-31",
                    "decision_number": "12/QĐ-UBND",
                    "issuer": "UBND phường",
                }
                | vals
            )
        )

    def test_only_social_affairs(self):
        """Role × operation: nobody but social affairs officers, auditors and registry officers included."""
        status = self._status()
        roles = ("user_social", "user_staff", "user_officer", "user_auditor", "user_area_head", "user_portal_a")
        self.check_rights(status, {"user_social": "rwc"}, {role: getattr(self, role) for role in roles})
        with mute_logger("odoo.models"):
            for field, record in (("status_ids", self.household_a), ("status_ids", self.resident_a)):
                with self.assertRaises(AccessError):
                    record.with_user(self.user_officer).read([field])
                with self.assertRaises(AccessError):
                    record.with_user(self.user_officer).search([(f"{field}.kind_id.code", "=", "poor")])

    def test_own_areas(self):
        user = self._create_user("kdc_social_a", "kdc_residents.group_social,kdc_residents.group_area_head",
                                 kdc_area_ids=[Command.set(self.group_b.ids)])  # fmt: skip
        self._status()
        self.assertFalse(self.env["kdc.household.status"].with_user(user).search_count([]))

    def test_one_question_with_a_date(self):
        both = self.household_a | self.household_b
        self._status()
        cases = (
            (DAY, ("poor",), self.household_a),
            (DAY, ("near_poor",), self.env["kdc.household"]),
            (date(2025, 12, 31), ("poor",), self.env["kdc.household"]),
            (date(2026, 12, 31), ("near_poor", "poor"), self.household_a),
            (date(2027, 1, 1), ("poor",), self.env["kdc.household"]),
        )
        for day, codes, expected in cases:
            with self.subTest(day=day, codes=codes):
                # A person who may not read the decisions gets the answer all the same.
                self.assertEqual(both.with_user(self.user_staff)._kdc_with_status(codes, day), expected)
        self.assertTrue(self.household_a._kdc_has_status("poor", DAY))
        self.assertFalse(self.household_b._kdc_has_status("poor", DAY))

    def test_status_of_a_member(self):
        """It counts for the household the person belonged to on that day."""
        self._status(self.disability)
        self.assertTrue(self.household_a._kdc_has_status(["disability"], DAY))
        child = self.household_a.membership_ids.filtered(lambda m: m.role == "child")
        self._status(self.disability, resident_id=child.resident_id.id)
        child.write({"date_end": "2026-03-01"})
        self.env["kdc.household.membership"].create(
            {"household_id": self.household_b.id, "resident_id": child.resident_id.id, "role": "other",
             "date_start": "2026-03-01"}
        )  # fmt: skip
        self.assertFalse(self.household_b._kdc_has_status(["disability"], date(2026, 2, 28)))
        self.assertTrue(self.household_b._kdc_has_status(["disability"], date(2026, 3, 1)))

    def test_database_refuses_overlap(self):
        self._status()
        cases = (
            {"date_from": "2026-12-31", "date_to": "2027-12-31"},
            {"date_from": "2020-01-01", "date_to": False},
            {"resident_id": self.resident_a.id, "date_from": "2030-01-01", "date_to": False},
        )
        for vals in cases:
            with self.subTest(vals), mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
                self._status(**vals)
                self.env.flush_all()
        self._status(date_from="2027-01-01", date_to="2027-12-31")
        self._status(self.env.ref("kdc_residents.status_policy"))

    def test_cancelled_frees_the_days(self):
        status = self._status()
        with self.assertRaises(UserError):
            status.action_cancel()
        status.cancel_reason = "Nhầm hộ"
        status.action_cancel()
        self.assertFalse(self.household_a._kdc_has_status("poor", DAY))
        self._status()
        with self.assertRaises(UserError):
            status.sudo().unlink()
        with self.assertRaises(UserError):
            status.write({"note": "x"})
