import io
import json
import zipfile

from odoo import http
from odoo.tests import HttpCase, tagged

from .common import ResidentsCommon


@tagged("post_install", "-at_install")
class TestMyData(ResidentsCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.wife = self.household_a.membership_ids.filtered(lambda m: m.role == "wife").resident_id

    def _post(self, **data):
        data = {"csrf_token": http.Request.csrf_token(self), **data}
        return self.url_open("/my/household/my-data", data=data, allow_redirects=False)

    def _download(self, login="kdc_portal_a"):
        self.authenticate(login, login)
        answer = self._post(password=login)
        self.assertEqual(answer.headers["Content-Type"], "application/zip")
        self.assertIn("no-store", answer.headers["Cache-Control"])
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        self.assertEqual(set(archive.namelist()), {"du-lieu-cua-toi.html", "du-lieu-cua-toi.json"})
        page = archive.read("du-lieu-cua-toi.html").decode()
        return page, json.loads(archive.read("du-lieu-cua-toi.json"))

    def test_everything_of_mine(self):
        self.env["kdc.identity.document"].create(
            {"resident_id": self.resident_a.id, "kind": "passport", "number": "C1234567"}
        )
        self.env["kdc.consent"]._record(self.resident_a, "text_notice", "given", "portal")
        self.env["kdc.access.log"].with_user(self.user_officer)._log(self.resident_a, "open")
        self.env["kdc.notification"]._notify(self.resident_a.partner_id, "Thông báo <b>riêng</b>")
        self.env["kdc.dwelling.owner"].create(
            {"dwelling_id": self.dwelling_a.id, "partner_id": self.resident_a.partner_id.id, "share": 33.5}
        )
        page, data = self._download()
        for part in ("Nguyễn Văn An", "056075001234", "02/03/1975", "C1234567", "&lt;b&gt;riêng", ">33,5<"):
            self.assertIn(part, page)
        sections = data["sections"]
        for key in ("person", "memberships", "documents", "consents", "notices", "access_log"):
            self.assertTrue(sections[key]["rows"], key)
        self.assertNotIn("http", page.replace('lang="', ""), "The page fetches nothing from anywhere")
        self.assertNotIn("<script", page)

    def test_nothing_of_others(self):
        """Not even of the same household: the other members fetch their own."""
        self.wife.write({"email": "binh@example.com", "phone": "0905000111"})
        self.env["kdc.letter"].create(
            {
                "resident_id": self.wife.id,
                "purpose": "việc riêng của bà Bình",
                "type_id": self.env.ref("kdc_residents.letter_type_residence").id,
            }
        )
        self.env["kdc.notification"]._notify(self.resident_b.partner_id, "Chuyện nhà khác")
        page, data = self._download()
        text = page + json.dumps(data, ensure_ascii=False)
        for secret in ("binh@example.com", "056178004321", "0905000111", "905000111", "20/11/1978", "việc riêng",
                       "Chuyện nhà khác", "Lê Thị Ánh", "056160009876"):  # fmt: skip
            self.assertNotIn(secret, text)
        self.assertNotIn("Trần Thị Bình", text)

    def test_password_log_and_limit(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.assertEqual(self.url_open("/my/household/my-data").status_code, 200)
        self.assertEqual(self._post(password="wrong").status_code, 422)
        self.assertEqual(self._post().status_code, 422)
        log = self.env["kdc.access.log"].search([("resident_id", "=", self.resident_a.id), ("kind", "=", "download")])
        self.assertFalse(log)
        limit = self.env["kdc.throttle"]._LIMITS["my_data"][0]
        codes = [self._post(password="kdc_portal_a").status_code for _n in range(limit + 1)]
        self.assertEqual(codes, [200] * limit + [422])
        lines = log.search([("resident_id", "=", self.resident_a.id), ("kind", "=", "download")])
        self.assertEqual((len(lines), lines.user_id), (limit, self.user_portal_a))

    def test_guessing_is_stopped(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        for _n in range(self.env["kdc.throttle"]._LIMITS["password"][0]):
            self._post(password="wrong")
        self.assertEqual(self._post(password="kdc_portal_a").status_code, 422, "Right, but too late")

    def test_only_residents(self):
        self.authenticate("kdc_officer", "kdc_officer")
        self.assertEqual(self.url_open("/my/household/my-data").status_code, 404)
        self.assertEqual(self._post(password="kdc_officer").status_code, 404)

    def test_sections_of_who_left(self):
        """Somebody without a household still gets a copy."""
        person = self.env["kdc.resident"].create({"name": "Người Không Hộ", "company_id": self.company.id})
        sections = {section["key"]: section for section in person._kdc_my_data()}
        self.assertEqual(len(sections["person"]["rows"]), 1)
        self.assertFalse(sections["statuses"]["rows"])
