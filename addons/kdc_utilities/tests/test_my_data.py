from odoo.tests import tagged

from .common import UtilitiesCommon


@tagged("post_install", "-at_install")
class TestMyData(UtilitiesCommon):
    def _sections(self, user):
        resident = user._kdc_resident()
        return {section["key"]: section for section in resident.with_user(user).sudo()._kdc_my_data()}

    def test_bills_are_mine_or_shared_with_me(self):
        self._read_month()
        bills = self._issue(self._run())
        bill = bills.filtered(lambda move: move.partner_id == self.household_a.partner_id)
        other = bills - bill
        numbers = str(self._sections(self.user_portal_a)["bills"]["rows"])
        self.assertIn(bill.name, numbers)
        self.assertNotIn(other[0].name, numbers)
        wife = self.household_a.membership_ids.filtered(lambda m: m.role == "wife").resident_id
        user = self._create_portal_user("kdc_portal_wife", wife)
        self.company.kdc_share_bills = False
        self.assertFalse(self._sections(user)["bills"]["rows"])
        self.company.kdc_share_bills = True
        self.assertIn(bill.name, str(self._sections(user)["bills"]["rows"]))

    def test_bills_outlive_a_deletion(self):
        self._read_month()
        self._issue(self._run())
        kept = {entry["key"] for entry in self.resident_a._kdc_kept()}
        self.assertIn("bills", kept)
        before = self.env["account.move"].search([("partner_id", "=", self.household_a.partner_id.id)])
        totals = before.mapped("amount_total")
        self.resident_a.sudo()._kdc_erase()
        self.assertEqual(before.mapped("amount_total"), totals)
        self.assertEqual(before.partner_id.name, self.household_a.name)
