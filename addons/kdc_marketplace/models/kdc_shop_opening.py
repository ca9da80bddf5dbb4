from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.clock import to_local, to_utc
from odoo.addons.kdc_residents.tools.local_day import today_here

from ..engine.opening import DAY, Opening, format_spans, merge

#: A shop that has told no hours takes orders at any time, but nobody is expected to answer at night: its deadlines
#: count these hours.
UNKNOWN_HOURS = dict.fromkeys(range(7), ((7 * 60, 20 * 60),))


class KdcShop(models.Model):
    """When the shop is open. The arithmetic is ``engine/opening.py`` in local time; fields and callers use UTC."""

    _inherit = "kdc.shop"

    hours_ids = fields.One2many("kdc.shop.hours", "shop_id", "Hours of the week")
    special_day_ids = fields.One2many("kdc.shop.special.day", "shop_id", "Special days")
    opening_hours = fields.Char(compute="_compute_opening_hours", help="The usual week in one line, as buyers read it.")

    @api.depends("hours_ids.weekday", "hours_ids.hour_from", "hours_ids.hour_to")
    @api.depends_context("lang")
    def _compute_opening_hours(self):
        """Write days with the same hours together: "Monday–Saturday 6:00–11:00; Sunday closed"."""
        labels = [
            label for _key, label in self.env["kdc.shop.hours"]._fields["weekday"]._description_selection(self.env)
        ]
        for shop in self:
            # sudo: the hours are public, whoever looks
            weekly = shop.sudo()._kdc_week()
            if not weekly:
                shop.opening_hours = False
                continue
            runs = []
            for day in range(7):
                spans = weekly.get(day, ())
                if runs and runs[-1][2] == spans:
                    runs[-1][1] = day
                else:
                    runs.append([day, day, spans])
            if len(runs) == 1:
                shop.opening_hours = self.env._("every day %s", format_spans(runs[0][2]))
                continue
            closed = self.env._("closed")
            shop.opening_hours = "; ".join(
                f"{labels[first] if first == last else f'{labels[first]}–{labels[last]}'} "
                f"{format_spans(spans) if spans else closed}"
                for first, last, spans in runs
            )

    def _kdc_week(self):
        """Return {weekday: spans} of the usual week."""
        self.ensure_one()
        spans = {}
        for hours in self.hours_ids:
            spans.setdefault(int(hours.weekday), []).append(hours._span())
        return {day: merge(pieces) for day, pieces in spans.items()}

    def _kdc_opening(self, default=None):
        """Return the opening hours for the engine, or None for a shop that has told none and has no ``default``."""
        self.ensure_one()
        shop = self.sudo()  # sudo: the hours are public, whoever looks
        weekly = shop._kdc_week() or default
        special = {}
        for day in shop.special_day_ids:
            spans = day._spans()
            for offset in range((day.date_to - day.date_from).days + 1):
                special[day.date_from + timedelta(days=offset)] = spans
        if weekly is None:
            if not special:
                return None
            weekly = dict.fromkeys(range(7), ((0, DAY),))
        return Opening(weekly, special)

    def _kdc_is_open(self, when=None):
        """Whether the shop is open at ``when`` (UTC, now by default); one that tells no hours always is."""
        hours = self._kdc_opening()
        return hours is None or hours.is_open(to_local(when or fields.Datetime.now()))

    def _kdc_next_opening(self, when=None):
        """Return when (UTC) the shop opens next, ``when`` itself while open; None if not within a year."""
        when = when or fields.Datetime.now()
        hours = self._kdc_opening()
        if hours is None:
            return when
        opens = hours.next_opening(to_local(when))
        return opens and to_utc(opens)

    def _kdc_add_opening_minutes(self, when, minutes):
        """Return the instant (UTC) at which ``minutes`` of opening time have passed since ``when``.

        Deadlines of the shop are counted so: nobody has to answer at night. None if the shop does not open for so
        long within a year.
        """
        reached = self._kdc_opening(UNKNOWN_HOURS).add_minutes(to_local(when), minutes)
        return reached and to_utc(reached)

    def _kdc_opening_minutes(self, start, end):
        """Return the whole minutes of opening time between two instants (UTC)."""
        return self._kdc_opening(UNKNOWN_HOURS).minutes_between(to_local(start), to_local(end))

    def _kdc_opening_now(self):
        """Return what buyers read about this moment: {"open": bool, "text": sentence}; None without known hours."""
        hours = self._kdc_opening()
        if hours is None:
            return None
        now = to_local(fields.Datetime.now())
        today = now.date()
        # sudo: the reason of a special day is told to everybody
        special = self.sudo().special_day_ids.filtered(lambda d: d.date_from <= today <= d.date_to)[:1]
        if closes := hours.closes_at(now):
            far = closes - now > timedelta(days=1)
            text = self.env._("Open now") if far else self.env._("Open now, until %s", f"{closes:%H:%M}")
            return {"open": True, "text": text}
        text = self.env._("Closed (%s)", special.name) if special.name else self.env._("Closed now")
        if opens := hours.next_opening(now):
            same_day = opens.date() == today
            text += ", " + (
                self.env._("opens at %s", f"{opens:%H:%M}")
                if same_day
                else self.env._("opens on %(day)s at %(time)s", day=f"{opens:%d/%m}", time=f"{opens:%H:%M}")
            )
        return {"open": False, "text": text}

    def _kdc_coming_special_days(self, days=30):
        """Return the special days of today and of the next ``days``, in order, in sudo."""
        self.ensure_one()
        today = today_here(self)
        # sudo: special days are public
        return self.sudo().special_day_ids.filtered(
            lambda day: day.date_to >= today and day.date_from <= today + timedelta(days=days)
        )

    @api.model
    def _kdc_open_codes(self, company):
        """Return the addresses of the shops of a ward that are open this moment (features M-07)."""
        # sudo: hours and addresses of approved shops are public
        shops = self.sudo().search([("state", "=", "approved"), ("company_id", "=", company.id)])
        now = fields.Datetime.now()
        return shops.filtered(lambda shop: shop._kdc_is_open(now)).mapped("code")

    # -- editing ---------------------------------------------------------------------------------------------------
    def _kdc_set_week(self, days, spans):
        """Give some days of the week the same hours; no spans: closed on these days."""
        self.ensure_one()
        kept = self.hours_ids.filtered(lambda hours: int(hours.weekday) not in days)
        (self.hours_ids - kept).unlink()
        self.env["kdc.shop.hours"].create(
            [
                {
                    "shop_id": self.id,
                    "weekday": str(day),
                    "hour_from": start / 60,
                    "hour_to": (end if end <= DAY else end - DAY) / 60,
                }
                for day in days
                for start, end in merge(spans)
            ]
        )
