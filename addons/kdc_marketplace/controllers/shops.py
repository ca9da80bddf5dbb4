"""The shops of the market as a plain list: for old phones, and to see who sells where one lives."""

from odoo.addons.kdc_residents.controllers.light import LightController
from odoo.fields import Domain
from odoo.http import request, route

from ..engine import shop_states
from .pages import address, one_page, typed_search, words_domain

PAGE_SIZE = 30
URL = "/shop/shops"


class MarketShops(LightController):
    @route(URL, type="http", auth="public", website=True, sitemap=False, methods=["GET"], readonly=True)
    def market_shops(self, area="", page="1", search="", badge="", open_now="", **_kwargs):
        """Show the shops that sell in an area, or all of them; by name, by badge of their goods, open ones only."""
        areas = request.website._kdc_areas()
        chosen = areas.filtered(lambda a: str(a.id) == area)
        own = areas & self._light_resident().area_id if areas else areas
        search = typed_search(search)
        badges = request.env["product.template"]._kdc_badges()
        badge = badge if badge in dict(badges) else ""
        # sudo: guests have no right on shops; name, address, hours and areas of approved ones are public
        Shop = request.env["kdc.shop"].sudo()
        here = address(URL, search=search, badge=badge, open_now="1" if open_now else "", area=chosen.id)
        shops, more = one_page(Shop, self._market_shops_domain(chosen, search, badge, open_now), page, PAGE_SIZE, here)
        return self._light_render(
            "kdc_marketplace.market_shops",
            {
                "chosen": chosen.name,
                "area": chosen.id,
                "search": search,
                "badge": badge,
                "badges": badges,
                "open_only": bool(open_now),
                "filtered": bool(search or badge or open_now),
                "own": own and {"id": own.id, "name": own.name, "current": own == chosen},
                "areas": [{"id": a.id, "name": a.name} for a in areas - own - chosen],
                "shops": [
                    {
                        "name": shop.name,
                        "url": shop._kdc_url(),
                        "address": shop.address,
                        "served": shop._kdc_served_text(),
                        "open_now": shop._kdc_opening_now(),
                    }
                    for shop in shops
                ],
                "more": more,
            },
        )

    def _market_shops_domain(self, area, search, badge, open_now):
        """Return the domain of the shops asked for; guests ask, so only approved shops they may see are found."""
        company = request.website.company_id
        domain = Domain("state", "=", shop_states.APPROVED) & Domain("company_id", "=", company.id)
        domain &= request.env["kdc.shop"]._kdc_shown_domain()
        if area:
            domain &= Domain("served_area_ids", "=", False) | Domain("served_area_ids", "in", area.ids)
        domain &= words_domain("search_key", search)
        if badge:
            goods = request.env["product.template"]._kdc_badge_domain(badge) & Domain("is_published", "=", True)
            domain &= Domain("listing_ids", "any", goods)
        if open_now:
            domain &= Domain("code", "in", request.env["kdc.shop"]._kdc_open_codes(company))
        return domain
