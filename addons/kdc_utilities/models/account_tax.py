from odoo import fields, models


class AccountTax(models.Model):
    _inherit = "account.tax"

    kdc_key = fields.Char(
        copy=False, help="Set on taxes made for bills: rate, price included or not, and the account of the provider."
    )

    _kdc_key_uniq = models.UniqueIndex("(company_id, kdc_key) WHERE kdc_key IS NOT NULL")
