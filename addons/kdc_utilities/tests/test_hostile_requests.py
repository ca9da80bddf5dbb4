from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import UtilitiesCommon


@tagged("post_install", "-at_install")
class TestBillsChangeByTheirStepsOnly(UtilitiesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._read_month()

    def test_writing_state_and_amounts(self):
        bill = self._issue(self._run())[:1]
        other = self.account_b.partner_id if bill.partner_id != self.account_b.partner_id else self.account_a.partner_id
        for vals in (
            {"state": "draft"},
            {"state": "cancel"},
            {"payment_state": "paid"},
            {"amount_total": 1},
            {"amount_residual": 0},
            {"partner_id": other.id},
            {"name": "X"},
        ):
            for context in ({}, {"kdc_bill_step": True, "skip_readonly_check": True}):
                with self.subTest(vals=vals, context=context), self.assertRaises(AccessError):
                    bill.with_user(self.user_accountant).with_context(**context).write(vals)
        self.assertEqual(bill.state, "posted")
        # What the web client sends back unchanged is no change.
        bill.with_user(self.user_accountant).write({"state": "posted", "ref": "seen"})
        self.assertEqual(bill.ref, "seen")

    def test_the_list_says_what_is_owed(self):
        bill = self._issue(self._run())[:1]
        self.assertEqual(bill.kdc_period_name, "Tháng 10/2026")
        bill.invoice_date_due = "2020-01-01"
        self.assertEqual(bill.kdc_bill_status, "late")
        bill.invoice_date_due = "2099-01-01"
        self.assertEqual(bill.kdc_bill_status, "due")
        bill.with_user(self.user_accountant)._kdc_cancel("entered twice")
        self.assertEqual(bill.kdc_bill_status, "cancelled")

    def test_the_steps_still_work(self):
        bill = self._issue(self._run())[:1].with_user(self.user_accountant)
        bill._kdc_cancel("entered twice")
        self.assertEqual(bill.state, "cancel")
        with self.assertRaises(AccessError):
            bill.write({"state": "posted"})


@tagged("post_install", "-at_install")
class TestInvoicesOfThePortal(UtilitiesCommon, HttpCase):
    def test_nonsense_in_the_address(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        for query in (
            "sortby=abc", "filterby=abc", "page=abc", "date_begin=x&date_end=y", "date_begin=2026-99-99&date_end=1",
            "date_begin[]=1&date_end={}", "sortby=date&filterby=all", "domain=[]", "url=//evil.example",
        ):  # fmt: skip
            with self.subTest(query=query), mute_logger("odoo.http"):
                self.assertEqual(self.url_open(f"/my/invoices?{query}").status_code, 200)
        for page in ("0", "99999999"):
            self.assertEqual(self.url_open(f"/my/invoices/page/{page}").status_code, 200)
