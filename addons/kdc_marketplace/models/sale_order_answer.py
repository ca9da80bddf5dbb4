import logging

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine import vietqr
from odoo.addons.kdc_residents.tools.attempts import undo_and_log
from odoo.exceptions import ValidationError

from ..engine import order_states

_logger = logging.getLogger(__name__)

CRON_LIMIT = 200


class SaleOrder(models.Model):
    """What happens around a market order after it was placed: the shop's time to answer, and the money."""

    _inherit = "sale.order"

    kdc_answer_by = fields.Datetime(
        "Answer until",
        copy=False,
        readonly=True,
        help="Not accepted by then, the order is cancelled by itself. Counted in opening time of the shop.",
    )
    kdc_paid_date = fields.Datetime("Money received on", copy=False, readonly=True, help="As the shop says.")

    _kdc_unanswered_idx = models.Index("(kdc_answer_by) WHERE kdc_shop_state = 'new'")

    # -- time to answer (features M-07, M-11) ----------------------------------------------------------------------
    def _kdc_answer_deadline(self, shop):
        """Return until when (UTC) the shop has to answer an order placed now.

        :raise ValidationError: the shop takes no orders while closed, or will not open within a year
        """
        closed = shop._kdc_closed_text()
        deadline = shop._kdc_add_opening_minutes(fields.Datetime.now(), shop.company_id.kdc_market_answer_minutes)
        if not deadline or (closed and shop.outside_hours == "refuse"):
            raise ValidationError(
                self.env._(
                    "“%(shop)s” takes no orders now: %(opening)s. "
                    "Order later, or set its goods to 0 and order the rest.",
                    shop=shop.name,
                    opening=closed or self.env._("Closed until further notice"),
                )
            )
        return deadline

    @api.model
    def _cron_kdc_cancel_unanswered(self):
        """Cancel what no shop answered in time, the oldest first."""
        self._kdc_each_or_log(
            self._kdc_unanswered_domain(),
            "kdc_answer_by",
            lambda order: order._kdc_cancel_unanswered(),
            "Market order %s could not be cancelled",
        )

    @api.model
    def _kdc_each_or_log(self, domain, order_by, act, message):
        """Let a scheduled action do ``act`` with each order of ``domain``; one that fails stops no other.

        :param act: function of one order, which is locked and still in the domain
        :param message: for the log, with one ``%s`` for the id of an order that failed
        """
        late = self.search(domain, order=order_by, limit=CRON_LIMIT)
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=len(late))
        for order in late:
            if order.try_lock_for_update(allow_referencing=True).filtered_domain(domain):
                with undo_and_log(self.env.cr, _logger, message, order.id):
                    act(order)
            if not progress(1):
                break

    @api.model
    def _kdc_unanswered_domain(self):
        return [("kdc_shop_state", "=", order_states.NEW), ("kdc_answer_by", "<", fields.Datetime.now())]

    def _kdc_cancel_unanswered(self):
        """Cancel in the name of the system and tell both sides."""
        for order in self:
            buyer_lang = order.with_context(lang=order.partner_id.lang or "vi_VN")
            order._kdc_set_state(
                order_states.CANCELLED,
                order_states.SYSTEM,
                buyer_lang.env._(
                    "The shop did not answer in time. The goods are free again; please order from another shop."
                ),
            )

    # -- money (features M-12) -------------------------------------------------------------------------------------
    def _kdc_transfer_purpose(self):
        """The words of the transfer: the order's number as every bank shows it."""
        self.ensure_one()
        return vietqr.ascii_purpose(self.name)

    def _kdc_transfer_qr(self):
        """Return the VietQR text for paying this order to its shop; None while there is nothing to pay that way."""
        self.ensure_one()
        payable = (order_states.ACCEPTED, order_states.READY, order_states.HANDED_OVER, order_states.DONE)
        if self.kdc_payment_way != "transfer" or self.kdc_paid_date or self.kdc_shop_state not in payable:
            return None
        transfer = self._kdc_transfer(self._kdc_transfer_purpose())
        return transfer and vietqr.build(transfer)

    def _kdc_may_be_paid(self):
        """Whether the shop can still say that the money came."""
        self.ensure_one()
        return not self.kdc_paid_date and self.kdc_shop_state not in (order_states.NEW, *order_states.GIVEN_UP)

    def _kdc_set_paid(self):
        """Note that the shop has the money, and tell the buyer; saying it twice changes nothing."""
        for order in self.filtered(lambda order: order._kdc_may_be_paid()):
            order.kdc_paid_date = fields.Datetime.now()
            order._kdc_notify_buyer(
                lambda order: (
                    order.env._("Order %s: the shop has received the money", order.name),
                    order._kdc_summary(),
                )
            )

    def _kdc_set_not_paid(self):
        """Take back that the shop has the money, after a wrong tap, and tell the buyer, who can pay again."""
        for order in self.filtered("kdc_paid_date"):
            order.kdc_paid_date = False
            order._kdc_notify_buyer(
                lambda order: (
                    order.env._("Order %s: the money has not come yet", order.name),
                    order.env._("The shop had noted by mistake that it has received the money."),
                )
            )

    def _kdc_to_give_back(self):
        """Return the amount in VND that the shop has received for an order it does not deliver; 0 for others."""
        self.ensure_one()
        given_up = self.kdc_shop_state in order_states.GIVEN_UP
        return round(self.amount_total) if given_up and self.kdc_paid_date else 0
