import base64
from datetime import timedelta

from lxml import html
from odoo import Command, fields
from odoo.addons.kdc_residents.tests.leaks import picture
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import FeedbackCommon


@tagged("post_install", "-at_install")
class TestInspection(FeedbackCommon, HttpCase):
    """What a handler's phone is given, and what becomes of what it brings back from the spot."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["website"].search([]).company_id = cls.company
        cls.now = fields.Datetime.now()
        cls.photo = base64.b64encode(picture()).decode()
        cls.feedback = cls._mine(latitude=12.2388, longitude=109.1967)

    @classmethod
    def _mine(cls, **vals):
        """Feedback received and given to the handler."""
        feedback = cls._send(when=vals.pop("when", cls.now), **vals)
        feedback._staff_receive()
        feedback.user_id = cls.user_handler
        return feedback

    def _list(self, login="kdc_handler"):
        self.authenticate(login, login)
        return self.make_jsonrpc_request("/kdc/inspection/list", timeout=300)

    def _row(self, feedback, login="kdc_handler"):
        (row,) = (row for row in self._list(login)["cases"] if row["id"] == feedback.id)
        return row

    def _bring(self, *results, login="kdc_handler"):
        self.authenticate(login, login)
        return self.make_jsonrpc_request("/kdc/inspection/send", {"results": list(results)}, timeout=300)

    def _result(self, feedback=None, **vals):
        feedback = feedback or self.feedback
        return {
            "key": f"key-{feedback.id}-00000001",
            "case": feedback.id,
            "stamp": self.env["kdc.feedback.inspection"].with_user(self.user_handler)._stamp(feedback),
            "outcome": "done",
            "body": "Mended",
            "note": "",
            "photo": "",
            "unit": 0,
            "taken": f"{self.now.isoformat()}Z",
            **vals,
        }

    def _lines(self, feedback, kind):
        self.env.invalidate_all()
        return feedback.message_line_ids.filtered(lambda line: line.kind == kind)

    def _alerts(self, feedback):
        alert = self.env.ref("kdc_feedback.mail_activity_alert")
        return len(feedback.activity_ids.filtered(lambda activity: activity.activity_type_id == alert))

    # -- what the phone is given ---------------------------------------------------------------------------------

    def test_page_and_worker(self):
        self.authenticate("kdc_handler", "kdc_handler")
        page = self.url_open("/kdc/inspection")
        self.assertEqual(page.status_code, 200)
        self.assertNotIn(self.feedback.number, page.text, "what the phone keeps of the page tells of nobody")
        worker = self.url_open("/kdc/inspection/sw.js")
        self.assertEqual(worker.headers["Service-Worker-Allowed"], "/kdc/inspection")

    def test_own_open_feedback_due_first(self):
        late = self._mine(when=self.now - timedelta(days=90))
        for state in ("waiting", "done"):
            other = self._mine()
            other._staff_ask("Where?") if state == "waiting" else other._staff_finish("Mended")
        self._send(when=self.now)
        listed = self._list()
        self.assertEqual([row["id"] for row in listed["cases"]], [late.id, self.feedback.id])
        self.assertEqual([row["late"] for row in listed["cases"]], [True, False])
        self.assertEqual(listed["cases"][1]["position"], [12.2388, 109.1967])
        self.assertIn(self.other_unit.id, [unit["id"] for unit in listed["units"]])
        self.assertFalse(self._list("kdc_other_handler")["cases"])

    def test_no_name_and_no_number_that_is_not_needed(self):
        partner = self.resident_a.partner_id
        partner.phone = "0905 123 456"
        name = partner.name
        cases = {
            privacy: self._mine(description=f"{name} 0905 123 456", location=f"House of {name}", **vals)
            for privacy, vals in {"hidden": {}, "private": {"is_private": True}}.items()
        }
        cases["anonymous"] = self._mine(privacy="anonymous")
        listed = self._list()
        self.assertNotIn(name, str(listed))
        phones = {row["id"]: row.pop("phone") for row in listed["cases"]}
        self.assertNotIn("0905 123 456", str(listed))
        self.assertEqual([phones[case.id] for case in cases.values()], ["0905 123 456", "", ""])

    def test_as_many_queries_for_many_as_for_few(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["kdc.feedback.inspection"].with_user(self.user_handler)._download()
            return self.env.cr.sql_log_count - before

        def add():
            feedback = self._mine(dwelling_id=self.household_a.dwelling_id.id)
            feedback._add_photos([picture()] * 3)

        add()
        count()
        few = count()
        for _number in range(4):
            add()
        self.assertLessEqual(count(), few)
        rows = self.env["kdc.feedback.inspection"].with_user(self.user_handler)._download()["cases"]
        self.assertEqual(max(len(row["photos"]) for row in rows), 2)

    # -- what it brings back -------------------------------------------------------------------------------------

    def test_taken_once_however_often_it_is_sent(self):
        result = self._result(photo=self.photo, note="Two slabs")
        for _time in range(2):
            (answer,) = self._bring(result)
            self.assertEqual((answer["state"], answer["message"]), ("done", ""))
        self.assertEqual(self.feedback.state, "done")
        (line,) = self._lines(self.feedback, "result")
        self.assertEqual((line.body, line.author_id, len(line.photo_ids)), ("Mended", self.user_handler, 1))
        (note,) = self._lines(self.feedback, "note")
        self.assertEqual(note.action, "visit")
        self.assertIn("Two slabs", note.body)
        self.assertIn(self.feedback._format_local(self.now), note.body)
        self.assertEqual(len(self._notices(self.resident_a.partner_id)), 2, "received, result")

    def test_the_steps_of_the_form(self):
        self.category.needs_photo_after = True
        case = self._mine()
        self.assertTrue(self._row(case)["needs_photo"])
        for wrong in ({}, {"photo": self.photo, "body": " "}):
            (answer,) = self._bring(self._result(case, **wrong))
            self.assertEqual(answer["state"], "refused")
            self.assertTrue(answer["message"])
        self.assertFalse(self._lines(case, "note"), "nothing is left of what was refused")
        self.assertEqual(self._bring(self._result(case, photo=self.photo))[0]["state"], "done")
        self.assertEqual(case.state, "done")

    def test_another_unit_and_a_note(self):
        note = self._result(outcome="note", note="Came again, nobody there", photo=self.photo, body="not read")
        self.assertEqual(self._bring(note)[0]["state"], "done")
        self.assertEqual(self.feedback.state, "received")
        self.assertEqual(len(self._lines(self.feedback, "note").photo_ids), 1)
        wanted = {"outcome": "other", "note": "It is a pipe", "key": "key-other-1"}
        for wrong in ({"unit": 0}, {"unit": self.unit.id}, {"unit": self.other_unit.id, "note": ""}):
            self.assertEqual(self._bring(self._result(**wanted | wrong))[0]["state"], "refused")
        self.assertEqual(self._bring(self._result(**wanted, unit=self.other_unit.id))[0]["state"], "done")
        self.env.invalidate_all()
        self.assertEqual((self.feedback.unit_id, self.feedback.user_id.id), (self.other_unit, False))
        self.assertTrue(any("It is a pipe" in line.body for line in self._lines(self.feedback, "note")))

    def test_what_was_decided_meanwhile_stands(self):
        """Closed, passed on, given to a colleague, disputed, joined: the result becomes a note, and both are told."""
        colleague = self._create_user("kdc_colleague", "kdc_feedback.group_handler")
        self.unit.member_ids = [Command.link(colleague.id)]

        def disputed(feedback):
            feedback._staff_finish("As I see it")
            feedback.term_start = self.now - timedelta(days=1)
            feedback._reporter_dispute("Not at all")

        changes = {
            "closed": lambda feedback: feedback._staff_finish("Somebody else's result"),
            "passed on": lambda feedback: feedback._staff_transfer(self.other_unit, "Yours"),
            "colleague": lambda feedback: feedback.write({"user_id": colleague.id}),
            "routed out": lambda feedback: feedback._staff_route_out(),
            "disputed": disputed,
            "joined": lambda feedback: feedback._staff_merge(self.feedback),
        }
        for what, change in changes.items():
            feedback = self._mine(when=self.now - timedelta(hours=1))
            result = self._result(feedback, body="Late words", photo=self.photo)
            change(feedback)
            alerts = {case: self._alerts(case) for case in (feedback, self.feedback)}
            results = len(self._lines(feedback, "result"))
            with self.subTest(what):
                for _time in range(2):
                    (answer,) = self._bring(result)
                    self.assertEqual(answer["state"], "kept")
                    self.assertTrue(answer["message"])
                self.assertEqual(len(self._lines(feedback, "result")), results)
                kept = self._lines(self.feedback if what == "joined" else feedback, "note").filtered(
                    lambda line: line.action == "visit_late"
                )
                self.assertEqual(len(kept), 1)
                self.assertIn("Late words", kept.body)
                self.assertEqual(len(kept.photo_ids), 1)
                self.assertFalse(kept.photo_ids & kept.feedback_id._public_photos())
                texts = self.env["kdc.feedback.inspection"].with_context(lang="vi_VN")
                self.assertEqual(answer["message"], texts._late_text(kept.feedback_id))
                if what == "routed out":
                    self.assertNotEqual(answer["message"], texts._late_text(self.feedback), "nobody was told")
                else:
                    self.assertGreater(self._alerts(kept.feedback_id), alerts[kept.feedback_id])

    def test_hostile_parcels(self):
        stamp = self._result()["stamp"]
        day, term, sign = stamp.split(".")
        stranger = self._result(self._send(when=self.now))
        for change in (
            {"key": ""}, {"key": None}, {"key": "x" * 65}, {"key": ["x"]}, {"case": "1"}, {"case": True}, {"case": -1},
            {"case": 2**40}, {"case": None}, {"stamp": ""}, {"stamp": None}, {"stamp": f"2020-01-01.{term}.{sign}"},
            {"stamp": f"{day}.0.{sign}"}, {"stamp": "x.y.z"}, {"stamp": f"{day}.{term}.đ"}, {"case": stranger["case"]},
            {"outcome": "x"}, {"outcome": None}, {"body": None}, {"body": ["x"]}, {"photo": "%%%"}, {"photo": ["x"]},
            {"photo": base64.b64encode(b"<svg/>").decode()}, {"outcome": "other", "note": "x", "unit": "1"},
        ):  # fmt: skip
            with self.subTest(change=change):
                (answer,) = self._bring(self._result() | change)
                self.assertEqual(answer["state"], "refused")
                self.assertTrue(answer["message"])
        self.assertEqual(self._bring("x", None, 5)[0]["state"], "refused")
        self.assertFalse(self._lines(self.feedback, "note") + self._lines(self.feedback, "result"))
        for results in ("x", [self._result()] * 11):
            with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
                self.authenticate("kdc_handler", "kdc_handler")
                self.make_jsonrpc_request("/kdc/inspection/send", {"results": results})
        (answer,) = self._bring(self._result(taken="2090-01-01T00:00:00Z"))
        self.assertEqual(answer["state"], "done", "a wrong clock loses nothing")
        self.assertNotIn("2090", self._lines(self.feedback, "note").body)

    def test_only_the_handler_it_was_given_to(self):
        (answer,) = self._bring(self._result(), login="kdc_other_handler")
        self.assertEqual(answer["state"], "refused", "a stamp is of one person")
        for login in ("kdc_auditor", "kdc_area_head", "kdc_officer", "kdc_portal_a"):
            self.authenticate(login, login)
            for path in ("", "/plain", f"/plain/{self.feedback.id}"):
                self.assertEqual(self.url_open(f"/kdc/inspection{path}").status_code, 404, (login, path))
            for path, params in (("list", {}), ("send", {"results": [self._result()]})):
                with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
                    self.make_jsonrpc_request(f"/kdc/inspection/{path}", params)
        self.authenticate("kdc_other_handler", "kdc_other_handler")
        self.assertEqual(self.url_open(f"/kdc/inspection/plain/{self.feedback.id}").status_code, 404)
        self.assertFalse(self._lines(self.feedback, "note") + self._lines(self.feedback, "result"))

    # -- without JavaScript --------------------------------------------------------------------------------------

    def test_the_same_without_javascript(self):
        self.authenticate("kdc_handler", "kdc_handler")
        page = html.fromstring(self.url_open("/kdc/inspection/plain").content)
        (link,) = page.xpath("//ul/li/a/@href")
        page = html.fromstring(self.url_open(link).content)
        form = dict(page.forms[-1].fields.items())
        self.assertFalse(form["outcome"])
        wrong = {**form, "outcome": "other", "note": "It is a pipe"}
        response = self.url_open(link, data=wrong)
        self.assertEqual(response.status_code, 422)
        self.assertIn("It is a pipe", response.text)
        keyless = {name: value for name, value in wrong.items() if name != "key"}
        self.assertEqual(self.url_open(link, data=keyless).status_code, 422)
        colleague = self.feedback.user_id.copy({"login": "kdc_plain_colleague"})
        self.unit.member_ids = [Command.link(colleague.id)]
        self.feedback.user_id = colleague
        self.assertIn("It is a pipe", self.url_open(link, data=keyless).text, "given back, though its page is gone")
        self.feedback.user_id = self.user_handler
        form |= {"outcome": "done", "body": "Mended", "unit": "", "photo": ""}
        for _time in range(2):
            response = self.url_open(link, data=form, files={"photo": ("a.jpg", picture(), "image/jpeg")})
            self.assertEqual(response.status_code, 200)
            self.assertTrue(response.url.endswith("/kdc/inspection/plain"))
        (line,) = self._lines(self.feedback, "result")
        self.assertEqual((line.body, len(line.photo_ids)), ("Mended", 1))
