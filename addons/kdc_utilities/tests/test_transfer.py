import base64
import io
import re
import runpy
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import openpyxl
from odoo import fields
from odoo.addons.kdc_residents.engine import sheet
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tests.common import QUIET
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..engine import reference
from ..engine.matching import Transfer, match
from ..models import kdc_bank_statement_import, kdc_transfer_booking
from .collection_common import NEW_TOTAL, OLD_TOTAL, CollectionCommon

HEAD = ["Ngày giao dịch", "Số giao dịch", "Ghi nợ", "Ghi có", "Số dư", "Nội dung", "Tên đối ứng", "Tài khoản đối ứng"]


class TransferCommon(CollectionCommon):
    """A bank journal, and statements of it made of short rows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journal = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        )
        cls.journal.bank_account_id = cls.bank
        cls.today = fields.Date.context_today(cls.env.user)
        cls.old_b = cls.old_bills.filtered(lambda bill: bill.kdc_account_id == cls.account_b)
        cls.user_approver_2 = cls._create_user("kdc_approver_2", "kdc_utilities.group_accountant")
        cls.user_approver_2.group_ids |= cls.env.ref("kdc_utilities.group_approver")

    @classmethod
    def _file(cls, rows, balance=10_000_000, head=HEAD):
        """A spreadsheet of (number, amount, text) rows, as a bank exports it."""
        lines = [["SAO KÊ TÀI KHOẢN"], ["Số tài khoản: 0011001234567"], head]
        for number, amount, text, *payer in rows:
            balance += amount
            out, money_in = (f"{-amount:,}", "") if amount < 0 else ("", f"{amount:,}")
            lines.append([fmt.date(cls.today), number, out, money_in, f"{balance:,}", text, *payer])
        return base64.b64encode(sheet.write_xlsx(lines))

    @classmethod
    def _wizard(cls, rows, user=None, **kwargs):
        return cls.env["kdc.statement.import"].with_user(user or cls.user_accountant).with_context(**QUIET).create(
            {"journal_id": cls.journal.id, "file": cls._file(rows, **kwargs)}
        )  # fmt: skip

    @classmethod
    def _import(cls, rows, **kwargs):
        """Import rows and return their transfers, in the order of the file (sudo)."""
        wizard = cls._wizard(rows, **kwargs)
        wizard.action_check()
        wizard.action_import()
        return wizard.statement_id.sudo().transfer_ids.sorted("id")

    def _decide(self, transfer, step, reason="Nhầm", user=None, **vals):
        self.env["kdc.transfer.decide"].with_user(user or self.user_accountant).create(
            {"transfer_id": transfer.id, "step": step, "reason": reason, **vals}
        ).action_confirm()

    def _assign(self, transfer, amounts):
        wizard = self.env["kdc.transfer.assign"].with_user(self.user_accountant).create({"transfer_id": transfer.id})
        wizard.part_ids = [(5, 0, 0)] + [
            (0, 0, {"account_id": account.id, "amount": amount}) for account, amount in amounts
        ]
        wizard.action_confirm()

    def _paid_by(self, transfer):
        """Return {bill or nothing: VND} of a transfer, and whom its entry credits."""
        parts = {line.move_id: round(line.amount) for line in transfer.line_ids}
        return parts, transfer.move_id.line_ids.filtered("credit").partner_id

    def _bank_balance(self):
        items = self.env["account.move.line"].search(
            [("account_id", "=", self.journal.default_account_id.id), ("parent_state", "=", "posted")]
        )
        return round(sum(items.mapped("balance")))


@tagged("post_install", "-at_install")
class TestTransfer(TransferCommon):
    """A statement of the bank becomes payments, and nothing of it is lost."""

    def test_exact_pays_the_oldest_bill_first(self):
        [transfer] = self._import([("FT001", NEW_TOTAL, f"MBVCB.1.{self.new_a.kdc_reference.lower()}. tien nuoc")])
        self.assertEqual((transfer.outcome, transfer.state, transfer.is_automatic), ("exact", "matched", True))
        self.assertEqual(self.old_a.payment_state, "paid")
        self.assertEqual(round(self.new_a.amount_residual), OLD_TOTAL)
        self.assertEqual(sum(transfer.line_ids.mapped("amount")), NEW_TOTAL)
        self.assertEqual(transfer.move_id.state, "posted")
        self.assertEqual(self._bank_balance(), NEW_TOTAL)
        # The code of the old bill, paid by the money of the new one, still finds its account.
        [second] = self._import([("FT002", OLD_TOTAL, self.old_a.kdc_reference)], balance=11_000_000)
        self.assertEqual((second.outcome, second.state), ("exact", "matched"))
        self.assertEqual((self.old_a | self.new_a).mapped("payment_state"), ["paid", "paid"])

    def test_over_partial_double_in_one_statement(self):
        owed = OLD_TOTAL + NEW_TOTAL
        over, partial, double, nothing = self._import([
            ("1", owed + 500, self.new_a.kdc_reference),
            ("2", 1_000, self.new_b.kdc_reference),
            ("3", NEW_TOTAL, self.new_a.kdc_reference),
            ("4", 7_000, "chuyen tien"),
        ])  # fmt: skip
        self.assertEqual(
            [t.outcome for t in (over, partial, double, nothing)], ["over", "partial", "double", "unknown"]
        )
        self.assertEqual([t.state for t in (over, partial, double, nothing)], ["matched", "matched", "open", "open"])
        self.assertEqual(self.account_a._kdc_advance(), 500)
        self.assertEqual(over.line_ids.filtered(lambda line: not line.move_id).amount, 500)
        self.assertEqual(round(self.old_b.amount_residual), OLD_TOTAL - 1_000)
        self.assertEqual((double.reason, double.suggestion_id.account_id), ("double", self.account_a))
        suspense = self.journal.suspense_account_id
        self.assertEqual(double.move_id.line_ids.account_id, suspense | self.journal.default_account_id)

    def test_two_customers_in_one_transfer(self):
        text = f"{self.new_a.kdc_reference} va {self.new_b.kdc_reference}"
        [transfer] = self._import([("1", 2 * NEW_TOTAL, text)])
        self.assertEqual(transfer.account_ids, self.account_a | self.account_b)
        self.assertEqual([round(bill.amount_residual) for bill in (self.old_a, self.old_b)], [0, 0])

    def test_the_same_money_twice_is_not_imported_twice(self):
        rows = [("FT1", 5_000, "abc"), ("FT2", 6_000, self.new_b.kdc_reference), ("", 7_000, "def"), ("", 7_000, "def")]
        first = self._import(rows)
        self.assertEqual(len(first), 4)
        again = self._wizard(rows)
        again.file = first.statement_id.file
        with self.assertRaises(UserError):
            again.action_check()
        # Another file whose period overlaps: what is known is left out.
        wizard = self._wizard([*rows, ("FT3", 8_000, "new")])
        wizard.action_check()
        self.assertEqual((wizard.new_count, wizard.known_count), (1, 4))
        wizard.action_import()
        self.assertEqual(wizard.statement_id.transfer_ids.mapped("bank_reference"), ["FT3"])
        self.assertEqual(self._bank_balance(), 33_000)
        with self.assertRaises(UserError):
            self._wizard([*rows, ("FT3", 8_000, "new")], head=[*HEAD, "x"]).action_import()

    def test_the_same_movement_in_another_export_waits(self):
        code = self.old_a.kdc_reference
        [first] = self._import([("", OLD_TOTAL, code)])
        # The other export has numbers; a payment with a code of its own is another one.
        again, other, out = self._import(
            [("FT1", OLD_TOTAL, f"MB {code}"), ("FT2", OLD_TOTAL, self.old_b.kdc_reference), ("FT3", -5, "phi")],
            balance=1,
        )
        self.assertEqual([one.state for one in (first, again, other, out)], ["matched", "open", "matched", "other"])
        self.assertEqual((again.reason, again.suggestion_id.entry_id), ("same", first.move_id))
        self.assertIn(fmt.date(self.today), again.suggestion_id.display_name)
        again.with_user(self.user_accountant).action_accept()
        self.assertEqual((again.state, again.booked_move_id), ("booked", first.move_id))
        self.assertEqual(self._bank_balance(), 2 * OLD_TOTAL - 5)
        self._decide(again, "undo")
        self.assertIn(first.move_id, again.suggestion_ids.entry_id)
        [out_again] = self._import([("", -5, "phi")], balance=2)
        self.assertEqual((out_again.state, out_again.reason), ("open", "same"))
        # Leading zeros are no other number.
        wizard = self._wizard([("00FT1", OLD_TOTAL, "x")])
        wizard.action_check()
        self.assertEqual((wizard.new_count, wizard.known_count), (0, 1))

    def test_a_decision_does_not_read_the_history(self):
        def payers(count):
            return [(f"H{count}{i}", 1_000 + i, self.new_a.kdc_reference, "AN", "0071") for i in range(count)]

        self._import(payers(2))
        [waiting] = self._import([("W", 7_000, "khong ro", "AN", "0071")])
        self.assertEqual(waiting.suggestion_id.account_id, self.account_a)
        self.assertIn("bank_account", waiting.suggestion_id.reasons)

        def read():
            """Count the transfers and their lines that are loaded to match one."""
            self.env.invalidate_all()
            book = self.company._kdc_transfer_book([waiting._as_engine()])
            self.assertIn(self.account_a._kdc_debt(), book.by_bank_account["0071"])
            models = (self.env["kdc.transfer"], self.env["kdc.transfer.line"])
            return [len(self.env.cache.get_records(model, model._fields["company_id"])) for model in models]

        before = read()
        later = self._import(payers(9), balance=20_000_000)
        self.assertIn("matched", later.mapped("state"))
        self.assertEqual(read(), before)

    def test_a_few_transfers_are_matched_as_with_the_whole_ward_at_hand(self):
        code = self.new_a.kdc_reference
        name = self.resident_b.name.upper()
        texts = [
            code, f"mb{code.lower()}x", f"{code[:-1].replace('0', 'O').replace('1', 'I')}{code[-1]}", code[3:],
            f"{code} {self.new_b.kdc_reference}", f"{code[:-1]}#", f"{self.account_b.number} tt", f"{name} tien nuoc",
            self.household_a.name, "nop tien", "", f"{code} KH {self.account_b.number}",
            reference.make_gift_reference(self.account_a.number, 1),
            reference.make_reference("99999996", self.this_month),
        ]  # fmt: skip
        self._import([("P", 1_000, code, "AN", "0071")])
        owed = round(self.account_a.balance)
        for text in texts:
            for amount in (owed, OLD_TOTAL, 5_000):
                for payer in (("", ""), ("AN", "0071"), (name, "")):
                    with self.subTest(text=text, amount=amount, payer=payer):
                        one = Transfer(amount, text, *payer)
                        found = match(one, self.company._kdc_transfer_book([one]))
                        with patch.object(kdc_transfer_booking, "FEW", 0):
                            book = self.company._kdc_transfer_book([one])
                        self.assertEqual(found, match(one, book))

    def test_a_decision_reads_what_the_transfer_names(self):
        [waiting] = self._import([("1", 7_000, f"khong ro {self.account_b.number}")])
        one = waiting._as_engine()
        self.env.invalidate_all()
        with self.assertQueryCount(14):
            book = self.company._kdc_transfer_book([one])
        self.assertEqual([payer.account.account for payer in book.payers], [self.account_b])
        self.assertLessEqual({bill.account.account for bill in book.bills}, {self.account_b})

    def test_a_code_pays_the_debt_of_whom_its_bill_names(self):
        """After a change of the payer, a code of the former one pays his bills, and no other code does."""
        former, bill = self._change_payer(self.account_a)
        today = self.account_a.partner_id
        own, theirs, more = self._import([
            ("1", 60_000, bill.kdc_reference), ("2", NEW_TOTAL, self.new_a.kdc_reference),
            ("3", 200_000, self.old_a.kdc_reference),
        ])  # fmt: skip
        # What today's payer pays beyond the own bill is kept in advance, though the former one owes.
        self.assertEqual((own.state, self._paid_by(own)[1], bill.payment_state), ("matched", today, "paid"))
        self.assertEqual((own.outcome, self.account_a._kdc_advance()), ("over", 10_000))
        self.assertEqual(self._paid_by(theirs)[1], former)
        self.assertEqual((self.old_a.payment_state, self.new_a.amount_residual), ("paid", OLD_TOTAL))
        self.assertEqual(set(theirs.line_ids.mapped("former_payer")), {former.name})
        self.assertTrue(theirs.pays_former)
        # Whether the rest is really for who gets no bills here any more, an accountant decides.
        self.assertEqual((more.state, more.outcome, more.reason), ("open", "over", "former"))
        self.assertEqual(more.suggestion_id._debt(), self.account_a._kdc_debt(former))
        self.assertIn(former.name, more.suggestion_id.display_name)
        self.assertEqual(more.suggestion_id.owed, OLD_TOTAL)
        # By hand: the rest is another customer's, or today's payer's. The screen says whose each part is.
        wizard = self.env["kdc.transfer.assign"].with_user(self.user_accountant).create({"transfer_id": more.id})
        wizard.part_ids = [(5, 0, 0)] + [
            (0, 0, {"account_id": self.account_a.id, "payer_id": payer.id, "amount": amount})
            for payer, amount in ((former, OLD_TOTAL), (today, 200_000 - OLD_TOTAL))
        ]
        self.assertEqual(wizard.part_ids.mapped("owed"), [OLD_TOTAL, 0])
        self.assertEqual(wizard.part_ids[0].payer_ids, former | today)
        self.assertIn(former.name, wizard.preview)
        wizard.action_confirm()
        self.assertEqual((self.new_a.payment_state, more.state), ("paid", "matched"))
        self.assertEqual(self._paid_by(more)[1], former | today)
        self.assertEqual(self.account_a._kdc_advance(), 10_000 + 200_000 - OLD_TOTAL)
        # Undone, each owes again what they owed.
        self._decide(theirs, "undo", "Nhầm")
        self.assertEqual((self.new_a.amount_residual, self.old_a.amount_residual), (NEW_TOTAL - OLD_TOTAL, OLD_TOTAL))

    def test_what_a_former_payer_pays_too_much_stays_theirs_and_goes_back(self):
        """It pays no bill of who came after, nobody else is told of it, and two persons pay it back."""
        former, bill = self._change_payer(self.account_a)
        account, today = self.account_a.with_user(self.user_accountant), self.account_a.partner_id
        more, double = self._import([
            ("1", OLD_TOTAL + NEW_TOTAL + 30_000, self.old_a.kdc_reference, "AN", "0071"),
            ("2", 5_000, "nop them", "AN", "0071"),
        ])  # fmt: skip
        notices = self.env["kdc.notification"].search_count([])
        more.with_user(self.user_accountant).action_accept()
        self.assertEqual((self._paid_by(more)[1], more.state), (former, "matched"))
        self.assertEqual(set(more.line_ids.mapped("former_payer")), {former.name})
        self.assertEqual((account._kdc_advance(former), account._kdc_advance()), (30_000, 0))
        self.assertEqual((bill.payment_state, self.env["kdc.notification"].search_count([])), ("not_paid", notices))
        # Paid once more for nothing at all: by hand, since nobody owes it.
        wizard = self.env["kdc.transfer.assign"].with_user(self.user_accountant).create({"transfer_id": double.id})
        wizard.part_ids = [(5, 0, 0), (0, 0, {"account_id": account.id, "payer_id": former.id, "amount": 5_000})]
        self.assertRegex(wizard.preview, f"5.000.*{former.name}")
        wizard.part_ids.payer_id = self.account_b.partner_id
        with self.assertRaisesRegex(UserError, "never paid"), self.cr.savepoint():
            wizard.action_confirm()
        wizard.part_ids.payer_id = former
        wizard.action_confirm()
        # The accountant sees it on the account of those bills, in the arrears, and among what is to be done.
        self.assertIn("35.000", account.former_words)
        self.assertEqual((account.balance, account.former_balance, account.advance), (50_000, 0, 0))
        found = account.search([("has_former_advance", "=", True), ("company_id", "=", self.company.id)])
        self.assertEqual(found, account)
        rows = self.env["kdc.arrears"].search([("partner_id", "=", former.id), ("kind", "=", "advance")])
        self.assertEqual((rows.account_id, sum(rows.mapped("amount"))), (account, -35_000))
        # What today's payer has paid is none of it, and nobody gets money who never paid here.
        self._take(self.user_collector, account, 60_000)
        values = {"reason": "Nộp thừa", "journal_id": self.journal.id, "receiver": "An", "account_id": account.id}
        returns = self.env["kdc.advance.return"].with_user(self.user_accountant)
        with self.assertRaisesRegex(ValidationError, "never paid"), self.cr.savepoint():
            returns.create({**values, "payer_id": self.account_b.partner_id.id, "amount": 1})
        self.assertEqual(account.action_advance()["context"]["default_payer_id"], today.id)
        back = returns.create({**values, "payer_id": former.id})
        with self.assertRaisesRegex(UserError, "At most"), self.cr.savepoint():
            back.amount += 1
        back.with_user(self.user_approver).action_approve()
        self.assertEqual((back.amount, back.advance), (35_000, 0))
        self.assertEqual(back.sudo().move_id.line_ids.partner_id, former)
        self.assertEqual((account._kdc_advance(former), account._kdc_advance()), (0, 10_000))
        account.invalidate_recordset()
        self.assertFalse(account.former_words or account.has_former_advance)
        with self.assertRaisesRegex(UserError, "paid back or moved on"):
            self._decide(double, "undo")

    def test_what_a_former_payer_paid_may_be_given_to_who_came_after(self):
        """The account is the same, the person is not; what he owes himself comes first."""
        former, bill = self._change_payer(self.account_a)
        [money] = self._import([("1", OLD_TOTAL + NEW_TOTAL + 30_000, self.old_a.kdc_reference)])
        money.suggestion_id.with_user(self.user_accountant).action_accept()
        self.assertEqual(self.account_a.action_advance()["context"]["default_payer_id"], former.id)
        move = {"account_id": self.account_a.id, "kind": "move", "reason": "Cha cho con"}
        returns = self.env["kdc.advance.return"].with_user(self.user_accountant)
        with self.assertRaisesRegex(ValidationError, "this customer already"), self.cr.savepoint():
            returns.create({**move, "target_account_id": self.account_a.id, "amount": 1})
        over = returns.create({**move, "target_account_id": self.account_a.id, "payer_id": former.id})
        over.with_user(self.user_approver).action_approve()
        self.assertEqual((bill.amount_residual, self.account_a._kdc_advance(former)), (20_000, 0))
        # Another change of the payer: the paper of that day still says whose money it was.
        self.account_a.partner_id = self.account_b.partner_id
        self.assertEqual(over.payer_id, former)

    def test_an_update_finds_whose_money_a_transfer_was(self):
        [transfer] = self._import([("1", OLD_TOTAL + NEW_TOTAL + 500, self.new_a.kdc_reference)])
        former, _bill = self._change_payer(self.account_a)
        self.env.cr.execute("UPDATE kdc_transfer_line SET payer_id = NULL")
        step = Path(__file__).parents[1] / "migrations" / "19.0.1.5.0" / "pre-payers.py"
        runpy.run_path(step)["migrate"](self.env.cr, "19.0.1.4.0")
        self.env.invalidate_all()
        self.assertEqual([line.payer_id for line in transfer.line_ids], [former] * 5, "the advance is the last of them")

    def test_a_number_means_todays_payer_and_a_bank_account_its_owner(self):
        [before] = self._import([("0", 1_000, self.old_a.kdc_reference, "AN", "0071")])
        former, bill = self._change_payer(self.account_a)
        number, bank = self._import([
            ("1", 50_000, f"khong ro {self.account_a.number}"), ("2", 7_000, "khong ro", "AN", "0071"),
        ])  # fmt: skip
        self.assertEqual(number.suggestion_id._debt(), self.account_a._kdc_debt())
        number.with_user(self.user_accountant).action_accept()
        self.assertEqual((bill.payment_state, self.old_a.amount_residual), ("paid", OLD_TOTAL - 1_000))
        self.assertEqual(bank.suggestion_id._debt(), before.line_ids[:1].account_id._kdc_debt(former))
        notices = self.env["kdc.notification"].search_count([])
        bank.with_user(self.user_accountant).action_accept()
        self.assertEqual(self.old_a.amount_residual, OLD_TOTAL - 8_000)
        self.assertEqual(self.env["kdc.notification"].search_count([]), notices, "the next payer is not told")

    def test_a_suggestion_goes_on_meaning_whose_bills_it_meant(self):
        """The payer may change before it is accepted; what was written before that was kept is suggested anew."""
        [waiting] = self._import([("1", OLD_TOTAL, f"khong ro {self.account_a.number}")])
        self.assertEqual(waiting.suggestion_id.display_name, self.account_a.display_name)
        former, bill = self._change_payer(self.account_a)
        [more] = self._import([("2", 900_000, self.new_a.kdc_reference)])
        self.env.invalidate_all()
        self.assertIn(former.name, waiting.suggestion_id.display_name)
        waiting.suggestion_id.with_user(self.user_accountant).action_accept()
        self.assertEqual((self.old_a.payment_state, bill.payment_state), ("paid", "not_paid"))
        more.suggestion_ids.payer_id = False
        self.assertFalse(more.suggestion_id._debt().former)
        step = Path(__file__).parents[1] / "migrations" / "19.0.1.4.0" / "post-suggestions.py"
        runpy.run_path(step)["migrate"](self.env.cr, "19.0.1.3.0")
        self.env.invalidate_all()
        self.assertEqual(more.suggestion_id._debt(), self.account_a._kdc_debt(former))

    def test_a_wrong_click_is_undone(self):
        [transfer] = self._import([("1", OLD_TOTAL, "khong ro")])
        self._assign(transfer, [(self.account_b, OLD_TOTAL)])
        self.assertEqual((transfer.state, self.old_b.payment_state), ("matched", "paid"))
        with self.assertRaises(UserError):
            self._assign(transfer, [(self.account_a, OLD_TOTAL)])
        self._decide(transfer, "undo", "Của hộ khác")
        self.assertEqual((transfer.state, transfer.reason, self.old_b.payment_state), ("open", "undone", "not_paid"))
        self.assertIn("Của hộ khác", transfer.message_ids[0].body)
        self._assign(transfer, [(self.account_a, 80_000), (self.account_b, OLD_TOTAL - 80_000)])
        self.assertEqual(round(self.old_a.amount_residual), OLD_TOTAL - 80_000)
        self.assertEqual(self._bank_balance(), OLD_TOTAL)

    def test_an_automatic_match_is_undone_with_its_advance(self):
        [transfer] = self._import([("1", OLD_TOTAL + NEW_TOTAL + 500, self.new_a.kdc_reference)])
        self._decide(transfer, "undo")
        self.assertEqual((self.old_a | self.new_a).mapped("payment_state"), ["not_paid", "not_paid"])
        self.assertEqual(self.account_a._kdc_advance(), 0)
        transfer.suggestion_id.with_user(self.user_accountant).action_accept()
        self.assertEqual((transfer.state, self.account_a._kdc_advance()), ("matched", 500))

    def test_money_that_left_again_is_not_undone(self):
        [transfer] = self._import([("1", OLD_TOTAL + NEW_TOTAL + 500, self.new_a.kdc_reference)])
        back = self.env["kdc.advance.return"].with_user(self.user_accountant).create({
            "account_id": self.account_a.id, "kind": "move", "target_account_id": self.account_b.id, "reason": "x",
        })  # fmt: skip
        back.with_user(self.user_approver).action_approve()
        with self.assertRaisesRegex(UserError, re.escape(back.move_id.name)):
            self._decide(transfer, "undo")
        self.assertEqual((transfer.state, self.account_a._kdc_advance()), ("matched", 0))

    def test_entries_change_by_the_steps_of_the_transfer_only(self):
        matched, back = self._import([("1", OLD_TOTAL, self.old_a.kdc_reference), ("2", 5_000, "x")])
        self._decide(back, "return", "Chuyển nhầm", receiver="An")
        back.with_user(self.user_approver).action_approve_return()
        partial = matched.move_id.line_ids.matched_debit_ids
        context = {"kdc_transfer_step": True, "skip_readonly_check": True, "force_delete": True}
        for step in (
            matched.move_id.button_draft, matched.move_id.button_cancel, matched.move_id._reverse_moves,
            matched.move_id.with_context(**context).button_draft, matched.move_id.line_ids.remove_move_reconcile,
            matched.statement_line_id.action_undo_reconciliation, back.statement_line_id.action_undo_reconciliation,
            back.move_id.button_draft, lambda: self.old_a.js_remove_outstanding_partial(partial.id),
        ):  # fmt: skip
            with self.assertRaises(UserError):
                step()
        self.assertEqual((self.old_a.payment_state, matched.move_id.state, back.state), ("paid", "posted", "returning"))
        # What is not for fees is the bookkeeper's.
        self._decide(back, "undo")
        self._decide(back, "other", "Kinh phí")
        back.move_id.button_draft()
        back.move_id.action_post()

    def test_the_bank_decides_the_ward(self):
        ward = self.env["res.company"].create({"name": "Phường khác"})
        wizard = self._wizard([("1", OLD_TOTAL, self.old_a.kdc_reference)])
        wizard.sudo().write({"company_id": ward.id})
        wizard.invalidate_recordset()
        self.assertEqual((wizard.company_id, wizard.journal_id.company_id), (self.company, self.company))
        wizard.action_import()
        self.assertEqual(self.old_a.payment_state, "paid")

    def test_suggestion_by_name_and_amount(self):
        [transfer] = self._import([("1", OLD_TOTAL + NEW_TOTAL, f"{self.resident_a.name} tien nuoc")])
        self.assertEqual(transfer.state, "open")
        self.assertEqual(transfer.suggestion_id.account_id, self.account_a)
        transfer.with_user(self.user_accountant).action_accept()
        self.assertEqual((transfer.state, transfer.is_automatic), ("matched", False))

    def test_the_parts_make_up_the_amount(self):
        [transfer] = self._import([("1", 9_000, "x")])
        for amounts in ([(self.account_a, 8_000)], [(self.account_a, 9_001)], [], [(self.account_a, -1)]):
            with self.subTest(amounts=amounts), self.assertRaises(UserError):
                self._assign(transfer, amounts)
        with Form(
            self.env["kdc.transfer.assign"]
            .with_user(self.user_accountant)
            .with_context(default_transfer_id=transfer.id)
        ) as form:
            self.assertEqual(form.left, 0)
            with form.part_ids.edit(0) as part:
                part.account_id = self.account_a
            self.assertIn(self.account_a.number, form.preview)

    def test_payment_at_the_counter_meanwhile(self):
        """The bill was paid in cash after the import: what the suggestion books becomes an advance."""
        [transfer] = self._import([("1", OLD_TOTAL + NEW_TOTAL, self.resident_a.name)])
        self._take(self.user_collector, self.account_a, OLD_TOTAL + NEW_TOTAL)
        transfer.suggestion_id.with_user(self.user_accountant).action_accept()
        self.assertEqual(self.account_a._kdc_advance(), OLD_TOTAL + NEW_TOTAL)

    def test_money_goes_back_with_two_persons(self):
        [transfer] = self._import([("1", 300_000, "chuyen nham", "LE VAN C", "0123")])
        with self.assertRaises(UserError):
            self._decide(transfer, "return", "Chuyển nhầm", receiver="")
        self._decide(transfer, "return", "Chuyển nhầm", user=self.user_approver_2)
        self.assertEqual((transfer.state, transfer.receiver), ("return", "LE VAN C · 0123"))
        with self.assertRaises(UserError):
            transfer.with_user(self.user_approver_2).action_approve_return()
        with self.assertRaises(AccessError):
            transfer.with_user(self.user_accountant).action_approve_return()
        transfer.with_user(self.user_approver).action_approve_return()
        self.assertEqual(transfer.state, "returning")
        self.assertNotIn(self.journal.suspense_account_id, transfer.move_id.line_ids.account_id)
        [gone, other] = self._import([("2", -300_000, "tra lai tien nham"), ("3", -11_000, "phi")], balance=20_000_000)
        self.assertEqual((gone.state, gone.suggestion_id.return_id, other.state), ("open", transfer, "other"))
        gone.with_user(self.user_accountant).action_accept()
        self.assertEqual((transfer.state, transfer.returned_by_id, gone.state), ("returned", gone, "returned"))
        held = self.env["account.move.line"].search([("account_id", "=", self.company._kdc_return_account().id)])
        self.assertEqual((sum(held.mapped("balance")), all(held.mapped("reconciled"))), (0, True))
        with self.assertRaises(UserError):
            self._decide(transfer, "undo")
        self._decide(gone, "undo")
        self.assertEqual((gone.state, transfer.state), ("open", "returning"))
        self._decide(transfer, "undo")
        self.assertEqual(transfer.state, "open")

    def test_not_for_fees(self):
        [transfer] = self._import([("1", 300_000, "NSNN cap kinh phi")])
        self._decide(transfer, "other", "Kinh phí ngân sách")
        self.assertEqual((transfer.state, transfer.note), ("other", "Kinh phí ngân sách"))
        self._decide(transfer, "undo")
        self.assertEqual(transfer.state, "open")

    def test_notice_and_portal(self):
        [transfer] = self._import([("FT77", OLD_TOTAL, self.old_a.kdc_reference)])
        notice = self.env["kdc.notification"].search([("partner_id", "=", self.resident_a.partner_id.id)], limit=1)
        self.assertIn(fmt.vnd(OLD_TOTAL).replace(" ", "").rstrip("₫"), notice.title.replace(" ", ""))
        received = self.old_a._kdc_received()
        self.assertEqual((received[0]["date"], received[0]["transfer"]), (self.today, transfer))

    def test_a_file_that_does_not_add_up_is_told(self):
        wizard = self._wizard([("1", 5_000, "a"), ("2", 6_000, "b")])
        rows = [
            HEAD,
            *[
                [fmt.date(self.today), str(i), "", "5,000", balance, "x"]
                for i, balance in enumerate(("15,000", "25,000"))
            ],
        ]
        wizard.file = base64.b64encode(sheet.write_xlsx(rows))
        wizard.action_check()
        self.assertIn("25", wizard.remark)
        with self.assertRaises(UserError):
            wizard.action_import()
        wizard.accept_remark = True
        wizard.action_import()
        self.assertEqual(wizard.statement_id.remark, wizard.remark)

    def test_another_account_is_refused(self):
        self.bank.acc_number = "9990001112"
        with self.assertRaises(UserError):
            self._wizard([("1", 5_000, "a")]).action_check()

    def _sheets(self, *sheets):
        """A workbook of several sheets."""
        book = openpyxl.Workbook()
        book.remove(book.active)
        for rows in sheets:
            page = book.create_sheet()
            for row in rows:
                page.append(row)
        data = io.BytesIO()
        book.save(data)
        return base64.b64encode(data.getvalue())

    def test_nothing_of_the_own_account_is_dropped(self):
        day = fmt.date(self.today)

        def row(number, amount, head=HEAD):
            values = {"Ngày giao dịch": day, "Số giao dịch": number, "Ghi có": f"{amount:,}", "Nội dung": "x"}
            return [values.get(name, "") for name in head]

        own, other = ["Số tài khoản: 0011001234567"], ["Số tài khoản: 9990001112"]
        narrow = [name for name in HEAD if name != "Số dư"]
        files = {
            "second sheet with headings": ([own, HEAD, row("1", 1000)], [HEAD, row("2", 2000)]),
            "second sheet without headings": ([own, HEAD, row("3", 1000)], [row("4", 2000)]),
            "a column less further down": ([own, HEAD, row("5", 1000), narrow, row("6", 2000, narrow)],),
            "another account between": ([own, HEAD, row("7", 9)], [other, HEAD, row("8", 9)], [own, HEAD, row("9", 9)]),
        }  # fmt: skip
        for name, sheets in files.items():
            with self.subTest(name):
                wizard = self._wizard([])
                wizard.file = self._sheets(*sheets)
                wizard.action_check()
                self.assertEqual(wizard.new_count, 2)
        with self.assertRaises(UserError):
            wizard.file = self._sheets([HEAD, row("a", 1)], [own, HEAD, row("b", 2)])
            wizard.action_check()

    def test_amounts_without_a_sign_are_asked(self):
        wizard = self._wizard([])
        rows = [["Ngày", "Số tiền", "Loại giao dịch", "Diễn giải"], [fmt.date(self.today), "5.000", "CK đi", "a"]]
        wizard.file = base64.b64encode(sheet.write_xlsx(rows))
        wizard.action_check()
        self.assertEqual(wizard.state, "columns")

    def test_unknown_headings_are_asked_once(self):
        rows = [["Col1", "Col2", "Col3"], [fmt.date(self.today), self.old_a.kdc_reference, "88.160"]]
        wizard = self._wizard([])
        wizard.file = base64.b64encode(sheet.write_xlsx(rows))
        wizard.action_check()
        self.assertEqual((wizard.state, wizard.column_ids.mapped("heading")), ("columns", ["Col1", "Col2", "Col3"]))
        for column, meaning in zip(wizard.column_ids, ("date", "text", "amount"), strict=True):
            column.meaning = meaning
        wizard.action_check()
        self.assertEqual((wizard.state, wizard.sure_count), ("checked", 1))
        wizard.action_import()
        self.assertEqual(self.old_a.payment_state, "paid")
        rows[1] = [fmt.date(self.today), self.new_a.kdc_reference, "217.650"]
        again = self._wizard([])
        again.file = base64.b64encode(sheet.write_xlsx(rows))
        again.action_check()
        self.assertEqual((again.state, again.by_hand, again.sure_count), ("checked", False, 1))

    def test_hostile_files(self):
        for data in (b"", b"\x00" * 30, b"<html><p>x</p></html>", b"PK\x03\x04broken", b"Ho ten;Ngay\nAn;1"):
            wizard = self._wizard([])
            wizard.file = base64.b64encode(data or b" ")
            with self.subTest(data=data):
                try:
                    wizard.action_check()
                except UserError:
                    continue
                self.assertEqual(wizard.state, "columns")


@tagged("post_install", "-at_install")
class TestTransferGift(TransferCommon):
    """Gifts by transfer count once, whether somebody booked them by hand before or not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        fund = cls.env["kdc.contribution.drive"]._default_account_id()
        cls.drive = cls.env["kdc.contribution.drive"].with_user(cls.user_accountant).create({
            "name": "Đèn", "purpose": "Đèn", "decision": "Biên bản", "company_id": cls.company.id,
            "account_id": fund.id, "date_from": cls.today - timedelta(days=30),
        })  # fmt: skip
        cls.drive.with_user(cls.user_approver).action_open()
        cls.code = reference.make_gift_reference(cls.account_a.number, cls.drive.number)

    def test_gift_by_its_code(self):
        [transfer] = self._import([("FT900001", 200_000, f"MB {self.code} ung ho")])
        self.assertEqual((transfer.state, self.drive.given), ("gift", 200_000))
        self.assertEqual(round(self.old_a.amount_residual), OLD_TOTAL)
        gift = transfer.line_ids.contribution_id
        with self.assertRaises(UserError):
            gift.with_user(self.user_approver)._cancel("x")
        with self.assertRaises(UserError):
            self._decide(transfer, "undo")
        self._decide(transfer, "undo", user=self.user_approver_2)
        self.assertEqual((transfer.state, self.drive.given, gift.state), ("open", 0, "cancelled"))
        transfer.suggestion_ids.filtered("drive_id").with_user(self.user_accountant).action_accept()
        self.assertEqual((transfer.state, self.drive.given), ("gift", 200_000))

    def _book_by_hand(self, number, amount=200_000):
        self.env["kdc.contribution.transfer"].with_user(self.user_accountant).create({
            "drive_id": self.drive.id, "text": self.code, "amount": amount, "date": self.today,
            "bank_reference": number, "journal_id": self.journal.id,
        }).action_record()  # fmt: skip

    def test_booked_by_hand_before(self):
        self._book_by_hand("FT900002")
        [transfer] = self._import([("FT900002", 200_000, self.code)])
        self.assertEqual((transfer.state, transfer.move_id.state), ("booked", "cancel"))
        self.assertEqual((self.drive.given, self._bank_balance()), (200_000, 200_000))
        self._decide(transfer, "undo")
        self.assertEqual((transfer.state, transfer.move_id.state), ("open", "posted"))

    def test_booked_by_hand_under_another_number_is_asked(self):
        self._book_by_hand("so phu ngan hang 12")
        [transfer] = self._import([("FT900003", 200_000, self.code)])
        self.assertEqual((transfer.state, transfer.reason, self.drive.given), ("open", "booked", 200_000))
        self.assertTrue(transfer.suggestion_id.entry_id)
        transfer.with_user(self.user_accountant).action_accept()
        self.assertEqual((transfer.state, self._bank_balance()), ("booked", 200_000))

    def test_a_gift_recorded_long_ago_does_not_stop_the_statement(self):
        self._book_by_hand("FT900005")
        self.drive.sudo().contribution_ids.move_id.line_ids.flush_recordset()
        self.env.cr.execute(
            "UPDATE account_move_line SET date = date - 40 WHERE move_id = %s",
            [self.drive.sudo().contribution_ids.move_id.id],
        )
        self.env.invalidate_all()
        gift, bill = self._import([("FT900005", 200_000, self.code), ("FT900006", OLD_TOTAL, self.old_a.kdc_reference)])
        self.assertEqual((gift.state, gift.reason, bill.state), ("open", "booked", "matched"))
        self.assertEqual((gift.suggestion_id.drive_id, self.drive.given), (self.drive, 200_000))

    def test_numbers_that_begin_again_are_other_gifts(self):
        gifts = self._import([("1", 200_000, self.code), ("1", 50_000, self.code)])
        self.assertEqual((gifts.mapped("state"), self.drive.given), (["gift", "gift"], 250_000))

    def test_gift_by_hand_from_outside(self):
        [transfer] = self._import([("FT900004", 50_000, "ung ho", "CTY X")])
        wizard = (
            self.env["kdc.transfer.assign"]
            .with_user(self.user_accountant)
            .create({"transfer_id": transfer.id, "kind": "gift", "drive_id": self.drive.id})
        )
        wizard.action_confirm()
        self.assertEqual((transfer.state, transfer.line_ids.contribution_id.giver_name), ("gift", "CTY X"))


