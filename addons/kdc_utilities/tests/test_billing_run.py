from datetime import date, timedelta
from decimal import Decimal
from unittest.mock import patch

from freezegun import freeze_time
from odoo import Command
from odoo.addons.kdc_residents.tests.common import QUIET
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError
from psycopg2.errors import LockNotAvailable

from ..engine.tariff import Bill
from ..models import kdc_billing_run_advance, kdc_billing_run_compute, kdc_billing_run_line, kdc_meter_reading_billed
from .common import PERIOD, UtilitiesCommon
from .proved import ProvedCase

#: What keeps an entry of the books from being undone: some paper rests on it.
GUARDS = {
    "_kdc_check_no_advance_return", "_kdc_check_no_deposit", "_kdc_check_no_difference", "_kdc_check_no_gift",
    "_kdc_check_no_credit", "_kdc_check_no_receipt", "_kdc_check_no_reversal",
    "_kdc_check_no_transfer", "_kdc_check_no_write_off",
    "_kdc_check_not_paid_out", "_kdc_check_pays_no_bill",
}  # fmt: skip


@tagged("post_install", "-at_install")
class TestBillingRun(ProvedCase, UtilitiesCommon):
    def test_nobodys_defaults_decide_a_step(self):
        runs = self.env["kdc.billing.run"].with_user(self.user_accountant)
        run = runs.with_context(
            default_state="approved", default_approved_by_id=self.user_approver.id, default_compute_total=9,
            default_computing_since="2026-10-01 00:00:00", default_compute_order=[1],
        ).create({"period": "2026-10-01"})  # fmt: skip
        self.assertEqual((run.state, run.compute_total), ("draft", 0))
        self.assertFalse(run.approved_by_id or run.computing_since or run.compute_order)

    def test_from_readings_to_bills(self):
        self._read_month(25, 8)
        run = self._run()
        self.assertEqual((run.state, run.line_count, run.ready_count, run.blocked_count), ("computed", 2, 2, 0))
        self.assertEqual(run.amount_total, 173650 + 44160 + 2 * 44000)
        moves = self._issue(run)
        self.assertEqual(run.state, "issued")
        self.assertEqual(len(moves), 2)
        bill = moves.filtered(lambda move: move.kdc_account_id == self.account_a)
        self.assertRecordValues(
            bill,
            [
                {
                    "state": "posted",
                    "move_type": "out_invoice",
                    "partner_id": self.household_a.partner_id.id,
                    "amount_total": 173650 + 44000,
                    "kdc_period": PERIOD,
                    "invoice_date": run.invoice_date,
                    "invoice_date_due": run.date_due,
                    "payment_state": "not_paid",
                }
            ],
        )
        self.assertEqual(bill.payment_reference, bill.kdc_reference)
        self.assertRegex(bill.kdc_reference, r"^[A-Z0-9]{1,25}$")
        sections = Bill.from_dict(bill.kdc_explanation).sections
        reading = sections[0].readings[0]
        self.assertEqual((reading.previous_value, reading.value, reading.date), (100, 125, date(2026, 10, 25)))
        self.assertEqual([line.quantity for line in sections[0].charges[0].lines], [10, 10, 5])
        self.assertIn("QĐ 1763", bill.kdc_explanation_html)
        run.action_close()
        self.assertEqual(run.state, "closed")

    def test_whoever_prepared_cannot_approve(self):
        self._read_month()
        self.user_accountant.group_ids += self.env.ref("kdc_utilities.group_approver")
        run = self._run()
        self.assertFalse(run.can_approve)
        with self.assertRaises(UserError):
            run.action_approve()
        with self.assertRaises(AccessError):
            run.with_user(self.user_collector).action_approve()
        with self.assertRaises(UserError):
            run.action_issue()
        given = self._run(user_id=self.user_approver.id).with_user(self.user_approver)
        self.assertFalse(given.can_approve)
        with self.assertRaisesRegex(UserError, "You prepared"):
            given.action_approve()

    @mute_logger("odoo.sql_db")
    def test_database_refuses_own_approval_and_issue_without_approval(self):
        self._read_month()
        run = self._run().sudo()
        for vals in ({"approved_by_id": self.user_accountant.id}, {"state": "issued"}):
            with self.assertRaises(IntegrityError), self.cr.savepoint():
                run.write(vals)
                run.flush_recordset()

    def test_a_run_keeps_what_it_has_come_to(self):
        """Its dates stay once they are approved, it is closed when it is issued, and stays once it issues bills."""
        self._read_month()
        run = self._run()
        run.date_due = "2026-12-24"
        with self.assertRaisesRegex(UserError, "Only an issued"):
            run.action_close()
        run.with_user(self.user_approver).action_approve()
        for name in ("invoice_date", "date_due"):
            with self.subTest(name), self.assertRaisesRegex(UserError, "change its dates"):
                run.write({name: "2026-12-25"})
        with self.assertRaisesRegex(UserError, "Only an issued"):
            run.action_close()
        run.sudo().issue_started_on = run.approved_on
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            run.unlink()
        run.with_context(queue_job__no_delay=True).action_issue()
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            run.unlink()
        self.assertEqual(run.move_ids.mapped("invoice_date_due"), [date(2026, 12, 24)] * 2)

    def test_twice_creates_nothing_twice(self):
        self._read_month()
        run = self._run()
        first = self._issue(run)
        run.line_ids._issue()
        run._job_issue(run.line_ids.ids)
        again = self._run()
        self.assertEqual((again.line_count, again.already_billed_count), (0, 2))
        with self.assertRaises(UserError):
            again.with_user(self.user_approver).action_approve()
        self.assertEqual(self.env["account.move"].search([("kdc_period", "=", PERIOD)]), first)

    def test_issuing_that_stops_is_told_and_goes_on(self):
        self._read_month()
        run = self._run()
        run.with_user(self.user_approver).action_approve()
        self.assertFalse(run.issue_state)
        run.action_issue()
        self.assertEqual(run.issue_state, "working")
        job = run._issue_jobs()
        job.with_context(_job_edit_sentinel=job.EDIT_SENTINEL).write({"state": "failed", "exc_message": "Mất điện"})
        run.invalidate_recordset()
        self.assertEqual((run.issue_state, run.issue_problem), ("stopped", "Mất điện"))
        run.action_issue()
        run.invalidate_recordset()
        self.assertEqual((run.issue_state, run.issue_problem), ("working", False))

    def test_one_that_fails_is_set_apart_by_halves(self):
        """It costs a few more attempts, not as many as there are bills, and keeps nobody else's bill back."""
        self._read_month()
        accounts = self.account_a | self.account_b
        for number in range(6):
            household = self._create_household(
                self._create_dwelling(str(200 + number), "Quang Trung", self.group_a),
                [("head", f"Võ Văn {number}", "1980-01-01", "male", False, False)],
            )
            accounts |= self._create_account(household, f"DH-H{number}", self.waste)
        run = self._run()
        lines = run.line_ids.sorted(lambda line: (line.sort_key, line.id))
        self.assertEqual(lines.account_id, accounts)
        run.with_user(self.user_approver).action_approve()
        bad, made, attempts = lines[2], type(lines)._create_bills, []

        def refuse(batch):
            attempts.append(len(batch))
            if bad in batch:
                raise ValueError("Người trả thuộc phường khác")
            return made(batch)

        with patch.object(type(lines), "_create_bills", refuse):
            run.with_context(queue_job__no_delay=True).action_issue()
        self.assertEqual(attempts, [8, 4, 2, 2, 1, 1, 4])
        self.assertEqual((run.issued_count, run.failed_count, bad.state), (7, 1, "failed"))
        self.assertEqual(run.amount_total, sum(run.move_ids.mapped("amount_total")), "without what was not issued")
        self.assertIn("phường khác", bad.failure)
        run.with_context(queue_job__no_delay=True).action_retry_failed()
        self.assertEqual((run.issued_count, run.failed_count, run.state), (8, 0, "issued"))
        # What the database refuses is said in the words of the constraint, not in those of PostgreSQL.
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError) as caught, self.cr.savepoint():
            self.cr.execute("UPDATE kdc_billing_run SET period = '2026-10-02' WHERE id = %s", [run.id])
        words = bad.with_context(lang="vi_VN")._word_failure(caught.exception)
        self.assertIn("ngày đầu", words)
        self.assertNotIn("violates", words)

    def test_compared_with_the_month_before_of_the_same_accounts(self):
        """Last month's bill of somebody who gets none now is no fall of the total."""
        self._read_month()
        september = self._issue(self._run(period="2026-09-01", invoice_date="2026-10-05"))
        run = self._run()
        run.line_ids.filtered(lambda line: line.account_id == self.account_b).action_exclude()
        mine = september.filtered(lambda bill: bill.kdc_account_id == self.account_a)
        self.assertEqual(run.previous_total, sum(mine.mapped("amount_total")))

    def test_biggest_changes_come_first(self):
        """Both directions count; an account that cannot be billed is listed elsewhere."""
        self._read_month()
        self._issue(self._run(period="2026-09-01", invoice_date="2026-10-05"))
        run = self._run()
        lines = run.changed_line_ids.sorted("change_size", reverse=True)
        self.assertEqual(lines.account_id, self.account_a + self.account_b)
        self.assertEqual([line.change for line in lines], [173650, 44160])
        self.assertEqual(lines[1].change_percent, 100.4)
        self.assertFalse(self._run(period="2026-11-01", invoice_date="2026-12-05").changed_line_ids)

    def test_previews_hold_what_their_fields_compute(self):
        """They are inserted by one statement; a stored field added later has to be taken into it."""
        self._read_month()
        self._issue(self._run(period="2026-09-01", invoice_date="2026-10-05"))
        lines = self._run().line_ids.sudo()
        computed = [field for field in lines._fields.values() if field.store and field.compute]
        names = [field.name for field in computed]
        inserted = lines.read(names)
        for field in computed:
            self.env.add_to_compute(field, lines)
        lines.flush_recordset()
        lines.invalidate_recordset()
        self.assertEqual(lines.read(names), inserted)
        self.assertTrue(any(line.change_percent for line in lines))

    def test_two_runs_computed_at_the_same_time_share_the_bills(self):
        self._read_month()
        run_1, run_2 = self._run(), self._run()
        moves = self._issue(run_1)
        self._issue(run_2)
        self.assertEqual(run_2.line_ids.move_id, moves)
        self.assertFalse(run_2.move_ids)

    def test_resume_after_an_interruption(self):
        """Lines issued before a kill stay; pressing the button again issues only the rest."""
        self._read_month()
        run = self._run()
        run.with_user(self.user_approver).action_approve()
        run.sudo().issue_started_on = run.approved_on
        run.sudo().line_ids[0]._issue()
        first = run.line_ids[0].move_id
        self.assertEqual((run.state, run.progress), ("approved", 50))
        with self.assertRaisesRegex(UserError, "is approved"):
            run.action_compute()
        with self.assertRaisesRegex(UserError, "begun to issue"):
            run.action_draft()
        run.with_context(queue_job__no_delay=True).action_issue()
        self.assertEqual(run.state, "issued")
        self.assertEqual(run.line_ids[0].move_id, first)
        self.assertEqual(len(run.move_ids), 2)

    def test_issuing_is_queued_in_batches_with_one_job_each(self):
        self._read_month()
        run = self._run()
        run.with_user(self.user_approver).action_approve()
        jobs = self.env["queue.job"].sudo()
        before = jobs.search_count([("model_name", "=", "kdc.billing.run")])
        run.action_issue()
        run.action_issue()
        self.assertEqual(jobs.search_count([("model_name", "=", "kdc.billing.run")]), before + 1)
        self.assertEqual(run.state, "approved")

    @mute_logger("odoo.sql_db")
    def test_one_bill_per_account_month_and_journal_in_the_database(self):
        self._read_month()
        bill = self._issue(self._run())[0]
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            copy = bill.copy({"kdc_account_id": bill.kdc_account_id.id, "kdc_period": bill.kdc_period})
            copy.flush_recordset()

    def _ask(self, bill, reason="Ghi sai chỉ số"):
        """Ask for the cancellation of a bill, as the accountant does."""
        action = bill.with_user(self.user_accountant).action_kdc_cancel()
        form = Form(self.env[action["res_model"]].with_user(self.user_accountant).with_context(**action["context"]))
        form.reason = reason
        return form.save()

    def _cancel(self, bill):
        self._ask(bill).with_user(self.user_approver).action_approve()

    def test_two_persons_cancel_a_bill(self):
        """Nobody alone: not by the paper, not by Odoo's buttons, not by a credit note."""
        self._read_month()
        bill, other = self._issue(self._run()).sorted("kdc_account_id")
        asked = self._ask(bill)
        self.assertEqual((asked.state, bill.state, bill.kdc_cancellation_asked), ("draft", "posted", True))
        mine = bill.with_user(self.user_accountant)
        self.assertEqual(mine.action_kdc_cancel()["res_id"], asked.id)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            asked.copy()
        self.user_accountant.group_ids += self.env.ref("kdc_utilities.group_approver")
        with self.assertRaises(UserError):
            asked.action_approve()
        for vals in ({"state": "done"}, {"approved_by_id": self.user_approver.id}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                asked.write(vals)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            asked.sudo().write({"state": "done", "approved_by_id": self.user_accountant.id})
            asked.flush_recordset()
        reversal = self.env["account.move.reversal"].with_user(self.user_accountant).with_context(
            active_model="account.move", active_ids=bill.ids
        ).create({"journal_id": bill.journal_id.id, "reason": "Sai"})  # fmt: skip
        note = self.env["account.move"].with_user(self.user_accountant).create({
            "move_type": "out_refund", "partner_id": bill.partner_id.id, "journal_id": bill.journal_id.id,
            "reversed_entry_id": bill.id, "invoice_date": PERIOD,
            "invoice_line_ids": [Command.create({"product_id": self.waste.product_id.id, "price_unit": 1000})],
        })  # fmt: skip
        for step in (
            mine.button_draft, mine.button_cancel, mine._reverse_moves, reversal.refund_moves, reversal.modify_moves,
            note.action_post,
        ):  # fmt: skip
            with self.subTest(step=step.__name__), self.assertRaisesRegex(UserError, "Điều chỉnh hóa đơn|Correct the"):
                step()
        asked.with_user(self.user_approver).action_approve()
        self.assertEqual((asked.state, asked.approved_by_id, bill.state), ("done", self.user_approver, "cancel"))
        with self.assertRaises(UserError):
            mine.button_draft()
        with self.assertRaises(UserError):
            asked.unlink()
        kept = self._ask(other)
        kept.action_withdraw()
        with self.assertRaises(UserError):
            kept.with_user(self.user_approver).action_approve()
        again = self._ask(other)
        other._kdc_cancel("Nhầm")
        with self.assertRaises(UserError):
            again.with_user(self.user_approver).action_approve()

    def test_cancel_and_issue_again(self):
        """Trap T15: cancel really cancels, and issuing again does not double."""
        self._read_month()
        bill = self._issue(self._run()).filtered(lambda move: move.kdc_account_id == self.account_a)
        self._cancel(bill)
        self.assertEqual(bill.state, "cancel")
        self.assertIn("Ghi sai chỉ số", bill.message_ids[0].body)
        self._read(self.meter_a, date(2026, 10, 26), 120)
        run = self._run()
        self.assertEqual((run.line_count, run.already_billed_count), (1, 1))
        new = self._issue(run)
        self.assertEqual(new.amount_total, 131100 + 44000)
        self.assertEqual(new.kdc_reference, bill.kdc_reference)
        for records in (bill, bill.with_context(force_delete=True)):
            with self.assertRaisesRegex(UserError, "A bill cannot be deleted"):
                records.unlink()

    def test_part_of_a_month_at_the_price_of_a_whole_one_says_so(self):
        self._read_month()
        self.waste.tariff_ids.version_ids.component_ids.prorate = False
        self.account_b.connection_ids.filtered(lambda record: record.service_id == self.waste).date_from = "2026-10-20"
        whole, part = self._issue(self._run()).sorted(lambda bill: bill.kdc_account_id == self.account_b)
        texts = [
            next(section for section in bill._kdc_worded_sections() if section["service"] == self.waste.code)
            ["charges"][0]["lines"][0]["text"]
            for bill in (whole, part)
        ]  # fmt: skip
        self.assertEqual(texts[1], self.env._("%s, counted as a whole month", texts[0]))

    def test_a_paid_bill_is_not_cancelled(self):
        self._read_month()
        bill = self._issue(self._run())[0]
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=bill.ids).create(
            {"amount": 1000}
        )._create_payments()
        for step in (lambda: bill._kdc_cancel("Nhầm"), bill.button_draft, bill.button_cancel):
            with self.assertRaisesRegex(UserError, "has been paid"):
                step()

    def _prepay(self, account, amount):
        """Money at the counter of who owes nothing (or names nothing): all of it is an advance. Returns the receipt."""
        self.user_collector.kdc_area_ids |= account.area_id
        counter = self.env["kdc.collect"].with_user(self.user_collector).with_context(**QUIET)
        counter.open_session()
        shown = counter.preview(account.id, amount)
        values = counter.confirm(account.id, amount, f"prepaid-{account.id}", shown["fingerprint"])
        return self.env["kdc.receipt"].browse(values["id"])

    def _said(self, bill):
        """The title and the text of the notice of a bill."""
        return " ".join(self.env["kdc.bill.delivery"].search([("move_id", "=", bill.id)], limit=1)._words())

    def test_an_advance_pays_before_anybody_is_told(self):
        """Wholly for one household, in part for the other; both notices say what is left."""
        self._read_month()
        prepaid, part = self._prepay(self.account_a, 300_000), self._prepay(self.account_b, 30_000)
        self.assertEqual((prepaid.advance, part.advance), (300_000, 30_000))
        run = self._run()
        bills = self._issue(run).grouped("kdc_account_id")
        bill_a, bill_b = bills[self.account_a], bills[self.account_b]
        self.assertEqual((bill_a.payment_state, bill_a._kdc_vietqr()), ("paid", None))
        self.assertEqual(self.account_a._kdc_advance(), 300_000 - 217_650)
        self.assertEqual((bill_b.amount_residual, self.account_b._kdc_advance()), (58_160, 0))
        self.assertEqual((bill_a | bill_b).mapped(lambda bill: bill._kdc_from_advance()), [217_650, 30_000])
        self.assertEqual(run.delivery_count, 2)
        self.assertRegex(self._said(bill_a), r"217.650.* tiền nộp trước")
        self.assertRegex(self._said(bill_b), r"58.160.*30.000.*88.160.*tiền nộp trước")
        run.with_context(queue_job__no_delay=True)._job_apply_advances()
        run.invalidate_recordset(["delivery_count"])
        self.assertEqual((bill_b.amount_residual, run.delivery_count), (58_160, 2), "Done twice changes nothing")
        self._assert_neither_reminded_nor_charged(bill_a)

    def _assert_neither_reminded_nor_charged(self, bill):
        self.env["kdc.late.fee.rule"].create({
            "service_id": self.water.id, "legal_basis": "Văn bản thử", "date_from": "2026-01-01", "percent": 0.03,
            "grace_days": 5, "yearly_limit": 20, "limit_basis": "Văn bản thử",
        })  # fmt: skip
        day = bill.invoice_date_due + timedelta(days=90)
        fees = self.env["kdc.charge"]._late_fee_vals(self.company, day, self.env["kdc.area"])
        self.assertEqual([vals["account_id"] for vals in fees], self.account_b.ids)
        with freeze_time(f"{day} 03:00:00"):
            reminders = self.env["kdc.dunning.run"].with_user(self.user_accountant).create({"date": day})
            reminders.action_compute()
        self.assertEqual(reminders.line_ids.account_id, self.account_b)

    def test_an_advance_pays_the_oldest_bill_of_all_accounts_of_its_payer(self):
        other = self._create_account(self.household_a, "", services=self.waste)
        [old] = self._issue(self._run(period="2026-09-01", account_id=other.id))
        self._prepay(self.account_a, 100_000)
        self._read_month()
        bills = self._issue(self._run())
        self.assertEqual((old.kdc_account_id, old.payment_state), (other, "paid"))
        of_payer = bills.filtered(lambda bill: bill.partner_id == other.partner_id)
        self.assertEqual(len(of_payer), 2)
        self.assertEqual(sum(of_payer.mapped("amount_residual")), 217_650 + 44_000 - 56_000)
        self.assertEqual(other._kdc_advance(), 0)

    def test_advances_go_on_where_they_were_killed(self):
        """Nobody is told before all advances have paid; a payer at a time is as good as all at once."""
        self.patch(kdc_billing_run_advance, "BATCH", 1)
        self._read_month()
        self._prepay(self.account_a, 300_000)
        self._prepay(self.account_b, 300_000)
        run = self._run()
        with patch.object(type(run), "_go_on_after_issue", lambda run, after=0: None):
            bills = self._issue(run)
        self.assertEqual((run.state, run.delivery_count), ("issued", 0))
        self.assertEqual(set(bills.mapped("payment_state")), {"not_paid"})
        run.with_context(queue_job__no_delay=True)._job_apply_advances()
        run.invalidate_recordset(["delivery_count"])
        self.assertEqual(set(bills.mapped("payment_state")), {"paid"})
        self.assertEqual(run.delivery_count, 2)

    def test_without_advances_nothing_is_queued_between(self):
        self._read_month()
        self._prepay(self.account_a, 300_000)
        self._prepay(self.account_b, 300_000)
        run = self._run()
        with patch.object(type(run), "_go_on_after_issue", lambda run, after=0: None):
            self._issue(run)
        payers = sorted((self.account_a | self.account_b).partner_id.ids)
        with self.assertQueryCount(1):
            self.assertEqual(run._payers_with_advance(0, 10), payers)
        self.assertEqual(run._payers_with_advance(payers[0], 10), payers[1:])
        run.move_ids._kdc_cancel("Lập lại")
        self.assertFalse(run._payers_with_advance(0, 10), "An advance waits for the next bill")

    def test_an_advance_that_fails_keeps_nobody_else_waiting(self):
        self._read_month()
        self._prepay(self.account_a, 300_000)
        self._prepay(self.account_b, 300_000)
        locked = [self.account_a.partner_id, self.account_b.partner_id]
        apply = type(self.account_a)._kdc_pay_from_advance

        def pay(account, bills):
            if account.partner_id in locked:
                raise ValueError(f"Sổ của {account.number} đã khóa")
            return apply(account, bills)

        self.patch(type(self.account_a), "_kdc_pay_from_advance", pay)
        run = self._run()
        with mute_logger(kdc_billing_run_advance.__name__):
            bills = self._issue(run).grouped("kdc_account_id")
        bill_a, bill_b = bills[self.account_a], bills[self.account_b]
        self.assertEqual((run.state, run.advance_problem_count, run.delivery_count), ("issued", 2, 0))
        self.assertIn(self.account_a.number, run.advance_problem_ids.filtered(
            lambda line: line.move_id == bill_a
        ).advance_problem)  # fmt: skip
        self.assertEqual(run.activity_ids.user_id, run.user_id)
        # One of them is mended: it pays and is told, the other one waits on.
        locked.pop(0)
        run = run.with_user(self.user_accountant).with_context(queue_job__no_delay=True)
        with mute_logger(kdc_billing_run_advance.__name__):
            run.action_retry_advances()
        run.invalidate_recordset()
        self.assertEqual((bill_a.payment_state, bill_b.payment_state), ("paid", "not_paid"))
        self.assertEqual((run.advance_problem_ids.account_id, run.delivery_count), (self.account_b, 1))
        # The other one cannot be: its payer is told to pay all of it.
        run.action_deliver_without_advance()
        run.invalidate_recordset()
        self.assertEqual((run.advance_problem_count, run.delivery_count), (0, 2))
        self.assertRegex(self._said(bill_b), r"88.160")
        with self.assertRaises(AccessError):
            run.with_user(self.user_collector).action_retry_advances()

    def test_who_is_disturbed_while_using_advances_begins_again(self):
        self._read_month()
        self._prepay(self.account_a, 300_000)
        run = self._run()
        with patch.object(type(run), "_go_on_after_issue", lambda run, after=0: None):
            self._issue(run)
        busy = patch.object(type(self.account_a), "_kdc_pay_from_advance", side_effect=LockNotAvailable)
        with busy, self.assertRaises(LockNotAvailable):
            run._job_apply_advances()
        self.assertFalse(run.advance_problem_count)

    def test_a_bill_paid_by_an_advance_of_the_books_before_is_cancelled(self):
        """What was booked by hand before the bill was made cannot have been meant for it; what comes later may be."""
        self._read_month()
        payer = self.account_a.partner_id
        equity = self.env["account.account"].search(
            [("account_type", "=", "equity"), ("company_ids", "in", self.company.ids)], limit=1
        )
        opening, later = self.env["account.move"].create([{
            "move_type": "entry", "ref": "Số dư đầu kỳ", "date": "2026-09-30",
            "line_ids": [
                Command.create({"account_id": equity.id, "debit": 300_000}),
                Command.create({
                    "account_id": payer.property_account_receivable_id.id, "partner_id": payer.id, "credit": 300_000,
                }),
            ],
        }] * 2)  # fmt: skip
        opening.action_post()
        bill = self._issue(self._run()).filtered(lambda move: move.kdc_account_id == self.account_a)
        self.assertEqual((bill.payment_state, bill._kdc_from_advance()), ("paid", 217_650))
        bill.with_user(self.user_accountant)._kdc_cancel("Ghi sai chỉ số")
        self.assertEqual((bill.state, self.account_a._kdc_advance()), ("cancel", 300_000))
        part = bill.line_ids.matched_credit_ids.new({
            "credit_move_id": later.line_ids[1].id, "debit_move_id": bill.line_ids[0].id
        })  # fmt: skip
        self.assertTrue(bill._kdc_was_not_meant(part, {}), "booked before the bill")
        late = later.copy()
        part.credit_move_id = late.line_ids[1]
        self.assertFalse(bill._kdc_was_not_meant(part, {}), "booked after it: by whom it was matched, it was meant so")

    def test_every_guard_of_an_entry_is_asked(self):
        """Whatever the order in which models are loaded: a paper that rests on an entry keeps it from being undone."""
        entry = self.env["account.move"].create({"move_type": "entry"})
        self.assertEqual({guard.__name__ for guard in entry._kdc_guards()}, GUARDS)
        for name in GUARDS:
            for step in ("button_draft", "button_cancel", "_reverse_moves"):
                asked = patch.object(type(entry), name, side_effect=UserError(name))
                with self.subTest(guard=name, step=step), asked, self.assertRaisesRegex(UserError, name):
                    getattr(entry, step)()

    def test_a_bill_paid_by_an_advance_is_cancelled_and_issued_again(self):
        self._read_month()
        self._prepay(self.account_a, 300_000)
        bill = self._issue(self._run()).filtered(lambda move: move.kdc_account_id == self.account_a)
        self._cancel(bill)
        self.assertEqual((bill.state, self.account_a._kdc_advance()), ("cancel", 300_000))
        self._read(self.meter_a, date(2026, 10, 26), 120)
        new = self._issue(self._run())
        self.assertEqual((new.amount_total, new.payment_state), (175_100, "paid"))
        self.assertEqual(self.account_a._kdc_advance(), 300_000 - 175_100)

    def test_a_bill_that_a_receipt_names_is_not_cancelled(self):
        """Half of it was an advance; the other half was paid for this bill."""
        self._read_month()
        self._prepay(self.account_b, 50_000)
        bill = self._issue(self._run()).filtered(lambda move: move.kdc_account_id == self.account_b)
        counter = self.env["kdc.collect"].with_user(self.user_collector).with_context(**QUIET)
        shown = counter.preview(self.account_b.id, 38_160)
        counter.confirm(self.account_b.id, 38_160, "named" * 4, shown["fingerprint"])
        self.assertEqual(bill._kdc_from_advance(), 50_000)
        with self.assertRaises(UserError):
            bill.with_user(self.user_accountant)._kdc_cancel("Nhầm")
        self.assertEqual(bill.payment_state, "paid")

    def test_only_the_accountant_of_fees_corrects_bills(self):
        self._read_month()
        bill = self._issue(self._run())[0]
        invoicing = self._create_user("kdc_invoicing", "account.group_account_invoice")
        for method in ("button_draft", "button_cancel", "action_kdc_cancel"):
            with self.assertRaises(AccessError):
                getattr(bill.with_user(invoicing), method)()

    def test_exceptions(self):
        for month in range(1, 9):
            self._read(self.meter_a, date(2026, month, 25), 20 * month)
        self._read(self.meter_a, date(2026, 9, 25), 180)
        self._read(self.meter_a, date(2026, 10, 25), 380)
        self.assertEqual(self._run().blocked_count, 1, "Nothing would count on from a meter that was never read.")
        self._read(self.meter_b, date(2026, 9, 25), 0)
        run = self._run()
        line_a = run.line_ids.filtered(lambda line: line.account_id == self.account_a)
        line_b = run.line_ids - line_a
        self.assertEqual((line_a.severity, [i["code"] for i in line_a.issues]), ("warning", ["high"]))
        self.assertEqual((line_b.state, [i["code"] for i in line_b.issues]), ("ready", ["reading_follows"]))
        self.assertEqual((run.exception_count, run.blocked_count, run.ready_count, run.unread_count), (1, 0, 2, 1))
        self.assertEqual(run.exception_line_ids, line_a, "What was not read is a list of its own.")
        self.assertEqual(run.unread_line_ids, line_b)
        shown = self.env["kdc.billing.run.line"].search(run.action_view_exceptions()["domain"])
        self.assertEqual(len(shown), run.exception_count, "The button opens what it counts.")
        self.assertTrue(line_b.issue_text)
        self.assertIn("200 m³", line_a.issue_text)
        line_a.action_exclude()
        self.assertEqual((line_a.state, run.amount_total), ("excluded", 44000))
        line_a.action_exclude()
        self.assertEqual(len(self._issue(run)), 2)

    def test_who_gets_no_bill_is_named_before_the_month_is_closed(self):
        self._read_month()
        run = self._run()
        line = run.line_ids.filtered(lambda line: line.account_id == self.account_a)
        self.assertFalse(run.left_out)
        line.action_exclude()
        self._issue(run)
        self.assertEqual(run.left_out, self.account_a.display_name)
        with patch("odoo.addons.kdc_utilities.models.kdc_billing_run.NAMED", 0):
            run.invalidate_recordset(["left_out"])
            self.assertIn("1", run.left_out, "A long list ends with how many more there are.")

    def test_a_month_to_come_is_named(self):
        runs = self.env["kdc.billing.run"]
        self.assertTrue(runs.new({"period": date(2999, 1, 1)}).not_begun)
        self.assertFalse(runs.new({"period": date(2026, 10, 1)}).not_begun)

    def test_a_skipped_month_is_billed_with_its_limits(self):
        self._read(self.meter_a, date(2026, 8, 25), 100)
        self._read(self.meter_a, date(2026, 10, 25), 120)
        self._read_month_b()
        line = self._run().line_ids.filtered(lambda line: line.account_id == self.account_a)
        self.assertEqual([issue["code"] for issue in line.issues], ["skipped_months"])
        self.assertEqual(line.amount_total, 2 * 55200 + 44000)
        self.meter_a.connection_id.date_from = "2026-09-16"
        line = self._run().line_ids.filtered(lambda line: line.account_id == self.account_a)
        section = Bill.from_dict(line.explanation).sections[0]
        self.assertEqual(section.date_from, date(2026, 9, 16), "No limits for days before the service began.")

    def test_tier_limits_follow_the_registered_persons(self):
        """U-25: by a switch of the tariff; a number on the connection wins, and without anybody nothing is guessed."""
        self._read_month(20, 20)
        connection = self.account_a.connection_ids.filtered(lambda row: row.service_id == self.water)
        connection.tariff_id.write({"persons_per_quota": 2, "quota_by_persons": True})
        self.household_b.member_count = 0
        for persons, quota in ((0, Decimal(self.household_a.member_count) / 2), (4, Decimal(2))):
            connection.persons = persons
            lines = self._run().line_ids
            line = lines.filtered(lambda line: line.account_id == self.account_a)
            section = Bill.from_dict(line.explanation).sections[0]
            self.assertEqual((section.quota, section.quota_persons), (quota, section.persons))
        self.assertEqual(line.amount_total, 2 * 55200 + 44000)
        self.assertIn("× 2, ", line.explanation_html)
        self.assertEqual({issue["code"] for issue in (lines - line).issues}, {"no_persons"})
        codes = {(issue["code"], issue["service"]) for issue in (lines - line).issues}
        self.assertIn(("no_persons", self.waste.name), codes, "Waste is priced by the size of the household.")
        connection.tariff_id.quota_by_persons = False
        line = self._run().line_ids.filtered(lambda line: line.account_id == self.account_a)
        self.assertEqual(line.amount_total, 131100 + 44000)

    def test_a_missing_reading_leaves_out_the_water_only(self):
        """The waste is billed each month; the next bill counts the water of both, once."""
        self._read(self.meter_a, date(2026, 8, 25), 100)
        self._read_month_b()
        september = self._run(period=date(2026, 9, 1), invoice_date="2026-10-05")
        line = september.line_ids.filtered(lambda line: line.account_id == self.account_a)
        self.assertEqual((line.state, line.severity, line.amount_total), ("ready", "unread", 44000))
        bill = self._issue(september).filtered(lambda bill: bill.kdc_account_id == self.account_a)
        self.assertEqual((bill.amount_total, Bill.from_dict(bill.kdc_explanation).pending), (44000, (self.water.name,)))
        self.assertIn(self.water.name, bill.kdc_explanation_html)
        self.assertTrue(bill._kdc_recompute()["equal"])
        with self.assertRaisesRegex(ValidationError, "without this reading"), self.cr.savepoint():
            self._read(self.meter_a, date(2026, 9, 25), 110)
        self._read(self.meter_a, date(2026, 10, 25), 120)
        october = self._issue(self._run()).filtered(lambda bill: bill.kdc_account_id == self.account_a)
        self.assertEqual(october.amount_total, 2 * 55200 + 44000)
        self.assertFalse(self._run(period=date(2026, 9, 1)).line_ids)

    def test_no_figure_changes_while_its_bill_is_issued(self):
        """Both hold the connection and touch it: whoever is later begins anew, and sees what the other has done."""
        self._read(self.meter_a, date(2026, 8, 25), 100)
        self._read_month_b()
        holds = {}

        def held(name):
            def lock(records, **options):
                holds.setdefault(name, []).append((records, options))

            return lock

        both = {"allow_referencing": True, "touch": True}
        connections = self.meter_a.connection_id, self.meter_b.connection_id
        run = self._run(period=date(2026, 9, 1), invoice_date="2026-10-05")
        with patch.object(kdc_billing_run_line, "lock_or_retry", held("bills")):
            self._issue(run)
        [(services, options)] = holds["bills"]
        self.assertEqual((services, options), (run.move_ids.kdc_account_id.connection_ids.sorted("id"), both))
        with patch.object(kdc_meter_reading_billed, "lock_or_retry", held("readings")):
            reading = self._read(self.meter_a, date(2026, 10, 25), 120)
            reading.value = 121
            reading.write({"meter_id": self.meter_b.id, "date": date(2026, 10, 26)})
            reading.reason = "Đọc lại"
        self.assertEqual(
            [(set(records), options) for records, options in holds["readings"]],
            [({connections[0]}, both), ({connections[0]}, both), (set(connections), both)],
        )

    def test_a_missing_reading_blocks_where_nothing_else_or_no_next_bill_comes(self):
        self._read_month_b()
        self._read(self.meter_a, date(2026, 9, 25), 100)
        water, waste = (
            self.account_a.connection_ids.filtered(lambda row, service=service: row.service_id == service)
            for service in (self.water, self.waste)
        )
        for ending, day in ((water, "2026-10-20"), (water, "2026-10-31"), (waste, "2026-09-30")):
            with self.subTest(ending=ending.service_id.code, day=day), self.cr.savepoint():
                ending.date_to = day
                line = self._run().line_ids.filtered(lambda line: line.account_id == self.account_a)
                self.assertEqual((line.state, line.issues[0]["code"]), ("blocked", "missing_reading"))
                ending.date_to = False
        final = self._run(account_id=self.account_a.id).line_ids
        self.assertEqual((final.state, final.issues[0]["code"]), ("blocked", "missing_reading"), "No bill comes after.")
        self.meter_a.reading_ids.unlink()
        for _meter in ("never read", "none"):
            line = self._run().line_ids.filtered(lambda line: line.account_id == self.account_a)
            self.assertEqual((line.state, line.issues[0]["code"]), ("blocked", "missing_reading"))
            water.meter_ids.unlink()

    def _read_month_b(self):
        self._read(self.meter_b, date(2026, 9, 25), 0)
        self._read(self.meter_b, date(2026, 10, 25), 8)

    def test_change_against_the_month_before(self):
        self._read(self.meter_a, date(2026, 8, 25), 80)
        self._read_month(25, 8)
        self._read(self.meter_a, date(2026, 9, 26), 100)
        self._issue(self._run(period=date(2026, 9, 1)))
        run = self._run()
        line = run.line_ids.filtered(lambda line: line.account_id == self.account_a)
        self.assertEqual(line.previous_total, 131100 + 44000)
        self.assertEqual(line.change, 173650 - 131100)

    def test_areas_and_services(self):
        self._read_month()
        run = self._run(area_ids=self.group_a.ids)
        self.assertEqual(run.line_ids.account_id, self.account_a)
        whole = self._run(area_ids=self.ward.ids)
        self.assertEqual(whole.line_ids.account_id, self.account_a + self.account_b)

    def test_only_who_uses_something_in_the_month_is_billed(self):
        """Nobody whose services begin later or ended before, no archived account, and nobody of another ward."""
        self._read_month()
        self.account_b.connection_ids.write({"date_to": "2026-09-30"})
        later = self._create_account(self.household_b, "", services=self.waste)
        later.connection_ids.date_from = "2026-11-01"
        archived = self._create_account(self.household_b, "", services=self.waste)
        archived.active = False
        self.assertEqual(self._run().line_ids.account_id, self.account_a)
        other = self.env["res.company"].create({"name": "UBND phường khác"})
        elsewhere = self.env["kdc.billing.run"].create({"period": PERIOD, "company_id": other.id})
        self.assertFalse(elsewhere._count_accounts())
        self.waste.active = False
        self.assertEqual(self._run().amount_total, 173650)

    def test_a_meter_read_on_the_first_day_is_billed_with_its_month(self):
        self._read(self.meter_a, date(2026, 9, 1), 100)
        self._read(self.meter_a, date(2026, 10, 1), 110)
        self._read_month_b()
        line = self._run().line_ids.filtered(lambda line: line.account_id == self.account_a)
        self.assertEqual((line.state, line.amount_total), ("ready", 55_200 + 44_000))

    def test_choosing_a_service_brings_what_is_on_the_same_bill(self):
        """Left out, the companions would never be billed: an account has one bill of a journal in a month."""
        self._read_month()
        together = self._run(service_ids=self.waste.ids)
        self.assertEqual(together.amount_total, 173650 + 44160 + 2 * 44000)
        self.waste.journal_id = self.waste.journal_id.copy({"code": "RAC", "name": "Rác"})
        alone = self._run(service_ids=self.waste.ids)
        self.assertEqual((alone.line_ids.journal_id, alone.amount_total), (self.waste.journal_id, 2 * 44000))

    def test_second_journal_makes_a_second_bill_with_its_own_code(self):
        journal = self.waste.journal_id.copy({"code": "RAC", "name": "Rác"})
        self.waste.journal_id = journal
        self._read_month()
        bills = self._issue(self._run()).filtered(lambda move: move.kdc_account_id == self.account_a)
        self.assertEqual(len(bills), 2)
        self.assertEqual(len(set(bills.mapped("kdc_reference"))), 2)

    def test_part_month_of_a_connection(self):
        connection = self.account_a.connection_ids.filtered(lambda c: c.service_id == self.water)
        connection.date_from = "2026-10-17"
        self._read(self.meter_a, date(2026, 10, 17), 100)
        self._read_month_b()
        self._read(self.meter_a, date(2026, 10, 17), 100)
        line = self._run().line_ids.filtered(lambda line: line.account_id == self.account_a)
        section = Bill.from_dict(line.explanation).sections[0]
        self.assertEqual((section.date_from, section.quantity), (date(2026, 10, 17), 0))
        connection.write({"date_from": "2025-01-01", "date_to": "2026-10-01"})
        line = self._run().line_ids.filtered(lambda line: line.account_id == self.account_a)
        section = Bill.from_dict(line.explanation).sections[0]
        self.assertEqual(section.date_to, date(2026, 10, 1), "One day is billed.")

    def test_queries_of_computing_do_not_grow_with_the_accounts(self):
        """40 more accounts cost at most a few more queries (rows are inserted in batches)."""
        self._read_month()

        def queries():
            run = self.env["kdc.billing.run"].create({"period": PERIOD})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            run.action_compute()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        few = queries()
        for number in range(40):
            dwelling = self._create_dwelling(str(100 + number), "Trần Phú", self.group_a)
            head = ("head", f"Lê Văn {number}", "1980-01-01", "male", False, False)
            household = self._create_household(dwelling, [head])
            account = self._create_account(household, f"N{number}")
            meter = account.connection_ids.meter_ids
            self._read(meter, date(2026, 9, 25), 0)
            self._read(meter, date(2026, 10, 25), number)
        many = queries()
        self.assertLessEqual(many - few, 8, f"{few} queries for 2 accounts, {many} for 42")
        self.assertLessEqual(few, 60)

    def test_a_large_ward_is_computed_in_parts(self):
        """The parts hold the same as the whole, also a charge of an account without any service."""
        self._read_month()
        self._issue(self._run(period="2026-09-01", invoice_date="2026-10-05"))
        head = ("head", "Lê Văn Một", "1980-01-01", "male", False, False)
        household = self._create_household(self._create_dwelling("99", "Trần Phú", self.group_a), [head])
        alone = self._create_account(household, "ALONE")
        alone.connection_ids.date_to = "2026-09-30"
        charge = self.env["kdc.charge"].create(
            {
                "name": "Thay đồng hồ",
                "account_id": alone.id,
                "service_id": self.water.id,
                "amount": 50000,
                "period": PERIOD,
                "decision": "QĐ 7",
            }
        )
        charge.with_user(self.user_approver).action_approve()

        def previews():
            fields = ("account_id", "journal_id", "explanation", "amount_total", "previous_total", "issues", "state")
            return [[line[name] for name in fields] for line in self._run().line_ids.sorted("account_id")]

        whole = previews()
        self.assertEqual(len(whole), 3)
        self.patch(kdc_billing_run_compute, "PART", 1)
        self.assertEqual(previews(), whole)
