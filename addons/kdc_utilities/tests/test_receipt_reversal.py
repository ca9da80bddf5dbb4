from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import SQL, mute_logger
from psycopg2 import IntegrityError

from .collection_common import NEW_TOTAL, OLD_TOTAL
from .test_transfer import TransferCommon
from .test_write_off import PAPER

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

    def test_money_of_who_came_after_that_was_booked_for_the_former_payer(self):
        """The account is right, the person was not: it is booked for today's payer of the same account."""
        former, bill = self._change_payer(self.account_a)
        self._undo(kind="move", target_account_id=self.account_a.id)
        self.assertEqual((self.old_a | self.new_a).mapped("payment_state"), ["not_paid", "not_paid"])
        self.assertEqual((bill.payment_state, self.account_a._kdc_advance()), ("paid", OWED))
        self.assertFalse(self.account_a._kdc_advance(former))

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
        with self.assertRaisesRegex(UserError, "65.000.*not the 5.000"), self.env.cr.savepoint():
            reversal.with_user(self.user_approver).action_approve()
        self.env.invalidate_all()
        self.assertEqual((reversal.amount, reversal.amount_now, receipt.state), (5_000, 65_000, "posted"))
        with self.assertRaises(AccessError):
            reversal.with_user(self.user_approver).action_refresh()
        reversal.with_user(self.user_approver_2).action_refresh()
        self.assertEqual(reversal.requested_by_id, self.user_approver_2, "Who refreshes it has prepared it.")
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
        fund = self.env["kdc.fund"].create({
            "name": "Hẻm 12", "account_id": drive.account_id.id, "purpose": "Bê tông", "decision": "Biên bản",
        })  # fmt: skip
        self._undo(receipt)
        self.assertEqual((receipt.line_ids.contribution_id.state, drive.given), ("cancelled", 0))
        self.assertEqual(fund._income_by_source(self.today, self.today), {"Hẻm 12": 0})

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
        notice = notices.sorted("id")[-1]
        self.assertIn(self.receipt.name, notice.title)
        self.assertIn("khách hàng khác", notice.body, "Vietnamese, whoever approves.")
        self.assertNotIn(self.account_b.number, notice.body)
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


