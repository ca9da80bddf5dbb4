from dataclasses import replace
from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..engine.tariff import Bill, TrueUp
from .common import UtilitiesCommon
from .proved import ProvedCase

NOVEMBER = {"period": "2026-11-01", "invoice_date": "2026-12-05"}
#: Waste 44,000 × 3 of 31 days.
THREE_DAYS = 4258


@tagged("post_install", "-at_install")
class TestOutage(ProvedCase, UtilitiesCommon):
    """U-37: one record of days without service, approved once, gives everybody concerned these days back once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._read_month()
        # Later months have waste only, so that nothing waits for a reading.
        water = (cls.account_a + cls.account_b).connection_ids.filtered(lambda row: row.service_id == cls.water)
        water.date_to = "2026-10-31"

    def _outage(self, **vals):
        return (
            self.env["kdc.outage"]
            .with_user(self.user_accountant)
            .create(
                {
                    "name": "Xe rác hỏng", "service_id": self.waste.id, "date_from": "2026-10-10",
                    "date_to": "2026-10-12", "decision": "Biên bản 12/10", "reason": "Không thu gom 3 ngày", **vals,
                }
            )
        )  # fmt: skip

    def _approve(self, outage):
        outage.with_user(self.user_approver).action_approve()

    def _totals(self, run):
        return {line.account_id: Bill.from_dict(line.explanation).total for line in run.line_ids}

    def test_everybody_concerned_gets_the_days_back(self):
        bills = self._issue(self._run())
        outage = self._outage()
        self.assertEqual((outage.days, outage.customer_count), (3, 2))
        self.assertFalse(outage.charge_ids)
        self._approve(outage)
        self.assertEqual(outage.charge_ids.account_id, self.account_a + self.account_b)
        self.assertEqual(outage.charge_ids.corrects_move_id, bills)
        self.assertEqual(set(outage.charge_ids.mapped("state")), {"approved"})
        self.assertEqual(outage.charge_ids.approved_by_id, self.user_approver)
        run = self._run(**NOVEMBER)
        self.assertEqual(self._totals(run), dict.fromkeys(self.account_a + self.account_b, 44000 - THREE_DAYS))
        november = self._issue(run)
        self.assertEqual(outage.charge_ids.move_id, november)
        self.assertIn("10/2026", november[0].kdc_explanation_html)
        self.assertIn("Biên bản 12/10", november[0].kdc_explanation_html)
        self.assertTrue(november[0]._kdc_recompute()["equal"])
        outage._settle()
        self.assertEqual(len(outage.charge_ids), 2, "Settling again changes nothing.")

    def test_who_has_left_gets_no_further_bill(self):
        """The accountant is told whom, and how much; a final bill still to come takes it by itself."""
        self._issue(self._run())
        self._approve(outage := self._outage())
        self.assertFalse(outage.left_count)
        self.account_b.date_to = "2026-10-31"
        self.assertEqual(outage.left_charge_ids.account_id, self.account_b)
        self.assertEqual((outage.left_count, outage.left_reduction), (1, -outage.left_charge_ids.amount))
        self.assertEqual(outage.action_view_left_charges()["domain"], [("id", "in", outage.left_charge_ids.ids)])
        final = self._run(account_id=self.account_b.id)
        outage.invalidate_recordset(["left_count"])
        self.assertEqual((final.state, outage.left_count), ("computed", 0))

    def test_recorded_anew_it_is_not_given_back_again(self):
        self._issue(self._run())
        self._approve(outage := self._outage())
        november = self._issue(self._run(**NOVEMBER))
        outage.action_withdraw()
        self._approve(again := self._outage())
        self.assertFalse(again.charge_ids, "These days are on the bills of November already.")
        self.assertEqual(outage.charge_ids.move_id, november)

    def test_only_the_area_and_the_service(self):
        self._issue(self._run())
        self._approve(outage := self._outage(area_id=self.group_a.id))
        self.assertEqual(outage.charge_ids.account_id, self.account_a)
        self._approve(water := self._outage(service_id=self.water.id))
        self.assertFalse(water.charge_ids, "What was measured was used.")

    def test_bills_issued_after_the_approval(self):
        self._approve(outage := self._outage(date_to="2026-11-02"))
        self.assertFalse(outage.charge_ids)
        self._issue(self._run())
        self.assertFalse(outage.charge_ids)
        run = self._run(**NOVEMBER)
        october = self._totals(run)[self.account_a]
        self.assertEqual(october, 44000 - 31226, "22 of 31 days")
        self._issue(run)
        december = self._totals(self._run(period="2026-12-01", invoice_date="2027-01-05"))[self.account_a]
        self.assertEqual(december, 44000 - 2933, "2 of 30 days in November")

    def test_who_gets_nothing_back_is_told_with_the_reason(self):
        self._approve(outage := self._outage())
        self.assertEqual(outage.skipped_ids.mapped("reason"), ["not_billed"] * 2)
        bills = self._issue(self._run()).grouped("kdc_account_id")
        bills[self.account_b].sudo()._reverse_moves([{"invoice_date": "2026-11-06"}], cancel=True)
        outage._settle()
        self.assertEqual(outage.charge_ids.account_id, self.account_a)
        row = outage.skipped_ids
        self.assertEqual((row.account_id, row.reason), (self.account_b, "reversed"))
        self.assertEqual(self.env["kdc.outage.skipped"].search(outage.action_view_skipped()["domain"]), row)
        outage._settle()
        self.assertEqual(outage.skipped_ids, row, "What did not change stays")
        self._approve(water := self._outage(service_id=self.water.id, area_id=self.group_a.id))
        self.assertEqual((water.skipped_ids.reason, water.skipped_count), ("measured", 1))
        self._issue(self._run(**NOVEMBER))
        outage.action_withdraw()
        self.assertFalse(outage.skipped_ids)
        self._approve(again := self._outage())
        reasons = {row.account_id: row.reason for row in again.skipped_ids}
        self.assertEqual(reasons, {self.account_a: "given_before", self.account_b: "reversed"})

    def test_a_cancelled_bill_gives_back_once(self):
        bills = self._issue(self._run())
        self._approve(outage := self._outage())
        for bill in bills:
            bill.with_user(self.user_accountant)._kdc_cancel("Nhầm")
        again = self._issue(self._run())
        run = self._run(**NOVEMBER)
        live = outage.charge_ids.filtered(lambda charge: charge.state == "approved")
        self.assertEqual(live.corrects_move_id, again)
        self.assertEqual(self._totals(run), dict.fromkeys(self.account_a + self.account_b, 44000 - THREE_DAYS))
        self._issue(run)
        # The bill of October is cancelled and issued anew once more: its days were given back in November already.
        self.assertEqual(len(outage.charge_ids.filtered("billed")), 2)
        for bill in again:
            bill.with_user(self.user_accountant)._kdc_cancel("Nhầm")
        self._issue(self._run())
        totals = self._totals(self._run(period="2026-12-01", invoice_date="2027-01-05"))
        self.assertEqual(set(totals.values()), {44000})

    def test_days_of_an_estimated_month_are_given_back_once(self):
        """A bill that sets the estimate right prices its month anew, with the days that were given back already."""
        october = self._issue(self._run()).filtered(lambda bill: bill.kdc_account_id == self.account_a)
        later = self._issue(self._run(**NOVEMBER)).filtered(lambda bill: bill.kdc_account_id == self.account_a)
        explained = Bill.from_dict(later.kdc_explanation)
        longer = replace(explained.sections[0], date_from=date(2026, 10, 1))
        set_right = TrueUp(self.waste.code, bills=(october.id,))
        later.sudo().kdc_explanation = replace(explained, sections=(longer,), true_ups=(set_right,)).to_dict()
        self._approve(outage := self._outage(area_id=self.group_a.id))
        self.assertEqual(outage.charge_ids.corrects_move_id, october)
        outage._settle()
        self.assertEqual(len(outage.charge_ids), 1)
        # Had the later one given them back first, it did so for both.
        self.assertFalse(outage._reductions(october | later, {(self.account_a, later.kdc_period)}))
        both = outage._reductions(later, set())
        self.assertEqual([vals["corrects_move_id"] for vals in both], later.ids)

    def test_a_day_counts_once(self):
        self._issue(self._run())
        self._approve(self._outage())
        with self.assertRaisesRegex(UserError, "Xe rác hỏng"):
            self._approve(self._outage(area_id=self.group_a.id, date_from="2026-10-12", date_to="2026-10-20"))
        self._approve(self._outage(date_from="2026-10-13", date_to="2026-10-20"))

    def test_groups_beside_each_other(self):
        self._approve(self._outage(area_id=self.group_a.id))
        self._approve(self._outage(area_id=self.group_b.id))
        with self.assertRaises(UserError):
            self._approve(self._outage())

    def test_withdrawn(self):
        self._issue(self._run())
        self._approve(outage := self._outage())
        outage.with_user(self.user_accountant).action_withdraw()
        self.assertEqual(set(outage.charge_ids.mapped("state")), {"withdrawn"})
        self.assertEqual(set(self._totals(self._run(**NOVEMBER)).values()), {44000})
        self._approve(again := self._outage())
        self.assertEqual(len(again.charge_ids), 2)

    def test_what_a_later_correction_counts_on_stays(self):
        bills = self._issue(self._run())
        self._approve(outage := self._outage())
        [prepared] = self.env["kdc.bill.correct"].with_user(self.user_accountant).create({
            "move_id": bills[0].id, "service_id": self.waste.id, "kind": "outage", "outage_days": 5,
            "decision": "Biên bản", "reason": "Thật ra 5 ngày",
        })  # fmt: skip
        later = self.env["kdc.charge"].browse(prepared.action_prepare()["res_id"])
        self.assertEqual(later.charges[0]["total"], THREE_DAYS - 7097)
        with self.assertRaisesRegex(UserError, "counts on from this one"):
            outage.with_user(self.user_accountant).action_withdraw()
        self.assertEqual((outage.state, set(outage.charge_ids.mapped("state"))), ("approved", {"approved"}))
        later.with_user(self.user_accountant).action_withdraw()
        outage.with_user(self.user_accountant).action_withdraw()
        self.assertEqual(set(outage.charge_ids.mapped("state")), {"withdrawn"})

    def test_four_eyes(self):
        outage = self._outage()
        with self.assertRaises(AccessError):
            outage.action_approve()
        self.user_accountant.group_ids += self.env.ref("kdc_utilities.group_approver")
        with self.assertRaises(UserError):
            outage.action_approve()
        for vals in ({"state": "approved"}, {"approved_by_id": self.user_approver.id}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                outage.write(vals)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            outage.sudo().write({"state": "approved", "approved_by_id": self.user_accountant.id})
            outage.flush_recordset()
        self._approve(outage)
        for change in (lambda: outage.write({"date_to": "2026-10-20"}), outage.unlink):
            with self.assertRaises(UserError):
                change()
