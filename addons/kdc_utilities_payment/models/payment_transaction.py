import logging
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import requests
from odoo import SUPERUSER_ID, Command, api, fields, models
from odoo.addons.payment import utils as payment_utils
from odoo.exceptions import ValidationError
from odoo.http import request
from odoo.tools import urls
from psycopg2 import OperationalError

from ..engine import payos, vnpay
from .payment_provider import CODES

_logger = logging.getLogger(__name__)

#: How long the payer has. The gateway closes its page then, and we ask it what became of it.
LINK_TIME = timedelta(minutes=15)
#: Money may be confirmed for some days after; so long the gateway is asked about what it never told.
ASK_FOR = timedelta(days=3)
ASK_AGAIN = timedelta(minutes=5)
BATCH = 20
#: An answer of which nothing can be concluded (``GatewayError`` is a ``ValueError``): not understood, a page for people
#: instead of JSON, JSON of another shape, a connection that breaks off.
UNUSABLE = (ValueError, TypeError, KeyError, AttributeError, requests.RequestException)


class PaymentTransaction(models.Model):
    """An online payment of a bill: begun by the payer, settled only by what the gateway says to us.

    What the payer's browser brings back is never believed.
    """

    _inherit = "payment.transaction"

    kdc_order_code = fields.Char("Number at payOS", readonly=True, copy=False, index="btree_not_null")
    kdc_expires = fields.Datetime("Payable until", readonly=True, copy=False)
    kdc_checkout_url = fields.Char("Page of the gateway", readonly=True, copy=False)
    kdc_qr = fields.Char("QR code of the gateway", readonly=True, copy=False)
    kdc_asked_on = fields.Datetime("Gateway asked on", readonly=True, copy=False)
    kdc_gateway_payment_ids = fields.One2many(
        "kdc.gateway.payment", "transaction_id", string="Money at the gateway", readonly=True,
        groups="kdc_utilities.group_accountant,kdc_utilities.group_approver,kdc_residents.group_auditor",
    )  # fmt: skip

    # -- beginning ---------------------------------------------------------------------------------------

    @api.model
    def _kdc_begin(self, provider, bill):
        """Begin to pay what is left of a bill and return the transaction (sudo); it says where the payer goes on.

        :raise ValidationError: the gateway cannot be reached or refuses
        """
        method = provider.with_context(active_test=False).payment_method_ids[:1]
        tx = self.create({
            "provider_id": provider.id,
            "payment_method_id": method.id,
            "reference": self._compute_reference(provider.code, prefix=bill.kdc_reference or bill.name),
            "amount": bill.amount_residual,
            "currency_id": bill.currency_id.id,
            "partner_id": bill.partner_id.id,
            "operation": "online_redirect",
            "invoice_ids": [Command.set(bill.ids)],
        })  # fmt: skip
        tx.landing_route = f"/my/bills/{bill.id}/payments/{tx.id}"
        tx._log_sent_message()
        tx._kdc_open_page()
        return tx

    def _kdc_open_page(self):
        """Ask the gateway for, or compute, the page on which this is paid, once."""
        self.ensure_one()
        if self.kdc_checkout_url:
            return
        if not self.provider_id._kdc_takes_money():
            raise ValidationError(
                self.env._(
                    "%s is in test mode, so no payment is begun here: it would make a receipt without money. Try it "
                    "out in the demo or in a copy of this database.",
                    self.provider_id.name,
                )
            )
        now = datetime.now(timezone.utc)
        expires = now + LINK_TIME
        page = self._kdc_vnpay_page if self.provider_code == "kdc_vnpay" else self._kdc_payos_page
        try:
            values = page(now, expires)
        except UNUSABLE as error:
            _logger.warning("Payment %s cannot be begun: %s", self.reference, error)
            raise ValidationError(self.env._("The payment gateway does not take this payment at the moment.")) from None
        self.write({**values, "kdc_expires": expires.replace(tzinfo=None)})

    def _kdc_vnpay_page(self, now, expires):
        order = vnpay.Order(
            reference=self.reference,
            amount=round(self.amount),
            text=f"Thanh toan hoa don {self.reference}",
            created=now,
            expires=expires,
            ip=payment_utils.get_customer_ip_address() if request else "127.0.0.1",
            return_url=urls.urljoin(self.provider_id.get_base_url(), "/payment/kdc_vnpay/return"),
        )
        return {
            "kdc_checkout_url": vnpay.payment_url(self.provider_id.kdc_page_url, self.provider_id._kdc_shop(), order)
        }

    def _kdc_payos_page(self, now, expires):
        # Day and number: a database restored from a backup does not give out the numbers of yesterday again.
        code = f"{now:%y%m%d}{self.id % 10**8:08d}"
        back = urls.urljoin(self.provider_id.get_base_url(), self.landing_route or "/my/bills")
        # No payment code of the bill: the statement of the bank must not match this transfer a second time.
        order = payos.Order(int(code), round(self.amount), f"PO{self.id % 10**7}", back, back, expires)
        key = self.provider_id.kdc_payos_checksum_key
        reply = self._send_api_request("POST", "/v2/payment-requests", json=payos.create_body(order, key))
        link = payos.read_link(reply, key, order)
        return {"kdc_order_code": code, "kdc_checkout_url": link.url, "kdc_qr": link.qr}

    def _get_specific_rendering_values(self, processing_values):
        """Override of ``payment``: the form that Odoo's own payment pages send the payer away with."""
        if self.provider_code not in CODES:
            return super()._get_specific_rendering_values(processing_values)
        self._kdc_open_page()
        parts = urlsplit(self.kdc_checkout_url)
        return {"action": f"{parts.scheme}://{parts.netloc}{parts.path}", "params": parse_qsl(parts.query)}

    # -- what the gateway says ---------------------------------------------------------------------------

    def _kdc_lock(self):
        """Wait for whoever hears the same news at the same time.

        What they have changed makes PostgreSQL report a serialization failure, upon which Odoo runs the request again.
        """
        self.ensure_one()
        self.env.cr.execute(
            "SELECT id FROM payment_transaction WHERE id = %s FOR UPDATE", [self.id], log_exceptions=False
        )
        self.invalidate_recordset()

    @api.model
    def _kdc_find(self, providers, reference):
        """Return the transaction that a gateway calls by this reference."""
        field = "kdc_order_code" if providers[:1].code == "kdc_payos" else "reference"
        return self.search([(field, "=", reference), ("provider_id", "in", providers.ids)], limit=1)

    def _kdc_hear(self, answer):
        """Take in what the gateway says about this payment, however late and however often.

        :param engine.answer.Answer answer: whose signature was checked
        :return: ``booked``, ``repeated`` (known before), ``amount`` (another amount than asked), ``noted`` (no money)
        """
        self.ensure_one()
        tx = self.with_user(SUPERUSER_ID).with_context(lang=self.partner_lang or self.company_id.partner_id.lang)
        tx._kdc_lock()
        number, of_another = tx.env["kdc.gateway.payment"]._own_number(tx, answer.number)
        answer = replace(answer, number=number)
        known = tx.kdc_gateway_payment_ids.filtered(lambda payment: payment.number == answer.number)
        if answer.outcome == "paid" and known:
            known.repeats += 1
            return "amount" if known.reason == "amount" and known.state == "open" else "repeated"
        if answer.outcome != "paid" and tx.state in ("done", "cancel", "error"):
            return "repeated"
        again = tx.state == "done"
        tx._process(tx.provider_code, answer)
        if answer.outcome != "paid":
            return "noted"
        why = "again" if again else "number" if of_another else ""
        payment = tx.env["kdc.gateway.payment"]._take_in(tx, answer, why)
        tx.is_post_processed = payment.state == "booked"  # else Odoo's job tries once more
        return "amount" if payment.reason == "amount" else "booked"

    def _extract_amount_data(self, payment_data):
        """Override of ``payment``: compared by Odoo before anything else happens."""
        if self.provider_code not in CODES:
            return super()._extract_amount_data(payment_data)
        if self.state == "done" or payment_data.outcome != "paid":
            return None  # further money for what is paid already is taken in apart
        return {"amount": payment_data.amount, "currency_code": "VND"}

    def _apply_updates(self, payment_data):
        """Override of ``payment``."""
        if self.provider_code not in CODES:
            return super()._apply_updates(payment_data)
        if payment_data.outcome == "paid" and self.state != "done" and payment_data.amount != round(self.amount):
            # Odoo looks only at payments that had not ended before.
            self._set_error(self.env._("Another amount came than was asked for."), extra_allowed_states=("cancel",))
        elif payment_data.outcome == "paid":
            self.provider_reference = self.provider_reference or payment_data.number
            # Money that comes after we gave the payment up is money all the same.
            self._set_done(extra_allowed_states=("cancel",))
        elif payment_data.outcome == "waiting":
            self._set_pending()
        elif payment_data.outcome == "cancelled":
            self._set_canceled(self.env._("Not paid: given up, or the time ran out."))
        elif payment_data.outcome == "failed":
            self._set_error(self.env._("The gateway did not take the payment (code %s).", payment_data.code))
        return None

    def _create_payment(self, **extra_create_values):
        """Override of ``account_payment``: our gateways book with a receipt, and only what they have confirmed."""
        if self.provider_code in CODES:
            return self.kdc_gateway_payment_ids._book_waiting().receipt_id.payment_id
        return super()._create_payment(**extra_create_values)

    # -- asking the gateway ------------------------------------------------------------------------------

    @api.model
    def _cron_kdc_ask_gateways(self):
        """Ask the gateways about payments that were begun and of which we heard nothing."""
        now = fields.Datetime.now()
        waiting = [
            ("provider_code", "in", list(CODES)), ("state", "in", ("draft", "pending")),
            ("create_date", ">=", now - ASK_FOR), ("create_date", "<=", now - ASK_AGAIN),
            ("kdc_expires", "!=", False),
            "|", ("kdc_asked_on", "=", False), ("kdc_asked_on", "<=", now - ASK_AGAIN),
        ]  # fmt: skip
        transactions = self.search(waiting, order="kdc_asked_on NULLS FIRST, id", limit=BATCH)
        self.env["ir.cron"]._commit_progress(remaining=len(transactions))
        for tx in transactions:
            try:
                tx._kdc_ask()
            except OperationalError:  # the notification comes at the same moment
                self.env.cr.rollback()
            except Exception:  # one payment must not keep the others from being asked about
                self.env.cr.rollback()
                _logger.exception("Asking about payment %s failed", tx.reference)
                tx.kdc_asked_on = fields.Datetime.now()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _kdc_ask(self):
        """Ask the gateway what became of this payment and take in its answer; what it does not know has ended."""
        self.ensure_one()
        self.kdc_asked_on = fields.Datetime.now()
        try:
            answers = self._kdc_vnpay_query() if self.provider_code == "kdc_vnpay" else self._kdc_payos_query()
        except (ValidationError, *UNUSABLE) as error:
            _logger.warning("Asking about payment %s failed: %s", self.reference, error)
            return
        for answer in answers:
            self._kdc_hear(answer)
        examined = any(answer.outcome == "waiting" for answer in answers)
        ended = self.kdc_expires + LINK_TIME < fields.Datetime.now()
        if self.state in ("draft", "pending") and ended and not examined:
            self._set_canceled(self.env._("Not paid: given up, or the time ran out."))

    def _kdc_vnpay_query(self):
        created = self.kdc_expires - LINK_TIME
        body = vnpay.query(
            self.provider_id._kdc_shop(), uuid4().hex, self.reference, created.replace(tzinfo=timezone.utc),
            datetime.now(timezone.utc), "127.0.0.1",
        )  # fmt: skip
        reply = self._send_api_request("POST", "", json=body)
        answer = vnpay.read_reply(reply, self.provider_id._kdc_shop(), self.reference)
        return [answer] if answer else []

    def _kdc_payos_query(self):
        reply = self._send_api_request("GET", f"/v2/payment-requests/{self.kdc_order_code}")
        return payos.read_status(reply, self.provider_id.kdc_payos_checksum_key, int(self.kdc_order_code))

    # -- what the payer sees -----------------------------------------------------------------------------

    def _kdc_stage(self):
        """Return ``received``, ``examined`` (money came, a person decides), ``waiting`` or ``ended``."""
        self.ensure_one()
        states = set(self.kdc_gateway_payment_ids.mapped("state"))
        if "open" in states:
            return "examined"
        if states:
            return "received" if "booked" in states else "ended"
        return "waiting" if self.state in ("draft", "pending", "done") else "ended"
