import json
import logging
from datetime import timedelta

import requests
from odoo import fields
from odoo.addons.kdc_utilities.tests.collection_common import NEW_TOTAL, OLD_TOTAL
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..tools import stand_in
from .common import OnlineCommon

OURS = "odoo.addons.kdc_utilities_payment"
#: Odoo says in the log when it refuses a message, as it should.
REFUSED = (
    f"{OURS}.controllers.online_payment", f"{OURS}.models.payment_transaction",
    f"{OURS}.models.kdc_gateway_payment", "odoo.addons.payment.models.payment_transaction",
)  # fmt: skip


@tagged("post_install", "-at_install")
class TestGateways(OnlineCommon, HttpCase):
    """What the gateways send over HTTP, and what it does to the books. Every test ends with the proof of all days."""

    def setUp(self):
        super().setUp()
        self.new_a.kdc_run_id.user_id = self.user_accountant

    def _notify(self, params):
        return self.url_open("/payment/kdc_vnpay/ipn", params=params).json()["RspCode"]

    def _hook(self, message):
        data = message if isinstance(message, bytes) else json.dumps(message).encode()
        return self.url_open("/payment/kdc_payos/webhook", data=data, headers={"Content-Type": "application/json"})

    def test_paid_for_the_wrong_bill(self):
        """The gateway sends it back, or the ward books it for the right customer: the proof holds in both cases."""
        self._notify(self._ipn(self._begin()))
        receipt = self._receipts()
        approver = self._create_user("kdc_online_approver", "kdc_utilities.group_approver")
        for vals in (
            {"journal_id": self.vnpay.journal_id.id, "receiver": "Người nộp, qua VNPay"},
            {"kind": "move", "target_account_id": self.account_b.id},
        ):
            with self.subTest(**vals), self.env.cr.savepoint() as savepoint:
                reversal = self.env["kdc.receipt.reversal"].with_user(self.user_accountant).create(
                    {"receipt_id": receipt.id, "reason": "Trả nhầm hóa đơn của hàng xóm", **vals}
                )
                reversal.with_user(approver).action_approve()
                self.assertEqual((receipt.state, reversal.amount), ("reversed", NEW_TOTAL))
                self.assertEqual(self.old_a.payment_state, "not_paid")
                at_gateway = self.vnpay.journal_id.default_account_id
                items = self.env["account.move.line"].search([("account_id", "=", at_gateway.id)])
                moved = vals.get("kind") == "move"
                self.assertEqual(round(sum(items.mapped("balance"))), NEW_TOTAL if moved else 0)
                self._assert_everything_fits()
                savepoint.rollback()
                self.env.invalidate_all()

    # -- VNPay -------------------------------------------------------------------------------------------

    def test_success(self):
        tx = self._begin()
        order = self._order(tx)
        self.assertEqual((order.amount, order.reference), (NEW_TOTAL, tx.reference))
        self.assertEqual(self._notify(self._ipn(tx)), "00")
        receipt = self._receipts()
        self.assertEqual(
            (receipt.amount, receipt.gateway_number, receipt.session_id.id), (NEW_TOTAL, "14000001", False)
        )
        self.assertEqual(receipt.cash_amount, 0, "No đồng of it went into a drawer.")
        self.assertEqual(receipt.name, f"PT-VNPAY/{receipt.year}/000001")
        self.assertEqual(receipt.line_ids.move_id, self.old_a | self.new_a, "The oldest bill first, as at the counter.")
        self.assertEqual(self.old_a.payment_state, "paid")
        self.assertEqual(self.new_a.amount_residual, OLD_TOTAL)
        self.assertEqual((tx.state, tx.payment_id, tx.is_post_processed), ("done", receipt.payment_id, True))
        self.assertEqual(receipt.payment_id.payment_transaction_id, tx)
        self.assertFalse(tx.kdc_gateway_payment_ids.reason or tx.kdc_gateway_payment_ids.activity_ids)
        account = self.vnpay.journal_id.default_account_id
        self.assertEqual(account.code[:3], "113")
        self.assertEqual(receipt.payment_id.move_id.line_ids.filtered("debit").account_id, account)
        notice = self.env["kdc.notification"].search([("partner_id", "=", self.resident_a.partner_id.id)], limit=1)
        self.assertIn("VNPay", notice.body)

    def test_repeated(self):
        tx = self._begin()
        self.assertEqual([self._notify(self._ipn(tx)) for _time in range(3)], ["00", "02", "02"])
        self.assertEqual(len(self._receipts()), 1)
        self.assertEqual(tx.kdc_gateway_payment_ids.repeats, 2)
        self.assertEqual(self._notify(self._ipn(tx, choice="failed")), "02", "What is paid does not fail later.")
        self.assertEqual(tx.state, "done")

    @mute_logger(*REFUSED)
    def test_late(self):
        """The gateway's page has ended and we gave the payment up; the money came all the same."""
        tx = self._begin()
        tx.kdc_expires = fields.Datetime.now() - timedelta(hours=5)
        tx._set_canceled("given up")
        self.assertEqual(self._notify(self._ipn(tx)), "00")
        self.assertEqual((tx.state, self._receipts().amount), ("done", NEW_TOTAL))

    @mute_logger(*REFUSED)
    def test_another_amount(self):
        tx = self._begin()
        params = self._ipn(tx, amount=NEW_TOTAL - 1000)
        self.assertEqual([self._notify(params), self._notify(params)], ["04", "04"])
        payment = tx.kdc_gateway_payment_ids
        self.assertEqual((payment.state, payment.reason, payment.amount), ("open", "amount", NEW_TOTAL - 1000))
        self.assertFalse(self._receipts())
        self.assertEqual((tx.state, self.new_a.amount_residual), ("error", NEW_TOTAL))
        self.assertEqual(payment.activity_ids.user_id, self.user_accountant)
        self._decide(payment, "book")
        self.assertEqual((payment.state, self._receipts().amount), ("booked", NEW_TOTAL - 1000))
        self.assertFalse(payment.activity_ids)
        self.assertEqual(self._notify(params), "02")

    @mute_logger(*REFUSED)
    def test_another_amount_after_a_failure(self):
        """Odoo compares amounts only on the way into an error, so we do on the way out of one."""
        for end in ("failed", "cancelled"):
            tx = self._begin()
            self.assertEqual(self._notify(self._ipn(tx, number="0", choice=end)), "00")
            self.assertEqual(self._notify(self._ipn(tx, number=f"77{tx.id}", amount=1000)), "04")
            self.assertEqual((tx.state, tx.kdc_gateway_payment_ids.reason), ("error", "amount"))
        self.assertFalse(self._receipts())

    @mute_logger(*REFUSED)
    def test_failed_then_paid(self):
        tx = self._begin()
        self.assertEqual(self._notify(self._ipn(tx, number="0", choice="failed")), "00")
        self.assertEqual(tx.state, "error")
        self.assertEqual(self._notify(self._ipn(tx)), "00")
        self.assertEqual((tx.state, len(self._receipts())), ("done", 1))

    @mute_logger(*REFUSED)
    def test_forged(self):
        tx = self._begin()
        good = self._ipn(tx)
        with self.assertLogs(f"{OURS}.controllers.online_payment", logging.WARNING) as log:
            self.assertEqual(self._notify(self._ipn(tx, choice="forged")), "97")
            self.assertEqual(self._notify(good | {"vnp_Amount": "100"}), "97")
            self.assertEqual(self._notify(good | {"vnp_TmnCode": "OTHER"}), "97")
            self.assertEqual(self._notify({}), "97")
        self.assertFalse([line for line in log.output if tx.reference in line or good["vnp_SecureHash"] in line])
        self.assertEqual((tx.state, self._receipts().ids), ("draft", []))

    @mute_logger(*REFUSED)
    def test_not_ours_and_not_understood(self):
        tx = self._begin()
        order = self._order(tx)
        order.reference = "NOBODY"
        self.assertEqual(self._notify(dict(self.other_side.vnpay_result(order, "paid", "5", 1000))), "01")
        pairs = [("vnp_TmnCode", stand_in.VNPAY_SHOP), ("vnp_TxnRef", tx.reference), ("vnp_Amount", "abc")]
        self.assertEqual(self._notify(dict([*pairs, ("vnp_SecureHash", stand_in.vnpay_signature(pairs))])), "99")
        self.assertEqual(tx.state, "draft")

    def test_examined_by_the_gateway(self):
        """Money was taken but VNPay suspects fraud: nothing is settled until it says so."""
        tx = self._begin()
        pairs = [(name, value) for name, value in self._ipn(tx).items() if name != "vnp_SecureHash"]
        pairs = [
            (name, "07" if name in ("vnp_ResponseCode", "vnp_TransactionStatus") else value) for name, value in pairs
        ]
        self.assertEqual(self._notify(dict([*pairs, ("vnp_SecureHash", stand_in.vnpay_signature(pairs))])), "00")
        self.assertEqual((tx.state, tx._kdc_stage(), self._receipts().ids), ("pending", "waiting", []))
        self.assertEqual(self._notify(self._ipn(tx)), "00")
        self.assertEqual(tx._kdc_stage(), "received")

    def test_disabled_gateway_still_hears_of_money(self):
        tx = self._begin()
        self.vnpay.state = "disabled"
        self.assertEqual(self._notify(self._ipn(tx)), "00")
        self.assertEqual(self._receipts().amount, NEW_TOTAL)

    @mute_logger(*REFUSED)
    def test_the_browser_settles_nothing(self):
        tx = self._begin()
        for params in (self._ipn(tx), self._ipn(tx, choice="forged"), {}):
            answer = self.url_open("/payment/kdc_vnpay/return", params=params, allow_redirects=False)
            self.assertEqual(answer.status_code, 303)
        self.assertEqual((tx.state, self._receipts().ids), ("pending", []))

    def test_paid_at_the_counter_meanwhile(self):
        """The bills are paid in cash while the payer is at the gateway: the second money is an advance."""
        tx = self._begin()
        self._take(self.user_accountant, self.account_a, OLD_TOTAL + NEW_TOTAL)
        self.assertEqual(self._notify(self._ipn(tx)), "00")
        receipt = self._receipts()
        self.assertEqual((receipt.advance, receipt.line_ids.ids), (NEW_TOTAL, []))
        self.assertEqual(self.account_a._kdc_advance(), NEW_TOTAL)

    def test_two_payments_of_one_bill(self):
        """Two windows, two payments: both are money."""
        first, second = self._begin(), self._begin()
        self.assertNotEqual(first.reference, second.reference)
        self.assertEqual(self._notify(self._ipn(first, number="1")), "00")
        self.assertEqual(self._notify(self._ipn(second, number="2")), "00")
        self.assertEqual(sum(self._receipts().mapped("amount")), 2 * NEW_TOTAL)
        self.assertEqual(self.account_a._kdc_advance(), 2 * NEW_TOTAL - NEW_TOTAL - OLD_TOTAL)

    @mute_logger(*REFUSED)
    def test_booking_fails(self):
        """The gateway is told that we know; the money waits, and Odoo's job or the accountant books it."""
        tx = self._begin()
        self.patch(type(self.env["kdc.receipt"]), "_collect", lambda *_args, **_kw: self._refuse())
        self.assertEqual(self._notify(self._ipn(tx)), "00")
        payment = tx.kdc_gateway_payment_ids
        self.assertEqual((payment.state, payment.reason, payment.problem), ("open", "failed", "The books are closed."))
        self.assertEqual((tx.state, tx.is_post_processed, tx._kdc_stage()), ("done", False, "examined"))
        self.assertEqual(payment.activity_ids.user_id, self.user_accountant)

    def test_booking_is_tried_again(self):
        tx = self._begin()
        with mute_logger(*REFUSED):
            original = type(self.env["kdc.receipt"])._collect
            self.patch(type(self.env["kdc.receipt"]), "_collect", lambda *_args, **_kw: self._refuse())
            self._notify(self._ipn(tx))
        self.patch(type(self.env["kdc.receipt"]), "_collect", original)
        tx._post_process()
        self.assertEqual((self._receipts().amount, tx.is_post_processed), (NEW_TOTAL, True))
        self.assertEqual(tx._kdc_stage(), "received")

    def _refuse(self):
        raise UserError("The books are closed.")  # pylint: disable=translation-required

    # -- payOS -------------------------------------------------------------------------------------------

    def _message(self, tx, number="FT1", amount=None, choice="paid"):
        order = self._order(tx)
        return self.other_side.payos_message(order, choice, number, order.amount if amount is None else amount)

    def test_payos_success_and_repeats(self):
        tx = self._begin(self.payos)
        self.assertTrue(tx.kdc_qr)
        order = self._order(tx)
        self.assertEqual((order.amount, len(order.text) <= 9), (NEW_TOTAL, True))
        self.assertNotIn(self.new_a.kdc_reference, order.text, "The bank's statement must not match it a second time.")
        for _time in range(3):
            answer = self._hook(self._message(tx))
            self.assertEqual((answer.status_code, answer.json()), (200, {"success": True}))
        self.assertEqual((self._receipts().amount, tx.kdc_gateway_payment_ids.repeats), (NEW_TOTAL, 2))

    def test_payos_paid_again_with_the_same_code(self):
        tx = self._begin(self.payos)
        self._hook(self._message(tx, "FT1"))
        self._hook(self._message(tx, "FT2"))
        second = tx.kdc_gateway_payment_ids.filtered(lambda payment: payment.number == "FT2")
        self.assertEqual((second.state, second.reason, len(self._receipts())), ("open", "again", 1))
        self._decide(second, "book")
        self.assertEqual(sum(self._receipts().mapped("amount")), 2 * NEW_TOTAL)

    @mute_logger(*REFUSED)
    def test_payos_another_amount_is_sent_back(self):
        tx = self._begin(self.payos)
        self.assertEqual(self._hook(self._message(tx, amount=5000)).status_code, 200)
        payment = tx.kdc_gateway_payment_ids
        with self.assertRaises(UserError):
            payment.with_user(self.user_accountant)._decide_returned(" ")
        self._decide(payment, "returned", note="Hoàn tiền 22/11")
        self.assertEqual(
            (payment.state, payment.decided_by_id, tx._kdc_stage()), ("returned", self.user_accountant, "ended")
        )
        with self.assertRaises(UserError):
            payment.with_user(self.user_accountant)._decide_book(self.account_a)
        self.assertFalse(self._receipts())

    @mute_logger(*REFUSED)
    def test_payos_forged_and_nonsense(self):
        tx = self._begin(self.payos)
        for message in (self._message(tx, choice="forged"), {}, [], 5, {"data": 1}, b"\xff\xfe", b"{" * 70_000):
            self.assertEqual(self._hook(message).status_code, 401)
        self.assertEqual((tx.state, self._receipts().ids), ("draft", []))

    @mute_logger(*REFUSED)
    def test_payos_tries_out_the_address(self):
        """What it sends when the address is registered is signed but about nothing: it must be answered with 200."""
        order = stand_in.Order("payos", "123", 3000, "VQRIO123", "")
        self.assertEqual(self._hook(self.other_side.payos_message(order, "paid", "TF1", 3000)).status_code, 200)
        self.assertFalse(self.env["kdc.gateway.payment"].search([("number", "=", "TF1")]))

    @mute_logger(*REFUSED)
    def test_payos_refuses(self):
        self.payos.kdc_payos_checksum_key = "d" * 64
        with self.assertRaises(ValidationError):
            self._begin(self.payos)

    # -- asking ------------------------------------------------------------------------------------------

    def _forgotten(self, provider, minutes):
        tx = self._begin(provider)
        self._order(tx)
        then = fields.Datetime.now() - timedelta(minutes=minutes)
        tx.flush_recordset()
        self.env.cr.execute("UPDATE payment_transaction SET create_date = %s WHERE id = %s", [then, tx.id])
        tx.invalidate_recordset()
        return tx

    def _ask(self):
        with self.enter_registry_test_mode():
            self.env.ref("kdc_utilities_payment.ir_cron_ask_gateways").method_direct_trigger()
        self.env.invalidate_all()

    def test_the_notification_never_came(self):
        paid, open_one = self._forgotten(self.vnpay, 6), self._forgotten(self.payos, 6)
        fresh = self._begin()
        self._order(paid).payments.append(("555", NEW_TOTAL))
        self._ask()
        self.assertEqual((paid.state, open_one.state, fresh.kdc_asked_on), ("done", "draft", False))
        self.assertEqual(self._receipts().gateway_number, "555")
        self.assertEqual(self._notify(self._ipn(paid, number="555")), "02", "When it comes after all.")
        asked = open_one.kdc_asked_on
        self._ask()
        self.assertEqual(open_one.kdc_asked_on, asked, "Not asked again at once.")

    def test_part_of_the_amount_found_by_asking(self):
        with mute_logger(*REFUSED):
            tx = self._forgotten(self.payos, 6)
            self._order(tx).payments += [("FT1", 5000), ("FT2", NEW_TOTAL - 5000)]
            self._ask()
        self.assertEqual(tx.kdc_gateway_payment_ids.mapped("reason"), ["amount", "amount"])
        for payment in tx.kdc_gateway_payment_ids:
            self._decide(payment, "book")
        self.assertEqual(sum(self._receipts().mapped("amount")), NEW_TOTAL)

    @mute_logger(*REFUSED)
    def test_one_bad_answer_does_not_stop_asking(self):
        """A page for people instead of JSON, JSON of another shape, a broken connection, an error of our own."""
        bad = (requests.JSONDecodeError("Expecting value", "<html>", 0), ["x"], "x",
               requests.exceptions.ChunkedEncodingError("cut"), RuntimeError("ours"))  # fmt: skip
        asked = {self._forgotten(self.vnpay, 6): answer for answer in bad}
        last = self._forgotten(self.payos, 6)
        self._order(last).payments.append(("FT1", NEW_TOTAL))
        answers = {tx.reference: answer for tx, answer in asked.items()}

        def answer(_provider, method, endpoint, *, json=None, **_kwargs):
            if endpoint:
                return self._answer_for_payos(method, endpoint, json=json)
            found = answers[json["vnp_TxnRef"]]
            if isinstance(found, Exception):
                raise found
            return found

        self.patch(type(self.vnpay), "_send_api_request", answer)
        self._ask()
        self.assertEqual(last.state, "done")
        for tx in asked:
            self.assertEqual((tx.state, bool(tx.kdc_asked_on)), ("draft", True))

    @mute_logger(*REFUSED)
    def test_a_page_for_people_when_a_payment_is_begun(self):
        """The resident is told that the gateway does not answer."""
        self._begin(self.payos)
        self.patch(type(self.payos), "_send_api_request", lambda *_args, **_kw: "<html>")
        with self.assertRaises(ValidationError):
            self.env["payment.transaction"]._kdc_begin(self.payos, self.new_a)

    @mute_logger(*REFUSED)
    def test_number_of_another_payment(self):
        """The gateway uses a number twice: what it reports is not lost, a person looks at it."""
        first, second = self._begin(), self._begin(bill=self.new_b)
        self.assertEqual(self._notify(self._ipn(first)), "00")
        self.assertEqual([self._notify(self._ipn(second)) for _time in range(2)], ["00", "02"])
        payment = second.kdc_gateway_payment_ids
        self.assertEqual((payment.state, payment.reason, payment.repeats), ("open", "number", 1))
        self.assertIn(second.reference, payment.number)
        self.assertEqual(self._notify(self._ipn(first)), "02")

    @mute_logger(*REFUSED)
    def test_paid_without_a_number(self):
        for tx in (self._begin(), self._begin()):
            self.assertEqual(self._notify(self._ipn(tx, number="0")), "99")
            self.assertEqual((tx.state, tx.kdc_gateway_payment_ids.ids), ("draft", []))

    def test_given_up(self):
        tx = self._forgotten(self.payos, 20)
        self._order(tx).ended = True
        unknown = self._forgotten(self.vnpay, 60)
        unknown.kdc_expires = fields.Datetime.now() - timedelta(minutes=40)
        self.other_side.orders.pop(("vnpay", unknown.reference))
        self._ask()
        self.assertEqual((tx.state, unknown.state), ("cancel", "cancel"))
        self.assertEqual(tx._kdc_stage(), "ended")

    # -- decisions and guards ----------------------------------------------------------------------------

    def _decide(self, payment, step, **vals):
        wizard = self.env["kdc.gateway.payment.decide"].with_user(self.user_accountant)
        wizard = wizard.create({"payment_id": payment.id, "step": step, **vals})
        if step == "book":
            self.assertEqual(wizard.account_id, self.account_a)
            self.assertTrue(wizard.preview)
        wizard.action_confirm()

    @mute_logger(*REFUSED)
    def test_the_preview_shows_only_customers_of_the_ward(self):
        self._notify(self._ipn(self._begin(), amount=1000))
        payment = self.env["kdc.gateway.payment"].search([("number", "=", "14000001")])
        wizard = self.env["kdc.gateway.payment.decide"].with_user(self.user_accountant)
        wizard = wizard.create({"payment_id": payment.id, "step": "book"})
        self.assertTrue(wizard.preview)
        other = self.env["res.company"].create({"name": "Phường khác"})
        self.env.cr.execute(
            "UPDATE kdc_customer_account SET company_id = %s WHERE id = %s", [other.id, self.account_a.id]
        )
        self.env.invalidate_all()
        self.assertFalse(wizard.preview)

    def test_receipt_of_an_online_payment_stays(self):
        self._notify(self._ipn(self._begin()))
        receipt = self._receipts()
        with self.assertRaisesRegex(UserError, "at the gateway"):
            receipt.with_user(self.user_accountant)._cancel("Nhầm")
        with self.assertRaises(UserError):
            receipt.payment_id.move_id.with_user(self.user_accountant).button_draft()
        with self.assertRaises(UserError):
            self.env["kdc.gateway.payment"].search([]).unlink()

    @mute_logger("odoo.sql_db")
    def test_in_the_database(self):
        self._notify(self._ipn(self._begin()))
        payment = self.env["kdc.gateway.payment"].search([("number", "=", "14000001")])
        for statement in (
            "UPDATE kdc_gateway_payment SET receipt_id = NULL WHERE id = %s",
            "UPDATE kdc_gateway_payment SET state = 'open' WHERE id = %s",
            "UPDATE kdc_gateway_payment SET amount = 0 WHERE id = %s",
            "UPDATE kdc_receipt SET gateway_number = NULL WHERE id = (SELECT receipt_id FROM kdc_gateway_payment "
            "WHERE id = %s)",
        ):
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.env.cr.execute(statement, [payment.id])
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            payment.copy({"number": payment.number, "receipt_id": False, "state": "open"})

    def test_gateway_in_use_is_reached_encrypted(self):
        with self.assertRaises(ValidationError):
            self.vnpay.state = "enabled"
        with self.assertRaises(ValidationError):
            self.vnpay.kdc_api_url = "ftp://gateway.example"

    def test_secrets_are_the_systems(self):
        for user in (self.user_accountant, self.user_approver, self.user_portal_a):
            with self.assertRaises(AccessError):
                self.vnpay.with_user(user).read(["kdc_vnpay_secret"])

    def test_pdf_says_how_it_was_paid(self):
        self._notify(self._ipn(self._begin()))
        pdf = self.env["kdc.receipt.pdf"]
        self.assertTrue(pdf._render(self._receipts(), copy=True).startswith(b"%PDF-"))
        self.assertTrue(pdf._render(self._receipts(), layout="roll", copy=True).startswith(b"%PDF-"))
        self.assertEqual(pdf._collected_words(self._receipts())[1], "VNPay, 14000001")
