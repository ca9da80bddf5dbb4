"""After a report its reporter follows it as feedback; the shop answers what the ward asks."""

from odoo.addons.kdc_marketplace.controllers.portal_shop import ShopPortal
from odoo.addons.kdc_marketplace.controllers.portal_voice import PAGE_SIZE, BuyerVoice, typed
from odoo.exceptions import UserError
from odoo.http import request, route


class ReporterVoice(BuyerVoice):
    def _market_report_sent(self, report):
        feedback = report.feedback_ids[:1]
        if not feedback or feedback.partner_id != request.env.user.partner_id:
            return super()._market_report_sent(report)
        self._light_flash(
            request.env._(
                "Thank you. The ward looks at it within 24 hours. The number of your report is %s: you follow it here.",
                feedback.number,
            )
        )
        return self._light_redirect(f"/my/feedback/{feedback.id}")


class ShopReports(ShopPortal):
    def _market_asked(self, shop, domain=()):
        """Return what the ward has asked this shop, in sudo, unanswered first."""
        return (
            request.env["kdc.market.report"]
            # sudo: the shop is part of the search; the page shows the ward's words, never who reported or what
            .sudo()
            .search(
                [("shop_id", "=", shop.id), ("shop_question", "!=", False), *domain],
                order="shop_answer_date desc nulls first, id desc",
                limit=PAGE_SIZE,
            )
        )

    @route("/my/shop/reports", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_shop_reports(self, **_kwargs):
        """Show what the ward has asked the shop."""
        reports = self._market_asked(self._market_my_shop())
        return self._light_render(
            "kdc_marketplace_feedback.portal_shop_reports",
            {
                "reports": [
                    {
                        "id": report.id,
                        "listing": report.product_tmpl_id.name,
                        "date": report.shop_asked_date,
                        "text": report.shop_question,
                        "answer": report.shop_answer,
                    }
                    for report in reports
                ]
            },
        )

    @route("/my/shop/reports/<int:report_id>", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_shop_report_answer(self, report_id, answer="", **_kwargs):
        """Answer a question of the ward, once."""
        report = self._market_asked(self._market_my_shop(), [("id", "=", report_id)])
        if not report:
            raise request.not_found()
        try:
            if not typed(answer):
                raise UserError(request.env._("Please type your answer."))
            report._kdc_answer_shop(typed(answer))
            self._light_flash(request.env._("Sent. The ward has your answer."))
        except UserError as error:
            self._light_flash(str(error), "warn")
        return self._light_redirect("/my/shop/reports")
