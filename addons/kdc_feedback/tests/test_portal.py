import io
import re
from unittest.mock import patch

from lxml import html
from odoo import http
from odoo.tests import HttpCase, tagged
from PIL import Image

from .common import FeedbackCommon


def picture(color="red", size=(640, 480), image_format="JPEG", exif=None):
    """Bytes of a photo."""
    out = io.BytesIO()
    options = {"exif": exif} if exif else {}
    Image.new("RGB", size, color).save(out, image_format, **options)
    return out.getvalue()


def pressed_by_enter(page):
    """Name of the button of the form that Enter in a field presses: the first one; ``None`` sends the form."""
    return html.fromstring(page.content).xpath("//form[@data-draft='feedback']//button[@type='submit']")[0].get("name")


@tagged("post_install", "-at_install")
class TestFeedbackPortal(FeedbackCommon, HttpCase):
    """The pages of the residents, driven without JavaScript."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category.similar_radius = 0  # what is offered before sending has its own tests
        cls.feedback = cls._send()
        cls.feedback._log_line("note", body="SECRET NOTE ABOUT THE REPORTER")

    def setUp(self):
        super().setUp()
        self.authenticate("kdc_portal_a", "kdc_portal_a")

    def test_a_head_shares_own_feedback(self):
        """A member reads the head's feedback once the head shares it, and answers nothing in the head's place."""
        self.company.kdc_share_feedback = False
        membership = self.household_a.live_membership_ids.filtered(lambda m: m.role == "wife")
        self._create_portal_user("kdc_wife", membership.resident_id)
        self.authenticate("kdc_wife", "kdc_wife")
        url = f"/my/feedback/{self.feedback.id}"
        self.assertEqual(self.url_open(url).status_code, 404)
        self.assertNotIn(self.feedback.number, self.url_open("/my/feedback").text)
        self.env["kdc.household.delegation"]._share(membership, {"feedback"})
        page = self.url_open(url)
        self.assertEqual(page.status_code, 200)
        self.assertNotIn("SECRET NOTE", page.text)
        self.assertNotIn(f'action="{url}/message"', page.text)
        self.assertEqual(self._post(f"{url}/message", {"body": "x"}).status_code, 404)
        self.assertIn(self.feedback.number, self.url_open("/my/feedback").text)

    def _post(self, url, data, photos=(), follow=True):
        files = [("photos", (name, data_, "image/jpeg")) for name, data_ in photos]
        return self.url_open(
            url,
            data={"csrf_token": http.Request.csrf_token(self), **data},
            files=files or None,
            allow_redirects=follow,
        )

    def _form(self):
        page = self.url_open("/my/feedback/new")
        self.assertEqual(page.status_code, 200)
        return re.search(r'name="client_key" value="([^"]+)"', page.text).group(1)

    def _values(self, **values):
        return {
            "client_key": self._form(),
            "place": "other",
            "location": "Before the market",
            "area_id": str(self.group_a.id),
            "category_id": str(self.category.id),
            "description": "The pavement is broken and an old man fell",
            "privacy": "hidden",
            **values,
        }

    def _mine(self):
        return self.env["kdc.feedback"].search([("partner_id", "=", self.resident_a.partner_id.id)])

    def test_list_and_page_show_the_promise(self):
        page = self.url_open("/my/feedback")
        self.assertIn(self.feedback.name, page.text)
        self.assertIn("17:30 27/11/2026", page.text)
        page = self.url_open(f"/my/feedback/{self.feedback.id}")
        self.assertIn(self.feedback.number, page.text)
        self.assertIn("17:30 27/11/2026", page.text)
        self.assertNotIn("SECRET", page.text)
        self.assertEqual(page.headers["Cache-Control"], "private, no-store")

    def test_enter_in_a_field_does_not_discard(self):
        page = self._post("/my/feedback/new", self._values(description=""), [("a.jpg", picture())])
        self.assertIn('name="discard"', page.text)
        self.assertIsNone(pressed_by_enter(page))
        self.assertIsNone(pressed_by_enter(self.url_open("/my/feedback/new")))

    def test_a_complaint_or_denunciation_is_told_the_way_of_the_law_first(self):
        """Nothing is sent or lost; whoever sends it all the same has sent feedback, which the inbox marks."""
        words = "Tôi tố cáo ông A nhận tiền của tôi"
        values = self._values(description=words)
        page = self._post("/my/feedback/new", values, [("a.jpg", picture())])
        self.assertEqual(page.status_code, 200)
        self.assertIn('id="petition"', page.text)
        self.assertIn(words, page.text)
        self.assertIsNone(pressed_by_enter(page))
        self.assertEqual(self._mine(), self.feedback, "not sent yet")
        told = html.fromstring(page.content).xpath("//input[@name='petition']/@value")[0]
        self._post("/my/feedback/new", {**values, "petition": told})
        sent = self._mine() - self.feedback
        self.assertEqual((len(sent), sent.petition_kind, len(sent.photo_ids)), (1, "denunciation", 1))
        self.assertEqual(sent.state, "new", "nothing routes itself")
        handler = self._mine().with_user(self.user_handler)
        self.assertEqual(handler.search([("petition_kind", "!=", False), ("id", "in", handler.ids)]), sent)

    def test_the_signature_of_the_unit_stands_under_its_answers(self):
        self.feedback._staff_reply("We come on Friday")
        url = f"/my/feedback/{self.feedback.id}"
        self.assertIn("Urban unit", self.url_open(url).text)
        self.unit.signature = "Urban unit of the ward\nTelephone 0258 3 822 001"
        self.assertIn("Telephone 0258 3 822 001", self.url_open(url).text)

    def test_a_point_is_sent_shown_and_left_out_when_asked(self):
        point = {"location": "", "latitude": "12.238812", "longitude": "109.196713"}
        page = self._post("/my/feedback/new", self._values(**point))
        sent = self._mine() - self.feedback
        self.assertEqual((sent.latitude, sent.longitude), (12.238812, 109.196713))
        self.assertIn("geo:12.23881,109.19671", page.text)
        link = self.url_open(f"/feedback/follow/{sent.follow_token}")
        self.assertNotIn("12.23881", link.text, "who is handed the link reads the words only")
        again = self._post("/my/feedback/new", self._values(**point, no_point="1"))
        self.assertEqual(again.status_code, 422, "without a point the place is told in words")
        self.assertNotIn("12.238812", again.text)

    def test_the_form_for_the_time_without_network_tells_of_nobody_and_takes_no_message(self):
        self.household_a.dwelling_id.name = "12/3 Tran Phu"
        self._post("/my/feedback/new", {"client_key": "a-key-of-the-phone", "discard": "1"}, follow=False)
        copy = self.url_open("/my/feedback/new?copy=1")
        form = html.fromstring(copy.content).xpath("//form[@data-draft='feedback'][@data-offline]")[0]
        self.assertEqual({form.inputs[name].value or "" for name in ("csrf_token", "client_key")}, {""})
        self.assertEqual(form.get("data-owner"), str(self.user_portal_a.id))
        self.assertNotIn(self.household_a.dwelling_id.name, copy.text)
        self.assertIn("k-flash-ok", self.url_open("/my/feedback/new").text, "the message waits for the next page")
        self.assertNotIn("data-foreign", copy.text, "only the copy of guests leads elsewhere")
        notice = html.fromstring(self.url_open("/my/feedback").content).xpath("//p[@data-unsent]")[0]
        self.assertEqual(notice.get("data-owner"), str(self.user_portal_a.id), "the next person is not led to it")
        worker = self.url_open("/my/feedback/new/sw.js")
        self.assertEqual(worker.headers["Service-Worker-Allowed"], "/my/feedback/new")

    def test_a_key_made_by_the_phone_is_sent_once(self):
        """What was written without network has its key before the server has seen it."""
        key = "0123456789abcdef0123456789abcdef"
        page = self.url_open(f"/my/feedback/new?draft={key}")
        self.assertIn(f'value="{key}"', page.text)
        values = {**self._values(), "client_key": key}
        first, second = (self._post("/my/feedback/new", values) for _attempt in range(2))
        self.assertEqual((len(self._mine() - self.feedback), first.url), (1, second.url))

    def test_send_with_a_photo(self):
        exif = Image.Exif()
        exif[0x010E] = "GPS HERE"
        response = self._post("/my/feedback/new", self._values(), [("a.jpg", picture(exif=exif))])
        feedback = self._mine() - self.feedback
        self.assertEqual(response.status_code, 200)
        self.assertTrue(response.url.endswith(f"/my/feedback/{feedback.id}"))
        self.assertIn(feedback.number, response.text)
        self.assertEqual(feedback.area_id, self.group_a)
        self.assertEqual(feedback.channel, "portal")
        self.assertEqual(feedback.company_id, self.company)
        self.assertEqual(len(feedback.photo_ids), 1)
        self.assertFalse(self.env["kdc.feedback.draft"].search([]), "the draft is gone")
        photo = self.url_open(f"/my/feedback/{feedback.id}/photo/{feedback.photo_ids.id}/full")
        self.assertEqual(photo.headers["Content-Type"], "image/jpeg")
        self.assertNotIn(b"GPS HERE", photo.content)

    def test_error_keeps_text_and_good_photos(self):
        values = self._values(description="short", location="")
        response = self._post(
            "/my/feedback/new",
            values,
            [("good.jpg", picture()), ("bad.jpg", b"<svg onload=alert(1)>"), ("text.jpg", b"not an image")],
        )
        self.assertEqual(response.status_code, 422)
        self.assertFalse(self._mine() - self.feedback)
        self.assertIn("bad.jpg", response.text)
        self.assertIn("short", response.text)
        self.assertIn(values["client_key"], response.text)
        kept = re.findall(rf"/my/feedback/draft/{values['client_key']}/photo/(\d+)", response.text)
        self.assertEqual(len(kept), 1)
        url = f"/my/feedback/draft/{values['client_key']}/photo/{kept[0]}"
        self.assertEqual(self.url_open(url).status_code, 200)
        response = self._post("/my/feedback/new", {**values, **self._repaired()})
        feedback = self._mine() - self.feedback
        self.assertEqual(response.status_code, 200)
        self.assertEqual(len(feedback.photo_ids), 1, "the photo of the first try is there")
        self.authenticate("kdc_portal_b", "kdc_portal_b")
        self.assertEqual(self.url_open(url).status_code, 404)

    def _repaired(self):
        return {"description": "The pavement is broken here", "location": "Market"}

    def test_photo_can_be_taken_away_again(self):
        values = self._values(description="")
        response = self._post("/my/feedback/new", values, [("one.jpg", picture()), ("two.jpg", picture("blue"))])
        kept = re.findall(r"/my/feedback/draft/[\w-]+/photo/(\d+)", response.text)
        self.assertEqual(len(kept), 2)
        self._post("/my/feedback/new", {**values, **self._repaired(), "remove_photo": kept[0]})
        self.assertEqual((self._mine() - self.feedback).photo_ids.ids, [int(kept[1])])

    def test_too_many_and_too_big(self):
        response = self._post("/my/feedback/new", self._values(), [(f"{n}.jpg", picture((n, n, 9))) for n in range(7)])
        self.assertEqual(response.status_code, 422)
        self.assertEqual(len(re.findall(r'name="remove_photo"', response.text)), 5, "the first five are kept")
        response = self._post(
            "/my/feedback/new", self._values(), [("huge.jpg", b"\xff\xd8\xff" + b"0" * (40 * 1024 * 1024))]
        )
        self.assertEqual(response.status_code, 422)
        self.assertIn("huge.jpg", response.text)
        self.assertFalse(self._mine() - self.feedback)

    def test_double_send_makes_one(self):
        values = self._values()
        self._post("/my/feedback/new", values, [("a.jpg", picture())])
        response = self._post("/my/feedback/new", values, [("a.jpg", picture())])
        self.assertEqual(response.status_code, 200)
        self.assertEqual(len(self._mine() - self.feedback), 1)

    def test_what_was_changed_after_a_lost_answer_is_neither_dropped_nor_stored_twice(self):
        values = self._values()
        self._post("/my/feedback/new", values, [("a.jpg", picture())])
        first = self._mine() - self.feedback
        for changed, photos in (
            ({"description": "The lamp is broken too, since yesterday"}, []),
            ({"location": "Behind the market"}, []),
            ({"privacy": "anonymous"}, []),
            ({}, [("b.jpg", picture("blue"))]),
        ):
            with self.subTest(changed=changed):
                page = self._post("/my/feedback/new", {**values, **changed}, photos)
                self.assertEqual(self._mine() - self.feedback, first, "not stored unasked")
                form = html.fromstring(page.content).xpath("//form[@data-draft='feedback'][@data-answered]")[0]
                self.assertIn(f"/my/feedback/{first.id}", page.text, "what arrived can be read")
                self.assertIsNone(pressed_by_enter(page))
                self.assertNotEqual(form.fields["client_key"], values["client_key"])
                self.assertEqual(page.text.count('name="remove_photo"'), len(photos))
                for name, value in changed.items():
                    self.assertEqual(form.fields[name].strip(), value)
        self._post("/my/feedback/new", {**values, "client_key": form.fields["client_key"]})
        second = self._mine() - self.feedback - first
        self.assertEqual((len(second), len(second.photo_ids), len(first.photo_ids)), (1, 1, 1))

    def test_photos_that_arrive_again_are_kept_once(self):
        """The answer of the first sending was lost on the way: the phone sends the same photos with the same form."""
        values = self._values(description="")
        photos = [("one.jpg", picture()), ("two.jpg", picture("blue"))]
        self._post("/my/feedback/new", values, photos)
        self._post("/my/feedback/new", {**values, **self._repaired()}, [*photos, ("three.jpg", picture("green"))])
        self.assertEqual(len((self._mine() - self.feedback).photo_ids), 3)

    def test_the_phone_learns_what_arrived(self):
        """Stored, known from before, or thrown away: the draft on the phone has done its work. Otherwise it stays."""
        values = self._values(description="")
        self.assertNotIn("kdc_feedback_arrived", self._post("/my/feedback/new", values).cookies)
        values |= self._repaired()
        response = self._post("/my/feedback/new", values, follow=False)
        self.assertEqual(response.cookies["kdc_feedback_arrived"], values["client_key"])
        again = self.url_open(f"/my/feedback/new?draft={values['client_key']}", allow_redirects=False)
        self.assertEqual(again.cookies["kdc_feedback_arrived"], values["client_key"])
        self.assertEqual(again.headers["Location"], response.headers["Location"], "the form leads to what it has sent")
        self.assertEqual(len(self._mine() - self.feedback), 1)

    def test_a_kept_form_finds_its_photos_again(self):
        values = self._values(description="")
        self._post("/my/feedback/new", values, [("one.jpg", picture())])
        url = f"/my/feedback/new?draft={values['client_key']}"
        page = self.url_open(url).text
        self.assertIn(f'value="{values["client_key"]}"', page)
        self.assertEqual(page.count('name="remove_photo"'), 1)
        self.assertNotIn("data-taken", page, "photos of the phone may be others")
        self.authenticate("kdc_portal_b", "kdc_portal_b")
        page = self.url_open(url).text
        self.assertNotIn(values["client_key"], page, "somebody else begins a form of their own")
        self.assertNotIn("remove_photo", page)

    def test_a_draft_is_thrown_away(self):
        values = self._values(description="")
        self._post("/my/feedback/new", values, [("one.jpg", picture())])
        photo = self.env["kdc.feedback.photo"].search([("draft_id.client_key", "=", values["client_key"])])
        self.authenticate("kdc_portal_b", "kdc_portal_b")
        discard = {"client_key": values["client_key"], "discard": "1"}
        self.assertEqual(self._post("/my/feedback/new", discard).status_code, 404)
        self.assertTrue(photo.exists())
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        response = self._post("/my/feedback/new", discard, follow=False)
        self.assertEqual(response.cookies["kdc_feedback_arrived"], values["client_key"])
        self.assertFalse(photo.exists())
        self.assertFalse(self._mine() - self.feedback)

    def test_emergency_stops_and_shows_the_number(self):
        fire = self.env.ref("kdc_feedback.category_em_fire")
        response = self._post("/my/feedback/new", self._values(category_id=str(fire.id)), [("a.jpg", picture())])
        self.assertEqual(response.status_code, 422)
        self.assertIn('href="tel:114"', response.text)
        self.assertIn("an old man fell", response.text, "nothing typed is lost")
        self.assertIn('name="remove_photo"', response.text)
        self.assertFalse(self._mine() - self.feedback)

    def test_foreign_or_broken_choices(self):
        other = self.env["res.company"].create({"name": "Phường Khác"})
        foreign = self.env["kdc.feedback.category"].create({"name": "F", "code": "f", "company_id": other.id})
        parent = str(self.category.parent_id.id)
        for wrong in (str(foreign.id), "0", "-1", "abc", "²", "99999999999999999999", "", parent):
            response = self._post("/my/feedback/new", self._values(category_id=wrong))
            with self.subTest(category=wrong):
                self.assertEqual(response.status_code, 422)
        response = self._post(
            "/my/feedback/new",
            self._values(
                area_id="99999999",
                remove_photo="²",
                latitude="400",
                longitude="x",
                privacy="evil",
                state="closed",
                partner_id="3",
            ),
        )
        feedback = self._mine() - self.feedback
        self.assertEqual(response.status_code, 200)
        self.assertEqual((feedback.state, feedback.privacy, feedback.latitude), ("new", "hidden", 0))
        self.assertFalse(feedback.area_id)

    def test_at_home(self):
        self._post("/my/feedback/new", self._values(place="home", location=""))
        feedback = self._mine() - self.feedback
        self.assertEqual(feedback.dwelling_id, self.dwelling_a)
        self.assertEqual(feedback.area_id, self.group_a)

    def test_anonymous_goes_to_the_secret_link(self):
        response = self._post(
            "/my/feedback/new", self._values(privacy="anonymous", place="home"), [("a.jpg", picture())]
        )
        self.assertIn("/feedback/follow/", response.url)
        feedback = self.env["kdc.feedback"].search([("privacy", "=", "anonymous")], order="id desc", limit=1)
        self.assertFalse(feedback.partner_id)
        self.assertFalse(feedback.dwelling_id, "the own address would be a name")
        self.assertNotIn(self.user_portal_a, feedback.create_uid | feedback.write_uid | feedback.photo_ids.create_uid)
        attachments = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", "kdc.feedback.photo"),
                    ("res_id", "in", feedback.photo_ids.ids),
                    ("res_field", "!=", False),
                ]
            )
        )
        self.assertTrue(attachments)
        self.assertNotIn(self.user_portal_a, attachments.create_uid)
        self.assertNotIn(feedback.number, self.url_open("/my/feedback").text)
        feedback._staff_ask("Where?")
        token = feedback.follow_token
        # Still signed in while using the link: even that leaves no trace.
        response = self._post(f"/feedback/follow/{token}/message", {"body": "Behind the kiosk"}, [("b.jpg", picture())])
        self.assertEqual(response.status_code, 200)
        self.assertEqual(feedback.state, "in_progress")
        feedback._staff_finish("Done")
        self.logout()
        self.assertEqual(self.url_open(f"/feedback/follow/{token}").status_code, 200)
        self._post(f"/feedback/follow/{token}/confirm", {"rating": "4"})
        self.assertEqual((feedback.state, feedback.rating_last_value), ("closed", 4))
        ratings = self.env["rating.rating"].search([("res_model", "=", "kdc.feedback"), ("res_id", "=", feedback.id)])
        activities = feedback.with_context(active_test=False).activity_ids
        own = (feedback, feedback.message_line_ids, feedback.photo_ids, feedback.pause_ids)
        for records in (*own, feedback.message_ids, activities, ratings):
            with self.subTest(model=records._name):
                self.assertNotIn(self.user_portal_a, records.create_uid | records.write_uid)
        self.assertNotIn(self.resident_a.partner_id, feedback.message_ids.author_id)

    def test_link_reads_but_does_not_act_for_a_named_reporter(self):
        token = self.feedback.follow_token
        self.logout()
        page = self.url_open(f"/feedback/follow/{token}")
        self.assertEqual(page.status_code, 200)
        self.assertIn(self.feedback.number, page.text)
        self.assertNotIn(self.resident_a.name, page.text)
        self.assertNotIn("SECRET", page.text)
        self.assertIn("noindex", page.text)
        self.feedback._staff_finish("Repaired")
        self.assertEqual(self._post(f"/feedback/follow/{token}/confirm", {}).status_code, 404)
        self.assertEqual(self.feedback.state, "done")
        self.assertEqual(self.url_open(f"/feedback/follow/{token}/qr.svg").headers["Content-Type"], "image/svg+xml")
        for wrong in ("x", token[:-1], token + "a", "a" * 300):
            self.assertEqual(self.url_open(f"/feedback/follow/{wrong}").status_code, 404)

    def test_a_link_that_is_passed_on_names_nobody(self):
        """Not even where the reporter or the ward wrote the name into the words; the reporter reads them as sent."""
        name = self.resident_a.name
        feedback = self._send(description=f"{name}, 0905123456: the pavement", location=f"House of {name}")
        feedback._staff_reply(f"Dear {name}")
        feedback._staff_ask(f"Which side, {name}?")
        self.assertIn(name, self.url_open(f"/my/feedback/{feedback.id}").text)
        self.logout()
        page = self.url_open(f"/feedback/follow/{feedback.follow_token}").text
        self.assertIn("Which side", page)
        for secret in (name, "0905123456"):
            self.assertNotIn(secret, page)

    def test_a_link_that_is_passed_on_shows_no_hidden_photo(self):
        self.feedback._reporter_message("Two more", [picture(), picture("blue")])
        shown, hidden = self.feedback.photo_ids
        hidden.is_hidden = True
        own = self.url_open(f"/my/feedback/{self.feedback.id}").text
        self.logout()
        url = f"/feedback/follow/{self.feedback.follow_token}"
        page = self.url_open(url).text
        for photo, seen in ((shown, True), (hidden, False)):
            self.assertIn(f"/photo/{photo.id}/", own, "the reporter sees both")
            self.assertEqual(f"/photo/{photo.id}/" in page, seen)
            self.assertEqual(self.url_open(f"{url}/photo/{photo.id}/full").status_code, 200 if seen else 404)

    def test_what_is_open_is_not_called_closed_without_a_promised_date(self):
        self.feedback.handling_deadline = False
        self.assertNotIn("This feedback is closed", self.url_open(f"/my/feedback/{self.feedback.id}").text)

    def test_a_denunciation_is_secret_on_a_link_that_is_passed_on(self):
        feedback = self._send(description="SECRET denunciation of an officer")
        photo = self.env["kdc.feedback.photo"].create({"feedback_id": feedback.id, "image": self._base64()})
        feedback._staff_route_out()
        self.assertIn("SECRET", self.url_open(f"/my/feedback/{feedback.id}").text, "the reporter reads it")
        self.logout()
        url = f"/feedback/follow/{feedback.follow_token}"
        page = self.url_open(url)
        self.assertEqual(page.status_code, 200)
        self.assertNotIn("SECRET", page.text)
        self.assertNotIn("/photo/", page.text)
        self.assertEqual(self.url_open(f"{url}/photo/{photo.id}/full").status_code, 404)

    def test_somebody_else(self):
        photo = self.env["kdc.feedback.photo"].create({"feedback_id": self.feedback.id, "image": self._base64()})
        own = self._send(partner=self.resident_b.partner_id)
        self.authenticate("kdc_portal_b", "kdc_portal_b")
        base = f"/my/feedback/{self.feedback.id}"
        for url in (base, f"{base}/photo/{photo.id}/full", f"{base}/photo/{photo.id}/thumb",
                    f"/my/feedback/{own.id}/photo/{photo.id}/full"):  # fmt: skip
            with self.subTest(url=url):
                self.assertEqual(self.url_open(url).status_code, 404)
        for what in ("message", "confirm", "dispute", "anything"):
            with self.subTest(what=what):
                self.assertEqual(self._post(f"{base}/{what}", {"body": "x"}).status_code, 404)
        self.assertNotIn(self.feedback.number, self.url_open("/my/feedback").text)
        image = self.url_open(f"/web/image/kdc.feedback.photo/{photo.id}/image")
        self.assertEqual(image.headers["Content-Type"], "image/png", "Odoo's placeholder, not the photo")
        self.logout()
        for url in ("/my/feedback", base, "/my/feedback/new"):
            self.assertIn("/web/login", self.url_open(url).url)

    def _base64(self):
        import base64

        return base64.b64encode(picture())

    def test_photos_of_notes_are_not_served(self):
        note = self.feedback.message_line_ids.filtered(lambda line: line.kind == "note")
        photo = self.env["kdc.feedback.photo"].create(
            {"feedback_id": self.feedback.id, "message_id": note.id, "image": self._base64()}
        )
        url = f"/my/feedback/{self.feedback.id}/photo/{photo.id}/full"
        self.assertEqual(self.url_open(url).status_code, 404)
        self.assertNotIn(f"/photo/{photo.id}/", self.url_open(f"/my/feedback/{self.feedback.id}").text)

    def test_who_was_joined_wrongly_takes_it_back(self):
        self.feedback._staff_merge(self._send(partner=self.resident_b.partner_id))
        url = f"/my/feedback/{self.feedback.id}"
        self.assertIn(f"{url}/dispute", self.url_open(url).text)
        self._post(f"{url}/dispute", {"body": "It is the other lamp"})
        self.assertEqual((self.feedback.state, self.feedback.master_id.id), ("received", False))
        self.assertNotIn(self.user_portal_a, self.feedback.message_line_ids.create_uid)

    def test_question_answer_result_dispute_rating(self):
        url = f"/my/feedback/{self.feedback.id}"
        self.feedback._staff_ask("Which side of the road?")
        self.assertIn("/my/feedback", self.url_open("/my").text)
        self.assertIn(self.feedback.name, self.url_open("/my").text, "the home page says what to do")
        response = self._post(f"{url}/message", {"body": ""})
        self.assertEqual(response.status_code, 422)
        self._post(f"{url}/message", {"body": "The left side"}, [("side.jpg", picture())])
        self.assertEqual(self.feedback.state, "in_progress")
        self._post(f"{url}/message", {"body": "The left side"})
        reports = self.feedback.message_line_ids.filtered(lambda line: line.kind == "reporter")
        self.assertEqual(len(reports), 1, "the same words twice are one message")
        self.assertEqual(len(reports.photo_ids), 1)
        self._post(f"{url}/message", {"body": "The left side"}, [("side.jpg", picture())])
        self.assertEqual(len(self.feedback.photo_ids), 1, "the same photo with the same words too")
        self._post(f"{url}/message", {"body": "The left side"}, [("more.jpg", picture("blue"))])
        self.assertEqual(len(self.feedback.photo_ids), 2, "the same words with another photo are another message")
        self.feedback._staff_finish("Repaired on Friday")
        page = self.url_open(url)
        self.assertIn("Repaired on Friday", page.text)
        response = self._post(f"{url}/dispute", {"body": ""}, [("x.jpg", b"no")])
        self.assertEqual(response.status_code, 422)
        alert = html.fromstring(response.content).get_element_by_id("refused")
        self.assertEqual(set(alert.xpath(".//a/@href")), {"#dispute_body", "#dispute_photos"})
        self.assertEqual(self.feedback.state, "done")
        self._post(f"{url}/dispute", {"body": "Still broken"})
        self.assertEqual(self.feedback.state, "disputed")
        self.feedback._staff_finish("Repaired again")
        late = self._post(f"{url}/message", {"body": "MORE WORDS"}, [("x.jpg", picture())])
        self.assertEqual(late.status_code, 422, "too late for words, but they are not gone")
        self.assertIn("MORE WORDS", html.fromstring(late.content).get_element_by_id("unsent_words").text)
        self._post(f"{url}/confirm", {"rating": "5", "body": "Good"})
        self.assertEqual(self.feedback.state, "closed")
        self.assertEqual(self.feedback.rating_last_value, 5)
        response = self._post(f"{url}/confirm", {"rating": "1"})
        self.assertEqual(response.status_code, 200, "a second confirmation is no error")
        self.assertEqual(self.feedback.rating_last_value, 5)

    def test_a_denunciation_in_later_words_is_marked_for_the_handlers(self):
        self._post(f"/my/feedback/{self.feedback.id}/message", {"body": "Tôi tố cáo ông A nhận tiền của tôi"})
        handler = self.feedback.with_user(self.user_handler)
        self.assertEqual(handler.petition_kind, "denunciation")
        self.assertEqual(self.feedback.state, "new", "nothing routes itself")
        self.env.invalidate_all()
        summaries = self.feedback.activity_ids.filtered(lambda one: one.user_id == self.user_handler).mapped("summary")
        self.assertRegex(" ".join(filter(None, summaries)), "denunciation|tố cáo")

    def test_overdue_is_shown_to_the_reporter(self):
        self.feedback._refresh_clocks(self.feedback.handling_deadline.replace(year=2027))
        for url in ("/my/feedback", f"/my/feedback/{self.feedback.id}"):
            self.assertIn("k-badge-late", self.url_open(url).text)

    def test_no_csrf_no_sending(self):
        values = self._values()
        response = self.url_open("/my/feedback/new", data=values)
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self._mine() - self.feedback)

    def test_flood_is_stopped_without_losing_the_text(self):
        throttle = type(self.env["kdc.throttle"])
        with patch.object(throttle, "_LIMITS", {**throttle._LIMITS, "feedback": (1, 60)}):
            self._post("/my/feedback/new", self._values())
            response = self._post("/my/feedback/new", self._values(description="The second one of this hour"))
        self.assertEqual(response.status_code, 422)
        self.assertIn("The second one of this hour", response.text)
        self.assertEqual(len(self._mine() - self.feedback), 1)

    def test_key_of_somebody_else(self):
        values = self._values(description="")
        self._post("/my/feedback/new", values, [("a.jpg", picture())])
        self.authenticate("kdc_portal_b", "kdc_portal_b")
        response = self._post("/my/feedback/new", {**values, **self._repaired()})
        self.assertEqual(response.status_code, 404)
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self._post("/my/feedback/new", {**values, **self._repaired()})
        self.authenticate("kdc_portal_b", "kdc_portal_b")
        response = self._post("/my/feedback/new", {**values, **self._repaired()}, follow=False)
        self.assertNotIn("follow", response.headers.get("Location", ""))

    def test_pages_are_light(self):
        for url in ("/my/feedback", "/my/feedback/new", f"/my/feedback/{self.feedback.id}"):
            self.assertLess(len(self.url_open(url).content), 30_000, url)
