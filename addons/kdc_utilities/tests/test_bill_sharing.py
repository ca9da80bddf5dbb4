from odoo import fields
from odoo.exceptions import AccessError
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .collection_common import CollectionCommon


@tagged("post_install", "-at_install")
class TestBillSharing(CollectionCommon, HttpCase):
    """Who sees the bills of household A, by page, by record and by list (features.md, R-13)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shares = cls.env["kdc.household.delegation"]
        cls.membership = cls.household_a.live_membership_ids.filtered(lambda m: m.role == "wife")
        cls.user_wife = cls._create_portal_user("kdc_wife", cls.membership.resident_id)
        cls.company.kdc_share_bills = True

    def assert_sees(self, user, sees):
        login = user.login
        self.authenticate(login, login)
        for url in ("/my/bills", f"/my/bills/{self.new_a.id}", f"/my/bills/{self.new_a.id}/pdf"):
            with self.subTest(user=login, url=url):
                response = self.url_open(url, allow_redirects=False)
                if sees:
                    self.assertEqual(response.status_code, 200)
                else:
                    self.assertNotIn(f"/my/bills/{self.new_a.id}", response.text)
                    self.assertNotIn(self.new_a.kdc_reference, response.text)
        moves = self.env["account.move"].with_user(user)
        self.assertEqual(bool(moves.search([("id", "=", self.new_a.id)])), sees and user != self.user_portal_b)

    def test_table(self):
        """Situation → sees the bills of household A or not."""
        self.assert_sees(self.user_portal_a, True)
        self.assert_sees(self.user_wife, True)
        self.assert_sees(self.user_portal_b, False)
        self.shares._share(self.membership, set())
        self.assert_sees(self.user_wife, False)
        self.assert_sees(self.user_portal_a, True)
        self.shares._share(self.membership, {"acts"})
        self.assert_sees(self.user_wife, True)
        self.membership.date_end = fields.Date.context_today(self.membership)
        self.assert_sees(self.user_wife, False)

    def test_not_shared_is_said(self):
        self.shares._share(self.membership, set())
        self.authenticate("kdc_wife", "kdc_wife")
        response = self.url_open("/my/bills", allow_redirects=False)
        self.assertEqual(response.status_code, 403)
        self.assertEqual(response.text.count(self.resident_a.name), 1, "whom to ask, in the sentence and nowhere else")
        home = self.url_open("/my").text
        self.assertNotIn("305.810", home)

    def test_remote_calls(self):
        """Lines, sums and reading by number follow the same rule."""
        self.shares._share(self.membership, set())
        moves = self.env["account.move"].with_user(self.user_wife)
        lines = self.env["account.move.line"].with_user(self.user_wife)
        self.assertFalse(moves.search_count([("id", "in", (self.new_a | self.old_a).ids)]))
        self.assertFalse(lines.search_count([("move_id", "in", (self.new_a | self.old_a).ids)]))
        self.assertFalse(moves._read_group([("id", "=", self.new_a.id)], [], ["__count"])[0][0])
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self.new_a.with_user(self.user_wife).read(["amount_total"])

    def test_owner_from_outside(self):
        """Resident B pays for the house of household A and changes over to it."""
        self.shares.create(
            {"household_id": self.household_a.id, "resident_id": self.resident_b.id, "bills": True, "note": "Chủ nhà"}
        )
        self.assert_sees(self.user_portal_b, False)
        self.url_open(
            "/my/household/choose",
            data={"csrf_token": Request.csrf_token(self), "household_id": str(self.household_a.id)},
        )
        page = self.url_open(f"/my/bills/{self.new_a.id}")
        self.assertEqual(page.status_code, 200)
        self.assertIn("217.650", page.text)
        self.assertEqual(self.url_open(f"/my/bills/{self.new_b.id}").status_code, 404, "not the one looked at")

    def test_the_rule_asks_once(self):
        """Listing bills costs as many queries for many as for one."""
        moves = self.env["account.move"].with_user(self.user_wife)
        moves.search([], limit=1)
        self.env.invalidate_all()
        with self.assertQueryCount(14):
            moves.search([])
