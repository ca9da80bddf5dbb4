from datetime import date, datetime, timedelta

from freezegun import freeze_time
from odoo import http
from odoo.exceptions import UserError, ValidationError
from odoo.tests import HttpCase, tagged
from psycopg2 import IntegrityError

from .common import MarketCommon, pdf_text

#: 8:00 of a Monday in Vietnam; orders until Thursday 18:00, handed over on Saturday.
MONDAY = datetime(2026, 11, 16, 1, 0)
THURSDAY = datetime(2026, 11, 19, 11, 0)
SATURDAY = date(2026, 11, 21)


class WindowCommon(MarketCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.window = cls.env["kdc.shop.window"].create(
            {
                "shop_id": cls.shop_a.id,
                "name": "Chợ phiên",
                "open_from": MONDAY,
                "open_until": THURSDAY,
                "handover_date": SATURDAY,
            }
        )
        cls.shop_a.by_window = True
        cls.env.flush_all()


@tagged("post_install", "-at_install")
class TestWindow(WindowCommon):
    def test_orders_come_in_the_window_only(self):
        for when, words in (
            (MONDAY - timedelta(minutes=1), "08:00 16/11/2026"),
            (THURSDAY, "next order window"),
        ):
            with self.subTest(when=when), freeze_time(when), self.assertRaisesRegex(ValidationError, words):
                self._order(self.user_buyer, {self.fish: 1})
        self.assertEqual(self.fish.kdc_quantity, 5, "nothing was reserved")
        with freeze_time(THURSDAY - timedelta(minutes=1)):
            orders = self._order(self.user_buyer, {self.fish: 1, self.greens: 1})
        self.assertEqual(orders[self.shop_a].kdc_window_id, self.window)
        self.assertEqual(orders[self.shop_a].kdc_handover_date, SATURDAY)
        self.assertFalse(orders[self.shop_b].kdc_window_id, "another shop of the basket is not concerned")

    def test_the_shop_answers_when_the_window_is_over(self):
        """A shop that is closed this moment and refuses orders while closed still takes those of its window."""
        self.shop_a._kdc_set_week(range(7), [(7 * 60, 11 * 60)])
        self.shop_a.outside_hours = "refuse"
        with freeze_time(MONDAY + timedelta(hours=10)):
            order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        self.assertEqual(order.kdc_answer_by, datetime(2026, 11, 20, 1, 0), "an hour of Friday morning")

    def test_what_buyers_read(self):
        with freeze_time(MONDAY):
            self.assertIn("21/11/2026", self.shop_a._kdc_window_text())
        self.assertFalse(self.shop_b._kdc_window_text())
        self.shop_a.by_window = False
        with freeze_time(THURSDAY):
            self.assertFalse(self._order(self.user_buyer, {self.fish: 1})[self.shop_a].kdc_window_id)

    def test_windows_that_make_no_sense(self):
        values = {"shop_id": self.shop_a.id, "handover_date": SATURDAY}
        for start, end, error in (
            (THURSDAY, MONDAY, IntegrityError),
            (MONDAY, THURSDAY, ValidationError),  # two at once
            (datetime(2026, 11, 20), datetime(2026, 11, 22), ValidationError),  # handed over before it ends
        ):
            with self.subTest(start=start), self.assertRaises(error), self.env.cr.savepoint():
                self.window.create({**values, "open_from": start, "open_until": end})
                self.env.flush_all()

    def test_a_window_with_orders_stays(self):
        with freeze_time(MONDAY):
            self._order(self.user_buyer, {self.fish: 1})
        with self.assertRaises(UserError):
            self.window.unlink()

    def test_nothing_given_up_is_packed(self):
        """T6: what was refused or never answered is not on the list."""
        with freeze_time(MONDAY):
            orders = [self._order(self.user_buyer, {self.fish: 1})[self.shop_a] for _number in range(3)]
        orders[0]._kdc_set_state("accepted", "shop")
        orders[1]._kdc_set_state("accepted", "shop")
        orders[1]._kdc_set_state("refused", "shop", "Hết")
        self.assertEqual(self.window._kdc_to_pack(), orders[0])


@tagged("post_install", "-at_install")
class TestWindowRoutes(WindowCommon, HttpCase):
    def _post(self, url, data=None):
        return self.url_open(url, data={"csrf_token": http.Request.csrf_token(self), **(data or {})}, method="POST")

    def test_on_the_phone(self):
        self.authenticate(self.user_portal_b.login, self.user_portal_b.login)
        form = {"open_from": "2030-11-18T08:00", "open_until": "2030-11-21T18:00", "handover_date": "2030-11-23"}
        for wrong in ({"open_until": ""}, {"open_until": "2030-11-01T18:00"}, {"handover_date": "2030-11-19"}):
            with self.subTest(wrong=wrong):
                response = self._post("/my/shop/windows/new", {**form, **wrong, "name": "Rau cuối tuần"})
                self.assertEqual(response.status_code, 422)
                self.assertIn("Rau cuối tuần", response.text)
        self.assertFalse(self.shop_b.window_ids or self.shop_b.by_window)
        self._post("/my/shop/windows/new", {**form, "shop_id": self.shop_a.id, "name": "Rau cuối tuần"})
        window = self.shop_b.window_ids
        self.assertEqual((window.open_from, window.name), (datetime(2030, 11, 18, 1, 0), "Rau cuối tuần"))
        self.assertTrue(self.shop_b.by_window)
        self._post("/my/shop/windows/switch", {"on": "0"})
        self.assertFalse(self.shop_b.by_window)
        self._post(f"/my/shop/windows/{window.id}/remove")
        self.assertFalse(window.exists())

    def test_packing_list(self):
        with freeze_time(MONDAY):
            order = self._order(self.user_buyer, {self.fish: 1, self.squid: 1})[self.shop_a]
        self.authenticate(self.user_portal_a.login, self.user_portal_a.login)
        url = f"/my/shop/windows/{self.window.id}/list.pdf"
        self.assertEqual(self.url_open(url).status_code, 404, "nothing was accepted yet")
        order._kdc_set_state("accepted", "shop")
        with freeze_time(MONDAY):
            refused = self._order(self.user_buyer, {self.fish: 2})[self.shop_a]
        refused._kdc_set_state("refused", "shop", "Hết")
        for user in (self.user_portal_a, self.user_seller_a):  # whoever packs
            self.authenticate(user.login, user.login)
            text = pdf_text(self.url_open(url))
            for words in (order.name, self.user_buyer.name, f"{self.fish.name} 1 kg", "635.000"):
                self.assertIn(words, text)
            self.assertNotIn(refused.name, text, "T6: nothing given up is packed")
            self.assertIn(url, self.url_open("/my/shop/windows").text)
        self.assertNotIn("/my/shop/windows/new", self.url_open("/my/shop/windows").text, "the owner announces")
        self.assertIn("21/11/2026", self.url_open(f"/my/shop/orders/{order.id}").text)
        self.authenticate(self.user_buyer.login, self.user_buyer.login)
        self.assertIn("21/11/2026", self.url_open(f"/my/orders/{order.id}").text)
        self.window.write({"open_until": datetime(2030, 11, 21), "handover_date": date(2030, 11, 23)})
        self.assertIn("23/11/2030", self.url_open(f"/shop/of/{self.shop_a.code}").text, "before anything is ordered")
