import io

import openpyxl
from lxml import etree
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .collection_common import CollectionCommon


@tagged("post_install", "-at_install")
class TestCashBook(CollectionCommon):
    """The cash book of a desk says what account 111 and the proof of the day say."""

    def _book(self, user=None, **vals):
        books = self.env["kdc.cash.book"].with_user(user or self.user_accountant)
        return books.with_context(allowed_company_ids=self.company.ids).create(vals)

    def _day(self):
        """Two receipts, one cancelled, a drawer that is 1,000 short, its deposit."""
        kept = self._take(self.user_collector, self.account_a, 100_000, key="kept" * 4)
        wrong = self._take(self.user_collector, self.account_a, 5_000, key="wrong" * 4)
        wrong.with_user(self.user_accountant)._cancel("Gõ nhầm số tiền")
        session = kept.session_id.with_user(self.user_collector)
        session.write({"counted_cash": 599_000, "difference_reason": "Thối nhầm"})
        session.action_close()
        office = session.with_user(self.user_accountant)
        office.action_countersign()
        deposit = self.env["kdc.cash.deposit"].browse(office.action_deposit()["res_id"]).with_user(self.user_accountant)
        deposit.slip_number = "GNT-01"
        deposit.action_post()
        return kept, wrong, deposit

    def test_every_movement_of_the_day_with_its_paper(self):
        kept, wrong, deposit = self._day()
        book = self._book()
        self.assertEqual((book.opening, book.money_in, book.money_out, book.closing), (0, 100_000, 100_000, 0))
        rows = {(line.document, round(line.money_in - line.money_out)) for line in book.line_ids}
        self.assertEqual(
            rows, {(kept.name, 100_000), (wrong.name, 0), (kept.session_id.name, -1_000), ("GNT-01", -99_000)}
        )
        self.assertIn("Gõ nhầm số tiền", book.line_ids.filtered(lambda line: line.document == wrong.name).name)
        self.assertEqual(book.line_ids[0].action_open()["res_model"], "kdc.receipt")
        self.assertEqual(book.line_ids[-1].balance, book.closing)

    def test_it_is_account_111_and_goes_on_where_it_ended(self):
        receipt = self._take(self.user_collector, self.account_a, 100_000, key="kept" * 4)
        book = self._book()
        desk = receipt.journal_id.default_account_id
        items = self.env["account.move.line"].search([("account_id", "=", desk.id), ("parent_state", "=", "posted")])
        self.assertEqual(round(book.closing), round(sum(items.mapped("balance"))))
        proof = {check.name: check for check in self.env["kdc.proof"]._prove(self.company, book.date_from)}
        self.assertEqual(
            round(book.money_in), proof["Each amount that came into the desk has a receipt"].comparison.totals[0]
        )
        self.env.cr.execute("UPDATE account_move_line SET date = date - 3 WHERE id IN %s", [tuple(items.ids)])
        self.env.invalidate_all()
        book.action_again()
        self.assertEqual((book.opening, book.closing, len(book.line_ids)), (100_000, 100_000, 0))
        book.date_from = book.date_to = book.date_from
        day = book.date_from
        book.action_previous()
        self.assertLess(book.date_to, day)
        self.env.cr.execute("UPDATE account_move_line SET date = date + 3 WHERE id IN %s", [tuple(items.ids)])
        self.env.invalidate_all()

    def test_paper_adds_up(self):
        self._day()
        book = self._book()
        self.assertTrue(book._book_file("pdf")[0].startswith(b"%PDF"))
        sheet = openpyxl.load_workbook(io.BytesIO(book._book_file("xlsx")[0])).active
        rows = [row for row in sheet.iter_rows(values_only=True) if isinstance(row[5], (int, float))]
        self.assertEqual(rows[-1][3:6], (100_000, 100_000, 0))
        self.assertEqual(sum(row[3] or 0 for row in rows[1:-1]), 100_000)

    def test_register_holds_the_cancelled_ones_too(self):
        kept, wrong, _deposit = self._day()
        action = self._book().action_register()
        found = self.env["kdc.receipt"].with_user(self.user_auditor).search(action["domain"])
        self.assertEqual(found, wrong | kept)

    def test_each_amount_opens_the_items_it_is_the_sum_of(self):
        """For approvers and auditors too, who see the numbers without keeping the books."""
        self._take(self.user_collector, self.account_a, 100_000, key="kept" * 4)
        for user in (self.user_accountant, self.user_approver, self.user_auditor):
            book = self._book(user)
            for column, sign in (("opening", 1), ("money_in", 1), ("money_out", -1), ("closing", 1)):
                with self.subTest(user=user.login, column=column):
                    action = book.action_open_amount(column)
                    items = self.env[action["res_model"]].with_user(user).search(action["domain"])
                    self.assertEqual(sign * round(sum(items.mapped("balance"))), book[column])
                    views = items.get_views(action["views"])["views"]
                    columns = set(etree.fromstring(views["list"]["arch"]).xpath("//field/@name"))
                    self.assertTrue({"debit", "credit"} <= columns)
                    self.assertTrue(items.web_read({"account_id": {"fields": {"display_name": {}}}}) or not items)
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            book.with_user(self.user_collector).action_open_amount("closing")

    def test_who_may_and_what_is_refused(self):
        for user in (self.user_collector, self.user_officer, self.user_portal_a):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._book(user)
        self.assertTrue(self._book(self.user_auditor).display_name)
        self.assertTrue(self._book(self.user_approver)._book_file("pdf")[0])
        bank = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        with self.assertRaises(UserError):
            self._book(journal_id=bank.id)
        with self.assertRaises(UserError):
            self._book(date_to="2020-01-01")
