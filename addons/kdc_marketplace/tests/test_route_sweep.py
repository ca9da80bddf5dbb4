"""Every route of the addon, found in the routing map and not in a list, with the ids of somebody else's shop."""

import re

from odoo import Command, http
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .test_board import BoardCommon

ROLES = ("owner A", "seller A", "former seller", "owner B", "buyer", "officer", "moderator", "guest")
SHOP = frozenset({"owner A", "seller A"})
SIGNED_IN = frozenset(ROLES) - {"guest"}
RESIDENTS = SIGNED_IN - {"officer", "moderator"}
#: Who works in a shop of his own: pages without an id show that one.
SELLERS = SHOP | {"owner B"}
OWNERS = frozenset({"owner A", "owner B"})

#: (route, who may come in when every id in it is one of shop A's); the first that fits counts. A route that is not
#: here fails the test: whoever adds one decides who may come in.
TABLE = (
    (r"/kdc/business-slips/.*", frozenset()),  # a dialogue is its author's
    (r"/my/household/my-data/delete", frozenset()),  # for who came in by a slip of a business: nobody here
    (r"/shop/(of/.*|shops|rules|basket/add|handover|slots/.*)", frozenset(ROLES)),  # public, or asks for more by itself
    (r"/shop/(ask|report)/<int:listing_id>|/shop/board/<int:post_id>/(message|report)", RESIDENTS),
    (r"/shop/board.*", frozenset(ROLES)),
    (r"/my/board(/new)?", RESIDENTS),
    (r"/my/board/.*", {"owner A"}),
    (r"/my/orders/credit", SIGNED_IN),
    (r"/my/orders/(credit/<int:credit_id>|<int:order_id>/.*)", {"buyer"}),
    (r"/my/shop/credit/open", OWNERS),
    (r"/my/shop/credit/<int:credit_id>/<any\(.*\):step>", {"owner A"}),
    (r"/my/shop|/my/shop/apply", SIGNED_IN),
    (r"/my/shop/switch/<int:shop_id>", SHOP),
    (r"/my/shop/(areas|close|edit|ordering|delivery|delivery/switch|delivery/<any\(.*\):kind>/new)", OWNERS),
    (r"/my/shop/statement.*|/my/shop/windows/(new|switch)", OWNERS),
    (r"/my/shop/windows/<int:window_id>/list.pdf", SHOP),  # whoever packs
    (r"/my/shop/(delivery/<int:place_id>|windows/<int:window_id>).*", {"owner A"}),
    (r"/my/shop/people(/invite|/slip)?", OWNERS),
    (r"/my/shop/people/.*<int:.*", {"owner A"}),
    (r"/my/shop/invited/<int:invitation_id>/.*", frozenset()),  # nobody here is who was invited
    (r"/my/shop/papers/<int:kind_id>", SELLERS),  # a kind of paper belongs to no shop
    (r"/my/shop/.*<int:\w+>.*", SHOP),
    (r"/my/shop/.*", SELLERS),
)
OWN = (
    "/my/shop", "/my/board", "/my/orders/<int:order_id>/", "/my/orders/credit", "/shop/of", "/shop/board", "/shop/ask",
    "/shop/report", "/shop/slots",
)  # fmt: skip
PREFIX = "odoo.addons.kdc_marketplace"  # and the addons that join the market to another one
CONVERTER = re.compile(r"<(\w+)(?:\(([^)]*)\))?:(\w+)>")
#: Tables of what belongs to shop A: nothing in them may change while strangers knock.
WATCHED = {
    "kdc_shop": "id", "product_template": "kdc_shop_id", "sale_order": "kdc_shop_id", "kdc_shop_hours": "shop_id",
    "kdc_shop_special_day": "shop_id", "kdc_shop_place": "shop_id", "kdc_shop_window": "shop_id",
    "kdc_shop_paper": "shop_id", "kdc_shop_question": "shop_id", "kdc_shop_review": "shop_id",
    "kdc_shop_member": "shop_id", "kdc_shop_block": "shop_id", "kdc_shop_invitation": "shop_id",
    "kdc_shop_credit": "shop_id", "kdc_market_report": "shop_id", "kdc_invitation": "shop_id",
    "sale_order_line": "order_id IN (SELECT id FROM sale_order WHERE kdc_shop_id = %s)",
    "product_product": "product_tmpl_id IN (SELECT id FROM product_template WHERE kdc_shop_id = %s)",
    "product_image": "product_tmpl_id IN (SELECT id FROM product_template WHERE kdc_shop_id = %s)",
    "kdc_shop_credit_entry": "credit_id IN (SELECT id FROM kdc_shop_credit WHERE shop_id = %s)",
    "kdc_board_post": "partner_id IN (SELECT u.partner_id FROM kdc_shop_member m JOIN res_users u ON u.id = m.user_id"
    " WHERE m.shop_id = %s)",
}  # fmt: skip


