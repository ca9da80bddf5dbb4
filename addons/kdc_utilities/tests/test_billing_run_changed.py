from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import UtilitiesCommon


@tagged("post_install", "-at_install")
class TestBillingRunChanged(UtilitiesCommon):
    """Readings entered after the dry run: who they concern waits, everybody else is billed."""

    def setUp(self):
        super().setUp()
        self._read_month()
        self.run_record = self._run()

    def _line(self, account):
        return self.run_record.line_ids.filtered(lambda line: line.account_id == account)

    def _change(self, value=131):
        self._read(self.meter_a, date(2026, 10, 25), value)
        self.run_record.invalidate_recordset(["changed_count"])

    def test_only_the_account_concerned_waits(self):
        self.assertEqual(self.run_record.changed_count, 0)
        self._change()
        self.assertEqual(self.run_record.changed_count, 1)
        bills = self._issue(self.run_record)
        self.assertEqual(bills.kdc_account_id, self.account_b)
        self.assertEqual(self.run_record.state, "issued")
        line = self._line(self.account_a)
        self.assertEqual((line.state, line.issues[0]["code"]), ("blocked", "readings_changed"))
        self.assertTrue(line.issue_text)
        rest = self._run()
        self.assertEqual((rest.line_ids.account_id, rest.already_billed_count), (self.account_a, 1))
        self.assertIn("131", str(rest.line_ids.explanation))

    def test_computed_again_alone(self):
        untouched = self._line(self.account_b)
        self._change()
        self.run_record.action_compute_changed()
        self.assertEqual((self.run_record.state, self.run_record.changed_count), ("computed", 0))
        self.assertEqual(self._line(self.account_b), untouched)
        self.assertEqual(self._line(self.account_a).explanation["sections"][0]["quantity"], "31")
        self.assertEqual(len(self._issue(self.run_record)), 2)

    def test_what_was_left_out_stays_out(self):
        self._line(self.account_a).action_exclude()
        self._read(self.meter_a, date(2026, 10, 25), 131)
        self.run_record.sudo().write({"compute_order": self.account_a.ids, "compute_total": 1})
        self.run_record._begin_computing(1)
        self.assertEqual(self._line(self.account_a).state, "excluded")
        self.assertEqual(self._issue(self.run_record).kdc_account_id, self.account_b)

    def test_whoever_computes_them_again_cannot_approve(self):
        self._change()
        self.user_approver.group_ids += self.env.ref("kdc_utilities.group_accountant")
        run = self.run_record.with_user(self.user_approver)
        run.action_compute_changed()
        with self.assertRaises(UserError):
            run.action_approve()

    def test_changed_after_the_approval(self):
        """Neither the button nor a job that works already issues what was changed."""
        self.run_record.with_user(self.user_approver).action_approve()
        self._change()
        self.run_record.sudo().issue_started_on = self.run_record.approved_on
        self.run_record._job_issue(self.run_record.line_ids.ids)
        self.assertEqual(self.run_record.move_ids.kdc_account_id, self.account_b)
        self.assertEqual(self._line(self.account_a).state, "blocked")
        self.assertEqual(self.run_record.state, "issued")

    def test_a_price_mended_after_the_approval(self):
        """Nobody gets a bill of other amounts than those that were approved, nor of a price that was wrong."""
        self.run_record.with_user(self.user_approver).action_approve()
        self.waste.tariff_ids[0].version_ids.component_ids.tier_ids.write({"price": 50_000})
        with self.assertRaises(UserError):
            self.run_record.action_issue()
        self.run_record.sudo().issue_started_on = self.run_record.approved_on
        self.run_record._job_issue(self.run_record.line_ids.ids)
        self.assertFalse(self.run_record.move_ids)
        for line in self.run_record.line_ids:
            self.assertEqual((line.state, line.issues[0]["code"]), ("blocked", "prices_changed"))
            self.assertTrue(line.issue_text)

    def test_every_kind_of_change_is_found(self):
        """A reading that leaves the month, a new first figure, another tariff, the last day of a service."""
        water = self.meter_a.connection_id
        october = self.meter_a.reading_ids.filtered(lambda row: row.date == date(2026, 10, 25))
        september = self.meter_a.reading_ids - october
        changes = [
            lambda: october.write({"date": "2026-09-30"}),
            october.unlink,
            lambda: september.write({"value": 99}),
            lambda: water.write({"tariff_id": (water.service_id.tariff_ids - water.tariff_id)[0].id}),
            lambda: water.write({"date_to": "2026-10-26"}),
            lambda: water.write({"quota_households": 2}),
            lambda: water.write({"persons": 7}),
            lambda: water.write({"quota_persons": 8}),
            lambda: water.write({"area_m2": 35.5}),
        ]
        for number, change in enumerate(changes):
            savepoint = self.cr.savepoint(flush=True)
            with self.subTest(number):
                change()
                self.assertEqual(self.run_record._changed_lines().account_id, self.account_a)
            savepoint.rollback()
            self.env.invalidate_all()

    def _parking(self, account):
        """Connect an account to parking by the vehicles of its household, and return its tariff."""
        tariff = self.waste.tariff_ids[0].copy({"name": "Gửi xe", "code": "XE"})
        tariff.version_ids.component_ids.unlink()
        self.env["kdc.tariff.component"].create({
            "version_id": tariff.version_ids[0].id, "name": "Gửi xe", "code": "XE", "kind": "vehicle", "price": 100_000,
        })  # fmt: skip
        account.connection_ids.filtered(lambda row: row.service_id == self.waste).tariff_id = tariff
        return tariff

    def test_household_and_prices_are_found(self):
        """Persons and vehicles where the tariff asks for them, prices, VAT and exemptions: by account and by reason."""
        parking = self._parking(self.account_b)
        kept = {"household_id": self.household_b.id, "date_from": "2026-01-01"}
        vehicle = self.env["kdc.vehicle"].create(kept)
        self.run_record.action_compute()
        self.assertEqual(self._line(self.account_b).explanation["sections"][-1]["total"], 100_000)
        waste, water = self.account_a.connection_ids.tariff_id.sorted(lambda row: row.service_id == self.water)
        waste_of_a = waste.version_ids.component_ids[:1]
        tier = water.version_ids.sorted("date_from")[-1].component_ids.tier_ids[:1]
        vat = water.version_ids.component_ids.vat_category_id[:1]
        new_version = {"date_from": "2026-10-15"}
        a, b, both = self.account_a, self.account_b, self.account_a + self.account_b
        changes = [
            (lambda: self.env["kdc.vehicle"].create(kept), b, "register_changed"),
            (lambda: vehicle.write({"date_to": "2026-10-01"}), b, "register_changed"),
            (lambda: vehicle.write({"kind": "car"}), b, "register_changed"),
            (lambda: vehicle.write({"date_to": "2026-10-02"}), a.browse(), None),
            (lambda: vehicle.write({"plate": "79N1-234.56"}), a.browse(), None),
            (lambda: self.household_a.write({"member_count": 5}), a, "register_changed"),
            (lambda: self.household_a.write({"member_count": 4}), a.browse(), None),
            (lambda: self.household_b.write({"member_count": 5}), a.browse(), None),
            (lambda: tier.write({"price": tier.price + 1}), both, "prices_changed"),
            (lambda: waste_of_a.write({"price": 1}), a, "prices_changed"),
            (lambda: parking.write({"round_to": "1000"}), b, "prices_changed"),
            (lambda: water.version_ids[:1].copy(new_version), both, "prices_changed"),
            (lambda: water.version_ids[:1].copy({"date_from": "2026-11-01"}), a.browse(), None),
            (lambda: self.env["kdc.vat.rate"].create({
                "category_id": vat.id, "date_from": "2026-10-20", "percent": 7, "legal_basis": "NĐ",
            }), both, "prices_changed"),
        ]  # fmt: skip
        for number, (change, accounts, code) in enumerate(changes):
            savepoint = self.cr.savepoint(flush=True)
            with self.subTest(number):
                change()
                found = self.run_record._changes()
                self.assertEqual(self.run_record._changed_lines().account_id.sorted(), accounts.sorted())
                self.assertEqual({word for words in found.values() for word in words}, {code} if code else set())
            savepoint.rollback()
            self.env.invalidate_all()

    def test_a_status_with_an_exemption_is_found(self):
        """Recognised, of the household or of a member, or no longer; one that makes no bill cheaper is none of ours."""
        tariff = self.meter_a.connection_id.tariff_id
        poor, other = self.env["kdc.status.kind"].search([("scope", "=", "household")], limit=2)
        person = self.env["kdc.status.kind"].search([("scope", "=", "person")], limit=1)
        status = {"date_from": "2026-10-01", "decision_number": "12/QĐ", "issuer": "UBND phường"}
        of_household = status | {"household_id": self.household_a.id}
        self.env["kdc.household.status"].create(of_household | {"kind_id": poor.id})
        self.assertFalse(self.run_record._changed_lines())
        self.env["kdc.tariff.relief"].create({
            "tariff_id": tariff.id, "name": "Miễn theo NQ 12", "decision": "NQ 12", "date_from": "2026-01-01",
            "status_kind_ids": [Command.set((poor | person).ids)],
        })  # fmt: skip
        self.assertEqual(self.run_record._changed_lines().account_id, self.account_a)
        self.run_record.action_compute()
        self.assertFalse(self.run_record._changed_lines())
        self.env["kdc.household.status"].create(of_household | {"kind_id": other.id})
        self.env["kdc.household.status"].create(
            of_household | {"kind_id": poor.id, "date_from": "2026-01-01", "date_to": "2026-09-30"}
        )
        self.assertFalse(self.run_record._changed_lines())
        self.env["kdc.household.status"].create(
            status | {"kind_id": person.id, "resident_id": self.household_b.head_id.id}
        )
        self.assertEqual(self.run_record._changed_lines().account_id, self.account_b)
        self.run_record.action_compute()
        tariff.relief_ids.value = 30
        found = {line.account_id: codes for line, codes in self.run_record._changes().items()}
        self.assertEqual(found, dict.fromkeys([self.account_a, self.account_b], ["prices_changed"]))

    def test_what_does_not_concern_the_month_changes_nothing(self):
        self.account_a.delivery_channel = "paper"
        self.assertFalse(self.run_record._changed_lines())
