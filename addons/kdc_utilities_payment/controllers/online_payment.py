"""Paying a bill online: the residents' pages, and what the gateways send us."""

import json
import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, fields, http
from odoo.addons.kdc_residents.engine.qr import svg_path as qr_path
from odoo.addons.kdc_utilities.controllers.bills import ResidentBills
from odoo.exceptions import ValidationError
from odoo.http import request

from ..engine import payos, vnpay
from ..engine.answer import GatewayError

_logger = logging.getLogger(__name__)

#: So often a household may begin to pay one bill within an hour; more is no payer.
BEGINNINGS = 10
#: A notification is some hundred bytes.
NOTIFICATION_LIMIT = 64 * 1024


class OnlinePayment(ResidentBills):
    """``/my/bills/<bill>/pay`` and what follows; a payment of another household does not exist for the reader."""

    @http.route()
    def resident_bill(self, move_id, **kwargs):
        """Let the form of the bill lead to the pages of the gateways that it offers, and nowhere else."""
        response = super().resident_bill(move_id, **kwargs)
        origins = " ".join(filter(None, (gateway["origin"] for gateway in response.qcontext.get("gateways", ()))))
        if origins:
            policy = response.headers["Content-Security-Policy"]
            response.headers["Content-Security-Policy"] = policy.replace(
                "form-action 'self'", f"form-action 'self' {origins}"
            )
        return response

    def _bill_page(self, bill):
        values = super()._bill_page(bill)
        if not values["unpaid"]:
            return values
        # sudo: residents read no gateway; names, and where the form leads, are shown.
        providers = request.env["payment.provider"].sudo()._kdc_offered(bill.company_id, bill.amount_residual)
        return values | {
            "gateways": [
                {"id": one.id, "name": one.name, "test": one.state == "test", "origin": one._kdc_origin()}
                for one in providers
            ],
            "begun": self._payment_begun(bill) if providers else None,
        }

    def _payment_begun(self, bill):
        """Return the last payment of this bill that is still waited for, in sudo."""
        # sudo: the bill was found for this reader
        return request.env["payment.transaction"].sudo().search([
            ("invoice_ids", "in", bill.ids), ("state", "in", ("draft", "pending")),
            ("kdc_expires", ">", fields.Datetime.now()),
        ], limit=1)  # fmt: skip

    @http.route("/my/bills/<int:move_id>/pay", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def resident_bill_pay(self, move_id, gateway="", **_kwargs):
        """Begin to pay what is left of the bill, and lead to the gateway."""
        bill = self._bill(move_id)
        back = f"/my/bills/{bill.id}"
        if bill.amount_residual <= 0:
            self._light_flash(request.env._("This bill is paid in full."), "info")
            return self._light_redirect(back)
        # sudo: as for the page of the bill
        providers = request.env["payment.provider"].sudo()._kdc_offered(bill.company_id, bill.amount_residual)
        provider = providers.filtered(lambda one: str(one.id) == gateway)
        if not provider:
            raise request.not_found()
        Transaction = request.env["payment.transaction"].sudo()  # sudo: of a bill that was found for this reader
        hour_ago = fields.Datetime.now() - timedelta(hours=1)
        if Transaction.search_count([("invoice_ids", "in", bill.ids), ("create_date", ">", hour_ago)]) >= BEGINNINGS:
            self._light_flash(
                request.env._("Too many attempts. Please try again in an hour, or use the QR code."), "warn"
            )
            return self._light_redirect(back)
        try:
            with request.env.cr.savepoint():
                tx = Transaction._kdc_begin(provider, bill)
        except ValidationError:
            self._light_flash(
                request.env._(
                    "The payment gateway does not answer at the moment. Nothing was paid. Use the QR code, or try "
                    "again later."
                ),
                "warn",
            )
            return self._light_redirect(back)
        if tx.kdc_qr:
            return self._light_redirect(tx.landing_route)
        return request.redirect(tx.kdc_checkout_url, code=303, local=False)

    @http.route(
        "/my/bills/<int:move_id>/payments/<int:tx_id>",
        type="http", auth="user", website=True, sitemap=False, methods=["GET"],
    )  # fmt: skip
    def resident_payment(self, move_id, tx_id, **_kwargs):
        """Show honestly how far a payment is: waiting for the bank, received, looked at by a person, or not paid."""
        bill = self._bill(move_id)
        tx = self._payment_of(bill, tx_id)
        stage = tx._kdc_stage()
        # Who came back from the gateway is not sent there again: that would be a second payment.
        open_page = tx.state == "draft" and tx.kdc_expires and tx.kdc_expires > fields.Datetime.now()
        return self._light_render(
            "kdc_utilities_payment.portal_payment",
            {
                "bill": bill,
                "tx": tx,
                "stage": stage,
                "gateway": tx.provider_id.name,
                "test": tx.provider_id.state == "test",
                "checkout": tx.kdc_checkout_url if open_page else None,
                "qr": qr_path(tx.kdc_qr) if open_page and tx.kdc_qr else None,
                "receipts": tx.kdc_gateway_payment_ids.receipt_id,
                "came": tx.kdc_gateway_payment_ids.filtered(lambda payment: payment.state == "open"),
            },
        )

    @http.route(
        "/my/bills/<int:move_id>/payments/<int:tx_id>/state",
        type="http", auth="user", website=True, sitemap=False, methods=["GET"],
    )  # fmt: skip
    def resident_payment_state(self, move_id, tx_id, **_kwargs):
        """Say in a few bytes how far a payment is."""
        stage = self._payment_of(self._bill(move_id), tx_id)._kdc_stage()
        news = {
            "received": request.env._("Your payment has arrived. Thank you."),
            "examined": request.env._("Your money has come to the gateway; the accountant looks at it."),
        }
        return self._live_answer(stage, news.get(stage, request.env._("This payment has ended.")))

    def _payment_of(self, bill, tx_id):
        """Return a payment of a bill that was found for this reader, in sudo; any other number does not exist."""
        # sudo: residents read no transactions; the domain lets only those of the own bill through.
        tx = request.env["payment.transaction"].sudo().search([("id", "=", tx_id), ("invoice_ids", "in", bill.ids)])
        if not tx:
            raise request.not_found()
        return tx


class GatewayController(http.Controller):
    """What comes from the gateways. What they have not signed is not believed, and none of it is written to the log."""

    # -- VNPay -------------------------------------------------------------------------------------------

    @http.route("/payment/kdc_vnpay/ipn", type="http", auth="public", methods=["GET"], csrf=False, save_session=False)
    def vnpay_notification(self, **params):
        """Answer a notification with the codes of the protocol."""
        code = self._vnpay_code(params)
        return request.make_json_response({"RspCode": code, "Message": vnpay.MESSAGES[code]})

    def _vnpay_code(self, params):
        shop, providers = self._vnpay_shop(params)
        if not shop:
            _logger.warning("A notification that VNPay has not signed was refused.")
            return vnpay.WRONG_SIGNATURE
        try:
            answer = vnpay.read_notification(params)
        except GatewayError as error:
            _logger.warning("A notification of VNPay was not understood: %s", error)
            return vnpay.UNKNOWN
        tx = providers.env["payment.transaction"]._kdc_find(providers, answer.reference)
        if not tx:
            _logger.warning("VNPay reports a payment of an order that is not ours.")
            return vnpay.NOT_FOUND
        return {"repeated": vnpay.ALREADY, "amount": vnpay.WRONG_AMOUNT}.get(tx._kdc_hear(answer), vnpay.CONFIRMED)

    @http.route("/payment/kdc_vnpay/return", type="http", auth="public", methods=["GET"], csrf=False)
    def vnpay_return(self, **params):
        """Lead the payer to the page that waits for the notification. What the browser brings settles nothing."""
        _shop, providers = self._vnpay_shop(params)
        if not providers:
            _logger.warning("A return that VNPay has not signed was led to the list of bills.")
            return request.redirect("/my/bills", code=303)
        tx = providers.env["payment.transaction"]._kdc_find(providers, params.get("vnp_TxnRef"))
        if tx.state == "draft":
            tx._set_pending()
        return request.redirect(tx.landing_route or "/my/bills", code=303)

    def _vnpay_shop(self, params):
        """Return the shop for which these parameters are signed, and the gateways (superuser) that are this shop."""
        found = self._gateways("kdc_vnpay").filtered(
            lambda provider: (
                provider.kdc_vnpay_shop
                and provider.kdc_vnpay_shop == params.get("vnp_TmnCode")
                and provider.kdc_vnpay_secret
                and vnpay.is_genuine(params, provider._kdc_shop())
            )
        )
        return (found[0]._kdc_shop(), found) if found else (None, found)

    # -- payOS -------------------------------------------------------------------------------------------

    @http.route(
        "/payment/kdc_payos/webhook", type="http", auth="public", methods=["POST"], csrf=False, save_session=False
    )
    def payos_notification(self):
        """Take in a notification: 200 when it was understood, so that the gateway need not send it again."""
        message = self._json_body()
        providers = self._gateways("kdc_payos").filtered(
            lambda provider: (
                provider.kdc_payos_checksum_key and payos.is_genuine(message, provider.kdc_payos_checksum_key)
            )
        )
        if not providers:
            _logger.warning("A notification that payOS has not signed was refused.")
            return request.make_json_response({"success": False}, status=401)
        try:
            answer = payos.read_notification(message)
        except GatewayError as error:
            _logger.warning("A notification of payOS was not understood: %s", error)
            return request.make_json_response({"success": False}, status=400)
        tx = providers.env["payment.transaction"]._kdc_find(providers, answer.reference)
        if tx:
            tx._kdc_hear(answer)
        else:
            # So payOS tries out an address when it is registered.
            _logger.warning("payOS reports a payment of an order that is not ours.")
        return request.make_json_response({"success": True})

    @staticmethod
    def _json_body():
        """Return the body as a dict; an empty one when it is no such thing."""
        if (request.httprequest.content_length or 0) > NOTIFICATION_LIMIT:
            return {}
        try:
            message = json.loads(request.httprequest.get_data(as_text=True))
        except ValueError:
            return {}
        return message if isinstance(message, dict) else {}

    @staticmethod
    def _gateways(code):
        """Return the gateways of a kind in all wards, also disabled ones: money may be reported late."""
        # The system itself hears the gateways: there is no person behind a notification.
        return request.env(user=SUPERUSER_ID)["payment.provider"].search([("code", "=", code)])
