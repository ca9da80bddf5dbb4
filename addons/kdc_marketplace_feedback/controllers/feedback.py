from odoo.addons.kdc_feedback.controllers.follow import FollowFeedback
from odoo.addons.kdc_feedback.controllers.following import FollowedFeedback
from odoo.http import request


class MarketFeedback(FollowedFeedback):
    """A household that shares its feedback does not share what one of it bought: see the rules on orders."""

    def _feedback_readable(self, feedback_id):
        feedback = super()._feedback_readable(feedback_id)
        if feedback.market_report_id and feedback.partner_id != request.env.user.partner_id:
            raise request.not_found()
        return feedback

    def _feedback_list_values(self):
        values, own = super()._feedback_list_values(), request.env.user.partner_id
        rows = [row for row in values["rows"] if not row[0].market_report_id or row[0].partner_id == own]
        return {**values, "rows": rows}


class FollowMarketFeedback(FollowFeedback):
    """The link of a report about the market, handed on, tells number and state: an order is its buyer's business."""

    def _feedback_is_secret(self, feedback):
        about_market = feedback.market_report_id and not feedback._link_acts()
        return super()._feedback_is_secret(feedback) or bool(about_market)
