from datetime import date

import pytest
from kdc_residents_engine import area_sheet, sheet


def read(*rows):
    return area_sheet.read_areas(sheet.write_xlsx(rows))


def test_headings_below_a_title():
    rows = read(
        ["DANH SÁCH TỔ DÂN PHỐ PHƯỜNG NHA TRANG"],
        [],
        ["STT", "Mã tổ", "Tên tổ dân phố", "Họ tên tổ trưởng", "SĐT", "Nhiệm kỳ từ", "Nhiệm kỳ đến", "Số QĐ"],
        [1, "T5", "Tổ dân phố 5", "Nguyễn  Văn Phước", "0905 777 005", "01/08/2026", date(2031, 8, 1), "45/QĐ-UBND"],
        [None] * 8,
        [2, 6, "Tổ 6", None, None, None, None, None],
    )
    first, second = rows
    assert (first.line, first.code, first.head, first.phone) == (4, "T5", "Nguyễn Văn Phước", "+84905777005")
    assert (first.date_from, first.date_to, first.decision) == (date(2026, 8, 1), date(2031, 8, 1), "45/QĐ-UBND")
    assert (second.line, second.code, second.name, second.errors) == (6, "6", "Tổ 6", [])


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (["T1", None, None, None], "no_name"),
        (["T1", "Tổ 1", "hôm qua", None], "bad_date"),
        (["T1", "Tổ 1", None, "abc"], "bad_phone"),
    ],
)
def test_errors(cells, code):
    (row,) = read(["Mã", "Tên", "Từ ngày", "Điện thoại"], cells)
    assert [error for error, _value in row.errors] == [code]


def test_doubles():
    rows = read(["Mã", "Tên"], ["T1", "Tổ 1"], ["T1", "Tổ 2"], ["T3", "TỔ 1"])
    assert [bool(row.errors) for row in rows] == [False, True, True]


def test_no_list():
    with pytest.raises(area_sheet.NoAreaHeader):
        read(["Họ và tên", "Ngày sinh"], ["An", "1990"])
    with pytest.raises(area_sheet.NoAreaRows):
        read(["Mã", "Tên tổ dân phố"])
