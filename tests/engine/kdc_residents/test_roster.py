"""Lists of households as clerks keep them."""

import tracemalloc
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_residents_engine import roster, roster_header, sheet

from . import hostile_sheets

HOSTILE = hostile_sheets.files()
TODAY = date(2026, 11, 21)
DATA = Path(__file__).resolve().parents[2] / "data"


def csv(*rows):
    return "\n".join(";".join("" if c is None else str(c) for c in row) for row in rows).encode()


def read(*rows, **kwargs):
    return roster.read_roster(csv(*rows), TODAY, **kwargs)


@pytest.mark.parametrize("name", ["danh_sach_ho.xls", "danh_sach_ho.xlsx", "danh_sach_ho.csv"])
def test_samples_tell_the_same(name):
    parsed = roster.read_roster((DATA / name).read_bytes(), TODAY)
    assert (len(parsed.households), len(parsed.rows)) == (14, 49)
    first = parsed.rows[0]
    assert (first.name, first.birth_date, first.sex) == ("Nguyễn Mỹ Nhi", date(1984, 1, 24), "female")
    assert (first.personal_number, first.phone, first.role) == ("079184455125", "+84977821519", "head")
    assert not [issue for issue in parsed.issues if issue.level == roster.ERROR]
    assert all(household.head for household in parsed.households)
    if name != "danh_sach_ho.csv":
        assert parsed.as_of == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("bad_empty.xlsx", sheet.EmptyFile),
        ("bad_corrupt.xls", sheet.CorruptFile),
        ("bad_corrupt.xlsx", sheet.CorruptFile),
        ("bad_html_named.xls", sheet.WebPage),
        ("bad_password.xls", sheet.ProtectedFile),
        ("bad_password.xlsx", sheet.ProtectedFile),
        ("bad_unknown_headings.xlsx", roster.NoHeader),
        ("bad_no_rows.xlsx", roster.NoRows),
    ],
)
def test_files_that_are_no_list(name, error):
    with pytest.raises(error):
        roster.read_roster((DATA / name).read_bytes(), TODAY)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_cost_nothing(name, monkeypatch):
    monkeypatch.setattr(sheet, "MAX_ROWS", 50_000)  # tracing is slow
    tracemalloc.start()
    try:
        with pytest.raises(sheet.SheetError):
            sheet.read(HOSTILE[name])
        assert tracemalloc.get_traced_memory()[1] < 150 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_claimed_rows_and_columns_do_not_stay():
    """A list with formats down to the last row and gaps between its rows is read as people see it."""
    rows = f'<row r="2">{hostile_sheets.text_cell("A2", "x")}<c r="XFD2"/></row><row r="5000"><c r="A5000"/></row>'
    (found,) = sheet.read(hostile_sheets.xlsx(rows))
    assert [row[:1] for row in found.rows] == [[], ["x"]]
    assert len(found.rows[1]) <= sheet.MAX_COLUMNS


def test_content_decides_not_the_name():
    assert roster.read_roster((DATA / "bad_xlsx_named.csv").read_bytes(), TODAY).rows


