from odoo import Command
from odoo.tests import tagged

from .common import FeedbackCommon


@tagged("post_install", "-at_install")
class TestAreaHistory(FeedbackCommon):
    def test_open_feedback_moves_and_closed_stays(self):
        closed, loose = self._send(), self._send(description="The lamp in the alley is dark since Monday")
        housed = self._send(
            dwelling_id=self.dwelling_b.id, area_id=self.group_b.id, description="Water on the road here"
        )
        closed.state = "closed"
        rule = self.env["kdc.feedback.assignment"].create(
            {"area_id": self.group_a.id, "unit_id": self.other_unit.id, "company_id": self.company.id}
        )
        place = self.env["kdc.feedback.place"].create({"name": "Market", "area_id": self.group_a.id})
        wizard = self.env["kdc.area.merge"].with_user(self.user_officer).create({
            "area_ids": [Command.set((self.group_a | self.group_b).ids)], "name": "Tổ gộp", "date": "2026-11-01",
        })  # fmt: skip
        self.assertIn("2", wizard.preview)
        merged = self.env["kdc.area"].browse(wizard.action_confirm()["res_id"])
        self.assertEqual((loose | housed).area_id, merged)
        self.assertEqual(closed.area_id, self.group_a, "The past stays readable")
        taken = self.env["kdc.feedback.assignment"].search([("area_id", "=", merged.id)])
        self.assertEqual(taken.unit_id, self.other_unit)
        self.assertTrue(rule.exists())
        self.assertEqual(place.area_id, merged, "who reports something there now is sent to the right unit")
