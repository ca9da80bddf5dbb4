"""The list of an area on paper: household by household with its members. Personal numbers are masked."""

from dataclasses import dataclass

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.platypus import Spacer, Table

from ..engine import pdf

#: no., code or name, relationship, born, personal number, phone
WIDTHS = [10 * mm, 68 * mm, 42 * mm, 26 * mm, 42 * mm, 34 * mm]
HOUSEHOLDS_PER_TABLE = 40


@dataclass(frozen=True)
class Household:
    """One household; ``members`` are tuples of texts: name, relationship, born, masked number, phone."""

    code: str
    name: str
    address: str
    members: tuple


@dataclass(frozen=True)
class Wording:
    """The texts of the sheet; ``columns`` are six headings."""

    office: str
    title: str
    subtitle: str
    columns: tuple
    footer: str
    author: str
    empty: str


def render(households, wording):
    """Return the sheet as PDF bytes.

    Cells are plain strings and not paragraphs: a group of 400 households is ready in about a second.
    """
    story = [
        pdf.paragraph(wording.office.upper(), "strong", 10),
        pdf.paragraph(wording.title, "title", 10),
        pdf.paragraph(wording.subtitle, "center", 10),
        Spacer(1, 4 * mm),
    ]
    if not households:
        story.append(pdf.paragraph(wording.empty))
    for start in range(0, len(households), HOUSEHOLDS_PER_TABLE):
        story.append(_table(households[start : start + HOUSEHOLDS_PER_TABLE], wording.columns))
    return pdf.build(story, wording.title, wording.author, wording.footer, pagesize=landscape(A4))


def _table(households, columns):
    rows = [list(columns)]
    style = [
        ("FONT", (0, 0), (-1, -1), pdf.FONT, 9),
        ("FONT", (0, 0), (-1, 0), pdf.BOLD, 9),
        ("TEXTCOLOR", (0, 0), (-1, -1), pdf.INK),
        ("BACKGROUND", (0, 0), (-1, 0), pdf.SHADE),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
        ("LINEBELOW", (0, 0), (-1, -1), 0.3, pdf.LINE),
    ]
    for household in households:
        line = len(rows)
        style += [("FONT", (0, line), (-1, line), pdf.BOLD, 9), ("SPAN", (1, line), (-1, line))]
        title = " · ".join(filter(None, (household.code, household.name, household.address)))
        rows.append(["", _fit(title, 205 * mm, pdf.BOLD), "", "", "", ""])
        for number, member in enumerate(household.members, 1):
            cells = zip(member, WIDTHS[1:], strict=True)
            rows.append([str(number), *(_fit(text, width - 12, pdf.FONT) for text, width in cells)])
    return Table(rows, colWidths=WIDTHS, repeatRows=1, style=style)


def _fit(text, width, font):
    """Shorten a text that is too long for its cell."""
    text = text or ""
    while text and pdf.pdfmetrics.stringWidth(text, font, 9) > width:
        text = text[:-2].rstrip("… ") + "…"
    return text
