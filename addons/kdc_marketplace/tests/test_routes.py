import base64
import re
from unittest.mock import patch

from odoo import http
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from .common import MarketCommon, jpeg

PHONE = "0914 000 111"


@tagged("post_install", "-at_install")
class TestRoutes(MarketCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.website = self.env["website"].search([("company_id", "=", self.company.id)], limit=1)

    def _login(self, user):
        """Sign in, or become a guest with None."""
        self.authenticate(user and user.login, user and user.login)

    def _post(self, url, data=None, files=None, **kwargs):
        return self.url_open(
            url,
            data={"csrf_token": http.Request.csrf_token(self), **(data or {})},
            files=files,
            method="POST",
            **kwargs,
        )

    def _add(self, listing, quantity=1, **extra):
        return self.make_jsonrpc_request(
            "/shop/cart/add",
            {
                "product_template_id": listing.id,
                "product_id": listing.product_variant_id.id,
                "quantity": quantity,
                **extra,
            },
        )

    def _cart(self, user):
        return self.env["sale.order"].search([("partner_id", "=", user.partner_id.id), ("state", "=", "draft")])

    def _place(self, **data):
        page = self.url_open("/shop/handover")
        total = re.search(r'name="seen_total" value="(\d+)"', page.text).group(1)
        return self._post(
            "/shop/handover",
            {"action": "order", "seen_total": total, "phone": PHONE, "address": "7 Lê Thánh Tôn", **data},
        )

    def test_nonsense_in_the_address(self):
        """Odoo's own lists of orders answer it with the usual list."""
        self._login(self.user_buyer)
        for path in ("/my/orders", "/my/quotes"):
            for query in (
                "sortby=abc",
                "page=abc",
                "quotation_page=1",
                "date_begin=x&date_end=y",
                "date_begin=2026-99-99&date_end=1",
            ):
                with self.subTest(path=path, query=query), mute_logger("odoo.http"):
                    self.assertEqual(self.url_open(f"{path}?{query}").status_code, 200)

    # -- the public market -----------------------------------------------------------------------------------------
    def test_guests_see_checked_listings_only(self):
        hidden = self._create_listing(self.shop_a, "Hàng chưa duyệt", 1000, 1, state="pending")
        self._login(None)
        page = self.url_open("/shop").text
        self.assertIn("Cá thu một nắng", page)
        self.assertIn("Sạp cá Cô Bảy", page)
        self.assertNotIn("Hàng chưa duyệt", page)
        self.assertEqual(self.url_open(self.fish.website_url).status_code, 200)
        self.assertEqual(self.url_open(f"/shop/x-{hidden.id}").status_code, 404)
        self.assertIn("Cá thu một nắng", self.url_open("/shop?search=ca thu").text)

    def test_nonsense_in_the_address_shows_the_market(self):
        self._login(None)
        for query in (
            "order=abc",
            "order=name;drop",
            "attribute_values=abc",
            "attribute_values=1-x",
            "tags=abc",
            "search=%00",
            "min_price=abc",
            "kdc_shop=%00",
        ):
            with self.subTest(query=query):
                self.assertEqual(self.url_open(f"/shop?{query}").status_code, 200)
        for url in ("/shop/of/%00", "/shop/of/a%00b"):
            with self.subTest(url=url):
                self.assertEqual(self.url_open(url).status_code, 404)

    def test_page_of_a_shop(self):
        self._login(None)
        page = self.url_open(f"/shop/of/{self.shop_a.code}").text
        self.assertIn("Cá thu một nắng", page)
        self.assertNotIn("Rau muống", page)
        self.assertEqual(self.url_open("/shop/of/khong-co").status_code, 404)
        self.shop_a.with_user(self.user_moderator)._kdc_suspend("x")
        self.env.flush_all()
        self.assertEqual(self.url_open(f"/shop/of/{self.shop_a.code}").status_code, 404)

    def _photo_urls(self, listing):
        """Return every address of Odoo's at which the main photo of a listing could be had."""
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", "product.template"), ("res_id", "=", listing.id), ("res_field", "=", "image_1920")]
        )
        return [
            f"/web/image/product.template/{listing.id}/image_1920",
            f"/web/image/product.product/{listing.product_variant_id.id}/image_1920",
            f"/web/image/{attachment.id}",
            f"/web/content/{attachment.id}",
        ]

    def test_photo_of_a_listing_that_is_not_shown(self):
        """Unchecked, paused, of a suspended shop, without a valid paper: the photo is not shown either."""
        photo = base64.b64encode(jpeg("#123456"))
        hidden = self._create_listing(self.shop_a, "Hàng chưa duyệt", 1000, 1, state="pending", image_1920=photo)
        paused = self._create_listing(self.shop_a, "Tạm ngưng", 1000, 1, image_1920=photo, kdc_open=False)
        kind = self.env["kdc.paper.kind"].create({"name": "Giấy"})
        meals = self.env["product.public.category"].create({"name": "Món ăn", "kdc_paper_kind_ids": kind.ids})
        expired = self._create_listing(
            self.shop_a, "Hết hạn giấy", 1000, 1, image_1920=photo, public_categ_ids=meals.ids
        )
        suspended = self._create_listing(
            self._create_shop("Sạp khác", self.user_portal_b, self.group_b), "Hàng", 1000, 1, image_1920=photo
        )
        suspended.kdc_shop_id.with_user(self.user_moderator)._kdc_suspend("x")
        self.env.flush_all()
        placeholder = self.url_open("/web/image/product.template/999999999/image_1920").content
        urls = self._photo_urls(hidden)
        # All four addresses are closed by one rule: for those that were shown once, the one of the page is enough
        urls += [self._photo_urls(listing)[0] for listing in (paused, expired, suspended)]
        for user in (None, self.user_buyer, self.user_portal_a):
            self._login(user)
            for url in urls:
                with self.subTest(url=url, user=user and user.login):
                    response = self.url_open(url)
                    self.assertTrue(response.status_code in (403, 404) or response.content == placeholder)
        self._login(None)
        self.assertNotEqual(self.url_open(self._photo_urls(self.fish)[0]).content, placeholder, "what is shown has one")
        for user, status in ((self.user_portal_a, 200), (self.user_seller_a, 200), (self.user_portal_b, 404)):
            self._login(user)
            with self.subTest(owner=user.login):
                self.assertEqual(self.url_open(f"/my/shop/listings/{hidden.id}/photo").status_code, status)

    # -- buying ----------------------------------------------------------------------------------------------------
    def test_two_shops_in_one_basket(self):
        self._login(self.user_buyer)
        self._add(self.fish, 2)
        self._add(self.greens, 3)
        cart = self.url_open("/shop/cart").text
        self.assertLess(cart.index("Sạp cá Cô Bảy"), cart.index("Cá thu một nắng"))
        self.assertLess(cart.index("Vườn rau Đồng Đế"), cart.index("Rau muống"))
        for step in ("/shop/checkout", "/shop/payment", "/shop/address", "/shop/payment/validate"):
            self.assertTrue(self.url_open(step).url.endswith("/shop/handover"), step)
        response = self._place(**{f"handover_{self.shop_a.id}": "delivery"})
        self.assertTrue(response.url.endswith("/my/orders"))
        orders = self.env["sale.order"].search([("partner_id", "=", self.user_buyer.partner_id.id)])
        self.assertEqual(orders.mapped("state"), ["sale", "sale"])
        self.assertEqual(orders.kdc_shop_id, self.shop_a | self.shop_b)
        self.assertEqual(len(set(orders.mapped("kdc_order_group"))), 1)
        self.assertFalse(orders.transaction_ids)
        order = orders.filtered(lambda o: o.kdc_shop_id == self.shop_a)
        self.assertEqual((order.kdc_handover, order.kdc_buyer_phone), ("delivery", "+84914000111"))
        self.assertTrue(self._place_again().url.endswith("/my/orders"), "a second tap orders nothing")
        self.assertEqual(self.env["sale.order"].search_count([("partner_id", "=", self.user_buyer.partner_id.id)]), 2)

    def _place_again(self):
        return self._post("/shop/handover", {"action": "order", "phone": PHONE})

    def test_guest_fills_a_basket_and_signs_in_to_order(self):
        self._login(None)
        response = self._post("/shop/basket/add", {"product_id": self.fish.product_variant_id.id, "quantity": "2"})
        self.assertEqual(response.status_code, 200)
        self.assertIn("Cá thu một nắng", response.text)
        self.assertIn("/web/login", self.url_open("/shop/checkout").url)

    def test_staff_and_strangers_do_not_order(self):
        self._login(self._create_user("kdc_market_stranger", "base.group_portal"))
        self._add(self.fish)
        self.assertEqual(self.url_open("/shop/handover").status_code, 403)
        self.assertEqual(self._post("/shop/handover", {"action": "order", "phone": PHONE}).status_code, 403)
        self.assertFalse(self.env["sale.order"].search_count([("kdc_shop_id", "!=", False)]))

    def test_price_and_quantity_tampering(self):
        self._login(self.user_buyer)
        self._add(self.fish, 1, price_unit=1, discount=99, list_price=1)
        self._post(
            "/shop/basket/add",
            {"product_id": self.fish.product_variant_id.id, "quantity": "1", "price_unit": "1", "price": "1"},
        )
        line = self._cart(self.user_buyer).order_line
        self.assertEqual((line.price_unit, line.discount, line.product_uom_qty), (185000, 0, 2))
        response = self._post(
            "/shop/handover",
            {"action": "order", "phone": PHONE, "seen_total": "2", f"qty_{line.id}": "2", "price": "1"},
        )
        self.assertEqual(response.status_code, 422, "the total the buyer saw must be the total that is ordered")
        self._post("/shop/handover", {"action": "update", f"qty_{line.id}": "-5"})
        self.assertFalse(self._cart(self.user_buyer).order_line, "a negative quantity takes the goods out")

    def test_a_browser_chooses_neither_unit_nor_part_of_a_piece(self):
        """Odoo's route takes a unit, a quantity and linked goods from the browser; the price follows from them."""
        self._login(self.user_buyer)
        pack, minute = self.env.ref("uom.product_uom_pack_6"), self.env.ref("uom.product_uom_minute")
        self._add(self.greens, 2, uom_id=self.greens.uom_id.id, product_custom_attribute_values=[])
        line = self._cart(self.user_buyer).order_line

        def linked(product, quantity, **extra):
            return {
                "product_template_id": product.product_tmpl_id.id,
                "product_id": product.id,
                "parent_product_template_id": self.greens.id,
                "quantity": quantity,
                "product_custom_attribute_values": [],
                "no_variant_attribute_value_ids": [],
                **extra,
            }

        fish = self.fish.product_variant_id
        for extra in (
            {"uom_id": minute.id},
            {"uom_id": pack.id},
            {"uom_id": "x"},
            {"linked_products": [linked(fish, 0.9)]},
            {"linked_products": [linked(fish, 1)]},
            {"linked_products": [linked(fish, -1)]},
            {"linked_products": [linked(fish, "1")]},
            {"linked_products": [linked(fish, 1, uom_id=minute.id)]},
            {"linked_line_id": line.id},
            {"combo_item_id": 1},
        ):
            with self.subTest(extra=extra), mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
                self._add(self.greens, 1, **extra)
        for extra in (
            {"no_variant_attribute_value_ids": [1]},
            {"price_unit": 1, "discount": 99, "name": "x", "kdc_slot_start": "2030-01-01 08:00:00"},
        ):
            self._add(self.greens, 1, **extra)
        self.assertEqual(
            (line.exists(), line.product_uom_qty, line.price_total, line.product_uom_id),
            (self._cart(self.user_buyer).order_line, 4, 4 * 8000, self.greens.uom_id),
        )
        self.assertFalse(line.product_no_variant_attribute_value_ids)
        self.assertFalse(line.product_custom_attribute_value_ids)

    def test_bad_input_keeps_what_was_typed(self):
        self._login(self.user_buyer)
        self._add(self.fish, 1)
        response = self._place(phone="123", **{f"note_{self.shop_a.id}": "Gọi trước khi giao"})
        self.assertEqual(response.status_code, 422)
        self.assertIn("Gọi trước khi giao", response.text)
        response = self._place(address=" ", **{f"handover_{self.shop_a.id}": "delivery"})
        self.assertEqual(response.status_code, 422)
        self.assertEqual(self._cart(self.user_buyer).state, "draft")

    def test_what_is_not_for_sale_does_not_go_into_a_basket(self):
        hidden = self._create_listing(self.shop_a, "Hàng chưa duyệt", 1000, 1, state="pending")
        self.squid.kdc_quantity = 0
        product = self.env["product.product"].create({"name": "Sách", "is_published": True, "list_price": 10})
        self._login(self.user_buyer)
        for listing in (hidden, self.squid):
            with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
                self._add(listing)
            response = self._post("/shop/basket/add", {"product_id": listing.product_variant_id.id})
            self.assertEqual(response.status_code, 404)
        for product_id in (product.id, "", "abc", "999999999"):
            self.assertEqual(self._post("/shop/basket/add", {"product_id": product_id}).status_code, 404)

    def test_listing_paused_after_it_went_into_the_basket(self):
        self._login(self.user_buyer)
        self._add(self.fish, 1)
        self._add(self.greens, 1)
        self.fish.with_user(self.user_portal_a).sudo().kdc_open = False
        self.env.flush_all()
        page = self.url_open("/shop/handover").text
        self.assertIn("Rau muống", page)
        self.assertEqual(self._cart(self.user_buyer).order_line.product_id.product_tmpl_id, self.greens)

    # -- the buyer's pages -----------------------------------------------------------------------------------------
    def test_a_head_shares_own_orders(self):
        """A member reads the head's orders once the head shares them, and decides nothing about them."""
        order = self._order(self.user_portal_b, {self.fish: 1})[self.shop_a]
        membership = self.household_b.live_membership_ids.filtered(lambda m: m.resident_id == self.resident_buyer)
        self._login(self.user_buyer)
        self.assertEqual(self.url_open(f"/my/orders/{order.id}").status_code, 404)
        self.env["kdc.household.delegation"]._share(membership, {"orders"})
        page = self.url_open(f"/my/orders/{order.id}")
        self.assertEqual(page.status_code, 200)
        self.assertNotIn(f"/my/orders/{order.id}/cancel", page.text)
        self.assertIn(self.resident_b.name, self.url_open("/my/orders").text)
        self.assertEqual(self._post(f"/my/orders/{order.id}/cancel").status_code, 404)
        self._login(self.user_portal_a)
        self.assertEqual(self.url_open(f"/my/orders/{order.id}").status_code, 404)

    def test_orders_belong_to_the_buyer(self):
        order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        token = "a" * 36
        self.env.cr.execute("UPDATE sale_order SET access_token = %s WHERE id = %s", [token, order.id])
        self._login(self.user_buyer)
        self.assertEqual(self.url_open(f"/my/orders/{order.id}").status_code, 200)
        self.assertIn(order.name, self.url_open("/my/orders").text)
        for user in (self.user_portal_a, self.user_portal_b):  # the seller, and a member of the same household
            self._login(user)
            with self.subTest(user=user.login):
                self.assertEqual(self.url_open(f"/my/orders/{order.id}?access_token={token}").status_code, 404)
                self.assertNotIn(order.name, self.url_open("/my/orders").text)
                self.assertEqual(self._post(f"/my/orders/{order.id}/cancel").status_code, 404)
        self._login(None)
        self.assertIn("/web/login", self.url_open(f"/my/orders/{order.id}?access_token={token}").url)
        response = self._post(f"/my/orders/{order.id}/decline", {"access_token": token, "decline_message": "x"})
        self.assertNotIn(order.name, response.text)
        self.assertEqual(order.kdc_shop_state, "new")

    def test_buyer_cancels_and_cannot_after_acceptance(self):
        order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        self._login(self.user_buyer)
        self._post(f"/my/orders/{order.id}/cancel", {"reason": "Đổi ý"})
        self.assertEqual(order.kdc_shop_state, "cancelled")
        other = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        other._kdc_set_state("accepted", "shop")
        self.env.flush_all()
        self.assertEqual(self._post(f"/my/orders/{other.id}/cancel").status_code, 422)
        self.assertEqual(other.kdc_shop_state, "accepted")

    def test_a_step_that_fails_halfway_leaves_nothing(self):
        """State, stock and reason stay as they were when the last part of a step is refused."""
        order = self._order(self.user_buyer, {self.fish: 2})[self.shop_a]
        steps = (
            (self.user_buyer, f"/my/orders/{order.id}/cancel"),
            (self.user_seller_a, f"/my/shop/orders/{order.id}/refused"),
            (self.user_seller_a, f"/my/shop/orders/{order.id}/accepted"),
        )
        self.env.flush_all()
        with patch.object(type(order), "_kdc_tell", side_effect=UserError("Nobody could be told")):
            for user, url in steps:
                self._login(user)
                with self.subTest(url=url):
                    response = self._post(url, {"reason": "Hết cá"})
                    self.assertEqual(response.status_code, 422)
                    self.assertIn("Nobody could be told", response.text)
                    self.env.invalidate_all()
                    self.assertEqual((order.kdc_shop_state, order.state), ("new", "sale"))
                    self.assertFalse(order.kdc_state_reason)
                    self.assertEqual(self.fish.kdc_quantity, 3)

    # -- the shop's pages ------------------------------------------------------------------------------------------
    def test_nobody_else_reaches_the_shop(self):
        order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        read = [
            f"/my/shop/listings/{self.fish.id}",
            f"/my/shop/listings/{self.fish.id}/photo",
            f"/my/shop/orders/{order.id}",
        ]
        write = [
            f"/my/shop/listings/{self.fish.id}",
            f"/my/shop/listings/{self.fish.id}/pause",
            f"/my/shop/listings/{self.fish.id}/close",
            f"/my/shop/orders/{order.id}/accepted",
            f"/my/shop/orders/{order.id}/refused",
            f"/my/shop/switch/{self.shop_a.id}",
        ]
        for user in (self.user_portal_b, self.user_buyer, self.user_officer):
            self._login(user)
            for url in read:
                with self.subTest(user=user.login, url=url):
                    self.assertEqual(self.url_open(url).status_code, 404)
            for url in write:
                with self.subTest(user=user.login, url=url, method="POST"):
                    self.assertEqual(self._post(url, {"name": "x", "price": "1", "reason": "x"}).status_code, 404)
        self._login(None)
        for url in read + ["/my/shop", "/my/shop/listings", "/my/shop/orders", "/my/shop/apply", "/my/shop/edit"]:
            with self.subTest(url=url):
                self.assertIn("/web/login", self.url_open(url).url)
        self.assertEqual((self.fish.name, self.fish.kdc_open, order.kdc_shop_state), ("Cá thu một nắng", True, "new"))

    def test_seller_works_and_owner_alone_changes_the_shop(self):
        self._login(self.user_seller_a)
        for url in ("/my/shop", "/my/shop/listings", "/my/shop/listings/new", "/my/shop/orders"):
            self.assertEqual(self.url_open(url).status_code, 200, url)
        self.assertEqual(self.url_open("/my/shop/edit").status_code, 404)
        self._login(self.user_portal_a)
        self.assertEqual(self.url_open("/my/shop/edit").status_code, 200)
        self._post("/my/shop/edit", {"phone": "0905123456", "address": "Mới", "name": "Đổi tên", "state": "closed"})
        self.assertEqual(
            (self.shop_a.address, self.shop_a.name, self.shop_a.state), ("Mới", "Sạp cá Cô Bảy", "approved")
        )

    def test_application(self):
        self._login(self.user_buyer)
        self.assertEqual(self.url_open("/my/shop").status_code, 200)
        form = {
            "name": "Bánh căn Sáu Đông",
            "phone": PHONE,
            "address": "7 Lê Thánh Tôn",
            "area_id": self.group_b.id,
            "seller_kind": "household",
            "legal_name": "Lê Thị Đông",
            "tax_number": "0100233488",
            "agree": "1",
            "state": "approved",
            "company_id": "999",
        }
        for missing in ("name", "phone", "address", "area_id", "agree"):
            with self.subTest(missing=missing):
                response = self._post("/my/shop/apply", {**form, missing: ""})
                self.assertEqual(response.status_code, 422)
        self._post("/my/shop/apply", form)
        shop = self.env["kdc.shop"].search([("name", "=", "Bánh căn Sáu Đông")])
        self.assertEqual(
            (shop.state, shop.member_ids.user_id, shop.member_ids.role, shop.company_id),
            ("submitted", self.user_buyer, "owner", self.company),
        )
        self._post("/my/shop/apply", {**form, "name": "Lần hai"})
        self.assertFalse(self.env["kdc.shop"].search_count([("name", "=", "Lần hai")]))
        response = self._post(
            "/my/shop/listings/new", {"name": "x", "price": "1000"}, files={"photo": ("a.jpg", jpeg(), "image/jpeg")}
        )
        self.assertFalse(shop.listing_ids, "a shop that is not approved lists nothing")
        self.assertEqual(response.status_code, 200)

    def _new_listing(self, photo, **data):
        return self._post(
            "/my/shop/listings/new",
            {
                "name": "Tôm khô",
                "category": str(self.env.ref("kdc_marketplace.category_goods").id),
                "price": "320.000 ₫",
                "unit": "kg",
                "quantity": "4",
                "track": "1",
                **data,
            },
            files={"photo": photo} if photo else None,
        )

    def test_new_listing_waits_and_forged_fields_are_ignored(self):
        self._login(self.user_portal_a)
        response = self._new_listing(
            ("a.jpg", jpeg(), "image/jpeg"),
            kdc_listing_state="published",
            is_published="1",
            kdc_open="1",
            kdc_shop_id=self.shop_b.id,
            client_key="abc",
        )
        self.assertTrue(response.url.endswith("/my/shop/listings"))
        self.assertEqual(self.opener.cookies.get("kdc_listing_arrived"), "abc", "the phone forgets its draft")
        listing = self.env["product.template"].search([("name", "=", "Tôm khô")])
        self.assertEqual(
            (listing.kdc_shop_id, listing.kdc_listing_state, listing.is_published, listing.list_price),
            (self.shop_a, "pending", False, 320000),
        )
        again = self._new_listing(("a.jpg", jpeg(), "image/jpeg"), client_key="abc")
        self.assertTrue(again.url.endswith(f"/my/shop/listings/{listing.id}"), "it is shown as it has arrived")
        for _twice in range(2):
            self._new_listing(("a.jpg", jpeg(), "image/jpeg"), client_key="abc", name="Mắm ruốc")
        self.assertEqual(self.opener.cookies.get("kdc_listing_arrived"), "abc")
        made = self.env["product.template"].search([("id", ">=", listing.id)], order="id").mapped("name")
        self.assertEqual(made, ["Tôm khô", "Mắm ruốc"], "each once, although the answer to the first was lost")

    def test_uploads_that_are_no_photos(self):
        self._login(self.user_portal_a)
        svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
        for photo in (
            ("a.jpg", svg, "image/jpeg"),
            ("a.png", b"%PDF-1.7 not an image", "image/png"),
            ("a.jpg", b"", "image/jpeg"),
            ("a.jpg", jpeg() + b"\0" * (40 << 20), "image/jpeg"),
            None,
        ):
            with self.subTest(photo=photo and (photo[0], len(photo[1]))):
                response = self._new_listing(photo)
                self.assertEqual(response.status_code, 422)
                self.assertIn("Tôm khô", response.text, "what was typed is kept")
        self.assertFalse(self.env["product.template"].search_count([("name", "=", "Tôm khô")]))

    def test_bad_prices_and_numbers(self):
        self._login(self.user_portal_a)
        for data in (
            {"price": ""},
            {"price": "abc"},
            {"price": "0"},
            {"price": "-5"},
            {"price": "9" * 15},
            {"quantity": "x"},
            {"name": "  "},
        ):
            with self.subTest(data=data):
                self.assertEqual(self._new_listing(("a.jpg", jpeg(), "image/jpeg"), **data).status_code, 422)

    def test_edit_switch_and_close(self):
        self._login(self.user_seller_a)
        form = {"name": self.fish.name, "price": "190000", "unit": "kg", "quantity": "7", "seen_quantity": "5"}
        form["track"] = "1"
        self._post(f"/my/shop/listings/{self.fish.id}", form)
        self.assertEqual((self.fish.list_price, self.fish.kdc_quantity, self.fish.is_published), (190000, 7, True))
        self._post(f"/my/shop/listings/{self.fish.id}/pause")
        self.assertFalse(self.fish.is_published)
        self._post(f"/my/shop/listings/{self.fish.id}/open")
        self.assertTrue(self.fish.is_published)
        self._post(f"/my/shop/listings/{self.fish.id}", {**form, "name": "Cá thu loại một"})
        self.assertEqual((self.fish.kdc_listing_state, self.fish.is_published), ("pending", False))
        self._post(f"/my/shop/listings/{self.fish.id}/close")
        self.assertEqual(self.fish.kdc_listing_state, "pending", "not by one tap")
        self._post(f"/my/shop/listings/{self.fish.id}/close", {"sure": "1"})
        self.assertEqual(self.fish.kdc_listing_state, "closed")
        self.assertIn(f"/my/shop/listings/{self.fish.id}/restore", self.url_open("/my/shop/listings").text)
        self._post(f"/my/shop/listings/{self.fish.id}/restore")
        self.assertEqual(self.fish.kdc_listing_state, "pending")

    def test_what_was_sold_while_a_form_was_open_stays_sold(self):
        form = {"name": self.fish.name, "unit": "kg", "track": "1", "price": "190000"}
        url = f"/my/shop/listings/{self.fish.id}"
        self._login(self.user_seller_a)
        page = self.url_open(url).text
        self.assertIn('name="seen_quantity" value="5"', page)
        self._order(self.user_buyer, {self.fish: 2})
        self.env.flush_all()
        self._post(url, {**form, "quantity": "5", "seen_quantity": "5"})
        self.assertEqual((self.fish.list_price, self.fish.kdc_quantity), (190000, 3), "the number was left alone")
        for seen in ("5", "", "x"):  # typed over what is not true any more, or into a form of before
            response = self._post(url, {**form, "price": "195000", "quantity": "8", "seen_quantity": seen})
            self.assertEqual(response.status_code, 422)
            self.assertIn("còn 3", response.text)
            for kept in ('value="195000"', 'value="8"', 'name="seen_quantity" value="3"'):
                self.assertIn(kept, response.text)
            self.assertEqual((self.fish.list_price, self.fish.kdc_quantity), (190000, 3))
        self._post(url, {**form, "quantity": "8", "seen_quantity": "3"})
        self.assertEqual(self.fish.kdc_quantity, 8)

    def test_order_from_new_to_handed_over(self):
        order = self._order(self.user_buyer, {self.fish: 1}, handover="delivery")[self.shop_a]
        self._login(self.user_portal_a)
        page = self.url_open(f"/my/shop/orders/{order.id}").text
        self.assertIn(self.resident_buyer.name, page)
        self.assertIn("0914 000 111", page)
        self.assertNotIn(self.user_buyer.email, page)
        self.assertNotIn(self.household_b.name, page)
        self.assertEqual(self._post(f"/my/shop/orders/{order.id}/refused", {"reason": ""}).status_code, 422)
        for state in ("accepted", "ready", "handed_over"):
            self._post(f"/my/shop/orders/{order.id}/{state}")
            self.assertEqual(order.kdc_shop_state, state)
        self.assertEqual(self._post(f"/my/shop/orders/{order.id}/accepted").status_code, 422)
        page = self.url_open(f"/my/shop/orders/{order.id}").text
        self.assertNotIn("0914 000 111", page, "after the hand-over the phone is none of the shop's business")
        self._login(self.user_buyer)
        self._post(f"/my/orders/{order.id}/received")
        self.assertEqual(order.kdc_shop_state, "done")

    def test_forms_need_their_token(self):
        self._login(self.user_portal_a)
        with mute_logger("odoo.http"):
            response = self.url_open(f"/my/shop/listings/{self.fish.id}/close", data={"x": "1"})
        self.assertEqual(response.status_code, 400)
        self.assertEqual(self.fish.kdc_listing_state, "published")

    def test_home_shows_new_orders(self):
        order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        self._login(self.user_portal_a)
        page = self.url_open("/my").text
        self.assertIn('href="/my/shop/orders"', page)
        self.assertIn('href="/shop"', page)
        self._login(self.user_buyer)
        page = self.url_open("/my").text
        self.assertIn('href="/my/orders"', page)
        self.assertNotIn('href="/my/shop"', page)
        self.assertNotIn(f'href="/my/orders/{order.id}"', page, "nothing to do yet")
        for state in ("accepted", "ready", "handed_over"):
            order._kdc_set_state(state, "shop")
        self.env.flush_all()
        page = self.url_open("/my").text
        self.assertIn(f'href="/my/orders/{order.id}"', page, "to be confirmed")
        self.assertIn('href="/my/orders"', page, "the way to the orders stays as long as one waits")
        order._kdc_set_state("done", "buyer")
        self.env.flush_all()
        self.assertNotIn(f'href="/my/orders/{order.id}"', self.url_open("/my").text)
