"""Odoo's portal steps aside where the residents' pages take over."""

from odoo import http
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.http import request


class LightCustomerPortal(CustomerPortal):
    """Keeps Odoo's portal for suppliers and customers, away from the addresses of the residents' home."""

    @http.route(["/my/portal"], type="http", auth="user", website=True, list_as_website_content=False)
    def home(self, **kw):
        """Odoo's portal home, for those who are no residents; ``/my`` belongs to the residents."""
        return super().home(**kw)

    @http.route()
    def account(self, **kwargs):
        """A resident's name and address are the register's and not for editing here."""
        if request.env.user._kdc_resident():
            return request.redirect("/my/password", code=303)
        return super().account(**kwargs)

    @http.route()
    def security(self, **post):
        """Residents change their password on a page of their own; staff and others keep Odoo's."""
        if request.httprequest.method == "GET" and request.env.user._kdc_resident():
            return request.redirect("/my/password", code=303)
        return super().security(**post)

    @http.route()
    def deactivate_account(self, validation, password, **post):
        """A resident's account is closed by an officer: Odoo would archive the person in the register as well."""
        if request.env.user._kdc_resident():
            raise request.not_found()
        return super().deactivate_account(validation, password, **post)

    def _parse_form_data(self, form_data):
        """Take no company name and tax number from a resident: Odoo would write them on the household."""
        address_values, extra_form_data = super()._parse_form_data(form_data)
        # sudo: see ``res.partner._can_be_edited_by_current_customer``.
        if request.env.user.partner_id.commercial_partner_id.sudo().kdc_registered:
            address_values.pop("company_name", None)
            address_values.pop("vat", None)
        return address_values, extra_form_data
