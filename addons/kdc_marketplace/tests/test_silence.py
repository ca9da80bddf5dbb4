from datetime import datetime, timedelta

from freezegun import freeze_time
from odoo import http
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from ..models.sale_order_done import LATE_DAYS
from ..models.sale_order_received import NAMED, RECEIVED_AFTER
from .common import MarketCommon

#: 8:00 of a Monday in Vietnam.
MORNING = datetime(2026, 11, 16, 1, 0)
WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)


@tagged("post_install", "-at_install")
class TestSilence(MarketCommon, HttpCase):
    def _handed_over(self):
        order = self._order(self.user_buyer, {self.fish: 2})[self.shop_a]
        for state in ("accepted", "ready", "handed_over"):
            order._kdc_set_state(state, "shop")
        return order

    def _run_job(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("kdc_marketplace.ir_cron_finish_silent").method_direct_trigger()
        self.env.invalidate_all()

    def _last_notice(self, user):
        notices = self.env["kdc.notification"].search([("partner_id", "=", user.partner_id.id)], order="id desc")
        return f"{notices[:1].title}\n{notices[:1].body}"

    def test_silence_finishes_the_order(self):
        with freeze_time(MORNING):
            order = self._handed_over()
            self.assertIn("23/11/2026", self._last_notice(self.user_buyer), "the buyer is told what silence means")
        with freeze_time(MORNING + WEEK - MINUTE):
            self._run_job()
            self.assertEqual(order.kdc_shop_state, "handed_over")
        with freeze_time(MORNING + WEEK + MINUTE):
            self._run_job()
            self.assertEqual((order.kdc_shop_state, order.state), ("done", "sale"))
            self.assertTrue(self.env["kdc.shop.review"]._kdc_write(order, 5, "Ngon"))
        self.assertEqual(order.kdc_handed_over_date, MORNING, "the month in which it counts stays")
        self.assertEqual(self.fish.kdc_quantity, 3, "sold goods do not come back")
        self.assertIn("7", self._last_notice(self.user_portal_a).split(order.name)[1])
        self.assertIn("22/01/2027", self._last_notice(self.user_buyer), "until when the shop can be reviewed")

    def test_the_ward_says_how_long(self):
        self.company.kdc_market_silence_days = 2
        with freeze_time(MORNING):
            order = self._handed_over()
        with freeze_time(MORNING + timedelta(days=2) + MINUTE):
            self._run_job()
        self.assertEqual(order.kdc_shop_state, "done")
        with self.assertRaises(CheckViolation), self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
            self.company.kdc_market_silence_days = 0
            self.env.flush_all()

    def test_what_is_long_over_ends_without_a_notice(self):
        with freeze_time(MORNING):
            order = self._handed_over()
        notices = self.env["kdc.notification"]
        with freeze_time(MORNING + WEEK + timedelta(days=LATE_DAYS) + MINUTE):
            before = notices.search_count([])
            self._run_job()
            self.assertEqual((order.kdc_shop_state, notices.search_count([])), ("done", before))

    def test_a_report_keeps_it_open(self):
        with freeze_time(MORNING):
            order = self._handed_over()
            self.assertTrue(order._kdc_ends_by_itself())
            report = self.env["kdc.market.report"]._kdc_report(order, self.user_buyer.partner_id, "false", "Cá ươn")
            self.assertIsNone(order._kdc_ends_by_itself())
        with freeze_time(MORNING + WEEK + MINUTE):
            self._run_job()
            self.assertEqual(order.kdc_shop_state, "handed_over")
            report.with_user(self.user_moderator)._kdc_settle("Gian hàng đã đổi cá khác.")
            self._run_job()
            self.assertEqual(order.kdc_shop_state, "done", "the ward has decided")

    def test_reviews_have_their_time(self):
        self.company.kdc_market_review_days = 10
        with freeze_time(MORNING):
            first, second = self._handed_over(), self._order(self.user_buyer, {self.squid: 1})[self.shop_a]
            first._kdc_set_state("done", "buyer")
            for state, actor in (("accepted", "shop"), ("ready", "shop"), ("handed_over", "shop"), ("done", "buyer")):
                second._kdc_set_state(state, actor)
            reviews = self.env["kdc.shop.review"]
            review = reviews._kdc_write(first, 2, "Chờ lâu")
        with freeze_time(MORNING + timedelta(days=11)):
            with self.assertRaisesRegex(UserError, "26/11/2026"):
                reviews._kdc_write(second, 5, "Ngon")
            reviews._kdc_write(first, 4, "Chờ lâu, nhưng ngon")
        self.assertEqual(review.stars, 4, "what was written in time can be changed")

    # -- a shop that forgets ---------------------------------------------------------------------------------------
    def _accepted(self, *states):
        order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        for state in ("accepted", *states):
            order._kdc_set_state(state, "shop")
        return order

    def test_the_buyer_says_that_the_goods_have_come(self):
        """A day after the promise of the shop, from ready on at once; noted as handed over and done in one."""
        new = self._order(self.user_buyer, {self.squid: 1})[self.shop_a]
        accepted, ready = self._accepted(), self._accepted("ready")
        with self.assertRaisesRegex(UserError, "only just accepted"):
            accepted._kdc_receive()
        self.assertFalse(accepted._kdc_targets("buyer"), "one tap too early would end it for good")
        accepted.kdc_state_date -= RECEIVED_AFTER
        self.env.flush_all()
        self.authenticate(self.user_buyer.login, self.user_buyer.login)
        form = {"csrf_token": http.Request.csrf_token(self)}
        self.assertNotIn("/received", self.url_open(f"/my/orders/{new.id}").text)
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open(f"/my/orders/{new.id}/received", data=form).status_code, 422)
        for order in (accepted, ready):
            self.assertIn("/received", self.url_open(f"/my/orders/{order.id}").text)
            with mute_logger("odoo.http"):
                self.assertEqual(self.url_open(f"/my/orders/{order.id}/received", data=form).status_code, 422)
            self.assertNotEqual(order.kdc_shop_state, "done", "nothing was ticked")
            for _tap in range(2):
                answer = self.url_open(f"/my/orders/{order.id}/received", data=form | {"sure": "1"})
                self.assertEqual(answer.status_code, 200, "the second tap changes nothing")
            self.assertEqual((order.kdc_shop_state, order.state), ("done", "sale"))
            self.assertTrue(order.kdc_handed_over_date, "it counts for the month, and for what the shop owes the ward")
            self.assertTrue(order._kdc_may_be_reviewed())
            notices = self.env["kdc.notification"].search([("url", "=", f"/my/shop/orders/{order.id}")])
            owner = notices.filtered(lambda notice: notice.partner_id == self.user_portal_a.partner_id)
            self.assertEqual(len(owner), 2, "the shop reads of the order and of its end")
        self.assertEqual(new.kdc_shop_state, "new")
        counted = self.shop_a._kdc_orders_between(datetime(2020, 1, 1), datetime(2099, 1, 1))
        self.assertEqual(counted, accepted | ready)

    def test_what_comes_on_market_day_has_not_come_before(self):
        with freeze_time(MORNING):
            order = self._accepted()
            order.kdc_window_id = self.env["kdc.shop.window"].create(
                {"shop_id": self.shop_a.id, "name": "Chợ phiên", "open_from": MORNING - WEEK,
                 "open_until": MORNING - MINUTE, "handover_date": "2026-11-21"}
            )  # fmt: skip
            self.assertFalse(order._kdc_targets("buyer"))
            with self.assertRaisesRegex(UserError, "21/11/2026"):
                order._kdc_receive()
        with freeze_time(MORNING + timedelta(days=5)):
            order._kdc_receive()
        self.assertEqual(order.kdc_shop_state, "done")

    def test_a_shop_is_reminded_once_of_what_waits(self):
        def late():
            return self.check_home(self.user_moderator)["orders_forgotten"]["count"] - before

        def run():
            self.env.flush_all()
            with self.enter_registry_test_mode():
                self.env.ref("kdc_marketplace.ir_cron_remind_of_handover").method_direct_trigger()
            self.env.invalidate_all()

        with freeze_time(MORNING):
            before = self.check_home(self.user_moderator)["orders_forgotten"]["count"]
            first, second = self._accepted(), self._accepted("ready")
            on_market_day = self._accepted()
            on_market_day.kdc_window_id = self.env["kdc.shop.window"].create(
                {"shop_id": self.shop_a.id, "name": "Chợ phiên", "open_from": MORNING - WEEK,
                 "open_until": MORNING - MINUTE, "handover_date": "2026-11-21"}
            )  # fmt: skip
        with freeze_time(MORNING + timedelta(days=3) - MINUTE):
            run()
            self.assertEqual(late(), 0)
            self.assertFalse(first.kdc_handover_reminded)
        with freeze_time(MORNING + timedelta(days=3) + MINUTE):
            self.assertEqual(late(), 2)
            run()
            notice = self._last_notice(self.user_portal_a)
            for words in (self.shop_a.name, first.name, second.name, "2"):
                self.assertIn(words, notice)
            self.assertNotIn(on_market_day.name, notice)
        with freeze_time(MORNING + timedelta(days=4)):
            count = self.env["kdc.notification"].search_count([])
            run()
            self.assertEqual(self.env["kdc.notification"].search_count([]), count)
        with freeze_time(MORNING + timedelta(days=9)):
            self.assertEqual(late(), 3, "market day is over for longer as well")
            first._kdc_receive()
            self.assertEqual(late(), 2)
        self.fish.kdc_quantity = 30
        many = self.env["sale.order"].union(*(self._accepted() for _number in range(NAMED + 1)))
        many._kdc_remind_of_handover()
        notice = self._last_notice(self.user_portal_a)
        self.assertIn(f"{many[NAMED - 1].name}…", notice)
        self.assertNotIn(many[NAMED].name, notice)
        with self.assertRaises(CheckViolation), self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
            self.company.kdc_market_handover_days = 0
            self.env.flush_all()

    def test_nobody_comes_for_it(self):
        order = self._order(self.user_buyer, {self.fish: 2})[self.shop_a]
        order._kdc_set_state("accepted", "shop")
        order._kdc_set_state("ready", "shop")
        with self.assertRaises(UserError):
            order._kdc_set_state("refused", "shop", " ")
        self.authenticate(self.user_seller_a.login, self.user_seller_a.login)
        page = self.url_open(f"/my/shop/orders/{order.id}").text
        self.assertIn(f'action="/my/shop/orders/{order.id}/refused"', page)
        form = {"csrf_token": http.Request.csrf_token(self), "reason": "Gọi ba lần không ai nghe máy"}
        self.url_open(f"/my/shop/orders/{order.id}/refused", data=form)
        self.assertEqual((order.kdc_shop_state, order.state), ("refused", "cancel"))
        self.assertEqual(self.fish.kdc_quantity, 5, "the fish is on sale again")
        self.assertIn("Gọi ba lần", self._last_notice(self.user_buyer))

    def test_the_buyer_reads_when_it_ends(self):
        order = self._handed_over()
        self.authenticate(self.user_buyer.login, self.user_buyer.login)
        until = fmt.datetime(order._kdc_ends_by_itself())
        self.assertIn(until, self.url_open(f"/my/orders/{order.id}").text)
        self.env["kdc.market.report"]._kdc_report(order, self.user_buyer.partner_id, "false", "Cá ươn")
        page = self.url_open(f"/my/orders/{order.id}").text
        self.assertNotIn(until, page, "it stays open until the ward has decided")
