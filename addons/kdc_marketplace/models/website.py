from odoo import fields, models
from odoo.fields import Domain
from odoo.http import request

from ..engine import shop_states

HANDOVER_URL = "/shop/handover"
CART_URL = "/shop/cart"


class Website(models.Model):
    _inherit = "website"

    # Fields and no methods: header, footer, filters and steps of a page all ask, and it is computed once for them.
    kdc_has_market = fields.Boolean(
        "Has a market",
        compute="_compute_kdc_has_market",
        help="Whether shops sell on this website; without any, Odoo's shop pages stay as they are.",
    )
    kdc_market_area_ids = fields.Many2many(
        "kdc.area",
        string="Areas of the market",
        compute="_compute_kdc_market_area_ids",
        compute_sudo=True,  # names of residential groups are public, the register is not
        help="Where buyers may live; empty while every shop sells in the whole ward.",
    )
    kdc_brand = fields.Char(
        "Name in the header",
        compute="_compute_kdc_brand",
        help="The name of the ward, until the website has a logo of its own.",
    )

    def _get_allowed_steps_domain(self):
        """Override of `website_sale`: a market basket goes from the cart to the hand-over; other carts never do."""
        domain = Domain(super()._get_allowed_steps_domain())
        cart = request and request.cart
        if cart and (cart._kdc_is_market() or (not cart.order_line and self.kdc_has_market)):
            return domain & Domain("step_href", "in", [CART_URL, HANDOVER_URL])
        return domain & Domain("step_href", "!=", HANDOVER_URL)

    def _compute_kdc_has_market(self):
        for website in self:
            domain = [("company_id", "=", website.company_id.id), ("state", "=", shop_states.APPROVED)]
            # sudo: guests have no right on shops
            website.kdc_has_market = bool(self.env["kdc.shop"].sudo().search_count(domain, limit=1))

    def _compute_kdc_market_area_ids(self):
        Shop, Area = self.env["kdc.shop"], self.env["kdc.area"]
        for website in self:
            ward = [("company_id", "=", website.company_id.id)]
            limited = [*ward, ("state", "=", shop_states.APPROVED), ("served_area_ids", "!=", False)]
            some = Shop.search_count(limited, limit=1)
            website.kdc_market_area_ids = Area._groups_of(website.company_id) if some else Area

    def _kdc_areas(self):
        """Return where buyers may live, in sudo."""
        return self.sudo().kdc_market_area_ids  # sudo: their names are public, see the field

    def _compute_kdc_brand(self):
        for website in self:
            known = website.sudo().with_context(bin_size=False)  # sudo: name and logo are public
            own_logo = known.logo != self._default_logo()
            website.kdc_brand = known.company_id.name if website.kdc_has_market and not own_logo else False
