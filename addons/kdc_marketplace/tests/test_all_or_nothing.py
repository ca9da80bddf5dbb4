from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import MarketCommon


@tagged("post_install", "-at_install")
class TestAllOrNothing(MarketCommon):
    """A basket over five shops is ordered in one transaction: when the last shop fails, nothing was ordered."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        shops = [cls.shop_a, cls.shop_b]
        shops += [cls._create_shop(f"Sạp số {n}", cls.user_portal_b, cls.group_b) for n in range(3, 6)]
        cls.listings = [cls._create_listing(shop, f"Hàng của {shop.name}", 10000, 3) for shop in shops]
        cls.basket = cls._create_basket(cls.user_buyer, dict.fromkeys(cls.listings, 2))
        *_others, cls.last_shop = cls.basket._kdc_lines_by_shop()
        cls.last = next(listing for listing in cls.listings if listing.kdc_shop_id == cls.last_shop)
        cls.env.flush_all()

    def _rows(self):
        self.env.flush_all()
        rows = {}
        for table in ("sale_order", "sale_order_line", "product_template", "kdc_notification", "mail_message"):
            self.env.cr.execute(f"SELECT * FROM {table} ORDER BY id")
            rows[table] = self.env.cr.fetchall()
        return rows

    def _order_and_fail(self, error):
        """Order as the page does, in a savepoint of its own, and compare what there is before and after."""
        before = self._rows()
        with self.assertRaises(error), self.env.cr.savepoint():
            self.basket._kdc_place_orders("+84914000111", "7 Lê Thánh Tôn", {})
        self.env.invalidate_all()
        for table, rows in self._rows().items():
            with self.subTest(table=table):
                self.assertEqual(rows, before[table])

    def test_the_last_shop_cannot_be_told(self):
        notify = type(self.basket)._kdc_notify_shop

        def fail(order, words):
            if order.kdc_shop_id == self.last_shop:
                raise RuntimeError("broken")
            return notify(order, words)

        with patch.object(type(self.basket), "_kdc_notify_shop", fail):
            self._order_and_fail(RuntimeError)

    def test_the_last_shop_has_just_sold_out(self):
        """Between looking at the basket and reserving: the other four shops keep their stock."""
        self.last.kdc_quantity = 1
        with patch.object(type(self.basket), "_kdc_clean_basket", lambda _basket: []):
            self._order_and_fail(ValidationError)

    def test_nothing_fails(self):
        orders = self.basket._kdc_place_orders("+84914000111", "7 Lê Thánh Tôn", {})
        self.assertEqual(len(orders), 5)
        self.assertEqual(len(set(orders.mapped("kdc_order_group"))), 1)
        self.assertEqual({listing.kdc_quantity for listing in self.listings}, {1})
