import base64
from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time
from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import WEDNESDAY_NINE, FeedbackCommon
from .test_portal import picture


@tagged("post_install", "-at_install")
class TestHandling(FeedbackCommon):
    """Duty roster, templates, dividing, passing on, appeals and the check of a sample."""

    def _wizard(self, feedback, step, user=None, **vals):
        context = {"active_model": "kdc.feedback", "active_ids": feedback.ids}
        wizards = self.env["kdc.feedback.step"].with_user(user or self.user_handler).with_context(**context)
        return wizards.create({"step": step, **vals})

    # -- words by telephone or at the counter --------------------------------------------------------------------
    def test_an_answer_by_telephone_is_written_down(self):
        for user in (self.user_handler, self.user_dispatcher):
            case = self._send(channel="phone", user_id=self.user_handler.id)
            case._staff_ask("Which alley?")
            told = self._notices(self.resident_a.partner_id)
            self._wizard(case, "write_down", user, body=" Alley 12 ", photo=base64.b64encode(picture())).action_apply()
            line = case.message_line_ids[-1:]
            with self.subTest(user=user.login):
                self.assertEqual((case.state, line.kind, line.action), ("in_progress", "reporter", "reporter_answer"))
                self.assertEqual((line.body, line.author_id, len(line.photo_ids)), ("Alley 12", user, 1))
                self.assertTrue(line._is_written_down(), "its page says that the ward wrote it down")
                self.assertNotIn("stop_waiting", case.message_line_ids.mapped("action"))
                told_handler = "The reporter has written" in self._alerts(case, self.user_handler).mapped("summary")
                self.assertEqual(told_handler, user == self.user_dispatcher, "else the handler knows")
                self.assertIn(case.number, (self._notices(self.resident_a.partner_id) - told).title)
        case._reporter_message("Here is one more word")
        self.assertFalse(case.message_line_ids[-1:]._is_written_down())

    def test_an_objection_at_the_counter_is_written_down_and_cannot_be_hidden(self):
        """Whoever gave the result may write it down: the supervisor is told, and nobody takes the row away."""
        for user in (self.user_handler, self.user_dispatcher):
            case = self._send(user_id=self.user_handler.id)
            case.with_user(self.user_handler)._staff_finish("Repaired")
            wizard = self._wizard(case, "write_down", user, body="It is as it was")
            self.assertTrue(wizard.is_dispute)
            wizard.action_apply()
            line = case.message_line_ids[-1:]
            with self.subTest(user=user.login):
                self.assertEqual((case.state, case.dispute_count), ("disputed", 1))
                self.assertEqual((line.kind, line.action, line.author_id), ("reporter", "dispute", user))
                self.assertTrue(self._alerts(case, self.user_auditor), "the supervisor")
                self.assertFalse(line.with_user(user).has_access("write") or line.with_user(user).has_access("unlink"))

    def test_an_appeal_at_the_counter_leaves_who_refused(self):
        case = self._send()
        officer = case.with_user(self.user_handler)
        officer.action_take()
        officer._staff_refuse(self.env.ref("kdc_feedback.refusal_not_found"), "Nothing there")
        self._wizard(case, "write_down", body="Behind the kiosk").action_apply()
        self.assertEqual((case.state, case.appealed_from_id), ("disputed", self.user_handler))
        self.assertEqual(case.user_id, self.user_dispatcher)

    def test_who_left_only_a_telephone_is_told_by_text_of_an_appeal_written_down(self):
        case = self._send(contact_phone="+84905123456", channel="phone")
        case.partner_id = False
        self.assertEqual(case.reporter_reach, "text")
        case._staff_refuse(self.env.ref("kdc_feedback.refusal_not_found"), "Nothing there")
        texts = self.env["kdc.text.message"]
        before = texts.search([("number", "=", "+84905123456")])
        self._wizard(case, "write_down", body="Behind the kiosk").action_apply()
        told = texts.search([("number", "=", "+84905123456")]) - before
        self.assertEqual(len(told), 1)
        self.assertIn(case.follow_token, told.body)

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_nobody_confirms_for_a_reporter_and_no_stranger_writes_down(self):
        case = self._send()
        wizard = self._wizard(case, "write_down", body=" ")
        with self.assertRaisesRegex(UserError, "said"):
            wizard.action_apply()
        with self.assertRaises(AccessError):
            self._wizard(case, "write_down", self.user_other_handler, body="Mine").action_apply()
        with self.assertRaises(AccessError):
            self._wizard(case, "write_down", self.user_auditor, body="Mine")
        case._staff_finish("Repaired")
        case._reporter_confirm()
        with self.assertRaises(UserError):
            self._wizard(case, "write_down", body="Thank you").action_apply()

    # -- duty ----------------------------------------------------------------------------------------------------
    def test_the_one_on_duty_gets_it(self):
        colleague = self._create_user("kdc_colleague", "kdc_feedback.group_handler")
        self.unit.member_ids = [Command.link(colleague.id)]
        duty = self.env["kdc.feedback.duty"].with_user(self.user_dispatcher)
        duty.create(
            {"unit_id": self.unit.id, "user_id": colleague.id, "date_from": "2026-11-18", "date_to": "2026-11-18"}
        )
        self.assertEqual(self._send(when=WEDNESDAY_NINE).user_id, colleague)
        next_day = fields.Datetime.add(WEDNESDAY_NINE, days=1)
        self.assertFalse(self._send(when=next_day).user_id, "nobody on duty: the head is told and gives it away")
        rule = self.env["kdc.feedback.assignment"].search([("unit_id", "=", self.unit.id)])
        rule.user_id = self.user_handler
        self.assertEqual(self._send().user_id, self.user_handler, "a name in the rule comes first")
        rule.user_id = False
        self.unit.member_ids = [Command.unlink(colleague.id)]
        self.assertFalse(self._send().user_id, "who left the unit is not on duty any more")

    def test_a_rule_that_names_somebody_who_left_stops_no_sending(self):
        rule = self.env["kdc.feedback.assignment"].search([("unit_id", "=", self.unit.id)])
        colleague = self._create_user("kdc_colleague", "kdc_feedback.group_handler")
        with self.assertRaises(ValidationError):
            rule.user_id = colleague
        self.unit.member_ids = [Command.link(colleague.id)]
        rule.user_id = colleague
        self.assertEqual(self._send().user_id, colleague)
        self.env.cr.execute("DELETE FROM kdc_feedback_unit_user_rel WHERE user_id = %s", [colleague.id])
        self.env.invalidate_all()
        self.assertFalse(self._send().user_id, "also when no method saw the member go")
        self.unit.member_ids = [Command.link(colleague.id)]
        self.unit.with_user(self.user_dispatcher).member_ids = [Command.unlink(colleague.id)]
        self.assertFalse(rule.user_id, "the rule goes by the roster again")
        rule.user_id = self.user_dispatcher
        self.unit.leader_id = False
        self.assertEqual(rule.user_id, self.user_dispatcher, "a dispatcher handles what is anybody's")

    def test_one_on_duty_at_a_time_and_a_member(self):
        duty = self.env["kdc.feedback.duty"]
        days = {"unit_id": self.unit.id, "date_from": "2026-11-18", "date_to": "2026-11-20"}
        duty.create({**days, "user_id": self.user_handler.id})
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            duty.create({**days, "date_from": "2026-11-20", "user_id": self.user_handler.id})
        with self.assertRaises(ValidationError):
            duty.create({**days, "unit_id": self.other_unit.id, "user_id": self.user_handler.id})

    # -- templates -----------------------------------------------------------------------------------------------
    def test_templates_by_category_and_step(self):
        templates = self.env["kdc.feedback.template"]
        templates.search([]).active = False
        exact = templates.create(
            {"name": "Exact", "category_id": self.category.id, "step": "finish", "body": "{number}: {unit} {x}"}
        )
        general = templates.create({"name": "General", "body": "Dear"})
        templates.create({"name": "Other", "category_id": self.category_urgent.id, "body": "No"})
        templates.create({"name": "Ask", "step": "ask", "body": "No"})
        feedback = self._send()
        wizard = Form(self._wizard(feedback, "finish"))
        self.assertEqual(wizard.record.template_ids, exact | general)
        wizard.template_id = exact
        self.assertEqual(wizard.body, f"{feedback.number}: Urban unit {{x}}", "unknown braces stay")

    def test_template_in_the_reply_box(self):
        template = self.env["kdc.feedback.template"].create({"name": "R", "step": "reply", "body": "By {promised}"})
        feedback = self._send()
        with Form(feedback.with_user(self.user_handler)) as form:
            form.reply_template_id = template
            self.assertEqual(form.reply_draft, f"By {feedback._format_local(feedback.handling_deadline)}")

    # -- dividing, passing on ------------------------------------------------------------------------------------
    def test_divide_into_two(self):
        feedback = self._send()
        feedback._add_photos([picture()])
        water = self.env.ref("kdc_feedback.category_water_leak")
        rules = self.env["kdc.feedback.assignment"]
        rules.create({"category_id": water.id, "unit_id": self.other_unit.id, "company_id": self.company.id})
        self._wizard(feedback, "split", category_id=water.id, body="A pipe leaks there too").action_apply()
        part = feedback.split_ids
        self.assertEqual((part.unit_id, part.partner_id), (self.other_unit, feedback.partner_id))
        self.assertEqual((part.submitted_at, part.privacy), (feedback.submitted_at, feedback.privacy))
        self.assertEqual((len(part.photo_ids), len(feedback.photo_ids)), (1, 1))
        self.assertNotEqual(part.number, feedback.number)
        self.assertEqual(len(self._notices(self.resident_a.partner_id)), 1)
        self.assertFalse(part.with_user(self.user_handler).has_access("read"), "it is the other unit's")

    def test_divide_what_has_no_name(self):
        feedback = self._send(privacy="anonymous")
        part = feedback.with_user(self.user_handler)._staff_split(self.category_urgent, "Flooded too").sudo()
        self.assertFalse(part.partner_id)
        self.assertNotEqual(part.follow_token, feedback.follow_token)

    def test_a_caller_who_wants_no_text_wants_none_of_the_part(self):
        feedback = self._send(contact_phone="+84905123456", wants_no_text=True)
        part = feedback.with_user(self.user_handler)._staff_split(self.category_urgent, "Flooded too")
        self.assertTrue(part.sudo().wants_no_text)

    def test_dividing_shows_nothing_that_was_hidden(self):
        feedback = self._send()
        feedback._add_photos([picture(), picture()])
        shown, hidden = feedback.photo_ids
        moderator = feedback.with_user(self.user_dispatcher)
        moderator._moderate_photo_public(hidden, True, "A face")
        part = feedback.with_user(self.user_handler)._staff_split(self.category_urgent, "Flooded too").sudo()
        self.assertEqual((len(part.photo_ids), part.is_hidden), (1, False))
        moderator._moderate_board(True, "A quarrel of neighbours")
        part = feedback.with_user(self.user_handler)._staff_split(self.category_urgent, "Flooded too").sudo()
        part._staff_receive()
        self.assertTrue(part.is_hidden)
        self.assertFalse(part.is_public)
        self.assertFalse(shown.is_hidden)

    def test_divide_one_open_feedback(self):
        feedback = self._send()
        with self.assertRaises(UserError):
            (feedback | self._send()).with_user(self.user_handler)._staff_split(self.category, "Both")
        feedback._staff_refuse(self.env.ref("kdc_feedback.refusal_not_found"), "Nothing there")
        with self.assertRaises(UserError):
            feedback.with_user(self.user_handler)._staff_split(self.category, "Too late")

    def test_passing_on_needs_a_reason(self):
        feedback = self._send()
        with self.assertRaises(UserError):
            self._wizard(feedback, "transfer", unit_id=self.other_unit.id).action_apply()
        self.assertEqual(feedback.unit_id, self.unit)

    def test_what_is_late_stays_late_in_the_other_unit(self):
        """The supervisor was told and stays told; the people of the new unit learn at once how late it is."""
        self.other_unit.leader_id = self.user_dispatcher
        feedback = self._send()
        with freeze_time(datetime(2026, 12, 1, 3, 0)):
            self._run_cron()
            self.assertEqual(feedback.alert_level, 3)
            told = self._alerts(feedback, self.user_auditor)
            self.assertTrue(told)
            feedback._staff_transfer(self.other_unit, user=self.user_other_handler)
        self.assertEqual(self._alerts(feedback, self.user_auditor), told)
        self.assertFalse(self._alerts(feedback, self.user_handler))
        for user in (self.user_other_handler, self.user_dispatcher):
            self.assertEqual(len(self._alerts(feedback, user)), 2, "not received, and overdue")
        self.assertEqual((feedback.alert_level, feedback.reception_level), (3, 3))
        running = self._send(when=fields.Datetime.now())
        running._staff_transfer(self.other_unit)
        self.assertFalse(self._alerts(running, self.user_dispatcher), "nothing is late")

    def _alerts(self, feedback, user):
        alert = self.env.ref("kdc_feedback.mail_activity_alert")
        return feedback.activity_ids.filtered(lambda one: one.activity_type_id == alert and one.user_id == user)

    def test_a_part_has_the_past_of_the_whole(self):
        """It was read, and the clock stood still for it as well: it is not late when it is born."""
        feedback = self._send()
        feedback._staff_ask("Which alley?", when=WEDNESDAY_NINE)
        feedback._reporter_message("Alley 12", when=datetime(2026, 12, 16, 2, 0))
        with freeze_time(datetime(2026, 12, 16, 3, 0)):
            part = feedback.with_user(self.user_handler)._staff_split(self.category, "Flooded too").sudo()
            self.assertEqual((part.state, part.received_at), ("received", feedback.received_at))
            self.assertEqual(part.handling_deadline, feedback.handling_deadline)
            self.assertEqual((part.handling_status, part.reception_status), ("running", "met"))
            feedback._staff_ask("And which house?")
            part = feedback.with_user(self.user_handler)._staff_split(self.category, "Dark too").sudo()
            self.assertFalse(part.pause_ids.filtered(lambda pause: not pause.date_end), "nobody is asked about it")
            part._staff_finish("Done")

    def test_a_more_urgent_part_runs_from_the_division_and_keeps_the_promise_of_the_letter(self):
        """Flooding has half a day, the pavement seven: nobody is late before the second matter was known."""
        feedback = self._send()  # promised by Friday, 27 November, 17:30
        feedback._staff_receive(when=WEDNESDAY_NINE)
        with freeze_time(datetime(2026, 11, 24, 2, 0)):  # Tuesday 9:00
            part = feedback.with_user(self.user_handler)._staff_split(self.category_urgent, "Flooded too").sudo()
            self.assertEqual(part.handling_deadline, datetime(2026, 11, 24, 8, 0), "9:00 + 2:30 + 1:30 after lunch")
            self.assertEqual((part.handling_status, part.reception_status, part.alert_level), ("running", "met", 0))
            moved = part.message_line_ids.filtered(lambda line: line.action == "deadline")
            self.assertEqual(
                (moved.deadline_before, moved.deadline_after), (feedback.handling_deadline, part.handling_deadline)
            )
            self.assertEqual(part.submitted_at, feedback.submitted_at, "when it was sent stays true")
            part._staff_ask("Where?", when=datetime(2026, 11, 24, 3, 0))
        with freeze_time(datetime(2026, 11, 25, 3, 0)):
            part._reporter_message("Here")
            self.assertEqual(part.handling_deadline, datetime(2026, 11, 25, 8, 0), "3 of 4 hours are left")
        with freeze_time(datetime(2026, 11, 27, 9, 30)):  # Friday 16:30, an hour before the promise
            last = feedback.with_user(self.user_handler)._staff_split(self.category_urgent, "Dark").sudo()
            self.assertEqual(last.handling_deadline, feedback.handling_deadline, "not beyond what was promised")
            last._staff_finish("Done")
            last._reporter_dispute("No")
            self.assertFalse(last.promise_limit, "a dispute begins a new term")
        with freeze_time(datetime(2026, 11, 30, 2, 0)):
            late = feedback.with_user(self.user_handler)._staff_split(self.category_urgent, "And dark").sudo()
            self.assertEqual(late.handling_status, "overdue", "dividing heals no broken promise")
            self.assertEqual(late.term_start, feedback.term_start)

    # -- appeal --------------------------------------------------------------------------------------------------
    def test_appeal_goes_to_another_person(self):
        feedback = self._send()
        officer = feedback.with_user(self.user_handler)
        officer.action_take()
        officer._staff_refuse(self.env.ref("kdc_feedback.refusal_not_found"), "Nothing there")
        feedback._reporter_dispute("Behind the kiosk")
        self.assertEqual(feedback.appealed_from_id, self.user_handler)
        self.assertEqual(feedback.user_id, self.user_dispatcher, "the only other one who may")
        with self.assertRaises(ValidationError):
            officer.action_take()
        with self.assertRaises(UserError):
            officer._staff_finish("As I said")
        for step in (
            officer.action_start,
            lambda: officer._staff_refuse(self.env.ref("kdc_feedback.refusal_not_found"), "Still nothing"),
            lambda: officer._staff_merge(self._send()),
            officer._staff_route_out,
        ):
            with self.assertRaisesRegex(UserError, "decided by somebody else"):
                step()
        feedback.with_user(self.user_dispatcher).action_start()
        with self.assertRaisesRegex(UserError, "decided by somebody else"):
            officer._staff_refuse(self.env.ref("kdc_feedback.refusal_not_found"), "Now that it is in work")
        feedback.with_user(self.user_dispatcher)._staff_finish("Found and repaired")
        self.assertEqual(feedback.state, "done")

    # -- quality -------------------------------------------------------------------------------------------------
    def _closed(self, rating=None):
        feedback = self._send()
        feedback.with_user(self.user_handler)._staff_finish("Repaired")
        feedback._reporter_confirm(rating)
        return feedback

    def test_a_sample_and_every_bad_rating(self):
        self.company.kdc_feedback_check_percent = 10
        draw = "odoo.addons.kdc_feedback.models.kdc_feedback_quality.secrets.randbelow"
        with patch(draw, return_value=9):
            self.assertEqual(self._closed().quality_state, "to_check")
        with patch(draw, return_value=10):
            self.assertFalse(self._closed().quality_state)
            self.assertFalse(self._closed(5).quality_state)
            self.assertEqual(self._closed(2).quality_state, "to_check")
        self.company.kdc_feedback_check_percent = 0
        self.assertFalse(self._closed(1).quality_state)

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_checked_by_a_dispatcher_who_did_not_handle_it(self):
        self.company.kdc_feedback_check_percent = 100
        feedback = self._closed()
        for user in (self.user_handler, self.user_auditor, self.user_portal_a):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                feedback.with_user(user).action_quality_good()
        checked = feedback.with_user(self.user_dispatcher)
        with self.assertRaises(UserError):
            checked.action_quality_poor()
        checked.quality_note = "Nobody looked again"
        checked.action_quality_poor()
        self.assertEqual((feedback.quality_state, feedback.quality_user_id), ("poor", self.user_dispatcher))
        self.assertTrue(feedback.activity_ids.filtered(lambda activity: activity.user_id == self.user_handler))
        texts = " ".join(feedback._public_messages().mapped(lambda line: line.body or ""))
        self.assertNotIn("Nobody looked again", texts)
        with self.assertRaises(UserError):
            checked.action_quality_good()
        own = self._send()
        own.with_user(self.user_dispatcher)._staff_finish("Repaired")
        own._reporter_confirm()
        with self.assertRaises(UserError):
            own.with_user(self.user_dispatcher).action_quality_good()
