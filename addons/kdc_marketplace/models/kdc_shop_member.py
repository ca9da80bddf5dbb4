from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import shop_states


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

    def write(self, vals):
        """Let nobody make the last owner of a shop a seller, or move him elsewhere."""
        if vals.get("role", "owner") != "owner" or {"shop_id", "user_id"} & vals.keys():
            self._check_owner_stays()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_last_owner(self):
        self._check_owner_stays()

    def _check_owner_stays(self):
        """Raise if these people are all the owners a shop has while it is open: nobody could answer for it."""
        for shop in self.filtered(lambda member: member.role == "owner").shop_id:
            going_on = shop.state in (shop_states.SUBMITTED, shop_states.APPROVED, shop_states.SUSPENDED)
            if going_on and "owner" not in (shop.member_ids - self).mapped("role"):
                raise UserError(
                    self.env._(
                        "“%s” needs an owner while it is open. Please add the new owner and save, then remove this.",
                        shop.name,
                    )
                )
