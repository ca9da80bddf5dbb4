"""One description of a book or report, written as PDF for the file and as .xlsx for whoever goes on with it."""

import io
from dataclasses import dataclass, field
from datetime import date, datetime

import xlsxwriter
from odoo.addons.kdc_residents.engine.format import fmt
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.platypus import Spacer, Table

from .layout import BAND, FRAME_PADDING, PLAIN, RULE, document, office, signatures, styles, text

MARGIN = 12 * mm


@dataclass(frozen=True)
class Column:
    """A column: its heading, its share of the width, and what it holds."""

    title: str
    width: float = 1
    #: ``text``, ``vnd`` (whole đồng), ``date`` or ``percent`` (whole numbers)
    kind: str = "text"


@dataclass(frozen=True)
class Row:
    """Cells in the order of the columns; None stays empty."""

    cells: tuple
    #: Sums and headings within the table.
    bold: bool = False


@dataclass(frozen=True)
class Book:
    """What stands on the paper, from top to bottom."""

    company: object
    title: str
    columns: tuple[Column, ...]
    rows: list[Row]
    #: Lines under the title: period, area, fund.
    about: tuple[str, ...] = ()
    #: Lines under the table: amount in words, legal basis.
    notes: tuple[str, ...] = ()
    #: (who signs, name printed below or nothing)
    signers: tuple[tuple[str, str], ...] = ()
    sign_hint: str = ""
    #: File name without its ending, ASCII.
    file_name: str = "so"
    wide: bool = field(default=False)
    #: Print each amount with its ₫, as on papers for residents; books of the office name the unit once.
    symbol: bool = field(default=False)


def to_pdf(book):
    """Return the bytes of a book on A4; the heading of the table comes again on every page, with page numbers."""
    size = landscape(A4) if book.wide else A4
    style, width = styles(8.5), size[0] - 2 * MARGIN
    story = [
        *office(book.company, style),
        Spacer(0, 2 * mm),
        text(book.title, style["title"]),
        *(text(line, style["center"]) for line in book.about),
        Spacer(0, 3 * mm),
        _table(book, style, width),
        Spacer(0, 2 * mm),
        *(text(line, style["base"]) for line in book.notes),
    ]
    if book.signers:
        story += [Spacer(0, 5 * mm), signatures(book.signers, book.sign_hint, width, style)]
    return document(
        story, book.title, book.company.name, size, MARGIN, bottom=MARGIN + FRAME_PADDING,
        onFirstPage=_page_number, onLaterPages=_page_number,
    )  # fmt: skip


def _page_number(canvas, document):
    canvas.saveState()
    canvas.setFont("KDC", 7)
    canvas.drawRightString(document.pagesize[0] - MARGIN, 6 * mm, str(canvas.getPageNumber()))
    canvas.restoreState()


def _table(book, style, width):
    shares = sum(column.width for column in book.columns)
    lines = [[text(column.title, style["bold_center"]) for column in book.columns]]
    bands = []
    for number, row in enumerate(book.rows, 1):
        lines.append([
            _cell(column, value, row.bold, style, book.symbol)
            for column, value in zip(book.columns, row.cells, strict=True)
        ])  # fmt: skip
        if row.bold:
            bands.append(("BACKGROUND", (0, number), (-1, number), BAND))
    return Table(
        lines,
        colWidths=[width * column.width / shares for column in book.columns],
        repeatRows=1,
        style=[
            *PLAIN,
            ("BACKGROUND", (0, 0), (-1, 0), BAND),
            ("GRID", (0, 0), (-1, -1), 0.4, RULE),
            ("LEFTPADDING", (0, 0), (-1, -1), 2.5),
            ("RIGHTPADDING", (0, 0), (-1, -1), 2.5),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            *bands,
        ],
    )


def _cell(column, value, bold, style, symbol):
    if value is None or value is False:
        return ""
    right = column.kind in ("vnd", "percent")
    name = ("bold_right" if right else "bold") if bold else ("right" if right else "base")
    return text(_word(column.kind, value, symbol), style[name])


def _word(kind, value, symbol):
    if kind == "vnd":
        return fmt.vnd(value, symbol=symbol)
    if kind == "date":
        return fmt.date(value)
    return f"{value}%" if kind == "percent" else value


def to_xlsx(book):
    """Return the bytes of a book as a spreadsheet: amounts are numbers, days are days, text is never a formula."""
    output = io.BytesIO()
    workbook = xlsxwriter.Workbook(output, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    # The same book is the same file, whenever it is written.
    workbook.set_properties({"title": book.title, "author": book.company.name, "created": datetime(2026, 1, 1)})
    sheet = workbook.add_worksheet(book.title[:28].translate(str.maketrans("", "", "[]:*?/\\")))
    formats = {
        (kind, bold): workbook.add_format({"bold": bold, **layout})
        for kind, layout in (
            ("text", {"num_format": "@", "text_wrap": True, "valign": "top"}),
            ("vnd", {"num_format": "#,##0"}),
            ("date", {"num_format": "dd/mm/yyyy"}),
            ("percent", {"num_format": '0"%"'}),
        )
        for bold in (False, True)
    }
    title = workbook.add_format({"bold": True, "font_size": 14})
    heading = workbook.add_format({"bold": True, "text_wrap": True, "bg_color": "#EEF3F4", "border": 1})
    sheet.write_string(0, 0, book.company.name)
    sheet.write_string(1, 0, book.title, title)
    for number, line in enumerate(book.about, 2):
        sheet.write_string(number, 0, line)
    top = 3 + len(book.about)
    for place, column in enumerate(book.columns):
        sheet.set_column(place, place, max(10, min(48, 12 * column.width)))
        sheet.write_string(top, place, column.title, heading)
    for number, row in enumerate(book.rows, top + 1):
        for place, (column, value) in enumerate(zip(book.columns, row.cells, strict=True)):
            _write(sheet, number, place, column.kind, value, formats[column.kind, row.bold])
    for number, line in enumerate(book.notes, top + len(book.rows) + 2):
        sheet.write_string(number, 0, line)
    sheet.freeze_panes(top + 1, 0)
    workbook.close()
    return output.getvalue()


def _write(sheet, row, place, kind, value, layout):
    if value is None or value is False:
        return
    if kind == "date" and isinstance(value, date):
        sheet.write_datetime(row, place, datetime(value.year, value.month, value.day), layout)
    elif kind in ("vnd", "percent") and not isinstance(value, str):
        sheet.write_number(row, place, round(value), layout)
    else:
        sheet.write_string(row, place, str(value), layout)
