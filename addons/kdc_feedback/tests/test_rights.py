from odoo import Command, http
from odoo.addons.kdc_residents.tests.leaks import picture
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..models.kdc_feedback import PROTECTED_FIELDS
from ..models.kdc_feedback_notices import is_open_to
from .common import FeedbackCommon

#: What each role may do with feedback of unit "Urban unit" in area A.
FEEDBACK_RIGHTS = {
    "user_dispatcher": "rwc", "user_handler": "rwc", "user_other_handler": "", "user_area_head": "r",
    "user_auditor": "r",
}  # fmt: skip
#: And who takes in feedback at all, of whatever unit.
CREATORS = {"user_dispatcher", "user_handler", "user_other_handler"}
ROLES = (*FEEDBACK_RIGHTS, "user_officer", "user_staff", "user_portal_a", "user_portal_b", "user_public")
# role: (reply, note, photo, pause, words of somebody else, who follows) readable
READS = {
    "user_dispatcher": (True, True, True, True, True, True),
    "user_handler": (True, True, True, True, True, True),
    "user_other_handler": (False,) * 6,
    "user_area_head": (True, False, True, False, False, False),
    "user_auditor": (True, True, True, True, True, False),
    "user_officer": (False,) * 6,
    "user_staff": (False,) * 6,
    "user_portal_a": (False,) * 6,
    "user_portal_b": (False,) * 6,
    "user_public": (False,) * 6,
}
# A value to try for each type of a protected field.
TRIED = {
    "char": "guessable", "integer": 0, "float": 1.5, "boolean": True, "many2one": 1, "date": "2030-01-01",
    "datetime": "2030-01-01 00:00:00", "selection": "closed",
}  # fmt: skip
PIXEL = b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@tagged("post_install", "-at_install")
class TestFeedbackRights(FeedbackCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_public = cls.env.ref("base.public_user")
        cls.feedback = cls._send()
        cls.feedback._staff_ask("Where?")
        cls.feedback._reporter_message("Here")
        cls.note = cls.feedback._log_line("note", body="The neighbour complains about everything")
        cls.reply = cls.feedback._log_line("reply", body="We come on Friday")
        cls.words = cls.feedback._log_line("other", body="My neighbour is right")
        cls.feedback._follow(cls.resident_b.partner_id)
        cls.photo = cls.env["kdc.feedback.photo"].create({"feedback_id": cls.feedback.id, "image": PIXEL})

    def _users(self):
        return {role: getattr(self, role) for role in ROLES}

    def test_roles_on_feedback(self):
        self.check_rights(self.feedback, FEEDBACK_RIGHTS, self._users())
        for role, user in self._users().items():
            with self.subTest(role=role):
                self.assertEqual(self._found(self.feedback.with_user(user)), "r" in FEEDBACK_RIGHTS.get(role, ""))
                self.assertEqual(self.env["kdc.feedback"].with_user(user).has_access("create"), role in CREATORS)

    def _found(self, record):
        """Whether a search of this user finds the record."""
        try:
            return bool(record.search([("id", "=", record.id)]))
        except AccessError:
            return False

    def _rows(self):
        follower = self.feedback.follower_ids
        return self.reply, self.note, self.photo, self.feedback.pause_ids, self.words, follower

    def test_roles_on_what_belongs_to_it(self):
        for role, expected in READS.items():
            user = getattr(self, role)
            found = tuple(self._found(record.with_user(user)) for record in self._rows())
            with self.subTest(role=role):
                self.assertEqual(found, expected)

    def test_nobody_writes_the_conversation_or_the_pauses(self):
        for role in ROLES:
            user = getattr(self, role)
            for record in self._rows():
                for operation in ("write", "create", "unlink"):
                    with self.subTest(role=role, model=record._name, operation=operation):
                        self.assertFalse(record.with_user(user).has_access(operation))

    def test_configuration_is_the_dispatchers(self):
        for model in (
            "kdc.feedback.category", "kdc.feedback.clock", "kdc.feedback.unit", "kdc.feedback.assignment",
            "kdc.feedback.refusal.reason", "kdc.feedback.swap.day", "kdc.feedback.question",
            "kdc.feedback.template", "kdc.feedback.duty", "kdc.feedback.place",
        ):  # fmt: skip
            for role in ROLES:
                records = self.env[model].with_user(getattr(self, role))
                with self.subTest(model=model, role=role):
                    self.assertEqual(records.has_access("write"), role == "user_dispatcher")
                    self.assertEqual(records.has_access("create"), role == "user_dispatcher")

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_protected_fields_by_rpc(self):
        """Trap T12, and more: not even staff set state, deadlines or numbers by a plain write or create."""
        for role in ROLES:
            user = getattr(self, role)
            for field in sorted(PROTECTED_FIELDS):
                value = TRIED[self.feedback._fields[field].type]
                with self.subTest(role=role, field=field):
                    with self.assertRaises(AccessError):
                        self.feedback.with_user(user).write({field: value})
                    with self.assertRaises(AccessError):
                        self.env["kdc.feedback"].with_user(user).create({"description": "New one", field: value})

    def test_no_rows_of_others_come_with_new_feedback(self):
        """Create writes as superuser: commands on other rows would open what was routed out, or move what is said."""
        secret = self._send(unit_id=self.other_unit.id)
        secret.with_user(self.user_dispatcher)._staff_route_out()
        line = secret.message_line_ids[:1]
        file = self.env["ir.attachment"].create({"name": "secret", "raw": b"x"})
        clerk = self.env["kdc.feedback"].with_user(self.user_handler)
        values = {"description": "New one", "category_id": self.category.id}
        answer = secret.answer_ids.create({"feedback_id": secret.id, "name": "Where?", "value": "At desk 3"})
        for name, commands in {
            "joined_ids": [Command.update(secret.id, {"routed_by_id": self.user_handler.id})],
            "split_ids": [Command.link(secret.id)],
            "message_line_ids": [Command.link(line.id)],
            "photo_ids": [Command.link(self.photo.id)],
            "forward_ids": [Command.create({"body_id": 1})],
            "reply_photo_ids": [Command.link(file.id)],
            "answer_ids": [Command.link(answer.id)],
        }.items():
            with self.subTest(field=name):
                with self.assertRaises(AccessError):
                    clerk.create({**values, name: commands})
                clerk.with_context(**{f"default_{name}": commands}).create({**values})
        clerk.with_context(default_state="closed").create({**values})
        self.assertFalse(clerk.search([("state", "=", "closed"), ("description", "=", "New one")]))
        self.assertEqual(secret.routed_by_id, self.user_dispatcher)
        self.assertEqual((line.feedback_id, self.photo.feedback_id), (secret, self.feedback))
        sent = clerk.create({**values, "message_line_ids": [], "answer_ids": [Command.create({"name": "Where?"})]})
        self.assertEqual(sent.answer_ids.name, "Where?", "as the form sends it")

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_portal_cannot_reach_assignee_unit_or_actions(self):
        for user in (self.user_portal_a, self.user_portal_b, self.user_public):
            feedback = self.feedback.with_user(user)
            for vals in ({"user_id": user.id}, {"unit_id": self.other_unit.id}, {"description": "changed"}):
                with self.assertRaises(AccessError):
                    feedback.write(vals)
            for action in ("action_receive", "action_start", "action_take", "action_send_reply", "action_add_note"):
                with self.subTest(user=user.login, action=action), self.assertRaises(AccessError):
                    getattr(feedback, action)()
            with self.assertRaises(AccessError):
                feedback.message_post(body="I am the ward")

    def test_auditor_and_area_head_cannot_act(self):
        for user in (self.user_auditor, self.user_area_head, self.user_other_handler):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.feedback.with_user(user).action_take()

    def test_hidden_name(self):
        self.assertEqual(
            self.feedback.with_user(self.user_handler).reporter_name, self.resident_a.name, "who handles it may know"
        )
        for user in (self.user_area_head, self.user_auditor):
            feedback = self.feedback.with_user(user)
            self.assertNotIn(self.resident_a.name, feedback.reporter_name)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                feedback.read(["partner_id"])
            with self.assertRaises(AccessError):
                feedback.search([("partner_id", "=", self.resident_a.partner_id.id)])

    def test_an_export_tells_no_hidden_name(self):
        """A spreadsheet is one more list: who may not read the name does not get it there, and no address or number."""
        self.feedback.contact_phone = "+84905123456"
        for user in (self.user_area_head, self.user_auditor):
            user.group_ids = [Command.link(self.env.ref("base.group_allow_export").id)]
            feedback = self.feedback.with_user(user)
            with self.subTest(user=user.login):
                rows = feedback.export_data(["number", "reporter_name", "description"])["datas"]
                self.assertEqual(rows[0][0], self.feedback.number)
                self.assertNotIn(self.resident_a.name, str(rows))
                for hidden in (["partner_id/name", "contact_name"], ["contact_name"], ["contact_phone"]):
                    with self.assertRaises(AccessError):
                        feedback.export_data(hidden)

    def test_no_maker_and_no_author_names_a_reporter_who_was_signed_in(self):
        """A hidden name shows neither in who made a row nor in who wrote in the chatter."""
        sender, other = self.user_portal_a, self.user_portal_b
        feedback, _created = self.env["kdc.feedback"].with_user(sender)._submit(
            {
                "company_id": self.company.id, "category_id": self.category.id, "description": "Broken",
                "area_id": self.group_a.id, "channel": "portal", "privacy": "hidden",
            },
            partner=sender.partner_id, photos=[picture()],
        )  # fmt: skip
        feedback = feedback.with_env(self.env)
        # As the pages do: in superuser mode, in the name of whoever is signed in.
        own, followed = feedback.with_user(sender).sudo(), feedback.with_user(other).sudo()
        feedback._staff_ask("Where?")
        own._reporter_message("At the gate", [picture()])
        followed._follow(other.partner_id, "Me too", [picture()])
        followed._take_update("Still broken")
        feedback._staff_finish("Repaired")
        own._reporter_dispute("Not at all", [picture()])
        outsiders = sender | other
        self.assertTrue(feedback.activity_ids)
        self.assertFalse(feedback.activity_ids.create_uid & outsiders)
        feedback._staff_finish("Repaired again")
        own._reporter_confirm(4, "Good")
        followed._unfollow(other.partner_id)
        self.env.flush_all()
        self.env.invalidate_all()
        rating = self.env["rating.rating"].search(
            [("res_model", "=", feedback._name), ("res_id", "=", feedback.id)]
        )
        rows = (
            feedback, feedback.message_line_ids, feedback.photo_ids, feedback.pause_ids, feedback.message_ids, rating,
        )  # fmt: skip
        for records in rows:
            with self.subTest(records=records._name):
                self.assertTrue(records)
                self.assertFalse((records.create_uid | records.write_uid) & outsiders)
        self.assertFalse(feedback.message_ids.author_id & outsiders.partner_id)
        for reader in (self.user_area_head, self.user_auditor):
            for records in rows[:3]:
                found = records.with_user(reader).search_read(
                    [("id", "in", records.ids)], ["create_uid", "write_uid"]
                )
                with self.subTest(reader=reader.login, records=records._name):
                    self.assertTrue(found)
                    makers = {row[name][0] for row in found for name in ("create_uid", "write_uid")}
                    self.assertFalse(makers & set(outsiders.ids))

    def test_the_chatter_is_for_those_who_handle(self):
        named = self.resident_b.partner_id | (self.user_auditor | self.user_dispatcher).partner_id
        handled = self.feedback.with_user(self.user_handler)
        message = handled.message_post(body="Careful", message_type="comment", partner_ids=named.ids)
        self.assertEqual(message.notified_partner_ids, self.user_dispatcher.partner_id)
        file = self.env["ir.attachment"].create(
            {"name": "letter.txt", "raw": b"x", "res_model": self.feedback._name, "res_id": self.feedback.id}
        )
        readers = {"user_dispatcher", "user_handler"}
        for role in ROLES:
            for record in (message, file):
                with self.subTest(role=role, record=record):
                    found = self._found(record.with_user(getattr(self, role)))
                    self.assertEqual(found, role in readers)

    def test_who_works_for_two_wards_tells_colleagues_of_one(self):
        elsewhere = self.env["res.company"].create({"name": "Phường Khác"})
        self.user_dispatcher.company_ids |= elsewhere
        both = self.feedback.with_user(self.user_dispatcher)
        both = both.with_context(allowed_company_ids=(elsewhere | self.company).ids)
        colleague = self.user_handler.partner_id
        self.assertEqual(both.message_post(body="See", partner_ids=colleague.ids).notified_partner_ids, colleague)
        self.feedback.user_id = False
        both.user_id = self.user_handler
        self.assertIn(self.user_handler, self.feedback.activity_ids.user_id)
        self.assertTrue(is_open_to(both, self.user_handler, "write"))
        self.assertFalse(is_open_to(both, self.user_other_handler, "write"))

    def test_what_is_to_be_done_is_seen_by_all_who_see_the_feedback(self):
        self.feedback.activity_schedule("mail.mail_activity_data_todo", user_id=self.user_dispatcher.id, summary="Call")
        for role in ("user_handler", "user_auditor"):
            with self.subTest(role=role):
                seen = self.feedback.with_user(getattr(self, role))
                self.assertIn("Call", seen.activity_ids.mapped("summary"))
                seen.web_read({"activity_ids": {"fields": {"summary": {}}}})

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_the_link_that_acts_is_not_for_those_whose_work_is_judged(self):
        for role in ("user_dispatcher", "user_handler", "user_auditor"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.feedback.with_user(getattr(self, role)).read(["follow_token"])
        shown = self.feedback.with_user(self.user_handler).action_show_link()
        self.assertIn(self.feedback.follow_token, shown["params"]["message"])
        note = self.feedback.message_line_ids.sorted("id")[-1:]
        self.assertEqual((note.kind, note.author_id), ("note", self.user_handler))
        for role in ("user_other_handler", "user_auditor", "user_area_head", "user_portal_a"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.feedback.with_user(getattr(self, role)).action_show_link()

    def test_the_board_is_the_reporters_choice(self):
        refused = {
            "portal": ("user_handler", "user_dispatcher"), "guest": ("user_handler", "user_dispatcher"),
            "email": ("user_handler",), "phone": (),
        }  # fmt: skip
        for channel, roles in refused.items():
            for role in ("user_handler", "user_dispatcher"):
                private = self._send(channel=channel, is_private=True).with_user(getattr(self, role))
                with self.subTest(channel=channel, role=role):
                    if role in roles:
                        with self.assertRaises(UserError):
                            private.is_private = False
                    else:
                        private.is_private = False
                        self.assertFalse(private.is_private)
                    private.is_private = True

    def test_what_the_ward_took_off_the_board_the_ward_puts_back(self):
        """Not every handler, never what the reporter chose, and its chatter says who did what."""
        colleague = self._create_user("kdc_colleague", "kdc_feedback.group_handler")
        second = self._create_user("kdc_second", "kdc_feedback.group_handler")
        self.unit.member_ids = colleague | second
        feedback = self._send()
        hidden = feedback.with_user(colleague).with_context(tracking_disable=False)
        for who in (colleague, self.user_handler, self.user_dispatcher):
            hidden.is_private = True
            self.env.cr.precommit.run()
            self.assertEqual(feedback.private_by_id, colleague)
            with self.assertRaises(UserError):
                feedback.with_user(second).is_private = False
            with self.assertRaises(AccessError):
                feedback.with_user(second).private_by_id = second
            feedback.with_user(who).with_context(tracking_disable=False).is_private = False
            self.assertFalse(feedback.is_private or feedback.private_by_id)
            self.env.cr.precommit.run()
        changes = feedback.message_ids.tracking_value_ids.filtered(lambda one: one.field_id.name == "is_private")
        self.assertTrue(changes)
        self.assertIn(colleague.partner_id, changes.mail_message_id.author_id)
        feedback.with_user(self.user_dispatcher)._staff_route_out()
        self.assertEqual(feedback.private_by_id, self.user_dispatcher, "wrongly routed out is not private for ever")
        self.assertFalse(self._send(is_private=True).private_by_id, "the reporter chose")

    def test_nothing_is_mailed_to_who_may_not_read_it(self):
        """An auditor or a stranger follows, a bare address is named: the note goes to those who handle it."""
        note = self.env.ref("mail.mt_note")
        strangers = self.user_other_handler.partner_id | self.user_auditor.partner_id | self.resident_b.partner_id
        followed = self.feedback.with_user(self.user_dispatcher)
        followed.message_subscribe((strangers | self.user_handler.partner_id).ids, subtype_ids=note.ids)
        message = followed.message_post(body="Careful", outgoing_email_to="somebody@example.com")
        self.assertEqual(message.notified_partner_ids, self.user_handler.partner_id)
        notice = followed.message_notify(partner_ids=strangers.ids, body="Look")
        self.assertEqual(notice.notified_partner_ids, self.user_auditor.partner_id, "who reads it may be called to it")

    def test_ratings_are_for_those_who_handle(self):
        """Odoo opens ratings to every employee; these tell who complained and how they judged the work."""
        self.feedback.user_id = self.user_handler
        self.feedback._staff_finish("Done")
        self.feedback._reporter_confirm(2, "Too late")
        rating = self.env["rating.rating"].search([("res_model", "=", "kdc.feedback")], order="id desc", limit=1)
        self.assertEqual((rating.feedback, rating.partner_id.id), ("Too late", False), "the name is hidden")
        self.assertFalse(rating.access_token, "whoever has the key rates again")
        readers = {"user_dispatcher", "user_handler", "user_auditor"}
        for role in ROLES:
            user = getattr(self, role)
            ratings = self.env["rating.rating"].with_user(user)
            found = ratings.has_access("read") and rating in ratings.search([]).sudo()
            with self.subTest(role=role):
                self.assertEqual(bool(found), role in readers)
                with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                    rating.with_user(user).write({"rating": 5})

    def test_photos_of_notes_are_not_for_the_head_of_the_group(self):
        self.photo.message_id = self.note
        self.assertFalse(self.photo.with_user(self.user_area_head).has_access("read"))
        self.assertTrue(self.photo.with_user(self.user_handler).has_access("read"))

    def test_private_feedback_is_not_for_the_head_of_the_group(self):
        private = self._send(is_private=True)
        self.assertFalse(self._found(private.with_user(self.user_area_head)))
        self.assertTrue(self._found(private.with_user(self.user_handler)))

    def test_other_ward_sees_nothing(self):
        company = self.env["res.company"].create({"name": "Phường Khác"})
        stranger = self._create_user("kdc_stranger", "kdc_feedback.group_dispatcher")
        stranger.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        self.assertFalse(self._found(self.feedback.with_user(stranger)))

    def test_nobody_hands_a_record_to_another_ward(self):
        far = self.env["res.company"].create({"name": "Phường Khác"})
        dispatcher = {"user": self.user_dispatcher}
        category = self.env["kdc.feedback.category"].with_user(**dispatcher).create(
            {"name": "Chợ", "code": "CHO", "parent_id": self.category.parent_id.id}
        )
        self.assertEqual(category.company_id, self.company, "a list of this ward, now that there are two")
        for record in (category, self.unit, self.company.kdc_feedback_unit_id):
            with self.subTest(model=record._name), self.assertRaises(AccessError):
                record.with_user(**dispatcher).company_id = far
        question = self.env["kdc.feedback.question"].create({"name": "Ở đâu?", "category_id": category.id})
        with self.assertRaises(AccessError), self.cr.savepoint():
            question.with_user(**dispatcher).category_id = self.category
        for record in (self.category, self.env["kdc.feedback.clock"].search([("company_id", "=", False)], limit=1)):
            with self.subTest("general", model=record._name):
                self.assertFalse(record.with_user(**dispatcher).has_access("write"))
                self.assertTrue(record.with_user(self.env.ref("base.user_admin")).has_access("write"))

    def test_chatter_is_internal_whatever_is_asked(self):
        message = self.feedback.with_user(self.user_handler).message_post(
            body="Careful with this one", subtype_xmlid="mail.mt_comment", message_type="comment"
        )
        self.assertTrue(message.is_internal or message.subtype_id.internal)
        self.assertFalse(message.notified_partner_ids)

    def test_never_deleted(self):
        with self.assertRaises(UserError):
            self.feedback.unlink()

    def test_clerk_enters_a_call(self):
        feedback = (
            self.env["kdc.feedback"]
            .with_user(self.user_dispatcher)
            .create(
                {
                    "description": "A caller says the lamp is out",
                    "category_id": self.env.ref("kdc_feedback.category_lamp").id,
                    "channel": "phone",
                    "contact_name": "Bà Sáu",
                    "contact_phone": "0905123123",
                }
            )
        )
        self.assertEqual(feedback.reporter_name, "Bà Sáu")
        self.assertEqual(feedback.state, "new")


@tagged("post_install", "-at_install")
class TestFeedbackRpc(FeedbackCommon, HttpCase):
    """The same questions through the door a browser uses."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.feedback = cls._send()
        cls.feedback._log_line("note", body="SECRET NOTE")
        cls.feedback.with_user(cls.user_handler).message_post(body="SECRET CHATTER", message_type="comment")

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model")
    def test_notes_are_out_of_reach_for_portal_users(self):
        for login in ("kdc_portal_a", "kdc_portal_b"):
            self.authenticate(login, login)
            for model in ("kdc.feedback", "kdc.feedback.message", "kdc.feedback.photo", "kdc.feedback.draft"):
                with self.subTest(login=login, model=model), self.assertRaisesRegex(Exception, "Access|access|quyền"):
                    self.make_jsonrpc_request(
                        f"/web/dataset/call_kw/{model}/search_read",
                        {"model": model, "method": "search_read", "args": [[]], "kwargs": {"fields": ["id"]}},
                    )
            messages = self.make_jsonrpc_request(
                "/web/dataset/call_kw/mail.message/search_read",
                {
                    "model": "mail.message",
                    "method": "search_read",
                    "args": [[("model", "=", "kdc.feedback")]],
                    "kwargs": {"fields": ["body"]},
                },
            )
            self.assertFalse(messages)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model")
    def test_the_follow_link_opens_no_chatter(self):
        token = self.feedback.sudo().follow_token
        for params in ({"token": token}, {"access_token": token}):
            try:
                result = self.make_jsonrpc_request(
                    "/mail/thread/messages",
                    {
                        "thread_model": "kdc.feedback",
                        "thread_id": self.feedback.id,
                        "fetch_params": {"limit": 30},
                        **params,
                    },
                )
            except Exception as error:
                result = error
            self.assertNotIn("SECRET", str(result))
            try:
                result = self.make_jsonrpc_request(
                    "/mail/chatter_fetch",
                    {"thread_model": "kdc.feedback", "thread_id": self.feedback.id, **params},
                )
            except Exception as error:
                result = error
            self.assertNotIn("SECRET", str(result))

    def test_a_file_chosen_for_a_reply_is_open_to_nobody_else(self):
        """From the moment it is chosen on, long before the form is saved."""
        self.authenticate("kdc_handler", "kdc_handler")
        sent = self.url_open(
            "/web/binary/upload_attachment",
            {"model": "kdc.feedback", "id": self.feedback.id, "csrf_token": http.Request.csrf_token(self)},
            files=[("ufile", ("yard.jpg", PIXEL, "image/jpeg"))],
        )
        upload = self.env["ir.attachment"].browse(sent.json()[0]["id"])
        self.assertTrue(upload.with_user(self.user_handler).has_access("read"))
        for user in (self.user_dispatcher, self.user_auditor, self.user_area_head):
            self.assertFalse(upload.with_user(user).has_access("read"), user.login)
