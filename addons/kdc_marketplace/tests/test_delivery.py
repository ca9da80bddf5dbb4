import re

from odoo import Command, http
from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged

from .common import MarketCommon


class DeliveryCommon(MarketCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Place = cls.env["kdc.shop.place"]
        cls.near = Place.create(
            {"shop_id": cls.shop_a.id, "name": "Gần", "fee": 10000, "minimum": 200000, "free_from": 500000}
        )
        cls.far = Place.create(
            {"shop_id": cls.shop_a.id, "name": "Tổ khác", "fee": 30000, "area_ids": [Command.set(cls.group_a.ids)]}
        )
        cls.gate = Place.create({"shop_id": cls.shop_a.id, "kind": "pickup", "name": "Cổng chợ", "note": "6–8 giờ"})
        cls.env.flush_all()

    def _place(self, quantities, place, **kwargs):
        basket = self._create_basket(self.user_buyer, quantities)
        return basket._kdc_place_orders(
            "+84914000111", "7 Lê Thánh Tôn", {self.shop_a.id: {"handover": str(place.id)}}, **kwargs
        )


@tagged("post_install", "-at_install")
class TestDelivery(DeliveryCommon):
    def test_fee_is_part_of_the_order(self):
        order = self._place({self.fish: 2}, self.near, seen_total=380000)
        self.assertEqual(order.amount_total, 2 * 185000 + 10000)
        fee = order.order_line.filtered("is_delivery")
        self.assertEqual((fee.price_total, fee.name, fee.tax_ids.ids), (10000, "Gần", []))
        self.assertEqual((order.kdc_handover, order.kdc_handover_place), ("delivery", "Gần"))
        self.assertEqual(order.kdc_handover_address, "7 Lê Thánh Tôn")
        self.assertEqual(order.invoice_status, "no")
        self.assertNotIn("Gần", order._kdc_summary(), "the fee is no goods")
        self.near.unlink()
        self.assertEqual(order.kdc_handover_place, "Gần", "an order keeps what was agreed")
        order._kdc_set_state("refused", "shop", "Hết cá")
        self.assertEqual(self.fish.kdc_quantity, 5)

    def test_free_from(self):
        self.assertEqual(self._place({self.squid: 2}, self.near).amount_total, 900000)

    def test_minimum(self):
        with self.assertRaisesRegex(ValidationError, "15.000"):
            self._place({self.fish: 1}, self.near)
        self.assertEqual(self.fish.kdc_quantity, 5, "nothing was reserved")

    def test_fetched(self):
        order = self._place({self.fish: 1}, self.gate)
        self.assertEqual((order.kdc_handover, order.kdc_handover_place), ("pickup", "Cổng chợ"))
        self.assertEqual((order.kdc_handover_address, order.amount_total), ("6–8 giờ", 185000))

    def test_what_is_not_offered_to_this_buyer(self):
        """A place of another area or another shop, or one that was removed, is refused, not replaced."""
        other = self.env["kdc.shop.place"].create({"shop_id": self.shop_b.id, "name": "Của vườn rau"})
        for place in (self.far, other):
            with self.subTest(place=place.name), self.assertRaises(ValidationError):
                self._place({self.fish: 2}, place)
        self.shop_a.delivers = False
        with self.assertRaises(ValidationError):
            self._place({self.fish: 2}, self.near)

    def test_the_total_seen_is_the_total_ordered(self):
        with self.assertRaises(ValidationError):
            self._place({self.fish: 2}, self.near, seen_total=370000)

    def test_offers(self):
        offers = self.shop_a._kdc_offers(self.group_b)
        self.assertEqual([offer.label for offer in offers], ["Cổng chợ", "Gần"])
        self.assertEqual(len(self.shop_a._kdc_offers(self.group_a)), 3)
        self.assertEqual([offer.key for offer in self.shop_b._kdc_offers(self.group_b)], ["pickup"])
        self.shop_b.delivers = True
        self.assertEqual([offer.key for offer in self.shop_b._kdc_offers(self.group_b)], ["pickup", "delivery"])

    def test_area_of_another_ward(self):
        company = self.env["res.company"].create({"name": "Phường khác"})
        area = self.env["kdc.area"].create({"name": "Tổ lạ", "kind": "group", "company_id": company.id})
        with self.assertRaises(ValidationError):
            self.near.area_ids = area


@tagged("post_install", "-at_install")
class TestDeliveryRoutes(DeliveryCommon, HttpCase):
    def _post(self, url, data=None):
        return self.url_open(url, data={"csrf_token": http.Request.csrf_token(self), **(data or {})}, method="POST")

    def test_from_basket_to_order(self):
        self.authenticate(self.user_buyer.login, self.user_buyer.login)
        self._post("/shop/basket/add", {"product_id": self.fish.product_variant_id.id, "quantity": "1"})
        page = self.url_open("/shop/handover").text
        self.assertIn("Cổng chợ", page)
        self.assertNotIn("Tổ khác", page)
        form = {"action": "order", "phone": "0914000111", "address": "7 Lê Thánh Tôn"}
        key = f"handover_{self.shop_a.id}"
        response = self._post("/shop/handover", {**form, key: str(self.near.id), "seen_total": "195000"})
        self.assertEqual(response.status_code, 422)
        self.assertIn("15.000", response.text, "what is missing for the minimum")
        line = self.env["sale.order.line"].search([("order_id.partner_id", "=", self.user_buyer.partner_id.id)])
        choice = {key: str(self.near.id), f"qty_{line.id}": "2"}
        for total in ("370000", "0", "-5", "1"):
            response = self._post("/shop/handover", {**form, **choice, "seen_total": total})
            self.assertEqual(response.status_code, 422, "the fee is part of the total")
        seen = re.search(r'name="seen_total" value="(\d+)"', response.text).group(1)
        self.assertEqual(seen, "380000")
        response = self._post("/shop/handover", {**form, **choice, "seen_total": seen, "fee": "0"})
        self.assertTrue(response.url.endswith("/my/orders"))
        order = self.env["sale.order"].search([("partner_id", "=", self.user_buyer.partner_id.id)])
        self.assertEqual((order.amount_total, order.kdc_shop_state), (380000, "new"))
        self.assertIn("10.000", self.url_open(f"/my/orders/{order.id}").text)

    def test_owner_keeps_the_places(self):
        self.authenticate(self.user_portal_a.login, self.user_portal_a.login)
        form = {"name": "Xóm Mới", "fee": "15.000", "minimum": "", "area_ids": str(self.group_b.id)}
        self._post("/my/shop/delivery/delivery/new", form)
        place = self.shop_a.place_ids.filtered(lambda p: p.name == "Xóm Mới")
        self.assertEqual((place.kind, place.fee, place.minimum, place.area_ids), ("delivery", 15000, 0, self.group_b))
        self.assertIn("Xóm Mới", self.url_open("/my/shop/delivery").text)
        for bad in ({"name": " "}, {"fee": "abc"}, {"minimum": "-5"}, {"free_from": "9" * 12}):
            with self.subTest(bad=bad):
                response = self._post(f"/my/shop/delivery/{place.id}", {**form, "note": "Chiều", **bad})
                self.assertEqual(response.status_code, 422)
                self.assertIn("Chiều", response.text)
        self._post(f"/my/shop/delivery/{place.id}", {**form, "fee": "0"})
        self.assertEqual(place.fee, 0)
        self._post(f"/my/shop/delivery/{place.id}/remove")
        self.assertFalse(place.exists())
        self._post("/my/shop/delivery/switch", {"on": "0"})
        self.assertFalse(self.shop_a.delivers)

    def test_nobody_else_touches_them(self):
        for user in (self.user_seller_a, self.user_portal_b, self.user_buyer):
            self.authenticate(user.login, user.login)
            with self.subTest(user=user.login):
                self.assertEqual(self.url_open(f"/my/shop/delivery/{self.near.id}").status_code, 404)
                self.assertEqual(self._post(f"/my/shop/delivery/{self.near.id}/remove").status_code, 404)
        self.assertTrue(self.near.exists())
