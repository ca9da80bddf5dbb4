from datetime import date, timedelta

from freezegun import freeze_time
from lxml import etree
from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval
from psycopg2 import IntegrityError

from .common import UtilitiesCommon


@tagged("post_install", "-at_install")
class TestReading(UtilitiesCommon):
    def test_consumption_and_first_reading(self):
        first = self._read(self.meter_a, date(2026, 9, 25), 100)
        self.assertEqual((first.event, first.consumption), ("initial", 0))
        second = self._read(self.meter_a, date(2026, 10, 25), 125.5)
        self.assertEqual((second.event, second.consumption, second.previous_id), ("normal", 25.5, first))

    def test_use_since_the_first_figure_of_the_same_month_is_counted(self):
        """A ward enters the figures of the first day, and reads at the end of the month."""
        first = self._read(self.meter_a, date(2026, 10, 1), 100)
        for source, vals in (("officer", {}), ("phone", {"event": "initial"}), ("import", {})):
            with self.subTest(source), self.cr.savepoint() as savepoint:
                readings = self.env["kdc.meter.reading"]
                read = readings._record(self.meter_a, date(2026, 10, 25), 112, source, **vals)
                self.assertEqual((first.value, read.event), (100, "normal"))
                self.assertEqual((read.consumption, read.previous_id), (12, first))
                meter = self.meter_a.with_context(kdc_reading_date="2026-10-31")
                self.assertEqual((meter.previous_value, meter.entry_value, meter.entry_consumption), (100, 112, 12))
                again = readings._record(self.meter_a, date(2026, 10, 26), 113, source)
                self.assertEqual((again, again.consumption), (read, 13))
                savepoint.rollback()
                self.env.invalidate_all()

    def test_a_first_figure_is_corrected_on_its_day_and_by_the_resident_who_sent_it(self):
        first = self._read(self.meter_a, date(2026, 10, 1), 100)
        self.assertEqual(self._read(self.meter_a, date(2026, 10, 1), 101), first)
        own = self.env["kdc.meter.reading"]._record(self.meter_b, date(2026, 10, 1), 50, "portal")
        again = self.env["kdc.meter.reading"]._record(self.meter_b, date(2026, 10, 2), 56, "portal")
        self.assertEqual((again, own.value, own.event), (own, 56, "initial"))

    def test_typing_error_rollover_and_replacement_are_three_things(self):
        self._read(self.meter_a, date(2026, 8, 25), 99990)
        with self.assertRaisesRegex(ValidationError, "99990"):
            self._read(self.meter_a, date(2026, 9, 25), 12)
        rolled = self._read(self.meter_a, date(2026, 9, 25), 12, event="rollover", reason="Qua 99999")
        self.assertEqual(rolled.consumption, 22)
        new = self._read(
            self.meter_a, date(2026, 10, 25), 3, event="replacement", final_value=17, reason="Thay đồng hồ"
        )
        self.assertEqual(new.consumption, 5)
        with self.assertRaises(ValidationError):
            self._read(self.meter_b, date(2026, 8, 1), 100)
            self._read(self.meter_b, date(2026, 9, 1), 120, event="rollover", reason="?")

    @mute_logger("odoo.sql_db")
    def test_database_refuses_negative_double_and_unexplained(self):
        readings = self.env["kdc.meter.reading"]
        self._read(self.meter_a, date(2026, 9, 25), 100)
        for vals in (
            {"date": "2026-09-25", "value": 120},
            {"date": "2026-09-26", "value": -1},
            {"date": "2026-09-26", "value": 5, "event": "rollover"},
        ):
            with self.assertRaises(IntegrityError), self.cr.savepoint():
                readings.create({"meter_id": self.meter_a.id, **vals})
                readings.flush_model()

    @freeze_time("2027-03-31 22:00:00")
    def test_the_day_is_that_of_the_ward(self):
        """At five in the morning it is the first of April here, whatever the time zone of the reader's account."""
        self.assertEqual(self._read(self.meter_a, date(2027, 4, 1), 1).date, date(2027, 4, 1))
        with self.assertRaises(ValidationError):
            self._read(self.meter_b, date(2027, 4, 2), 1)

    def test_future_and_too_many_digits_refused(self):
        tomorrow = fields.Date.context_today(self.meter_a) + timedelta(days=2)
        with self.assertRaises(ValidationError):
            self._read(self.meter_a, tomorrow, 1)
        with self.assertRaises(ValidationError):
            self._read(self.meter_a, date(2026, 9, 25), 123456)
        with self.assertRaises(ValidationError):
            self._read(self.meter_a, date(2026, 9, 25), 1e30)

    def test_correcting_a_reading_may_not_break_the_next(self):
        self._read_month()
        with self.assertRaises(ValidationError):
            self._read(self.meter_a, date(2026, 9, 25), 126)
        self._read(self.meter_a, date(2026, 9, 25), 110)
        october = self.meter_a.reading_ids.sorted("date")[-1]
        self.assertEqual(october.consumption, 15)
        self.assertEqual(len(self.meter_a.reading_ids), 2, "The month is corrected, not read twice.")

    def test_entry_list(self):
        self._read_month()
        meters = (self.meter_a + self.meter_b).with_context(kdc_reading_date="2026-11-20")
        self.assertEqual(meters.mapped("previous_value"), [125, 108])
        self.assertEqual(meters.search([("entry_done", "=", False), ("id", "in", meters.ids)]), meters)
        meters[0].entry_value = 140
        meters.invalidate_recordset()
        self.assertEqual((meters[0].entry_done, meters[0].entry_consumption), (True, 15))
        self.assertEqual(meters.search([("entry_done", "=", True), ("id", "in", meters.ids)]), meters[0])
        with self.assertRaises(ValidationError):
            meters[0].entry_value = 100

    def test_what_is_typed_into_a_search_box_finds_serial_customer_and_address(self):
        """Enter takes the first line of what the box offers."""
        self._read_month()
        readings, meters = self.meter_a.reading_ids, self.meter_a
        for name, expected in (("kdc_meter_view_search", meters), ("kdc_meter_reading_view_search", readings)):
            view = self.env.ref(f"kdc_utilities.{name}")
            first = etree.fromstring(expected.get_view(view.id, "search")["arch"])[0]
            for typed in ("dh-a1", "nguyen van an", self.account_a.number, "tran phu"):
                domain = Domain(safe_eval(first.get("filter_domain"), {"self": typed}))
                found = expected.search(domain & Domain("company_id", "=", self.company.id))
                self.assertLessEqual(expected, found, (name, typed))

    def test_entry_list_says_what_to_expect(self):
        """From three months of use on: half to twice the median, as on the residents' page."""
        for month, value in ((6, 100), (7, 110), (8, 122), (9, 130)):
            self._read(self.meter_b, date(2026, month, 25), value)
        meter = self.meter_b.with_context(kdc_reading_date="2026-10-25")
        self.assertEqual(meter.entry_expected, "135 – 150")
        self.assertFalse(self.meter_b.with_context(kdc_reading_date="2026-08-25").entry_expected)

    def test_entry_list_queries_do_not_grow_with_the_list(self):
        self._read_month()
        meters = (self.meter_a + self.meter_b).with_context(kdc_reading_date="2026-10-20")
        counts = []
        for records in (meters[0], meters):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            records.mapped("entry_value")
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1] - counts[0], 3)

    def test_unusual_use_is_shown(self):
        for month in range(1, 7):
            self._read(self.meter_a, date(2026, month, 25), 20 * month)
        high = self._read(self.meter_a, date(2026, 7, 25), 120 + 100)
        self.assertTrue(high._warning_text())
        zero = self._read(self.meter_a, date(2026, 8, 25), 220)
        self.assertTrue(zero._warning_text())

    def test_a_billed_reading_is_fixed_until_the_bill_is_cancelled(self):
        self._read_month()
        self._issue(self._run())
        reading = self.meter_a.reading_ids.sorted("date")[-1]
        with self.assertRaises(ValidationError):
            reading.value = 130
        with self.assertRaises(UserError):
            reading.unlink()
        self.account_a.move_ids._kdc_cancel("Ghi sai chỉ số")
        reading.value = 130

    def test_no_figure_changes_behind_an_issued_bill(self):
        """Cancelling a bill does not open its month again once the next one was billed on from its figure."""
        self._read(self.meter_a, date(2026, 8, 25), 60)
        self._read_month(25, 8)
        september = self._issue(self._run(period=date(2026, 9, 1), invoice_date="2026-10-05"))
        self._issue(self._run())
        reading = self.meter_a.reading_ids.filtered(lambda row: row.date == date(2026, 9, 25))
        with self.assertRaisesRegex(ValidationError, "Correct the bill…” on each"), self.cr.savepoint():
            reading.value = 110
        september.filtered(lambda bill: bill.kdc_account_id == self.account_a)._kdc_cancel("Ghi sai chỉ số")
        for change in ({"value": 110}, {"event": "replacement", "final_value": 105, "value": 2, "reason": "Thay"}):
            refused = self.assertRaisesRegex(ValidationError, "twice or never")
            with self.subTest(change=change), refused, self.cr.savepoint():
                reading.write(change)
        with self.assertRaisesRegex(UserError, "twice or never"), self.cr.savepoint():
            reading.unlink()
        october = self.meter_a.reading_ids.sorted("date")[-1]
        self.assertEqual((reading.value, reading.consumption, october.consumption), (100, 40, 25))
        reading.write({"event": "replacement", "final_value": 105, "reason": "Thay"})
        self.assertEqual((reading.consumption, october.consumption), (45, 25), "the next bill counts as before")

    def test_no_figure_is_moved_behind_an_issued_bill(self):
        """Neither to an earlier day nor to another meter, nor by what the context says is the day of a new one."""
        self._read_month(40, 8)
        self._issue(self._run())
        elsewhere = self.env["kdc.meter"].create(
            {"serial": "DH-A2", "connection_id": self.meter_a.connection_id.id}
        )
        free, other = self._read(self.meter_a, date(2026, 11, 20), 150), self._read(elsewhere, date(2026, 8, 20), 90)
        anew = self.env["kdc.meter.reading"].with_context(default_meter_id=self.meter_a.id)
        behind = {"date": "2026-09-28", "value": 120}
        for change in (
            lambda: free.write(behind),
            lambda: other.write(behind | {"meter_id": self.meter_a.id}),
            lambda: anew.create({"date": "2026-09-28", "value": 120}),
            lambda: anew.with_context(default_date="2026-09-28", default_value=120).create({}),
        ):
            with self.assertRaisesRegex(ValidationError, "twice or never"), self.cr.savepoint():
                change()
        self.assertEqual(self.meter_a.reading_ids.filtered(lambda row: row.date == date(2026, 10, 25)).consumption, 40)

    def test_a_month_billed_with_the_next_gets_no_late_figure(self):
        self._read(self.meter_a, date(2026, 7, 25), 90)
        self._read(self.meter_a, date(2026, 8, 25), 100)
        self._read(self.meter_a, date(2026, 10, 25), 120)
        bill = self._issue(self._run()).filtered(lambda bill: bill.kdc_account_id == self.account_a)
        anomalies = self.env["kdc.reading.anomaly"].with_user(self.user_accountant)
        anomalies = anomalies._check(self.company, date(2026, 9, 1), [("id", "=", self.meter_a.id)])
        for late in (lambda: self._read(self.meter_a, date(2026, 9, 25), 110), anomalies.action_estimate):
            with self.assertRaisesRegex(UserError, "twice or never"), self.cr.savepoint():
                late()
        self.assertEqual(len(self.meter_a.reading_ids), 3)
        bill._kdc_cancel("Lập lại từng tháng")
        anomalies.action_estimate()
        self.assertEqual(anomalies.state, "estimated")

    def test_a_billed_figure_stays_in_its_month(self):
        self._read_month()
        self._issue(self._run())
        with self.assertRaisesRegex(ValidationError, "issued bill"):
            self.meter_a.reading_ids.sorted("date")[-1].date = date(2026, 9, 28)
