from odoo import fields, models


class KdcShopMember(models.Model):
    """A person who runs a shop from the portal."""

    _name = "kdc.shop.member"
    _description = "Shop Member"
    _order = "shop_id, role, id"
    _rec_name = "user_id"

    shop_id = fields.Many2one("kdc.shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="shop_id.company_id", store=True)
    user_id = fields.Many2one("res.users", "Person", required=True, index=True, ondelete="cascade")
    role = fields.Selection(
        [("owner", "Owner"), ("seller", "Seller")],
        default="seller",
        required=True,
        help="A seller keeps listings and orders; the owner also keeps the shop's own details.",
    )

    _shop_user_uniq = models.Constraint("UNIQUE (shop_id, user_id)", "This person already belongs to the shop.")
