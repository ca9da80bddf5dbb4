from freezegun import freeze_time
from odoo import SUPERUSER_ID, fields
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.tests import TransactionCase, new_test_user


class TestTimeZone(TransactionCase):
    @freeze_time("2026-12-31 18:30:00")
    def test_scheduled_work_lives_in_the_day_of_the_ward(self):
        scheduled = self.env(user=SUPERUSER_ID)["kdc.area"]
        self.assertEqual(fields.Date.context_today(scheduled), fields.Date.to_date("2027-01-01"))

    @freeze_time("2026-12-31 18:30:00")
    def test_user_without_a_chosen_zone_lives_in_the_day_of_the_ward(self):
        user = new_test_user(self.env, "newcomer", groups="base.group_user")
        self.assertEqual(user.tz, "Asia/Ho_Chi_Minh")
        self.assertEqual(fields.Date.context_today(user.with_user(user)), fields.Date.to_date("2027-01-01"))

    def test_chosen_zone_stays(self):
        user = new_test_user(self.env, "traveller", groups="base.group_user", tz="Europe/Paris")
        self.assertEqual(user.tz, "Europe/Paris")

    def test_the_day_of_the_ward_is_nobodys_choice(self):
        user = new_test_user(self.env, "traveller", groups="base.group_user", tz="Europe/Paris")
        for moment, day in (("2026-12-31 16:59:59", "2026-12-31"), ("2026-12-31 17:00:00", "2027-01-01")):
            with freeze_time(moment):
                self.assertEqual(today_here(user.with_user(user)), fields.Date.to_date(day))
                self.assertEqual(today_here(user.with_context(tz="America/New_York")), fields.Date.to_date(day))
