from urllib.parse import parse_qsl, urlsplit

from odoo.addons.kdc_utilities.tests.collection_common import CollectionCommon

from ..models.payment_provider import TRIAL
from ..tools import stand_in

PAGE = "http://127.0.0.1:1/vnpay/pay"


class OnlineCommon(CollectionCommon):
    """Two households with two bills each, both gateways in test mode, and the stand-in's side of the protocols.

    The messages of the stand-in are signed by its own code, which shares nothing with ours.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param(TRIAL, "1")
        cls.vnpay = cls._gateway("kdc_vnpay", {
            "kdc_vnpay_shop": stand_in.VNPAY_SHOP, "kdc_vnpay_secret": stand_in.VNPAY_SECRET, "kdc_page_url": PAGE,
            "kdc_api_url": "http://127.0.0.1:1/vnpay/query",
        })  # fmt: skip
        cls.payos = cls._gateway("kdc_payos", {
            "kdc_payos_client": stand_in.PAYOS_CLIENT, "kdc_payos_api_key": stand_in.PAYOS_API_KEY,
            "kdc_payos_checksum_key": stand_in.PAYOS_CHECKSUM, "kdc_api_url": "http://127.0.0.1:1/payos",
        })  # fmt: skip

    def setUp(self):
        super().setUp()
        self.other_side = stand_in.Gateway("http://shop.example")

    @classmethod
    def _gateway(cls, code, vals):
        provider = cls.env["payment.provider"].search([("code", "=", code), ("company_id", "=", cls.company.id)])
        provider = provider or cls.env["payment.provider"].search([("code", "=", code)], limit=1).copy(
            {"company_id": cls.company.id}
        )
        provider.write({**vals, "state": "test", "is_published": True})
        return provider

    def _begin(self, provider=None, bill=None):
        """Begin to pay a bill; payOS is answered by the stand-in."""
        provider = provider or self.vnpay
        self.patch(type(provider), "_send_api_request", self._answer_for_payos)
        return self.env["payment.transaction"]._kdc_begin(provider, bill or self.new_a)

    def _answer_for_payos(self, method, endpoint, *, json=None, **_kwargs):
        headers = {"x-client-id": stand_in.PAYOS_CLIENT, "x-api-key": stand_in.PAYOS_API_KEY}
        if method == "POST" and endpoint == "/v2/payment-requests":
            return self.other_side.payos_create(json, headers, "http://stand-in.example")
        if method == "POST":
            return self.other_side.vnpay_query(json)
        return self.other_side.payos_status(endpoint.rsplit("/", 1)[1])

    def _order(self, tx):
        """Return the order as the gateway knows it."""
        if tx.provider_code == "kdc_payos":
            return self.other_side.orders["payos", tx.kdc_order_code]
        return self.other_side.vnpay_order(urlsplit(tx.kdc_checkout_url).query)

    def _ipn(self, tx, number="14000001", amount=None, choice="paid", **changes):
        """Return the parameters of a notification of VNPay."""
        order = self._order(tx)
        pairs = self.other_side.vnpay_result(order, choice, number, order.amount if amount is None else amount)
        return dict(pairs) | changes

    def _receipts(self, account=None):
        return self.env["kdc.receipt"].search(
            [("account_id", "=", (account or self.account_a).id), ("gateway_number", "!=", False)], order="id"
        )

    @staticmethod
    def _query(url):
        return dict(parse_qsl(urlsplit(url).query))