@tagged("post_install", "-at_install")
class TestTransferDeposit(TransferCommon):
    """Cash that was taken to the bank arrives there, and money in transit is empty again."""

    SLIP = "GNT-0042"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deposit = cls._deposited(cls.user_collector, cls.account_a, 100_000, cls.SLIP)

    @classmethod
    def _deposited(cls, user, account, amount, slip):
        """Take cash, count, countersign, bring it to the bank."""
        key = f"{slip}-{cls.env['kdc.receipt'].search_count([])}".ljust(16, "x")
        session = cls._take(user, account, amount, key=key).session_id.with_user(user)
        session.counted_cash = session.expected_cash
        session.action_close()
        session.with_user(cls.user_accountant).action_countersign()
        action = session.with_user(cls.user_accountant).action_deposit()
        deposit = cls.env["kdc.cash.deposit"].with_user(cls.user_accountant).browse(action["res_id"])
        deposit.slip_number = slip
        deposit.action_post()
        return deposit

    def _in_transit(self):
        items = self.env["account.move.line"].search(
            [("account_id", "=", self.company.transfer_account_id.id), ("parent_state", "=", "posted")]
        )
        return round(sum(items.mapped("balance")))

    def _waiting(self):
        return self.env["kdc.cash.deposit"].search([("state", "=", "posted"), ("arrived", "=", False)])

    def test_amount_day_and_slip_prove_it(self):
        self.assertEqual((self._waiting(), self._in_transit()), (self.deposit.sudo(), 100_000))
        [transfer] = self._import([("FT1", 100_000, "NOP TIEN MAT GNT 0042 UBND")])
        self.assertEqual((transfer.state, transfer.outcome, transfer.is_automatic), ("deposit", "deposit", True))
        self.assertEqual((self.deposit.transfer_id, self.deposit.arrived), (transfer, True))
        self.assertEqual((self.deposit.arrived_on, self._in_transit()), (self.today, 0))
        self.assertFalse(self._waiting())
        self.assertEqual(transfer.statement_id.matched_count, 1)
        with self.assertRaisesRegex(UserError, "statement confirms"):
            self.deposit.with_user(self.user_approver)._cancel("x")
        self._decide(transfer, "undo", "Nhầm phiếu")
        self.assertEqual((transfer.state, self.deposit.arrived, self._in_transit()), ("open", False, 100_000))
        self.assertIn(self.SLIP, transfer.message_ids[0].body)
        self.assertEqual(transfer.suggestion_id.deposit_id, self.deposit.sudo())
        transfer.suggestion_id.with_user(self.user_accountant).action_accept()
        self.assertEqual((transfer.state, self.deposit.transfer_id, self._in_transit()), ("deposit", transfer, 0))

    def test_the_number_of_the_slip_may_be_the_number_of_the_bank(self):
        [transfer] = self._import([("GNT0042", 100_000, "NOP TIEN MAT")])
        self.assertEqual(transfer.state, "deposit")

    def test_the_amount_alone_is_a_suggestion(self):
        [transfer] = self._import([("FT1", 100_000, "NOP TIEN MAT")])
        self.assertEqual((transfer.state, transfer.reason), ("open", "deposit"))
        suggestion = transfer.suggestion_id
        self.assertEqual((suggestion.deposit_id, suggestion.display_name), (self.deposit, self.deposit.display_name))
        suggestion.with_user(self.user_accountant).action_accept()
        self.assertEqual((transfer.state, self._in_transit()), ("deposit", 0))

    def test_what_is_not_the_deposit(self):
        code = self.new_b.kdc_reference
        unknown = reference.make_reference("99999996", self.this_month)
        bill, other, strange = self._import([
            ("FT1", 100_000, f"{code} GNT0042"), ("FT2", 99_999, "GNT-0042"), ("FT3", 100_000, f"{unknown} GNT-0042"),
        ])  # fmt: skip
        # A payment code proves more than the number of a slip; another amount is another movement.
        self.assertEqual((bill.state, other.state, other.reason), ("matched", "open", "no_code"))
        self.assertEqual((strange.state, strange.reason, self.deposit.arrived), ("open", "unknown_code", False))

    def test_one_deposit_arrives_once(self):
        first, again = self._import([("FT1", 100_000, self.SLIP), ("FT2", 100_000, self.SLIP)])
        self.assertEqual((first.state, again.state, again.reason), ("deposit", "open", "no_code"))
        twin = self._deposited(self.user_collector_2, self.account_b, 100_000, self.SLIP)
        second = self._deposited(self.user_collector, self.account_a, 100_000, self.SLIP)
        [unclear] = self._import([("FT3", 100_000, self.SLIP)], balance=1)
        self.assertEqual((unclear.state, unclear.reason), ("open", "same"), "another file shows this day and amount")
        self.assertEqual(unclear.suggestion_ids.deposit_id, (twin | second).sudo())
        chosen = unclear.suggestion_ids.filtered(lambda one: one.deposit_id == second)
        chosen.with_user(self.user_accountant).action_accept()
        again.with_user(self.user_accountant).action_suggest()
        self.assertEqual(again.suggestion_ids.deposit_id, twin)

    def test_settled_by_a_bookkeeper(self):
        entry = self.env["account.move"].create({
            "journal_id": self.journal.id, "date": self.today, "line_ids": [
                (0, 0, {"account_id": self.journal.default_account_id.id, "debit": 100_000}),
                (0, 0, {"account_id": self.company.transfer_account_id.id, "credit": 100_000}),
            ],
        })  # fmt: skip
        entry.action_post()
        sent = self.deposit.sudo().move_id.line_ids.filtered("debit")
        (sent | entry.line_ids.filtered("credit")).reconcile()
        self.deposit.invalidate_recordset()
        self.assertTrue(self.deposit.arrived)
        self.assertFalse(self._waiting())
        self.assertTrue(self.deposit.with_user(self.user_collector).arrived, "its collector sees that it arrived")

    def test_an_old_deposit_is_listed(self):
        home = self.env["kdc.home"].with_user(self.user_accountant)
        [card] = [card for card in home._home_cards() if card["key"] == "deposits_not_arrived"]
        late = self.env[card["model"]].search(card["domain"])
        self.deposit.sudo().date = self.today - timedelta(days=4)
        self.assertEqual(self.env[card["model"]].search(card["domain"]) - late, self.deposit.sudo())
        self.deposit.sudo().date = self.today


