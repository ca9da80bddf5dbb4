from datetime import timedelta

from freezegun import freeze_time
from odoo import Command, fields
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ReportCommon


@tagged("post_install", "-at_install")
class TestMarketReport(ReportCommon):
    """A report about the market in the feedback inbox (M-20)."""

    def test_a_report_is_private_feedback_of_its_reporter(self):
        for subject in (self.fish, self.order):
            report, feedback = self._report(subject)
            with self.subTest(subject._name):
                self.assertEqual((len(feedback), feedback.partner_id), (1, self.buyer))
                self.assertTrue(feedback.number)
                self.assertEqual((feedback.unit_id, feedback.area_id), (self.unit, self.group_a))
                self.assertTrue(feedback.is_private)
                self.assertEqual(feedback.market_deadline, report.deadline)
                self.assertLessEqual(report.deadline, fields.Datetime.now() + timedelta(hours=24))
                self.assertEqual(
                    self._report(subject, "other", "Nữa"), (report, feedback), "a second one changes nothing"
                )

    def test_it_is_on_no_board_whatever_is_set(self):
        _report, feedback = self._report(self.order)
        feedback.action_receive()
        self.assertFalse(feedback.is_public)
        self.market_category.is_public = True
        with self.assertRaises(UserError):
            feedback.is_private = False
        self.env.cr.execute("UPDATE kdc_feedback SET is_private = FALSE WHERE id = %s", feedback.ids)
        feedback.invalidate_recordset()
        feedback._compute_is_public()
        self.assertFalse(feedback.is_public)
        feedback._follow(self.resident_a.partner_id)
        self.assertFalse(
            self.env["kdc.feedback"].search(self.env["kdc.feedback"]._followed_by(self.resident_a.partner_id))
        )

    def test_the_handler_sees_the_lines_and_no_more_of_the_shop(self):
        _report, feedback = self._report(self.order)
        html = feedback.with_user(self.user_handler).market_html
        for text in (self.order.name, self.fish.name, "370.000", self.shop_a.name):
            self.assertIn(text, html)
        for text in (self.shop_a.bank_account, self.shop_a.tax_number, self.order.kdc_buyer_phone):
            self.assertNotIn(text, html)
        with self.assertRaises(AccessError):
            feedback.with_user(self.user_other_handler).read(["market_html"])
        for model in ("kdc.shop", "sale.order", "kdc.market.report"):
            with self.subTest(model), mute_logger("odoo.addons.base.models.ir_model"):
                self.assertFalse(self.env[model].with_user(self.user_handler).has_access("read"))
        with self.assertRaises(AccessError):
            feedback.with_user(self.user_auditor).read(["market_html"])

    def test_a_post_on_the_board_has_no_shop_to_ask(self):
        post = self.env["kdc.board.post"].create(
            {
                "kind": "lost", "name": "Chùm chìa khóa", "text": "Rơi ở chợ", "company_id": self.company.id,
                "partner_id": self.user_portal_b.partner_id.id, "area_id": self.group_b.id,
            }
        )  # fmt: skip
        report, feedback = self._report(post)
        self.assertEqual(feedback.area_id, self.group_b)
        self.assertIn("Chùm chìa khóa", feedback.with_user(self.user_handler).market_html)
        with self.assertRaises(UserError):
            report.with_user(self.user_moderator)._kdc_ask_shop("?")

    def test_either_desk_ends_both(self):
        report, feedback = self._report()
        before = self._notices(self.buyer)
        report.with_user(self.user_moderator)._kdc_take_down("Ảnh mượn của nơi khác")
        self.assertEqual((report.state, feedback.state), ("taken_down", "done"))
        self.assertIn("Ảnh mượn", feedback.message_line_ids.filtered(lambda line: line.kind == "result").body)
        self.assertEqual(len(self._notices(self.buyer) - before), 1, "told once")
        report, feedback = self._report(self.order)
        feedback.with_user(self.user_handler)._staff_finish("Gian hàng đã giao bù")
        self.assertEqual((report.state, report.outcome), ("settled", "Gian hàng đã giao bù"))
        self.assertTrue(report.done_date)
        with self.assertRaises(UserError):
            report.with_user(self.user_moderator)._kdc_settle("Nữa")

    def test_forbidden_goods_wait_for_who_may_take_them_down(self):
        """A handler answers; the 24 hours of the law run on until a moderator has looked."""
        report, feedback = self._report(kind="forbidden")
        feedback.with_user(self.user_handler)._staff_finish("Đã nhắc nhở")
        self.assertEqual((feedback.state, report.state, report.done_date), ("done", "open", False))
        report.with_user(self.user_moderator)._kdc_take_down("Hàng cấm")
        self.assertEqual(report.state, "taken_down")

    def test_a_handler_ends_no_report_about_his_own_shop(self):
        self.shop_a.member_ids = [Command.create({"user_id": self.both.id, "role": "seller"})]
        for kind in ("forbidden", "false"):
            report, feedback = self._report(kind=kind)
            feedback.with_user(self.both)._staff_finish("Không sao cả")
            self.assertEqual(report.state, "open", "another moderator decides")
            report.with_user(self.user_moderator)._kdc_settle("Đã xem")

    def test_a_decision_ends_what_waits_for_another_authority(self):
        report, feedback = self._report()
        body = self.env["kdc.feedback.body"].create({"name": "Quản lý thị trường", "company_id": self.company.id})
        feedback._staff_receive()
        feedback._staff_forward(body, today_here(self.shop_a), "Của cơ quan khác")
        report.with_user(self.user_moderator)._kdc_settle("Đã xem")
        self.assertEqual((feedback.state, feedback.forward_ids.state), ("done", "recalled"))

    def test_a_moderator_still_decides_when_the_feedback_has_ended(self):
        report, feedback = self._report()
        master = self._send()
        feedback._staff_merge(master)
        report.with_user(self.user_moderator)._kdc_settle("Đã xem")
        self.assertEqual((report.state, feedback.state), ("settled", "merged"))

    def test_the_answer_time_of_the_shop_is_measured(self):
        report, feedback = self._report()
        asked = fields.Datetime.now()
        with freeze_time(asked):
            report.with_user(self.user_moderator)._kdc_ask_shop("Hàng này của nhà làm?")
        with freeze_time(asked + timedelta(minutes=150)):
            report.invalidate_recordset(["shop_hours"])
            self.assertAlmostEqual(report.shop_hours, 2.5, 1)
            report._kdc_answer_shop("Dạ nhà làm")
        with freeze_time(asked + timedelta(days=1)):
            report.invalidate_recordset(["shop_hours"])
            self.assertAlmostEqual(report.shop_hours, 2.5, 1)
        self.assertIn("2,5", feedback.with_user(self.user_handler).market_html)
        self.assertFalse(
            feedback.message_line_ids.filtered(lambda line: line.kind == "reply"), "not sent to the reporter"
        )
        self.assertTrue(self._notices(self.user_portal_a.partner_id))
        for step in (
            lambda: report._kdc_answer_shop("Khác"),
            lambda: report.with_user(self.user_moderator)._kdc_ask_shop("Nữa?"),
        ):
            with self.assertRaises(UserError):
                step()
        with self.assertRaises(AccessError):
            report.with_user(self.user_handler)._kdc_ask_shop("?")
        with self.assertRaises(AccessError):
            report.with_user(self.user_moderator).sudo(False).shop_answer = "x"

    def test_the_dialogue_asks_the_shop(self):
        report, _feedback = self._report()
        action = report.with_user(self.both).action_ask_shop()
        wizard = self.env[action["res_model"]].with_user(self.both).browse(action["res_id"])
        wizard.reason = "Hàng này của nhà làm?"
        wizard.action_apply()
        self.assertEqual(report.shop_question, "Hàng này của nhà làm?")

    def test_the_link_is_not_made_by_hand_and_goes_with_the_name(self):
        report, feedback = self._report()
        with self.assertRaises(AccessError):
            feedback.with_user(self.user_dispatcher).market_report_id = False
        with self.assertRaises(AccessError):
            self.env["kdc.feedback"].with_user(self.user_dispatcher).create(
                {"description": "Tự gắn vào báo cáo", "market_report_id": report.id}
            )
        feedback.write({"anonymised_at": fields.Datetime.now()})
        self.assertFalse(feedback.market_report_id)

    def test_the_form_of_residents_does_not_offer_it(self):
        groups = [group for group, _categories in self.env["kdc.feedback.category"]._choices(self.company)]
        self.assertTrue(groups)
        self.assertNotIn(self.market_category, groups)
