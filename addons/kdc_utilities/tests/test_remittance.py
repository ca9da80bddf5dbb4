import io

import openpyxl
from dateutil.relativedelta import relativedelta
from odoo import fields
from odoo.addons.kdc_residents.tests.common import QUIET
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .collection_common import CollectionCommon

OLD_WATER, NEW_WATER = 44_160, 173_650


@tagged("post_install", "-at_install")
class TestRemittance(CollectionCommon):
    """Money collected for a provider goes to it in full; its liability accounts say so to the đồng."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.water = cls.services.filtered(lambda service: service.code == "NUOC")
        cls.today = fields.Date.context_today(cls.env.user)
        cls.bank_journal = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        )

    def _remittance(self, user=None, **vals):
        return self.env["kdc.remittance"].with_user(user or self.user_accountant).with_context(**QUIET).create({
            "provider_id": self.water.provider_id.id, "date_from": self.this_month - relativedelta(months=2),
            "date_to": self.today, "journal_id": self.bank_journal.id, **vals,
        })  # fmt: skip

    def test_what_the_payments_were_for(self):
        self._take(self.user_collector, self.account_a, 100_000, key="part" * 4)
        remittance = self._remittance()
        water = OLD_WATER + 100_000 - OLD_WATER - 44_000  # the oldest bill with its waste, then water of the new one
        self.assertEqual((remittance.collected, remittance.due, remittance.amount), (water,) * 3)
        self.assertEqual(remittance.open_amount, 2 * (OLD_WATER + NEW_WATER) - water)
        self.assertEqual((remittance.liability, remittance.gap), (2 * (OLD_WATER + NEW_WATER), 0))

    def test_paid_with_two_persons_and_nothing_is_left(self):
        for account, key in ((self.account_a, "a"), (self.account_b, "b")):
            self._take(self.user_collector_2, account, 2 * 44_000 + OLD_WATER + NEW_WATER, key=key * 16)
        remittance = self._remittance()
        with self.assertRaises(AccessError):
            remittance.action_approve()
        remittance.with_user(self.user_approver).action_approve()
        self.assertEqual(remittance.amount, 2 * (OLD_WATER + NEW_WATER))
        self.assertEqual((remittance.due, remittance.liability, remittance.gap), (0, 0, 0))
        self.assertFalse(any(remittance._balances().values()))
        self.assertGreater(len(remittance.sudo().move_id.line_ids), 2)  # water and the fee on waste water
        with self.assertRaises(UserError):
            remittance.sudo().move_id.button_cancel()
        with self.assertRaises(UserError):
            self._remittance(amount=1).with_user(self.user_approver).action_approve()
        with self.assertRaises(UserError):
            remittance.with_user(self.user_approver)._undo("Nhầm")
        remittance._undo("Ngân hàng trả lại")
        self.assertEqual((remittance.state, remittance.due), ("cancelled", 2 * (OLD_WATER + NEW_WATER)))

    def test_in_parts_and_out_of_the_drawer(self):
        receipt = self._take(self.user_collector, self.account_a, 44_160, key="part" * 4)
        first = self._remittance(amount=4_160)
        first.with_user(self.user_approver).action_approve()
        second = self._remittance(journal_id=receipt.journal_id.id, session_id=receipt.session_id.id)
        self.assertEqual(second.amount, 40_000)
        second.with_user(self.user_approver).action_approve()
        self.assertEqual((second.due, second.gap, receipt.session_id.expected_cash), (0, 0, 504_160))

    def test_advance_moved_to_another_customer_pays_the_provider(self):
        bills = 2 * 44_000 + OLD_WATER + NEW_WATER
        self._take(self.user_collector, self.account_a, 2 * bills, key="both" * 4)
        moved = self.env["kdc.advance.return"].with_user(self.user_accountant).create({
            "account_id": self.account_a.id, "kind": "move", "target_account_id": self.account_b.id,
            "reason": "Trả nhầm khách hàng",
        })  # fmt: skip
        moved.with_user(self.user_approver).action_approve()
        remittance = self._remittance()
        self.assertEqual((remittance.due, remittance.open_amount, remittance.gap), (2 * (OLD_WATER + NEW_WATER), 0, 0))

    def _give_back(self, account, amount):
        """Give water back by a credit note; two persons."""
        charge = self.env["kdc.charge"].with_user(self.user_accountant).create({
            "account_id": account.id, "service_id": self.water.id, "name": "Ghi nhầm", "amount": -amount,
            "decision": "Biên bản 7", "period": self.this_month,
        })  # fmt: skip
        charge.with_user(self.user_approver).action_approve()
        charge.action_ask_credit()
        charge.with_user(self.user_approver).action_credit()
        return charge

    def test_what_a_credit_note_gives_back_is_not_handed_over(self):
        """It leaves the service for the advances; taken back it is there again, and on a bill it comes in again."""
        water = OLD_WATER + NEW_WATER
        self._take(self.user_collector, self.account_a, 2 * 44_000 + water, key="full" * 4)
        remittance = self._remittance()

        def figures():
            remittance.invalidate_recordset()
            return [round(remittance[name]) for name in ("due", "open_amount", "liability", "gap")]

        self.assertEqual(figures(), [water, water, 2 * water, 0])
        charge = self._give_back(self.account_a, 30_000)
        self.assertEqual(figures(), [water - 30_000, water, 2 * water - 30_000, 0])
        balance = self.env["kdc.fee.balance"].with_user(self.user_accountant).create(
            {"date_from": self.last_month - relativedelta(years=1), "date_to": self.today, "area_id": self.group_a.id}
        )  # fmt: skip
        rows = {row.service_id.code: [round(row[name]) for name in ("adjusted", "applied", "closing", "rate")]
                for row in balance.line_ids}  # fmt: skip
        self.assertEqual(
            rows, {"NUOC": [-30_000, -30_000, 0, 100], "RAC": [0, 0, 0, 100], False: [0, 30_000, -30_000, 0]}
        )
        charge._undo("Nhầm")
        self.assertEqual(figures(), [water, water, 2 * water, 0])
        charge.action_ask_credit()
        charge.with_user(self.user_approver).action_credit()
        back = self.env["kdc.advance.return"].with_user(self.user_accountant).create({
            "account_id": self.account_a.id, "journal_id": self.bank_journal.id, "receiver": "Bà An", "reason": "Trả",
        })  # fmt: skip
        back.with_user(self.user_approver).action_approve()
        self.assertEqual((back.amount, figures()), (30_000, [water - 30_000, water, 2 * water - 30_000, 0]))
        self._give_back(self.account_b, 20_000)
        self.assertEqual(figures(), [water - 50_000, water, 2 * water - 50_000, 0])
        self.account_b._kdc_apply_advance()
        self.assertEqual(figures(), [water - 30_000, water - 20_000, 2 * water - 50_000, 0])
        remittance.amount = remittance.due
        remittance.with_user(self.user_approver).action_approve()
        self.assertEqual(figures(), [0, water - 20_000, water - 20_000, 0])

    def test_approvals_at_the_same_time_are_told_apart(self):
        """Approving writes the locked row: whoever locks it with an older snapshot is refused by PostgreSQL."""
        self._take(self.user_collector, self.account_a, 10_000, key="part" * 4)
        version = "SELECT ctid::text FROM kdc_service WHERE id = %s"
        [[before]] = self.env.execute_query(SQL(version, self.water.id))
        self._remittance().with_user(self.user_approver).action_approve()
        [[after]] = self.env.execute_query(SQL(version, self.water.id))
        self.assertNotEqual(before, after)

    def test_more_than_was_collected_is_refused(self):
        self._take(self.user_collector, self.account_a, 10_000, key="part" * 4)
        with self.assertRaises(UserError):
            self._remittance(amount=10_001).with_user(self.user_approver).action_approve()

    def test_entry_by_hand_shows_as_a_gap(self):
        self._take(self.user_collector, self.account_a, 10_000, key="part" * 4)
        remittance = self._remittance()
        account = remittance._accounts()[:1]
        entry = self.env["account.move"].create({
            "date": self.today,
            "line_ids": [
                (0, 0, {"account_id": account.id, "debit": 3_000}),
                (0, 0, {"account_id": self.company.transfer_account_id.id, "credit": 3_000}),
            ],
        })  # fmt: skip
        entry.action_post()
        remittance.invalidate_recordset()
        self.assertEqual(remittance.gap, -3_000)

    def test_paper(self):
        self._take(self.user_collector, self.account_a, 10_000, key="part" * 4)
        remittance = self._remittance()
        remittance.with_user(self.user_approver).action_approve()
        self.assertTrue(remittance._book_file("pdf")[0].startswith(b"%PDF"))
        sheet = openpyxl.load_workbook(io.BytesIO(remittance._book_file("xlsx")[0])).active
        amounts = [row[4] for row in sheet.iter_rows(values_only=True) if isinstance(row[4], (int, float))]
        self.assertEqual(amounts, [10_000, 10_000, 0, 0, 10_000, 0])
        for column, field, expected in (
            ("liability", "balance", -remittance.liability), ("remitted", "amount", remittance.remitted),
            ("due", "amount", -remittance.due - remittance.remitted),
        ):  # fmt: skip
            action = remittance.action_open_amount(column)
            behind = self.env[action["res_model"]].with_user(self.user_accountant).search(action["domain"])
            self.assertEqual(round(sum(behind.mapped(field))), expected, column)
        rows = self.env["kdc.fee.movement"].search(remittance.action_open_amount("collected")["domain"])
        self.assertEqual(round(sum(rows.mapped("amount"))), -10_000)
