from odoo import api, models


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model
    def _kdc_scoped_groups(self):
        return super()._kdc_scoped_groups() + ["kdc_utilities.group_collector"]

    @api.model
    def _kdc_ward_wide_groups(self):
        return super()._kdc_ward_wide_groups() + ["kdc_utilities.group_accountant", "kdc_utilities.group_approver"]
