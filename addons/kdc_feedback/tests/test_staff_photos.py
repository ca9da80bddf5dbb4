import io

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from PIL import Image

from .common import FeedbackCommon
from .test_portal import picture


@tagged("post_install", "-at_install")
class TestStaffPhotos(FeedbackCommon):
    """Before and after seldom fit into one picture: the staff send several, with a result and with a reply."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls._send()

    def _uploads(self, count=2, user=None, **vals):
        files = self.env["ir.attachment"].with_user(user or self.user_handler)
        return files.create([{"name": f"{place}.jpg", "raw": picture(), **vals} for place in range(count)])

    def test_with_a_reply(self):
        case = self.case.with_user(self.user_handler)
        uploads = self._uploads(res_model="kdc.feedback", res_id=case.id)
        case.write({"reply_draft": "Half of it is done", "reply_photo_ids": uploads.ids})
        case.action_send_reply()
        reply = case.message_line_ids.filtered(lambda line: line.kind == "reply")
        self.assertEqual((len(reply.photo_ids), set(reply.photo_ids.mapped("kind"))), (2, {"after"}))
        self.assertFalse(uploads.exists(), "the files with place and name of the telephone are gone")
        self.assertFalse(case.reply_photo_ids)

    def test_unsent_photos_are_closed_clean_and_end_with_the_case(self):
        """Files of the case would be open to all who handle it, with the place in them."""
        case = self.case.with_user(self.user_handler)
        exif = Image.Exif()
        exif[0x0110] = "Telephone of Hoa"
        stream = io.BytesIO()
        Image.new("RGB", (8, 8)).save(stream, "JPEG", exif=exif)
        upload = self._uploads(1, raw=stream.getvalue(), res_model="kdc.feedback", res_id=case.id)
        self.assertTrue(upload.with_user(self.user_dispatcher).has_access("read"))
        case.reply_photo_ids = upload
        self.assertNotIn(b"Hoa", upload.raw)
        for user in (self.user_auditor, self.user_area_head, self.user_dispatcher):
            self.assertFalse(upload.with_user(user).has_access("read"))
        self.assertTrue(case.reply_photo_ids)
        case.action_start()
        self.assertTrue(upload.exists())
        case._staff_finish("Repaired")
        self.assertFalse(upload.exists())

    def test_with_a_result(self):
        dialogue = self.env["kdc.feedback.step"].with_user(self.user_handler)
        values = {"step": "finish", "feedback_ids": self.case.ids, "body": "Repaired"}
        dialogue.create({**values, "more_photo_ids": self._uploads(3).ids}).action_apply()
        self.assertEqual(len(self.case.photo_ids.filtered(lambda photo: photo.kind == "after")), 3)

    def test_what_is_refused(self):
        case = self.case.with_user(self.user_handler)
        case.reply_draft = "See the pictures"
        with self.assertRaisesRegex(UserError, "5"):
            case.reply_photo_ids = self._uploads(6)
            case.action_send_reply()
        with self.assertRaisesRegex(UserError, "not a photo"):
            case.reply_photo_ids = self._uploads(1, raw=b"no picture")
            case.action_send_reply()
        foreign = self._uploads(1, self.user_other_handler)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_attachment"):
            case.reply_photo_ids = foreign
            case.action_send_reply()
        self.assertTrue(foreign.exists())
