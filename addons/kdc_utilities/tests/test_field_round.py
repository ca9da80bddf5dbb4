import base64
import io
from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import fields
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger
from PIL import Image

from ..controllers import field_round
from .common import UtilitiesCommon


def picture():
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "gray").save(out, "JPEG")
    return base64.b64encode(out.getvalue()).decode()


@tagged("post_install", "-at_install")
class TestFieldRound(UtilitiesCommon, HttpCase):
    """What a reader's phone sends after the walk: taken once, refused with a reason, or asked back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = today_here(cls.meter_a)
        cls.month = cls.today.replace(day=1)
        for meter in (cls.meter_a, cls.meter_b):
            for back in range(5, 0, -1):
                cls._read(meter, cls.month - relativedelta(months=back) + relativedelta(day=25), 150 - 10 * back)

    def _list(self, login="kdc_collector"):
        self.authenticate(login, login)
        return self.make_jsonrpc_request("/kdc/round/list", timeout=300)

    def _send(self, *readings, login="kdc_collector"):
        self.authenticate(login, login)
        return self.make_jsonrpc_request("/kdc/round/send", {"readings": list(readings)}, timeout=300)

    def _item(self, value="151", meter=None, key="key-00000001", **vals):
        taken = fields.Datetime.now().isoformat() + "+00:00"
        return {"key": key, "meter": (meter or self.meter_a).id, "value": value, "taken": taken, "seen": ""} | vals

    def _reading(self, meter=None):
        self.env.invalidate_all()
        return (meter or self.meter_a).reading_ids.filtered(lambda row: row.date >= self.month)

    def test_page_and_worker(self):
        self.authenticate("kdc_collector", "kdc_collector")
        page = self.url_open("/kdc/round")
        self.assertEqual(page.status_code, 200)
        self.assertLess(len(page.content), 60_000)
        self.assertNotIn(self.household_a.name, page.text, "The page that stays on the phone names nobody.")
        worker = self.url_open("/kdc/round/sw.js")
        self.assertEqual(worker.headers["Service-Worker-Allowed"], "/kdc/round")
        self.assertIn("javascript", worker.headers["Content-Type"])

    def test_list_of_the_own_areas(self):
        data = self._list()
        self.assertEqual([row["serial"] for row in data["meters"]], ["DH-A1"])
        row = data["meters"][0]
        self.assertEqual((row["previous"], row["low"], row["high"], row["known"]), ("140", "145", "160", None))
        serials = [row["serial"] for row in self._list("kdc_accountant")["meters"]]
        self.assertIn("DH-B1", serials)

    def test_a_list_that_was_cut_says_of_how_many(self):
        """A reader of the whole ward would take the end of the list for the end of the walk."""
        every = self._list("kdc_accountant")
        self.assertEqual(every["total"], len(every["meters"]))
        self.patch(field_round, "LIST_LIMIT", 1)
        part = self._list("kdc_accountant")
        self.assertEqual((len(part["meters"]), part["total"]), (1, every["total"]))
        self.assertIn('data-say="part"', self.url_open("/kdc/round").text)

    def test_list_queries_do_not_grow_with_the_meters(self):
        counts = []
        for login in ("kdc_collector", "kdc_accountant"):
            self._list(login)
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._list(login)
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1] - counts[0], 5)

    def test_place_of_the_reading(self):
        """Kept with its accuracy and compared with the house; what is no position is left out, the reading stays."""
        self.meter_a.dwelling_id.write({"latitude": 12.2388, "longitude": 109.1967})
        self._send(self._item(place={"lat": 12.2389, "lon": 109.1967, "acc": 8.4}))
        reading = self._reading()
        self.assertEqual((reading.latitude, reading.longitude, reading.accuracy), (12.2389, 109.1967, 8))
        self.assertEqual(reading.distance, 11)
        known = self._list()["meters"][0]["known"]
        for number, wrong in enumerate((None, "x", {"lat": 1}, {"lat": 91, "lon": 0, "acc": 1})):
            item = self._item(value=f"15{number + 2}", key=f"key-0000001{number}", seen=known["stamp"], place=wrong)
            (answer,) = self._send(item)
            known = answer["known"]
            self.assertEqual(answer["state"], "done")
            self.assertEqual((self._reading().accuracy, self._reading().distance), (0, 0))

    def test_taken_once_however_often_it_is_sent(self):
        item = self._item(photo=picture())
        for _twice in range(2):
            (answer,) = self._send(item)
            self.assertEqual((answer["state"], answer["known"]["value"]), ("done", "151"))
        reading = self._reading()
        self.assertEqual((len(reading), reading.source, reading.consumption), (1, "phone", 11))
        self.assertEqual((reading.user_id, reading.client_key), (self.user_collector, "key-00000001"))
        self.assertTrue(reading.photo and reading.taken_on)

    def test_somebody_elses_newer_figure_stands_until_the_reader_decides(self):
        item = self._item()
        self._read(self.meter_a, self.today, 153)
        (answer,) = self._send(item)
        self.assertEqual((answer["state"], answer["known"]["value"]), ("conflict", "153"))
        self.assertTrue(answer["message"])
        self.assertEqual(self._reading().value, 153)
        seen = answer["known"]["stamp"]
        self._read(self.meter_a, self.today, 154)
        (answer,) = self._send(item | {"force": True, "key": "key-00000002", "seen": seen})
        self.assertEqual((answer["state"], answer["known"]["value"]), ("conflict", "154"), "This one was not shown.")
        self.assertEqual(self._reading().value, 154)
        (answer,) = self._send(item | {"key": "key-00000005", "seen": answer["known"]["stamp"]})
        self.assertEqual((answer["state"], self._reading().value), ("done", 151))
        (answer,) = self._send(self._item("152", key="key-00000003", seen=answer["known"]["stamp"]))
        self.assertEqual((answer["state"], self._reading().value), ("done", 152), "Correcting what one has seen.")
        (answer,) = self._send(self._item("152", key="key-00000004", seen="older"))
        self.assertEqual(answer["state"], "done", "The same figure is no conflict.")

    def test_an_estimate_is_no_conflict(self):
        self.meter_a._estimate(self.month)
        (answer,) = self._send(self._item("149"))
        self.assertEqual((answer["state"], self._reading().source), ("done", "phone"))

    def test_lower_needs_a_reason(self):
        (answer,) = self._send(self._item("3"))
        self.assertEqual(answer["state"], "refused")
        self.assertFalse(self._reading())
        (answer,) = self._send(self._item("3", reason="Đồng hồ mới"))
        self.assertEqual((answer["state"], self._reading().event), ("done", "below"))

    def test_below_an_estimate_is_not_lower(self):
        self.meter_a.reading_ids.sorted("date")[-1].write({"value": 150, "source": "estimate"})
        row = next(row for row in self._list()["meters"] if row["id"] == self.meter_a.id)
        self.assertEqual((row["previous"], row["lowest"]), ("150", "130"))
        (answer,) = self._send(self._item("143", reason="Ước tính cao"))
        self.assertEqual((answer["state"], self._reading().event), ("done", "normal"))

    def test_one_bad_reading_does_not_hold_up_the_others(self):
        answers = self._send(self._item("abc"), self._item("151", key="key-00000009"))
        self.assertEqual([answer["state"] for answer in answers], ["refused", "done"])

    def test_hostile_parcels(self):
        now = fields.Datetime.now()
        for change in (
            {"key": ""}, {"key": None}, {"key": "x" * 65}, {"key": "a b"}, {"meter": "1"}, {"meter": True},
            {"meter": -1}, {"meter": 2**40}, {"meter": None}, {"meter": self.meter_b.id}, {"value": None},
            {"value": "-1"}, {"value": "1e9"}, {"value": ["1"]}, {"value": "9" * 30}, {"taken": None}, {"taken": "x"},
            {"taken": (now - timedelta(days=60)).isoformat() + "+00:00"},
            {"taken": (now + timedelta(days=2)).isoformat() + "+00:00"},
            {"photo": "%%%"}, {"photo": base64.b64encode(b"<svg/>").decode()}, {"photo": 5}, {"photo": ["x"]},
        ):  # fmt: skip
            with self.subTest(change=change):
                (answer,) = self._send(self._item() | change)
                self.assertEqual(answer["state"], "refused")
                self.assertTrue(answer["message"])
        self.assertEqual(self._send("x", None, 5)[0]["state"], "refused")
        self.assertFalse(self._reading() + self._reading(self.meter_b))
        for readings in ("x", [self._item()] * 21):
            self.authenticate("kdc_collector", "kdc_collector")
            with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
                self.make_jsonrpc_request("/kdc/round/send", {"readings": readings})

    def test_only_readers_of_meters(self):
        for login in ("kdc_portal_a", "kdc_approver", "kdc_officer"):
            self.authenticate(login, login)
            self.assertEqual(self.url_open("/kdc/round").status_code, 404, login)
            for path, params in (("list", {}), ("send", {"readings": [self._item()]})):
                with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
                    self.make_jsonrpc_request(f"/kdc/round/{path}", params)
        self.assertFalse(self._reading())
