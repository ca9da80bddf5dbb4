from odoo import fields, models


class KdcListingDecision(models.Model):
    """The log of the moderators: who decided what about a listing, and what it said on that day.

    Written by the decisions themselves; nobody has a right to change it.
    """

    _name = "kdc.listing.decision"
    _description = "Decision about a Listing"
    _order = "id desc"
    _rec_name = "name"

    product_tmpl_id = fields.Many2one("product.template", "Listing", required=True, index=True, ondelete="cascade")
    shop_id = fields.Many2one(related="product_tmpl_id.kdc_shop_id", store=True, index=True)
    company_id = fields.Many2one(related="product_tmpl_id.kdc_shop_id.company_id", store=True)
    user_id = fields.Many2one("res.users", "Decided by", required=True, ondelete="restrict")
    date = fields.Datetime("Decided on", required=True, default=fields.Datetime.now)
    kind = fields.Selection(
        [("publish", "Published"), ("refuse", "Given back"), ("close", "Closed for good")], "Decision", required=True
    )
    reason_id = fields.Many2one("kdc.listing.refusal.reason", "Kind of reason", ondelete="restrict")
    reason = fields.Text()
    name = fields.Char("Name then", required=True)
    description = fields.Text("Description then")
    price = fields.Integer("Price then (₫)")
    photo_count = fields.Integer("Photos then")
    ban_words = fields.Char("Words looked at")
    wait_hours = fields.Float("Hours waited", digits=(8, 1), aggregator="avg")
