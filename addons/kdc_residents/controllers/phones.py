"""The reader's own telephone numbers: add one, prove it with a code."""

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .light import LightController

MAX_NUMBERS = 5


class ResidentPhones(LightController):
    """``/my/phones``: works as plain forms; a foreign number does not exist for the reader."""

    def _phones_resident(self):
        resident = self._light_resident()
        if not resident:
            raise request.not_found()
        return resident

    def _phones_line(self, line_id):
        """Return one of the reader's own numbers, in sudo, or answer that there is none."""
        line = (
            request.env["kdc.resident.phone"]
            .sudo()  # sudo: residents have no right on the list; the search is bound to the reader.
            .search([("id", "=", line_id), ("resident_id", "=", self._phones_resident().id)])
        )
        if not line:
            raise request.not_found()
        return line

    def _phones_values(self, resident, **values):
        lines = resident.phone_ids
        return {
            "lines": lines,
            "main": resident.phone,
            "listed": resident.phone in lines.mapped("number"),
            "full": len(lines) >= MAX_NUMBERS,
            "errors": {},
            "typed": "",
            **values,
        }

    @http.route("/my/phones", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_phones(self, **_kwargs):
        """List the numbers, say which one is used, offer to add one."""
        return self._light_render("kdc_residents.portal_phones", self._phones_values(self._phones_resident()))

    @http.route("/my/phones", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def resident_phones_add(self, number="", **_kwargs):
        """Keep a number and lead to its code; the number in use can be entered again to prove it."""
        resident = self._phones_resident()
        lines = resident.phone_ids
        try:
            vals = lines._normalize_vals({"number": number.strip()[:30]})
            if not vals["number"]:
                raise UserError(request.env._("Please enter the phone number."))
            line = lines.filtered(lambda known: known.number == vals["number"])
            if not line and len(lines) >= MAX_NUMBERS:
                raise UserError(request.env._("Five numbers are kept. Please remove one first."))
            line = line or lines.create({"resident_id": resident.id, "number": vals["number"]})
        except UserError as error:
            values = self._phones_values(resident, errors={"number": error.args[0]}, typed=number)
            return self._light_invalid("kdc_residents.portal_phones", values)
        return self._light_redirect(f"/my/phones/{line.id}")

    @http.route("/my/phones/<int:line_id>", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_phone(self, line_id, **_kwargs):
        """Show one number: send a code, enter it, remove the number."""
        return self._light_render("kdc_residents.portal_phone", {"line": self._phones_line(line_id), "errors": {}})

    @http.route(
        "/my/phones/<int:line_id>/send", type="http", auth="user", website=True, sitemap=False, methods=["POST"]
    )
    def resident_phone_send(self, line_id, **_kwargs):
        """Send a code."""
        line = self._phones_line(line_id)
        try:
            line._send_code()
        except UserError as error:
            values = {"line": line, "errors": {"code": error.args[0]}}
            return self._light_invalid("kdc_residents.portal_phone", values)
        self._light_flash(request.env._("A code is on its way. It is valid for ten minutes."))
        return self._light_redirect(f"/my/phones/{line.id}")

    @http.route(
        "/my/phones/<int:line_id>/code", type="http", auth="user", website=True, sitemap=False, methods=["POST"]
    )
    def resident_phone_code(self, line_id, code="", **_kwargs):
        """Check the code."""
        line = self._phones_line(line_id)
        try:
            proved = line._enter_code(code[:20])
            message = "" if proved else request.env._("This code is not right. Please look at the message again.")
        except UserError as error:
            message = error.args[0]
        if message:
            values = {"line": line, "errors": {"code": message}}
            return self._light_invalid("kdc_residents.portal_phone", values)
        # The session token depends on the login: renew it, or the person would be signed out here.
        request.session.session_token = request.env.user._compute_session_token(request.session.sid)
        self._light_flash(request.env._("The number is proved. Notices go there, and you sign in with it."))
        return self._light_redirect("/my/phones")

    @http.route(
        "/my/phones/<int:line_id>/remove", type="http", auth="user", website=True, sitemap=False, methods=["POST"]
    )
    def resident_phone_remove(self, line_id, **_kwargs):
        """Forget a number that is not in use."""
        line = self._phones_line(line_id)
        if line.verified_date or line.is_main:
            message = request.env._("This number is in use. Prove another one first.")
            return self._light_invalid("kdc_residents.portal_phone", {"line": line, "errors": {"code": message}})
        line.unlink()
        self._light_flash(request.env._("The number was removed."))
        return self._light_redirect("/my/phones")
