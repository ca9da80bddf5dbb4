import base64
import io
import subprocess
import tempfile
from dataclasses import replace
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from odoo import Command
from odoo.tests import tagged
from pypdf import PdfReader

from ..engine import tariff
from .collection_common import NEW_TOTAL, OLD_TOTAL, CollectionCommon
from .test_portal_bills import noise, read_qr


def pdf_text(content):
    """Return the text of a PDF on one line, so that wrapped lines can be searched."""
    reader = PdfReader(io.BytesIO(content))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).replace("\u00a0", " ").split())


def pdf_qr(content):
    """Return what a reader sees in the QR code of the first page; without pdftoppm the test fails."""
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/x.pdf", "wb") as file:
            file.write(content)
        subprocess.run(["pdftoppm", "-png", "-r", "150", "-singlefile", f"{folder}/x.pdf", f"{folder}/x"], check=True)
        return read_qr(f"{folder}/x.png")


@tagged("post_install", "-at_install")
class TestPdfDocuments(CollectionCommon):
    """What is printed: names, amounts and words with their diacritics, the QR code, copies."""

    def test_bill(self):
        content = self.env["kdc.bill.pdf"]._render(self.new_a)
        text = pdf_text(content)
        for words in (
            "Nguyễn Văn An", "12/3", "Trần Phú", self.account_a.number, self.new_a.kdc_reference, "217.650 ₫",
            "Hai trăm mười bảy nghìn sáu trăm năm mươi đồng", "173.650", "7.550", "15.100", "44.000", "108", "133",
            "Nước sạch", "Thu gom rác", "QĐ 1763/QĐ-UBND", "0011001234567", "Vietcombank",
        ):  # fmt: skip
            self.assertIn(words, text)
        self.assertEqual(pdf_qr(content), self.new_a._kdc_vietqr())
        reader = PdfReader(io.BytesIO(content))
        self.assertEqual(len(reader.pages), 1)
        self.assertEqual([round(float(side) / 72 * 25.4) for side in reader.pages[0].mediabox[2:]], [148, 210])
        self.assertLess(len(content), 80_000)

    def _usual_bill(self):
        """Return a bill as most households get it: four tiers of water with fee and photo, waste, two vehicles.

        The payer owes for earlier months, and water was used in each of the last twelve.
        """
        bill, (water, waste) = self.new_a, self.new_a._kdc_bill().sections
        tiers = water.charges[0]
        fourth = replace(tiers.lines[-1], tier_from=Decimal(30), tier_to=None, params={"tier": 4})
        water = replace(water, charges=(replace(tiers, lines=(*tiers.lines, fourth)), *water.charges[1:]))
        rate = waste.charges[0].vat_rate
        vehicles = [
            tariff.single(code, name, "flat", price, rate, "NQ 12/2024/NQ-HĐND tỉnh Khánh Hòa")
            for code, name, price in (("XM", "Xe máy", 100_000), ("OT", "Ô tô", 800_000))
        ]
        parking = replace(waste, service="XE", name="Giữ xe ban đêm", charges=tuple(vehicles))
        # It was booked otherwise, so it says afterwards what it said before.
        self.addCleanup(setattr, bill.sudo(), "kdc_explanation", bill.kdc_explanation)
        # sudo: nobody changes the explanation of a bill
        bill.sudo().kdc_explanation = tariff.Bill((water, waste, parking)).to_dict()
        self.env["kdc.meter.reading"].browse(water.readings[0].reading_id).photo = base64.b64encode(noise(1600, 1200))
        months = {self.this_month - relativedelta(months=back): Decimal(20 + back) for back in range(12)}
        self.patch(type(bill), "_kdc_used", lambda bills, _months: {bill: {"NUOC": months} for bill in bills})
        return bill

    def test_three_services_fit_one_page(self):
        bill = self._usual_bill()
        content = self.env["kdc.bill.pdf"]._render(bill, photos=True)
        text = pdf_text(content)
        for words in ("Ô tô", "12 tháng", "88.160 ₫", "Bằng chữ", "W-A", "NQ 12/2024", "0011001234567"):
            self.assertIn(words, text)
        self.assertEqual(len(PdfReader(io.BytesIO(content)).pages), 1)
        self.assertEqual(pdf_qr(content), bill._kdc_vietqr())

    def test_debts_and_advance_stand_beside_the_bill(self):
        """All that is open of the payer on other bills, as on the page of the bill; an advance is the payer's."""
        beside = (self.old_bills | self.new_bills)._kdc_beside()
        self.assertEqual((beside[self.new_a], beside[self.old_a]), ((OLD_TOTAL, 0), (NEW_TOTAL, 0)))
        self._take(self.user_collector, self.account_a, OLD_TOTAL + NEW_TOTAL + 50_000)
        self.assertEqual(self.new_a._kdc_beside()[self.new_a], (0, 50_000))
        self.assertIn("50.000 ₫", pdf_text(self.env["kdc.bill.pdf"]._render(self.new_a)))

    def test_nobody_reads_of_the_debts_of_who_paid_before(self):
        """After two households became one: the paper says what the page says, the list names whom the bill names."""
        people = self.household_b._live_memberships().resident_id
        event = self.env["kdc.civil.event"].with_user(self.user_officer).create(
            {
                "kind": "merge", "date": self.this_month, "household_id": self.household_b.id,
                "target_household_id": self.household_a.id,
                "line_ids": [Command.create({"resident_id": person.id, "role": "other"}) for person in people],
            }
        )  # fmt: skip
        event.action_confirm()
        former, payer, account = self.household_b.partner_id, self.household_a.partner_id, self.account_b
        self.assertEqual((account.partner_id, self.new_b.partner_id), (payer, former))
        bills = self._issue(self.this_month + relativedelta(months=1))
        bill = bills.filtered(lambda move: move.kdc_account_id == account)
        self.assertEqual(bill.partner_id, payer)
        beside = (bill | self.new_b)._kdc_beside()
        self.assertEqual((beside[bill], beside[self.new_b]), ((0, 0), (OLD_TOTAL, 0)), "Who owes it is told.")
        for one, (owed, _advance) in beside.items():
            self.assertEqual(sum(one._kdc_open_beside().mapped("amount_residual")), owed)
        self.assertNotIn("305.810", pdf_text(self.env["kdc.bill.pdf"]._render(bill)))
        self.assertFalse(bill._kdc_used(12)[bill], "Nor is told what they used.")
        self.assertEqual(account._kdc_bills_to_remind_of(), bill)
        self.assertNotIn(self.new_b, account._kdc_payer_open_bills())
        self.assertFalse(account._kdc_readers_of(self.new_b))
        self.assertTrue(account._kdc_readers_of(bill))
        walk = pdf_text(self.env["kdc.bill.route.pdf"]._render(self.new_b | bill))
        self.assertIn(former.name, walk)
        self.assertIn(payer.name, walk)

    def test_the_list_for_the_walk_says_where_a_shop_is(self):
        """An account without a dwelling is found by the street of its payer; “STT” has room on one line."""
        self.account_b.dwelling_id = False
        self.new_b.partner_id.street = "12 Hàng Cá"
        walk = pdf_text(self.env["kdc.bill.route.pdf"]._render(self.new_b))
        self.assertIn("12 Hàng Cá", walk)
        self.assertIn("STT", walk)

    def test_an_advance_pays_no_debt_of_who_paid_before(self):
        self._take(self.user_collector, self.account_a, OLD_TOTAL + NEW_TOTAL + 50_000)
        self.account_b.partner_id = self.household_a.partner_id
        self.account_b._kdc_apply_advance()
        self.assertEqual(self.new_b.amount_residual, NEW_TOTAL)
        self.assertEqual(self.account_a._kdc_advance(), 50_000)

    def test_use_of_the_months_before(self):
        """The chart has a bar for each billed month, and takes one query for all bills, another for months before."""
        self.assertIn("12 tháng", pdf_text(self.env["kdc.bill.pdf"]._render(self.new_a)))
        self.assertNotIn("12 tháng", pdf_text(self.env["kdc.bill.pdf"]._render(self.old_a)), "One month is no chart.")
        bills = self.old_bills | self.new_bills
        with self.assertQueryCount(2):
            used = bills._kdc_used(12)
        self.assertEqual(sorted(used[self.new_a]["NUOC"].values()), [8, 25])
        self.assertEqual(list(used[self.old_a]["NUOC"].values()), [8])
        (chart,) = self.new_a._kdc_consumption()
        self.assertEqual([bar["quantity"] for bar in chart["bars"][-3:]], [None, 8, 25])

    def test_use_of_the_months_before_the_books_began(self):
        """It was billed elsewhere, so the readings tell it; not where somebody else paid, nor of shared meters."""
        self.old_bills._kdc_cancel("Sổ bắt đầu từ tháng này")
        bills = self.new_bills
        with self.assertQueryCount(2):
            used = bills._kdc_used(12)
        self.assertEqual(used[self.new_a]["NUOC"], {self.last_month: 8, self.this_month: 25})
        with self.assertQueryCount(1):
            self.assertEqual(bills._kdc_used(1)[self.new_a]["NUOC"], {self.this_month: 25})
        (chart,) = self.new_a._kdc_consumption()
        self.assertEqual([bar["quantity"] for bar in chart["bars"][-3:]], [None, 8, 25])
        self.env["kdc.meter"].search([("serial", "=", "W-B")]).share_basis = "equal"
        self.assertEqual(list(bills._kdc_used(12)[self.new_b]["NUOC"]), [self.this_month], "Of a shared meter not.")
        # sudo: a cancelled bill changes its payer nowhere on screen
        self.old_a.sudo().partner_id = self.household_b.partner_id
        self.assertEqual(list(bills._kdc_used(12)[self.new_a]["NUOC"]), [self.this_month], "Somebody else paid then.")

    def test_cost_in_queries_does_not_grow_with_the_bills(self):
        def queries(bills):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["kdc.bill.pdf"]._render(bills)
            return self.env.cr.sql_log_count - before

        queries(self.new_a)  # what is kept for the process
        two = queries(self.new_bills)
        self.assertLessEqual(queries(self.old_bills | self.new_bills), two)

    def test_fonts_are_embedded(self):
        reader = PdfReader(io.BytesIO(self.env["kdc.bill.pdf"]._render(self.new_a)))
        fonts = reader.pages[0]["/Resources"]["/Font"]
        embedded = [
            font
            for font in (fonts[name].get_object() for name in fonts)
            if "/FontFile2" in font.get("/FontDescriptor", {})
        ]
        self.assertEqual({font["/BaseFont"].split("+")[1] for font in embedded}, {"Roboto-Regular", "Roboto-Bold"})

    def test_paid_and_partly_paid_bill(self):
        self._take(self.user_collector, self.account_a, OLD_TOTAL + 10_000, key="a" * 9)
        text = pdf_text(self.env["kdc.bill.pdf"]._render(self.new_a))
        self.assertIn("207.650 ₫", text)
        self.assertIn("10.000 ₫", text)
        self._take(self.user_collector, self.account_a, NEW_TOTAL - 10_000, key="b" * 9)
        content = self.env["kdc.bill.pdf"]._render(self.new_a)
        self.assertNotIn("Vietcombank", pdf_text(content))

    def test_many_bills_in_one_file(self):
        content = self.env["kdc.bill.pdf"]._render(self.old_bills | self.new_bills)
        self.assertEqual(len(PdfReader(io.BytesIO(content)).pages), 4)

    def test_names_are_not_markup(self):
        self.household_a.partner_id.name = "Hộ <b>Bùi & Sơn</b>"
        text = pdf_text(self.env["kdc.bill.pdf"]._render(self.new_a))
        self.assertIn("Hộ <b>Bùi & Sơn</b>", text)

    def test_bill_without_explanation_bank_or_dwelling(self):
        bill = self.new_b
        self.company.kdc_bank_id = False
        self.account_b.dwelling_id = False
        bill.kdc_explanation = False
        self.assertIn("217.650 ₫", pdf_text(self.env["kdc.bill.pdf"]._render(bill)))

    def test_southern_words(self):
        self.company.kdc_zero_tens_word = "lẻ"
        receipt = self._take(self.user_collector, self.account_a, 105)
        self.assertIn("Một trăm lẻ năm đồng", pdf_text(self.env["kdc.receipt.pdf"]._render(receipt)))

    def test_receipt(self):
        receipt = self._take(self.user_collector, self.account_a, 400_000, payer="Ông Trần Văn Đệ")
        content = self.env["kdc.receipt.pdf"]._render(receipt)
        text = pdf_text(content)
        for words in (
            receipt.name, "Ông Trần Văn Đệ", "Nguyễn Văn An", self.account_a.number, "400.000 ₫",
            "Bốn trăm nghìn đồng", "173.650 ₫", "94.190 ₫", self.user_collector.name,
        ):  # fmt: skip
            self.assertIn(words, text)
        page = PdfReader(io.BytesIO(content)).pages[0]
        self.assertEqual([round(float(side) / 72 * 25.4) for side in page.mediabox[2:]], [210, 148])

    def test_reprints_are_copies(self):
        receipt = self._take(self.user_collector, self.account_a, 10_000)
        first = pdf_text(self.env["kdc.receipt.pdf"]._render(receipt))
        second = pdf_text(self.env["kdc.receipt.pdf"]._render(receipt))
        copy = self.env["kdc.receipt.pdf"].with_context(lang="vi_VN")._copy_words(receipt)
        self.assertIn("2", copy)
        self.assertNotIn(copy, first)
        self.assertIn(copy, second)
        self.assertEqual(receipt.print_count, 2)

    def test_roll(self):
        receipt = self._take(self.user_collector, self.account_a, 400_000)
        content = self.env["kdc.receipt.pdf"]._render(receipt, layout="roll")
        reader = PdfReader(io.BytesIO(content))
        self.assertEqual(len(reader.pages), 1)
        self.assertEqual(round(float(reader.pages[0].mediabox[2]) / 72 * 25.4), 80)
        self.assertIn("Bốn trăm nghìn đồng", pdf_text(content))

    def test_cancelled_receipt(self):
        receipt = self._take(self.user_collector, self.account_a, 10_000)
        receipt.with_user(self.user_accountant)._cancel("Nhầm hộ")
        text = pdf_text(self.env["kdc.receipt.pdf"]._render(receipt))
        self.assertIn("Nhầm hộ", text)

    def test_many_services_stay_on_one_sheet(self):
        receipt = self._take(self.user_collector, self.account_a, OLD_TOTAL + NEW_TOTAL)
        more = self.env["kdc.receipt.line"]
        for number in range(20):
            more |= receipt.line_ids[0].copy({"receipt_id": receipt.id, "name": f"Dịch vụ {number}", "amount": 1})
        content = self.env["kdc.receipt.pdf"]._render(receipt)
        self.assertEqual(len(PdfReader(io.BytesIO(content)).pages), 1)
        more.unlink()  # nobody paid for them
