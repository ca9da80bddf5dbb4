"""The appointments of a shop on the phone: its day, times kept free by hand, another time for a customer."""

from collections import Counter
from datetime import datetime, time, timedelta

from odoo import fields
from odoo.addons.kdc_residents.engine.clock import to_local, to_utc
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.http import request, route

from ..engine import listing_states, opening, slots
from ..models.kdc_shop_block import MAX_MINUTES
from ..models.product_template_slots import MAX_DAYS, MAX_HOURS, MAX_SEATS, WHOLE_WEEK
from .basket import whole_number
from .portal_shop import ShopPortal
from .slots import chosen_day, chosen_time, week_values

PAGE = "kdc_marketplace.portal_appointments"
PROPOSE = "kdc_marketplace.portal_propose"
MAX_BLOCKS = 200
NOTE = 60
#: Figures of the form: (least, most).
FIGURES = {
    "kdc_slot_minutes": (5, MAX_MINUTES),
    "kdc_slot_capacity": (1, MAX_SEATS),
    "kdc_slot_lead": (0, MAX_HOURS),
    "kdc_slot_ahead": (1, MAX_DAYS),
    "kdc_slot_cancel": (0, MAX_HOURS),
}


class ShopSlotListing(ShopPortal):
    """The part of the form of a listing that makes it a service by appointment."""

    def _market_listing_values(self, listing):
        return {**super()._market_listing_values(listing), "minutes": listing.kdc_slot_minutes}

    def _market_listing_form(self, listing, post, errors=None):
        values = super()._market_listing_form(listing, post, errors)
        form, source = values["form"], listing or listing.new({})
        form["by_slot"] = bool(post.get("by_slot")) if post else bool(source.kdc_slot_minutes)
        for fname in FIGURES:
            form[fname] = post.get(fname, source[fname] or (60 if fname == "kdc_slot_minutes" else 0))
        form["kdc_slot_place"] = post.get("kdc_slot_place", source.kdc_slot_place)
        form["kdc_slot_hours"] = post.get("kdc_slot_hours", source.kdc_slot_hours or "")
        days = source.kdc_slot_days or WHOLE_WEEK
        labels = request.env["kdc.shop.hours"]._fields["weekday"]._description_selection(request.env)
        form["slot_days"] = [
            (key, label, bool(post.get(f"slot_day_{key}")) if post else key in days) for key, label in labels
        ]
        places = request.env["product.template"]._fields["kdc_slot_place"]._description_selection(request.env)
        return {**values, "slot_places": places}

    def _market_listing_parse(self, post, listing=None):
        values, errors = super()._market_listing_parse(post, listing)
        env = request.env
        if not post.get("by_slot") or (listing and listing.kdc_has_choices):  # goods with choices are no service
            values["kdc_slot_minutes"] = 0
            return values, errors
        errors.pop("quantity", None)
        values.update(kdc_track_quantity=False, kdc_quantity=0)
        for fname, (least, most) in FIGURES.items():
            typed = whole_number(post.get(fname), -1, 10**6)
            if least <= typed <= most:
                values[fname] = typed
            else:
                errors[fname] = env._("Please type a whole number from %(least)s to %(most)s.", least=least, most=most)
        values["kdc_slot_place"] = "home" if post.get("kdc_slot_place") == "home" else "shop"
        try:
            spans = opening.parse_spans(post.get("kdc_slot_hours"))
        except opening.OpeningError:
            errors["kdc_slot_hours"] = env._("Please write the hours like “6:00–11:00, 15:00–19:00”.")
            return values, errors
        days = "".join(key for key in WHOLE_WEEK if post.get(f"slot_day_{key}"))
        if spans and not days:
            errors["kdc_slot_hours"] = env._("Please tick the days these hours are for.")
        values.update(
            kdc_slot_hours=opening.format_spans(spans) or False, kdc_slot_days=days if spans and days else False
        )
        return values, errors


