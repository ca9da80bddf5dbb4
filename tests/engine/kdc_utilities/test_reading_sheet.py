"""Understanding a spreadsheet of readings."""

from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest
from kdc_residents_engine import sheet, text
from kdc_utilities_engine import reading_sheet as rs

DATA = Path(__file__).resolve().parents[2] / "data"
HEAD = ["STT", "Mã khách hàng", "Số Seri:", "Chỉ số mới", "Ngày ghi"]


def parse(*rows, head=HEAD):
    return rs.parse([["SỔ GHI NƯỚC"], [], head, *rows], text.fold)


def test_rows():
    table = parse(
        [1, 17, "A-1", 120, date(2026, 11, 20)],
        [2, "0000025", None, "12,5", "20/11/2026"],
        [3, "0000033", "B", None, None],
        [None, None, None, None],
    )
    assert table.header_line == 3
    assert [(r.line, r.account, r.serial, r.value, r.date) for r in table.rows] == [
        (4, "17", "A-1", D(120), date(2026, 11, 20)),
        (5, "0000025", "", D("12.5"), date(2026, 11, 20)),
    ]
    assert not table.errors


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ([1, "1", "A", "hỏng", None], 3, "not_a_number"),
        ([1, "1", "A", "1.234", None], 3, "not_a_number"),
        ([1, "1", "A", True, None], 3, "not_a_number"),
        ([1, "1", "A", float("inf"), None], 3, "not_a_number"),
        ([1, "1", "A", -5, None], 3, "negative"),
        ([1, "1", "A", "-5", None], 3, "negative"),
        ([1, "1", "A", 5, "31/02/2026"], 4, "not_a_date"),
        ([1, None, None, 5, None], 2, "no_meter"),
    ],
)
def test_errors_name_row_and_column(row, column, code):
    table = parse(row)
    assert not table.rows
    assert [(e.line, e.column, e.code) for e in table.errors] == [(4, column, code)]


def test_missing_headings_are_named():
    with pytest.raises(rs.HeadingError) as error:
        parse(head=["STT", "Họ tên", "Chỉ số mới"])
    assert error.value.missing == ["serial"]
    assert error.value.found == ["STT", "Họ tên", "Chỉ số mới"]
    with pytest.raises(rs.HeadingError):
        rs.parse([], text.fold)


def test_sample_files():
    good = rs.parse(sheet.read((DATA / "chi_so_nuoc.xlsx").read_bytes())[0].rows, text.fold)
    assert len(good.rows) == 20 and not good.errors
    assert set(good.columns) == {"serial", "value", "previous", "date"}
    bad = rs.parse(sheet.read((DATA / "chi_so_nuoc_loi.xlsx").read_bytes())[0].rows, text.fold)
    assert [error.code for error in bad.errors] == ["negative", "not_a_number", "not_a_date"]


def test_headings_in_two_rows():
    """“Chỉ số” merged above “Cũ” and “Mới”: taken alone it would be the old figure."""
    above = ["STT", "Mã KH", "Họ tên", "Số seri", "Chỉ số", None, "Tiêu thụ (m³)"]
    table = parse([None, None, None, None, "Cũ", "Mới", None], [1, "17", "An", "A-1", 100, 120, 20], head=above)
    assert (table.header_line, table.columns) == (4, {"account": 1, "serial": 3, "previous": 4, "value": 5})
    assert [(row.line, row.previous, row.value) for row in table.rows] == [(5, 100, 120)]
    again = rs.parse([table.headings, [1, "17", "An", "A-1", 100, 120, 20]], text.fold)
    assert again.columns == table.columns, "The sheet of rows left out is read again."
    with pytest.raises(rs.HeadingError) as error:
        parse([None, None, None, None, "Trước", "Sau", None], [1, "17", "An", "A-1", 100, 120, 20], head=above)
    assert error.value.missing == ["value"], "Nothing is guessed."
    plain = parse(["x", "17", None, "A-1", "hỏng", None, None], head=above)
    assert [error.code for error in plain.errors] == ["not_a_number"], "A row with a meter is no heading."


def test_a_unit_in_a_heading_and_two_columns_of_new_figures():
    table = parse(["A-1", 120, 100], head=["Số đồng hồ", "Chỉ số mới (m³)", "Chỉ số cũ (kWh)"])
    assert (table.rows[0].value, table.rows[0].previous) == (120, 100)
    with pytest.raises(rs.HeadingError) as error:
        parse(["A-1", 120, 130], head=["Số seri", "Chỉ số mới", "Chỉ số cuối"])
    assert error.value.double == ["Chỉ số mới", "Chỉ số cuối"]
