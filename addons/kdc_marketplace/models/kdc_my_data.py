from odoo import models


class KdcResident(models.Model):
    _inherit = "kdc.resident"

    def _kdc_my_data(self):
        """Add the orders the person placed, what the person said, and the shops the person works for or owns."""
        sections = super()._kdc_my_data()
        orders = self._kdc_own("sale.order").filtered(lambda order: order.state != "draft")
        return [
            *sections,
            self._kdc_section(
                "orders",
                self.env._("Orders"),
                orders,
                [
                    "name",
                    "date_order",
                    "kdc_shop_id",
                    "amount_total",
                    "kdc_shop_state",
                    "kdc_buyer_phone",
                    "kdc_handover_address",
                    "kdc_buyer_note",
                ],
            ),
            self._kdc_section(
                "order_lines",
                self.env._("Ordered goods"),
                orders.order_line,
                ["order_id", "name", "product_uom_qty", "price_total", "kdc_slot_start", "kdc_slot_address"],
            ),
            self._kdc_section(
                "reviews",
                self.env._("Reviews"),
                self._kdc_own("kdc.shop.review"),
                ["order_id", "date", "stars", "text", "state", "reason", "answer"],
            ),
            self._kdc_section(
                "questions",
                self.env._("Questions to shops, messages about posts"),
                self._kdc_own("kdc.shop.question"),
                ["product_tmpl_id", "post_id", "create_date", "question", "answer"],
            ),
            self._kdc_section(
                "board",
                self.env._("My posts on the board"),
                self._kdc_own("kdc.board.post"),
                ["create_date", "kind", "name", "text", "phone", "area_id", "state", "expiry_date", "refuse_reason"],
            ),
            self._kdc_section(
                "reports",
                self.env._("Reports about the market"),
                self._kdc_own("kdc.market.report"),
                ["create_date", "shop_id", "kind", "text", "outcome"],
            ),
            *self.partner_id._kdc_seller_sections(),
        ]

    def _kdc_own(self, model):
        """Return what this person wrote or ordered in the market."""
        return self.env[model].search([("partner_id", "=", self.partner_id.id)])
