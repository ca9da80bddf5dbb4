from odoo import api, models


class PaymentProvider(models.Model):
    _inherit = "payment.provider"

    @api.model
    def _get_compatible_providers(self, *args, sale_order_id=None, report=None, **kwargs):
        """Override of `payment`: a market order is paid to the shop, never through a provider of the ward."""
        providers = super()._get_compatible_providers(*args, sale_order_id=sale_order_id, report=report, **kwargs)
        # sudo: the kind of the order decides, not who asks
        if sale_order_id and self.env["sale.order"].sudo().browse(sale_order_id)._kdc_is_market():
            return providers.browse()
        return providers
