import logging
from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.clock import to_local, to_utc
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.attempts import undo_and_log
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError, ValidationError

from ..engine import order_states, slots
from ..engine.appointment_states import APPOINTMENT_STATES
from ..engine.handover import APPOINTMENT, Offer

_logger = logging.getLogger(__name__)


class SaleOrder(models.Model):
    """Appointments in the basket and in orders (features M-17).

    A basket holds no time: many may look at the last one. The confirmation does, under a lock of the shop, and the
    state of the order from then on: whatever gives the order up frees its times.
    """

    _inherit = "sale.order"

    # -- basket ----------------------------------------------------------------------------------------------------
    def _cart_find_product_line(self, product_id, *args, kdc_slot_start=None, **kwargs):
        """Override of `website_sale`: each time of a service is a line of its own."""
        lines = super()._cart_find_product_line(product_id, *args, **kwargs)
        if not lines.product_id.product_tmpl_id.kdc_slot_minutes:
            return lines
        return lines.filtered(lambda line: kdc_slot_start and line.kdc_slot_start == kdc_slot_start)

    def _verify_updated_quantity(self, order_line, product_id, new_qty, uom_id, **kwargs):
        """Override of `website_sale`: a service needs a time and serves so many customers at once."""
        new_qty, warning = super()._verify_updated_quantity(order_line, product_id, new_qty, uom_id, **kwargs)
        # sudo: as the cart itself
        listing = self.env["product.product"].sudo().browse(product_id).product_tmpl_id
        if not listing.kdc_slot_minutes or new_qty <= 0:
            return new_qty, warning
        if not (order_line.kdc_slot_start or kwargs.get("kdc_slot_start")):
            return 0, self.env._("Please choose day and time of “%s”.", listing.name)
        if new_qty > listing.kdc_slot_capacity:
            return listing.kdc_slot_capacity, self.env._(
                "“%(service)s” serves %(count)s at a time.", service=listing.name, count=listing.kdc_slot_capacity
            )
        return new_qty, warning

    def _prepare_order_line_values(self, product_id, quantity, uom_id, *, kdc_slot_start=None, **kwargs):
        """Override of `website_sale`: keep the time. A browser's words are no time: only our own page gives one."""
        values = super()._prepare_order_line_values(product_id, quantity, uom_id, **kwargs)
        if isinstance(kdc_slot_start, datetime):
            # sudo: as the cart itself
            listing = self.env["product.product"].sudo().browse(product_id).product_tmpl_id
            values |= {
                "kdc_slot_start": kdc_slot_start,
                "kdc_slot_stop": kdc_slot_start + listing._kdc_slot_rules().length,
            }
        return values

    def _kdc_slot_lines(self):
        """Return the appointments of orders, and the services of a basket that still need a time."""
        return self.order_line.filtered(
            lambda line: line.kdc_slot_start or line.product_id.product_tmpl_id.kdc_slot_minutes
        ).sorted(lambda line: (line.kdc_slot_start or datetime.max, line.id))

    def _kdc_clean_basket(self):
        """Override: say which times are not free any more; the lines stay, the buyer chooses again."""
        changes = super()._kdc_clean_basket()
        others = {}
        for line in self._kdc_slot_lines():
            if not line.product_id.product_tmpl_id.kdc_slot_minutes:
                line.write({"kdc_slot_start": False, "kdc_slot_stop": False})  # the shop sells it as goods now
                continue
            mine = others.setdefault(line.kdc_shop_id, [])
            if problem := line._kdc_slot_problem(mine):
                changes.append(problem)
            else:
                start, stop = to_local(line.kdc_slot_start), to_local(line.kdc_slot_stop)
                mine.append(slots.Busy(start, stop, round(line.product_uom_qty)))
        return changes

    def _kdc_choices(self, area, wishes):
        """Override: appointments alone are not delivered, so nobody pays or misses a minimum for that."""
        by_appointment = Offer(APPOINTMENT, APPOINTMENT)
        return [
            (shop, lines, goods, [by_appointment], by_appointment)
            if all(line.product_id.product_tmpl_id.kdc_slot_minutes for line in lines)
            else (shop, lines, goods, offers, offer)
            for shop, lines, goods, offers, offer in super()._kdc_choices(area, wishes)
        ]

    def _kdc_needs_address(self):
        """Whether somebody comes to the buyer's house for an appointment of this basket."""
        self.ensure_one()
        return "home" in self._kdc_slot_lines().product_id.product_tmpl_id.mapped("kdc_slot_place")

    def _kdc_place_orders(self, phone, address, wishes, seen_total=None):
        """Override: hold the times. Of two buyers of the last one the second runs again and reads that it is gone."""
        appointments = self._kdc_slot_lines()
        # sudo: only locked; the row of the shop stands for its book of appointments
        lock_or_retry(appointments.kdc_shop_id.sudo(), allow_referencing=True, touch=True)
        if self._kdc_needs_address() and not address:
            raise ValidationError(self.env._("Please type the address to which the shop comes."))
        orders = super()._kdc_place_orders(phone, address, wishes, seen_total=seen_total)
        appointments = appointments.filtered("kdc_slot_start")  # what the shop sells as goods by now has none
        for line in appointments:
            service = line.product_id.product_tmpl_id
            home = service.kdc_slot_place == "home"
            line.kdc_slot_address = address if home else line.kdc_shop_id.address
            line.kdc_slot_cancel = service.kdc_slot_cancel
        for order in appointments.order_id:
            order.kdc_answer_by = min(order.kdc_answer_by, order._kdc_first_slot())
        return orders

    # -- life of an order ------------------------------------------------------------------------------------------
    def _kdc_steps(self):
        """Override: see `engine.appointment_states`."""
        return APPOINTMENT_STATES if self.kdc_handover == APPOINTMENT else super()._kdc_steps()

    def _kdc_targets(self, actor):
        """Override: an accepted one can be cancelled by its buyer for some time, and is done once it has begun."""
        targets = super()._kdc_targets(actor)
        if actor == order_states.BUYER and order_states.CANCELLED in targets and not self._kdc_may_cancel():
            targets.remove(order_states.CANCELLED)
        if order_states.HANDED_OVER in targets and self._kdc_still_to_come():
            targets.remove(order_states.HANDED_OVER)
        return targets

    def _kdc_still_to_come(self):
        """Return when (UTC) the last appointment of the order begins, while it has not; None afterwards."""
        self.ensure_one()
        begin = max(self.order_line.filtered("kdc_slot_start").mapped("kdc_slot_start"), default=None)
        return begin if begin and begin > fields.Datetime.now() else None

    def _kdc_first_slot(self):
        """Return when the first appointment of the order begins (UTC), or would with what was proposed."""
        lines = self.order_line.filtered("kdc_slot_start")
        return min([*lines.mapped("kdc_slot_start"), *filter(None, lines.mapped("kdc_slot_proposed"))])

    def _kdc_cancel_until(self):
        """Return until when (UTC) the buyer can cancel accepted appointments; None for other orders.

        Who is asked to come at another time may say no until the appointment begins.
        """
        self.ensure_one()
        lines = self.order_line.filtered("kdc_slot_start")
        if self.kdc_handover != APPOINTMENT or not lines:
            return None
        return min(
            line.kdc_slot_start - timedelta(hours=0 if line.kdc_slot_proposed else line.kdc_slot_cancel)
            for line in lines
        )

    def _kdc_may_cancel(self):
        self.ensure_one()
        until = self.kdc_shop_state == order_states.ACCEPTED and self._kdc_cancel_until()
        return not until or fields.Datetime.now() <= until

    def _kdc_set_state(self, target, actor, reason="", cancel=True):
        if target == order_states.CANCELLED and actor == order_states.BUYER:
            for order in self:
                if not order._kdc_may_cancel():
                    raise UserError(
                        self.env._(
                            "The appointment could be cancelled until %s. Please call the shop.",
                            fmt.datetime(order._kdc_cancel_until()),
                        )
                    )
        if target == order_states.HANDED_OVER:
            for order in self:
                if begin := order._kdc_still_to_come():
                    raise UserError(
                        self.env._(
                            "The appointment begins at %s. It can be noted as done from then on.", fmt.datetime(begin)
                        )
                    )
        result = super()._kdc_set_state(target, actor, reason, cancel=cancel)
        if target not in (order_states.NEW, order_states.ACCEPTED):
            # Nobody can answer any more, so the other time is free
            self.order_line.filtered("kdc_slot_proposed").kdc_slot_proposed = False
        return result

    def _kdc_cancel_unanswered(self):
        """Override: where the shop has proposed another time, it was the buyer who did not answer."""
        asked = self.filtered(lambda order: any(order.order_line.mapped("kdc_slot_proposed")))
        for order in asked:
            buyer_lang = order.with_context(lang=order.partner_id.lang or "vi_VN")
            order._kdc_set_state(
                order_states.CANCELLED,
                order_states.SYSTEM,
                buyer_lang.env._("Nobody agreed to the other time the shop had proposed. Please book again."),
            )
        return super(SaleOrder, self - asked)._kdc_cancel_unanswered()

    # -- another time ----------------------------------------------------------------------------------------------
    def _kdc_live_slot(self, line_id):
        """Return an appointment that can still change, with its shop locked; the caller has checked who asks.

        :raise UserError: there is none (any more)
        """
        self.ensure_one()
        lock_or_retry(self.kdc_shop_id, allow_referencing=True, touch=True)
        line = self.order_line.filtered(lambda line: line.id == line_id and line.kdc_slot_start)
        if not line or self.kdc_shop_state not in (order_states.NEW, order_states.ACCEPTED):
            raise UserError(self.env._("This appointment cannot be changed any more."))
        return line

    def _kdc_propose_slot(self, line_id, start):
        """Propose another time to the buyer; it is held until he has answered.

        :param start: local time
        """
        line = self._kdc_live_slot(line_id)
        listing = line.product_id.product_tmpl_id
        book = listing._kdc_slot_book(without=line, shop_side=True)
        if not listing.kdc_slot_minutes or not slots.find(*book, start, round(line.product_uom_qty)):
            raise UserError(self.env._("This time is not free. Please choose another one."))
        line.kdc_slot_proposed = to_utc(start)
        if self.kdc_shop_state == order_states.NEW:
            self.kdc_answer_by = self._kdc_first_slot()
            self._kdc_note_answer()
        self._kdc_notify_buyer(
            lambda order: (
                order.env._("Order %s: the shop proposes another time", order.name),
                order.env._("Please accept or refuse: %s", fmt.datetime(line.kdc_slot_proposed)),
            )
        )

    def _kdc_answer_proposal(self, line_id, accept):
        """Take the time the shop has proposed, or keep to the first one; the shop was accepting by proposing."""
        line = self._kdc_live_slot(line_id)
        if not line.kdc_slot_proposed:
            raise UserError(self.env._("The shop has taken back what it had proposed."))
        if accept and line.kdc_slot_proposed <= fields.Datetime.now():
            raise UserError(self.env._("This time is over. Please call the shop."))
        proposed, line.kdc_slot_proposed = line.kdc_slot_proposed, False
        if accept:
            # The shop may sell it for another time by now; this customer comes for what was agreed on
            line._kdc_set_slot(to_local(proposed), line.kdc_slot_stop - line.kdc_slot_start)
            line.kdc_slot_reminded = False
        if self.kdc_shop_state == order_states.NEW:
            if accept and not any(self.order_line.mapped("kdc_slot_proposed")):
                self._kdc_set_state(order_states.ACCEPTED, order_states.SHOP)
            else:
                # Not as for a new order: one that is placed is answered also by a shop that takes no more today
                minutes = self.kdc_shop_id.company_id.kdc_market_answer_minutes
                deadline = self.kdc_shop_id._kdc_add_opening_minutes(fields.Datetime.now(), minutes)
                self.kdc_answer_by = min(filter(None, (deadline, self._kdc_first_slot())))

        def words(order):
            when = line.with_env(order.env)._kdc_slot_text()
            if accept:
                return order.env._("Order %s: the buyer takes the other time", order.name), when
            return order.env._("Order %s: the other time does not suit the buyer", order.name), when

        self._kdc_notify_shop(words)

    def _kdc_may_be_missed(self, line):
        """Whether the shop can say that the customer did not come."""
        self.ensure_one()
        begun = line.kdc_slot_start and line.kdc_slot_start <= fields.Datetime.now()
        return bool(begun and not line.kdc_slot_missed and self.kdc_shop_state == order_states.ACCEPTED)

    def _kdc_set_missed(self, line_id):
        """Note that the customer did not come; an order of nothing else ends with that."""
        line = self._kdc_live_slot(line_id)
        if not self._kdc_may_be_missed(line):
            raise UserError(self.env._("This appointment cannot be changed any more."))
        line.kdc_slot_missed = True
        appointments = self.order_line.filtered("kdc_slot_start")
        if self.kdc_handover == APPOINTMENT and all(appointments.mapped("kdc_slot_missed")):
            buyer_lang = self.with_context(lang=self.partner_id.lang or "vi_VN")
            reason = buyer_lang.env._("The customer did not come to the appointment.")
            self._kdc_set_state(order_states.REFUSED, order_states.SHOP, reason)
        else:
            self._kdc_notify_buyer(
                lambda order: (
                    order.env._("Order %s: you did not come to the appointment", order.name),
                    line.with_env(order.env)._kdc_summary(),
                )
            )

    # -- the day before --------------------------------------------------------------------------------------------
    @api.model
    def _cron_kdc_remind_of_slots(self):
        """Remind both sides of the appointments of tomorrow: each buyer of his, each shop of its day."""
        day = today_here(self) + timedelta(days=1)
        start = to_utc(datetime.combine(day, time.min))
        lines = self.env["sale.order.line"].search(
            [
                ("kdc_slot_start", ">=", start),
                ("kdc_slot_start", "<", start + timedelta(days=1)),
                ("kdc_slot_reminded", "=", False),
                ("order_id.kdc_shop_state", "in", (order_states.ACCEPTED, order_states.READY)),
            ],
            order="kdc_slot_start, id",
        )
        by_shop = lines.grouped(lambda line: line.order_id.kdc_shop_id)
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=len(by_shop))
        for shop, appointments in by_shop.items():
            with undo_and_log(self.env.cr, _logger, "Reminders of shop %s could not be sent", shop.id):
                appointments._kdc_remind(day)
            if not progress(1):
                break

    def _kdc_forget_contact(self):
        """Override: nor where the appointment was."""
        self.order_line.filtered("kdc_slot_address").write({"kdc_slot_address": False})
        return super()._kdc_forget_contact()
