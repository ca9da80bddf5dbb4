"""The first page of the site."""

from odoo import http
from odoo.addons.website.controllers.main import Website
from odoo.http import request


class WelcomeFirst(Website):
    """``/`` is the ward's welcome page until the administrator chooses another one (Settings, Website)."""

    @http.route()
    def index(self, **kw):
        """Serve the welcome page, or the homepage that the website names.

        The choice is not written into the website: what links to the site's first page keeps linking to ``/``.
        """
        if request.website._get_cached("homepage_url"):
            return super().index(**kw)
        request.reroute("/welcome")
        rule, arguments = request.env["ir.http"]._match("/welcome")
        return request._serve_ir_http(rule, arguments)
