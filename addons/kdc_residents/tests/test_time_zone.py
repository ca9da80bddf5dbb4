from freezegun import freeze_time
from odoo import SUPERUSER_ID, fields
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
