from odoo.tests import tagged

from .common import FeedbackCommon


@tagged("post_install", "-at_install")
class TestStaffHomeOfFeedback(FeedbackCommon):
    def test_from_the_inbox_to_the_handler(self):
        before = self.check_home(self.user_dispatcher)
        feedback = self._send()
        self.assertEqual(
            self.check_home(self.user_dispatcher)["feedback_new"]["count"], before["feedback_new"]["count"] + 1
        )
        feedback.with_user(self.user_dispatcher).action_receive()
        feedback.write({"unit_id": self.unit.id, "user_id": self.user_handler.id})
        mine = self.check_home(self.user_handler)
        self.assertEqual(mine["feedback_mine_answered"]["count"], 1)
        self.assertNotIn("feedback_new", mine)
        self.assertEqual(self.check_home(self.user_other_handler)["feedback_mine_answered"]["count"], 0)

    def test_readers(self):
        for user in (self.user_area_head, self.user_auditor):
            self.assertIn("feedback_late", self.check_home(user))
        self.assertNotIn("feedback_late", self.check_home(self.user_officer))
