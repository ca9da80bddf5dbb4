from datetime import date, datetime, timedelta

from freezegun import freeze_time
from odoo import http
from odoo.addons.kdc_residents.engine.clock import to_local, to_utc
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.exceptions import UserError, ValidationError
from odoo.tests import HttpCase, tagged
from psycopg2 import IntegrityError

from ..engine.opening import parse_spans
from .common import MarketCommon

#: Monday 7:00 in Vietnam. The shop is open from 8:00 to 11:00, closed on Tuesday.
NOW = datetime(2026, 11, 23, 0, 0)


def local(hour, day=0, minute=0):
    return datetime(2026, 11, 23, hour, minute) + timedelta(days=day)


class SlotsCommon(MarketCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop_a._kdc_set_week(range(7), parse_spans("8:00–11:00"))
        cls.env["kdc.shop.special.day"].create(
            {"shop_id": cls.shop_a.id, "date_from": "2026-11-24", "date_to": "2026-11-24"}
        )
        cls.haircut = cls._create_service("Cắt tóc", 80000, kdc_slot_minutes=60)
        cls.env.flush_all()

    @classmethod
    def _create_service(cls, name, price, shop=None, **vals):
        return cls._create_listing(
            shop or cls.shop_a, name, price, 0, kdc_track_quantity=False, **{"kdc_slot_lead": 1, **vals}
        )

    def _book(self, user, start, listing=None, **more):
        """Return the basket of a user with one appointment."""
        basket = self._create_basket(user, more.pop("goods", {}))
        product = (listing or self.haircut).product_variant_id
        basket._cart_add(product_id=product.id, quantity=more.get("seats", 1), kdc_slot_start=to_utc(start))
        return basket

    def _place(self, basket, address="7 Lê Thánh Tôn"):
        wishes = {shop.id: {} for shop in basket.order_line.kdc_shop_id}
        return basket._kdc_place_orders("+84914000111", address, wishes)

    def _run(self, job):
        with self.enter_registry_test_mode():
            self.env.ref(f"kdc_marketplace.ir_cron_{job}").method_direct_trigger()

    def _appointment(self, user, start, listing=None, accepted=True):
        order = self._place(self._book(user, start, listing))
        if accepted:
            order._kdc_set_state("accepted", "shop")
        return order


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestSlots(SlotsCommon):
    def _free(self, listing=None, day=None):
        _days, _day, found = (listing or self.haircut)._kdc_slot_week(day)
        return [slot.start for slot in found]

    def test_times_follow_the_hours_of_the_shop(self):
        days, day, found = self.haircut._kdc_slot_week()
        self.assertEqual((day, [slot.start for slot in found]), (date(2026, 11, 23), [local(8), local(9), local(10)]))
        self.assertNotIn(date(2026, 11, 24), dict(days), "a special day")
        self.haircut.write({"kdc_slot_hours": "14:00–15:00", "kdc_slot_days": "01"})
        self.assertEqual(self._free(), [local(14)])
        self.assertEqual([d for d, _n in self.haircut._kdc_slot_week()[0]][1], date(2026, 11, 30), "Tuesday is closed")

    def test_two_buyers_of_the_last_time(self):
        """Exactly one gets it; the other is told what is free and keeps the basket."""
        first = self._book(self.user_buyer, local(9))
        second = self._book(self.user_portal_b, local(9), goods={self.greens: 2})
        order = self._place(first)
        self.assertEqual(order.kdc_handover, "appointment")
        self.assertEqual(order.order_line.kdc_slot_start, to_utc(local(9)))
        self.assertFalse(order.order_line.filtered("is_delivery"), "nobody pays for bringing a haircut")
        with self.assertRaisesRegex(ValidationError, "09:00.*Free are.*08:00.*10:00"), self.env.cr.savepoint():
            self._place(second)
        self.assertEqual(len(second.order_line), 2)
        self.assertEqual(self.greens.kdc_quantity, 20)
        second._kdc_slot_lines()._kdc_set_slot(local(10))
        self.assertEqual(len(self._place(second)), 2)

    def test_given_up_orders_free_their_time(self):
        for target, actor, accepted in (
            ("cancelled", "buyer", False), ("refused", "shop", True), ("cancelled", "system", False),
        ):  # fmt: skip
            order = self._appointment(self.user_buyer, local(9), accepted=accepted)
            self.assertNotIn(local(9), self._free())
            order._kdc_set_state(target, actor, "x")
            self.assertIn(local(9), self._free())

    def test_the_shop_answers_before_the_appointment(self):
        order = self._appointment(self.user_buyer, local(8), accepted=False)
        self.assertEqual(order.kdc_answer_by, to_utc(local(8)))
        with freeze_time(to_utc(local(8, minute=1))):
            self._run("cancel_unanswered")
        self.assertEqual(order.kdc_shop_state, "cancelled")

    def test_services_of_a_shop_share_their_people(self):
        dye = self._create_service("Nhuộm tóc", 300000, kdc_slot_minutes=120)
        self._appointment(self.user_buyer, local(9))
        self.assertEqual(self._free(dye)[0], local(8, day=2), "no two hours are left today")
        basket = self._book(self.user_buyer, local(8, 2))
        basket._cart_add(product_id=dye.product_variant_id.id, kdc_slot_start=to_utc(local(8, 2)))
        with self.assertRaisesRegex(ValidationError, "Nhuộm tóc"):
            self._place(basket)

    def test_places_at_the_same_time(self):
        course = self._create_service("Lớp vẽ", 50000, kdc_slot_minutes=60, kdc_slot_capacity=3)
        basket = self._book(self.user_buyer, local(9), course, seats=9)
        self.assertEqual(basket.order_line.product_uom_qty, 3, "no more than the class has")
        basket._cart_update_line_quantity(basket.order_line.id, 2)
        self._place(basket)
        with self.assertRaisesRegex(ValidationError, "not free"), self.env.cr.savepoint():
            self._place(self._book(self.user_portal_b, local(9), course, seats=2))
        self._place(self._book(self.user_portal_b, local(9), course))
        self.assertNotIn(local(9), self._free(course))

    def test_a_service_needs_a_time(self):
        """Whatever button of Odoo is used: without a time nothing comes into the basket, and nothing is ordered."""
        basket = self._create_basket(self.user_buyer, {})
        basket._cart_add(product_id=self.haircut.product_variant_id.id)
        basket._cart_add(product_id=self.haircut.product_variant_id.id, kdc_slot_start="2026-11-23 02:00:00")
        self.assertFalse(basket.order_line.filtered("kdc_slot_start"))
        with self.assertRaises(ValidationError):
            self._place(self._create_basket(self.user_buyer, {self.haircut: 1}))
        for start in (local(7), local(9, minute=30), local(11), local(9, day=1), local(8, day=40)):
            with self.subTest(start=start), self.assertRaises(ValidationError), self.env.cr.savepoint():
                self._place(self._book(self.user_buyer, start))

    def test_each_time_is_a_line(self):
        basket = self._book(self.user_buyer, local(8))
        basket._cart_add(product_id=self.haircut.product_variant_id.id, kdc_slot_start=to_utc(local(10)))
        self.assertEqual(len(basket.order_line), 2)
        self.assertIn("10:00–11:00", basket.order_line[1].name)
        order = self._place(basket)
        self.assertIn("08:00–09:00", order._kdc_summary())

    def test_with_goods_of_the_same_shop(self):
        basket = self._book(self.user_buyer, local(9), goods={self.fish: 1})
        order = self._place(basket)
        self.assertEqual(order.kdc_handover, "pickup")
        order._kdc_set_state("accepted", "shop")
        self.assertEqual(order._kdc_targets("shop"), ["ready", "refused"])
        self.assertNotIn("cancelled", order._kdc_targets("buyer"))

    def test_at_the_house_of_the_buyer(self):
        self.haircut.kdc_slot_place = "home"
        with self.assertRaisesRegex(ValidationError, "address"), self.env.cr.savepoint():
            self._place(self._book(self.user_buyer, local(9)), address="")
        order = self._place(self._book(self.user_buyer, local(9)))
        self.assertEqual(order.order_line.kdc_slot_address, "7 Lê Thánh Tôn")
        order._kdc_forget_contact()
        self.assertFalse(order.order_line.kdc_slot_address)

    def test_buyer_cancels_in_time(self):
        order = self._appointment(self.user_buyer, local(10, day=2))
        self.assertEqual(order._kdc_targets("buyer"), ["cancelled"])
        with freeze_time(to_utc(local(10, day=1, minute=1))):
            self.assertFalse(order._kdc_targets("buyer"))
            with self.assertRaisesRegex(UserError, "10:00 24/11/2026"):
                order._kdc_set_state("cancelled", "buyer")
        order._kdc_set_state("cancelled", "buyer")

    def test_another_time(self):
        order = self._appointment(self.user_buyer, local(8, day=2), accepted=False)
        line = order.order_line
        with self.assertRaises(UserError):
            order._kdc_propose_slot(line.id, local(7, day=2))
        order._kdc_propose_slot(line.id, local(9, day=2))
        self.assertFalse({local(8, 2), local(9, 2)} & set(self._free(day=date(2026, 11, 25))), "both are held")
        order._kdc_answer_proposal(line.id, False)
        self.assertEqual((order.kdc_shop_state, line.kdc_slot_start), ("new", to_utc(local(8, day=2))))
        order._kdc_propose_slot(line.id, local(9, day=2))
        order._kdc_answer_proposal(line.id, True)
        self.assertEqual((order.kdc_shop_state, to_local(line.kdc_slot_start)), ("accepted", local(9, day=2)))
        self.assertIn("09:00–10:00", line.name)
        self.assertIn(local(8, 2), self._free(day=date(2026, 11, 25)))
        with self.assertRaises(UserError):
            order._kdc_answer_proposal(line.id, True)

    def test_what_was_agreed_on_stays(self):
        """The shop changes length and terms, or sells goods instead: who has booked keeps what was booked."""
        order = self._appointment(self.user_buyer, local(8, day=2), accepted=False)
        line = order.order_line
        order._kdc_propose_slot(line.id, local(10, day=2))
        self.haircut.write({"kdc_slot_minutes": 0, "kdc_slot_cancel": 700})
        order._kdc_answer_proposal(line.id, True)
        self.assertEqual(line.kdc_slot_stop - line.kdc_slot_start, timedelta(hours=1))
        self.assertEqual(order._kdc_cancel_until(), to_utc(local(10, day=1)))

    def test_a_proposal_is_answered_while_the_shop_takes_no_orders(self):
        order = self._appointment(self.user_buyer, local(8, day=2), accepted=False)
        order._kdc_propose_slot(order.order_line.id, local(9, day=2))
        self.shop_a.outside_hours = "refuse"
        with freeze_time(to_utc(local(20))):
            order._kdc_answer_proposal(order.order_line.id, False)
        self.assertEqual((order.kdc_shop_state, order.order_line.kdc_slot_proposed), ("new", False))
        self.assertLessEqual(order.kdc_answer_by, to_utc(local(8, day=2)))

    def test_what_nobody_can_answer_any_more_is_free(self):
        order = self._appointment(self.user_buyer, local(8))
        order._kdc_propose_slot(order.order_line.id, local(9, day=2))
        self.assertNotIn(local(9, 2), self._free(day=date(2026, 11, 25)))
        with freeze_time(to_utc(local(9))):
            order._kdc_set_state("handed_over", "shop")
        self.assertIn(local(9, 2), self._free(day=date(2026, 11, 25)))

    def test_a_refused_appointment_fills_no_shelf(self):
        order = self._appointment(self.user_buyer, local(8), accepted=False)
        self.haircut.write({"kdc_slot_minutes": 0, "kdc_track_quantity": True, "kdc_quantity": 5})
        order._kdc_set_state("refused", "shop", "Nghỉ")
        self.assertEqual(self.haircut.kdc_quantity, 5)

    def test_nobody_answers_a_proposal(self):
        order = self._appointment(self.user_buyer, local(10, day=2), accepted=False)
        order._kdc_propose_slot(order.order_line.id, local(8, day=3))
        with freeze_time(to_utc(local(10, day=2, minute=1))):
            self._run("cancel_unanswered")
        self.assertEqual(order.kdc_shop_state, "cancelled")
        self.assertNotIn("did not answer", order.kdc_state_reason)

    def test_nobody_came(self):
        order = self._appointment(self.user_buyer, local(8))
        with self.assertRaises(UserError):
            order._kdc_set_missed(order.order_line.id)
        with freeze_time(to_utc(local(9))):
            order._kdc_set_missed(order.order_line.id)
        self.assertTrue(order.order_line.kdc_slot_missed)
        self.assertEqual(order.kdc_shop_state, "refused")

    def test_done_without_getting_ready_once_it_has_begun(self):
        order = self._appointment(self.user_buyer, local(8))
        basket = self._book(self.user_buyer, local(9), goods={self.fish: 1})
        mixed = self._place(basket)
        for state in ("accepted", "ready"):
            mixed._kdc_set_state(state, "shop")
        for early in (order, mixed):
            self.assertEqual(early._kdc_targets("shop"), ["refused"])
            with self.assertRaisesRegex(UserError, fmt.datetime(early._kdc_first_slot())):
                early._kdc_set_state("handed_over", "shop")
        with freeze_time(to_utc(local(8))):
            self.assertEqual(order._kdc_targets("shop"), ["handed_over", "refused"])
            order._kdc_set_state("handed_over", "shop")
            self.assertTrue(order.kdc_handed_over_date, "it counts in the statement of the shop")
            self.assertEqual(mixed._kdc_targets("shop"), ["refused"], "its appointment is an hour later")

    def test_reminder_the_day_before(self):
        tomorrow = self._appointment(self.user_buyer, local(8, day=2))
        self._appointment(self.user_buyer, local(9, day=2), accepted=False)
        notices = self.env["kdc.notification"]
        with freeze_time(to_utc(local(17, day=1))):
            before = notices.search([])
            self._run("remind_of_slots")
            told = notices.search([]) - before
            self.assertEqual(told.partner_id, self.user_buyer.partner_id | self.shop_a.member_ids.user_id.partner_id)
            self.assertEqual(len(told), 3, "one for the buyer, one for each of the shop")
            self.assertEqual(len(told.filtered(lambda one: f"&shop={self.shop_a.id}" in one.url)), 2)
            self._run("remind_of_slots")
            self.assertEqual(notices.search([]) - before, told, "once")
        self.assertTrue(tomorrow.order_line.kdc_slot_reminded)

    def test_times_kept_free(self):
        block = self.env["kdc.shop.block"].create(
            {"shop_id": self.shop_a.id, "start": to_utc(local(8, minute=30)), "stop": to_utc(local(9, minute=30))}
        )
        self.assertEqual(self._free(), [local(10)])
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            block.stop = to_utc(local(9, day=1))
        with freeze_time(NOW + timedelta(days=40)):
            block._gc_past()
        self.assertFalse(block.exists())

    def test_the_shop_makes_goods_of_it(self):
        basket = self._book(self.user_buyer, local(9))
        self.haircut.kdc_slot_minutes = 0
        order = self._place(basket)
        self.assertFalse(order.order_line.kdc_slot_start)

    def test_what_makes_no_sense(self):
        for values in ({"kdc_slot_minutes": 2}, {"kdc_track_quantity": True}, {"kdc_slot_capacity": 0}):
            with self.subTest(values), self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.haircut.write(values)
                self.haircut.flush_recordset()
        for values in ({"kdc_slot_hours": "sáng"}, {"kdc_slot_days": "9"}):
            with self.subTest(values), self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.haircut.write(values)

    def test_queries_of_two_weeks(self):
        """The days of a service cost the same whatever is booked."""
        for hour in (8, 9, 10):
            self._appointment(self.user_buyer, local(hour, day=3))
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(14):
            self.haircut._kdc_slot_week()

    def test_export_of_own_data(self):
        self._appointment(self.user_buyer, local(9))
        sections = {section["key"]: section for section in self.resident_buyer.sudo()._kdc_my_data()}
        self.assertIn("09:00", str(sections["order_lines"]))


@tagged("post_install", "-at_install")
class TestSlotRoutes(SlotsCommon, HttpCase):
    """In real days: the shop is open every day but one, far enough ahead."""

    def _post(self, url, data=None):
        return self.url_open(url, data={"csrf_token": http.Request.csrf_token(self), **(data or {})}, method="POST")

    def _as(self, user):
        self.authenticate(user.login, user.login)

    def _free_day(self):
        days, _day, _slots = self.haircut._kdc_slot_week()
        return next(day for day, count in days[1:] if count == 3)

    def test_book_and_keep_the_appointment(self):
        day = self._free_day()
        url = f"/shop/slots/{self.haircut.id}"
        self.assertEqual(self.url_open(url).status_code, 200, "guests look")
        self._as(self.user_buyer)
        page = self.url_open(f"{url}?day={day}")
        self.assertIn(f'value="{day}T09:00"', page.text)
        self.assertNotIn("<script src", page.text.split("</head>")[1].split("<footer")[0])
        for wrong in ("", "x", f"{day}T09:30"):
            self.assertEqual(self._post(url, {"start": wrong}).status_code, 422)
        page = self._post(url, {"start": f"{day}T09:00"})
        self.assertIn("09:00–10:00", page.text)
        self.assertNotIn('name="handover_', page.text)
        order_page = {"action": "order", "seen_total": "80000", "phone": "0914000111", "address": ""}
        self._post("/shop/handover", order_page)
        order = self.env["sale.order"].search([("kdc_shop_id", "=", self.shop_a.id)])
        self.assertEqual((order.kdc_shop_state, order.kdc_handover), ("new", "appointment"))
        self._as(self.user_portal_b)
        self.assertEqual(self._post(url, {"start": f"{day}T09:00"}).status_code, 422)
        self.assertEqual(self._post(f"/my/orders/{order.id}/proposal", {"answer": "accept"}).status_code, 404)
        self._as(self.user_portal_a)
        self.assertIn(self.user_buyer.name, self.url_open(f"/my/shop/appointments?day={day}").text)
        propose = f"/my/shop/orders/{order.id}/propose"
        line = order.order_line.id
        self.assertIn(f"{day}T10:00", self.url_open(f"{propose}?line={line}&day={day}").text)
        self.assertEqual(self._post(propose, {"line": line, "start": "x"}).status_code, 422)
        self.url_open(f"{propose}?line={line}&start={day}T10:00", method="HEAD")
        self.assertFalse(order.order_line.kdc_slot_proposed, "asking for the head of a page changes nothing")
        self._post(propose, {"line": line, "start": f"{day}T10:00"})
        self._as(self.user_buyer)
        self.assertIn("/proposal", self.url_open(f"/my/orders/{order.id}").text)
        self._post(f"/my/orders/{order.id}/proposal", {"line": line, "answer": "accept"})
        self.assertEqual(order.kdc_shop_state, "accepted")
        self.assertIn("10:00–11:00", self.url_open(f"/my/orders/{order.id}").text)

    def test_change_the_time_in_the_basket(self):
        day = self._free_day()
        self._as(self.user_buyer)
        url = f"/shop/slots/{self.haircut.id}"
        self._post(url, {"start": f"{day}T08:00"})
        line = self.env["sale.order.line"].search([("product_id", "=", self.haircut.product_variant_id.id)])
        self.assertEqual(len(line), 1)
        page = self._post(url, {"start": f"{day}T10:00", "line": line.id})
        self.assertIn("10:00–11:00", page.text)
        self._appointment(self.user_portal_b, datetime.fromisoformat(f"{day}T10:00"))
        page = self._post("/shop/handover", {"action": "order", "seen_total": "80000", "phone": "0914000111"})
        self.assertEqual(page.status_code, 422)
        self.assertIn(f"line={line.id}", page.text)
        self.assertTrue(line.exists())

    def test_a_shop_that_does_not_sell_here(self):
        day = self._free_day()
        self.shop_a.served_area_ids = self.group_a
        self._as(self.user_buyer)
        page = self._post(f"/shop/slots/{self.haircut.id}", {"start": f"{day}T09:00"})
        self.assertEqual(page.status_code, 422)
        self.assertIn("k-error", page.text)

    def test_day_of_the_shop(self):
        day = self._free_day()
        self._as(self.user_seller_a)
        page = f"/my/shop/appointments?day={day}"
        self.assertEqual(self.url_open(page).text.count('action="/my/shop/blocks/new"'), 4, "three times and the form")
        self._post("/my/shop/blocks/new", {"day": day, "from": f"{day}T08:00", "to": f"{day}T09:00"})
        wrong = self._post("/my/shop/blocks/new", {"day": day, "from": "10:00", "to": "9:00", "name": "Bận"})
        self.assertEqual(wrong.status_code, 422)
        self._post("/my/shop/blocks/new", {"day": day, "from": "10:00", "to": "11:00", "name": "Khách gọi điện"})
        self.assertEqual(len(self.shop_a.block_ids), 2)
        self.assertIn("Khách gọi điện", self.url_open(page).text)
        self.assertNotIn("Khách gọi điện", self.url_open(f"/shop/slots/{self.haircut.id}?day={day}").text)
        for nonsense in ("9999-12-31", "0001-01-01"):
            self.assertEqual(self.url_open(f"/my/shop/appointments?day={nonsense}").status_code, 200)
        self._post(f"/my/shop/blocks/{self.shop_a.block_ids[0].id}/remove")
        self.assertEqual(len(self.shop_a.block_ids), 1)

    def test_listing_form(self):
        self._as(self.user_portal_a)
        url = f"/my/shop/listings/{self.fish.id}"
        form = {"name": self.fish.name, "unit": "kg", "price": "185000", "quantity": "5", "by_slot": "1",
                "kdc_slot_minutes": "45", "kdc_slot_capacity": "2", "kdc_slot_lead": "3",
                "kdc_slot_ahead": "7", "kdc_slot_cancel": "12", "kdc_slot_place": "home",
                "kdc_slot_hours": "14h-17h", "slot_day_0": "1", "slot_day_5": "1"}  # fmt: skip
        for wrong in ({"kdc_slot_minutes": "3"}, {"kdc_slot_hours": "chiều"}, {"slot_day_0": "", "slot_day_5": ""}):
            response = self._post(url, {**form, **wrong})
            self.assertEqual(response.status_code, 422)
            self.assertFalse(self.fish.kdc_slot_minutes)
        self._post(url, form)
        self.assertEqual(
            (self.fish.kdc_slot_minutes, self.fish.kdc_slot_hours, self.fish.kdc_slot_days, self.fish.kdc_slot_place),
            (45, "14:00–17:00", "05", "home"),
        )
        self.assertFalse(self.fish.kdc_track_quantity)
        self.assertEqual(self.fish.kdc_listing_state, "pending", "what takes time now is another thing than goods")
        self._post(url, {**form, "by_slot": "", "track": "1", "seen_quantity": "0"})
        self.assertEqual((self.fish.kdc_slot_minutes, self.fish.kdc_quantity), (0, 5))

    def test_a_service_is_not_put_into_the_basket_without_time(self):
        self._as(self.user_buyer)
        page = self._post("/shop/basket/add", {"product_id": self.haircut.product_variant_id.id})
        self.assertTrue(page.url.endswith(f"/shop/slots/{self.haircut.id}"))
        self.assertEqual(self.url_open(f"/shop/slots/{self.fish.id}").status_code, 404)
        page = self.url_open(self.haircut.website_url).text
        self.assertIn(f"/shop/slots/{self.haircut.id}", page)
        self.assertNotIn("add_to_cart_wrap", page)
