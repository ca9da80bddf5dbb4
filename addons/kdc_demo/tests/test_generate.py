from datetime import date
from unittest import SkipTest
from unittest.mock import patch

from dateutil.relativedelta import relativedelta
from lxml import etree
from odoo import fields
from odoo.addons.kdc_demo.engine import story
from odoo.addons.kdc_feedback.engine.states import STATES
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.tests import HttpCase, TransactionCase, tagged
from odoo.tools.safe_eval import datetime, safe_eval, time

from .english import english, page_texts, view_texts
from .light import LightPagesMixin
from .strangers import StrangersMixin


@tagged("post_install", "-at_install")
class TestGenerate(LightPagesMixin, StrangersMixin, HttpCase):
    """A tiny community has every part of the large one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # sudo: the tests' database may be the demo itself, where the mark would stop the generator
        cls.env["ir.config_parameter"].sudo().search([("key", "=", "kdc_demo.done")]).unlink()
        if cls.env["kdc.household"].search_count([], limit=1):
            raise SkipTest("this database already holds a community")
        cls.said = []
        cls.demo = cls.env["kdc.demo"]
        cls.demo._generate(households=12, progress=cls.said.append, months=2, commit=False)
        cls.main = cls.env.ref("base.main_company")

    def _count(self, model, *domain):
        return self.env[model].search_count(list(domain))

    def test_registry(self):
        everybody = self.env["kdc.household"].with_context(active_test=False)
        self.assertEqual(everybody.search_count([]), 12, "One of them has moved away.")
        self.assertEqual(self._count("kdc.area", ("kind", "=", "group"), ("date_to", "=", False)), 5)
        households = self.env["kdc.household"].search([])
        self.assertTrue(all(household.head_id for household in households))
        self.assertEqual(len(households.company_id), 3)
        self.assertTrue(all(code in households.company_id.kdc_area_ids.mapped("code") for code in ("22366", "22333")))
        # Everybody lives somewhere, except the person the story records twice and those who died or moved away.
        homeless = self.env["kdc.resident"].search([("household_id", "=", False), ("membership_ids", "=", False)])
        twins = self.env["kdc.duplicate"].search([])
        self.assertLessEqual(homeless, twins.resident_id | twins.other_id)

    def test_meters_and_bills(self):
        self.assertEqual(self._count("kdc.meter", ("account_id.household_id", "!=", False)), 12)
        self.assertGreater(self._count("kdc.meter.reading"), 12 * 12)
        bills = self.env["account.move"].search([("kdc_account_id", "!=", False), ("state", "=", "posted")])
        self.assertGreaterEqual(len(bills), 12)
        self.assertTrue(all(bill.kdc_reference and bill.amount_total for bill in bills))
        self.assertLessEqual({"paid", "not_paid"}, set(bills.mapped("payment_state")))
        today = today_here(self.env["res.company"])
        self.assertTrue(bills.filtered(lambda bill: bill.invoice_date_due < today and bill.amount_residual))
        self.assertTrue(self._count("kdc.reading.anomaly"), "Meters are misread sometimes.")
        estimate = self.env["kdc.meter.reading"].search([("source", "=", "estimate")])
        [set_right] = bills.filtered(lambda bill: bill._kdc_true_ups())
        self.assertEqual(set_right.kdc_account_id, estimate.account_id)
        self.assertEqual(set_right.browse(set_right._kdc_true_ups()[0].bills), estimate.account_id.move_ids - set_right)
        for line in self.env["kdc.receipt.line"].search([("move_id", "!=", False)]):
            self.assertGreaterEqual(line.receipt_id.date, line.move_id.invoice_date)
        self.assertTrue(self._count("kdc.receipt"))
        for receipt in self.env["kdc.receipt"].search([("session_id", "!=", False)]):
            self.assertLessEqual(receipt.session_id.date_opened, receipt.create_date)
            self.assertLessEqual(receipt.create_date, receipt.session_id.date_closed)
        self.assertNotIn(self.env.ref("base.user_root"), self.env["kdc.meter.reading"].search([]).user_id)
        sessions = self.env["kdc.cash.session"].search([])
        self.assertEqual(set(sessions.mapped("state")), {"countersigned"})
        self.assertTrue(sessions.filtered("deposited"), "The money of the months before is at the bank.")
        self.assertTrue(sessions.filtered("to_deposit"), "The newest drawer is left to deposit.")
        counted = sessions.filtered("counted_by_notes")
        self.assertEqual(counted.difference_move_id.state, "posted")

    def test_contributions(self):
        """One drive is done, one under way with gifts by both ways, one waits to be opened."""
        drives = self.env["kdc.contribution.drive"].search([])
        self.assertEqual(sorted(drives.mapped("state")), ["closed", "draft", "open"])
        by_state = drives.grouped("state")
        done, under_way = by_state["closed"], by_state["open"]
        self.assertTrue(done.given and done.result)
        self.assertLess(under_way.progress, 100)
        self.assertTrue(under_way.contribution_ids.receipt_id)
        self.assertTrue(under_way.contribution_ids.filtered("bank_reference"))

    def test_story_of_the_resident(self):
        """The demo's resident owes exactly the newest bill and waits for nothing of the ward."""
        resident = self.env.ref("kdc_demo.user_cudan")._kdc_resident()
        bills = self.env["account.move"].search([("kdc_account_id.household_id", "=", resident.household_id.id)])
        self.assertEqual(sorted(bills.mapped("payment_state")), ["not_paid", "paid"])
        feedback = self.env["kdc.feedback"].search([("partner_id", "=", resident.partner_id.id)])
        self.assertLessEqual({"done", "in_progress"}, set(feedback.mapped("state")))

    def test_market_and_feedback(self):
        self.assertEqual(self._count("kdc.shop"), len(story.SHOPS))
        published = self.env["product.template"].search([("kdc_shop_id", "!=", False), ("is_published", "=", True)])
        self.assertGreater(len(published), 10)
        self.assertTrue(all(product.image_1920 for product in published))
        orders = self.env["sale.order"].search([("kdc_shop_id", "!=", False)])
        self.assertEqual(
            set(orders.mapped("kdc_shop_state")),
            {"new", "accepted", "ready", "handed_over", "done", "refused", "cancelled"},
        )
        self.assertLessEqual(max(orders.mapped("date_order")), fields.Datetime.now())
        self.assertEqual(len(self.env["sale.order"].search(self.env["sale.order"]._kdc_forgotten_domain())), 1)
        self.assertEqual(len(self.env["kdc.shop.question"].search([("state", "=", "waiting")])), 1)
        self.assertEqual(len(self.env["product.template"].search([("kdc_barred", "=", True)])), 1)
        self.assertEqual(len(self.env["kdc.shop"].search([("only_served", "=", True)])), 1)
        business = self.env.ref("kdc_demo.user_doanhnghiep")
        shop = business._kdc_shops()
        self.assertEqual((shop.state, shop.seller_kind), ("approved", "enterprise"))
        self.assertFalse(business._kdc_resident())
        self.assertEqual(shop.paper_ids.state, "accepted")
        self.assertLessEqual({"accepted", "done"}, set(shop.order_ids.mapped("kdc_shop_state")))
        self.assertTrue(shop._kdc_waiting_slips())
        states = set(self.env["kdc.feedback"].search([]).mapped("state"))
        self.assertEqual(states, set(STATES))

    def test_people(self):
        people = self.demo._people()
        self.assertEqual(len({person["login"] for person in people}), 16)
        for person in people:
            self.assertEqual(set(person), {"role", "name", "login", "password", "try_text", "url"})
            user = self.env["res.users"].search([("login", "=", person["login"])])
            self.assertEqual(user.lang, "vi_VN")
            credential = {"type": "password", "login": user.login, "password": person["password"]}
            self.assertEqual(
                self.env["res.users"].with_user(user)._check_credentials(credential, {"interactive": True})["uid"],
                user.id,
            )

    def test_every_menu_of_every_job_opens(self):
        """As the web client does it, and in Vietnamese: the views of the action, then what its first view shows."""
        opened = 0
        for person in self.demo._people():
            user = self.env["res.users"].search([("login", "=", person["login"])])
            if user.share:
                continue
            menus = self.env["ir.ui.menu"].with_user(user).with_context(lang="vi_VN").load_menus(False)
            for menu in menus.values():
                if menu.get("xmlid", "").startswith("kdc_") and menu.get("action_id"):
                    with self.subTest(login=user.login, menu=menu["xmlid"]):
                        self._open(self._action(menu, user), user)
                        opened += 1
        self.assertGreater(opened, 150)

    def _action(self, menu, user):
        """Return what the web client is given for a menu."""
        record = self.env[menu["action_model"]].with_user(user).with_context(lang="vi_VN").browse(menu["action_id"])
        if menu["action_model"] == "ir.actions.server":
            return record.run()
        return record._get_action_dict()

    def _open(self, action, user):
        if action["type"] != "ir.actions.act_window":
            return
        known = {"uid": user.id, "allowed_company_ids": user.company_ids.ids, "time": time, "datetime": datetime}
        known |= {"context_today": date.today, "relativedelta": relativedelta, "current_date": str(date.today())}
        domain, context = (
            safe_eval(value, known) if isinstance(value, str) else value
            for value in (action.get("domain") or [], action.get("context") or {})
        )
        model = self.env[action["res_model"]].with_user(user).with_context(**context, lang="vi_VN")
        views = action.get("views") or [(False, kind) for kind in action["view_mode"].split(",")]
        search = action.get("search_view_id") or [False]
        found = model.get_views([*views, (search[0], "search")])
        texts = [action["name"], *view_texts(found, model._name), *page_texts(action.get("help") or "<p/>")]
        self.assertFalse(english(texts), "nobody has to know English")
        kind, shown = views[0][1], model.browse(action.get("res_id") or [])
        if kind == "form" and not shown:
            model.onchange({}, [], {name: {} for name in found["models"][model._name]["fields"]})
        elif kind in ("list", "kanban"):
            rows = model.web_search_read(domain, self._specification(model, found["views"][kind]), limit=80)
            shown = model.browse(row["id"] for row in rows["records"][:1])
        if shown and "form" in found["views"]:
            shown.web_read(self._specification(model, found["views"]["form"]))

    def _specification(self, model, view):
        """What the web client asks for: every field of the view, and the names of what it points to."""
        names = {node.get("name") for node in etree.fromstring(view["arch"]).xpath("//field[not(ancestor::field)]")}
        return {name: {"fields": {"display_name": {}}} if model._fields[name].relational else {} for name in names}

    def test_somebody_elses_numbers_open_nothing(self):
        tried = self.check_strangers(["cudan", "cudan2"])
        self.assertLessEqual({"account.move", "kdc.receipt", "kdc.meter.reading", "kdc.change.request"}, tried)

    def test_every_page_is_light_and_needs_no_script(self):
        """Of a shop owner, a resident and a stranger; what only pages of Odoo or other bills lead to is given."""
        listing = self.env["product.template"].search([("kdc_shop_id", "!=", False), ("is_published", "=", True)])[0]
        household = self.env.ref("kdc_demo.user_cudan")._kdc_resident().household_id
        receipt = self.env["kdc.receipt"].search([("account_id.household_id", "=", household.id)], limit=1)
        routes = self.check_light({
            "chushop": ["/my", "/my/shop"],
            "doanhnghiep": ["/my", "/my/shop"],
            "doithicong": ["/my/team-tasks"],
            "cudan": [
                "/my", "/my/orders", "/my/orders/credit", "/my/board", "/my/board/new", f"/my/receipts/{receipt.id}",
                f"/shop/ask/{listing.id}", f"/shop/report/{listing.id}",
            ],
            None: [
                "/welcome", "/web/login", "/activate", "/shop/shops", "/shop/board", "/phan-anh",
                f"/shop/of/{listing.kdc_shop_id.code}/reviews",
            ],
        })  # fmt: skip
        self.assertGreater(len(routes), 80, "the links were followed")
        given = {"/my/receipts/<int:receipt_id>", "/shop/ask/<int:listing_id>", "/shop/of/<string:code>/reviews"}
        self.assertLessEqual(given | {"/my/orders/<int:order_id>", "/my/shop/orders/<int:order_id>"}, routes)

    def test_second_call_changes_nothing(self):
        before = self._count("res.partner")
        self.demo._generate(households=99)
        self.assertEqual(self._count("res.partner"), before)
        self.assertTrue(self.said)


@tagged("post_install", "-at_install")
class TestGenerateMany(TransactionCase):
    """Above a limit only registry, accounts, meters and the last readings are made, in batches that tell progress."""

    def test_batches_without_a_story(self):
        if self.env["kdc.household"].search_count([], limit=1):
            self.skipTest("this database already holds a community")
        said = []
        models = "odoo.addons.kdc_demo.models"
        with (
            patch(f"{models}.kdc_demo.STORY_LIMIT", 10),
            patch(f"{models}.kdc_demo_registry.BATCH", 5),
            patch(f"{models}.kdc_demo_fees.BATCH", 5),
        ):
            self.env["kdc.demo"]._generate(households=12, progress=said.append, commit=False)
        self.assertEqual(self.env["kdc.household"].with_context(active_test=False).search_count([]), 12)
        self.assertEqual(self.env["kdc.customer.account"].search_count([("household_id", "!=", False)]), 12)
        self.assertGreaterEqual(self.env["kdc.meter.reading"].search_count([]), 12)
        self.assertFalse(self.env["account.move"].search_count([("kdc_account_id", "!=", False)]))
        self.assertIn("  12 / 12 hộ", said)
        self.assertIn("  12 / 12 đồng hồ", said)
