from datetime import date, datetime
from unittest.mock import patch

from freezegun import freeze_time
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import WEDNESDAY_NINE, FeedbackCommon


@tagged("post_install", "-at_install")
class TestFeedbackCalendar(FeedbackCommon):
    def test_every_company_gets_what_the_inbox_needs(self):
        company = self.env["res.company"].create({"name": "Phường Thử"})
        self.assertEqual(company.kdc_feedback_calendar_id.tz, "Asia/Ho_Chi_Minh")
        self.assertEqual(len(company.kdc_feedback_calendar_id.attendance_ids), 10)
        self.assertEqual(company.kdc_feedback_unit_id.company_id, company)
        number = self.env["kdc.feedback"]._next_number(company, datetime(2026, 12, 31, 20, 0))
        self.assertEqual(number, "PA-2027-00001", "the year is that of Viet Nam, not of UTC")
        self.assertEqual(self.env["kdc.feedback"]._next_number(company, datetime(2026, 12, 1)), "PA-2026-00001")

    def test_public_holidays_once(self):
        self.calendar.leave_ids.unlink()
        added = self.calendar._add_public_holidays({2026})
        days = {leave.date_from.date() for leave in added}
        self.assertIn(datetime(2026, 2, 16, 17).date(), days, "Tết, 17 February, begins on the 16th in UTC")
        self.assertFalse(self.calendar._add_public_holidays({2026}), "a second run adds nothing")
        work = self.calendar._feedback_work_calendar()
        self.assertFalse(work.is_working_day(date(2026, 11, 24)), "day of culture, new in 2026")
        self.assertFalse(work.is_working_day(date(2026, 2, 17)))
        self.assertTrue(work.is_working_day(date(2026, 11, 23)))

    def test_what_the_ward_took_out_does_not_come_back_by_itself(self):
        first = self.calendar._add_public_holidays({2026})
        culture = first.filtered(lambda leave: leave.date_from.date() == date(2026, 11, 23))
        self.assertEqual(len(culture), 1, "the 24th begins on the 23rd in UTC")
        culture.unlink()
        with freeze_time("2026-11-18"):
            self.calendar._cron_add_public_holidays()
        self.assertTrue(self.calendar._feedback_work_calendar().is_working_day(date(2026, 11, 24)))
        self.assertIn("2027-09-02", self.calendar.kdc_holiday_days, "the next year was added")
        with Form(self.env["kdc.feedback.holidays"].with_user(self.user_dispatcher)) as form:
            form.calendar_id = self.calendar
            form.year = 2026
            self.assertIn("24/11/2026", form.missing, "by hand one sees what comes back")
            self.assertEqual(len(form.missing.splitlines()), 1)
        form.record.action_apply()
        self.assertFalse(self.calendar._feedback_work_calendar().is_working_day(date(2026, 11, 24)))

    def test_what_is_decided_later_arrives_and_what_was_deleted_does_not(self):
        """A newer package knows a bridge day and the Saturday worked for it, of years that were filled long ago."""
        feedback = self._send(category_id=self.env.ref("kdc_feedback.category_lamp").id)  # 3 working days
        before = feedback.handling_deadline
        calendar = self.calendar
        calendar.kdc_holiday_days = False
        with freeze_time("2026-11-18"):
            calendar._cron_add_public_holidays()
            self.assertTrue(calendar.kdc_swap_day_ids.filtered(lambda swap: swap.date == date(2026, 8, 22)))
            calendar.leave_ids.filtered(lambda leave: leave.date_to.date() == date(2027, 1, 1)).unlink()
            known = calendar.leave_ids
            later = {"special_public_holidays": {2026: ((11, 16, 11, 14), (11, 20, 11, 28))}}
            with patch.multiple("holidays.countries.vietnam.VietnamStaticHolidays", **later):
                calendar._cron_add_public_holidays()
                calendar._cron_add_public_holidays()
        added = calendar.leave_ids - known
        self.assertEqual([leave.date_to.date() for leave in added], [date(2026, 11, 20)], "a past day does not come")
        work = calendar._feedback_work_calendar()
        self.assertFalse(work.is_working_day(date(2026, 11, 20)))
        self.assertTrue(work.is_working_day(date(2026, 11, 28)), "the Saturday is worked like the Friday")
        self.assertTrue(work.is_working_day(date(2027, 1, 1)), "what the ward deleted stays deleted")
        self.assertGreater(feedback.handling_deadline, before)
        lines = feedback.message_line_ids.filtered(lambda line: line.action == "deadline")
        self.assertEqual(lines[-1:].deadline_after, feedback.handling_deadline, "no promise moves in silence")
        running = self._send(when=datetime(2026, 11, 25, 2, 0))
        told = len(running.message_line_ids)
        calendar._add_days({date(2026, 11, 27): "Bridge day"}, {date(2026, 12, 5): date(2026, 11, 27)})
        moved = running.message_line_ids[told:]
        self.assertEqual((len(moved), moved.deadline_after), (1, running.handling_deadline), "days and swaps at once")
        calendar.kdc_swap_day_ids.filtered(lambda swap: swap.date == date(2026, 11, 28)).unlink()
        with freeze_time("2026-11-18"), patch.multiple("holidays.countries.vietnam.VietnamStaticHolidays", **later):
            calendar._cron_add_public_holidays()
        self.assertFalse(calendar._feedback_work_calendar().is_working_day(date(2026, 11, 28)))

    def test_swapped_day_is_worked(self):
        saturday = date(2026, 8, 22)
        self.assertFalse(self.calendar._feedback_work_calendar().is_working_day(saturday))
        self.env["kdc.feedback.swap.day"].with_user(self.user_dispatcher).create(
            {"calendar_id": self.calendar.id, "date": saturday, "like_weekday": "0"}
        )
        self.assertTrue(self.calendar._feedback_work_calendar().is_working_day(saturday))

    def test_a_persons_leave_does_not_stop_the_ward(self):
        resource = self.env["resource.resource"].create({"name": "Somebody", "calendar_id": self.calendar.id})
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Leave",
                "resource_id": resource.id,
                "date_from": datetime(2026, 11, 18),
                "date_to": datetime(2026, 11, 19),
            }
        )
        self.assertTrue(self.calendar._feedback_work_calendar().is_working_day(date(2026, 11, 18)))

    def test_a_holiday_decided_later_moves_the_promise_and_says_so(self):
        feedback = self._send(category_id=self.env.ref("kdc_feedback.category_lamp").id)  # 3 working days
        before = feedback.handling_deadline
        self.assertEqual(before, datetime(2026, 11, 23, 10, 30), "Monday 17:30 in Viet Nam")
        leave = (
            self.env["resource.calendar.leaves"]
            .with_user(self.user_dispatcher)
            .create(
                {
                    "name": "Storm",
                    "calendar_id": self.calendar.id,
                    "date_from": datetime(2026, 11, 19, 17, 0),
                    "date_to": datetime(2026, 11, 20, 16, 59, 59),
                }
            )
        )
        self.assertEqual(feedback.handling_deadline, datetime(2026, 11, 24, 10, 30))
        moved = feedback.message_line_ids.filtered(lambda line: line.action == "deadline")
        self.assertEqual(moved.deadline_before, before)
        self.assertIn(moved, feedback._public_messages(), "the reporter sees that the date moved")
        leave.unlink()
        self.assertEqual(feedback.handling_deadline, before)

    def test_changed_office_hours_move_what_runs_and_nothing_else(self):
        running = self._send(category_id=self.category_urgent.id)
        done = self._send(category_id=self.category_urgent.id)
        done._staff_finish("Pumped out", when=datetime(2026, 11, 18, 3, 0))
        self.assertEqual(running.handling_deadline, datetime(2026, 11, 18, 8, 0), "9:00 + 2:30 + 1:30 after lunch")
        self.calendar.attendance_ids.filtered(lambda line: line.hour_from == 13.5).write({"hour_from": 14.0})
        self.assertEqual(running.handling_deadline, datetime(2026, 11, 18, 8, 30))
        self.assertEqual(done.handling_deadline, datetime(2026, 11, 18, 8, 0))

    def test_own_clocks_of_the_ward_from_their_date_on(self):
        self.env["kdc.feedback.clock"].with_user(self.user_dispatcher).create(
            {
                "urgency": "normal",
                "date_from": date(2026, 11, 18),
                "company_id": self.company.id,
                "handling_amount": 2,
                "legal_basis": "QĐ 12/QĐ-UBND",
            }
        )
        self.assertEqual(
            self._send(when=datetime(2026, 11, 17, 2, 0)).handling_deadline, datetime(2026, 11, 26, 10, 30)
        )
        self.assertEqual(self._send().handling_deadline, datetime(2026, 11, 20, 10, 30))

    def test_no_promise_moves_in_silence(self):
        """A clock that is changed while it is in use, or another calendar, moves the date at once and says so."""
        own = self.env["kdc.feedback.clock"].with_user(self.user_dispatcher)
        own = own.create({"urgency": "normal", "date_from": "2026-11-01", "company_id": self.company.id})
        feedback = self._send()
        lines = feedback.message_line_ids
        own.handling_amount = 3
        self.assertEqual(feedback.handling_deadline, datetime(2026, 11, 23, 10, 30))
        moved = feedback.message_line_ids - lines
        self.assertEqual((moved.action, moved.deadline_after), ("deadline", feedback.handling_deadline))
        feedback._staff_receive(when=WEDNESDAY_NINE)
        self.assertEqual(feedback.handling_deadline, datetime(2026, 11, 23, 10, 30))
        other = self.company._create_feedback_calendar()
        other.attendance_ids.filtered(lambda line: line.dayofweek == "4").unlink()
        self.company.kdc_feedback_calendar_id = other
        self.assertEqual(feedback.handling_deadline, datetime(2026, 11, 24, 10, 30), "closed on Fridays")
        own.unlink()
        self.assertEqual(feedback.message_line_ids.filtered(lambda line: line.action == "deadline")[-1:].deadline_after,
                         feedback.handling_deadline)  # fmt: skip

    def test_new_clocks_for_all_are_not_stopped_by_a_ward_without_hours(self):
        """An upgrade brings such clocks; a note on a line moves nothing at all."""
        feedback = self._send()
        empty = self.env["res.company"].create({"name": "Phường Khác"})
        stuck = self._send(company_id=empty.id, area_id=False, category_id=self.category.id)
        self.env.flush_all()
        self.env.cr.execute(
            "DELETE FROM resource_calendar_attendance WHERE calendar_id = %s", [empty.kdc_feedback_calendar_id.id]
        )
        self.env.invalidate_all()
        before = stuck.handling_deadline
        clocks = self.env["kdc.feedback.clock"]
        with mute_logger("odoo.addons.kdc_feedback.models.kdc_feedback_clock"):
            general = clocks.create({"urgency": "normal", "date_from": "2026-11-01", "handling_amount": 3})
        self.assertEqual(feedback.handling_deadline, datetime(2026, 11, 23, 10, 30))
        self.assertEqual(stuck.handling_deadline, before)
        with patch.object(type(clocks), "_move_promises") as moved:
            general.legal_basis = "QĐ 12/QĐ-UBND"
            self.assertFalse(moved.called)
            general.warn_hours = 4
            self.assertTrue(moved.called)

    def test_what_is_complex_has_more_time(self):
        lamp = self.env.ref("kdc_feedback.category_lamp")
        lamp.urgency = "complex"
        self.assertEqual(self._send(category_id=lamp.id).handling_deadline, datetime(2026, 12, 2, 10, 30))

    def test_empty_calendar_is_said_plainly(self):
        self.env["kdc.feedback"].search([("is_open", "=", True)]).sudo().write({"state": "closed"})
        self.calendar.attendance_ids.unlink()
        with self.assertRaisesRegex(Exception, "working hours"):
            self._send()
