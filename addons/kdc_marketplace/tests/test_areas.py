import re
from datetime import timedelta
from html import unescape

from odoo import Command, http, sql_db
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged

from .common import MarketCommon


@tagged("post_install", "-at_install")
class TestAreas(MarketCommon, HttpCase):
    """Shop A sells in group A only; the buyer lives in group B, shop A's own people in group A."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop_a.served_area_ids = cls.group_a
        cls.env.flush_all()

    def _page(self, url, user=None):
        self.authenticate(user and user.login, user and user.login)
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        return unescape(response.text)

    def _queries(self, url):
        """Return how many queries a page takes once its templates are known."""
        self.url_open(url)
        before = sql_db.sql_counter
        self.url_open(url)
        return sql_db.sql_counter - before

    # -- ordering --------------------------------------------------------------------------------------------------
    def test_ordering_from_elsewhere_is_refused(self):
        basket = self._create_basket(self.user_buyer, {self.fish: 1, self.greens: 1})
        with self.assertRaises(ValidationError) as refused:
            basket._kdc_place_orders("+84914000111", "7 Lê Thánh Tôn", {})
        self.assertIn("Tổ dân phố A", str(refused.exception))
        self.assertEqual((self.fish.kdc_quantity, self.greens.kdc_quantity), (5, 20), "nothing was reserved")
        changes = basket._kdc_clean_basket()
        self.assertEqual(len(changes), 1)
        self.assertIn("Cá thu một nắng", changes[0])
        self.assertEqual(basket.order_line.kdc_shop_id, self.shop_b, "the rest of the basket stays")

    def test_who_lives_there_orders(self):
        self.shop_a.member_ids.filtered(lambda m: m.user_id == self.user_seller_a).unlink()
        self.assertIn(self.shop_a, self._order(self.user_seller_a, {self.fish: 1}))

    def test_basket_refuses_at_once(self):
        self.authenticate(self.user_buyer.login, self.user_buyer.login)
        answer = self.make_jsonrpc_request(
            "/shop/cart/add",
            {
                "product_template_id": self.fish.id,
                "product_id": self.fish.product_variant_id.id,
                "quantity": 1,
            },
        )
        self.assertIn("Tổ dân phố A", answer["notification_info"]["warning"])
        self.assertFalse(answer["cart_quantity"])
        page = self.url_open(
            "/shop/basket/add",
            data={"product_id": self.fish.product_variant_id.id, "csrf_token": http.Request.csrf_token(self)},
        )
        self.assertIn("Tổ dân phố A", unescape(page.text), "without JavaScript too")

    def test_handover_page_says_why(self):
        """A basket filled as a guest, or before the shop has changed its areas."""
        self.shop_a.served_area_ids = False
        self.authenticate(self.user_buyer.login, self.user_buyer.login)
        for listing in (self.fish, self.greens):
            self.make_jsonrpc_request(
                "/shop/cart/add",
                {"product_template_id": listing.id, "product_id": listing.product_variant_id.id, "quantity": 1},
            )
        self.shop_a.served_area_ids = self.group_a
        self.env.flush_all()
        page = self.url_open(
            "/shop/handover",
            data={"csrf_token": http.Request.csrf_token(self), "action": "order", "phone": "0914 000 111"},
        )
        self.assertEqual(page.status_code, 422)
        self.assertIn("Sạp cá Cô Bảy", unescape(page.text))
        self.assertFalse(self.env["sale.order"].search([("kdc_shop_id", "=", self.shop_b.id)]))

    # -- looking around --------------------------------------------------------------------------------------------
    def test_filter_by_area(self):
        for area, shown in ((self.group_a, True), (self.group_b, False)):
            page = self._page(f"/shop?kdc_area={area.id}")
            self.assertEqual("Cá thu một nắng" in page, shown)
            self.assertIn("Rau muống", page, "a shop without areas sells everywhere")
            shops = self._page(f"/shop/shops?area={area.id}")
            self.assertEqual("Sạp cá Cô Bảy" in shops, shown)
            self.assertIn("Vườn rau Đồng Đế", shops)
        for nonsense in ("abc", "0", "-1", str(self.ward.id), "%00"):
            self.assertIn("Cá thu một nắng", self._page(f"/shop?kdc_area={nonsense}"))
            self.assertIn("Sạp cá Cô Bảy", self._page(f"/shop/shops?area={nonsense}&page=x"))

    def test_the_search_field_takes_only_what_our_pages_make(self):
        self.authenticate(None, None)
        shown = dict.fromkeys(("displayImage", "displayDescription", "displayExtraLink", "displayDetail"), False)
        for odd in (self.group_b.id, [self.group_b.id], {"ids": [1]}, "x", True):
            for name in ("kdc_area", "kdc_shop", "kdc_open_now", "kdc_badge"):
                with self.subTest(name=name, odd=odd):
                    options = {**shown, name: odd}
                    found = self.make_jsonrpc_request(
                        "/website/snippet/autocomplete",
                        {"search_type": "products_only", "term": "Cá thu", "order": "name asc", "options": options},
                    )
                    # No shop of this address; whether one is open depends on the hour
                    if name != "kdc_open_now" and (name, odd) != ("kdc_shop", "x"):
                        self.assertIn("/ca-thu-mot-nang-", str(found["results"]))

    def test_own_area_comes_first(self):
        own = f"kdc_area={self.group_b.id}"
        self.assertLess(
            (page := self._page("/shop", self.user_buyer)).index(own), page.index(f"kdc_area={self.group_a.id}")
        )
        self.assertIn(f"area={self.group_b.id}", self._page("/shop/shops", self.user_buyer))

    def test_filter_by_badge(self):
        today = today_here(self.env["kdc.shop.paper"])
        self.fish.write({"kdc_ocop_stars": "4", "kdc_ocop_decision": "12/QĐ", "kdc_ocop_expiry": today})
        self.greens.write(
            {"kdc_ocop_stars": "3", "kdc_ocop_decision": "7/QĐ", "kdc_ocop_expiry": today - timedelta(days=1)}
        )
        self.env.flush_all()
        page = self._page("/shop?kdc_badge=ocop")
        self.assertIn("Cá thu một nắng", page)
        self.assertNotIn("Rau muống", page, "its decision has ended")
        self.assertIn("Rau muống", self._page("/shop?kdc_badge=abc"))

    def test_filters_keep_each_other(self):
        chosen = f"kdc_open_now=1&kdc_badge=ocop&kdc_area={self.group_a.id}"
        page = self._page(f"/shop?search=ca+thu&order=list_price+asc&{chosen}")
        links = [link for link in re.findall(r'href="(/shop\?[^"]*)"', page) if "kdc_" in link]
        self.assertTrue(links)
        for name in ("search=ca", "order=list_price", "kdc_badge=ocop", "kdc_open_now=1"):
            with self.subTest(name=name):
                self.assertTrue([link for link in links if name in link and f"kdc_area={self.group_b.id}" in link])
        self.assertTrue([link for link in links if "kdc_badge" not in link and "kdc_open_now=1" in link], "one less")

    def test_no_choice_where_everybody_sells_everywhere(self):
        self.shop_a.served_area_ids = False
        self.env.flush_all()
        self.assertNotIn("kdc_area=", self._page("/shop", self.user_buyer))

    def test_filters_cost_three_queries(self):
        """Areas of the ward and shops that serve one; the list itself stays one query."""
        self.authenticate(None, None)
        self.shop_a.served_area_ids = False
        self.env.flush_all()
        plain = self._queries("/shop")
        self.shop_a.served_area_ids = self.group_a
        self.env.flush_all()
        self.assertLessEqual(self._queries("/shop") - plain, 1)
        self.assertLessEqual(self._queries(f"/shop?kdc_area={self.group_a.id}&kdc_badge=ocop") - plain, 2)

    # -- the owner -------------------------------------------------------------------------------------------------
    def test_owner_ticks_areas(self):
        self.authenticate(self.user_portal_a.login, self.user_portal_a.login)
        data = {"csrf_token": http.Request.csrf_token(self), "area_ids": [self.group_b.id, self.ward.id, "x"]}
        self.assertIn("Tổ dân phố B", unescape(self.url_open("/my/shop/areas", data=data).text))
        self.assertEqual(self.shop_a.served_area_ids, self.group_b)
        self.url_open("/my/shop/areas", data={"csrf_token": data["csrf_token"]})
        self.assertFalse(self.shop_a.served_area_ids, "none ticked is the whole ward")

    def test_groups_that_are_gone_do_not_open_the_shop_to_the_ward(self):
        self.authenticate(self.user_portal_a.login, self.user_portal_a.login)
        data = {"csrf_token": http.Request.csrf_token(self), "area_ids": [self.ward.id, "x"]}
        page = unescape(self.url_open("/my/shop/areas", data=data).text)
        self.assertIn("k-flash k-flash-warn", page)
        self.assertEqual(self.shop_a.served_area_ids, self.group_a)

    def test_area_of_another_ward(self):
        with self.assertRaises(ValidationError):
            self.shop_a.served_area_ids = self.ward.parent_id

    def test_areas_follow_a_merger(self):
        place = self.env["kdc.shop.place"].create(
            {"shop_id": self.shop_b.id, "name": "Tổ A", "area_ids": [Command.set(self.group_a.ids)]}
        )
        self.env["kdc.area.merge"].with_user(self.user_officer).create(
            {
                "area_ids": [Command.set((self.group_a | self.group_b).ids)],
                "name": "Tổ gộp",
                "date": "2025-11-01",
            }
        ).action_confirm()
        merged = self.dwelling_a.area_id
        self.assertEqual((self.shop_a.served_area_ids, place.area_ids), (merged, merged))
