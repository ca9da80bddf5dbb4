from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    kdc_bank_id = fields.Many2one(
        "res.partner.bank",
        string="Bank account for fees",
        ondelete="restrict",
        domain="[('partner_id', '=', partner_id)]",
        help="Transfers by VietQR go here. Its bank needs the 6-digit NAPAS number as identifier code.",
    )
    kdc_zero_tens_word = fields.Selection(
        [("linh", "linh (một trăm linh năm)"), ("lẻ", "lẻ (một trăm lẻ năm)")],
        string="Empty tens in words",
        required=True,
        default="linh",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    kdc_bank_id = fields.Many2one(related="company_id.kdc_bank_id", readonly=False)
    kdc_zero_tens_word = fields.Selection(related="company_id.kdc_zero_tens_word", readonly=False, required=True)
