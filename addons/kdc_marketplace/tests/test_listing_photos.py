import base64
import io

from odoo import http
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from PIL import Image

from ..models.product_template_photos import MAX_PHOTOS
from .common import MarketCommon, jpeg

COLORS = ("#ff0000", "#00ff00", "#0000ff")


def color_of(image):
    """The strongest of red, green and blue in a stored photo."""
    pixel = Image.open(io.BytesIO(base64.b64decode(image))).getpixel((5, 5))
    return "rgb"[max(range(3), key=lambda n: pixel[n])]


@tagged("post_install", "-at_install")
class TestListingPhotos(MarketCommon, HttpCase):
    def setUp(self):
        super().setUp()
        red, green, blue = (base64.b64encode(jpeg(color)) for color in COLORS)
        self.listing = self._create_listing(
            self.shop_a,
            "Chả cá",
            100000,
            5,
            image_1920=red,
            product_template_image_ids=[
                (0, 0, {"name": "2", "image_1920": green, "sequence": 1}),
                (0, 0, {"name": "3", "image_1920": blue, "sequence": 2}),
            ],
        )
        self.url = f"/my/shop/listings/{self.listing.id}/photos"

    def _post(self, url, data=None, files=None):
        return self.url_open(
            url, data={"csrf_token": http.Request.csrf_token(self), **(data or {})}, files=files, method="POST"
        )

    def _login(self, user):
        self.authenticate(user and user.login, user and user.login)

    def _colors(self):
        self.listing.invalidate_recordset()
        images = self.listing.product_template_image_ids.sorted("sequence")
        return "".join(color_of(photo) for photo in [self.listing.image_1920, *images.mapped("image_1920")])

    def test_order_and_main_photo(self):
        """Another order shows nothing new: the listing stays in the market."""
        self._login(self.user_seller_a)
        _main, second, third = self.listing._kdc_photos()
        self.assertEqual(self._colors(), "rgb")
        self._post(f"{self.url}/{third}/main")
        self.assertEqual(self._colors(), "brg")
        self._post(f"{self.url}/{second}/earlier")
        self.assertEqual(self._colors(), "bgr")
        self._post(f"{self.url}/{second}/earlier")
        self.assertEqual(self._colors(), "gbr")
        self._post(f"{self.url}/0/remove")
        self.assertEqual(self._colors(), "br")
        self.assertEqual((self.listing.kdc_listing_state, self.listing.is_published), ("published", True))

    def test_the_last_photo_stays(self):
        listing = self.listing.with_user(self.user_portal_a).sudo()
        for photo in listing._kdc_photos()[1:]:
            listing._kdc_remove_photo(photo)
        with self.assertRaises(UserError):
            listing._kdc_remove_photo(0)
        self._login(self.user_portal_a)
        self.assertEqual(self._post(f"{self.url}/0/remove").status_code, 422)
        self.assertTrue(listing.image_1920)

    def test_new_photos_are_looked_at(self):
        exif = Image.Exif()
        exif[0x010F] = "SECRET-CAMERA"
        out = io.BytesIO()
        Image.new("RGB", (3000, 1000), "#ff0000").save(out, "JPEG", exif=exif)
        self._login(self.user_portal_a)
        self._post(self.url, files=[("photo", ("a.jpg", out.getvalue(), "image/jpeg"))])
        self.assertEqual((self.listing.kdc_listing_state, self.listing.is_published), ("pending", False))
        self.assertEqual(self._colors(), "rgbr")
        photo = Image.open(
            io.BytesIO(base64.b64decode(self.listing.product_template_image_ids.sorted("id")[-1].image_1920))
        )
        self.assertFalse(photo.getexif())
        self.assertLessEqual(max(photo.size), 1600)

    def test_a_new_listing_with_several_photos(self):
        self._login(self.user_portal_a)
        self._post(
            "/my/shop/listings/new",
            {
                "name": "Tôm khô",
                "category": str(self.env.ref("kdc_marketplace.category_goods").id),
                "price": "320000",
                "quantity": "4",
            },
            files=[("photo", (f"{n}.jpg", jpeg(color), "image/jpeg")) for n, color in enumerate(COLORS)],
        )
        self.listing = self.env["product.template"].search([("name", "=", "Tôm khô")])
        self.assertEqual((self._colors(), self.listing.kdc_listing_state), ("rgb", "pending"))

    def test_a_photo_by_any_other_path_is_looked_at_too(self):
        Image_ = self.env["product.image"].with_user(self.user_portal_a).sudo()
        Image_.create({"name": "x", "image_1920": base64.b64encode(jpeg()), "product_tmpl_id": self.listing.id})
        self.assertEqual(self.listing.kdc_listing_state, "pending")
        self._publish(self.listing)
        Image_.browse(self.listing.product_template_image_ids[0].id).image_1920 = base64.b64encode(jpeg())
        self.assertEqual(self.listing.kdc_listing_state, "pending")

    def test_limits(self):
        self._login(self.user_portal_a)
        for files in (
            [],
            [("photo", ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"))],
            [("photo", (f"{n}.jpg", jpeg(), "image/jpeg")) for n in range(MAX_PHOTOS - 2)],
            [("photo", (f"{n}.jpg", jpeg(), "image/jpeg")) for n in range(MAX_PHOTOS + 1)],
        ):
            with self.subTest(files=len(files)):
                self.assertEqual(self._post(self.url, files=files or None).status_code, 422)
        self.assertEqual((self._colors(), self.listing.kdc_listing_state), ("rgb", "published"))

    def test_nobody_else(self):
        photo = self.listing._kdc_photos()[1]
        for user in (self.user_portal_b, self.user_buyer):
            self._login(user)
            with self.subTest(user=user.login), mute_logger("odoo.http"):
                self.assertEqual(self.url_open(self.url).status_code, 404)
                self.assertEqual(self.url_open(f"{self.url}/{photo}").status_code, 404)
                self.assertEqual(self._post(f"{self.url}/{photo}/remove").status_code, 404)
                self.assertEqual(self._post(f"/my/shop/listings/{self.listing.id}/copy").status_code, 404)
        self._login(self.user_seller_a)
        self.assertEqual(self.url_open(f"{self.url}/{photo}").headers["Content-Type"], "image/jpeg")
        other = self.env["product.image"].create(
            {"name": "x", "image_1920": base64.b64encode(jpeg()), "product_tmpl_id": self.greens.id}
        )
        self.assertEqual(self.url_open(f"{self.url}/{other.id}").status_code, 404)
        self._post(f"{self.url}/{other.id}/remove")
        self.assertTrue(other.exists())

    def test_photos_of_an_unchecked_listing_are_hidden(self):
        """Odoo opens every further photo of every product to everybody."""
        image = self.listing.product_template_image_ids[0]
        guest = self.env.ref("base.public_user")
        for user in (guest, self.user_buyer):
            self.assertTrue(image.with_user(user).sudo(False).has_access("read"))
        self.listing.with_user(self.user_portal_a).sudo().kdc_open = False
        for user in (guest, self.user_buyer, self.user_portal_a):
            with self.subTest(user=user.login):
                self.assertFalse(image.with_user(user).sudo(False).has_access("read"))
        product = self.env["product.template"].create({"name": "Sách"})
        other = self.env["product.image"].create(
            {"name": "x", "image_1920": base64.b64encode(jpeg()), "product_tmpl_id": product.id}
        )
        self.assertTrue(other.with_user(guest).sudo(False).has_access("read"), "other products are as in Odoo")
        self._login(None)
        placeholder = self.url_open("/web/image/product.template/999999999/image_1920").content
        response = self.url_open(f"/web/image/product.image/{image.id}/image_1920")
        self.assertTrue(response.status_code in (403, 404) or response.content == placeholder)

    def test_copy(self):
        self._login(self.user_seller_a)
        for _tap in range(2):
            with mute_logger("odoo.sql_db"):
                response = self._post(f"/my/shop/listings/{self.listing.id}/copy", {"copy_key": "k1"})
        copies = self.env["product.template"].search([("name", "=like", "Chả cá (%")])
        self.assertEqual(len(copies), 1, "two taps make one copy")
        self.assertTrue(response.url.endswith(f"/my/shop/listings/{copies.id}"))
        self.assertEqual(
            (copies.kdc_shop_id, copies.kdc_listing_state, copies.is_published, copies.list_price),
            (self.shop_a, "draft", False, 100000),
        )
        self.assertEqual(len(copies._kdc_photos()), 3)
        self.assertEqual(len(self.listing._kdc_photos()), 3)
