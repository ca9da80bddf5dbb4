"""The photos of a listing: add, bring forward, make the main one, remove. Plain forms, one button each."""

from odoo.addons.kdc_residents.controllers.light import UploadError
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError
from odoo.http import request, route

from ..engine import listing_states
from ..models.product_template_photos import MAX_PHOTOS
from .portal_shop import PHOTO_MB, PHOTOS_AT_ONCE, ShopPortal

PAGE = "kdc_marketplace.portal_listing_photos"
URL = "/my/shop/listings/<int:listing_id>/photos"


class ShopListingPhotos(ShopPortal):
    def _market_photos_values(self, listing, error=None):
        url = f"/my/shop/listings/{listing.id}/photos"
        photos = listing._kdc_photos()
        return {
            "listing": {"id": listing.id, "name": listing.name, "url": url},
            "photos": [{"id": photo, "src": f"{url}/{photo}", "number": n} for n, photo in enumerate(photos, 1)],
            "room": max(MAX_PHOTOS - len(photos), 0),
            "most": MAX_PHOTOS,
            "photo_mb": PHOTO_MB,
            "at_once": PHOTOS_AT_ONCE,
            "error": error,
        }

    @route(URL, type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_photos(self, listing_id, **_kwargs):
        return self._light_render(PAGE, self._market_photos_values(self._market_my_listing(listing_id)))

    @route(URL, type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_photos_add(self, listing_id, **_post):
        """Add photos; a listing that buyers see is looked at again."""
        listing = self._market_my_listing(listing_id)
        lock_or_retry(listing, allow_referencing=True)
        shown = listing.kdc_listing_state == listing_states.PUBLISHED
        try:
            photos = self._light_uploads("photo", PHOTOS_AT_ONCE, PHOTO_MB)
            if not photos:
                raise UploadError(request.env._("Please choose a photo first."))
            listing._kdc_add_photos(photos)
        except (UploadError, UserError) as error:
            return self._light_invalid(PAGE, self._market_photos_values(listing, str(error)))
        self._light_flash(
            request.env._("The photos were added. The ward looks at the listing again before buyers see it.")
            if shown
            else request.env._("The photos were added.")
        )
        return self._light_redirect(f"/my/shop/listings/{listing.id}/photos")

    @route(
        URL + "/<int:photo_id>/<any(main,earlier,remove):step>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def market_photos_step(self, listing_id, photo_id, step, **_post):
        """Bring one photo to the front or one place forward, or take it away. 0 is the main photo."""
        listing = self._market_my_listing(listing_id)
        lock_or_retry(listing, allow_referencing=True)
        if photo_id in listing._kdc_photos():  # else another window was faster: show how it is now
            try:
                if step == "remove":
                    listing._kdc_remove_photo(photo_id)
                else:
                    listing._kdc_move_photo(photo_id, first=step == "main")
            except UserError as error:
                return self._light_invalid(PAGE, self._market_photos_values(listing, str(error)))
        return self._light_redirect(f"/my/shop/listings/{listing.id}/photos")

    @route(
        URL + "/<int:photo_id>", type="http", auth="user", website=True, sitemap=False, methods=["GET"], readonly=True
    )
    def market_photos_image(self, listing_id, photo_id, **_kwargs):
        """Show the shop one of its photos, also while the public cannot see it."""
        listing = self._market_my_listing(listing_id)
        if photo_id not in listing._kdc_photos():
            raise request.not_found()
        holder = listing.product_template_image_ids.browse(photo_id) if photo_id else listing
        response = request.env["ir.binary"]._get_image_stream_from(holder, "image_512").get_response()
        response.headers["Cache-Control"] = "private, no-store"
        return response
