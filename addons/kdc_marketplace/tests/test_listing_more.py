from datetime import date, timedelta

from odoo import Command, http
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL, mute_logger
from psycopg2 import IntegrityError

from .common import MarketCommon


@tagged("post_install", "-at_install")
class TestListingMore(MarketCommon, HttpCase):
    """The price for residents and the badges."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fish.kdc_resident_price = 150000
        cls.stranger = cls._create_user("kdc_market_stranger", "base.group_portal")
        cls.today = today_here(cls.env["kdc.shop.paper"])

    def _post(self, url, data=None):
        return self.url_open(url, data={"csrf_token": http.Request.csrf_token(self), **(data or {})}, method="POST")

    def _login(self, user):
        self.authenticate(user and user.login, user and user.login)

    def _form(self, **data):
        return {
            "name": self.fish.name,
            "price": "185000",
            "unit": "kg",
            "quantity": "5",
            "track": "1",
            "resident_price": "150000",
            **data,
        }

    def test_a_product_is_copied_by_those_who_may_not_see_it(self):
        manager = self._create_user("kdc_market_outsider", "base.group_user,product.group_product_manager")
        copied = self.env["product.template"].create({"name": "Ghế văn phòng"}).with_user(manager).copy()
        self.assertTrue(copied.name.startswith("Ghế văn phòng"))
        self.assertEqual(self.fish.sudo()._kdc_duplicate("key").kdc_resident_price, 150000)

    # -- price for residents ---------------------------------------------------------------------------------------
    def test_only_residents_see_it(self):
        for user, seen in ((None, False), (self.stranger, False), (self.user_buyer, True)):
            self._login(user)
            for url in ("/shop?search=ca thu", self.fish.website_url):
                with self.subTest(user=user and user.login, url=url):
                    self.assertEqual("150,000" in self.url_open(url).text or "150.000" in self.url_open(url).text, seen)
            info = self.make_jsonrpc_request(
                "/website_sale/get_combination_info",
                {
                    "product_template_id": self.fish.id,
                    "product_id": self.fish.product_variant_id.id,
                    "combination": [],
                    "add_qty": 1,
                },
            )
            self.assertEqual(info["price"], 150000 if seen else 185000)

    def test_only_residents_pay_it(self):
        """Whatever a page sends along; the order's own buyer decides."""
        for user, price in ((None, 185000), (self.stranger, 185000), (self.user_buyer, 150000)):
            self._login(user)
            with self.subTest(user=user and user.login):
                self.make_jsonrpc_request(
                    "/shop/cart/add",
                    {
                        "product_template_id": self.fish.id,
                        "product_id": self.fish.product_variant_id.id,
                        "quantity": 1,
                        "price_unit": 150000,
                        "kdc_resident": True,
                        "partner_id": self.user_buyer.partner_id.id,
                    },
                )
                line = self.env["sale.order.line"].search([("product_id", "=", self.fish.product_variant_id.id)])[0]
                self.assertEqual((line.price_unit, line.discount), (price, 0))

    def test_ordered_and_changed_price(self):
        order = self._order(self.user_buyer, {self.fish: 2})[self.shop_a]
        self.assertEqual(order.amount_total, 300000)
        self.fish.kdc_resident_price = 0
        self.assertEqual(order.amount_total, 300000, "a placed order keeps its price")
        basket = self._create_basket(self.user_buyer, {self.fish: 1})
        self.fish.kdc_resident_price = 140000
        self.assertEqual(len(basket._kdc_clean_basket()), 1, "the buyer is told of another price")
        self.assertEqual(basket.amount_total, 140000)

    def test_who_has_moved_away_pays_the_price_of_others(self):
        self.resident_buyer.household_id = False
        basket = self._create_basket(self.user_buyer, {self.fish: 1})
        self.assertEqual(basket.amount_total, 185000)

    def test_residents_of_another_ward(self):
        self.resident_buyer.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE kdc_resident SET company_id = %s WHERE id = %s",
                self.env["res.company"].create({"name": "Phường khác"}).id,
                self.resident_buyer.id,
            )
        )
        self.env.invalidate_all()
        self.assertFalse(self.fish._kdc_resident_savings(self.user_buyer.partner_id))

    def test_the_price_is_no_secret_to_be_read_by_rpc(self):
        for user in (self.stranger, self.env.ref("base.public_user"), self.user_portal_a):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.fish.with_user(user).sudo(False).read(["kdc_resident_price"])

    def test_it_is_lower_than_the_price(self):
        for price in (185000, 200000, -1):
            with self.subTest(price=price), self.assertRaises(ValidationError):
                self.fish.kdc_resident_price = price
        with self.assertRaises(ValidationError):
            self.fish.list_price = 150000
        self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.env.cr.execute(
                SQL("UPDATE product_template SET kdc_resident_price = 185000 WHERE id = %s", self.fish.id)
            )

    def test_the_shop_sets_it(self):
        self._login(self.user_seller_a)
        url = f"/my/shop/listings/{self.fish.id}"
        self._post(url, self._form(resident_price="160.000"))
        self.assertEqual((self.fish.kdc_resident_price, self.fish.kdc_listing_state), (160000, "published"))
        for typed in ("185000", "999999", "abc", "-5"):
            with self.subTest(typed=typed):
                response = self._post(url, self._form(resident_price=typed))
                self.assertEqual(response.status_code, 422)
                self.assertIn(typed, response.text)
        self._post(url, self._form(resident_price=""))
        self.assertEqual(self.fish.kdc_resident_price, 0)

    # -- badges ----------------------------------------------------------------------------------------------------
    def _ocop(self, days=100, **data):
        day = (self.today + timedelta(days=days)).isoformat()
        return self._form(kdc_ocop_stars="4", kdc_ocop_decision="12/QĐ-UBND", kdc_ocop_expiry=day, **data)

    def test_a_claim_is_looked_at_first(self):
        self._login(self.user_portal_a)
        self._post(f"/my/shop/listings/{self.fish.id}", self._ocop(kdc_origin="Đầm Nha Phu"))
        self.assertEqual((self.fish.kdc_listing_state, self.fish.is_published), ("pending", False))
        self._publish(self.fish)
        self._login(None)
        page = self.url_open(self.fish.website_url).text
        for words in ("★★★★", "12/QĐ-UBND", "Đầm Nha Phu"):
            self.assertIn(words, page)
        self.assertIn("★★★★", self.url_open("/shop").text)

    def test_the_badge_ends_with_the_decision(self):
        self.fish.write({"kdc_ocop_stars": "5", "kdc_ocop_decision": "1/QĐ", "kdc_ocop_expiry": self.today})
        self.assertEqual(self.fish._kdc_badge()["stars"], 5, "the last day counts")
        self.assertIn(self.fish, self.fish.search(self.fish._kdc_ocop_domain()))
        self.fish.kdc_ocop_expiry = self.today - timedelta(days=1)
        self.assertIsNone(self.fish._kdc_badge())
        self.assertNotIn(self.fish, self.fish.search(self.fish._kdc_ocop_domain()))
        self._login(None)
        self.assertNotIn("★★★★", self.url_open(self.fish.website_url).text)

    def test_bad_claims(self):
        self._login(self.user_portal_a)
        for data in (
            {"kdc_ocop_stars": "6"},
            {"kdc_ocop_stars": "2"},
            {"kdc_ocop_decision": " "},
            {"kdc_ocop_expiry": "x"},
            {"kdc_ocop_expiry": ""},
            {"kdc_ocop_expiry": date(self.today.year + 20, 1, 1).isoformat()},
        ):
            with self.subTest(data=data):
                response = self._post(f"/my/shop/listings/{self.fish.id}", {**self._ocop(), **data})
                self.assertEqual(response.status_code, 422)
        self.assertEqual(self.fish.kdc_listing_state, "published")
        with self.assertRaises(ValidationError):
            self.fish.kdc_ocop_stars = "3"

    def test_no_stars_no_decision(self):
        self._login(self.user_portal_a)
        self._post(
            f"/my/shop/listings/{self.fish.id}", self._form(kdc_ocop_decision="1/QĐ", kdc_ocop_expiry="2027-01-01")
        )
        self.assertFalse(self.fish.kdc_ocop_stars or self.fish.kdc_ocop_decision or self.fish.kdc_ocop_expiry)
        self.assertEqual(self.fish.kdc_listing_state, "published", "nothing to look at")

    def test_what_changed_is_told(self):
        self.fish.public_categ_ids = [Command.clear()]
        listing = self.fish.with_user(self.user_portal_a).sudo()
        listing.write({"kdc_origin": "Vườn nhà", "kdc_own_produce": True})
        self.assertIn("Vườn nhà", self.fish.message_ids[0].body)
