from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.clock import to_local
from odoo.exceptions import ValidationError

from ..engine import opening, slots
from .kdc_shop_block import MAX_MINUTES
from .kdc_shop_opening import UNKNOWN_HOURS

#: Highest values of the figures: hours before an appointment, days ahead, customers at the same time.
MAX_HOURS, MAX_DAYS, MAX_SEATS = 720, 60, 99
WHOLE_WEEK = "0123456"


class ProductTemplate(models.Model):
    """Services by appointment: listings with times instead of stock (features M-17).

    Times follow from the hours of the shop, or own hours of the listing, its special days, and what is booked; none is
    stored before somebody has it in the basket.
    """

    _inherit = "product.template"

    kdc_slot_minutes = fields.Integer(
        "Length of an appointment (minutes)", help="0: goods. Else a service that is ordered with day and time."
    )
    kdc_slot_capacity = fields.Integer(
        "Customers at the same time",
        default=1,
        help="Appointments of all services of the shop count: the same people do them.",
    )
    kdc_slot_lead = fields.Integer("Book at least (hours) before", default=2)
    kdc_slot_ahead = fields.Integer("Book at most (days) ahead", default=14)
    kdc_slot_cancel = fields.Integer(
        "Cancel until (hours) before", default=24, help="Until then the buyer cancels also what the shop has accepted."
    )
    kdc_slot_place = fields.Selection(
        [("shop", "At the shop"), ("home", "At the customer's house")], "Where the service is done", default="shop"
    )
    kdc_slot_days = fields.Char("Days of the own hours", help="Weekdays as figures, 0 is Monday.")
    kdc_slot_hours = fields.Char(
        "Own hours", help="For example “6:00–11:00, 15:00–19:00”. Empty: the hours of the shop."
    )

    _kdc_slot_check = models.Constraint(
        f"""CHECK (COALESCE(kdc_slot_minutes, 0) = 0 OR (
            kdc_slot_minutes BETWEEN 5 AND {MAX_MINUTES} AND kdc_slot_capacity BETWEEN 1 AND {MAX_SEATS}
            AND kdc_slot_lead BETWEEN 0 AND {MAX_HOURS} AND kdc_slot_cancel BETWEEN 0 AND {MAX_HOURS}
            AND kdc_slot_ahead BETWEEN 1 AND {MAX_DAYS} AND kdc_slot_place IS NOT NULL))""",
        "Please check length, places and times of the service.",
    )
    _kdc_slot_stock_check = models.Constraint(
        "CHECK (COALESCE(kdc_slot_minutes, 0) = 0 OR kdc_track_quantity IS NOT TRUE)",
        "A service by appointment has times, not a stock.",
    )

    @api.constrains("kdc_slot_hours", "kdc_slot_days")
    def _check_kdc_slot_hours(self):
        for listing in self:
            try:
                opening.parse_spans(listing.kdc_slot_hours)
            except opening.OpeningError as error:
                raise ValidationError(
                    self.env._(
                        "“%s” are no opening hours. Please write them like “6:00–11:00, 15:00–19:00”.",
                        listing.kdc_slot_hours,
                    )
                ) from error
            if set(listing.kdc_slot_days or "") - set(WHOLE_WEEK):
                raise ValidationError(self.env._("Please tick the days these hours are for."))

    # -- free times ------------------------------------------------------------------------------------------------
    def _kdc_slot_rules(self):
        """Return how this service can be booked, for the engine."""
        self.ensure_one()
        return slots.Rules(self.kdc_slot_minutes, self.kdc_slot_capacity, self.kdc_slot_lead, self.kdc_slot_ahead)

    def _kdc_slot_opening(self):
        """Return when the service is done: own hours or those of the shop; special days of the shop always count."""
        self.ensure_one()
        # sudo: hours are public
        hours = self.sudo().kdc_shop_id._kdc_opening(UNKNOWN_HOURS)
        spans = opening.parse_spans(self.kdc_slot_hours)
        if not spans:
            return hours
        return opening.Opening({int(day): spans for day in self.kdc_slot_days or WHOLE_WEEK}, hours.special)

    def _kdc_slot_book(self, without=(), shop_side=False):
        """Return what the engine's functions ask for: opening, rules, busy times and now.

        :param without: order lines that do not count as busy
        :param shop_side: whether the shop itself chooses; it needs no time to prepare
        """
        now = to_local(fields.Datetime.now())
        rules = self._kdc_slot_rules()
        if shop_side:
            rules = slots.Rules(rules.minutes, rules.capacity, 0, MAX_DAYS)
        midnight = datetime.combine(now.date(), time.min)
        last = midnight + timedelta(days=rules.ahead + 2)
        # sudo: which times are taken is public, by whom is not
        busy = self.sudo().kdc_shop_id._kdc_busy(midnight, last, without)
        return self._kdc_slot_opening(), rules, busy, now

    def _kdc_slot_week(self, chosen=None, without=(), seats=1, shop_side=False):
        """Return the days with free times and the times of one of them.

        :param chosen: the day that is looked at; the first with free times when there is none on it
        :return: ``(days, day, slots)``: list of ``(date, number of free times)``, a date or None, list of Slot
        """
        hours, rules, busy, now = self._kdc_slot_book(without, shop_side)
        free = {}
        for day in slots.days(rules, now):
            found = [slot for slot in slots.offered(hours, rules, busy, day, now) if slot.left >= seats]
            if found:
                free[day] = found
        day = chosen if chosen in free else next(iter(free), None)
        return [(day, len(found)) for day, found in free.items()], day, free.get(day, [])
