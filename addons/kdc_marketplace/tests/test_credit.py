from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from odoo import SUPERUSER_ID, Command, api, fields, http
from odoo.addons.kdc_residents.tests.common import QUIET
from odoo.exceptions import AccessError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError, OperationalError

from .common import CommittedCase, MarketCommon, pdf_text

FISH, LIMIT = 185_000, 500_000


class CreditCommon(MarketCommon):
    """The buyer has received goods of shop A before, and buys on credit there up to 500.000 ₫."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fish.kdc_quantity = 50
        cls._hand_over(cls._order(cls.user_buyer, {cls.fish: 1})[cls.shop_a])
        cls.partner = cls.user_buyer.partner_id
        cls.account = cls._open(cls.shop_a, cls.partner, LIMIT)
        cls.env.flush_all()

    @classmethod
    def _open(cls, shop, partner, limit):
        owner = shop.member_ids.filtered(lambda member: member.role == "owner").user_id
        return cls.env["kdc.shop.credit"].with_user(owner)._kdc_open(shop.with_user(owner).sudo(), partner, limit)

    @classmethod
    def _hand_over(cls, order):
        for state in ("accepted", "ready", "handed_over"):
            order._kdc_set_state(state, "shop")
        return order

    def _credit_order(self, pieces=1, **wish):
        return self._order(self.user_buyer, {self.fish: pieces}, payment_way="credit", **wish)[self.shop_a]

    def _figures(self):
        return self.account.balance, self.account.held, self.account._kdc_room()

    def _notices(self):
        return self.env["kdc.notification"].search([("partner_id", "=", self.partner.id)])


@tagged("post_install", "-at_install")
class TestCredit(CreditCommon):
    # -- who gets one ----------------------------------------------------------------------------------------------
    def test_only_who_has_received_goods_here(self):
        order = self._order(self.user_portal_b, {self.fish: 1})[self.shop_a]
        with self.assertRaises(UserError):
            self._open(self.shop_a, self.user_portal_b.partner_id, LIMIT)
        self._hand_over(order)
        self.assertEqual(self._open(self.shop_a, self.user_portal_b.partner_id, LIMIT).limit_amount, LIMIT)
        with self.assertRaises(UserError):
            self._open(self.shop_a, self.partner, LIMIT)  # has one
        with self.assertRaises(UserError):
            self._open(self.shop_b, self.partner, LIMIT)  # not a customer there

    def test_the_customer_is_told(self):
        self.assertEqual(self._notices()[0].url, f"/my/orders/credit/{self.account.id}")
        self.assertIn(self.shop_a.name, self._notices()[0].title)

    def test_senseless_limits(self):
        for limit in (None, 0, -5, 100_000_001):
            with self.subTest(limit=limit), self.assertRaises(UserError):
                self._open(self.shop_a, self.partner, limit)

    # -- orders ----------------------------------------------------------------------------------------------------
    def test_held_from_confirmation_owed_from_hand_over(self):
        order = self._credit_order()
        self.assertEqual((order.kdc_payment_way, order.kdc_credit_id), ("credit", self.account))
        self.assertEqual(self._figures(), (0, FISH, LIMIT - FISH))
        self._hand_over(order)
        self.assertEqual(self._figures(), (FISH, 0, LIMIT - FISH))
        order._kdc_set_state("done", "buyer")
        self.assertEqual(self._figures(), (FISH, 0, LIMIT - FISH), "entered once")
        self.assertFalse(order._kdc_may_be_paid(), "paid on the account, not order by order")

    def test_given_up_is_freed(self):
        refused, cancelled = self._credit_order(), self._credit_order()
        refused._kdc_set_state("accepted", "shop")
        refused._kdc_set_state("refused", "shop", "Hết cá")
        cancelled._kdc_set_state("cancelled", "buyer")
        forgotten = self._credit_order()
        forgotten.kdc_answer_by = fields.Datetime.now() - timedelta(minutes=1)
        forgotten._kdc_cancel_unanswered()
        self.assertEqual(self._figures(), (0, 0, LIMIT))
        self.assertFalse(self.account.entry_ids)

    def test_never_over_the_limit(self):
        self._hand_over(self._credit_order())
        self._credit_order()
        basket = self._create_basket(self.user_buyer, {self.fish: 1})
        wishes = {self.shop_a.id: {"payment_way": "credit"}}
        with self.assertRaises(UserError), self.cr.savepoint():
            basket._kdc_place_orders("0905123456", "", wishes)
        basket.invalidate_recordset()
        self.assertEqual(basket.state, "draft", "the basket is kept")
        self.account._kdc_set_limit(3 * FISH)
        basket._kdc_place_orders("0905123456", "", wishes)
        self.assertEqual(self._figures(), (FISH, 2 * FISH, 0), "up to the last đồng")

    def test_the_fee_counts(self):
        self.env["kdc.shop.place"].create({"shop_id": self.shop_a.id, "name": "Gần", "fee": 10000})
        self.account._kdc_set_limit(FISH)
        key = self.shop_a._kdc_offers(self.group_b)[-1].key
        with self.assertRaises(UserError):
            self._credit_order(handover=key)

    def test_only_on_an_own_open_account(self):
        with self.assertRaises(UserError):
            self._order(self.user_portal_b, {self.fish: 1}, payment_way="credit")
        self.account._kdc_close()
        with self.assertRaises(UserError):
            self._credit_order()

    # -- what the shop notes ---------------------------------------------------------------------------------------
    def test_payment(self):
        self._hand_over(self._credit_order())
        self.account._kdc_pay(100_000, FISH)
        self.assertEqual(self._figures(), (85_000, 0, LIMIT - 85_000))
        self.assertIn("85.000", self._notices()[0].body)
        with self.assertRaises(UserError):
            self.account._kdc_pay(100_000, FISH)  # a second tap on the same page
        for amount in (85_001, 0, -1, None):
            with self.subTest(amount=amount), self.assertRaises(UserError):
                self.account._kdc_pay(amount, 85_000)
        self.assertEqual(self.account.balance, 85_000)

    def test_correction_needs_a_reason_and_is_told(self):
        self._hand_over(self._credit_order())
        self.account._kdc_pay(FISH, FISH)
        with self.assertRaises(UserError):
            self.account._kdc_correct(85_000, " ", 0)
        self.account._kdc_correct(85_000, "Mới trả 100.000", 0)
        self.assertEqual(self.account.balance, 85_000)
        self.assertIn("Mới trả 100.000", self._notices()[0].body)
        with self.assertRaises(UserError):
            self.account._kdc_correct(-85_001, "Nhầm", 85_000)
        self.account._kdc_correct(-85_000, "Bớt cho", 85_000)
        self.assertEqual(self.account.balance, 0)
        self.assertEqual(self.account.entry_ids.sorted("id").mapped("amount"), [FISH, -FISH, 85_000, -85_000])

    def test_entries_are_never_changed(self):
        self._hand_over(self._credit_order())
        entry = self.account.entry_ids
        for change in (lambda: entry.write({"amount": 1}), lambda: entry.write({"reason": "x"}), entry.unlink):
            with self.assertRaises(AccessError):
                change()
        with self.assertRaises(IntegrityError), self.cr.savepoint(), mute_logger("odoo.sql_db"):
            self.account.unlink()
        self.assertEqual(self.account.balance, FISH)

    def test_lower_limit_and_closing(self):
        order = self._credit_order(2)
        with self.assertRaises(UserError):
            self.account._kdc_close()  # an order is on its way
        self.account._kdc_set_limit(0)
        self._hand_over(order)
        self.assertEqual(self._figures(), (2 * FISH, 0, 0), "what was promised stays")
        with self.assertRaises(UserError):
            self.account._kdc_close()
        self.account._kdc_pay(2 * FISH, 2 * FISH)
        self.account._kdc_close()
        self.assertEqual(self._open(self.shop_a, self.partner, LIMIT), self.account, "the old entries stay with it")
        self.assertEqual((self.account.state, len(self.account.entry_ids)), ("open", 2))

    # -- statement -------------------------------------------------------------------------------------------------
    def test_statement_of_the_month(self):
        with freeze_time("2027-03-31 05:00:00"):
            self._hand_over(self._credit_order(2))
            self.env.flush_all()
        with freeze_time("2027-03-31 17:30:00"):  # 1 April in Vietnam
            self.account._kdc_pay(200_000, 2 * FISH)
            self.account._kdc_correct(-10_000, "Bớt", 170_000)
            self.env.flush_all()
        march, april = (self.shop_a._kdc_statement(date(2027, month, 1)) for month in (3, 4))
        names = ("total", "on_credit", "open_amount", "received", "credit_received", "credit_corrected")
        self.assertEqual([march[name] for name in names], [2 * FISH, 2 * FISH, 0, 0, 0, 0])
        self.assertEqual([april[name] for name in names], [0, 0, 0, 0, 200_000, -10_000])

    # -- the person's rights ---------------------------------------------------------------------------------------
    def test_own_data(self):
        self._hand_over(self._credit_order())
        sections = {
            user: {section["key"]: str(section["rows"]) for section in user._kdc_resident().sudo()._kdc_my_data()}
            for user in (self.user_buyer, self.user_portal_b, self.user_portal_a)
        }
        mine = sections[self.user_buyer]
        self.assertIn(self.shop_a.name, mine["shop_credits"])
        self.assertIn("185", mine["shop_credits"] + mine["shop_credit_entries"])
        for user in (self.user_portal_b, self.user_portal_a):
            self.assertEqual((sections[user]["shop_credits"], sections[user]["shop_credit_entries"]), ("[]", "[]"))

    def test_a_debt_is_kept_and_named(self):
        order = self._hand_over(self._credit_order())
        self.account._kdc_correct(-5_000, "Bớt cho cô ở số 7", FISH)
        correction = self.account.entry_ids.filtered("reason")
        # Apart from the account no law keeps the name any more
        orders = self.env["sale.order"].search([("partner_id", "=", self.partner.id)])
        orders.date_order = fields.Datetime.now() - relativedelta(years=3, days=1)
        self.env.flush_all()
        kept = [entry for entry in self.resident_buyer.sudo()._kdc_kept() if "180.000" in entry["what"]]
        self.assertEqual([entry["key"] for entry in kept], ["name"])
        self.resident_buyer.sudo()._kdc_erase_more({"register"})
        self.assertEqual((self.account.state, correction.reason), ("open", "Bớt cho cô ở số 7"))
        self.account._kdc_pay(180_000, 180_000)
        self.assertNotIn("name", {entry["key"] for entry in self.resident_buyer.sudo()._kdc_kept()})
        self.resident_buyer.sudo()._kdc_erase_more({"register"})
        self.assertFalse(any(self.account.entry_ids.mapped("reason")))
        self.assertEqual((self.account.state, self.account.balance), ("closed", 0))
        self.assertEqual(self.account.entry_ids.order_id, order, "the figures stay with the shop")

    def test_two_accounts_of_one_person_become_one(self):
        owed = self._hand_over(self._credit_order())
        waiting = self._credit_order()
        twin = self.env["kdc.resident"].create({"name": self.resident_buyer.name, "company_id": self.company.id})
        other = self.account.copy({"partner_id": twin.partner_id.id, "limit_amount": 800_000})
        other._kdc_add("correction", 50_000, reason="Sổ cũ")
        entries = (self.account | other).entry_ids
        before = entries.read(["kind", "amount", "reason", "date", "user_id"])
        waiting.kdc_credit_id = other
        admin = self._create_user("kdc_admin", "kdc_residents.group_admin")
        self.env.flush_all()
        self.env["kdc.resident.merge"].with_user(admin).create(
            {"keep_id": self.resident_buyer.id, "drop_id": twin.id}
        ).action_merge()
        self.env.invalidate_all()
        self.assertEqual(self._figures(), (FISH + 50_000, FISH, 800_000 - 2 * FISH - 50_000), "the sum is what it was")
        self.assertEqual(entries.read(["kind", "amount", "reason", "date", "user_id"]), before, "noted is noted")
        self.assertEqual((entries.credit_id, owed.kdc_credit_id | waiting.kdc_credit_id), (self.account, self.account))
        trace = (other.state, other.joined_id, other.joined_amount, other.balance)
        self.assertEqual(trace, ("closed", self.account, 50_000, 0))
        self.assertEqual((self.account | other)._kdc_find(other.id), self.account, "old links lead on")
        seller = self.env["kdc.notification"].search([("partner_id", "=", self.user_seller_a.partner_id.id)])[0]
        for notice in (self._notices()[0], seller):
            self.assertIn("235.000", notice.body)
        self._hand_over(waiting)
        self.assertEqual(self.account.balance, 2 * FISH + 50_000)

    def test_all_accounts_in_two_queries(self):
        users = (self.user_portal_b, self.user_moderator)
        for user in users:
            self.account.copy({"partner_id": user.partner_id.id})
        self.env.flush_all()
        self.env.invalidate_all()
        accounts = self.shop_a.credit_ids
        accounts.fetch(["limit_amount", "state"])
        with self.assertQueryCount(2):
            self.assertEqual([account._kdc_room() for account in accounts], [LIMIT] * 3)


@tagged("post_install", "-at_install")
class TestCreditPages(CreditCommon, HttpCase):
    def _login(self, user):
        self.authenticate(user.login, user.login)

    def _get(self, url):
        with mute_logger("odoo.http"):
            return self.url_open(url)

    def _post(self, url, **form):
        with mute_logger("odoo.http"):
            return self.url_open(url, data={"csrf_token": http.Request.csrf_token(self), **form})

    def test_from_opening_to_closing(self):
        """Owner, customer and seller, each on the own pages."""
        url = f"/my/shop/credit/{self.account.id}"
        self.account._kdc_close()
        self._login(self.user_portal_a)
        self.assertIn(f'<option value="{self.partner.id}"', self._get("/my/shop/credit").text)
        page = self._post("/my/shop/credit/open", customer=self.partner.id, limit="nhiều")
        self.assertEqual(page.status_code, 422)
        self.assertIn("nhiều", page.text, "what was typed stays")
        self._post("/my/shop/credit/open", customer=self.partner.id, limit="400.000")
        self.assertEqual((self.account.state, self.account.limit_amount), ("open", 400_000))
        order = self._hand_over(self._credit_order(2))

        self._login(self.user_buyer)
        self.assertIn("/my/orders/credit", self._get("/my/orders").text)
        self.assertIn("370.000", self._get("/my/orders/credit").text)
        self.assertIn(order.name, self._get(f"/my/orders/credit/{self.account.id}").text)

        self._login(self.user_seller_a)
        self.assertIn("370.000", self._get("/my/shop/credit").text)
        self.assertNotIn('action="/my/shop/credit/open"', self._get("/my/shop/credit").text)
        for step in ("correction", "limit", "close"):
            form = {"amount": "1000", "reason": "x", "limit": "9", "seen": 370_000}
            self.assertEqual(self._post(f"{url}/{step}", **form).status_code, 404, "the owner's decision")
        self._post(f"{url}/payment", amount="300.000", seen=370_000)
        self._post(f"{url}/payment", amount="300.000", seen=370_000)
        self.assertEqual(self.account.balance, 70_000, "two taps are one payment")

        self._login(self.user_portal_a)
        page = self._post(f"{url}/correction", amount="70.000", reason="", way="less", seen=70_000)
        self.assertEqual((page.status_code, self.account.balance), (422, 70_000))
        self._post(f"{url}/correction", amount="70.000", reason="Bớt", way="less", seen=70_000)
        self.assertEqual(self.account.balance, 0)
        self.assertEqual(self._post(f"{url}/limit", limit="").status_code, 422)
        self._post(f"{url}/limit", limit="0")
        self.assertEqual(self.account.limit_amount, 0)
        self._post(f"{url}/close")
        self.assertEqual(self.account.state, "closed")

    def test_nobody_else(self):
        for user in (self.user_portal_b, self.user_moderator, self.user_officer):
            self._login(user)
            for url in (f"/my/shop/credit/{self.account.id}", f"/my/orders/credit/{self.account.id}"):
                with self.subTest(user=user.login, url=url):
                    self.assertIn(self._get(url).status_code, (403, 404))

    def test_checkout(self):
        self._login(self.user_buyer)
        field = f'value="credit" name="payment_{self.shop_a.id}"'

        def add(pieces):
            self._post("/shop/basket/add", product_id=self.fish.product_variant_id.id, quantity=pieces)
            return self._get("/shop/handover").text

        self.assertIn(field, add(2))
        self.assertNotIn(field, add(1), "555.000 is too much")
        cart = self.env["sale.order"].search([("partner_id", "=", self.partner.id), ("state", "=", "draft")])
        form = {"phone": "0905123456", f"payment_{self.shop_a.id}": "credit", "action": "order"}
        page = self._post("/shop/handover", seen_total=3 * FISH, **form)
        self.assertEqual((page.status_code, cart.state), (422, "draft"))
        self.assertIn("500.000", page.text, "how much is left")
        cart.order_line.product_uom_qty = 2
        self._post("/shop/handover", seen_total=2 * FISH, **form)
        self.assertEqual((cart.state, cart.kdc_payment_way, self.account.held), ("sale", "credit", 2 * FISH))
        self._login(self.user_portal_b)
        self.assertNotIn(field, add(1), "another customer")

    def test_closed_shop_still_collects(self):
        self._hand_over(self._credit_order())
        self.shop_a.with_user(self.user_moderator).action_close()
        self._login(self.user_portal_a)
        self.assertIn("/my/shop/credit", self._get("/my/shop").text)
        self._post(f"/my/shop/credit/{self.account.id}/payment", amount=FISH, seen=FISH)
        self.assertEqual(self.account.balance, 0)
        self.assertEqual(self._post("/my/shop/credit/open", customer=self.partner.id, limit="9").status_code, 404)

    def test_paper_and_page_of_the_month(self):
        self._hand_over(self._credit_order())
        self.account._kdc_pay(50_000, FISH)
        self._login(self.user_portal_a)
        page, paper = self._get("/my/shop/statement").text, pdf_text(self._get("/my/shop/statement.pdf"))
        for text in (page, paper):
            self.assertIn("50.000", text)
        self.assertEqual(self._get("/my/shop/statement.xlsx").status_code, 200)


@tagged("post_install", "-at_install")
class TestTwoOrdersAtOnce(CommittedCase):
    """Two transactions and one limit; what is committed here is removed again at the end."""

    def setUp(self):
        super().setUp()
        with self.registry_of_db.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, QUIET)
            resident = env["kdc.resident"].create({"name": "Người Mua Chịu", "company_id": env.company.id})
            group = Command.set(env.ref("base.group_portal").ids)
            buyer = env["res.users"].create(
                {"login": "kdc_on_credit", "partner_id": resident.partner_id.id, "group_ids": [group]}
            )
            shop = env["kdc.shop"].create({"name": "Sạp thử mua chịu", "state": "approved"})
            # Two listings, so that the two orders meet on nothing but the account
            listings = env["product.template"].create(
                [
                    {"name": name, "list_price": 60000, "kdc_quantity": 9, "kdc_shop_id": shop.id,
                     "kdc_listing_state": "published"}
                    for name in ("Gạo", "Nước mắm")
                ]
            )  # fmt: skip
            account = env["kdc.shop.credit"].create(
                {"shop_id": shop.id, "partner_id": buyer.partner_id.id, "limit_amount": 100_000}
            )
            website = env["website"].search([("company_id", "=", env.company.id)], limit=1)
            baskets = env["sale.order"].create(
                [
                    {
                        "partner_id": buyer.partner_id.id,
                        "website_id": website.id,
                        "order_line": [Command.create({"product_id": listing.product_variant_id.id})],
                    }
                    for listing in listings
                ]
            )
            self.buyer_id, self.basket_ids, self.account_id = buyer.id, baskets.ids, account.id
            self.wishes = {shop.id: {"payment_way": "credit"}}
            self.made = {
                "sale_order": baskets.ids,
                "kdc_shop_credit": account.ids,
                "product_template": listings.ids,
                "kdc_shop": shop.ids,
                "res_users": buyer.ids,
                "kdc_resident": resident.ids,
                "res_partner": resident.partner_id.ids,
            }

    def _buy(self, cr, basket_id):
        basket = api.Environment(cr, self.buyer_id, QUIET)["sale.order"].sudo().browse(basket_id)
        basket._kdc_place_orders("+84905123456", "", self.wishes)
        basket.env.flush_all()

    def _second_tries(self, *, after_commit):
        first, second = self.basket_ids
        with self.registry_of_db.cursor() as cr_1, self.registry_of_db.cursor() as cr_2, mute_logger("odoo.sql_db"):
            cr_2.execute("SELECT 1 FROM kdc_shop_credit")  # its picture of the database is from before the first order
            self._buy(cr_1, first)
            if after_commit:
                cr_1.commit()
            with self.assertRaises(OperationalError) as refused:
                self._buy(cr_2, second)
            self.assertIsInstance(refused.exception, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY)
            cr_1.commit()
            cr_2.rollback()  # the server replays the request
            with self.assertRaises(UserError):
                self._buy(cr_2, second)
            cr_2.rollback()
        with self.registry_of_db.cursor() as cr:
            account = api.Environment(cr, SUPERUSER_ID, {})["kdc.shop.credit"].browse(self.account_id)
            self.assertEqual((account.held, account._kdc_room()), (60_000, 40_000))

    def test_while_the_first_is_being_confirmed(self):
        self._second_tries(after_commit=False)

    def test_just_after_the_first_was_confirmed(self):
        self._second_tries(after_commit=True)
