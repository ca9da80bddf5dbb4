"""The hand-over page: the last step of a market basket, as plain forms."""

from odoo.addons.kdc_residents.controllers.light import LightController
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.engine.phone import PhoneError, to_e164
from odoo.exceptions import UserError
from odoo.http import request, route

from ..engine import handover
from ..models.website import CART_URL, HANDOVER_URL

PAGE = "kdc_marketplace.handover"
MAX_QUANTITY = 9999
NOTE_LENGTH = 200


def whole_number(text, default, maximum):
    """Return ``text`` as an int between 0 and ``maximum``; ``default`` when it is no number."""
    try:
        return min(max(int(str(text).strip()), 0), maximum)
    except ValueError:
        return default


def dong(text):
    """Return an amount typed as people write it ("15.000 ₫") in whole đồng; 0 for nothing, ``None`` for no amount."""
    digits = (text or "").translate(str.maketrans("", "", " .,₫đ\u00a0"))
    if not digits:
        return 0
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 12 else None


class MarketBasket(LightController):
    @route("/shop/basket/add", type="http", auth="public", website=True, sitemap=False, methods=["POST"])
    def market_basket_add(self, product_id="", quantity="1", **_kwargs):
        """Put a listing into the basket without JavaScript; the price always comes from the listing."""
        # sudo: whether it may be sold is checked on the next line, for guests too
        product = request.env["product.product"].sudo().browse(whole_number(product_id, 0, 2**31 - 1)).exists()
        if not product or not product.kdc_shop_id or not product._kdc_for_sale():
            raise request.not_found()
        if product.company_id != request.website.company_id:  # a shop of another ward
            raise request.not_found()
        cart = request.cart or request.website._create_cart()
        cart._cart_add(product_id=product.id, quantity=whole_number(quantity, 1, MAX_QUANTITY) or 1)
        return self._light_redirect(CART_URL)

    @route(HANDOVER_URL, type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_handover(self, **_kwargs):
        """Show the basket by shop and ask how each shop hands over."""
        cart = request.cart
        if not cart or not cart._kdc_is_market():
            return self._light_redirect(CART_URL)
        if not self._market_may_order():
            return self._light_render("kdc_marketplace.handover_residents_only", status=403)
        changes = cart._kdc_clean_basket()
        return self._light_render(PAGE, self._market_handover_values(cart, {}, changes))

    @route(HANDOVER_URL, type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_handover_submit(self, **post):
        """Change quantities, or order: one order per shop, all or none."""
        cart = request.cart
        if not cart or not cart._kdc_is_market():
            # A second tap on the button, or a basket ordered in another window
            return self._light_redirect("/my/orders" if self._light_resident() else CART_URL)
        if not self._market_may_order():
            return self._light_render("kdc_marketplace.handover_residents_only", status=403)
        self._market_apply_quantities(cart, post)
        changes = cart._kdc_clean_basket()
        if post.get("action") == "update":
            return self._light_render(PAGE, self._market_handover_values(cart, post, changes))
        errors = self._market_handover_errors(cart, post)
        seen = whole_number(post.get("seen_total"), -1, 10**12)
        if changes or errors:
            return self._light_invalid(PAGE, self._market_handover_values(cart, post, changes, errors))
        try:
            with request.env.cr.savepoint():
                orders = cart._kdc_place_orders(
                    to_e164(post["phone"]),
                    post.get("address", "").strip()[:NOTE_LENGTH],
                    self._market_wishes(cart, post),
                    seen_total=seen,
                )
        except UserError as error:
            cart.invalidate_recordset()
            return self._light_invalid(PAGE, self._market_handover_values(cart, post, [str(error)]))
        request.website.sale_reset()
        self._light_flash(
            request.env._(
                "Your order %(number)s was sent to %(count)s shop(s). You will be told when a shop answers.",
                number=orders[0].kdc_order_group,
                count=len(orders),
            )
        )
        return self._light_redirect("/my/orders")

    # -- helpers ---------------------------------------------------------------------------------------------------
    def _market_may_order(self):
        """Whether the user lives in the ward of this website."""
        resident = self._light_resident()
        return resident and resident.company_id == request.website.company_id

    def _market_apply_quantities(self, cart, post):
        """Write the quantities typed in the form; 0 takes the line out."""
        for line in cart.website_order_line:
            typed = post.get(f"qty_{line.id}")
            if typed is None:
                continue
            quantity = whole_number(typed, int(line.product_uom_qty), MAX_QUANTITY)
            if quantity != line.product_uom_qty:
                cart._cart_update_line_quantity(line.id, quantity)

    def _market_wishes(self, cart, post):
        """Return {shop id: hand-over, way of paying, note} as typed; the model decides what the shop offers."""
        return {
            shop.id: {
                "handover": post.get(f"handover_{shop.id}"),
                "payment_way": post.get(f"payment_{shop.id}"),
                "note": post.get(f"note_{shop.id}", "").strip()[:NOTE_LENGTH],
            }
            for shop in cart._kdc_lines_by_shop()
        }

    @staticmethod
    def _market_payment(wished, shop, rooms):
        """Return the way of paying to show as chosen: one the shop offers this buyer."""
        offered = {"transfer": shop.bank_account, "credit": shop in rooms}
        return wished if offered.get(wished) else "cash"

    def _market_handover_errors(self, cart, post):
        """Return {field: message} of the form."""
        errors = {}
        try:
            to_e164(post.get("phone", ""))
        except PhoneError:
            errors["phone"] = request.env._("Please type a phone number on which the shop can reach you.")
        choices = cart._kdc_choices(self._light_resident().area_id, self._market_wishes(cart, post))
        for shop, _lines, goods, _offers, offer in choices:
            try:
                cart._kdc_check_choice(shop, goods, offer)
            except UserError as error:
                errors[f"handover_{shop.id}"] = str(error)
        brought = any(offer and offer.kind == handover.DELIVERY for *_others, offer in choices)
        if brought and not post.get("address", "").strip():
            errors["address"] = request.env._("Please type where the goods are brought.")
        return errors

    def _market_handover_values(self, cart, post, changes, errors=None):
        """Return what the page shows: named fields only."""
        resident = self._light_resident()
        dwelling = resident.household_id.dwelling_id
        phone = post.get("phone", fmt.phone(resident.phone))
        address = post.get("address", dwelling.display_name or "")
        choices = cart._kdc_choices(resident.area_id, self._market_wishes(cart, post))
        # What the buyer can still put on the running account of each shop that keeps one, in VND
        rooms = {
            account.shop_id: account._kdc_room()
            for account in request.env.user.partner_id._kdc_credits()
            if account.state == "open"
        }
        groups = [
            {
                "id": shop.id,
                "name": shop.name,
                "url": shop._kdc_url(),
                "opening_hours": shop.opening_hours,
                "window": shop._kdc_window_text(),
                # In an order window the shop answers when it is over; whether it is open now says nothing
                "closed": not shop.by_window and shop._kdc_closed_text(),
                "refuses": shop.outside_hours == "refuse",
                "bank_account": shop.bank_account,
                "goods": goods,
                "fee": chosen.fee_for(goods) if chosen else 0,
                "offers": [
                    {
                        "key": offer.key,
                        "label": offer.label,
                        "note": offer.note,
                        "delivery": offer.kind == handover.DELIVERY,
                        "fee": offer.fee,
                        "fee_now": offer.fee_for(goods),
                        "minimum": offer.minimum,
                        "missing": offer.missing(goods),
                        "free_from": offer.free_from,
                        "chosen": offer == chosen,
                    }
                    for offer in offers
                ],
                "payment": self._market_payment(post.get(f"payment_{shop.id}"), shop, rooms),
                "room": rooms.get(shop),
                "note": post.get(f"note_{shop.id}", ""),
                "lines": [
                    {
                        "id": line.id,
                        "name": line.product_id._kdc_label(),
                        "unit": line.product_id.kdc_unit,
                        "price": line.price_unit,
                        "quantity": int(line.product_uom_qty),
                        "total": line.price_total,
                        "image": f"/web/image/product.product/{line.product_id.id}/image_128",
                    }
                    for line in lines
                ],
            }
            for shop, lines, goods, offers, chosen in choices
        ]
        return {
            "groups": groups,
            "total": sum(group["goods"] + group["fee"] for group in groups),
            "phone": phone,
            "address": address,
            "changes": changes,
            "errors": errors or {},
        }
