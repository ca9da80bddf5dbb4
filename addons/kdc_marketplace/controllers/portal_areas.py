"""Where a shop sells, ticked by its owner on the phone."""

from odoo import Command
from odoo.http import request, route

from .portal_shop import ShopPortal


class ShopAreas(ShopPortal):
    @route("/my/shop/areas", type="http", auth="user", website=True, sitemap=False, methods=["GET", "POST"])
    def market_shop_areas(self, only_served="", **_kwargs):
        """Choose the residential groups in which the shop sells, none for the whole ward, and whether others see it."""
        shop = self._market_my_shop(owner=True)
        areas = self._market_areas()
        if request.httprequest.method == "POST":
            wanted = set(request.httprequest.form.getlist("area_ids"))
            chosen = areas.filtered(lambda area: str(area.id) in wanted)
            if wanted and not chosen:
                # None ticked is the whole ward: a page from before a merger of groups must not open the shop to it
                self._light_flash(request.env._("These groups have changed. Please choose again."), "warn")
                return self._light_redirect("/my/shop/areas")
            if only_served and not chosen:
                self._light_flash(request.env._("Please tick the groups to which alone the shop is shown."), "warn")
                return self._light_redirect("/my/shop/areas")
            shop.write({"served_area_ids": [Command.set(chosen.ids)], "only_served": bool(only_served)})
            self._light_flash(request.env._("Saved. Buyers see it at once."))
            return self._light_redirect("/my/shop")
        return self._light_render(
            "kdc_marketplace.portal_shop_areas",
            {
                "areas": [
                    {
                        "id": area.id,
                        "name": area.name,
                        "chosen": area in shop.served_area_ids,
                        "refused": area in shop.refused_area_ids,
                    }
                    for area in areas
                ],
                "only_served": shop.only_served,
            },
        )
