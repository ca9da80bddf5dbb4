from odoo import models
from odoo.fields import Domain
from odoo.http import request

HANDOVER_URL = '/shop/handover'
CART_URL = '/shop/cart'


class Website(models.Model):
    _inherit = 'website'

    def _get_allowed_steps_domain(self):
        """Override of `website_sale`: a market basket goes from the cart to the hand-over; other carts never do."""
        domain = Domain(super()._get_allowed_steps_domain())
        if request and request.cart and request.cart._kdc_is_market():
            return domain & Domain('step_href', 'in', [CART_URL, HANDOVER_URL])
        return domain & Domain('step_href', '!=', HANDOVER_URL)
