from odoo.tests import tagged

from .common import PERIOD, UtilitiesCommon


@tagged("post_install", "-at_install")
class TestStaffHomeOfFees(UtilitiesCommon):
    def count(self, user, key):
        cards = {card["key"]: card["count"] for card in self.env["kdc.home"].with_user(user).get_home()["cards"]}
        return cards.get(key)

    def test_counts_open_their_lists(self):
        for user in (self.user_accountant, self.user_approver, self.user_collector, self.user_auditor):
            self.assertTrue(self.check_home(user))

    def test_the_month_goes_from_desk_to_desk(self):
        before = self.count(self.user_accountant, "runs_open")
        run = self.env["kdc.billing.run"].with_user(self.user_accountant).create({"period": PERIOD})
        self.assertEqual(self.count(self.user_accountant, "runs_open"), before + 1)
        waiting = self.count(self.user_approver, "runs_to_approve")
        run.sudo().write({"state": "computed"})
        self.assertEqual(self.count(self.user_approver, "runs_to_approve"), waiting + 1)
        self.assertIsNone(self.count(self.user_accountant, "runs_to_approve"))
        self.assertIsNone(self.count(self.user_collector, "runs_open"))
        run.sudo().write(
            {"state": "approved", "approved_by_id": self.user_approver.id, "approved_on": "2026-11-01 08:00:00"}
        )
        self.assertEqual(self.count(self.user_approver, "runs_to_approve"), waiting)
        self.assertGreaterEqual(self.count(self.user_accountant, "runs_to_issue"), 1)

    def test_meters_without_reading(self):
        unread = self.count(self.user_accountant, "meters_unread")
        self._read(self.meter_a, self.env["kdc.meter"]._entry_period()[2], 10)
        self.assertEqual(self.count(self.user_accountant, "meters_unread"), unread - 1)
