import base64
import io

from dateutil.relativedelta import relativedelta
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from PIL import Image

from .common import UtilitiesCommon

PAGE_LIMIT = 60_000


def picture(color="gray", **options):
    out = io.BytesIO()
    Image.new("RGB", (40, 30), color).save(out, "JPEG", **options)
    return out.getvalue()


@tagged("post_install", "-at_install")
class TestPortalReadings(UtilitiesCommon, HttpCase):
    """A resident sends the figure of the own meter; HTTP cannot travel in time, so months are counted from today."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = today_here(cls.meter_a)
        cls.month = cls.today.replace(day=1)
        for meter in (cls.meter_a, cls.meter_b):
            for back in range(5, 0, -1):
                cls._read(meter, cls.month - relativedelta(months=back) + relativedelta(day=25), 150 - 10 * back)
        cls.schedule = cls.env["kdc.reading.schedule"].create(
            {"company_id": cls.company.id, "day_open": 1, "day_close": 31}
        )

    def _get(self, url, login="kdc_portal_a"):
        self.authenticate(login, login)
        return self.url_open(url, allow_redirects=False)

    def _send(self, meter, login="kdc_portal_a", photo=None, **data):
        self.authenticate(login, login)
        data["csrf_token"] = Request.csrf_token(self)
        files = {"photo": ("m.jpg", photo, "image/jpeg")} if photo else None
        return self.url_open(f"/my/readings/{meter.id}", data=data, files=files, allow_redirects=False)

    def _reading(self):
        self.env.invalidate_all()
        return self.meter_a.reading_ids.filtered(lambda row: row.date >= self.month)

    def test_home_list_and_page(self):
        self.assertIn(f'href="/my/readings/{self.meter_a.id}"', self._get("/my").text)
        page = self._get("/my/readings")
        self.assertIn("DH-A1", page.text)
        self.assertNotIn("DH-B1", page.text)
        page = self._get(f"/my/readings/{self.meter_a.id}")
        self.assertIn("145 – 160", page.text)
        self.assertLess(len(page.content), PAGE_LIMIT)

    def test_send_and_correct(self):
        self.assertEqual(self._send(self.meter_a, value="151", photo=picture()).status_code, 303)
        reading = self._reading()
        self.assertEqual((reading.value, reading.source, reading.consumption), (151, "portal", 11))
        self.assertEqual((reading.user_id, reading.date), (self.user_portal_a, self.today))
        photo = self._get(f"/my/readings/photo/{reading.id}")
        self.assertEqual((photo.status_code, photo.headers["Content-Type"]), (200, "image/jpeg"))
        self.assertEqual(self._get(f"/my/readings/photo/{reading.id}", "kdc_portal_b").status_code, 404)
        self._send(self.meter_a, value="152,5")
        self.assertEqual(self._reading().value, 152.5)
        self.assertNotIn(f'href="/my/readings/{self.meter_a.id}"', self._get("/my").text)

    def test_lower_needs_a_reason_and_higher_a_second_look(self):
        response = self._send(self.meter_a, value="139")
        self.assertEqual(response.status_code, 422)
        self.assertIn('name="reason"', response.text)
        self.assertIn('value="139"', response.text, "What was typed is not lost.")
        self.assertFalse(self._reading())
        self.assertEqual(self._send(self.meter_a, value="139", reason="Mới thay").status_code, 303)
        self.assertEqual((self._reading().event, self._reading().consumption), ("below", 0))
        response = self._send(self.meter_a, value="400")
        self.assertEqual(response.status_code, 422)
        self.assertIn('name="sure"', response.text)
        self.assertEqual(self._send(self.meter_a, value="400", sure="1").status_code, 303)
        self.assertEqual((self._reading().event, self._reading().consumption), ("normal", 260))

    def test_a_figure_below_an_estimate_needs_no_reason(self):
        """It is what sets the estimate right; below what was really read it is still asked about."""
        self.meter_a.reading_ids.sorted("date")[-1].write({"value": 150, "source": "estimate"})
        self.assertEqual(self._send(self.meter_a, value="129").status_code, 422)
        self.assertEqual(self._send(self.meter_a, value="143").status_code, 303)
        self.assertEqual((self._reading().event, self._reading().carry), ("normal", -7))

    def test_a_staff_reading_stands(self):
        self._read(self.meter_a, self.today, 149)
        self.assertNotIn('name="value"', self._get(f"/my/readings/{self.meter_a.id}").text)
        self.assertEqual(self._send(self.meter_a, value="150").status_code, 422)
        self.assertEqual(self._reading().value, 149)

    def test_reading_days_apply(self):
        last = self.month + relativedelta(months=1, days=-1)
        if self.today == last:
            self.schedule.write({"day_open": 1, "day_close": 1, "late_rule": "refuse"})
        else:
            self.schedule.write({"day_open": 31, "day_close": 31})
        self.assertNotIn(f'href="/my/readings/{self.meter_a.id}"', self._get("/my").text)
        self.assertEqual(self._send(self.meter_a, value="150").status_code, 422)
        self.assertFalse(self._reading())

    def test_hostile_figures_and_files(self):
        for value in ("", "-5", "1e5", "NaN", "abc", "1.234.567", "123456", "9" * 400, "<script>"):
            with self.subTest(value=value):
                response = self._send(self.meter_a, value=value)
                self.assertEqual(response.status_code, 422)
                self.assertNotIn("Traceback", response.text)
                self.assertNotIn("<script>", response.text.split("<body")[1].replace("<script src", ""))
                if value == "123456":
                    self.assertIn("(5", response.text, "More digits than the meter has.")
                    self.assertIn('value="123456"', response.text)
                    self.assertNotIn('name="sure"', response.text, "Nothing to confirm.")
        large = picture() + b"0" * 15 * 1024 * 1024
        for data in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"MZ" + b"0" * 50, b"\xff\xd8\xff broken", large):
            with self.subTest(data=data[:5]):
                self.assertEqual(self._send(self.meter_a, value="150", photo=data).status_code, 422)
        self.assertFalse(self._reading())

    def test_others_meters_do_not_exist(self):
        for url in (f"/my/readings/{self.meter_b.id}", "/my/readings/999999999", "/my/readings/photo/999999999"):
            self.assertEqual(self._get(url).status_code, 404, url)
        before = len(self.meter_b.reading_ids)
        self.assertEqual(self._send(self.meter_b, value="150").status_code, 404)
        self.env.invalidate_all()
        self.assertEqual(len(self.meter_b.reading_ids), before)
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        response = self.url_open(f"/my/readings/{self.meter_a.id}", data={"value": "150"})
        self.assertEqual(response.status_code, 400, "No form without its token.")
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open("/my/readings", allow_redirects=False).headers.get("Location", ""))

    def test_a_meter_changed_today_says_so(self):
        change = self.env["kdc.meter.change"].create(
            {"meter_id": self.meter_a.id, "kind": "reset", "date": self.today, "reason": "Sửa", "final_value": 150}
        )
        change.action_apply()
        response = self._send(self.meter_a, value="2")
        self.assertEqual(response.status_code, 422)
        self.assertIn("DH-A1", response.text)

    def test_photo_is_stored_clean(self):
        turned = Image.Exif()
        turned[0x0112] = 6  # as a phone held upright says it
        self._send(self.meter_a, value="151", photo=picture("blue", exif=turned))
        data = base64.b64decode(self._reading().photo)
        self.assertTrue(data.startswith(b"\xff\xd8"))
        image = Image.open(io.BytesIO(data))
        self.assertEqual((image.size, dict(image.getexif())), ((30, 40), {}), "Upright, and without what else it says.")