@given(st.binary(max_size=400))
def test_any_bytes_give_rows_or_a_clear_error(data):
    for start in (b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        try:
            roster.read_roster(start + data, TODAY)
        except sheet.SheetError:
            pass


@pytest.mark.parametrize(
    ("heading", "key"),
    [
        ("Họ và tên", "name"),
        ("HỌ, CHỮ ĐỆM VÀ TÊN", "name"),
        ("Họ và tên (2)", "name"),
        ("Ngày, tháng, năm sinh", "birth"),
        ("Nam/Nữ", "sex"),
        ("Số định danh/CCCD", "personal_number"),
        ("Số CCCD (nếu có)", "personal_number"),
        ("Quan hệ với chủ hộ", "role"),
        ("Họ tên chủ hộ", "head_name"),
        ("Tổ dân phố/Thôn", "group"),
        ("Ngõ/hẻm", "alley"),
        ("Số ĐT", "phone"),
        ("STT hộ", "household_seq"),
        ("Mã hộ", "household_code"),
        ("Chỉ số cũ", None),
    ],
)
def test_headings(heading, key):
    assert roster_header.heading_key(heading) == key


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("05/09/1984", (date(1984, 9, 5), False, None)),
        ("5-9-1984", (date(1984, 9, 5), False, None)),
        ("5.9.84", (date(1984, 9, 5), False, "two_digit_year")),
        ("1/1/09", (date(2009, 1, 1), False, "two_digit_year")),
        ("1984-09-05", (date(1984, 9, 5), False, None)),
        ("1984", (date(1984, 1, 1), True, None)),
        (1984, (date(1984, 1, 1), True, None)),
        (30930, (date(1984, 9, 5), False, None)),
        ("00/00/1950", (date(1950, 1, 1), True, None)),
        ("9/1984", (date(1984, 9, 1), True, "month_only")),
        (date(1984, 9, 5), (date(1984, 9, 5), False, None)),
    ],
)
def test_dates(written, expected):
    assert roster.parse_birth(written, TODAY) == expected


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("31/02/1990", "bad_date"),
        ("chưa rõ", "bad_date"),
        ("05/03/2027", "future_date"),
        ("1/1/1850", "too_old"),
        (7, "bad_date"),
    ],
)
def test_wrong_dates(written, code):
    with pytest.raises(ValueError, match=code):
        roster.parse_birth(written, TODAY)


@given(st.dates(date(1900, 1, 1), TODAY))
def test_written_dates_come_back(day):
    assert roster.parse_birth(day.strftime("%d/%m/%Y"), TODAY)[0] == day


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("056090001234", ("056090001234", None)),
        (56090001234, ("056090001234", "padded")),
        (56090001234.0, ("056090001234", "padded")),
        ("56090001234", ("056090001234", "padded")),
        (1090001234, ("001090001234", "padded")),
        ("5.6090001234E+10", ("056090001234", "padded")),
        ("'056 090 001 234", ("056090001234", None)),
        ("225123456", ("", "old_card")),
    ],
)
def test_personal_numbers(written, expected):
    assert roster.parse_personal_number(written) == expected


@pytest.mark.parametrize("written", ["05609000123", "0560900012345", "99090001234", "abc"])
def test_wrong_personal_numbers(written):
    with pytest.raises(ValueError, match="bad_number"):
        roster.parse_personal_number(written)


def test_blocks_without_code():
    parsed = read(
        ["STT", "Họ và tên", "Năm sinh", "Quan hệ", "Số nhà"],
        [1, "Nguyễn Văn A", 1970, "Chủ hộ", "5"],
        [2, "Lê Thị B", 1975, "Vợ", None],
        [3, "Trần Văn C", 1980, "Chủ hộ", "7"],
    )
    assert [len(household.rows) for household in parsed.households] == [2, 1]
    assert parsed.households[0].house_number == "5"


def test_number_on_the_first_row_only():
    parsed = read(
        ["STT", "Họ tên", "Ngày sinh"],
        [1, "Nguyễn Văn An", "1/1/1970"],
        [None, "Lê Thị Bình", "1/1/1975"],
        [2, "Trần Văn Cường", "1/1/1980"],
    )
    assert [[row.role for row in household.rows] for household in parsed.households] == [["head", "other"], ["head"]]


def test_list_of_heads():
    parsed = read(
        ["TT", "Chủ hộ", "Địa chỉ"], [1, "Nguyễn Văn An", "12 Trần Phú, TDP 5"], [2, "Lê Bình", "14 Trần Phú, TDP 5"]
    )
    assert [household.head.name for household in parsed.households] == ["Nguyễn Văn An", "Lê Bình"]
    assert parsed.households[1].house_number == "14"
    assert parsed.households[1].group == "TDP 5"


