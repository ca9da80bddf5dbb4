from odoo import Command
from odoo.addons.kdc_residents.tests import exposure
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..wizards.kdc_market_reason import METHODS
from .one_of_each import OneOfEach

#: Whoever reads the shops of the ward, or of the own areas.
READERS = {"moderator": "rwcd", "officer": "r", "auditor": "r", "area head": "r"}
EVERYBODY = (
    "moderator", "officer", "auditor", "area head", "staff", "owner A", "seller A", "former seller", "owner B", "buyer",
    "public",
)  # fmt: skip
STAFF = dict.fromkeys(("moderator", "officer", "auditor", "area head", "staff"), "r")


@tagged("post_install", "-at_install")
class TestRights(OneOfEach):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hidden, cls.order = cls.records["product.template"], cls.records["sale.order"]
        cls.users = {
            "moderator": cls.user_moderator,
            "moderator of another ward": cls.stranger_moderator,
            "officer": cls.user_officer,
            "auditor": cls.user_auditor,
            "area head": cls.user_area_head,
            "staff": cls.user_staff,
            "owner A": cls.user_portal_a,
            "seller A": cls.user_seller_a,
            "former seller": cls.former_seller,
            "owner B": cls.user_portal_b,
            "buyer": cls.user_buyer,
            "public": cls.env.ref("base.public_user"),
        }

    #: what each role may do by RPC with a record of shop A: letters of read, write, create, delete
    TABLE = {
        "kdc.shop": READERS,
        "kdc.shop.member": READERS,
        "kdc.shop.hours": READERS,
        "kdc.shop.special.day": READERS,
        "kdc.shop.place": READERS,
        "kdc.shop.window": READERS,
        "kdc.shop.block": {"moderator": "rwcd"},
        "kdc.shop.invitation": {"moderator": "r"},
        "kdc.shop.paper": {"moderator": "rwcd"},
        # Between the shop and its customer: not even the moderator
        "kdc.shop.credit": {},
        "kdc.shop.credit.entry": {},
        "kdc.shop.review": {"moderator": "rw"},
        "kdc.shop.question": {"moderator": "r"},
        "kdc.market.report": {"moderator": "rw"},
        "kdc.board.post": {"moderator": "r", "auditor": "r"},
        "kdc.listing.decision": {"moderator": "r", "auditor": "r"},
        # Lists of the whole database: while it has several wards the administrators keep them
        "kdc.paper.kind": {**READERS, "moderator": "r", "moderator of another ward": "r"},
        "kdc.listing.refusal.reason": {"moderator": "r", "moderator of another ward": "r", "auditor": "r"},
        "kdc.market.operator": {"moderator": "rwc"},
        "kdc.market.clause": {"moderator": "rwc"},
        "kdc.tax.threshold": {"moderator": "r", "moderator of another ward": "r", "auditor": "r"},
        # staff read the whole catalogue as in Odoo; the shop's own people see a waiting listing on their pages only
        "product.template": STAFF,
        # neither the shop nor another member of the buyer's household reads an order by RPC
        "sale.order": {"moderator": "r", "buyer": "r"},
        "sale.order.line": {"moderator": "r", "buyer": "r"},
    }

    def test_table(self):
        for model, rights in self.TABLE.items():
            self.check_rights(self.records[model], rights, self.users)
        # The head of group A sees the shops of group A only; what is in the market is for everybody of the ward
        self.check_rights(self.shop_b, {"moderator": "rwcd", "officer": "r", "auditor": "r"}, self.users)
        text = self.env.ref("kdc_marketplace.clause_privacy")
        self.check_rights(text, {"moderator": "r", "moderator of another ward": "r"}, self.users)
        self.check_rights(self.fish, dict.fromkeys(EVERYBODY, "r"), self.users)

    def test_every_model_is_in_the_table(self):
        models = exposure.own_models(self.env, "kdc_marketplace")
        kept = {name for name in models if not self.env[name]._transient}
        self.assertEqual(self.TABLE.keys(), kept | {"product.template", "sale.order", "sale.order.line"})

    #: Public methods that are somebody else's job than the moderator's (`kdc_shop_area_word.py`), or that refuse
    #: everybody with another error: the buyer reads the own order and is told that none comes back.
    OWN_STEPS = {
        "action_confirm_area": {"area head"},
        "action_deny_area": {"area head"},
        "action_draft": {"buyer"},
    }

    # -- decisions about another ward ------------------------------------------------------------------------------
    def test_public_methods_of_the_records_of_others(self):
        """Found in the registry: whoever adds a method is asked here who may call it; the own moderator may."""
        found = 0
        for name, method in exposure.own_methods(self.env, "kdc_marketplace"):
            if name not in self.records:
                continue
            for role, user in self.users.items():
                if role == "moderator" or role in self.OWN_STEPS.get(method, ()):
                    continue
                found += 1
                with self.subTest(model=name, method=method, role=role):
                    outcome = exposure.call(user, self.records[name], method)
                    self.assertIsInstance(outcome, AccessError | dict, "refused, or a window that reads by itself")
        self.assertGreater(found, 250, "the registry was read")

    def test_nobody_hands_a_record_to_another_ward(self):
        """By no field that says whose it is, also when the same person moderates the other ward."""
        both = self.user_moderator.company_ids | self.far_ward
        self.user_moderator.company_ids = both
        far = {"company_id": self.far_ward.id, "shop_id": self.far_shop.id}
        moves = 0
        for name, record in self.records.items():
            record = record.with_user(self.user_moderator).sudo(False)
            for companies in (self.company, both) if record.has_access("write") else ():
                for field in far.keys() & record._fields.keys():
                    moves += 1
                    with self.subTest(model=name, field=field, wards=len(companies)), self.assertRaises(UserError):
                        record.with_context(allowed_company_ids=companies.ids).write({field: far[field]})
        self.assertGreater(moves, 20, "the models were asked")

    def test_lists_of_all_wards(self):
        """While there is one ward its moderator keeps them; with others beside it, administrators do."""
        admin = self._create_user("kdc_market_admin", "kdc_marketplace.group_moderator,kdc_residents.group_admin")
        lists = (
            self.records["kdc.paper.kind"],
            self.records["kdc.listing.refusal.reason"],
            self.env.ref("kdc_marketplace.category_meals"),
        )
        for record in lists:
            with self.subTest(model=record._name):
                self.assertTrue(record.with_user(admin).has_access("write"))
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(record.with_user(self.user_moderator).has_access(operation))

    def test_reason_of_a_moderator_of_another_ward(self):
        """The wizard takes any ids; neither it nor the methods behind it decide about what one may not read."""
        wizards = self.env["kdc.market.reason"].with_user(self.stranger_moderator)
        for (model, kind), method in METHODS.items():
            record = self.records[model].with_user(self.stranger_moderator).sudo(False)
            vals = {"res_model": model, "res_ids": record.ids, "kind": kind, "reason": "x"}
            with self.subTest(model=model, kind=kind), self.assertRaises(AccessError):
                wizards.create(vals).action_apply()
            with self.subTest(model=model, method=method), self.assertRaises(AccessError):
                getattr(record, method)("x")
            with self.subTest(model=model, kind=kind, step="open"), self.assertRaises(AccessError):
                wizards._open(record, kind)

    def test_nobody_judges_his_own_shop(self):
        """A moderator who sells: his shop, its papers, listings, reviews and reports are for another moderator."""
        self.shop_a.member_ids = [Command.create({"user_id": self.user_moderator.id, "role": "seller"})]
        self.records["kdc.board.post"].partner_id = self.user_moderator.partner_id
        asked = set()
        for (model, kind), method in METHODS.items():
            record = self.records[model].with_user(self.user_moderator).sudo(False)
            asked.add(model)
            with self.subTest(model=model, kind=kind), self.assertRaises(AccessError):
                getattr(record, method)("x")
        self.assertGreater(len(asked), 4)
        seen = {"kdc_seen": "2026-01-01 00:00:00"}
        for name, method in (
            ("product.template", "action_kdc_publish"),
            ("product.template", "action_kdc_lift"),
            ("kdc.shop.paper", "action_accept"),
            ("kdc.shop.review", "action_publish"),
            ("kdc.board.post", "action_publish"),
            ("kdc.board.post", "action_close"),
        ):
            record = self.records[name].with_user(self.user_moderator).sudo(False).with_context(**seen)
            with self.subTest(model=name, method=method), self.assertRaisesRegex(AccessError, "another moderator"):
                getattr(record, method)()
        shop = {"name": "Sạp của tôi", "member_ids": [Command.create({"user_id": self.user_moderator.id})]}
        for values in ({**shop, "state": "approved"}, {**shop, "state": "submitted"}):
            with self.subTest(state=values["state"]), self.assertRaises(AccessError):
                mine = self.env["kdc.shop"].with_user(self.user_moderator).create(values)
                mine.action_approve()
        mine = self.env["kdc.shop"].create({**shop, "state": "submitted"})
        with self.assertRaisesRegex(AccessError, "your own shop"):
            mine.with_user(self.user_moderator).sudo(False).action_confirm_area()

    def test_nobody_leaves_his_own_shop_to_judge_it(self):
        """Nor opens one for himself, nor decides about what he has bought or written himself."""
        Member = self.env["kdc.shop.member"].with_user(self.user_moderator)
        mine = {"user_id": self.user_moderator.id, "role": "seller"}
        with self.assertRaisesRegex(AccessError, "your own shop"), self.env.cr.savepoint():
            Member.create({"shop_id": self.shop_a.id, **mine})
        with self.assertRaisesRegex(AccessError, "your own shop"), self.env.cr.savepoint():
            self.shop_a.with_user(self.user_moderator).member_ids = [Command.create(mine)]
        own = Member.browse(Member.sudo().create({"shop_id": self.shop_a.id, **mine}).id)
        for values in ({"user_id": self.user_buyer.id}, {"shop_id": self.shop_b.id}):
            with self.subTest(values=values), self.assertRaisesRegex(AccessError, "your own shop"):
                own.write(values)
        with self.assertRaisesRegex(AccessError, "your own shop"):
            own.unlink()
        own.sudo().unlink()
        self.order.partner_id = self.user_moderator.partner_id
        for model, method in (("sale.order", "_kdc_cancel_by_moderator"), ("kdc.shop.review", "_kdc_refuse")):
            record = self.records[model].with_user(self.user_moderator).sudo(False)
            record.sudo().partner_id = self.user_moderator.partner_id
            with self.subTest(model=model), self.assertRaisesRegex(AccessError, "your own"):
                getattr(record, method)("x")

    def test_nobody_decides_about_his_household(self):
        """Who lives with a seller, a buyer or a poster has a part, as with reviews; others of the ward have none."""
        user = self.user_moderator
        user.partner_id = self.resident_buyer.partner_id
        shop = self.shop_b.with_user(user).sudo(False)
        post = self._create_post(self.user_portal_b, state="pending")
        decisions = (
            lambda: self._read(self.greens, "kdc_submitted_date").action_kdc_close(),
            lambda: shop._kdc_suspend("x"),
            lambda: self._read(post).action_publish(),
            shop.member_ids.unlink,
        )
        for number, decide in enumerate(decisions):
            with self.subTest(decision=number), self.assertRaisesRegex(AccessError, "your household"):
                decide()
        self.assertTrue(self.shop_a.with_user(user)._kdc_judges(), "a shop of other people")

    def test_odoos_own_button_cancels_nothing_of_ones_own(self):
        seller = self.user_staff
        seller.group_ids += self.env.ref("sales_team.group_sale_manager")
        order = self.order.with_user(seller).sudo(False)
        self.shop_a.member_ids = [Command.create({"user_id": seller.id, "role": "seller"})]
        with self.assertRaisesRegex(AccessError, "your own shop"):
            order.action_cancel()
        self.assertEqual(self.order.kdc_shop_state, "new")
        self.shop_a.member_ids.filtered(lambda member: member.user_id == seller).unlink()
        order.action_cancel()
        self.assertEqual(self.order.kdc_shop_state, "cancelled")

    def test_who_judges_where_every_moderator_sells(self):
        """The administrators are asked once; the shop reads it, and so does the moderator who tries."""
        admin = self._create_user("kdc_market_admin", "kdc_residents.group_admin")
        others = self.company._kdc_market_moderators() - self.user_moderator
        others.group_ids -= self.env.ref("kdc_marketplace.group_moderator")
        self.assertFalse(self.shop_a._kdc_lacks_judge())
        self.shop_a.member_ids = [Command.create({"user_id": self.user_moderator.id, "role": "seller"})]
        seller = self.shop_a.with_user(self.user_seller_a).sudo()
        for name in ("Cá ngừ", "Cá nục"):
            seller.env["product.template"].create(
                {"name": name, "kdc_shop_id": seller.id, "list_price": 1000, "kdc_listing_state": "pending"}
            )
        self.assertEqual(self.shop_a.activity_ids.user_id & admin, admin)
        self.assertEqual(len(self.shop_a.activity_ids.filtered(lambda one: one.user_id == admin)), 1, "asked once")
        with self.assertRaisesRegex(AccessError, "administrator"):
            self._read(self.hidden, "kdc_submitted_date").action_kdc_publish()

    def test_what_a_moderator_sells_is_looked_at(self):
        """His edits of his own listing go back to the queue like everybody's, and he publishes nothing himself."""
        self.shop_a.member_ids = [Command.create({"user_id": self.user_moderator.id, "role": "seller"})]
        own = self.fish.with_user(self.user_moderator).sudo()
        own.name = "Thuốc lá"
        self.assertEqual(own.kdc_listing_state, "pending")
        with self.assertRaises(AccessError):
            own.kdc_listing_state = "published"
        with self.assertRaises(AccessError):
            own.create(
                {"name": "Thuốc lá", "kdc_shop_id": self.shop_a.id, "list_price": 1, "kdc_listing_state": "published"}
            )
        other = self.greens.with_user(self.user_moderator).sudo()
        other.name = "Rau muống sạch"
        self.assertEqual(other.kdc_listing_state, "published", "a moderator who sells elsewhere")

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
