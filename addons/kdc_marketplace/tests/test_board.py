import base64
import io
from datetime import timedelta
from html import unescape

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from odoo import fields, http
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from PIL import Image

from .common import MarketCommon, jpeg


class BoardCommon(MarketCommon):
    @classmethod
    def _create_post(cls, user, state="published", **vals):
        """Return a post as its pages make it, in the name of its poster."""
        post = (
            cls.env["kdc.board.post"]
            .with_user(user)
            .sudo()
            .create(
                {
                    "kind": "give_away",
                    "name": "Nôi em bé",
                    "text": "Còn tốt, đến lấy buổi tối.",
                    "partner_id": user.partner_id.id,
                    "company_id": cls.company.id,
                    "area_id": cls.group_a.id,
                    **vals,
                }
            )
        )
        if state != "draft":
            post._kdc_submit()
        if state == "published":
            cls._read(post).action_publish()
        cls.env.flush_all()
        return post


@tagged("post_install", "-at_install")
class TestBoard(BoardCommon):
    def setUp(self):
        super().setUp()
        self.post = self._create_post(self.user_portal_a)
        self.seen = self.post.with_user(self.user_moderator).sudo(False)

    def _notices(self, user):
        return self.env["kdc.notification"].search([("partner_id", "=", user.partner_id.id)])

    def test_only_a_moderator_publishes(self):
        post = self._create_post(self.user_portal_a, state="pending")
        with self.assertRaises(AccessError):
            post.write({"state": "published"})
        with self.assertRaises(AccessError):
            post.sudo(False).action_publish()
        with self.assertRaises(AccessError):
            self._create_post(self.user_portal_a, state="draft").with_user(self.user_portal_b).sudo()._kdc_submit()
        with self.assertRaises(AccessError):
            self.env["kdc.board.post"].with_user(self.user_portal_a).sudo().create(
                {
                    "name": "x",
                    "text": "x",
                    "partner_id": self.user_portal_a.partner_id.id,
                    "company_id": self.company.id,
                    "state": "published",
                }
            )

    def test_other_words_are_looked_at_again_and_a_phone_is_not(self):
        last = self.post.expiry_date
        self.post._kdc_change({"phone": "+84905123456", "name": "Nôi em bé"})
        self.assertEqual(self.post.state, "published")
        self.post._kdc_change({"text": "Bán 200.000 đồng"})
        self.assertEqual(self.post.state, "pending")
        with self.assertRaisesRegex(UserError, "own button"):
            self.seen.action_publish()
        self._read(self.post).action_publish()
        self.assertEqual((self.post.state, self.post.expiry_date), ("published", last), "no longer than at first")

    def test_what_was_changed_meanwhile_is_read_again(self):
        post = self._create_post(self.user_portal_a, state="pending")
        start = post.submitted_date
        seen = post.with_user(self.user_moderator).sudo(False)
        opened = seen.with_context(kdc_seen=fields.Datetime.to_string(start))
        with freeze_time(start + timedelta(minutes=1)):
            post._kdc_change({"phone": "+84905123456", "name": post.name})
            self.assertEqual(post.submitted_date, start, "a phone is not looked at")
            post._kdc_change({"text": "Bán thuốc lá"})
        with self.assertRaisesRegex(UserError, post.name):
            opened.action_publish()
        self.assertEqual(post.state, "pending")
        opened.with_context(kdc_seen=fields.Datetime.to_string(post.submitted_date)).action_publish()
        self.assertEqual(post.state, "published")

    def test_refused_with_the_reason_and_logged(self):
        self.company.kdc_market_ban_words = "thuốc lá"
        self.post._kdc_change({"text": "Tặng kèm THUOC LA"})
        self.assertEqual(self.post.ban_words, "thuốc lá")
        self.seen._kdc_refuse("Không đăng thuốc lá")
        self.assertEqual((self.post.state, self.post.refuse_reason), ("draft", "Không đăng thuốc lá"))
        self.assertIn("Không đăng thuốc lá", self._notices(self.user_portal_a).mapped("body"))
        log = self.post.decision_ids.sorted("id")
        self.assertEqual(log.mapped("kind"), ["publish", "refuse"])
        self.assertEqual(log.mapped("ban_words"), [False, "thuốc lá"])
        self.assertEqual((log.company_id, log.user_id), (self.company, self.user_moderator))

    def test_it_ends_by_itself_and_is_prolonged_once(self):
        end = self.post.expiry_date
        self.assertEqual(end, today_here(self.post) + timedelta(days=30))
        with freeze_time(f"{end} 12:00:00"):
            self.env["kdc.board.post"]._cron_expire()
            self.assertEqual(self.post.state, "published", "its last day")
        with freeze_time(f"{end + timedelta(days=1)} 12:00:00"):
            shown = self.post._kdc_shown_domain(self.company)
            self.assertFalse(self.post.search([*shown, ("id", "=", self.post.id)]), "before the job has run")
            self.env["kdc.board.post"]._cron_expire()
            self.assertEqual(self.post.state, "expired")
            self.assertIn("Nôi em bé", self._notices(self.user_portal_a)[0].title)
            self.post._kdc_prolong()
            self.assertEqual((self.post.state, self.post.expiry_date), ("published", end + timedelta(days=31)))
            with self.assertRaises(UserError):
                self.post._kdc_prolong()

    def test_old_posts_are_deleted_and_reported_ones_stay(self):
        reported = self._create_post(self.user_portal_a)
        self.env["kdc.market.report"]._kdc_report(reported, self.user_buyer.partner_id, "forbidden", "x")
        fresh = self._create_post(self.user_portal_a)
        for post in (self.post, reported, fresh):
            post._kdc_close()
        self.env.flush_all()
        old = fields.Datetime.now() - timedelta(days=181)
        self.env.cr.execute(
            "UPDATE kdc_board_post SET write_date = %s WHERE id = ANY(%s)", [old, [self.post.id, reported.id]]
        )
        self.env.invalidate_all()
        self.env["kdc.board.post"]._gc_over()
        self.assertEqual((self.post | reported | fresh).exists(), reported | fresh)
        report = reported.report_ids
        report.with_user(self.user_moderator).sudo(False)._kdc_settle("Đã xem")
        self.env["kdc.board.post"]._gc_over()
        self.assertTrue(reported.exists(), "the report shows how the ward has answered")
        report.done_date = fields.Datetime.now() - relativedelta(years=3, days=1)
        self.env.flush_all()
        self.env["kdc.board.post"]._gc_over()
        self.assertFalse((reported | fresh).exists() - fresh or report.exists(), "no law keeps it any more")

    def test_taken_down_after_a_report(self):
        report = self.env["kdc.market.report"]._kdc_report(self.post, self.user_buyer.partner_id, "forbidden", "x")
        self.assertEqual((report.company_id, report.shop_id.ids), (self.company, []))
        report.with_user(self.user_moderator).sudo(False)._kdc_take_down("Hàng cấm")
        self.assertEqual((self.post.state, report.state), ("closed", "taken_down"))
        self.assertIn("Hàng cấm", self._notices(self.user_portal_a)[0].body)
        with self.assertRaises(AccessError):
            self.post._kdc_submit()

    def test_the_moderator_sees_what_has_changed(self):
        """Before and now stand beside each other, until the change is published."""
        self.assertFalse(self.post.changes, "new: nothing was there before")
        old = self.post.name
        photo = base64.b64encode(jpeg())
        self.post.with_user(self.user_portal_a).sudo()._kdc_change({"name": "Xe đẩy trẻ em", "photo_1": photo})
        self.assertEqual(self.post.state, "pending")
        self.assertIn(old, self.post.changes)
        self.assertIn("Xe đẩy trẻ em", self.post.changes)
        self.assertEqual(self.post.changes.count("photo_1"), 1)
        self.post.with_user(self.user_portal_a).sudo()._kdc_change({"name": "Xe đẩy trẻ em còn mới"})
        self.assertIn(old, self.post.changes, "what readers have seen, not what waited")
        self._read(self.post).action_publish()
        self.assertFalse(self.post.changes)

    def test_messages_wait_for_an_answer(self):
        Question = self.env["kdc.shop.question"]
        message = Question._kdc_write_to_poster(self.post, self.user_buyer.partner_id, "Còn không ạ?")
        self.assertEqual(message.company_id, self.company)
        message._kdc_answer("Còn, mời qua.")
        self.assertIn("Còn, mời qua.", self._notices(self.user_buyer).mapped("body"))
        with self.assertRaises(UserError):
            message._kdc_answer("Thêm")
        for number in range(10):
            Question._kdc_write_to_poster(self.post, self.user_buyer.partner_id, f"x {number}")
        with self.assertRaises(UserError):
            Question._kdc_write_to_poster(self.post, self.user_buyer.partner_id, "x")
        again = Question._kdc_write_to_poster(self.post, self.user_buyer.partner_id, "x 9")
        self.assertEqual(len(again.search([("post_id", "=", self.post.id)])), 11, "tapped twice: one")

    def test_rights(self):
        """Nobody writes posts; residents do not even read them but on the pages."""
        readers = {self.user_moderator, self.user_auditor}
        people = {self.user_portal_a, self.user_portal_b, self.user_officer, self.user_staff, self.user_area_head}
        for user in readers | people | {self.env.ref("base.public_user")}:
            for operation in ("read", "write", "create", "unlink"):
                with self.subTest(user=user.login, operation=operation):
                    self.assertEqual(
                        self.post.with_user(user).sudo(False).has_access(operation),
                        operation == "read" and user in readers,
                    )
        abroad = self.env["res.company"].create({"name": "Phường khác"})
        other = self._create_post(self.user_portal_b, state="pending", company_id=abroad.id, area_id=False)
        with self.assertRaises(AccessError):
            self._read(other).action_publish()

    def test_own_data_and_erasure(self):
        reported = self._create_post(self.user_portal_a, phone="+84905123456", photo_1=base64.b64encode(jpeg()))
        self.env["kdc.market.report"]._kdc_report(reported, self.user_buyer.partner_id, "forbidden", "x")
        questions = self.env["kdc.shop.question"]
        message = questions._kdc_write_to_poster(self.post, self.user_buyer.partner_id, "x")
        answered = questions._kdc_write_to_poster(reported, self.user_buyer.partner_id, "y")
        answered._kdc_answer("Gọi tôi 0905 123 456")
        resident = self.resident_a.with_user(self.user_portal_a).sudo()
        sections = {section["key"]: section for section in resident._kdc_my_data()}
        self.assertEqual(len(sections["board"]["rows"]), 2)
        self.env.flush_all()
        told = self.resident_a.with_user(self.user_officer).sudo()._kdc_erase()
        self.assertFalse(self.post.exists() or message.exists())
        self.assertEqual((reported.state, reported.phone, reported.photo_1), ("closed", False, False))
        self.assertEqual((answered.exists().question, answered.answer), ("y", False), "only the own words go")
        self.assertTrue(any("board" in what for what, _why in told), "the person is told what stays, and why")


