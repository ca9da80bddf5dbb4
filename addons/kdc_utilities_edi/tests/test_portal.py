from odoo import http
from odoo.tests import HttpCase, tagged

from .common import EinvoiceCommon


@tagged("post_install", "-at_install")
class TestPortal(EinvoiceCommon, HttpCase):
    """A resident asks on the page of the bill, without JavaScript, and fetches the files there."""

    def _get(self, url, login="kdc_portal_a"):
        self.authenticate(login, login)
        return self.url_open(url, allow_redirects=False)

    def _post(self, login="kdc_portal_a", bill=None, **values):
        self.authenticate(login, login)
        form = {"kind": "person", "name": "Nguyễn Văn An", "csrf_token": http.Request.csrf_token(self)} | values
        return self.url_open(f"/my/bills/{(bill or self.bill).id}/einvoice", data=form, allow_redirects=False)

    def test_from_the_page_to_the_file(self):
        page = self._get(f"/my/bills/{self.bill.id}").text
        self.assertIn(f"/my/bills/{self.bill.id}/einvoice", page)
        self.assertIn("44.000", page)
        self.assertEqual(self._get(f"/my/bills/{self.bill.id}/einvoice").status_code, 200)
        self.assertEqual(self._post(number="056080001234", always="1").status_code, 303)
        request = self.bill.kdc_einvoice_ids
        self.assertEqual((request.origin, request.partner_id), ("resident", self.resident_a.partner_id))
        self.assertEqual(self.account_a.einvoice_wish, "always")
        page = self._get(f"/my/bills/{self.bill.id}").text
        self.assertNotIn(f'href="/my/bills/{self.bill.id}/einvoice"', page, "It is being made.")
        self.assertEqual(self._get(f"/my/bills/{self.bill.id}/einvoice").status_code, 404)
        self.assertEqual(self._get(f"/my/bills/{self.bill.id}/einvoice.pdf").status_code, 404)
        request._job_send()
        page = self._get(f"/my/bills/{self.bill.id}").text
        for text in ("K26TKD", "MATC0001", f"/my/bills/{self.bill.id}/einvoice.pdf"):
            self.assertIn(text, page)
        for ending, start in (("pdf", b"%PDF"), ("xml", b"<HDon>")):
            response = self._get(f"/my/bills/{self.bill.id}/einvoice.{ending}")
            self.assertTrue(response.content.startswith(start))
            self.assertIn("no-store", response.headers["Cache-Control"])
        notices = self.env["kdc.notification"].search([("url", "=", f"/my/bills/{self.bill.id}")])
        self.assertIn("MATC0001", " ".join(notices.mapped("body")))

    def test_mistakes_lose_nothing(self):
        response = self._post(
            kind="organisation", name="Công ty <b>An</b>", tax_code="0100109107", address="12 Trần Phú"
        )
        self.assertEqual(response.status_code, 422)
        for text in ("0100109107", "12 Trần Phú", "Công ty &lt;b&gt;An&lt;/b&gt;", "0100109106-001"):
            self.assertIn(text, response.text)
        self.assertFalse(self.bill.kdc_einvoice_ids)
        self.assertFalse(self.account_a.einvoice_name)

    def test_number_stays_with_who_gave_it(self):
        self._post(number="056080001234")
        self.bill.kdc_einvoice_ids.state = "failed"
        page = self._get(f"/my/bills/{self.bill.id}/einvoice").text
        self.assertNotIn("056080001234", page)
        self._post()
        self.assertEqual(self.account_a._kdc_buyer_number(), "056080001234", "Left empty, it is kept.")
        self.bill.kdc_einvoice_ids.state = "failed"
        self.account_a.einvoice_partner_id = self.user_officer.partner_id
        self._post()
        self.assertFalse(self.account_a._kdc_buyer_number(), "Somebody else's number is not passed on.")

    def test_strangers(self):
        self.assertEqual(self._get(f"/my/bills/{self.bill.id}/einvoice", "kdc_portal_b").status_code, 404)
        self.assertEqual(self._post("kdc_portal_b").status_code, 404)
        self._make(self.bill)
        for ending in ("pdf", "xml", "json"):
            url = f"/my/bills/{self.bill.id}/einvoice.{ending}"
            self.assertEqual(self._get(url, "kdc_portal_b").status_code, 404)
        self.assertEqual(self._get(f"/my/bills/{self.bill.id}/einvoice.json").status_code, 404)

    def test_nothing_is_offered_without_a_contract(self):
        self.company.l10n_vn_edi_username = False
        self.assertNotIn("/einvoice", self._get(f"/my/bills/{self.bill.id}").text)
        self.assertEqual(self._get(f"/my/bills/{self.bill.id}/einvoice").status_code, 404)

    def test_without_token_of_the_form(self):
        self.assertEqual(self._post(csrf_token="").status_code, 400)
        self.assertFalse(self.bill.kdc_einvoice_ids)