class ShopAppointments(ShopPortal):
    @route("/my/shop/appointments", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_appointments(self, day="", **_kwargs):
        """Show one day of the shop in order of time: who comes, what is free, what is kept free."""
        shop = self._market_my_shop()
        return self._light_render(PAGE, self._market_day_values(shop, chosen_day(day) or today_here(request.env.user)))

    def _market_day_values(self, shop, day, post=None, error=None):
        midnight = datetime.combine(day, time.min)
        rows = [*self._market_taken(shop, midnight), *self._market_free(shop, midnight)]
        labels = dict(shop.env["kdc.shop.hours"]._fields["weekday"]._description_selection(request.env))
        return {
            "day": day,
            "weekday": labels[str(day.weekday())],
            "before": (day - timedelta(days=1)).isoformat(),
            "after": (day + timedelta(days=1)).isoformat(),
            "rows": sorted(rows, key=lambda row: (row["start"], row["kind"] == "free")),
            "services": bool(self._market_services(shop)),
            "coming": self._market_coming(shop),
            "form": {name: (post or {}).get(name, "") for name in ("from", "to", "name")},
            "error": error,
        }

    def _market_coming(self, shop):
        """Return the days from today on that have appointments, with their number."""
        midnight = datetime.combine(today_here(request.env.user), time.min)
        lines = shop._kdc_appointments(to_utc(midnight), to_utc(midnight + timedelta(days=MAX_DAYS + 1)))
        days = Counter(to_local(line.kdc_slot_start).date() for line in lines)
        return [{"value": day.isoformat(), "date": day, "count": count} for day, count in sorted(days.items())]

    def _market_services(self, shop):
        """Return the services of the own shop that buyers can book, in sudo."""
        Listing = request.env["product.template"].sudo()  # sudo: listings of the own shop
        return Listing.search(
            [
                ("kdc_shop_id", "=", shop.id),
                ("kdc_slot_minutes", ">", 0),
                ("kdc_listing_state", "=", listing_states.PUBLISHED),
            ]
        )

    def _market_taken(self, shop, midnight):
        """Return the appointments and blocked times of a day as rows."""
        first, last = to_utc(midnight), to_utc(midnight + timedelta(days=1))
        env = request.env
        labels = dict(env["sale.order"]._fields["kdc_shop_state"]._description_selection(env))
        rows = []
        for line in shop._kdc_appointments(first, last):
            order, length = line.order_id, line.kdc_slot_stop - line.kdc_slot_start
            for begin in filter(None, (line.kdc_slot_start, line.kdc_slot_proposed)):
                if first <= begin < last:
                    rows.append({
                        **self._market_times(begin, begin + length),
                        "kind": "taken",
                        "name": line.product_id.name,
                        "seats": round(line.product_uom_qty),
                        "buyer": order.partner_id.name,
                        "url": f"/my/shop/orders/{order.id}",
                        "proposed": begin == line.kdc_slot_proposed,
                        "missed": line.kdc_slot_missed,
                        "state": order.kdc_shop_state,
                        "label": labels[order.kdc_shop_state],
                    })  # fmt: skip
        blocks = shop.block_ids.filtered(lambda block: block.start < last and block.stop > first)
        rows += [
            {**self._market_times(block.start, block.stop), "kind": "block", "id": block.id, "name": block.name}
            for block in blocks
        ]
        return rows

    def _market_free(self, shop, midnight):
        """Return the free times of a day that are not over, one row for the services that share it."""
        busy = shop._kdc_busy(midnight - timedelta(days=1), midnight + timedelta(days=2))
        now = to_local(fields.Datetime.now())
        rows = {}
        for listing in self._market_services(shop):
            for slot in slots.of_day(listing._kdc_slot_opening(), listing._kdc_slot_rules(), busy, midnight.date()):
                if slot.left and slot.start > now:
                    row = rows.setdefault(
                        (slot.start, slot.stop),
                        {**self._market_times(to_utc(slot.start), to_utc(slot.stop)), "kind": "free", "names": []},
                    )
                    row["names"].append(listing.name)
        return [{**row, "name": ", ".join(row["names"])} for row in rows.values()]

    @staticmethod
    def _market_times(start, stop):
        """Return how a row of the day names its time (UTC), and what its button sends."""
        start, stop = to_local(start), to_local(stop)
        return {
            "start": start,
            "time": f"{start:%H:%M}–{stop:%H:%M}",
            "from": start.isoformat("T", "minutes"),
            "to": stop.isoformat("T", "minutes"),
        }

    @route("/my/shop/blocks/new", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_block_new(self, day="", **post):
        """Keep a time free: one of the list, or from one hour to another."""
        shop = self._market_my_shop()
        env = request.env
        day = chosen_day(day) or today_here(env.user)
        # A button of the list sends whole times, the form below it hours of the day
        start, stop = (chosen_time(post.get(end)) or chosen_time(f"{day}T{post.get(end)}") for end in ("from", "to"))

        def refused(error):
            return self._light_invalid(PAGE, self._market_day_values(shop, day, post, error))

        if not start or not stop or stop <= start:
            return refused(env._("Please choose from when to when you take no appointments."))
        if len(shop.block_ids) >= MAX_BLOCKS:
            return refused(
                env._("There are many times already. For days off enter a special day under “Opening hours”.")
            )
        note = (post.get("name") or "").strip()[:NOTE] or False
        values = {"shop_id": shop.id, "start": to_utc(start), "stop": to_utc(stop), "name": note}
        return self._market_step(
            lambda: shop.block_ids.create(values),
            env._("Kept free. Appointments that were booked already stay."),
            f"/my/shop/appointments?day={start.date()}",
            refused,
        )

    @route(
        "/my/shop/blocks/<int:block_id>/remove",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def market_block_remove(self, block_id, **_kwargs):
        """Take appointments again in a time that was kept free."""
        block = self._market_my_shop().block_ids.filtered(lambda block: block.id == block_id)
        if not block:
            raise request.not_found()
        url = f"/my/shop/appointments?day={to_local(block.start).date()}"
        return self._market_step(block.unlink, request.env._("Buyers can book this time again."), url)

    # -- one order -------------------------------------------------------------------------------------------------
    @route(
        "/my/shop/orders/<int:order_id>/propose",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET", "POST"],
    )
    def market_slot_propose(self, order_id, line="", day="", start="", **_kwargs):
        """Choose another time for an appointment; the buyer is asked."""
        order = self._market_my_shop_order(order_id)
        if request.httprequest.method != "POST":
            return self._light_render(PROPOSE, self._market_propose_values(order, line, day))
        return self._market_step(
            lambda: order._kdc_propose_slot(whole_number(line, 0, 2**31 - 1), chosen_time(start) or datetime.min),
            request.env._("The buyer was asked. The time is held until he has answered."),
            f"/my/shop/orders/{order.id}",
            lambda error: self._light_invalid(PROPOSE, self._market_propose_values(order, line, day, error)),
        )

    def _market_propose_values(self, order, line, day, error=None):
        """Return what the page shows on which another time is chosen; 404 for what is no appointment."""
        own = order._kdc_slot_lines().filtered(lambda own: str(own.id) == line)
        if not own.kdc_slot_start or not own.product_id.product_tmpl_id.kdc_slot_minutes:
            raise request.not_found()
        listing, seats = own.product_id.product_tmpl_id, round(own.product_uom_qty)
        return {
            "order": {"id": order.id, "name": order.name},
            "line": own.id,
            "service": listing.name,
            "now": own._kdc_slot_text(),
            "error": error,
            **week_values(listing, chosen_day(day), seats, without=own, shop_side=True),
        }

    @route(
        "/my/shop/orders/<int:order_id>/missed",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def market_slot_missed(self, order_id, line="", **_kwargs):
        """Note that the customer did not come."""
        order = self._market_my_shop_order(order_id)
        return self._market_step(
            lambda: order._kdc_set_missed(whole_number(line, 0, 2**31 - 1)),
            request.env._("Noted. The buyer was told."),
            f"/my/shop/orders/{order.id}",
            lambda error: self._market_shop_order_page(order, error),
        )

    @route()
    def market_shop_home(self, **kwargs):
        """Override: the way to the appointments, for shops that have services."""
        response = super().market_shop_home(**kwargs)
        if member := self._market_member(ended=True):
            response.qcontext.update(self._market_today(member.shop_id))
        return response

    @route()
    def market_shop_orders(self, **kwargs):
        """Override: the appointments of today stand first."""
        response = super().market_shop_orders(**kwargs)
        response.qcontext.update(self._market_today(self._market_my_shop(ended=True)))
        return response

    def _market_today(self, shop):
        midnight = datetime.combine(today_here(request.env.user), time.min)
        first, last = to_utc(midnight), to_utc(midnight + timedelta(days=1))
        today = sorted(
            (begin, f"{fmt.datetime(begin)[:5]} {line.product_id.name}, {line.order_id.partner_id.name}")
            for line in shop._kdc_appointments(first, last)
            # the time that was agreed on and the one proposed instead may be on different days
            for begin in filter(None, (line.kdc_slot_start, line.kdc_slot_proposed))
            if first <= begin < last
        )
        return {
            "services": bool(today or self._market_services(shop)),
            "appointments": [text for _begin, text in today],
        }
