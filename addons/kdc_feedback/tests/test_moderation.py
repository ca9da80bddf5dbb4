import base64
import io

from odoo.addons.kdc_residents.tests.leaks import picture
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from PIL import Image

from .common import FeedbackCommon

SECRET = "KDC-SECRET-MODERATED"


@tagged("post_install", "-at_install")
class TestModeration(FeedbackCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.feedback = cls._send(description=f"The pavement is broken, says {SECRET}")
        cls.feedback._staff_receive()
        cls.photo = cls.env["kdc.feedback.photo"].create(
            {"feedback_id": cls.feedback.id, "image": base64.b64encode(picture())}
        )
        cls.own = cls.feedback.with_user(cls.user_dispatcher)

    def _dialogue(self, what, user=None, **values):
        wizard = self.env["kdc.feedback.moderate"].with_user(user or self.user_dispatcher)
        return wizard.create({"feedback_id": self.feedback.id, "what": what, "reason": "Names somebody", **values})

    def test_hide_and_show(self):
        self.assertTrue(self.feedback.is_public)
        self._dialogue("hide").action_apply()
        self.assertFalse(self.feedback.is_public)
        self._dialogue("show").action_apply()
        self.assertTrue(self.feedback.is_public)
        log = self.feedback.moderation_ids
        self.assertEqual(log.mapped("action"), ["show", "hide"])
        self.assertEqual(log.user_id, self.user_dispatcher)

    def test_a_redacted_text_is_gone_everywhere_but_in_the_log(self):
        self._dialogue("text", name="Pavement", description="The pavement is broken").action_apply()
        self.env.flush_all()
        self.assertEqual(self.feedback.description, "The pavement is broken")
        for name in ("name", "description", "search_key", "board_key", "display_name"):
            self.assertNotIn(SECRET.lower(), (self.feedback[name] or "").lower(), name)
        log = self.own.moderation_ids.filtered(lambda row: row.field_name == "description")
        self.assertIn(SECRET, log.original_text)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
            self.feedback.with_user(self.user_handler).read(["moderation_ids"])
        log.action_restore()
        self.assertIn(SECRET, self.feedback.description)
        with self.assertRaises(UserError):
            log.action_restore()

    def test_originals_come_back_in_order(self):
        self._dialogue("text", description="First redaction").action_apply()
        self._dialogue("text", description="Second redaction").action_apply()
        second, first = self.own.moderation_ids.filtered(lambda row: row.field_name == "description")
        with self.assertRaises(UserError):
            first.action_restore()
        second.action_restore()
        first.action_restore()
        self.assertIn(SECRET, self.feedback.description)

    def test_an_answer_of_the_ward(self):
        line = self.feedback._log_line("reply", body=SECRET)
        self._dialogue("answer", line_id=line.id, body="Dear resident").action_apply()
        self.assertEqual(line.body, "Dear resident")
        note = self.feedback._log_line("note", body="x")
        with self.assertRaises(UserError):
            self._dialogue("answer", line_id=note.id, body="y").action_apply()

    def test_part_of_a_photo(self):
        before = self.photo.image
        wizard = self._dialogue("photo", photo_id=self.photo.id, mode="cover", boxes=[[0, 0, 50, 100]])
        self.assertTrue(wizard.preview)
        self.assertEqual(self.photo.image, before, "a preview changes nothing")
        wizard.action_apply()
        for field in ("image", "thumbnail"):
            image = Image.open(io.BytesIO(base64.b64decode(self.photo[field])))
            width, height = image.size
            self.assertLess(max(image.getpixel((width // 8, height // 2))), 20, field)
            self.assertGreater(max(image.getpixel((width * 7 // 8, height // 2))), 100, field)
            self.assertFalse(image.getexif())
        log = self.own.moderation_ids
        self.assertEqual(log.original_image, before)
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", log._name), ("res_id", "=", log.id), ("res_field", "=", "original_image")]
        )
        for user in (self.user_handler, self.user_auditor, self.user_area_head, self.user_portal_a):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
                attachment.with_user(user).read(["datas"])
        log.action_restore()
        self.assertEqual(self.photo.image, before)

    def test_several_parts_are_drawn_and_seen_before_saving(self):
        with Form(self.env["kdc.feedback.moderate"].with_user(self.user_dispatcher).with_context(
            active_model="kdc.feedback", active_id=self.feedback.id
        )) as dialogue:  # fmt: skip
            dialogue.what, dialogue.reason, dialogue.mode = "photo", "Two faces", "cover"
            self.assertFalse(dialogue.preview)
            dialogue.boxes = [[0, 0, 20, 100]]
            once = dialogue.preview
            dialogue.boxes = [[0, 0, 20, 100], [80, 0, 100, 100]]
            self.assertNotEqual(dialogue.preview, once)
            dialogue.boxes = [[0, 0, 20, 100]]
            self.assertEqual(dialogue.preview, once, "undone before saving")
            dialogue.boxes = [[0, 0, 20, 100], [80, 0, 100, 100]]
        wizard = dialogue.record
        wizard.action_apply()
        image = Image.open(io.BytesIO(base64.b64decode(self.photo.image)))
        width, height = image.size
        for part, dark in ((0.1, True), (0.5, False), (0.9, True)):
            self.assertEqual(max(image.getpixel((int(width * part), height // 2))) < 20, dark, part)
        self.assertEqual(len(self.own.moderation_ids), 1, "one original for all of them")

    def test_an_original_whose_photo_is_gone(self):
        self._dialogue("photo", photo_id=self.photo.id, boxes=[[0, 0, 50, 50]]).action_apply()
        log = self.own.moderation_ids
        self.photo.unlink()
        with self.assertRaisesRegex(UserError, "photo"):
            log.action_restore()

    def test_a_hidden_photo_is_not_public(self):
        self.assertIn(self.photo, self.feedback._public_photos())
        self._dialogue("photo_hide", photo_id=self.photo.id).action_apply()
        self.assertNotIn(self.photo, self.feedback._public_photos())
        self._dialogue("photo_show", photo_id=self.photo.id).action_apply()
        self.assertIn(self.photo, self.feedback._public_photos())

    def test_what_makes_no_sense(self):
        for values in (
            {"what": "text", "description": " "},
            {"what": "hide", "reason": "  "},
            {"what": "photo", "photo_id": self.photo.id},
            {"what": "photo", "photo_id": self.photo.id, "boxes": [[90, 0, 10, 50]]},
            {"what": "photo", "photo_id": self.photo.id, "boxes": [[0, 0, 50, 400]]},
            {"what": "photo", "photo_id": self.photo.id, "boxes": [[0, 0, 50]]},
            {"what": "photo", "photo_id": self.photo.id, "boxes": ["all"]},
            {"what": "photo", "photo_id": self.photo.id, "boxes": [[0, 0, 50, 50]] * 21},
            {"what": "photo", "photo_id": False, "boxes": [[0, 0, 50, 50]]},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                what = values.pop("what")
                self._dialogue(what, **values).action_apply()

    def test_a_photo_of_another_feedback(self):
        other = self.env["kdc.feedback.photo"].create(
            {"feedback_id": self._send().id, "image": base64.b64encode(picture())}
        )
        with self.assertRaises(UserError):
            self._dialogue("photo_hide", photo_id=other.id).action_apply()

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_the_dialogue_tells_nothing_of_another_ward(self):
        """It computes stored fields as the system: no id by RPC may open what the user cannot read."""
        self.feedback.write({"contact_phone": "+84905123123"})
        answer = self.feedback._log_line("reply", body=SECRET)
        ward = self.env["res.company"].create({"name": "Phường Khác"})
        stranger = self._create_user("kdc_stranger", "kdc_feedback.group_dispatcher")
        stranger.write({"company_ids": [(6, 0, ward.ids)], "company_id": ward.id})
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self.feedback.with_user(stranger)._bannable()
        texts = dict.fromkeys(("name", "description", "location"), "x")
        given = {**texts, "dwelling_id": False, "latitude": 1.0, "longitude": 1.0}
        own = self._send(company_id=ward.id, area_id=False).with_user(stranger)
        for values in (
            {"feedback_id": self.feedback.id},
            {"feedback_id": self.feedback.id, **given},
            {"feedback_id": own.id, "line_id": answer.id},
            {"feedback_id": own.id, "line_id": answer.id, "body": "x"},
            {"feedback_id": own.id, "photo_id": self.photo.id},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self._dialogue("text", stranger, **values)
        dialogue = self.env["kdc.feedback.moderate"].with_user(stranger)
        for name in ("description", "ban_known"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                dialogue.onchange({"feedback_id": self.feedback.id}, ["feedback_id"], {"feedback_id": {}, name: {}})
        mine = self._dialogue("text", stranger, feedback_id=own.id)
        self.assertEqual(mine.description, own.description)
        with self.assertRaises(AccessError):
            mine.feedback_id = self.feedback.id

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_only_dispatchers_moderate(self):
        log = self.feedback._log_moderation("hide", "because")
        for role in ("user_handler", "user_auditor", "user_area_head", "user_officer", "user_staff", "user_portal_a"):
            user = getattr(self, role)
            with self.subTest(role=role):
                for operation in ("read", "write", "create", "unlink"):
                    self.assertFalse(log.with_user(user).has_access(operation))
                with self.assertRaises(AccessError):
                    self._dialogue("hide", user=user).action_apply()
                for call in (
                    lambda one: one._moderate_board(True, "x"),
                    lambda one: one._moderate_texts({"name": "x"}, "x"),
                    lambda one: one.write({"is_hidden": True}),
                ):
                    with self.assertRaises(AccessError):
                        call(self.feedback.with_user(user))
        dispatcher = log.with_user(self.user_dispatcher)
        self.assertTrue(dispatcher.has_access("read"))
        for operation in ("write", "create", "unlink"):
            self.assertFalse(dispatcher.has_access(operation))
        self.assertFalse(self.feedback.is_hidden)
