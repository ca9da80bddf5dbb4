import io

import openpyxl
from dateutil.relativedelta import relativedelta
from odoo import Command, fields
from odoo.addons.kdc_residents.tests.common import QUIET
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .collection_common import NEW_TOTAL, OLD_TOTAL
from .test_transfer import TransferCommon

#: Of the two bills: water 44,160 and waste 44,000; water 173,650 and waste 44,000.
OLD_WATER, NEW_WATER, WASTE = 44_160, 173_650, 44_000


@tagged("post_install", "-at_install")
class TestFeeBalance(TransferCommon):
    """Demand, collection and balance: equal to the ledger to the đồng, service by service as the receipts say."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.water, cls.waste = (
            cls.services.filtered(lambda service, code=code: service.code == code) for code in ("NUOC", "RAC")
        )

    def _balance(self, user=None, **vals):
        vals = {"date_from": self.last_month - relativedelta(years=1), "date_to": self.today, **vals}
        balances = self.env["kdc.fee.balance"].with_user(user or self.user_accountant)
        return balances.with_context(allowed_company_ids=self.company.ids).create(vals)

    def _row(self, balance, name):
        return balance.line_ids.filtered(lambda line: line.name == name)

    def _amounts(self, line, *names):
        return tuple(round(line[name]) for name in names)

    def test_what_was_billed_is_owed_by_service(self):
        balance = self._balance()
        water, waste = self._row(balance, self.water.name), self._row(balance, self.waste.name)
        self.assertEqual(self._amounts(water, "opening", "billed", "closing"), (0, *[2 * (OLD_WATER + NEW_WATER)] * 2))
        self.assertEqual(self._amounts(waste, "billed", "closing"), (4 * WASTE,) * 2)
        self.assertEqual(water.rate, 0)

    def test_bills_of_earlier_days_are_the_opening(self):
        after = self._balance(date_from=self.today + relativedelta(days=1), date_to=self.today + relativedelta(days=9))
        self.assertEqual(sum(after.line_ids.mapped("opening")), 2 * (OLD_TOTAL + NEW_TOTAL))
        self.assertEqual(sum(after.line_ids.mapped("closing")), 2 * (OLD_TOTAL + NEW_TOTAL))
        self.assertFalse(any(after.line_ids.mapped("billed")))

    def test_payments_follow_the_stored_spread(self):
        """Cash in part, a transfer beyond what is owed, and a payment that was a mistake."""
        self._take(self.user_collector, self.account_a, 50_000, key="part" * 4)
        wrong = self._take(self.user_collector_2, self.account_b, 60_000, key="wrong" * 4)
        wrong.with_user(self.user_accountant)._cancel("Gõ nhầm số tiền")
        self._import([("FT1", OLD_TOTAL + NEW_TOTAL + 700, self.new_b.kdc_reference)])
        balance = self._balance()
        water, waste = self._row(balance, self.water.name), self._row(balance, self.waste.name)
        advance = balance.line_ids - water - waste
        self.assertEqual(self._amounts(water, "cash", "transfer"), (OLD_WATER, OLD_WATER + NEW_WATER))
        self.assertEqual(self._amounts(waste, "cash", "transfer"), (50_000 - OLD_WATER, 2 * WASTE))
        self.assertEqual(self._amounts(advance, "transfer", "closing"), (700, -700))
        self.assertFalse(advance.rate)
        self.assertEqual(water.rate, round((2 * OLD_WATER + NEW_WATER) * 100 / (2 * (OLD_WATER + NEW_WATER))))
        by_period = self._balance(grouping="period")
        self.assertEqual(sum(by_period.line_ids.mapped("closing")), sum(balance.line_ids.mapped("closing")))
        self.assertEqual(len(by_period.line_ids), 5)

    def test_advance_used_later_moves_to_the_service(self):
        self.new_a._kdc_cancel("Ghi nhầm chỉ số")
        self._take(self.user_collector, self.account_a, OLD_TOTAL + 50_000, key="over" * 4)
        before = self._balance(area_id=self.group_a.id)
        self.assertEqual(round(before.line_ids[-1].closing), -50_000)
        self._issue(self.this_month)
        self.account_a._kdc_apply_advance()
        balance = self._balance(area_id=self.group_a.id)
        water, waste = self._row(balance, self.water.name), self._row(balance, self.waste.name)
        advance = balance.line_ids - water - waste
        self.assertEqual(self._amounts(advance, "cash", "applied", "closing"), (50_000, -50_000, 0))
        self.assertEqual(self._amounts(water, "cash", "applied", "closing"), (OLD_WATER, 50_000, NEW_WATER - 50_000))
        self.assertEqual(self._amounts(waste, "cash", "applied", "closing"), (WASTE, 0, WASTE))

    def test_credit_note_is_an_adjustment(self):
        """A credit note of a part of the bill lowers the services in the order in which payments serve them."""
        self._credit(self.new_a, 100_000)
        self._take(self.user_collector, self.account_a, OLD_TOTAL, key="first" * 4)
        balance = self._balance(area_id=self.group_a.id)
        water, waste = self._row(balance, self.water.name), self._row(balance, self.waste.name)
        self.assertEqual(self._amounts(water, "adjusted", "cash"), (-100_000, OLD_WATER))
        self.assertEqual(self._amounts(waste, "adjusted", "cash"), (0, WASTE))
        self.assertEqual(
            self._amounts(water, "closing") + self._amounts(waste, "closing"), (NEW_WATER - 100_000, WASTE)
        )

    def _credit(self, bill, amount):
        """Credit an amount of a bill and settle it with the bill."""
        refund = self.env["account.move"].create({
            "move_type": "out_refund", "partner_id": bill.partner_id.id, "journal_id": bill.journal_id.id,
            "invoice_date": bill.invoice_date,
            "invoice_line_ids": [Command.create({
                "name": "Giảm trừ", "quantity": 1, "price_unit": amount, "tax_ids": [Command.clear()],
                "account_id": bill.invoice_line_ids[0].account_id.id,
            })],
        })  # fmt: skip
        refund.action_post()
        (refund | bill).line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable").reconcile()
        return refund

    def test_entry_by_hand_is_told_apart(self):
        """What no document explains still stands in the report: the accountant sees that something is odd."""
        loss = self.env["account.account"].search(
            [("account_type", "=", "expense"), ("company_ids", "in", self.company.id)], limit=1
        )
        self._pay_by_hand(loss)
        balance = self._balance(area_id=self.group_a.id)
        self.assertEqual(self._amounts(self._row(balance, self.water.name), "other"), (-30_000,))
        self.assertEqual(sum(balance.line_ids.mapped("other")), -30_000)

    def _pay_by_hand(self, account, **vals):
        """Settle 30,000 of a bill by an entry."""
        debt = self.new_a.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
        entry = self.env["account.move"].create({
            "date": self.today,
            "line_ids": [
                Command.create({"account_id": account.id, "debit": 30_000}),
                Command.create({"account_id": debt.account_id.id, "credit": 30_000, "partner_id": debt.partner_id.id}),
            ],
            **vals,
        })  # fmt: skip
        entry.action_post()
        (debt | entry.line_ids.filtered(lambda line: line.account_id == debt.account_id)).reconcile()

    def test_a_group_without_service_says_what_it_is(self):
        [field] = self.env["kdc.fee.movement"].fields_get(["service_id"], ["falsy_value_label"]).values()
        self.assertEqual(field["falsy_value_label"], "Paid in advance")

    def test_no_row_without_service_where_nothing_is_left(self):
        banks = self.env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", self.company.id)])
        bank = banks[0]
        self._pay_by_hand(bank.default_account_id, journal_id=bank.id)
        movements = self.env["kdc.fee.movement"]

        def services():
            domain = [("kind", "=", "collected"), ("company_id", "=", self.company.id)]
            _all, rows = movements.formatted_read_grouping_sets(
                domain, [[], ["service_id"]], ["collected:sum", "currency_id:array_agg_distinct", "__count"]
            )
            return {row["service_id"] and row["service_id"][0]: row["collected:sum"] for row in rows}

        self.assertEqual(services(), {self.water.id: 30_000})
        self._take(self.user_collector, self.account_a, OLD_TOTAL + NEW_TOTAL, key="over" * 4)
        self.assertEqual(services()[False], 30_000, "Paid in advance.")

    def test_transfer_taken_back_is_owed_again(self):
        [transfer] = self._import([("FT1", NEW_TOTAL, self.new_a.kdc_reference)])
        self._decide(transfer, "undo")
        balance = self._balance()
        self.assertFalse(any(balance.line_ids.mapped("transfer")))
        self.assertEqual(sum(balance.line_ids.mapped("closing")), 2 * (OLD_TOTAL + NEW_TOTAL))

    def test_advance_paid_back(self):
        self._take(self.user_collector, self.account_a, OLD_TOTAL + NEW_TOTAL + 9_000, key="over" * 4)
        cash = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        back = self.env["kdc.advance.return"].with_user(self.user_accountant).create({
            "account_id": self.account_a.id, "journal_id": cash.id, "receiver": "Bà An", "reason": "Chuyển đi",
        })  # fmt: skip
        back.with_user(self.user_approver).action_approve()
        advance = self._row(self._balance(), self.env._("Paid in advance"))
        self.assertEqual(self._amounts(advance, "cash", "other", "closing"), (9_000, 9_000, 0))

    def test_each_amount_opens_its_list(self):
        receipt = self._take(self.user_collector, self.account_a, 50_000, key="part" * 4)
        balance = self._balance()
        for line in balance.line_ids:
            for name in ("opening", "billed", "adjusted", "cash", "transfer", "online", "applied", "closing"):
                action = line.action_open_amount(name)
                rows = self.env[action["res_model"]].with_user(self.user_accountant).search(action["domain"])
                self.assertEqual(abs(round(sum(rows.mapped("amount")))), abs(round(line[name])), (line.name, name))
        rows = self.env["kdc.fee.movement"].with_user(self.user_collector).search([("kind", "=", "collected")])
        self.assertEqual(rows.receipt_id, receipt)
        self.assertEqual(rows.user_id, self.user_collector)
        self.assertEqual(rows[0].action_open()["res_id"], receipt.id)
        self.assertEqual(set(rows.mapped("document")), {receipt.name})

    def test_rows_are_the_same_whenever_they_are_read(self):
        self._take(self.user_collector, self.account_a, 50_000, key="part" * 4)
        movements = self.env["kdc.fee.movement"]
        first = {row.id: (row.kind, row.amount, row.service_id) for row in movements.search([])}
        self.env.invalidate_all()
        again = {row.id: (row.kind, row.amount, row.service_id) for row in movements.search([], order="amount")}
        self.assertEqual(first, again)

    def test_rebate_lowers_what_is_served_first(self):
        bill = self.new_a.copy({"kdc_account_id": self.account_a.id, "kdc_period": self.this_month, "journal_id":
            self.new_a.journal_id.copy().id})  # fmt: skip
        sections = [
            {"service": code, "total": total}
            for code, total in (("RAC", 44_000), ("NUOC", 100_000), ("NUOC", -120_000))
        ]
        self.env.cr.execute(
            "UPDATE account_move SET state = 'cancel', kdc_explanation = %s WHERE id = %s",
            [fields.Json().convert_to_column({"sections": sections}, bill), bill.id],
        )
        self.env["kdc.bill.part"]._make_for(bill)
        parts = self.env["kdc.bill.part"].search([("move_id", "=", bill.id)])
        self.assertEqual({part.section: part.amount for part in parts}, {"NUOC": 0, "RAC": 24_000})

    def test_collector_sees_the_own_areas(self):
        balance = self._balance(self.user_collector)
        self.assertEqual(sum(balance.line_ids.mapped("closing")), OLD_TOTAL + NEW_TOTAL)
        for user in (self.user_officer, self.user_staff, self.user_area_head, self.user_portal_a):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["kdc.fee.movement"].with_user(user).search([])
        other = self.env["res.company"].create({"name": "Phường khác"})
        with self.assertRaises(UserError):
            self._balance(company_id=other.id)

    def test_two_queries_whatever_the_size(self):
        balance = self._balance()
        names = balance.line_ids.mapped("name")  # the names of the services are read once
        self.assertTrue(names)
        self.env.flush_all()
        with self.assertQueryCount(2):
            balance.sudo()._line_values()

    def test_paper(self):
        self._take(self.user_collector, self.account_a, 50_000, key="part" * 4)
        balance = self._balance().with_context(**QUIET)
        content, name = balance._book_file("pdf")
        self.assertTrue(content.startswith(b"%PDF"))
        self.assertTrue(name.startswith("thu-phi-"))
        sheet = openpyxl.load_workbook(io.BytesIO(balance._book_file("xlsx")[0])).active
        rows = list(sheet.iter_rows(values_only=True))
        total = next(row for row in rows if row[0] in ("Total", "Tổng cộng", "Cộng"))
        self.assertEqual(total[-2], round(sum(balance.line_ids.mapped("closing"))))
