from odoo import models


class KdcMarketReason(models.TransientModel):
    """Takes down the words in which the ward asks a shop about a report."""

    _inherit = "kdc.market.reason"

    def _is_question(self, model, kind):
        return (model, kind) == ("kdc.market.report", "cancel")

    def _title(self, records, kind):
        if self._is_question(records._name, kind):
            return self.env._("Ask the shop: %s", ", ".join(records.shop_id.mapped("name")))
        return super()._title(records, kind)

    def _method(self):
        return "_kdc_ask_shop" if self._is_question(self.res_model, self.kind) else super()._method()
