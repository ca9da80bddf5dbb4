import base64
from datetime import timedelta

from freezegun import freeze_time
from odoo import Command
from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .collection_common import CollectionCommon
from .test_portal_readings import picture


@tagged("post_install", "-at_install")
class TestShopMeters(CollectionCommon, HttpCase):
    """Who pays without being a household (a shop, an office) and who is named on an account: one rule everywhere.

    The keeper belongs to the shop and lives elsewhere; the owner (portal B) is named on its account, with a household.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop, cls.meter = cls._shop("Tạp hóa Cô Ba", "SHOP-1")
        cls.other_shop, cls.other_meter = cls._shop("Quán cơm Anh Tư", "SHOP-2")
        cls.account = cls.meter.account_id
        cls.owner = cls.user_portal_b.partner_id
        cls.account.viewer_ids = cls.owner
        cls.keeper = cls._login("kdc_keeper", cls.shop)
        cls.other_keeper = cls._login("kdc_other_keeper", cls.other_shop)
        cls.stranger = cls._login("kdc_stranger")

    @classmethod
    def _shop(cls, name, serial):
        """Open an account with a water meter for a shop."""
        partner = cls.env["res.partner"].create({"name": name, "is_company": True})
        account = cls.env["kdc.customer.account"].create(
            {"partner_id": partner.id, "dwelling_id": cls.dwelling_b.id, "company_id": cls.company.id}
        )
        water = cls.services.filtered(lambda service: service.code == "NUOC")
        connection = cls.env["kdc.connection"].create(
            {"account_id": account.id, "service_id": water.id, "tariff_id": water.tariff_ids[0].id}
        )
        meter = cls.env["kdc.meter"].create({"serial": serial, "connection_id": connection.id})
        cls.env["kdc.meter.reading"]._record(meter, cls.last_month, 10, "officer", event="initial")
        return partner, meter

    @classmethod
    def _login(cls, login, company=None):
        user = new_test_user(cls.env, login, groups="base.group_portal", company_id=cls.company.id)
        if company:
            user.partner_id.parent_id = company
        return user

    def _get(self, url, login="kdc_keeper"):
        self.authenticate(login, login)
        return self.url_open(url, allow_redirects=False)

    def _send(self, meter, login="kdc_keeper", **data):
        self.authenticate(login, login)
        data["csrf_token"] = Request.csrf_token(self)
        files = {"photo": ("m.jpg", picture(), "image/jpeg")}
        return self.url_open(f"/my/readings/{meter.id}", data=data, files=files, allow_redirects=False)

    def _bill(self):
        """Return the shop's bill of this month; the households have theirs already."""
        self.env["kdc.meter.reading"]._record(self.meter, self.this_month, 22, "officer")
        run = self.env["kdc.billing.run"].create(
            {"company_id": self.company.id, "period": self.this_month, "account_id": self.account.id}
        )
        run.action_compute()
        run.line_ids._issue()
        return run.line_ids.move_id

    # --- Meters ----------------------------------------------------------------------------------

    def test_its_people_send_the_figure(self):
        self.assertIn('href="/my/readings"', self._get("/my/bills").text)
        page = self._get("/my/readings").text
        self.assertIn("SHOP-1", page)
        self.assertNotIn("SHOP-2", page)
        self.assertNotIn('href="/my"', page.split("<main", 1)[1], "There is no other home to go back to.")
        self.assertEqual(self._send(self.meter, value="21").status_code, 303)
        self.env.invalidate_all()
        reading = self.meter.reading_ids.sorted("id")[-1:]
        self.assertEqual((reading.value, reading.source, reading.user_id), (21, "portal", self.keeper))
        for login, status in (
            ("kdc_keeper", 200), ("kdc_portal_b", 200),
            ("kdc_other_keeper", 404), ("kdc_stranger", 404), ("kdc_portal_a", 404),
        ):  # fmt: skip
            with self.subTest(login), mute_logger("odoo.http"):
                self.assertEqual(self._get(f"/my/readings/photo/{reading.id}", login).status_code, status)

    def test_its_owner_has_the_meters_of_house_and_shop(self):
        self.assertIn('href="/my/readings"', self._get("/my", "kdc_portal_b").text)
        page = self._get("/my/readings", "kdc_portal_b").text
        for words in ("SHOP-1", "W-B", "Tạp hóa Cô Ba", self.household_b.partner_id.name):
            self.assertIn(words, page)
        self.assertEqual(self._send(self.meter, "kdc_portal_b", value="20").status_code, 303)

    @mute_logger("odoo.http")
    def test_nobody_else_does(self):
        self.account.viewer_ids = False
        self.other_meter.reading_ids.photo = base64.b64encode(picture())
        photo = f"/my/readings/photo/{self.other_meter.reading_ids.id}"
        for login in ("kdc_portal_b", "kdc_other_keeper", "kdc_stranger", "kdc_portal_a", "kdc_accountant"):
            with self.subTest(login):
                self.assertEqual(self._get(f"/my/readings/{self.meter.id}", login).status_code, 404)
                self.assertEqual(self._send(self.meter, login, value="20").status_code, 404)
        self.assertEqual(self._get(photo).status_code, 404)
        self.env.invalidate_all()
        self.assertEqual(len(self.meter.reading_ids), 1)

    # --- Bills, receipts, statement --------------------------------------------------------------

    def test_two_bills_of_one_month_are_told_apart(self):
        bill = self._bill()
        page = self._get("/my/bills", "kdc_portal_b").text
        for words in (f"{bill.partner_id.name} · {self.account.number}",
                      f"{self.household_b.partner_id.name} · {self.account_b.number}"):  # fmt: skip
            self.assertIn(words, page)
        self.assertNotIn(f"· {self.account.number}", self._get("/my/bills").text, "One account needs no name.")
        page = self._get(f"/my/bills/{bill.id}", "kdc_portal_b").text
        self.assertIn(self.account.number, page)
        self.assertNotIn(f"/my/bills/{self.new_b.id}", page, "Months of the household are not the shop's.")

    def test_the_owner_is_thanked_and_opens_the_receipt(self):
        bill = self._bill()
        receipt = self._take(self.user_accountant, self.account, int(bill.amount_total) + 5_000)
        told = self.env["kdc.notification"].search([("url", "=", f"/my/receipts/{receipt.id}")]).partner_id
        self.assertEqual(told, self.owner | self.keeper.partner_id)
        page = self._get("/my/bills", "kdc_portal_b").text
        self.assertIn("5.000", page)
        self.assertEqual(self._get(f"/my/receipts/{receipt.id}", "kdc_portal_b").status_code, 200)
        with mute_logger("odoo.http"):
            for login in ("kdc_other_keeper", "kdc_portal_a"):
                self.assertEqual(self._get(f"/my/receipts/{receipt.id}", login).status_code, 404)

    @mute_logger("odoo.http")
    def test_statements_of_house_and_shop(self):
        bill = self._bill()
        url = "/my/bills/statement?since=2020-01-01&account="
        first = self._get(url, "kdc_portal_b").text
        self.assertIn(self.new_b.name, first)
        self.assertNotIn(bill.name, first)
        self.assertIn(f'value="{self.account.id}"', first)
        self.assertIn(bill.name, self._get(f"{url}{self.account.id}", "kdc_portal_b").text)
        pdf = self._get(f"/my/bills/statement/pdf?account={self.account.id}", "kdc_portal_b")
        self.assertEqual(pdf.headers["Content-Type"], "application/pdf")
        for chosen in (self.account_a.id, self.other_meter.account_id.id, "x", -1):
            self.assertEqual(self._get(f"{url}{chosen}", "kdc_portal_b").status_code, 404, chosen)
        self.account.copy({"dwelling_id": self.dwelling_a.id, "viewer_ids": False})
        self.assertEqual(
            self._get(f"{url}{self.account.id}", "kdc_portal_b").status_code, 404,
            "A statement is about all accounts of the payer, and this reader is named on one only.",
        )  # fmt: skip

    # --- Reminders -------------------------------------------------------------------------------

    def test_reminders_of_readings_reach_who_may_send(self):
        schedule = self.env["kdc.reading.schedule"].create({"company_id": self.company.id})
        meters = self.meter | self.env["kdc.meter"].search([("serial", "=", "W-A")])
        schedule._tell_residents(meters, "Đến kỳ ghi chỉ số", "")
        told = self.env["kdc.notification"].search([("title", "=", "Đến kỳ ghi chỉ số")]).partner_id
        self.assertEqual(told, self.user_portal_a.partner_id | self.owner | self.keeper.partner_id)

    def test_readers_of_many_accounts_by_as_many_queries_as_of_one(self):
        counts = []
        few = self.account | self.account_a
        for accounts in (few, few | self.account_b | self.other_meter.account_id):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertTrue(accounts._kdc_bill_readers())
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    def test_an_account_of_the_household_that_names_no_household(self):
        """Opened for the household's contact only: its people read the bills, are told of them, stay reminded."""
        second = self.env["kdc.customer.account"].create(
            {"partner_id": self.household_a.partner_id.id, "dwelling_id": self.dwelling_b.id,
             "company_id": self.company.id}
        )  # fmt: skip
        person = self.user_portal_a.partner_id
        self.assertIn(second.number, self._get("/my/bills/reminder", "kdc_portal_a").text)
        self.assertEqual(second._kdc_bill_readers(), person)
        self.assertEqual(second._kdc_dunning_channel("notice", second.partner_id)[0], "notice")
        reminder = self.env["kdc.payday.reminder"]._choose(person, second, 5, 0, False)
        day = self.this_month + timedelta(days=40)
        with freeze_time(f"{day} 01:00:00"):
            reminder._remind(day)
        self.assertTrue(reminder.exists())

    def test_staff_who_live_here_stay_reminded(self):
        self.user_portal_a.write({"group_ids": [Command.set(self.env.ref("base.group_user").ids)]})
        person = self.user_portal_a.partner_id
        self.assertIn(person, self.account_a._kdc_bill_readers())
        reminder = self.env["kdc.payday.reminder"]._choose(person, self.account_a, 5, 0, False)
        self.assertEqual(reminder._readable(), reminder)

    def test_a_reminder_never_ends_silently(self):
        reminder = self.env["kdc.payday.reminder"]._choose(self.owner, self.account, 5, 0, False)
        self.account.viewer_ids = False
        reminder._remind(self.this_month)
        self.assertFalse(reminder.exists())
        notice = self.env["kdc.notification"].search([("partner_id", "=", self.owner.id)], limit=1)
        self.assertIn(self.account.number, notice.title)
        self.assertEqual(notice.url, "/my/notifications")
