from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ResidentsCommon


@tagged("post_install", "-at_install")
class TestPopulationReport(ResidentsCommon):
    def _report(self, day="2026-06-01", user=None, area=None):
        report = self.env["kdc.population.report"].with_user(user or self.user_officer).create(
            {"date": day, "area_id": area.id if area else False}
        )  # fmt: skip
        report.action_count()
        return report

    def _counts(self, report):
        """Return {(area, band, sex): persons} of the two groups of this test."""
        groups = self.group_a | self.group_b
        return {
            (line.area_id, line.age_band, line.sex): line.persons for line in report.line_ids if line.area_id in groups
        }

    def test_bands_as_of_a_day(self):
        a, b = self.group_a, self.group_b
        now = self._counts(self._report())
        self.assertEqual(now, {
            (a, "50–54", "male"): 1, (a, "45–49", "female"): 1, (a, "15–19", "male"): 1,
            (b, "65–69", "female"): 1, (b, "40–44", "male"): 1,
        })  # fmt: skip
        then = self._counts(self._report("2020-06-01"))
        self.assertEqual(then[a, "05–09", "male"], 1, "Ages are those of the day")
        self.assertFalse(self._counts(self._report("2019-06-01")), "Before anybody was a member")

    def test_figures(self):
        report = self._report(area=self.group_a)
        self.assertEqual((report.persons, report.households, report.male, report.female), (3, 1, 2, 1))
        self.assertEqual((report.children, report.adults, report.elderly), (1, 2, 0))
        self.assertEqual(sum(row["male"] for row in report.pyramid), 2)

    def test_events_and_residence_count(self):
        child = self.household_a.membership_ids.filtered(lambda m: m.role == "child").resident_id
        event = self.env["kdc.civil.event"].with_user(self.user_officer).create(
            {"kind": "transfer", "date": "2025-01-01", "household_id": self.household_a.id,
             "target_household_id": self.household_b.id,
             "line_ids": [Command.create({"resident_id": child.id, "role": "other"})]}
        )  # fmt: skip
        event.action_confirm()
        self.assertEqual(event.person_count, 1)
        self.env["kdc.residence"].create(
            {"kind": "temporary", "resident_id": child.id, "date_from": "2026-01-01", "date_to": "2026-12-31"}
        )
        self.assertEqual(self._report("2024-12-31", area=self.group_a).persons, 3)
        self.assertEqual(self._report(area=self.group_a).persons, 2)
        report = self._report(area=self.group_b)
        self.assertEqual(report.persons, 3)
        self.assertEqual(report.line_ids.filtered(lambda line: line.residence == "temporary").mapped("persons"), [1])
        event._cancel_with_reason("x")
        self.assertEqual(self._report(area=self.group_b).persons, 2, "Void memberships never counted")

    def test_area_head_counts_own_areas(self):
        self.assertEqual({key[0] for key in self._counts(self._report(user=self.user_area_head))}, {self.group_a})
        self.assertEqual(self._report(user=self.user_area_head, area=self.group_b).persons, 0)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models")
    def test_own_counts_only(self):
        report = self._report()
        with self.assertRaises(AccessError):
            report.with_user(self.user_area_head).read(["persons"])
        self.assertFalse(
            self.env["kdc.population.report.line"]
            .with_user(self.user_area_head)
            .search([("report_id", "=", report.id)])
        )
        for user in (self.user_staff, self.user_portal_a):
            with self.assertRaises(AccessError):
                self.env["kdc.population.report"].with_user(user).action_open()

    def test_not_in_the_future(self):
        with self.assertRaises(UserError):
            self._report(date(2100, 1, 1))
