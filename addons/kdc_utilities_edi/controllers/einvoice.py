"""A resident asks for the e-invoice of a bill and fetches it."""

from odoo import http
from odoo.addons.kdc_residents.tools.private_file import private_file
from odoo.addons.kdc_utilities.controllers.bills import ResidentBills
from odoo.http import request

FIELDS = ("kind", "name", "tax_code", "number", "address", "email")
#: Files of `l10n_vn_edi_viettel` by the ending of their address.
FILES = {"pdf": "l10n_vn_edi_sinvoice_pdf_file_id", "xml": "l10n_vn_edi_sinvoice_xml_file_id"}


class ResidentEinvoice(ResidentBills):
    """``/my/bills/<id>/einvoice``, for bills of the reader's household only."""

    @http.route(
        "/my/bills/<int:move_id>/einvoice", type="http", auth="user", website=True, sitemap=False,
        methods=["GET", "POST"],
    )  # fmt: skip
    def resident_einvoice(self, move_id, **post):
        """Show the form for the buyer and take what is typed into it."""
        bill = self._bill(move_id)
        if bill._kdc_einvoice_problem() or bill.kdc_einvoice_state not in (False, "failed"):
            raise request.not_found()
        account = bill.kdc_account_id
        known = account.einvoice_partner_id == request.env.user.partner_id and account.einvoice_number_masked
        values = {"bill": bill, "row": self._bill_row(bill), "errors": {}, "known": known}
        if request.httprequest.method == "GET":
            buyer = account._kdc_buyer()
            # The number is not shown again: whoever opens the page may not be who gave it.
            buyer |= {"kind": "organisation" if buyer["tax_code"] else "person", "number": ""}
            values |= {"buyer": buyer, "always": account.einvoice_wish == "always"}
            return self._light_render("kdc_utilities_edi.portal_einvoice_form", values)
        buyer, errors = account._kdc_check_buyer({name: post.get(name, "") for name in FIELDS})
        always = bool(post.get("always"))
        if errors:
            values |= {"buyer": buyer, "always": always, "errors": errors}
            return self._light_invalid("kdc_utilities_edi.portal_einvoice_form", values)
        if buyer["kind"] == "person" and not buyer["number"] and known:
            buyer["number"] = account._kdc_buyer_number() or ""
        account._kdc_set_buyer(buyer, request.env.user.partner_id, always)
        # sudo: the bill is the reader's own; residents have no right on the register.
        request.env["kdc.einvoice"].sudo()._request(bill, "resident", request.env.user.partner_id)
        self._light_flash(request.env._("Your e-invoice is being made. It will appear on this page."))
        return self._light_redirect(f"/my/bills/{bill.id}")

    @http.route(
        "/my/bills/<int:move_id>/einvoice.<string:ending>", type="http", auth="user", website=True, sitemap=False,
        methods=["GET"],
    )  # fmt: skip
    def resident_einvoice_file(self, move_id, ending, **_kwargs):
        """Give the e-invoice as PDF or XML."""
        bill = self._bill(move_id)
        document = ending in FILES and bill[FILES[ending]]
        if not document:
            raise request.not_found()
        return private_file(document.raw, f"{bill.l10n_vn_edi_invoice_number}.{ending}")
