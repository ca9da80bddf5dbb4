from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.fields import Domain

from ..engine import order_states

#: Days for which an order may be overdue and its two sides still want to know that it ends: after a pause of the
#: scheduled action, or when a market moves in with its old orders, nobody gets a notice about each of them.
LATE_DAYS = 30


class SaleOrder(models.Model):
    """How an order ends when its buyer says nothing (features M-10), and until when the buyer may review it.

    The buyer has some days after the hand-over to report what is wrong. As long as a report waits for the ward the
    order stays open; without one it is finished by itself. Both numbers of days are settings of the ward.
    """

    _inherit = "sale.order"

    kdc_report_ids = fields.One2many(
        "kdc.market.report", "order_id", "Reports about the order",
        groups="kdc_marketplace.group_moderator",
    )  # fmt: skip

    _kdc_silent_idx = models.Index("(kdc_handed_over_date) WHERE kdc_shop_state = 'handed_over'")

    # -- silence ---------------------------------------------------------------------------------------------------
    def _kdc_ends_by_itself(self):
        """Return when (UTC) this handed over order is finished without the buyer; ``None`` while a report waits."""
        self.ensure_one()
        if self.kdc_shop_state != order_states.HANDED_OVER or "open" in self.kdc_report_ids.mapped("state"):
            return None
        return self.kdc_handed_over_date + timedelta(days=self.company_id.kdc_market_silence_days)

    @api.model
    def _kdc_silent_domain(self):
        """Domain of the orders whose buyers have had their days to report something and have not."""
        now = fields.Datetime.now()
        over = Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("kdc_handed_over_date", "<", now - timedelta(days=company.kdc_market_silence_days))
            for company in self.env["res.company"].search([])
        )
        handed_over = Domain("kdc_shop_state", "=", order_states.HANDED_OVER)
        return handed_over & over & Domain("kdc_report_ids", "not any", [("state", "=", "open")])

    @api.model
    def _cron_kdc_finish_silent(self):
        """Finish what was handed over and not complained about, the oldest first."""
        self._kdc_each_or_log(
            self._kdc_silent_domain(),
            "kdc_handed_over_date",
            lambda order: order._kdc_set_state(order_states.DONE, order_states.SYSTEM),
            "Market order %s could not be finished",
        )

    def _kdc_tell(self, state, actor):
        """Override: what has been over for long ends without a notice."""
        if (state, actor) == (order_states.DONE, order_states.SYSTEM) and self._kdc_long_over():
            return None
        return super()._kdc_tell(state, actor)

    def _kdc_long_over(self):
        """Whether the buyer's days to report something passed too long ago to speak of."""
        self.ensure_one()
        over = self.kdc_handed_over_date + timedelta(days=self.company_id.kdc_market_silence_days)
        return over < fields.Datetime.now() - timedelta(days=LATE_DAYS)

    def _kdc_body_for_buyer(self, state, actor):
        """Override: say what silence means before it does, and what can still be done after."""
        body = super()._kdc_body_for_buyer(state, actor)
        if until := self._kdc_ends_by_itself():
            ask = self.env._(
                "Please confirm it, or report what is wrong by %s. After that the order is finished by itself.",
                fmt.datetime(until),
            )
            return f"{body}\n{ask}"
        if (state, actor) == (order_states.DONE, order_states.SYSTEM):
            return self.env._(
                "You reported nothing within %(days)s days, so the order is finished. "
                "You can review the shop until %(day)s.",
                days=self.company_id.kdc_market_silence_days,
                day=fmt.date(self._kdc_review_until()),
            )
        return body

    def _kdc_body_for_shop(self, state, actor):
        """Override: an order that ended by itself after the hand-over is a good end."""
        if (state, actor) == (order_states.DONE, order_states.SYSTEM):
            days = self.company_id.kdc_market_silence_days
            return self.env._("The buyer reported nothing within %s days, so the order is finished.", days)
        return super()._kdc_body_for_shop(state, actor)

    # -- the time to review ----------------------------------------------------------------------------------------
    def _kdc_review_until(self):
        """Return the last moment (UTC) for a first review of this order; ``None`` before it is done."""
        self.ensure_one()
        if self.kdc_shop_state != order_states.DONE:
            return None
        return self.kdc_state_date + timedelta(days=self.company_id.kdc_market_review_days)

    def _kdc_may_be_reviewed(self):
        """Whether there is still time for a first review."""
        until = self._kdc_review_until()
        return bool(until) and fields.Datetime.now() <= until
