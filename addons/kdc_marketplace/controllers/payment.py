from odoo.addons.website_sale.controllers.payment import PaymentPortal
from odoo.exceptions import ValidationError
from odoo.http import request


class MarketPayment(PaymentPortal):
    def _validate_transaction_for_order(self, transaction, sale_order):
        """Override of `website_sale`: no online payment for market orders, whatever the browser sends."""
        if sale_order._kdc_is_market():
            raise ValidationError(request.env._("Orders of the market are paid to the shop, not online."))
        return super()._validate_transaction_for_order(transaction, sale_order)
