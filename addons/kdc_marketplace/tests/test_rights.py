from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import MarketCommon

OPERATIONS = ("read", "write", "create", "unlink")


@tagged("post_install", "-at_install")
class TestRights(MarketCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._order(cls.user_buyer, {cls.fish: 1})[cls.shop_a]
        cls.hidden = cls._create_listing(cls.shop_a, "Chưa duyệt", 1000, 1, state="pending")
        cls.report = cls.env["kdc.market.report"]._kdc_report(cls.fish, cls.user_buyer.partner_id, "other", "x")
        cls.question = cls.env["kdc.shop.question"]._kdc_ask(cls.fish, cls.user_buyer.partner_id, "x")
        finished = cls._order(cls.user_buyer, {cls.fish: 1})[cls.shop_a]
        for state, actor in (("accepted", "shop"), ("ready", "shop"), ("handed_over", "shop"), ("done", "buyer")):
            finished._kdc_set_state(state, actor)
        cls.review = cls.env["kdc.shop.review"]._kdc_write(finished, 5, "x")
        cls.place = cls.env["kdc.shop.place"].create({"shop_id": cls.shop_a.id, "name": "Tổ 1", "fee": 1000})
        cls.users = {
            "moderator": cls.user_moderator,
            "officer": cls.user_officer,
            "auditor": cls.user_auditor,
            "area head": cls.user_area_head,
            "staff": cls.user_staff,
            "owner A": cls.user_portal_a,
            "seller A": cls.user_seller_a,
            "owner B": cls.user_portal_b,
            "buyer": cls.user_buyer,
            "public": cls.env.ref("base.public_user"),
        }
        cls.env.flush_all()

    #: what each role may do by RPC: letters of read, write, create, unlink
    TABLE = {
        "shop_a": {"moderator": "rwcu", "officer": "r", "auditor": "r", "area head": "r"},
        "shop_b": {"moderator": "rwcu", "officer": "r", "auditor": "r"},  # the head of group A sees group A only
        "member_a": {"moderator": "rwcu", "officer": "r", "auditor": "r", "area head": "r"},
        "hours_a": {"moderator": "rwcu", "officer": "r", "auditor": "r", "area head": "r"},
        "special_b": {"moderator": "rwcu", "officer": "r", "auditor": "r"},
        "report": {"moderator": "rw"},
        "question": {"moderator": "r"},
        "review": {"moderator": "rw"},
        "place_a": {"moderator": "rwcu", "officer": "r", "auditor": "r", "area head": "r"},
        "window_a": {"moderator": "rwcu", "officer": "r", "auditor": "r", "area head": "r"},
        "paper": {"moderator": "rwcu"},
        "block_a": {"moderator": "rwcu"},
        "fish": dict.fromkeys(
            (
                "moderator",
                "officer",
                "auditor",
                "area head",
                "staff",
                "owner A",
                "seller A",
                "owner B",
                "buyer",
                "public",
            ),
            "r",
        ),
        # staff read the whole catalogue as in Odoo; the shop's own people see a waiting listing on their pages only
        "hidden": dict.fromkeys(("moderator", "officer", "auditor", "area head", "staff"), "r"),
        # neither the shop nor another member of the buyer's household reads an order by RPC
        "order": {"moderator": "r", "buyer": "r"},
        "order_line": {"moderator": "r", "buyer": "r"},
    }

    def test_table(self):
        records = {
            "shop_a": self.shop_a,
            "shop_b": self.shop_b,
            "member_a": self.shop_a.member_ids[0],
            "hours_a": self.env["kdc.shop.hours"].create(
                {"shop_id": self.shop_a.id, "weekday": "0", "hour_from": 6, "hour_to": 11}
            ),
            "special_b": self.env["kdc.shop.special.day"].create(
                {"shop_id": self.shop_b.id, "date_from": "2027-01-01", "date_to": "2027-01-01"}
            ),
            "report": self.report,
            "question": self.question,
            "review": self.review,
            "place_a": self.place,
            "window_a": self.env["kdc.shop.window"].create(
                {
                    "shop_id": self.shop_a.id,
                    "open_from": "2030-01-01",
                    "open_until": "2030-01-05",
                    "handover_date": "2030-01-06",
                }
            ),
            "block_a": self.env["kdc.shop.block"].create(
                {"shop_id": self.shop_a.id, "start": "2030-01-01 01:00:00", "stop": "2030-01-01 02:00:00"}
            ),
            "paper": self.env["kdc.shop.paper"].create(
                {
                    "shop_id": self.shop_a.id,
                    "kind_id": self.env["kdc.paper.kind"].create({"name": "Giấy"}).id,
                    "image": self.fish.image_1920,
                }
            ),
            "fish": self.fish,
            "hidden": self.hidden,
            "order": self.order,
            "order_line": self.order.order_line,
        }
        for name, rights in self.TABLE.items():
            record = records[name].sudo(False)
            for role, user in self.users.items():
                for operation in OPERATIONS:
                    with self.subTest(record=name, role=role, operation=operation):
                        self.assertEqual(
                            record.with_user(user).has_access(operation), operation[0] in rights.get(role, "")
                        )

    def test_portal_lists_only_what_is_for_them(self):
        for role in ("owner A", "owner B", "public"):
            with self.subTest(role=role):
                user = self.users[role]
                found = self.env["product.template"].with_user(user).search([("kdc_shop_id", "!=", False)])
                self.assertEqual(found, self.fish | self.squid | self.greens)
        self.assertFalse(self.env["sale.order"].with_user(self.user_portal_b).search([("id", "=", self.order.id)]))
        self.assertEqual(
            self.env["sale.order"].with_user(self.user_moderator).search([]).kdc_shop_id,
            self.shop_a,
            "a moderator sees market orders and no other sales",
        )

    def test_private_fields_of_a_listing(self):
        self.fish.kdc_refuse_reason = "Chuyện riêng"
        for user in (self.user_portal_b, self.env.ref("base.public_user")):
            for fname in ("kdc_refuse_reason", "kdc_previous_name", "kdc_submitted_date"):
                with self.subTest(user=user.login, field=fname), self.assertRaises(AccessError):
                    self.fish.with_user(user).read([fname])

    def test_flag_alone_shows_nothing(self):
        """The second fence: even with is_published set in the database, an unchecked listing is not read."""
        self.env.cr.execute("UPDATE product_template SET is_published = true WHERE id = %s", [self.hidden.id])
        self.env.invalidate_all()
        self.assertFalse(self.hidden.with_user(self.user_buyer).sudo(False).has_access("read"))
        self.assertFalse(self.hidden.product_variant_id.with_user(self.user_buyer).sudo(False).has_access("read"))

    def test_methods_by_rpc(self):
        people = (
            self.user_portal_a, self.user_seller_a, self.user_portal_b, self.user_buyer, self.user_officer,
            self.user_staff,
        )  # fmt: skip
        for user in people:
            for call in (
                lambda u: self.hidden.with_user(u).sudo(False).action_kdc_publish(),
                lambda u: self.fish.with_user(u).sudo(False).action_kdc_close(),
                lambda u: self.shop_a.with_user(u).sudo(False).action_close(),
                lambda u: self.order.with_user(u).sudo(False).write({"kdc_shop_state": "done"}),
                lambda u: (
                    self.env["kdc.market.reason"]
                    .with_user(u)
                    .create({"res_model": "kdc.shop", "res_ids": self.shop_a.ids, "kind": "suspend", "reason": "x"})
                ),
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    call(user)