@tagged("post_install", "-at_install")
class TestRouteSweep(BoardCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        seller = cls._create_user("kdc_former_seller", "base.group_portal")
        cls.shop_a.member_ids = [Command.create({"user_id": seller.id, "role": "seller"})]
        cls.order = cls._order(cls.user_buyer, {cls.fish: 1})[cls.shop_a]
        kind = cls.env["kdc.paper.kind"].create({"name": "Giấy"})
        owned = {"shop_id": cls.shop_a.id}
        cls.ids = {
            "shop_id": cls.shop_a,
            "order_id": cls.order,
            "listing_id": cls.fish,
            "kind_id": kind,
            "window_id": cls.env["kdc.shop.window"].create(
                {**owned, "open_from": "2030-01-01", "open_until": "2030-01-05", "handover_date": "2030-01-06"}
            ),
            "block_id": cls.env["kdc.shop.block"].create(
                {**owned, "start": "2030-01-01 01:00:00", "stop": "2030-01-01 02:00:00"}
            ),
            "member_id": cls.shop_a.member_ids.filtered(lambda member: member.user_id == cls.user_seller_a),
            "invitation_id": cls.env["kdc.shop.invitation"].create({**owned, "typed": "0905 123 456"}),
            "credit_id": cls.env["kdc.shop.credit"].create(
                {**owned, "partner_id": cls.user_buyer.partner_id.id, "limit_amount": 1000}
            ),
            "place_id": cls.env["kdc.shop.place"].create({**owned, "name": "Tổ 1"}),
            "day_id": cls.env["kdc.shop.special.day"].create(
                {**owned, "date_from": "2027-01-01", "date_to": "2027-01-01"}
            ),
            "paper_id": cls.env["kdc.shop.paper"].create(
                {**owned, "kind_id": kind.id, "image": cls.fish.image_1920}
            ),
            "photo_id": cls.env["product.image"].create(
                {"name": "x", "product_tmpl_id": cls.fish.id, "image_1920": cls.fish.image_1920}
            ),
            "post_id": cls._create_post(cls.user_portal_a),
            "record_id": cls.env["kdc.shop.question"]._kdc_ask(cls.fish, cls.user_portal_b.partner_id, "x"),
        }  # fmt: skip
        # The same address answers questions and reviews: the word before the number says which
        cls.reviews = cls._published_review()
        reports, neighbour = cls.env["kdc.market.report"], cls.user_portal_b.partner_id
        cls.ids["report_id"] = reports._kdc_report(cls.fish, neighbour, "other", "x")
        staff = cls.env["res.partner"].create({"name": "x", "company_id": cls.company.id})
        [cls.ids["slip_id"]] = cls.env["kdc.invitation"]._invite_business(staff, "x", 30)
        cls.ids["slip_id"].shop_id = cls.shop_a
        cls.env["kdc.shop.credit.entry"].create(
            {"credit_id": cls.ids["credit_id"].id, "kind": "correction", "amount": 500, "user_id": cls.env.uid}
        )
        cls.ids["message_id"] = cls.env["kdc.shop.question"]._kdc_write_to_poster(
            cls.ids["post_id"], cls.user_portal_b.partner_id, "x"
        )
        cls.shop_a.member_ids.filtered(lambda member: member.user_id == seller).unlink()
        users = (
            cls.user_portal_a, cls.user_seller_a, seller, cls.user_portal_b, cls.user_buyer, cls.user_officer,
            cls.user_moderator, None,
        )  # fmt: skip
        cls.users = dict(zip(ROLES, users, strict=True))
        cls.env.flush_all()

    @classmethod
    def _published_review(cls):
        """Return a review of shop A that waits for the shop's answer."""
        order = cls._order(cls.user_buyer, {cls.fish: 1})[cls.shop_a]
        for state, actor in (("accepted", "shop"), ("ready", "shop"), ("handed_over", "shop"), ("done", "buyer")):
            order._kdc_set_state(state, actor)
        review = cls.env["kdc.shop.review"]._kdc_write(order, 5, "x")
        cls._read(review, "date").action_publish()
        return review

    def _own_routes(self):
        """Yield (route as it is declared, HTTP methods) of everything this addon serves on a page of its own."""
        for route, endpoint in http._generate_routing_rules(sorted(self.env.registry._init_modules), nodb_only=False):
            if endpoint.func.__module__.startswith(PREFIX) and endpoint.routing["type"] == "http":
                yield route, sorted(set(endpoint.routing["methods"] or ["GET"]) & {"GET", "POST"})

    def _urls(self, route):
        """Yield the addresses of a route with the ids of shop A, one for each word it takes."""
        found = CONVERTER.search(route)
        if not found:
            yield route
            return
        kind, words, name = found.groups()
        fixed = {"any": words and words.split(","), "string": ["sap-ca-co-bay"]}
        # An id nobody has named here yet is one of a listing: strangers are refused with any
        known = self.reviews if "/reviews/" in route else self.ids.get(name, self.fish)
        values = fixed.get(kind) or [known.id]
        for value in values:
            yield from self._urls(f"{route[: found.start()]}{value}{route[found.end() :]}")

    def _snapshot(self):
        self.env.flush_all()
        rows = {}
        for table, owned in WATCHED.items():
            where = owned if "%s" in owned else f"{owned} = %s"
            self.env.cr.execute(f"SELECT t.* FROM {table} t WHERE {where} ORDER BY id", [self.shop_a.id])
            rows[table] = self.env.cr.fetchall()
        return rows

    def _refused(self, response):
        """Whether the answer gives nothing away: not found, forbidden, or the way to the login."""
        return response.status_code in (403, 404) or "/web/login" in response.headers.get("Location", "")

    def test_strangers_are_refused_everywhere(self):
        routes = sorted(self._own_routes())
        self.assertGreater(len(routes), 35, "the routing map was read")
        decisions = {}
        for route, _methods in routes:
            fitting = [allowed for pattern, allowed in TABLE if re.fullmatch(pattern, route)]
            if route.startswith(OWN):
                self.assertTrue(fitting, f"{route}: say in TABLE who may come in")
            if fitting:
                decisions[route] = fitting[0]
        before = self._snapshot()
        form = {"name": "x", "price": "1", "reason": "x", "text": "x", "answer": "x", "sure": "1"}
        for role, user in self.users.items():
            self.authenticate(user and user.login, user and user.login)
            form["csrf_token"] = http.Request.csrf_token(self)
            for route, methods in routes:
                if role in decisions.get(route, ROLES):
                    continue
                for url, method in ((url, method) for url in self._urls(route) for method in methods):
                    with self.subTest(role=role, url=url, method=method), mute_logger("odoo.http"):
                        data = form if method == "POST" else None
                        response = self.url_open(url, data=data, method=method, allow_redirects=False)
                        self.assertTrue(self._refused(response), f"{response.status_code} {response.text[:300]}")
        self.assertEqual(self._snapshot(), before)

    def test_own_pages_show_no_other_shop(self):
        """Whoever has a shop of his own finds nothing of shop A on the pages without an id."""
        marks = (self.order.name, self.fish.name, self.shop_a.name)
        self.authenticate(self.user_portal_b.login, self.user_portal_b.login)
        for route, methods in self._own_routes():
            if "GET" in methods and route.startswith("/my/shop") and not CONVERTER.search(route):
                with self.subTest(route=route), mute_logger("odoo.http"):
                    page = self.url_open(route).text
                    self.assertFalse([mark for mark in marks if mark in page])
