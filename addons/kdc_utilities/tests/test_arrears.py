import json
import random
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..engine.ageing import BUCKETS, bucket, days_overdue
from .collection_common import NEW_TOTAL, OLD_TOTAL, CollectionCommon


@tagged("post_install", "-at_install")
class TestArrears(CollectionCommon):
    """Debts by age are the customers' account, to the đồng, on any day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env.user)
        cls.rows = cls.env["kdc.arrears"]

    def _rows(self, day=None, domain=()):
        rows = self.rows.with_context(kdc_day=day and fields.Date.to_string(day))
        return rows.search([("company_id", "=", self.company.id), *domain])

    def _ledger(self, day):
        """Return the balance of the customers' account on a day, as the trial balance says it."""
        [[balance]] = self.env["account.move.line"]._read_group(
            [
                ("account_id.code", "=like", "131%"), ("company_id", "=", self.company.id),
                ("parent_state", "=", "posted"), ("date", "<=", day),
            ],
            aggregates=["balance:sum"],
        )  # fmt: skip
        return round(balance)

    def _assert_is_the_ledger(self, day):
        self.assertEqual(round(sum(self._rows(day).mapped("amount"))), self._ledger(day), day)

    def _pay(self, bill, amount, day):
        register = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=bill.ids)
        register.create({"amount": amount, "payment_date": day}).action_create_payments()

    def test_adds_up_to_the_ledger_on_every_day(self):
        bill = self.old_a
        self._take(self.user_collector, self.account_a, OLD_TOTAL + 10_000)
        self._pay(self.new_b, 5_000, self.today + timedelta(days=40))
        self._take(self.user_collector_2, self.account_b, 2 * (OLD_TOTAL + NEW_TOTAL), key="b" * 16)
        wrong = self._take(self.user_collector, self.account_a, 1_000, key="c" * 16)
        wrong.with_user(self.user_accountant)._cancel("Nhầm")
        days = {bill.invoice_date - timedelta(days=1), bill.invoice_date, self.today - timedelta(days=1), self.today}
        for day in sorted(days | {self.today + timedelta(days=back) for back in (1, 39, 40, 400)}):
            self._assert_is_the_ledger(day)
        advance = self._rows(self.today + timedelta(days=60), [("kind", "=", "advance")])
        self.assertEqual(advance.account_id, self.account_b)
        self.assertEqual(set(advance.mapped("bucket")), {"advance"})
        self.assertLess(sum(advance.mapped("amount")), 0)

    def test_parts_are_those_of_the_counter(self):
        """What the database takes apart by service is what the engine takes apart, whatever was paid."""
        dice = random.Random(5)
        for number in range(6):
            for account in (self.account_a, self.account_b):
                self._assert_as_the_engine(account)
            user = self.user_collector_2
            self._take(user, self.account_b, dice.randrange(1, 60_000), key=f"dice-b-{number:09d}")
            self._take(user, self.account_a, dice.randrange(1, 60_000), key=f"dice-a-{number:09d}")
        self._assert_is_the_ledger(self.today)

    def _assert_as_the_engine(self, account):
        """What the database takes apart by service is what the engine takes apart of the explanations."""
        charges = account._kdc_charges()
        said = sorted((charge.key["move_id"], charge.key["section"], charge.open) for charge in charges)
        rows = self._rows(domain=[("account_id", "=", account.id), ("kind", "=", "bill")])
        self.assertEqual(sorted((r.move_id.id, r.service_id.code, round(r.amount)) for r in rows), said)

    def _explain_anew(self, bill, explanation):
        """Give a bill another explanation and the parts that belong to it, as if it had been issued so."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move SET kdc_explanation = %s WHERE id = %s", [json.dumps(explanation), bill.id]
        )
        self.env.cr.execute("DELETE FROM kdc_bill_part WHERE move_id = %s", [bill.id])
        self.env.invalidate_all()
        self.env["kdc.bill.part"]._make_for(bill)

    def test_rebates_cover_like_payments(self):
        explanation = self.new_a.kdc_explanation
        water = next(part for part in explanation["sections"] if part["service"] == "NUOC")
        raised = dict(water, net=water["net"] + 50_000, total=water["total"] + 50_000)
        rebate = dict(water, service="GIAM", name="Giảm", charges=[], net=-50_000, vat=0, total=-50_000)
        others = [part for part in explanation["sections"] if part != water]
        self._explain_anew(self.new_a, explanation | {"sections": [raised, *others, rebate]})
        self._assert_as_the_engine(self.account_a)
        self._assert_is_the_ledger(self.today)
        for amount in (OLD_TOTAL + 1_000, 20_000):
            self._take(self.user_collector, self.account_a, amount, key=f"rebate-{amount:010d}")
            self._assert_as_the_engine(self.account_a)
            self._assert_is_the_ledger(self.today)

    def test_services_of_equal_rank_keep_their_order(self):
        self.env["kdc.service"].search([("company_id", "=", self.company.id)]).sequence = 5
        explanation = self.new_a.kdc_explanation
        self._explain_anew(self.new_a, explanation | {"sections": explanation["sections"][::-1]})
        self._take(self.user_collector, self.account_a, OLD_TOTAL + 1_000)
        self._assert_as_the_engine(self.account_a)

    def test_a_bill_without_explanation_or_parts_is_one_row(self):
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM kdc_bill_part WHERE move_id = %s", [self.new_a.id])
        self.assertEqual(self._rows(domain=[("move_id", "=", self.new_a.id)]).mapped("amount"), [NEW_TOTAL])
        self.env.cr.execute("UPDATE account_move SET kdc_explanation = NULL WHERE id = %s", [self.new_a.id])
        self.env.invalidate_all()
        self.env["kdc.bill.part"]._make_for(self.new_a)
        self.assertEqual(self._rows(domain=[("move_id", "=", self.new_a.id)]).mapped("amount"), [NEW_TOTAL])
        self._assert_is_the_ledger(self.today)

    def test_age_is_that_of_the_engine(self):
        due = self.old_a.invoice_date_due
        for days in (-3, 0, 1, 30, 31, 60, 61, 90, 91, 500):
            day = max(due + timedelta(days=days), self.today if days > 0 else due + timedelta(days=days))
            for row in self._rows(day, [("kind", "=", "bill")]):
                self.assertEqual(row.bucket, bucket(days_overdue(row.date_due, day)))
                self.assertEqual(row.days, max(days_overdue(row.date_due, day), 0))
        self.assertEqual([key for key, _label in self.rows._fields["bucket"].selection[1:]], list(BUCKETS))

    def test_what_was_paid_later_was_open(self):
        self._take(self.user_collector, self.account_a, OLD_TOTAL + NEW_TOTAL)
        self.assertFalse(self._rows(self.today, [("account_id", "=", self.account_a.id)]))
        before = self._rows(self.today - timedelta(days=1), [("account_id", "=", self.account_a.id)])
        issued = sum(bill.amount_total for bill in self.old_a | self.new_a if bill.invoice_date < self.today)
        self.assertEqual(sum(before.mapped("amount")), issued)

    def test_collector_where_it_is_one(self):
        rows = self._rows(domain=[("account_id", "=", self.account_b.id)])
        self.assertEqual(rows.collector_id, self.user_collector_2)
        rows = self._rows(domain=[("account_id", "=", self.account_a.id)])
        self.assertFalse(rows.collector_id, "Two people collect here.")
        mine = self.rows.with_user(self.user_collector).search([])
        self.assertEqual(mine.account_id, self.account_a)

    def test_table_and_list_in_a_fixed_number_of_queries(self):
        self.rows._read_group([], ["area_id", "bucket"], ["amount:sum"])
        self.env.invalidate_all()
        with self.assertQueryCount(7):
            groups = self.rows._read_group(
                [("kind", "=", "bill")], ["area_id", "service_id", "collector_id", "bucket"], ["amount:sum"]
            )
        self.assertEqual(sum(amount for *_keys, amount in groups), 2 * (OLD_TOTAL + NEW_TOTAL))

    def test_the_dialogue(self):
        wizard = self.env["kdc.ageing"].with_user(self.user_accountant)
        wizard = wizard.create({"date": "2026-05-31", "by": "service_id"})
        action = wizard.action_open()
        self.assertEqual(action["context"]["kdc_day"], "2026-05-31")
        rows = self.rows.with_user(self.user_accountant).with_context(**action["context"]).search([])
        self.assertFalse(rows, "Nothing was issued by then.")
        with self.assertRaises(UserError):
            self.rows.with_context(kdc_day="yesterday").search([])
        row = self._rows(domain=[("move_id", "=", self.new_a.id)])[:1]
        self.assertEqual(row.action_open_bill()["res_id"], self.new_a.id)

    def test_disputed_parts_are_marked(self):
        self.env["kdc.bill.dispute"]._open(
            self.new_a, self.resident_a.partner_id, "NUOC",
            next(c.code for s in self.new_a._kdc_bill().sections if s.service == "NUOC" for c in s.charges), "Sai số",
        )  # fmt: skip
        rows = self._rows(domain=[("move_id", "=", self.new_a.id)])
        self.assertEqual({row.service_id.code: row.disputed for row in rows}, {"NUOC": True, "RAC": False})
