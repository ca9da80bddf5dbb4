from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..engine import board_states, listing_states, shop_states

#: What is written in the market: kind → (model, field with the words found, domain of what can still be read, action).
WRITTEN = {
    "listing": (
        "product.template",
        "kdc_ban_words",
        [("kdc_shop_id", "!=", False), ("kdc_listing_state", "!=", listing_states.CLOSED)],
        "kdc_marketplace.product_template_action",
    ),
    "shop": ("kdc.shop", "ban_words", [("state", "!=", shop_states.CLOSED)], "kdc_marketplace.kdc_shop_action"),
    "post": (
        "kdc.board.post",
        "ban_words",
        [("state", "not in", board_states.OVER)],
        "kdc_marketplace.kdc_board_post_action",
    ),
    "review": ("kdc.shop.review", "ban_words", [("state", "!=", "refused")], "kdc_marketplace.kdc_shop_review_action"),
    "question": ("kdc.shop.question", "ban_words", [], "kdc_marketplace.kdc_shop_question_action"),
}


class KdcMarketWords(models.TransientModel):
    """The ward's list of words to look at, kept by its moderators, and where such words stand now."""

    _name = "kdc.market.words"
    _description = "Words to Look at in the Market"

    words = fields.Text(
        default=lambda self: self._kdc_ward().kdc_market_ban_words,
        help="One a line, with or without diacritics; a word may have several syllables.",
    )
    listing_count = fields.Integer("Listings", compute="_compute_counts")
    shop_count = fields.Integer("Shops", compute="_compute_counts")
    post_count = fields.Integer("Posts", compute="_compute_counts")
    review_count = fields.Integer("Reviews", compute="_compute_counts")
    question_count = fields.Integer("Questions and messages", compute="_compute_counts")

    def _compute_display_name(self):
        self.display_name = self.env._("Words to look at")

    @api.model
    def _kdc_ward(self):
        """Return the ward whose list it is, in sudo."""
        return self.env.company.sudo()  # sudo: moderators have no right on settings; one field of the own ward

    def _compute_counts(self):
        for kind in WRITTEN:
            model, domain, _action = self._kdc_found(kind)
            self[f"{kind}_count"] = self.env[model].search_count(domain)

    def _kdc_found(self, kind):
        """Return (model, domain of what has such a word in the ward, action that shows it)."""
        model, fname, readable, action = WRITTEN[kind]
        return model, [*readable, (fname, "!=", False), ("company_id", "=", self.env.company.id)], action

    def action_save(self):
        """Keep the list: all that was written is looked through again, and the numbers follow."""
        self.ensure_one()
        if not self.env["kdc.shop"]._kdc_is_moderator():
            raise AccessError(self.env._("Only a moderator keeps the list of words."))
        self._kdc_ward().kdc_market_ban_words = self.words
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_marketplace.kdc_market_words_action")
        return {**action, "target": "main"}

    def action_view(self):
        """Show what has such a word, of the kind that the button names."""
        kind = self.env.context.get("kdc_written", "listing")
        _model, domain, action = self._kdc_found(kind)
        return {**self.env["ir.actions.act_window"]._for_xml_id(action), "domain": domain, "context": {}}
