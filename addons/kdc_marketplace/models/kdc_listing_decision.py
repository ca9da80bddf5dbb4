from odoo import api, fields, models


class KdcListingDecision(models.Model):
    """The log of the moderators: who decided what about a listing or a post of the board, and what it said that day.

    Written by the decisions themselves; nobody has a right to change it.
    """

    _name = "kdc.listing.decision"
    _description = "Decision about a Listing"
    _order = "id desc"
    _rec_name = "name"

    product_tmpl_id = fields.Many2one("product.template", "Listing", index=True, ondelete="cascade")
    post_id = fields.Many2one("kdc.board.post", "Post on the board", index="btree_not_null", ondelete="cascade")
    shop_id = fields.Many2one(related="product_tmpl_id.kdc_shop_id", store=True, index=True)
    company_id = fields.Many2one("res.company", compute="_compute_company_id", store=True)
    user_id = fields.Many2one("res.users", "Decided by", required=True, ondelete="restrict")
    date = fields.Datetime("Decided on", required=True, default=fields.Datetime.now)
    kind = fields.Selection(
        [
            ("publish", "Published"),
            ("refuse", "Given back"),
            ("close", "Closed for good"),
            ("lift", "Released again"),
            ("show", "Words let through"),
            ("hide", "Words removed"),
        ],
        "Decision",
        required=True,
    )
    reason_id = fields.Many2one("kdc.listing.refusal.reason", "Kind of reason", ondelete="restrict")
    reason = fields.Text()
    name = fields.Char("Name then", required=True)
    description = fields.Text("Description then")
    price = fields.Integer("Price then (₫)")
    photo_count = fields.Integer("Photos then")
    ban_words = fields.Char("Words looked at")
    wait_hours = fields.Float("Hours waited", digits=(8, 1), aggregator="avg")

    _subject_check = models.Constraint(
        "CHECK ((product_tmpl_id IS NULL) <> (post_id IS NULL))", "A decision is about a listing or about a post."
    )

    @api.depends("product_tmpl_id.kdc_shop_id.company_id", "post_id.company_id")
    def _compute_company_id(self):
        for decision in self:
            decision.company_id = decision.shop_id.company_id or decision.post_id.company_id
