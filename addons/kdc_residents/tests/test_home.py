from odoo.exceptions import AccessError, MissingError
from odoo.tests import tagged
from odoo.tools.translate import code_translations

from .common import ResidentsCommon


@tagged("post_install", "-at_install")
class TestStaffHome(ResidentsCommon):
    """Each job has one home; every count opens the list it counts, with the rights of the reader."""

    def home(self, user):
        return self.env["kdc.home"].with_user(user).get_home()

    def cards(self, user):
        return {card["key"]: card for card in self.home(user)["cards"]}

    def test_counts_open_their_lists(self):
        for user in (self.user_officer, self.user_area_head, self.user_auditor):
            self.assertTrue(self.check_home(user))

    def test_counts_respect_the_area(self):
        head = self.cards(self.user_area_head)
        self.assertEqual(head["households"]["count"], 1)
        self.assertGreaterEqual(self.cards(self.user_officer)["households"]["count"], 2)
        self.assertEqual(self.home(self.user_area_head)["place"], self.group_a.name)

    def test_jobs_see_their_own_cards_only(self):
        self.assertFalse(self.home(self.user_staff)["cards"])
        self.assertNotIn("import", self.cards(self.user_area_head))
        with self.assertRaises(MissingError):
            self.env["kdc.home"].with_user(self.user_area_head).open_card("import")
        for key in ("", "no such card", None, 5):
            with self.assertRaises(MissingError):
                self.env["kdc.home"].with_user(self.user_officer).open_card(key)

    def test_residents_have_no_staff_home(self):
        for method, args in (("get_home", ()), ("open_card", ("households",))):
            with self.assertRaises(AccessError):
                getattr(self.env["kdc.home"].with_user(self.user_portal_a), method)(*args)

    def test_one_query_per_count(self):
        home = self.env["kdc.home"].with_user(self.user_officer)
        home.get_home()  # warm: groups, rules, names
        self.env.flush_all()
        counted = sum(card["count"] is not None for card in home.get_home()["cards"])
        with self.assertQueryCount(counted + 4):
            home.get_home()

    def test_first_page_after_login(self):
        """The web client opens the first app of the menu."""
        for user in (self.user_officer, self.user_area_head, self.user_auditor, self.user_staff):
            menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
            first = menus[menus["root"]["children"][0]]
            self.assertEqual(first["xmlid"], "kdc_residents.menu_home", user.login)

    def test_staff_see_the_apps_of_their_jobs_only(self):
        """Odoo brings its messages, its website and its list of apps to everybody; administrators keep them."""

        def apps(user):
            menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
            return {menus[menu]["xmlid"] for menu in menus["root"]["children"]}

        others = {"base.menu_management", "mail.menu_root_discuss", "website.menu_website_configuration"}
        self.assertFalse(apps(self.user_officer) & others)
        self.assertLessEqual(others, apps(self.env.ref("base.user_admin")))
        # The bar above the pages of the website asks for the same apps and, by force_action, for what each opens.
        roots = self.env["ir.ui.menu"].with_user(self.user_officer).with_context(force_action=True).load_menus_root()
        self.assertFalse({menu["xmlid"] for menu in roots["children"]} & others)

    def test_what_waits_comes_first(self):
        kinds = ("late", "warn", "todo")
        work = [card["count"] for card in self.home(self.user_officer)["cards"] if card["kind"] in kinds]
        self.assertEqual([bool(count) for count in work], sorted((bool(count) for count in work), reverse=True))
        self.assertIn(0, work)

    def test_words_odoo_leaves_in_english(self):
        """What Odoo translates by itself wins over other addons: the client asks for this addon's words there."""
        words = {
            term["id"]: term["string"]
            for term in code_translations.get_web_translations("kdc_residents", "vi_VN")["messages"]
        }
        self.assertEqual(words["Search more..."], "Tìm thêm…")
