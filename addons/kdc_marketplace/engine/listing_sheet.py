"""Prices and stock of a shop's listings from a spreadsheet: finding the headings and understanding each row.

Nothing is guessed: a number that can be read in two ways is an error of its row. An empty cell changes nothing.
"""

import re
from dataclasses import dataclass

#: Headings as people write them, folded (lower case, no diacritics), and those of the list in English.
HEADINGS = {
    "id": ("ma hang", "ma mat hang", "ma", "code of the goods"),
    "price": ("gia", "gia ban", "don gia", "price"),
    "resident_price": ("gia cu dan", "gia cho cu dan", "price for residents"),
    "quantity": ("so luong", "so luong hien co", "ton kho", "con lai", "quantity"),
}
FIGURES = ("price", "resident_price", "quantity")
SEARCH_ROWS = 20
MAX_ROWS = 1000

#: "12" is a listing, "12#34" one choice of it; a spreadsheet makes neither a date nor a number of it.
_CODE = re.compile(r"(\d{1,9})(?:#(\d{1,9}))?")
_PLAIN = re.compile(r"\d+")
_GROUPED = re.compile(r"\d{1,3}([., \u00a0])\d{3}(?:\1\d{3})*")
_CURRENCY = re.compile(r"\s*(₫|đ|vnd|vnđ|đồng)$", re.IGNORECASE)


class HeadingError(ValueError):
    """No row has a heading for the code of the goods and one for a price or the stock."""


class TooManyRows(ValueError):
    """More rows than a shop has goods."""


@dataclass(frozen=True)
class Row:
    """One understood row; a figure that was left empty is ``None``.

    :param line: number of the row in the spreadsheet, from 1
    :param listing: code of the goods: (listing, its choice or 0)
    :param figures: {name of FIGURES: whole number or None}
    """

    line: int
    listing: tuple
    figures: dict


@dataclass(frozen=True)
class Problem:
    """What is wrong in a row: ``field`` of HEADINGS, ``code`` of the reason, ``text`` as it was typed."""

    line: int
    field: str
    code: str
    text: str = ""


def whole(value):
    """Return a cell as a whole number of 0 or more, ``None`` when it is empty.

    "35.000", "35,000 ₫" and 35000 are the same; "35.5" and 35.5 are no whole number.

    :raise ValueError: anything else
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(value)
    if isinstance(value, float):
        if not value.is_integer():
            raise ValueError(value)
        value = int(value)
    if isinstance(value, int):
        if value < 0:
            raise ValueError(value)
        return value
    text = _CURRENCY.sub("", value.strip())
    if not text:
        return None
    if text.isascii() and _PLAIN.fullmatch(text) or _GROUPED.fullmatch(text):
        digits = re.sub(r"\D", "", text)
        if digits.isascii() and len(digits) <= 12:
            return int(digits)
    raise ValueError(value)


def code(value):
    """Return the code of a row as (listing, choice or 0), ``None`` when it is empty.

    :raise ValueError: no code
    """
    found = _CODE.fullmatch(value.strip()) if isinstance(value, str) and value.isascii() else None
    if found:
        return int(found[1]), int(found[2] or 0)
    number = whole(value)
    return (number, 0) if number else None


def code_text(listing):
    """Return a code as :func:`code` reads it: a plain number where there are no choices."""
    number, choice = listing
    return f"{number}#{choice}" if choice else number


def find_columns(rows, fold):
    """Return the index of the heading row and {field: column}.

    :raise HeadingError: there is none
    """
    for index, row in enumerate(rows[:SEARCH_ROWS]):
        columns = {}
        for column, cell in enumerate(row):
            heading = re.sub(r"\([^)]*\)", "", fold(cell)).strip() if isinstance(cell, str) else ""
            field = next((field for field, names in HEADINGS.items() if heading in names), None)
            if field:
                columns.setdefault(field, column)
        if "id" in columns and any(field in columns for field in FIGURES):
            return index, columns
    raise HeadingError


def parse(rows, fold):
    """Understand a sheet.

    :param rows: lists of plain values, as ``kdc_residents.engine.sheet`` reads them
    :param fold: function that makes text small and takes its diacritics off
    :return: (list of Row, list of Problem)
    """
    start, columns = find_columns(rows, fold)
    body = [(line, row) for line, row in enumerate(rows[start + 1 :], start + 2) if any(c is not None for c in row)]
    if len(body) > MAX_ROWS:
        raise TooManyRows
    understood, problems, seen = [], [], set()
    for line, row in body:
        cells = {field: row[column] if column < len(row) else None for field, column in columns.items()}
        figures = {}
        for field, cell in cells.items():
            try:
                figures[field] = code(cell) if field == "id" else whole(cell)
            except ValueError:
                problems.append(Problem(line, field, "number", str(cell)[:40]))
        if "id" not in figures or len(figures) < len(cells):
            continue
        listing = figures.pop("id")
        if not listing:
            problems.append(Problem(line, "id", "no_code"))
        elif listing in seen:
            problems.append(Problem(line, "id", "twice", str(code_text(listing))))
        else:
            seen.add(listing)
            understood.append(Row(line, listing, figures))
    return understood, problems
