"""Building blocks of printed documents (slips, bills, receipts) on reportlab, with Vietnamese letters embedded.

Sizes are in points unless a name says otherwise; 1 mm = 2.83 pt. reportlab embeds only the glyphs that are used,
so that a one-page document stays below 40 kB.
"""

import io
from functools import lru_cache
from xml.sax.saxutils import escape

import font_roboto
from reportlab.lib.colors import HexColor, black, white
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table, TableStyle

from . import qr

FONT = "KDC"
BOLD = "KDC-Bold"
INK = HexColor("#16282b")
MUTED = HexColor("#4f6164")
LINE = HexColor("#b9c6c5")
TEAL = HexColor("#0c4a52")
SHADE = HexColor("#eef4f4")


@lru_cache(maxsize=1)
def register_fonts():
    """Make Roboto known to reportlab as ``KDC`` and ``KDC-Bold``; calling it again costs nothing.

    :return: the two font names
    """
    pdfmetrics.registerFont(TTFont(FONT, font_roboto.Roboto))
    pdfmetrics.registerFont(TTFont(BOLD, font_roboto.RobotoBold))
    # ``<b>`` in a paragraph switches to the bold font; there is no italic, official papers do not need it.
    pdfmetrics.registerFontFamily(FONT, normal=FONT, bold=BOLD, italic=FONT, boldItalic=BOLD)
    return FONT, BOLD


@lru_cache(maxsize=4)
def styles(size=10):
    """Return the paragraph styles ``body, small, muted, title, heading, right, center, strong, amount`` by name.

    :param size: font size of body text in points
    """
    register_fonts()
    body = ParagraphStyle("body", fontName=FONT, fontSize=size, leading=size * 1.35, textColor=INK)

    def derive(name, **changes):
        return ParagraphStyle(name, parent=body, **changes)

    return {
        "body": body,
        "small": derive("small", fontSize=size * 0.85, leading=size * 1.15),
        "muted": derive("muted", fontSize=size * 0.85, leading=size * 1.15, textColor=MUTED),
        "title": derive(
            "title", fontName=BOLD, fontSize=size * 1.6, leading=size * 2, alignment=TA_CENTER, textColor=TEAL
        ),
        "heading": derive(
            "heading",
            fontName=BOLD,
            fontSize=size * 1.15,
            leading=size * 1.5,
            textColor=TEAL,
            spaceBefore=size * 0.6,
            spaceAfter=size * 0.3,
        ),
        "right": derive("right", alignment=TA_RIGHT),
        "center": derive("center", alignment=TA_CENTER),
        "strong": derive("strong", fontName=BOLD),
        "amount": derive("amount", fontName=BOLD, alignment=TA_RIGHT),
    }


def paragraph(text, style="body", size=10, markup=False):
    """Return ``text`` as a paragraph that wraps.

    :param markup: the text holds reportlab's tags (``<b>``) and is trusted; otherwise it is escaped
    """
    content = str(text) if markup else escape(str(text)).replace("\n", "<br/>")
    return Paragraph(content, styles(size)[style])


def key_values(rows, width, label_share=0.4, size=10):
    """Return a two-column table of labels and values, with hairlines between the rows.

    :param rows: pairs ``(label, value)``; pairs without a value are left out
    :param width: width of the whole table
    """
    cells = [
        [paragraph(label, "muted", size), paragraph(value, "strong", size)]
        for label, value in rows
        if value not in (None, False, "")
    ]
    if not cells:
        return Table([[""]], colWidths=[width])
    table = Table(cells, colWidths=[width * label_share, width * (1 - label_share)])
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 4),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
                ("LINEBELOW", (0, 0), (-1, -2), 0.4, LINE),
            ]
        )
    )
    return table


def amounts(header, rows, col_widths, total=None, amount_columns=(-1,), size=10):
    """Return a table of lines with right-aligned amounts; its header repeats on every page.

    :param header: column titles
    :param rows: lists of texts, amounts already written for people
    :param col_widths: widths of the columns
    :param total: texts of a closing row in bold, or None
    :param amount_columns: indexes of the columns that hold figures, negative ones count from the right
    """
    columns = {index % len(header) for index in amount_columns}

    def cells(texts, plain, right):
        return [paragraph(text, right if i in columns else plain, size) for i, text in enumerate(texts)]

    body = [cells(header, "strong", "amount"), *(cells(row, "body", "right") for row in rows)]
    if total:
        body.append(cells(total, "strong", "amount"))
    table = Table(body, colWidths=col_widths, repeatRows=1)
    commands = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("BACKGROUND", (0, 0), (-1, 0), SHADE),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ]
    if total:
        commands.append(("LINEABOVE", (0, -1), (-1, -1), 1, TEAL))
    table.setStyle(TableStyle(commands))
    return table


