import io

import openpyxl
from freezegun import freeze_time
from odoo.tests import HttpCase, tagged

from .common import LATER, OCTOBER, FeesCommon


@tagged("post_install", "-at_install")
class TestStatement(FeesCommon, HttpCase):
    """The owner reads the fees of a month beside what the shop has earned (M-22)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        run = cls._run_fees()
        with freeze_time(LATER):
            run.action_charge()
        cls.charges = run.line_ids.charge_id

    def _page(self, user=None):
        user = user or self.user_portal_a
        self.authenticate(user.login, user.login)
        return self.url_open("/my/shop/statement?month=2026-10").text

    def test_nothing_before_a_second_person_has_approved(self):
        self.assertFalse(self.shop_a._kdc_statement(OCTOBER)["charges"])
        self.assertNotIn("103.700", self._page())

    def test_page_and_files(self):
        self.charges.with_user(self.user_approver).action_approve()
        page = self._page()
        self.assertIn("100.000 ₫", page.replace("\N{NO-BREAK SPACE}", " "))
        self.assertNotIn("/my/bills/", page)
        bill = self._issue(self._run()).filtered(lambda move: move.kdc_account_id == self.shop_a.kdc_account_ids)
        self.env.flush_all()
        self.assertIn(f"/my/bills/{bill.id}", self._page())
        self.assertEqual(self.url_open(f"/my/bills/{bill.id}").status_code, 200)
        self.assertEqual(self.url_open("/my/shop/statement.pdf?month=2026-10").content[:5], b"%PDF-")
        content = self.url_open("/my/shop/statement.xlsx?month=2026-10").content
        rows = list(openpyxl.load_workbook(io.BytesIO(content)).worksheets[2].iter_rows(values_only=True))
        self.assertEqual([row[2] for row in rows[3:6]], [100000, 3700, 103700])
        self.assertEqual(rows[3][3], bill.kdc_reference)
        self._page(self.user_portal_b)
        self.assertEqual(self.url_open(f"/my/bills/{bill.id}").status_code, 404)

    def test_what_was_approved_counts(self):
        """A charge may be put right before it is approved."""
        charge = self.charges.filtered(lambda charge: charge.amount == 3700)
        charge.amount = 3000
        self.charges.with_user(self.user_approver).action_approve()
        rows = self.shop_a._kdc_statement(OCTOBER)["charges"]
        self.assertEqual(sorted(row["amount"] for row in rows), [3000, 100000])
        sections = {section["key"]: section for section in self.resident_a._kdc_my_data()}
        self.assertIn("3.000", str(sections["market_fees"]["rows"]))
        self.assertNotIn("3.700", str(sections["market_fees"]["rows"]))

    def test_export_of_own_data(self):
        self.charges.with_user(self.user_approver).action_approve()
        for resident, rows in ((self.resident_a, 2), (self.resident_b, 1), (self.resident_buyer, 0)):
            sections = {section["key"]: section for section in resident._kdc_my_data()}
            self.assertEqual(len(sections["market_fees"]["rows"]), rows)
