from odoo.addons.kdc_residents.controllers.home import ResidentHome
from odoo.http import request

from ..engine import order_states

MY_DATA = "/my/household/my-data"


class MarketHome(ResidentHome):
    def _market_new_order_counts(self, shops):
        """Return {shop: number of its orders that nobody has answered}, without those that have none."""
        Order = request.env["sale.order"].sudo()  # sudo: number of new orders of the user's own shops
        new = [("kdc_shop_id", "in", shops.ids), ("kdc_shop_state", "=", order_states.NEW)]
        return dict(Order._read_group(new, ["kdc_shop_id"], ["__count"]))

    def _market_shop_link(self, url, shop, shops):
        """Return the address of a page of ``shop``, named in it when the user has several."""
        return f"{url}?shop={shop.id}" if len(shops) > 1 else url

    def _home_tasks(self, household, resident):
        return super()._home_tasks(household, resident) + self._market_shop_tasks() + self._market_confirm_tasks()

    def _home_outside_tasks(self):
        return super()._home_outside_tasks() + self._market_shop_tasks()

    def _home_outside_tiles(self):
        """Let a business of the ward that is no resident open a shop, and work in it."""
        user = request.env.user
        tiles = super()._home_outside_tiles() + [{**self._market_tile(), "is_offer": True}]
        if shops := user._kdc_memberships(ended=True).shop_id:
            tiles.append(self._market_shop_tile(shops))
        elif not self._market_left_all_shops():
            invited = bool(user._kdc_shop_invitations())
            offer = {"title": request.env._("Open a shop"), "is_offer": not invited}
            tiles.append({**self._market_shop_tile(shops), **offer})
        if user.partner_id.sudo()._kdc_business_slips():  # sudo: one's own slips
            data = request.env._("My data")
            tiles.append({"icon": "download", "title": data, "url": MY_DATA, "sequence": 90})
        return tiles

    def _home_outside_note(self):
        """Tell who was let in by a shop and works in none any more what the account is still good for."""
        if not self._market_left_all_shops():
            return super()._home_outside_note()
        text = request.env._(
            "You do not work in a shop at present. An owner can invite you again by your phone number. If you no "
            "longer need this account, you can delete it with your data at any time."
        )
        return {"text": text, "url": MY_DATA, "label": request.env._("Download or delete my data")}

    def _market_left_all_shops(self):
        """Return whether a shop let the current user in by a slip, and none employs or invites him now."""
        user = request.env.user
        slips = user.partner_id.sudo()._kdc_business_slips()  # sudo: one's own slips
        let_in = slips and slips.shop_id and all(slip.shop_id for slip in slips)
        return bool(let_in) and not (user._kdc_memberships(ended=True) or user._kdc_shop_invitations())

    def _market_tile(self):
        return {"icon": "market", "title": request.env._("Market"), "url": "/shop", "count": None, "sequence": 30}

    def _market_shop_tile(self, shops):
        """Return the door of the current user's shops, with the number of their new orders."""
        new = sum(self._market_new_order_counts(shops).values())
        title = request.env._("My shop")
        return {"icon": "shop", "title": title, "url": "/my/shop", "count": new or None, "sequence": 34}

    def _market_shop_tasks(self):
        """Return what waits in the shops of the current user: orders, invitations, papers."""
        tasks = []
        env = request.env
        shops = env.user._kdc_shops()
        for shop, count in self._market_new_order_counts(shops).items() if shops else ():
            tasks.append(
                {
                    "icon": "shop",
                    "kind": "warn",
                    "sequence": 30,
                    "url": self._market_shop_link("/my/shop/orders", shop, shops),
                    "title": env._("New orders: %s", shop.name) if len(shops) > 1 else env._("New orders"),
                    "text": env._("%s order(s) wait for your answer.", count),
                }
            )
        for invitation in env.user._kdc_shop_invitations():
            tasks.append(
                {
                    "icon": "shop",
                    "kind": "info",
                    "sequence": 32,
                    "url": "/my/shop",
                    "title": env._("“%s” invites you to work in the shop", invitation.shop_id.name),
                    "text": env._("Accept or refuse"),
                }
            )
        for shop in shops:
            if missing := shop._kdc_missing_papers():
                tasks.append(
                    {
                        "icon": "warning",
                        "kind": "late",
                        "sequence": 31,
                        "url": self._market_shop_link("/my/shop/papers", shop, shops),
                        "title": env._("A paper of your shop is missing"),
                        "text": ", ".join([*([shop.name] if len(shops) > 1 else []), *missing.mapped("name")]),
                    }
                )
        return tasks

    def _market_own_orders(self, *states):
        """Return the user's own orders in these states, the oldest first, in sudo."""
        Order = request.env["sale.order"].sudo()  # sudo: own orders only
        own = [("partner_id", "=", request.env.user.partner_id.id), ("kdc_shop_state", "in", states)]
        return Order.search(own, order="id")

    def _market_confirm_tasks(self):
        """Ask the buyer about what shops say to have handed over: one order by its name, several by their number."""
        env, orders = request.env, self._market_own_orders(order_states.HANDED_OVER)
        if not orders:
            return []
        one = orders if len(orders) == 1 else None
        return [
            {
                "icon": "market",
                "kind": "info",
                "sequence": 33,
                "url": f"/my/orders/{one.id}" if one else "/my/orders",
                "title": env._("Have you received your order?"),
                "text": env._("%(order)s of “%(shop)s”: please confirm it.", order=one.name, shop=one.kdc_shop_name)
                if one
                else env._("%s orders: please confirm them.", len(orders)),
            }
        ]

    def _welcome_doors(self):
        return super()._welcome_doors() + [
            {
                "icon": "market",
                "title": request.env._("Look around the market"),
                "text": request.env._("Food and services of neighbours, brought to the house or fetched at the stall"),
                "url": "/shop",
                "sequence": 30,
            }
        ]

    def _home_tiles(self, household, resident):
        tiles = super()._home_tiles(household, resident)
        env = request.env
        tiles.append(self._market_tile())
        # What was handed over still waits for the buyer's word
        if orders := self._market_own_orders(*order_states.OPEN, order_states.HANDED_OVER):
            count = len(orders)
            tiles.append(
                {"icon": "market", "title": env._("My orders"), "url": "/my/orders", "count": count, "sequence": 32}
            )
        if shops := env.user._kdc_memberships(ended=True).shop_id:
            tiles.append(self._market_shop_tile(shops))
        return tiles
