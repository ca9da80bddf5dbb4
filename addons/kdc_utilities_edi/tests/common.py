from unittest.mock import patch

import requests
from odoo import Command
from odoo.addons.kdc_utilities.tests.collection_common import CollectionCommon

from .sinvoice_server import SinvoiceServer

SINVOICE = "https://api-vinvoice.viettel.vn"
#: Waste of a household of three (vietnam.md §3.3): 44,000 with 8 % VAT inside.
WASTE, WASTE_NET, WASTE_TAX = 44_000, 40_741, 3_259


class EinvoiceCommon(CollectionCommon):
    """A ward with a contract for e-invoices; SInvoice is a stand-in on this machine."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.env["l10n_vn_edi_viettel.sinvoice.template"].create(
            {"name": "1/001", "template_invoice_type": "1"}
        )
        cls.symbol = cls.env["l10n_vn_edi_viettel.sinvoice.symbol"].create(
            {"name": "K26TKD", "invoice_template_id": cls.template.id}
        )
        cls.env["ir.default"].set("res.partner", "l10n_vn_edi_symbol", cls.symbol.id, company_id=cls.company.id)
        cls.company.write(
            {
                "street": "1 Trần Phú",
                "state_id": cls.env.ref("base.state_vn_VN-34").id,
                "country_id": cls.env.ref("base.vn").id,
                "vat": "0100109106",
                "l10n_vn_edi_username": "phuong",
                "l10n_vn_edi_password": "right",
            }
        )
        cls.bill = cls.new_a
        cls.server = SinvoiceServer()
        cls.addClassCleanup(cls.server.stop)
        send = requests.request

        def to_the_stand_in(method, url, **kwargs):
            return send(method, url.replace(SINVOICE, cls.server.url), **kwargs)

        patcher = patch("odoo.addons.l10n_vn_edi_viettel.models.account_move.requests.request", to_the_stand_in)
        patcher.start()
        cls.addClassCleanup(patcher.stop)

    def setUp(self):
        super().setUp()
        server = self.server
        for kept in (server.invoices, server.documents, server.calls, server.trouble, server.cancelled, server.paid):
            kept.clear()

    @classmethod
    def _ask(cls, bill, origin="counter"):
        """Ask for the e-invoice of a bill; its job waits."""
        return cls.env["kdc.einvoice"]._request(bill, origin)

    def _make(self, bill):
        """Ask for the e-invoice of a bill and do the work."""
        request = self._ask(bill)
        request._job_send()
        return request

    @classmethod
    def _jobs(cls, request):
        """Return the background jobs that wait to make an e-invoice."""
        return cls.env["queue.job"].search([("identity_key", "=like", f"kdc.einvoice-{request.id}-%")])

    @classmethod
    def _own_water(cls):
        """Let the ward's own unit sell the water, and its fee stay a fee for somebody else."""
        water = cls.services.filtered(lambda service: service.code == "NUOC")
        income = cls.env["account.account"].search(
            [("company_ids", "in", cls.company.id), ("internal_group", "=", "income")], limit=1
        )
        # The account first: the kind of money cannot change where bills are booked as money of others.
        water.product_id.with_company(cls.company).property_account_income_id = income
        water.money_kind = "gia_dich_vu"
        return water

    @classmethod
    def _issue_again(cls, account):
        """Cancel the bill of this month of an account and issue it anew by a run for this account alone."""
        bill = cls.new_bills.filtered(lambda move: move.kdc_account_id == account)
        bill._kdc_cancel("Thử lại")
        run = cls.env["kdc.billing.run"].create(
            {"company_id": cls.company.id, "period": cls.this_month, "area_ids": [Command.set(account.area_id.ids)]}
        )
        run.action_compute()
        run.line_ids._issue()
        return run.line_ids.move_id.filtered(lambda move: move.kdc_account_id == account)
