import re
from unittest.mock import patch

from lxml import html
from odoo import http
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import FeedbackCommon
from .test_portal import picture, pressed_by_enter

HERE = {"latitude": 12.245100, "longitude": 109.194300}
#: 22 m and 220 m to the north
NEAR = {"latitude": 12.245300, "longitude": 109.194300}
FAR = {"latitude": 12.247100, "longitude": 109.194300}


@tagged("post_install", "-at_install")
class TestSimilar(FeedbackCommon):
    def _similar(self, **place):
        point = (place["latitude"], place["longitude"]) if "latitude" in place else None
        pairs = self.env["kdc.feedback"]._similar(self.company, self.category, point, place.get("area"))
        return [feedback for feedback, _metres in pairs]

    def test_within_the_radius_of_the_category_nearest_first(self):
        near = self._send(**NEAR)
        here = self._send(**HERE)
        self._send(**FAR)
        self._send(**HERE, category_id=self.category_urgent.id)
        self._send(**HERE)._staff_finish("Done")
        self.assertEqual(self._similar(**HERE), [here, near])
        self.category.similar_radius = 500
        self.assertEqual(len(self._similar(**HERE)), 3)
        self.category.similar_radius = 0
        self.assertFalse(self._similar(**HERE))

    def test_without_a_point_the_same_area(self):
        pointless = self._send()
        placed = self._send(**FAR)
        self.assertEqual(self._similar(area=self.group_a), [placed, pointless])
        self.assertEqual(self._similar(**HERE, area=self.group_a), [pointless], "placed ones too far away stay out")
        self.assertFalse(self._similar(area=self.group_b))

    def test_a_dwelling_gives_the_point(self):
        self.dwelling_a.write(HERE)
        feedback = self._send(dwelling_id=self.dwelling_a.id)
        self.assertEqual(feedback._point(), (HERE["latitude"], HERE["longitude"]))
        self.assertIn(feedback, self._similar(**NEAR))

    def _offered(self):
        offered = self.env["kdc.feedback"].with_user(self.user_portal_b)
        return offered._offered(self.company, self.category, (HERE["latitude"], HERE["longitude"]), self.group_a)

    def test_what_neighbours_read_before_the_ward_has_read_it(self):
        feedback = self._send(**NEAR)
        (offered,) = self._offered()
        self.assertEqual((offered["id"], offered["title"], offered["place"]), (feedback.id, self.category.name, ""))
        self.assertEqual(offered["metres"], 20)
        feedback._staff_receive()
        (offered,) = self._offered()
        self.assertEqual((offered["title"], offered["place"]), (feedback.name, feedback.location))
        feedback.name = f"{self.resident_a.name} 0905 123 456: broken"
        feedback.location = f"House of {self.resident_a.name}"
        (offered,) = self._offered()
        self.assertEqual((offered["title"], offered["place"]), ("••• •••: broken", "House of •••"))

    def test_what_is_not_for_others_is_not_offered(self):
        feedback = self._send(**NEAR)
        for received in (False, True):
            if received:
                feedback._staff_receive()
            for record, name, value in (
                (feedback, "is_private", True),
                (feedback, "is_hidden", True),
                (self.category, "is_public", False),
            ):
                with self.subTest(name, received=received):
                    self.assertTrue(self._offered())
                    record[name] = value
                    self.assertFalse(self._offered())
                    record[name] = not value

    def test_no_way_to_a_home(self):
        self.dwelling_a.write(HERE)
        feedback = self._send(dwelling_id=self.dwelling_a.id)
        feedback._staff_receive()
        (offered,) = self._offered()
        self.assertFalse(offered["place"])
        self.assertIsNone(offered["metres"])
        self.category.similar_radius = 10
        self.assertTrue(self._offered(), "it is found by its area, wherever somebody says to stand")
        feedback.area_id = self.group_b
        self.assertFalse(self._offered(), "whoever tries points finds no home")
        self.assertIn(feedback, self._similar(**HERE), "the staff do")

    def test_the_staff_find_and_join_them(self):
        feedback = self._send(**HERE)
        double = self._send(**NEAR, partner=self.resident_b.partner_id)
        officer = feedback.with_user(self.user_handler)
        self.assertEqual(officer.similar_count, 1)
        self.assertEqual(set(officer.action_open_similar()["domain"][0][2]), set((feedback | double).ids))
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            feedback.with_user(self.user_other_handler).action_open_similar()


