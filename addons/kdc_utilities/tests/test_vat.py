"""Odoo's totals equal the engine's to the đồng."""

import random
from datetime import date
from decimal import Decimal
from itertools import zip_longest

from odoo import sql_db
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import LockNotAvailable

from ..engine import tariff
from .common import UtilitiesCommon

VECTORS_WATER = [
    (0, 0), (1, 5520), (8, 44160), (10, 55200), (20, 131100), (21, 139610), (25, 173650), (30, 216200), (35, 271400)
]  # fmt: skip
VECTORS_POWER = [
    (0, 0), (1, 2143), (50, 107136), (51, 109350), (100, 217836), (120, 269244), (200, 474876), (250, 636768),
    (270, 701525), (300, 798660), (350, 979560), (400, 1160460), (500, 1534140), (1000, 3402540),
]  # fmt: skip


@tagged("post_install", "-at_install")
class TestVat(UtilitiesCommon):
    def _explained_move(self, bill):
        """Post a bill for an explanation through the same code as a billing run."""
        run = self.env["kdc.billing.run"].create({"period": date(2026, 10, 1)})
        line = self.env["kdc.billing.run.line"].create(
            {
                "run_id": run.id,
                "account_id": self.account_a.id,
                "journal_id": self.water.journal_id.id,
                "explanation": bill.to_dict(),
                "amount_untaxed": bill.net,
                "amount_tax": bill.vat,
                "amount_total": bill.total,
            }
        )
        line._create_bills()
        return line.move_id

    def test_vectors_through_the_orm(self):
        """Every published total of water and electricity, from readings to the posted bill."""
        self.account_a.connection_ids.filtered(lambda c: c.service_id == self.waste).unlink()
        power = self._create_account(self.household_b, "P1", self.power)
        vectors = {self.meter_a: VECTORS_WATER, power.connection_ids.meter_ids: VECTORS_POWER}
        for meter in vectors:
            self._read(meter, date(2026, 9, 25), 0)
        # one run for one total of each service
        for totals in zip_longest(*vectors.values()):
            expected = {meter: row for meter, row in zip(vectors, totals, strict=True) if row}
            for meter, (used, _total) in expected.items():
                self._read(meter, date(2026, 10, 25), used)
            run = self._run(service_ids=[])
            by_account = run.line_ids.grouped("account_id")
            lines = run.line_ids.browse().union(*(by_account[meter.account_id] for meter in expected))
            lines.sudo()._create_bills()
            for line, (meter, (used, total)) in zip(lines, expected.items(), strict=True):
                with self.subTest(meter=meter.serial, used=used):
                    self.assertEqual(line.amount_total, total)
                    self.assertEqual(line.move_id.amount_total, total)
                    self.assertEqual(line.move_id.state, "posted")
            lines.move_id._kdc_cancel("Thử")

    def test_random_amounts(self):
        """Net, VAT and total of Odoo equal the engine's for random charges, rates and inclusion.

        Few bills of many charges: making a bill takes long, and the rounding differs from charge to charge.
        """
        rng = random.Random(42)
        table = self.env["kdc.vat.rate"]._engine_table()
        for number in range(12):
            components = tuple(
                tariff.Component(
                    f"C{index}",
                    "unit",
                    name=f"C{index}",
                    price=Decimal(rng.randrange(1, 3_000_000)) / 100,
                    vat=rng.choice([None, "WATER", "SERVICE"]),
                    price_includes_vat=rng.random() < 0.5,
                )
                for index in range(rng.randrange(1, 23))
            )
            plan = tariff.Plan((tariff.Version(date(2020, 1, 1), components),))
            period = (date(2027, 3, 1), date(2027, 3, 31)) if number % 2 else (date(2026, 10, 1), date(2026, 10, 31))
            usage = tariff.Usage(*period, quantity=Decimal(rng.randrange(0, 999_999)) / 1000)
            service = rng.choice([self.water, self.waste])
            bill = tariff.Bill((tariff.compute(plan, usage, table, service=service.code, name=service.name),))
            move = self._explained_move(bill)
            self.assertEqual(
                (move.amount_untaxed, move.amount_tax, move.amount_total), (bill.net, bill.vat, bill.total), bill
            )
            move._kdc_cancel("Thử")

    def test_two_people_at_once_do_not_add_a_rate_twice(self):
        """Neither sees the line of the other, so the category, or the tariff, is one person's until it is saved."""
        other = sql_db.db_connect(self.env.cr.dbname).cursor()
        self.addCleanup(other.close)
        category = self.env.ref("kdc_utilities.kdc_vat_category_water")
        other.execute("SELECT FROM kdc_vat_category WHERE id = %s FOR NO KEY UPDATE", (category.id,))
        line = {"category_id": category.id, "date_from": "2031-01-01", "percent": 5, "legal_basis": "Thử"}
        with mute_logger("odoo.sql_db"), self.assertRaises(LockNotAvailable), self.cr.savepoint(flush=False):
            self.env["kdc.vat.rate"].create(line)
        other.rollback()
        self.env["kdc.vat.rate"].create(line)

    def test_vat_of_a_provider_stays_in_the_liability(self):
        self._read_month()
        moves = self._issue(self._run())
        bill = moves.filtered(lambda move: move.kdc_account_id == self.account_a)
        credit = {}
        for line in bill.line_ids.filtered(lambda line: line.account_id.internal_group != "asset"):
            credit[line.account_id.code] = credit.get(line.account_id.code, 0) + line.credit
        self.assertEqual(credit["338801"], 151000 + 7550)
        self.assertEqual(credit["338802"], 15100)
        self.assertEqual(credit[self.company.income_account_id.code], 40741)
        vat_account = self.env["account.chart.template"].with_company(self.company).ref("chart33311")
        self.assertEqual(credit[vat_account.code], 3259)
        self.assertEqual(bill.amount_total, 173650 + 44000)
        self.assertFalse(
            bill.line_ids.filtered(lambda line: line.account_id.code == "338801").tax_tag_ids,
            "The provider's VAT does not belong into the ward's VAT return.",
        )

    def test_a_bill_that_differs_from_its_explanation_is_not_posted(self):
        self._read_month()
        run = self._run()
        line = run.line_ids.filtered(lambda line: line.account_id == self.account_a)
        self.waste.product_id.list_price = 1
        line.sudo().explanation = line.explanation | {"vat": line.explanation["vat"] + 1}
        self._issue(run)
        self.assertEqual(line.state, "failed")
        self.assertIn(self.account_a.number, line.failure)
        self.assertFalse(line.move_id)
        other = run.line_ids - line
        self.assertEqual(other.state, "issued")
        self.assertEqual(run.state, "issued")
        self.assertEqual(run.activity_ids.user_id, self.user_accountant)
