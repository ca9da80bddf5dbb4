from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo import fields, http
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..models import kdc_market_report
from ..models.kdc_home import REVIEWS
from ..models.kdc_shop_question import ARRIVED
from .common import MarketCommon


class VoiceCommon(MarketCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._order(cls.user_buyer, {cls.fish: 1})[cls.shop_a]
        for state in ("accepted", "ready", "handed_over"):
            cls.order._kdc_set_state(state, "shop")
        cls.Review = cls.env["kdc.shop.review"]
        cls.env.flush_all()

    def _done(self):
        self.order._kdc_set_state("done", "buyer")


@tagged("post_install", "-at_install")
class TestVoice(VoiceCommon):
    def test_only_a_finished_order_is_reviewed(self):
        with self.assertRaises(ValidationError):
            self.Review._kdc_write(self.order, 5, "Ngon")
        self._done()
        self.assertEqual(self.Review._kdc_write(self.order, 5, "Ngon").state, "pending")

    def test_checked_answered_once_changed_and_checked_again(self):
        self._done()
        review = self.Review._kdc_write(self.order, 5, "Cá tươi")
        self.assertEqual(self.shop_a._kdc_rating(), (None, 0), "nobody reads it before it was checked")
        with self.assertRaises(UserError):
            review._kdc_answer("Cảm ơn")
        with self.assertRaises(AccessError):
            review.with_user(self.user_portal_a).sudo().action_publish()
        self._read(review, "date").action_publish()
        self.assertEqual(self.shop_a._kdc_rating(), (5, 1))
        review._kdc_answer("Cảm ơn")
        with self.assertRaises(UserError):
            review._kdc_answer("Lần nữa")
        self._read(review, "answer_date").action_publish_answer()
        self.assertEqual(self.Review._kdc_write(self.order, 5, "Cá tươi").state, "published", "nothing changed")
        self.assertEqual(review._kdc_values()["answer"], "Cảm ơn")
        self.assertEqual(self.Review._kdc_write(self.order, 1, "Cá ươn"), review)
        self.assertEqual((review.state, self.shop_a._kdc_rating()), ("pending", (None, 0)))
        self.assertFalse(review.answer or review.answer_state, "nobody thanks for other words")
        review.with_user(self.user_moderator)._kdc_refuse("Lời nặng nề")
        self.assertEqual((review.state, review.reason), ("refused", "Lời nặng nề"))

    def test_moderators_do_not_write_evidence(self):
        self._done()
        review = self.Review._kdc_write(self.order, 2, "Giao trễ").with_user(self.user_moderator).sudo(False)
        for vals in ({"stars": 5}, {"text": "Tuyệt vời"}, {"answer": "Cảm ơn"}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                review.write(vals)
        report = self.env["kdc.market.report"]._kdc_report(self.fish, self.user_buyer.partner_id, "other", "x")
        report = report.with_user(self.user_moderator).sudo(False)
        later = fields.Datetime.now() + timedelta(days=9)
        for vals in ({"deadline": later}, {"done_date": later}, {"state": "settled"}, {"outcome": "x"}, {"text": "y"}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                report.write(vals)
        report._kdc_settle("Đã xem")
        self.assertEqual((report.state, report.outcome), ("settled", "Đã xem"))

    def test_the_answer_is_checked_too(self):
        self._done()
        review = self.Review._kdc_write(self.order, 2, "Giao trễ")
        self._read(review, "date").action_publish()
        review._kdc_answer("Chị Lan 12 Lê Lợi còn nợ 200 nghìn")
        self.assertFalse(review._kdc_values()["answer"], "nobody reads it before it was checked")
        self.assertIn(review, self.Review.search(REVIEWS))
        with self.assertRaises(AccessError):
            review.with_user(self.user_portal_a).sudo().action_publish_answer()
        with self.assertRaises(AccessError):
            review.with_user(self.user_portal_a).sudo()._kdc_refuse_answer("x")
        wizard = self.env["kdc.market.reason"].with_user(self.user_moderator)
        wizard = wizard.browse(review.with_user(self.user_moderator).action_refuse_answer()["res_id"])
        wizard.reason = "Xin không nêu tên người mua"
        wizard.action_apply()
        self.assertEqual((review.answer_state, review.answer_reason), ("refused", "Xin không nêu tên người mua"))
        self.assertFalse(review._kdc_values()["answer"])
        review._kdc_answer("Cảm ơn góp ý")
        self._read(review, "answer_date").action_publish_answer()
        self.assertEqual(review._kdc_values()["answer"], "Cảm ơn góp ý")
        review.with_user(self.user_moderator)._kdc_refuse_answer("Gỡ")
        self.assertFalse(review._kdc_values()["answer"], "also later")

    def test_a_shop_is_not_reviewed_by_its_own_people(self):
        """Neither by its members nor by who lives with them; the buyer lives with the owner of shop B."""
        for user in (self.user_portal_b, self.user_buyer):
            order = self._order(user, {self.greens: 1})[self.shop_b]
            for state, actor in (("accepted", "shop"), ("ready", "shop"), ("handed_over", "shop"), ("done", "buyer")):
                order._kdc_set_state(state, actor)
            with self.subTest(user=user.login), self.assertRaises(ValidationError):
                self.Review._kdc_write(order, 5, "Tuyệt vời")

    def test_two_taps_send_one_question(self):
        """The same words once more are the same question; other words, or once it was answered, are a new one."""
        ask = self.env["kdc.shop.question"]._kdc_ask
        partner = self.user_buyer.partner_id
        first = ask(self.fish, partner, "Còn không?")
        self.assertEqual(ask(self.fish, partner, "Còn không?"), first)
        self.assertNotEqual(ask(self.fish, partner, "Mấy giờ mở cửa?"), first)
        self.assertNotEqual(ask(self.squid, partner, "Còn không?"), first)
        first._kdc_answer("Còn")
        self.assertNotEqual(ask(self.fish, partner, "Còn không?"), first)
        told = self.env["kdc.notification"].search([("partner_id", "=", self.user_portal_a.partner_id.id)])
        self.assertEqual(len([n for n in told if n.body == "Còn không?"]), 3, "and the shop is told of each once")

    def test_two_taps_file_one_report(self):
        """Of two requests at once the second waits for the first: both lock the person, and then look."""
        report = self.env["kdc.market.report"]._kdc_report
        partner = self.user_buyer.partner_id
        with patch.object(kdc_market_report, "lock_or_retry") as lock:
            first = report(self.fish, partner, "false", "Sai giá")
            self.assertEqual(report(self.fish, partner, "other", "Sai giá"), first)
        self.assertEqual([call.args[0] for call in lock.call_args_list], [partner.sudo()] * 2)

    def test_two_taps_make_one_review(self):
        """The second request does not see the first one, only the database does."""
        self._done()
        review = self.Review._kdc_write(self.order, 4, "Ngon")
        found = iter((self.Review, review))
        with (
            patch.object(type(self.Review), "search", lambda *_args, **_kwargs: next(found)),
            mute_logger("odoo.sql_db"),
        ):
            self.assertEqual(self.Review._kdc_write(self.order, 4, "Ngon"), review)

    def test_report_and_take_down(self):
        Report = self.env["kdc.market.report"]
        report = Report._kdc_report(self.fish, self.user_buyer.partner_id, "false", "Ảnh không đúng")
        self.assertEqual(Report._kdc_report(self.fish, self.user_buyer.partner_id, "fraud", "Nữa"), report)
        self.assertLessEqual(report.deadline, fields.Datetime.now() + timedelta(hours=24))
        self.assertFalse(report.late)
        with freeze_time(report.deadline + timedelta(minutes=1)):
            report.invalidate_recordset(["late"])
            self.assertTrue(report.late)
        with self.assertRaises(AccessError):
            report.with_user(self.user_officer).sudo()._kdc_take_down("x")
        report.with_user(self.user_moderator)._kdc_take_down("Ảnh mượn của nơi khác")
        self.assertEqual((report.state, self.fish.kdc_listing_state), ("taken_down", "closed"))
        self.assertTrue(report.done_date)
        about_order = Report._kdc_report(self.order, self.user_buyer.partner_id, "conduct", "Nói nặng lời")
        about_order.with_user(self.user_moderator)._kdc_settle("Đã nhắc gian hàng")
        self.assertEqual((about_order.state, about_order.outcome), ("settled", "Đã nhắc gian hàng"))

    def test_the_24_hours_are_watched(self):
        """Moderators are reminded once, told once that the time is over, and left alone when it is decided."""
        Report = self.env["kdc.market.report"]
        report = Report._kdc_report(self.fish, self.user_buyer.partner_id, "forbidden", "Cá nóc")
        said = []
        for hours, watched in ((-12, False), (-5, "soon"), (-4, "soon"), (1, "late"), (9, "late")):
            with self.subTest(hours=hours), freeze_time(report.deadline + timedelta(hours=hours)):
                Report._cron_kdc_watch()
                self.assertEqual(report.watched, watched)
                said.append(report.activity_ids)
        self.assertFalse(said[0])
        self.assertEqual((said[1], said[3]), (said[2], said[4]), "each is said once")
        self.assertNotEqual(said[2], said[3])
        self.assertEqual(said[4].user_id, self.user_moderator, "whoever moderates, not who sets up")
        report.with_user(self.user_moderator).sudo(False)._kdc_settle("Cá thu, không phải cá nóc")
        self.assertFalse(report.activity_ids)
        with freeze_time(report.deadline + timedelta(hours=20)):
            self.assertNotIn(report, Report.search(Report._kdc_watch_domain()))

    def _told(self, user):
        """The titles of a person's notices, the newest first."""
        return self.env["kdc.notification"].search([("partner_id", "=", user.partner_id.id)]).mapped("title")

    def test_words_to_look_at_wait_for_a_moderator(self):
        """Neither question nor answer reaches its reader before; nor does what was removed stay readable."""
        self.company.kdc_market_ban_words = "thuốc lá"
        before = self._told(self.user_portal_a)
        question = self.env["kdc.shop.question"]._kdc_ask(self.fish, self.user_buyer.partner_id, "Có thuốc lá không?")
        self.assertEqual((question.state, self._told(self.user_portal_a)), ("waiting", before))
        self.assertNotIn(question, question.search([("shop_id", "=", self.shop_a.id), *ARRIVED]))
        self.assertTrue(question._kdc_values(mine=True)["waiting"])
        seen = question.with_user(self.user_moderator).sudo(False)
        seen.action_show()
        self.assertEqual(len(self._told(self.user_portal_a)), len(before) + 1)
        told = self._told(self.user_buyer)
        question._kdc_answer("Có thuốc lá ạ")
        self.assertEqual(self._told(self.user_buyer), told)
        self.assertEqual((question.state, question._kdc_values(mine=True)["answer"]), ("waiting", False))
        self.assertTrue(question._kdc_values(mine=False)["waiting"], "the shop reads that its answer waits")
        self.assertEqual(seen.action_hide()["res_model"], "kdc.market.reason")
        seen._kdc_hide("Hàng cấm")
        for mine in (True, False):
            values = question._kdc_values(mine)
            self.assertEqual((values["removed"], values["text"], values["answer"]), (True, False, False))
        self.assertRegex(self._told(self.user_portal_a)[0], "removed|gỡ", "who wrote last reads why")
        self.assertEqual(question.product_tmpl_id.kdc_decision_ids[:2].mapped("kind"), ["hide", "show"])

    def test_message_is_taken_away_and_never_answered(self):
        self.company.kdc_market_ban_words = "thuốc lá"
        post = self.env["kdc.board.post"].create(
            {
                "kind": "give_away",
                "name": "Ghế",
                "text": "Ghế gỗ",
                "company_id": self.company.id,
                "partner_id": self.user_portal_b.partner_id.id,
            }
        )
        message = self.env["kdc.shop.question"]._kdc_write_to_poster(post, self.user_buyer.partner_id, "Đồ ngu")
        self.assertEqual((message.state, len(self._told(self.user_portal_b))), ("shown", 1))
        with self.assertRaises(AccessError):
            message.with_user(self.user_portal_b).sudo()._kdc_hide("x")
        message.with_user(self.user_moderator).sudo(False)._kdc_hide("Lời xúc phạm")
        self.assertRegex(self._told(self.user_buyer)[0], "removed|gỡ")
        with self.assertRaises(UserError):
            message._kdc_answer("Vâng")

    def test_what_was_removed_before_it_arrived_never_does(self):
        """The shop has nothing of it, and the same words can be asked again."""
        self.company.kdc_market_ban_words = "thuốc lá"
        Question, buyer = self.env["kdc.shop.question"], self.user_buyer.partner_id
        question = Question._kdc_ask(self.fish, buyer, "Có thuốc lá không?")
        question.with_user(self.user_moderator).sudo(False)._kdc_hide("Hàng cấm")
        self.assertFalse(Question.search([("id", "=", question.id), *ARRIVED]))
        self.assertNotEqual(Question._kdc_ask(self.fish, buyer, "Có thuốc lá không?"), question)

    def test_shop_reads_in_its_own_language(self):
        self.user_portal_a.lang, self.user_seller_a.lang = "vi_VN", "en_US"
        self.env["kdc.shop.question"].with_context(lang="en_US")._kdc_ask(self.fish, self.user_buyer.partner_id, "?")
        self.assertIn("Câu hỏi", self._told(self.user_portal_a)[0])
        self.assertIn("Question", self._told(self.user_seller_a)[0])

    def test_question(self):
        Question = self.env["kdc.shop.question"]
        question = Question._kdc_ask(self.fish, self.user_buyer.partner_id, "Cá còn tươi không?")
        self.assertEqual(question.shop_id, self.shop_a)
        question._kdc_answer("Còn ạ")
        with self.assertRaises(UserError):
            question._kdc_answer("Hết")
        for number in range(10):
            Question._kdc_ask(self.fish, self.user_buyer.partner_id, f"Câu {number}")
        with self.assertRaises(UserError):
            Question._kdc_ask(self.fish, self.user_buyer.partner_id, "Một câu nữa")

    def test_a_silent_shop_does_not_silence_who_asks(self):
        Question, partner = self.env["kdc.shop.question"], self.user_buyer.partner_id
        for number in range(10):
            Question._kdc_ask(self.fish, partner, f"Câu {number}")
        with self.assertRaises(UserError):
            Question._kdc_ask(self.greens, partner, "Một câu nữa")
        with freeze_time(fields.Datetime.now() + timedelta(days=15)):
            Question._kdc_ask(self.greens, partner, "Hai tuần sau")
        self.shop_a.with_user(self.user_moderator).action_close()
        self.env.flush_all()
        self.assertTrue(Question._kdc_ask(self.greens, partner, "Gian hàng kia đóng cửa rồi"))

    def test_nothing_is_done_on_a_decided_report(self):
        Report, partner = self.env["kdc.market.report"], self.user_buyer.partner_id
        report = Report._kdc_report(self.fish, partner, "false", "Ảnh không đúng").with_user(self.user_moderator)
        report._kdc_settle("Ảnh đúng")
        for step in (report._kdc_take_down, report._kdc_settle):
            with self.assertRaises(UserError):
                step("Sai")
        self.assertEqual((report.outcome, self.fish.kdc_listing_state), ("Ảnh đúng", "published"))
        about_order = Report._kdc_report(self.order, partner, "conduct", "Nói nặng lời")
        with self.assertRaises(UserError):
            about_order.with_user(self.user_moderator)._kdc_take_down("Sai")
        self.assertEqual(about_order.state, "open")

    def test_moderators_do_not_move_evidence(self):
        """To another shop, another buyer or out of sight of the ward."""
        self._done()
        review = self.Review._kdc_write(self.order, 2, "Giao trễ").with_user(self.user_moderator).sudo(False)
        report = self.env["kdc.market.report"]._kdc_report(self.fish, self.user_buyer.partner_id, "other", "x")
        report = report.with_user(self.user_moderator).sudo(False)
        other = self.env["res.company"].create({"name": "Phường khác"})
        for record, vals in (
            (review, {"shop_id": self.shop_b.id}),
            (review, {"partner_id": self.user_portal_b.partner_id.id}),
            (review, {"company_id": other.id}),
            (report, {"company_id": other.id}),
        ):
            with self.subTest(model=record._name, vals=vals), self.assertRaises(AccessError):
                record.write(vals)


@tagged("post_install", "-at_install")
class TestVoiceRoutes(VoiceCommon, HttpCase):
    def _post(self, url, data=None):
        return self.url_open(url, data={"csrf_token": http.Request.csrf_token(self), **(data or {})}, method="POST")

    def test_buyer_and_shop(self):
        self.authenticate(self.user_buyer.login, self.user_buyer.login)
        url = f"/my/orders/{self.order.id}/review"
        self.assertEqual(self.url_open(url).status_code, 404, "not finished yet")
        self._post(f"/my/orders/{self.order.id}/received", {"sure": "1"})
        response = self._post(url, {"stars": "", "text": "Giao nhanh"})
        self.assertEqual(response.status_code, 422)
        self.assertIn("Giao nhanh", response.text)
        self._post(url, {"stars": "9", "text": "Giao nhanh", "state": "published"})
        review = self.Review.search([("order_id", "=", self.order.id)])
        self.assertEqual((review.stars, review.state), (5, "pending"))
        self._post(f"/shop/ask/{self.fish.id}", {"question": "Còn cá thu không?"})
        question = self.env["kdc.shop.question"].search([("product_tmpl_id", "=", self.fish.id)])
        self.assertEqual(self._post(f"/shop/ask/{self.fish.id}", {"question": " "}).status_code, 422)
        self.assertEqual(self._post(f"/shop/report/{self.fish.id}", {"kind": "x", "text": "y"}).status_code, 422)
        self._post(f"/my/orders/{self.order.id}/report", {"kind": "other", "text": "Thiếu hàng"})
        self.assertTrue(self.env["kdc.market.report"].search([("order_id", "=", self.order.id)]))
        self._read(review, "date").action_publish()
        self.env.flush_all()
        self.authenticate(None, None)
        public = self.url_open(f"/shop/of/{self.shop_a.code}/reviews").text
        self.assertIn("Giao nhanh", public)
        self.assertNotIn(self.resident_buyer.name, public, "the given name only")
        self.assertIn(f"/shop/of/{self.shop_a.code}/reviews", self.url_open(self.fish.website_url).text)
        self.authenticate(self.user_seller_a.login, self.user_seller_a.login)
        page = self.url_open("/my/shop/questions").text
        self.assertIn("Còn cá thu không?", page)
        self.assertNotIn(self.resident_buyer.name, page)
        self._post(f"/my/shop/questions/{question.id}", {"answer": "Còn ạ"})
        self._post(f"/my/shop/reviews/{review.id}", {"answer": "Cảm ơn"})
        self.assertEqual((question.answer, review.answer), ("Còn ạ", "Cảm ơn"))
        self.assertIn("Cảm ơn", self.url_open("/my/shop/reviews").text)
        url = f"/shop/of/{self.shop_a.code}/reviews"
        self.assertNotIn("Cảm ơn", self.url_open(url).text, "the ward looks first")
        self._read(review, "answer_date").action_publish_answer()
        self.env.flush_all()
        self.assertIn("Cảm ơn", self.url_open(url).text)
        self.assertNotIn("Thiếu hàng", self.url_open("/my/shop").text)

    def test_an_old_question_is_not_lost_behind_answered_ones(self):
        Question = self.env["kdc.shop.question"]
        waiting = Question._kdc_ask(self.fish, self.user_buyer.partner_id, "Cá có ướp muối không ạ?")
        Question.create(
            [
                {
                    "product_tmpl_id": self.fish.id,
                    "partner_id": self.user_buyer.partner_id.id,
                    "question": f"Câu {number}",
                    "answer": "Dạ",
                    "answer_date": fields.Datetime.now(),
                }
                for number in range(50)
            ]
        )
        self.env.flush_all()
        self.authenticate(self.user_seller_a.login, self.user_seller_a.login)
        page = self.url_open("/my/shop/questions").text
        self.assertIn(waiting.question, page)
        self.assertLess(page.index(waiting.question), page.index("Câu 49"), "first what waits")

    def test_strangers(self):
        self._done()
        question = self.env["kdc.shop.question"]._kdc_ask(self.fish, self.user_buyer.partner_id, "?")
        hidden = self._create_listing(self.shop_a, "Chưa duyệt", 1000, 1, state="pending")
        own = self._order(self.user_portal_b, {self.greens: 1})[self.shop_b]
        for state, actor in (("accepted", "shop"), ("ready", "shop"), ("handed_over", "shop"), ("done", "buyer")):
            own._kdc_set_state(state, actor)
        self.env.flush_all()
        self.authenticate(self.user_portal_b.login, self.user_portal_b.login)
        self.assertNotIn(f"/my/orders/{own.id}/review", self.url_open(f"/my/orders/{own.id}").text)
        for url in (f"/my/orders/{own.id}/review",
                    f"/my/orders/{self.order.id}/review", f"/my/orders/{self.order.id}/report",
                    f"/shop/ask/{hidden.id}", f"/shop/report/{hidden.id}"):  # fmt: skip
            with self.subTest(url=url):
                self.assertEqual(self.url_open(url).status_code, 404)
                self.assertEqual(self._post(url, {"stars": "1", "kind": "other", "text": "x"}).status_code, 404)
        self.assertEqual(self._post(f"/my/shop/questions/{question.id}", {"answer": "x"}).status_code, 404)
        self.assertFalse(question.answer)
