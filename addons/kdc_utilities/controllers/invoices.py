"""Odoo's own invoice list, which residents reach by typing its address."""

from odoo import fields
from odoo.addons.account.controllers.portal import PortalAccount


def known(value, offered):
    """Return ``value`` when it is one of those offered, else None: an old link or a typing error is the usual view."""
    return value if value in offered else None


def day(value):
    """Return ``value`` when it is a day, else None."""
    try:
        return value if fields.Date.to_date(value) else None
    except (TypeError, ValueError):
        return None


class LightPortalAccount(PortalAccount):
    """Answers nonsense in the address with the usual list instead of an error."""

    def _prepare_my_invoices_values(
        self, page, date_begin, date_end, sortby, filterby, domain=None, url="/my/invoices"
    ):
        return super()._prepare_my_invoices_values(
            page,
            day(date_begin),
            day(date_end),
            known(sortby, self._get_account_searchbar_sortings()),
            known(filterby, self._get_account_searchbar_filters()),
            domain=domain,
            url=url,
        )
