import base64

from odoo import SUPERUSER_ID, models
from odoo.exceptions import UserError

#: Photos of one listing, the main one included.
MAX_PHOTOS = 6


class ProductTemplate(models.Model):
    """The photos of a listing: the main one is the product's, the others are ``product.image`` in their order.

    Callers check who asks. New photos are looked at by a moderator (see ``product.image``); another order, or one photo
    less, shows nothing new and works at once. That is why these steps act as the superuser.
    """

    _inherit = "product.template"

    def _kdc_photos(self):
        """Return the photos in their order as ids: 0 is the main photo, the others are ids of ``product.image``."""
        self.ensure_one()
        main = [0] if self.with_context(bin_size=True).image_1920 else []
        return main + self.product_template_image_ids.sorted(lambda image: (image.sequence, image.id)).ids

    def _kdc_add_photos(self, photos):
        """Add photos behind the others.

        :param list[bytes] photos: cleaned pictures
        :raise UserError: more than a listing may have
        """
        self.ensure_one()
        have = self._kdc_photos()
        if len(have) + len(photos) > MAX_PHOTOS:
            raise UserError(
                self.env._(
                    "A listing has at most %(most)s photos; there are %(have)s. Please remove one first.",
                    most=MAX_PHOTOS,
                    have=len(have),
                )
            )
        encoded = [base64.b64encode(photo) for photo in photos]
        if encoded and not have:
            self.image_1920 = encoded.pop(0)
        self.env["product.image"].create(
            [
                {"name": self.name, "image_1920": photo, "sequence": len(have) + place, "product_tmpl_id": self.id}
                for place, photo in enumerate(encoded, 1)
            ]
        )

    def _kdc_move_photo(self, photo_id, first=False):
        """Bring a photo one place forward, or to the front, where it is the main one."""
        order = self._kdc_photos()
        place = order.index(photo_id)
        if place:
            order.insert(0 if first else place - 1, order.pop(place))
            self._kdc_set_photos(order)

    def _kdc_remove_photo(self, photo_id):
        """Take a photo away; the next one takes the place of the main photo.

        :raise UserError: it is the last one
        """
        order = self._kdc_photos()
        if len(order) < 2:
            raise UserError(self.env._("This is the only photo. Please add another one before you remove it."))
        order.remove(photo_id)
        self._kdc_set_photos(order)

    def _kdc_set_photos(self, order):
        """Keep the photos in ``order`` (see :meth:`_kdc_photos`) and forget the others."""
        listing = self.with_user(SUPERUSER_ID).with_context(bin_size=False)
        images = listing.product_template_image_ids
        front = images.filtered(lambda image: image.id == order[0])
        if front:
            # The front photo moves into the product; the record it leaves takes the former main photo, if that stays.
            listing.image_1920, former = front.image_1920, listing.image_1920
            if 0 in order:
                front.image_1920 = former
        kept = [photo or front.id for photo in order[1:]]
        for sequence, photo in enumerate(kept, 1):
            images.browse(photo).sequence = sequence
        (images - images.browse(kept)).unlink()

    def _kdc_duplicate(self, client_key):
        """Return a new listing of the same shop with the same content, photos and choices, as a draft.

        :param str client_key: against making two of them by tapping twice
        """
        self.ensure_one()
        listing = self.with_context(bin_size=False)
        # sudo: as the photos; a draft is seen by its shop only
        copy = listing.sudo().copy(
            {
                "name": self.env._("%s (copy)", self.name)[:80],
                "kdc_shop_id": self.kdc_shop_id.id,
                "kdc_listing_state": "draft",
                "kdc_client_key": client_key,
                "kdc_resident_price": listing.sudo().kdc_resident_price,  # sudo: as above
                "product_template_image_ids": [
                    (0, 0, {"name": image.name, "image_1920": image.image_1920, "sequence": image.sequence})
                    for image in listing.product_template_image_ids
                ],
            }
        )
        if listing.kdc_has_choices:
            copy._kdc_copy_choices(listing)
        return copy
