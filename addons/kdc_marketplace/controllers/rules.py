"""Who runs the market and by which rules: the page the law wants to be found from the market."""

from odoo.addons.kdc_residents.controllers.light import LightController
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.http import request, route

from ..engine import placeholders


class MarketRules(LightController):
    @route("/shop/rules", type="http", auth="public", website=True, sitemap=True, methods=["GET"], readonly=True)
    def market_rules(self, **_kwargs):
        """Show the operator, then each part of the rules with the day from which it applies."""
        company = request.website.company_id
        # sudo: guests have no right on them; what the law wants to be published is for everybody
        operator = request.env["kdc.market.operator"].sudo()
        clauses = request.env["kdc.market.clause"].sudo()  # sudo: as above
        words = operator._kdc_words(company)
        return self._light_render(
            "kdc_marketplace.market_rules",
            {
                "operator": operator._kdc_of(company.sudo())._kdc_rows(),  # sudo: the address of the ward is public
                "clauses": [
                    {
                        "id": f"r{(current or coming).id}",
                        "name": (current or coming).name,
                        "since": current.company_id and current.date_from,
                        "paragraphs": placeholders.fill(current.body, words).splitlines(),
                        "coming_from": coming.date_from,
                        "coming": placeholders.fill(coming.body, words).splitlines(),
                    }
                    for current, coming in clauses._kdc_published(company, today_here(clauses))
                ],
            },
        )
