"""What the printed documents share: fonts, paragraph styles, small table helpers (reportlab, no Odoo)."""

import io
from functools import lru_cache

from odoo.addons.kdc_residents.engine.pdf import register_fonts
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

GREY = colors.HexColor("#555555")
RULE = colors.HexColor("#9aa5ab")
BAND = colors.HexColor("#eef3f4")
PAID = colors.HexColor("#17683a")
VOID = colors.HexColor("#b3261e")

NORMAL, BOLD = "KDC", "KDC-Bold"
#: Tables that only place their cells.
PLAIN = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 0.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0.5),
]
#: reportlab's frames keep this distance (points) to their text; page margins are that much smaller.
FRAME_PADDING = 6


@lru_cache(maxsize=4)
def styles(size=8.5):
    """Return the paragraph styles of a document whose text has ``size`` points."""
    register_fonts()
    base = ParagraphStyle("base", fontName=NORMAL, fontSize=size, leading=size * 1.28)

    def style(name, **changes):
        return ParagraphStyle(name, parent=base, **changes)

    return {
        "base": base,
        "bold": style("bold", fontName=BOLD),
        "right": style("right", alignment=TA_RIGHT),
        "bold_right": style("bold_right", fontName=BOLD, alignment=TA_RIGHT),
        "center": style("center", alignment=TA_CENTER),
        "bold_center": style("bold_center", fontName=BOLD, alignment=TA_CENTER),
        "small": style("small", fontSize=size - 1.5, leading=(size - 1.5) * 1.25, textColor=GREY),
        "small_center": style(
            "small_center", fontSize=size - 1.5, leading=(size - 1.5) * 1.25, textColor=GREY, alignment=TA_CENTER
        ),
        "title": style("title", fontName=BOLD, fontSize=size + 5.5, leading=(size + 5.5) * 1.2, alignment=TA_CENTER),
        "total": style("total", fontName=BOLD, fontSize=size + 2.5, leading=(size + 2.5) * 1.2),
        "total_right": style(
            "total_right", fontName=BOLD, fontSize=size + 2.5, leading=(size + 2.5) * 1.2, alignment=TA_RIGHT
        ),
        "stamp": style(
            "stamp", fontName=BOLD, fontSize=size + 3, leading=(size + 3) * 1.3, alignment=TA_CENTER, textColor=PAID
        ),
    }


class Words(Paragraph):
    """A paragraph made of fragments. reportlab breaks its lines once to know the height and again to draw it."""

    _broken_for = None

    def wrap(self, width, height):
        if self._broken_for != width:
            self._broken_for, self._size = width, super().wrap(width, height)
        return self._size


@lru_cache(maxsize=256)
def _fragment(style, font):
    """Return a letter in a style. What is copied from it need not be read as markup, which takes ten times as long."""
    (fragment,) = Paragraph(f'<font name="{font}">x</font>', style).frags
    return fragment


def mixed(style, *parts):
    """Return a paragraph of plain text: nothing in it is markup.

    :param parts: (text, whether it is bold) one after the other
    """
    fragments = [
        _fragment(style, BOLD if bold else style.fontName).clone(text=str(content))
        for content, bold in parts
        if content
    ]
    return Words("", style, frags=fragments)


def text(content, style):
    """Return a paragraph of plain text in the font of its style."""
    return mixed(style, (content, False))


def labelled(label, content, style):
    """Return ``label: content`` with the content in bold."""
    return mixed(style, (f"{label}: ", False), (content, True))


def place_of(company):
    """Return the ward's address in one line, without the country."""
    partner = company.partner_id
    return ", ".join(filter(None, (partner.street, partner.street2, partner.city, partner.state_id.name)))


def office(company, style):
    """Return the head of a paper: name and address of the ward."""
    return [text(company.name.upper(), style["bold"]), text(place_of(company), style["small"])]


def stamp(canvas, words, x, y, color=VOID, angle=24, size=30):
    """Write large outlined words over the page, for cancelled documents and copies."""
    canvas.saveState()
    canvas.translate(x, y)
    canvas.rotate(angle)
    canvas.setFillColor(color, alpha=0.28)
    canvas.setFont(BOLD, size)
    canvas.drawCentredString(0, 0, words)
    canvas.restoreState()


class LazyStory(list):
    """Flowables that are made when reportlab comes to them: a thousand bills need the memory of one."""

    def __init__(self, chunks):
        """
        :param chunks: iterable of lists of flowables
        """
        super().__init__()
        self._chunks = iter(chunks)

    def __len__(self):
        while not super().__len__():
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self.extend(chunk)
        return super().__len__()


def signatures(slots, hint, width, style):
    """Return the places to sign, side by side.

    :param slots: (who signs, name printed below or nothing), from left to right
    :param hint: what is written under each heading
    """
    return Table(
        [
            [[text(title, style["bold_center"]), text(hint, style["small_center"])] for title, _name in slots],
            [""] * len(slots),
            [text(name, style["center"]) for _title, name in slots],
        ],
        colWidths=[width / len(slots)] * len(slots),
        rowHeights=[None, 14 * mm, None],
        style=PLAIN,
    )


def list_table(head, rows, columns):
    """Return the table of a list to walk with; its heading comes again on every page.

    :param columns: their widths in points
    """
    return Table(
        [head, *rows],
        colWidths=columns,
        repeatRows=1,
        style=[
            ("BACKGROUND", (0, 0), (-1, 0), BAND),
            ("GRID", (0, 0), (-1, -1), 0.4, RULE),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ],
    )


def document(story, title, author, pagesize=A4, margin=12 * mm, top=None, bottom=None, **decorate):
    """Return the bytes of a PDF.

    :param margin: to the text at the sides; above and below as well unless ``top`` and ``bottom`` say otherwise
    :param decorate: ``onFirstPage`` and ``onLaterPages`` of reportlab
    """
    output = io.BytesIO()
    SimpleDocTemplate(
        output,
        pagesize=pagesize,
        leftMargin=margin - FRAME_PADDING,
        rightMargin=margin - FRAME_PADDING,
        topMargin=(top or margin) - FRAME_PADDING,
        bottomMargin=(bottom or margin) - FRAME_PADDING,
        title=title,
        author=author,
        lang="vi",
    ).build(story, **decorate)
    return output.getvalue()
