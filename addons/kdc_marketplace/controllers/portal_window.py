"""The order windows of a shop, kept by its owner on the phone, with one packing list for each."""

from datetime import datetime

from odoo import fields
from odoo.addons.kdc_residents.engine.clock import to_local, to_utc
from odoo.addons.kdc_residents.tools.private_file import private_file
from odoo.http import request, route

from ..report.packing_list import packing_list
from .market import MarketShop
from .portal_shop import ShopPortal

PAGE = "kdc_marketplace.portal_windows"
MAX_WINDOWS = 30


class MarketWindows(MarketShop):
    def _market_shop_values(self, shop):
        return {**super()._market_shop_values(shop), "window": shop._kdc_window_text()}


class ShopWindows(ShopPortal):
    def _market_my_window(self, window_id, owner=False):
        """Return an order window of the own shop, in sudo; 404 otherwise."""
        window = self._market_my_shop(owner).window_ids.filtered(lambda window: window.id == window_id)
        if not window:
            raise request.not_found()
        return window

    @route("/my/shop/windows", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_windows(self, **_kwargs):
        """Show the order windows, the newest first, with what is to be packed; sellers pack, owners announce."""
        return self._light_render(PAGE, self._market_windows_values(self._market_my_shop(), {}))

    @route("/my/shop/windows/switch", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_windows_switch(self, on="", **_kwargs):
        """Take orders in windows only, or at any time again."""
        self._market_my_shop(owner=True).write({"by_window": on == "1"})
        self._light_flash(request.env._("Saved."))
        return self._light_redirect("/my/shop/windows")

    @route("/my/shop/windows/new", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_window_new(self, **post):
        """Announce an order window."""
        shop = self._market_my_shop(owner=True)
        env = request.env
        values, error = {"name": (post.get("name") or "").strip()[:60] or False, "shop_id": shop.id}, None
        try:
            values["open_from"] = self._market_moment(post.get("open_from"))
            values["open_until"] = self._market_moment(post.get("open_until"))
            values["handover_date"] = datetime.fromisoformat(post.get("handover_date") or "").date()
        except ValueError:
            error = env._("Please choose when the orders begin and end, and the day of the hand-over.")
        if not error and values["open_until"] <= max(values["open_from"], fields.Datetime.now()):
            error = env._("The orders end before they begin, or are over already.")
        if not error and len(shop.window_ids) >= MAX_WINDOWS:
            error = env._("There are many windows already. Please remove those that nobody ordered in.")

        def refused(error):
            return self._light_invalid(PAGE, self._market_windows_values(shop, post, error))

        def announce():
            shop.window_ids.create(values)
            shop.by_window = True

        if error:
            return refused(error)
        return self._market_step(announce, env._("Saved. Buyers read it when they order."), "/my/shop/windows", refused)

    @route(
        "/my/shop/windows/<int:window_id>/remove",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def market_window_remove(self, window_id, **_kwargs):
        """Take back a window in which nobody has ordered."""
        window = self._market_my_window(window_id, owner=True)
        return self._market_step(window.unlink, request.env._("The window was removed."), "/my/shop/windows")

    @route(
        "/my/shop/windows/<int:window_id>/list.pdf",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def market_window_list(self, window_id, **_kwargs):
        """The packing list of a window; 404 while nothing is to be packed."""
        window = self._market_my_window(window_id)
        orders = window._kdc_to_pack()
        if not orders:
            raise request.not_found()
        return private_file(packing_list(window, orders), "danh-sach-soan-hang.pdf", inline=True)

    @staticmethod
    def _market_moment(text):
        """Return what a browser's field for day and time sends (local time) in UTC.

        :raise ValueError: nothing, or nonsense
        """
        return to_utc(datetime.fromisoformat(text or "").replace(tzinfo=None, microsecond=0))

    def _market_windows_values(self, shop, post, error=None):
        now = fields.Datetime.now()
        return {
            "owner": self._market_member().role == "owner",
            "by_window": shop.by_window,
            "text": shop._kdc_window_text(),
            "windows": [
                {
                    "id": window.id,
                    "name": window.name,
                    "from": window.open_from,
                    "until": window.open_until,
                    "day": window.handover_date,
                    "over": window.open_until <= now,
                    "orders": len(window.order_ids),
                    "to_pack": len(window._kdc_to_pack()),
                }
                for window in shop.window_ids
            ],
            "form": {name: post.get(name, "") for name in ("name", "open_from", "open_until", "handover_date")},
            "today": to_local(now).date().isoformat(),
            "error": error,
        }
