"""Sample spreadsheets a user can import, and bad ones that must be survived.

They look like what wards really keep: title rows merged over the table, numbers stored as floating point (so the
leading zero of the personal number is gone), dates partly text and partly real dates, households as blocks or by
a code.
"""

from __future__ import annotations

import csv
import io
import struct
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random

import xlsxwriter
import xlwt

from .community import Community, Household
from .meters import monthly_use

#: Relationship to the head as clerks write it, by role and sex.
RELATIONS = {
    ("head", "male"): "Chủ hộ", ("head", "female"): "Chủ hộ", ("wife", "female"): "Vợ", ("husband", "male"): "Chồng",
    ("child", "male"): "Con", ("child", "female"): "Con", ("child_in_law", "male"): "Con rể",
    ("child_in_law", "female"): "Con dâu", ("grandchild", "male"): "Cháu nội", ("grandchild", "female"): "Cháu nội",
    ("parent", "male"): "Cha", ("parent", "female"): "Mẹ", ("parent_in_law", "male"): "Cha vợ",
    ("parent_in_law", "female"): "Mẹ vợ", ("sibling", "male"): "Em ruột", ("sibling", "female"): "Em ruột",
    ("lodger", "male"): "Ở thuê", ("lodger", "female"): "Ở thuê",
}  # fmt: skip
SEXES = {"male": "Nam", "female": "Nữ"}
HEADINGS = (
    "STT", "Mã hộ", "Họ và tên", "Ngày sinh", "Giới tính", "Số định danh/CCCD", "Quan hệ với chủ hộ", "Số nhà", "Đường",
    "Tổ dân phố", "Số điện thoại",
)  # fmt: skip
#: Added to the counters, so that nobody in the sample files is also in the demo community.
OFFSET = 40_000

Row = list[object]


def relation(role: str, sex: str, head_sex: str = "male") -> str:
    """Return the relationship as a clerk writes it; a woman's parents-in-law are her husband's."""
    text = RELATIONS[role, sex]
    return text.replace("vợ", "chồng") if role == "parent_in_law" and head_sex == "female" else text


def roster_rows(households: Iterable[Household]) -> list[Row]:
    """Return one row for each person, in the order of :data:`HEADINGS`, all values clean."""
    rows: list[Row] = []
    for household in households:
        for member in household.members:
            born: object = str(member.birth_date.year) if member.birth_year_only else member.birth_date
            rows.append([
                len(rows) + 1, household.code, member.name, born, SEXES[member.sex], member.personal_number,
                relation(member.role, member.sex, household.head.sex), household.dwelling.house_number,
                household.dwelling.street, household.group.name, member.phone,
            ])  # fmt: skip
    return rows


def _messy(rows: list[Row], *, blocks: bool) -> list[Row]:
    """Make the rows look typed over years: float numbers, dates in several forms, code and address once a household."""
    messy: list[Row] = []
    code = None
    for position, row in enumerate(rows):
        number, household, name, born, sex, identity, kin, house, street, group, phone = row
        if isinstance(born, date):
            born = (born, born.strftime("%d/%m/%Y"), f"{born.day}/{born.month}/{born.year}",
                    born.strftime("%d-%m-%Y"))[position % 4]  # fmt: skip
        identity = float(identity) if identity and position % 3 == 0 else identity
        phone = float(phone) if phone and position % 2 == 0 else phone
        name = f"  {name.upper()}" if kin == "Chủ hộ" and blocks else name
        first = household != code
        code = household
        if blocks:
            place = [house, street, group] if first else ["", "", ""]
            messy.append([float(number), "" if not first else household, name, born, sex, identity, kin, *place, phone])
        else:
            messy.append([float(number), household, name, born, sex, identity, kin, house, street, group, phone])
    return messy


