"""Choosing day and time of a service, without JavaScript, and what its buyer says to another time."""

from datetime import date, datetime

from odoo.addons.kdc_residents.engine.clock import to_utc
from odoo.http import request, route

from ..engine import slots
from ..models.website import CART_URL, HANDOVER_URL
from .basket import MAX_QUANTITY, MarketBasket, whole_number
from .portal_order import BuyerOrders

PAGE = "kdc_marketplace.market_slots"


#: Years of the calendar: days before and after them are nonsense, and cannot be counted on from.
YEARS = range(2000, 2100)


def chosen_day(text):
    """Return the day of an address; None for nothing or nonsense."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if day.year in YEARS else None


def chosen_time(text):
    """Return the local time a button of ours sends; None for nothing or nonsense."""
    try:
        time = datetime.fromisoformat(text or "").replace(tzinfo=None)
    except ValueError:
        return None
    return time if time.year in YEARS else None


def week_values(listing, day, seats=1, **options):
    """Return the days and times of a service as `kdc_marketplace.slot_days` and `slot_times` show them."""
    days, day, found = listing._kdc_slot_week(day, seats=seats, **options)
    labels = dict(request.env["kdc.shop.hours"]._fields["weekday"]._description_selection(request.env))
    return {
        "days": [
            {"value": d.isoformat(), "weekday": labels[str(d.weekday())], "date": d, "free": count, "chosen": d == day}
            for d, count in days
        ],
        "day": day,
        "slots": [
            {"value": slot.start.isoformat("T", "minutes"), "text": f"{slot.start:%H:%M}–{slot.stop:%H:%M}",
             "left": slot.left}
            for slot in found
        ],
    }  # fmt: skip


class MarketSlots(MarketBasket):
    def _market_service(self, listing_id):
        """Return a service of the market that can be ordered, in sudo; 404 otherwise."""
        # sudo: whether it may be sold is checked here, for guests too
        listing = request.env["product.template"].sudo().browse(listing_id).exists()
        if not listing.kdc_shop_id or not listing.kdc_slot_minutes or not listing._kdc_for_sale():
            raise request.not_found()
        if listing.company_id != request.website.company_id:
            raise request.not_found()
        return listing

    def _market_slot_line(self, listing, line_id):
        """Return the line of the own basket whose time is changed; empty for none."""
        lines = request.cart.order_line if request.cart else request.env["sale.order.line"]
        number = whole_number(line_id, 0, 2**31 - 1)
        return lines.filtered(lambda line: line.id == number and line.product_id.product_tmpl_id == listing)

    @route("/shop/slots/<int:listing_id>", type="http", auth="public", website=True, sitemap=False, methods=["GET"])
    def market_slots(self, listing_id, day="", line="", **_kwargs):
        """Show the days and times in which a service can be booked."""
        listing = self._market_service(listing_id)
        return self._light_render(PAGE, self._market_slots_values(listing, chosen_day(day), line))

    @route("/shop/slots/<int:listing_id>", type="http", auth="public", website=True, sitemap=False, methods=["POST"])
    def market_slot_choose(self, listing_id, start="", line="", seats="1", **_kwargs):
        """Put the service with its time into the basket, or give a line of the basket another time."""
        listing = self._market_service(listing_id)
        wanted = chosen_time(start)
        seats = min(whole_number(seats, 1, MAX_QUANTITY) or 1, listing.kdc_slot_capacity)
        own = self._market_slot_line(listing, line)
        if own:
            seats = round(own.product_uom_qty)
        if not wanted or not slots.find(*listing._kdc_slot_book(), wanted, seats):
            error = request.env._("This time is not free. Please choose another one.")
            values = self._market_slots_values(listing, wanted and wanted.date(), line, error)
            return self._light_invalid(PAGE, values)
        if own:
            own._kdc_set_slot(wanted)
        else:
            cart = request.cart or request.website._create_cart()
            product = listing.product_variant_id
            added = cart._cart_add(product_id=product.id, quantity=seats, kdc_slot_start=to_utc(wanted))
            if not added["quantity"]:  # a shop that does not sell where the buyer lives
                return self._light_invalid(
                    PAGE, self._market_slots_values(listing, wanted.date(), line, added["warning"])
                )
        return self._light_redirect(HANDOVER_URL if self._light_resident() else CART_URL)

    def _market_slots_values(self, listing, day, line, error=None):
        own = self._market_slot_line(listing, line)
        return {
            "service": {
                "id": listing.id,
                "name": listing.name,
                "shop": listing.kdc_shop_name,
                "url": listing.website_url,
                # sudo: the address of an approved shop is public
                "address": listing.kdc_slot_place == "shop" and listing.sudo().kdc_shop_id.address,
                "home": listing.kdc_slot_place == "home",
                "minutes": listing.kdc_slot_minutes,
                "capacity": listing.kdc_slot_capacity,
                "cancel": listing.kdc_slot_cancel,
            },
            "line": own.id,
            "now": own.kdc_slot_start and own._kdc_slot_text(),
            "error": error,
            **week_values(listing, day, round(own.product_uom_qty) or 1),
        }

    @route()
    def market_basket_add(self, product_id="", quantity="1", **kwargs):
        """Override: a service is first given a time."""
        # sudo: only whether it is a service; the page it leads to checks the rest
        product = request.env["product.product"].sudo().browse(whole_number(product_id, 0, 2**31 - 1)).exists()
        if product.kdc_shop_id and product.product_tmpl_id.kdc_slot_minutes:
            return self._light_redirect(f"/shop/slots/{product.product_tmpl_id.id}")
        return super().market_basket_add(product_id=product_id, quantity=quantity, **kwargs)

    def _market_handover_errors(self, cart, post):
        errors = super()._market_handover_errors(cart, post)
        if cart._kdc_needs_address() and not post.get("address", "").strip():
            errors["address"] = request.env._("Please type the address to which the shop comes.")
        return errors

    def _market_handover_values(self, cart, post, changes, errors=None):
        """Override: the time of each appointment, and the way to another one."""
        values = super()._market_handover_values(cart, post, changes, errors)
        services = {line.id: line for line in cart._kdc_slot_lines()}
        for group in values["groups"]:
            group["appointments"] = all(line["id"] in services for line in group["lines"])
            for line in group["lines"]:
                if own := services.get(line["id"]):
                    line["slot"] = own.kdc_slot_start and own._kdc_slot_text()
                    line["slot_url"] = f"/shop/slots/{own.product_id.product_tmpl_id.id}?line={own.id}"
        return values


class BuyerSlots(BuyerOrders):
    @route(
        "/my/orders/<int:order_id>/proposal", type="http", auth="user", website=True, sitemap=False, methods=["POST"]
    )
    def market_order_proposal(self, order_id, line="", answer="", **_kwargs):
        """Accept or refuse the other time that the shop has proposed."""
        order, env = self._market_own_order(order_id), request.env
        accept = answer == "accept"
        return self._market_step(
            lambda: order._kdc_answer_proposal(whole_number(line, 0, 2**31 - 1), accept),
            env._("Agreed. The shop was told.")
            if accept
            else env._("The shop was told that the other time does not suit you."),
            f"/my/orders/{order.id}",
            lambda error: self._market_order_page(order, error),
        )