class QrCode(Flowable):
    """A QR code drawn as one path: reportlab's own widget takes five times as long, and a ward prints thousands."""

    def __init__(self, text, size, level):
        super().__init__()
        self.width = self.height = size
        self.side, self.runs = qr.dark_runs(text, level)

    def wrap(self, _width, _height):
        return self.width, self.height

    def draw(self):
        self.canv.saveState()
        self.canv.scale(self.width / self.side, self.height / self.side)
        self.canv.setFillColor(black)
        path = self.canv.beginPath()
        for x, y, length in self.runs:
            path.rect(x, self.side - 1 - y, length, 1)
        self.canv.drawPath(path, stroke=0, fill=1)
        self.canv.restoreState()


def qr_drawing(text, size, level="M"):
    """Return a QR code as vector drawing, square, with its quiet zone inside.

    :param text: content, ASCII for VietQR and addresses
    :param size: side in points; 25 mm or more reads well from paper
    :param level: error correction ``L``, ``M``, ``Q`` or ``H``
    """
    return QrCode(text, size, level)


class NumberedCanvas(Canvas):
    """A canvas that knows at the end how many pages there are, and writes ``2/3`` at the foot of each.

    Set ``footer`` in a subclass, see :func:`numbered_canvas`.
    """

    footer = ""
    margin = 15 * mm

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._pages = []

    def showPage(self):
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self):
        for page in self._pages:
            self.__dict__.update(page)
            page_footer(self, self.footer, self._pageNumber, len(self._pages), self.margin)
            Canvas.showPage(self)  # our own showPage only remembers the page
        return super().save()


def numbered_canvas(footer, margin=15 * mm):
    """Return a canvas class for ``SimpleDocTemplate.build(canvasmaker=…)`` that writes this footer on each page."""
    return type("FooterCanvas", (NumberedCanvas,), {"footer": footer, "margin": margin})


def page_footer(canvas, text, page, pages, margin=15 * mm):
    """Write the footer of one page: the text on the left, ``page/pages`` on the right, above them a hairline."""
    register_fonts()
    width, _height = canvas._pagesize
    canvas.saveState()
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.4)
    canvas.line(margin, 12 * mm, width - margin, 12 * mm)
    canvas.setFont(FONT, 8)
    canvas.setFillColor(MUTED)
    canvas.drawString(margin, 8 * mm, text)
    if pages > 1:
        canvas.drawRightString(width - margin, 8 * mm, f"{page}/{pages}")
    canvas.restoreState()


def build(story, title, author="", footer="", pagesize=A4, margin=15 * mm):
    """Lay out flowables into a document and return it as bytes.

    :param story: list of flowables; emptied by reportlab
    :param title: title in the document's properties, shown by the reader's window
    :param footer: text at the foot of each page
    """
    register_fonts()
    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=pagesize,
        title=title,
        author=author,
        lang="vi-VN",
        leftMargin=margin,
        rightMargin=margin,
        topMargin=margin,
        bottomMargin=margin + 3 * mm,
    )
    document.build(story, canvasmaker=numbered_canvas(footer, margin))
    return buffer.getvalue()


def rounded_box(canvas, x, y, width, height, fill=white, stroke=LINE, radius=6):
    """Draw a box with round corners; ``x, y`` is its lower left corner."""
    canvas.saveState()
    canvas.setFillColor(fill)
    canvas.setStrokeColor(stroke)
    canvas.setLineWidth(0.8)
    canvas.roundRect(x, y, width, height, radius, stroke=1, fill=1)
    canvas.restoreState()


def draw_paragraph(canvas, text, x, top, width, style="body", size=10, markup=False):
    """Draw wrapping text on a canvas with its upper edge at ``top``; return the height it took."""
    block = paragraph(text, style, size, markup)
    _width, height = block.wrap(width, 10_000)
    block.drawOn(canvas, x, top - height)
    return height
