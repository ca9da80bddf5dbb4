"""What buyers say: reviews of finished orders, questions before buying, reports; and the shop's answers."""

from odoo.exceptions import UserError
from odoo.http import request, route

from ..models.kdc_shop_question import ARRIVED
from ..models.kdc_shop_review import STARS
from .basket import whole_number
from .market import MarketShop
from .pages import one_page
from .portal_order import BuyerOrders
from .portal_shop import ShopPortal

TEXT_LENGTH = 1000
PAGE_SIZE = 50


def typed(text):
    return (text or "").strip()[:TEXT_LENGTH]


def words_wait(message):
    """Return the sentence for who wrote what a moderator looks at first, else nothing."""
    if message.state == "waiting":
        return request.env._("The ward looks at what you wrote first, then it is passed on.")
    return ""


class MarketVoice(MarketShop):
    def _market_shop_values(self, shop):
        rating, count = shop._kdc_rating()
        return {**super()._market_shop_values(shop), "rating": rating, "reviews": count}

    def _prepare_product_values(self, product, category, **kwargs):
        values = super()._prepare_product_values(product, category, **kwargs)
        if values.get("market_shop"):
            values["market_listing_id"] = product.id
        return values


class BuyerVoice(BuyerOrders):
    def _market_listing_on_sale(self, listing_id):
        """Return a listing in the market that the reader sees, in sudo; 404 otherwise."""
        Listing = request.env["product.template"].sudo()  # sudo: whether it is shown is part of the search
        shown = [("id", "=", listing_id), ("kdc_shop_id", "!=", False), ("is_published", "=", True)]
        listing = Listing.search([*shown, ("kdc_shown_here", "=", True)], limit=1)
        if not listing or not self._light_resident():
            raise request.not_found()
        return listing

    # -- reviews ---------------------------------------------------------------------------------------------------
    @route("/shop/of/<string:code>/reviews", type="http", auth="public", website=True, sitemap=False, methods=["GET"])
    def market_reviews(self, code, page="1", **_kwargs):
        """Show what buyers said about an open shop."""
        shop = MarketShop()._market_shop(code)
        if not shop:
            raise request.not_found()
        reviews, older = one_page(*shop._kdc_published_reviews(), page, PAGE_SIZE, f"/shop/of/{shop.code}/reviews")
        rating, count = shop._kdc_rating()
        return self._light_render(
            "kdc_marketplace.shop_reviews",
            {
                "shop": {"name": shop.name, "url": shop._kdc_url()},
                "rating": rating,
                "count": count,
                "older": older,
                "reviews": [review._kdc_values() for review in reviews],
            },
        )

    @route(
        "/my/orders/<int:order_id>/review",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET", "POST"],
    )
    def market_review(self, order_id, stars="", text="", **_kwargs):
        """Review the shop of an own finished order, or change the review; a moderator looks at it (again)."""
        order = self._market_own_order(order_id)
        Review = request.env["kdc.shop.review"].sudo()  # sudo: the review of an own order
        review = Review.search([("order_id", "=", order.id)])
        if order._kdc_is_of_the_shop() or not (review or order._kdc_may_be_reviewed()):
            raise request.not_found()
        values = {"order": {"id": order.id, "shop": order.kdc_shop_id.name}, "error": None}
        if request.httprequest.method != "POST":
            form = {"stars": review.stars, "text": review.text or ""}
            return self._light_render("kdc_marketplace.portal_review_form", {**values, "form": form})
        given = whole_number(stars, 0, STARS)
        if not given:
            values.update(error=request.env._("Please choose 1 to 5 stars."), form={"stars": 0, "text": typed(text)})
            return self._light_invalid("kdc_marketplace.portal_review_form", values)
        Review._kdc_write(order, given, typed(text))
        self._light_flash(request.env._("Thank you. The ward looks at the review before others read it."))
        return self._light_redirect(f"/my/orders/{order.id}")

    # -- questions -------------------------------------------------------------------------------------------------
    @route("/shop/ask/<int:listing_id>", type="http", auth="user", website=True, sitemap=False, methods=["GET", "POST"])
    def market_ask(self, listing_id, question="", **_kwargs):
        """Ask the shop about a listing, and read its answers."""
        listing = self._market_listing_on_sale(listing_id)
        Question = request.env["kdc.shop.question"].sudo()  # sudo: own questions only
        partner = request.env.user.partner_id
        error = None
        if request.httprequest.method == "POST":
            try:
                if not typed(question):
                    raise UserError(request.env._("Please type your question."))
                sent = Question._kdc_ask(listing, partner, typed(question))
            except UserError as problem:
                error = str(problem)
            else:
                self._light_flash(
                    words_wait(sent)
                    or request.env._("Your question was sent. You will be told when the shop answers.")
                )
                return self._light_redirect(f"/shop/ask/{listing.id}")
        own = [("product_tmpl_id", "=", listing.id), ("partner_id", "=", partner.id)]
        asked = Question.search(own, limit=PAGE_SIZE)
        return self._light_render(
            "kdc_marketplace.portal_ask",
            {
                "listing": {"name": listing.name, "url": listing.website_url, "shop": listing.kdc_shop_name},
                "questions": [question._kdc_values(mine=True) for question in asked],
                "question": question,
                "error": error,
            },
            status=422 if error else 200,
        )

    # -- reports ---------------------------------------------------------------------------------------------------
    @route(
        "/shop/report/<int:listing_id>", type="http", auth="user", website=True, sitemap=False, methods=["GET", "POST"]
    )
    def market_report_listing(self, listing_id, **post):
        listing = self._market_listing_on_sale(listing_id)
        return self._market_report(listing, listing.name, listing.website_url, post)

    @route(
        "/my/orders/<int:order_id>/report",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET", "POST"],
    )
    def market_report_order(self, order_id, **post):
        order = self._market_own_order(order_id)
        return self._market_report(order, order.name, f"/my/orders/{order.id}", post)

    def _market_report(self, subject, name, back_url, post):
        Report = request.env["kdc.market.report"]
        kinds = Report._fields["kind"]._description_selection(request.env)
        values = {
            "name": name,
            "shop": subject._name != "kdc.board.post" and subject.kdc_shop_id.name,
            "back_url": back_url,
            "kinds": kinds,
            "form": {"kind": post.get("kind", ""), "text": typed(post.get("text"))},
            "error": None,
        }
        if request.httprequest.method != "POST":
            return self._light_render("kdc_marketplace.portal_report_form", values)
        form = values["form"]
        if form["kind"] not in dict(kinds) or not form["text"]:
            values["error"] = request.env._("Please choose what is wrong and describe it in a few words.")
            return self._light_invalid("kdc_marketplace.portal_report_form", values)
        return self._market_report_sent(
            Report._kdc_report(subject, request.env.user.partner_id, form["kind"], form["text"])
        )

    def _market_report_sent(self, report):
        """Go on after ``report`` (sudo) was filed; addons that let its reporter follow it lead there."""
        self._light_flash(request.env._("Thank you. The ward looks at it within 24 hours and tells you."))
        return self._light_redirect("/shop/board" if report.post_id else "/my/orders")


