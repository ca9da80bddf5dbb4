"""Opening an account with the code on the paper slip."""

import ipaddress
import logging

from odoo import http
from odoo.http import request

from ..engine import activation, phone
from ..models.kdc_invitation import ActivationError
from .account import password_problems
from .light import LightController

_logger = logging.getLogger(__name__)

FORM_FIELDS = ("code", "last_four", "phone")
#: Refusals that stand at one field; the others stand above the form.
REFUSAL_FIELDS = {"expired": "code", "used": "code", "replaced": "code", "phone_taken": "phone"}


def request_source(address):
    """Return what counts as one source of guesses: an IPv4 address, or a /64 network of IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address or "unknown"
    if parsed.version == 6 and not parsed.ipv4_mapped:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


class ResidentActivation(LightController):
    """``/activate``: code, last four digits of the personal number, own phone, password twice."""

    @http.route("/activate", type="http", auth="public", website=True, sitemap=False, methods=["GET"])
    def resident_activate(self, code="", **_kwargs):
        """Show the form; the QR code on the slip fills in the code."""
        try:
            code = activation.grouped(activation.parse_code(code))
        except activation.CodeError:
            code = code[:20]
        return self._light_render("kdc_residents.portal_activate", {"values": {"code": code}, "errors": {}})

    @http.route("/activate", type="http", auth="public", website=True, sitemap=False, methods=["POST"])
    def resident_activate_submit(self, **post):
        """Open the account and go to the home page, or show the form again with everything but the passwords."""
        env = request.env
        values = {name: str(post.get(name) or "")[:64].strip() for name in FORM_FIELDS}
        password, again = str(post.get("new_password") or ""), str(post.get("new_password_again") or "")
        errors, code, login = self._activation_check(values, password, again)
        if not errors:
            password = password.strip()
            source = request_source(request.httprequest.remote_addr)
            try:
                user = env["kdc.invitation"]._redeem(code, values["last_four"], login, password, source)
            except ActivationError as refusal:
                field, message = self._activation_message(refusal.kind)
                errors[field] = message
                values["show_login"] = refusal.kind in ("exists", "used", "phone_taken")
        if errors:
            return self._light_invalid("kdc_residents.portal_activate", {"values": values, "errors": errors})
        _logger.info("Account %s opened with an activation slip from %s", user.id, request.httprequest.remote_addr)
        request.session.authenticate(env, {"login": user.login, "password": password, "type": "password"})
        self._light_flash(
            request.env._(
                "Your account is ready. From now on you sign in with the number %s and your password.",
                phone.display(login),
            )
        )
        return self._light_redirect("/my")

    def _activation_check(self, values, password, again):
        """Check what was typed without looking anything up.

        :return: messages by field, the code as twelve digits, the login
        """
        env = request.env
        errors, code, login = {}, None, None
        try:
            code = activation.parse_code(values["code"])
        except activation.CodeLengthError as error:
            errors["code"] = env._(
                "The activation code has %(expected)s digits; you typed %(count)s. Please compare it with the slip.",
                expected=activation.CODE_LENGTH,
                count=error.count,
            )
        except activation.CodeTypoError:
            errors["code"] = env._("One digit of the activation code is wrong. Please compare it with the slip.")
        digits = "".join(values["last_four"].split())
        if not (len(digits) == 4 and digits.isascii() and digits.isdigit()):
            errors["last_four"] = env._("Please type the last 4 digits of your own personal number, as on your card.")
        try:
            login = phone.to_e164(values["phone"])
        except phone.PhoneError:
            errors["phone"] = env._("This is not a phone number in Viet Nam. Example: 0905 123 456.")
        known = (login.removeprefix("+"), "0" + login.removeprefix("+84")) if login else ()
        errors.update(password_problems(env, password, again, known=known))
        return errors, code, login

    def _activation_message(self, kind):
        """Return the field and the sentence for a refusal, see ``ActivationError``."""
        env = request.env
        messages = {
            "throttled": env._(
                "There were too many wrong entries. Please wait 15 minutes and try again; your slip stays valid."
            ),
            "mismatch": env._(
                "The activation code and the 4 digits do not belong together, or the slip was locked after several "
                "wrong entries. Please check both. If it still does not work, ask the ward office for a new slip."
            ),
            "expired": env._("This slip has expired. Please ask the ward office for a new one."),
            "used": env._(
                "This slip was already used. Please sign in with your phone number and password. If it was not you, "
                "tell the ward office at once."
            ),
            "replaced": env._(
                "This slip is no longer valid because a newer one was printed or it was cancelled. Please use the "
                "newest slip or ask the ward office."
            ),
            "exists": env._("You already have an account. Please sign in."),
            "blocked": env._("Your account was closed. Please contact the ward office."),
            "busy": env._("This slip is being used at this very moment. Please try again in a minute."),
            "phone_taken": env._(
                "This phone number already belongs to an account. Please give another number, or sign in if the "
                "account is yours."
            ),
        }
        return REFUSAL_FIELDS.get(kind, "form"), messages[kind]
