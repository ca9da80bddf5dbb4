"""How a shop takes orders and money, its slips, and the light watch for new orders."""

import json

from odoo.addons.kdc_residents.engine import vietqr
from odoo.addons.kdc_residents.tools.private_file import private_file
from odoo.http import request, route

from ..engine import order_states
from ..report.packing_slip import packing_slips
from .basket import whole_number
from .portal_shop import SLIPS_AT_ONCE, ShopPortal

FORM = "kdc_marketplace.portal_ordering_form"
#: States in which a slip makes sense: never for an order that was given up (trap T6), nor after the hand-over, when
#: phone and address of the buyer are none of the shop's business.
WITH_SLIP = order_states.AGREED
BANK = {"bank_bin": 6, "bank_number": 19, "bank_holder": 80}


class ShopOrdering(ShopPortal):
    @route("/my/shop/ordering", type="http", auth="user", website=True, sitemap=False, methods=["GET", "POST"])
    def market_ordering(self, **post):
        """Ask for the bank account of the shop and what happens with orders while it is closed."""
        shop = self._market_my_shop(owner=True)
        if request.httprequest.method != "POST":
            return self._light_render(FORM, self._market_ordering_form(shop, {}))
        values = {fname: (post.get(fname) or "").strip()[:length] or False for fname, length in BANK.items()}
        values["bank_number"] = (values["bank_number"] or "").replace(" ", "") or False
        values["outside_hours"] = "refuse" if post.get("outside_hours") == "refuse" else "queue"
        if values["bank_bin"] and values["bank_bin"] not in vietqr.BANKS:
            values["bank_bin"] = False
        if shop.bank_bin and not values["bank_bin"]:
            values["bank_account"] = False  # taken away here; words of before there were fields for it stay
        return self._market_step(
            lambda: shop.write(values),
            request.env._("Saved."),
            "/my/shop",
            lambda error: self._light_invalid(FORM, self._market_ordering_form(shop, post, error)),
        )

    def _market_ordering_form(self, shop, post, error=None):
        labels = dict(shop._fields["outside_hours"]._description_selection(request.env))
        return {
            "form": {fname: post.get(fname, shop[fname] or "") for fname in (*BANK, "outside_hours")},
            "banks": sorted(vietqr.BANKS.items(), key=lambda bank: bank[1].lower()),
            "outside": list(labels.items()),
            "bank_account": not shop.bank_bin and shop.bank_account,
            "minutes": shop.company_id.kdc_market_answer_minutes,
            "error": error,
        }

    @route(
        "/my/shop/orders/<int:order_id>/paid", type="http", auth="user", website=True, sitemap=False, methods=["POST"]
    )
    def market_shop_order_paid(self, order_id, **_kwargs):
        """Say that the money of an order has come."""
        order = self._market_my_shop_order(order_id)
        if order._kdc_may_be_paid():
            order._kdc_set_paid()
            self._light_flash(request.env._("Noted. The buyer was told."))
        return self._light_redirect(f"/my/shop/orders/{order.id}")

    @route(
        "/my/shop/orders/<int:order_id>/not-paid",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def market_shop_order_not_paid(self, order_id, **_kwargs):
        """Take back a wrong tap on "I have received the money"."""
        order = self._market_my_shop_order(order_id)
        if order.kdc_paid_date:
            order._kdc_set_not_paid()
            self._light_flash(request.env._("Noted: the money has not come. The buyer was told."))
        return self._light_redirect(f"/my/shop/orders/{order.id}")

    @route(
        "/my/shop/orders/new.json",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
        readonly=True,
    )
    def market_new_orders(self, **_kwargs):
        """Tell an open page of the shop how many orders wait; a few bytes, asked for twice a minute."""
        self._market_my_shop()
        return request.make_response(
            json.dumps(self._market_new_orders()),
            [("Content-Type", "application/json"), ("Cache-Control", "private, no-store")],
        )

    @route(
        "/my/shop/orders/<int:order_id>/slip.pdf",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def market_packing_slip(self, order_id, **_kwargs):
        return self._market_slips(self._market_my_shop_order(order_id))

    @route("/my/shop/orders/slips.pdf", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_packing_slips(self, page="1", **_kwargs):
        """What is to be prepared now, a hundred orders at a time: one list, then one slip per order."""
        shop = self._market_my_shop()
        # sudo: orders of the own shop
        Order = request.env["sale.order"].sudo()
        return self._market_slips(
            Order.search(
                [("kdc_shop_id", "=", shop.id), *Order._kdc_to_prepare_domain()],
                order="id",
                offset=max(whole_number(page, 1, 10**6) - 1, 0) * SLIPS_AT_ONCE,
                limit=SLIPS_AT_ONCE,
            )
        )

    def _market_slips(self, orders):
        orders = orders.filtered(lambda order: order.kdc_shop_state in WITH_SLIP and order.state == "sale")
        if not orders:
            raise request.not_found()
        return private_file(packing_slips(orders), "phieu-soan-hang.pdf", inline=True)
