"""What a listing tells besides name and price (origin, OCOP, a price for residents), and a new one made from it."""

import uuid
from datetime import date

from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.http import request, route
from psycopg2 import IntegrityError

from .basket import dong
from .portal_shop import ShopPortal

TEXTS = {"kdc_origin": 80, "kdc_ocop_decision": 60}
#: A decision counts 36 months; a day further away is a slip of the finger (years).
MAX_OCOP_YEARS = 4


class ShopListingMore(ShopPortal):
    def _market_listing_values(self, listing):
        return {
            **super()._market_listing_values(listing),
            "badge": listing._kdc_badge(),
            "resident_price": listing.kdc_resident_price,
            "ocop_over": bool(listing.kdc_ocop_stars and not listing._kdc_badge()),
        }

    def _market_listing_form(self, listing, post, errors=None):
        values = super()._market_listing_form(listing, post, errors)
        form = values["form"]
        form["resident_price"] = post.get("resident_price", str(listing.kdc_resident_price or "") if listing else "")
        for fname in TEXTS:
            form[fname] = post.get(fname, listing[fname] or "")
        form["kdc_own_produce"] = bool(post.get("kdc_own_produce")) if post else listing.kdc_own_produce
        form["kdc_ocop_stars"] = post.get("kdc_ocop_stars", listing.kdc_ocop_stars or "")
        expiry = listing.kdc_ocop_expiry
        form["kdc_ocop_expiry"] = post.get("kdc_ocop_expiry", expiry.isoformat() if expiry else "")
        stars = request.env["product.template"]._fields["kdc_ocop_stars"]._description_selection(request.env)
        return {**values, "ocop_stars": stars, "photo_count": len(listing._kdc_photos()) if listing else 0}

    def _market_listing_parse(self, post, listing=None):
        values, errors = super()._market_listing_parse(post, listing)
        for fname, size in TEXTS.items():
            values[fname] = (post.get(fname) or "").strip()[:size] or False
        values["kdc_own_produce"] = bool(post.get("kdc_own_produce"))
        self._market_ocop_parse(post, values, errors)
        return values, errors

    def _market_listing_figures(self, post, values, errors, listing=None):
        result = super()._market_listing_figures(post, values, errors, listing)
        price = dong(post.get("resident_price"))
        if price is None or (price and price >= values.get("list_price", price + 1)):
            errors["resident_price"] = request.env._("Please type a price lower than the usual one, or leave it empty.")
        else:
            values["kdc_resident_price"] = price
        return result

    def _market_ocop_parse(self, post, values, errors):
        """Add the OCOP decision to ``values`` and ``errors``; without stars there is none."""
        env = request.env
        stars = post.get("kdc_ocop_stars") or False
        if stars not in (False, "3", "4", "5"):
            errors["kdc_ocop_stars"] = env._("Please choose 3, 4 or 5 stars.")
            return
        values.update(kdc_ocop_stars=stars, kdc_ocop_expiry=False)
        if not stars:
            values["kdc_ocop_decision"] = False
            return
        if not values["kdc_ocop_decision"]:
            errors["kdc_ocop_decision"] = env._("Please type the number of the decision.")
        today = today_here(env["kdc.shop.paper"])
        try:
            expiry = date.fromisoformat(post.get("kdc_ocop_expiry") or "")
        except ValueError:
            errors["kdc_ocop_expiry"] = env._("Please choose the day until which the decision is valid.")
            return
        if expiry.year > today.year + MAX_OCOP_YEARS or expiry.year < 2000:
            errors["kdc_ocop_expiry"] = env._("Please look at the year again: a decision is valid for 36 months.")
        values["kdc_ocop_expiry"] = expiry

    @route("/my/shop/listings", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_listings(self, **kwargs):
        response = super().market_listings(**kwargs)
        response.qcontext["copy_key"] = uuid.uuid4().hex[:24]
        return response

    @route(
        "/my/shop/listings/<int:listing_id>/copy",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def market_listing_copy(self, listing_id, copy_key="", **_post):
        """Make a draft with the same content; it is sent to be checked when the seller has saved it."""
        listing = self._market_my_listing(listing_id)
        key = f"{copy_key[:24]}-{listing.id}"
        try:
            with request.env.cr.savepoint():
                copy = listing._kdc_duplicate(key)
                copy.flush_recordset()
        except IntegrityError:  # tapped twice: the copy of the first tap
            copy = listing.search([("kdc_shop_id", "=", listing.kdc_shop_id.id), ("kdc_client_key", "=", key)])
        self._light_flash(
            request.env._("This is a copy. Change what is different and save: then the ward looks at it."), "info"
        )
        return self._light_redirect(f"/my/shop/listings/{copy.id}")
