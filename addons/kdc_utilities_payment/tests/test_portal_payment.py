import re

from odoo.addons.kdc_utilities.tests.collection_common import NEW_TOTAL, OLD_TOTAL
from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..engine import vnpay
from ..models.payment_provider import TRIAL
from .common import OnlineCommon
from .test_gateways import REFUSED

PAGE_LIMIT = 60_000
#: What the buttons of the gateways cost the page of a bill.
EXTRA_QUERIES = 8
#: The page asks again and again, so its question is cheap.
STATE_QUERIES = 25


@tagged("post_install", "-at_install")
class TestPortalPayment(OnlineCommon, HttpCase):
    """Paying on the residents' pages, without JavaScript, and as somebody else."""

    def _get(self, url, login="kdc_portal_a"):
        self.authenticate(login, login)
        return self.url_open(url, allow_redirects=False)

    def _pay(self, provider, bill=None, login="kdc_portal_a"):
        bill = bill or self.new_a
        page = self._get(f"/my/bills/{bill.id}", login)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        data = {"gateway": provider.id, "csrf_token": token[1] if token else ""}
        return self.url_open(f"/my/bills/{bill.id}/pay", data=data, allow_redirects=False)

    def _last(self):
        return self.env["payment.transaction"].search([("invoice_ids", "in", self.new_a.ids)], limit=1)

    def _hear(self, tx, **changes):
        tx._kdc_hear(vnpay.read_notification(self._ipn(tx, **changes)))

    def test_buttons(self):
        response = self._get(f"/my/bills/{self.new_a.id}")
        self.assertEqual(response.text.count('name="gateway"'), 2)
        self.assertIn("Cổng thử: không chuyển tiền thật", response.text)
        self.assertIn("form-action 'self' http://127.0.0.1:1;", response.headers["Content-Security-Policy"])
        self.assertLess(len(response.content), PAGE_LIMIT)
        (self.vnpay | self.payos).is_published = False
        response = self._get(f"/my/bills/{self.new_a.id}")
        self.assertNotIn('name="gateway"', response.text)
        self.assertIn("form-action 'self';", response.headers["Content-Security-Policy"])

    def test_each_payer_pays_the_own_bills(self):
        """Online too, after a change of the payer; what comes twice for a former one is that person's advance."""
        before, late = self._begin(bill=self.old_a), self._begin(bill=self.new_a)
        former, bill = self._change_payer(self.account_a)
        self._hear(before)
        self.assertEqual((self.old_a.payment_state, self.new_a.payment_state), ("paid", "not_paid"))
        self._hear(self._begin(bill=bill), number="14000002")
        self.assertEqual((bill.payment_state, self.new_a.payment_state), ("paid", "not_paid"))
        self.assertEqual(self._receipts().mapped("partner_id"), former | self.account_a.partner_id)
        page = self._get(f"/my/receipts/{self._receipts()[0].id}")
        self.assertIn(former.name, page.text)
        self.assertNotIn("Đỗ Thị Mới", page.text)
        self.env["kdc.receipt"]._collect(
            self._take(self.user_collector_2, self.account_b, 1_000).session_id, self.account_a,
            self.account_a._kdc_debt(former).spread(NEW_TOTAL), payer=former,
        )  # fmt: skip
        self._hear(late, number="14000003")
        booked = late.kdc_gateway_payment_ids
        self.assertEqual((booked.state, booked.receipt_id.partner_id), ("booked", former))
        self.assertEqual(booked.receipt_id.advance, booked.amount)
        self.assertEqual((self.account_a._kdc_advance(former), self.account_a._kdc_advance()), (NEW_TOTAL, 0))
        bank = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        back = self.env["kdc.advance.return"].with_user(self.user_accountant).create({
            "account_id": self.account_a.id, "payer_id": former.id, "journal_id": bank.id, "receiver": "An",
            "reason": "Trả hai lần",
        })  # fmt: skip
        back.with_user(self.user_approver).action_approve()
        self.assertEqual((back.amount, self.account_a._kdc_advance(former)), (NEW_TOTAL, 0))

    def test_another_amount_for_a_former_payer_is_shown_as_theirs(self):
        late = self._begin(bill=self.new_a)
        former, _bill = self._change_payer(self.account_a)
        self._hear(late, amount=999_000)
        waiting = late.kdc_gateway_payment_ids
        self.assertEqual((waiting.state, waiting.reason), ("open", "amount"))
        wizard = self.env["kdc.gateway.payment.decide"].with_user(self.user_accountant)
        wizard = wizard.create({"payment_id": waiting.id, "step": "book"})
        self.assertIn(former.name, wizard.preview)
        wizard.account_id = self.account_b
        self.assertNotIn(former.name, wizard.preview)
        wizard.action_confirm()
        self.assertEqual(waiting.receipt_id.partner_id, self.account_b.partner_id)

    def test_in_test_mode_nothing_is_paid_outside_of_a_trial(self):
        """The cards for trying out a gateway are published: with them anybody would get a receipt without money."""
        self.env["ir.config_parameter"].set_param(TRIAL, "0")
        response = self._get(f"/my/bills/{self.new_a.id}")
        self.assertNotIn('name="gateway"', response.text)
        self.assertGreaterEqual(self._pay(self.vnpay).status_code, 400)
        self.assertFalse(self._last())
        with self.assertRaisesRegex(ValidationError, "test mode"):
            self._begin()
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "true")
        self.assertTrue(self._begin().kdc_checkout_url, "A copy of the database is no ward's book.")
        self.env["ir.config_parameter"].set_param("database.is_neutralized", False)
        self.vnpay.write({"kdc_page_url": "https://pay.example/", "kdc_api_url": "https://pay.example/q"})
        self.vnpay.state = "enabled"
        self.assertTrue(self._begin().kdc_checkout_url)

    def test_queries(self):
        def queries(url):
            self._get(url)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(self._get(url).status_code, 200)
            return self.cr.sql_log_count - before

        url = f"/my/bills/{self.new_a.id}"
        offered = queries(url)
        self.assertLess(queries(f"{url}/state"), STATE_QUERIES)
        (self.vnpay | self.payos).is_published = False
        self.assertLessEqual(offered - queries(url), EXTRA_QUERIES)

    def test_redirect_and_back(self):
        answer = self._pay(self.vnpay)
        tx = self._last()
        self.assertEqual((answer.status_code, answer.headers["Location"]), (303, tx.kdc_checkout_url))
        params = self._query(tx.kdc_checkout_url)
        self.assertEqual((params["vnp_Amount"], params["vnp_TxnRef"]), (f"{NEW_TOTAL}00", tx.reference))
        self.assertTrue(params["vnp_ReturnUrl"].endswith("/payment/kdc_vnpay/return"))
        back = self.url_open("/payment/kdc_vnpay/return", params=self._ipn(tx), allow_redirects=False)
        self.assertTrue(back.headers["Location"].endswith(tx.landing_route))
        page = self._get(tx.landing_route)
        self.assertIn("Đang chờ ngân hàng xác nhận", page.text)
        self.assertIn('http-equiv="refresh"', page.text.split("</head>")[0], "Without JavaScript it looks again.")
        self.assertNotIn("/vnpay/pay", page.text, "Who came back is not sent there a second time.")
        self.assertIn(f'data-live="{tx.landing_route}/state"', page.text)
        self.assertEqual(self._get(f"{tx.landing_route}/state").json()["stamp"], "waiting")
        self._hear(tx)
        self.assertEqual(self._get(f"{tx.landing_route}/state").json()["stamp"], "received")
        page = self._get(tx.landing_route).text
        self.assertIn(self._receipts().name, page)
        self.assertNotIn("data-live", page)
        self.assertNotIn("refresh", page)

    def test_bill_follows_every_kind_of_money(self):
        url = f"/my/bills/{self.new_a.id}"
        page = self._get(url).text
        self.assertIn(f'data-live="{url}/state" data-stamp="{NEW_TOTAL}"', page)
        self.assertEqual(self._get(f"{url}/state").json()["stamp"], str(NEW_TOTAL))
        self._take(self.user_accountant, self.account_a, OLD_TOTAL + 10_000)
        state = self._get(f"{url}/state").json()
        self.assertEqual(state["stamp"], str(NEW_TOTAL - 10_000))
        self.assertIn("207.650", state["news"])
        tx = self._begin()
        self._hear(tx)
        self.assertEqual(self._get(f"{url}/state").json()["stamp"], "0")
        page = self._get(url).text
        self.assertNotIn("data-live", page)
        self.assertNotIn('name="gateway"', page)
        self.assertIn(self._receipts().name, page)

    def test_qr_of_the_gateway(self):
        self.patch(type(self.payos), "_send_api_request", self._answer_for_payos)
        answer = self._pay(self.payos)
        tx = self._last()
        self.assertTrue(answer.headers["Location"].endswith(tx.landing_route))
        page = self._get(tx.landing_route).text
        self.assertIn('aria-label="Mã QR của lần thanh toán này"', page)
        self.assertIn(tx.kdc_checkout_url, page)
        self.assertIn("vẫn đang chờ xác nhận", self._get(f"/my/bills/{self.new_a.id}").text)

    @mute_logger(*REFUSED)
    def test_another_amount_is_said_honestly(self):
        self._pay(self.vnpay)
        tx = self._last()
        self._hear(tx, amount=100_000)
        page = self._get(tx.landing_route).text
        self.assertIn("Kế toán đang xem xét", page)
        self.assertIn("100.000", page)
        self.assertIn("217.650", self._get(f"/my/bills/{self.new_a.id}").text)

    @mute_logger("odoo.addons.payment.models.payment_provider")
    def test_gateway_out_of_reach(self):
        self.patch(type(self.payos), "_send_api_request", self._no_answer)
        answer = self._pay(self.payos)
        self.assertTrue(answer.headers["Location"].endswith(f"/my/bills/{self.new_a.id}"))
        self.assertIn("Chưa có tiền nào bị trừ", self.url_open(f"/my/bills/{self.new_a.id}").text)
        self.assertFalse(self._last())

    def _no_answer(self, *_args, **_kwargs):
        raise ValidationError("no connection")  # pylint: disable=translation-required

    def test_too_many_beginnings(self):
        for _time in range(10):
            self._begin()
        self._pay(self.vnpay)
        self.assertIn("Đã thử quá nhiều lần", self.url_open(f"/my/bills/{self.new_a.id}").text)

    def test_paid_bill_is_not_paid_online(self):
        page = self._get(f"/my/bills/{self.new_a.id}").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        self._take(self.user_accountant, self.account_a, OLD_TOTAL + NEW_TOTAL)
        data = {"gateway": self.vnpay.id, "csrf_token": token}
        answer = self.url_open(f"/my/bills/{self.new_a.id}/pay", data=data, allow_redirects=False)
        self.assertTrue(answer.headers["Location"].endswith(f"/my/bills/{self.new_a.id}"))
        self.assertFalse(self._last())

    @mute_logger("odoo.http")
    def test_as_somebody_else(self):
        tx, other = self._begin(), self._begin(bill=self.new_b)
        paths = (
            f"/my/bills/{self.new_a.id}/state", tx.landing_route, f"{tx.landing_route}/state",
            f"/my/bills/{self.new_b.id}/payments/{tx.id}", f"/my/bills/{self.new_b.id}/payments/{tx.id}/state",
        )  # fmt: skip
        for path in paths:
            with self.subTest(path=path):
                self.assertEqual(self._get(path, "kdc_portal_b").status_code, 404)
        self.assertEqual(self._get(f"/my/bills/{self.new_a.id}/payments/{other.id}").status_code, 404)
        own = self._get(f"/my/bills/{self.new_b.id}", "kdc_portal_b").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', own)[1]
        for bill, data, status in (
            (self.new_a, {"gateway": self.vnpay.id, "csrf_token": token}, 404),
            (self.new_b, {"gateway": 10**9, "csrf_token": token}, 404),
            (self.new_b, {"gateway": "1 OR 1=1", "csrf_token": token}, 404),
            (self.new_b, {"gateway": self.vnpay.id}, 400),
        ):
            answer = self.url_open(f"/my/bills/{bill.id}/pay", data=data, allow_redirects=False)
            self.assertEqual(answer.status_code, status, data)
        self.authenticate(None, None)
        for path in paths:
            self.assertIn("/web/login", self.url_open(path, allow_redirects=False).headers.get("Location", ""))

    @mute_logger("odoo.http")
    def test_gateway_of_another_ward(self):
        far = self.vnpay.copy({"company_id": self.env["res.company"].create({"name": "Phường khác"}).id})
        self.assertEqual(self._pay(far).status_code, 404)
