from datetime import timedelta
from unittest.mock import patch

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .collection_common import NEW_TOTAL, OLD_TOTAL, CollectionCommon

MODEL = "odoo.addons.kdc_utilities.models.kdc_payday_reminder.KdcPaydayReminder"


@tagged("post_install", "-at_install")
class TestPaydayReminder(CollectionCommon, HttpCase):
    """A resident chooses a day of the month and is told what is open (U-48)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reminders = cls.env["kdc.payday.reminder"]
        #: The 5th of next month: nothing is due yet, or everything is, whatever day the tests run on.
        cls.payday = (cls.this_month + relativedelta(months=1)).replace(day=5)
        cls.person = cls.user_portal_a.partner_id

    def _choose(self, day=5, limit=0, by_email=False, person=None, account=None):
        with freeze_time(f"{self.payday - timedelta(days=3)} 03:00:00"):
            return self.reminders._choose(person or self.person, account or self.account_a, day, limit, by_email)

    def _work(self, day):
        """Let the daily work run on that day, at half past seven in Vietnam."""
        with freeze_time(f"{day} 00:30:00"), self.enter_registry_test_mode():
            self.env.ref("kdc_utilities.ir_cron_payday_reminder").method_direct_trigger()
        self.env.invalidate_all()

    def _notices(self, person=None):
        domain = [("partner_id", "=", (person or self.person).id), ("title", "like", "Đến ngày nhắc")]
        return self.env["kdc.notification"].search(domain, order="id")

    def _send(self, path="", token=True, login="kdc_portal_a", account=None, **data):
        self.authenticate(login, login)
        if token:
            data["csrf_token"] = Request.csrf_token(self)
        url = f"/my/bills/reminder/{(account or self.account_a).id}{path}"
        return self.url_open(url, data=data, allow_redirects=False, method="POST")

    # --- On the day ------------------------------------------------------------------------------

    def test_told_once_a_month_with_sum_and_day_and_way(self):
        reminder = self._choose()
        self.assertEqual(reminder.next_date, self.payday)
        self._work(self.payday - timedelta(days=1))
        self.assertFalse(self._notices())
        self._work(self.payday)
        self._work(self.payday)
        notice = self._notices()
        self.assertEqual(len(notice), 1)
        self.assertIn("305.810", notice.title)
        self.assertIn(self.account_a.number, notice.body)
        self.assertIn(min((self.old_a | self.new_a).mapped("invoice_date_due")).strftime("%d/%m/%Y"), notice.body)
        self.assertEqual(notice.url, "/my/bills")
        following = self.payday + relativedelta(months=1)
        self.assertEqual((reminder.reminded_on, reminder.next_date), (self.payday, following))
        self._choose(day=20)
        self.assertEqual(reminder.next_date, following.replace(day=20))

    def test_one_open_bill_is_one_tap_from_its_qr_code(self):
        self._choose()
        self._take(self.user_collector, self.account_a, OLD_TOTAL)
        self._work(self.payday)
        self.assertEqual(self._notices().url, f"/my/bills/{self.new_a.id}")

    def test_a_month_without_the_day_reminds_on_its_last_day(self):
        reminder = self._choose(day=31)
        last = self.payday + relativedelta(day=31)
        self.assertEqual(reminder.next_date, last)
        self._work(last)
        self.assertEqual(reminder.next_date, last + relativedelta(months=1, day=31))

    def test_the_day_begins_in_vietnam(self):
        self._choose()
        with freeze_time(f"{self.payday - timedelta(days=1)} 17:30:00"), self.enter_registry_test_mode():
            self.env.ref("kdc_utilities.ir_cron_payday_reminder").method_direct_trigger()
        self.assertTrue(self._notices())

    def test_nothing_open_is_no_reminder(self):
        reminder = self._choose()
        self._take(self.user_collector, self.account_a, OLD_TOTAL + NEW_TOTAL)
        self._work(self.payday)
        self.assertFalse(self._notices())
        self.assertFalse(reminder.reminded_on)
        self.assertGreater(reminder.next_date, self.payday)

    def test_what_is_in_question_or_divided_is_left_out(self):
        self._choose()
        self.env["kdc.bill.dispute"]._open(self.new_a, self.person, "NUOC", "NUOC", "Chỉ số ghi nhầm")
        self._work(self.payday)
        self.assertIn("88.160", self._notices().title)
        plan = self.env["kdc.instalment.plan"].with_user(self.user_accountant).create(
            {
                "account_id": self.account_a.id, "move_ids": self.old_a.ids, "count": 2,
                "date_first": self.payday + timedelta(days=60), "reason": "Đơn của hộ",
            }
        )  # fmt: skip
        plan.with_user(self.user_approver).action_approve()
        self._work(self.payday + relativedelta(months=1))
        self.assertEqual(len(self._notices()), 1)

    def test_more_than_the_limit_is_pointed_out_and_less_is_told_too(self):
        self._choose(limit=305_809)
        self._work(self.payday)
        self.assertIn("hơn giới hạn", self._notices().title)
        self.assertIn("305.809", self._notices().body)
        self._choose(limit=305_810)
        self._work(self.payday + relativedelta(months=1))
        self.assertNotIn("giới hạn", self._notices()[1].title)

    def test_by_email_when_chosen(self):
        self.person.email = "an@example.com"
        self._choose(by_email=True)
        self._work(self.payday)
        mail = self.env["mail.mail"].search([("email_to", "=", "an@example.com")])
        self.assertEqual(mail.subject, self._notices().title)
        self.assertIn("/my/bills/reminder", mail.body_html)

    def test_who_no_longer_sees_the_bills_is_forgotten(self):
        wife = self.household_a.membership_ids.filtered(lambda m: m.role == "wife").resident_id
        user = self._create_portal_user("kdc_portal_wife", wife)
        self.company.kdc_share_bills = True
        reminder = self._choose(person=user.partner_id)
        outsider = self._choose(person=self.user_portal_b.partner_id)
        self._work(self.payday)
        self.assertEqual(len(self._notices(user.partner_id)), 1)
        self.assertFalse(self._notices(self.user_portal_b.partner_id))
        self.assertFalse(outsider.exists())
        self.company.kdc_share_bills = False
        self._work(self.payday + relativedelta(months=1))
        self.assertEqual(len(self._notices(user.partner_id)), 1)
        self.assertFalse(reminder.exists())

    def test_the_reader_is_the_one_of_the_bills(self):
        """The batch answers as ``_kdc_bill_readers`` does for one account."""
        owner = self.env["res.partner"].create({"name": "Chị Tư", "email": "tu@example.com"})
        self._create_portal_user_of(owner)
        self.account_b.viewer_ids = owner
        people = owner | self.user_portal_a.partner_id | self.user_portal_b.partner_id
        for account in self.account_a | self.account_b:
            rows = self.reminders.union(*(self._choose(person=person, account=account) for person in people))
            self.assertEqual(rows._readable().partner_id, people & account._kdc_bill_readers(), account.number)

    def _create_portal_user_of(self, partner):
        group = self.env.ref("base.group_portal")
        return self.env["res.users"].with_context(no_reset_password=True).create(
            {"login": partner.email, "partner_id": partner.id, "group_ids": [(6, 0, group.ids)]}
        )  # fmt: skip

    def test_as_many_queries_for_many_as_for_one(self):
        people = self.env["res.partner"].create([{"name": f"Bà {n}", "email": f"n{n}@example.com"} for n in range(8)])
        for person in people:
            self._create_portal_user_of(person)
        (self.account_a | self.account_b).viewer_ids = people
        one = self._choose(person=people[0], by_email=True)
        many = self.reminders.union(
            *(self._choose(person=person, account=account, by_email=True)
              for person in people[1:] for account in (self.account_a, self.account_b))
        )  # fmt: skip
        counts = []
        for reminders in (one, many):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            reminders._remind(self.payday)
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(len(many), 14)
        self.assertLessEqual(counts[1], counts[0] + 1)

    def test_one_that_fails_stops_no_other(self):
        good, bad = self._choose(), self._choose(person=self.user_portal_b.partner_id, account=self.account_b)
        words = type(self.reminders)._words

        def stumble(reminder, bills, today):
            if reminder == bad:
                raise ValueError
            return words(reminder, bills, today)

        with patch.object(type(self.reminders), "_words", stumble), mute_logger(MODEL.rsplit(".", 1)[0]):
            self._work(self.payday)
        self.assertTrue(self._notices())
        self.assertEqual((good.reminded_on, bad.reminded_on), (self.payday, False))

    # --- The page --------------------------------------------------------------------------------

    def test_on_changed_and_off(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.assertIn("/my/bills/reminder", self.url_open("/my/bills").text)
        self.assertIn(self.account_a.number, self.url_open("/my/bills/reminder").text)
        self.assertEqual(self._send(day="5", limit="1.500.000 đ", by_email="1").status_code, 303)
        reminder = self.reminders.search([])
        self.assertEqual((reminder.partner_id, reminder.account_id), (self.person, self.account_a))
        self.assertEqual((reminder.day, reminder.limit, reminder.by_email), (5, 1_500_000, True))
        self._send(day="31", limit="")
        self.assertEqual((reminder.day, reminder.limit, reminder.by_email), (31, 0, False))
        self.assertEqual(self._send("/off").status_code, 303)
        self.assertFalse(self.reminders.search([]))
        self.assertEqual(self._send("/off").status_code, 303)

    def test_what_was_typed_stays_when_it_is_wrong(self):
        for data in ({"day": "32"}, {"day": "0"}, {"day": ""}, {"day": "x"}, {"day": "5", "limit": "-1"},
                     {"day": "5", "limit": "9" * 12}, {"day": "5", "limit": "nửa triệu"}):  # fmt: skip
            with self.subTest(data):
                page = self._send(**data)
                self.assertEqual(page.status_code, 422)
                self.assertIn("k-error", page.text)
                self.assertIn(data.get("limit", ""), page.text)
        self.assertFalse(self.reminders.search([]))

    def test_only_for_the_own_bills(self):
        self.assertEqual(self._send(day="5", account=self.account_b).status_code, 404)
        self.assertEqual(self._send("/off", account=self.account_b).status_code, 404)
        with mute_logger("odoo.http"):
            self.assertEqual(self._send(day="5", token=False).status_code, 400)
        self.assertFalse(self.reminders.search([]))
        mine = self._choose()
        self.account_a.viewer_ids = self.user_portal_b.partner_id
        self._send("/off", login="kdc_portal_b")
        self.assertTrue(mine.exists(), "Another reader turns off the own reminder only.")

    def test_in_the_copy_of_my_data_and_gone_with_it(self):
        self._choose(limit=500_000)
        sections = self.resident_a.with_user(self.user_portal_a).sudo()._kdc_my_data()
        rows = next(section["rows"] for section in sections if section["key"] == "payday_reminders")
        self.assertEqual(len(rows), 1)
        self.assertIn(self.account_a.number, str(rows))
        self.resident_a.sudo()._kdc_erase()
        self.assertFalse(self.reminders.search([]))
