import base64

from odoo.addons.kdc_residents.tests.leaks import NOISE, SECRET, LeakCase, picture
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import FeedbackCommon


@tagged("post_install", "-at_install")
class TestFeedbackLeaks(FeedbackCommon, LeakCase):
    """A feedback of household B in group B before household A, the head of group A and a guest."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.feedback = cls._send(
            partner=cls.resident_b.partner_id, area_id=cls.group_b.id, description=SECRET, location=SECRET
        )
        cls.own = cls._send()
        cls.env.flush_all()

    def test_conversation(self):
        for token in (self.own.follow_token, self.own._portal_ensure_token()):
            self.assert_conversation_closed(self.feedback, "kdc_dispatcher", token)

    def test_photo(self):
        photo = self.env["kdc.feedback.photo"].create(
            {"feedback_id": self.feedback.id, "image": base64.b64encode(picture())}
        )
        for field in ("image", "thumbnail"):
            self.assert_field_closed(photo, field, "kdc_dispatcher")
        token = self.own.follow_token
        for login in self.outsiders:
            self.become(login)
            for url in (
                f"/my/feedback/{self.feedback.id}",
                f"/my/feedback/{self.feedback.id}/photo/{photo.id}/full",
                f"/my/feedback/{self.own.id}/photo/{photo.id}/full",
                f"/feedback/follow/{token}/photo/{photo.id}/full",
                f"/my/feedback/draft/{token}/photo/{photo.id}",
            ):
                with self.subTest(who=login, url=url), mute_logger(*NOISE):
                    response = self.url_open(url, allow_redirects=False)
                    self.assertIn(response.status_code, (303, 404))
                    self.assert_clean(response.text)
