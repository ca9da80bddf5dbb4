from datetime import MAXYEAR, MINYEAR, date, datetime, time

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine import sheet
from odoo.addons.kdc_residents.engine.clock import to_utc
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ..engine import listing_states, order_states
from ..models.kdc_shop_statement import SOLD

#: Last day to report on the year before (NĐ 248/2026/NĐ-CP, điều 22 khoản 1: before 15 February).
DUE = (2, 14)
FIRST_YEAR = 2020
#: Lists of the market that are not the ones Odoo shows for the same model.
VIEWS = {
    "sale.order": "kdc_marketplace.sale_order_action",
    "product.template": "kdc_marketplace.product_template_action",
}


class KdcMarketYear(models.TransientModel):
    """The yearly report of the operator to the authority (NĐ 248/2026/NĐ-CP, điều 22).

    The first part are the nine numbers that the e-commerce management system of the Ministry of Industry and Trade
    asks of every platform; the second says what the law wants to be checked and decided. Each number opens the list
    it counts, with the rights of the reader.
    """

    _name = "kdc.market.year"
    _description = "Yearly Report of the Market"
    _inherit = ["kdc.counted.page"]
    _kdc_choice = frozenset({"company_id", "year", "visits"})

    company_id = fields.Many2one("res.company", "Ward", required=True, default=lambda self: self.env.company)
    year = fields.Integer(required=True, default=lambda self: self._default_year())
    visits = fields.Integer(help="Of the web server's statistics; the market itself follows nobody.")
    due_date = fields.Date("To be sent by", compute="_compute_due_date")
    is_running = fields.Boolean(compute="_compute_due_date")
    line_ids = fields.One2many("kdc.market.year.line", "report_id", readonly=True)
    file = fields.Binary(readonly=True)
    file_name = fields.Char(compute="_compute_due_date")

    @api.model
    def _default_year(self):
        """Return the year that is due: last year until its report is due, then the one that runs."""
        return self._due_now() or today_here(self).year

    @api.model
    def _due_now(self):
        """Return the year whose report is to be sent these weeks, from New Year until its last day; else None."""
        today = today_here(self)
        return today.year - 1 if today <= date(today.year, *DUE) else None

    @api.depends("year")
    def _compute_due_date(self):
        for report in self:
            # A year being typed may be any number; the report itself refuses what it does not count.
            dated = MINYEAR <= report.year < MAXYEAR
            report.due_date = dated and date(report.year + 1, *DUE)
            report.is_running = report.year >= today_here(self).year
            report.file_name = f"bao-cao-cho-{report.year}.xlsx"

    @api.depends("year")
    def _compute_display_name(self):
        for report in self:
            report.display_name = self.env._("Report of the market for the year %s", str(report.year))

    # -- counting --------------------------------------------------------------------------------------------------
    def _days(self):
        """Return the first and the last day to count; a year that runs ends today."""
        return date(self.year, 1, 1), min(date(self.year, 12, 31), today_here(self))

    def _during(self, fname):
        """Domain of moments in the year, from midnight to midnight in Vietnam."""
        first = to_utc(datetime.combine(date(self.year, 1, 1), time.min))
        after = to_utc(datetime.combine(date(self.year + 1, 1, 1), time.min))
        return Domain(fname, ">=", first) & Domain(fname, "<", after)

    def _behind(self):
        """Return {key of a number: (model, domain of what it counts)}."""
        self.ensure_one()
        first, last = self._days()
        ward = Domain("company_id", "=", self.company_id.id)
        opened = ward & Domain("opened_on", "!=", False)
        listings = Domain("kdc_shop_id.company_id", "=", self.company_id.id)
        published = Domain("kdc_decision_ids", "any", [("kind", "=", "publish")])
        orders = ward & Domain("kdc_shop_id", "!=", False) & Domain("kdc_shop_state", "!=", False)
        sold = orders & Domain("kdc_shop_state", "in", SOLD) & self._during("kdc_handed_over_date")
        given_up = Domain("kdc_shop_state", "in", order_states.GIVEN_UP) & self._during("kdc_state_date")
        decisions = ward & self._during("date")
        reports = ward & self._during("create_date")
        in_market = Domain("opened_on", "<=", last) & (Domain("ended_on", "=", False) | Domain("ended_on", ">", last))
        return {
            "sellers": ("kdc.shop", opened & in_market),
            "new_sellers": ("kdc.shop", opened & Domain("opened_on", ">=", first) & Domain("opened_on", "<=", last)),
            "listings": ("product.template", listings & Domain("kdc_listing_state", "=", listing_states.PUBLISHED)),
            "new_listings": ("product.template", listings & published & self._during("create_date")),
            "orders": ("sale.order", orders & self._during("date_order")),
            "sold": ("sale.order", sold),
            "given_up": ("sale.order", orders & given_up),
            "turnover": ("sale.order", sold),
            "ended_sellers": ("kdc.shop", opened & Domain("ended_on", ">=", first) & Domain("ended_on", "<=", last)),
            "refused_listings": ("kdc.listing.decision", decisions & Domain("kind", "=", "refuse")),
            "closed_listings": ("kdc.listing.decision", decisions & Domain("kind", "=", "close")),
            "reports": ("kdc.market.report", reports),
            "taken_down": ("kdc.market.report", reports & Domain("state", "=", "taken_down")),
            "late_reports": ("kdc.market.report", Domain("id", "in", self._late_reports(reports).ids)),
        }

    def _late_reports(self, domain):
        """Return the reports decided, or still open, after their 24 hours."""
        return self.env["kdc.market.report"].search(domain).filtered("late")

    def _labels(self):
        """Return {key: number in words}, in the order of the report; the first nine are the ministry's."""
        env = self.env
        return {
            "visits": env._("Visits"),
            "sellers": env._("Sellers"),
            "new_sellers": env._("New sellers"),
            "listings": env._("Goods and services in the market today"),
            "new_listings": env._("New goods and services"),
            "orders": env._("Orders placed"),
            "sold": env._("Orders carried out"),
            "given_up": env._("Orders not carried out (refused, cancelled)"),
            "turnover": env._("Value of the orders carried out (₫)"),
            "ended_sellers": env._("Shops closed"),
            "refused_listings": env._("Listings given back before they were shown"),
            "closed_listings": env._("Listings and posts closed by the ward"),
            "reports": env._("Reports received from residents"),
            "taken_down": env._("Of them: taken down"),
            "late_reports": env._("Of them: not decided within 24 hours"),
        }

    def _kdc_count(self):
        """Count anew."""
        for report in self:
            if not FIRST_YEAR <= report.year <= today_here(self).year:
                raise UserError(
                    self.env._("Please choose a year from %(first)s to %(last)s.",
                               first=FIRST_YEAR, last=today_here(self).year)
                )  # fmt: skip
            behind = report._behind()
            lines = [
                {"key": key, "name": name, "value": report._value(key, behind.get(key))}
                for key, name in report._labels().items()
            ]
            report.line_ids = [Command.clear(), *map(Command.create, lines)]

    def _value(self, key, behind):
        if key == "visits":
            return self.visits
        model, domain = behind
        if key == "turnover":
            [(amount,)] = self.env[model]._read_group(domain, [], ["amount_total:sum"])
            return round(amount or 0)
        return self.env[model].search_count(domain)

    def _shops(self):
        """Return (shop, orders carried out, their value in VND), the highest value first."""
        model, domain = self._behind()["sold"]
        return self.env[model]._read_group(
            domain, ["kdc_shop_id"], ["__count", "amount_total:sum"], order="amount_total:sum desc"
        )

    # -- page and file ---------------------------------------------------------------------------------------------
    @api.model
    def action_today(self):
        """Open the report that is due."""
        return self._kdc_open(self.env._("Yearly report"))

    def action_xlsx(self):
        """Give the report as a spreadsheet: who runs the market, the numbers, and the shops behind the value."""
        self.ensure_one()
        operator = self.env["kdc.market.operator"]._kdc_of(self.company_id)
        first, last = self._days()
        rows = [
            [self.display_name],
            [self.env._("Counted from %(first)s to %(last)s", first=fmt.date(first), last=fmt.date(last))],
            *([label, text] for label, text in operator._kdc_rows()),
            [],
            [self.env._("What"), self.env._("Number")],
            *([line.name, round(line.value)] for line in self.line_ids),
            [],
            [self.env._("Shop"), self.env._("Orders carried out"), self.env._("Value of the orders carried out (₫)")],
            *([shop.name, count, round(amount)] for shop, count, amount in self._shops()),
        ]
        content = sheet.write_xlsx(rows, str(self.year), widths=(52, 24, 24))
        return self._kdc_give(content)


class KdcMarketYearLine(models.TransientModel):
    """A number of the yearly report."""

    _name = "kdc.market.year.line"
    _description = "Number of the Yearly Report of the Market"
    _order = "id"

    report_id = fields.Many2one("kdc.market.year", required=True, index=True, ondelete="cascade")
    key = fields.Char(readonly=True)
    name = fields.Char("What", readonly=True)
    value = fields.Float("Number", digits=(16, 0), readonly=True)

    def action_open(self):
        """Open the list that this number counts."""
        self.ensure_one()
        behind = self.report_id._behind().get(self.key)
        if not behind:
            raise UserError(self.env._("This number was typed: there is no list behind it."))
        model, domain = behind
        action = {
            "type": "ir.actions.act_window",
            "name": f"{self.name} ({self.report_id.year})",
            "res_model": model,
            "views": [(False, "list"), (False, "form")],
            "domain": list(domain),
            "context": {"create": False},
        }
        if model in VIEWS:
            known = self.env["ir.actions.act_window"]._for_xml_id(VIEWS[model])
            action["views"] = [view for view in known["views"] if view[1] in ("list", "form")]
        return action
