from odoo.addons.kdc_residents.tests import exposure
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ReconcileCommon

#: What each role may do with movements of the bank: r(ead) w(rite) c(reate) d(elete).
RIGHTS = {"reconciler": "rwcd", "accountant": "r"}
#: And with the transfers that wait: decided by their steps only.
QUEUE_RIGHTS = {"reconciler": "r", "accountant": "r", "approver": "r"}


@tagged("post_install", "-at_install")
class TestRights(ReconcileCommon):
    def _users(self):
        return {
            "reconciler": self.user_reconciler, "accountant": self.user_accountant, "collector": self.user_collector,
            "approver": self.user_approver, "staff": self.user_staff, "portal": self.user_portal_a,
        }  # fmt: skip

    def test_role_by_operation(self):
        self.check_rights(self.env["account.bank.statement.line"], RIGHTS, self._users())
        self.check_rights(self.env["kdc.transfer"], QUEUE_RIGHTS, self._users())

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_access")
    def test_only_who_may_reconcile_does(self):
        transfer = self._set_aside(-11_000)
        bookkeeper = self._create_user("kdc_bookkeeper", "account.group_account_user")
        for user in (*self._users().values(), bookkeeper):
            if user == self.user_reconciler:
                continue
            with self.subTest(user=user.login), self.assertRaises(AccessError), self.cr.savepoint():
                self._line(transfer, user).reconcile_bank_line()
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                transfer.with_user(user).action_reconcile_by_hand()
        self.assertEqual(transfer.state, "other")
        # Odoo's bookkeepers see the movement with the word of the queue, and nothing of the transfer.
        self.assertFalse(self._line(transfer, bookkeeper).kdc_queue_state)
        with self.assertRaises(AccessError):
            self._line(transfer, bookkeeper).read(["kdc_transfer_ids"])

    def test_other_wards(self):
        transfer = self._set_aside(-11_000)
        ward = self.env["res.company"].create({"name": "Phường khác"})
        stranger = self._create_user("kdc_stranger", "kdc_utilities_reconcile.group_reconciler")
        stranger.write({"company_ids": [(6, 0, ward.ids)], "company_id": ward.id})
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self._line(transfer, stranger).reconcile_bank_line()


@tagged("post_install", "-at_install")
class TestExposure(exposure.ExposureCase, ReconcileCommon):
    MODULE = "kdc_utilities_reconcile"
