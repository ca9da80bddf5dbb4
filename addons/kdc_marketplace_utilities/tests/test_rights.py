from odoo import Command
from odoo.addons.kdc_residents.tests import exposure
from odoo.tests import tagged

from .common import FeesCommon

#: Operations each role may do on each model: r(ead) w(rite) c(reate) d(elete).
TABLE = {
    "kdc.market.fee.rule": {"user_accountant": "rwcd", "user_approver": "r", "user_auditor": "r"},
    "kdc.market.fee.run": {"user_accountant": "rwcd", "user_approver": "r", "user_auditor": "r"},
    "kdc.market.fee": {"user_accountant": "r", "user_approver": "r", "user_auditor": "r"},
}
ROLES = (
    "user_accountant", "user_approver", "user_auditor", "user_collector", "user_officer", "user_staff",
    "user_area_head", "user_moderator", "user_portal_a", "user_portal_b",
)  # fmt: skip


@tagged("post_install", "-at_install")
class TestRights(FeesCommon):
    def test_role_by_model_by_operation(self):
        users = {role: getattr(self, role) for role in ROLES}
        for model, rights in TABLE.items():
            self.check_rights(self.env[model], rights, users)

    def test_every_model_of_ours_is_in_the_table(self):
        self.assertEqual(exposure.own_models(self.env, "kdc_marketplace_utilities"), sorted(TABLE))

    def test_own_ward(self):
        run = self._run_fees()
        other_ward = self.env["res.company"].create({"name": "Phường khác"})
        stranger = self._create_user("kdc_accountant_far", "kdc_utilities.group_accountant")
        stranger.write({"company_ids": [Command.set(other_ward.ids)], "company_id": other_ward.id})
        for records in (run, run.line_ids, self.rules, self.shop_a):
            with self.subTest(records._name):
                self.assertFalse(self.env[records._name].with_user(stranger).search([]))

    def test_the_accountant_reads_shops_and_neither_orders_nor_numbers_of_persons(self):
        shop = self.shop_a.with_user(self.user_accountant)
        self.assertTrue(shop.name)
        self.assertFalse(shop.has_access("write"))
        self.assertFalse(shop._has_field_access(shop._fields["seller_number"], "read"))
