"""A resident computes a bill again, or says that a line of it is wrong."""

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request
from psycopg2 import IntegrityError

from .bills import ResidentBills

#: Characters: shorter says nothing, longer is a letter for the office.
SHORTEST, LONGEST = 10, 1000


class ResidentDisputes(ResidentBills):
    """``/my/bills/<id>/check`` and ``/my/bills/<id>/dispute``, for bills of the reader's household only."""

    @http.route("/my/bills/<int:move_id>/check", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_bill_check(self, move_id, **_kwargs):
        """Compute the bill again with the engine that made it, and say whether it is equal."""
        bill = self._bill(move_id)
        if not bill.kdc_explanation:
            raise request.not_found()
        values = {"bill": bill, "row": self._bill_row(bill), "check": bill._kdc_recompute()}
        return self._light_render("kdc_utilities.portal_bill_check", values)

    @http.route(
        "/my/bills/<int:move_id>/dispute", type="http", auth="user", website=True, sitemap=False,
        methods=["GET", "POST"],
    )  # fmt: skip
    def resident_bill_dispute(self, move_id, line="", text="", **_kwargs):
        """Show the form and take what is typed into it."""
        bill = self._bill(move_id)
        if bill.state != "posted" or not bill.kdc_explanation:
            raise request.not_found()
        lines = self._disputable(bill)
        text = text.strip()
        values = {"bill": bill, "row": self._bill_row(bill), "lines": lines, "line": line, "text": text, "errors": {}}
        values["longest"] = LONGEST
        if request.httprequest.method != "POST":
            return self._light_render("kdc_utilities.portal_bill_dispute", values)
        errors = values["errors"] = self._dispute_errors(lines, line, text)
        if not errors:
            chosen = next(item for item in lines if item["key"] == line)
            try:
                with request.env.cr.savepoint():
                    # sudo: the bill is the reader's own and the line is on it; residents have no right on disputes.
                    request.env["kdc.bill.dispute"].sudo()._open(
                        bill, request.env.user.partner_id, chosen["service"], chosen["charge"], text
                    )
            except UserError as error:
                errors["text"] = str(error)
            except IntegrityError:
                errors["line"] = request.env._("This line is already in question. The office will answer.")
        if errors:
            return self._light_invalid("kdc_utilities.portal_bill_dispute", values)
        self._light_flash(request.env._("Your question reached the office. The answer will appear on this page."))
        return self._light_redirect(f"/my/bills/{bill.id}")

    def _dispute_errors(self, lines, line, text):
        errors = {}
        if line not in [item["key"] for item in lines]:
            errors["line"] = request.env._("Please choose the line that you think is wrong.")
        if not SHORTEST <= len(text) <= LONGEST:
            errors["text"] = request.env._(
                "Please say in %(shortest)s to %(longest)s characters what is wrong.",
                shortest=SHORTEST,
                longest=LONGEST,
            )
        return errors

    def _disputable(self, bill):
        """Return the lines of a bill that may be questioned, as dicts for the page.

        Not what is in question already, was found wrong, or was answered twice; ``earlier`` is what was refused once.
        """
        taken = {
            (dispute.service_code, dispute.charge_code)
            for dispute in bill.kdc_dispute_ids
            if dispute.state in ("open", "accepted") or dispute.earlier_id
        }
        # sudo: the answers to the reader's own household, which stand on the bill
        before = request.env["kdc.bill.dispute"].sudo()._answered_before(bill)
        return [
            {
                "key": f"{service}/{charge}", "service": service, "charge": charge, "name": words, "amount": amount,
                "earlier": before.get((service, charge)),
            }
            for (service, charge), (words, amount) in bill._kdc_disputable().items()
            if (service, charge) not in taken
        ]  # fmt: skip
