from datetime import date

from freezegun import freeze_time
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, tagged
from psycopg2 import IntegrityError

from .common import MarketCommon

PRICES = "kdc_marketplace.clause_prices"


@tagged("post_install", "-at_install")
class TestRules(MarketCommon, HttpCase):
    """What the operator of a market publishes: the texts of the system, those of the ward, and who runs it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Clause = cls.env["kdc.market.clause"].with_user(cls.user_moderator)
        cls.prices = cls.env.ref(PRICES)

    def _own(self, day, body):
        action = self.prices.with_user(self.user_moderator).action_write_own()
        return self.Clause.with_context(**action["context"]).create({"date_from": day, "body": body})

    def _shown(self, day):
        """Return (text in force, text to come) of the prices on a day."""
        rows = self.env["kdc.market.clause"]._kdc_published(self.company, day)
        self.assertEqual(len(rows), 12, "one for each article, whatever the ward wrote")
        found = self.prices | self.Clause.search([("replaces_id", "=", self.prices.id)])
        return next((now, coming) for now, coming in rows if (now | coming) & found)

    def test_the_wards_text_replaces_the_systems_from_its_day_on(self):
        first, second = self._own("2027-01-01", "Giá gồm túi."), self._own("2027-03-01", "Giá chưa gồm túi.")
        nothing = self.Clause.browse()
        for day, shown in (
            (date(2026, 12, 31), (self.prices, first)),
            (date(2027, 1, 1), (first, second)),
            (date(2027, 3, 1), (second, nothing)),
        ):
            with self.subTest(day=day):
                self.assertEqual(self._shown(day), shown)
        second.active = False
        self.assertEqual(self._shown(date(2027, 4, 1)), (first, nothing))
        ward = self.env["res.company"].create({"name": "Phường khác"})
        rows = self.env["kdc.market.clause"]._kdc_published(ward, date(2027, 4, 1))
        self.assertIn(self.prices, [now for now, _coming in rows], "the neighbours keep what they had")
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._own("2027-01-01", "Lần nữa.")

    def test_nobody_moves_a_text_to_another_ward_or_to_all(self):
        own = self._own("2027-01-01", "Giá gồm túi.")
        plain = self.Clause.create({"name": "Điều riêng", "body": "Chỉ ở đây.", "date_from": "2027-01-01"})
        operator = self.env["kdc.market.operator"].with_user(self.user_moderator)
        operator = operator.browse(operator._action_open()["res_id"])
        ward = self.env["res.company"].create({"name": "Phường khác"})
        for record, vals in (
            (plain, {"company_id": False}),
            (plain, {"company_id": ward.id, "replaces_id": self.prices.id}),
            (own, {"replaces_id": False}),
            (operator, {"company_id": ward.id}),
        ):
            with self.subTest(record=record, vals=vals), self.assertRaises(AccessError):
                record.write(vals)
        own.write({"company_id": self.company.id, "body": "Giá đã gồm túi."})

    def test_words_in_braces_are_known(self):
        with self.assertRaisesRegex(ValidationError, "silence_days"):
            self._own("2027-01-01", "Sau {ngay} ngày.")

    def test_everybody_reads_who_runs_the_market_and_the_rules(self):
        self.company.kdc_market_answer_minutes = 47
        self._own("2026-11-01", "Giá gồm túi của {operator}.")
        self._own("2099-01-01", "Giá mới.")
        self.env["kdc.market.operator"].with_user(self.user_moderator)._action_open()
        operator = self.env["kdc.market.operator"].search([("company_id", "=", self.company.id)])
        self.assertEqual(operator.name, self.company.name, "taken from what is known")
        self.assertIn("Responsible person", operator.with_context(lang="en_US").missing)
        operator.write({"manager": "Bà Trần Thị Mai", "desk": "Quầy số 3"})
        self.env.flush_all()
        website = self.env["website"].search([("company_id", "=", self.company.id)], limit=1)
        website.domain = self.base_url()
        with freeze_time("2026-11-23 03:00:00"):
            page = self.url_open("/shop/rules").text
        for words in ("Bà Trần Thị Mai", "Quầy số 3", "47", f"Giá gồm túi của {operator.name}.", "Giá mới."):
            self.assertIn(words, page)
        self.assertNotIn("{", page[page.index("<main") : page.index("</main>")])
        self.assertLess(len(page.encode()), 60_000)
        self.assertIn('href="/shop/rules"', self.url_open("/shop").text, "found from the market")
