from odoo import http
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from .common import FeedbackCommon


@tagged("post_install", "-at_install")
class TestIntake(FeedbackCommon, HttpCase):
    """A clerk files feedback for somebody on the telephone or at the counter, and needs no right on feedback."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._create_user("kdc_clerk", "kdc_feedback.group_intake")

    def _intake(self, user=None, **values):
        intake = self.env["kdc.feedback.intake"].with_user(user or self.clerk)
        return intake.create({
            "category_id": self.category.id, "area_id": self.group_a.id, "company_id": self.company.id,
            "description": "The pavement is broken", "channel": "phone", "contact_name": "Bà Sáu",
            "contact_phone": "0905 123 456", **values,
        })  # fmt: skip

    def _sent(self, intake):
        intake.action_send()
        return self.env["kdc.feedback"].search([("number", "=", intake.number), ("company_id", "=", self.company.id)])

    def test_a_caller_gets_number_date_and_link(self):
        intake = self._intake()
        feedback = self._sent(intake)
        self.assertEqual((feedback.channel, feedback.contact_name, feedback.contact_phone),
                         ("phone", "Bà Sáu", "+84905123456"))  # fmt: skip
        self.assertEqual((intake.promised, intake.link), (feedback.handling_deadline, feedback._follow_url()))
        self.assertTrue(intake.qr_image)
        self.assertEqual(feedback.unit_id, self.unit, "it goes the way of every other")
        self.assertEqual(feedback.message_line_ids.author_id, self.clerk, "it is written who did it")
        text = self.env["kdc.text.message"].search([("number", "=", "+84905123456")], limit=1)
        self.assertIn(feedback.number, text.body)
        self.assertIn(feedback.follow_token, text.body)
        self.assertEqual(self.url_open(f"/feedback/follow/{feedback.follow_token}").status_code, 200)
        self.assertTrue(feedback._link_acts(), "who cannot sign in answers by the link")

    def test_a_known_resident_without_an_account_answers_by_the_link(self):
        wife = self.household_a.live_membership_ids.filtered(lambda one: one.role == "wife").resident_id
        self.assertFalse(wife.partner_id.user_ids)
        form = Form(self.env["kdc.feedback.intake"].with_user(self.clerk))
        form.category_id, form.description, form.resident_id = self.category, "Broken", wife
        form.contact_phone = "0905 777 888"
        feedback = self._sent(form.save())
        self.assertEqual((feedback.partner_id, feedback.contact_name), (wife.partner_id, False))
        self.assertEqual((feedback.contact_phone, feedback.reporter_reach), ("+84905777888", "text"))
        texts = self.env["kdc.text.message"]
        told = texts.search([("number", "=", "+84905777888")])
        self.assertIn(feedback.follow_token, told.body)
        feedback._staff_ask("Which side?")
        self.assertEqual(texts.search_count([("number", "=", "+84905777888")]), 2)
        url = f"/feedback/follow/{feedback.follow_token}"
        self.authenticate(None, None)
        self.assertIn(f'action="{url}/message"', self.url_open(url).text)
        self.url_open(f"{url}/message", {"csrf_token": http.Request.csrf_token(self), "body": "The left side"})
        self.assertEqual(feedback.state, "in_progress")
        feedback._staff_finish("Repaired")
        self._create_user("kdc_wife", "base.group_portal", partner_id=wife.partner_id.id)
        self.env.invalidate_all()
        page = self.url_open(url).text
        self.assertNotIn(f'action="{url}/dispute"', page, "an old link only reads from now on")
        self.assertIn(f'href="/my/feedback/{feedback.id}"', page)
        self.assertEqual(feedback.reporter_reach, "account")

    def test_a_caller_with_a_number_is_written_down_by_who_reads_nothing(self):
        feedback = self._sent(self._intake())
        feedback._staff_ask("Which side?")

        def call(phone, body, number=feedback.number, user=self.clerk):
            caller = self.env["kdc.feedback.caller"].with_user(user)
            dialogue = caller.create({"number": number, "name": "Bà Sáu", "phone": phone, "body": body})
            answer = dialogue.action_write_down()
            self.env.invalidate_all()
            return answer

        def last():
            return feedback.message_line_ids.sorted("id")[-1:]

        stranger = call("0905 999 999", "The right side")
        self.assertEqual((feedback.state, last().kind, last().author_id), ("waiting", "note", self.clerk))
        self.assertIn("0905 999 999", last().body, "whoever handles it calls back")
        self.assertIn("Somebody has called about it", feedback.activity_ids.mapped("summary"))
        own = call("0905123456", "The left side", feedback.number.lower())
        self.assertEqual(own, stranger, "nobody learns here whose telephone it is")
        self.assertIn("The left side", feedback.message_line_ids.filtered(lambda line: line.kind == "reporter").body)
        self.assertEqual(feedback.state, "in_progress")
        feedback._staff_finish("Repaired")
        call("0905 123 456", "It is broken still")
        self.assertEqual(feedback.state, "disputed")
        for number, phone in (("PA-1999-00001", ""), (feedback.number, "12")):
            with self.assertRaises(UserError):
                call(phone, "Words", number)
        with self.assertRaises(AccessError):
            call("", "Words", user=self.user_area_head)
        feedback._staff_route_out()
        call("0905 123 456", "More words")
        self.assertEqual((feedback.state, last().kind), ("routed", "note"), "not even that it was routed out is told")
        nameless = self._sent(self._intake(privacy="anonymous"))
        call("0905 123 456", "It smells", nameless.number)
        self.assertEqual(nameless.message_line_ids[-1:].body.splitlines()[-1], "It smells")
        self.assertNotIn("0905", nameless.message_line_ids[-1:].body)
        nameless._staff_refuse(self.env.ref("kdc_feedback.refusal_other_authority"), "Not ours")
        nameless.write({"state": "closed"})
        with self.assertRaises(UserError):
            call("", "Words", nameless.number)

    def test_a_denunciation_of_somebody_without_an_account_is_secret_on_the_link(self):
        wife = self.household_a.live_membership_ids.filtered(lambda one: one.role == "wife").resident_id
        feedback = self._sent(self._intake(resident_id=wife.id, description="Words against the clerk"))
        url = f"/feedback/follow/{feedback.follow_token}"
        self.assertIn("Words against", self.url_open(url).text)
        feedback._staff_route_out()
        page = self.url_open(url)
        self.assertEqual(page.status_code, 200)
        self.assertNotIn("Words against", page.text)

    def test_a_known_resident_finds_it_among_the_own(self):
        self.assertTrue(self.resident_a.partner_id.user_ids, "has an account")
        before = self._notices(self.resident_a.partner_id)
        feedback = self._sent(self._intake(resident_id=self.resident_a.id, channel="counter"))
        self.assertEqual((feedback.partner_id, feedback.channel), (self.resident_a.partner_id, "counter"))
        self.assertFalse(feedback.contact_name or feedback.contact_phone)
        notice = self._notices(self.resident_a.partner_id) - before
        self.assertIn(feedback.number, notice.title)
        self.assertEqual(notice.url, feedback.access_url)
        self.assertFalse(feedback._link_acts(), "a resident signs in to decide")

    def test_every_channel_is_kept(self):
        for channel in ("phone", "counter", "sms", "zalo", "email", "social", "meeting"):
            with self.subTest(channel=channel):
                feedback = self._sent(self._intake(channel=channel))
                self.assertEqual((feedback.channel, feedback._link_acts()), (channel, True))

    def test_a_caller_may_keep_it_off_the_board(self):
        private, shown = self._sent(self._intake(is_private=True)), self._sent(self._intake())
        (private | shown)._staff_receive()
        self.assertEqual((private.is_public, shown.is_public), (False, True))
        self.assertFalse(private.with_user(self.user_area_head).has_access("read"))

    def test_what_reads_like_a_denunciation_is_asked_about_first(self):
        intake = self._intake(description="Tôi tố cáo ông trưởng khu phố nhận tiền")
        self.assertFalse(self._sent(intake))
        self.assertEqual((intake.petition_kind, intake.number), ("denunciation", False))
        self.assertEqual(self._sent(intake).petition_kind, "denunciation", "it is feedback all the same")
        self.assertEqual(len(self._sent(intake)), 1, "pressed again")

    def test_no_name_leaves_no_trace(self):
        feedback = self._sent(self._intake(privacy="anonymous", resident_id=self.resident_a.id))
        self.assertFalse(feedback.partner_id or feedback.contact_name or feedback.contact_phone)
        self.assertNotIn(self.clerk, feedback.create_uid | feedback.message_line_ids.author_id)

    def test_twice_pressed_is_sent_once(self):
        intake = self._intake()
        first = self._sent(intake)
        texts = self.env["kdc.text.message"].search_count([])
        self.assertEqual(self._sent(intake), first)
        self.assertEqual(self.env["kdc.text.message"].search_count([]), texts)

    def test_the_questions_of_the_subject_are_asked(self):
        question = self.env["kdc.feedback.question"].create(
            {"category_id": self.category.id, "name": "How many metres?", "kind": "number"}
        )
        form = Form(self.env["kdc.feedback.intake"].with_user(self.clerk))
        form.category_id = self.category
        form.description = "Broken"
        form.contact_name = "Ông Tư"
        with form.answer_ids.edit(0) as line:
            line.value = "12,5"
        intake = form.save()
        answer = self._sent(intake).answer_ids
        self.assertEqual((answer.question_id, answer.value, answer.noted_by_id), (question, "12,5", self.clerk))
        intake = self._intake()
        intake.answer_ids = [(0, 0, {"question_id": question.id, "value": "many"})]
        with self.assertRaises(ValidationError):
            intake.action_send()

    def _telephone(self, **values):
        """The dialogue while the person is on the telephone."""
        form = Form(self.env["kdc.feedback.intake"].with_user(self.clerk))
        form.category_id = self.category
        for name, value in values.items():
            form[name] = value
        form.description = "Two tiles are loose"
        form.contact_phone = "0905 123 456"
        return form

    def test_a_known_place_brings_group_and_point(self):
        market = self.env["kdc.feedback.place"].create({
            "name": "Market", "company_id": self.company.id, "area_id": self.group_b.id, "latitude": 12.24,
            "longitude": 109.19,
        })  # fmt: skip
        feedback = self._sent(self._telephone(place_id=market, location="at the gate").save())
        self.assertEqual((feedback.location, feedback.area_id), ("Market, at the gate", self.group_b))
        self.assertEqual((feedback.latitude, feedback.longitude), (12.24, 109.19))

    def test_what_is_open_nearby_is_shown_before_it_is_sent(self):
        shown, hidden = self._send(), self._send(is_private=True, description="A secret of the family")
        (shown | hidden)._staff_receive()
        form = self._telephone(area_id=self.group_a)
        self.assertEqual(len(form.similar_ids), 1, "what residents are shown, and no more")
        with form.similar_ids.edit(0) as line:
            self.assertEqual((line.name, line.place, line.followers), (shown.name, shown.location, 0))
            line.is_same = True
        form.location = "Before the school"
        intake = form.save()
        row = intake.similar_ids
        kept = (row.place, row.submitted_at)
        self.assertEqual(kept, (shown.location, shown.submitted_at), "the question about a complaint opens it again")
        texts = self.env["kdc.text.message"].search_count([])
        for _press in range(2):
            intake.action_send()
        self.assertEqual((intake.number, intake.promised, intake.link), (shown.number, shown.handling_deadline, False))
        self.assertEqual((shown.follower_count, shown.follower_ids.contact_phone), (1, "+84905123456"))
        self.assertIn("Two tiles are loose", shown.message_line_ids.mapped("body"))
        self.assertFalse(self.env["kdc.feedback"].search([("description", "=", "Two tiles are loose")]))
        self.assertEqual(self.env["kdc.text.message"].search_count([]), texts, "the link is the reporter's alone")
        self.assertIs(self.env["kdc.feedback"].with_user(self.clerk).has_access("read"), False)

    def test_only_what_is_offered_can_be_joined(self):
        private = self._send(is_private=True)
        closed = self._send()
        closed.state = "closed"
        for case in (private, closed):
            intake = self._intake()
            intake.similar_ids = [(0, 0, {"case": case.id, "is_same": True, "name": "x"})]
            with self.subTest(case.state), self.assertRaises(UserError):
                intake.action_send()
            self.assertFalse(case.follower_count)
        intake = self._intake()
        intake.similar_ids = [(0, 0, {"case": case.id, "is_same": True}) for case in (private, closed)]
        with self.assertRaises(UserError):
            intake.action_send()

    def test_what_is_missing_is_said(self):
        for values in (
            {"description": " "}, {"category_id": False}, {"contact_name": False, "contact_phone": False},
            {"contact_phone": "12"},
        ):  # fmt: skip
            with self.subTest(values=values), self.assertRaises(UserError):
                self._intake(**values).action_send()

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_rights(self):
        intake = self._intake()
        feedback = self._sent(intake)
        for operation in ("read", "write", "create", "unlink"):
            self.assertFalse(feedback.with_user(self.clerk).has_access(operation), operation)
        for role in ("user_officer", "user_staff", "user_auditor", "user_area_head", "user_portal_a"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self._intake(user=getattr(self, role))
        self.assertFalse(intake.with_user(self.user_handler).has_access("read"), "another one's dialogue")
        self.assertTrue(self._sent(self._intake(user=self.user_handler)))
        self.assertIn("feedback_intake", self.check_home(self.clerk))
        self.assertNotIn("feedback_late", self.check_home(self.clerk))
