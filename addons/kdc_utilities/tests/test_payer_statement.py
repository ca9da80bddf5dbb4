from datetime import date, timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .collection_common import NEW_TOTAL, OLD_TOTAL, CollectionCommon
from .test_pdf_documents import pdf_text


@tagged("post_install", "-at_install")
class TestPayerStatement(CollectionCommon, HttpCase):
    """A statement says everything that happened, and its totals are the ledger's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env.user)
        cls.since = date(2020, 1, 1)

    def _get(self, url, login="kdc_portal_a"):
        self.authenticate(login, login)
        return self.url_open(url, allow_redirects=False)

    def _ledger(self, account, since, until):
        """Return opening balance, debit and credit of the payer on 131."""
        items = self.env["account.move.line"]
        domain = [
            ("partner_id", "=", account.partner_id.id), ("account_id.code", "=like", "131%"),
            ("parent_state", "=", "posted"), ("company_id", "=", self.company.id),
        ]  # fmt: skip
        [[opening]] = items._read_group([*domain, ("date", "<", since)], aggregates=["balance:sum"])
        [[debit, credit]] = items._read_group(
            [*domain, ("date", ">=", since), ("date", "<=", until)], aggregates=["debit:sum", "credit:sum"]
        )
        return round(opening), round(debit), round(credit)

    def _assert_is_the_ledger(self, account, since, until):
        statement = account._kdc_statement(since, until)
        opening, debit, credit = self._ledger(account, since, until)
        self.assertEqual((statement.opening, statement.charged, statement.credited), (opening, debit, credit))
        self.assertEqual(statement.closing, opening + debit - credit)
        return statement

    def _live(self):
        """Part, cancelled receipt, more than owed, advance paid back: everything an account can see."""
        taken = self._take(self.user_collector, self.account_a, 50_000, key="s" * 16)
        wrong = self._take(self.user_collector, self.account_a, 7_000, key="t" * 16)
        wrong.with_user(self.user_accountant)._cancel("Ghi nhầm hộ")
        self._take(self.user_collector, self.account_a, OLD_TOTAL + NEW_TOTAL, key="u" * 16)
        back = self.env["kdc.advance.return"].with_user(self.user_accountant).create(
            {
                "account_id": self.account_a.id, "kind": "back", "amount": 20_000, "reason": "Hộ xin lại",
                "receiver": "Nguyễn Văn An",
                "journal_id": self.env["account.journal"].search(
                    [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1).id,
            }
        )  # fmt: skip
        back.with_user(self.user_approver).action_approve()
        return taken, wrong

    def test_every_movement_in_order_and_the_ledgers_totals(self):
        taken, wrong = self._live()
        statement = self._assert_is_the_ledger(self.account_a, self.since, self.today)
        self.assertEqual(statement.opening, 0)
        self.assertEqual(statement.closing, -30_000)
        words = " | ".join(row.entry.text for row in statement.rows)
        back = self.env._("Advance paid back")
        for part in (self.old_a.name, self.new_a.name, taken.name, wrong.name, "Ghi nhầm hộ", back):
            self.assertIn(part, words)
        cancelled = next(row for row in statement.rows if wrong.name in row.entry.text)
        self.assertEqual((cancelled.entry.charge, cancelled.entry.credit), (0, 0))
        for day in (self.old_a.invoice_date, *(self.today + timedelta(days=days) for days in (-1, 0, 9))):
            self._assert_is_the_ledger(self.account_a, day, self.today + timedelta(days=9))
        self._assert_is_the_ledger(self.account_b, self.since, self.today)

    def test_cancelled_bill_stays_in_sight(self):
        name = self.new_b.name
        self.new_b.with_user(self.user_accountant)._kdc_cancel("Sai chỉ số")
        statement = self._assert_is_the_ledger(self.account_b, self.since, self.today)
        row = next(row for row in statement.rows if name in row.entry.text)
        self.assertEqual((row.entry.charge, row.entry.credit), (0, 0))

    def test_payment_booked_by_hand_says_what_it_is_for(self):
        """Odoo's own dialogue books a payment whose memo is the reference of the bill, a code to its payer."""
        register = self.env["account.payment.register"]
        register.with_context(active_model="account.move", active_ids=self.new_b.ids).create({})._create_payments()
        statement = self._assert_is_the_ledger(self.account_b, self.since, self.today)
        [row] = [row for row in statement.rows if row.entry.credit == self.new_b.amount_total]
        self.assertIn(self.new_b.name, row.entry.text)
        self.assertNotIn(self.new_b.kdc_reference, row.entry.text)

    def test_queries_do_not_grow_with_the_history(self):
        self._live()
        self.env.invalidate_all()
        with self.assertQueryCount(40):
            self.account_a._kdc_statement(self.since, self.today)

    def test_paper(self):
        self._live()
        content = self.env["kdc.payer.statement.pdf"]._render(self.account_a, self.since, self.today)
        text = pdf_text(content)
        number = self.account_a.number
        for words in ("BẢNG KÊ CÔNG NỢ", "Nguyễn Văn An", number, "305.810 ₫", "30.000 ₫", "Tiền nộp trước"):
            self.assertIn(words, text)

    def test_residents_page(self):
        self._live()
        self.assertIn('href="/my/bills/statement"', self._get("/my/bills").text)
        page = self._get("/my/bills/statement?since=2020-01-01")
        self.assertEqual(page.status_code, 200)
        for words in (self.old_a.name, self.new_a.name, "305.810", "30.000"):
            self.assertIn(words, page.text)
        pdf = self._get(f"/my/bills/statement/pdf?since=2020-01-01&until={self.today}")
        self.assertEqual(pdf.headers["Content-Type"], "application/pdf")
        for query in ("since=2026-13-01", "since=x", "since=2026-05-01&until=2026-04-01", "until=9999-99-99"):
            with self.subTest(query):
                self.assertEqual(self._get(f"/my/bills/statement?{query}").status_code, 422)
                self.assertEqual(self._get(f"/my/bills/statement/pdf?{query}").status_code, 404)

    def test_nobody_elses(self):
        page = self._get("/my/bills/statement?since=2020-01-01", login="kdc_portal_b").text
        self.assertIn(self.new_b.name, page)
        self.assertNotIn(self.new_a.name, page)
        self.assertEqual(self._get(f"/kdc/accounts/{self.account_a.id}/statement").status_code, 404)
        with mute_logger("odoo.http"):
            for login, status in (
                ("kdc_collector", 200), ("kdc_accountant", 200), ("kdc_approver", 200), ("kdc_auditor", 200),
                ("kdc_staff", 404), ("kdc_area_head", 404),
            ):  # fmt: skip
                with self.subTest(login):
                    answer = self._get(f"/kdc/accounts/{self.account_a.id}/statement", login=login)
                    self.assertEqual(answer.status_code, status)
        other = self._get(f"/kdc/accounts/{self.account_b.id}/statement", login="kdc_collector")
        self.assertEqual(other.status_code, 404, "The collector of another area.")

    def test_who_pays_for_no_account_any_more_reads_the_own_money(self):
        self._live()
        former, bill = self._change_payer(self.account_a)
        page = self._get("/my/bills").text
        for words in ("30.000", 'href="/my/bills/statement"', "lấy lại tiền"):
            self.assertIn(words, page)
        self.assertNotIn("trừ vào các hóa đơn sau", page, "No further bills come.")
        page = self._get("/my/bills/statement?since=2020-01-01").text
        for words in (self.old_a.name, self.new_a.name, "305.810", "30.000"):
            self.assertIn(words, page)
        pdf = self._get(f"/my/bills/statement/pdf?since=2020-01-01&until={self.today}").content
        for shown in (page, pdf_text(pdf)):
            self.assertNotIn(bill.name, shown)
            self.assertNotIn("Đỗ Thị Mới", shown)
        self.assertIn(former.name, pdf_text(pdf))

    def test_cancelled_papers_are_those_of_the_payer_they_name(self):
        _taken, wrong = self._live()
        former, _bill = self._change_payer(self.account_a)
        todays = self.account_a._kdc_statement(self.since, self.today)
        self.assertNotIn(wrong.name, str(todays))
        self.assertIn(wrong.name, str(self.account_a._kdc_statement(self.since, self.today, former)))

    def test_the_dialogue(self):
        wizard = self.env["kdc.payer.statement"].with_user(self.user_collector)
        wizard = wizard.create({"account_id": self.account_a.id})
        self.assertIn(f"/kdc/accounts/{self.account_a.id}/statement?since=", wizard.action_print()["url"])
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            wizard.with_user(self.user_accountant).read(["date_from"])