def _xls(title: tuple[str, ...], headings: Iterable[str], rows: list[Row], sheet: str = "Danh sách") -> bytes:
    """Write an .xls as old Excel does: ``title`` lines merged over the table, then the headings."""
    headings = list(headings)
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet(sheet)
    bold = xlwt.easyxf("font: bold on; align: horiz center")
    day = xlwt.easyxf(num_format_str="DD/MM/YYYY")
    line = 0
    for text in title:
        page.write_merge(line, line, 0, len(headings) - 1, text, bold)
        line += 1
    line += bool(title)
    for column, text in enumerate(headings):
        page.write(line, column, text, bold)
    for row in rows:
        line += 1
        for column, value in enumerate(row):
            if value not in ("", None):
                page.write(line, column, value, *([day] if isinstance(value, date) else []))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _xlsx(title: tuple[str, ...], headings: Iterable[str], rows: list[Row], sheet: str = "Danh sách") -> bytes:
    """Write an .xlsx; its creation date is fixed so that the file is the same every time."""
    headings = list(headings)
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": datetime(2026, 11, 21)})
    page = book.add_worksheet(sheet)
    bold = book.add_format({"bold": True, "align": "center"})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    line = 0
    for text in title:
        page.merge_range(line, 0, line, len(headings) - 1, text, bold)
        line += 1
    line += bool(title)
    page.write_row(line, 0, headings, bold)
    for row in rows:
        line += 1
        for column, value in enumerate(row):
            if isinstance(value, date):
                page.write_datetime(line, column, value, day)
            elif value not in ("", None):
                page.write(line, column, value)
    book.close()
    return buffer.getvalue()


def _csv(headings: Iterable[str], rows: list[Row]) -> bytes:
    """Write a .csv as Vietnamese Excel does: UTF-8 with a mark at the start, semicolons."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(headings)
    for row in rows:
        writer.writerow([value.strftime("%d/%m/%Y") if isinstance(value, date) else value for value in row])
    return ("\ufeff" + buffer.getvalue()).encode()


def _encrypted_xls(clean: bytes) -> bytes:
    """Turn an .xls into one that says it needs a password: a FILEPASS record takes the place of the interface
    header.
    """
    header = struct.pack("<HH", 0x00E1, 2)
    return clean.replace(header, struct.pack("<HH", 0x002F, 2), 1)


def _encrypted_xlsx(clean_xls: bytes) -> bytes:
    """Return what Excel writes for a protected .xlsx: an OLE container whose stream is ``EncryptedPackage``."""
    old, new = "Workbook".encode("utf-16-le"), "EncryptedPackage".encode("utf-16-le")
    place = clean_xls.rindex(old + b"\0" * (64 - len(old)))
    entry = new + b"\0" * (64 - len(new)) + struct.pack("<H", len(new) + 2)
    return clean_xls[:place] + entry + clean_xls[place + len(entry) :]


# -- the files ---------------------------------------------------------------------------------------------------------

TITLE = (
    "ỦY BAN NHÂN DÂN PHƯỜNG NHA TRANG",
    "DANH SÁCH HỘ VÀ NHÂN KHẨU TỔ DÂN PHỐ",
    "(Số liệu đến ngày 20/11/2026)",
)


def _households(count: int, today: date) -> list[Household]:
    """Return households of another community, all in the first group, far down a street where the demo has nobody."""
    return list(islice(Community(1140, today, seed="mau", offset=OFFSET), 230, 230 + count))


def _bad_rows(today: date) -> list[Row]:
    """Return a roster with one fault in each of several rows."""
    rows = roster_rows(_households(6, today))
    rows[1][3] = date(today.year + 1, 3, 5)
    rows[2][3] = "31/02/1990"
    rows[3][5] = rows[0][5]
    rows[4][5] = "05609000123"
    rows[5][2] = ""
    rows[6][6] = "Bạn của bạn"
    rows[7][4] = "X"
    rows[8][10] = "0169123"
    for row in rows:
        if row[1] == rows[-1][1]:
            row[6] = "Con"
    return rows


def readings_rows(households: Iterable[Household], day: date) -> list[Row]:
    """Return serial, holder, address, old and new value and day of this month's reading of each household.

    The new value goes on from the last one of the community; a leaf of the meter reader's book, in walking order.
    """
    rows: list[Row] = []
    for household in households:
        meter = household.meter
        old = next(reading.value for reading in reversed(meter.readings) if reading.value is not None)
        use = monthly_use(Random(meter.serial), len(household.members), day.month)  # noqa: S311 (no secret)
        address = f"{household.dwelling.house_number} {household.dwelling.street}"
        new = (old + use) % 10**meter.digits
        rows.append([len(rows) + 1, meter.serial, household.head.name, address, old, new, day])
    return rows


READING_HEADINGS = ("STT", "Số seri", "Chủ hộ", "Địa chỉ", "Chỉ số cũ", "Chỉ số mới", "Ngày ghi")


def _bad_readings(today: date) -> list[Row]:
    """Return readings with a negative, a falling, a textual and a missing value, an unknown meter and a doubled one."""
    rows = readings_rows(islice(Community(200, today), 8), today - timedelta(days=1))
    rows[0][5] = -5
    rows[1][5] = rows[1][4] - 12
    rows[2][5] = "hỏng"
    rows[3][5] = ""
    rows[4][1] = "XX00-000000"
    rows[6] = [*rows[5]]
    rows[7][6] = "31/02/2026"
    return rows


def readings_file(households: Iterable[Household], day: date) -> bytes:
    """Return the meter reader's leaf as .xlsx."""
    return _xlsx(("SỔ GHI CHỈ SỐ ĐỒNG HỒ NƯỚC",), READING_HEADINGS, readings_rows(households, day))


