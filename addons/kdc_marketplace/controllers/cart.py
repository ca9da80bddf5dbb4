from odoo.addons.website_sale.controllers.cart import Cart
from odoo.http import request, route


class MarketCart(Cart):
    @route()
    def cart(self, id=None, access_token=None, revive_method="", **post):
        """Override of `website_sale`: say at once when something in the basket cannot be bought any more."""
        order_sudo = request.cart
        if order_sudo and order_sudo._kdc_is_market() and (changes := order_sudo._kdc_clean_basket()):
            order_sudo.shop_warning = "\n".join(changes)
        return super().cart(id=id, access_token=access_token, revive_method=revive_method, **post)
