import runpy
from pathlib import Path
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import MarketCommon


@tagged("post_install", "-at_install")
class TestOrder(MarketCommon):
    # -- one basket, one order per shop ----------------------------------------------------------------------------
    def test_two_shops_make_two_orders_under_one_number(self):
        orders = self._order(
            self.user_buyer,
            {self.fish: 2, self.greens: 3, self.squid: 1},
            handover="delivery",
            payment_way="transfer",
            note="Sau 5 giờ chiều",
        )
        self.assertEqual(set(orders), {self.shop_a, self.shop_b})
        a, b = orders[self.shop_a], orders[self.shop_b]
        self.assertEqual(a.kdc_order_group, b.kdc_order_group)
        self.assertTrue(a.kdc_order_group)
        self.assertEqual((a | b).mapped("kdc_shop_state"), ["new", "new"])
        self.assertEqual((a | b).mapped("state"), ["sale", "sale"], "no draft is left that comes back as a basket")
        self.assertEqual(a.order_line.product_id.product_tmpl_id, self.fish | self.squid)
        self.assertEqual(b.order_line.product_id.product_tmpl_id, self.greens)
        self.assertEqual((a.amount_total, b.amount_total), (2 * 185000 + 450000, 3 * 8000))
        self.assertEqual((a.kdc_handover, a.kdc_payment_way), ("delivery", "transfer"))
        self.assertEqual((b.kdc_handover, b.kdc_payment_way), ("pickup", "cash"), "what this shop offers")
        self.assertEqual(self.fish.kdc_quantity, 3)
        self.assertEqual(self.greens.kdc_quantity, 17)
        for order, user in ((a, self.user_portal_a), (a, self.user_seller_a), (b, self.user_portal_b)):
            self.assertTrue(
                self.env["kdc.notification"].search_count(
                    [("partner_id", "=", user.partner_id.id), ("url", "=", f"/my/shop/orders/{order.id}")]
                )
            )

    def test_no_tax_no_invoice_no_salesperson_no_mail(self):
        mails = self.env["mail.mail"].search_count([])
        order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        self.assertFalse(order.order_line.tax_ids)
        self.assertEqual(order.amount_tax, 0)
        self.assertEqual(order.invoice_status, "no")
        self.assertEqual(order.order_line.invoice_status, "no")
        with self.assertRaises(UserError):
            order._create_invoices()
        self.assertFalse(order.user_id)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def test_only_residents_order(self):
        stranger = self._create_user("kdc_market_stranger", "base.group_portal")
        basket = self._create_basket(stranger, {self.fish: 1})
        with self.assertRaises(UserError):
            basket._kdc_place_orders("0905123456", "", {})

    def test_residents_of_another_ward_do_not_order(self):
        resident = self.user_buyer._kdc_resident()
        basket = self._create_basket(self.user_buyer, {self.fish: 1})
        ward = self.env["res.company"].create({"name": "Phường khác"})
        with patch.object(type(resident), "company_id", ward), self.assertRaises(UserError):
            basket._kdc_place_orders("0905123456", "", {})
        self.assertFalse(basket.kdc_shop_id)

    def test_what_left_the_market_is_not_sold(self):
        for spoil in (
            lambda: self.fish.with_user(self.user_portal_a).sudo().write({"kdc_open": False}),
            lambda: self.shop_a.with_user(self.user_moderator)._kdc_suspend("x"),
            lambda: self.fish.write({"kdc_quantity": 0}),
            lambda: self.fish.with_user(self.user_portal_a).sudo().write({"list_price": 999000}),
        ):
            basket = self._create_basket(self.user_buyer, {self.fish: 1})
            with self.cr.savepoint() as savepoint:
                spoil()
                with self.assertRaises(ValidationError):
                    basket._kdc_place_orders("0905123456", "", {})
                savepoint.rollback()
            self.env.invalidate_all()

    def test_the_last_piece_is_sold_once(self):
        self.squid.kdc_quantity = 1
        first = self._create_basket(self.user_buyer, {self.squid: 1})
        second = self._create_basket(self.user_portal_b, {self.squid: 1, self.greens: 1})
        first._kdc_place_orders("0905123456", "", {})
        with self.assertRaises(ValidationError):
            second._kdc_place_orders("0905123456", "", {})
        self.assertEqual(self.squid.kdc_quantity, 0)
        self.assertFalse(second.kdc_shop_id)
        self.assertEqual(second.state, "draft")

    def test_a_basket_is_ordered_once(self):
        basket = self._create_basket(self.user_buyer, {self.fish: 1})
        basket._kdc_place_orders("0905123456", "", {})
        with self.assertRaises(ValidationError):
            basket._kdc_place_orders("0905123456", "", {})
        self.assertEqual(self.fish.kdc_quantity, 4)

    def test_a_basket_holds_whole_pieces_of_the_listing_at_its_price(self):
        """What got into a basket by another way leaves it, says so, and is never ordered."""
        self.fish.kdc_resident_price = 180000
        minute = self.env.ref("uom.product_uom_minute")
        for wrong in (
            {"product_uom_id": minute.id},
            {"product_uom_id": self.env.ref("uom.product_uom_pack_6").id},
            {"product_uom_qty": 0.9},
            {"product_uom_qty": -1},
        ):
            with self.subTest(wrong=wrong):
                basket = self._create_basket(self.user_buyer, {self.fish: 1, self.greens: 1})
                line = basket.order_line.filtered(lambda line: line.kdc_shop_id == self.shop_a)
                line.write(wrong)
                self.assertGreaterEqual(line.price_unit, 0, "nothing costs less than nothing")
                with self.assertRaises(ValidationError), self.cr.savepoint():
                    basket._kdc_place_orders("0905123456", "", {})
                changes = basket._kdc_clean_basket()
                self.assertIn(self.fish.name, "".join(changes))
                self.assertEqual(basket.order_line.product_id.product_tmpl_id, self.greens)
                with self.assertRaises(UserError):
                    basket._validate_order()
        self.assertEqual(self.fish.kdc_quantity, 5)

    def test_nothing_is_given_away_by_a_price_of_nothing(self):
        basket = self._create_basket(self.user_buyer, {self.fish: 1, self.greens: 1})
        # As a price list of a website might
        with patch.object(type(basket.order_line), "_get_pricelist_price", lambda line: 0):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                basket._kdc_place_orders("0905123456", "", {})
            basket._kdc_clean_basket()
        self.assertFalse(basket.order_line)

    def test_a_buyer_writes_no_line(self):
        """Not by RPC either."""
        line = self._create_basket(self.user_buyer, {self.fish: 1}).order_line.sudo(False)
        for call in (
            lambda: line.write({"price_unit": 1}),
            lambda: line.write({"product_uom_id": self.env.ref("uom.product_uom_minute").id}),
            line.copy,
            lambda: line.create({"order_id": line.order_id.id, "product_id": line.product_id.id}),
            line.unlink,
        ):
            with self.assertRaises(AccessError):
                call()

    def test_basket_is_sorted_by_shop(self):
        basket = self._create_basket(self.user_buyer, {self.fish: 1, self.greens: 1, self.squid: 1})
        shops = basket.website_order_line.mapped(lambda line: line.kdc_shop_id.id)
        self.assertEqual(shops, sorted(shops, key=shops.index))
        self.assertEqual(len(basket._kdc_lines_by_shop()), 2)

    def test_quantity_is_limited_to_the_stock(self):
        basket = self._create_basket(self.user_buyer, {self.fish: 1})
        quantity, warning = basket._verify_updated_quantity(
            basket.order_line, self.fish.product_variant_id.id, 50, self.fish.uom_id.id
        )
        self.assertEqual(quantity, 5)
        self.assertTrue(warning)

    # -- life of an order ------------------------------------------------------------------------------------------
    def test_the_straight_way(self):
        order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        notices = self.env["kdc.notification"]
        own = [("partner_id", "=", self.user_buyer.partner_id.id)]
        for state in ("accepted", "ready", "handed_over"):
            before = notices.search_count(own)
            order._kdc_set_state(state, "shop")
            self.assertEqual(order.kdc_shop_state, state)
            self.assertEqual(notices.search_count(own), before + 1, "the buyer is told of every step")
        order._kdc_set_state("done", "buyer")
        self.assertEqual(self.fish.kdc_quantity, 4)

    def test_refusing_needs_a_reason_and_frees_the_stock(self):
        order = self._order(self.user_buyer, {self.fish: 2})[self.shop_a]
        with self.assertRaises(UserError):
            order._kdc_set_state("refused", "shop", "  ")
        order._kdc_set_state("refused", "shop", "Hết cá")
        self.assertEqual((order.kdc_shop_state, order.state), ("refused", "cancel"))
        self.assertEqual(self.fish.kdc_quantity, 5)
        notice = self.env["kdc.notification"].search([("partner_id", "=", self.user_buyer.partner_id.id)], limit=1)
        self.assertEqual((notice.body, notice.url), ("Hết cá", f"/my/orders/{order.id}"))

    def test_buyer_cancels_before_acceptance_only(self):
        order = self._order(self.user_buyer, {self.fish: 2})[self.shop_a]
        order._kdc_set_state("cancelled", "buyer")
        self.assertEqual((order.kdc_shop_state, order.state), ("cancelled", "cancel"))
        self.assertEqual(self.fish.kdc_quantity, 5)
        other = self._order(self.user_buyer, {self.fish: 2})[self.shop_a]
        other._kdc_set_state("accepted", "shop")
        with self.assertRaises(UserError):
            other._kdc_set_state("cancelled", "buyer")

    def test_stock_is_freed_once(self):
        order = self._order(self.user_buyer, {self.fish: 2})[self.shop_a]
        order._kdc_set_state("refused", "shop", "x")
        with self.assertRaises(UserError):
            order._kdc_set_state("cancelled", "moderator")
        order.action_cancel()
        self.assertEqual(self.fish.kdc_quantity, 5)

    def test_what_was_taken_off_the_shelf_comes_back(self):
        """Neither more nor less, whether the shop counts its stock then or not."""
        counted = self._order(self.user_buyer, {self.fish: 2})[self.shop_a]
        self.assertEqual(counted.order_line.kdc_reserved, 2)
        self.fish.kdc_track_quantity = False
        uncounted = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        counted._kdc_set_state("refused", "shop", "Hết cá")
        self.fish.kdc_track_quantity = True
        self.assertEqual(self.fish.kdc_quantity, 5)
        uncounted._kdc_set_state("refused", "shop", "Hết cá")
        self.assertEqual(self.fish.kdc_quantity, 5, "it had taken nothing")
        self.assertFalse((counted | uncounted).order_line.filtered("kdc_reserved"))

    def test_orders_of_before_free_what_they_hold(self):
        """The migration notes what open orders of counted goods hold; it can run again."""
        held, refused = (self._order(self.user_buyer, {self.fish: 2})[self.shop_a] for _number in range(2))
        refused._kdc_set_state("refused", "shop", "Hết cá")
        uncounted = self._order(self.user_buyer, {self.greens: 2})[self.shop_b]
        self.greens.kdc_track_quantity = False
        lines = (held | refused | uncounted).order_line
        lines.kdc_reserved = 0
        self.env.flush_all()
        path = Path(__file__).parents[1] / "migrations" / "19.0.1.4.0" / "post-reserved.py"
        for _twice in range(2):
            runpy.run_path(path)["migrate"](self.env.cr, "19.0.1.3.0")
        lines.invalidate_recordset()
        self.assertEqual(lines.mapped("kdc_reserved"), [2, 0, 0])

    def test_given_up_orders_are_never_prepared(self):
        """T6: cancelled or refused orders leave the preparation list, accepted ones are on it, none comes back."""
        prepare = self.env["sale.order"]._kdc_to_prepare_domain()

        def on_list(order):
            return bool(self.env["sale.order"].search_count([("id", "=", order.id), *prepare]))

        order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        self.assertFalse(on_list(order), "not accepted yet")
        order._kdc_set_state("accepted", "shop")
        self.assertTrue(on_list(order))
        order.with_user(self.env.ref("base.user_admin")).action_cancel()
        self.assertEqual(order.kdc_shop_state, "cancelled", "cancelled in the backend, cancelled for the shop")
        self.assertFalse(on_list(order))
        self.assertEqual(self.fish.kdc_quantity, 5)
        with self.assertRaises(UserError):
            order.action_draft()
        refused = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        refused._kdc_set_state("accepted", "shop")
        refused._kdc_set_state("refused", "shop", "Hỏng")
        self.assertFalse(on_list(refused))

    def test_what_was_handed_over_is_not_cancelled(self):
        order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        for state in ("accepted", "ready", "handed_over"):
            order._kdc_set_state(state, "shop")
        with self.assertRaises(UserError):
            order.action_cancel()
        with self.assertRaises(UserError):
            order.unlink()

    def test_the_other_side_is_told(self):
        """The shop when the buyer cancels or confirms, the buyer when the shop acts, both when the ward cancels."""
        people = {"buyer": self.user_buyer, "owner": self.user_portal_a, "seller": self.user_seller_a}

        def told(order, words=""):
            """Who has a new notice about the order with these words."""
            found = self.env["kdc.notification"].search([("title", "like", order.name), ("read_date", "=", False)])
            found.read_date = "2026-01-01"
            self.assertTrue(all(words in f"{notice.title} {notice.body}" for notice in found))
            return {name for name, user in people.items() if user.partner_id in found.partner_id}

        cancelled, done, given_up = (self._order(self.user_buyer, {self.fish: 1})[self.shop_a] for _number in range(3))
        for order in (cancelled, done, given_up):
            self.assertEqual(told(order), {"owner", "seller"})
        cancelled._kdc_set_state("cancelled", "buyer", "Nhầm món")
        self.assertEqual(told(cancelled, "Nhầm món"), {"owner", "seller"})
        for state in ("accepted", "ready", "handed_over"):
            done._kdc_set_state(state, "shop")
            self.assertEqual(told(done), {"buyer"})
        done._kdc_set_state("done", "buyer")
        self.assertEqual(told(done), {"owner", "seller"})
        given_up.with_user(self.user_moderator)._kdc_cancel_by_moderator("Gian hàng bị đình chỉ")
        self.assertEqual(told(given_up, "Gian hàng bị đình chỉ"), {"buyer", "owner", "seller"})

    def test_moderator_cancels_with_reason(self):
        order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        with self.assertRaises(AccessError):
            order.with_user(self.user_officer)._kdc_cancel_by_moderator("x")
        order.with_user(self.user_moderator)._kdc_cancel_by_moderator("Gian hàng bị đình chỉ")
        self.assertEqual((order.kdc_shop_state, order.kdc_state_reason), ("cancelled", "Gian hàng bị đình chỉ"))

    def test_the_state_is_not_a_field_to_write(self):
        order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        with self.assertRaises(AccessError):
            order.with_user(self.env.ref("base.user_admin")).write({"kdc_shop_state": "done"})

    # -- money and links -------------------------------------------------------------------------------------------
    def test_no_online_payment(self):
        order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        basket = self._create_basket(self.user_buyer, {self.fish: 1})
        provider = self.env["payment.provider"].search([], limit=1)
        method = self.env["payment.method"].with_context(active_test=False).search([], limit=1)
        for sale_order in (order, basket):
            self.assertFalse(sale_order._has_to_be_paid())
            self.assertFalse(
                self.env["payment.provider"]._get_compatible_providers(
                    self.company.id, sale_order.partner_id.id, 1000, sale_order_id=sale_order.id
                )
            )
            with self.assertRaises(ValidationError):
                self.env["payment.transaction"].create(
                    {
                        "provider_id": provider.id,
                        "payment_method_id": method.id,
                        "amount": 1000,
                        "currency_id": sale_order.currency_id.id,
                        "partner_id": sale_order.partner_id.id,
                        "reference": f"thu-{sale_order.id}",
                        "sale_order_ids": [Command.set(sale_order.ids)],
                    }
                )

    def test_no_link_opens_an_order(self):
        order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        self.assertFalse(order.access_token)
        order.get_portal_url()
        self.assertFalse(order.access_token)

    def test_other_orders_stay_as_odoo_makes_them(self):
        product = self.env["product.product"].create({"name": "Sách", "list_price": 10})
        order = self.env["sale.order"].create(
            {
                "partner_id": self.user_buyer.partner_id.id,
                "order_line": [Command.create({"product_id": product.id})],
            }
        )
        self.assertFalse(order._kdc_is_market())
        order.action_confirm()
        self.assertEqual(order.invoice_status, "to invoice" if product.invoice_policy == "order" else "no")
        order._portal_ensure_token()
        self.assertTrue(order.access_token)
