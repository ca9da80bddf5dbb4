from datetime import date

from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .collection_common import CollectionCommon


@tagged("post_install", "-at_install")
class TestShopBills(CollectionCommon, HttpCase):
    """A shop or an office pays like a household; its people see its bills, and nobody else's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop, cls.shop_bill = cls._shop("Tạp hóa Cô Ba")
        cls.other_shop, cls.other_bill = cls._shop("Quán cơm Anh Tư")
        cls.keeper = cls._login("kdc_keeper", parent_id=cls.shop.id)
        cls.stranger = cls._login("kdc_stranger")

    @classmethod
    def _shop(cls, name):
        """A shop with waste collection and its bill of this month."""
        partner = cls.env["res.partner"].create({"name": name, "is_company": True})
        account = cls.env["kdc.customer.account"].create(
            {"partner_id": partner.id, "dwelling_id": cls.dwelling_b.id, "company_id": cls.company.id}
        )
        waste = cls.services.filtered(lambda service: service.code == "RAC")
        cls.env["kdc.connection"].create(
            {
                "account_id": account.id,
                "service_id": waste.id,
                "tariff_id": waste.tariff_ids.filtered(lambda tariff: tariff.code == "HO").id,
                "date_from": date(2020, 1, 1),
                "persons": 1,
            }
        )
        return partner, cls._issue(cls.this_month)

    @classmethod
    def _login(cls, login, **partner):
        user = new_test_user(cls.env, login, groups="base.group_portal", company_id=cls.company.id)
        user.partner_id.write(partner)
        return user

    def _get(self, url, login="kdc_keeper"):
        self.authenticate(login, login)
        return self.url_open(url, allow_redirects=False)

    def test_its_people_see_its_bills(self):
        home = self._get("/my")
        # The only door is opened at once; where the market is installed there are others beside it.
        self.assertIn("/my/bills", home.headers.get("Location", home.text))
        page = self._get("/my/bills")
        self.assertEqual(page.status_code, 200)
        self.assertIn(f"/my/bills/{self.shop_bill.id}", page.text)
        self.assertNotIn(f"/my/bills/{self.other_bill.id}", page.text)
        self.assertNotIn('href="/my"', page.text.split("<main", 1)[1], "There is no other home to go back to.")
        for end in ("", "/pdf", "/qr.png", "/check", "/dispute"):
            with self.subTest(end):
                self.assertEqual(self._get(f"/my/bills/{self.shop_bill.id}{end}").status_code, 200)
        self.assertIn(self.keeper.partner_id, self.shop_bill.kdc_account_id._kdc_bill_readers())

    def test_its_receipts_and_advance(self):
        amount = int(self.shop_bill.amount_total) + 5000
        receipt = self._take(self.user_accountant, self.shop_bill.kdc_account_id, amount)
        self.assertEqual(self._get(f"/my/receipts/{receipt.id}").status_code, 200)
        self.assertIn("5.000", self._get("/my/bills").text)
        foreign = self._take(self.user_collector, self.account_a, 1000, key="f" * 16)
        with mute_logger("odoo.http"):
            self.assertEqual(self._get(f"/my/receipts/{foreign.id}").status_code, 404)

    @mute_logger("odoo.http")
    def test_nobody_else_does(self):
        for login, bill in (
            ("kdc_keeper", self.other_bill), ("kdc_keeper", self.new_a),
            ("kdc_stranger", self.shop_bill), ("kdc_portal_a", self.shop_bill),
        ):  # fmt: skip
            with self.subTest(login=login, bill=bill.partner_id.name):
                self.assertEqual(self._get(f"/my/bills/{bill.id}", login).status_code, 404)
        self.assertEqual(self._get("/my/bills", "kdc_stranger").status_code, 404)
        self.assertEqual(self._get("/my", "kdc_stranger").status_code, 200)
        self.assertEqual(self._get("/my/bills", "kdc_accountant").status_code, 404, "Staff have their own screens.")
        self.assertFalse(self.stranger._kdc_has_bills() or self.user_accountant._kdc_has_bills())

    @mute_logger("odoo.http")
    def test_a_contact_of_a_household_is_no_way_to_its_bills(self):
        """Who lives there sees them as the head shares them; any other contact of the household does not."""
        lodger = self._login("kdc_lodger", parent_id=self.household_a.partner_id.id)
        self.assertFalse(lodger._kdc_payer())
        self.assertEqual(self._get(f"/my/bills/{self.new_a.id}", "kdc_lodger").status_code, 404)

    def test_an_owner_who_lives_elsewhere(self):
        """Named on the account, without a household of the ward."""
        account = self.shop_bill.kdc_account_id
        account.viewer_ids = [Command.link(self.stranger.partner_id.id)]
        self.assertIn(self.stranger.partner_id, account._kdc_bill_readers())
        self.assertIn(f"/my/bills/{self.shop_bill.id}", self._get("/my/bills", "kdc_stranger").text)
        self.assertEqual(self._get(f"/my/bills/{self.shop_bill.id}", "kdc_stranger").status_code, 200)
        with mute_logger("odoo.http"):
            self.assertEqual(self._get(f"/my/bills/{self.other_bill.id}", "kdc_stranger").status_code, 404)

    @mute_logger("odoo.http")
    def test_nobody_who_came_after_reads_the_papers_of_who_paid_before(self):
        """Neither the next payer nor who was named on the account: bills and receipts are read by whose debt it was."""
        account, amount = self.shop_bill.kdc_account_id, int(self.shop_bill.amount_total)
        receipt = self._take(self.user_accountant, account, amount)
        papers = [f"/my/bills/{self.shop_bill.id}{end}" for end in ("", "/pdf", "/check")]
        papers += [f"/my/receipts/{receipt.id}", f"/my/receipts/{receipt.id}/pdf"]
        account.viewer_ids = self.stranger.partner_id
        for url in papers:
            self.assertEqual(self._get(url, "kdc_stranger").status_code, 200, url)
        account.partner_id = self.stranger.partner_id
        for url in papers:
            with self.subTest(url):
                self.assertEqual(self._get(url, "kdc_stranger").status_code, 404)
                self.assertEqual(self._get(url, "kdc_portal_a").status_code, 404)
                self.assertEqual(self._get(url).status_code, 200, "Whose money it was goes on reading it.")
        self.assertNotIn(f"/my/bills/{self.shop_bill.id}", self._get("/my/bills", "kdc_stranger").text)
        own = self._take(self.user_accountant, account, 5_000, key="own" * 5)
        self.assertEqual(self._get(f"/my/receipts/{own.id}", "kdc_stranger").status_code, 200)
        self.assertEqual(self._get(f"/my/receipts/{own.id}").status_code, 404)

    def test_the_advance_is_shown_to_who_sees_all_accounts_of_the_payer(self):
        account = self.shop_bill.kdc_account_id
        account.viewer_ids = [Command.link(self.stranger.partner_id.id)]
        self._take(self.user_accountant, account, int(self.shop_bill.amount_total) + 5000)
        self.assertIn("5.000", self._get("/my/bills", "kdc_stranger").text)
        account.copy({"dwelling_id": self.dwelling_a.id, "viewer_ids": False})
        self.assertNotIn("5.000", self._get("/my/bills", "kdc_stranger").text)
        self.assertIn("5.000", self._get("/my/bills").text, "The shop's own people see it.")
