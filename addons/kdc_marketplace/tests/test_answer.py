from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo import http
from odoo.addons.kdc_residents.engine import vietqr
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..controllers import portal_ordering, portal_shop
from .common import MarketCommon, pdf_text

LOGGER = "odoo.addons.kdc_marketplace.models.sale_order_answer"
#: 8:00 of a Monday in Vietnam.
MORNING = datetime(2026, 11, 16, 1, 0)


class AnswerCommon(MarketCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop_a._kdc_set_week(range(7), [(7 * 60, 11 * 60)])
        cls.shop_a.write({"bank_bin": "970436", "bank_number": "0071000123456", "bank_holder": "NGUYEN VAN AN"})
        cls.env.flush_all()

    def _notices(self, user):
        return self.env["kdc.notification"].search_count([("partner_id", "=", user.partner_id.id)])


@tagged("post_install", "-at_install")
class TestAnswer(AnswerCommon):
    def _cancel_late(self):
        self.env["sale.order"].search(self.env["sale.order"]._kdc_unanswered_domain())._kdc_cancel_unanswered()

    def test_not_answered_in_time(self):
        with freeze_time(MORNING):
            order = self._order(self.user_buyer, {self.fish: 2})[self.shop_a]
            self.assertEqual(order.kdc_answer_by, MORNING + timedelta(minutes=60))
            accepted = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
            accepted._kdc_set_state("accepted", "shop")
        before = self._notices(self.user_buyer), self._notices(self.user_portal_a)
        with freeze_time(MORNING + timedelta(minutes=59)):
            self._cancel_late()
            self.assertEqual(order.kdc_shop_state, "new")
        with freeze_time(MORNING + timedelta(minutes=61)):
            self._cancel_late()
        self.assertEqual((order.kdc_shop_state, order.state), ("cancelled", "cancel"))
        self.assertTrue(order.kdc_state_reason)
        self.assertEqual(accepted.kdc_shop_state, "accepted")
        self.assertEqual(self.fish.kdc_quantity, 4, "only the accepted kilogram stays reserved")
        self.assertEqual(
            (self._notices(self.user_buyer), self._notices(self.user_portal_a)), (before[0] + 1, before[1] + 1)
        )

    def _run_job(self):
        with self.enter_registry_test_mode():
            self.env.ref("kdc_marketplace.ir_cron_cancel_unanswered").method_direct_trigger()

    def test_job_goes_on_after_a_failure(self):
        """One order that cannot be cancelled, the oldest at that, stops no other, and is tried again."""
        with freeze_time(MORNING):
            bad, good = (self._order(self.user_buyer, {self.fish: 1})[self.shop_a] for _number in range(2))
        bad.kdc_answer_by -= timedelta(minutes=5)
        self.env.flush_all()
        free_stock = type(bad)._kdc_free_stock

        def fail(order):
            if order == bad:
                raise ValueError("broken")
            return free_stock(order)

        with freeze_time(MORNING + timedelta(minutes=61)):
            with patch.object(type(bad), "_kdc_free_stock", fail), self.assertLogs(LOGGER, "ERROR") as logs:
                self._run_job()
            self.env.invalidate_all()
            self.assertEqual((bad.kdc_shop_state, good.kdc_shop_state), ("new", "cancelled"))
            self.assertIn(str(bad.id), logs.output[0])
            self._run_job()
        self.env.invalidate_all()
        self.assertEqual((bad.kdc_shop_state, self.fish.kdc_quantity), ("cancelled", 5))

    def test_everybody_is_told_in_his_own_language(self):
        self.env["res.lang"]._activate_lang("vi_VN")
        self.env["ir.module.module"].search([("name", "=", "kdc_marketplace")])._update_translations(["vi_VN"])
        self.user_buyer.lang = "en_US"
        self.user_portal_a.lang = "vi_VN"
        with freeze_time(MORNING):
            order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        with freeze_time(MORNING + timedelta(minutes=61)):
            self._run_job()
        words = {}
        for user in (self.user_buyer, self.user_portal_a):
            notices = self.env["kdc.notification"].search([("partner_id", "=", user.partner_id.id)])
            words[user] = "\n".join(
                f"{notice.title}: {notice.body}" for notice in notices if order.name in notice.title
            )
        self.assertIn("The shop did not answer in time", words[self.user_buyer])
        self.assertIn(f"Đơn hàng mới {order.name}", words[self.user_portal_a])
        self.assertNotIn("Order", words[self.user_portal_a])
        self.assertNotIn("answered in time", words[self.user_portal_a])

    def test_the_clock_stands_still_at_night(self):
        with freeze_time(MORNING + timedelta(hours=2, minutes=30)):  # 10:30, half an hour before closing
            order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        self.assertEqual(order.kdc_answer_by, MORNING + timedelta(hours=23, minutes=30), "7:30 of the next day")

    def test_figures_of_answers(self):
        """In opening time: an order after 20 minutes, one of the evening before after 40, a question after 60."""
        questions = self.env["kdc.shop.question"]
        with freeze_time(MORNING):
            quick, missed = (self._order(self.user_buyer, {self.fish: 1})[self.shop_a] for _number in range(2))
            question = questions._kdc_ask(self.fish, self.user_buyer.partner_id, "Cá về chưa?")
        with freeze_time(MORNING + timedelta(minutes=20)):
            quick._kdc_set_state("accepted", "shop")
        with freeze_time(MORNING + timedelta(minutes=60)):
            question._kdc_answer("Về rồi.")
            quick._kdc_set_state("ready", "shop")
        with freeze_time(MORNING + timedelta(minutes=61)):
            self._cancel_late()
        with freeze_time(MORNING + timedelta(hours=2, minutes=30)):  # 10:30, half an hour before closing
            late = self._order(self.user_buyer, {self.squid: 1})[self.shop_a]
            withdrawn = self._order(self.user_buyer, {self.squid: 1})[self.shop_a]
            withdrawn._kdc_set_state("cancelled", "buyer")
        with freeze_time(MORNING + timedelta(hours=23, minutes=10)):
            late._kdc_set_state("refused", "shop", "Hết hàng")
        self.assertEqual([quick.kdc_answer_minutes, late.kdc_answer_minutes, question.answer_minutes], [20, 40, 60])
        self.assertTrue(missed.kdc_answer_missed)
        self.assertFalse(withdrawn.kdc_answer_missed, "the buyer's own doing")
        with freeze_time(MORNING + timedelta(days=2)):
            self.env["kdc.shop"]._cron_kdc_answer_times()
        shop = self.shop_a
        self.assertEqual((shop.answer_count, shop.answer_missed, shop.answer_minutes), (3, 1, 40))
        self.assertFalse(shop._kdc_answer_text(), "four say nothing to buyers")
        self.assertIn("40 minutes", shop._kdc_answer_text(sample=1))
        with self.assertRaises(AccessError):
            shop.with_user(self.user_moderator).sudo(False).answer_missed = 0
        with freeze_time(MORNING + timedelta(days=20)):
            questions._kdc_ask(self.fish, self.user_buyer.partner_id, "Còn mực không?")
        with freeze_time(MORNING + timedelta(days=40)):
            self.env["kdc.shop"]._cron_kdc_answer_times()
            self.assertIn("3 of 5", shop._kdc_answer_text(), "a question that was forgotten counts, too")
        with freeze_time(MORNING + timedelta(days=200)), self.assertQueryCount(7):
            self.env["kdc.shop"]._cron_kdc_answer_times()
        self.assertEqual((shop.answer_count, shop.answer_missed, shop.answer_minutes), (0, 0, 0), "long ago")

    def test_while_closed(self):
        evening = MORNING + timedelta(hours=10)
        with freeze_time(evening):
            order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
            self.assertEqual(order.kdc_answer_by, MORNING + timedelta(hours=24), "queued until 7:00, then an hour")
            self.shop_a.outside_hours = "refuse"
            with self.assertRaises(ValidationError):
                self._order(self.user_buyer, {self.fish: 1})
            self._order(self.user_buyer, {self.greens: 1})
        with freeze_time(MORNING):
            self._order(self.user_buyer, {self.fish: 1})
        self.assertEqual(self.fish.kdc_quantity, 3)

    # -- money -----------------------------------------------------------------------------------------------------
    def test_qr_only_after_acceptance_and_until_it_is_paid(self):
        order = self._order(self.user_buyer, {self.fish: 2}, payment_way="transfer")[self.shop_a]
        self.assertIsNone(order._kdc_transfer_qr(), "an order that may be refused is not paid")
        order._kdc_set_state("accepted", "shop")
        transfer = vietqr.parse(order._kdc_transfer_qr())
        self.assertEqual(
            (transfer.bank_bin, transfer.account, transfer.amount, transfer.purpose),
            ("970436", "0071000123456", 370000, order._kdc_transfer_purpose()),
        )
        before = self._notices(self.user_buyer)
        order._kdc_set_paid()
        order._kdc_set_paid()
        self.assertTrue(order.kdc_paid_date)
        self.assertIsNone(order._kdc_transfer_qr())
        self.assertEqual(self._notices(self.user_buyer), before + 1)
        cash = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        cash._kdc_set_state("accepted", "shop")
        self.assertIsNone(cash._kdc_transfer_qr())

    def test_a_given_up_order_is_not_paid(self):
        order = self._order(self.user_buyer, {self.fish: 1}, payment_way="transfer")[self.shop_a]
        order._kdc_set_state("refused", "shop", "Hết")
        order._kdc_set_paid()
        self.assertFalse(order.kdc_paid_date)
        self.assertIsNone(order._kdc_transfer_qr())

    def test_account(self):
        self.assertEqual(self.shop_a.bank_account, "Vietcombank 0071000123456, NGUYEN VAN AN")
        for wrong in ({"bank_number": "12"}, {"bank_number": "0071 000"}, {"bank_number": False}, {"bank_bin": False}):
            with self.subTest(wrong=wrong), self.assertRaises(ValidationError):
                self.shop_a.write(wrong)

    def test_account_is_changed_by_the_shop_only_and_not_in_silence(self):
        shop = self.shop_a.with_user(self.user_moderator).sudo(False)
        for fname in ("bank_bin", "bank_number", "bank_holder", "bank_account"):
            with self.subTest(field=fname), self.assertRaises(AccessError):
                shop.write({fname: "970418"})
        notices = self.env["kdc.notification"].search([])
        self.env.cr.flush()
        self.shop_a.with_context(tracking_disable=False).write({"bank_number": "0071000999999"})
        new = self.env["kdc.notification"].search([]) - notices
        self.assertEqual(new.partner_id, (self.user_portal_a | self.user_seller_a).partner_id)
        self.assertIn("0071000999999", new[:1].body)
        self.shop_a.write({"bank_number": "0071000999999", "outside_hours": "refuse"})
        self.assertEqual(self.env["kdc.notification"].search([]) - notices, new, "nothing changed")
        self.env.cr.flush()
        self.assertIn("bank_number", self.shop_a.message_ids.tracking_value_ids.field_id.mapped("name"))


@tagged("post_install", "-at_install")
class TestAnswerRoutes(AnswerCommon, HttpCase):
    def _post(self, url, data=None):
        return self.url_open(url, data={"csrf_token": http.Request.csrf_token(self), **(data or {})}, method="POST")

    def test_slips_show_no_given_up_order(self):
        """T6: what was cancelled or refused is on no slip and in no list; what is accepted is on both."""
        wanted = self._order(self.user_buyer, {self.fish: 1, self.squid: 1})[self.shop_a]
        refused = self._order(self.user_buyer, {self.fish: 2})[self.shop_a]
        for order in (wanted, refused):
            order._kdc_set_state("accepted", "shop")
        refused._kdc_set_state("refused", "shop", "Hết")
        self.authenticate(self.user_seller_a.login, self.user_seller_a.login)
        text = pdf_text(self.url_open(f"/my/shop/orders/{wanted.id}/slip.pdf"))
        for words in (wanted.name, self.user_buyer.name, "0914 000 111", self.fish.name, self.squid.name, "635.000"):
            self.assertIn(words, text)
        self.assertEqual(self.url_open(f"/my/shop/orders/{refused.id}/slip.pdf").status_code, 404)
        text = pdf_text(self.url_open("/my/shop/orders/slips.pdf"))
        self.assertIn(wanted.name, text)
        self.assertNotIn(refused.name, text, "on no slip")
        self.assertIn(f"{self.fish.name} 1 kg", text, "what was refused is not prepared either")
        wanted.kdc_window_id = self.env["kdc.shop.window"].create(
            {"shop_id": self.shop_a.id, "name": "Chợ phiên", "open_from": "2026-11-16 01:00:00",
             "open_until": "2026-11-19 01:00:00", "handover_date": "2026-11-21"}
        )  # fmt: skip
        wanted.order_line[0].write({"kdc_slot_start": "2026-11-21 01:30:00", "kdc_slot_stop": "2026-11-21 02:30:00"})
        text = pdf_text(self.url_open(f"/my/shop/orders/{wanted.id}/slip.pdf"))
        self.assertIn("Ngày giao hàng 21/11/2026", text)
        self.assertIn("21/11/2026, 08:30–09:30", text)
        wanted.order_line[0].write({"kdc_slot_start": False, "kdc_slot_stop": False})
        second = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        cancelled = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        for order in (second, cancelled):
            order._kdc_set_state("accepted", "shop")
        cancelled._kdc_set_state("cancelled", "moderator", "Trùng")
        text = pdf_text(self.url_open("/my/shop/orders/slips.pdf"))
        self.assertIn(second.name, text)
        self.assertNotIn(cancelled.name, text)
        self.assertIn(f"{self.fish.name} 2 kg", text, "the sum of what is really to be prepared")
        second._kdc_set_state("refused", "shop", "Hết")
        wanted._kdc_set_state("refused", "shop", "Hết")
        self.assertEqual(self.url_open("/my/shop/orders/slips.pdf").status_code, 404)
        self.authenticate(self.user_portal_b.login, self.user_portal_b.login)
        self.assertEqual(self.url_open(f"/my/shop/orders/{wanted.id}/slip.pdf").status_code, 404)

    def test_handed_over_for_cash_in_one_tap(self):
        orders = [self._order(self.user_buyer, {self.fish: 1}, payment_way=way)[self.shop_a]
                  for way in ("cash", "cash", "transfer")]  # fmt: skip
        for order in orders:
            order._kdc_set_state("accepted", "shop")
            order._kdc_set_state("ready", "shop")
        self.authenticate(self.user_seller_a.login, self.user_seller_a.login)
        with_cash, later, transfer = orders
        for order, offered in ((with_cash, True), (later, True), (transfer, False)):
            self.assertEqual("/handed_over?cash=1" in self.url_open(f"/my/shop/orders/{order.id}").text, offered)
        self._post(f"/my/shop/orders/{with_cash.id}/handed_over?cash=1")
        self._post(f"/my/shop/orders/{later.id}/handed_over")
        self._post(f"/my/shop/orders/{transfer.id}/handed_over?cash=1")
        self.assertEqual([order.kdc_shop_state for order in orders], ["handed_over"] * 3)
        self.assertEqual([bool(order.kdc_paid_date) for order in orders], [True, False, False])
        slip = self.url_open(f"/my/shop/orders/{later.id}/slip.pdf")
        self.assertEqual(slip.status_code, 404, "phone and address are none of the shop's business any more")

    def test_watch_and_money(self):
        order = self._order(self.user_buyer, {self.fish: 1}, payment_way="transfer")[self.shop_a]
        self.authenticate(self.user_portal_a.login, self.user_portal_a.login)
        self.assertEqual(self.url_open("/my/shop/orders/new.json").json(), {"count": 1})
        self._post(f"/my/shop/orders/{order.id}/paid")
        self.assertFalse(order.kdc_paid_date, "not accepted yet")
        self._post(f"/my/shop/orders/{order.id}/accepted")
        self.authenticate(self.user_buyer.login, self.user_buyer.login)
        page = self.url_open(f"/my/orders/{order.id}").text
        self.assertIn("0071000123456", page)
        self.assertIn(order._kdc_transfer_purpose(), page)
        with mute_logger("odoo.http"):
            self.assertEqual(self._post(f"/my/shop/orders/{order.id}/paid").status_code, 404)
        self.authenticate(self.user_seller_a.login, self.user_seller_a.login)
        self._post(f"/my/shop/orders/{order.id}/paid")
        self.assertTrue(order.kdc_paid_date)

    def test_wrong_tap_is_taken_back_and_paid_money_is_returned(self):
        order = self._order(self.user_buyer, {self.fish: 1}, payment_way="transfer")[self.shop_a]
        order._kdc_set_state("accepted", "shop")
        order._kdc_set_paid()
        self.authenticate(self.user_portal_a.login, self.user_portal_a.login)
        self.assertIn("not-paid", self.url_open(f"/my/shop/orders/{order.id}").text)
        before = self._notices(self.user_buyer)
        for _tap in range(2):
            self._post(f"/my/shop/orders/{order.id}/not-paid")
        self.assertFalse(order.kdc_paid_date)
        self.assertEqual(self._notices(self.user_buyer), before + 1)
        self.assertTrue(order._kdc_transfer_qr(), "the buyer can pay again")
        order._kdc_set_paid()
        order._kdc_set_state("refused", "shop", "Hết")
        notice = self.env["kdc.notification"].search([("partner_id", "=", self.user_buyer.partner_id.id)], limit=1)
        self.assertIn("185.000", notice.body)
        page = self.url_open(f"/my/shop/orders/{order.id}").text
        self.assertIn("185.000", page)
        self.assertNotIn("not-paid", page)

    def test_many_orders_come_in_parts(self):
        orders = [self._order(self.user_buyer, {self.fish: 1})[self.shop_a] for _number in range(3)]
        for order in orders:
            order._kdc_set_state("accepted", "shop")
        self.authenticate(self.user_portal_a.login, self.user_portal_a.login)
        with patch.object(portal_shop, "PAGE_SIZE", 2), patch.object(portal_shop, "SLIPS_AT_ONCE", 2):
            page = self.url_open("/my/shop/orders").text
        self.assertIn(orders[0].name, page)
        self.assertNotIn(f"/my/shop/orders/{orders[2].id}", page)
        self.assertIn("slips.pdf?page=2", page)
        with patch.object(portal_ordering, "SLIPS_AT_ONCE", 2):
            for number, status in ((1, 200), (2, 200), (3, 404)):
                self.assertEqual(self.url_open(f"/my/shop/orders/slips.pdf?page={number}").status_code, status)

    def test_words_about_the_account_stay_until_there_is_a_bank(self):
        """Shops of before have their account as words only; a form that does not ask for them must not delete them."""
        self.shop_b.bank_account = "Agribank 4800, Trần Văn Bình"
        self.authenticate(self.user_portal_b.login, self.user_portal_b.login)
        self.assertIn("Agribank 4800", self.url_open("/my/shop/ordering").text)
        self._post("/my/shop/ordering", {"bank_bin": "", "bank_number": "", "outside_hours": "refuse"})
        self.assertEqual(
            (self.shop_b.bank_account, self.shop_b.outside_hours), ("Agribank 4800, Trần Văn Bình", "refuse")
        )
        order = self._order(self.user_buyer, {self.greens: 1}, payment_way="transfer")
        self.assertEqual(order[self.shop_b].kdc_payment_way, "transfer")

    def test_account_on_the_phone(self):
        self.authenticate(self.user_portal_a.login, self.user_portal_a.login)
        form = {"bank_bin": "970418", "bank_number": "113 884 0012", "bank_holder": "An", "outside_hours": "refuse"}
        response = self._post("/my/shop/ordering", {**form, "bank_number": "12"})
        self.assertEqual(response.status_code, 422)
        self.assertIn('value="12"', response.text)
        self._post("/my/shop/ordering", form)
        self.assertEqual((self.shop_a.bank_account, self.shop_a.outside_hours), ("BIDV 1138840012, An", "refuse"))
        self._post("/my/shop/ordering", {"bank_bin": "", "bank_number": "", "outside_hours": "queue"})
        self.assertFalse(self.shop_a.bank_account)
        self.authenticate(self.user_seller_a.login, self.user_seller_a.login)
        self.assertEqual(self.url_open("/my/shop/ordering").status_code, 404)
