from odoo import Command
from odoo.tests import tagged

from .common import UtilitiesCommon


@tagged("post_install", "-at_install")
class TestAreaHistory(UtilitiesCommon):
    def test_accounts_move_and_bills_stay(self):
        self._read_month()
        run = self._run(area_ids=[Command.set(self.group_a.ids)], invoice_date="2026-11-05")
        bill = self._issue(run)[:1]
        draft = self.env["kdc.billing.run"].create(
            {"company_id": self.company.id, "period": "2026-09-01", "area_ids": [Command.set(self.group_a.ids)]}
        )
        loose = self.env["kdc.customer.account"].create(
            {"partner_id": self.company.partner_id.id, "area_id": self.group_a.id, "company_id": self.company.id}
        )
        self.env["kdc.area.merge"].with_user(self.user_officer).create({
            "area_ids": [Command.set((self.group_a | self.group_b).ids)], "name": "Tổ gộp",
            "date": "2026-11-15",
        }).action_confirm()  # fmt: skip
        merged = self.dwelling_a.area_id
        self.assertEqual((self.account_a | self.account_b | loose).area_id, merged)
        self.assertEqual(self.meter_a.area_id, merged, "The meter reader finds it on the new route")
        self.assertEqual(run.line_ids.area_id, self.group_a)
        self.env.invalidate_all()
        self.assertEqual(bill.kdc_area_id, self.group_a, "A bill keeps the group of its day")
        self.assertIn(bill, self.env["account.move"].search([("kdc_area_id", "child_of", merged.id)]))
        self.assertEqual(draft.area_ids, merged)
        self.assertIn(merged, self.user_collector.kdc_area_ids)
