import base64
from datetime import date

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from odoo import fields
from odoo.addons.kdc_residents.tests.common import QUIET
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL, mute_logger
from psycopg2 import IntegrityError

from ..engine.apportion import apportion
from ..report.book import to_pdf
from .collection_common import CollectionCommon
from .test_pdf_documents import pdf_text

PAPER = base64.b64encode(b"%PDF-1.4 hoa don")


class FundCommon(CollectionCommon):
    """A fund with one drive of the ward, and 300,000 đồng given to it in cash."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        drive = cls.env["kdc.contribution.drive"].with_user(cls.user_accountant).create(
            {"name": "Quỹ đèn hẻm", "purpose": "Mua đèn", "decision": "Biên bản họp"}
        )  # fmt: skip
        drive.with_user(cls.user_approver).action_open()
        cls.drive = drive.sudo()
        cls.fund = cls.env["kdc.fund"].create({
            "name": "Quỹ đèn hẻm", "account_id": cls.drive.account_id.id, "purpose": "Mua và lắp đèn",
            "decision": "Biên bản họp tổ dân phố",
        })  # fmt: skip
        cls._counter(cls.user_collector)
        cls.drawer = cls.env["kdc.cash.session"].search([("user_id", "=", cls.user_collector.id)], limit=1)
        cls.env["kdc.receipt"]._collect(
            cls.drawer, cls.account_a, apportion(0, []), client_key="gift" * 4, gifts=((cls.drive, 300_000),)
        )
        cls.bank_journal = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        )
        cls.today = fields.Date.context_today(cls.env.user)

    def _spending(self, user=None, **vals):
        return self.env["kdc.fund.spending"].with_user(user or self.user_accountant).with_context(**QUIET).create({
            "name": "Mua 2 đèn LED", "fund_id": self.fund.id, "amount": 100_000, "payee": "Trần Thị Bán Đèn",
            "decision": "Tổ trưởng, 12/11", "journal_id": self.bank_journal.id, "paper": PAPER, "date": self.today,
            **vals,
        })  # fmt: skip

    def _cash(self, **vals):
        return self._spending(**{"journal_id": self.drawer.journal_id.id, "session_id": self.drawer.id, **vals})


@tagged("post_install", "-at_install")
class TestFund(FundCommon):
    """Money of the residents: income from the ledger, spending with two persons, never below zero."""

    def test_income_comes_from_the_ledger(self):
        self.assertEqual((self.fund.income, self.fund.spent, self.fund.balance), (300_000, 0, 300_000))

    def test_paid_by_bank_with_two_persons(self):
        spending = self._spending()
        with self.assertRaises(AccessError):
            spending.action_approve()
        spending.with_user(self.user_approver).action_approve()
        self.assertEqual((self.fund.income, self.fund.spent, self.fund.balance), (300_000, 100_000, 200_000))
        entry = spending.sudo().move_id
        self.assertEqual(
            {line.account_id: round(line.balance) for line in entry.line_ids},
            {self.fund.account_id: 100_000, self.bank_journal.default_account_id: -100_000},
        )
        for action in (entry.button_draft, entry.button_cancel, entry._reverse_moves):
            with self.assertRaises(UserError):
                action()
        with self.assertRaises(UserError):
            spending.amount = 1
        with self.assertRaises(UserError):
            spending.unlink()

    def test_whoever_prepared_it_cannot_approve_it(self):
        both = self._create_user("kdc_both", "kdc_utilities.group_accountant")
        both.group_ids |= self.env.ref("kdc_utilities.group_approver")
        spending = self._spending(both)
        self.assertFalse(spending.can_approve)
        with self.assertRaises(UserError):
            spending.action_approve()
        with self.assertRaises(AccessError):
            spending.write({"state": "posted"})
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            spending.sudo().write({"approved_by_id": both.id})
            self.env.flush_all()

    def test_never_below_zero_and_never_without_paper(self):
        with self.assertRaises(UserError):
            self._spending(amount=300_001).with_user(self.user_approver).action_approve()
        with self.assertRaises(UserError):
            self._spending(paper=False).with_user(self.user_approver).action_approve()
        with self.assertRaises(UserError):
            self._spending(paper=base64.b64encode(b"<svg/>"))
        with self.assertRaises(UserError):
            self._spending(date=self.today + relativedelta(days=1)).with_user(self.user_approver).action_approve()
        self.assertEqual(self.fund.balance, 300_000)

    def test_cash_leaves_an_open_drawer_and_fits_in_the_evening(self):
        with self.assertRaises(UserError):
            self._cash(session_id=False).with_user(self.user_approver).action_approve()
        spending = self._cash()
        spending.with_user(self.user_approver).action_approve()
        session = self.drawer
        self.assertEqual((session.paid_out, session.expected_cash), (100_000, 500_000 + 200_000))
        owner = session.with_user(self.user_collector)
        owner.counted_cash = 700_000
        owner.action_close()
        session.with_user(self.user_accountant).action_countersign()
        self.assertEqual((session.difference, session.to_deposit), (0, 200_000))
        with self.assertRaises(UserError):
            spending._undo("Nhầm")
        book = self.env["kdc.cash.book"].with_user(self.user_accountant).create({"journal_id": session.journal_id.id})
        self.assertEqual((book.money_in, book.money_out, book.closing), (300_000, 100_000, 200_000))
        self.assertEqual(book.line_ids[-1].res_model, "kdc.fund.spending")

    def test_a_drawer_keeps_what_the_bank_pays(self):
        held = self.drawer.expected_cash
        spending = self._spending(session_id=self.drawer.id)
        spending.with_user(self.user_approver).action_approve()
        self.assertEqual((spending.state, spending.session_id.id), ("posted", False))
        self.assertEqual(self.drawer.expected_cash, held)

    def test_approvals_at_the_same_time_are_told_apart(self):
        """Approving writes the locked row: whoever locks it with an older snapshot is refused by PostgreSQL."""
        version = SQL("SELECT ctid::text FROM kdc_fund WHERE id = %s", self.fund.id)
        before = self.env.execute_query(version)
        self._spending().with_user(self.user_approver).action_approve()
        self.assertNotEqual(self.env.execute_query(version), before)

    def test_account_stays_once_the_fund_has_money(self):
        other = self.fund.account_id.copy({"code": "33889", "name": "Khác"})
        with self.assertRaises(ValidationError):
            self.fund.with_user(self.user_accountant).account_id = other
        water = self.services.filtered(lambda service: service.code == "NUOC")
        remittances = self.env["kdc.remittance"]
        provider = remittances._accounts_of(remittances._services_of(self.company, water.provider_id))[:1]
        vals = {"name": "Quỹ mới", "purpose": "Mua đèn", "decision": "Biên bản"}
        funds = self.env["kdc.fund"].with_user(self.user_accountant)
        with self.assertRaises(ValidationError):
            funds.create({**vals, "account_id": provider.id})
        tax = self.env["account.tax.repartition.line"].search(
            [("company_id", "=", self.company.id), ("account_id.internal_group", "=", "liability")], limit=1
        )
        with self.assertRaises(ValidationError):
            funds.create({**vals, "account_id": tax.account_id.id})
        unused = funds.create({**vals, "account_id": other.id})
        unused.account_id = other.sudo().copy({"code": "33888", "name": "Khác nữa"})

    def test_paid_from_desk_or_bank_only(self):
        general = self.env["account.journal"].search(
            [("type", "=", "general"), ("company_id", "=", self.company.id)], limit=1
        )
        with self.assertRaises(ValidationError):
            self._spending(journal_id=general.id)
        spending = self._spending()
        with self.assertRaises(ValidationError):
            spending.journal_id = general

    def test_more_than_the_drawer_holds_is_refused(self):
        self.env["kdc.receipt"]._collect(
            self.drawer, self.account_a, apportion(0, []), client_key="more" * 4, gifts=((self.drive, 300_000),)
        )
        self._cash(amount=550_000).with_user(self.user_approver).action_approve()
        with self.assertRaises(UserError):
            self._cash(amount=50_001).with_user(self.user_approver).action_approve()

    def test_cancelled_with_a_reason_by_another(self):
        spending = self._cash()
        spending.with_user(self.user_approver).action_approve()
        with self.assertRaises(UserError):
            spending.with_user(self.user_approver)._undo("Nhầm")
        with self.assertRaises(UserError):
            spending._undo(" ")
        self.env["kdc.books.undo"].with_user(self.user_accountant).create(
            {"res_model": spending._name, "res_id": spending.id, "reason": "Nhầm hóa đơn"}
        ).action_confirm()
        self.assertEqual((spending.state, self.fund.balance, self.drawer.paid_out), ("cancelled", 300_000, 0))

    def test_proof_finds_money_that_left_without_the_fund(self):
        spending = self._spending().sudo()
        spending.with_user(self.user_approver).action_approve()
        self.env.cr.execute("UPDATE account_move_line SET debit = debit + 1, balance = balance + 1 WHERE move_id = %s "
                            "AND debit > 0", [spending.move_id.id])  # fmt: skip
        self.env.invalidate_all()
        checks = self.env["kdc.proof"]._prove(self.company, self.today)
        broken = {check.name: check.comparison.misfits for check in checks if check.comparison.misfits}
        self.assertEqual(broken, {"Each spending has left its fund": {spending.id: (100_000, 0)}})
        self.env.cr.execute("UPDATE account_move_line SET debit = debit - 1, balance = balance - 1 WHERE move_id = %s "
                            "AND debit > 0", [spending.move_id.id])  # fmt: skip
        self.env.invalidate_all()

    def test_other_ward_and_income_account(self):
        income = self.env["account.account"].search(
            [("account_type", "=", "income"), ("company_ids", "in", self.company.id)], limit=1
        )
        with self.assertRaises(ValidationError):
            self.fund.account_id = income
        ward = self.env["res.company"].create({"name": "Phường khác"})
        stranger = self._create_user("kdc_stranger", "kdc_utilities.group_accountant")
        stranger.write({"company_ids": [(6, 0, ward.ids)], "company_id": ward.id})
        funds = self.env["kdc.fund"].with_user(stranger).with_context(allowed_company_ids=ward.ids)
        self.assertFalse(funds.search([("id", "=", self.fund.id)]))


@tagged("post_install", "-at_install")
class TestFundReport(FundCommon, HttpCase):
    """The book of a quarter: prepared, published by another, read by the residents, withdrawn with a reason."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.quarter = date(cls.today.year, 3 * ((cls.today.month - 1) // 3) + 1, 1)
        spending = cls.env["kdc.fund.spending"].with_user(cls.user_accountant).create({
            "name": "Mua 2 đèn LED", "fund_id": cls.fund.id, "amount": 100_000, "payee": "Trần Thị Bán Đèn",
            "decision": "Tổ trưởng quyết định", "journal_id": cls.bank_journal.id, "paper": PAPER, "date": cls.today,
        })  # fmt: skip
        spending.with_user(cls.user_approver).action_approve()
        cls.spending = spending
        cls.report = (
            cls.env["kdc.fund.report"]
            .with_user(cls.user_accountant)
            .create({"fund_id": cls.fund.id, "date_from": cls.quarter})
        )
        cls.after = cls.quarter + relativedelta(months=3, days=1)

    def _publish(self):
        with freeze_time(self.after):
            self.report.with_user(self.user_approver).action_approve()

    def test_draft_says_what_the_ledger_says(self):
        report = self.report
        self.assertEqual((report.opening, report.income, report.spent, report.closing), (0, 300_000, 100_000, 200_000))
        self.assertEqual(report._content_now()["sources"], [["Quỹ đèn hẻm", 300_000]])
        with self.assertRaises(UserError):
            report.with_user(self.user_approver).action_approve()  # the quarter has not ended
        with self.assertRaises(AccessError):
            report.action_approve()

    def test_each_amount_opens_what_it_is_the_sum_of(self):
        """Of the fund and of its report, for whoever sees the numbers."""
        for user in (self.user_accountant, self.user_approver, self.user_auditor):
            for records, columns in (
                (self.fund, ("income", "spent", "balance")),
                (self.report, ("opening", "income", "spent", "closing")),
            ):
                record = records.with_user(user)
                for column in columns:
                    with self.subTest(user=user.login, record=record, column=column):
                        action = record.action_open_amount(column)
                        rows = self.env[action["res_model"]].with_user(user).search(action["domain"])
                        amounts = rows.mapped("amount") if column == "spent" else rows.mapped("credit")
                        less = sum(rows.mapped("debit")) if column != "spent" else 0
                        self.assertEqual(round(sum(amounts) - less), round(record[column]))
        with self.assertRaises(AccessError):
            self.fund.with_user(self.user_collector).action_open_amount("income")

    def test_published_stays_and_is_withdrawn_with_a_reason(self):
        self._publish()
        self.assertEqual(self.report.state, "published")
        with self.assertRaises(UserError):
            self.report.note = "x"
        with self.assertRaises(UserError):
            self.spending._undo("Nhầm")
        with self.assertRaises(AccessError):
            self.report._undo("Sai")
        with self.assertRaises(UserError):
            self.report.with_user(self.user_approver)._undo("")
        self.report.with_user(self.user_approver)._undo("Thiếu một hóa đơn")
        again = (
            self.env["kdc.fund.report"]
            .with_user(self.user_accountant)
            .create({"fund_id": self.fund.id, "date_from": self.quarter})
        )
        self.assertEqual(again.closing, 200_000)

    def test_nothing_is_spent_in_a_quarter_that_was_read(self):
        self._publish()
        self.assertEqual(self.report.closing, 200_000)
        late = self._spending()
        with self.assertRaises(UserError), freeze_time(self.after):
            late.with_user(self.user_approver).action_approve()
        with freeze_time(self.after):
            late.date = self.after
            late.with_user(self.user_approver).action_approve()
        self.assertEqual(late.state, "posted")

    def test_later_corrections_stand_in_the_next_report(self):
        self._publish()
        self.env["kdc.receipt"]._collect(
            self.drawer, self.account_a, apportion(0, []), client_key="late" * 4, gifts=((self.drive, 50_000),)
        )
        following = self.report.create({"fund_id": self.fund.id, "date_from": self.quarter + relativedelta(months=3)})
        self.assertEqual((following.opening, following.income, following.closing), (200_000, 50_000, 250_000))
        self.assertEqual([amount for _words, amount in following._content_now()["sources"]], [50_000])

    def test_published_words_stay(self):
        self._publish()
        self.fund.write({"name": "Quỹ khác", "purpose": "Mua xe", "decision": "Không có"})
        book = self.report._book()
        self.assertIn("Quỹ đèn hẻm", book.about)
        self.assertIn("Mua và lắp đèn", " ".join(book.notes))
        self.assertNotIn("Mua xe", " ".join(book.notes))
        self.assertIn("200.000 ₫", pdf_text(to_pdf(book)))

    def test_residents_read_it_without_names(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.assertEqual(self.url_open(f"/my/funds/{self.report.id}").status_code, 404)
        self._publish()
        self.env.flush_all()
        self.assertIn("Quỹ đèn hẻm", self.url_open("/my/funds").text)
        self.assertIn("/my/funds", self.url_open("/my").text)
        page = self.url_open(f"/my/funds/{self.report.id}").text
        for words in ("300.000", "100.000", "200.000", "Mua 2 đèn LED", "Tổ trưởng quyết định"):
            self.assertIn(words, page)
        for name in ("Trần Thị Bán Đèn", self.resident_a.name, self.household_a.name):
            self.assertNotIn(name, page.replace(self.user_portal_a.name, ""))
        self.assertLess(len(page.encode()), 60_000)
        pdf = self.url_open(f"/my/funds/{self.report.id}/pdf")
        self.assertTrue(pdf.content.startswith(b"%PDF"))
        self.report.with_user(self.user_approver)._undo("Thiếu một hóa đơn")
        self.env.flush_all()
        page = self.url_open(f"/my/funds/{self.report.id}").text
        self.assertIn("Thiếu một hóa đơn", page)
        self.assertNotIn("300.000", page)
        self.assertEqual(self.url_open(f"/my/funds/{self.report.id}/pdf").status_code, 404)

    def test_other_areas_do_not_see_it(self):
        self.fund.area_id = self.group_b
        self._publish()
        self.env.flush_all()
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.assertEqual(self.url_open(f"/my/funds/{self.report.id}").status_code, 404)
        self.assertEqual(self.url_open(f"/my/funds/{self.report.id}/pdf").status_code, 404)

    def test_book_of_the_office(self):
        self.authenticate("kdc_accountant", "kdc_accountant")
        found = self.url_open(f"/kdc/books/kdc.fund.report/{self.report.id}.xlsx")
        self.assertTrue(found.content.startswith(b"PK"))
        for url in (
            "kdc.book/1.pdf",
            "res.users/2.pdf",
            "kdc.fund.report/0.pdf",
            f"kdc.fund.report/{self.report.id}.odt",
        ):
            self.assertEqual(self.url_open(f"/kdc/books/{url}").status_code, 404, url)
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.assertEqual(self.url_open(f"/kdc/books/kdc.fund.report/{self.report.id}.pdf").status_code, 404)
