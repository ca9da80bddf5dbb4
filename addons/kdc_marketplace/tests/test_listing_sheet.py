import io
import re

import openpyxl
from odoo import http
from odoo.addons.kdc_residents.engine import sheet
from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged

from .common import MarketCommon

URL = "/my/shop/listings/sheet"


@tagged("post_install", "-at_install")
class TestListingSheet(MarketCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.authenticate(self.user_seller_a.login, self.user_seller_a.login)

    def _send(self, rows=None, content=None, name="a.xlsx"):
        content = sheet.write_xlsx(rows) if content is None else content
        return self.url_open(
            URL, data={"csrf_token": http.Request.csrf_token(self)}, files={"file": (name, content)}, method="POST"
        )

    def _save(self, page):
        plan = re.search(r'<textarea name="plan"[^>]*>([^<]*)</textarea>', page.text).group(1)
        return self._save_plan(plan)

    def _save_plan(self, plan):
        return self.url_open(
            f"{URL}/save", data={"csrf_token": http.Request.csrf_token(self), "plan": plan}, method="POST"
        )

    def _figures(self):
        return [(p.list_price, p.kdc_resident_price, p.kdc_quantity) for p in (self.fish, self.squid, self.greens)]

    def test_down_and_up_again(self):
        """The list as it comes changes nothing; changed figures are shown, then written, price and stock at once."""
        content = self.url_open(f"{URL}.xlsx").content
        same = self._send(content=content)
        self.assertEqual((same.status_code, 'name="plan"' in same.text), (200, False), "the same list changes nothing")
        book = openpyxl.load_workbook(io.BytesIO(content))
        table = book.active
        self.assertEqual(table.max_row, 3, "the own listings and nobody else's")
        for row in table.iter_rows(min_row=2):
            if row[0].value == self.fish.id:
                row[3].value, row[4].value, row[5].value = "190.000", 170000, 9
        out = io.BytesIO()
        book.save(out)
        before = self._figures()
        page = self._send(content=out.getvalue())
        self.assertEqual((page.status_code, self._figures()), (200, before), "looking changes nothing")
        self._save(page)
        self.assertEqual(self._figures()[0], (190000, 170000, 9))
        self.assertEqual(self._figures()[1:], before[1:])
        self.assertEqual((self.fish.kdc_listing_state, self.fish.is_published), ("published", True))

    def test_csv(self):
        text = f"Mã hàng;Tên hàng;Giá;Số lượng\n{self.fish.id};x;200.000 ₫;\n{self.squid.id};;;7\n"
        self._save(self._send(content=text.encode(), name="a.csv"))
        self.assertEqual(self._figures()[:2], [(200000, 0, 5), (450000, 0, 7)])

    def test_errors_by_row_and_nothing_written(self):
        self.squid.kdc_track_quantity = False
        before = self._figures()
        head = ["Mã hàng", "Giá", "Giá cư dân", "Số lượng"]
        for rows, words in (
            ([[self.fish.id, "abc", None, None]], "abc"),
            ([[self.fish.id, 0, None, None]], "0\u00a0₫"),
            ([[self.fish.id, 35.5, None, None]], "35.5"),
            ([[self.fish.id, -5, None, None]], "-5"),
            ([[self.fish.id, 190000, 190000, None]], "190.000\u00a0₫"),
            ([[self.fish.id, None, None, 10000]], "10000"),
            ([[self.squid.id, None, None, 5]], " 2, "),
            ([[self.greens.id, 1, None, None]], str(self.greens.id)),
            ([[None, 5000, None, None]], " 2, "),
            ([[self.fish.id, 5000, None, None], [self.fish.id, 6000, None, None]], " 3, "),
        ):
            with self.subTest(rows=rows):
                page = self._send([head, *rows])
                self.assertEqual(page.status_code, 422)
                self.assertIn(words, page.text)
                self.assertNotIn('name="plan"', page.text)
                self.assertEqual(self._figures(), before)

    def test_one_bad_row_stops_the_good_ones(self):
        page = self._send([["Mã hàng", "Giá"], [self.fish.id, 100000], [self.squid.id, "x"]])
        self.assertEqual(page.status_code, 422)
        self.assertNotIn('name="plan"', page.text)

    def test_files_that_are_no_list(self):
        for content in (b"", b"%PDF-1.7 xxx", b"PK\x03\x04 cut off", b"<html><table></table></html>", b"a;b\n1;2\n"):
            with self.subTest(content=content):
                self.assertEqual(self._send(content=content).status_code, 422)
        self.assertEqual(self._send(content=b"x" * (3 << 20)).status_code, 422)
        self.assertEqual(self._send([["Mã hàng", "Giá"]] + [[n, 5] for n in range(1, 1100)]).status_code, 422)

    def test_sold_between_looking_and_saving(self):
        """Stock that a buyer has just taken does not come back onto the shelf."""
        page = self._send([["Mã hàng", "Giá", "Số lượng"], [self.fish.id, 200000, 10], [self.squid.id, 400000, None]])
        self._order(self.user_buyer, {self.fish: 2})
        self.env.flush_all()
        answer = self._save(page)
        self.assertEqual(answer.status_code, 422)
        self.assertEqual(self._figures()[:2], [(185000, 0, 3), (450000, 0, 2)], "nothing is half-written")
        self._save(answer)
        self.assertEqual(self._figures()[:2], [(200000, 0, 10), (400000, 0, 2)])

    def test_a_forged_plan(self):
        before = self._figures()
        for plan in (
            f"{self.greens.id};8000;1;;;;",
            f"{self.fish.id};185000;0;;;;",
            f"{self.fish.id};;;0;999999;;",
            f"{self.fish.id};185000;-5;;;;",
            f"{self.fish.id};;;;;5;99999",
            f"{self.fish.id};185000;190000;;;;\n{self.greens.id};8000;1;;;;",
            "x",
            "999999999999;1;1;;;;",
        ):
            with self.subTest(plan=plan):
                self._save_plan(plan)
                self.assertEqual(self._figures(), before)
        with self.assertRaises(ValidationError):
            self.shop_a._kdc_sheet_apply({self.greens.id: {"price": (8000, 1)}})

    def test_nobody_without_a_shop(self):
        self.authenticate(self.user_buyer.login, self.user_buyer.login)
        for url in (URL, f"{URL}.xlsx"):
            self.assertEqual(self.url_open(url).status_code, 404)
        self.assertEqual(self._send([["Mã hàng", "Giá"], [self.fish.id, 1]]).status_code, 404)
        self.assertEqual(self._save_plan(f"{self.fish.id};185000;1;;;;").status_code, 404)

    def test_queries_do_not_grow_with_the_list(self):
        def count(listings):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.shop_a._kdc_sheet_rows()
            return self.env.cr.sql_log_count - start

        count(2)
        few = count(2)
        for number in range(8):
            self._create_listing(self.shop_a, f"Hàng {number}", 1000, 1)
        self.assertLessEqual(count(10), few)
