from datetime import date, datetime, time, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .collection_common import NEW_TOTAL, OLD_TOTAL
from .common import frozen_on
from .test_dunning import DunningCommon
from .test_pdf_documents import pdf_text

DEBT = OLD_TOTAL + NEW_TOTAL


@tagged("post_install", "-at_install")
class TestInstalmentPlan(DunningCommon, HttpCase):
    """A debt in parts: agreed by two, filled by payments, over when a part is missed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env.user)

    def _plan(self, **vals):
        plans = self.env["kdc.instalment.plan"].with_user(self.user_accountant)
        values = {
            "account_id": self.account_a.id, "move_ids": (self.old_a | self.new_a).ids, "count": 3,
            "date_first": self.today + timedelta(days=10), "reason": "Đơn của hộ",
        }  # fmt: skip
        return plans.create({**values, **vals})

    def _agree(self, plan):
        plan.with_user(self.user_approver).action_approve()
        return plan

    def test_divided_to_the_dong_and_agreed_by_two(self):
        plan = self._plan()
        self.assertEqual((plan.total, sum(plan.instalment_ids.mapped("amount"))), (DEBT, DEBT))
        self.assertEqual(plan.instalment_ids.mapped("amount"), [102_000, 102_000, 101_810])
        plan.write({"count": 2})
        self.assertEqual(plan.instalment_ids.mapped("amount"), [153_000, 152_810])
        with self.assertRaises(AccessError):
            plan.write({"state": "running"})
        with self.assertRaises(AccessError):
            plan.with_user(self.user_approver).write({"count": 5})
        with self.assertRaises(AccessError):
            plan.action_approve()
        self._agree(plan)
        self.assertEqual((plan.state, plan.next_amount), ("running", 153_000))
        for values in ({"count": 6}, {"move_ids": []}):
            with self.assertRaises(UserError):
                plan.write(values)
        with self.assertRaises(UserError):
            plan.unlink()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self._agree(self._plan())

    def test_the_past_begins_at_midnight_in_vietnam(self):
        """At half past two at night in Nha Trang it is still yesterday in Greenwich, the zone of the approver."""
        self.user_approver.tz = "UTC"
        plan = self._plan(date_first=self.today)
        with freeze_time(datetime.combine(self.today, time(19, 30))):
            with self.assertRaisesRegex(UserError, "lies in the past"):
                self._agree(plan)
            plan.date_first = self.today + timedelta(days=1)
            self._agree(plan)
        self.assertEqual(plan.state, "running")

    def test_what_cannot_be_divided(self):
        for wrong in ({"move_ids": self.new_b.ids}, {"move_ids": []}, {"count": 36, "move_ids": []}):
            with self.subTest(wrong), self.assertRaises(UserError):
                self._plan(**wrong)

    def test_paid_meanwhile_is_divided_anew(self):
        plan = self._plan()
        self._take(self.user_collector, self.account_a, 10_000)
        with self.assertRaises(UserError):
            self._agree(plan)
        plan.action_divide()
        self.assertEqual(sum(plan.instalment_ids.mapped("amount")), DEBT - 10_000)
        self._agree(plan)

    def test_payments_fill_the_oldest_instalment(self):
        plan = self._agree(self._plan())
        self._take(self.user_collector, self.account_a, 150_000)
        self.assertEqual((plan.paid, plan.still_open), (150_000, DEBT - 150_000))
        self.assertEqual(plan.instalment_ids.mapped("paid"), [102_000, 48_000, 0])
        self.assertEqual(plan.instalment_ids.mapped("status"), ["paid", "part", "due"])
        self.assertEqual((plan.next_date, plan.next_amount), (plan.instalment_ids[1].date_due, 54_000))
        self._take(self.user_collector, self.account_a, DEBT - 150_000, key="p" * 16)
        self.assertEqual((plan.state, plan.ended_on), ("kept", self.today), "At the payment, not in the night.")
        self.assertFalse(plan.debt_ids.filtered("live"))

    def test_a_payment_undone_on_the_same_day_lets_the_plan_run_on(self):
        plan = self._agree(self._plan())
        receipt = self._take(self.user_collector, self.account_a, DEBT)
        self.assertEqual(plan.state, "kept")
        receipt.with_user(self.user_accountant)._cancel("Nhầm khách hàng")
        self.assertEqual((plan.state, plan.ended_on, plan.paid), ("running", False, 0))
        self.assertEqual(plan.debt_ids.mapped("live"), [True, True])
        self.assertEqual(set((self.old_a | self.new_a).mapped("kdc_bill_status")), {"plan"})
        self._take(self.user_collector, self.account_a, DEBT, key="p" * 16)
        self.assertEqual(plan.state, "kept")

    def test_nobody_is_reminded_while_it_is_kept(self):
        plan = self._agree(self._plan())
        self.assertEqual(self._run(5).line_ids.account_id, self.account_b)
        plan._check_kept(plan.instalment_ids[0].date_due + timedelta(days=5))
        self.assertEqual(plan.state, "running", "Within the days of grace.")
        notices = self.env["kdc.notification"].search_count([])
        plan.sudo()._check_kept(plan.instalment_ids[0].date_due + timedelta(days=6))
        self.assertEqual(plan.state, "broken")
        self.assertEqual(plan.activity_ids.user_id, self.user_accountant)
        self.assertGreater(self.env["kdc.notification"].search_count([]), notices)
        self.assertEqual(self._run(5).line_ids.account_id, self.account_a | self.account_b)
        self._agree(self._plan())

    def test_of_a_cancelled_bill_nothing_is_owed(self):
        plan = self._agree(self._plan())
        self.old_a.sudo().button_cancel()
        self.env.invalidate_all()
        self.assertEqual((plan.paid, plan.still_open), (OLD_TOTAL, NEW_TOTAL))
        self._take(self.user_collector, self.account_a, NEW_TOTAL)
        self.assertEqual(plan.state, "kept")

    def test_one_that_fails_stops_no_other_and_ends_on_the_day_here(self):
        self.env.user.tz = "UTC"
        broken = self._agree(self._plan())
        paid = self._agree(self._plan(account_id=self.account_b.id, move_ids=self.account_b._kdc_open_bills().ids))
        paid.move_ids.sudo().button_cancel()
        check = type(paid)._check_kept

        def fail_once(plan, day):
            if plan == broken:
                raise ValueError("notice")
            return check(plan, day)

        day = self.today + timedelta(days=3)
        logger = "odoo.addons.kdc_utilities.models.kdc_instalment_plan"
        with (
            patch.object(type(paid), "_check_kept", fail_once), self.assertLogs(logger, "ERROR"),
            freeze_time(f"{day} 18:00:00"),
        ):  # fmt: skip
            self.env["kdc.instalment.plan"]._cron_check()
        self.assertEqual((broken.state, paid.state), ("running", "kept"))
        self.assertEqual(paid.ended_on, day + timedelta(days=1))

    def test_the_job_speaks_vietnamese(self):
        plan = self._agree(self._plan())
        self.user_portal_a.lang = "vi_VN"
        late = plan.instalment_ids[0].date_due + timedelta(days=6)
        with freeze_time(f"{late} 03:00:00"), self.enter_registry_test_mode():
            self.env.ref("kdc_utilities.ir_cron_instalment_plan").method_direct_trigger()
        self.assertEqual(plan.state, "broken")
        self.assertIn("Trễ kỳ nộp dần", plan.activity_ids.summary)
        notice = self.env["kdc.notification"].search(
            [("partner_id", "=", self.user_portal_a.partner_id.id)], order="id desc", limit=1
        )
        self.assertIn("nộp dần", notice.title)

    def test_late_fee_runs_again_when_the_receipt_is_cancelled(self):
        plan = self._agree(self._plan())
        receipt = self._take(self.user_collector, self.account_a, DEBT)
        self.assertEqual((plan.state, plan.ended_on), ("kept", self.today))
        with freeze_time(f"{self.today + timedelta(days=3)} 03:00:00"):
            receipt.with_user(self.user_accountant)._cancel("Nhầm")
        self.assertEqual(plan.state, "kept", "Days later the debt is an ordinary one.")
        self.assertFalse(frozen_on(self.old_a, self.today))

    def test_defaults_of_the_context_start_no_plan(self):
        plan = self._plan().with_context(default_live=True)
        plan.action_divide()
        self.assertFalse(any(plan.debt_ids.mapped("live")))

    def test_late_fee_is_frozen_while_it_is_kept(self):
        plan = self._agree(self._plan())
        first = self.today
        self.assertEqual(self.old_a._kdc_frozen_days(), {self.old_a: [(first, date.max)]})
        later = first + timedelta(days=30)
        self.assertEqual(frozen_on(self.old_a | self.new_b, later), self.old_a)
        self.assertFalse(frozen_on(self.old_a, first - timedelta(days=1)))
        with freeze_time(later):
            plan.action_break()
        self.assertEqual(self.old_a._kdc_frozen_days(), {self.old_a: [(first, later - timedelta(days=1))]})
        self.assertFalse(frozen_on(self.old_a, later))

    def test_shown_to_the_resident_and_on_the_bill(self):
        self._agree(self._plan())
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        for url in ("/my/bills", f"/my/bills/{self.old_a.id}"):
            page = self.url_open(url).text
            self.assertIn("102.000", page)
            self.assertIn("101.810", page)
        self.assertIn("102.000 ₫", pdf_text(self.env["kdc.bill.pdf"]._render(self.old_a)))
        self.authenticate("kdc_portal_b", "kdc_portal_b")
        self.assertNotIn("101.810", self.url_open("/my/bills").text)

    def test_what_is_paid_by_instalments_is_not_overdue(self):
        self.env.flush_all()
        bills = self.old_a | self.new_a
        self.env.cr.execute(
            "UPDATE account_move SET invoice_date_due = %s WHERE id = ANY(%s)",
            [self.today - timedelta(days=3), bills.ids],
        )
        self.env.invalidate_all()
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.assertEqual(set(bills.mapped("kdc_bill_status")), {"late"})
        self.assertIn("k-task-late", self.url_open("/my").text)
        plan = self._agree(self._plan())
        self.assertEqual(set(bills.mapped("kdc_bill_status")), {"plan"})
        home = self.url_open("/my").text
        self.assertNotIn("k-task-late", home)
        self.assertIn("102.000", home)
        self.assertNotIn("k-badge-late", self.url_open("/my/bills").text)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE kdc_instalment SET date_due = %s WHERE plan_id = %s AND number = 1",
            [self.today - timedelta(days=1), plan.id],
        )
        self.env.invalidate_all()
        self.assertIn("k-task-late", self.url_open("/my").text, "Within the days of grace the instalment is late.")
        plan.sudo()._check_kept(self.today + timedelta(days=10))
        self.assertEqual(set(bills.mapped("kdc_bill_status")), {"late"})
