"""Figures of a shop for its owner: a month as page, PDF and spreadsheet, a year as bars."""

import re
from datetime import date

from dateutil.relativedelta import relativedelta
from odoo.http import request, route

from ..models.kdc_shop_statement import TAX_FREE_TURNOVER
from ..report.shop_statement import statement_pdf, statement_xlsx
from .portal_shop import ShopPortal

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ShopStatement(ShopPortal):
    def _market_month(self, shop, text):
        """Return the month "2026-11" as its first day; this month for anything else or for the future."""
        this_month = shop._kdc_this_month()
        found = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", text or "")
        month = date(int(found[1]), int(found[2]), 1) if found else this_month
        return min(month, this_month)

    @route("/my/shop/statement", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_statement(self, month="", **_kwargs):
        """Show orders, money and best sellers of a month, and the year beside the tax threshold."""
        shop = self._market_my_shop(owner=True, ended=True)
        figures = shop._kdc_statement(self._market_month(shop, month))
        bars = shop._kdc_turnover()
        highest = max(amount for _month, amount in bars) or 1
        year = shop._kdc_year_turnover()
        previous, following = (figures["month"] + relativedelta(months=step) for step in (-1, 1))
        return self._light_render(
            "kdc_marketplace.portal_statement",
            {
                "figures": {key: value for key, value in figures.items() if key not in ("orders", "payments")},
                "count": len(figures["orders"]),
                "key": f"{figures['month']:%Y-%m}",
                "previous": f"{previous:%Y-%m}",
                "following": f"{following:%Y-%m}" if following <= shop._kdc_this_month() else None,
                "bars": [(first, amount, round(100 * amount / highest)) for first, amount in bars],
                "year": year,
                "threshold": TAX_FREE_TURNOVER,
                "share": min(round(100 * year / TAX_FREE_TURNOVER), 100),
            },
        )

    @route(
        "/my/shop/statement.<any(pdf,xlsx):kind>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def market_statement_file(self, kind, month="", **_kwargs):
        shop = self._market_my_shop(owner=True, ended=True)
        figures = shop._kdc_statement(self._market_month(shop, month))
        content = (statement_pdf if kind == "pdf" else statement_xlsx)(shop, figures)
        return request.make_response(
            content,
            [
                ("Content-Type", "application/pdf" if kind == "pdf" else XLSX),
                ("Content-Disposition", f'attachment; filename="sao-ke-{figures["month"]:%Y-%m}.{kind}"'),
                ("Cache-Control", "private, no-store"),
            ],
        )
