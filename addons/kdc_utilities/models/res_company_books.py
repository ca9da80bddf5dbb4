from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    kdc_posted_names = fields.Selection(
        [
            ("full", "Full name"),
            ("initials", "Initials (N.V.A.)"),
            ("none", "Only the house number"),
        ],
        string="Names on notice boards",
        required=True,
        default="initials",
        help="How households are named on lists that hang on the board. Whoever passes by reads them, so post no more "
        "than the residents agreed to.",
    )
