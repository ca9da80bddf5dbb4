from odoo import fields, models


class KdcHousehold(models.Model):
    _inherit = "kdc.household"

    kdc_account_ids = fields.One2many("kdc.customer.account", "household_id", string="Customer accounts")
