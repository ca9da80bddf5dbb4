from datetime import date, datetime

from odoo.tests import tagged

from .common import FeedbackCommon


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

    def test_empty_calendar_is_said_plainly(self):
        self.env["kdc.feedback"].search([("is_open", "=", True)]).sudo().write({"state": "closed"})
        self.calendar.attendance_ids.unlink()
        with self.assertRaisesRegex(Exception, "working hours"):
            self._send()