@tagged("post_install", "-at_install")
class TestBoardPages(BoardCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.post = cls._create_post(cls.user_portal_a, phone="+84905123456", photo_1=base64.b64encode(jpeg()))
        cls.hidden = cls._create_post(
            cls.user_portal_a, state="pending", name="Xe đạp chưa duyệt", photo_1=base64.b64encode(jpeg())
        )
        cls.env.flush_all()

    def _login(self, user):
        self.authenticate(user and user.login, user and user.login)

    def _post(self, url, data=None, files=None):
        return self.url_open(
            url, data={"csrf_token": http.Request.csrf_token(self), **(data or {})}, files=files, method="POST"
        )

    def test_guests_look_and_see_no_contact(self):
        self._login(None)
        page = unescape(self.url_open("/shop/board").text)
        self.assertIn("Nôi em bé", page)
        self.assertNotIn("Xe đạp chưa duyệt", page)
        page = unescape(self.url_open(f"/shop/board/{self.post.id}").text)
        self.assertIn("Còn tốt", page)
        for private in ("84905123456", "0905 123 456", "0905123456", self.resident_a.name, "/message"):
            self.assertNotIn(private, page)
        self.assertEqual(self.url_open(f"/shop/board/{self.post.id}/photo/1").status_code, 200)
        with mute_logger("odoo.http"):
            for url in (
                f"/shop/board/{self.hidden.id}",
                f"/shop/board/{self.hidden.id}/photo/1",
                f"/shop/board/{self.post.id}/photo/2",
                f"/shop/board/{self.post.id}/photo/9",
            ):
                with self.subTest(url=url):
                    self.assertEqual(self.url_open(url).status_code, 404)
            raw = self.url_open(f"/web/content/kdc.board.post/{self.post.id}/photo_1")
            self.assertIn(raw.status_code, (403, 404))

    def test_filters(self):
        self._login(None)
        for query, shown in (
            ("kind=give_away", True),
            ("kind=lost", False),
            (f"area={self.group_a.id}", True),
            (f"area={self.group_b.id}", False),
            ("kind=x&area=%00&page=-1", True),
            ("page=99", False),
        ):
            with self.subTest(query=query):
                self.assertEqual("Nôi em bé" in unescape(self.url_open(f"/shop/board?{query}").text), shown)

    def test_residents_call_and_write(self):
        self._login(self.user_buyer)
        url = f"/shop/board/{self.post.id}"
        self.assertIn("tel:+84905123456", self.url_open(url).text)
        self.assertEqual(self._post(f"{url}/message", {"text": " "}).status_code, 422)
        self._post(f"{url}/message", {"text": "Còn không ạ?"})
        message = self.post.question_ids
        self.assertEqual((message.partner_id, message.question), (self.user_buyer.partner_id, "Còn không ạ?"))
        answer = f"/my/board/{self.post.id}/messages/{message.id}"
        with mute_logger("odoo.http"):
            self.assertEqual(self._post(answer, {"answer": "Tôi trả lời"}).status_code, 404)
        self._login(self.user_portal_a)
        page = unescape(self.url_open(f"/my/board/{self.post.id}/messages").text)
        self.assertIn("Còn không ạ?", page)
        self.assertNotIn(self.user_buyer.name, page, "the given name only")
        self._post(answer, {"answer": "Còn, mời qua."})
        self._login(self.user_buyer)
        self.assertIn("Còn, mời qua.", unescape(self.url_open(url).text))
        self.post._kdc_change({"phone": False})
        self.env.flush_all()
        self.assertNotIn("tel:", self.url_open(url).text, "only if the poster chose so")

    def test_write_a_post_without_javascript(self):
        self._login(self.user_buyer)
        # Turned, and with the place where it was taken
        raw = io.BytesIO()
        exif = Image.Exif()
        exif[0x0112], exif[0x010F] = 6, "KDC-SECRET-CAMERA"
        Image.new("RGB", (80, 40), "#aa3333").save(raw, "JPEG", exif=exif)
        data = {
            "kind": "lost", "name": "Chùm chìa khóa", "text": "Rơi ở chợ", "area_id": self.group_b.id,
            "client_key": "k1", "company_id": 0, "state": "published", "partner_id": 1,
        }  # fmt: skip
        files = [("photo", ("a.jpg", raw.getvalue(), "image/jpeg"))]
        for missing in ("name", "text", "area_id", "kind"):
            with self.subTest(missing=missing):
                page = self._post("/my/board/new", {**data, missing: ""})
                self.assertEqual(page.status_code, 422)
                if missing != "text":
                    self.assertIn("Rơi ở chợ", unescape(page.text), "nothing is lost")
        for _twice in range(2):
            self.assertEqual(self._post("/my/board/new", data, files).status_code, 200)
        post = self.env["kdc.board.post"].search([("partner_id", "=", self.user_buyer.partner_id.id)])
        self.assertEqual((post.name, post.state, post.phone), (data["name"], "pending", False))
        self.assertEqual(post.company_id, self.company)
        photo = base64.b64decode(post.photo_1)
        self.assertNotIn(b"KDC-SECRET-CAMERA", photo)
        self.assertEqual(Image.open(io.BytesIO(photo)).size, (40, 80), "upright")
        self.assertEqual(self._post("/my/board/new", {**data, "show_phone": "1", "phone": "12"}).status_code, 422)
        bad = [("photo", ("a.jpg", b"<svg/>", "image/jpeg"))]
        self.assertEqual(self._post("/my/board/new", {**data, "client_key": "k2"}, bad).status_code, 422)
        for number in range(2, 6):
            self._post("/my/board/new", {**data, "client_key": f"n{number}", "action": "draft"})
        page = self._post("/my/board/new", {**data, "client_key": "n6"})
        self.assertEqual(page.status_code, 422, "five at a time")
        page = self._post("/my/board/new", {**data, "client_key": "n5"})
        self.assertEqual(page.status_code, 200, "the fifth one sent twice")
        self.assertTrue(page.url.endswith("/my/board"))
        self._post(f"/my/board/{post.id}/close")
        self.assertEqual(post.state, "closed")

    def test_own_pages(self):
        self._login(self.user_portal_a)
        page = unescape(self.url_open("/my/board").text)
        self.assertIn("Nôi em bé", page)
        self.assertIn("Xe đạp chưa duyệt", page)
        self.assertEqual(self.url_open(f"/shop/board/{self.hidden.id}/photo/1").status_code, 200)
        self._post(f"/my/board/{self.post.id}", {
            "kind": "give_away", "name": "Nôi gỗ", "text": "x", "area_id": self.group_a.id, "no_photo": "1",
        })  # fmt: skip
        self.assertEqual((self.post.state, self.post.photo_1), ("pending", False))
        self._post(f"/my/board/{self.post.id}/prolong")
        self.assertFalse(self.post.prolonged, "only what is shown")

    def test_report_a_post(self):
        self._login(self.user_buyer)
        self._post(f"/shop/board/{self.post.id}/report", {"kind": "fraud", "text": "Lừa đảo"})
        self.assertEqual(self.post.report_ids.partner_id, self.user_buyer.partner_id)