@tagged("post_install", "-at_install")
class TestTransferPersonalData(TransferCommon):
    """Who sent money is told to whom it concerns, and kept no longer than the law asks."""

    def _section(self, user):
        sections = user._kdc_resident().with_user(user).sudo()._kdc_my_data()
        [found] = [section for section in sections if section["key"] == "transfers"]
        return str(found["rows"])

    def test_own_data(self):
        self._import([
            ("FT1", OLD_TOTAL, self.old_a.kdc_reference, "NGUYEN VAN AN", "0071000123456"),
            ("FT2", OLD_TOTAL, self.old_b.kdc_reference, "TRAN THI BINH", "0099000999999"),
        ])  # fmt: skip
        own = self._section(self.user_portal_a)
        self.assertIn("NGUYEN VAN AN", own)
        self.assertIn("•••3456", own)
        self.assertNotIn("0071000123456", own, "the account may be somebody else's")
        self.assertNotIn("BINH", own)
        self.assertNotIn("AN", self._section(self.user_portal_b).replace("TRAN", ""))

    def test_kept_for_ten_years_and_then_forgotten(self):
        ours, theirs = self._import([
            ("FT1", OLD_TOTAL, f"{self.old_a.kdc_reference} nguyen van an", "NGUYEN VAN AN", "0071000123456"),
            ("FT2", OLD_TOTAL, self.old_b.kdc_reference, "TRAN THI BINH", "0099000999999"),
        ])  # fmt: skip
        self.assertIn("transfers", {entry["key"] for entry in self.resident_a.sudo()._kdc_kept()})
        self.resident_a.sudo()._kdc_erase_more({"transfers"})
        self.assertEqual(ours.payer_name, "NGUYEN VAN AN")
        self.env.flush_all()
        self.env.cr.execute("UPDATE kdc_transfer SET date = date - 4000 WHERE id = %s", [ours.id])
        self.env.invalidate_all()
        self.assertNotIn("transfers", {entry["key"] for entry in self.resident_a.sudo()._kdc_kept()})
        self.resident_a.sudo()._kdc_erase_more(set())
        self.env.flush_all()
        line = ours.statement_line_id
        left = [
            *(ours[name] for name in ("payer_name", "payer_account", "text", "payer")), line.partner_name,
            line.account_number, line.payment_ref, *ours.move_id.line_ids.mapped("name"), ours.display_name,
        ]  # fmt: skip
        for word in ("an", "AN", "0071000123456"):
            self.assertNotIn(word, " ".join(map(str, left)).split())
        self.assertEqual((self.old_a.payment_state, ours.amount, ours.state), ("paid", OLD_TOTAL, "matched"))
        self.assertEqual(theirs.payer_name, "TRAN THI BINH")
        self.assertTrue(ours.statement_id.file, "it also shows movements that are kept")
        self.env.cr.execute("UPDATE kdc_transfer SET date = date + 4000 WHERE id = %s", [ours.id])
        self.env.invalidate_all()  # so that its day fits again


