import base64
from datetime import date, timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .collection_common import NEW_TOTAL, OLD_TOTAL, CollectionCommon
from .common import frozen_on
from .test_pdf_documents import pdf_text

PAPER = base64.b64encode(b"%PDF-1.4 signed")


@tagged("post_install", "-at_install")
class TestWriteOff(CollectionCommon, HttpCase):
    """Given up by decision: neither owed nor paid, and owed again when the person comes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env.user)

    def _prepare(self, bills, **vals):
        records = self.env["kdc.write.off"].with_user(self.user_accountant)
        values = {
            "account_id": bills.kdc_account_id.id, "move_ids": bills.ids, "decision": "125/QĐ-UBND",
            "decision_date": self.today, "reason": "Hộ đã rời địa phương, không liên lạc được", "paper": PAPER,
            "paper_name": "qd-125.pdf",
        }  # fmt: skip
        return records.create({**values, **vals})

    def _decide(self, record):
        record.with_user(self.user_approver).action_approve()
        return record

    def _balances(self):
        """Return the balance of every ledger account of the ward by code."""
        groups = self.env["account.move.line"]._read_group(
            [("company_id", "=", self.company.id), ("parent_state", "=", "posted")], ["account_id"], ["balance:sum"]
        )
        return {account.code: round(balance) for account, balance in groups if round(balance)}

    def test_liabilities_are_lowered_and_only_the_wards_own_money_is_an_expense(self):
        before = self._balances()
        record = self._decide(self._prepare(self.old_a | self.new_a))
        after = self._balances()
        changes = {code: after.get(code, 0) - before.get(code, 0) for code in before | after}
        changes = {code: change for code, change in changes.items() if change}
        expense = self.company._kdc_write_off_account().code
        waste = 2 * 44_000
        self.assertEqual(changes.pop(expense), waste)
        self.assertEqual(changes.pop("1311"), -(OLD_TOTAL + NEW_TOTAL))
        self.assertEqual(set(changes), {"338801", "338802"}, "Water and its environmental fee were never ours.")
        self.assertEqual(sum(changes.values()), OLD_TOTAL + NEW_TOTAL - waste)
        self.assertEqual(record.amount, OLD_TOTAL + NEW_TOTAL)
        # All that the bills credited to the providers is taken back, to the đồng.
        billed = {code: -sum(
            round(line.balance) for line in (self.old_a | self.new_a).line_ids if line.account_id.code == code
        ) for code in changes}  # fmt: skip
        self.assertEqual(changes, billed)

    def test_written_off_is_not_paid(self):
        self._take(self.user_collector, self.account_a, 50_000)
        record = self._decide(self._prepare(self.old_a))
        self.assertEqual(record.amount, OLD_TOTAL - 50_000)
        self.assertEqual(self.old_a.kdc_bill_status, "written_off")
        self.assertEqual([item["amount"] for item in self.old_a._kdc_received()], [50_000])
        registers = self.env["kdc.area.register"].with_user(self.user_accountant)
        register = registers.create({"area_id": self.group_a.id, "period": self.old_a.kdc_period})
        self.assertEqual((len(register.line_ids), register.paid_count), (0, 0), "On no notice board, and not as paid.")
        self.assertEqual(self.account_a.written_off, OLD_TOTAL - 50_000)
        self.assertEqual(self.old_a._kdc_written_off(), {self.old_a: OLD_TOTAL - 50_000})
        self.assertFalse(self.env["kdc.arrears"].search([("move_id", "=", self.old_a.id)]))
        statement = self.account_a._kdc_statement(self.old_a.invoice_date, self.today)
        self.assertEqual(statement.closing, NEW_TOTAL)
        self.assertIn("125/QĐ-UBND", " ".join(row.entry.text for row in statement.rows))
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        page = self.url_open(f"/my/bills/{self.old_a.id}").text
        self.assertIn("Đã xóa nợ" if "Đã xóa nợ" in page else "Written off", page)
        self.assertNotIn("Thank you", page.split("k-bill-sum")[1][:300])
        text = pdf_text(self.env["kdc.bill.pdf"]._render(self.old_a))
        self.assertNotIn("ĐÃ NỘP ĐỦ", text)
        self.assertIn("XÓA NỢ", text)

    def test_the_debt_of_a_former_payer_is_given_up_as_theirs(self):
        former, bill = self._change_payer(self.account_a)
        record = self._decide(self._prepare(self.old_a))
        self.assertEqual(record.move_id.line_ids.partner_id, former)
        statement = self.account_a._kdc_statement(self.old_a.invoice_date, self.today)
        self.assertEqual((statement.closing, self.account_a.balance), (50_000, 50_000))
        record.revive_reason = "Đã nộp"
        record.action_revive()
        self.assertEqual((self.old_a.amount_residual, bill.amount_residual), (OLD_TOTAL, 50_000))

    def test_revived_it_is_owed_and_can_be_paid(self):
        before = self._balances()
        record = self._decide(self._prepare(self.old_a))
        with self.assertRaises(UserError):
            record.action_revive()
        record.revive_reason = "Hộ đến nộp"
        record.action_revive()
        self.assertEqual(record.state, "revived")
        self.assertEqual(self._balances(), before)
        self.assertEqual(self.old_a.amount_residual, OLD_TOTAL)
        self.assertIn(self.old_a.kdc_bill_status, ("due", "late"))
        self.assertFalse(self.account_a.written_off)
        self.assertFalse(self.account_a._kdc_advance())
        receipt = self._take(self.user_collector, self.account_a, OLD_TOTAL)
        self.assertEqual(receipt.line_ids.move_id, self.old_a)
        self.assertEqual(self.old_a.kdc_bill_status, "paid")
        with self.assertRaises(UserError):
            record.action_revive()
        again = self._decide(self._prepare(self.new_a))
        self.assertEqual(again.state, "done")

    def test_two_people_and_a_paper(self):
        record = self._prepare(self.old_a, paper=False)
        with self.assertRaises(UserError):
            self._decide(record)
        record.paper = PAPER
        with self.assertRaises(AccessError):
            record.action_approve()
        with self.assertRaises(AccessError):
            record.write({"state": "done"})
        with self.assertRaises(AccessError):
            record.with_user(self.user_approver).write({"reason": "x"})
        self._decide(record)
        for values in ({"reason": "x"}, {"paper": False}, {"move_ids": self.new_a.ids}):
            with self.assertRaises(UserError):
                record.write(values)
        with self.assertRaises(UserError):
            record.unlink()

    def test_the_paper_stays_as_it_was_signed(self):
        """Neither the file behind the field, nor a second one for it, nor another record's paper moved onto it."""
        record = self._prepare(self.old_a)
        files = self.env["ir.attachment"].with_user(self.user_accountant)
        place = {"res_model": record._name, "res_id": record.id, "res_field": "paper"}
        paper = files.search([(name, "=", value) for name, value in place.items()])
        paper.write({"datas": base64.b64encode(b"%PDF-1.4 signed and stamped")})
        self.env.invalidate_all()
        self._decide(record)
        kept = record.paper
        other = files.create({"name": "khac.pdf", "datas": PAPER})
        for change in (
            lambda: paper.write({"datas": PAPER}),
            lambda: paper.write({"res_field": False}),
            lambda: other.write(place),
            lambda: files.create({"name": "x", "datas": PAPER, **place}),
            paper.unlink,
        ):
            with self.assertRaises(UserError):
                change()
        self.env.invalidate_all()
        self.assertEqual(record.paper, kept)
        record.with_user(self.user_accountant).message_post(body="x", attachment_ids=other.ids)

    def test_paid_meanwhile_is_listed_anew(self):
        record = self._prepare(self.old_a | self.new_a)
        self._take(self.user_collector, self.account_a, OLD_TOTAL)
        with self.assertRaises(UserError):
            self._decide(record)
        with self.assertRaises(UserError):
            record.action_list_debts()
        record.move_ids = self.new_a
        self.assertEqual(record.amount, NEW_TOTAL)
        self._decide(record)

    def test_entries_are_guarded(self):
        record = self._decide(self._prepare(self.old_a))
        entry = record.move_id
        for step in (entry.button_draft, entry.button_cancel, entry._reverse_moves):
            with self.assertRaises(UserError):
                step()
        with self.assertRaises(UserError):
            entry.line_ids.remove_move_reconcile()
        with self.assertRaises(UserError), mute_logger("odoo.sql_db"):
            self.old_a.with_user(self.user_accountant)._kdc_cancel("Sai")

    def test_under_a_plan_the_plan_ends_first(self):
        plan = self.env["kdc.instalment.plan"].with_user(self.user_accountant).create(
            {
                "account_id": self.account_a.id, "move_ids": self.old_a.ids, "reason": "Đơn",
                "date_first": self.today + timedelta(days=5),
            }
        )  # fmt: skip
        record = self._prepare(self.old_a)
        plan.with_user(self.user_approver).action_approve()
        with self.assertRaises(UserError):
            self._decide(record)
        plan.action_break()
        self._decide(record)

    def test_nothing_is_given_back_for_it(self):
        charges = self.env["kdc.charge"].with_user(self.user_accountant)
        values = {
            "account_id": self.account_a.id, "service_id": self.services[:1].id, "kind": "correction",
            "amount": -20_000, "decision": "Biên bản 7", "reason": "Sai số", "name": "Điều chỉnh",
            "corrects_move_id": self.old_a.id, "period": self.old_a.kdc_period,
        }  # fmt: skip
        less, more = charges.create([values, values | {"amount": 20_000, "service_id": self.services[1].id}])
        record = self._decide(self._prepare(self.old_a))
        with self.assertRaisesRegex(UserError, self.old_a.name):
            less.with_user(self.user_approver).action_approve()
        more.with_user(self.user_approver).action_approve()
        record.revive_reason = "Tính sai"
        record.action_revive()
        less.with_user(self.user_approver).action_approve()
        self.assertEqual(less.state, "approved")

    def test_no_late_fee_runs_on_it(self):
        due = self.old_a.invoice_date_due
        record = self._decide(self._prepare(self.old_a))
        self.assertEqual(frozen_on(self.old_a | self.new_a, due + timedelta(days=1)), self.old_a)
        self.assertEqual(self.old_a._kdc_frozen_days(), {self.old_a: [(date.min, date.max)]})
        record.revive_reason = "Hộ đến nộp"
        later = record.date + timedelta(days=40)
        with freeze_time(f"{later} 03:00:00"):
            record.action_revive()
        self.assertEqual(
            self.old_a._kdc_frozen_days(), {self.old_a: [(record.date, later - timedelta(days=1))]},
            "It was owed before and is owed again.",
        )  # fmt: skip

    def test_the_proof_sees_it(self):
        record = self._decide(self._prepare(self.old_a))
        proof = self.env["kdc.proof"]
        self.assertIn(record.date, proof._days(self.company))
        checks = [check for check in proof._prove(self.company, record.date) if check.model == "kdc.write.off"]
        self.assertEqual([check.comparison.totals for check in checks], [(OLD_TOTAL, OLD_TOTAL)])
