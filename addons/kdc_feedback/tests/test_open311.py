import json
import re
from datetime import timedelta
from unittest.mock import patch

from georeport import GeoReport
from lxml import etree
from odoo import fields
from odoo.addons.kdc_residents.tests.leaks import picture
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import FeedbackCommon

SECRET = "KDC-SECRET-311"


@tagged("post_install", "-at_install")
class TestOpen311(FeedbackCommon, HttpCase):
    """The interface over real HTTP: with a client from PyPI, and by hand where that client has no method."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["website"].search([]).company_id = cls.company
        cls.key = cls.env["kdc.feedback.api.key"].create({"name": "App of the province", "company_id": cls.company.id})
        cls.secret = cls.key._make_key()
        cls.now = fields.Datetime.now()
        cls.feedback = cls._send(when=cls.now - timedelta(hours=2), latitude=12.2388, longitude=109.1967)
        cls.feedback._staff_receive()

    def setUp(self):
        super().setUp()
        # The client calls with the cookie that lets it into the transaction of the test.
        patcher = patch("georeport.georeport.requests.get", self.opener.get)
        patcher.start()
        self.addCleanup(patcher.stop)

    def _client(self, form="json"):
        return GeoReport(self.base_url() + "/open311/v2", output_format=form)

    def _get(self, path, status=200):
        response = self.url_open("/open311/v2/" + path)
        self.assertEqual(response.status_code, status, response.text)
        return response

    def _post(self, form="json", status=200, files=None, **values):
        data = {
            "api_key": self.secret,
            "service_code": "pavement",
            "description": "The pavement is broken here",
            "lat": "12.2388",
            "long": "109.1967",
            **values,
        }
        data = {key: value for key, value in data.items() if value is not None}
        response = self.url_open(f"/open311/v2/requests.{form}", data=data, files=files)
        self.assertEqual(response.status_code, status, response.text)
        return response

    # -- reading ---------------------------------------------------------------------------------------------------
    def test_a_client_from_the_registry_reads_the_same_in_both_formats(self):
        answers = {}
        for form in ("json", "xml"):
            client = self._client(form)
            services = client.get_service_list()
            service = next(one for one in services if one["service_code"] == "pavement")
            self.assertEqual(service["type"], "realtime")
            definition = client.get_service_definition("pavement")
            self.assertEqual(definition["service_code"], "pavement")
            request = client.get_service_request(self.feedback.number)
            self.assertEqual(request["service_request_id"], self.feedback.number)
            self.assertEqual(request["status"], "open")
            self.assertEqual((float(request["lat"]), float(request["long"])), (12.2388, 109.1967))
            answers[form] = {key: value and str(value) for key, value in request.items()}
            found = client.get_service_requests(service_request_id=self.feedback.number)
            self.assertIn(self.feedback.number, str(found))
        self.assertEqual(answers["json"], answers["xml"])

    def test_discovery(self):
        root = etree.fromstring(self._get("discovery.xml").content)
        self.assertEqual(root.findtext("endpoints/endpoint/specification"), "http://wiki.open311.org/GeoReport_v2")
        self.assertTrue(root.findtext("endpoints/endpoint/url").endswith("/open311/v2"))
        self.assertEqual([one.text for one in root.iter("format")], ["text/xml", "application/json"])
        self.assertIn("endpoints", self.url_open("/open311/discovery.json").json())

    def test_what_fixmystreet_expects_of_a_request(self):
        """FixMyStreet skips requests without id, lat, long or a date it cannot read, and maps two states."""
        root = etree.fromstring(self._get("requests.xml?extensions=true").content)
        self.assertEqual(root.tag, "service_requests")
        request = next(one for one in root if one.findtext("service_request_id") == self.feedback.number)
        w3c = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
        for name in ("requested_datetime", "updated_datetime", "expected_datetime"):
            self.assertRegex(request.findtext(name), w3c)
        self.assertLessEqual(request.findtext("requested_datetime"), request.findtext("updated_datetime"))
        for name in ("lat", "long", "description", "service_code", "service_name"):
            self.assertTrue(request.findtext(name), name)
        self.assertIn(request.findtext("status"), ("open", "closed"))
        self.assertEqual(request.findtext("extended_attributes/detailed_status"), "received")

    def test_what_is_refused_leaves_no_feedback(self):
        before = self.env["kdc.feedback"].search_count([])

        def refuse(_feedback, _photos, **_options):
            raise ValidationError("refused after the row was written")  # pylint: disable=translation-required

        with patch.object(self.env.registry["kdc.feedback"], "_add_photos", refuse):
            self._post(status=400)
        self.env.invalidate_all()
        self.assertEqual(self.env["kdc.feedback"].search_count([]), before)

    def test_a_file_in_the_place_of_a_text(self):
        for name in ("api_key", "description", "lat", "service_code"):
            with self.subTest(name):
                text = {name: None}
                response = self._post(status=403 if name == "api_key" else 400, files={name: ("x", b"x")}, **text)
                self.assertIn("code", response.json()[0])

    def test_content_types_and_encoding(self):
        xml, js = self._get("services.xml"), self._get("services.json")
        self.assertEqual(xml.headers["Content-Type"], "text/xml; charset=utf-8")
        self.assertEqual(js.headers["Content-Type"], "application/json; charset=utf-8")
        self.assertTrue(xml.content.startswith(b"<?xml version='1.0' encoding='utf-8'?>"))

    def test_states_follow_the_work(self):
        self.feedback._staff_finish("Mended on Friday")
        request = self._client().get_service_request(self.feedback.number)
        self.assertEqual((request["status"], request["status_notes"]), ("closed", "Mended on Friday"))
        self.feedback._reporter_dispute("Not mended, I am Mister Secret")
        request = self._client().get_service_request(self.feedback.number)
        self.assertEqual(request["status"], "open")
        self.assertNotIn("Secret", json.dumps(request))

    def test_filters_and_pages(self):
        others = [self._send(when=self.now - timedelta(minutes=5 + number)) for number in range(3)]
        for other in others:
            other._staff_receive()
        others[0]._staff_finish("Done")
        numbers = [one.number for one in others]

        def found(query):
            listed = self._get(f"requests.json?{query}").json()
            return [one["service_request_id"] for one in listed]

        self.assertEqual(found("page_size=2"), numbers[:2])
        self.assertEqual(found("page_size=2&page=2"), [numbers[2], self.feedback.number])
        self.assertEqual(found("page_size=2&page=999999999"), [])
        self.assertEqual(found("status=closed"), numbers[:1])
        self.assertEqual(found("service_code=lamp"), [])
        self.assertEqual(len(found("service_code=lamp,pavement")), 4)
        self.assertEqual(found(f"service_request_id={numbers[1]}&status=closed"), [numbers[1]], "ids override the rest")
        hour_ago = (self.now - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.feedback.received_at = self.feedback.submitted_at
        self.assertEqual(found(f"start_date={hour_ago}"), numbers)
        self.assertEqual(found(f"end_date={hour_ago}"), [self.feedback.number])

    def test_a_client_that_asks_for_its_last_hour_sees_what_is_read_later(self):
        late = self._send(when=self.now - timedelta(days=2))
        late._staff_receive(when=self.now - timedelta(minutes=10))
        hour_ago = (self.now - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        listed = self._get(f"requests.json?start_date={hour_ago}").json()
        self.assertIn(late.number, [one["service_request_id"] for one in listed])
        listed = self._get(f"requests.json?end_date={hour_ago}").json()
        self.assertIn(late.number, [one["service_request_id"] for one in listed], "sent before, and shown by now")

    def test_as_many_queries_for_many_as_for_few(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            model = self.env["kdc.feedback"].with_user(self.env.ref("base.public_user"))
            before = self.env.cr.sql_log_count
            model._open311_search(self.company, {}, fields.Datetime.now())._open311_requests("http://x", True)
            return self.env.cr.sql_log_count - before

        count()
        few = count()
        for _number in range(6):
            self._send(when=self.now - timedelta(minutes=5), location="Elsewhere")._staff_receive()
        self.assertEqual(count(), few)

    # -- what has happened ------------------------------------------------------------------------------------------
    def _updates(self, query="", form="json", status=200):
        response = self._get(f"servicerequestupdates.{form}?{query}", status)
        return response.json() if form == "json" else etree.fromstring(response.content)

    def test_what_fixmystreet_expects_of_updates(self):
        """It asks for a period, skips rows without number, own id, or a time in it, and misreads empty parts."""
        self.feedback._staff_ask("Which side? I ask Mister Secret")
        self.feedback._reporter_message("The left one, says Mister Secret")
        self.feedback._staff_reply("Dear Mister Secret")
        self.feedback._staff_finish("Mended on Friday", photos=[picture()])
        start, end = (
            (self.now + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ") for hours in (-1, 1)
        )  # fmt: skip
        root = self._updates(f"start_date={start}&end_date={end}&api_key={self.secret}", "xml")
        self.assertEqual((root.tag, {row.tag for row in root}), ("service_request_updates", {"request_update"}))
        self.assertEqual({row.findtext("service_request_id") for row in root}, {self.feedback.number})
        rows = [{part.tag: part.text for part in row} for row in root]
        self.assertTrue(all(all(row.values()) for row in rows))
        self.assertEqual(len({row["update_id"] for row in rows}), len(rows))
        for row in rows:
            self.assertRegex(row["updated_datetime"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00$")
        self.assertEqual([row["status"] for row in rows][-1:], ["closed"])
        self.assertEqual([row["external_status_code"] for row in rows if row["status"] == "open"][0], "received")
        self.assertEqual(rows[-1]["description"], "Mended on Friday")
        self.assertEqual(self.url_open(rows[-1]["media_url"]).headers["Content-Type"], "image/jpeg")
        self.assertNotIn("Secret", etree.tostring(root, encoding="unicode"))
        self.assertEqual(self._updates(f"start_date={start}&end_date={end}"), rows, "both formats say the same")
        self.assertEqual(self._updates(f"end_date={start}"), [])

    def test_updates_in_pages_and_by_number(self):
        other = self._send(when=self.now - timedelta(days=100))
        other._staff_receive(when=self.now - timedelta(days=99))
        self.feedback._staff_finish("Done")
        every = self._updates()
        self.assertEqual([row["external_status_code"] for row in every], ["received", "done"])
        self.assertEqual(self._updates("page_size=1&page=2"), every[1:])
        self.assertEqual(self._updates("page_size=1&page=3"), [])
        (late,) = self._updates(f"service_request_id={other.number}")
        self.assertEqual((late["service_request_id"], late["status"]), (other.number, "open"))

    def test_updates_of_what_is_closed_to_others(self):
        number = self._post(description="Broken " + SECRET).json()[0]["service_request_id"]
        own = self.env["kdc.feedback"].search([("number", "=", number)])
        own._staff_receive()
        own.is_hidden = True
        own._log_line("note", body=SECRET)
        self.assertNotIn(number, str(self._updates()))
        self.assertIn(number, str(self._updates(f"api_key={self.secret}")), "the client follows what it has sent")
        own._staff_route_out()
        told = self._updates(f"api_key={self.secret}&service_request_id={number}")
        self.assertFalse([row for row in told if "description" in row], "the law keeps it secret")
        self.assertEqual((told[-1]["status"], told[-1]["external_status_code"]), ("closed", "routed"), "nor is it open")
        number = self._post(description="Broken again").json()[0]["service_request_id"]
        double = self.env["kdc.feedback"].search([("number", "=", number)])
        double._staff_merge(self.feedback)
        told = self._updates(f"api_key={self.secret}&service_request_id={number}")
        self.assertEqual((told[-1]["status"], told[-1]["external_status_code"]), ("closed", "merged"))
        self.assertNotIn("merged", str(self._updates()), "others read of the board only")
        self._updates("api_key=wrong", status=403)
        self._updates("start_date=yesterday", status=400)
        self._updates("page=0", status=400)
        self._get("servicerequestupdates/1.json", 404)

    def test_as_many_queries_for_many_updates_as_for_few(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            model = self.env["kdc.feedback"].with_user(self.env.ref("base.public_user"))
            before = self.env.cr.sql_log_count
            model._open311_updates(self.company, None, {}, fields.Datetime.now(), "http://x")
            return self.env.cr.sql_log_count - before

        count()
        few = count()
        for _number in range(4):
            self._send(when=self.now - timedelta(minutes=5))._staff_receive()
        self.assertEqual(count(), few)

    # -- errors ----------------------------------------------------------------------------------------------------
    def test_errors_as_the_specification_says(self):
        for path, status in (
            ("requests/PA-2026-99999.xml", 404),
            ("requests/1%20OR%201=1.xml", 404),
            ("services/nothing.xml", 404),
            ("services.xml?jurisdiction_id=nowhere.vn", 404),
            ("nonsense.xml", 404),
            ("requests.csv", 404),
            ("tokens/abcdefghijklmnopqrstuvwxyz.xml", 404),
            ("requests.xml?start_date=yesterday", 400),
            ("requests.xml?start_date=2026-01-01T00:00:00Z&end_date=2026-12-01T00:00:00Z", 400),
            ("requests.xml?status=maybe", 400),
            ("requests.xml?page=0", 400),
            ("requests.xml?page=%C2%B2", 400),
            ("requests.xml?page_size=%FF%FE", 400),
            ("requests/" + self.feedback.number + ".xml?api_key=wrong", 403),
        ):
            with self.subTest(path=path):
                root = etree.fromstring(self._get(path, status).content)
                self.assertEqual(root.tag, "errors")
                self.assertEqual(root.findtext("error/code"), str(status))
                self.assertTrue(root.findtext("error/description"))
        self.assertEqual(self._get("requests.json?status=maybe", 400).json()[0]["code"], 400)

    def test_errors_of_sending(self):
        for values, status in (
            ({"api_key": None}, 403),
            ({"api_key": "wrong"}, 403),
            ({"service_code": None}, 400),
            ({"service_code": "nothing"}, 404),
            ({"description": None}, 400),
            ({"lat": None, "long": None}, 400),
            ({"lat": "north"}, 400),
            ({"lat": "nan"}, 400),
            ({"lat": "51.5", "long": "-0.1"}, 400),
            ({"attribute[area]": "99999999"}, 400),
            ({"jurisdiction_id": "nowhere.vn"}, 404),
        ):
            with self.subTest(values=values):
                before = self.env["kdc.feedback"].search_count([])
                error = self._post(status=status, **values).json()[0]
                self.assertEqual(error["code"], status)
                self.assertEqual(self.env["kdc.feedback"].search_count([]), before)

    def test_questions_of_a_category_are_attributes(self):
        question = self.env["kdc.feedback.question"].create(
            {
                "category_id": self.category.id,
                "name": "Colour?",
                "kind": "choice",
                "choices": "red\nblue",
                "required": True,
            }
        )
        attribute = self._client().get_service_definition("pavement")["attributes"][0]
        self.assertEqual((attribute["datatype"], attribute["required"]), ("singlevaluelist", True))
        self.assertEqual([value["key"] for value in attribute["values"]], ["red", "blue"])
        code = f"attribute[{attribute['code']}]"
        self._post(status=400)
        self._post(status=400, **{code: "green"})
        number = self._post(**{code: "blue"}).json()[0]["service_request_id"]
        feedback = self.env["kdc.feedback"].search([("number", "=", number)])
        self.assertEqual(feedback.answer_ids.filtered(lambda one: one.question_id == question).value, "blue")

    def test_an_emergency_is_called_not_sent(self):
        emergency = self.env["kdc.feedback.category"].search([("is_emergency", "=", True)], limit=1)
        error = self._post(status=400, service_code=emergency.code).json()[0]
        self.assertIn(emergency.emergency_phone, error["description"])

    def test_wrong_keys_are_slowed_down(self):
        for _guess in range(20):
            self._post(status=403, api_key="wrong")
        self.assertIn("wait", self._post(status=403).json()[0]["description"], "even the right one waits")

    def test_a_client_that_is_not_active_is_refused(self):
        self.key.active = False
        self._post(status=403)

    # -- creating --------------------------------------------------------------------------------------------------
    def test_a_client_creates_and_follows(self):
        answer = self._post(
            **{
                "attribute[title]": " Loose tiles  at the gate",
                "first_name": "An",
                "last_name": "Nguyễn Văn",
                "phone": "0905 123 456",
                "email": "an@mail.vn",
                "attribute[area]": str(self.group_a.id),
                "media_url": "http://127.0.0.1/secret.jpg",
            },
            files={"photo1": ("a.jpg", picture(), "image/jpeg")},
        ).json()
        number = answer[0]["service_request_id"]
        feedback = self.env["kdc.feedback"].search([("number", "=", number)])
        self.assertEqual((feedback.channel, feedback.privacy, feedback.state), ("open311", "hidden", "new"))
        self.assertEqual((feedback.area_id, feedback.api_key_id, feedback.unit_id), (self.group_a, self.key, self.unit))
        self.assertEqual(feedback.contact_name, "Nguyễn Văn An <an@mail.vn>")
        self.assertEqual(feedback.name, "Loose tiles at the gate", "the subject FixMyStreet sends")
        self.assertEqual(feedback.contact_phone, "+84905123456")
        self.assertEqual(len(feedback.photo_ids), 1)
        self.assertFalse(feedback.create_uid._is_internal() and feedback.create_uid.id != 1)
        self._get(f"requests/{number}.json", 404)
        own = self._get(f"requests/{number}.json?api_key={self.secret}").json()[0]
        self.assertEqual(own["status"], "open", "the client follows before the ward has read it")
        feedback._staff_receive()
        self.assertEqual(self._client("xml").get_service_request(number)["service_request_id"], number)
        token = self._get(f"tokens/{feedback.follow_token}.json").json()[0]
        self.assertEqual(token["service_request_id"], number)
        feedback._staff_ask("Which side?")
        text = self.env["kdc.text.message"].search([("number", "=", "+84905123456")], order="id desc", limit=1)
        self.assertIn(feedback.follow_token, text.body, "asked by text")
        page = self.url_open(f"/feedback/follow/{feedback.follow_token}").text
        self.assertIn(f"/feedback/follow/{feedback.follow_token}/message", page, "and answered by its link")

    def test_sent_twice_is_stored_once(self):
        first = self._post(**{"attribute[fixmystreet_id]": "77"}).json()
        second = self._post(form="xml", **{"attribute[fixmystreet_id]": "77"})
        self.assertIn(first[0]["service_request_id"], second.text)

    def test_the_hourly_limit(self):
        self.key.hourly_limit = 1
        first = self._post(**{"attribute[external_id]": "5", "description": "Dark"}).json()
        self.assertEqual(self._post(status=400).json()[0]["code"], 429)
        self.assertEqual(self._post(**{"attribute[external_id]": "5", "description": "Dark"}).json(), first)

    def test_what_is_no_picture_is_refused(self):
        self._post(status=400, files={"photo1": ("a.jpg", b"<svg onload=alert(1)>", "image/jpeg")})

    def test_a_get_creates_nothing(self):
        before = self.env["kdc.feedback"].search_count([])
        self._get(
            f"requests.json?api_key={self.secret}&service_code=pavement&description=Broken+pavement&lat=12&long=109"
        )
        self.assertEqual(self.env["kdc.feedback"].search_count([]), before)

    # -- what never leaves -----------------------------------------------------------------------------------------
    def test_nothing_closed_leaves(self):
        noise = self.env.ref("kdc_feedback.category_noise")
        noise.is_public = False
        closed = {
            "new": self._send(when=self.now, description=SECRET + " not read yet"),
            "private": self._send(when=self.now, description=SECRET + " private", is_private=True),
            "routed": self._send(when=self.now, description=SECRET + " routed"),
            "hidden": self._send(when=self.now, description=SECRET + " hidden"),
            "category": self._send(when=self.now, description=SECRET + " category", category_id=noise.id),
            "merged": self._send(when=self.now, description=SECRET + " merged"),
        }
        for name, feedback in closed.items():
            if name in ("private", "hidden", "category"):
                feedback._staff_receive()
        closed["routed"]._staff_route_out()
        closed["hidden"].is_hidden = True
        closed["merged"]._staff_merge(self.feedback)
        self.feedback._log_line("note", body=SECRET)
        self.feedback._log_line("reporter", body=SECRET)
        self.feedback._staff_ask(SECRET)
        self.feedback.with_user(self.user_handler).message_post(body=SECRET)
        listed = self._get("requests.json?extensions=true").text + self._get("requests.xml?extensions=true").text
        self.assertNotIn(SECRET, listed)
        for name, feedback in closed.items():
            with self.subTest(name):
                self.assertFalse(feedback.is_public)
                self.assertNotIn(feedback.number, listed)
                self._get(f"requests/{feedback.number}.xml", 404)
                self.assertEqual(self._get(f"requests.json?service_request_id={feedback.number}").json(), [])
        self.assertNotIn(SECRET, self._get(f"requests/{self.feedback.number}.json?extensions=true").text)

    def test_names_and_numbers_in_the_words_are_masked(self):
        name = self.resident_a.name
        feedback = self._send(when=self.now, description=f"I am {name}, call 0905 123 456 about the pavement")
        feedback._staff_receive()
        feedback._staff_finish(f"Dear {name.upper()}, it is mended")
        text = self._get(f"requests/{feedback.number}.json?extensions=true").text
        for secret in (name, name.upper(), "0905 123 456"):
            self.assertNotIn(secret, text)
        self.assertIn("it is mended", text)

    def test_a_home_has_no_position(self):
        feedback = self._send(
            when=self.now, dwelling_id=self.household_a.dwelling_id.id, location=False, latitude=12.5, longitude=109.5
        )
        feedback._staff_receive()
        request = self._client().get_service_request(feedback.number)
        self.assertEqual((request["lat"], request["long"]), (None, None))
        self.assertNotIn(self.household_a.dwelling_id.house_number, request["address"])

    def test_another_ward_keeps_its_own(self):
        company = self.env["res.company"].create({"name": "Phường Khác"})
        self.key.company_id = company
        self._post(status=403)


@tagged("post_install", "-at_install")
class TestOpen311Keys(FeedbackCommon):
    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_roles(self):
        key = self.env["kdc.feedback.api.key"].create({"name": "App", "company_id": self.company.id})
        public = self.env.ref("base.public_user")
        for role in ("user_handler", "user_area_head", "user_auditor", "user_officer", "user_staff", "user_portal_a"):
            for operation in ("read", "write", "create", "unlink"):
                with self.subTest(role=role, operation=operation):
                    self.assertFalse(key.with_user(getattr(self, role)).has_access(operation))
        self.assertFalse(key.with_user(public).has_access("read"))
        own = key.with_user(self.user_dispatcher)
        self.assertTrue(own.has_access("write"))
        self.assertFalse(own.has_access("unlink"))
        with self.assertRaises(AccessError):
            own.read(["key_hash"])
        with self.assertRaises(AccessError):
            key.with_user(self.user_handler).action_make_key()

    def test_only_the_hash_is_kept(self):
        key = self.env["kdc.feedback.api.key"].create({"name": "App", "company_id": self.company.id})
        shown = key.with_user(self.user_dispatcher).action_make_key()["context"]["default_key"]
        self.assertNotIn(shown, str(key.sudo().read()))
        self.assertEqual(self.env["kdc.feedback.api.key"]._by_key(shown, self.company), key)
        again = key.action_make_key()["context"]["default_key"]
        self.assertFalse(self.env["kdc.feedback.api.key"]._by_key(shown, self.company), "the former key is dead")
        self.assertTrue(self.env["kdc.feedback.api.key"]._by_key(again, self.company))
