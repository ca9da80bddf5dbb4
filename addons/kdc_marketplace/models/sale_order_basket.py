from odoo import models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    """What a basket may hold of the market: whole pieces of a listing, in its own unit, at a price above zero.

    Odoo's cart takes unit, quantity, linked goods and the words for free choices from the browser, and works out the
    price from them. A listing has none of these: its buyer chooses the listing and how many.
    """

    _inherit = "sale.order"

    def _cart_add(self, product_id, quantity=1.0, *, uom_id=None, kdc_slot_start=None, **kwargs):
        """Override of `website_sale`: whatever a route passes on, only number and time of a listing count."""
        # sudo: as the cart itself
        product = self.env["product.product"].sudo().browse(product_id)
        if not product.kdc_shop_id:
            return super()._cart_add(product_id, quantity, uom_id=uom_id, **kwargs)
        own_unit = not uom_id or uom_id == product.uom_id.id
        whole = isinstance(quantity, (int, float)) and quantity >= 1 and float(quantity).is_integer()
        if not own_unit or not whole or kwargs.get("linked_line_id") or kwargs.get("combo_item_id"):
            raise UserError(
                self.env._("“%s” is sold by whole pieces. Please open its page and choose how many.", product.name)
            )
        return super()._cart_add(product_id, int(quantity), uom_id=product.uom_id.id, kdc_slot_start=kdc_slot_start)

    def _validate_order(self):
        """Override of `website_sale`: a basket of the market is ordered shop by shop, on its own page only."""
        if any(order._kdc_is_market() and not order.kdc_shop_id for order in self):
            raise UserError(self.env._("Please order on the page for the hand-over."))
        return super()._validate_order()

    def _kdc_clean_basket(self):
        """Override: take out what is no whole piece of a listing, and what would cost nothing."""
        odd = self.order_line.filtered(lambda line: line.kdc_shop_id and not line._kdc_is_whole())
        changes = odd._kdc_take_out()
        changes += super()._kdc_clean_basket()
        free = self.order_line.filtered(lambda line: line.kdc_shop_id and line.price_total <= 0)
        return changes + free._kdc_take_out()


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _kdc_is_whole(self):
        """Whether the line asks for whole pieces in the unit of the listing, which alone has a price."""
        self.ensure_one()
        quantity = self.product_uom_qty
        own_unit = self.product_uom_id == self.product_id.uom_id
        return own_unit and quantity >= 1 and quantity.is_integer() and not self.linked_line_id

    def _kdc_take_out(self):
        """Take the lines out of their basket, and return what the buyer reads about it."""
        changes = [
            self.env._(
                "“%s” was taken out of your basket: its quantity or price is not the one of the shop. "
                "Please add it again from its page.",
                line.product_id._kdc_label(),
            )
            for line in self
        ]
        self.unlink()
        return changes
