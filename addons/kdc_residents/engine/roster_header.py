"""The row of headings of a list of households: which it is, and what each column means."""

import re
from dataclasses import dataclass
from datetime import date

from . import sheet, text

#: What a column can mean, with the folded headings it goes by. Earlier entries win when a heading fits several.
HEADINGS = {
    "household_seq": ("stt ho", "so thu tu ho", "ho so", "tt ho", "stt chu ho"),
    "household_code": (
        "ma ho", "ma so ho", "ma ho gia dinh", "so ho khau", "so so ho khau", "so ho", "ma so ho gia dinh",
        "ma hgd",
    ),
    "seq": ("stt", "so tt", "tt", "so thu tu", "no"),
    "head_name": ("chu ho", "ho ten chu ho", "ho va ten chu ho", "ten chu ho"),
    "name": (
        "ho va ten", "ho ten", "ten", "ho va ten khai sinh", "ho chu dem va ten", "ho chu dem va ten khai sinh",
        "ho va ten nhan khau", "ho ten nhan khau", "ho va ten thanh vien", "ho ten thanh vien", "thanh vien",
        "ten nhan khau", "nhan khau", "ho va ten cong dan",
    ),
    "birth": (
        "ngay sinh", "nam sinh", "ngay thang nam sinh", "ngay thang nam", "sinh ngay", "ngay sinh nam sinh",
        "sinh nam", "ntns", "ng sinh",
    ),
    "sex": ("gioi tinh", "nam nu", "gioi", "phai"),
    "personal_number": (
        "so dinh danh cccd", "so dinh danh", "so dinh danh ca nhan", "ma dinh danh", "ma so dinh danh", "cccd",
        "so cccd", "can cuoc", "so can cuoc", "can cuoc cong dan", "so can cuoc cong dan", "ddcn", "so ddcn",
        "cmnd cccd", "so cmnd cccd", "cccd cmnd", "so cccd cmnd", "cmnd", "so cmnd", "so dinh danh ca nhan cccd",
        "cccd so dinh danh", "so giay to", "ma so dinh danh ca nhan", "so cccd so dinh danh",
    ),
    "role": (
        "quan he voi chu ho", "quan he", "quan he chu ho", "qh voi chu ho", "quan he voi ch", "qh chu ho",
        "moi quan he",
        "quan he gia dinh", "quan he trong ho",
    ),
    "house_number": ("so nha", "nha so", "so nha can ho", "can ho", "so can ho"),
    "alley": ("hem", "ngo", "kiet", "ngo hem", "hem ngo", "ngo hem kiet", "hem kiet", "ngach hem", "ngo ngach hem"),
    "street": ("duong", "ten duong", "duong pho", "pho", "tuyen duong", "duong hem"),
    "group": (
        "to dan pho", "tdp", "thon", "to dan pho thon", "thon to dan pho", "to", "to dp", "khu pho", "khom", "ap",
        "to thon", "thon to", "thon tdp", "tdp thon", "khom ap", "khu dan cu", "thon ban", "to dan so",
    ),
    "address": (
        "dia chi", "noi o", "noi o hien tai", "cho o hien nay", "noi o hien nay", "noi thuong tru",
        "dia chi thuong tru",
        "dia chi nha", "noi dang ky thuong tru", "thuong tru", "cho o", "dia chi noi o", "dia chi hien tai",
    ),
    "phone": (
        "so dien thoai", "dien thoai", "sdt", "so dt", "dt", "di dong", "dien thoai di dong", "dt di dong",
        "so di dong",
        "so dien thoai lien he", "dien thoai lien he", "so dt lien he", "zalo", "so dien thoai zalo", "lien he",
    ),
    "email": ("email", "e mail", "thu dien tu", "dia chi email", "hop thu"),
    "note": ("ghi chu", "chu thich", "nhan xet", "ghi chu khac"),
    "birth_male": (),
    "birth_female": (),
    "female_mark": (),
}  # fmt: skip
#: What one sheet of a list may have and another not.
_OPTIONAL = frozenset({"note", "email", "phone", "group"})
_EXACT = {heading: key for key, headings in reversed(HEADINGS.items()) for heading in headings}


class NoHeader(sheet.SheetError):
    """No row has at least a heading for the name and another one that is known."""


@dataclass
class Column:
    """A column of the file: its place, heading, what it means (``None``: not used) and an example from below."""

    index: int
    heading: str
    key: str | None
    example: str = ""


