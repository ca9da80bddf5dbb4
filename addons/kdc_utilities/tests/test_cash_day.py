import base64
import io
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger
from PIL import Image
from psycopg2 import IntegrityError
from pypdf import PdfReader

from ..models.kdc_cash_count import DENOMINATIONS
from .collection_common import CollectionCommon


class CashDayCommon(CollectionCommon):
    """One drawer with 600,000 in it: a float of 500,000 and a receipt of 100,000."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.receipt = cls._take(cls.user_collector, cls.account_a, 100_000, key="cash-day" * 2)
        cls.drawer = cls.receipt.session_id.with_user(cls.user_collector)
        cls.desk = cls.receipt.journal_id

    @classmethod
    def _close(cls, session, counted, reason=False):
        """Count and close as the session's collector."""
        session = session.with_user(session.user_id)
        session.write({"counted_cash": counted, "difference_reason": reason})
        session.action_close()
        return session

    @classmethod
    def _notes(cls, session, **pieces):
        """Return the commands that a form sends when notes are counted, e.g. ``_notes(session, n500000=1)``."""
        wanted = {int(name[1:]): number for name, number in pieces.items()}
        return [
            Command.update(line.id, {"pieces": wanted[round(line.denomination)]})
            for line in session.count_ids
            if round(line.denomination) in wanted
        ]

    def _balance(self, account):
        """Return what is posted on an account of the ward."""
        self.env.flush_all()
        [[balance]] = self.env["account.move.line"]._read_group(
            [("account_id", "=", account.id), ("parent_state", "=", "posted"), ("company_id", "=", self.company.id)],
            [], ["balance:sum"],
        )  # fmt: skip
        return round(balance or 0)


