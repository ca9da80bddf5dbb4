from odoo import fields, models


class KdcListingRefusalReason(models.Model):
    """Why a listing goes back to its shop; the shop reads it."""

    _name = "kdc.listing.refusal.reason"
    _description = "Reason to Give Back a Listing"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True, help="The shop reads it. Say what is to be changed.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
