from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import SQL, mute_logger
from psycopg2 import IntegrityError

from .collection_common import NEW_TOTAL, OLD_TOTAL
from .test_transfer import TransferCommon

OWED = OLD_TOTAL + NEW_TOTAL


class ReversalCommon(TransferCommon):
    """A receipt of a drawer that was counted and closed, and an open drawer of another collector."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_collector.kdc_area_ids |= cls.group_b
        cls.receipt = cls._take(cls.user_collector, cls.account_a, OWED + 50_000, key="wrong" * 4)
        cls.session = cls._close(cls.receipt)
        cls._counter(cls.user_collector_2)
        cls.drawer = cls.env["kdc.cash.session"].search([("user_id", "=", cls.user_collector_2.id)])
        cls.desk = cls.receipt.journal_id

    @classmethod
    def _close(cls, receipt):
        """Count and close the drawer of a receipt, with another person's signature."""
        session = receipt.session_id
        session.with_user(session.user_id).write({"counted_cash": session.expected_cash})
        session.with_user(session.user_id).action_close()
        session.with_user(cls.user_accountant).action_countersign()
        return session

    def _ask(self, receipt=None, user=None, **vals):
        receipt = receipt or self.receipt
        vals = {"receipt_id": receipt.id, "reason": "Thu nhầm hộ", **vals}
        if vals.get("kind") != "move":
            vals = {"journal_id": self.desk.id, "session_id": self.drawer.id, "receiver": "Nguyễn Văn An"} | vals
        return self.env["kdc.receipt.reversal"].with_user(user or self.user_accountant).create(vals)

    def _undo(self, receipt=None, **vals):
        reversal = self._ask(receipt, **vals)
        reversal.with_user(self.user_approver).action_approve()
        return reversal

    def _owed(self, account):
        return round(sum(account._kdc_open_bills().mapped("amount_residual")))


