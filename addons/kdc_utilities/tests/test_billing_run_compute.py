from datetime import date

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..models import kdc_billing_run_compute
from .common import PERIOD, UtilitiesCommon


@tagged("post_install", "-at_install")
class TestBillingRunCompute(UtilitiesCommon):
    """The dry run of a large ward in the background: part by part, resumable, the same as in one go."""

    def setUp(self):
        super().setUp()
        self._read_month()
        self.patch(kdc_billing_run_compute, "AT_ONCE", 1)
        self.patch(kdc_billing_run_compute, "PART", 1)
        self.patch(kdc_billing_run_compute, "STEPS", 100)
        self.run_record = self.env["kdc.billing.run"].with_user(self.user_accountant).create({"period": PERIOD})

    def _jobs(self):
        jobs = self.env["queue.job"].sudo()
        return jobs.search([("identity_key", "=like", f"kdc.billing.run-{self.run_record.id}-compute-%")])

    def _work(self):
        """Do what the oldest waiting job says, as the server would."""
        job = self._jobs().filtered(lambda job: job.state == "pending").sorted("id")[:1]
        if job:
            job.records.with_context(**self.run_record.env.context)._job_compute(*job.args)
            job.with_context(_job_edit_sentinel=job.EDIT_SENTINEL).state = "done"
            self.run_record.invalidate_recordset()
        return job

    def _previews(self):
        names = ("account_id", "journal_id", "explanation", "amount_total", "issues", "state", "usage_key")
        return [[line[name] for name in names] for line in self.run_record.line_ids.sorted("account_id")]

    def test_in_parts_with_progress_and_the_same_result(self):
        self.run_record.with_context(queue_job__no_delay=True).action_compute()
        whole = self._previews()
        self.assertEqual((self.run_record.state, len(whole)), ("computed", 2))
        self.run_record.action_compute()
        self.assertEqual((self.run_record.state, self.run_record.compute_state), ("draft", "working"))
        self.assertTrue(self._work())
        self.assertEqual(
            (self.run_record.compute_done, self.run_record.compute_total, self.run_record.compute_progress), (1, 2, 50)
        )
        while self._work():
            pass
        self.assertEqual((self.run_record.state, self.run_record.compute_state), ("computed", False))
        self.assertFalse(self.run_record.computing_since or self.run_record.compute_order)
        self.assertEqual(self.run_record.computed_by_id, self.user_accountant)
        self.assertEqual(self._previews(), whole)
        self.assertEqual(len(self._issue(self.run_record)), 2)

    def test_nothing_else_happens_meanwhile(self):
        self.run_record.action_compute()
        self._work()
        for step in ("action_compute", "action_issue", "action_compute_changed"):
            with self.subTest(step), self.assertRaises(UserError):
                getattr(self.run_record, step)()
        with self.assertRaises(UserError):
            self.run_record.with_user(self.user_approver).action_approve()
        with self.assertRaises(UserError):
            self.run_record.area_ids = self.group_a
        for vals in ({"computing_since": False}, {"compute_done": 2}, {"compute_order": []}):
            with self.assertRaises(AccessError):
                self.run_record.write(vals)

    def test_a_job_done_twice_or_overtaken_adds_nothing(self):
        self.run_record.action_compute()
        self.run_record._job_compute(0)
        self.run_record._job_compute(0)
        self.assertEqual((self.run_record.compute_done, len(self.run_record.line_ids)), (1, 1))
        self.run_record._job_compute(1)
        self.run_record._job_compute(1)
        self.assertEqual((self.run_record.state, len(self.run_record.line_ids)), ("computed", 2))

    def test_stopped_by_hand(self):
        self.run_record.action_compute()
        self._work()
        self.run_record.action_draft()
        self.assertFalse(self.run_record.compute_state or self.run_record.line_ids)
        self._work()
        self.assertFalse(self.run_record.line_ids, "A job that still waits does nothing.")
        self.run_record.action_compute()
        while self._work():
            pass
        self.assertEqual((self.run_record.state, len(self.run_record.line_ids)), ("computed", 2))

    def test_begun_anew_before_the_old_work_started(self):
        """The job of a computing that was stopped still waits in the queue; the new one is not taken for stopped."""
        with freeze_time("2026-11-01 08:00:00"):
            self.run_record.action_compute()
            self.run_record.action_draft()
        with freeze_time("2026-11-01 08:05:00"):
            self.run_record.action_compute()
            self.assertEqual(self.run_record.compute_state, "working")
            while self._work():
                pass
            self.assertEqual((self.run_record.state, len(self.run_record.line_ids)), ("computed", 2))

    def test_failed_work_is_told_and_goes_on(self):
        self.run_record.action_compute()
        self._work()
        job = self._jobs().filtered(lambda job: job.state == "pending")
        job.with_context(_job_edit_sentinel=job.EDIT_SENTINEL).write({"state": "failed", "exc_message": "Mất điện"})
        self.run_record.invalidate_recordset()
        self.assertEqual((self.run_record.compute_state, self.run_record.compute_problem), ("stopped", "Mất điện"))
        self.assertEqual(self.run_record.activity_ids.user_id, self.run_record.user_id)
        self.run_record.action_continue_computing()
        self.assertEqual(self.run_record.compute_state, "working")
        while self._work():
            pass
        self.assertEqual((self.run_record.state, len(self.run_record.line_ids)), ("computed", 2))

    def test_a_reading_between_two_parts_is_found(self):
        """Parts see different moments; whoever was computed before the change is set apart."""
        self.run_record.action_compute()
        self._work()
        first = self.run_record.line_ids.account_id
        meter = self.meter_a if first == self.account_a else self.meter_b
        self._read(meter, date(2026, 10, 25), 150)
        while self._work():
            pass
        self.assertEqual(self.run_record._changed_lines().account_id, first)

    def test_few_accounts_are_computed_at_once(self):
        self.patch(kdc_billing_run_compute, "AT_ONCE", 2)
        self.run_record.action_compute()
        self.assertEqual(self.run_record.state, "computed")
        self.assertFalse(self._jobs())

    def test_a_month_without_accounts(self):
        run = self.run_record.create({"period": "2024-01-01"})
        run.action_compute()
        self.assertEqual((run.state, run.line_count), ("computed", 0))

    @mute_logger("odoo.sql_db")
    def test_the_database_keeps_one_preview_per_account(self):
        self.run_record.with_context(queue_job__no_delay=True).action_compute()
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.run_record._compute_part(set(self.account_a.ids))
