import io
from datetime import date

from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError
from pypdf import PdfReader

from .common import ResidentsCommon


def pdf_text(data):
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).split())


@tagged("post_install", "-at_install")
class TestOwnersVehiclesPets(ResidentsCommon):
    def _owner(self, partner, share, **vals):
        return (
            self.env["kdc.dwelling.owner"]
            .with_user(self.user_officer)
            .create({"dwelling_id": self.dwelling_a.id, "partner_id": partner.id, "share": share, **vals})
        )

    def test_shares_add_up_to_the_house(self):
        one, two = self.resident_a.partner_id, self.resident_b.partner_id
        first = self._owner(one, 60)
        self._owner(two, 40)
        third = self.env["res.partner"].create({"name": "Công ty nhà đất"})
        with self.assertRaises(ValidationError) as caught:
            self._owner(third, 0.01)
        self.assertIn("100", str(caught.exception))
        with self.assertRaises(ValidationError):
            first.share = 61
        first.date_to = date(2026, 1, 1)
        self._owner(third, 60, date_from=date(2026, 1, 1))
        with self.assertRaises(ValidationError):
            self._owner(one, 1, date_from=date(2025, 1, 1), date_to=date(2025, 6, 1))
        for share in (0, -5, 101):
            with (
                self.subTest(share),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self._owner(self.env["res.partner"].create({"name": "X"}), share, date_to=date(2000, 1, 1))

    def test_database_keeps_the_whole(self):
        self._owner(self.resident_a.partner_id, 80)
        self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.env.cr.execute(
                "INSERT INTO kdc_dwelling_owner (dwelling_id, partner_id, share) VALUES (%s, %s, 30)",
                (self.dwelling_a.id, self.resident_b.partner_id.id),
            )
            self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_vehicles(self):
        vehicles = self.env["kdc.vehicle"].with_user(self.user_officer)
        household = self.household_a
        bike = vehicles.create({"household_id": household.id, "plate": "79-n1 234.56", "date_from": "2025-01-01"})
        self.assertEqual((bike.plate, bike.plate_key), ("79N1-234.56", "79N1-23456"))
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            vehicles.create({"household_id": self.household_b.id, "plate": "79N123456"})
        with self.assertRaises(ValidationError):
            vehicles.create({"household_id": household.id, "plate": "xe cũ"})
        vehicles.create({"household_id": household.id, "kind": "bicycle", "date_from": "2025-06-01"})
        vehicles.create({"household_id": household.id, "kind": "car", "plate": "79A12345", "date_from": "2025-01-01"})
        count = self.env["kdc.vehicle"]._kdc_vehicle_count
        self.assertEqual(count(household, "motorcycle", date(2024, 12, 31)), 0)
        self.assertEqual(count(household, "motorcycle", date(2025, 1, 1)), 1)
        self.assertEqual(count(household, None, date(2025, 6, 1)), 3)
        bike.date_to = date(2025, 7, 1)
        self.assertEqual(count(household, "motorcycle", date(2025, 6, 30)), 1)
        self.assertEqual(count(household, "motorcycle", date(2025, 7, 1)), 0, "The last day does not count")
        again = vehicles.create({"household_id": self.household_b.id, "plate": "79N1 23456", "date_from": "2025-07-01"})
        self.assertTrue(again, "Sold to a neighbour")
        found = self.env["kdc.vehicle"].with_user(self.user_area_head).search([("id", "in", (bike | again).ids)])
        self.assertEqual(found, bike, "A head of group sees own areas only")

    def test_pets(self):
        pet = (
            self.env["kdc.pet"]
            .with_user(self.user_officer)
            .create({"household_id": self.household_a.id, "name": "Vàng", "vaccinated_on": "2026-03-01"})
        )
        self.assertEqual(pet.vaccinated_until, date(2027, 3, 1))


@tagged("post_install", "-at_install")
class TestPlacePages(ResidentsCommon, HttpCase):
    def test_plates(self):
        other = self._create_dwelling("45/2 <b>", "Lê Lợi & Con", self.group_b)
        self.authenticate("kdc_officer", "kdc_officer")
        url = (self.dwelling_a | other).with_user(self.user_officer).action_print_plates()["url"]
        first = self.url_open(url)
        self.assertTrue(first.content.startswith(b"%PDF-"))
        text = pdf_text(first.content)
        for part in ("12/3", "Trần Phú", "Tổ dân phố A", "45/2 <b>", "Lê Lợi & Con"):
            self.assertIn(part, text)
        token = self.dwelling_a.plate_token
        self.url_open(url)
        self.assertEqual(self.dwelling_a.plate_token, token, "A plate on the wall stays valid")
        for ids in ("", "abc", "0", "1;DROP"):
            self.assertEqual(self.url_open(f"/kdc/dwellings/plates.pdf?ids={ids}").status_code, 404)
        for login in ("kdc_area_head", "kdc_auditor", "kdc_portal_a"):
            self.authenticate(login, login)
            self.assertEqual(self.url_open(url).status_code, 404, login)

    def test_plate_page_tells_nothing_personal(self):
        self.dwelling_a.with_user(self.user_officer)._plates_pdf()
        self.env["kdc.area.head"].create({"area_id": self.group_a.id, "name": "Bà Tổ Trưởng", "phone": "0905 777 005"})
        page = self.url_open(f"/p/{self.dwelling_a.plate_token}").text
        for part in ("12/3 Trần Phú", "Tổ dân phố A", "Bà Tổ Trưởng", "0905 777 005", "/web/login"):
            self.assertIn(part, page)
        for secret in ("Nguyễn Văn An", self.household_a.code, "0905 123 456", "Hộ "):
            self.assertNotIn(secret, page)
        self.assertEqual(self.url_open("/p/" + "x" * 22).status_code, 404)
        self.assertEqual(self.url_open("/p/zu-kurz").status_code, 404)

    def test_plate_guessing_is_slowed(self):
        limit = self.env["kdc.throttle"]._LIMITS["plate"][0]
        codes = [self.url_open("/p/" + "x" * 22).status_code for _i in range(limit + 1)]
        self.assertEqual((codes[0], codes[-1]), (404, 429))

    def test_area_sheet(self):
        url = self.group_a.action_print_sheet()["url"]
        self.authenticate("kdc_area_head", "kdc_area_head")
        text = pdf_text(self.url_open(url).content)
        for part in (
            "Nguyễn Văn An",
            self.resident_a.personal_number_masked,
            "12/3 Trần Phú",
            self.household_a.code,
            "kdc_area_head",
        ):
            self.assertIn(part, text)
        for secret in ("056075001234", "Lê Thị Ánh"):
            self.assertNotIn(secret, text)
        self.assertEqual(self.url_open(f"/kdc/areas/{self.group_b.id}/sheet.pdf").status_code, 404)
        self.assertEqual(self.url_open(f"/kdc/areas/{self.ward.id}/sheet.pdf").status_code, 404)
        self.authenticate("kdc_officer", "kdc_officer")
        self.assertIn("Lê Thị Ánh", pdf_text(self.url_open(f"/kdc/areas/{self.ward.id}/sheet.pdf").content))
        for login in ("kdc_staff", "kdc_portal_a"):
            self.authenticate(login, login)
            self.assertEqual(self.url_open(url).status_code, 404, login)

    def test_household_page_shows_vehicles_and_head_of_group(self):
        self.env["kdc.vehicle"].create(
            {"household_id": self.household_a.id, "plate": "79N1-234.56", "description": "Wave đỏ"}
        )
        self.env["kdc.pet"].create({"household_id": self.household_a.id, "name": "Vàng", "vaccinated_on": "2026-03-01"})
        self.env["kdc.vehicle"].create({"household_id": self.household_b.id, "plate": "79N1-999.99"})
        self.env["kdc.area.head"].create({"area_id": self.group_a.id, "name": "Bà Tổ Trưởng", "phone": "0905 777 005"})
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        page = self.url_open("/my/household").text
        for part in ("79N1-234.56", "Wave đỏ", "Vàng", "01/03/2027", "Bà Tổ Trưởng", "0905 777 005"):
            self.assertIn(part, page)
        self.assertNotIn("999.99", page)

    def test_walking_order(self):
        other = self._create_dwelling("1", "Trần Phú", self.group_a)
        action = self.group_a.with_user(self.user_officer).action_route()
        dwellings = (
            self.env["kdc.dwelling"].with_user(self.user_officer).search(action["domain"], order="route_sequence, id")
        )
        dwellings.web_resequence({}, field_name="route_sequence")
        self.assertEqual(sorted((self.dwelling_a | other).mapped("route_sequence")), [0, 1])
