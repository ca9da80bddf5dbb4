from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    kdc_einvoice_rule = fields.Selection(
        [
            ("request", "Who asked for it"),
            ("organisations", "Who asked for it; public bodies, production and trade always"),
        ],
        string="E-invoices for",
        required=True,
        default="request",
        help="A bill is no invoice. Nobody else gets one when the bills of a month are issued.",
    )
