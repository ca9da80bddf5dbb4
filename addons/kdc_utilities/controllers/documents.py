"""Printed documents for the staff."""

from odoo import http
from odoo.exceptions import AccessError
from odoo.http import request

from .bills import ResidentBills

#: One file for a residential group of a large ward; more is a mistake.
DOCUMENT_LIMIT = 2000


class StaffDocuments(ResidentBills):
    """PDFs of bills, receipts, counted drawers and meters, for whoever may read them in the web client."""

    @http.route("/kdc/bills/pdf", type="http", auth="user", methods=["GET"])
    def staff_bills_pdf(self, ids="", **_kwargs):
        """Give the chosen bills as one PDF."""
        bills = self._records("account.move", ids, [("kdc_account_id", "!=", False), ("state", "=", "posted")])
        # sudo: found with the reader's own rules; names of services and accounts are printed.
        return self._pdf(request.env["kdc.bill.pdf"]._render(bills.sudo()), f"hoa-don-{len(bills)}")

    @http.route("/kdc/receipts/pdf", type="http", auth="user", methods=["GET"])
    def staff_receipts_pdf(self, ids="", layout="a5", **_kwargs):
        """Give the chosen receipts as one PDF and count the print, so that repeats are marked as copies."""
        receipts = self._records("kdc.receipt", ids, [])
        layout = layout if layout in ("a5", "roll") else "a5"
        return self._pdf(
            # sudo: as above; the counter of prints is written too.
            request.env["kdc.receipt.pdf"]._render(receipts.sudo(), layout=layout),
            receipts.name if len(receipts) == 1 else f"phieu-thu-{len(receipts)}",
        )

    @http.route("/kdc/meters/verification", type="http", auth="user", methods=["GET"])
    def staff_meters_to_verify(self, ids="", **_kwargs):
        """Give the chosen meters as the list for whoever fetches them."""
        meters = self._records("kdc.meter", ids, [("date_verification", "!=", False)])
        # sudo: found with the reader's own rules; names of customers and areas are printed.
        return self._pdf(request.env["kdc.meter.verification.pdf"]._render(meters.sudo()), f"kiem-dinh-{len(meters)}")

    @http.route("/kdc/cash-sessions/pdf", type="http", auth="user", methods=["GET"])
    def staff_cash_sheets_pdf(self, ids="", **_kwargs):
        """Give the count sheets of the chosen cash sessions as one PDF."""
        sessions = self._records("kdc.cash.session", ids, [])
        # sudo: found with the reader's own rules; names of desk and people are printed.
        return self._pdf(request.env["kdc.cash.sheet.pdf"]._render(sessions.sudo()), f"kiem-ke-quy-{len(sessions)}")

    def _records(self, model, ids, domain):
        """Return the records of a comma separated list that the reader may see, in that order."""
        numbers = [int(part) for part in ids.split(",") if part.isascii() and part.isdigit() and len(part) < 12]
        try:
            records = request.env[model].search([("id", "in", numbers[:DOCUMENT_LIMIT]), *domain])
        except AccessError:
            raise request.not_found() from None
        if not records:
            raise request.not_found()
        rank = {number: place for place, number in enumerate(numbers)}
        return records.sorted(lambda record: rank[record.id])
