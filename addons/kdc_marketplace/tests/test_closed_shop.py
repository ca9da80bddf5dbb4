from datetime import timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from odoo import fields, http
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import MarketCommon

READ_ONLY = ("/my/shop/statement", "/my/shop/statement.pdf", "/my/shop/statement.xlsx", "/my/shop/orders")


@tagged("post_install", "-at_install")
class TestClosedShop(MarketCommon, HttpCase):
    """Who has closed a shop still reads what the tax office asks for, and changes nothing any more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._order(cls.user_buyer, {cls.fish: 2})[cls.shop_a]
        for state in ("accepted", "ready", "handed_over"):
            cls.order._kdc_set_state(state, "shop")
        cls.shop_a.with_user(cls.user_moderator).action_close()
        cls.env.flush_all()

    def _login(self, user):
        self.authenticate(user.login, user.login)

    def _status(self, url, **form):
        with mute_logger("odoo.http"):
            data = {"csrf_token": http.Request.csrf_token(self), **form} if form else None
            return self.url_open(url, data=data, allow_redirects=False).status_code

    def test_the_owner_still_reads(self):
        self._login(self.user_portal_a)
        self.assertIn("/my/shop/statement", self.url_open("/my/shop").text)
        self.assertIn('href="/my/shop"', self.url_open("/my").text)
        for url in READ_ONLY:
            self.assertEqual(self._status(url), 200, url)
        self.assertIn("370.000", self.url_open("/my/shop/statement").text)
        page = self.url_open(f"/my/shop/orders/{self.order.id}").text
        self.assertIn("370.000", page)
        self.assertNotIn(f'action="/my/shop/orders/{self.order.id}', page, "there is nothing to press")

    def test_nothing_can_be_changed(self):
        self._login(self.user_portal_a)
        for url in ("/my/shop/listings", "/my/shop/edit", "/my/shop/people", "/my/shop/windows", "/my/shop/papers"):
            self.assertEqual(self._status(url), 404, url)
        self.assertEqual(self._status(f"/my/shop/orders/{self.order.id}/paid", x="1"), 404)
        self.assertFalse(self.order.kdc_paid_date)
        self.assertEqual(self._status("/my/shop/apply"), 200, "but a new shop can be opened")

    def test_others_read_nothing(self):
        for user in (self.user_seller_a, self.user_portal_b, self.user_buyer):
            self._login(user)
            self.assertEqual(self._status(f"/my/shop/orders/{self.order.id}"), 404)
        self._login(self.user_seller_a)
        for url in READ_ONLY:
            self.assertEqual(self._status(url), 404, url)

    def test_beside_a_new_shop(self):
        """The open shop is the one to work in; the closed one can be chosen, and only to read."""
        shop = self._create_shop("Sạp mới", self.user_portal_a, self.group_a)
        self._login(self.user_portal_a)
        self.assertIn("Sạp mới", self.url_open("/my/shop/orders").text + self.url_open("/my/shop").text)
        self.assertEqual(self._status(f"/my/shop/orders/{self.order.id}?shop={shop.id}"), 404)
        self._status(f"/my/shop/switch/{self.shop_a.id}", x="1")
        self.assertEqual(self._status(f"/my/shop/orders/{self.order.id}"), 200)
        self.assertIn("Sạp mới", self.url_open("/my/shop").text, "the way back to the open one")
        self.assertEqual(shop.state, "approved")

    def test_until_the_law_lets_go(self):
        user = self.user_portal_a
        self.assertEqual(user._kdc_memberships(ended=True).shop_id, self.shop_a)
        self.assertFalse(user._kdc_shops())
        over = fields.Datetime.now() + relativedelta(years=3) + timedelta(days=2)
        with freeze_time(over):
            self.assertFalse(user._kdc_memberships(ended=True))
