from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from .common import UtilitiesCommon


@tagged("post_install", "-at_install")
class TestMeterVerification(UtilitiesCommon, HttpCase):
    """Meters whose verification runs out: told once per meter and date, and a list to fetch them (U-13)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.meter_a)
        cls.schedule = cls.env["kdc.reading.schedule"].create(
            {"company_id": cls.company.id, "user_id": cls.user_accountant.id}
        )

    def _remind(self):
        before = self.schedule.activity_ids
        self.env["kdc.meter"]._cron_remind_verification()
        return self.schedule.activity_ids - before

    def test_told_once_per_meter_and_date(self):
        self.meter_a.date_verification = self.today - timedelta(days=3)
        self.meter_b.date_verification = self.today + timedelta(days=59)
        activity = self._remind()
        self.assertEqual((len(activity), activity.user_id), (1, self.user_accountant))
        self.assertEqual(activity.date_deadline, self.today)
        self.assertIn("DH-A1", activity.note)
        self.assertIn("DH-B1", activity.note)
        self.assertFalse(self._remind())
        self.meter_b.date_verification = self.today + timedelta(days=30)
        again = self._remind()
        self.assertEqual((len(again), again.date_deadline), (1, self.meter_b.date_verification))
        self.assertNotIn("DH-A1", again.note)

    def test_how_early_is_a_setting(self):
        self.meter_a.date_verification = self.today + timedelta(days=59)
        self.company.kdc_verification_days = 30
        self.assertFalse(self._remind())
        self.assertEqual(self.meter_a.verification_state, "ok")
        self.company.kdc_verification_days = 59
        self.meter_a.invalidate_recordset()
        self.assertEqual(self.meter_a.verification_state, "due")
        self.assertTrue(self._remind())

    def test_removed_meters_and_wards_without_reading_days_are_left_alone(self):
        self.meter_a.write(
            {"date_verification": self.today, "state": "removed", "date_removed": self.today - timedelta(days=1)}
        )
        self.assertFalse(self._remind())
        self.schedule.unlink()
        self.meter_b.date_verification = self.today
        self.env["kdc.meter"]._cron_remind_verification()
        self.assertFalse(self.meter_b.verification_told, "told as soon as somebody is responsible")

    def test_list_as_pdf_for_who_may_see_the_meters(self):
        meters = self.meter_a + self.meter_b
        with self.assertRaises(UserError):
            meters.action_print_verification()
        meters.date_verification = self.today
        url = meters.action_print_verification()["url"]
        for login, found in (("kdc_accountant", "kiem-dinh-2"), ("kdc_collector", "kiem-dinh-1"), ("kdc_portal_a", "")):
            self.authenticate(login, login)
            answer = self.url_open(url)
            with self.subTest(login=login):
                self.assertEqual(answer.status_code, 200 if found else 404)
                self.assertEqual(answer.content[:5] == b"%PDF-", bool(found))
                self.assertIn(found, answer.headers.get("Content-Disposition", ""))
