from odoo.addons.kdc_residents.controllers.home import ResidentHome
from odoo.http import request

from ..engine import order_states


class MarketHome(ResidentHome):
    def _market_new_order_count(self, shops):
        Order = request.env["sale.order"].sudo()  # sudo: number of new orders of the user's own shops
        return Order.search_count([("kdc_shop_id", "in", shops.ids), ("kdc_shop_state", "=", order_states.NEW)])

    def _home_tasks(self, household, resident):
        tasks = super()._home_tasks(household, resident)
        env = request.env
        shops = env.user._kdc_shops()
        if shops and (count := self._market_new_order_count(shops)):
            tasks.append(
                {
                    "icon": "shop",
                    "kind": "warn",
                    "sequence": 30,
                    "url": "/my/shop/orders",
                    "title": env._("New orders"),
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
                        "url": "/my/shop/papers",
                        "title": env._("A paper of your shop is missing"),
                        "text": ", ".join(missing.mapped("name")),
                    }
                )
        return tasks

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
        tiles.append({"icon": "market", "title": env._("Market"), "url": "/shop", "count": None, "sequence": 30})
        Order = env["sale.order"].sudo()  # sudo: own orders only
        own = [("partner_id", "=", env.user.partner_id.id), ("kdc_shop_state", "in", list(order_states.OPEN))]
        if orders := Order.search_count(own):
            tiles.append(
                {"icon": "market", "title": env._("My orders"), "url": "/my/orders", "count": orders, "sequence": 32}
            )
        if shops := env.user._kdc_memberships(ended=True).shop_id:
            tiles.append(
                {
                    "icon": "shop",
                    "title": env._("My shop"),
                    "url": "/my/shop",
                    "count": self._market_new_order_count(shops) or None,
                    "sequence": 34,
                }
            )
        return tiles
