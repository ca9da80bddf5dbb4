from odoo import Command
from odoo.addons.kdc_residents.tests import exposure
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..engine import vnpay
from .common import OnlineCommon

#: Operations each role may do on each model: r(ead) w(rite) c(reate) d(elete).
TABLE = {
    "kdc.gateway.payment": {"user_accountant": "r", "user_approver": "r", "user_auditor": "r"},
    "kdc.gateway.payment.decide": {"user_accountant": "rwc"},
    "kdc.transfer.payout": {"user_accountant": "rwc"},
    "payment.provider": {},
}
ROLES = (
    "user_accountant", "user_approver", "user_auditor", "user_collector", "user_officer", "user_staff",
    "user_area_head", "user_portal_a", "user_portal_b",
)  # fmt: skip


@tagged("post_install", "-at_install")
class TestRights(OnlineCommon):
    def test_role_by_model_by_operation(self):
        users = {role: getattr(self, role) for role in ROLES}
        for model, rights in TABLE.items():
            self.check_rights(self.env[model], rights, users)

    def test_every_model_of_ours_is_in_the_table(self):
        names = exposure.own_models(self.env, "kdc_utilities_payment")
        self.assertLessEqual(set(names), TABLE.keys())

    def test_own_ward_and_own_job(self):
        tx = self._begin()
        tx._kdc_hear(vnpay.read_notification(self._ipn(tx, amount=1000)))
        payment = tx.kdc_gateway_payment_ids
        other_ward = self.env["res.company"].create({"name": "Phường khác"})
        stranger = self._create_user("kdc_accountant_far", "kdc_utilities.group_accountant")
        stranger.write({"company_ids": [Command.set(other_ward.ids)], "company_id": other_ward.id})
        self.assertFalse(self.env["kdc.gateway.payment"].with_user(stranger).search([("id", "=", payment.id)]))
        for user in (stranger, self.user_approver, self.user_auditor, self.user_collector):
            with self.assertRaises(AccessError):
                payment.with_user(user)._decide_book(self.account_a)
        payment.with_user(self.user_accountant)._decide_book(self.account_b)
        self.assertEqual(payment.receipt_id.account_id, self.account_b)