@tagged("post_install", "-at_install")
class TestReversalSideEffects(ReversalCommon):
    """A withdrawal harms nobody else: no drawer, no neighbour, no plan, no decision, no proof of another day."""

    def _move(self, **vals):
        return self._undo(kind="move", target_account_id=self.account_b.id, **vals)

    def _paid_in_part(self, amount=1_000, key="part" * 4):
        """Return a closed receipt of a part of what account B owes."""
        receipt = self._take(self.user_collector, self.account_b, amount, key=key)
        self._close(receipt)
        return receipt

    def test_a_drawer_chosen_before_keeps_its_cash(self):
        held = self.drawer.expected_cash
        reversal = self._ask()
        reversal.write({"kind": "move", "target_account_id": self.account_b.id})
        self.assertFalse(reversal.session_id)
        reversal.with_user(self.user_approver).action_approve()
        self.assertEqual(self.drawer.expected_cash, held)

    def test_no_drawer_hands_out_what_is_booked_over(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._ask(kind="move", target_account_id=self.account_b.id, session_id=self.session.id)

    def test_a_drawer_keeps_what_the_bank_pays(self):
        held = self.drawer.expected_cash
        reversal = self._undo(journal_id=self.journal.id)
        self.assertEqual((reversal.session_id.id, self.drawer.expected_cash), (False, held))

    def test_the_form_forgets_the_drawer(self):
        action = self.receipt.with_user(self.user_accountant).action_reverse()
        form = Form(self.env[action["res_model"]].with_user(self.user_accountant).with_context(**action["context"]))
        form.journal_id, form.session_id, form.reason = self.desk, self.drawer, "Nhầm hộ"
        form.kind = "move"
        form.target_account_id = self.account_b
        self.assertFalse(form.save().session_id)

    def test_the_right_customer_paid_on_the_day_of_the_receipt(self):
        paid_on, later = self.receipt.date, self.receipt.date + timedelta(days=90)
        bills = self.old_b | self.new_b
        bills.flush_recordset()
        self.env.cr.execute("UPDATE account_move SET invoice_date_due = %s WHERE id = ANY(%s)", [paid_on, bills.ids])
        self.env.invalidate_all()
        with freeze_time(f"{later} 03:00:00"):
            self._move()
        self.assertEqual(bills.mapped("payment_state"), ["paid", "paid"])
        self.assertEqual({day for days in bills._kdc_paid_on().values() for day, _amount in days}, {paid_on})
        late = self.env["kdc.charge"]._late_bills(
            self.company, later + timedelta(days=9), bills.journal_id, self.env["kdc.area"]
        )
        self.assertFalse(late & bills)

    def test_nobody_is_late_for_what_a_receipt_said_was_paid(self):
        first, later = self.receipt.date, self.receipt.date + timedelta(days=90)
        with freeze_time(f"{later} 03:00:00"):
            self._move()
        days = (first, later - timedelta(days=1))
        bills = self.old_a | self.new_a | self.old_b
        self.assertEqual(
            bills._kdc_withdrawn_receipts(), {self.old_a: [(*days, OLD_TOTAL)], self.new_a: [(*days, NEW_TOTAL)]}
        )
        with patch.object(type(self.env["kdc.receipt.reversal"]), "_taken_off") as read:
            self.assertFalse(self.old_b._kdc_withdrawn_receipts())
        read.assert_not_called()  # those of others are not even loaded
        self.assertEqual([*self.new_a._kdc_withdrawn_receipts()], [self.new_a])
        self.assertEqual([self._late(self.old_a, day) for day in (*days, later)], [0, 0, OLD_TOTAL])

    def _late(self, bill, day):
        """Return on which VND of a bill a late fee runs on a day."""
        bill.flush_recordset()
        self.env.cr.execute(
            "UPDATE account_move SET invoice_date_due = %s WHERE id = %s", [day - timedelta(days=90), bill.id]
        )
        self.env.invalidate_all()
        debts = bill._kdc_late_debts(self.company._kdc_service_ranks(), {})
        return sum(debt.late_on(day) for debt in debts.values())

    def test_the_rest_of_a_bill_paid_in_part_was_late_all_the_time(self):
        receipt = self._paid_in_part(60_000)
        later = receipt.date + timedelta(days=9)
        with freeze_time(f"{later} 03:00:00"):
            self._undo(receipt)
        last = later - timedelta(days=1)
        self.assertEqual(self.old_b._kdc_withdrawn_receipts(), {self.old_b: [(receipt.date, last, 60_000)]})
        self.assertEqual([self._late(self.old_b, day) for day in (last, later)], [OLD_TOTAL - 60_000, OLD_TOTAL])

    def test_a_bill_paid_out_of_its_advance_was_not_late_either(self):
        """The receipt names other bills; its advance paid the next one, which is owed again."""
        debtor = self.account_b.partner_id
        self.new_b._kdc_cancel("Đọc lại")
        receipt = self._take(self.user_collector, self.account_b, OWED, key="more" * 4)
        self._close(receipt)
        run = self.env["kdc.billing.run"].create(
            {"company_id": self.company.id, "period": self.this_month, "area_ids": self.account_b.area_id.ids}
        )
        run.action_compute()
        run.line_ids._issue()
        self.account_b._kdc_apply_advance()
        anew = run.line_ids.move_id.filtered(lambda bill: bill.partner_id == debtor)
        self.assertEqual(anew.payment_state, "paid")
        later = receipt.date + timedelta(days=9)
        with freeze_time(f"{later} 03:00:00"):
            self._undo(receipt)
        self.assertEqual(anew._kdc_withdrawn_receipts()[anew][0][2], NEW_TOTAL)

    def test_a_plan_that_counts_on_it_ends_first(self):
        receipt = self._paid_in_part()
        plan = self.env["kdc.instalment.plan"].with_user(self.user_accountant).create({
            "account_id": self.account_b.id, "move_ids": (self.old_b | self.new_b).ids, "count": 3,
            "date_first": self.today + timedelta(days=10), "reason": "Đơn của hộ",
        })  # fmt: skip
        plan.with_user(self.user_approver).action_approve()
        with self.assertRaisesRegex(UserError, "instalments"), self.env.cr.savepoint():
            self._ask(receipt)
        plan.action_break()
        self._undo(receipt)

    def test_a_rest_that_was_written_off_is_revived_first(self):
        receipt = self._paid_in_part()
        record = self.env["kdc.write.off"].with_user(self.user_accountant).create({
            "account_id": self.account_b.id, "move_ids": self.old_b.ids, "decision": "125/QĐ-UBND",
            "decision_date": self.today, "reason": "Không liên lạc được", "paper": PAPER, "paper_name": "qd.pdf",
        })  # fmt: skip
        record.with_user(self.user_approver).action_approve()
        with self.assertRaisesRegex(UserError, "written off"):
            self._ask(receipt)

    def test_the_right_account_of_one_payer_comes_first(self):
        other = self._create_account(self.household_a, "W-C")
        run = self.env["kdc.billing.run"].create(
            {"company_id": self.company.id, "period": self.last_month, "area_ids": self.group_a.ids}
        )
        run.action_compute()
        run.line_ids.filtered(lambda line: line.account_id == other)._issue()
        self._undo(kind="move", target_account_id=other.id)
        self.assertEqual(self._owed(other), 0)
        self.assertEqual(self._owed(self.account_a), OWED + OLD_TOTAL - self.receipt.amount)

    def test_an_advance_of_another_receipt_disturbs_no_proof(self):
        first = self._paid_in_part(50_000)
        self._paid_in_part(OWED - 50_000 + 10_000, key="rest" * 4)
        self._undo(first)
        self.assertEqual(self._owed(self.account_b), 40_000, "The other receipt's advance pays a part of it.")
        self._assert_everything_fits()

    def test_the_other_customer_reads_neither_the_receipt_nor_the_reason(self):
        reversal = self._move()
        seen = [item["label"] for item in (self.old_b | self.new_b).mapped(lambda bill: bill._kdc_received()[0])]
        seen += [row.entry.text for row in self.account_b._kdc_statement(self.last_month, self.today).rows]
        for text in seen:
            self.assertNotIn(self.receipt.name, text)
            self.assertNotIn(reversal.reason, text)
        self.assertIn("Khoản thu", reversal.move_id.ref, "Vietnamese, whoever approves.")
        mine = reversal.move_id.line_ids.filtered("debit").mapped("name")
        self.assertTrue(all(self.receipt.name in name for name in mine), mine)

    def test_a_desk_whose_account_was_changed(self):
        counter = self._counter(self.user_collector)
        ways = {"transfer": 60_000, "reference": "FT-78"}
        shown = counter.preview(self.account_b.id, 65_000, (), ways)
        values = counter.confirm(self.account_b.id, 65_000, "desk" * 4, shown["fingerprint"], None, (), ways)
        receipt = self.env["kdc.receipt"].browse(values["id"])
        self._close(receipt)
        before = self.desk.default_account_id
        self.desk.default_account_id = before.copy({"code": "11119", "name": "Quầy 2"})
        self.assertEqual(receipt._unseen_items().mapped("debit"), [60_000])
        self.desk.default_account_id = before

    def test_a_gift_leaves_the_ways_of_the_rest_as_they_were(self):
        drive = self.env["kdc.contribution.drive"].with_user(self.user_accountant).create(
            {"name": "Hẻm 14", "purpose": "Đèn", "decision": "Biên bản", "date_from": self.today}
        )  # fmt: skip
        drive.with_user(self.user_approver).action_open()
        counter = self._counter(self.user_collector)
        ways, gifts = {"transfer": 60_000, "reference": "FT-79"}, [[drive.id, 30_000]]
        shown = counter.preview(self.account_b.id, 60_000, gifts, ways)
        values = counter.confirm(self.account_b.id, 60_000, "ways" * 4, shown["fingerprint"], None, gifts, ways)
        receipt = self.env["kdc.receipt"].browse(values["id"])
        self._close(receipt)

        def collected():
            self.env.flush_all()
            movements = self.env["kdc.fee.movement"].with_context(allowed_company_ids=self.company.ids)
            rows = movements._read_group([("receipt_id", "=", receipt.id)], ["way"], ["collected:sum"])
            return {way: round(amount) for way, amount in rows}

        before = collected()
        self._undo(receipt)
        self.assertEqual((before, collected()), ({"transfer": 60_000}, before))
