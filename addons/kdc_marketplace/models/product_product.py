from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _is_add_to_cart_allowed(self):
        """Override of `website_sale`: a listing goes into the basket only while it is really for sale.

        Odoo lets administrators put unpublished products into a cart; a market listing must never be sold unseen.
        """
        self.ensure_one()
        if self.kdc_shop_id and not self.product_tmpl_id._kdc_for_sale():
            return False
        return super()._is_add_to_cart_allowed()
