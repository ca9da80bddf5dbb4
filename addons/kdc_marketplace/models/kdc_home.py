from odoo import api, models

from ..engine import listing_states, order_states, shop_states

ORDERS = "kdc_marketplace.sale_order_action"
SHOPS = "kdc_marketplace.kdc_shop_action"
# Domains stand apart from the titles: the search for translatable terms takes tuples beside a title for terms.
SUBMITTED = [("state", "=", shop_states.SUBMITTED)]
APPROVED = [("state", "=", shop_states.APPROVED)]
PENDING = [("kdc_shop_id", "!=", False), ("kdc_listing_state", "=", listing_states.PENDING)]
POSTS = [("state", "=", "pending")]
PAPERS = [("state", "=", "pending")]
WORDS = [("state", "=", "waiting")]
UNANSWERED = [("kdc_shop_state", "=", order_states.NEW), ("date_order", "<", "now -1d")]
REPORTS = [("state", "=", "open")]
REVIEWS = ["|", ("state", "=", "pending"), "&", ("state", "=", "published"), ("answer_state", "=", "pending")]
UNDER_WAY = [("kdc_shop_state", "in", order_states.OPEN)]
READERS = "kdc_marketplace.group_moderator,kdc_residents.group_officer,kdc_residents.group_auditor"


class KdcHome(models.AbstractModel):
    _inherit = "kdc.home"

    @api.model
    def _home_cards(self):
        cards = super()._home_cards()
        if self.env.user.has_group("kdc_marketplace.group_moderator"):
            cards += [
                self._home_card(
                    "shops_submitted", self.env._("Shops to check"), "kdc.shop", SUBMITTED, SHOPS, kind="warn"
                ),
                self._home_card(
                    "listings_pending",
                    self.env._("Listings to check"),
                    "product.template",
                    PENDING,
                    "kdc_marketplace.product_template_action_pending",
                    kind="warn",
                ),
                self._home_card(
                    "posts_pending",
                    self.env._("Posts of the board to check"),
                    "kdc.board.post",
                    POSTS,
                    "kdc_marketplace.kdc_board_post_action",
                    kind="warn",
                ),
                self._home_card(
                    "words_waiting",
                    self.env._("Questions and messages to check"),
                    "kdc.shop.question",
                    WORDS,
                    "kdc_marketplace.kdc_shop_question_action",
                    kind="warn",
                ),
                self._home_card(
                    "papers_pending",
                    self.env._("Papers to check"),
                    "kdc.shop.paper",
                    PAPERS,
                    "kdc_marketplace.kdc_shop_paper_action",
                    kind="warn",
                ),
                self._home_card(
                    "market_reports",
                    self.env._("Reports to decide within 24 hours"),
                    "kdc.market.report",
                    REPORTS,
                    "kdc_marketplace.kdc_market_report_action",
                    kind="late",
                ),
                self._home_card(
                    "market_reviews",
                    self.env._("Reviews to check"),
                    "kdc.shop.review",
                    REVIEWS,
                    "kdc_marketplace.kdc_shop_review_action",
                    kind="warn",
                ),
                self._home_card(
                    "orders_unanswered",
                    self.env._("Orders without an answer for a day"),
                    "sale.order",
                    UNANSWERED,
                    ORDERS,
                    kind="late",
                ),
                self._home_card(
                    "orders_forgotten",
                    self.env._("Orders not handed over for %s days", self.env.company.kdc_market_handover_days),
                    "sale.order",
                    list(self.env["sale.order"]._kdc_forgotten_domain()),
                    ORDERS,
                    kind="late",
                ),
                self._home_card(
                    "orders_open", self.env._("Orders under way"), "sale.order", UNDER_WAY, ORDERS, kind="fact"
                ),
            ]
            if year := self.env["kdc.market.year"]._due_now():
                title = self.env._("Report of the market for %s: send it before 15 February", str(year))
                cards.append(self._home_job("market_year", title, "kdc_marketplace.kdc_market_year_action"))
        if self.env.user.has_groups(READERS):
            cards.append(
                self._home_card(
                    "shops", self.env._("Shops open to the public"), "kdc.shop", APPROVED, SHOPS, kind="fact"
                )
            )
        return cards
