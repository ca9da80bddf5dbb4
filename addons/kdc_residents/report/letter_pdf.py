"""A confirmation letter on A4, set out as administrative documents are (NĐ 30/2020/NĐ-CP).

Office and number stand on the left, the national motto on the right, then title, words and signature. A QR code at the
foot leads to the page that checks it.
"""

import io
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from ..engine import pdf

LEFT, RIGHT, TOP, BOTTOM = 30 * mm, 20 * mm, 20 * mm, 20 * mm
QR_SIZE = 28 * mm


@dataclass(frozen=True)
class Letter:
    """What stands on the paper. ``verify_url`` is empty on a draft for the signature."""

    office: str
    number: str
    place: str
    title: str
    body: str
    validity: str
    signer_title: str
    signer_name: str
    verify_url: str


def render(letter):
    """Return the letter as PDF bytes. Long words go on over as many pages as they need."""
    pdf.register_fonts()
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, lang="vi-VN", pageCompression=1)
    canvas.setTitle(f"{letter.title} {letter.number}".strip())
    canvas.setAuthor(letter.office)
    width = A4[0] - LEFT - RIGHT
    top = _draw_head(canvas, letter, width)
    top -= pdf.draw_paragraph(canvas, letter.title, LEFT, top, width, "title", 11) + 6 * mm
    for text in (*letter.body.split("\n"), letter.validity):
        if text.strip():
            top = _flow(canvas, text.strip(), top, width)
    if top < BOTTOM + 62 * mm:
        canvas.showPage()
        top = A4[1] - TOP
    _draw_signature(canvas, letter, top - 4 * mm, width)
    _draw_check(canvas, letter)
    canvas.save()
    return buffer.getvalue()


def _flow(canvas, text, top, width):
    """Draw one paragraph, on the next page where this one is full; return the new upper edge."""
    block = pdf.paragraph(text, "body", 12.5)
    for piece in block.split(width, top - BOTTOM) or [block]:
        _width, height = piece.wrap(width, A4[1])
        if top - height < BOTTOM:
            canvas.showPage()
            top = A4[1] - TOP
        piece.drawOn(canvas, LEFT, top - height)
        top -= height + 2.2 * mm
    return top


def _draw_head(canvas, letter, width):
    """Draw office and motto side by side; return the edge below them."""
    top = A4[1] - TOP
    column = width * 0.44
    left = top - pdf.draw_paragraph(canvas, letter.office.upper(), LEFT, top, column, "center", 11)
    left -= (
        pdf.draw_paragraph(canvas, f"Số: {letter.number or '……'}", LEFT, left - 4 * mm, column, "center", 11) + 4 * mm
    )
    x, motto = LEFT + column + 2 * mm, width - column - 2 * mm
    right = top - pdf.draw_paragraph(
        canvas, "<b>CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM</b>", x, top, motto, "center", 10.5, markup=True
    )
    right -= pdf.draw_paragraph(
        canvas, "<b>Độc lập - Tự do - Hạnh phúc</b>", x, right, motto, "center", 11, markup=True
    )
    canvas.setLineWidth(0.6)
    canvas.line(x + motto / 2 - 24 * mm, right - 1.2 * mm, x + motto / 2 + 24 * mm, right - 1.2 * mm)
    right -= pdf.draw_paragraph(canvas, letter.place, x, right - 4 * mm, motto, "center", 10.5) + 4 * mm
    return min(left, right) - 12 * mm


def _draw_signature(canvas, letter, top, width):
    """Draw title and name of the signer on the right, with room for signature and seal."""
    x, column = LEFT + width / 2, width / 2
    top -= pdf.draw_paragraph(
        canvas, f"<b>{_plain(letter.signer_title)}</b>", x, top, column, "center", 12, markup=True
    )
    pdf.draw_paragraph(
        canvas, f"<b>{_plain(letter.signer_name)}</b>", x, top - 28 * mm, column, "center", 12, markup=True
    )


def _plain(text):
    """Return text for a paragraph with tags of our own around it."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _draw_check(canvas, letter):
    """Draw the QR code with the address it stands for; a draft says that it is one."""
    if not letter.verify_url:
        pdf.draw_paragraph(canvas, "Bản trình ký, chưa có giá trị.", LEFT, BOTTOM, 80 * mm, "muted", 10)
        return
    pdf.qr_drawing(letter.verify_url, QR_SIZE).drawOn(canvas, LEFT - 3 * mm, BOTTOM - 2 * mm)
    text = f"Quét mã để kiểm tra giấy này, hoặc mở:\n{letter.verify_url}"
    pdf.draw_paragraph(canvas, text, LEFT + QR_SIZE, BOTTOM + 14 * mm, 52 * mm, "muted", 9)
