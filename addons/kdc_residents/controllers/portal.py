"""Odoo's portal steps aside where the residents' pages take over."""

from odoo import http
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.http import request


class LightCustomerPortal(CustomerPortal):
    """Keeps Odoo's portal for suppliers and customers, away from the addresses of the residents' home."""

    @http.route(['/my/portal'], type='http', auth='user', website=True, list_as_website_content=False)
    def home(self, **kw):
        """Odoo's portal home, for those who are no residents; ``/my`` belongs to the residents."""
        return super().home(**kw)

    @http.route()
    def account(self, **kwargs):
        """A resident's name and address are the register's and not for editing here."""
        if request.env.user._kdc_resident():
            return request.redirect('/my/password', code=303)
        return super().account(**kwargs)

    @http.route()
    def security(self, **post):
        """Residents change their password on a page of their own; staff and others keep Odoo's."""
        if request.httprequest.method == 'GET' and request.env.user._kdc_resident():
            return request.redirect('/my/password', code=303)
        return super().security(**post)
