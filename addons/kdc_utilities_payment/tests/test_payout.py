from odoo.addons.kdc_utilities.tests.collection_common import NEW_TOTAL
from odoo.addons.kdc_utilities.tests.test_transfer import TransferCommon
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..engine import vnpay
from ..engine.answer import Answer
from .common import OnlineCommon

FEE = 3_300


@tagged("post_install", "-at_install")
class TestPayout(OnlineCommon, TransferCommon):
    """What a gateway took for the ward reaches the bank, less its fee."""

    def setUp(self):
        super().setUp()
        tx = self._begin()
        tx._kdc_hear(vnpay.read_notification(self._ipn(tx)))
        self.gateway = self.vnpay.journal_id

    def _came(self, amount):
        [transfer] = self._import([("FT900", amount, "VNPAY CHUYEN TIEN GIAO DICH 22/11")])
        self.assertEqual(transfer.state, "open")
        return transfer

    def _pay_out(self, transfer, fee=0, user=None):
        wizard = (
            self.env["kdc.transfer.payout"]
            .with_user(user or self.user_accountant)
            .create({"transfer_id": transfer.id, "journal_id": self.gateway.id, "fee": fee})
        )
        wizard.action_confirm()
        return wizard

    def test_payout_with_fee(self):
        self.assertEqual(self.gateway._kdc_gateway_owes(), NEW_TOTAL)
        transfer = self._came(NEW_TOTAL - FEE)
        wizard = self._pay_out(transfer, FEE)
        self.assertEqual(
            (transfer.state, transfer.payout_journal_id, transfer.payout_fee), ("payout", self.gateway, FEE)
        )
        self.assertEqual((self.gateway._kdc_gateway_owes(), wizard.left), (0, -NEW_TOTAL))
        items = transfer.move_id.line_ids.sorted("balance")
        self.assertEqual(items.mapped("balance"), [-NEW_TOTAL, FEE, NEW_TOTAL - FEE])
        self.assertEqual(items[1].account_id.code[:4], "6427")
        self._decide(transfer, "undo")
        self.assertEqual((transfer.state, transfer.payout_fee), ("open", 0))
        self.assertFalse(transfer.payout_journal_id)
        self.assertEqual(self.gateway._kdc_gateway_owes(), NEW_TOTAL)
        self._pay_out(transfer)
        self.assertEqual(self.gateway._kdc_gateway_owes(), FEE)

    def test_no_more_than_it_owes(self):
        transfer = self._came(NEW_TOTAL)
        for fee in (1, -1):
            with self.assertRaises(UserError):
                self._pay_out(transfer, fee)
        self._pay_out(transfer)

    def test_money_of_payos_pays_no_bill_twice(self):
        """It comes straight to the bank, so the statement shows it too."""
        tx = self._begin(self.payos, self.new_b)
        tx._kdc_hear(Answer(tx.kdc_order_code, round(tx.amount), "paid", "FT77"))
        text = f"CT DEN:123 {self._order(tx).text} tu NGUYEN VAN B"
        [transfer] = self._import([("FT77", round(tx.amount), text)])
        self.assertEqual(transfer.state, "open")
        with self.assertRaisesRegex(UserError, tx.reference):
            self._assign(transfer, [(self.account_b, round(tx.amount))])
        self.gateway = self.payos.journal_id
        self._pay_out(transfer)
        self.assertEqual(self.gateway._kdc_gateway_owes(), 0)

    def test_whoever_repeats_a_transfer_pays_again(self):
        """The bank's app keeps the text of the first one; the second is refused only while that money is expected."""
        tx = self._begin(self.payos, self.new_b)
        tx._kdc_hear(Answer(tx.kdc_order_code, round(tx.amount), "paid", "FT77"))
        text = f"CT DEN:123 {self._order(tx).text} tu NGUYEN VAN B"
        amount = round(tx.amount)
        first, again = self._import([("FT77", amount, text), ("FT88", amount, text)]).sorted("bank_reference")
        with self.assertRaisesRegex(UserError, tx.reference):
            self._assign(again, [(self.account_b, amount)])
        self.gateway = self.payos.journal_id
        self._pay_out(first)
        self._assign(again, [(self.account_b, amount)])
        self.assertEqual(again.state, "matched")

    def test_a_high_fee_needs_a_second_person(self):
        transfer = self._came(NEW_TOTAL // 2)
        rest = NEW_TOTAL - NEW_TOTAL // 2
        self._pay_out(transfer, rest)
        self.assertEqual((transfer.state, transfer.decided_by_id), ("payout_asked", self.user_accountant))
        self.assertEqual(self.gateway._kdc_gateway_owes(), NEW_TOTAL, "Nothing is booked yet.")
        for user in (self.user_accountant, self.user_collector):
            with self.assertRaises(AccessError):
                transfer.with_user(user).action_approve_payout()
        self.user_accountant.group_ids |= self.env.ref("kdc_utilities.group_approver")
        with self.assertRaises(UserError):
            transfer.with_user(self.user_accountant).action_approve_payout()
        self.assertFalse(transfer.with_user(self.user_accountant).can_approve)
        approver = transfer.with_user(self.user_approver)
        self.assertTrue(approver.can_approve)
        [card] = [
            card for card in self.env["kdc.home"].with_user(self.user_approver)._home_cards()
            if card["key"] == "payouts_to_approve"
        ]  # fmt: skip
        self.assertEqual(self.env["kdc.transfer"].with_user(self.user_approver).search(card["domain"]), transfer)
        approver.action_approve_payout()
        self.assertEqual(
            (transfer.state, transfer.decided_by_id, transfer.approved_by_id),
            ("payout", self.user_accountant, self.user_approver),
        )
        self.assertEqual(self.gateway._kdc_gateway_owes(), 0)
        with self.assertRaises(UserError):
            approver.action_approve_payout()

    def test_a_high_fee_is_undone_or_the_limit_is_another(self):
        transfer = self._came(NEW_TOTAL - 10 * FEE)
        self._pay_out(transfer, 10 * FEE)
        self.assertEqual(transfer.state, "payout_asked")
        self._decide(transfer, "undo")
        self.assertEqual((transfer.state, transfer.payout_fee), ("open", 0))
        self.assertFalse(transfer.payout_journal_id)
        self.company.kdc_payout_fee_limit = 100
        self._pay_out(transfer, 10 * FEE)
        self.assertEqual(transfer.state, "payout")

    def test_only_a_gateway_and_only_the_accountant(self):
        transfer = self._came(1000)
        with self.assertRaises(UserError):
            transfer._book_payout(self.journal, 0)
        for user in (self.user_approver, self.user_collector):
            with self.assertRaises(AccessError):
                self._pay_out(transfer, user=user)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
            transfer.with_user(self.user_accountant).write({"state": "payout"})
