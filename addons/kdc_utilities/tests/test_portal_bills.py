import base64
import io
import random
import re
import subprocess
import tempfile
from dataclasses import replace
from unittest.mock import patch

from odoo.addons.kdc_residents.engine import vietqr
from odoo.addons.kdc_residents.engine.qr import svg_path as qr_path
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from PIL import Image, ImageDraw

from .collection_common import NEW_TOTAL, OLD_TOTAL, CollectionCommon

PAGE_LIMIT = 60_000


def read_qr(image_path):
    """Return what a reader sees in a picture. Without zbarimg (the set-up installs it for tests) the test fails."""
    result = subprocess.run(["zbarimg", "--raw", "-q", image_path], capture_output=True, text=True, check=True)
    return result.stdout.strip()


def noise(width, height):
    """Return a JPEG that compresses badly, always the same."""
    pixels = random.Random(7).randbytes(width * height * 3 // 64)
    image = Image.frombytes("RGB", (width // 8, height // 8), pixels).resize((width, height))
    with io.BytesIO() as output:
        image.save(output, "JPEG")
        return output.getvalue()


def draw_path(size, path, scale=8):
    """Draw the SVG path of :func:`qr_path` the way a browser would."""
    image = Image.new("L", (size * scale, size * scale), 255)
    draw = ImageDraw.Draw(image)
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path):
        x, y, width = int(x), int(y), int(width)
        draw.rectangle([x * scale, y * scale, (x + width) * scale - 1, (y + 1) * scale - 1], fill=0)
    return image


@tagged("post_install", "-at_install")
class TestPortalBills(CollectionCommon, HttpCase):
    """The residents' pages: own household only, light, readable without JavaScript."""

    def _get(self, url, login="kdc_portal_a"):
        self.authenticate(login, login)
        return self.url_open(url, allow_redirects=False)

    def test_home_leads_to_the_bills(self):
        page = self._get("/my").text
        self.assertIn('href="/my/bills"', page)
        self.assertIn("305.810", page)
        self.env["kdc.collect"]
        self._take(self.user_accountant, self.account_a, OLD_TOTAL)
        page = self._get("/my").text
        self.assertIn(f'href="/my/bills/{self.new_a.id}"', page, "A single bill is one tap away.")

    def test_list(self):
        response = self._get("/my/bills")
        self.assertEqual(response.status_code, 200)
        for text in ("217.650", "88.160", "305.810"):
            self.assertIn(text, response.text)
        self.assertNotIn(f"/my/bills/{self.new_b.id}", response.text)
        self.assertLess(len(response.content), PAGE_LIMIT)
        for page in ("0", "-1", "abc", "99999", "9999"):
            self.assertEqual(self._get(f"/my/bills?page={page}").status_code, 200)

    def test_bill_explains_itself(self):
        self.old_a.invoice_date_due = "2026-01-01"
        response = self._get(f"/my/bills/{self.new_a.id}")
        self.assertEqual(response.status_code, 200)
        page = response.text
        for text in (
            "217.650", self.new_a.kdc_reference, "0011001234567", "Vietcombank", "W-A", "108", "133",
            "10 × 4.800", "10 × 6.600", "5 × 7.400", "7.550", "15.100", "173.650", "44.000", "QĐ 1763/QĐ-UBND",
            "Hai trăm mười bảy nghìn sáu trăm năm mươi đồng",
            "Thu hộ cho CTCP Cấp thoát nước Khánh Hòa", "Giá dịch vụ; đơn vị cung cấp lập hóa đơn",
        ):  # fmt: skip
            self.assertIn(text, page.replace("\u00a0₫", "").replace("\u00a0", " "))
        self.assertLess(len(response.content), PAGE_LIMIT)
        self.assertNotIn("<img", page, "Nothing else has to be loaded to pay.")
        # All that is said of the services comes of one function, as on the paper (TestTariffPaths).
        with patch.object(type(self.new_a), "_kdc_worded_sections", lambda _bill: []):
            self.assertNotIn("173.650", self._get(f"/my/bills/{self.new_a.id}").text)
        # After a change of meters: what the new one showed first is said once, and counted on from.
        worded = self.new_a._kdc_worded_sections()
        read = worded[0]["readings"][0]
        begun = replace(read, event="initial", date=read.previous_date, value=read.previous_value)
        worded[0] |= {"readings": [begun, read], "notes": [["Đồng hồ mới"], []]}
        with patch.object(type(self.new_a), "_kdc_worded_sections", lambda _bill: worded):
            changed = self._get(f"/my/bills/{self.new_a.id}").text
        for said in ("<dd>W-A</dd>", "<dd>108</dd>", "<dd>133</dd>", "Đồng hồ mới"):
            self.assertEqual((page + "Đồng hồ mới").count(said), changed.count(said), said)

    def test_bill_says_whose_it_is_and_what_else_is_open(self):
        """As on paper: customer number, other open months, advance; nothing of another account."""
        page = self._get(f"/my/bills/{self.new_a.id}").text.replace("\u00a0", " ")
        for text in (self.account_a.number, self.household_a.partner_id.name, "Các tháng khác chưa nộp", "88.160 ₫",
                     f'href="/my/bills/{self.old_a.id}"'):  # fmt: skip
            self.assertIn(text, page)
        self.assertNotIn("Tiền nộp trước", page)
        self._take(self.user_collector, self.account_a, OLD_TOTAL + NEW_TOTAL + 7_000)
        page = self._get(f"/my/bills/{self.new_a.id}").text.replace("\u00a0", " ")
        self.assertNotIn("Các tháng khác chưa nộp", page)
        self.assertIn("7.000 ₫", page)

    def test_photo_of_the_reading(self):
        """Small, loaded only when it is scrolled to, of the own bill, and only while the figure is the billed one."""
        reading = self.env["kdc.meter.reading"].search([("meter_id.serial", "=", "W-A")], order="date desc", limit=1)
        reading.photo = base64.b64encode(noise(1600, 1200))
        url = f"/my/bills/{self.new_a.id}/photo/{reading.id}"
        response = self._get(f"/my/bills/{self.new_a.id}")
        self.assertIn(f'loading="lazy" decoding="async" width="240" height="180" src="{url}"', response.text)
        self.assertLess(len(response.content), PAGE_LIMIT)
        photo = self._get(url)
        self.assertEqual((photo.status_code, photo.headers["Content-Type"]), (200, "image/jpeg"))
        self.assertEqual(max(Image.open(io.BytesIO(photo.content)).size), 480)
        self.assertLess(len(photo.content), 120_000, "Even of pure noise.")
        self.assertEqual(self._get(url, "kdc_portal_b").status_code, 404)
        self.assertEqual(self._get(f"/my/bills/{self.old_a.id}/photo/{reading.id}").status_code, 404)
        pdf = self._get(f"/my/bills/{self.new_a.id}/pdf").content
        self.assertIn(b"/Subtype /Image", pdf)
        self.assertNotIn(b"/Subtype /Image", self.env["kdc.bill.pdf"]._render(self.new_a), "Not in a print run.")
        self.env.cr.execute("UPDATE kdc_meter_reading SET value = value + 1 WHERE id = %s", [reading.id])
        self.env.invalidate_all()
        self.assertNotIn("<img", self._get(f"/my/bills/{self.new_a.id}").text)
        self.assertEqual(self._get(url).status_code, 404)

    def test_qr_on_the_page_reads_as_the_payload(self):
        page = self._get(f"/my/bills/{self.new_a.id}").text
        match = re.search(r'viewBox="0 0 (\d+) \d+">\s*<path [^>]*d="([^"]+)"', page)
        size, path = int(match[1]), match[2]
        payload = self.new_a._kdc_vietqr()
        self.assertEqual((size, path), qr_path(payload))
        with tempfile.NamedTemporaryFile(suffix=".png") as file:
            draw_path(size, path).save(file.name)
            self.assertEqual(read_qr(file.name), payload)
        self.assertEqual(vietqr.parse(payload).amount, NEW_TOTAL)

    def test_qr_picture_to_save(self):
        response = self._get(f"/my/bills/{self.new_a.id}/qr.png")
        self.assertEqual(response.headers["Content-Type"], "image/png")
        with tempfile.NamedTemporaryFile(suffix=".png") as file:
            file.write(response.content)
            file.flush()
            self.assertEqual(read_qr(file.name), self.new_a._kdc_vietqr())

    def test_paid_bill(self):
        receipt = self._take(self.user_collector, self.account_a, OLD_TOTAL + NEW_TOTAL)
        page = self._get(f"/my/bills/{self.new_a.id}").text
        self.assertIn(f"/my/receipts/{receipt.id}", page)
        self.assertNotIn("qr.png", page)
        self.assertEqual(self._get(f"/my/bills/{self.new_a.id}/qr.png").status_code, 404)
        page = self._get(f"/my/receipts/{receipt.id}").text
        self.assertIn(receipt.name, page)
        self.assertIn("Ba trăm linh năm nghìn tám trăm mười đồng", page)
        pdf = self._get(f"/my/receipts/{receipt.id}/pdf")
        self.assertEqual(pdf.content[:5], b"%PDF-")
        self.assertEqual(receipt.print_count, 0, "A resident's copy is not a print of the office.")
        receipt.with_user(self.user_accountant)._cancel("Nhầm hộ")
        page = self._get(f"/my/receipts/{receipt.id}").text
        self.assertIn("Nhầm hộ", page)
        self.assertIn("trở lại còn nợ", page)
        page = self._get(f"/my/bills/{self.new_a.id}").text
        self.assertIn("không còn giá trị", page, "Who holds the paper reads why the bill is open again.")
        self.assertIn(f"/my/receipts/{receipt.id}", page)

    def test_payment_appears_in_the_list(self):
        self._take(self.user_collector, self.account_a, OLD_TOTAL + 10_000)
        page = self._get("/my/bills").text
        self.assertIn("207.650", page)

    @mute_logger("odoo.http")
    def test_another_household_finds_nothing(self):
        receipt = self._take(self.user_collector, self.account_a, 100_000)
        paths = [f"/my/bills/{self.new_a.id}{end}" for end in ("", "/pdf", "/qr.png")]
        paths += [f"/my/receipts/{receipt.id}{end}" for end in ("", "/pdf")]
        for path in paths:
            with self.subTest(path=path):
                self.assertEqual(self._get(path, "kdc_portal_b").status_code, 404)
                self.assertEqual(self._get(path).status_code, 200)
        highest = self.env["account.move"].search([], order="id desc", limit=1).id
        self.authenticate("kdc_portal_b", "kdc_portal_b")
        for move_id in (*range(max(highest - 40, 1), highest + 2), 2**31, 10**12):
            expected = (
                200
                if move_id
                in (self.old_bills | self.new_bills).filtered(lambda bill: bill.kdc_account_id == self.account_b).ids
                else 404
            )
            response = self.url_open(f"/my/bills/{move_id}", allow_redirects=False)
            self.assertEqual(response.status_code, expected, move_id)

    @mute_logger("odoo.http")
    def test_staff_documents_are_not_for_residents(self):
        receipt = self._take(self.user_collector, self.account_a, 100_000)
        for path in (f"/kdc/bills/pdf?ids={self.new_b.id}", f"/kdc/receipts/pdf?ids={receipt.id}"):
            with self.subTest(path=path):
                self.assertEqual(self._get(path).status_code, 404)
        self.assertEqual(self._get(f"/kdc/receipts/pdf?ids={receipt.id}", "kdc_collector_2").status_code, 404)
        self.assertEqual(self._get(f"/kdc/receipts/pdf?ids={receipt.id}", "kdc_collector").status_code, 200)
        self.assertEqual(self._get("/kdc/receipts/pdf?ids=;drop,x,-1", "kdc_collector").status_code, 404)
        self.assertEqual(receipt.print_count, 1)

    def test_public_is_asked_to_sign_in(self):
        self.authenticate(None, None)
        for path in ("/my/bills", f"/my/bills/{self.new_a.id}", f"/my/bills/{self.new_a.id}/pdf", "/my/receipts/1"):
            response = self.url_open(path, allow_redirects=False)
            self.assertEqual(response.status_code, 303)
            self.assertIn("/web/login", response.headers["Location"])

    @mute_logger("odoo.http")
    def test_remote_calls_as_a_resident(self):
        receipt = self._take(self.user_collector, self.account_a, 100_000)
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        for model, method, args in (
            ("kdc.receipt", "read", [receipt.ids, ["amount"]]),
            ("kdc.receipt", "search_read", [[], ["amount"]]),
            ("kdc.cash.session", "search_read", [[], ["name"]]),
            ("kdc.receipt.line", "search_read", [[], ["amount"]]),
            ("kdc.collect", "find", ["an"]),
            ("kdc.collect", "confirm", [self.account_a.id, 1, "k" * 10, "x"]),
            ("account.move", "write", [self.new_a.ids, {"kdc_reference": "KDC"}]),
            ("account.move", "read", [self.new_b.ids, ["amount_total"]]),
            ("kdc.customer.account", "read", [self.account_a.ids, ["number"]]),
        ):
            with self.subTest(model=model, method=method):
                response = self.url_open(
                    f"/web/dataset/call_kw/{model}/{method}",
                    json={
                        "jsonrpc": "2.0",
                        "id": 1,
                        "method": "call",
                        "params": {"model": model, "method": method, "args": args, "kwargs": {}},
                    },
                ).json()
                self.assertIn("error", response)

    def test_a_household_without_bills(self):
        household = self._create_household(
            self._create_dwelling("99", "Quang Trung", self.group_a),
            [("head", "Võ Thị Mới", "1990-01-01", "female", False, False)],
        )
        self._create_portal_user("kdc_portal_new", household.head_id)
        page = self._get("/my/bills", "kdc_portal_new").text
        self.assertIn("k-empty", page)

    def test_queries_of_the_pages(self):
        """Of a second visit, beside Odoo's own page of the same invoice."""

        def queries(url):
            self._get(url)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(self._get(url).status_code, 200)
            return self.cr.sql_log_count - before

        bill = queries(f"/my/bills/{self.new_a.id}")
        stock = queries(f"/my/invoices/{self.new_a.id}")
        self.assertLess(bill, 130)
        self.assertLess(bill, stock)
        self.assertLess(queries("/my/bills"), bill)
