"""QR plates of dwellings, ten on a sheet of A4 to be cut: number, street, residential group, and a code."""

import io
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from ..engine import pdf

COLUMNS, ROWS = 2, 5
MARGIN_X, MARGIN_Y = 10 * mm, 11 * mm
WIDTH = (A4[0] - 2 * MARGIN_X) / COLUMNS
HEIGHT = (A4[1] - 2 * MARGIN_Y) / ROWS
QR_SIZE = 44 * mm


@dataclass(frozen=True)
class Plate:
    """One plate. ``number`` is written large; ``url`` is what the code opens."""

    number: str
    street: str
    area: str
    ward: str
    url: str


def render(plates, hint):
    """Return the sheets as PDF bytes.

    :param hint: short line below the code
    """
    pdf.register_fonts()
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, lang="vi-VN", pageCompression=1)
    canvas.setTitle("Biển số nhà có mã QR")
    for index, plate in enumerate(plates):
        place = index % (COLUMNS * ROWS)
        if index and not place:
            canvas.showPage()
        row, column = divmod(place, COLUMNS)
        _draw_plate(canvas, plate, hint, MARGIN_X + column * WIDTH, A4[1] - MARGIN_Y - (row + 1) * HEIGHT)
    canvas.save()
    return buffer.getvalue()


def _draw_plate(canvas, plate, hint, x, y):
    pdf.rounded_box(canvas, x + 1.5 * mm, y + 1.5 * mm, WIDTH - 3 * mm, HEIGHT - 3 * mm)
    pdf.qr_drawing(plate.url, QR_SIZE, level="Q").drawOn(canvas, x + 2 * mm, y + (HEIGHT - QR_SIZE) / 2)
    left, room, top = x + QR_SIZE + 3 * mm, WIDTH - QR_SIZE - 7 * mm, y + HEIGHT - 6 * mm
    top -= pdf.draw_paragraph(canvas, plate.ward.upper(), left, top, room, "muted", 9) + 1 * mm
    canvas.setFillColor(pdf.TEAL)
    size = 24
    while size > 9 and canvas.stringWidth(plate.number, pdf.BOLD, size) > room:
        size -= 1
    canvas.setFont(pdf.BOLD, size)
    canvas.drawString(left, top - size, plate.number)
    top -= size + 3 * mm
    top -= pdf.draw_paragraph(canvas, plate.street, left, top, room, "strong", 11.5) + 1 * mm
    top -= pdf.draw_paragraph(canvas, plate.area, left, top, room, "body", 10) + 2 * mm
    pdf.draw_paragraph(canvas, hint, left, top, room, "muted", 8.5)
