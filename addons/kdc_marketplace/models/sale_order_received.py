import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.attempts import undo_and_log
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine import order_states

_logger = logging.getLogger(__name__)

#: How long after its promise a shop has to note "ready" or the hand-over itself, before the buyer may. One tap too
#: early ends the order for good: the shop loses phone and address, and the sale counts.
RECEIVED_AFTER = timedelta(hours=24)
#: Orders that a reminder names; the page has the rest.
NAMED = 20


class SaleOrder(models.Model):
    """How an order ends whose shop does not note the hand-over.

    Until then it holds the stock, counts for no fee and cannot be reviewed. So the buyer may say that the goods have
    come, the shop is reminded once after some days (a setting of the ward), and the moderators see what still waits.
    """

    _inherit = "sale.order"

    kdc_handover_reminded = fields.Datetime("Shop reminded of the hand-over", copy=False, readonly=True)

    # -- the buyer's word ------------------------------------------------------------------------------------------
    def _kdc_receive(self):
        """Finish an order in the name of its buyer, who has the goods; note the hand-over if the shop has not."""
        self.ensure_one()
        lock_or_retry(self, allow_referencing=True)  # a second tap finds what the first has done
        self.invalidate_recordset(["kdc_shop_state"])
        if self.kdc_shop_state == order_states.DONE:
            return
        if self.kdc_shop_state in order_states.AGREED:
            self._kdc_set_state(order_states.HANDED_OVER, order_states.BUYER)
        self._kdc_set_state(order_states.DONE, order_states.BUYER)

    def _kdc_day_to_come(self):
        """Return the day of the hand-over of an order window while it lies ahead; None otherwise."""
        self.ensure_one()
        day = self.kdc_handover_date
        return day if day and day > today_here(self) else None

    def _kdc_received_from(self):
        """Return the moment (UTC) from which the buyer may say that the goods have come, while it lies ahead.

        None otherwise: what is ready, and what was agreed on for a day or an hour, waits for nothing but that.
        """
        self.ensure_one()
        agreed = self.kdc_handover_date or self.order_line.filtered("kdc_slot_start")
        if self.kdc_shop_state != order_states.ACCEPTED or agreed:
            return None
        moment = self.kdc_state_date + RECEIVED_AFTER
        return moment if moment > fields.Datetime.now() else None

    def _kdc_targets(self, actor):
        """Override: what is brought on market day has not come before, nor what was only just accepted."""
        targets = super()._kdc_targets(actor)
        if (
            actor == order_states.BUYER
            and order_states.HANDED_OVER in targets
            and (self._kdc_day_to_come() or self._kdc_received_from())
        ):
            targets.remove(order_states.HANDED_OVER)
        return targets

    def _kdc_set_state(self, target, actor, reason="", cancel=True):
        """Override: see `_kdc_targets`."""
        if (target, actor) == (order_states.HANDED_OVER, order_states.BUYER):
            for order in self:
                if day := order._kdc_day_to_come():
                    raise UserError(
                        self.env._("The goods are handed over on %s. Please confirm it then.", fmt.date(day))
                    )
                if moment := order._kdc_received_from():
                    raise UserError(
                        self.env._(
                            "The shop has only just accepted the order. You can say so yourself from %s on.",
                            fmt.datetime(moment),
                        )
                    )
        return super()._kdc_set_state(target, actor, reason, cancel=cancel)

    def _kdc_tell(self, state, actor):
        """Override: a buyer's word goes on to the end of the order at once, and the shop is told of that."""
        if (state, actor) == (order_states.HANDED_OVER, order_states.BUYER):
            return None
        return super()._kdc_tell(state, actor)

    # -- the shop is reminded --------------------------------------------------------------------------------------
    @api.model
    def _kdc_forgotten_domain(self):
        """Domain of the orders that have waited for their hand-over for more days than their ward waits.

        Days count from the last step, and at the earliest from the day that was agreed on. Times are in words
        ("now -3d"), so that the domain can also be given to the web client.
        """
        return Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("kdc_state_date", "<", f"now -{company.kdc_market_handover_days}d")
            & (
                Domain("kdc_window_id", "=", False)
                | Domain("kdc_window_id.handover_date", "<", f"today -{company.kdc_market_handover_days}d")
            )
            & Domain(
                "order_line", "not any", [("kdc_slot_start", ">", f"now -{company.kdc_market_handover_days}d")]
            )
            for company in self.env["res.company"].search([])
        ) & Domain("kdc_shop_state", "in", order_states.AGREED)

    @api.model
    def _cron_kdc_remind_of_handover(self):
        """Remind each shop, once for every order, of what it has accepted and not handed over for days."""
        late = self.search(self._kdc_forgotten_domain() & Domain("kdc_handover_reminded", "=", False), order="id")
        by_shop = late.grouped("kdc_shop_id")
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=len(by_shop))
        for shop, orders in by_shop.items():
            with undo_and_log(self.env.cr, _logger, "Shop %s could not be reminded of its orders", shop.id):
                orders.invalidate_recordset(["kdc_shop_state"])  # noted while the other shops were told
                orders.filtered(lambda order: order.kdc_shop_state in order_states.AGREED)._kdc_remind_of_handover()
            if not progress(1):
                break

    def _kdc_remind_of_handover(self):
        """Tell the people of one shop which of its orders wait for the hand-over."""
        if not self:
            return
        shop = self.kdc_shop_id
        names = ", ".join(self[:NAMED].mapped("name")) + ("…" if len(self) > NAMED else "")
        self[:1]._kdc_notify(
            shop.member_ids.user_id.partner_id,
            lambda order: (
                order.env._("%(shop)s: %(count)s order(s) not handed over yet", shop=shop.name, count=len(self)),
                order.env._(
                    "%s. Please note the hand-over if the buyer has the goods; else refuse the order and say why.",
                    names,
                ),
            ),
            f"/my/shop/orders?shop={shop.id}",
        )
        self.kdc_handover_reminded = fields.Datetime.now()
