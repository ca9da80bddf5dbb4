"""Meter readings from a spreadsheet: finding the heading row and understanding each row.

Nothing is guessed: a figure or date that can be read in two ways is an error of that cell.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from .cell import CellError

#: Headings as people write them, folded (lower case, no diacritics).
HEADINGS = {
    "account": ("ma khach hang", "ma kh", "ma khang", "so danh ba", "danh bo", "ma ho"),
    "serial": (
        "so seri",
        "so serial",
        "seri",
        "serial",
        "so dong ho",
        "ma dong ho",
        "dong ho",
        "so cong to",
        "cong to",
    ),
    "value": ("chi so moi", "chi so", "chi so cuoi", "chi so cuoi ky", "so moi", "chi so nay"),
    "previous": ("chi so cu", "chi so dau", "chi so dau ky", "so cu", "chi so truoc"),
    "date": ("ngay ghi", "ngay doc", "ngay ghi chi so", "ngay"),
    "note": ("ghi chu",),
}
SEARCH_ROWS = 30

_PLAIN_NUMBER = re.compile(r"\d+(?:,\d{1,3}|\.\d{1,2})?")


class HeadingError(ValueError):
    """No row has the headings needed. ``missing`` are the fields, ``found`` the headings of the best row.

    ``double``: headings of several columns that could each be the new figure.
    """

    def __init__(self, missing: Sequence[str], found: Sequence[str], double: Sequence[str] = ()):
        super().__init__(f"missing {missing}, found {found}, double {double}")
        self.missing = list(missing)
        self.found = list(found)
        self.double = list(double)


@dataclass(frozen=True, slots=True)
class Row:
    """One understood row. ``account`` or ``serial`` may be empty, not both."""

    line: int
    account: str
    serial: str
    value: Decimal
    previous: Decimal | None
    date: date | None


@dataclass(frozen=True, slots=True)
class Table:
    """Result of :func:`parse`: rows that were understood, errors of the others, and where the columns are.

    :ivar header_line: the (last) line with headings
    :ivar headings: what they say, those of two lines put together
    """

    header_line: int
    headings: list
    columns: dict[str, int]
    rows: list[Row]
    errors: list[CellError]


def find_header(rows: Sequence[Sequence], fold: Callable[[str], str]) -> tuple[int, list, dict[str, int]]:
    """Return the index of the last heading row, the headings, and the column of each known field.

    A heading may stand in two rows, “Chỉ số” in cells that were merged above “Cũ” and “Mới”.

    :raise HeadingError: without one column for the figure and one for the meter or the account
    """
    best: tuple[int, Sequence, dict[str, list[int]]] = (0, rows[0] if rows else [], {})
    padded = [*rows[: SEARCH_ROWS + 2], [], []]
    for index, row in enumerate(rows[:SEARCH_ROWS]):
        for last, headings in ((index, row), (index + 1, _joined(row, padded[index + 1]))):
            columns = _columns(headings, fold)
            if _has_headings_below(columns, padded[last + 1]):
                # Taken alone, “Chỉ số” would be its first column: the old figure.
                columns.pop("value", None)
            if len(columns) > len(best[2]):
                best = last, headings, columns
    index, headings, columns = best
    said = [str(cell) for cell in headings if cell is not None]
    missing = [] if "value" in columns else ["value"]
    if "serial" not in columns and "account" not in columns:
        missing.append("serial")
    figures = columns.get("value", [])
    if missing or len(figures) > 1:
        raise HeadingError(missing, said, [str(headings[column]) for column in figures if len(figures) > 1])
    return index, list(headings), {field: found[0] for field, found in columns.items()}


def _columns(headings: Sequence, fold: Callable[[str], str]) -> dict[str, list[int]]:
    """Return {field: columns whose heading names it}; a unit in brackets says nothing."""
    columns: dict[str, list[int]] = {}
    for column, cell in enumerate(headings):
        said = re.sub(r"\(.*?\)", " ", fold(cell)) if isinstance(cell, str) else ""
        name = " ".join(re.sub(r"[^a-z0-9 ]", "", said).split())
        field = next((field for field, names in HEADINGS.items() if name in names), None)
        if field:
            columns.setdefault(field, []).append(column)
    return columns


def _joined(row: Sequence, below: Sequence) -> list:
    """Return the headings of two rows put together. Of merged cells only the first one has a text."""
    joined, over = [], None
    for column in range(max(len(row), len(below))):
        own = row[column] if column < len(row) else None
        under = below[column] if column < len(below) else None
        over = own if own is not None else over
        joined.append(f"{over or ''} {under}".strip() if isinstance(under, str) else own)
    return joined


def _has_headings_below(columns: dict[str, list[int]], below: Sequence) -> bool:
    """Tell whether the row below goes on with headings: a text under the figure, and no meter beside it."""

    def cells(*fields):
        return [below[column] for field in fields for column in columns.get(field, ()) if column < len(below)]

    texts = [cell for cell in cells("value") if isinstance(cell, str) and not any(sign.isdigit() for sign in cell)]
    return bool(texts) and all(cell is None for cell in cells("account", "serial"))


def parse(rows: Sequence[Sequence], fold: Callable[[str], str]) -> Table:
    """Understand a sheet. Rows without figure are left out (a meter not read is no error)."""
    header, headings, columns = find_header(rows, fold)
    result, errors = [], []
    for index, cells in enumerate(rows[header + 1 :], header + 1):
        row = _read_row(index + 1, cells, columns)
        if isinstance(row, Row):
            result.append(row)
        else:
            errors += row
    return Table(header + 1, headings, columns, result, errors)


def _read_row(line: int, cells: Sequence, columns: dict[str, int]) -> Row | list[CellError]:
    def cell(field):
        column = columns.get(field)
        return cells[column] if column is not None and column < len(cells) else None

    errors = []
    values = {}
    for field, reader in (("value", read_figure), ("previous", read_figure), ("date", read_date)):
        try:
            values[field] = reader(cell(field))
        except ValueError as error:
            errors.append(CellError(line, columns[field], str(error), str(cell(field))))
    account, serial = _text(cell("account")), _text(cell("serial"))
    if not errors and values["value"] is None:
        return []
    if not account and not serial and not errors:
        errors.append(CellError(line, columns.get("serial", columns.get("account", 0)), "no_meter"))
    if errors:
        return errors
    return Row(line, account, serial, values["value"], values["previous"], values["date"])


def _text(value) -> str:
    """An identifier as text: spreadsheets turn '0000017' into the number 17 and 17 into 17.0."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()


def read_figure(value) -> Decimal | None:
    """Read a register figure; raises ValueError with a code (``not_a_number``, ``negative``)."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise ValueError("not_a_number")
    if isinstance(value, int | float):
        number = Decimal(repr(value))
    else:
        text = str(value).replace(" ", "").replace("\u00a0", "")
        if text.startswith("-") and _PLAIN_NUMBER.fullmatch(text[1:]):
            raise ValueError("negative")
        if not _PLAIN_NUMBER.fullmatch(text):
            raise ValueError("not_a_number")
        number = Decimal(text.replace(",", "."))
    if number < 0:
        raise ValueError("negative")
    if not number.is_finite():
        raise ValueError("not_a_number")
    return number


def read_date(value) -> date | None:
    """Read a day; text must be day/month/year. Raises ValueError ``not_a_date``."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    for pattern in ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(str(value).strip(), pattern).date()
        except ValueError:
            continue
    raise ValueError("not_a_date")
