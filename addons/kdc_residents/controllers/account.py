"""The resident's own account: change the password, sign out."""

from odoo import http
from odoo.exceptions import AccessDenied
from odoo.http import request

from .light import LightController

PASSWORD_MIN_LENGTH = 8
PASSWORD_MAX_LENGTH = 128


def password_problems(env, password, again, known=()):
    """Return what is wrong with a new password, as messages by field name; empty when it can be taken.

    One simple rule that can be explained on paper: eight characters, and not what everybody knows about the person.

    :param known: strings that the password must not consist of, such as the phone number
    """
    problems = {}
    digits = "".join(c for c in password if c.isdigit())
    if len(password.strip()) < PASSWORD_MIN_LENGTH:
        problems["new_password"] = env._("Please choose a password of at least %s characters.", PASSWORD_MIN_LENGTH)
    elif len(password) > PASSWORD_MAX_LENGTH:
        problems["new_password"] = env._("Please choose a shorter password.")
    elif len(set(password)) < 3 or (digits == password and any(known_as and digits in known_as for known_as in known)):
        problems["new_password"] = env._("This password is too easy to guess. Please choose another one.")
    elif password != again:
        problems["new_password_again"] = env._("The two passwords are not the same. Please type both again.")
    return problems


class ResidentAccount(LightController):
    """``/my/password``: works for every signed-in person, resident or not."""

    @http.route("/my/password", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_password(self, **_kwargs):
        """Show the account with the form to change its password."""
        return self._light_render("kdc_residents.portal_password", {"errors": {}})

    @http.route("/my/password", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def resident_password_change(self, password="", new_password="", new_password_again="", **_kwargs):
        """Change the password after the present one was given; other devices are signed out by Odoo."""
        env = request.env
        user = env.user
        errors = password_problems(env, new_password, new_password_again, known=self._account_known_numbers(user))
        if not errors and not env["kdc.throttle"]._allow("password", str(user.id)):
            errors["form"] = env._(
                "Too many attempts. Please wait 15 minutes and try again; your password is unchanged."
            )
        if not errors:
            try:
                env["res.users"].change_password(password, new_password.strip())
            except AccessDenied:
                env["kdc.throttle"]._count("password", str(user.id))
                errors["password"] = env._("The present password is not right. Nothing was changed.")
        if errors:
            return self._light_invalid("kdc_residents.portal_password", {"errors": errors})
        # The session token depends on the password: renew it, or the person would be signed out here as well.
        request.session.session_token = env.user._compute_session_token(request.session.sid)
        self._light_flash(env._("The new password is valid from now on."))
        return self._light_redirect("/my")

    def _account_known_numbers(self, user):
        """Return the digits everybody in the street knows: the phone number in both forms."""
        digits = "".join(c for c in user.login if c.isdigit())
        return (digits, "0" + digits.removeprefix("84"))