def heading_key(heading):
    """Return what a heading means, or ``None``."""
    folded = text.match_key(heading)
    # "Họ và tên (2)" and "Số CCCD/ĐDCN (nếu có)" mean what they say before the bracket.
    for candidate in (folded, text.match_key(re.sub(r"\(.*?\)", " ", str(heading or "")))):
        if candidate in _EXACT:
            return _EXACT[candidate]
        trimmed = re.sub(r"\b(\d+|ghi ro|neu co|bat buoc)\b", "", candidate)
        trimmed = re.sub(r"\s+", " ", trimmed).strip()
        if trimmed in _EXACT:
            return _EXACT[trimmed]
    if not folded or len(folded) > 60:
        return None
    # A longer heading that starts like a known one: the longest known beginning decides.
    starts = [known for known in _EXACT if len(known) >= 6 and folded.startswith(known + " ")]
    return _EXACT[max(starts, key=len)] if starts else None


def alike(columns, others):
    """Tell whether the sheets with these columns are parts of one list: what tells people stands in the same place."""
    return _core(columns) == _core(others)


def _core(columns):
    return {column.key: column.index for column in columns if column.key and column.key not in _OPTIONAL}


def told(columns):
    """Return how many columns are understood."""
    return sum(column.key is not None for column in columns)


def _is_split(header, below):
    """Tell whether a row can hold the halves of the headings above it, and is not the first person of the list.

    It has headings only: no name stands below the heading of names, and nothing has a figure ("Tổ 5", 1, 1984).
    """
    for index, cell in enumerate(below):
        heading = heading_key(header[index]) if index < len(header) else None
        if cell is None or (isinstance(cell, str) and re.fullmatch(r"\(\d{1,2}\)", cell)):
            continue
        if not isinstance(cell, str) or re.search(r"\d", re.sub(r"\(.*?\)", "", cell)):
            return False
        if heading in ("name", "head_name") and not heading_key(cell):
            return False
    return True


def _header_columns(rows, position):
    """Return the columns of the header at ``position`` and its height: 2 when headings are split into the row below."""
    header = rows[position]
    below = rows[position + 1] if position + 1 < len(rows) else []
    if not _is_split(header, below):
        below = []
    columns = []
    previous = ""
    height = 1
    taken = set()
    # "Nam" and "Nữ" side by side are headings of halves of a column; one alone is a person's sex.
    subs = [text.match_key(cell) if isinstance(cell, str) else "" for cell in below]
    halves = {i + j for i in range(len(subs) - 1) if subs[i : i + 2] in (["nam", "nu"], ["nu", "nam"]) for j in (0, 1)}
    for index in range(max(len(header), len(below))):
        heading = header[index] if index < len(header) else None
        sub = below[index] if index < len(below) else None
        parent = str(heading) if heading is not None else previous
        key = heading_key(heading) if heading is not None else None
        if index in halves and heading_key(parent) in ("birth", "sex"):
            female = subs[index] == "nu"
            if heading_key(parent) == "birth":
                key = "birth_female" if female else "birth_male"
            else:
                key = "female_mark" if female else None
            heading = f"{parent} – {sub}"
            height = 2
        elif isinstance(sub, str) and heading is None and heading_key(sub):
            key, heading = heading_key(sub), sub
            height = 2
        elif text.match_key(heading) == "nu":
            key = "female_mark"
        if heading is None:
            continue
        previous = parent
        if key in taken:
            key = None
        taken.add(key)
        columns.append(Column(index, text.normalize(heading), key))
    return columns, height


def _is_value(cell):
    """Tell whether a cell can only stand below a heading: a day, or a number of a person or phone."""
    if isinstance(cell, str):
        return bool(re.fullmatch(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\+?\d[\d .]{7,}", cell))
    return isinstance(cell, date) or (isinstance(cell, int) and cell >= 1_000_000)


def find_header(rows):
    """Return (position, columns, height) of the most telling header among the first rows."""
    best = None
    for position, row in enumerate(rows[:40]):
        if sum(cell is not None for cell in row) < 2 or any(map(_is_value, row)):
            continue
        columns, height = _header_columns(rows, position)
        keys = {column.key for column in columns if column.key}
        if "name" not in keys and "head_name" in keys and "role" not in keys:
            # A list of heads only: one row per household.
            columns = [Column(c.index, c.heading, "name" if c.key == "head_name" else c.key) for c in columns]
            keys = keys - {"head_name"} | {"name"}
        if "name" in keys and len(keys) >= 2 and (best is None or len(keys) > best[0]):
            best = (len(keys), position, columns, height)
    return best and best[1:]
