from odoo import http
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import ReportCommon

PIXEL = b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@tagged("post_install", "-at_install")
class TestRoutes(ReportCommon, HttpCase):
    def _post(self, url, user, **data):
        self.authenticate(user and user.login, user and user.login)
        data["csrf_token"] = http.Request.csrf_token(self)
        return self.url_open(url, data=data, allow_redirects=False)

    def test_the_reporter_follows_it_by_its_number(self):
        response = self._post(f"/my/orders/{self.order.id}/report", self.user_buyer, kind="other", text="Thiếu hàng")
        feedback = self.env["kdc.market.report"].search([("order_id", "=", self.order.id)]).feedback_ids
        self.assertTrue(response.headers["Location"].endswith(f"/my/feedback/{feedback.id}"))
        page = self.url_open(f"/my/feedback/{feedback.id}").text
        self.assertIn(feedback.number, page)
        self.assertIn("Thiếu hàng", page)
        self.assertIn(feedback.number, self.url_open("/my/feedback").text)

    def test_the_link_handed_on_tells_number_and_state_only(self):
        _report, feedback = self._report(self.order, text="Giao thiếu một con")
        feedback._staff_ask("Thiếu con nào?")
        photo = feedback.env["kdc.feedback.photo"].create({"feedback_id": feedback.id, "image": PIXEL})
        self.env.flush_all()
        self.authenticate(None, None)
        url = f"/feedback/follow/{feedback.follow_token}"
        page = self.url_open(url)
        self.assertIn(feedback.number, page.text)
        for words in ("Giao thiếu một con", "Thiếu con nào?", self.order.name):
            self.assertNotIn(words, page.text)
        self.assertEqual(self.url_open(f"{url}/photo/{photo.id}/full").status_code, 404)

    def test_a_household_that_shares_its_feedback_does_not_share_orders(self):
        order = self._order(self.user_portal_b, {self.fish: 1})[self.shop_a]
        report = self.env["kdc.market.report"]._kdc_report(order, self.user_portal_b.partner_id, "other", "Thiếu hàng")
        feedback = report.feedback_ids
        self.household_b.sudo().write({})
        self.patch(type(self.env["res.users"]), "_kdc_shared_partners",
                   lambda user, _what: self.user_portal_b.partner_id)  # fmt: skip
        plain = self._send(partner=self.user_portal_b.partner_id)
        self.env.flush_all()
        self.authenticate(self.user_buyer.login, self.user_buyer.login)
        self.assertEqual(self.url_open(f"/my/feedback/{plain.id}").status_code, 200)
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open(f"/my/feedback/{feedback.id}").status_code, 404)
        page = self.url_open("/my/feedback").text
        self.assertIn(plain.number, page)
        self.assertNotIn(feedback.number, page)

    def test_the_shop_answers_and_learns_neither_who_nor_what_was_said(self):
        report, feedback = self._report(self.order, text="Giao thiếu một con")
        report.with_user(self.user_moderator)._kdc_ask_shop("Tuần này có đơn nào giao thiếu?")
        self.env.flush_all()
        self.authenticate(self.user_seller_a.login, self.user_seller_a.login)
        page = self.url_open("/my/shop/reports").text
        self.assertIn("Tuần này có đơn nào giao thiếu?", page)
        for text in (self.user_buyer.name, "Giao thiếu một con", self.order.name, feedback.number):
            self.assertNotIn(text, page)
        self.assertIn("/my/shop/reports", self.url_open("/my/shop").text)
        url = f"/my/shop/reports/{report.id}"
        self._post(url, self.user_seller_a, answer=" ")
        self.assertFalse(report.shop_answer)
        self._post(url, self.user_seller_a, answer="Dạ có một đơn, đã giao bù")
        self._post(url, self.user_portal_a, answer="Không có")
        report.invalidate_recordset()
        self.assertEqual(report.shop_answer, "Dạ có một đơn, đã giao bù")

    def test_strangers_are_refused(self):
        report, _feedback = self._report()
        report.with_user(self.user_moderator)._kdc_ask_shop("?")
        unasked, _feedback = self._report(self.order)
        self.env.flush_all()
        for user in (self.user_portal_b, self.user_buyer, self.user_officer, self.user_moderator, None):
            with self.subTest(user=user and user.login), mute_logger("odoo.http"):
                for url in (f"/my/shop/reports/{report.id}", f"/my/shop/reports/{unasked.id}"):
                    response = self._post(url, user, answer="x")
                    refused = response.status_code == 404 or "/web/login" in response.headers.get("Location", "")
                    self.assertTrue(refused, response.status_code)
        with mute_logger("odoo.http"):
            self.assertEqual(
                self._post(f"/my/shop/reports/{unasked.id}", self.user_portal_a, answer="x").status_code, 404
            )
        self.authenticate(self.user_portal_b.login, self.user_portal_b.login)
        self.assertNotIn(self.fish.name, self.url_open("/my/shop/reports").text)
        report.invalidate_recordset()
        self.assertFalse(report.shop_answer)
