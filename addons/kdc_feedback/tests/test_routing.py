from ast import literal_eval

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import WEDNESDAY_NINE, FeedbackCommon
from .test_rights import PIXEL


@tagged("post_install", "-at_install")
class TestRouting(FeedbackCommon):
    """A complaint or denunciation: read by who routed it out and by the role for it, by nobody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_other_dispatcher = cls._create_user("kdc_other_dispatcher", "kdc_feedback.group_dispatcher")
        cls.user_routed = cls._create_user("kdc_routed", "kdc_feedback.group_routed")
        cls.question = cls.env["kdc.feedback.question"].create({"category_id": cls.category.id, "name": "Where?"})
        cls.case = cls._send(
            name="Against the clerk Hoa",
            answer_ids=[(0, 0, {"question_id": cls.question.id, "name": "Where?", "value": "At desk 3"})],
        )
        cls.case._staff_ask("Which day?")
        cls.case._reporter_message("On Monday")
        cls.case._follow(cls.resident_b.partner_id)
        cls.env["kdc.feedback.photo"].create({"feedback_id": cls.case.id, "image": PIXEL})
        cls.case.with_user(cls.user_dispatcher)._moderate_texts({"location": "At a desk"}, "names a desk")
        cls.case.activity_schedule("mail.mail_activity_data_todo", user_id=cls.user_handler.id, summary="Look")
        cls.reminders = cls.case.activity_ids
        cls.case.user_id = cls.user_handler
        cls.case.with_user(cls.user_dispatcher)._staff_route_out()

    def _rows(self):
        case = self.case
        return (
            case, case.message_line_ids, case.photo_ids, case.pause_ids, case.follower_ids, case.answer_ids,
            case.moderation_ids,
        )  # fmt: skip

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_only_who_routed_it_and_the_role_for_it_read_it(self):
        for records in self._rows():
            self.assertTrue(records, records._name)
            for role in ("user_dispatcher", "user_routed", "user_other_dispatcher", "user_handler", "user_auditor"):
                may = role in ("user_dispatcher", "user_routed")
                rows = records.with_user(getattr(self, role))
                with self.subTest(role=role, model=records._name):
                    readable = rows.has_access("read")
                    self.assertEqual(readable, may)
                    found = rows.search([("id", "in", records.ids)]) if rows.browse().has_access("read") else rows[:0]
                    self.assertEqual(bool(found), may)

    def test_a_denunciation_in_an_objection_is_routed_out(self):
        case = self._send()
        case._staff_finish("Done")
        case._reporter_dispute("Tôi tố cáo ông Hoa nhận tiền")
        self.assertEqual((case.state, case.petition_kind), ("disputed", "denunciation"))
        case.with_user(self.user_handler)._staff_route_out()
        self.assertEqual((case.state, case.routed_by_id), ("routed", self.user_handler))
        case._staff_route_back("It is about the pavement")
        self.assertEqual((case.state, case.petition_kind), ("received", "denunciation"))

    def test_no_list_and_no_name_tells_the_subject(self):
        self.assertTrue(self.reminders)
        self.assertFalse(self.reminders.exists(), "each would keep the subject before the eyes of its owner")
        self.assertEqual(self.case.display_name, self.case.number)
        part = self._send()
        part.split_from_id = self.case
        read = part.with_user(self.user_handler).web_read({"split_from_id": {"fields": {"display_name": {}}}})
        self.assertEqual(read[0]["split_from_id"]["display_name"], self.case.number)
        for action in ("kdc_feedback_action", "kdc_feedback_action_mine", "kdc_feedback_action_analysis"):
            domain = literal_eval(self.env.ref(f"kdc_feedback.{action}").domain)
            self.assertNotIn(self.case, self.case.with_user(self.user_routed).search(domain))
        own_view = literal_eval(self.env.ref("kdc_feedback.kdc_feedback_routed_action").domain)
        self.assertIn(self.case, self.case.with_user(self.user_routed).search(own_view))

    def test_a_handler_finds_again_what_he_routed_out(self):
        case = self._send()
        case.with_user(self.user_handler)._staff_ask("Which day?")
        case.with_user(self.user_handler)._staff_route_out()
        own = self.env.ref("kdc_feedback.kdc_feedback_routed_action")
        for records in (case, case.message_line_ids, case.pause_ids):
            self.assertTrue(records.with_user(self.user_handler).has_access("read"), records._name)
            self.assertFalse(records.with_user(self.user_other_dispatcher).has_access("read"), records._name)
        self.assertIn(case, case.with_user(self.user_handler).search(literal_eval(own.domain)))
        menus = self.env["ir.ui.menu"].with_user(self.user_handler)._visible_menu_ids()
        self.assertIn(self.env.ref("kdc_feedback.menu_routed").id, menus)

    def test_whoever_is_responsible_is_told_the_number_only(self):
        reminder = self.case.activity_ids
        self.assertIn(reminder.user_id, self.case._routed_holders())
        self.assertEqual(reminder.res_name, self.case.number)
        self.assertIn("feedback_routed", self.check_home(reminder.user_id))
        self._take_back(self.user_routed)
        self.assertFalse(reminder.exists())

    def test_without_anybody_responsible_the_dialogue_warns(self):
        group = self.env.ref("kdc_feedback.group_routed")
        case = self._send()
        wizard = self.env["kdc.feedback.step"].with_user(self.user_handler)
        values = {"step": "route_out", "feedback_ids": case.ids}
        self.assertFalse(wizard.create(values).is_holder_missing)
        group.user_ids = False
        dialogue = wizard.create(values)
        self.assertTrue(dialogue.is_holder_missing)
        dialogue.action_apply()
        self.assertFalse(case.activity_ids, "nobody else is told")

    def test_without_anybody_responsible_the_administrators_are_told_once(self):
        ward, admin = self.company.partner_id, self.env.ref("base.user_admin")
        admin.company_ids |= self.company
        kind = self.env.ref("kdc_feedback.mail_activity_no_holder")
        complaint = {"description": "Đơn khiếu nại quyết định số 12 của phường"}
        self._send(**complaint)
        self.assertNotIn(kind, ward.activity_ids.activity_type_id, "somebody is responsible")
        self.env.ref("kdc_feedback.group_routed").user_ids = False
        self._send()
        self.assertNotIn(kind, ward.activity_ids.activity_type_id, "a lamp is no complaint")
        case = self._send(**complaint)
        self._send().with_user(self.user_handler)._staff_route_out()
        reminder = ward.activity_ids.filtered(lambda one: one.activity_type_id == kind and one.user_id == admin)
        self.assertEqual(len(reminder), 1)
        self.assertNotIn(case.number, reminder.note, "every internal user reads what hangs on the ward")
        self.assertNotIn("quyết định", reminder.note)

    def test_done_reminders_and_notes_to_colleagues_go_too(self):
        case = self._send()
        self.user_handler.notification_type = "inbox"
        case.with_user(self.user_handler).action_take()
        case._alert_user(self.user_handler, "Overdue")
        notes = self.env["mail.message"].search(
            [("model", "=", case._name), ("res_id", "=", case.id), ("message_type", "=", "user_notification")]
        )
        self.assertIn(case.name, "".join(notes.mapped("body")))
        done = case.activity_schedule("mail.mail_activity_data_todo", user_id=self.user_handler.id, summary="Look")
        done.action_done()
        self.assertTrue(done.exists())
        case.with_user(self.user_dispatcher)._staff_route_out()
        self.assertFalse(done.exists())
        self.assertFalse(any(notes.mapped("body")))

    def test_a_ban_names_the_sender_to_the_same_people(self):
        case = self._send()
        case.with_user(self.user_dispatcher)._ban(next(iter(case._bannable())), 7, "Insults")
        case.with_user(self.user_dispatcher)._staff_route_out()
        ban = self.env["kdc.feedback.ban"].search([("feedback_id", "=", case.id)])
        for role, may in (("user_dispatcher", True), ("user_routed", True), ("user_other_dispatcher", False)):
            with self.subTest(role=role):
                self.assertEqual(ban.with_user(getattr(self, role)).has_access("read"), may)

    def _take_back(self, user, note="It is about a lamp"):
        wizard = self.env["kdc.feedback.step"].with_user(user)
        wizard.create({"step": "route_back", "feedback_ids": self.case.ids, "note": note}).action_apply()

    def test_wrong_routing_is_taken_back_with_a_reason(self):
        with self.assertRaises(AccessError):
            self._take_back(self.user_dispatcher)
        with self.assertRaises(UserError):
            self._take_back(self.user_routed, note=" ")
        told = len(self._notices(self.resident_a.partner_id))
        self._take_back(self.user_routed)
        case = self.case
        self.assertEqual((case.state, case.is_private), ("received", True))
        self.assertFalse(case.routed_by_id or case.closed_at)
        self.assertEqual(case.handling_status, "running", "a new term runs from now on")
        self.assertGreater(case.handling_deadline, case.term_start)
        note = case.message_line_ids.filtered(lambda line: line.kind == "note")
        self.assertEqual((note.body, note.author_id), ("It is about a lamp", self.user_routed))
        self.assertNotIn(note, case._public_messages())
        self.assertEqual(len(self._notices(self.resident_a.partner_id)), told + 1)
        self.assertTrue(case.with_user(self.user_handler).has_access("write"))

    def test_who_had_read_it_received_it(self):
        """The reception clock ended when it was routed out, not when that was taken back."""
        case = self._send()
        case._staff_route_out(when=WEDNESDAY_NINE)
        case._staff_route_back("It is about a lamp")
        self.assertEqual((case.received_at, case.reception_status), (WEDNESDAY_NINE, "met"))

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_a_foreign_feedback_is_not_named_by_the_dialogue(self):
        mine, foreign = self._send(), self._send(unit_id=self.other_unit.id)
        steps = self.env["kdc.feedback.step"].with_user(self.user_handler)
        values = {"step": "merge", "feedback_ids": mine.ids, "master_id": foreign.id}
        spec = {"master_id": {"fields": {"display_name": {}}}}
        with self.assertRaises(AccessError):
            steps.create(values)
        wizard = steps.create({**values, "master_id": False})
        with self.assertRaises(AccessError):
            wizard.master_id = foreign
        with self.assertRaises(AccessError):
            steps.onchange({**values, "master_id": foreign.id}, ["master_id"], spec)
        with self.assertRaises(AccessError):
            steps.with_context(default_master_id=foreign.id).onchange({}, [], spec)
        self.assertEqual(steps.create({**values, "master_id": self._send().id}).step, "merge")
