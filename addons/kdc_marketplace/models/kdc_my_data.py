from odoo import models


class KdcResident(models.Model):
    _inherit = 'kdc.resident'

    def _kdc_my_data(self):
        """Add the orders the person placed and the shops the person works for."""
        sections = super()._kdc_my_data()
        orders = self.env['sale.order'].search([('partner_id', '=', self.partner_id.id), ('state', '!=', 'draft')])
        shops = self.env['kdc.shop.member'].search([('user_id.partner_id', '=', self.partner_id.id)])
        return [
            *sections,
            self._kdc_section('orders', self.env._("Orders"), orders, [
                'name', 'date_order', 'kdc_shop_id', 'amount_total', 'kdc_shop_state', 'kdc_buyer_phone',
                'kdc_handover_address', 'kdc_buyer_note',
            ]),
            self._kdc_section('order_lines', self.env._("Ordered goods"), orders.order_line, [
                'order_id', 'name', 'product_uom_qty', 'price_total',
            ]),
            self._kdc_section('shops', self.env._("My shops"), shops, ['shop_id', 'role']),
        ]
