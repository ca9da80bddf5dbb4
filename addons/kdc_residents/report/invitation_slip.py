"""The paper slip with which a household gets its accounts: A5 across, two on a sheet of A4, to be cut in the middle."""

import io
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from ..engine import pdf
from ..engine.activation import grouped

SLIP_WIDTH = A4[0]
SLIP_HEIGHT = A4[1] / 2
MARGIN = 11 * mm
QR_SIZE = 36 * mm
BOX_HEIGHT = QR_SIZE + 3 * mm
PEOPLE_PER_SLIP = 2  # more people of a household continue on a further slip


@dataclass(frozen=True)
class Person:
    """One code on a slip. ``url`` is what the QR code opens, ``number`` is the slip's number in the register."""

    name: str
    code: str
    url: str
    number: str


@dataclass(frozen=True)
class Slip:
    """What is printed for one household. ``people`` may be any number."""

    household: str
    address: str
    people: tuple


@dataclass(frozen=True)
class Wording:
    """The texts of a slip in the language of the residents; ``steps`` are numbered, ``notes`` stand at the foot."""

    ward: str
    title: str
    to: str
    code: str
    number: str
    steps: tuple
    notes: tuple


def render(slips, wording):
    """Return the PDF with all slips, as bytes."""
    pdf.register_fonts()
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, lang="vi-VN", pageCompression=1)
    canvas.setTitle(wording.title)
    canvas.setAuthor(wording.ward)
    pieces = [
        (slip, slip.people[start : start + PEOPLE_PER_SLIP])
        for slip in slips
        for start in range(0, len(slip.people), PEOPLE_PER_SLIP)
    ]
    for index, (slip, people) in enumerate(pieces):
        upper = index % 2 == 0
        if upper and index:
            canvas.showPage()
        _draw_slip(canvas, slip, people, wording, bottom=SLIP_HEIGHT if upper else 0)
        if upper:
            _draw_cut_line(canvas)
    canvas.save()
    return buffer.getvalue()


def _draw_cut_line(canvas):
    """Draw the dashed line where the sheet is cut."""
    canvas.saveState()
    canvas.setStrokeColor(pdf.LINE)
    canvas.setDash(3, 3)
    canvas.line(0, SLIP_HEIGHT, SLIP_WIDTH, SLIP_HEIGHT)
    canvas.restoreState()


def _draw_slip(canvas, slip, people, wording, bottom):
    """Draw one slip into its half of the sheet: heading, codes, then what to do."""
    top = bottom + SLIP_HEIGHT - MARGIN
    width = SLIP_WIDTH - 2 * MARGIN
    top -= pdf.draw_paragraph(canvas, wording.ward.upper(), MARGIN, top, width, "center", 11)
    top -= pdf.draw_paragraph(canvas, wording.title, MARGIN, top - 2, width, "title", 11) + 5
    top -= pdf.draw_paragraph(canvas, f"{wording.to} {slip.household}", MARGIN, top - 2, width, "strong", 12) + 2
    top -= pdf.draw_paragraph(canvas, slip.address, MARGIN, top, width, "body", 10.5) + 5
    gap = 5 * mm
    column = (width - gap) / 2
    for position, person in enumerate(people):
        _draw_person(canvas, person, wording, MARGIN + position * (column + gap), top, column)
    below = top - BOX_HEIGHT - 5 * mm
    if len(people) == 1:
        steps = _draw_steps(canvas, wording, MARGIN + column + gap, top, column)
        below = min(below, top - steps - 3 * mm)
    else:
        below -= _draw_steps(canvas, wording, MARGIN, below, width) + 2 * mm
    pdf.draw_paragraph(canvas, " ".join(wording.notes), MARGIN, below, width, "body", 11.5)


def _draw_person(canvas, person, wording, x, top, width):
    """Draw the framed code of one person: name, QR code, twelve digits in groups."""
    pdf.rounded_box(canvas, x, top - BOX_HEIGHT, width, BOX_HEIGHT, fill=pdf.SHADE)
    pdf.qr_drawing(person.url, QR_SIZE).drawOn(canvas, x + 1.5 * mm, top - BOX_HEIGHT + 1.5 * mm)
    left = x + QR_SIZE + 3 * mm
    room = width - QR_SIZE - 5 * mm
    pdf.draw_paragraph(canvas, person.name, left, top - 3 * mm, room, "strong", 12)
    canvas.saveState()
    canvas.setFillColor(pdf.MUTED)
    canvas.setFont(pdf.FONT, 9)
    canvas.drawString(left, top - BOX_HEIGHT + 17 * mm, wording.code)
    canvas.drawString(left, top - BOX_HEIGHT + 4 * mm, f"{wording.number} {person.number}")
    canvas.setFillColor(pdf.INK)
    canvas.setFont(pdf.BOLD, 18)
    canvas.drawString(left, top - BOX_HEIGHT + 10 * mm, grouped(person.code))
    canvas.restoreState()


def _draw_steps(canvas, wording, x, top, width):
    """Draw the numbered steps; return the height they took."""
    start = top
    for number, step in enumerate(wording.steps, 1):
        canvas.saveState()
        canvas.setFillColor(pdf.TEAL)
        canvas.setFont(pdf.BOLD, 12)
        canvas.drawString(x, top - 11.5, f"{number}.")
        canvas.restoreState()
        top -= pdf.draw_paragraph(canvas, step, x + 6 * mm, top, width - 6 * mm, "body", 12.5) + 5
    return start - top
