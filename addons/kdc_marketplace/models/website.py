from odoo import models
from odoo.fields import Domain
from odoo.http import request

HANDOVER_URL = "/shop/handover"
CART_URL = "/shop/cart"


class Website(models.Model):
    _inherit = "website"

    def _get_allowed_steps_domain(self):
        """Override of `website_sale`: a market basket goes from the cart to the hand-over; other carts never do."""
        domain = Domain(super()._get_allowed_steps_domain())
        cart = request and request.cart
        if cart and (cart._kdc_is_market() or (not cart.order_line and self._kdc_has_market())):
            return domain & Domain("step_href", "in", [CART_URL, HANDOVER_URL])
        return domain & Domain("step_href", "!=", HANDOVER_URL)

    def _kdc_has_market(self):
        """Whether shops sell on this website; without any, Odoo's shop pages stay as they are."""
        self.ensure_one()
        # sudo: guests have no right on shops
        return bool(
            self.env["kdc.shop"]
            .sudo()
            .search_count([("company_id", "=", self.company_id.id), ("state", "=", "approved")], limit=1)
        )

    def _kdc_brand(self):
        """Return the name of the ward, shown in the header until the website has a logo of its own; else False."""
        self.ensure_one()
        website = self.sudo().with_context(bin_size=False)  # sudo: name and logo are public
        if self._kdc_has_market() and website.logo == self._default_logo():
            return website.company_id.name
        return False
