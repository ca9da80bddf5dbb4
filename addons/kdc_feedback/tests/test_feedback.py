from datetime import datetime, timedelta

from odoo import api, fields, sql_db
from odoo.addons.kdc_residents.tests.leaks import picture
from odoo.exceptions import ConcurrencyError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import WEDNESDAY_NINE, FeedbackCommon


@tagged("post_install", "-at_install")
class TestFeedback(FeedbackCommon):
    def test_sent_feedback_has_number_unit_promise_and_somebody_responsible(self):
        feedback = self._send()
        self.assertRegex(feedback.number, r"^PA-2026-\d{5}$")
        self.assertEqual(feedback.unit_id, self.unit, "the rule of the group of categories applies")
        self.assertEqual(feedback.state, "new")
        self.assertTrue(feedback.handling_deadline)
        handle = feedback.activity_ids.filtered(
            lambda a: a.activity_type_id == self.env.ref("kdc_feedback.mail_activity_handle")
        )
        self.assertEqual(handle.user_id, self.user_handler, "the head of the unit finds it among the activities")
        self.assertNotIn(self.resident_a.partner_id, feedback.message_partner_ids, "followers get mails")

    def test_assignment_exact_before_general(self):
        rules = self.env["kdc.feedback.assignment"]
        rules.create(
            {"category_id": self.category.id, "area_id": self.group_a.id, "unit_id": self.other_unit.id,
             "user_id": self.user_other_handler.id, "company_id": self.company.id}
        )  # fmt: skip
        self.assertEqual(self._send().user_id, self.user_other_handler)
        self.assertEqual(self._send(area_id=self.group_b.id).unit_id, self.unit)
        misc = self.env.ref("kdc_feedback.category_misc")
        self.assertEqual(self._send(category_id=misc.id).unit_id, self.company.kdc_feedback_unit_id, "fallback")

    def test_the_whole_way_with_notices(self):
        partner = self.resident_a.partner_id
        feedback = self._send()
        officer = feedback.with_user(self.user_handler)
        officer.action_receive()
        officer.action_start()
        self.assertEqual(feedback.user_id, self.user_handler)
        officer.reply_draft = "We come on Friday"
        officer.action_send_reply()
        self.assertFalse(officer.reply_draft)
        officer._staff_ask("Which side of the road?")
        feedback._reporter_message("The left one")
        officer._staff_finish("Repaired on Friday")
        titles = " ".join(self._notices(partner).mapped("title"))
        self.assertEqual(len(self._notices(partner)), 4, titles)
        self.assertEqual(self._notices(partner)[0].url, f"/my/feedback/{feedback.id}")
        feedback._reporter_confirm(rating=4, body="Thank you")
        self.assertEqual(feedback.state, "closed")
        self.assertEqual(feedback.rating_last_value, 4)
        self.assertFalse(feedback.activity_ids, "finished feedback leaves no work behind")
        kinds = feedback._public_messages().mapped("kind")
        self.assertEqual(kinds.count("reply"), 1)
        self.assertEqual(kinds.count("result"), 1)

    def test_steps_out_of_order_say_what_to_do(self):
        feedback = self._send()
        with self.assertRaisesRegex(UserError, feedback.number):
            feedback._step("confirm")
        feedback._staff_finish("Repaired")
        feedback._reporter_confirm()
        with self.assertRaises(UserError):
            feedback._reporter_dispute("No")
        with self.assertRaises(UserError):
            feedback.with_user(self.user_handler).action_receive()

    def test_anonymous_stores_nobody(self):
        """Trap T3, and nothing leads back: no partner, no creator, no author, no follower."""
        feedback, created = (
            self.env["kdc.feedback"]
            .with_user(self.user_portal_a)
            ._submit(
                {
                    "company_id": self.company.id,
                    "category_id": self.category.id,
                    "description": "Somebody dumps rubble at night",
                    "privacy": "anonymous",
                    "channel": "portal",
                },
                partner=self.resident_a.partner_id,
                client_key="a" * 24,
            )
        )
        self.assertTrue(created)
        people = self.user_portal_a | self.user_portal_b
        self.assertFalse(feedback.partner_id)
        self.assertNotIn(feedback.create_uid, people)
        self.assertNotIn(feedback.write_uid, people)
        for records in (feedback.message_line_ids, feedback.photo_ids, feedback.activity_ids, feedback.message_ids):
            self.assertFalse(records.create_uid & people)
        self.assertFalse(feedback.message_ids.author_id & self.resident_a.partner_id)
        self.assertNotIn(self.resident_a.partner_id, feedback.message_partner_ids)
        feedback._staff_ask("Which street?")
        self.assertFalse(self._notices(self.resident_a.partner_id), "nobody to tell, and no crash")
        feedback._reporter_message("Tran Phu")
        feedback._staff_finish("Cleaned")
        feedback._reporter_confirm(rating=5)
        self.assertEqual(feedback.rating_last_value, 5)

    def test_anonymous_with_a_name_is_refused_by_the_database(self):
        feedback = self._send(privacy="anonymous")
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            feedback.sudo().write({"partner_id": self.resident_a.partner_id.id})
            self.env.flush_all()

    def test_two_partners_with_one_address(self):
        """Trap T9: by portal and by mail, a doubled contact is no crash."""
        self.env["res.partner"].create(
            [{"name": f"Double {number}", "email": self.user_portal_a.email} for number in range(2)]
        )
        feedback = self._send()
        self.assertEqual(feedback.partner_id, self.resident_a.partner_id)
        mailed = self.env["kdc.feedback"].message_new(
            {
                "email_from": f"Somebody <{self.user_portal_a.email}>",
                "subject": "Lamp",
                "body": "<p>The lamp is out</p>",
            }
        )
        self.assertFalse(mailed.partner_id)
        self.assertEqual((mailed.contact_name, mailed.contact_email), ("Somebody", self.user_portal_a.email))
        self.assertEqual(mailed.description, "The lamp is out")
        stranger = self.env["kdc.feedback"].message_new({"email_from": "x@nowhere.example", "subject": "", "body": ""})
        self.assertEqual(stranger.channel, "email")
        self.assertTrue(stranger.number)
        known = self.env["kdc.feedback"].message_new(
            {"email_from": self.user_portal_b.email, "subject": "Tree", "body": "<p>Fallen</p>"}
        )
        self.assertEqual(known.partner_id, self.resident_b.partner_id)

    def test_emergency_cannot_be_stored(self):
        with self.assertRaisesRegex(ValidationError, "114"):
            self._send(category_id=self.env.ref("kdc_feedback.category_em_fire").id)

    def test_second_sending_returns_the_first(self):
        first, created = self.env["kdc.feedback"]._submit(
            {"company_id": self.company.id, "description": "Lamp out"}, client_key="k" * 24
        )
        again, created_again = self.env["kdc.feedback"]._submit(
            {"company_id": self.company.id, "description": "Lamp out"}, client_key="k" * 24
        )
        self.assertEqual((first, created, created_again), (again, True, False))
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.env["kdc.feedback"].create(
                {"description": "Sent at the same moment", "client_key": "k" * 24, "company_id": self.company.id}
            )

    def test_one_sending_of_a_form_at_a_time(self):
        """While another process stores the form, this one is told to try again instead of storing it twice."""
        other = self.env["kdc.feedback"]
        with sql_db.db_connect(self.env.cr.dbname).cursor() as cursor:
            env = api.Environment(cursor, self.env.uid, {})
            env["kdc.feedback"]._lock_client_key("k" * 24)
            with self.assertRaises(ConcurrencyError):
                other._lock_client_key("k" * 24)
            other._lock_client_key("another form" * 2)
        other._lock_client_key("k" * 24)

    def test_result_needs_a_photo_where_the_category_says_so(self):
        feedback = self._send(category_id=self.env.ref("kdc_feedback.category_manhole").id)
        with self.assertRaisesRegex(UserError, "photo"):
            feedback._staff_finish("Covered")
        self.assertEqual(feedback.state, "new")

    def test_refusal_and_one_appeal(self):
        feedback = self._send()
        reason = self.env.ref("kdc_feedback.refusal_not_found")
        feedback._staff_refuse(reason, "We looked and found nothing")
        self.assertEqual(feedback._allowed_for_reporter(), {"dispute"})
        feedback._reporter_dispute("It is behind the kiosk")
        self.assertEqual(feedback.state, "disputed")
        feedback._staff_finish("Found and repaired")
        self.assertEqual(feedback._allowed_for_reporter(), {"confirm", "dispute"})
        feedback._reporter_dispute("It broke again")
        feedback.with_user(self.user_handler).action_start()
        feedback._staff_refuse(reason, "Nothing this time")
        self.assertFalse(feedback._allowed_for_reporter(), "one appeal")

    def test_a_disputed_result_costs_no_appeal(self):
        feedback = self._send()
        feedback._staff_finish("Repaired")
        feedback._reporter_dispute("It is as it was")
        feedback.with_user(self.user_handler).action_start()
        feedback._staff_refuse(self.env.ref("kdc_feedback.refusal_not_found"), "We looked and found nothing")
        self.assertEqual(feedback._allowed_for_reporter(), {"dispute"})
        feedback._reporter_dispute("It is behind the kiosk")
        self.assertEqual((feedback.state, feedback.dispute_count), ("disputed", 2))

    def test_joined_feedback_closes_and_tells_the_reporter(self):
        master = self._send()
        double = self._send(partner=self.resident_b.partner_id)
        double._staff_merge(master)
        self.assertEqual(double.state, "merged")
        self.assertEqual(len(self._notices(self.resident_b.partner_id)), 1)
        master._staff_finish("Repaired")
        self.assertEqual(len(self._notices(self.resident_b.partner_id)), 2, "told again when the master has a result")
        with self.assertRaises(UserError):
            master._staff_merge(master)

    def test_who_was_joined_wrongly_gets_it_back(self):
        master = self._send()
        double = self._send(partner=self.resident_b.partner_id)
        double._add_photos([picture()])
        double._staff_merge(master)
        self.assertEqual((double._allowed_for_reporter(), len(master.photo_ids)), ({"dispute"}, 1))
        double.with_user(self.user_portal_b).sudo()._reporter_dispute("Mine is the other pavement")
        self.assertEqual((double.state, double.master_id.id, double.is_open), ("received", False, True))
        self.assertEqual((len(double.photo_ids), len(master.photo_ids)), (1, 0))
        self.assertFalse(double.photo_ids.origin_id)
        self.assertGreater(double.handling_deadline, fields.Datetime.now(), "a new promise")
        self.assertTrue(double.activity_ids)
        double._staff_merge(master)
        self.assertFalse(double._allowed_for_reporter(), "once")

    def test_who_was_joined_says_so_in_time(self):
        master, middle, double = (self._send() for _time in range(3))
        double._staff_merge(middle, when=WEDNESDAY_NINE + timedelta(hours=1))
        middle._staff_merge(master)
        master._staff_finish("Repaired")
        self.assertEqual(double._allowed_for_reporter(), {"dispute"})
        master.done_at -= timedelta(days=self.company.kdc_feedback_confirm_days, seconds=1)
        self.assertFalse(double._allowed_for_reporter())
        double._give_back()
        self.assertEqual(double.received_at, WEDNESDAY_NINE + timedelta(hours=1), "read when it was joined")
        self.assertEqual((double.reception_status, double.closed_at), ("met", False))
        middle._give_back()
        note = middle.message_line_ids.filtered(lambda line: line.kind == "note")
        self.assertIn(master.number, note.body, "what was joined to it stays there")

    def test_who_was_joined_to_a_complaint_is_not_left_waiting(self):
        master = self._send()
        double = self._send(partner=self.resident_b.partner_id)
        double._staff_merge(master)
        before = self._notices(self.resident_b.partner_id)
        master.with_user(self.user_dispatcher)._staff_route_out()
        self.assertEqual((double.state, double.master_id.id), ("received", False))
        self.assertEqual(len(self._notices(self.resident_b.partner_id) - before), 1)
        self.assertIn("give_back", double._public_messages().mapped("action"))

    def test_complaint_is_routed_out(self):
        feedback = self._send()
        feedback.with_user(self.user_dispatcher)._staff_route_out()
        self.assertEqual(feedback.state, "routed")
        self.assertFalse(feedback.activity_ids)
        self.assertFalse(feedback.with_user(self.user_handler).has_access("read"))
        self.assertFalse(feedback.with_user(self.user_auditor).has_access("read"))
        self.assertTrue(feedback.with_user(self.user_dispatcher).has_access("read"))

    def test_transfer_hands_it_over(self):
        feedback = self._send()
        wizard = (
            self.env["kdc.feedback.step"]
            .with_user(self.user_handler)
            .with_context(active_model="kdc.feedback", active_ids=feedback.ids)
            .create({"step": "transfer", "unit_id": self.other_unit.id, "note": "Yours, I think"})
        )
        wizard.action_apply()
        self.assertEqual(feedback.unit_id, self.other_unit)
        self.assertFalse(feedback.with_user(self.user_handler).has_access("read"))
        self.assertTrue(feedback.with_user(self.user_other_handler).has_access("write"))
        told = feedback.activity_ids.user_id - self.user_auditor
        self.assertEqual(told, self.user_other_handler, "beside the supervisor, who was told before")
        self.assertNotIn("Yours, I think", " ".join(feedback._public_messages().mapped(lambda m: m.body or "")))

    def test_wizard_steps(self):
        def step(feedback, name, **vals):
            return (
                self.env["kdc.feedback.step"]
                .with_user(self.user_handler)
                .with_context(active_model="kdc.feedback", active_ids=feedback.ids)
                .create({"step": name, **vals})
                .action_apply()
            )

        feedback = self._send()
        with self.assertRaises(UserError):
            step(feedback, "ask", body="   ")
        step(feedback, "ask", body="Where?")
        self.assertEqual(feedback.state, "waiting")
        feedback.with_user(self.user_handler).action_stop_waiting()
        with self.assertRaises(UserError):
            step(feedback, "defer", until="2020-01-01", body="Later")
        step(feedback, "defer", until="2030-01-01", body="Later")
        feedback.with_user(self.user_handler).action_resume()
        with self.assertRaises(UserError):
            step(feedback, "refuse", body="No reason given")
        step(feedback, "finish", body="Done")
        self.assertEqual(feedback.state, "done")
        self.assertEqual(feedback.message_line_ids.filtered(lambda m: m.kind == "result").unit_id, self.unit)

    def test_handler_must_belong_to_the_unit(self):
        feedback = self._send()
        with self.assertRaises(ValidationError):
            feedback.user_id = self.user_other_handler
        feedback.user_id = self.user_dispatcher

    def test_search_without_diacritics(self):
        feedback = self._send(description="Cống nghẹt gây ngập ở Đường Trần Phú")
        found = self.env["kdc.feedback"].search([("search_text", "ilike", "cong nghet")])
        self.assertIn(feedback, found)
        self.assertIn(feedback, self.env["kdc.feedback"].search([("search_text", "ilike", "ĐƯỜNG")]))

    def test_name_is_cut_at_a_word(self):
        feedback = self._send(description="Một hai ba bốn năm sáu bảy tám chín mười " * 4)
        self.assertLessEqual(len(feedback.name), 72)
        self.assertTrue(feedback.name.endswith("…"))

    def test_no_mails_are_sent(self):
        before = self.env["mail.mail"].search_count([])
        feedback = self._send(when=WEDNESDAY_NINE)
        feedback._staff_reply("Answer", when=datetime(2026, 11, 18, 3, 0))
        feedback.with_user(self.user_dispatcher).user_id = self.user_handler
        self.assertEqual(self.env["mail.mail"].search_count([]), before, "notices stay inside the system")

    def test_every_category_has_two_levels_and_a_clock(self):
        categories = self.env["kdc.feedback.category"].search([])
        urgencies = set(self.env["kdc.feedback.clock"].search([]).mapped("urgency"))
        self.assertLessEqual(set(categories.mapped("urgency")), urgencies)
        with self.assertRaises(ValidationError):
            self.env["kdc.feedback.category"].create({"name": "x", "code": "x", "parent_id": self.category.id})
