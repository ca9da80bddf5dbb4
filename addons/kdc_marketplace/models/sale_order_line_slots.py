from odoo import fields, models
from odoo.addons.kdc_residents.engine.clock import to_local, to_utc

from ..engine import slots
from .kdc_shop_hours import WEEKDAYS


def slot_text(env, start, stop=None):
    """Write a time as people read it: "Tuesday 24/11/2026, 09:00–10:00".

    :param start: local time
    :param stop: local time
    """
    labels = dict(env["kdc.shop.hours"]._fields["weekday"]._description_selection(env))
    text = f"{labels[WEEKDAYS[start.weekday()][0]]} {start:%d/%m/%Y}, {start:%H:%M}"
    return f"{text}–{stop:%H:%M}" if stop else text


class SaleOrderLine(models.Model):
    """An appointment is a line of an order with a time; it is held as long as its order lives."""

    _inherit = "sale.order.line"

    kdc_slot_start = fields.Datetime("Appointment", copy=False, index="btree_not_null")
    kdc_slot_stop = fields.Datetime("Appointment until", copy=False)
    kdc_slot_proposed = fields.Datetime(
        "Proposed instead", copy=False, index="btree_not_null", help="By the shop; the buyer accepts or refuses."
    )
    kdc_slot_address = fields.Char("Place of the appointment", copy=False)
    kdc_slot_cancel = fields.Integer("Cancelled until (hours) before", copy=False, help="As it was when it was booked.")
    kdc_slot_missed = fields.Boolean("The customer did not come", copy=False)
    kdc_slot_reminded = fields.Boolean("Reminded of the appointment", copy=False)

    _kdc_slot_check = models.Constraint(
        "CHECK ((kdc_slot_start IS NULL) = (kdc_slot_stop IS NULL) AND kdc_slot_stop > kdc_slot_start)",
        "An appointment ends after it begins.",
    )

    def _get_sale_order_line_multiline_description_sale(self):
        """Override of `sale`: an appointment says when it is."""
        description = super()._get_sale_order_line_multiline_description_sale()
        return f"{description}\n{self._kdc_slot_text()}" if self.kdc_slot_start else description

    def _kdc_summary(self):
        summary = super()._kdc_summary()
        return f"{summary} ({self._kdc_slot_text()})" if self.kdc_slot_start else summary

    def _kdc_slot_text(self):
        self.ensure_one()
        return slot_text(self.env, to_local(self.kdc_slot_start), to_local(self.kdc_slot_stop))

    def _kdc_set_slot(self, start, length=None):
        """Give the line another time.

        :param start: local time, one that the service offers
        :param length: timedelta that was agreed on; without it that of the service now
        """
        self.ensure_one()
        length = length or self.product_id.product_tmpl_id._kdc_slot_rules().length
        self.write({"kdc_slot_start": to_utc(start), "kdc_slot_stop": to_utc(start + length)})
        # Odoo writes the words once; they name the time
        lang = self.with_context(lang=self.order_id._get_lang())
        self.name = lang._get_sale_order_line_multiline_description_sale()

    def _kdc_slot_problem(self, others=()):
        """Return why a line of a basket cannot be ordered with its time, with other times; None when it can.

        :param others: Busy times of the same basket that are not in the book of the shop yet
        """
        self.ensure_one()
        listing, env = self.product_id.product_tmpl_id, self.env
        if not self.kdc_slot_start:
            return env._("Please choose day and time of “%s”.", listing.name)
        hours, rules, busy, now = listing._kdc_slot_book()
        busy = [*busy, *others]
        start, seats = to_local(self.kdc_slot_start), round(self.product_uom_qty)
        slot = slots.find(hours, rules, busy, now, start, seats)
        if slot and slot.stop == to_local(self.kdc_slot_stop):
            return None
        free = slots.next_free(hours, rules, busy, now, start, seats)
        if not free:
            return env._(
                "“%(service)s” on %(time)s is not free any more, and no other time is free for now. "
                "Set it to 0 and order the rest.",
                service=listing.name,
                time=slot_text(env, start),
            )
        return env._(
            "“%(service)s” on %(time)s is not free any more. Free are: %(others)s. "
            "Tap “Choose another time”; your basket was kept.",
            service=listing.name,
            time=slot_text(env, start),
            others="; ".join(slot_text(env, slot.start) for slot in free),
        )

    def _kdc_remind(self, day):
        """Tell the buyers of these appointments, all of one shop and one day, and the shop how many there are."""
        for order, lines in self.grouped("order_id").items():
            order._kdc_notify_buyer(
                lambda order, lines=lines: (
                    order.env._("Tomorrow: appointment at “%s”", order.kdc_shop_name),
                    "\n".join(line.with_env(order.env)._kdc_summary() for line in lines),
                )
            )
        shop = self.order_id.kdc_shop_id
        self.order_id[:1]._kdc_notify(
            shop.member_ids.user_id.partner_id,
            lambda order: (
                order.env._("Tomorrow: %s appointments", len(self)),
                "\n".join(line.with_env(order.env)._kdc_summary() for line in self),
            ),
            f"/my/shop/appointments?day={day}&shop={shop.id}",
        )
        self.kdc_slot_reminded = True
