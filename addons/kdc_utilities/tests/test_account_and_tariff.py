from datetime import date
from decimal import Decimal

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..engine import account_number
from .common import UtilitiesCommon


@tagged("post_install", "-at_install")
class TestAccountAndTariff(UtilitiesCommon):
    def test_account_number_has_a_check_digit_and_is_searchable(self):
        self.assertTrue(account_number.is_valid(self.account_a.number))
        accounts = self.env["kdc.customer.account"]
        found = accounts.name_search("nguyen van an")
        self.assertIn(self.account_a.id, [row[0] for row in found])
        self.assertIn(self.account_a.id, [row[0] for row in accounts.name_search(self.account_a.number)])
        self.assertIn(self.account_a.id, [row[0] for row in accounts.name_search("tran phu")])
        with self.assertRaises(ValidationError):
            accounts.create({"partner_id": self.household_a.partner_id.id, "number": "0000018"})

    def test_setup_twice_creates_nothing_twice(self):
        models = ("kdc.service", "kdc.tariff", "kdc.tariff.version", "kdc.tariff.component", "account.account")
        before = [self.env[model].search_count([]) for model in models]
        self.company._kdc_setup_utilities()
        self.assertEqual([self.env[model].search_count([]) for model in models], before)

    def test_money_of_a_provider_cannot_be_booked_as_income(self):
        with self.assertRaises(ValidationError):
            self.water.product_id = self.waste.product_id
        self.assertEqual(self.water._income_account(self.water.product_id).account_type, "liability_current")
        self.assertEqual(self.waste._income_account(self.waste.product_id).internal_group, "income")

    @mute_logger("odoo.sql_db")
    def test_provider_and_legal_basis_are_required_in_the_database(self):
        for vals in ({"provider_id": False}, {"legal_basis": False}):
            with self.assertRaises(IntegrityError), self.cr.savepoint():
                self.water.write(vals)
                self.water.flush_recordset()

    def test_no_overlapping_connections(self):
        first = self.account_a.connection_ids.filtered(lambda c: c.service_id == self.waste)
        vals = {"account_id": self.account_a.id, "service_id": self.waste.id, "tariff_id": first.tariff_id.id}
        with self.assertRaises(ValidationError):
            self.env["kdc.connection"].create(vals | {"date_from": "2026-01-01"})
        first.date_to = "2026-05-31"
        self.env["kdc.connection"].create(vals | {"date_from": "2026-06-01"})

    def test_tariff_of_another_service_refused(self):
        with self.assertRaises(ValidationError):
            self.account_a.connection_ids[0].tariff_id = self.power.tariff_ids[0]

    def test_incomplete_components_refused(self):
        version = self.waste.tariff_ids[0].version_ids[0]
        components = self.env["kdc.tariff.component"]
        for vals in ({"kind": "tiers"}, {"kind": "band"}, {"kind": "percent", "percent": 10}):
            with self.assertRaises(ValidationError):
                components.create({"version_id": version.id, "name": "X", "code": "X", **vals})

    def test_tiers_say_limit_and_price(self):
        tiers = (
            self.env["kdc.tariff.tier"]
            .search([("upper", "=", 10), ("price", "=", 4800)], limit=1)
            .component_id.tier_ids
        )
        self.assertEqual(tiers[0].display_name, "≤ 10: 4.800")
        self.assertFalse([tier for tier in tiers if "kdc.tariff" in tier.display_name])

    def test_plan_of_the_orm_equals_the_table(self):
        plan = self.power.tariff_ids.filtered(lambda t: t.code == "HO")._engine_plan()
        self.assertEqual(
            [version.date_from for version in plan.versions],
            [date(2023, 11, 9), date(2024, 10, 11), date(2025, 5, 10)],
        )
        tiers = plan.versions[-1].components[0].tiers
        self.assertEqual([t.price for t in tiers], [Decimal(p) for p in (1984, 2050, 2380, 2998, 3350, 3460)])
        self.assertEqual([t.upper for t in tiers][-2:], [400, None])
        self.assertEqual((plan.days_basis, plan.persons_per_quota), ("previous_month", 4))

    def test_billed_accounts_and_read_meters_are_kept(self):
        self._read_month()
        self._issue(self._run())
        for record in (self.account_a, self.meter_a):
            with self.assertRaises(UserError):
                record.unlink()
