import base64
from datetime import date

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import PERIOD, UtilitiesCommon

PICTURE = base64.b64encode(
    base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
)


@tagged("post_install", "-at_install")
class TestReadingCheck(UtilitiesCommon):
    def _check(self, period=PERIOD):
        anomalies = self.env["kdc.reading.anomaly"].with_user(self.user_accountant)
        domain = [("id", "in", (self.meter_a + self.meter_b).ids)]
        return anomalies._check(self.company, period, domain)

    def _history(self, meter, months=6, used=10, start=100):
        """Readings at the end of the months before October 2026 with the same use each month."""
        for step in range(months + 1):
            self._read(meter, date(2026, 9 - months + step, 25), start + used * step)
        return start + used * months

    def _kinds(self, anomalies):
        return {(row.meter_id.serial, row.kind) for row in anomalies}

    # -- anomalies ------------------------------------------------------------------------------------

    def test_zero_high_and_missing(self):
        top = self._history(self.meter_a)
        self._history(self.meter_b)
        self.assertEqual(self._kinds(self._check()), {("DH-A1", "missing"), ("DH-B1", "missing")})
        self._read(self.meter_a, date(2026, 10, 25), top + 31)
        self._read(self.meter_b, date(2026, 10, 25), top)
        found = self._check()
        self.assertEqual(self._kinds(found), {("DH-A1", "high"), ("DH-B1", "zero")})
        self.assertTrue(all(found.mapped("detail")))
        self._read(self.meter_a, date(2026, 10, 25), top + 30)
        self.assertEqual(self._kinds(self._check()), {("DH-B1", "zero")}, "Three times the usual is not above it.")

    def test_confirmed_stays_confirmed_until_the_figure_changes(self):
        top = self._history(self.meter_a)
        self._read(self.meter_a, date(2026, 10, 25), top + 50)
        found = self._check().filtered(lambda row: row.kind == "high")
        wizard = self.env["kdc.reading.anomaly.confirm"].with_user(self.user_accountant)
        wizard.with_context(**found.action_confirm()["context"]).create({"reason": "Vỡ ống"}).action_confirm()
        self._check()
        self.assertEqual(
            (found.state, found.reason, found.settled_by_id), ("confirmed", "Vỡ ống", self.user_accountant)
        )
        line = self._run().line_ids.filtered(lambda line: line.account_id == self.account_a)
        self.assertEqual(line.severity, "none", "What is confirmed is not asked again by the run.")
        self._read(self.meter_a, date(2026, 10, 25), top + 51)
        self._check()
        self.assertEqual((found.state, found.reason), ("open", False))

    def test_same_photo_twice(self):
        self._history(self.meter_a, 1)
        self._history(self.meter_b, 1)
        self._read(self.meter_a, date(2026, 10, 25), 115, photo=PICTURE)
        twin = self._read(self.meter_b, date(2026, 10, 25), 115, photo=PICTURE)
        found = self._check().filtered(lambda row: row.kind == "same_photo")
        self.assertEqual(len(found), 2)
        twin.photo = False
        self.assertFalse(self._check().filtered(lambda row: row.kind == "same_photo"))

    def test_lower_with_a_reason_blocks_until_it_is_settled(self):
        top = self._history(self.meter_a)
        reading = self._read(self.meter_a, date(2026, 10, 25), 3, event="below", reason="Đồng hồ mới thay")
        self.assertEqual(reading.consumption, 0)
        found = self._check().filtered(lambda row: row.meter_id == self.meter_a)
        self.assertEqual(found.kind, "negative")
        with self.assertRaisesRegex(UserError, "DH-A1"):
            found.action_confirm()
        line = self._run().line_ids.filtered(lambda line: line.account_id == self.account_a)
        self.assertEqual(line.state, "blocked")
        self.assertTrue(line.issue_text)
        reading.write({"event": "replacement", "final_value": top + 4})
        self.assertEqual(reading.consumption, 4)
        self.assertFalse(self._check().filtered(lambda row: row.meter_id == self.meter_a))
        with self.assertRaises(ValidationError):
            self._read(self.meter_a, date(2026, 11, 2), 300, event="below", reason="?")

    def test_only_the_accountant_settles_and_nobody_writes_the_list(self):
        self._history(self.meter_a)
        found = self._check().filtered(lambda row: row.meter_id == self.meter_a)
        for user in (self.user_collector, self.user_approver):
            for action in ("action_confirm", "action_reread", "action_estimate"):
                with self.subTest(user=user.login, action=action), self.assertRaises(AccessError):
                    getattr(found.with_user(user), action)()
        with self.assertRaises(AccessError):
            found.write({"state": "confirmed", "reason": "x"})
        found.action_reread()
        self._check()
        self.assertEqual(found.state, "reread")

    def test_queries_do_not_grow_with_the_meters(self):
        for meter in (self.meter_a, self.meter_b):
            self._history(meter)
            self._read(meter, date(2026, 10, 25), 300)
        self._check()
        counts = []
        for meters in (self.meter_a, self.meter_a + self.meter_b):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["kdc.reading.anomaly"]._check(self.company, PERIOD, [("id", "in", meters.ids)])
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1] - counts[0], 2)

    # -- estimates ------------------------------------------------------------------------------------

    def _estimate(self, period=PERIOD):
        row = self._check(period).filtered(lambda row: row.meter_id == self.meter_a and row.kind == "missing")
        row.action_estimate()
        return row

    def _section(self, run):
        line = run.line_ids.filtered(lambda line: line.account_id == self.account_a)
        return next(part for part in line.explanation["sections"] if part["service"] == "NUOC"), line

    def test_estimate_is_marked_and_trued_up_by_the_next_reading(self):
        top = self._history(self.meter_a)
        row = self._estimate()
        self.assertEqual((row.state, row.reading_id.source, row.reading_id.value), ("estimated", "estimate", top + 10))
        section, line = self._section(self._run())
        self.assertEqual((section["quantity"], section["readings"][0]["source"]), ("10", "estimate"))
        self.assertIn(row.reading_id.meter_id.serial, line.explanation_html)
        november = self._read(self.meter_a, date(2026, 11, 20), top + 23)
        self.assertEqual(november.billable, 13, "23 m³ in two months, 10 were billed.")

    def test_a_too_high_estimate_is_taken_off_the_next_bills(self):
        top = self._history(self.meter_a)
        self._estimate()
        november = self._read(self.meter_a, date(2026, 11, 10), top + 4)
        self.assertEqual((november.consumption, november.billable, november.carry), (-6, 0, -6))
        with freeze_time("2026-12-28"):
            december = self._read(self.meter_a, date(2026, 12, 20), top + 15)
        self.assertEqual((december.consumption, december.billable, december.carry), (11, 5, 0))
        readings = self.meter_a.reading_ids.filtered(lambda row: row.date >= PERIOD)
        self.assertEqual(sum(readings.mapped("billable")), 15, "Nothing is billed twice and nothing is lost.")
        section, line = self._section(self._run(period=date(2026, 11, 1)))
        self.assertEqual(section["quantity"], "0")
        section, line = self._section(self._run(period=date(2026, 12, 1)))
        self.assertEqual(section["quantity"], "5")
        self.assertIn("6", line.explanation_html)

    def test_below_the_last_real_figure_is_still_refused(self):
        top = self._history(self.meter_a)
        self._estimate()
        with self.assertRaises(ValidationError):
            self._read(self.meter_a, date(2026, 11, 10), top - 1)

    def test_nothing_to_estimate_from(self):
        self._read(self.meter_a, date(2026, 9, 25), 100)
        with self.assertRaisesRegex(UserError, "DH-A1"):
            self._estimate()

    def test_one_without_earlier_use_does_not_hold_up_the_others(self):
        self._read(self.meter_a, date(2026, 9, 25), 100)
        self._history(self.meter_b)
        rows = self._check().filtered(lambda row: row.kind == "missing")
        self.assertEqual(rows.meter_id, self.meter_a + self.meter_b)
        action = rows.action_estimate()
        self.assertIn("DH-A1", action["params"]["message"])
        states = {row.meter_id: row.state for row in rows}
        self.assertEqual(states, {self.meter_a: "open", self.meter_b: "estimated"})

    # -- reading days ---------------------------------------------------------------------------------

    def _schedule(self, **vals):
        values = {"company_id": self.company.id, "day_open": 20, "day_close": 28, "user_id": self.user_accountant.id}
        return self.env["kdc.reading.schedule"].create(values | vals)

    def test_late_readings_are_marked_or_refused(self):
        schedule = self._schedule()
        with freeze_time("2026-09-28"):
            self.assertFalse(self._read(self.meter_a, date(2026, 9, 25), 100).is_late)
        with freeze_time("2026-09-29"):
            self.assertTrue(self._read(self.meter_b, date(2026, 9, 25), 100).is_late)
        schedule.late_rule = "refuse"
        with freeze_time("2026-10-29"), self.assertRaisesRegex(ValidationError, "10/2026"):
            self._read(self.meter_a, date(2026, 10, 25), 120)
        with freeze_time("2026-10-28"):
            self._read(self.meter_a, date(2026, 10, 25), 120)

    def test_the_nearest_area_decides(self):
        self._schedule(late_rule="refuse")
        own = self._schedule(area_id=self.group_a.id, day_close=31)
        with freeze_time("2026-10-29"):
            self._read(self.meter_a, date(2026, 10, 25), 120)
            with self.assertRaises(ValidationError):
                self._read(self.meter_b, date(2026, 10, 25), 120)
        self.assertEqual(own._meters() & (self.meter_a + self.meter_b), self.meter_a)

    @mute_logger("odoo.sql_db")
    def test_impossible_days(self):
        self._schedule()
        for vals in ({}, {"area_id": self.group_a.id, "day_open": 29, "day_close": 5},
                     {"area_id": self.group_a.id, "day_close": 32}):  # fmt: skip
            with self.subTest(vals=vals), self.assertRaises(IntegrityError), self.cr.savepoint():
                self._schedule(**vals)

    def test_reminders_come_once_to_those_who_have_not_read(self):
        schedule = self._schedule(reminder_days=3)
        notices = self.env["kdc.notification"].search
        resident_a, resident_b = (self.household_a.head_id.partner_id, self.household_b.head_id.partner_id)
        with freeze_time("2026-10-19"):
            schedule._cron_remind()
        self.assertFalse(schedule.activity_ids)
        for _twice in range(2):
            with freeze_time("2026-10-21 03:00:00"):
                schedule._cron_remind()
        self.assertEqual(len(schedule.activity_ids), 1)
        url = ("url", "=", "/my/readings")
        self.assertEqual(len(notices([url, ("partner_id", "in", (resident_a + resident_b).ids)])), 2)
        with freeze_time("2026-10-25 03:00:00"):
            self._read(self.meter_a, date(2026, 10, 24), 100)
            schedule._cron_remind()
            schedule._cron_remind()
        self.assertEqual(len(schedule.activity_ids), 2)
        self.assertEqual(len(notices([url, ("partner_id", "=", resident_a.id)])), 1)
        self.assertEqual(len(notices([url, ("partner_id", "=", resident_b.id)])), 2)
        with freeze_time("2026-11-20 03:00:00"):
            schedule._cron_remind()
        self.assertEqual(len(schedule.activity_ids), 3, "The next month begins anew.")
