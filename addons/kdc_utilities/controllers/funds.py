"""Books of the residents' funds, as they were published."""

from odoo import http
from odoo.http import request

from .bills import ResidentBills


class ResidentFunds(ResidentBills):
    """``/my/funds``: quarterly reports of the funds of the reader's area; nobody's gifts are in them."""

    def _home_tiles(self, household, resident):
        tiles = super()._home_tiles(household, resident)
        if not self._fund_reports(household):
            return tiles
        title = request.env._("Books of the funds")
        return tiles + [{"icon": "bill", "title": title, "url": "/my/funds", "count": 0, "sequence": 47}]

    @http.route("/my/funds", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_funds(self, **_kwargs):
        """List the published reports, by fund."""
        reports = self._fund_reports(self._light_household())
        return self._light_render("kdc_utilities.portal_funds", {"funds": reports.grouped("fund_id")})

    @http.route("/my/funds/<int:report_id>", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_fund(self, report_id, **_kwargs):
        """Show one report."""
        report = self._fund_report(report_id)
        return self._light_render("kdc_utilities.portal_fund", {"report": report, "content": report._content_now()})

    @http.route("/my/funds/<int:report_id>/pdf", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_fund_pdf(self, report_id, **_kwargs):
        """Give a published report as PDF; of one that was withdrawn only the reason is read, on its page."""
        report = self._fund_report(report_id)
        if report.state != "published":
            raise request.not_found()
        content, name = report._book_file("pdf")
        return self._pdf(content, name.removesuffix(".pdf"))

    def _fund_reports(self, household):
        return request.env["kdc.fund.report"]._published_for(household.area_id, household.company_id)

    def _fund_report(self, report_id):
        """Return a published report of the reader's area in sudo; any other number does not exist."""
        report = self._fund_reports(self._light_household()).filtered(lambda row: row.id == report_id)
        if not report:
            raise request.not_found()
        return report
