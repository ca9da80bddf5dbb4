from unittest.mock import patch

from odoo import fields, http
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import FeedbackCommon


@tagged("post_install", "-at_install")
class TestWatch(FeedbackCommon, HttpCase):
    """Following an area or a subject."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["website"].search([]).company_id = cls.company
        cls.neighbour = cls.resident_b.partner_id

    def _watch(self, partner=None, area=None, category=None):
        return self.env["kdc.feedback.watch"].create(
            {
                "partner_id": (partner or self.neighbour).id,
                "company_id": self.company.id,
                "area_id": area and area.id,
                "category_id": category and category.id,
            }
        )

    def _post(self, **data):
        return self.url_open("/phan-anh/theo-doi", data={"csrf_token": http.Request.csrf_token(self), **data})

    def test_told_of_what_becomes_public_and_of_the_result(self):
        self._watch(area=self.group_a)
        self._watch(partner=self.resident_a.partner_id, category=self.category.parent_id)
        before = self._notices(self.resident_a.partner_id)
        case = self._send(description=f"{self.resident_a.name}: the pavement is broken", when=fields.Datetime.now())
        self.assertFalse(self._notices(self.neighbour), "not read by the ward yet")
        case._staff_receive()
        case._staff_finish("Mended")
        notices = self._notices(self.neighbour)
        self.assertEqual(len(notices), 2)
        self.assertEqual(set(notices.mapped("url")), {f"/phan-anh/{case.number}"})
        for notice in notices:
            self.assertNotIn(self.resident_a.name, f"{notice.title} {notice.body}")
        own = (self._notices(self.resident_a.partner_id) - before).mapped("url")
        self.assertNotIn(f"/phan-anh/{case.number}", own, "the reporter is told on the own page")

    def test_notices_lose_what_is_taken_away(self):
        self._watch(area=self.group_a)
        follower = self.resident_a.partner_id

        def told():
            case = self._send(when=fields.Datetime.now(), partner=self.resident_a.partner_id.copy())
            case._follow(follower)
            case._staff_receive()
            urls = (f"/phan-anh/{case.number}", f"/my/feedback/followed/{case.id}")
            notices = self.env["kdc.notification"].search([("url", "in", urls)])
            self.assertEqual(notices.partner_id, self.neighbour | follower)
            self.assertTrue(all(case.name in notice.body for notice in notices))
            return case.with_user(self.user_dispatcher), notices

        case, notices = told()
        case._moderate_texts({"name": "A pavement"}, "A name stood there")
        self.assertFalse(any(notices.mapped("body")), "the former subject is nowhere")
        self.assertTrue(all(notices.mapped("title")))
        case._moderate_board(True, "Abuse")
        self.assertFalse(notices.exists())
        case, notices = told()
        elsewhere = self.env["res.company"].create({"name": "Phường Khác"})
        other = self.env["res.partner"].create({"name": "Other"})
        self.env["kdc.resident"].create({"partner_id": other.id, "company_id": elsewhere.id})
        same = notices[0].copy({"partner_id": other.id, "url": f"/phan-anh/{case.number}"})
        case._staff_route_out()
        self.assertEqual((notices | same).exists(), same, "another ward has the same numbers")
        case, notices = told()
        self.category.is_public = False
        self.assertEqual((notices | same).exists(), same, "the whole category left the board")

    def test_not_told_of_what_is_closed(self):
        self._watch(area=self.group_a)
        for vals in ({"is_private": True}, {"area_id": self.group_b.id}):
            case = self._send(when=fields.Datetime.now(), **vals)
            case._staff_receive()
            case._staff_finish("Mended")
        self._send(when=fields.Datetime.now())._staff_route_out()
        self.assertFalse(self._notices(self.neighbour))

    def test_follow_and_stop_on_the_pages(self):
        self.authenticate("kdc_portal_b", "kdc_portal_b")
        url = f"/phan-anh?area={self.group_a.id}"
        self.assertIn('action="/phan-anh/theo-doi"', self.url_open(url).text)
        page = self._post(area=self.group_a.id).text
        self.assertIn(self.group_a.name, page)
        self._post(area=self.group_a.id)
        watch = self.env["kdc.feedback.watch"].search([("partner_id", "=", self.neighbour.id)])
        self.assertEqual((len(watch), watch.area_id), (1, self.group_a), "twice is once")
        self.assertIn('name="stop"', self.url_open(url).text)
        mine = self._watch(partner=self.resident_a.partner_id, area=self.group_a)
        self._post(area=self.group_a.id, stop="1")
        self.assertFalse(watch.exists())
        self.assertTrue(mine.exists(), "what others follow is not touched")
        self._post(area="x", category="999999999")
        self.assertFalse(self.env["kdc.feedback.watch"].search([("partner_id", "=", self.neighbour.id)]))

    @mute_logger("odoo.sql_db")
    def test_two_taps_at_once(self):
        self.authenticate("kdc_portal_b", "kdc_portal_b")
        self._watch(area=self.group_a)
        model = self.env.registry["kdc.feedback.watch"]
        with patch.object(model, "_find", lambda records, *_args: records.browse()):
            page = self._post(area=self.group_a.id)
        self.assertEqual(page.status_code, 200)
        self.assertTrue(page.url.endswith("/phan-anh/theo-doi"))

    def test_who_chose_no_language_reads_vietnamese(self):
        self.env["res.lang"]._activate_lang("en_US")
        self.env["res.lang"]._activate_lang("vi_VN")
        self.neighbour.lang = False
        self._watch(area=self.group_a)
        case = self._send(when=fields.Datetime.now())
        case._follow(self.neighbour)
        case._staff_receive()
        titles = self._notices(self.neighbour).mapped("title")
        self.assertEqual(len(titles), 2)
        for title in titles:
            self.assertNotIn("which you follow", title)
            self.assertNotIn("in what you follow", title)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model")
    def test_guests_and_roles(self):
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open("/phan-anh/theo-doi").url)
        self.assertNotIn('action="/phan-anh/theo-doi"', self.url_open(f"/phan-anh?area={self.group_a.id}").text)
        watch = self._watch(area=self.group_a)
        for role in ("user_dispatcher", "user_handler", "user_officer", "user_staff", "user_portal_a", "user_portal_b"):
            for operation in ("read", "write", "create", "unlink"):
                with self.subTest(role=role, operation=operation):
                    self.assertFalse(watch.with_user(getattr(self, role)).has_access(operation))

    def test_part_of_my_data_and_of_erasure(self):
        self._watch(area=self.group_a)
        sections = {section["key"]: section for section in self.resident_b._kdc_my_data()}
        self.assertIn("feedback_watch", sections)
        self.resident_b._kdc_erase_more(set())
        self.assertFalse(self.env["kdc.feedback.watch"].search([("partner_id", "=", self.neighbour.id)]))
