"""Spreadsheets as people send them: .xls, .xlsx and .csv, recognised by content and not by name.

:func:`read` returns the sheets as rows of plain Python values (``str``, ``int``, ``float``, ``bool``,
``datetime.date`` or ``None``). What cannot be read raises a :class:`SheetError` whose subclass says why, so that the
caller can tell the person what to do.
"""

import base64
import csv
import io
import unicodedata
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time

import openpyxl
import xlrd

#: A file larger than this is no list of a ward: 100,000 people take 10 MB (bytes).
MAX_FILE = 30 * 1024 * 1024
#: Nor is one that unpacks to more than this (bytes).
MAX_UNPACKED = 300 * 1024 * 1024
#: Nor is one with more rows than a spreadsheet program has, wider than this, or with more cells, empty ones included:
#: a file of one kilobyte can claim a milliard of them.
MAX_ROWS = 1_048_576
MAX_COLUMNS = 1_000
MAX_CELLS = 50_000_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_DELIMITERS = ";,\t|"


class SheetError(ValueError):
    """The file is no spreadsheet that can be read."""


class EmptyFile(SheetError):
    """Nothing in it."""


class ProtectedFile(SheetError):
    """A password is needed to open it."""


class CorruptFile(SheetError):
    """It starts like a spreadsheet but is cut off or damaged."""


class WebPage(SheetError):
    """A web page saved under a spreadsheet's name, as some programs "export" it."""


class UnknownFormat(SheetError):
    """A text document, picture, OpenDocument file or anything else."""


class FileTooLarge(SheetError):
    """More data than any list of a ward."""


@dataclass
class Sheet:
    """One sheet: its name and its rows. Row 0 is line 1 of the spreadsheet."""

    name: str
    rows: list = field(default_factory=list)


def decode(content):
    """Return the bytes of a file that was sent in base64, as browsers do.

    :raises CorruptFile: it was cut off on its way.
    """
    try:
        return base64.b64decode(content or b"")
    except ValueError as error:
        raise CorruptFile from error


def read(data):
    """Return the non-empty sheets of a file given as bytes.

    :raises SheetError: a subclass that says why it cannot be read.
    """
    if len(data) > MAX_FILE:
        raise FileTooLarge
    if not data or not data.strip(b"\x00\r\n\t "):
        raise EmptyFile
    if data.startswith(_ZIP):
        sheets = _read_xlsx(data)
    elif data.startswith(_OLE) or data[:2] in (b"\x09\x08", b"\x09\x04", b"\x09\x02"):
        sheets = _read_xls(data)
    else:
        sheets = [_read_text(data)]
    sheets = [sheet for sheet in sheets if any(any(cell is not None for cell in row) for row in sheet.rows)]
    if not sheets:
        raise EmptyFile
    return sheets


def column_letter(index):
    """Return the letter of a column as spreadsheets show it: 0 → A, 26 → AA."""
    return openpyxl.utils.get_column_letter(index + 1)


def _clean(value):
    """Return a cell as a plain value: no blank strings, no midnight times, no whole floats."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, time):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _collect(rows):
    """Return the rows of a file as lists of plain values, without the empty ones at the end.

    :raises FileTooLarge: more rows, columns or cells than any list of a ward
    """
    collected, empty, cells = [], 0, 0
    for row in rows:
        cells += len(row)
        if len(collected) + empty >= MAX_ROWS or cells > MAX_CELLS:
            raise FileTooLarge
        if len(row) > MAX_COLUMNS and any(cell is not None for cell in row[MAX_COLUMNS:]):
            raise FileTooLarge
        values = [_clean(cell) for cell in row[:MAX_COLUMNS]] if row else row
        if any(value is not None for value in values):
            collected += [[] for _gap in range(empty)]
            collected.append(values)
            empty = 0
        else:
            empty += 1
    return collected


def _trim(rows):
    """Drop empty rows at the end: spreadsheets often claim a million of them."""
    while rows and all(cell is None for cell in rows[-1]):
        rows.pop()
    return rows


def _read_xlsx(data):
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED:
                raise FileTooLarge
            if not any(name.startswith("xl/") for name in archive.namelist()):
                raise UnknownFormat
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets = []
        for worksheet in book.worksheets:
            # Programs write wrong dimensions; without this openpyxl stops at what they claim.
            worksheet.reset_dimensions()
            sheets.append(Sheet(worksheet.title, _collect(worksheet.iter_rows(values_only=True))))
        return sheets
    except SheetError:
        raise
    except Exception as error:  # openpyxl lets errors of zip, xml and its own code through
        raise CorruptFile from error


def _read_xls(data):
    if _ENCRYPTED_STREAM in data:
        raise ProtectedFile
    try:
        book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO())
    except xlrd.XLRDError as error:
        message = str(error).lower()
        if "encrypted" in message or "password" in message:
            raise ProtectedFile from error
        if "find workbook" in message:
            raise UnknownFormat from error
        raise CorruptFile from error
    except Exception as error:  # a damaged file makes xlrd fail in many ways
        raise CorruptFile from error
    return [
        Sheet(sheet.name, _trim([[_xls_value(c, book.datemode) for c in sheet.row(i)] for i in range(sheet.nrows)]))
        for sheet in book.sheets()
    ]


def _xls_value(cell, datemode):
    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            return xlrd.xldate_as_datetime(cell.value, datemode).date()
        except (ValueError, OverflowError):
            return str(cell.value)
    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK, xlrd.XL_CELL_ERROR):
        return None
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    return _clean(cell.value)


def _decode(data):
    """Return text of unknown encoding: what its mark says, else UTF-8, else the Vietnamese code page of Windows."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    if b"\x00" in data:
        raise UnknownFormat
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # cp1258 writes tones as separate characters; NFC joins them.
        return unicodedata.normalize("NFC", data.decode("cp1258", errors="replace"))


def _read_text(data):
    try:
        content = _decode(data)
    except UnicodeDecodeError as error:
        raise UnknownFormat from error
    start = content.lstrip()[:200].lower()
    if start.startswith(("<html", "<!doctype", "<table", "<?xml", "<head", "<meta")):
        raise WebPage
    control = sum(unicodedata.category(c) == "Cc" and c not in "\r\n\t" for c in content[:2000])
    if control > 5 or start.startswith(("%pdf", "{\\rtf")):
        raise UnknownFormat
    lines = [line for line in content.splitlines() if line.strip()][:50]
    delimiter = max(_DELIMITERS, key=lambda d: sum(min(line.count(d), 30) for line in lines))
    try:
        rows = _collect(csv.reader(io.StringIO(content, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise CorruptFile from error
    return Sheet("", rows)


def write_xlsx(rows, title="Sheet1", widths=()):
    """Return an .xlsx file (bytes) of ``rows``; text stays text, so leading zeros survive."""
    book = openpyxl.Workbook(write_only=True)
    worksheet = book.create_sheet(title[:31])
    for index, width in enumerate(widths):
        worksheet.column_dimensions[column_letter(index)].width = width
    for row in rows:
        worksheet.append([_safe_cell(worksheet, value) for value in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _safe_cell(worksheet, value):
    """Return a cell that no spreadsheet program takes for a formula or a number it is not."""
    cell = openpyxl.cell.WriteOnlyCell(worksheet)
    if isinstance(value, str):
        cell.value = openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.data_type = "s"
        cell.number_format = "@"
    elif isinstance(value, date):
        cell.value = value
        cell.number_format = "dd/mm/yyyy"
    else:
        cell.value = value
    return cell
