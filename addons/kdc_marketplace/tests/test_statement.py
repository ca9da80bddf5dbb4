import io
from datetime import date, datetime

import openpyxl
from freezegun import freeze_time
from odoo.tests import HttpCase, tagged

from .common import MarketCommon, pdf_text

#: 23:30 of 31 October and 0:30 of 1 November in Vietnam.
LAST_OF_OCTOBER, FIRST_OF_NOVEMBER = datetime(2026, 10, 31, 16, 30), datetime(2026, 10, 31, 17, 30)


@tagged("post_install", "-at_install")
class TestStatement(MarketCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["kdc.shop.place"].create({"shop_id": cls.shop_a.id, "name": "Gần", "fee": 10000})
        cls.sold = cls._sell(LAST_OF_OCTOBER, cls.fish, 2), cls._sell(FIRST_OF_NOVEMBER, cls.squid, 1)
        with freeze_time(FIRST_OF_NOVEMBER):
            cls.sold[1]._kdc_set_paid()
            refused = cls._order(cls.user_buyer, {cls.fish: 1})[cls.shop_a]
            refused._kdc_set_state("refused", "shop", "Hết")
            cls._order(cls.user_buyer, {cls.fish: 1})
        cls.env.flush_all()

    @classmethod
    def _sell(cls, when, listing, count):
        key = cls.shop_a._kdc_offers(cls.group_b)[-1].key
        with freeze_time(when):
            order = cls._order(cls.user_buyer, {listing: count}, handover=key)[cls.shop_a]
            for state in ("accepted", "ready", "handed_over"):
                order._kdc_set_state(state, "shop")
        return order

    def test_a_month_of_vietnam(self):
        october, november = (self.shop_a._kdc_statement(date(2026, month, 1)) for month in (10, 11))
        self.assertEqual((october["goods"], october["fees"], october["total"]), (370000, 10000, 380000))
        self.assertEqual((october["received"], october["open_amount"], october["given_up"]), (0, 380000, 0))
        self.assertEqual((november["total"], november["open_amount"], november["given_up"]), (460000, 0, 1))
        self.assertEqual(november["best"], [(self.squid.name, 1, 450000)], "neither refused nor unanswered orders")

    def test_over_the_turn_of_months_and_years(self):
        """Ordered in December, handed over and confirmed in January, paid in between, or later."""
        shop, (december, january) = self.shop_a, (date(2026, 12, 1), date(2027, 1, 1))
        with freeze_time("2026-12-31 05:00:00"):
            early, late = (self._order(self.user_buyer, {self.fish: 1})[shop] for _ in range(2))
            for order in early, late:
                order._kdc_set_state("accepted", "shop")
                order._kdc_set_state("ready", "shop")
            early._kdc_set_paid()
            self.env.flush_all()
        printed = shop._kdc_statement(december)
        self.assertEqual((printed["total"], printed["received"], printed["open_amount"]), (0, 185000, 0))
        with freeze_time("2027-01-01 05:00:00"):
            for order in early, late:
                order._kdc_set_state("handed_over", "shop")
            self.env.flush_all()
            year = shop._kdc_year_turnover(january)
            self.assertEqual(year, [(january, 370000)], "taxed in the year of the hand-over")
        printed = shop._kdc_statement(january)
        self.assertEqual((printed["total"], printed["received"], printed["open_amount"]), (370000, 0, 185000))
        with freeze_time("2027-02-02 05:00:00"):
            late._kdc_set_paid()
            for order in early, late:
                order._kdc_set_state("done", "buyer")
            self.env.flush_all()
            self.assertEqual(shop._kdc_turnover()[-2:], [(january, 370000), (date(2027, 2, 1), 0)])
        self.assertEqual(shop._kdc_statement(january), printed, "a printed month stays as it is")
        self.assertEqual(shop._kdc_statement(december)["received"], 185000)
        self.assertEqual(shop._kdc_statement(date(2027, 2, 1))["received"], 185000)

    def test_money_that_goes_back_leaves_a_printed_month_alone(self):
        """Paid on 31 December, given up on 1 January: the money came in one month and went back in the next."""
        shop, (december, january) = self.shop_a, (date(2026, 12, 1), date(2027, 1, 1))
        with freeze_time("2026-12-31 16:59:00"):
            later, same_month = (self._order(self.user_buyer, {self.fish: 1})[shop] for _ in range(2))
            for order in later, same_month:
                order._kdc_set_state("accepted", "shop")
                order._kdc_set_paid()
            same_month._kdc_set_state("cancelled", "moderator", "Nhầm")
            self.env.flush_all()
        printed = shop._kdc_statement(december)
        self.assertEqual((printed["received"], printed["given_back"], printed["given_up"]), (185000, 0, 1))
        with freeze_time("2026-12-31 17:01:00"):
            later._kdc_set_state("refused", "shop", "Hết cá")
            self.env.flush_all()
        self.assertEqual(shop._kdc_statement(december), printed)
        figures = shop._kdc_statement(january)
        self.assertEqual((figures["received"], figures["given_back"], figures["given_up"]), (0, 185000, 1))

    def test_bars_add_up(self):
        with freeze_time(FIRST_OF_NOVEMBER):
            bars = self.shop_a._kdc_turnover()
            year = self.shop_a._kdc_year_turnover(date(2026, 11, 1))
            weeks = self.shop_a._kdc_weekly_orders()
        self.assertEqual((len(year), year[0], year[-2:]), (11, (date(2026, 1, 1), 0), [
            (date(2026, 10, 1), 380000), (date(2026, 11, 1), 840000),
        ]))  # fmt: skip
        self.assertEqual(len(bars), 12)
        self.assertEqual(bars[-2:], [(date(2026, 10, 1), 380000), (date(2026, 11, 1), 460000)])
        self.assertFalse(any(amount for _month, amount in bars[:-2]))
        # 23:30 on Saturday and 0:30 on Sunday are of one week, with a refused order and one nobody has answered
        self.assertEqual((len(weeks), weeks[-1]), (12, (date(2026, 10, 26), 4, 1)))
        self.assertFalse(any(count for _monday, count, _given_up in weeks[:-1]))

    def test_the_threshold_is_that_of_the_year_shown(self):
        Threshold = self.env["kdc.tax.threshold"]
        law = self.env.ref("kdc_marketplace.tax_threshold_2026")
        later = Threshold.create({"date_from": "2027-01-01", "amount": 3_000_000_000, "legal_basis": "NĐ mới"})
        for month, threshold in ((date(2026, 12, 1), law), (date(2027, 1, 1), later), (date(2025, 12, 1), Threshold)):
            with self.subTest(month=month):
                self.assertEqual(self.shop_a._kdc_statement(month)["threshold"], threshold)
        self.assertEqual(later.amount, 3_000_000_000, "more than an integer of the database holds")

    def test_pages_and_files(self):
        self.authenticate(self.user_portal_a.login, self.user_portal_a.login)
        page = self.url_open("/my/shop/statement?month=2026-10").text
        law = self.env.ref("kdc_marketplace.tax_threshold_2026")
        for words in ("380.000", law.legal_basis, "1.000.000.000"):
            self.assertIn(words, page)
        self.assertEqual(page.count('role="img"'), 3, "weeks, months and the year, each with its sentence")
        for month in ("abc", "2026-13", "2999-01", ""):
            with self.subTest(month=month):
                self.assertEqual(self.url_open(f"/my/shop/statement?month={month}").status_code, 200)
        text = pdf_text(self.url_open("/my/shop/statement.pdf?month=2026-10"))
        for words in (self.shop_a.name, self.sold[0].name, "370.000", "10.000", "380.000", law.legal_basis):
            self.assertIn(words, text)
        self.assertNotIn(self.sold[1].name, text, "of another month")
        content = self.url_open("/my/shop/statement.xlsx?month=2026-10").content
        shop = self.shop_a.with_context(lang=self.user_portal_a.lang)
        words = shop._kdc_tax_words(shop._kdc_statement(date(2026, 10, 1)))
        for part in ("label", "law"):
            self.assertIn(" ".join(words[part].split()), text, "the file says what the screen says")
        for amount, hint, above in ((700_000_000, False, False), (900_000_000, True, False), (10**9 + 1, True, True)):
            words = shop._kdc_tax_words({"year": [(date(2026, 10, 1), amount)], "threshold": law})
            self.assertEqual((bool(words["hint"]), words["above"]), (hint, above))
        rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
        self.assertEqual(rows[3][1:5], (self.sold[0].name, 370000, 10000, 380000))
        self.assertEqual(rows[4][2:5], (370000, 10000, 380000))
        for user in (self.user_seller_a, self.user_buyer):
            self.authenticate(user.login, user.login)
            for url in ("/my/shop/statement", "/my/shop/statement.pdf", "/my/shop/statement.xlsx"):
                with self.subTest(user=user.login, url=url):
                    self.assertEqual(self.url_open(url).status_code, 404)
