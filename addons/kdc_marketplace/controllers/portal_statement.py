"""Figures of a shop for its owner: a month as page, PDF and spreadsheet, a year as bars."""

import re
from datetime import date

from dateutil.relativedelta import relativedelta
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.private_file import private_file
from odoo.http import request, route

from ..engine import bars
from ..report.shop_statement import statement_pdf, statement_xlsx
from .portal_shop import ShopPortal


class ShopStatement(ShopPortal):
    def _market_month(self, shop, text):
        """Return the month "2026-11" as its first day; this month for anything else or for the future."""
        this_month = shop._kdc_this_month()
        found = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", text or "")
        month = date(int(found[1]), int(found[2]), 1) if found else this_month
        return min(month, this_month)

    @route("/my/shop/statement", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_statement(self, month="", **_kwargs):
        """Show orders, money and best sellers of a month, the last weeks, and the year beside the tax threshold."""
        shop = self._market_my_shop(owner=True, ended=True)
        figures = shop._kdc_statement(self._market_month(shop, month))
        previous, following = (figures["month"] + relativedelta(months=step) for step in (-1, 1))
        return self._light_render(
            "kdc_marketplace.portal_statement",
            {
                "figures": {key: value for key, value in figures.items() if key not in ("orders", "payments")},
                "count": len(figures["orders"]),
                "key": f"{figures['month']:%Y-%m}",
                "previous": f"{previous:%Y-%m}",
                "following": f"{following:%Y-%m}" if following <= shop._kdc_this_month() else None,
                "best": self._market_best(figures["best"]),
                "months": self._market_months(shop._kdc_turnover()),
                "weeks": self._market_weeks(shop._kdc_weekly_orders()),
                "year": self._market_year(shop, figures),
            },
        )

    def _market_best(self, best):
        """Return the best sellers with the share (0–100) of each of the first one."""
        shares = bars.heights([amount for _name, _pieces, amount in best])
        return [(*item, share) for item, share in zip(best, shares, strict=True)]

    def _market_months(self, turnover):
        """Return the bars of the months: chart values and rows (period, amount)."""
        amounts = [amount for _first, amount in turnover]
        rows = [(fmt.period(first), amount) for first, amount in turnover]
        highest = max(rows, key=lambda row: row[1])
        return {
            "heights": bars.heights(amounts),
            "rows": rows,
            "label": request.env._(
                "Turnover of twelve months: %(total)s together, most in %(period)s with %(amount)s.",
                total=fmt.vnd(sum(amounts)),
                period=highest[0],
                amount=fmt.vnd(highest[1]),
            ),
        }

    def _market_weeks(self, weeks):
        """Return the bars of the weeks: all orders, and those that were given up."""
        counts = [count for _monday, count, _given_up in weeks]
        lost = [given_up for _monday, _count, given_up in weeks]
        return {
            "heights": bars.heights(counts),
            "rest": bars.heights(lost, max(counts)),
            "rows": [(fmt.date(monday), count, given_up) for monday, count, given_up in weeks],
            "label": request.env._(
                "Orders of the last twelve weeks: %(orders)s, of them %(given_up)s refused or cancelled; "
                "%(week)s in this week.",
                orders=sum(counts),
                given_up=sum(lost),
                week=counts[-1],
            ),
        }

    def _market_year(self, shop, figures):
        """Return the bars of the year as it grew, under the line of the threshold when one is known."""
        months, limit = figures["year"], round(figures["threshold"].amount)
        amounts = [amount for _first, amount in months]
        highest = max(amounts[-1], limit)
        return {
            "heights": bars.heights(amounts, highest),
            "line": limit and bars.heights([limit], highest)[0],
            "rows": [(fmt.period(first), amount) for first, amount in months],
            "number": months[-1][0].year,
            **shop._kdc_tax_words(figures),
        }

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
        return private_file(content, f"sao-ke-{figures['month']:%Y-%m}.{kind}")
