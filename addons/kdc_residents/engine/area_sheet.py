"""A list of residential groups as a ward keeps it: code, name, who heads it, since when, by which decision.

:func:`read_areas` finds the row of headings, understands Vietnamese headings and returns typed rows with what is wrong
in them. Whoever calls compares them with the register.
"""

from dataclasses import dataclass, field
from datetime import date

from . import phone, roster_cells, sheet, text

#: folded heading → what the column means
HEADINGS = {
    "ma": "code", "ma to": "code", "ma to dan pho": "code", "ma thon": "code", "ma dia ban": "code", "ky hieu": "code",
    "ten": "name", "ten to": "name", "ten to dan pho": "name", "to dan pho": "name", "ten thon": "name", "thon": "name",
    "ten thon to dan pho": "name", "thon to dan pho": "name", "ten dia ban": "name", "to": "name", "tdp": "name",
    "phuong xa": "commune", "phuong": "commune", "xa": "commune", "ten phuong": "commune", "ten phuong xa": "commune",
    "to truong": "head", "ho ten to truong": "head", "ten to truong": "head", "truong thon": "head",
    "ho va ten to truong": "head", "to truong truong thon": "head", "ho ten truong thon": "head",
    "nguoi dung dau": "head",
    "dien thoai": "phone", "so dien thoai": "phone", "sdt": "phone", "dien thoai to truong": "phone",
    "sdt to truong": "phone", "so dien thoai to truong": "phone",
    "tu ngay": "date_from", "ngay bat dau": "date_from", "nhiem ky tu": "date_from", "ngay nham chuc": "date_from",
    "den ngay": "date_to", "ngay ket thuc": "date_to", "nhiem ky den": "date_to",
    "quyet dinh": "decision", "so quyet dinh": "decision", "qd": "decision", "so qd": "decision",
    "ten cu": "alias", "ten truoc day": "alias", "ten goi cu": "alias",
}  # fmt: skip


class NoAreaHeader(sheet.SheetError):
    """No row of headings with a column of names."""


class NoAreaRows(sheet.SheetError):
    """Headings, but nothing below them."""


@dataclass
class AreaRow:
    """One residential group of the list. ``errors`` are codes: ``no_name``, ``bad_date``, ``bad_phone``, ``double``."""

    line: int
    code: str = ""
    name: str = ""
    commune: str = ""
    head: str = ""
    phone: str = ""
    date_from: date | None = None
    date_to: date | None = None
    decision: str = ""
    alias: str = ""
    errors: list = field(default_factory=list)


def read_areas(data):
    """Return the rows of the first sheet that has a fitting heading.

    :param data: bytes of an .xlsx, .xls or .csv file
    :raises sheet.SheetError: the file cannot be read, or holds no such list
    """
    headed = False
    for page in sheet.read(data):
        for position, cells in enumerate(page.rows[:30]):
            columns = _columns(cells)
            if "name" in columns:
                headed = True
                rows = [
                    _row(number, cells, columns) for number, cells in enumerate(page.rows[position + 1 :], position + 2)
                ]
                rows = [row for row in rows if row]
                if rows:
                    _mark_doubles(rows)
                    return rows
    raise NoAreaRows if headed else NoAreaHeader


def _columns(cells):
    """Return meaning → index of a row of headings; the first column of a meaning counts."""
    columns = {}
    for index, cell in enumerate(cells):
        meaning = HEADINGS.get(text.match_key(cell)) if isinstance(cell, str) else None
        if meaning:
            columns.setdefault(meaning, index)
    # "Mã" and "Tên" alone could head any list; together, or with a head of the group, they are this one.
    return columns if len(columns) >= 2 else {}


def _row(number, cells, columns):
    """Return one typed row, or None when nothing of it concerns us."""
    found = {key: cells[index] if index < len(cells) else None for key, index in columns.items()}
    if all(value is None for value in found.values()):
        return None
    row = AreaRow(number)
    for key in ("code", "name", "commune", "head", "decision", "alias"):
        setattr(row, key, text.normalize(str(found[key])) if found.get(key) is not None else "")
    for key in ("date_from", "date_to"):
        if found.get(key) is not None:
            try:
                # A day far ahead of its time is as good as any: terms end in the future.
                setattr(row, key, roster_cells.parse_birth(found[key], date.max)[0])
            except ValueError:
                row.errors.append(("bad_date", str(found[key])))
    if found.get("phone") is not None:
        try:
            row.phone = roster_cells.parse_phone(found["phone"])
        except (ValueError, phone.PhoneError):
            row.errors.append(("bad_phone", str(found["phone"])))
    if not row.name:
        row.errors.append(("no_name", ""))
    return row


def _mark_doubles(rows):
    """Mark the second row of a code or a name."""
    seen = {}
    for row in rows:
        for key in filter(None, (("code", row.code), ("name", text.match_key(row.name)))):
            if key[1] and seen.setdefault((*key, text.match_key(row.commune)), row) is not row:
                row.errors.append(("double", row.code if key[0] == "code" else row.name))
