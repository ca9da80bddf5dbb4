from datetime import date, datetime

from freezegun import freeze_time
from odoo import http
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, tagged

from .common import MarketCommon

# Monday 23 November 2026 in Vietnam, written in UTC
SIX, NOON = datetime(2026, 11, 22, 23), datetime(2026, 11, 23, 5)


@tagged("post_install", "-at_install")
class TestOpening(MarketCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop_a._kdc_set_week(range(6), [(360, 660), (900, 1140)])

    def test_instants_are_utc(self):
        self.assertTrue(self.shop_a._kdc_is_open(SIX))
        self.assertFalse(self.shop_a._kdc_is_open(NOON))
        self.assertEqual(self.shop_a._kdc_next_opening(NOON), datetime(2026, 11, 23, 8))

    def test_deadline_in_minutes_of_opening_time(self):
        self.assertEqual(
            self.shop_a._kdc_add_opening_minutes(datetime(2026, 11, 23, 3, 30), 60), datetime(2026, 11, 23, 8, 30)
        )
        self.assertEqual(self.shop_a._kdc_opening_minutes(SIX, datetime(2026, 11, 23, 8, 30)), 330)

    def test_unknown_hours_take_orders_but_count_no_night(self):
        self.assertTrue(self.shop_b._kdc_is_open(datetime(2026, 11, 22, 19)))
        self.assertIsNone(self.shop_b._kdc_opening_now())
        self.assertEqual(
            self.shop_b._kdc_add_opening_minutes(datetime(2026, 11, 22, 19), 30), datetime(2026, 11, 23, 0, 30)
        )

    def test_special_day_closes(self):
        self.env["kdc.shop.special.day"].create(
            {"shop_id": self.shop_a.id, "date_from": date(2026, 11, 23), "date_to": date(2026, 11, 24), "name": "Giỗ"}
        )
        self.assertFalse(self.shop_a._kdc_is_open(SIX))
        self.assertEqual(self.shop_a._kdc_next_opening(SIX), datetime(2026, 11, 24, 23))
        with freeze_time(SIX):
            now = self.shop_a._kdc_opening_now()
        self.assertFalse(now["open"])
        self.assertIn("Giỗ", now["text"])

    def test_one_line_for_buyers(self):
        self.shop_a._kdc_set_week([6], [(420, 540)])
        self.assertEqual(
            self.shop_a.with_context(lang="en_US").opening_hours,
            "Monday–Saturday 6:00–11:00, 15:00–19:00; Sunday 7:00–9:00",
        )

    def test_past_midnight_survives_the_table(self):
        self.shop_b._kdc_set_week([4], [(18 * 60, 26 * 60)])
        self.assertEqual(self.shop_b._kdc_week(), {4: ((1080, 1560),)})

    def test_bad_hours(self):
        for vals in ({"hour_from": 10, "hour_to": 12}, {"hour_from": 7, "hour_to": 7}):
            with self.subTest(vals=vals), self.assertRaises(ValidationError):
                self.env["kdc.shop.hours"].create(
                    [
                        {"shop_id": self.shop_a.id, "weekday": "0", **vals},
                        {"shop_id": self.shop_a.id, "weekday": "0", **vals},
                    ]
                )
        day = {"shop_id": self.shop_a.id, "date_from": date(2026, 11, 23), "date_to": date(2026, 11, 24)}
        with self.assertRaises(ValidationError):
            self.env["kdc.shop.special.day"].create({**day, "hours": "sáng sớm"})
        self.env["kdc.shop.special.day"].create(day)
        with self.assertRaises(ValidationError):
            self.env["kdc.shop.special.day"].create(day)

    def test_open_codes(self):
        with freeze_time(NOON):
            codes = self.env["kdc.shop"]._kdc_open_codes(self.company)
        self.assertIn(self.shop_b.code, codes)
        self.assertNotIn(self.shop_a.code, codes)


@tagged("post_install", "-at_install")
class TestOpeningPages(MarketCommon, HttpCase):
    def _post(self, url, **data):
        return self.url_open(url, data={"csrf_token": http.Request.csrf_token(self), **data}, method="POST")

    def test_set_with_a_thumb(self):
        self.authenticate(self.user_seller_a.login, self.user_seller_a.login)
        self.assertEqual(self.url_open("/my/shop/hours").status_code, 200)
        times = {"from_1": "06:00", "to_1": "11:00", "from_2": "15:00", "to_2": "19:30"}
        page = self._post("/my/shop/hours", day_0="1", day_1="1", **times)
        self.assertEqual(page.status_code, 200)
        self.assertEqual(self.shop_a._kdc_week(), {0: ((360, 660), (900, 1170)), 1: ((360, 660), (900, 1170))})
        self._post("/my/shop/hours", day_1="1", action="closed", **times)
        self.assertEqual(list(self.shop_a._kdc_week()), [0])

    def test_bad_input_keeps_what_was_chosen(self):
        self.authenticate(self.user_portal_a.login, self.user_portal_a.login)
        for data in (
            {"from_1": "06:00", "to_1": "11:00"},
            {"day_0": "1"},
            {"day_0": "1", "from_1": "06:00"},
            {"day_0": "1", "from_1": "06:00", "to_1": "11:00", "from_2": "10:00", "to_2": "12:00"},
            {"day_0": "1", "from_1": "x", "to_1": "99:99"},
        ):
            with self.subTest(data=data):
                response = self._post("/my/shop/hours", **data)
                self.assertEqual(response.status_code, 422)
                if data.get("from_1", "x") != "x":
                    self.assertIn(f'value="{data["from_1"]}"', response.text)
        for data in (
            {},
            {"date_from": "2026-13-01"},
            {"date_from": "2026-12-02", "date_to": "2026-12-01"},
            {"date_from": "2020-01-01", "date_to": "2020-01-02"},
        ):
            with self.subTest(data=data):
                self.assertEqual(self._post("/my/shop/hours/special", **data).status_code, 422)
        self.assertFalse(self.shop_a.hours_ids or self.shop_a.special_day_ids)

    def test_special_days_are_of_the_own_shop(self):
        self.authenticate(self.user_portal_a.login, self.user_portal_a.login)
        self._post("/my/shop/hours/special", date_from="2026-12-31", date_to="2027-01-02", reason="Tết Dương lịch")
        day = self.shop_a.special_day_ids
        self.assertEqual((day.date_to, day.hours), (date(2027, 1, 2), False))
        self.authenticate(self.user_portal_b.login, self.user_portal_b.login)
        self.assertEqual(self._post(f"/my/shop/hours/special/{day.id}/remove").status_code, 404)
        self.authenticate(self.user_buyer.login, self.user_buyer.login)
        for url in ("/my/shop/hours", "/my/shop/hours/special", f"/my/shop/hours/special/{day.id}/remove"):
            self.assertEqual(self._post(url).status_code, 404)
        self.assertTrue(day.exists())
        self.authenticate(self.user_portal_a.login, self.user_portal_a.login)
        self._post(f"/my/shop/hours/special/{day.id}/remove")
        self.assertFalse(day.exists())

    def test_portal_has_no_right_by_rpc(self):
        self.shop_a._kdc_set_week([0], [(360, 660)])
        for user in (self.user_portal_a, self.user_buyer):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.shop_a.hours_ids.with_user(user).sudo(False).write({"hour_to": 12})
