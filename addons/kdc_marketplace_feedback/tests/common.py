from odoo import Command
from odoo.addons.kdc_feedback.tests.common import FeedbackCommon
from odoo.addons.kdc_marketplace.tests.common import MarketCommon


class ReportCommon(MarketCommon, FeedbackCommon):
    """The buyer reports the fish of shop A, and an order of it; the unit that handles the market has a handler."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.market_category = cls.env.ref("kdc_marketplace_feedback.category_market")
        cls.env["kdc.feedback.assignment"].create(
            {"category_id": cls.market_category.id, "unit_id": cls.unit.id, "company_id": cls.company.id}
        )
        cls.buyer = cls.user_buyer.partner_id
        cls.order = cls._order(cls.user_buyer, {cls.fish: 2})[cls.shop_a]
        cls.both = cls._create_user("kdc_market_handler", "kdc_marketplace.group_moderator,kdc_feedback.group_handler")
        cls.unit.member_ids = [Command.link(cls.both.id)]

    @classmethod
    def _report(cls, subject=None, kind="false", text="Ảnh không đúng với hàng giao"):
        """A report and its feedback, in sudo."""
        report = cls.env["kdc.market.report"]._kdc_report(
            cls.fish if subject is None else subject, cls.buyer, kind, text
        )
        return report, report.feedback_ids
