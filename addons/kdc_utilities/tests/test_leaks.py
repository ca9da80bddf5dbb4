import base64

from odoo.addons.kdc_residents.tests.leaks import NOISE, LeakCase, picture
from odoo.tests import tagged
from odoo.tools import mute_logger

from .collection_common import OLD_TOTAL, CollectionCommon


@tagged("post_install", "-at_install")
class TestBillLeaks(CollectionCommon, LeakCase):
    """The bills, receipts and readings of household B before household A, and before those who work in group A only."""

    @property
    def outsiders(self):
        return ("kdc_portal_a", "kdc_area_head", "kdc_collector", None)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own_token = cls.new_a._portal_ensure_token()
        cls.new_b._portal_ensure_token()
        cls.env.flush_all()

    def test_conversations(self):
        receipt = self._take(self.user_collector_2, self.account_b, OLD_TOTAL)
        dispute = self.env["kdc.bill.dispute"].create(
            {
                "move_id": self.new_b.id,
                "partner_id": self.resident_b.partner_id.id,
                "service_code": "NUOC",
                "charge_code": "NUOC",
                "subject": "Nước",
                "text": "Chỉ số ghi nhầm",
            }
        )
        for record in (self.new_b, receipt, dispute, self.account_b):
            self.assert_conversation_closed(record.with_env(self.env), "kdc_accountant", self.own_token)

    def test_odoo_invoice_page(self):
        """Odoo's page of a bill, in every form, without a key, with a wrong one and with that of the own bill."""
        keys = ("", "&access_token=", "&access_token=wrong", f"&access_token={self.own_token}")
        forms = ("", "&report_type=html", "&report_type=pdf", "&report_type=pdf&download=true", "&report_type=text")
        marks = (self.new_b.name, self.new_b.kdc_reference, self.household_b.name, self.new_b.access_token)
        for login in self.outsiders:
            self.become(login)
            for query in (form + key for form in forms for key in keys):
                with self.subTest(who=login, query=query), mute_logger(*NOISE):
                    response = self.url_open(f"/my/invoices/{self.new_b.id}?{query[1:]}", allow_redirects=False)
                    self.assertNotIn(b"%PDF", response.content[:8])
                    for mark in marks:
                        self.assertNotIn(mark, response.text)
        self.become("kdc_portal_a")
        self.assertIn(self.new_a.name, self.url_open(f"/my/invoices/{self.new_a.id}").text, "the own bill does come")

    def test_odoo_downloads(self):
        """Ways by which Odoo gives out a bill or the files on it."""
        pdf = self.env["ir.attachment"].create(
            {"name": "bill.pdf", "raw": b"%PDF-1.4 secret", "res_model": "account.move", "res_id": self.new_b.id}
        )
        urls = (
            f"/account/download_invoice_attachments/{pdf.id}",
            f"/account/download_invoice_documents/{self.new_b.id}/pdf",
            f"/account/download_invoice_documents/{self.new_b.id}/all",
            f"/account/download_move_attachments/{self.new_b.id}",
            f"/report/pdf/account.report_invoice/{self.new_b.id}",
            f"/report/html/account.report_invoice/{self.new_b.id}",
            f"/report/html/account.report_invoice_with_payments/{self.new_b.id}",
            f"/web/content/{pdf.id}",
            f"/kdc/bills/pdf?ids={self.new_b.id}",
        )
        for login in self.outsiders:
            self.become(login)
            for url in urls:
                with self.subTest(who=login, url=url), mute_logger(*NOISE):
                    response = self.url_open(url, allow_redirects=False)
                    self.assertNotIn(b"%PDF", response.content)
                    self.assertNotIn(self.new_b.kdc_reference, response.text)
                    self.assertNotIn(b"PK\x03\x04", response.content[:8])

    def test_photo_of_a_reading(self):
        reading = self.env["kdc.meter.reading"].search([("account_id", "=", self.account_b.id)], limit=1)
        reading.photo = base64.b64encode(picture())
        self.assert_field_closed(reading, "photo", "kdc_accountant")
        self.become("kdc_portal_a")
        with mute_logger(*NOISE):
            self.assertEqual(self.url_open(f"/my/readings/photo/{reading.id}").status_code, 404)
