from odoo import Command
from odoo.tests import tagged

from .common import UtilitiesCommon


@tagged("post_install", "-at_install")
class TestCivilEventAccounts(UtilitiesCommon):
    """What happens in a household reaches its customer account at once."""

    def _confirm(self, kind, **vals):
        event = self.env["kdc.civil.event"].with_user(self.user_officer).create(
            {"kind": kind, "date": "2026-02-01", "household_id": self.household_b.id, **vals}
        )  # fmt: skip
        event.action_confirm()
        return event

    def test_payer_follows_the_head(self):
        son = self.household_b.membership_ids.filtered(lambda m: m.role == "child").resident_id
        self._confirm("head_change", new_head_id=son.id)
        self.assertEqual(self.account_b.partner_id.name, "Hộ Phạm Minh Đông")
        self.assertIn("pham minh dong", self.account_b.search_key)

    def test_merged_household_pays(self):
        lines = [
            Command.create({"resident_id": person.id, "role": "other"})
            for person in self.household_b._live_memberships().resident_id
        ]
        event = self._confirm("merge", target_household_id=self.household_a.id, line_ids=lines)
        self.assertEqual(self.account_b.household_id, self.household_a)
        self.assertEqual(self.account_b.partner_id, self.household_a.partner_id)
        self.assertEqual(self.account_b.dwelling_id, self.dwelling_b, "The meters hang where they hang")
        event._cancel_with_reason("Nhầm hộ")
        self.assertEqual(self.account_b.household_id, self.household_b)
        self.assertEqual(self.account_b.partner_id, self.household_b.partner_id)

    def test_who_left_reads_no_bill_of_the_old_household(self):
        son = self.household_b.membership_ids.filtered(lambda m: m.role == "child").resident_id
        user = self._create_portal_user("kdc_portal_son", son)
        bill = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.household_b.partner_id.id,
                "invoice_line_ids": [Command.create({"name": "Nước", "price_unit": 10000, "tax_ids": False})],
            }
        )
        bill.action_post()
        bills = self.env["account.move"].with_user(user)
        self.assertTrue(bills.search([("id", "=", bill.id)]), "Also warms the cache of rules")
        self._confirm(
            "transfer",
            target_household_id=self.household_a.id,
            line_ids=[Command.create({"resident_id": son.id, "role": "other"})],
        )
        self.assertFalse(bills.search([("id", "=", bill.id)]))
