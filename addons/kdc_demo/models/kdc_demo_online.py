from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.kdc_utilities_payment.engine.answer import Answer
from odoo.addons.kdc_utilities_payment.models.payment_provider import TRIAL
from odoo.addons.kdc_utilities_payment.tools import stand_in


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_online(self):
        """Both gateways in test mode; yesterday one bill was paid online, and one with another amount than asked for.

        The residents see the gateways only while the stand-in runs: ``./kdc demo`` starts it and shows them.
        """
        company = self.env.ref("base.main_company")
        # sudo: what the administrator of a real ward never sets: receipts of this database are worth nothing
        self.env["ir.config_parameter"].sudo().set_param(TRIAL, "1")
        vnpay = self._make_gateway(company, "kdc_vnpay", {
            "kdc_vnpay_shop": stand_in.VNPAY_SHOP, "kdc_vnpay_secret": stand_in.VNPAY_SECRET,
            "kdc_page_url": "http://127.0.0.1:8099/vnpay/pay", "kdc_api_url": "http://127.0.0.1:8099/vnpay/query",
        })  # fmt: skip
        self._make_gateway(company, "kdc_payos", {
            "kdc_payos_client": stand_in.PAYOS_CLIENT, "kdc_payos_api_key": stand_in.PAYOS_API_KEY,
            "kdc_payos_checksum_key": stand_in.PAYOS_CHECKSUM, "kdc_api_url": "http://127.0.0.1:8099/payos",
        })  # fmt: skip
        bills = self._bills_for_transfers(company)
        if len(bills) < 4:
            return
        yesterday = fields.Date.context_today(self) - timedelta(days=1)
        with self._at(yesterday, 19, 40):
            for bill, missing, number in ((bills[-1], 0, "14500117"), (bills[-2], 20_000, "14500123")):
                tx = self.env["payment.transaction"]._kdc_begin(vnpay, bill)
                tx._kdc_hear(Answer(tx.reference, round(tx.amount) - missing, "paid", number, "00", yesterday))

    @api.model
    def _make_gateway(self, company, code, vals):
        """Switch a gateway of a ward on in test mode; return it."""
        gateway = (
            # sudo: gateways and their secrets are the administrator's
            self.env["payment.provider"].sudo().search([("code", "=", code), ("company_id", "=", company.id)], limit=1)
        )
        gateway.write({**vals, "state": "test"})
        return gateway