@tagged("post_install", "-at_install")
class TestTransferBackground(TransferCommon):
    """A long file is imported part by part: nothing is lost, doubled or different."""

    def setUp(self):
        super().setUp()
        self.patch(kdc_bank_statement_import, "AT_ONCE", 2)
        self.patch(kdc_bank_statement_import, "PART", 2)
        owed = OLD_TOTAL + NEW_TOTAL
        self.rows = [
            ("1", NEW_TOTAL, self.new_a.kdc_reference), ("2", OLD_TOTAL, self.old_a.kdc_reference),
            ("3", 500, self.new_a.kdc_reference), ("4", owed + 100, self.new_b.kdc_reference),
            ("5", OLD_TOTAL, self.old_b.kdc_reference), ("6", -11_000, "phi"), ("7", 9_000, "khong ro"),
        ]  # fmt: skip

    def _begin(self, **context):
        wizard = self._wizard(self.rows).with_context(**context)
        wizard.action_check()
        action = wizard.action_import()
        return wizard.statement_id, action

    def _work(self, statement):
        """Do what the oldest waiting job says, as the server would."""
        job = statement._import_jobs().filtered(lambda job: job.state == "pending").sorted("id")[:1]
        if job:
            job.records.with_user(job.user_id)._job_import(*job.args)
            job.with_context(_job_edit_sentinel=job.EDIT_SENTINEL).state = "done"
            statement.invalidate_recordset()
        return job

    def _results(self, statement):
        names = ("bank_reference", "amount", "outcome", "reason", "state", "is_automatic", "references")
        transfers = statement.sudo().transfer_ids.sorted("id")
        lines = [[line[name] for name in ("account_id", "move_id", "section", "amount", "remaining")]
                 for line in transfers.line_ids.sorted("id")]  # fmt: skip
        suggestions = [[row.account_id, row.reasons] for row in transfers.suggestion_ids.sorted("id")]
        return [[one[name] for name in names] for one in transfers], lines, suggestions

    def test_in_parts_with_progress_and_the_same_result(self):
        with self.cr.savepoint() as savepoint:
            whole, action = self._begin(queue_job__no_delay=True)
            self.assertIn(("state", "=", "open"), action["domain"])
            expected = self._results(whole)
            savepoint.rollback()
        self.env.invalidate_all(flush=False)
        statement, action = self._begin()
        self.assertEqual((action["res_model"], action["res_id"]), ("kdc.bank.statement", statement.id))
        self.assertEqual((statement.import_state, statement.transfer_count), ("working", 0))
        self.assertTrue(self._work(statement))
        self.assertEqual((statement.import_done, statement.import_total, statement.transfer_count), (2, 7, 2))
        with self.assertRaisesRegex(UserError, re.escape(statement.name)):
            self._import([("8", 1_000, "x")])
        while self._work(statement):
            pass
        self.assertFalse(statement.import_state or statement.sudo().rows or statement.importing_since)
        self.assertEqual(self._results(statement), expected)
        self.assertEqual(self._bank_balance(), sum(amount for _number, amount, _text in self.rows))

    def test_a_part_done_twice_or_overtaken_adds_nothing(self):
        statement, _action = self._begin()
        for done in (0, 0, 2, 2, 6):
            statement._job_import(done)
        self.assertEqual((statement.import_done, statement.transfer_count), (4, 4))

    def test_failed_work_is_told_and_goes_on(self):
        statement, _action = self._begin()
        self._work(statement)
        job = statement._import_jobs().filtered(lambda job: job.state == "pending")
        job.with_context(_job_edit_sentinel=job.EDIT_SENTINEL).write({"state": "failed", "exc_message": "Mất điện"})
        statement.invalidate_recordset()
        self.assertEqual((statement.import_state, statement.import_problem), ("stopped", "Mất điện"))
        self.assertEqual(statement.sudo().activity_ids.user_id, self.user_accountant)
        with self.assertRaises(AccessError):
            statement.with_user(self.user_approver).action_continue_import()
        # What is paid at the counter meanwhile is seen by the parts that follow.
        self._take(self.user_collector_2, self.account_b, OLD_TOTAL + NEW_TOTAL)
        statement.action_continue_import()
        while self._work(statement):
            pass
        states = statement.sudo().transfer_ids.sorted("id").mapped("state")
        self.assertEqual(states, ["matched", "matched", "open", "open", "open", "other", "open"])
        self._assert_written_by_steps_only(statement)

    def test_what_stops_each_time_is_given_up_and_comes_again(self):
        statement, _action = self._begin()
        self._work(statement)
        statement.action_give_up_rest()
        self.assertEqual(statement.import_state, "working", "Only what has stopped is given up.")
        job = statement._import_jobs().filtered(lambda job: job.state == "pending")
        job.with_context(_job_edit_sentinel=job.EDIT_SENTINEL).write({"state": "failed", "exc_message": "Khóa sổ"})
        statement.invalidate_recordset()
        with self.assertRaises(AccessError):
            statement.with_user(self.user_approver).action_give_up_rest()
        statement.action_give_up_rest()
        self.assertFalse(statement.import_state or statement.sudo().rows)
        self.assertIn("Khóa sổ", statement.remark)
        again, _action = self._begin()
        while self._work(again):
            pass
        self.assertEqual((statement.transfer_count, again.transfer_count), (2, 5))
        self.assertEqual(self._bank_balance(), sum(amount for _number, amount, _text in self.rows))

    def _assert_written_by_steps_only(self, statement):
        for vals in ({"import_done": 0}, {"rows": []}, {"importing_since": fields.Datetime.now()}):
            with self.assertRaises(AccessError):
                statement.with_user(self.user_accountant).write(vals)