def files(today: date = date(2026, 11, 21)) -> dict[str, Callable[[], bytes]]:
    """Return file name → function that makes its content; equal content for equal ``today``."""
    rows = roster_rows(_households(14, today))

    def old() -> bytes:
        return _xls(TITLE, HEADINGS, _messy(rows, blocks=True))

    return {
        "danh_sach_ho.xls": old,
        "danh_sach_ho.xlsx": lambda: _xlsx(TITLE, HEADINGS, _messy(rows, blocks=False)),
        "danh_sach_ho.csv": lambda: _csv(HEADINGS, rows),
        "danh_sach_ho_loi.xlsx": lambda: _xlsx(TITLE, HEADINGS, _bad_rows(today)),
        "chi_so_nuoc.xlsx": lambda: readings_file(islice(Community(200, today), 20), today - timedelta(days=1)),
        "chi_so_nuoc_loi.xlsx": lambda: _xlsx(("SỔ GHI CHỈ SỐ ĐỒNG HỒ NƯỚC",), READING_HEADINGS, _bad_readings(today)),
        "bad_empty.xlsx": lambda: b"",
        "bad_no_rows.xlsx": lambda: _xlsx(TITLE, HEADINGS, []),
        "bad_unknown_headings.xlsx": lambda: _xlsx(
            (), ("A", "Cột lạ", "Tên gọi gì đó"), [[1, "x", "y"], [2, "z", "t"]]
        ),
        "bad_corrupt.xls": lambda: old()[:1500],
        "bad_corrupt.xlsx": lambda: b"PK\x03\x04" + bytes(range(256)) * 3,
        "bad_html_named.xls": lambda: b"<html><body><table><tr><td>Khong phai Excel</td></tr></table></body></html>",
        "bad_xlsx_named.csv": lambda: _xlsx((), HEADINGS, rows[:3]),
        "bad_password.xls": lambda: _encrypted_xls(old()),
        "bad_password.xlsx": lambda: _encrypted_xlsx(old()),
    }


def write(folder: Path, today: date = date(2026, 11, 21)) -> list[Path]:
    """Write all sample files into ``folder`` and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in files(today).items():
        paths.append(folder / name)
        paths[-1].write_bytes(content())
    return paths
