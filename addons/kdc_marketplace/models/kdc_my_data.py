from odoo import models


class KdcResident(models.Model):
    _inherit = "kdc.resident"

    def _kdc_my_data(self):
        """Add the orders the person placed and the shops the person works for."""
        sections = super()._kdc_my_data()
        orders = self.env["sale.order"].search([("partner_id", "=", self.partner_id.id), ("state", "!=", "draft")])
        shops = self.env["kdc.shop.member"].search([("user_id.partner_id", "=", self.partner_id.id)])
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
                [
                    "order_id",
                    "name",
                    "product_uom_qty",
                    "price_total",
                ],
            ),
            self._kdc_section(
                "reviews",
                self.env._("Reviews"),
                self._kdc_own("kdc.shop.review"),
                [
                    "order_id",
                    "date",
                    "stars",
                    "text",
                    "state",
                    "answer",
                ],
            ),
            self._kdc_section(
                "questions",
                self.env._("Questions to shops"),
                self._kdc_own("kdc.shop.question"),
                [
                    "product_tmpl_id",
                    "create_date",
                    "question",
                    "answer",
                ],
            ),
            self._kdc_section(
                "reports",
                self.env._("Reports about the market"),
                self._kdc_own("kdc.market.report"),
                [
                    "create_date",
                    "shop_id",
                    "kind",
                    "text",
                    "outcome",
                ],
            ),
            self._kdc_section("shops", self.env._("My shops"), shops, ["shop_id", "role"]),
        ]

    def _kdc_own(self, model):
        """Return what this person wrote in the market."""
        return self.env[model].search([("partner_id", "=", self.partner_id.id)])
