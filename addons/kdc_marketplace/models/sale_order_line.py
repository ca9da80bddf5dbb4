from odoo import api, fields, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    kdc_shop_id = fields.Many2one("kdc.shop", "Shop", related="product_id.product_tmpl_id.kdc_shop_id")
    kdc_reserved = fields.Integer(
        "Pieces reserved",
        copy=False,
        readonly=True,
        help="Taken off a counted stock by this order; put back if it is given up, whether it is counted then or not.",
    )

    def _kdc_summary(self):
        """Return the line in a few words, for notices and lists."""
        self.ensure_one()
        return f"{self.product_id._kdc_label()} × {self._get_displayed_quantity()}"

    @api.depends("product_id.product_tmpl_id.kdc_shop_id", "order_id.kdc_shop_id")
    def _compute_tax_ids(self):
        """Override of `sale`: the seller's price is final; the ward's taxes do not apply to it."""
        market = self.filtered(lambda line: line.kdc_shop_id or line.order_id.kdc_shop_id)
        market.tax_ids = False
        return super(SaleOrderLine, self - market)._compute_tax_ids()

    @api.depends("order_id.kdc_shop_id")
    def _compute_invoice_status(self):
        """Override of `sale`: the ward invoices nothing of what a shop sells."""
        market = self.filtered("order_id.kdc_shop_id")
        market.invoice_status = "no"
        return super(SaleOrderLine, self - market)._compute_invoice_status()