@tagged("post_install", "-at_install")
class TestTransferRights(TransferCommon):
    """The accountant imports and matches; others read, or see nothing."""

    STRANGERS = ("user_collector", "user_officer", "user_staff", "user_area_head", "user_portal_a")

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_only_the_accountant_decides(self):
        [transfer] = self._import([("1", OLD_TOTAL, self.resident_a.name)])
        for role in ("user_approver", "user_auditor", *self.STRANGERS):
            user = getattr(self, role)
            for call in (
                lambda user=user: transfer.with_user(user).action_accept(),
                lambda user=user: transfer.suggestion_ids.with_user(user).action_accept(),
                lambda user=user: transfer.with_user(user).action_suggest(),
                lambda user=user: self._decide(transfer, "other", user=user),
                lambda user=user: transfer.with_user(user).write({"state": "matched"}),
            ):
                with self.subTest(role=role), self.assertRaises(AccessError):
                    call()
        self.assertEqual(transfer.state, "open")

    def test_another_ward_sees_nothing(self):
        [transfer] = self._import([("1", OLD_TOTAL, "x")])
        ward = self.env["res.company"].create({"name": "Phường khác"})
        stranger = self._create_user("kdc_stranger", "kdc_utilities.group_accountant")
        stranger.write({"company_ids": [(6, 0, ward.ids)], "company_id": ward.id})
        foreign = transfer.with_user(stranger).with_context(allowed_company_ids=ward.ids)
        self.assertFalse(foreign.search([("id", "=", transfer.id)]))
        with self.assertRaises(AccessError):
            foreign.action_suggest()

    def test_nothing_is_deleted(self):
        [transfer] = self._import([("1", 1_000, "x")])
        for record in (transfer, transfer.statement_id):
            with self.assertRaises(UserError):
                record.unlink()