@tagged("post_install", "-at_install")
class TestFollowing(FeedbackCommon):
    def setUp(self):
        super().setUp()
        self.feedback = self._send()
        self.neighbour = self.resident_b.partner_id

    def test_followers_are_told_and_counted_once(self):
        for _time in range(2):
            self.feedback._follow(self.neighbour)
        self.assertEqual(self.feedback.follower_count, 1)
        self.feedback._staff_receive()
        self.feedback._staff_ask("Which side?")
        self.feedback._staff_reply("For the reporter only")
        self.feedback._staff_finish("Repaired")
        notices = self._notices(self.neighbour)
        self.assertEqual(len(notices), 2, "received and result; questions and replies are the reporter's")
        self.assertEqual(set(notices.mapped("url")), {f"/my/feedback/followed/{self.feedback.id}"})
        self.feedback._follow(None, client_key="n" * 24)
        self.assertEqual(self.feedback.follower_count, 2)
        self.assertNotIn("me_too", self.feedback._followed_results().mapped("action"), "the page tells the number")
        self.assertNotIn("me_too", self.feedback._public_messages().mapped("action"), "nor a line each")
        self.feedback._unfollow(self.neighbour)
        self.assertEqual(self.feedback.follower_count, 1)

    def test_the_reporter_does_not_follow_himself(self):
        self.feedback._follow(self.resident_a.partner_id, "It got worse")
        self.assertFalse(self.feedback.follower_count)

    def test_who_follows_already_is_heard_again(self):
        def words():
            return self.feedback.message_line_ids.filtered(lambda line: line.kind == "other").mapped("body")

        self.feedback._follow(self.neighbour, "The first words", client_key="a" * 24)
        for _twice in range(2):
            self.feedback._follow(self.neighbour, "It got worse", client_key="b" * 24)
            self.feedback._follow(self.resident_a.partner_id, "I sent it", client_key="c" * 24)
        self.assertEqual(words(), ["The first words", "It got worse", "I sent it"])
        self.feedback._follow(self.neighbour, "It got worse", [picture()], "d" * 24)
        self.assertEqual(len(words()), 4, "a photo that is new")
        self.assertEqual((self.feedback.follower_count, self.feedback.follower_ids.client_key), (1, "d" * 24))
        self.assertEqual(self.feedback.message_line_ids.mapped("action").count("me_too"), 1)

    def test_counted_without_a_name(self):
        feedback = self.feedback.with_user(self.user_portal_b)
        for _time in range(2):
            feedback._follow(None, "I fell there", client_key="m" * 24)
        self.assertEqual(self.feedback.follower_count, 1)
        rows = self.feedback.follower_ids
        self.assertFalse(rows.partner_id)
        words = self.feedback.message_line_ids.filtered(lambda line: line.kind == "other")
        self.assertEqual(words.body, "I fell there")
        self.assertNotIn(self.user_portal_b, rows.create_uid | words.create_uid | words.author_id)
        self.feedback._staff_finish("Repaired")
        self.assertFalse(self._notices(self.neighbour))

    def test_what_is_not_for_others_tells_nobody_else(self):
        for name in ("is_private", "is_hidden"):
            case = self._send()
            case._follow(self.neighbour)
            case[name] = True
            case._staff_finish("Repaired")
        self.feedback._follow(self.neighbour)
        self.category.is_public = False
        self.feedback._staff_finish("Repaired")
        self.assertFalse(self._notices(self.neighbour))

    def test_a_joined_reporter_reads_no_name_in_the_result(self):
        double = self._send(partner=self.neighbour)
        double._staff_merge(self.feedback)
        self.feedback._staff_finish(f"Repaired, dear {self.resident_a.name}")
        self.assertEqual(double._master_result_text(), "Repaired, dear •••")

    def test_words_of_others_are_for_the_staff(self):
        self.feedback._follow(self.neighbour, "The neighbour's words", [picture()])
        words = self.feedback.message_line_ids.filtered(lambda line: line.kind == "other")
        self.assertNotIn(words, self.feedback._public_messages())
        photos = self.env["kdc.feedback.photo"].search(self.feedback._reporter_photo_domain())
        self.assertFalse(photos)
        self.assertEqual(len(words.photo_ids), 1)

    def test_joining_moves_followers_photos_and_what_was_joined(self):
        double = self._send(partner=self.neighbour)
        double._add_photos([picture()])
        third = self._send(partner=self.resident_b.partner_id)
        third._staff_merge(double)
        other = self.env["res.partner"].create({"name": "Third neighbour"})
        double._follow(other)
        double._follow(self.resident_a.partner_id)
        double._follow(None, client_key="z" * 24)
        double.with_user(self.user_handler)._staff_merge(self.feedback)
        self.assertEqual(third.master_id, self.feedback)
        self.assertEqual(self.feedback.follower_ids.partner_id, other, "the reporter of the main one is no follower")
        self.assertEqual(self.feedback.follower_count, 4, "two joined, one follower, one without a name")
        self.assertFalse(double.follower_ids)
        photo = self.feedback.photo_ids
        self.assertEqual(photo.origin_id, double)
        self.assertFalse(self.feedback._reporter_photos(), "the other reporter's photo stays the other reporter's")
        self.assertEqual(double._reporter_photos(), photo)
        before = len(self._notices(self.neighbour))
        self.feedback._staff_finish("Repaired")
        self.assertEqual(len(self._notices(self.neighbour)), before + 2, "both joined ones of this neighbour")
        self.assertEqual(len(self._notices(other)), 1)

    def test_refusing_the_main_one_tells_the_joined(self):
        double = self._send(partner=self.neighbour)
        double._staff_merge(self.feedback)
        before = len(self._notices(self.neighbour))
        self.feedback._staff_refuse(self.env.ref("kdc_feedback.refusal_not_found"), "Nothing there")
        self.assertEqual(len(self._notices(self.neighbour)), before + 1)

    def test_copy_and_erasure_of_own_data(self):
        self.feedback._follow(self.neighbour)
        sections = {section["key"]: section for section in self.resident_b._kdc_my_data()}
        self.assertIn(self.feedback.number, str(sections["feedback_followed"]["rows"]))
        self.assertNotIn(self.feedback.name, str(sections["feedback_followed"]["rows"]))
        self.resident_b._kdc_erase_more(set())
        self.assertFalse(self.feedback.follower_count)


