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
        for user in (self.user_portal_a, self.user_officer, self.user_staff):
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
