import base64

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger
from psycopg2 import IntegrityError

from .common import MarketCommon, jpeg


@tagged("post_install", "-at_install")
class TestListing(MarketCommon):
    def _as_owner(self, listing=None):
        """What a controller of the shop works with: the portal user under sudo."""
        return (listing or self.fish).with_user(self.user_portal_a).sudo()

    def test_follows_state_shop_and_switch(self):
        listing = self._create_listing(self.shop_a, "Tôm khô", 300000, 3, state="pending")
        self.assertFalse(listing.is_published)
        self._publish(listing)
        self.assertTrue(listing.is_published)
        self._as_owner(listing).kdc_open = False
        self.assertFalse(listing.is_published)
        self._as_owner(listing).kdc_open = True
        self.assertTrue(listing.is_published)
        self._as_owner(listing).kdc_listing_state = "closed"
        self.assertFalse(listing.is_published)

    def test_listing_of_a_shop_that_is_not_approved_stays_hidden(self):
        shop = self._create_shop("Chưa duyệt", self.user_portal_a, self.group_a, state="submitted")
        listing = self._create_listing(shop, "Bánh xèo", 20000, 3)
        self.assertFalse(listing.is_published)

    def test_only_a_moderator_publishes_whatever_the_path(self):
        listing = self._create_listing(self.shop_a, "Tôm khô", 300000, 3, state="pending")
        sudo = self._as_owner(listing)
        for vals in (
            {"kdc_listing_state": "published"},
            {"is_published": True},
            {"website_published": True},
            {"is_published": True, "kdc_listing_state": "published"},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                sudo.write(vals)
        with self.assertRaises(AccessError):
            sudo.website_publish_button()
        with self.assertRaises(AccessError):
            sudo.action_kdc_publish()
        Product = self.env["product.template"].with_user(self.user_portal_a).sudo()
        vals = {"name": "X", "list_price": 1000, "kdc_shop_id": self.shop_a.id}
        with self.assertRaises(AccessError):
            Product.create({**vals, "kdc_listing_state": "published"})
        with self.assertRaises(ValidationError):
            Product.create({**vals, "is_published": True})
        self.assertFalse(listing.is_published)

    def test_not_even_an_administrator_shows_an_unchecked_listing(self):
        listing = self._create_listing(self.shop_a, "Tôm khô", 300000, 3, state="pending")
        with self.assertRaises(AccessError):
            listing.is_published = True
        admin = self.env.ref("base.user_admin")
        with self.assertRaises(AccessError):
            listing.with_user(admin).is_published = True

    def test_other_products_publish_as_before(self):
        product = self.env["product.template"].create({"name": "Sách", "is_published": True})
        self.assertTrue(product.is_published)
        self.assertFalse(self.env["product.template"].create({"name": "Vở"}).is_published)
        product.is_published = False
        self.assertFalse(product.is_published)

    def test_price_and_stock_change_at_once(self):
        self._as_owner().write({"list_price": 190000, "kdc_quantity": 9, "kdc_unit": "kg"})
        self.assertEqual(self.fish.kdc_listing_state, "published")
        self.assertTrue(self.fish.is_published)

    def test_title_text_and_photo_go_back_to_the_queue(self):
        for vals, previous in (
            ({"name": "Cá thu tươi"}, "kdc_previous_name"),
            ({"kdc_description": "Đánh bắt trong ngày"}, None),
            ({"kdc_unit": "con, kèm thuốc lá"}, None),
            ({"kdc_slot_minutes": 30, "kdc_track_quantity": False}, None),
            ({"image_1920": base64.b64encode(jpeg("#ff0000"))}, "kdc_previous_image"),
        ):
            with self.subTest(vals=list(vals)):
                self._as_owner().write(vals)
                self.assertEqual(self.fish.kdc_listing_state, "pending")
                self.assertFalse(self.fish.is_published)
                if previous:
                    self.assertTrue(self.fish[previous], "the moderator sees what was there before")
                self._publish(self.fish)
                self.assertTrue(self.fish.is_published)
                self.assertFalse(self.fish.kdc_previous_name or self.fish.kdc_previous_image)

    def test_the_same_title_again_changes_nothing(self):
        self._as_owner().write({"name": self.fish.name, "list_price": 1000})
        self.assertEqual(self.fish.kdc_listing_state, "published")

    def test_refusing_needs_a_moderator_and_tells_the_shop(self):
        listing = self._create_listing(self.shop_a, "Tôm khô", 300000, 3, state="pending")
        with self.assertRaises(AccessError):
            listing.with_user(self.user_portal_a)._kdc_refuse("x")
        wizard = (
            self.env["kdc.market.reason"]
            .with_user(self.user_moderator)
            .browse(listing.with_user(self.user_moderator).action_kdc_refuse()["res_id"])
        )
        wizard.reason = "  "
        with self.assertRaises(UserError):
            wizard.action_apply()
        wizard.reason = "Ảnh bị mờ"
        wizard.action_apply()
        self.assertEqual((listing.kdc_listing_state, listing.kdc_refuse_reason), ("draft", "Ảnh bị mờ"))
        notice = self.env["kdc.notification"].search([("partner_id", "=", self.user_seller_a.partner_id.id)], limit=1)
        self.assertEqual(notice.body, "Ảnh bị mờ")

    def test_no_tax_of_the_ward(self):
        self.assertFalse(self.fish.taxes_id)
        self.assertFalse(self.fish.supplier_taxes_id)
        self.assertEqual(self.fish.company_id, self.shop_a.company_id)

    def test_bad_prices(self):
        for price in (0, -5, 2_000_000_000, 100.5):
            with self.subTest(price=price), self.assertRaises(ValidationError):
                self._as_owner().list_price = price

    def test_the_database_refuses_bad_numbers_by_itself(self):
        for column, value in (
            ("list_price", 0),
            ("list_price", 100.5),
            ("kdc_quantity", -1),
            ("kdc_listing_state", None),
        ):
            with (
                self.subTest(column=column, value=value),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self.env.cr.execute(
                    SQL(
                        "UPDATE product_template SET %s = %s WHERE id = %s", SQL.identifier(column), value, self.fish.id
                    )
                )

    def test_stays_with_its_shop_and_is_not_deleted(self):
        with self.assertRaises(UserError):
            self._as_owner().kdc_shop_id = self.shop_b
        with self.assertRaises(UserError):
            self._as_owner().unlink()

    def test_search_without_diacritics(self):
        website = self.env["website"].search([("company_id", "=", self.company.id)], limit=1)
        options = {
            "displayImage": False,
            "displayDescription": True,
            "displayDetail": False,
            "displayExtraLink": False,
            "displayExtraDetail": False,
            "allowFuzzy": False,
            "display_currency": website.currency_id,
        }
        for typed in ("ca thu", "cá thu", "CA THU mot nang", "sap ca co bay"):
            with self.subTest(typed=typed):
                _count, details, _term = website._search_with_fuzzy(
                    "products_only", typed, limit=10, order="name", options=dict(options)
                )
                self.assertIn(self.fish, details[0]["results"])
                self.assertNotIn(self.greens, details[0]["results"])

    def test_reserve_takes_all_or_reports(self):
        Product = self.env["product.product"]
        fish, squid = self.fish.product_variant_id, self.squid.product_variant_id
        self.assertFalse(Product._kdc_reserve({fish: 2}))
        self.assertEqual(self.fish.kdc_quantity, 3)
        self.assertEqual(Product._kdc_reserve({squid: 3}), squid)
        self.assertEqual(self.squid.kdc_quantity, 2)
        Product._kdc_release({fish: 2})
        self.assertEqual(self.fish.kdc_quantity, 5)
        self.fish.kdc_track_quantity = False
        self.assertFalse(Product._kdc_reserve({fish: 500}))
        self.assertEqual(self.fish.kdc_quantity, 5)
