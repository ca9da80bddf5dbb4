"""Signing in on the light layout."""

from odoo import http
from odoo.addons.website.controllers.main import Website
from odoo.http import request

from ..engine.format import fmt
from .light import secure_page


class LightLogin(Website):
    """Odoo's own sign-in with a page that needs no JavaScript and speaks to residents."""

    @http.route()
    def web_login(self, *args, **kw):
        # Odoo takes for granted that a form sends both, and that neither is empty or a file.
        for name in ("login", "password"):
            value = request.params.get(name)
            if request.httprequest.method == "POST" and not (isinstance(value, str) and value):
                request.params[name] = " "
        response = super().web_login(*args, **kw)
        if response.is_qweb:
            if request.httprequest.method == "POST" and response.qcontext.get("error"):
                response.qcontext["login"] = request.params.get("login", "").strip()
            response.qcontext["fmt"] = fmt
            secure_page(response)
        return response
