from datetime import timedelta
from unittest.mock import patch

from lxml import html
from odoo.tests import HttpCase, tagged

from ..controllers import portal_order, portal_shop, portal_voice
from .common import MarketCommon


@tagged("post_install", "-at_install")
class TestPages(MarketCommon, HttpCase):
    """Long lists lead on to what is older; none of them ends silently."""

    def setUp(self):
        super().setUp()
        for module in (portal_order, portal_shop, portal_voice):
            self.startPatcher(patch.object(module, "PAGE_SIZE", 2))

    def _check(self, url, newest, oldest):
        """The first page has the newest and leads to the page with the oldest, which leads no further."""
        first = self.url_open(url)
        self.assertIn(newest, first.text)
        self.assertNotIn(oldest, first.text)
        self.assertIn(f'href="{url}?page=2"', first.text)
        second = self.url_open(f"{url}?page=2")
        self.assertIn(oldest, second.text)
        self.assertNotIn(newest, second.text)
        self.assertNotIn("page=3", second.text)
        for odd in ("0", "-1", "x", "9" * 30):
            self.assertEqual(self.url_open(f"{url}?page={odd}").status_code, 200)

    def test_orders_of_the_buyer_and_of_the_shop(self):
        orders = [self._order(self.user_buyer, {self.greens: 1})[self.shop_b] for _n in range(3)]
        for order in orders:
            order._kdc_set_state("refused", "shop", "Hết hàng")
        self.authenticate(self.user_buyer.login, self.user_buyer.login)
        self._check("/my/orders", orders[-1].name, orders[0].name)
        self.authenticate(self.user_portal_b.login, self.user_portal_b.login)
        self._check("/my/shop/orders", orders[-1].name, orders[0].name)

    def test_the_buyer_sees_first_what_is_open_and_of_it_the_newest(self):
        orders = [self._order(self.user_buyer, {self.greens: 1})[self.shop_b] for _n in range(4)]
        for days, order in enumerate(orders):
            order.date_order -= timedelta(days=days)
        for order in (orders[0], orders[2]):
            order._kdc_set_state("refused", "shop", "Hết hàng")
        self.authenticate(self.user_buyer.login, self.user_buyer.login)
        links = html.fromstring(self.url_open("/my/orders").content).xpath("//a[@class='k-list-item']/@href")
        self.assertEqual(links, [f"/my/orders/{orders[place].id}" for place in (1, 3, 0, 2)])

    def test_old_orders_come_without_those_that_wait(self):
        orders = [self._order(self.user_buyer, {self.greens: 1})[self.shop_b] for _n in range(4)]
        for order in orders[:3]:
            order._kdc_set_state("refused", "shop", "Hết hàng")
        self.authenticate(self.user_portal_b.login, self.user_portal_b.login)
        self.assertIn(orders[3].name, self.url_open("/my/shop/orders").text)
        self.assertNotIn(orders[3].name, self.url_open("/my/shop/orders?page=2").text)

    def test_listings_of_the_shop(self):
        self._create_listing(self.shop_a, "Tôm khô", 300000, 2)
        self.authenticate(self.user_portal_a.login, self.user_portal_a.login)
        self._check("/my/shop/listings", "Tôm khô", self.fish.name)

    def test_questions_and_reviews(self):
        Review = self.env["kdc.shop.review"]
        for n in range(3):
            self.env["kdc.shop.question"]._kdc_ask(self.fish, self.user_buyer.partner_id, f"Câu hỏi số {n}")
            order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
            for state, actor in (("accepted", "shop"), ("ready", "shop"), ("handed_over", "shop"), ("done", "buyer")):
                order._kdc_set_state(state, actor)
            self._read(Review._kdc_write(order, 5, f"Nhận xét số {n}"), "date").action_publish()
        self._check(f"/shop/of/{self.shop_a.code}/reviews", "Nhận xét số 2", "Nhận xét số 0")
        self.authenticate(self.user_portal_a.login, self.user_portal_a.login)
        self._check("/my/shop/reviews", "Nhận xét số 2", "Nhận xét số 0")
        self._check("/my/shop/questions", "Câu hỏi số 2", "Câu hỏi số 0")
