"""The shops of the market as a plain list: for old phones, and to see who sells where one lives."""

from odoo.addons.kdc_residents.controllers.light import LightController
from odoo.http import request, route

from ..engine import shop_states
from .basket import whole_number

PAGE_SIZE = 30


class MarketShops(LightController):
    @route("/shop/shops", type="http", auth="public", website=True, sitemap=False, methods=["GET"], readonly=True)
    def market_shops(self, area="", page="1", **_kwargs):
        """Show the shops that sell in an area, or all of them."""
        areas = request.website._kdc_areas()
        chosen = areas.filtered(lambda a: str(a.id) == area)
        own = areas & self._light_resident().area_id if areas else areas
        # sudo: guests have no right on shops; name, address, hours and areas of approved ones are public
        Shop = request.env["kdc.shop"].sudo()
        domain = [("state", "=", shop_states.APPROVED), ("company_id", "=", request.website.company_id.id)]
        if chosen:
            domain += ["|", ("served_area_ids", "=", False), ("served_area_ids", "in", chosen.ids)]
        number = max(whole_number(page, 1, 10**6), 1)
        shops = Shop.search(domain, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1)
        return self._light_render(
            "kdc_marketplace.market_shops",
            {
                "chosen": chosen.name,
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
                    for shop in shops[:PAGE_SIZE]
                ],
                "more": len(shops) > PAGE_SIZE and f"/shop/shops?area={chosen.id or ''}&page={number + 1}",
            },
        )
