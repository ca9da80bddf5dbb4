import re
from datetime import timedelta
from html import unescape

from odoo import Command, http, sql_db
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..engine.choices import Kind
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

    def test_who_sees_what_costs_nothing(self):
        """Where the reader lives is asked inside the queries of the page."""
        for user, pages in ((None, ["/shop"]), (self.user_buyer, ["/shop", self.greens.website_url])):
            self.authenticate(user and user.login, user and user.login)
            for page in pages:
                self.shop_a.only_served = False
                self.env.flush_all()
                usual = self._queries(page)
                self.shop_a.only_served = True
                self.env.flush_all()
                with self.subTest(user=user and user.login, page=page):
                    self.assertLessEqual(self._queries(page), usual)

    # -- shown to its areas only -----------------------------------------------------------------------------------
    def _neighbour(self):
        """Return somebody who lives in group A, where shop A sells, and does not work there."""
        self.shop_a.member_ids.filtered(lambda m: m.user_id == self.user_seller_a).unlink()
        return self.user_seller_a

    def _photo(self):
        """Return the command that adds a further photo."""
        return Command.create({"name": "2", "image_1920": self.fish.image_1920})

    def _seen(self, user, *ways):
        """Return by which of these ways, else of all, ``user`` learns of the fish of shop A; guests are None."""
        self.authenticate(user and user.login, user and user.login)
        fish, code = self.fish, self.shop_a.code
        pages = {
            "market": "/shop",
            "search": "/shop?search=ca thu",
            "area": f"/shop?kdc_area={self.group_a.id}",
            "shops": "/shop/shops",
            "shop": f"/shop/of/{code}",
            "reviews": f"/shop/of/{code}/reviews",
            "listing": fish.website_url,
            "question": f"/shop/ask/{fish.id}",
            "report": f"/shop/report/{fish.id}",
        }
        marks = {"shops": self.shop_a.name, "shop": self.shop_a.name, "reviews": self.shop_a.name}
        seen = set()
        for way, url in pages.items() if not ways else ((way, pages[way]) for way in ways):
            answer = self.url_open(url, allow_redirects=False)
            if marks.get(way, fish.name) in unescape(answer.text):
                seen.add(way)
        if ways:
            return seen
        photo = self.env["product.image"].search([("product_tmpl_id", "=", fish.id)])
        nothing = self.url_open("/web/image/product.template/999999999/image_256").content
        for record, fname in ((fish, "image_256"), (fish.product_variant_id, "image_256"), (photo, "image_256")):
            if self.url_open(f"/web/image/{record._name}/{record.id}/{fname}").content != nothing:
                seen.add(record._name)
        shown = dict.fromkeys(("displayImage", "displayDescription", "displayExtraLink", "displayDetail"), False)
        asked = {"search_type": "products_only", "term": "Cá thu", "order": "name asc", "options": shown}
        found = self.make_jsonrpc_request("/website/snippet/autocomplete", asked)
        return seen | {"suggestion"} if "/ca-thu-mot-nang-" in str(found["results"]) else seen

    def test_shown_to_its_areas_only(self):
        """Shop A is as if it was not there for guests and for group B; not for its people and its customers.

        Every way is tried as a guest; residents: the rules that `test_rights_on_what_is_shown_elsewhere` asks.
        """
        neighbour = self._neighbour()
        self.fish.product_template_image_ids = [self._photo()]
        self.env.flush_all()
        with mute_logger("odoo.http"):
            everything = self._seen(None)
        self.assertEqual(len(everything), 11, everything)  # residents only ask and report
        self.shop_a.only_served = True
        self.env.flush_all()
        with mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"):
            self.assertEqual(self._seen(None), set(), "a guest")
            ways = ("market", "shops", "shop", "listing", "question", "report")
            self.assertEqual(self._seen(self.user_buyer, *ways), set(), "who lives in group B")
            gone, hidden = (self.url_open(f"/shop/of/{code}").status_code for code in ("khong-co", self.shop_a.code))
            self.assertEqual((gone, hidden), (404, 404))
            self.assertNotEqual(self.url_open(self.fish.website_url).status_code, 200)
        for user in (neighbour, self.user_portal_a, self.user_moderator):
            with self.subTest(user=user.login):
                self.assertEqual(self._seen(user, "shop", "listing"), {"shop", "listing"})
        self.shop_a.only_served = False
        self._order(neighbour, {self.fish: 1})
        neighbour._kdc_resident().household_id.dwelling_id.area_id = self.group_b
        self.shop_a.only_served = True
        self.env.flush_all()
        self.assertEqual(neighbour._kdc_resident().area_id, self.group_b)
        self.assertEqual(self._seen(neighbour, "shop", "listing"), {"shop", "listing"}, "who has bought there")

    def test_rights_on_what_is_shown_elsewhere(self):
        """No path of the ORM shows it: listing, variant, photos, choices, a category that holds nothing else; no basket
        takes it, and none keeps it."""
        Category = self.env["product.public.category"]
        above = Category.create({"name": "Đồ biển"})
        category, mixed = Category.create([{"name": "Cá", "parent_id": above.id}, {"name": "Tươi sống"}])
        self.fish.public_categ_ids = category + mixed
        self.greens.public_categ_ids = mixed
        self.fish._kdc_set_choices([Kind("Cỡ", ("To", "Nhỏ"))])
        self.fish.product_template_image_ids = [self._photo()]
        basket = self._create_basket(self.user_buyer, {self.squid: 1, self.greens: 1})
        self.shop_a.only_served = True
        self.env.flush_all()
        self.env.invalidate_all()
        line = self.fish.attribute_line_ids
        records = (
            self.fish, self.fish.product_variant_id, self.fish.product_template_image_ids, line, line.attribute_id,
            line.value_ids, line.product_template_value_ids, above, category,
        )  # fmt: skip
        guest, neighbour = self.env.ref("base.public_user"), self._neighbour()
        for user, sees in ((guest, False), (self.user_buyer, False), (neighbour, True), (self.user_portal_a, True)):
            for record in records:
                with self.subTest(user=user.login, model=record._name):
                    theirs = record.with_user(user).sudo(False)
                    self.assertEqual(theirs.has_access("read"), sees)
                    self.assertEqual(bool(theirs.search([("id", "in", record.ids)])), sees)
            counts = (above + category + mixed).with_user(user).sudo().mapped("has_published_products")
            self.assertEqual(counts, [sees, sees, True], user.login)
        feed = self.env["product.feed"].new({"name": "x", "website_id": basket.website_id.id})
        found = self.env["product.product"].search(feed._get_feed_product_domain()).product_tmpl_id
        self.assertEqual(found & (self.fish + self.squid + self.greens), self.greens)
        changes = basket._kdc_clean_basket()
        self.assertIn("Mực khô", changes[0])
        self.assertEqual(basket.order_line.kdc_shop_id, self.shop_b)
        for user in (None, self.user_buyer):
            self.authenticate(user and user.login, user and user.login)
            data = {"product_id": self.squid.product_variant_id.id, "csrf_token": http.Request.csrf_token(self)}
            self.assertEqual(self.url_open("/shop/basket/add", data=data).status_code, 404)

    def test_the_word_of_the_groups(self):
        """Each group accepts a shop that is shown to it, as long as its head does not say otherwise."""
        head, neighbour = self.user_area_head, self._neighbour()
        shop = self.shop_b.with_user(head).sudo(False)
        self.assertFalse(shop.has_access("read"), "of another group, and everybody's")
        with self.assertRaises(AccessError):
            shop.action_refuse_here()
        alone = {"only_served": True, "served_area_ids": [Command.set((self.group_a + self.group_b).ids)]}
        for state, sees in (("submitted", False), ("refused", False), ("suspended", True)):
            applied = self._create_shop(f"Quán {state}", self.user_seller_a, self.group_b, state=state, **alone)
            with self.subTest(state=state):
                self.assertEqual(applied.with_user(head).sudo(False).has_access("read"), sees)
        with self.assertRaisesRegex(UserError, "not open"):
            applied.with_user(head).sudo(False).action_refuse_here()
        self.shop_b.write({"only_served": True, "served_area_ids": [Command.set((self.group_a + self.group_b).ids)]})
        self.assertEqual(self.shop_b.activity_ids.user_id, head, "the head is told")
        self.shop_b.served_area_ids = self.group_b
        self.assertFalse(self.shop_b.activity_ids, "only this group was unticked: nothing is left to be said")
        self.shop_b.served_area_ids += self.group_a
        self.assertEqual(self.shop_b.activity_ids.user_id, head)
        greens = self.greens.with_user(neighbour).sudo(False)
        self.assertTrue(greens.has_access("read"), "who says nothing accepts it")
        shop.action_refuse_here()
        self.assertEqual(self.shop_b.refused_area_ids, self.group_a)
        self.assertFalse(self.shop_b.activity_ids)
        self.env.invalidate_all()
        self.assertFalse(greens.has_access("read"))
        self.assertTrue(self.greens.with_user(self.user_buyer).sudo(False).has_access("read"), "group B still sees it")
        self.assertFalse(self.shop_b._kdc_serves(self.group_a))
        told = [("partner_id", "=", self.user_portal_b.partner_id.id), ("url", "like", "/my/shop/areas")]
        self.assertEqual(self.env["kdc.notification"].search_count(told), 1)
        shop.action_refuse_here()
        self.assertEqual(self.env["kdc.notification"].search_count(told), 1, "no second bell for the same word")
        self.shop_b.refused_area_ids += self.group_b
        self.assertTrue(self.shop_b._kdc_served_text(), "nothing would read as the whole ward")
        self.assertNotIn("only to", self.shop_b._kdc_area_refusal())
        self.shop_b.refused_area_ids -= self.group_b
        with self.assertRaises(AccessError):
            shop.write({"refused_area_ids": False})
        self.shop_b.served_area_ids = self.group_b
        self.shop_b.served_area_ids += self.group_a
        self.assertEqual(self.shop_b.refused_area_ids, self.group_a, "asking again does not take the word back")
        shop.action_accept_here()
        self.env.invalidate_all()
        self.assertTrue(greens.has_access("read"))
        moderator = self.shop_b.with_user(self.user_moderator).sudo(False)
        with self.assertRaises(AccessError):
            moderator.action_refuse_here()
        moderator.refused_area_ids = self.group_a
        self.shop_b.member_ids = [Command.create({"user_id": head.id, "role": "seller"})]
        with self.assertRaisesRegex(AccessError, "your own shop"):
            shop.action_accept_here()
        self.shop_b.member_ids = [Command.create({"user_id": self.user_moderator.id, "role": "seller"})]
        with self.assertRaisesRegex(AccessError, "your own shop"):
            moderator.refused_area_ids = False
        with self.assertRaises(ValidationError):
            self.shop_b.served_area_ids = False

    # -- the owner -------------------------------------------------------------------------------------------------
    def test_owner_ticks_areas(self):
        self.authenticate(self.user_portal_a.login, self.user_portal_a.login)
        data = {"csrf_token": http.Request.csrf_token(self), "area_ids": [self.group_b.id, self.ward.id, "x"]}
        self.assertIn("Tổ dân phố B", unescape(self.url_open("/my/shop/areas", data=data).text))
        self.assertEqual(self.shop_a.served_area_ids, self.group_b)
        self.url_open("/my/shop/areas", data={"csrf_token": data["csrf_token"]})
        self.assertFalse(self.shop_a.served_area_ids, "none ticked is the whole ward")
        page = self.url_open("/my/shop/areas", data={"csrf_token": data["csrf_token"], "only_served": "1"})
        self.assertIn("k-flash k-flash-warn", page.text, "shown to nobody")
        self.assertFalse(self.shop_a.only_served)
        self.url_open("/my/shop/areas", data={**data, "only_served": "1"})
        self.assertTrue(self.shop_a.only_served)
        self.assertRegex(self.url_open("/my/shop/areas").text, r'name="only_served"[^>]*checked')

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
