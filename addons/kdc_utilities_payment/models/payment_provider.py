from urllib.parse import urlsplit

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import str2bool

from ..engine import vnpay

#: Our gateways, and the code of the journal in which each is kept.
CODES = {"kdc_vnpay": "VNPAY", "kdc_payos": "PAYOS"}

#: System parameter that says: this database is for trying out, its receipts are worth nothing.
TRIAL = "kdc_utilities_payment.trial"


class PaymentProvider(models.Model):
    """VNPay sends the payer to its own page; payOS makes a VietQR code that our page shows."""

    _inherit = "payment.provider"

    code = fields.Selection(
        selection_add=[("kdc_vnpay", "VNPay"), ("kdc_payos", "payOS")],
        ondelete={"kdc_vnpay": "set default", "kdc_payos": "set default"},
    )
    kdc_page_url = fields.Char(
        "Payment page", required_if_provider="kdc_vnpay", help="Where payers are sent; another one for trying it out."
    )
    kdc_api_url = fields.Char("Service", help="Where the gateway is asked; another one for trying it out.")
    kdc_vnpay_shop = fields.Char("Code of the shop (TmnCode)", required_if_provider="kdc_vnpay", copy=False)
    kdc_vnpay_secret = fields.Char(
        "Secret (HashSecret)", required_if_provider="kdc_vnpay", copy=False, groups="base.group_system"
    )
    kdc_payos_client = fields.Char("Client ID", required_if_provider="kdc_payos", copy=False)
    kdc_payos_api_key = fields.Char("API key", required_if_provider="kdc_payos", copy=False, groups="base.group_system")
    kdc_payos_checksum_key = fields.Char(
        "Checksum key", required_if_provider="kdc_payos", copy=False, groups="base.group_system"
    )

    @api.constrains("kdc_page_url", "kdc_api_url", "state")
    def _check_kdc_urls(self):
        """A live gateway is reached encrypted; a stand-in on the own machine need not be."""
        for provider in self.filtered(lambda provider: provider.code in CODES and provider.state != "disabled"):
            for url in filter(None, (provider.kdc_page_url, provider.kdc_api_url)):
                parts = urlsplit(url)
                if parts.scheme != "https" and (parts.scheme != "http" or provider.state == "enabled"):
                    raise ValidationError(
                        self.env._("%s: a gateway in use needs addresses that begin with https://.", provider.name)
                    )
            if not provider.kdc_api_url:
                raise ValidationError(self.env._("%s: write where the gateway is asked.", provider.name))

    # -- Odoo's hooks ------------------------------------------------------------------------------------

    def _get_supported_currencies(self):
        """Override of ``payment``: these gateways know the đồng only."""
        currencies = super()._get_supported_currencies()
        return currencies.filtered(lambda currency: currency.name == "VND") if self.code in CODES else currencies

    def _get_default_payment_method_codes(self):
        """Override of ``payment``: each gateway is one way to pay."""
        self.ensure_one()
        return {self.code} if self.code in CODES else super()._get_default_payment_method_codes()

    def _get_reset_values(self):
        """Override of ``payment`` to forget the contract."""
        if self.code == "kdc_vnpay":
            return {"kdc_vnpay_shop": False, "kdc_vnpay_secret": False}
        if self.code == "kdc_payos":
            return {"kdc_payos_client": False, "kdc_payos_api_key": False, "kdc_payos_checksum_key": False}
        return super()._get_reset_values()

    def _build_request_url(self, endpoint, **kwargs):
        """Override of ``payment``."""
        if self.code not in CODES:
            return super()._build_request_url(endpoint, **kwargs)
        return self.kdc_api_url.rstrip("/") + endpoint

    def _build_request_headers(self, method, endpoint, payload, **kwargs):
        """Override of ``payment``; headers are not logged."""
        if self.code != "kdc_payos":
            return super()._build_request_headers(method, endpoint, payload, **kwargs)
        return {"x-client-id": self.kdc_payos_client, "x-api-key": self.kdc_payos_api_key}

    @api.model_create_multi
    def create(self, vals_list):
        providers = super().create(vals_list)
        providers._kdc_keep_apart()
        return providers

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            self._kdc_keep_apart()
        return result

    # -- money at the gateway ----------------------------------------------------------------------------

    def _kdc_keep_apart(self):
        """Give each gateway in use a journal whose account (113, money in transit) says what the gateway owes us.

        The payment comes into it at once; the bank's statement takes it out, less the fee.
        """
        for provider in self.filtered(lambda provider: provider.code in CODES and provider.state != "disabled"):
            journal = provider._kdc_journal()
            if provider.journal_id != journal:
                provider.journal_id = journal
            # Odoo hides the line of a gateway that is switched off, but money may still be reported: then by hand.
            lines = journal.inbound_payment_method_line_ids
            lines.payment_account_id = journal.default_account_id
            lines.filtered("payment_provider_id").sequence = min(lines.mapped("sequence")) - 1

    def _kdc_journal(self):
        """Return the journal of this gateway, made on first use."""
        self.ensure_one()
        journals = self.env["account.journal"].with_company(self.company_id)
        code = CODES[self.code]
        found = journals.search([("company_id", "=", self.company_id.id), ("code", "=", code)], limit=1)
        if found:
            return found
        account = self.env["account.account"].with_company(self.company_id).create({
            "code": self.env["account.account"].with_company(self.company_id)._search_new_account_code("11389"),
            "name": f"Tiền đang chuyển – {self.name}",
            "account_type": "asset_cash",
            "company_ids": [Command.set(self.company_id.ids)],
        })  # fmt: skip
        return journals.create({
            "name": self.name, "type": "bank", "code": code, "company_id": self.company_id.id,
            "default_account_id": account.id, "show_on_dashboard": False,
        })  # fmt: skip

    # -- which ones --------------------------------------------------------------------------------------

    def _kdc_shop(self):
        """Return the contract with VNPay."""
        self.ensure_one()
        return vnpay.Shop(self.kdc_vnpay_shop or "", self.kdc_vnpay_secret or "")

    def _kdc_takes_money(self):
        """Whether a payment through this gateway may be begun.

        A gateway in test mode moves no money (the cards for trying it out are published), but each payment makes a
        receipt and settles a bill: so only in a database that is for trying out.
        """
        self.ensure_one()
        parameters = self.env["ir.config_parameter"].sudo()  # sudo: two switches of the whole database
        trial = any(
            str2bool(parameters.get_param(name) or "", False)  # who types 0 means no
            for name in (TRIAL, "database.is_neutralized")
        )
        return self.state == "enabled" or (self.state == "test" and trial)

    @api.model
    def _kdc_offered(self, company, amount):
        """Return the gateways of a ward that residents may use for this amount (VND)."""
        providers = self.search([
            ("company_id", "=", company.id), ("code", "in", list(CODES)), ("is_published", "=", True),
        ]).filtered(lambda provider: provider._kdc_takes_money())  # fmt: skip
        return providers.filtered(lambda provider: not provider.maximum_amount or amount <= provider.maximum_amount)

    def _kdc_origin(self):
        """Return scheme and host of the page that payers are sent to, or an empty string."""
        parts = urlsplit(self.kdc_page_url or "")
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc and self.code == "kdc_vnpay" else ""
