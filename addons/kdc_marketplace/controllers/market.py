"""The public market: Odoo's shop pages, filtered by shop and led to the hand-over instead of to a payment."""

import re

from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.engine.text import fold
from odoo.addons.website_sale.controllers.main import WebsiteSale
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request, route

from ..engine import shop_states
from ..models.website import HANDOVER_URL

#: What the market asks for in its addresses beside Odoo's own filters; links keep each other's.
FILTERS = ("kdc_shop", "kdc_open_now", "kdc_area", "kdc_badge")


class MarketShop(WebsiteSale):
    # -- looking around --------------------------------------------------------------------------------------------
    def _market_shop(self, code):
        """Return the approved shop with this address in the ward, in sudo; empty for none that the reader may see."""
        # sudo: guests have no right on shops; only the fields named in `_market_shop_values` leave this class
        Shop = request.env["kdc.shop"].sudo()
        ward = request.website.company_id
        open_here = [("code", "=", code), ("state", "=", shop_states.APPROVED), ("company_id", "=", ward.id)]
        return Shop.search(Domain(open_here) & Shop._kdc_shown_domain(), limit=1)

    def _market_shop_values(self, shop):
        """Return what the public may know about a shop (the seller information the law asks for)."""
        return {
            "name": shop.name,
            "code": shop.code,
            "address": shop.address,
            "area": shop.area_id.display_name if shop.area_id else "",
            "phone": shop.phone,
            "opening_hours": shop.opening_hours,
            "seller": shop._kdc_seller_values(),
            "open_now": shop._kdc_opening_now(),
            "answers": shop._kdc_answer_text(),
            "special_days": [
                (day.date_from, day.date_to, day.name or "", day.hours or "") for day in shop._kdc_coming_special_days()
            ],
            "description": shop.description,
            "served": shop._kdc_served_text(),
            "delivery_note": shop.delivers and (shop.delivery_note or request.env._("Brings goods to the house")),
        }

    @route("/shop/of/<string:code>", type="http", auth="public", website=True, sitemap=False)
    def market_shop_page(self, code, **post):
        """Show one shop and its listings."""
        if not self._market_shop(code):
            raise request.not_found()
        post["kdc_shop"] = code
        return self.shop(**post)

    def _get_search_options(self, **post):
        return {
            **super()._get_search_options(**post),
            "kdc_shop": post.get("kdc_shop"),
            "kdc_open_now": bool(post.get("kdc_open_now")),
            "kdc_area": self._market_area(post.get("kdc_area")),
            "kdc_badge": post.get("kdc_badge"),
        }

    def _market_area(self, typed):
        """Return the area of the ward that is asked for; empty when there is none, or nothing to choose from."""
        return request.website._kdc_areas().filtered(lambda area: str(area.id) == typed)

    def _get_search_order(self, post):
        """Override of `website_sale`: an order nobody offers (an old link, a typing error) is the usual order."""
        offered = {key for key, _label in request.env["website"]._get_product_sort_mapping()}
        if post.get("order") in offered:
            return super()._get_search_order(post)
        # Nobody has asked for an order: the specialties of the place come first
        return "kdc_local desc, " + super()._get_search_order({**post, "order": None})

    @staticmethod
    def _get_attribute_value_dict(attribute_values):
        """Override of `website_sale`: leave out filters that are no numbers instead of failing on them."""
        pattern = re.compile(r"[0-9]{1,9}-[0-9]{1,9}(,[0-9]{1,9})*")
        return WebsiteSale._get_attribute_value_dict([v for v in attribute_values if pattern.fullmatch(v)])

    def _shop_get_query_url_kwargs(self, search, min_price, max_price, order=None, tags=None, **kwargs):
        values = super()._shop_get_query_url_kwargs(search, min_price, max_price, order=order, tags=tags, **kwargs)
        values |= {name: kwargs[name] for name in FILTERS if kwargs.get(name)}
        return values

    def _add_search_subdomains_hook(self, search):
        """Also find what is typed without diacritics when Odoo computes the price range of a search."""
        return [*super()._add_search_subdomains_hook(search), ("kdc_search_key", "ilike", fold(search))]

    def _get_additional_shop_values(self, values, **kwargs):
        result = {**super()._get_additional_shop_values(values, **kwargs), "market_fmt": fmt}
        if kwargs.get("kdc_shop") and (shop := self._market_shop(kwargs["kdc_shop"])):
            result.update(market_shop=self._market_shop_values(shop), market_shop_fmt=fmt)
        elif request.website.kdc_has_market:
            result["market_filter"] = self._market_filter_values(**kwargs)
        return result

    def _market_filter_values(self, kdc_open_now=None, kdc_area=None, kdc_badge=None, **_kwargs):
        """Return what the filters of the market show: what is chosen, and the reader's own area first of all."""
        areas, user = request.website._kdc_areas(), request.env.user
        return {
            "open_now": bool(kdc_open_now),
            "badge": kdc_badge,
            "badges": request.env["product.template"]._kdc_badges(),
            "area": self._market_area(kdc_area),
            "own_area": areas.browse() if not areas or user._is_public() else user._kdc_resident().area_id & areas,
            "areas": areas,
        }

    def _prepare_product_values(self, product, category, **kwargs):
        values = super()._prepare_product_values(product, category, **kwargs)
        if product.kdc_shop_id and (shop := self._market_shop(product.kdc_shop_code)):
            values.update(market_shop=self._market_shop_values(shop), market_shop_fmt=fmt)
            if product.kdc_has_choices:
                values["market_choices"] = self._market_choice_values(product)
        return values

    def _market_choice_values(self, product):
        """Return what can be chosen of a listing, with the price this reader pays; what is closed is not shown."""
        user, rows = request.env.user, []
        for choice in product._kdc_variants().filtered("kdc_variant_open"):
            usual, left = choice.kdc_variant_price, choice._kdc_left()
            saving = 0 if user._is_public() else choice._kdc_resident_saving(user.partner_id)
            rows.append(
                {
                    "id": choice.id,
                    "name": choice.kdc_choice,
                    "price": usual - saving,
                    "usual": saving and usual,
                    "left": left,
                    "sold_out": left == 0,
                }
            )
        first = next((row for row in rows if not row["sold_out"]), None)
        for row in rows:
            row["chosen"] = row is first
        return {"kinds": [kind.name for kind in product._kdc_kinds()], "rows": rows, "some": bool(first)}

    @route()
    def shop(self, page=0, category=None, search="", min_price=0.0, max_price=0.0, tags="", **post):
        """Override of `website_sale`: tags that are none filter nothing."""
        tags = ",".join(tag for tag in tags.split(",") if request.env["ir.http"]._unslug(tag)[1])
        return super().shop(
            page=page, category=category, search=search, min_price=min_price, max_price=max_price, tags=tags, **post
        )

    # -- checkout --------------------------------------------------------------------------------------------------
    # Buyer and shop arrange the hand-over on one page of ours; addresses, carriers and payments do not apply.
    def _check_cart_and_addresses(self, order_sudo):
        """Override of `website_sale`: every later step of a market basket is the hand-over page."""
        if order_sudo and order_sudo._kdc_is_market():
            return request.redirect(HANDOVER_URL)
        return super()._check_cart_and_addresses(order_sudo)

    def _check_cart(self, order_sudo):
        """Override of `website_sale`, see `_check_cart_and_addresses`."""
        if order_sudo and order_sudo.state == "draft" and order_sudo._kdc_is_market():
            return request.redirect(HANDOVER_URL)
        return super()._check_cart(order_sudo)

    @route()
    def process_express_checkout(self, billing_address, shipping_address=None, shipping_option=None, **kwargs):
        if request.cart and request.cart._kdc_is_market():
            raise UserError(request.env._("Orders of the market are paid to the shop, not online."))
        return super().process_express_checkout(
            billing_address, shipping_address=shipping_address, shipping_option=shipping_option, **kwargs
        )

    @route()
    def shop_payment_validate(self, sale_order_id=None, **post):
        """Override of `website_sale`: a free basket must not be confirmed past the split by shop."""
        if request.cart and request.cart._kdc_is_market():
            return request.redirect(HANDOVER_URL)
        return super().shop_payment_validate(sale_order_id=sale_order_id, **post)
