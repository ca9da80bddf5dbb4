import re
from unittest.mock import patch

from lxml import html
from odoo import http
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from ..engine import guest
from .common import FeedbackCommon
from .test_portal import picture

FORM = "/phan-anh/gui"


@tagged("post_install", "-at_install")
class TestGuest(FeedbackCommon, HttpCase):
    """Whoever passes by sends and follows, without JavaScript and without an account."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["website"].search([]).company_id = cls.company
        cls.company.kdc_feedback_guests = True
        cls.category.similar_radius = 0

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def _opened(self):
        """Open the form; return its hidden fields."""
        page = self.url_open(FORM)
        self.assertEqual(page.status_code, 200)
        fields = ("client_key", "challenge", "csrf_token")
        return {name: re.search(rf'name="{name}"[^>]* value="([^"]+)"', page.text).group(1) for name in fields}

    def _values(self, **values):
        opened = self._opened()
        return {
            **opened,
            "work": guest.do_work(opened["challenge"]),
            "homepage": "",
            "location": "Before the market",
            "area_id": str(self.group_a.id),
            "category_id": str(self.category.id),
            "description": "The pavement is broken and an old man fell",
            "privacy": "anonymous",
            **values,
        }

    def _post(self, values, photos=(), patient=True, url=FORM):
        """Send a form; patiently means after the least time."""
        files = [("photos", (f"{place}.jpg", data, "image/jpeg")) for place, data in enumerate(photos)]
        with patch.object(guest, "LEAST_WITH_WORK", 0 if patient else 3):
            return self.url_open(url, data=values, files=files or None)

    def _sent(self):
        return self.env["kdc.feedback"].search([("channel", "=", "guest")])

    def test_sends_with_a_photo_and_follows_by_the_link(self):
        response = self._post(self._values(), [picture()])
        case = self._sent()
        self.assertEqual((len(case), len(case.photo_ids)), (1, 1))
        self.assertEqual(
            (case.privacy, case.partner_id, case.contact_name), ("anonymous", case.partner_id.browse(), False)
        )
        self.assertIn(f"/feedback/follow/{case.follow_token}", response.url)
        self.assertIn(case.number, response.text)
        self.assertIn("qr.svg", response.text)
        self.assertFalse(self.env["kdc.feedback.draft"].search([]))
        self.assertEqual(self._post(self._values()).status_code, 200)

    def test_a_known_place_of_the_list_is_place_enough(self):
        places = self.env["kdc.feedback.place"]
        market = places.create({
            "name": "Market Square", "company_id": self.company.id, "area_id": self.group_b.id,
            "latitude": 12.24, "longitude": 109.19,
        })  # fmt: skip
        strange = places.create({
            "name": "Of another ward", "company_id": self.env["res.company"].create({"name": "Phường Khác"}).id,
        })  # fmt: skip
        options = html.fromstring(self.url_open(FORM).content).xpath("//select[@name='place_id']/option/@value")
        self.assertEqual(options, ["", str(market.id)])
        nowhere = {"location": "", "place_id": str(strange.id)}
        self.assertEqual(self._post(self._values(**nowhere)).status_code, 422)
        page = self._post(self._values(location="", place_id=str(market.id), description=""))
        chosen = html.fromstring(page.content).xpath("//select[@name='place_id']/option[@selected]/@value")
        self.assertEqual(chosen, [str(market.id)], "a mistake elsewhere keeps it")
        self._post(self._values(location="at the back", place_id=str(market.id)))
        case = self._sent()
        self.assertEqual((case.location, case.area_id), ("Market Square, at the back", self.group_b))
        self.assertEqual((case.latitude, case.longitude), (12.24, 109.19))
        self.assertIn("Market Square", self.url_open("/phan-anh/dia-danh.json").text)

    def test_only_where_the_ward_allows_it(self):
        values = self._values()
        self.assertIn(f'href="{FORM}"', self.url_open("/phan-anh").text)
        self.assertIn(f'href="{FORM}"', self.url_open("/welcome").text)
        self.company.kdc_feedback_guests = False
        self.assertNotIn(f'href="{FORM}"', self.url_open("/phan-anh").text)
        self.assertIn("/web/login", self.url_open(FORM).url)
        self._post(values)
        self.assertFalse(self._sent())

    def test_a_resident_is_led_to_the_own_form(self):
        values = self._values()
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.assertTrue(self.url_open(FORM).url.endswith("/my/feedback/new"))
        self._post({**values, "csrf_token": http.Request.csrf_token(self)})
        self.assertFalse(self._sent())

    def test_the_copy_for_the_time_without_network_leads_an_owner_to_the_own_form(self):
        """The phone shows the link when somebody with an account has left something on it."""
        copy = html.fromstring(self.url_open(f"{FORM}?copy=1").content)
        self.assertEqual(copy.xpath("//p[@data-foreign][@hidden]/a/@href"), ["/my/feedback/new"])
        chosen = copy.xpath("//input[@name='privacy'][@checked]/@value")
        self.assertEqual(chosen, ["anonymous"], "as with network: no name is asked of whoever passes by")

    def test_too_fast_is_asked_to_wait_and_loses_nothing(self):
        values = self._values()
        response = self._post(values, [picture()], patient=False)
        self.assertEqual(response.status_code, 422)
        self.assertIn("an old man fell", response.text)
        self.assertIn(values["challenge"], response.text, "the waiting goes on, it does not begin again")
        kept = re.search(rf'src="({FORM}/[^"]+)"', response.text).group(1)
        self.assertEqual(self.url_open(kept).status_code, 200)
        self.assertEqual(self.url_open(kept.replace(values["client_key"], "a" * 24)).status_code, 404)
        self.assertFalse(self._sent())
        self._post(values)
        self.assertEqual(len(self._sent().photo_ids), 1)

    def test_without_javascript_patience_takes_the_place_of_work(self):
        values = self._values(work="")
        self.assertEqual(self._post(values).status_code, 422)
        with patch.object(guest, "LEAST_WITHOUT", 0):
            self._post(values)
        self.assertEqual(len(self._sent()), 1)

    def test_what_machines_do(self):
        for wrong in (
            {"homepage": "https://buy.example"},
            {"challenge": ""},
            {"challenge": "1." + "0" * 64},
            {"client_key": "another-form-of-mine"},
        ):
            with self.subTest(wrong), patch.object(guest, "LEAST_WITHOUT", 0):
                response = self._post(self._values(**wrong))
                self.assertEqual(response.status_code, 422)
                self.assertIn("an old man fell", response.text)
                self.assertNotIn("buy.example", response.text, "a person presses Send once more, and it goes")
        self.assertFalse(self._sent())

    def test_one_form_makes_one_feedback(self):
        values = self._values()
        self._post(values)
        self._post({**values, "description": "Something else altogether here"})
        self.assertEqual(len(self._sent()), 1)

    def test_me_too_keeps_the_contact_for_the_handlers(self):
        self.category.similar_radius = 500
        other = self._send(latitude=12.25, longitude=109.19)
        values = self._values(latitude="12.25", longitude="109.19", privacy="hidden", contact_name="Bà Sáu",
                              contact_phone="0905 123 456", join=str(other.id), seen=str(other.id))  # fmt: skip
        self._post(values)
        follower = other.follower_ids
        self.assertEqual((follower.contact_name, follower.contact_phone), ("Bà Sáu", "+84905123456"))
        self.assertFalse(follower.with_user(self.user_auditor).has_access("read"))
        other._anonymise()
        self.assertFalse(follower.exists())

    def test_flood_from_one_address(self):
        """What was sent with the work done has more room than what came without; nothing typed is lost."""
        self._limit(guest_sent=(1, 60), guest=(1, 60))
        self._post(self._values())
        response = self._post(self._values(description="The second one of this hour"), [picture()])
        self.assertEqual(response.status_code, 422)
        self.assertIn("The second one of this hour", response.text)
        self.assertFalse(self.env["kdc.feedback.draft"].search([]), "no photo was kept")
        with patch.object(guest, "LEAST_WITHOUT", 0):
            for _time in range(2):
                self._post(self._values(work=""))
        self.assertEqual(len(self._sent()), 2)
        counter = self.env["kdc.throttle"].search([("scope", "=like", "guest%")])
        self.assertEqual(counter.scope, "guest", "what was sent with the work done is no counter's business")
        self.assertNotIn("127.0.0.1", counter.mapped("source_hash"), "no address is stored")

    def test_me_too_is_counted_by_network_too(self):
        self._limit(guest_sent=(1, 60))
        self.category.similar_radius = 500
        other = self._send(latitude=12.25, longitude=109.19)
        join = {"latitude": "12.25", "longitude": "109.19", "join": str(other.id), "seen": str(other.id)}
        answers = [self._post(self._values(**join)).status_code for _time in range(2)]
        self.assertEqual((answers, other.follower_count), ([200, 422], 1))

    def test_mistakes_of_others_behind_one_address_keep_nobody_out(self):
        self._limit(guest=(1, 60), guest_sent=(1, 60))
        for _time in range(3):
            self.assertEqual(self._post(self._values(description="")).status_code, 422)
        self._post(self._values())
        self.assertEqual(len(self._sent()), 1)

    def test_attempts_to_get_round_the_work_are_counted(self):
        self._limit(guest=(1, 60))
        with patch.object(guest, "LEAST_WITHOUT", 0):
            self._post(self._values(homepage="https://buy.example"))
            self.assertEqual(self._post(self._values(work="")).status_code, 422)
        self.assertFalse(self._sent())

    def _limit(self, **limits):
        throttle = type(self.env["kdc.throttle"])
        self.patch(throttle, "_LIMITS", {**throttle._LIMITS, **limits})

    def test_emergency_shows_the_number_and_stops(self):
        fire = self.env.ref("kdc_feedback.category_em_fire")
        response = self._post(self._values(category_id=str(fire.id)), patient=False)
        self.assertEqual(response.status_code, 422)
        self.assertIn('href="tel:114"', response.text, "nobody waits for that number")
        self.assertFalse(self._sent())

    def test_photo_limits(self):
        response = self._post(self._values(), [picture((n, n, 9)) for n in range(4)])
        self.assertEqual(response.status_code, 422)
        self.assertEqual(response.text.count('name="remove_photo"'), 3)
        response = self._post(self._values(), [b"<svg onload=alert(1)>"])
        self.assertEqual(response.status_code, 422)
        self.assertFalse(self._sent())

    def test_contact_for_the_officers_only(self):
        response = self._post(self._values(privacy="hidden", contact_phone="12"))
        self.assertEqual(response.status_code, 422)
        self.assertEqual(self._post(self._values(privacy="hidden")).status_code, 422)
        self._post(self._values(privacy="hidden", contact_name=" Bà  Tư ", contact_phone="0905 123 456"))
        case = self._sent()
        self.assertEqual((case.privacy, case.contact_name, case.contact_phone), ("hidden", "Bà Tư", "+84905123456"))
        case._staff_receive()
        for url in (f"/feedback/follow/{case.follow_token}", f"/phan-anh/{case.number}"):
            page = self.url_open(url).text
            self.assertIn(case.number, page)
            self.assertNotIn("Bà Tư", page)
            self.assertNotIn("905123456", page)

    def test_contact_is_thrown_away_with_nobody(self):
        self._post(self._values(contact_name="Bà Tư", contact_phone="0905123456"))
        self.assertEqual((self._sent().contact_name, self._sent().contact_phone), (False, False))

    def test_foreign_fields_are_not_taken(self):
        self._post(self._values(privacy="named", channel="portal", state="closed", partner_id="3", place="home"))
        case = self._sent()
        self.assertEqual(
            (case.privacy, case.state, case.partner_id.id, case.dwelling_id.id), ("anonymous", "new", False, False)
        )

    def test_answers_disputes_and_rates_by_the_link_only(self):
        self._post(self._values(privacy="hidden", contact_name="Bà Tư"))
        case = self._sent()
        url = f"/feedback/follow/{case.follow_token}"
        token = {"csrf_token": self._opened()["csrf_token"]}
        case._staff_ask("Which side of the road?")
        self.assertIn("Which side of the road?", self.url_open(url).text)
        for wrong in (f"/my/feedback/{case.id}", "/feedback/follow/" + "a" * 22, f"/phan-anh/{case.number}"):
            with self.subTest(wrong):
                response = self._post({**token, "body": "x"}, url=f"{wrong}/message")
                self.assertIn(response.status_code, (400, 404, 405, 200))
                self.assertEqual(case.state, "waiting")
        self._post({**token, "body": "The left side"}, url=f"{url}/message")
        self.assertEqual(case.state, "in_progress")
        case._staff_finish("Mended")
        self._post({**token, "body": "Still broken"}, url=f"{url}/dispute")
        self.assertEqual(case.state, "disputed")
        case._staff_finish("Mended again")
        self._post({**token, "rating": "5"}, url=f"{url}/confirm")
        self.assertEqual((case.state, case.rating_last_value), ("closed", 5))

    def test_a_signed_in_follower_of_the_link_leaves_no_trace(self):
        self._post(self._values(privacy="hidden", contact_name="Bà Tư"))
        case = self._sent()
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        token = {"csrf_token": http.Request.csrf_token(self)}
        self._post({**token, "body": "It is at the corner"}, url=f"/feedback/follow/{case.follow_token}/message")
        lines = case.message_line_ids.filtered(lambda line: line.kind == "reporter")
        self.assertEqual(lines.body, "It is at the corner")
        self.assertNotIn(self.user_portal_a, lines.create_uid | case.write_uid)

    def test_me_too_counts_a_guest(self):
        self.category.similar_radius = 100
        other = self._send()
        values = self._values()
        response = self._post(values)
        self.assertRegex(response.text, rf'name="join"[^>]* value="{other.id}"')
        self.assertFalse(self._sent())
        self._post({**values, "join": str(other.id), "seen": str(other.id)}, [picture()])
        self.assertFalse(self._sent())
        self.assertEqual(other.follower_count, 1)
        self.assertFalse(other.follower_ids.partner_id)
        words = other.message_line_ids.filtered(lambda line: line.kind == "other").mapped("body")
        self.assertEqual(words, [values["description"]])

    def test_staff_cannot_show_the_name_of_a_guest(self):
        self._post(self._values(privacy="hidden", contact_name="Bà Tư"))
        with self.assertRaises(UserError):
            self._sent().with_user(self.user_dispatcher).privacy = "named"

    def test_page_is_light(self):
        self.assertLess(len(self.url_open(FORM).content), 30_000)