@tagged("post_install", "-at_install")
class TestOfferedBeforeSending(FeedbackCommon, HttpCase):
    """Without JavaScript: the form comes back once with what is similar, and nothing is lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.feedback = cls._send()
        cls.feedback._log_line("note", body="SECRET NOTE")
        cls.feedback._log_line("reply", body="SECRET REPLY")
        cls.feedback._staff_receive()

    def setUp(self):
        super().setUp()
        self.authenticate("kdc_portal_b", "kdc_portal_b")

    def _post(self, url, data, photos=()):
        files = [("photos", (name, content, "image/jpeg")) for name, content in photos]
        return self.url_open(url, data={"csrf_token": http.Request.csrf_token(self), **data}, files=files or None)

    def _values(self, **values):
        page = self.url_open("/my/feedback/new")
        return {
            "client_key": re.search(r'name="client_key" value="([^"]+)"', page.text).group(1),
            "place": "other",
            "location": "Before the school",
            "area_id": str(self.group_a.id),
            "category_id": str(self.category.id),
            "description": "The pavement is broken before the school",
            "privacy": "hidden",
            **values,
        }

    def _sent(self):
        return self.env["kdc.feedback"].search([("partner_id", "=", self.resident_b.partner_id.id)])

    def test_offered_joined_and_followed(self):
        values = self._values()
        page = self._post("/my/feedback/new", values, [("a.jpg", picture())])
        self.assertIn('id="offered"', page.text)
        self.assertIsNone(pressed_by_enter(page), "nobody joins without choosing to")
        self.assertIn(self.feedback.name, page.text)
        self.assertIn(values["description"], page.text)
        self.assertIn('name="remove_photo"', page.text, "the photo waits")
        self.assertNotIn(self.resident_a.name, page.text)
        self.assertFalse(self._sent())
        page = self._post("/my/feedback/new", {**values, "seen": str(self.feedback.id), "join": str(self.feedback.id)})
        self.assertTrue(page.url.endswith(f"/my/feedback/followed/{self.feedback.id}"))
        self.assertFalse(self._sent())
        self.assertEqual(self.feedback.follower_ids.partner_id, self.resident_b.partner_id)
        words = self.feedback.message_line_ids.filtered(lambda line: line.kind == "other")
        self.assertEqual((words.body, len(words.photo_ids)), (values["description"], 1))
        for secret in ("SECRET", self.resident_a.name, words.body):
            self.assertNotIn(secret, page.text)
        self.assertIn(self.feedback.number, self.url_open("/my/feedback").text)
        url = f"/my/feedback/followed/{self.feedback.id}"
        refused = self._post(f"{url}/message", {"body": ""})
        self.assertEqual(refused.status_code, 422)
        self.assertIn('href="#message_body"', refused.text, "the page begins with what is wrong")
        self.assertEqual(self._post(f"{url}/message", {"body": "Worse today"}).status_code, 200)
        throttle = type(self.env["kdc.throttle"])
        with patch.object(throttle, "_LIMITS", {**throttle._LIMITS, "feedback": (0, 60)}):
            page = self._post(f"{url}/message", {"body": "TOO OFTEN"}, [("b.jpg", picture())])
        self.assertEqual((page.status_code, page.url), (422, f"{self.base_url()}{url}/message"))
        self.assertEqual(html.fromstring(page.content).get_element_by_id("message_body").text.strip(), "TOO OFTEN")
        self.feedback._staff_finish(f"Repaired on Friday, {self.resident_a.name}", photos=[picture(), picture()])
        page = self.url_open(url)
        self.assertIn("Repaired on Friday, •••", page.text)
        photo, hidden = self.feedback.message_line_ids.filtered(lambda line: line.kind == "result").photo_ids
        self.assertEqual(self.url_open(f"{url}/photo/{photo.id}/full").status_code, 200)
        hidden.is_hidden = True
        self.assertEqual(self.url_open(f"{url}/photo/{hidden.id}/full").status_code, 404)
        self.assertNotIn(f"/photo/{hidden.id}/", self.url_open(url).text)
        self.assertEqual(self.url_open(f"{url}/photo/{words.photo_ids.id}/full").status_code, 404)
        page = self._post(f"{url}/message", {"body": "Too late"})
        self.assertEqual(page.status_code, 422)
        self.assertIn("Too late", html.fromstring(page.content).get_element_by_id("unsent_words").text)
        self._post(f"{url}/leave", {})
        self.assertEqual(self.url_open(url).status_code, 404)

    def test_different_is_sent(self):
        values = self._values()
        self._post("/my/feedback/new", values, [("a.jpg", picture())])
        self._post("/my/feedback/new", {**values, "seen": str(self.feedback.id)})
        self.assertEqual(len(self._sent()), 1)
        self.assertEqual(len(self._sent().photo_ids), 1)

    def test_nobody_joins_what_was_not_offered(self):
        far = self._send(category_id=self.category_urgent.id)
        private = self._send(is_private=True)
        for other in (far, private):
            self._post("/my/feedback/new", {**self._values(), "seen": str(self.feedback.id), "join": str(other.id)})
            self.assertFalse(other.follower_count)

    def test_counted_without_a_name(self):
        values = {**self._values(privacy="anonymous"), "join": str(self.feedback.id)}
        self._post("/my/feedback/new", values)
        self.assertEqual(self.feedback.follower_count, 1)
        self.assertFalse(self.feedback.follower_ids.partner_id)
        self.assertEqual(self.url_open(f"/my/feedback/followed/{self.feedback.id}").status_code, 404)

    def test_somebody_who_does_not_follow(self):
        url = f"/my/feedback/followed/{self.feedback.id}"
        self.assertEqual(self.url_open(url).status_code, 404)
        for what in ("leave", "message", "anything"):
            self.assertEqual(self._post(f"{url}/{what}", {"body": "x"}).status_code, 404)
        self.feedback._follow(self.resident_b.partner_id)
        self.assertEqual(self.url_open(url).status_code, 200)
        self.category.is_public = False
        self.assertEqual(self.url_open(url).status_code, 404)
        self.category.is_public = True
        self.feedback.sudo().is_private = True
        self.assertEqual(self.url_open(url).status_code, 404)
