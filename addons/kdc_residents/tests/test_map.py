from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import ResidentsCommon


@tagged("post_install", "-at_install")
class TestMap(ResidentsCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.dwellings = self.env["kdc.dwelling"]
        self.dwelling_a.write({"latitude": 12.2451, "longitude": 109.1943})
        self.vacant = self._create_dwelling("9", "Lê Thánh Tôn", self.group_b, latitude=12.2461, longitude=109.1953)

    def _pins(self, user, area=None):
        found = self.dwellings.with_user(user).get_map(area and area.id)
        mine = (self.dwelling_a | self.dwelling_b | self.vacant).ids
        return {pin["id"]: pin for pin in found["pins"] if pin["id"] in mine}, found

    def test_pins(self):
        pins, _found = self._pins(self.user_officer)
        self.assertEqual(set(pins), {self.dwelling_a.id, self.vacant.id}, "A dwelling without a position has no pin")
        self.assertFalse(pins[self.dwelling_a.id]["vacant"])
        self.assertTrue(pins[self.vacant.id]["vacant"])
        pins, found = self._pins(self.user_officer, self.group_b)
        self.assertEqual(set(pins), {self.vacant.id})
        self.assertEqual(found["missing"], 1)
        self.assertNotIn("Nguyễn", str(found), "No person is on the map")

    def test_own_areas_only(self):
        pins, found = self._pins(self.user_area_head)
        self.assertEqual(set(pins), {self.dwelling_a.id})
        self.assertEqual([area["id"] for area in found["areas"]], self.group_a.ids)
        pins, _found = self._pins(self.user_area_head, self.group_b)
        self.assertFalse(pins)

    def test_only_staff(self):
        for method in (self.dwellings.get_map, self.dwellings.get_map_settings):
            with mute_logger("odoo.models"), self.assertRaises(AccessError):
                getattr(self.dwellings.with_user(self.user_portal_a), method.__name__)()

    def test_nothing_from_outside_unless_said(self):
        self.company.write({"kdc_map_tiles": False, "kdc_map_attribution": False})
        settings = self.dwellings.with_user(self.user_officer).get_map_settings(self.group_a.id)
        self.assertEqual((settings["tiles"], settings["attribution"]), ("", ""))
        self.assertTrue(settings["js"].startswith("/kdc/leaflet/"))
        self.assertAlmostEqual(settings["center"][0], 12.2451, 4)
        for wrong in ("http://tiles.example/{z}/{x}/{y}.png", "https://tiles.example/", "javascript:{z}{x}{y}"):
            with self.subTest(wrong), self.assertRaises(ValidationError):
                self.company.kdc_map_tiles = wrong
        self.company.kdc_map_tiles = "/tiles/{z}/{x}/{y}.png"

    def test_library(self):
        settings = self.dwellings.get_map_settings()
        script, style = self.url_open(settings["js"]), self.url_open(settings["css"])
        self.assertIn("Leaflet 1.9", script.text[:200])
        self.assertIn("javascript", script.headers["Content-Type"])
        self.assertIn(".leaflet-container", style.text)
        base = settings["js"].rsplit("/", 1)[0]
        for path in (
            f"{base}/leaflet.js.map",
            f"{base}/apps.py",
            f"{base}/..%2f..%2fapps.py",
            "/kdc/leaflet/0/leaflet.js",
        ):
            self.assertEqual(self.url_open(path).status_code, 404, path)
