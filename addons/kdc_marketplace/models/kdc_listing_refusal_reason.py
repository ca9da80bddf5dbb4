from odoo import fields, models


class KdcListingRefusalReason(models.Model):
    """Why a moderator says no, in words that are used again and again; whoever is concerned reads them."""

    _name = "kdc.listing.refusal.reason"
    _description = "Reason to Refuse"
    _order = "subject, sequence, id"

    name = fields.Char(required=True, translate=True, help="Whoever is concerned reads it. Say what is to be changed.")
    subject = fields.Selection(
        [
            ("listing", "Listing given back"),
            ("shop", "Application for a shop refused"),
            ("suspension", "Shop suspended"),
            ("paper", "Paper refused"),
            ("review", "Review or answer refused"),
        ],
        "Said when",
        required=True,
        default="listing",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
