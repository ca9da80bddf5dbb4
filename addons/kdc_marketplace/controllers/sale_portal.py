"""Odoo's own lists of orders and quotations, which buyers reach by typing their addresses."""

from odoo import fields
from odoo.addons.sale.controllers.portal import CustomerPortal
from odoo.http import route


class MarketSalePortal(CustomerPortal):
    """Answers nonsense in the address with the usual list instead of an error."""

    @route()
    def portal_my_quotes(self, **kwargs):
        kwargs.pop("quotation_page", None)  # Odoo passes it on itself and would fail on a second one
        return super().portal_my_quotes(**kwargs)

    @route()
    def portal_my_orders(self, **kwargs):
        kwargs.pop("quotation_page", None)
        return super().portal_my_orders(**kwargs)

    def _prepare_sale_portal_rendering_values(self, page=1, date_begin=None, date_end=None, sortby=None, **kwargs):
        return super()._prepare_sale_portal_rendering_values(
            page=page,
            date_begin=self._market_day(date_begin),
            date_end=self._market_day(date_end),
            sortby=sortby if sortby in self._get_sale_searchbar_sortings() else None,
            **kwargs,
        )

    @staticmethod
    def _market_day(value):
        """Return ``value`` when it is a day, else None."""
        try:
            return value if fields.Date.to_date(value) else None
        except (TypeError, ValueError):
            return None
