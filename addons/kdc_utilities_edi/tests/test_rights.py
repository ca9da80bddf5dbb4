from odoo.addons.kdc_residents.tests import exposure
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import EinvoiceCommon

#: Operations each role may do on each model: r(ead) w(rite) c(reate) d(elete).
TABLE = {
    "kdc.einvoice": {"accountant": "r", "approver": "r", "auditor": "r"},
    "kdc.einvoice.request": {"accountant": "rwc", "collector": "rwc"},
}


@tagged("post_install", "-at_install")
class TestRights(EinvoiceCommon):
    def test_role_by_model_by_operation(self):
        users = {
            "accountant": self.user_accountant, "collector": self.user_collector, "approver": self.user_approver,
            "auditor": self.user_auditor, "officer": self.user_officer, "staff": self.user_staff,
            "portal": self.user_portal_a, "public": self.env.ref("base.public_user"),
        }  # fmt: skip
        for model, rights in TABLE.items():
            self.check_rights(self.env[model], rights, users)

    def test_every_model_of_ours_is_in_the_table(self):
        self.assertEqual(exposure.own_models(self.env, "kdc_utilities_edi"), sorted(TABLE))

    def test_collector_asks_in_the_own_areas(self):
        """The form at the counter works for the own area; it tells nothing of other customers."""
        wizard = self.env["kdc.einvoice.request"].with_user(self.user_collector)
        form = Form(wizard.with_context(default_move_id=self.bill.id, default_account_id=self.account_a.id))
        self.assertEqual(form.name, self.account_a.partner_id.name)
        form.number = "056080001234"
        form.save().action_request()
        self.assertEqual(self.bill.kdc_einvoice_ids.origin, "counter")
        self.assertEqual(self.account_a._kdc_buyer_number(), "056080001234")
        other = wizard.create({"account_id": self.account_b.id, "kind": "person", "name": "X"})
        self.assertFalse(wizard.new({"account_id": self.account_b.id}).email)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            other.action_request()
        self.assertFalse(self.account_b.einvoice_name)
        mixed = wizard.create(
            {"account_id": self.account_a.id, "move_id": self.new_b.id, "kind": "person", "name": "X"}
        )
        with self.assertRaises(UserError):
            mixed.action_request()

    def test_other_company(self):
        self._ask(self.bill)
        ward = self.env["res.company"].create({"name": "Phường khác"})
        stranger = self._create_user("kdc_stranger", "kdc_utilities.group_accountant")
        stranger.write({"company_ids": [(6, 0, ward.ids)], "company_id": ward.id})
        self.assertFalse(self.env["kdc.einvoice"].with_user(stranger).search([]))

    def test_password_stays_hidden(self):
        with self.assertRaises(AccessError):
            self.company.with_user(self.user_accountant).read(["l10n_vn_edi_password"])
