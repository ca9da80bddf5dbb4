"""How a shop hands over, kept by its owner on the phone: pick-up points and delivery zones."""

from odoo.fields import Command
from odoo.http import request, route

from ..models.kdc_shop_place import MAX_FEE
from .basket import dong
from .portal_shop import ShopPortal

FORM = "kdc_marketplace.portal_place_form"
MAX_PLACES = 30
AMOUNTS = ("fee", "minimum", "free_from")


class ShopDelivery(ShopPortal):
    def _market_my_place(self, place_id):
        """Return a place of the own shop, in sudo; 404 otherwise."""
        shop = self._market_my_shop(owner=True)
        # sudo: the shop is part of the search
        place = request.env["kdc.shop.place"].sudo().search([("id", "=", place_id), ("shop_id", "=", shop.id)], limit=1)
        if not place:
            raise request.not_found()
        return place

    @route("/my/shop/delivery", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_places(self, **_kwargs):
        """Show where goods are fetched and where they are brought, with fee and minimum."""
        shop = self._market_my_shop(owner=True)
        return self._light_render(
            "kdc_marketplace.portal_places",
            {
                "delivers": shop.delivers,
                "address": shop.address,
                "places": [
                    {
                        "id": place.id,
                        "kind": place.kind,
                        "name": place.name,
                        "note": place.note,
                        "areas": ", ".join(place.area_ids.mapped("name")),
                        "fee": place.fee,
                        "minimum": place.minimum,
                        "free_from": place.free_from,
                    }
                    for place in shop.place_ids
                ],
            },
        )

    @route("/my/shop/delivery/switch", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_delivery_switch(self, on="", **_kwargs):
        """Begin or stop to bring goods; zones are kept."""
        self._market_my_shop(owner=True).write({"delivers": on == "1"})
        self._light_flash(request.env._("Saved."))
        return self._light_redirect("/my/shop/delivery")

    @route(
        "/my/shop/delivery/<any(pickup,delivery):kind>/new",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET", "POST"],
    )
    def market_place_new(self, kind, **post):
        shop = self._market_my_shop(owner=True)
        if len(shop.place_ids) >= MAX_PLACES:
            self._light_flash(
                request.env._("A shop has at most %s places. Please change one of them.", MAX_PLACES), "warn"
            )
            return self._light_redirect("/my/shop/delivery")
        empty = request.env["kdc.shop.place"].sudo()  # sudo: an empty set to read defaults from
        if request.httprequest.method != "POST":
            return self._light_render(FORM, self._market_place_form(empty, kind, {}))
        values, errors = self._market_place_parse(kind, post)
        if errors:
            return self._light_invalid(FORM, self._market_place_form(empty, kind, post, errors))
        # sudo: owners have no right on places; the fields are named in `_market_place_parse`
        request.env["kdc.shop.place"].sudo().create({**values, "shop_id": shop.id, "kind": kind})
        if kind == "delivery" and not shop.delivers:
            shop.write({"delivers": True})
        self._light_flash(request.env._("Saved. Buyers see it at once."))
        return self._light_redirect("/my/shop/delivery")

    @route(
        "/my/shop/delivery/<int:place_id>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET", "POST"],
    )
    def market_place_edit(self, place_id, **post):
        place = self._market_my_place(place_id)
        if request.httprequest.method != "POST":
            return self._light_render(FORM, self._market_place_form(place, place.kind, {}))
        values, errors = self._market_place_parse(place.kind, post)
        if errors:
            return self._light_invalid(FORM, self._market_place_form(place, place.kind, post, errors))
        place.write(values)
        self._light_flash(request.env._("Saved. Buyers see it at once."))
        return self._light_redirect("/my/shop/delivery")

    @route(
        "/my/shop/delivery/<int:place_id>/remove",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def market_place_remove(self, place_id, **_kwargs):
        """Take a place away; orders that were made with it keep their copy."""
        self._market_my_place(place_id).unlink()
        self._light_flash(request.env._("Removed. Orders already made stay as they are."))
        return self._light_redirect("/my/shop/delivery")

    def _market_place_form(self, place, kind, post, errors=None):
        """Return what the form shows: what was typed, else what is stored."""
        chosen = set(request.httprequest.form.getlist("area_ids")) if post else {str(i) for i in place.area_ids.ids}
        return {
            "place_id": place.id,
            "kind": kind,
            "form": {
                "name": post.get("name", place.name or ""),
                "note": post.get("note", place.note or ""),
                **{fname: post.get(fname, str(place[fname] or "") if place else "") for fname in AMOUNTS},
            },
            "areas": [
                {"id": area.id, "name": area.name, "chosen": str(area.id) in chosen} for area in self._market_areas()
            ],
            "errors": errors or {},
        }

    def _market_place_parse(self, kind, post):
        """Return (values to write, errors by field). Only these fields can be written."""
        env = request.env
        errors = {}
        wanted = set(request.httprequest.form.getlist("area_ids"))
        areas = self._market_areas().filtered(lambda area: str(area.id) in wanted)
        values = {
            "name": (post.get("name") or "").strip()[:80],
            "note": (post.get("note") or "").strip()[:200] or False,
            "area_ids": [Command.set(areas.ids)],
        }
        if not values["name"]:
            errors["name"] = (
                env._("Please type what this zone is called.")
                if kind == "delivery"
                else env._("Please type what this place is called.")
            )
        for fname in AMOUNTS:
            amount = dong(post.get(fname))
            if amount is None or amount > MAX_FEE:
                errors[fname] = env._("Please type an amount in đồng, for example 15000. Empty means none.")
            else:
                values[fname] = amount
        return values, errors
