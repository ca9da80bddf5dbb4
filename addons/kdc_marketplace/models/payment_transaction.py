from odoo import api, models
from odoo.exceptions import ValidationError


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    @api.constrains("sale_order_ids")
    def _check_kdc_market_orders(self):
        """Money for a market order goes straight to the shop: the ward's accounts must not receive it."""
        if any(order._kdc_is_market() for order in self.sale_order_ids):
            raise ValidationError(self.env._("Orders of the market are paid to the shop, not online."))