@tagged("post_install", "-at_install")
class TestReceiptReversal(ReversalCommon):
    """After its cash day a receipt is withdrawn by two persons; that day stays, and each đồng is accounted for."""

    def test_cash_goes_back_out_of_an_open_drawer(self):
        counted = (self.session.counted_cash, self.session.expected_cash, self.session.difference)
        held = self.drawer.expected_cash
        reversal = self._undo()
        self.assertEqual((self.receipt.state, self.receipt.cancelled_by_id), ("reversed", self.user_approver))
        self.assertEqual(self.receipt.payment_id.move_id.state, "posted", "The closed day stays in the books.")
        self.assertEqual((self.session.counted_cash, self.session.expected_cash, self.session.difference), counted)
        self.assertEqual(self.session.receipt_count, 1)
        self.assertEqual((reversal.amount, self.drawer.expected_cash), (OWED + 50_000, held - OWED - 50_000))
        self.assertEqual((self._owed(self.account_a), self.account_a._kdc_advance()), (OWED, 0))
        self.assertEqual((self.old_a | self.new_a).mapped("payment_state"), ["not_paid", "not_paid"])

    def test_money_of_the_wrong_household_pays_the_right_one(self):
        held = self.drawer.expected_cash
        reversal = self._undo(kind="move", target_account_id=self.account_b.id)
        self.assertEqual(self.drawer.expected_cash, held, "No cash moves.")
        self.assertEqual((self._owed(self.account_a), self._owed(self.account_b)), (OWED, 0))
        self.assertEqual((self.account_a._kdc_advance(), self.account_b._kdc_advance()), (0, 50_000))
        self.assertNotIn("asset_cash", reversal.move_id.line_ids.account_id.mapped("account_type"))

    def test_both_ways_are_in_the_books_that_people_read(self):
        day = self.today
        for vals in ({}, {"kind": "move", "target_account_id": self.account_b.id}):
            with self.subTest(**vals), self.env.cr.savepoint() as savepoint:
                reversal = self._undo(**vals)
                statement = self.account_a._kdc_statement(self.last_month, day)
                texts = [row.entry.text for row in statement.rows]
                self.assertEqual(sum(self.receipt.name in text for text in texts), 2, texts)
                self.assertEqual(statement.closing, OWED)
                book = self.env["kdc.cash.book"].with_user(self.user_accountant).create({"journal_id": self.desk.id})
                back = 0 if vals else reversal.amount
                self.assertEqual((book.money_in, book.money_out), (self.receipt.amount, back))
                line = book.line_ids.filtered(lambda row: row.res_model == "kdc.receipt.reversal")
                self.assertEqual(bool(line), not vals)
                movements = self.env["kdc.fee.movement"].with_context(allowed_company_ids=self.company.ids)
                [taken] = movements.search([("receipt_id", "=", self.receipt.id)])
                self.assertEqual((taken.kind, taken.user_id), ("collected", self.user_collector))
                self.assertEqual((round(taken.collected), taken.service_id.id), (round(self.receipt.amount), False))
                self.assertIn("paid_back", movements.search([("entry_id", "=", reversal.move_id.id)]).mapped("kind"))
                self._assert_everything_fits()
                savepoint.rollback()
                self.env.invalidate_all()

    def test_the_proof_finds_money_that_went_elsewhere(self):
        reversal = self._undo()
        self.env.cr.execute("UPDATE kdc_receipt_reversal SET amount = amount - 1 WHERE id = %s", [reversal.id])
        self.env.invalidate_all()
        wrong = [check.model for check in self.env["kdc.proof"]._prove(self.company, self.today)
                 if check.comparison.misfits]  # fmt: skip
        self.assertIn("kdc.receipt.reversal", wrong)
        self.env.cr.execute("UPDATE kdc_receipt_reversal SET amount = amount + 1 WHERE id = %s", [reversal.id])
        self.env.invalidate_all()

    def test_who_may(self):
        with self.assertRaises(AccessError):
            self._ask(user=self.user_collector_2)
        reversal = self._ask(user=self.user_approver_2)
        with self.assertRaisesRegex(UserError, "another person"):
            reversal.action_approve()
        for user in (self.user_accountant, self.user_collector_2):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                reversal.with_user(user).action_approve()
        self.user_collector.group_ids |= self.env.ref("kdc_utilities.group_approver")
        self.assertFalse(reversal.with_user(self.user_collector).can_approve)
        with self.assertRaisesRegex(UserError, "took this money yourself"):
            reversal.with_user(self.user_collector).action_approve()
        self.assertTrue(reversal.with_user(self.user_approver).can_approve)
        with self.assertRaises(AccessError):
            reversal.with_user(self.user_accountant).write({"state": "posted"})

    def test_the_database_asks_for_a_second_person(self):
        reversal = self._undo()
        for query, record in (
            ("UPDATE kdc_receipt_reversal SET approved_by_id = requested_by_id WHERE id = %s", reversal),
            ("UPDATE kdc_receipt_reversal SET move_id = NULL WHERE id = %s", reversal),
            ("UPDATE kdc_receipt SET cancelled_by_id = user_id WHERE id = %s", self.receipt),
        ):
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.env.cr.execute(query, [record.id])

    def test_a_card_on_the_home_of_who_may_approve(self):
        self._ask()

        def count(user):
            cards = self.env["kdc.home"].with_user(user)._home_cards()
            [card] = [card for card in cards if card["key"] == "receipts_to_withdraw"]
            return self.env["kdc.receipt.reversal"].with_user(user).search_count(card["domain"])

        self.assertEqual(count(self.user_approver), 1)
        self.user_collector.group_ids |= self.env.ref("kdc_utilities.group_approver")
        self.assertEqual(count(self.user_collector), 0)

    def test_only_once(self):
        reversal = self._ask()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._ask()
        reversal.with_user(self.user_approver).action_approve()
        with self.assertRaisesRegex(UserError, "still to be approved"):
            reversal.with_user(self.user_approver_2).action_approve()
        with self.assertRaises(UserError):
            reversal.with_user(self.user_accountant).action_withdraw()
        with self.assertRaises(UserError):
            reversal.with_user(self.user_accountant).unlink()
        with self.assertRaisesRegex(UserError, "cancelled already"):
            self.receipt._check_reversible()
        with self.assertRaisesRegex(UserError, "cancelled already"):
            self.receipt.with_user(self.user_approver)._cancel("Lần nữa")

    def test_approvals_at_the_same_time_are_told_apart(self):
        """Approving writes the locked receipt: whoever read it before is refused by PostgreSQL and reads it again."""
        reversal = self._ask()
        version = "SELECT ctid::text FROM kdc_receipt WHERE id = %s"
        [[before]] = self.env.execute_query(SQL(version, self.receipt.id))
        reversal.sudo()._lock()
        self.assertNotEqual(before, self.env.execute_query(SQL(version, self.receipt.id))[0][0])

    def test_taken_back_before_it_was_approved(self):
        reversal = self._ask()
        reversal.action_withdraw()
        self.assertEqual((self.receipt.state, self._owed(self.account_a)), ("posted", 0))
        with self.assertRaises(UserError):
            reversal.with_user(self.user_approver).action_approve()
        self._undo()

    def test_an_open_drawer_cancels(self):
        fresh = self._take(self.user_collector_2, self.account_b, 1_000, key="fresh" * 4)
        with self.assertRaisesRegex(UserError, "still open"):
            self._ask(fresh)
        with self.assertRaisesRegex(UserError, "Withdraw receipt"):
            self.receipt.with_user(self.user_approver)._cancel("Nhầm hộ")

    def test_cash_needs_a_drawer_that_holds_it(self):
        with self.assertRaisesRegex(UserError, "open cash session"):
            self._undo(session_id=False)
        self.env["kdc.receipt.reversal"].search([]).with_user(self.user_accountant).unlink()
        fresh = self._take(self.user_collector, self.account_b, 600_000, key="second" * 3)
        self._close(fresh)
        with self.assertRaisesRegex(UserError, "less than"):
            self._undo(fresh)

    def test_by_bank(self):
        reversal = self._undo(journal_id=self.journal.id, session_id=False, receiver="Nguyễn Văn An, VCB 0123456789")
        [item] = reversal.move_id.line_ids.filtered(lambda row: row.account_id == self.journal.default_account_id)
        self.assertEqual(item.credit, OWED + 50_000)
        [out] = self._import([("FT-OUT", -OWED - 50_000, "HOAN TIEN")])
        self.assertIn(reversal.move_id, out._hand_entries(), "The bank shows it later.")

    def test_an_advance_that_was_paid_back_is_not_paid_back_again(self):
        back = self.env["kdc.advance.return"].with_user(self.user_accountant).create({
            "account_id": self.account_a.id, "journal_id": self.journal.id, "receiver": "An", "reason": "Trả lại",
        })  # fmt: skip
        back.with_user(self.user_approver).action_approve()
        with self.assertRaisesRegex(UserError, "paid back or moved before"):
            self._ask()

    def test_other_money_of_the_payer_pays_what_is_owed_again(self):
        more = self._take(self.user_collector, self.account_a, 1_000, key="more" * 4)
        self._close(more)
        self._undo()
        self.assertEqual((self._owed(self.account_a), self.account_a._kdc_advance()), (OWED - 1_000, 0))

    def test_a_bill_credited_since(self):
        credit = self.new_a._reverse_moves([{"invoice_date": self.today}])
        credit.action_post()
        self._undo()
        self.assertEqual((self._owed(self.account_a), self.account_a._kdc_advance()), (OLD_TOTAL, 0))

    def test_the_slip_is_not_used_again(self):
        receipt = self._pay_by_transfer()
        self._undo(receipt, journal_id=False, session_id=False, receiver=False)
        self.assertTrue(self.env["kdc.receipt"]._slip_taken(self.company, "FT-77"))

    def _pay_by_transfer(self, cash=0):
        counter = self._counter(self.user_collector)
        ways = {"transfer": 60_000, "reference": "FT-77"}
        shown = counter.preview(self.account_b.id, 60_000 + cash, (), ways)
        values = counter.confirm(self.account_b.id, 60_000 + cash, "slip-0001", shown["fingerprint"], None, (), ways)
        receipt = self.env["kdc.receipt"].browse(values["id"])
        self._close(receipt)
        return receipt

    def test_a_transfer_that_never_came_is_not_paid_back(self):
        receipt = self._pay_by_transfer()
        with self.assertRaisesRegex(UserError, "has not shown"), self.env.cr.savepoint():
            self._ask(receipt, kind="move", target_account_id=self.account_a.id)
        reversal = self._undo(receipt, journal_id=False, session_id=False, receiver=False)
        self.assertEqual((reversal.amount, self._owed(self.account_b)), (0, OWED))
        self.env.invalidate_all()
        bank = self.journal.default_account_id
        items = self.env["account.move.line"].search([("account_id", "=", bank.id), ("parent_state", "=", "posted")])
        self.assertEqual(round(sum(items.mapped("balance"))), 0)
        [late] = self._import([("FT-77", 60_000, "chuyen tien")])
        self.assertFalse(late._hand_entries(), "It is money of its own when it comes after all.")

    def test_only_what_the_bank_has_shown_goes_back(self):
        receipt = self._pay_by_transfer(cash=5_000)
        self.assertEqual(self._ask(receipt).amount, 5_000)
        [came] = self._import([("FT-77", 60_000, "chuyen tien")])
        came._book_before(receipt.payment_id.move_id)
        self.env.invalidate_all()
        reversal = receipt.reversal_ids
        reversal.with_user(self.user_approver).action_approve()
        self.assertEqual((reversal.amount, self._owed(self.account_b)), (65_000, OWED))

    def test_a_gift_goes_back_with_it(self):
        drive = self.env["kdc.contribution.drive"].with_user(self.user_accountant).create({
            "name": "Hẻm 12", "purpose": "Bê tông", "decision": "Biên bản", "target": 1_000_000,
            "date_from": self.today, "area_id": self.group_a.id,
        })  # fmt: skip
        drive.with_user(self.user_approver).action_open()
        counter = self._counter(self.user_collector)
        shown = counter.preview(self.account_a.id, 0, [[drive.id, 30_000]])
        values = counter.confirm(self.account_a.id, 0, "gift" * 4, shown["fingerprint"], None, [[drive.id, 30_000]])
        receipt = self.env["kdc.receipt"].browse(values["id"])
        self._close(receipt)
        with self.assertRaisesRegex(UserError, "voluntary"), self.env.cr.savepoint():
            self._ask(receipt, kind="move", target_account_id=self.account_b.id)
        self._undo(receipt)
        self.assertEqual((receipt.line_ids.contribution_id.state, drive.given), ("cancelled", 0))

    def test_rounded_cash_goes_back_as_it_was_handed_over(self):
        self.company.kdc_cash_rounding = "1000"
        owed = self._owed(self.account_b)
        receipt = self._take(self.user_collector, self.account_b, owed, key="round" * 4)
        self._close(receipt)
        self.assertTrue(receipt.rounding)
        reversal = self._undo(receipt)
        self.assertEqual(reversal.amount, receipt.cash_amount)
        self.assertEqual(self._owed(self.account_b), owed)

    def test_the_residents_are_told(self):
        self._undo(kind="move", target_account_id=self.account_b.id)
        notices = self.env["kdc.notification"].search([("partner_id", "=", self.user_portal_a.partner_id.id)])
        self.assertIn(self.receipt.name, notices.sorted("id")[-1].title)
        others = self.env["kdc.notification"].search([("partner_id", "=", self.user_portal_b.partner_id.id)])
        self.assertIn(self.account_b.number, others.sorted("id")[-1].body)

    def test_the_entry_stays(self):
        reversal = self._undo()
        for entry in (reversal.move_id, self.receipt.payment_id.move_id):
            with self.subTest(entry=entry.ref), self.assertRaises(UserError):
                entry.button_draft()

    def test_the_form(self):
        action = self.receipt.with_user(self.user_accountant).action_reverse()
        form = Form(self.env[action["res_model"]].with_user(self.user_accountant).with_context(**action["context"]))
        self.assertEqual((form.receipt_id, form.amount), (self.receipt, OWED + 50_000))
        form.kind = "move"
        form.target_account_id = self.account_b
        form.reason = "Nhầm hộ"
        reversal = form.save()
        self.assertEqual(self.receipt.action_reverse()["res_id"], reversal.id)

    def test_two_drawers_two_receipts_of_one_payer(self):
        """Each withdrawal frees the money of its own receipt only."""
        other = self._take(self.user_collector, self.account_a, 20_000, key="other" * 4)
        self._close(other)
        self._undo()
        self.assertEqual(self._owed(self.account_a), OWED - 20_000)
        self.assertEqual((other.state, other._paid_items().mapped("reconciled")), ("posted", [True]))
