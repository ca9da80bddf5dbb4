from html import unescape

from odoo.addons.kdc_residents.engine.format import fmt
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from .common import MarketCommon


@tagged("post_install", "-at_install")
class TestSearch(MarketCommon, HttpCase):
    """Goods, shops and posts are found by where they come from, by their badges and without diacritics."""

    def _page(self, url):
        answer = self.url_open(url)
        self.assertEqual(answer.status_code, 200, url)
        return unescape(answer.text)

    def test_goods_by_origin_and_by_the_area_of_their_shop(self):
        self.fish.kdc_origin = "Đầm Nha Phu, Ninh Hòa"
        self.greens.kdc_origin = "Vườn nhà"
        self.group_b.name = "Tổ Xóm Rớ"
        self.env.flush_all()
        page = self._page("/shop?search=ninh hoa")
        self.assertIn(self.fish.name, page)
        self.assertNotIn(self.greens.name, page)
        self.assertIn(self.greens.name, self._page("/shop?search=xom ro"))

    def test_cards_show_what_can_be_bought(self):
        self.squid.kdc_quantity = 0
        self.env.flush_all()
        page = self._page("/shop")
        self.assertEqual(page.count("a-submit"), 2, "what is sold out has no button")
        for listing in self.fish + self.squid + self.greens:
            for piece in (listing.name, listing.website_url, f"product.template/{listing.id}/image_512", "/ kg"):
                self.assertIn(piece, page)
        self.assertIn(fmt.vnd(185000), page)
        self.assertNotRegex(page, rf'name="product_id"[^>]* value="{self.squid.product_variant_id.id}"')
        self.assertRegex(page, rf'name="product_id"[^>]* value="{self.fish.product_variant_id.id}"')

    def test_categories_are_asked_for_together(self):
        categories = self.env["product.public.category"].create([{"name": name} for name in ("Cá", "Rau", "Trống")])
        self.fish.public_categ_ids, self.greens.public_categ_ids = categories[0], categories[1]
        self.env.flush_all()
        self.env.invalidate_all()
        categories.fetch(["child_id"])
        with self.assertQueryCount(2):
            self.assertEqual([category.has_published_products for category in categories], [True, True, False])
        self.fish.kdc_open = False
        self.assertFalse(categories[0].has_published_products)

    def test_goods_by_badge(self):
        """The badge is on the card, and its filter shows these goods only."""
        self.greens.kdc_own_produce = True
        self.squid.with_user(self.user_moderator).action_kdc_local()
        self.assertIn("badge", self._page("/shop"))
        for badge, found in (("own", self.greens), ("local", self.squid)):
            page = self._page(f"/shop?kdc_badge={badge}")
            self.assertIn(found.name, page)
            for other in (self.fish + self.squid + self.greens) - found:
                self.assertNotIn(other.name, page)
        self.assertIn("Home-made, home-grown", self.env["ir.qweb"]._render(
            "kdc_marketplace.market_badges", {"product": self.greens}
        ))  # fmt: skip

    def test_local_specialties_come_first(self):
        shown = (self.fish + self.squid + self.greens).mapped("name")
        self.greens.website_sequence = 10**6
        before = self._page("/shop")
        self.assertEqual(max(shown, key=before.index), self.greens.name)
        self.greens.with_user(self.user_moderator).action_kdc_local()
        page = self._page("/shop")
        self.assertEqual(min(shown, key=page.index), self.greens.name)
        by_price = self._page("/shop?order=list_price desc")
        self.assertEqual(max(shown, key=by_price.index), self.greens.name, "whoever asks for an order gets it")
        self.greens.with_user(self.user_moderator).action_kdc_local()
        self.assertFalse(self.greens.kdc_local)

    def test_only_moderators_choose_local_specialties(self):
        for user in (self.user_portal_a, self.user_officer, self.user_auditor):
            listing = self.fish.with_user(user)
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    listing.action_kdc_local()
                with self.assertRaises(AccessError):
                    listing.sudo().write({"kdc_local": True})
        self.assertFalse(self.fish.kdc_local)

    def test_shops_by_words_badge_and_hours(self):
        """What is typed may stand in name, street or area; several filters work together and stay in the links."""
        self.group_b.name = "Tổ Xóm Rớ"
        self.greens.kdc_own_produce = True
        self.fish.write({"kdc_own_produce": True, "kdc_open": False})
        self.env.flush_all()
        a, b = self.shop_a.name, self.shop_b.name
        for query, shown, hidden in (
            ("search=sap ca", a, b),
            ("search=xom+ro", b, a),
            ("search=tran phu dong de", b, a),
            ("badge=own", b, a),
            ("search=co bay&badge=abc", a, b),
        ):
            with self.subTest(query=query):
                page = self._page(f"/shop/shops?{query}")
                self.assertIn(shown, page)
                self.assertNotIn(hidden, page)
        nothing = self._page("/shop/shops?search=%25_%3Cscript%3E&badge=own&open_now=1")
        self.assertNotIn("k-list-item", nothing)
        self.shop_b.write({"state": "suspended", "state_reason": "Kiểm tra"})
        self.assertNotIn(b, self._page("/shop/shops?search=vuon rau"), "a closed shop is not found")

    def test_posts_by_words(self):
        poster = self.user_portal_a
        posts = self.env["kdc.board.post"].with_user(poster).sudo()
        for name in ("Nôi em bé", "Quạt đứng"):
            post = posts.create({"name": name, "text": "Còn tốt", "partner_id": poster.partner_id.id,
                                 "company_id": self.company.id, "area_id": self.group_a.id})  # fmt: skip
            post._kdc_submit()
            self._read(post).action_publish()
        page = self._page("/shop/board?search=noi em")
        self.assertIn("Nôi em bé", page)
        self.assertNotIn("Quạt đứng", page)
        self.assertIn("Quạt đứng", self._page("/shop/board?search=con tot"))
        self.assertNotIn("Nôi em bé", self._page("/shop/board?search=%25"))