def test_year_of_birth_in_two_columns():
    parsed = read(
        ["STT", "Họ và tên", "Năm sinh", None, "Quan hệ"],
        [None, None, "Nam", "Nữ", None],
        ["(1)", "(2)", "(3)", "(4)", "(5)"],
        [1, "Nguyễn Văn An", 1970, None, "Chủ hộ"],
        [2, "Lê Thị Bình", None, 1975, "Vợ"],
    )
    assert [(row.sex, row.birth_date.year) for row in parsed.rows] == [("male", 1970), ("female", 1975)]


def test_sections_sums_and_signatures():
    parsed = read(
        ["STT", "Họ và tên", "Ngày sinh", "Quan hệ"],
        ["Tổ dân phố 5", None, None, None],
        [1, "Nguyễn Văn An", "1/1/1970", "Chủ hộ"],
        ["Tổ dân phố 6", None, None, None],
        [2, "Lê Bình", "1/1/1971", "Chủ hộ"],
        ["Tổng cộng: 2 nhân khẩu", None, None, None],
        [None, "Người lập biểu", None, "Tổ trưởng"],
    )
    assert [household.group for household in parsed.households] == ["to dan pho 5", "to dan pho 6"]
    assert len(parsed.rows) == 2


def test_two_heads_and_doubles_are_named():
    parsed = read(
        ["Mã hộ", "Họ và tên", "Ngày sinh", "Quan hệ", "CCCD"],
        ["A", "Nguyễn Văn An", "1/1/1970", "Chủ hộ", "056070001111"],
        ["A", "Lê Bình", "1/1/1971", "Chủ hộ", None],
        ["A", "Trần Cúc", "1/1/1990", "Con", "056070001111"],
        ["A", "Phạm Dư", "1/1/1995", "Con", None],
        ["A", "PHẠM DƯ", "1/1/1995", "Con", None],
    )
    codes = {(issue.line, issue.code) for issue in parsed.issues if issue.level == roster.ERROR}
    below = {(line, "after_two_heads") for line in (4, 5, 6)}
    assert codes == {(3, "two_heads"), (4, "double_number"), (6, "double_person")} | below


def test_mapping_can_be_corrected():
    rows = (["Cột 1", "Họ và tên", "Ngày sinh", "Quan hệ"], ["A", "Nguyễn Văn An", "1/1/1970", "Chủ hộ"])
    assert read(*rows).households[0].code == ""
    assert read(*rows, mapping={0: "household_code"}).households[0].code == "A"


def test_old_code_page():
    data = "Họ và tên;Ngày sinh;Quan hệ\nNguyễn Văn Đông;1/1/1970;Chủ hộ".encode()
    assert roster.read_roster(data, TODAY).rows[0].name == "Nguyễn Văn Đông"
    import unicodedata

    decomposed = unicodedata.normalize("NFD", data.decode())
    for base, joined in (("ê\u0303", "ê\u0303"), ("o\u0323", "o\u0323")):
        assert unicodedata.normalize("NFC", base) == unicodedata.normalize("NFC", joined)
    letters = {"e\u0302": "ê", "a\u0306": "ă", "o\u0302": "ô", "a\u0302": "â", "o\u031b": "ơ", "u\u031b": "ư"}
    for parts, letter in letters.items():
        decomposed = decomposed.replace(parts, letter)
    decomposed = decomposed.replace("o\u0323\u0302", "ô\u0323").replace("e\u0302\u0303", "ê\u0303")
    assert roster.read_roster(decomposed.encode("cp1258", "replace"), TODAY).rows[0].name == "Nguyễn Văn Đông"


def test_rejected_rows_can_be_written_back():
    data = sheet.write_xlsx([["Họ và tên", "CCCD"], ["=1+1", "056090001234"], ["Nguyễn Văn An", date(2026, 1, 2)]])
    assert sheet.read(data)[0].rows[1] == ["=1+1", "056090001234"]
