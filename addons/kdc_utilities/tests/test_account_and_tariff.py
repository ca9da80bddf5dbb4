from datetime import date
from decimal import Decimal
from unittest.mock import patch

from odoo import Command, sql_db
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError
from psycopg2.errors import ExclusionViolation, LockNotAvailable

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
        # What others connect meanwhile is not seen here, the database sees it while there is somebody to tell.
        nobody = patch.object(type(first), "search", lambda self, *_args, **_kwargs: self.browse())
        with nobody, mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.env["kdc.connection"].create(vals | {"date_from": "2026-07-01"})

    def _cursor(self):
        """A connection of its own, which sees what is committed only."""
        cursor = sql_db.db_connect(self.env.cr.dbname).cursor()
        self.addCleanup(cursor.close)
        return cursor

    @mute_logger("odoo.sql_db")
    def test_two_people_at_once_do_not_connect_twice(self):
        """Neither sees the other's row; on a copy of the table, since nothing of this world is committed."""
        setup, one, other = (self._cursor() for _number in range(3))
        setup.execute("CREATE TABLE kdc_connection_copy (LIKE kdc_connection INCLUDING INDEXES INCLUDING DEFAULTS)")
        setup.commit()

        def drop():
            setup.execute("DROP TABLE kdc_connection_copy")
            setup.commit()

        self.addCleanup(drop)
        insert = (
            "SET CONSTRAINTS ALL IMMEDIATE; "  # as _check_overlap does
            "INSERT INTO kdc_connection_copy (account_id, service_id, tariff_id, date_from, date_to) "
            "VALUES (%s, 1, 1, %s, %s)"
        )
        one.execute(insert, (1, "2026-01-01", None))
        other.execute(insert, (2, "2026-01-01", None))  # another customer waits for nobody
        other.execute("SET LOCAL lock_timeout = '100ms'")
        with self.assertRaises(LockNotAvailable), other.savepoint(flush=False):
            other.execute(insert, (1, "2026-06-01", "2026-06-30"))
        one.commit()
        with self.assertRaises(ExclusionViolation), other.savepoint(flush=False):
            other.execute(insert, (1, "2026-06-01", "2026-06-30"))
        other.execute(insert, (1, "2025-06-01", "2025-12-31"))
        other.rollback()

    def test_tariff_of_another_service_refused(self):
        with self.assertRaises(ValidationError):
            self.account_a.connection_ids[0].tariff_id = self.power.tariff_ids[0]

    def test_incomplete_components_refused(self):
        version = self.waste.tariff_ids[0].version_ids[0]
        components = self.env["kdc.tariff.component"]
        for vals in ({"kind": "tiers"}, {"kind": "band"}, {"kind": "percent", "percent": 10}):
            with self.assertRaises(ValidationError):
                components.create({"version_id": version.id, "name": "X", "code": "X", **vals})

    def test_a_copied_tariff_costs_the_same(self):
        """Also what is a percentage of others, and of such percentages; the copies of a version refer to themselves."""
        record = self.water.tariff_ids[0].with_user(self.user_accountant)
        version = record.version_ids[0]
        fee = version.component_ids.filtered(lambda component: component.kind == "percent")
        on_top = version.component_ids.create({
            "version_id": version.id, "name": "Phụ thu", "code": "PHUTHU", "kind": "percent", "percent": 1,
            "base_ids": [Command.set(fee.ids)], "sequence": 1,
        })  # fmt: skip
        copied = record.copy()
        self.assertEqual((copied.code, copied.service_id), (f"{record.code}-2", record.service_id))
        self.assertEqual(copied._engine_plan(), record._engine_plan())
        self.assertEqual(record.copy().code, f"{record.code}-3")
        following = version.copy()
        self.assertEqual(following.component_ids.base_ids.version_id, following)
        self.assertGreater(following.date_from, max((record.version_ids - following).mapped("date_from")))
        components = following._engine_version().components
        self.assertEqual(components, version._engine_version().components)
        with self.assertRaisesRegex(ValidationError, "Phụ thu|Phí"):
            fee.base_ids = on_top

    def test_tiers_say_limit_and_price(self):
        tiers = (
            self.env["kdc.tariff.tier"]
            .search([("upper", "=", 10), ("price", "=", 4800)], limit=1)
            .component_id.tier_ids
        )
        self.assertEqual(tiers[0].display_name, "≤ 10: 4.800")
        self.assertFalse([tier for tier in tiers if "kdc.tariff" in tier.display_name])

    def test_plans_of_the_orm_equal_the_tables(self):
        """All of them: the vectors of the law are tested on the same file."""

        def number(value):
            return None if value is None else Decimal(str(value))

        tables = self.company._kdc_tables()
        for data in tables["services"]:
            tariffs = self._service(data["code"]).tariff_ids
            self.assertEqual(sorted(tariffs.mapped("code")), sorted(row["code"] for row in data["tariffs"]))
            for row in data["tariffs"]:
                plan = tariffs.filtered(lambda record, code=row["code"]: record.code == code)._engine_plan()
                said = row.get("days_basis", "month"), row.get("persons_per_quota", 0)
                self.assertEqual((plan.days_basis, plan.persons_per_quota), said)
                self.assertEqual(
                    [
                        (str(version.date_from), version.decision, part.code, part.kind, part.price, part.percent,
                         part.base, part.vat, part.price_includes_vat, part.prorate,
                         [(tier.upper, tier.price) for tier in part.tiers])
                        for version in plan.versions for part in version.components
                    ],
                    [
                        (version["date_from"], version["decision"], part["code"], part["kind"],
                         number(part.get("price", 0)), number(part.get("percent", 0)), tuple(part.get("base", ())),
                         part.get("vat"), part.get("price_includes_vat", False), part.get("prorate", True),
                         [(number(upper), number(price)) for upper, price in part.get("tiers", ())])
                        for version in row["versions"] for part in version["components"]
                    ],
                )  # fmt: skip

    def test_poor_households_pay_no_waste_by_the_usual_tables(self):
        """What the published decision exempts comes with its price, and once."""
        (self.account_a + self.account_b).connection_ids.filtered(lambda row: row.service_id == self.waste).unlink()
        self.waste.tariff_ids.unlink()
        for _time in range(2):
            self.company._kdc_setup_utilities()
            [relief] = self._service("RAC").tariff_ids.relief_ids
            self.assertEqual(relief.status_kind_ids, self.env.ref("kdc_residents.status_poor"))
            self.assertEqual((relief.kind, relief.value, relief.date_from), ("percent", 100, date(2020, 2, 1)))

    def test_billed_accounts_and_read_meters_are_kept(self):
        self._read_month()
        self._issue(self._run())
        for record in (self.account_a, self.meter_a):
            with self.assertRaises(UserError):
                record.unlink()
