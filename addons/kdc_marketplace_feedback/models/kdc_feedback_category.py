from odoo import api, models


class KdcFeedbackCategory(models.Model):
    _inherit = "kdc.feedback.category"

    @api.model
    def _choices(self, company):
        """Leave out reports about the market: they begin at the listing or the order, which comes with them."""
        market = self.env.ref("kdc_marketplace_feedback.category_market", raise_if_not_found=False)
        return [choice for choice in super()._choices(company) if choice[0] != market]
