import base64
import io
from datetime import date

import openpyxl
from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MarketCommon


@tagged("post_install", "-at_install")
class TestMarketYear(MarketCommon):
    """The yearly report: what was sold and given up on each side of midnight, who sells, what was reported."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-12-31 16:50:00"):
            cls.sold, cls.open, cls.lost = (cls._order(cls.user_buyer, {cls.fish: 1})[cls.shop_a] for _n in range(3))
            cls._take(cls.sold, "accepted", "ready", "handed_over")
            cls._take(cls.open, "accepted", "ready")
            cls.report = cls.env["kdc.market.report"]._kdc_report(cls.fish, cls.user_buyer.partner_id, "other", "x")
        with freeze_time("2027-01-02 05:00:00"):
            cls._take(cls.open, "handed_over")
            cls.lost._kdc_set_state("refused", "shop", "Hết")
            cls.report.with_user(cls.user_moderator)._kdc_settle("Trễ")
        # The time of the database, which freeze_time does not hold
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE kdc_market_report SET create_date = '2026-12-31 16:50:00' WHERE id = %s", cls.report.ids
        )
        cls.shop_a.opened_on, cls.shop_b.opened_on = date(2025, 5, 1), date(2026, 5, 1)
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def _take(cls, order, *states):
        for state in states:
            order._kdc_set_state(state, "shop")

    def _report(self, year, when="2027-02-01"):
        with freeze_time(when):
            report = self.env["kdc.market.year"].with_user(self.user_moderator).create({"year": year, "visits": 77})
        return report, {line.key: round(line.value) for line in report.line_ids}

    def test_each_year_counts_its_own(self):
        _report, last = self._report(2026)
        _report, this = self._report(2027)
        price = round(self.sold.amount_total)
        for key, before, after in (
            ("visits", 77, 77), ("orders", 3, 0), ("sold", 1, 1), ("given_up", 0, 1), ("turnover", price, price),
            ("new_sellers", 1, 0), ("reports", 1, 0), ("late_reports", 1, 0), ("taken_down", 0, 0),
        ):  # fmt: skip
            with self.subTest(key=key):
                self.assertEqual((last[key], this[key]), (before, after))
        self.assertEqual(last["sellers"], this["sellers"])
        self.shop_b.with_user(self.user_moderator).action_close()
        self.shop_b.ended_on = date(2027, 1, 15)
        self.assertEqual(self._report(2026)[1]["sellers"], last["sellers"], "a year that is over stays")
        closed = self._report(2027)[1]
        self.assertEqual((closed["sellers"], closed["ended_sellers"]), (this["sellers"] - 1, 1))

    def test_each_number_opens_what_it_counts(self):
        report, numbers = self._report(2026)
        for line in report.line_ids:
            with self.subTest(key=line.key):
                if line.key == "visits":
                    with self.assertRaises(UserError):
                        line.action_open()
                    continue
                action = line.action_open()
                found = self.env[action["res_model"]].with_user(self.user_moderator).search(action["domain"])
                counted = round(sum(found.mapped("amount_total"))) if line.key == "turnover" else len(found)
                self.assertEqual(counted, numbers[line.key])

    def test_the_spreadsheet_says_who_runs_the_market(self):
        report, numbers = self._report(2026)
        report.action_xlsx()
        book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(report.file)))
        rows = list(book.active.iter_rows(values_only=True))
        cells = {row[0]: row[1:] for row in rows if row[0]}
        self.assertIn(self.company.name, [row[1] for row in rows])
        self.assertEqual(cells[self.shop_a.name], (1, numbers["turnover"]))
        self.assertEqual(sum(row[1] == numbers["turnover"] for row in rows), 1)

    def test_which_year_and_who(self):
        Report = self.env["kdc.market.year"].with_user(self.user_moderator)
        for day, year in (("2027-02-14", 2026), ("2027-02-15", 2027), ("2027-12-31", 2027)):
            with self.subTest(day=day), freeze_time(f"{day} 05:00:00"):
                self.assertEqual(Report._default_year(), year)
        for typed in (2028, 20266, -1):
            with self.subTest(typed=typed), self.assertRaises(UserError):
                self._report(typed)
            report = Report.new({"year": typed})
            self.assertEqual(bool(report.due_date), typed == 2028, "a year that is being typed stops nobody")
        for user in (self.user_officer, self.user_portal_a):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["kdc.market.year"].with_user(user).create({"year": 2026})

    def test_moderators_are_reminded_until_it_is_due(self):
        for day, there in (("2026-12-31", False), ("2027-01-01", True), ("2027-02-14", True), ("2027-02-15", False)):
            with self.subTest(day=day), freeze_time(f"{day} 05:00:00"):
                home = self.env["kdc.home"].with_user(self.user_moderator)
                cards = {card["key"]: card for card in home.get_home()["cards"]}
                self.assertEqual("market_year" in cards, there)
                if there:
                    self.assertIn("2026", cards["market_year"]["title"])
                    self.assertEqual(home.open_card("market_year")["type"], "ir.actions.server")
        with freeze_time("2027-01-10"):
            keys = [card["key"] for card in self.env["kdc.home"].with_user(self.user_officer).get_home()["cards"]]
            self.assertNotIn("market_year", keys)

    def test_a_shop_is_dated_by_its_first_approval(self):
        shop = self._create_shop("Bánh mì Ba Lan", self.user_portal_a, self.group_a, state="submitted")
        self.assertFalse(shop.opened_on)
        as_moderator = shop.with_user(self.user_moderator)
        with freeze_time("2027-03-01 18:00:00"):
            as_moderator.action_approve()
            self.env.flush_all()
        as_moderator._kdc_suspend("x")
        with freeze_time("2027-05-01"):
            as_moderator.action_approve()
            self.env.flush_all()
        self.assertEqual(shop.opened_on, date(2027, 3, 2), "in Vietnam")
        for fname in ("opened_on", "ended_on"):
            with self.subTest(fname=fname), self.assertRaises(AccessError):
                as_moderator.sudo(False).write({fname: "2026-01-01"})
