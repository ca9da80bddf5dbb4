"""Printed documents: Vietnamese letters survive, codes can be read, nothing is parsed as markup by accident."""

import io

import pytest
from kdc_residents_engine import pdf
from pypdf import PdfReader

ALPHABET = "Ă Â Đ Ê Ô Ơ Ư ấ ầ ẩ ẫ ậ ắ ằ ẳ ẵ ặ ế ề ể ễ ệ ố ồ ổ ỗ ộ ớ ờ ở ỡ ợ ứ ừ ử ữ ự ỳ ỵ ỷ ỹ ý ₫"


def text_of(data):
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def test_vietnamese_letters_are_embedded_and_extractable():
    data = pdf.build([pdf.paragraph(ALPHABET)], title="Phiếu")
    assert "".join(text_of(data).split()) == "".join(ALPHABET.split())
    fonts = {
        str(font["/BaseFont"])
        for page in PdfReader(io.BytesIO(data)).pages
        for font in (f.get_object() for f in page["/Resources"]["/Font"].values())
    }
    assert any("Roboto" in name for name in fonts)
    assert len(data) < 60_000


def test_names_with_markup_characters_stay_text():
    assert "Cơ sở <b>An & Bình</b>" in text_of(pdf.build([pdf.paragraph("Cơ sở <b>An & Bình</b>")], title="x"))


def test_key_values_leave_out_what_is_unknown():
    text = text_of(pdf.build([pdf.key_values([("Chủ hộ", "Nguyễn Văn An"), ("Mã", False), ("Tổ", "")], 300)], "x"))
    assert "Nguyễn Văn An" in text
    assert "Mã" not in text
    pdf.build([pdf.key_values([], 300)], "x")


def test_amount_table_spreads_over_pages_with_header_and_numbers():
    rows = [[f"Dòng {n}", f"{n}.000"] for n in range(120)]
    table = pdf.amounts(["Khoản", "Số tiền"], rows, [200, 100], total=["Cộng", "7.140.000"])
    data = pdf.build([table], "Hóa đơn", footer="Phường Nha Trang")
    reader = PdfReader(io.BytesIO(data))
    assert len(reader.pages) >= 3
    for number, page in enumerate(reader.pages, 1):
        text = page.extract_text()
        assert "Khoản" in text
        assert "Phường Nha Trang" in text
        assert f"{number}/{len(reader.pages)}" in text


@pytest.mark.parametrize("content", ["https://kdc.example/activate?code=123456789012", "A" * 200])
def test_qr_keeps_its_size(content):
    drawing = pdf.qr_drawing(content, 90)
    assert (drawing.width, drawing.height) == (90, 90)
