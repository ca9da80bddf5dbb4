from odoo import fields, models


class KdcVatCategory(models.Model):
    """A kind of goods or services for VAT, whose rate changes with the law (see ``kdc.vat.rate``)."""

    _name = "kdc.vat.category"
    _description = "VAT Category"
    _order = "code"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    rate_ids = fields.One2many("kdc.vat.rate", "category_id", string="Rates")

    _code_uniq = models.Constraint("UNIQUE (code)", "Another VAT category has this code.")
