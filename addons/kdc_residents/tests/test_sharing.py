from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import ResidentsCommon
from .test_portal_pages import LightCase


class SharingCommon(ResidentsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shares = cls.env["kdc.household.delegation"]
        cls.wife_membership = cls.household_a.live_membership_ids.filtered(lambda m: m.role == "wife")
        cls.wife = cls.wife_membership.resident_id
        cls.child = cls.household_a.live_membership_ids.filtered(lambda m: m.role == "child").resident_id
        cls.user_wife = cls._create_portal_user("kdc_wife", cls.wife)
        cls.company.write({"kdc_share_bills": True, "kdc_share_feedback": False, "kdc_share_orders": False})


@tagged("post_install", "-at_install")
class TestSharing(SharingCommon):
    def access(self, resident, household=None):
        return self.shares._access(resident, household or self.household_a)

    def test_who_sees_what(self):
        """Situation → what is seen; the same table the pages and the rules go by."""
        everything = {"acts", "bills", "feedback", "orders"}
        self.assertEqual(self.access(self.resident_a), everything)
        self.assertEqual(self.access(self.wife), {"bills"}, "the ward's usual for adults")
        self.assertEqual(self.access(self.child), set(), "not of age")
        self.assertEqual(self.access(self.resident_b), set(), "another household")
        self.company.kdc_share_bills = False
        self.assertEqual(self.access(self.wife), set())
        self.shares._share(self.wife_membership, {"feedback"})
        self.assertEqual(self.access(self.wife), {"feedback"})
        self.shares._share(self.wife_membership, {"acts"})
        self.assertEqual(self.access(self.wife), everything)
        history = self.shares.search([("resident_id", "=", self.wife.id)])
        self.assertEqual(len(history), 2)
        self.assertEqual(len(history.filtered("date_end")), 1)
        self.wife_membership.date_end = fields.Date.context_today(self.wife)
        self.assertEqual(self.access(self.wife), set(), "it ends with the membership")
        self.assertTrue(all(history.mapped("date_end")))
        self.assertFalse(self.user_wife._kdc_households())

    def test_nothing_changes_twice(self):
        self.assertFalse(self.shares._share(self.wife_membership, {"bills"}))
        self.assertFalse(self.shares.search([("resident_id", "=", self.wife.id)]))

    def test_somebody_from_outside(self):
        """An owner who lives elsewhere is let in by an officer, and sees what was ticked."""
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.shares.create({"household_id": self.household_b.id, "resident_id": self.resident_a.id, "bills": True})
        share = self.shares.with_user(self.user_officer).create(
            {"household_id": self.household_b.id, "resident_id": self.resident_a.id, "bills": True, "note": "Chủ nhà"}
        )
        self.assertFalse(share.membership_id)
        self.assertEqual(self.user_portal_a._kdc_households(), self.household_a | self.household_b)
        self.assertTrue(self.user_portal_a._kdc_may_see("bills", self.household_b))
        self.assertFalse(self.user_portal_a._kdc_may_see("feedback", self.household_b))
        self.assertEqual(self.user_portal_a._kdc_shared_households("bills"), self.household_a | self.household_b)
        self.assertEqual(self.user_portal_a._kdc_household(), self.household_a)
        share.action_end()
        self.assertEqual(self.user_portal_a._kdc_households(), self.household_a)
        with self.assertRaises(UserError):
            share.unlink()

    def test_contacts_hidden_from_odoos_portal_rules(self):
        partner = self.env["res.partner"].with_user(self.user_wife).sudo()
        family = self.household_a.partner_id | self.household_a.membership_ids.resident_id.partner_id
        hidden = partner.search([("kdc_orders_hidden", "=", True)])
        self.assertEqual(hidden, family - self.wife.partner_id)
        self.assertEqual(family.with_user(self.user_wife).sudo().filtered("kdc_orders_hidden"), hidden)
        self.assertFalse(partner.search([("kdc_bills_hidden", "=", True)]))
        self.shares._share(self.wife_membership, {"orders"})
        hidden = partner.search([("kdc_orders_hidden", "=", True)])
        self.assertEqual(hidden, self.child.partner_id, "the head shares own orders, not the child's")
        self.assertEqual(partner.search([("kdc_bills_hidden", "=", True)]), family - self.wife.partner_id)
        self.assertTrue(partner.search_count([("kdc_bills_hidden", "=", False), ("id", "=", self.wife.partner_id.id)]))

    def test_lookup_costs_the_same_for_many(self):
        """Deciding for a hundred contacts takes as many queries as for one."""
        partners = self.env["res.partner"].with_user(self.user_wife).sudo().search([], limit=100)
        self.user_wife._kdc_hidden_partner_ids("bills")
        with self.assertQueryCount(16):
            partners.mapped("kdc_bills_hidden")

    def test_other_ward_is_closed(self):
        share = self.shares.create(
            {"household_id": self.household_b.id, "resident_id": self.resident_a.id, "bills": True, "note": "Chủ nhà"}
        )
        other = self.env["res.company"].create({"name": "UBND phường khác"})
        foreign = self._create_user("kdc_foreign", "kdc_residents.group_officer")
        foreign.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            share.with_user(foreign).read(["note"])


@tagged("post_install", "-at_install")
class TestSharingPages(SharingCommon, LightCase):
    def test_only_the_head_decides(self):
        for login in ("kdc_wife", "kdc_portal_b"):
            self.authenticate(login, login)
            if login == "kdc_wife":
                self.get("/my/household/sharing", status=404)
                self.post("/my/household/sharing", {f"acts_{self.wife_membership.id}": "1"}, status=404)
            self.post(f"/my/household/invite/{self.wife_membership.id}", status=404)
        self.assertFalse(self.shares.search([("household_id", "=", self.household_a.id)]))

    def test_share_by_form(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        tree = self.tree(self.get("/my/household/sharing"))
        self.assertTrue(tree.xpath(f'//input[@name="acts_{self.wife_membership.id}"]'))
        child = self.household_a.live_membership_ids.filtered(lambda one: one.resident_id == self.child)
        self.assertFalse(tree.xpath(f'//input[@name="bills_{child.id}"]'), "A child without an account sees nothing")
        self.assertIn(self.child.name, tree.text_content())
        self.post("/my/household/sharing", {f"acts_{self.wife_membership.id}": "1"})
        self.assertTrue(self.shares._live(self.wife, self.household_a).acts)
        notice = self.env["kdc.notification"].search([("partner_id", "=", self.wife.partner_id.id)])
        self.assertEqual(len(notice), 1)
        self.post("/my/household/sharing", {f"acts_{self.wife_membership.id}": "1"})
        self.assertEqual(len(self.shares.search([("resident_id", "=", self.wife.id)])), 1)
        self.post("/my/household/sharing", {})
        self.assertEqual(self.shares._access(self.wife, self.household_a), set())

    def test_invite_a_member(self):
        adult = self.env["kdc.resident"].create(
            {
                "name": "Nguyễn Thị Dung",
                "birth_date": "2000-02-03",
                "sex": "female",
                "personal_number": "056300001111",
                "company_id": self.company.id,
            }
        )
        membership = self.env["kdc.household.membership"].create(
            {
                "household_id": self.household_a.id,
                "resident_id": adult.id,
                "role": "child",
                "date_start": fields.Date.context_today(adult) - timedelta(days=9),
            }
        )
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        page = self.post(f"/my/household/invite/{membership.id}", status=200)
        invitation = self.env["kdc.invitation"].search([("resident_id", "=", adult.id), ("state", "=", "sent")])
        self.assertEqual(len(invitation), 1)
        self.assertIn("<svg", page.text)
        code = self.tree(page).xpath('//p[@class="k-code"]')[0].text_content().replace(" ", "")
        self.assertEqual(invitation.code_hash, self.env["kdc.invitation"]._digest(code))
        minor = self.household_a.live_membership_ids.filtered(lambda m: m.resident_id == self.child)
        self.post(f"/my/household/invite/{minor.id}", status=303)
        self.assertFalse(self.env["kdc.invitation"].search([("resident_id", "=", self.child.id)]))
        other = self.household_b.live_membership_ids[0]
        self.post(f"/my/household/invite/{other.id}", status=404)
        for _time in range(4):
            self.post(f"/my/household/invite/{membership.id}", status=200)
        self.post(f"/my/household/invite/{membership.id}", status=303)

    def test_choose_a_household(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.post("/my/household/choose", {"household_id": str(self.household_b.id)}, status=404)
        self.assertNotIn("/my/household/choose", self.get("/my").text)
        share = self.shares.create(
            {"household_id": self.household_b.id, "resident_id": self.resident_a.id, "bills": True, "note": "Chủ nhà"}
        )
        self.assertIn("/my/household/choose", self.get("/my").text)
        self.post("/my/household/choose", {"household_id": str(self.household_b.id)})
        page = self.get("/my/household").text
        self.assertIn(self.household_b.name, page)
        self.assertNotIn("Phạm Minh Đông", page, "who lives there is not told to an owner")
        self.get("/my/household/sharing", status=404)
        share.action_end()
        self.assertIn(self.household_a.name, self.get("/my/household").text, "checked anew on each request")