@tagged("post_install", "-at_install")
class TestCashCount(CashDayCommon):
    """The drawer counted note by note."""

    def test_every_session_has_its_denominations(self):
        self.assertEqual(tuple(map(round, self.drawer.count_ids.mapped("denomination"))), DENOMINATIONS)
        self.assertFalse(self.drawer.counted_by_notes)
        self.assertEqual((self.drawer.counted_cash, self.drawer.difference), (0, 0))

    def test_the_notes_make_up_what_is_counted(self):
        self.drawer.write({"count_ids": self._notes(self.drawer, n500000=1, n50000=1, n20000=2, n5000=1, n500=9)})
        self.assertEqual((self.drawer.counted_cash, self.drawer.difference), (599_500, -500))
        with self.assertRaises(UserError):
            self.drawer.action_close()
        self.drawer.write({"count_ids": self._notes(self.drawer, n500=10)})
        self.drawer.action_close()
        self.assertEqual((self.drawer.counted_cash, self.drawer.difference), (600_000, 0))

    def test_a_form_counts_while_typing_and_keeps_the_sum_from_being_typed(self):
        with Form(self.drawer) as form:
            with form.count_ids.edit(0) as line:
                line.pieces = 1
            self.assertEqual((form.counted_cash, form.difference), (500_000, -100_000))
            with self.assertRaises(AssertionError):
                form.counted_cash = 1
            with form.count_ids.edit(2) as line:
                line.pieces = 1
            self.assertEqual(form.counted_cash, 600_000)
        self.assertEqual((self.drawer.counted_cash, self.drawer.difference), (600_000, 0))

    def test_who_does_not_count_by_notes_types_the_sum(self):
        self.drawer.counted_cash = 600_000
        self.drawer.action_close()
        self.assertFalse(self.drawer.counted_by_notes)

    def test_another_sum_than_that_of_the_notes_is_refused(self):
        self.drawer.write({"count_ids": self._notes(self.drawer, n500000=1)})
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.drawer.counted_cash = 600_000

    def test_notes_are_not_negative(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.drawer.count_ids[0].pieces = -1
            self.env.flush_all()

    def test_only_pieces_are_written_only_by_the_collector_and_only_while_open(self):
        line = self.drawer.count_ids[0]
        for values in ({"denomination": 1}, {"session_id": self.drawer.id}, {"subtotal": 1}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                line.write(values)
        for user in (self.user_collector_2, self.user_accountant):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                line.with_user(user).write({"pieces": 1})
        for command in (Command.create({"denomination": 1}), Command.delete(line.id)):
            with self.subTest(command=command[0]), self.assertRaises(AccessError):
                self.drawer.write({"count_ids": [command]})
        self._close(self.drawer, 600_000)
        with self.assertRaises(UserError):
            line.pieces = 1

    def test_lines_of_another_drawer_are_not_taken_over(self):
        other = self._take(self.user_collector_2, self.account_b, 1_000, key="other-drawer").session_id
        with self.assertRaises(AccessError):
            self.drawer.write({"count_ids": [Command.link(other.count_ids[0].id)]})


@tagged("post_install", "-at_install")
class TestCashDifference(CashDayCommon):
    """What two persons counted too much or too little is booked, and awaits its resolution."""

    def _differ(self, counted):
        self._close(self.drawer, counted, "Thối nhầm")
        self.drawer.with_user(self.user_accountant).action_countersign()
        return self.drawer.sudo().difference_move_id

    def test_shortage(self):
        entry = self._differ(598_000)
        self.assertEqual(entry.state, "posted")
        self.assertEqual(entry.journal_id, self.desk)
        self.assertEqual(entry.line_ids.partner_id, self.user_collector.partner_id)
        self.assertEqual(
            {line.account_id.code: line.balance for line in entry.line_ids},
            {"13811": 2_000, self.desk.default_account_id.code: -2_000},
        )
        self.assertEqual(self._balance(self.desk.default_account_id), 98_000)
        self.assertIn("Thối nhầm", entry.ref)

    def test_surplus_needs_no_receipt(self):
        entry = self._differ(600_500)
        self.assertEqual(
            {line.account_id.code: line.balance for line in entry.line_ids},
            {"33811": -500, self.desk.default_account_id.code: 500},
        )

    def test_no_difference_no_entry(self):
        self.assertFalse(self._differ(600_000))

    def test_the_day_is_the_closing_day_in_vietnam(self):
        """Half past midnight in Nha Trang is still the day before in UTC."""
        with patch.object(fields.Datetime, "now", lambda *_args: fields.Datetime.to_datetime("2026-05-03 17:30:00")):
            self._close(self.drawer, 598_000, "Thối nhầm")
        self.drawer.with_user(self.user_approver).action_countersign()
        day = fields.Date.to_date("2026-05-04")
        self.assertEqual(self.drawer.sudo().difference_move_id.date, day)
        self.assertIn(day, self.env["kdc.proof"]._days(self.company))

    def test_a_desk_without_these_accounts_gets_them_on_first_use(self):
        """Desks made by hand, or before these accounts were used, have Odoo's own or none; other charts none at all."""
        accounts = self.env["account.account"].search(
            [("company_ids", "in", self.company.ids), ("code", "in", ("13811", "33811"))]
        )
        for account in accounts.with_company(self.company):
            account.code = f"{account.code[:-1]}9"
        self.desk.loss_account_id = False
        self.desk.profit_account_id = self.company.default_cash_difference_income_account_id
        entry = self._differ(598_000)
        self.assertEqual(entry.line_ids.account_id - self.desk.default_account_id, self.desk.loss_account_id)
        self.assertEqual((self.desk.loss_account_id.code, self.desk.profit_account_id.code), ("13811", "33811"))
        self.assertEqual(self.desk.loss_account_id.account_type, "asset_current")

    def test_the_entry_is_protected(self):
        entry = self._differ(598_000).with_user(self.user_accountant)
        for action in (entry.button_draft, entry.button_cancel, entry._reverse_moves):
            with self.subTest(action=action.__name__), self.assertRaises(UserError), self.env.cr.savepoint():
                action()
        with self.assertRaises(AccessError):
            self.drawer.difference_move_id = False

    def test_accounts_chosen_by_the_accountant_stay(self):
        self.desk.loss_account_id = self.company.expense_account_id
        self.desk.profit_account_id = self.company.default_cash_difference_income_account_id
        self.company._kdc_setup_utilities()
        self.assertEqual(self.desk.loss_account_id, self.company.expense_account_id)
        self.assertEqual(self.desk.profit_account_id.code, "33811")


@tagged("post_install", "-at_install")
class TestCashDeposit(CashDayCommon):
    """Counted money goes from the desk to the bank, exactly once."""

    def _countersigned(self, session=None, counted=600_000):
        session = self._close(session or self.drawer, counted, "Thối nhầm")
        session.with_user(self.user_accountant).action_countersign()
        return session.with_user(self.user_accountant)

    def _prepared(self, sessions):
        deposit = self.env["kdc.cash.deposit"].with_user(self.user_accountant)
        return deposit.browse(sessions.with_user(self.user_accountant).action_deposit()["res_id"])

    def _deposited(self, sessions):
        deposit = self._prepared(sessions)
        deposit.slip_number = "GNT-001"
        deposit.action_post()
        return deposit

    def test_sessions_propose_what_is_left_and_the_float_stays(self):
        session = self._countersigned(counted=598_000)
        self.assertEqual((session.deposited, session.to_deposit), (0, 98_000))
        deposit = self._deposited(session)
        self.assertEqual(
            (deposit.state, deposit.amount, deposit.posted_by_id), ("posted", 98_000, self.user_accountant)
        )
        self.assertEqual((session.deposited, session.to_deposit), (98_000, 0))
        self.assertEqual(self._balance(self.desk.default_account_id), 0)
        self.assertEqual(self._balance(self.company.transfer_account_id), 98_000)
        with self.assertRaises(UserError):
            session.action_deposit()

    def test_less_is_left_for_another_deposit_and_more_is_refused(self):
        session = self._countersigned()
        deposit = self._prepared(session)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            deposit.line_ids.amount = 100_001
        deposit.line_ids.amount = 60_000
        deposit.slip_number = "GNT-001"
        deposit.action_post()
        self.assertEqual((session.deposited, session.to_deposit), (60_000, 40_000))
        self.assertEqual(self._deposited(session).amount, 40_000)

    def test_the_same_money_is_not_deposited_twice(self):
        session = self._countersigned()
        first, second = self._prepared(session), self._prepared(session)
        (first | second).slip_number = "GNT-001"
        first.action_post()
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            second.action_post()
        with self.assertRaises(UserError):
            first.action_post()

    def test_only_countersigned_sessions_and_only_with_a_slip(self):
        with self.assertRaises(UserError):
            self.drawer.with_user(self.user_accountant).action_deposit()
        deposit = self._prepared(self._countersigned())
        for values in ({"slip_number": "  "}, {"slip_number": "1", "date": "2199-01-01"}, {"line_ids": [(5, 0, 0)]}):
            with self.subTest(values=values), self.assertRaises(UserError), self.env.cr.savepoint():
                deposit.write(values)
                deposit.action_post()

    def test_not_more_than_the_desk_holds(self):
        session = self._countersigned()
        self.env["account.move"].create({
            "journal_id": self.desk.id, "date": self.receipt.date,
            "line_ids": [
                Command.create({"account_id": self.company.expense_account_id.id, "debit": 30_000}),
                Command.create({"account_id": self.desk.default_account_id.id, "credit": 30_000}),
            ],
        }).action_post()  # fmt: skip
        with self.assertRaisesRegex(UserError, "less than"), self.env.cr.savepoint():
            self._deposited(session)

    def test_booked_deposits_stay(self):
        session = self._countersigned()
        draft = self._prepared(session)
        draft.unlink()
        deposit = self._deposited(session)
        for change in (
            lambda: deposit.write({"slip_number": "other"}),
            lambda: deposit.line_ids.write({"amount": 1}),
            deposit.line_ids.unlink,
            deposit.unlink,
            deposit.move_id.button_draft,
            deposit.move_id._reverse_moves,
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                change()
        with self.assertRaises(AccessError):
            deposit.write({"state": "draft"})
        with self.assertRaises(AccessError):
            self._prepared_by_hand(state="posted")

    def _prepared_by_hand(self, **values):
        deposits = self.env["kdc.cash.deposit"].with_user(self.user_accountant)
        return deposits.create({"company_id": self.company.id, "journal_id": self.desk.id} | values)

    def test_cancelled_by_somebody_else_with_a_reason(self):
        session = self._countersigned()
        deposit = self._deposited(session)
        with self.assertRaises(UserError):
            deposit._cancel("Tự hủy")
        approver = deposit.with_user(self.user_approver)
        with self.assertRaises(UserError):
            approver._cancel("  ")
        with self.assertRaises(AccessError):
            deposit.with_user(self.user_collector)._cancel("Không được phép")
        wizard = self.env["kdc.cash.deposit.cancel"].with_user(self.user_approver)
        wizard.create({"deposit_id": deposit.id, "reason": "Ngân hàng trả lại"}).action_confirm()
        self.assertEqual((deposit.state, deposit.move_id.state), ("cancelled", "cancel"))
        self.assertEqual((session.deposited, session.to_deposit), (0, 100_000))
        self.assertEqual(self._balance(self.desk.default_account_id), 100_000)
        with self.assertRaises(UserError):
            approver._cancel("Lần nữa")
        self.assertEqual(self._deposited(session).amount, 100_000)

    def test_the_slip_is_a_photo_or_a_pdf(self):
        deposit = self._prepared(self._countersigned())
        picture = io.BytesIO()
        Image.new("RGB", (20, 20), "white").save(picture, "PNG")
        deposit.slip = base64.b64encode(picture.getvalue())
        self.assertTrue(base64.b64decode(deposit.slip).startswith(b"\xff\xd8"), "encoded anew as JPEG")
        deposit.slip = base64.b64encode(b"%PDF-1.4 slip")
        for content in (b"<svg onload='x'/>", b"<html>", b"MZ\x90", b"x" * (10 * 1024 * 1024 + 10)):
            with self.subTest(content=content[:9]), self.assertRaises(UserError), self.env.cr.savepoint():
                deposit.slip = base64.b64encode(content)

    def test_collectors_see_deposits_of_their_sessions(self):
        other = self._take(self.user_collector_2, self.account_b, 1_000, key="other-drawer").session_id
        mine = self._deposited(self._countersigned())
        theirs = self._deposited(self._countersigned(other, 501_000))
        both = mine | theirs
        for user, seen in ((self.user_collector, mine), (self.user_collector_2, theirs), (self.user_auditor, both)):
            with self.subTest(user=user.login):
                found = self.env["kdc.cash.deposit"].with_user(user).search([("id", "in", both.ids)])
                self.assertEqual(found, seen.sorted(lambda deposit: -deposit.id))
                self.assertEqual(found.line_ids, seen.line_ids)
        with self.assertRaises(AccessError):
            self.drawer.action_deposit()


@tagged("post_install", "-at_install")
class TestCashSheet(CashDayCommon):
    """The paper that goes with the money."""

    def _text(self, session):
        reader = PdfReader(io.BytesIO(self.env["kdc.cash.sheet.pdf"]._render(session.sudo())))
        self.assertEqual(len(reader.pages), 1)
        return " ".join(reader.pages[0].extract_text().replace("\u00a0", " ").split())

    def test_open_drawer_has_fields_to_fill_in(self):
        text = self._text(self.drawer)
        for words in ("BIÊN BẢN KIỂM KÊ QUỸ", "chưa đếm", "600.000 ₫", "200.000 ₫", "500 ₫"):
            self.assertIn(words, text)

    def test_counted_drawer(self):
        self.drawer.write(
            {
                "count_ids": self._notes(self.drawer, n500000=1, n50000=1, n20000=2, n5000=1),
                "difference_reason": "Rách",
            }
        )
        self.drawer.action_close()
        text = self._text(self.drawer)
        for words in (
            "595.000 ₫", "−5.000 ₫", "Rách", "Năm trăm chín mươi lăm nghìn đồng", self.user_collector.name,
        ):  # fmt: skip
            self.assertIn(words, text)


@tagged("post_install", "-at_install")
class TestCashSheetDownload(CashDayCommon, HttpCase):
    """Who may open the paper."""

    def test_only_who_sees_the_session(self):
        url = f"/kdc/cash-sessions/pdf?ids={self.drawer.id}"
        for user, status in ((self.user_collector, 200), (self.user_accountant, 200), (self.user_collector_2, 404)):
            with self.subTest(user=user.login):
                self.authenticate(user.login, user.login)
                self.assertEqual(self.url_open(url).status_code, status)