class ShopVoice(ShopPortal):
    @route("/my/shop/questions", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_shop_questions(self, page="1", **_kwargs):
        """Show the questions of buyers, unanswered ones first."""
        shop = self._market_my_shop()
        # sudo: questions to the own shop
        Question = request.env["kdc.shop.question"].sudo()
        order = "answer_date desc nulls first, id desc"
        own = [("shop_id", "=", shop.id), *ARRIVED]
        questions, older = one_page(Question, own, page, PAGE_SIZE, "/my/shop/questions", order)
        return self._light_render(
            "kdc_marketplace.portal_shop_questions",
            {
                "older": older,
                "questions": [
                    {**question._kdc_values(mine=False), "listing": question.product_tmpl_id.name}
                    for question in questions
                ],
            },
        )

    @route("/my/shop/reviews", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_shop_reviews(self, page="1", **_kwargs):
        shop = self._market_my_shop()
        reviews, older = one_page(*shop._kdc_published_reviews(), page, PAGE_SIZE, "/my/shop/reviews")
        return self._light_render(
            "kdc_marketplace.portal_shop_reviews",
            {"reviews": [review._kdc_shop_values() for review in reviews], "older": older},
        )

    @route(
        "/my/shop/<any(questions,reviews):what>/<int:record_id>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def market_shop_answer(self, what, record_id, answer="", **_kwargs):
        """Answer a question or a review of the own shop, once."""
        model = "kdc.shop.question" if what == "questions" else "kdc.shop.review"
        arrived = ARRIVED if what == "questions" else []
        record = self._market_of_my_shops(model, record_id, domain=arrived, shop_field="shop_id")
        env = request.env
        url = f"/my/shop/{what}"
        if not typed(answer):
            return self._market_back(env._("Please type your answer."), url)
        done = {
            "questions": env._("Sent. The buyer was told."),
            "reviews": env._("Sent. The ward looks at the answer before others read it."),
        }[what]
        # Whether the words are passed on at once is known when they are there
        said = (lambda _result: words_wait(record) or done) if what == "questions" else done
        return self._market_step(lambda: record._kdc_answer(typed(answer)), said, url)
