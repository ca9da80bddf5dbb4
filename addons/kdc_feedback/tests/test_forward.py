import base64
from ast import literal_eval
from datetime import date, datetime, timedelta

from freezegun import freeze_time
from odoo.addons.kdc_residents.tests.leaks import picture
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import WEDNESDAY_NINE, FeedbackCommon

#: Ten working days after Wednesday 18 November 2026.
DUE = date(2026, 12, 2)
MORNING = datetime(2026, 12, 3, 1, 0)


@tagged("post_install", "-at_install")
class TestForward(FeedbackCommon, HttpCase):
    """What belongs to another authority is passed on by letter and followed to its answer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.body = cls.env["kdc.feedback.body"].create({"name": "Công ty Điện lực", "company_id": cls.company.id})
        with freeze_time(WEDNESDAY_NINE):
            cls.case = cls._send(user_id=cls.user_handler.id)
            cls.case._staff_receive()
            cls.case._staff_forward(cls.body, DUE, "The pole is theirs", "15/UBND")
        cls.letter = cls.case.forward_ids

    def _answer(self, **options):
        return self.case._staff_take_answer("The pole is replaced", date(2026, 12, 1), **options)

    def test_the_clock_stands_still_and_goes_on(self):
        case = self.case
        self.assertEqual((case.state, case.handling_status), ("forwarded", "paused"))
        self.assertEqual((case.pause_ids.reason, self.letter.state), ("authority", "waiting"))
        self.assertEqual(case.next_deadline, datetime(2026, 12, 2, 16, 59), "their day, to its end")
        with freeze_time(MORNING):
            self._answer()
            self.assertEqual((case.state, case.handling_status), ("in_progress", "running"))
        # Wednesday 9:00 to Thursday 8:00, two weeks and a day later: 10 days of 8 h, 6.5 h and 0.5 h, less one day
        self.assertAlmostEqual(case.paused_hours, 87)
        self.assertEqual(case.handling_deadline, datetime(2026, 12, 14, 9, 30), "and not Friday, 27 November")
        self.assertEqual((self.letter.state, self.letter.answer_date), ("answered", date(2026, 12, 1)))

    def test_the_day_to_pass_it_on_is_shown_and_found(self):
        """Five working days after Wednesday 18 November: the 24th is a holiday in 2026 where the calendar says so."""
        cases = self.env["kdc.feedback"].with_user(self.user_handler)
        with freeze_time(WEDNESDAY_NINE):
            unread, received, begun, later = self._send(), self._send(), self._send(), self._send(
                when=WEDNESDAY_NINE + timedelta(days=1)
            )
            (received | begun)._staff_receive()
            begun.with_user(self.user_handler).action_start()
        four = unread | received | begun | later
        self.assertEqual(unread.forward_by, date(2026, 11, 25))
        for day, late in ((25, cases), (26, unread | received), (27, unread | received | later)):
            with freeze_time(datetime(2026, 11, day, 3, 0)):
                four.invalidate_recordset()
                with self.subTest(day=day):
                    self.assertEqual(four.filtered("is_forward_late"), late)
                    found = cases.search([("is_forward_late", "=", True), ("id", "in", four.ids)])
                    self.assertEqual(set(found.ids), set(late.ids))
                    rest = cases.search([("is_forward_late", "=", False), ("id", "in", four.ids)])
                    self.assertEqual(set(rest.ids), set((four - late).ids))

    def test_figures_do_not_count_the_waiting(self):
        with freeze_time(MORNING):
            self._answer(closes=True)
        self.assertEqual((self.case.state, self.case.handling_status), ("done", "met"))
        self.assertAlmostEqual(self.case.handling_hours, 0)
        result = self.case.message_line_ids.filtered(lambda line: line.kind == "result")
        self.assertEqual(result.body, "Công ty Điện lực:\nThe pole is replaced", "told once")

    def test_a_late_answer_is_told_once_and_counted(self):
        alert = self.env.ref("kdc_feedback.mail_activity_alert")

        def alerts():
            return self.case.activity_ids.filtered(lambda one: one.activity_type_id == alert)

        with freeze_time(MORNING - timedelta(days=1)):
            self._run_cron()
            self.assertFalse(alerts(), "it is due today")
        with freeze_time(MORNING):
            self._run_cron()
            self._run_cron()
            self.assertEqual(alerts().user_id, self.user_handler)
            self.assertEqual(len(alerts()), 1)
            self.assertTrue(self.letter.is_late)
            case = self.case.with_user(self.user_handler)
            self.assertEqual((case.is_answer_late, case.waits_for), (True, "Công ty Điện lực 15/UBND"))
            home = self.check_home(self.user_dispatcher)
            self.assertEqual(home["feedback_answers_late"]["count"], 1)
            self.assertEqual(self.check_home(self.user_handler)["feedback_mine_answers_late"]["count"], 1)

    def test_without_an_answer(self):
        handled = self.case.with_user(self.user_handler)
        for end in (handled.action_recall, lambda: handled._staff_finish("Done")):
            with self.subTest(end=end), self.env.cr.savepoint() as savepoint:
                end()
                self.assertEqual(self.letter.state, "recalled")
                self.assertFalse(self.case.pause_ids.filtered(lambda pause: not pause.date_end))
                savepoint.rollback()
                self.env.invalidate_all()

    def test_through_the_dialogue(self):
        case = self._send()
        case._staff_receive()
        step = self.env["kdc.feedback.step"].with_user(self.user_handler)
        step = step.with_context(active_model="kdc.feedback", active_ids=case.ids)
        form = Form(step.with_context(default_step="forward"))
        self.assertEqual(form.forward_by, date(2026, 11, 25), "five working days from Wednesday")
        form.body_id = self.body
        self.assertEqual(form.answer_due, case._working_day(datetime.now(), 10), "ten working days from today")
        form.body = "The pole is theirs"
        form.save().action_apply()
        self.assertEqual((case.state, case.forward_ids.body_id), ("forwarded", self.body))
        form = Form(step.with_context(default_step="authority_answer"))
        form.body = "Replaced"
        form.closes = True
        form.answer_file = base64.b64encode(b"%PDF-1.4")
        dialogue = form.save()
        dialogue.answer_file_name = "12.pdf"  # the web client writes it with the file
        dialogue.action_apply()
        letter = case.forward_ids.with_user(self.user_auditor)
        self.assertEqual((case.state, letter.answer_file_name), ("done", "12.pdf"))
        self.assertEqual(base64.b64decode(letter.answer_file), b"%PDF-1.4")

    def test_an_interim_answer_is_no_result_for_those_who_joined(self):
        double = self._send(partner=self.resident_b.partner_id)
        double._staff_merge(self.case)
        with freeze_time(MORNING):
            self._answer()
            answer = self.case.message_line_ids.filtered(lambda line: line.action == "authority_answer")
            self.assertFalse(answer.unit_id, "the words are not the ward's")
            self.assertFalse(double._master_result())
            self.case._staff_finish("Lit again")
            self.assertEqual(double._master_result().body, "Lit again")
            self.case._reporter_dispute("Dark")
            self.case._staff_ask("Since when?")
            self.case.with_user(self.user_dispatcher)._staff_route_out()
            self.assertFalse(double._master_result(), "what was routed out is told to nobody")

    def test_public_words_can_be_redacted_in_the_letter_too(self):
        with freeze_time(MORNING):
            self._answer()
        lines = self.case.message_line_ids
        choose = self.env["kdc.feedback.moderate"].with_user(self.user_dispatcher)
        shown = lines.search(literal_eval(choose._fields["line_id"].domain.replace("feedback_id)", f"{self.case.id})")))
        for action in ("forward", "authority_answer"):
            line = lines.filtered(lambda line, action=action: line.action == action)
            self.assertIn(line, shown)
            self.case.with_user(self.user_dispatcher)._moderate_answer(line, "Redacted", "A name")
        self.assertEqual(self.letter.answer, "Redacted")
        self.case.moderation_ids.filtered(lambda row: row.message_id == line).with_user(
            self.user_dispatcher
        ).action_restore()
        self.assertEqual(self.letter.answer, "The pole is replaced")

    def test_photos_of_an_interim_answer_are_kept_and_its_day_is_possible(self):
        step = self.env["kdc.feedback.step"].with_user(self.user_handler)
        values = {"step": "authority_answer", "feedback_ids": self.case.ids, "body": "Soon"}
        with freeze_time(MORNING):
            for day in (date(2026, 11, 17), date(2026, 12, 4)):
                with self.assertRaises(UserError):
                    step.create({**values, "answer_date": day}).action_apply()
            photo = base64.b64encode(picture())
            step.create({**values, "answer_date": date(2026, 12, 3), "photo": photo}).action_apply()
        answer = self.case.message_line_ids.filtered(lambda line: line.action == "authority_answer")
        self.assertEqual(len(answer.photo_ids), 1)

    def test_what_cannot_be(self):
        case = self._send()
        case._staff_receive()
        with self.assertRaises(UserError):
            case._staff_forward(self.body, date(2020, 1, 1), "Before it is sent")
        with self.assertRaises(UserError):
            self.case._staff_forward(self.body, date(2030, 1, 1), "Twice")

    @mute_logger("odoo.sql_db")
    def test_one_letter_waits_in_the_database(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.letter.copy()

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_rights(self):
        readers = ("user_dispatcher", "user_handler", "user_auditor")
        others = ("user_other_handler", "user_area_head", "user_officer", "user_portal_a", "user_portal_b")
        for role in (*readers, *others):
            letter, body = self.letter.with_user(getattr(self, role)), self.body.with_user(getattr(self, role))
            with self.subTest(role=role):
                self.assertEqual(letter.has_access("read"), role in readers)
                self.assertFalse(any(letter.has_access(operation) for operation in ("write", "create", "unlink")))
                self.assertEqual(body.has_access("write"), role == "user_dispatcher")
                self.assertEqual(body.has_access("read"), not role.startswith("user_portal"))
        self.case.with_user(self.user_handler).action_recall()
        self.case.with_user(self.user_dispatcher)._staff_route_out()
        self.assertFalse(self.letter.with_user(self.user_handler).has_access("read"))
        with self.assertRaises(AccessError):
            self.case.with_user(self.user_auditor).action_recall()

    def test_reporter_and_public_read_where_it_is(self):
        self.env.ref("kdc_feedback.category_pavement").is_public = True
        told = self._notices(self.resident_a.partner_id).mapped("title")
        self.assertTrue([title for title in told if self.case.number in title])
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        own = self.url_open(f"/my/feedback/{self.case.id}").text
        self.authenticate(None, None)
        public = self.url_open(f"/phan-anh/{self.case.number}").text
        for page in (own, public):
            for words in ("Công ty Điện lực", "15/UBND", "02/12/2026", "The pole is theirs"):
                self.assertIn(words, page)
        labels = [self.case.with_context(lang=lang)._pause_totals()[0][0] for lang in ("vi_VN", "en_US")]
        self.assertTrue([label for label in labels if label in own], "why the clock stands still, and for how long")
        request = self.case.sudo()._open311_requests("http://ward", extended=True)[0]
        self.assertEqual((request["status"], request["extended_attributes"]["detailed_status"]), ("open", "forwarded"))
        self.assertIn("Công ty Điện lực", request["service_notice"])

    def test_removed_with_the_person(self):
        self._answer(closes=True)
        self.letter.answer = f"We told {self.resident_a.name}"
        self.letter.answer_file = base64.b64encode(b"letter")
        self.case._anonymise()
        self.assertNotIn(self.resident_a.name, self.letter.answer)
        self.assertFalse(self.letter.answer_file)
