from datetime import date, datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import WEDNESDAY_NINE, FeedbackCommon


@tagged("post_install", "-at_install")
class TestFeedbackClocks(FeedbackCommon):
    """Trap T2: the clock moves although nobody opens the record."""

    def setUp(self):
        super().setUp()
        # What the demo left open must not take part.
        self.env["kdc.feedback"].sudo().search([]).write({"state": "closed"})

    def test_friday_afternoon_urgent_is_promised_for_monday(self):
        friday_four = datetime(2026, 11, 20, 9, 0)
        feedback = self._send(when=friday_four, category_id=self.category_urgent.id)
        self.assertEqual(feedback.handling_deadline, datetime(2026, 11, 23, 3, 0), "1:30 today, 2:30 on Monday: 10:00")
        self.assertEqual(feedback.reception_deadline, datetime(2026, 11, 20, 10, 0))

    def test_across_tet(self):
        self.calendar._add_public_holidays({2026})
        thursday = datetime(2026, 2, 12, 3, 0)
        feedback = self._send(when=thursday)
        self.assertEqual(feedback.handling_deadline, datetime(2026, 3, 2, 10, 30))

    def test_across_tet_with_a_saturday_that_is_worked_instead(self):
        self.calendar._add_public_holidays({2026})
        self.env["kdc.feedback.swap.day"].with_user(self.user_dispatcher).create(
            {"calendar_id": self.calendar.id, "date": "2026-02-28", "like_weekday": "0"}
        )
        feedback = self._send(when=datetime(2026, 2, 12, 3, 0))
        self.assertEqual(feedback.handling_deadline, datetime(2026, 2, 28, 10, 30), "and not Monday, 2 March")

    def test_time_alone_makes_it_due_overdue_and_escalates_once(self):
        with freeze_time(WEDNESDAY_NINE):
            feedback = self._send()  # normal: 7 working days, Friday 27 November 17:30
        self.assertEqual(feedback.handling_deadline, datetime(2026, 11, 27, 10, 30))
        self.assertEqual(feedback.handling_status, "running")
        alert = self.env.ref("kdc_feedback.mail_activity_alert")

        def alerts(user):
            return feedback.activity_ids.filtered(lambda a: a.activity_type_id == alert and a.user_id == user)

        with freeze_time(datetime(2026, 11, 26, 10, 0)):
            self._run_cron()
            self.assertEqual(feedback.handling_status, "running")
            self.assertEqual(feedback.reception_status, "overdue", "nobody received it within 8 working hours")
            told_reception = len(alerts(self.user_handler))
            self.assertEqual(told_reception, 2, "to be received soon, not received")
            self.assertEqual(len(alerts(self.user_auditor)), 1, "still not received")
        with freeze_time(datetime(2026, 11, 27, 2, 0)):
            self._run_cron()
            self.assertEqual(feedback.handling_status, "due_soon")
            self.assertEqual(feedback.alert_level, 1)
        with freeze_time(datetime(2026, 11, 27, 11, 0)):
            self._run_cron()
            self._run_cron()
            self.assertEqual(feedback.handling_status, "overdue")
            self.assertEqual(feedback.alert_level, 2)
            self.assertEqual(len(alerts(self.user_handler)), told_reception + 2, "due soon and overdue, once each")
            self.assertEqual(len(alerts(self.user_auditor)), 1)
        with freeze_time(datetime(2026, 12, 1, 3, 0)):
            self._run_cron()
            self._run_cron()
            self.assertEqual(feedback.alert_level, 3)
            self.assertEqual(len(alerts(self.user_auditor)), 2, "the supervisor is told once of each clock")

    def test_the_reception_has_the_same_ladder(self):
        with freeze_time(WEDNESDAY_NINE):
            feedback = self._send()  # to be received by Thursday 9:00, half of the time is Wednesday 15:00
        levels = {
            datetime(2026, 11, 18, 7, 59): ("running", 0),
            datetime(2026, 11, 18, 8, 0): ("due_soon", 1),
            datetime(2026, 11, 19, 2, 1): ("overdue", 2),
            datetime(2026, 11, 20, 1, 59): ("overdue", 2),
            datetime(2026, 11, 20, 2, 0): ("overdue", 3),
        }
        for moment, expected in levels.items():
            with self.subTest(moment=moment), freeze_time(moment):
                self._run_cron()
                self.assertEqual((feedback.reception_status, feedback.reception_level), expected)
        told = feedback.activity_ids.filtered("automated").user_id
        self.assertEqual(told, self.user_handler | self.user_auditor)
        feedback._staff_receive()
        self.assertEqual(feedback.reception_status, "missed")

    def test_a_later_reception_date_is_told_anew(self):
        with freeze_time(WEDNESDAY_NINE):
            feedback = self._send()
        with freeze_time(datetime(2026, 11, 19, 2, 1)):
            self._run_cron()
            self.assertEqual(feedback.reception_level, 2)
            self.calendar.leave_ids = [
                Command.create({"name": "Tết", "date_from": "2026-11-18 17:00:00", "date_to": "2026-11-19 16:59:59"})
            ]
            feedback._update_deadlines()
            self.assertEqual((feedback.reception_status, feedback.reception_level), ("due_soon", 1))
        with freeze_time(datetime(2026, 11, 20, 2, 1)):
            self._run_cron()
            self.assertEqual(feedback.reception_level, 2)

    def test_after_a_dead_server_every_level_is_told_once(self):
        feedback = self._send(when=WEDNESDAY_NINE)
        with freeze_time(datetime(2026, 12, 20)):
            self._run_cron()
        self.assertEqual(feedback.alert_level, 3)
        self.assertEqual(feedback.handling_status, "overdue")

    def test_pause_over_a_weekend(self):
        feedback = self._send(when=datetime(2026, 11, 19, 2, 0), category_id=self.category_urgent.id)
        due = feedback.handling_deadline
        self.assertEqual(due, datetime(2026, 11, 19, 8, 0))
        feedback._staff_ask("Which alley?", when=datetime(2026, 11, 19, 7, 0))  # one hour before
        self.assertEqual(feedback.handling_status, "paused")
        with freeze_time(datetime(2026, 11, 21)):
            self._run_cron()
            self.assertEqual(feedback.handling_status, "paused", "a stopped clock is never overdue")
        feedback._reporter_message("Alley 12", when=datetime(2026, 11, 23, 1, 0))  # Monday 8:00
        # paused: Thursday 14:00-17:30, Friday 8 h, Monday 7:30-8:00 = 12 h
        self.assertAlmostEqual(feedback.paused_hours, 12)
        self.assertEqual(feedback.handling_deadline, datetime(2026, 11, 23, 2, 0), "one hour was left")
        self.assertEqual(feedback.state, "in_progress")
        self.assertEqual(feedback.pause_ids.reason, "reporter")

    def test_a_result_out_of_a_pause_is_judged_without_the_pause(self):
        body = self.env["kdc.feedback.body"].create({"name": "Điện lực", "company_id": self.company.id})
        refusal = self.env.ref("kdc_feedback.refusal_unclear")
        stop = {
            "waiting": lambda case: case._staff_ask("Which alley?", when=WEDNESDAY_NINE),
            "deferred": lambda case: case._staff_defer(date(2027, 3, 1), "Later", when=WEDNESDAY_NINE),
            "forwarded": lambda case: case._staff_forward(body, date(2026, 12, 2), "Theirs", when=WEDNESDAY_NINE),
        }
        late = datetime(2027, 1, 20, 3, 0)
        end = {
            "finish": lambda case: case._staff_finish("Repaired", when=late),
            "refuse": lambda case: case._staff_refuse(refusal, "No answer", when=late),
        }
        for state, action in (("waiting", "finish"), ("waiting", "refuse"), ("deferred", "finish"),
                              ("forwarded", "finish")):  # fmt: skip
            feedback = self._send()
            feedback._staff_receive(when=WEDNESDAY_NINE)
            stop[state](feedback)
            with self.subTest(state=state, action=action):
                self.assertEqual(feedback.state, state)
                end[action](feedback)
                self.assertEqual(feedback.handling_status, "met")
                self.assertGreater(feedback.handling_deadline, late)
                self.assertGreater(feedback.paused_hours, 300)
                self.assertAlmostEqual(feedback.handling_hours, 0)
        feedback = self._send()
        feedback._staff_ask("Which alley?", when=datetime(2026, 12, 20, 3, 0))
        feedback._staff_finish("Repaired", when=late)
        self.assertEqual(feedback.handling_status, "missed", "it was late before the clock stopped")

    def test_a_date_that_moves_within_the_past_alerts_nobody_again(self):
        feedback = self._send()
        with freeze_time(datetime(2026, 12, 20)):
            self._run_cron()
            self.assertEqual((feedback.alert_level, feedback.reception_level), (3, 3))
            told = feedback.activity_ids
            self.calendar.leave_ids = [
                Command.create({"name": "Storm", "date_from": "2026-11-18 17:00:00", "date_to": "2026-11-19 16:59:59"})
            ]
            feedback._update_deadlines()
            self.assertEqual((feedback.alert_level, feedback.reception_level), (3, 3))
            self.assertEqual(feedback.activity_ids, told)

    def test_one_that_fails_stops_no_other(self):
        with freeze_time(WEDNESDAY_NINE):
            bad, good = self._send(), self._send()
        model = self.env.registry["kdc.feedback"]
        pass_time = model._pass_time

        def fail(records, now):
            if bad.id in records.ids:
                raise ValueError("its calendar is broken")
            return pass_time(records, now)

        with (
            freeze_time(datetime(2026, 12, 20)),
            patch.object(model, "_pass_time", fail),
            patch("odoo.addons.kdc_feedback.models.kdc_feedback_deadlines.CRON_BATCH", 1),
            mute_logger("odoo.addons.kdc_feedback.models.kdc_feedback_deadlines"),
        ):
            self._run_cron()
        self.assertEqual((bad.alert_level, good.alert_level), (0, 3))

    def test_deferred_comes_back_by_itself(self):
        feedback = self._send()
        feedback._staff_receive(when=WEDNESDAY_NINE)
        feedback._staff_defer(datetime(2026, 12, 10).date(), "The material comes in December", when=WEDNESDAY_NINE)
        with freeze_time(datetime(2026, 12, 9, 16, 0)):
            self._run_cron()
            self.assertEqual(feedback.state, "deferred")
        with freeze_time(datetime(2026, 12, 9, 17, 30)):
            self._run_cron()
            self.assertEqual(feedback.state, "in_progress", "00:30 on the 10th in Viet Nam")
            self.assertFalse(feedback.deferred_until)

    def test_what_is_due_first_stands_first(self):
        """Who waits for somebody else, or for a day in three weeks, is not above what is due on Friday."""
        deferred, asked, running, new = (self._send(when=WEDNESDAY_NINE) for _number in range(4))
        for feedback in (deferred, asked, running):
            feedback._staff_receive(when=WEDNESDAY_NINE)
        deferred._staff_defer(datetime(2026, 12, 10).date(), "The material comes in December", when=WEDNESDAY_NINE)
        asked._staff_ask("Which alley?", when=WEDNESDAY_NINE)
        self.assertEqual(deferred.next_deadline, datetime(2026, 12, 9, 17, 0), "midnight in Viet Nam")
        self.assertEqual(asked.next_deadline, WEDNESDAY_NINE + timedelta(days=7), "it goes on without an answer")
        self.assertEqual(running.next_deadline, running.handling_deadline)
        self.assertEqual(new.next_deadline, new.reception_deadline)
        cases = deferred | asked | running | new
        self.assertEqual(cases.search([("id", "in", cases.ids)]).ids, (new | asked | running | deferred).ids)
        asked._reporter_message("Alley 12")
        self.assertEqual(asked.next_deadline, asked.handling_deadline)

    def test_silence_confirms(self):
        feedback = self._send()
        feedback._staff_finish("Repaired", when=WEDNESDAY_NINE)
        self.assertEqual(feedback.confirm_until, WEDNESDAY_NINE + timedelta(days=7))
        with freeze_time(WEDNESDAY_NINE + timedelta(days=6)):
            self._run_cron()
            self.assertEqual(feedback.state, "done")
        with freeze_time(WEDNESDAY_NINE + timedelta(days=8)):
            self._run_cron()
        self.assertEqual(feedback.state, "closed")
        self.assertEqual(feedback.message_line_ids.sorted("id")[-1:].action, "silence")

    def test_dispute_starts_a_new_term(self):
        feedback = self._send()
        feedback._staff_finish("Repaired", when=datetime(2026, 11, 19, 3, 0))
        self.assertEqual(feedback.handling_status, "met")
        with freeze_time(datetime(2026, 11, 20, 3, 0)):
            feedback._reporter_dispute("It is as broken as before")
        self.assertEqual(feedback.state, "disputed")
        self.assertEqual(feedback.dispute_count, 1)
        self.assertEqual(feedback.handling_deadline, datetime(2026, 12, 1, 10, 30), "7 working days from Friday")
        supervised = feedback.activity_ids.filtered(lambda a: a.user_id == self.user_auditor)
        self.assertTrue(supervised, "the supervisor is told about a dispute")

    def test_late_result_is_missed_not_met(self):
        feedback = self._send()
        feedback._staff_finish("Repaired", when=datetime(2026, 12, 20, 3, 0))
        self.assertEqual(feedback.handling_status, "missed")
        self.assertEqual(feedback.reception_status, "missed")

    def test_urgency_changed_while_running(self):
        feedback = self._send()
        feedback.with_user(self.user_dispatcher).write({"urgency": "high"})
        self.assertEqual(feedback.handling_deadline, datetime(2026, 11, 19, 10, 30))
        self.assertTrue(feedback.message_line_ids.filtered(lambda line: line.action == "deadline"))

    def test_pauses_cannot_overlap_in_the_database(self):
        feedback = self._send()
        feedback._staff_ask("Where?", when=WEDNESDAY_NINE)
        with self.assertRaises(UserError):
            feedback._staff_ask("Where exactly?", when=WEDNESDAY_NINE)

    def test_cron_handles_many_with_few_queries(self):
        for _number in range(30):
            self._send()
        self.env.flush_all()
        with freeze_time(datetime(2026, 11, 18, 3, 0)), self.assertQueryCount(8):
            self.env["kdc.feedback"]._time_domain(datetime(2026, 11, 18, 3, 0))
            self.assertFalse(
                self.env["kdc.feedback"].search(self.env["kdc.feedback"]._time_domain(datetime(2026, 11, 18, 3, 0)))
            )
