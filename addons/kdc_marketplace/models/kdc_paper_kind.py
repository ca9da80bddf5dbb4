from odoo import fields, models


class KdcPaperKind(models.Model):
    """A paper the law asks of who sells certain goods: food safety, business registration, a driver's health check."""

    _name = "kdc.paper.kind"
    _description = "Kind of Paper"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    legal_basis = fields.Char(help="The rule that asks for this paper; sellers read it.")
    expires = fields.Boolean("Valid for a time only", default=True)


class ProductPublicCategory(models.Model):
    """The category of a listing is its trade: it says which papers the shop must have (features M-02)."""

    _inherit = "product.public.category"

    kdc_paper_kind_ids = fields.Many2many(
        "kdc.paper.kind",
        string="Papers needed",
        help="Listings of this category are shown only while the shop has these papers, accepted and not expired.",
        groups="kdc_marketplace.group_moderator,kdc_residents.group_officer,kdc_residents.group_area_head,"
        "kdc_residents.group_auditor",
    )
