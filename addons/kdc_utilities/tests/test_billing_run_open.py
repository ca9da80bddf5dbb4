from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..engine.tariff import Bill
from .common import PERIOD, UtilitiesCommon
from .proved import ProvedCase


@tagged("post_install", "-at_install")
class TestBillingRunOpen(ProvedCase, UtilitiesCommon):
    """What happens beside a run between its dry run and its last bill."""

    def setUp(self):
        super().setUp()
        self._read_month()
        self.run_record = self._run()

    def _approve(self):
        self.run_record.with_user(self.user_approver).action_approve()

    def _issue_now(self):
        self.run_record.with_context(queue_job__no_delay=True).action_issue()
        return self.run_record.move_ids

    def _line(self, account):
        return self.run_record.line_ids.filtered(lambda line: line.account_id == account)

    def test_who_approves_for_another_office_decides_nothing_here(self):
        other = self.env["res.company"].create({"name": "UBND phường khác"})
        elsewhere = self._create_user(
            "kdc_elsewhere", "kdc_utilities.group_approver", company_id=other.id, company_ids=[Command.set(other.ids)]
        )
        run = self.run_record.with_user(elsewhere)
        for step in (run.action_approve, run.action_issue, run.action_draft, lambda: run.read(["amount_total"])):
            with self.assertRaises(AccessError):
                step()
        elsewhere.company_ids |= self.company
        with self.assertRaises(AccessError):
            run.with_context(allowed_company_ids=other.ids).action_approve()
        self.assertEqual(self.run_record.state, "computed")

    def test_an_archived_area_is_not_the_whole_ward(self):
        """What was approved is issued; computed again, a run of that area, or of a service, bills no others."""
        ended = self._run(area_ids=self.group_a.ids)
        self.group_a.active = False
        ended.invalidate_recordset()
        ended.action_compute()
        self.assertEqual(ended.line_ids.account_id, self.account_a)
        self._approve()
        self.assertEqual(self._issue_now().kdc_account_id, self.account_a + self.account_b)
        self.waste.journal_id = self.waste.journal_id.copy({"code": "RAC", "name": "Rác"})
        wasted = self._run(service_ids=self.waste.ids, period="2026-11-01")
        self.assertEqual(len(wasted.line_ids), 2)
        self.waste.active = False
        wasted.invalidate_recordset()
        wasted.action_compute()
        self.assertFalse(wasted.line_ids)

    def test_who_stops_or_pays_no_more_after_the_approval(self):
        """A service that ended is computed again; an archived contact owes what it has used."""
        payer = self.account_b.partner_id = self.env["res.partner"].create({"name": "Cửa hàng"})
        self.run_record.action_compute()
        self._approve()
        self.meter_a.connection_id.date_to = "2026-10-28"
        payer.active = False
        [bill] = self._issue_now()
        self.assertEqual((bill.partner_id, bill.amount_total), (payer, 88160))
        self.assertEqual(self._line(self.account_a).issues[0]["code"], "readings_changed")

    def test_nobody_gets_a_bill_that_was_approved_for_somebody_else(self):
        """Nor an account that was archived since: it is computed again, or left out."""
        self._approve()
        self.account_b.partner_id = self.household_a.partner_id
        self.account_a.active = False
        with self.assertRaisesRegex(UserError, "was changed"):
            self.run_record.action_issue()
        self.run_record.sudo().issue_started_on = self.run_record.approved_on
        self.run_record._job_issue(self.run_record.line_ids.ids)
        self.assertFalse(self.run_record.move_ids)
        for line in self.run_record.line_ids:
            self.assertEqual((line.state, line.issues[0]["code"]), ("blocked", "payer_changed"))
            self.assertTrue(line.issue_text)
        rest = self._run().line_ids
        self.assertEqual((rest.account_id, rest.partner_id), (self.account_b, self.household_a.partner_id))

    def test_nothing_is_issued_where_nobody_lives(self):
        empty = self.env["kdc.area"].create({"name": "Tổ dân phố 99", "kind": "group", "parent_id": self.ward.id})
        run = self._run(area_ids=empty.ids)
        self.assertEqual((run.state, run.line_count, run.amount_total), ("computed", 0, 0))
        with self.assertRaisesRegex(UserError, "nothing to issue"):
            run.with_user(self.user_approver).action_approve()

    def test_runs_that_overlap_bill_everybody_once(self):
        """Both were computed and approved before one of them was issued."""
        group, ward = self._run(area_ids=self.group_a.ids), self.run_record
        for run in (group, ward):
            run.with_user(self.user_approver).action_approve()
        self.run_record = group
        [first] = self._issue_now()
        self.run_record = ward
        self.assertEqual(self._issue_now().kdc_account_id, self.account_b)
        self.assertEqual(self._line(self.account_a).move_id, first)
        self.assertEqual((ward.state, group.state), ("issued", "issued"))
        self.assertEqual(self.env["account.move"].search_count([("kdc_period", "=", PERIOD)]), 2)

    def test_no_use_costs_nothing_but_what_is_due_each_month(self):
        alone = self._create_account(self.household_a, "DH-0", services=self.water)
        meter = alone.connection_ids.meter_ids
        for day in (date(2026, 9, 25), date(2026, 10, 25)):
            self._read(meter, day, 50)
        self._read(self.meter_b, date(2026, 10, 25), 100)
        self.run_record.action_compute()
        totals = {line.account_id: (line.state, line.amount_total) for line in self.run_record.line_ids}
        self.assertEqual(totals[self.account_b], ("ready", 44000))
        self.assertEqual(totals[alone], ("ready", 0))
        self._approve()
        bills = {bill.kdc_account_id: bill for bill in self._issue_now()}
        self.assertEqual((bills[alone].payment_state, bills[alone]._kdc_vietqr()), ("paid", None))

    def test_a_decision_of_a_month_to_come_changes_no_price_before(self):
        tariff = self.meter_a.connection_id.tariff_id
        later = tariff.version_ids[0].copy({"date_from": "2026-11-01", "decision": "QĐ tương lai"})
        later.component_ids.tier_ids.price = 99_000
        self.run_record.action_compute()
        self.assertEqual(self._line(self.account_a).amount_total, 217_650)
        self._approve()
        self.assertNotIn("tương lai", str(self._issue_now().mapped("kdc_explanation")))

    def test_a_register_that_counts_in_tens_rolls_over(self):
        """99,998 → 1: three steps of 10 m³ each, 216,200 đ for 30 m³."""
        account = self._create_account(self.household_a, "DH-10", services=self.water)
        meter = account.connection_ids.meter_ids
        meter.multiplier = 10
        self._read(meter, date(2026, 9, 25), 99_998)
        self._read(meter, date(2026, 10, 25), 1, event="rollover", reason="Qua 99999")
        self.run_record.action_compute()
        self._approve()
        bill = self._issue_now().filtered(lambda bill: bill.kdc_account_id == account)
        reading = Bill.from_dict(bill.kdc_explanation).sections[0].readings[0]
        self.assertEqual((reading.consumption, reading.multiplier, reading.event), (30, 10, "rollover"))
        self.assertEqual(bill.amount_total, 216_200)
        self.assertTrue(bill._kdc_recompute()["equal"])

    def test_everything_changes_within_one_month(self):
        """A new meter on the 12th, other prices from the 16th, VAT of 8 % from the 20th, two households.

        31 m³, by days 15 and 16; limits 2 × 10 × 15/31 and 2 × 10 × 16/31, both 10 m³: 10 × 4,800 + 5 × 6,600
        + 10 × 5,800 + 6 × 7,600 = 184,600 đ; VAT of the last day 14,768 đ, environment fee 18,460 đ; waste 44,000 đ.
        """
        connection = self.meter_a.connection_id
        dearer = connection.tariff_id.version_ids[0].copy({"date_from": "2026-10-16", "decision": "QĐ giữa tháng"})
        for tier in dearer.component_ids.tier_ids:
            tier.price += 1000
        self.env["kdc.vat.rate"].create({
            "category_id": dearer.component_ids.vat_category_id.id, "date_from": "2026-10-20", "percent": 8,
            "legal_basis": "NĐ",
        })  # fmt: skip
        connection.quota_households = 2
        self.meter_a.reading_ids.filtered(lambda row: row.date == date(2026, 10, 25)).unlink()
        change = self.env["kdc.meter.change"].with_user(self.user_accountant).create({
            "meter_id": self.meter_a.id, "kind": "replace", "date": "2026-10-12", "reason": "Kẹt số",
            "final_value": 115, "serial": "DH-A2",
        })  # fmt: skip
        self._read(self.env["kdc.meter"].browse(change.action_apply()["res_id"]), date(2026, 10, 25), 16)
        self.run_record.action_compute()
        self._approve()
        bill = self._issue_now().filtered(lambda bill: bill.kdc_account_id == self.account_a)
        self.assertEqual(bill.amount_total, 184_600 + 14_768 + 18_460 + 44_000)
        self.assertTrue(bill._kdc_recompute()["equal"])
