import base64
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..engine import roster_roles, sheet
from ..models import kdc_roster_export, kdc_roster_import
from ..models.kdc_household_membership import ROLES
from .common import ResidentsCommon
from .test_roster_bulk import EXTRA, rows
from .test_roster_import import HEADINGS


@tagged("post_install", "-at_install")
class TestRosterExport(ResidentsCommon):
    """What is taken out can be imported again, and everybody in it can read who took it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_group("Tổ dân phố 5")

    def _import(self, content):
        record = (
            self.env["kdc.roster.import"]
            .with_user(self.user_officer)
            .create({"file": base64.b64encode(content), "file_name": "ds.xlsx", "date_start": "2026-01-01"})
        )
        with patch.object(kdc_roster_import, "ROWS_AT_ONCE", 10_000):
            record.action_check()
        return record

    def _export(self, records, **vals):
        wizard = (
            self.env["kdc.roster.export"]
            .with_user(self.user_officer)
            .with_context(active_model=records._name, active_ids=records.ids)
            .create(vals)
        )
        action = wizard.action_export()
        self.assertIn(f"/{wizard.id}/file", action["url"])
        return wizard, base64.b64decode(wizard.file)

    def test_importing_an_export_changes_nothing(self):
        first = self._import(sheet.write_xlsx([HEADINGS + EXTRA, *rows(25)]))
        with patch.object(kdc_roster_import, "ROWS_AT_ONCE", 10_000):
            first.action_import()
        households = self.env["kdc.household"].search([("code", "=like", "K%")]) | self.household_a | self.household_b
        # Every relationship there is, written and read again.
        others = households.membership_ids.filtered(lambda m: m.role != "head")
        for membership, (role, _label) in zip(others, ROLES[1:] * 2, strict=False):
            membership.role = role
        wizard, content = self._export(households)
        self.assertEqual(wizard.household_count, len(households))
        again = self._import(content)
        self.assertEqual(again.rejected_count, 0, again.issue_ids.mapped("message"))
        self.assertEqual((again.new_count, again.changed_count), (0, 0))
        self.assertEqual(again.same_count, wizard.person_count)
        self.assertFalse(set(again.column_ids.mapped("key")) & {False}, "Every column is understood")

    def test_same_columns_back(self):
        _wizard, content = self._export(self.household_a)
        table = sheet.read(content)[0].rows
        self.assertEqual([heading for heading in table[0] if heading in HEADINGS], HEADINGS)
        self.assertEqual(table[1][1:3], [self.household_a.code, self.resident_a.name])
        self.assertEqual(len(table), 1 + self.household_a.member_count)

    def test_chosen_residents_only(self):
        wizard, content = self._export(self.resident_a)
        self.assertEqual((wizard.person_count, wizard.household_count), (1, 1))
        self.assertEqual(len(sheet.read(content)[0].rows), 2)

    def test_every_person_can_read_who_took_it_and_why(self):
        self._export(self.household_a, purpose="authority", note="Số 12/CV")
        lines = self.env["kdc.access.log"].search(
            [("resident_id", "in", self.household_a.membership_ids.resident_id.ids), ("kind", "=", "export")]
        )
        self.assertEqual(len(lines), self.household_a.member_count)
        self.assertEqual(set(lines.mapped("purpose")), {"authority"})
        self.assertEqual(lines.user_id, self.user_officer)

    def test_refusals(self):
        with self.assertRaises(UserError):
            self._export(self.env["kdc.household"])
        with self.assertRaises(UserError):
            self._export(self.household_a, purpose="other")
        for user in (self.user_staff, self.user_auditor, self.user_area_head, self.user_portal_a):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["kdc.roster.export"].with_user(user).create({})

    def test_a_long_list_is_made_in_the_background(self):
        officer = self.env["kdc.roster.export"].with_user(self.user_officer)
        wizard = officer.with_context(active_model="kdc.household", active_ids=self.household_a.ids).create({})
        with patch.object(kdc_roster_export, "AT_ONCE", 2):
            wizard.action_export()
        self.assertEqual((wizard.state, wizard.file), ("working", False))
        self.assertFalse(self._looks())
        with self.enter_registry_test_mode():
            self.env.ref("kdc_residents.ir_cron_roster_export").method_direct_trigger()
        self.assertEqual((wizard.state, wizard.done), ("ready", self.household_a.member_count))
        self.assertEqual(len(sheet.read(base64.b64decode(wizard.file))[0].rows), 1 + self.household_a.member_count)
        self.assertEqual(self._looks().user_id, self.user_officer, "Made in the name of who asked")

    def test_a_list_that_was_stopped_leaves_nothing(self):
        wizard = (
            self.env["kdc.roster.export"]
            .with_user(self.user_officer)
            .with_context(active_model="kdc.household", active_ids=self.household_a.ids)
            .create({})
        )
        wizard.sudo().state = "working"
        wizard.action_stop()
        wizard._make(go_on=lambda _done: False)
        self.assertEqual((wizard.state, wizard.file), ("draft", False))
        self.assertFalse(self._looks())

    def test_nobody_takes_a_list_out_in_another_name(self):
        officer = self.env["kdc.roster.export"].with_user(self.user_officer)
        other = self._create_user("kdc_officer_3", "kdc_residents.group_officer")
        members = self.household_b.membership_ids.ids
        wizard = officer.with_context(default_state="working", default_user_id=other.id).create(
            {"state": "ready", "user_id": other.id, "membership_ids": members}
        )
        self.assertEqual((wizard.state, wizard.user_id, wizard.membership_ids), ("draft", self.user_officer, False))
        for vals in ({"user_id": other.id}, {"state": "working"}, {"membership_ids": members}, {"file": b"eA=="}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                wizard.write(vals)

    def _looks(self):
        return self.env["kdc.access.log"].search([("resident_id", "=", self.resident_a.id), ("kind", "=", "export")])

    def test_only_who_made_a_list_reads_it(self):
        wizard, _content = self._export(self.household_a)
        self.env.flush_all()
        other = self._create_user("kdc_officer_2", "kdc_residents.group_officer")
        self.assertFalse(wizard.with_user(other).search([("id", "=", wizard.id)]))
        attachment = self.env["ir.attachment"].sudo().search([
            ("res_model", "=", wizard._name), ("res_id", "=", wizard.id), ("res_field", "=", "file")
        ])  # fmt: skip
        self.assertTrue(attachment)
        for record in (wizard, attachment):
            with self.assertRaises(AccessError):
                record.with_user(other).read(["display_name"])

    def test_queries_do_not_grow_with_the_persons(self):
        record = self._import(sheet.write_xlsx([HEADINGS + EXTRA, *rows(40)]))
        with patch.object(kdc_roster_import, "ROWS_AT_ONCE", 10_000):
            record.action_import()
        households = self.env["kdc.household"].search([("code", "=like", "K%")])

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._export(some)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        count(households[:3])
        self.assertLess(count(households) - count(households[:4]), 12)

    def test_every_relationship_can_be_written(self):
        self.assertEqual(set(roster_roles.WRITTEN), {role for role, _label in ROLES})
