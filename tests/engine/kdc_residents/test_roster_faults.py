"""Lists in which people once vanished, were taken for others or were written with guessed figures."""

import io
from datetime import date

import openpyxl
import pytest
from kdc_residents_engine import roster, roster_cells, roster_header, roster_lines, roster_roles

TODAY = date(2026, 11, 21)


def read(*rows, **kwargs):
    return read_book({"": rows}, **kwargs)


def read_book(sheets, **kwargs):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name or "Sheet1")
        for row in rows:
            page.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return roster.read_roster(stream.getvalue(), TODAY, **kwargs)


def people(parsed):
    """Return the names of each household."""
    return [[row.name for row in household.rows] for household in parsed.households]


def codes(parsed, level=None):
    return {(issue.line, issue.code) for issue in parsed.issues if level in (None, issue.level)}


# ------------------------------------------------------------------------------------------- nobody vanishes
@pytest.mark.parametrize(
    ("written", "footer"),
    [
        ("Tống Văn Cường", False),
        ("TỐNG CÔNG HÒA", False),
        ("Tong Cong Hoa", False),
        ("Công Huyền Tôn Nữ Hoa", False),
        ("Cong Van Minh", False),
        ("Tổng cộng: 49 nhân khẩu", True),
        ("TỔNG SỐ", True),
        ("Cộng", True),
        ("Tong cong: 49", True),
        ("Tong so nhan khau: 49", True),
        ("Người lập biểu", True),
        ("TM. BAN ĐIỀU HÀNH", True),
        ("Nguoi lap bieu", True),
    ],
)
def test_sums_and_names(written, footer):
    assert roster_lines.is_footer(written) is footer


def test_names_that_look_like_sums_are_people():
    parsed = read(
        ["STT", "Họ và tên", "Ngày sinh", "Quan hệ"],
        [1, "Nguyễn Văn An", "1/1/1970", "Chủ hộ"],
        [2, "Tống Văn Cường", "1/1/1971", "Chủ hộ"],
        [3, "Lê Thị Bình", "1/1/1975", "Vợ"],
        [4, "Công Huyền Tôn Nữ Hoa", None, "Chủ hộ"],
        ["Tổng cộng", 4, None, None],
    )
    assert people(parsed) == [["Nguyễn Văn An"], ["Tống Văn Cường", "Lê Thị Bình"], ["Công Huyền Tôn Nữ Hoa"]]


@pytest.mark.parametrize(
    "header", [["Chủ hộ", "Số nhà"], ["Chủ hộ", "Số nhà", "Đường"], ["Chủ hộ", "Địa chỉ"], ["Họ tên", "Mã hộ"]]
)
def test_a_name_with_a_place_is_a_person(header):
    rows = [[f"Nguyễn Văn {name}", f"{place} Trần Phú", *(["Trần Phú"] * (len(header) == 3 and place > 1))]
            for place, name in enumerate(("An", "Bình", "Tổng"), start=1)]  # fmt: skip
    assert [name for (name,) in people(read(header, *rows))] == ["Nguyễn Văn An", "Nguyễn Văn Bình", "Nguyễn Văn Tổng"]


def test_a_row_of_values_is_no_header():
    with pytest.raises(roster_header.NoHeader):
        read([1, "Nguyễn Văn An", "Chủ hộ", "1/1/1970", "TDP 9"], [2, "Lê Bình", "Vợ", "1/1/1970", "TDP 9"])


def test_each_row_of_a_list_of_heads_is_a_household():
    parsed = read(["STT", "Chủ hộ", "Địa chỉ"], [1, "Vũ Văn Một", None], [2, "Vũ Văn Một", None], [3, "Vũ Hai", "5"])
    assert [household.head.name for household in parsed.households] == ["Vũ Văn Một", "Vũ Văn Một", "Vũ Hai"]


@pytest.mark.parametrize("fact", [["1/2/1990", None, None], [None, "Nữ", None], [None, None, "Con"]])
def test_a_fact_without_a_name_is_rejected_not_skipped(fact):
    parsed = read(
        ["STT", "Họ và tên", "Ngày sinh", "Giới tính", "Quan hệ"],
        [1, "Nguyễn Văn An", "1/1/1970", "Nam", "Chủ hộ"],
        [None, None, *fact],
    )
    assert (3, "no_name") in codes(parsed, roster.ERROR)


def test_rows_that_are_not_read_are_told():
    parsed = read(
        ["STT", "Họ và tên", "Ngày sinh", "Quan hệ", "Số nhà"],
        ["(1)", "(2)", "(3)", "(4)", "(5)"],
        [1, "Nguyễn Văn An", "1/1/1970", "Chủ hộ", "5"],
        [None, "Hộ này đi vắng", None, None, None],
        ["STT", "Họ và tên", "Ngày sinh", "Quan hệ", "Số nhà"],
        [2, "Lê Bình", 1971, "Chủ hộ", "7"],
        ["Tổng cộng: 2", None, None, None, None],
        [None, "Người lập biểu", None, None, "TM. Ban điều hành"],
        [None, "Phạm Văn Ký", None, None, "Trần Văn Trưởng"],
    )
    assert people(parsed) == [["Nguyễn Văn An"], ["Lê Bình"]]
    told = [(issue.line, issue.value) for issue in parsed.remarks]
    assert told[0] == (4, "“Hộ này đi vắng”")
    assert told[1][0] == 7
    assert "7–9" in told[1][1] and "Phạm Văn Ký" in told[1][1]
    assert len(told) == 2, "Headings printed again and numbers of columns are no people"


def test_sections_named_by_words():
    parsed = read(
        ["STT", "Họ và tên", "Ngày sinh", "Quan hệ"],
        ["THÔN PHƯỚC LỢI", None, None, None],
        [1, "Nguyễn Văn An", "1/1/1970", "Chủ hộ"],
        ["Thôn không có hộ nghèo", None, None, None],
        [2, "Lê Bình", "1/1/1970", "Chủ hộ"],
    )
    assert [household.group for household in parsed.households] == ["THÔN PHƯỚC LỢI"] * 2
    assert codes(parsed) == {(4, "row_ignored")}


# ------------------------------------------------------------------------------------------- relationships
@pytest.mark.parametrize(
    ("written", "role", "warning"),
    [
        ("Chủ hộ", "head", None),
        ("CHỦ HỘ", "head", None),
        ("Chu\u0309 ho\u0323\u0302", "head", None),
        ("Chử hộ", "head", None),
        ("Chú", "uncle_aunt", None),
        ("Chú họ", "uncle_aunt", None),
        ("Chú hộ", "other", "ambiguous_role"),
        ("Ba", "father", None),
        ("Bà", "grandparent", None),
        ("Bà con", "other", None),
        ("Cô", "uncle_aunt", None),
        ("Cố", "great_grandparent", None),
        ("Con thứ ba", "child", None),
        ("Con đầu", "child", None),
        ("Con dâu cả", "daughter_in_law", None),
        ("con rễ", "son_in_law", None),
        ("Vợ của chủ hộ", "wife", None),
        ("Chủ hộ (vợ mất)", "head", None),
        ("Chủ hộ, hộ nghèo", "head", None),
        ("Chủ hộ cũ", "other", "unknown_role"),
        ("Con của em gái", "other", "unknown_role"),
        ("Anh họ", "other", None),
        ("Vợ chồng", "other", "ambiguous_role"),
    ],
)
def test_tones_decide_relationships(written, role, warning):
    assert roster_roles.read_role(written) == (role, warning)


@pytest.mark.parametrize(
    ("written", "role", "warning"),
    [
        ("chu ho", "head", None),
        ("Con dau", "daughter_in_law", None),
        ("Ba", "other", "ambiguous_role"),
        ("co", "other", "ambiguous_role"),
        ("ba noi", "grandparent", None),
        ("con thu hai", "child", None),
        ("me", "mother", None),
    ],
)
def test_lists_without_tones(written, role, warning):
    assert roster_roles.read_role(written, toned=False) == (role, warning)


def test_sex_tells_which_of_a_couple():
    assert roster_roles.read_role("Vợ chồng", "male") == ("husband", None)
    assert roster_roles.read_role("Cha mẹ", "female") == ("mother", None)


@pytest.mark.parametrize("role", roster_roles.WRITTEN)
def test_written_relationships_come_back(role):
    for sex in ("male", "female"):
        assert roster_roles.read_role(roster_roles.written_role(role, sex), sex) == (role, None)


# ------------------------------------------------------------------------------------------- rounded numbers
@pytest.mark.parametrize("written", ["5,609E+10", "5.6E+10", "5.609000123E+10", "6E+10"])
def test_rounded_personal_numbers_are_refused(written):
    with pytest.raises(ValueError, match="rounded_number"):
        roster_cells.parse_personal_number(written)


def test_all_digits_in_scientific_notation_are_a_number():
    assert roster_cells.parse_personal_number("5,6090001234E+10") == ("056090001234", "padded")
    assert roster_cells.parse_phone("9.05123456E+08") == "+84905123456"


def test_rounded_phones_are_refused():
    with pytest.raises(ValueError, match="rounded_number"):
        roster_cells.parse_phone("9,05E+08")


def test_a_rounded_number_rejects_its_row():
    parsed = read(
        ["Họ và tên", "CCCD", "Quan hệ", "Điện thoại"],
        ["Nguyễn Văn An", "5,609E+10", "Chủ hộ", None],
        ["Lê Thị Bình", None, "Vợ", "9,05E+08"],
    )
    assert codes(parsed, roster.ERROR) == {(2, "rounded_number")}
    assert codes(parsed, roster.WARNING) == {(3, "rounded_phone")}


# ------------------------------------------------------------------------------------------- codes and heads
def test_codes_that_start_again_in_each_group():
    parsed = read(
        ["Mã hộ", "Họ và tên", "Ngày sinh", "Quan hệ", "Tổ dân phố"],
        [1, "Nguyễn Văn An", "1/1/1970", "Chủ hộ", "TDP 5"],
        [None, "Lê Thị Bình", "1/1/1975", "Vợ", None],
        [1, "Trần Văn Cường", "1/1/1980", "Chủ hộ", "TDP 6"],
        [1, "Phạm Thị Dung", "1/1/1985", "Vợ", "TDP 6"],
        [1, "Nguyễn Thị Én", "1/1/2000", "Con", "Tổ 5"],
    )
    assert people(parsed) == [
        ["Nguyễn Văn An", "Lê Thị Bình", "Nguyễn Thị Én"],
        ["Trần Văn Cường", "Phạm Thị Dung"],
    ]
    assert {household.code for household in parsed.households} == {""}
    assert codes(parsed) == {(4, "codes_restart")}


def test_nobody_joins_the_household_of_another_head():
    parsed = read(
        ["Mã hộ", "Họ và tên", "Ngày sinh", "Quan hệ"],
        [1, "Nguyễn Văn An", "1/1/1970", "Chủ hộ"],
        [2, "Lê Bình", "1/1/1971", "Chủ hộ"],
        [1, "Trần Văn Cường", "1/1/1980", "Chủ hộ"],
        [1, "Phạm Thị Dung", "1/1/1985", "Vợ"],
    )
    assert codes(parsed, roster.ERROR) == {(4, "two_heads"), (5, "after_two_heads")}


@pytest.mark.parametrize(
    ("second", "opens"),
    [
        ([2, "Lê Bình", None, "7", "TDP 5"], True),
        ([2, "Lê Bình", None, "5", "TDP 6"], True),
        ([1, "Lê Bình", None, None, None], True),
        ([2, "Lê Bình", None, "5", "TDP 5"], False),
        ([2, "Lê Bình", None, None, None], False),
    ],
)
def test_a_blank_relationship_opens_a_household_where_something_else_does(second, opens):
    parsed = read(
        ["STT", "Họ và tên", "Quan hệ", "Số nhà", "Tổ dân phố"],
        [1, "Nguyễn Văn An", "Chủ hộ", "5", "TDP 5"],
        [2, "Nguyễn Văn Con", "Con", None, None],
        second,
        [3, "Trần Thị Vợ", "Vợ", None, None],
    )
    assert len(parsed.households) == 1 + opens
    assert codes(parsed) == {(4, "head_by_block" if opens else "no_role")}
    assert bool(parsed.households[-1].head) is True


def test_numbers_that_count_households_start_one():
    parsed = read(
        ["STT", "Họ và tên", "Quan hệ"],
        [1, "Nguyễn Văn An", "Chủ hộ"],
        [None, "Lê Thị Bình", "Vợ"],
        [2, "Trần Văn Cường", None],
        [None, "Phạm Thị Dung", "Vợ"],
    )
    assert people(parsed) == [["Nguyễn Văn An", "Lê Thị Bình"], ["Trần Văn Cường", "Phạm Thị Dung"]]
    assert parsed.households[1].head.name == "Trần Văn Cường"


# ------------------------------------------------------------------------------------------- sheets
HEADINGS = ["STT", "Họ và tên", "Ngày sinh", "Quan hệ", "Ghi chú"]
ONE = [HEADINGS, [1, "Nguyễn Văn An", "1/1/1970", "Chủ hộ"], [2, "Lê Thị Bình", "1/1/1975", "Vợ"]]
TWO = [["DANH SÁCH HỘ"], HEADINGS[:4], [1, "Trần Văn Cường", "1/1/1980", "Chủ hộ"]]
GUIDE = [["Hướng dẫn"], ["Điền đủ các cột"]]
OTHER = [
    ["STT", "Đơn vị", "Họ và tên", "Ngày sinh", "CCCD"],
    [1, "Chi bộ", "Nguyễn Văn An", "1/1/1970", "056070001111"],
]


def test_every_sheet_of_the_list_is_read():
    parsed = read_book({"TDP 1": ONE, "Hướng dẫn": GUIDE, "TDP 2": TWO, "Đảng viên": OTHER})
    assert parsed.sheet_names == ["TDP 1", "TDP 2"]
    assert people(parsed) == [["Nguyễn Văn An", "Lê Thị Bình"], ["Trần Văn Cường"]]
    assert [household.group for household in parsed.households] == ["tdp 1", "tdp 2"]
    assert [(row.sheet, row.line) for row in parsed.rows] == [("TDP 1", 2), ("TDP 1", 3), ("TDP 2", 3)]
    assert [(issue.code, issue.value) for issue in parsed.remarks] == [
        ("sheet_unlike", "Hướng dẫn"),
        ("sheet_unlike", "Đảng viên"),
        ("sheets_read", "TDP 1 / TDP 2"),
    ]


def test_sheets_can_be_chosen():
    parsed = read_book({"TDP 1": ONE, "TDP 2": TWO}, sheet_names=["TDP 2"])
    assert people(parsed) == [["Trần Văn Cường"]]
    assert [(issue.code, issue.value) for issue in parsed.remarks] == [("sheet_left_out", "TDP 1")]


def test_a_corrected_column_holds_for_every_sheet():
    parsed = read_book({"TDP 1": ONE, "TDP 2": TWO}, mapping={0: None})
    assert parsed.sheet_names == ["TDP 1", "TDP 2"]


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("TDP 5", "tdp 5"),
        ("Tổ 05", "to 05"),
        ("TDP5", "tdp 5"),
        ("KP 3", "khu pho 3"),
        ("Thôn Phước Lợi", "Thôn Phước Lợi"),
        ("Sheet1", ""),
        ("Tổng hợp", ""),
        ("Danh sách tổ 5", ""),
    ],
)
def test_groups_in_the_names_of_sheets(name, group):
    assert roster_lines.group_of_sheet(name) == group


def test_a_double_across_sheets_names_the_sheet():
    rows = [["Họ và tên", "Quan hệ", "CCCD"], ["Nguyễn Văn An", "Chủ hộ", "056070001111"]]
    parsed = read_book({"TDP 1": rows, "TDP 2": rows})
    (issue,) = (issue for issue in parsed.issues if issue.code == "double_number")
    assert (issue.sheet, issue.line, issue.value) == ("TDP 2", 2, "2 (TDP 1)")


def test_sheets_of_former_times_are_left_out_unless_chosen():
    book = {"2025": TWO, "2026": ONE, "Đã chuyển đi": TWO, "Danh sách (cũ)": TWO}
    parsed = read_book(book)
    assert parsed.sheet_names == ["2026"]
    assert {(issue.code, issue.value) for issue in parsed.remarks} == {
        ("sheet_former", "2025"),
        ("sheet_former", "Đã chuyển đi"),
        ("sheet_former", "Danh sách (cũ)"),
    }
    assert read_book(book, sheet_names=["2025", "2026"]).sheet_names == ["2025", "2026"]
    assert read_book({"Tổ 1 cũ": ONE, "Tổ 2 cũ": TWO}).sheet_names == ["Tổ 1 cũ", "Tổ 2 cũ"], "No other would be left"


def test_a_copied_sheet_doubles_nobody():
    heads = [["Chủ hộ", "Năm sinh", "Địa chỉ"], ["Nguyễn Văn An", 1970, "5 Trần Phú"], ["Lê Bình", 1971, "7 Trần Phú"]]
    for sheets in ({"A": ONE, "B": ONE}, {"A": heads, "B": heads}):
        parsed = read_book(sheets)
        assert [(issue.sheet, issue.code) for issue in parsed.issues if issue.level == roster.ERROR] == [
            ("B", "double_person"),
            ("B", "double_person"),
        ]
        assert ("sheets_read", "A / B") in {(issue.code, issue.value) for issue in parsed.remarks}


def test_codes_without_a_group_count_in_their_sheet():
    heading = ["Mã hộ", "Họ và tên", "Năm sinh"]
    first = [heading, [1, "Nguyễn Văn An", 1970], [1, "Lê Thị Bình", 1975], [2, "Trần Cường", 1980]]
    second = [heading, [1, "Phạm Văn Dũng", 1960], [1, "Vũ Thị Én", 1965], [2, "Đỗ Giang", 1950]]
    parsed = read_book({"A": first, "B": second})
    assert people(parsed) == [
        ["Nguyễn Văn An", "Lê Thị Bình"],
        ["Trần Cường"],
        ["Phạm Văn Dũng", "Vũ Thị Én"],
        ["Đỗ Giang"],
    ]
    assert all(row.role for row in parsed.rows)
    assert all(household.head for household in parsed.households)


def test_meanings_of_one_sheet_are_not_those_of_another():
    other = [["STT", "Ghi chú", "Họ và tên", "Năm sinh", "Quan hệ"], [1, None, "Lê Bình", 1971, "Chủ hộ"]]
    mapping = {0: None, 1: "name", 2: "birth", 3: "role", 4: None}
    parsed = read_book(
        {"A": ONE, "B": other}, mapping=mapping, sheet_names=["B"], headings=dict(enumerate(HEADINGS))
    )
    assert [(row.name, row.birth_date.year) for row in parsed.rows] == [("Lê Bình", 1971)]
    assert parsed.columns[0].key is None, "The same heading in the same place means what a person has chosen"


# ------------------------------------------------------------------------------------------- headers and cells
@pytest.mark.parametrize("written", ["00/00/0000", "0/0/0000"])
def test_a_date_of_zeros_is_no_date(written):
    with pytest.raises(ValueError, match="bad_date"):
        roster_cells.parse_birth(written, TODAY)


@pytest.mark.parametrize(("unnamed", "household"), [("Chủ hộ", 1), ("Tổ 5", 1)])
def test_the_first_person_is_no_part_of_the_header(unnamed, household):
    parsed = read(
        ["STT", "Họ và tên", "Năm sinh", "Quan hệ", None],
        [1, "Nguyễn Văn An", 1970, "Chủ hộ", unnamed],
        [2, "Lê Thị Bình", 1975, "Vợ", None],
    )
    assert people(parsed) == [["Nguyễn Văn An", "Lê Thị Bình"]]


def test_a_header_can_still_be_split():
    parsed = read(
        ["STT", "Họ và tên", "Năm sinh", None, "Trình độ", None],
        [None, None, "Nam", "Nữ", "Văn hóa", "Quan hệ"],
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"],
        [1, "Nguyễn Văn An", 1970, None, "12/12", "Chủ hộ"],
        [2, "Lê Thị Bình", None, 1975, "12/12", "Vợ"],
    )
    assert [(row.name, row.sex, row.role) for row in parsed.rows] == [
        ("Nguyễn Văn An", "male", "head"),
        ("Lê Thị Bình", "female", "wife"),
    ]


def test_a_number_of_a_household_is_one_number_however_it_is_stored():
    parsed = read(
        ["STT hộ", "Họ và tên", "Năm sinh"],
        [1, "Nguyễn Văn An", 1970],
        ["1", "Lê Thị Bình", 1975],
        ["01", "Nguyễn Chi", 2000],
        [2, "Trần Dũng", 1980],
    )
    assert people(parsed) == [["Nguyễn Văn An", "Lê Thị Bình", "Nguyễn Chi"], ["Trần Dũng"]]


def test_heads_of_one_name_at_two_addresses_are_two_households():
    parsed = read(
        ["Chủ hộ", "Họ và tên", "Địa chỉ", "Năm sinh"],
        ["Nguyễn Văn An", "Nguyễn Văn An", "5 Trần Phú", 1970],
        ["Nguyễn Văn An", "Lê Thị Bình", "99 Lê Lợi", 1975],
        ["Nguyễn Văn An", "Nguyễn Văn An", "7 Trần Phú", 1950],
    )
    assert people(parsed) == [["Nguyễn Văn An", "Lê Thị Bình"], ["Nguyễn Văn An"]]


@pytest.mark.parametrize(
    ("written", "role"),
    [("Vợ CH", "wife"), ("Con CH", "child"), ("Cháu nội CH", "grandchild"), ("C.hộ", "head"), ("CH", "head")],
)
def test_the_head_in_short(written, role):
    assert roster_roles.read_role(written) == (role, None)


# ------------------------------------------------------------------------------------------- slips of one row
def test_one_mistyped_group_leaves_the_codes_of_all_others():
    parsed = read(
        ["Mã hộ", "Họ và tên", "Năm sinh", "Quan hệ", "Tổ dân phố"],
        ["H1", "Nguyễn Văn An", 1970, "Chủ hộ", "TDP 5"],
        ["H2", "Lê Bình", 1971, "Chủ hộ", "TDP 5"],
        ["H1", "Trần Thị Cúc", 1975, "Vợ", "TDP 55"],
        ["H3", "Vũ Dũng", 1972, "Chủ hộ", "TDP 5"],
    )
    assert [household.code for household in parsed.households] == ["H1", "H2", "", "H3"]
    assert codes(parsed) == {(4, "code_twice")}
    assert parsed.rows[2].rejected


def test_one_mistyped_code_leaves_the_codes_of_all_others():
    rows = [[f"H{n}", f"Lê Văn {name}", 1970, "Chủ hộ", f"TDP {1 + n // 3}"] for n, name in enumerate("ABCDEF")]
    rows[5][0] = "H1"
    parsed = read(["Mã hộ", "Họ và tên", "Năm sinh", "Quan hệ", "Tổ dân phố"], *rows)
    assert [household.code for household in parsed.households] == ["H0", "H1", "H2", "H3", "H4", ""]
    assert codes(parsed) == {(7, "code_twice")}


@pytest.mark.parametrize(
    ("title", "group"),
    [
        (["II", "Thôn Phước Hạ"], "Thôn Phước Hạ"),
        (["I", "Tổ dân phố 5"], "to dan pho 5"),
        ([1, "Tổ dân phố 5"], "to dan pho 5"),
        (["I. Thôn Phước Lợi"], "Thôn Phước Lợi"),
        ([None, "B) Thôn Phước Lợi"], "Thôn Phước Lợi"),
    ],
)
def test_sections_with_a_number(title, group):
    parsed = read(
        ["STT", "Họ và tên", "Năm sinh", "Quan hệ"],
        title,
        [1, "Nguyễn Văn An", 1970, "Chủ hộ"],
        [2, "Buôn Krông Ya", None, None],
    )
    assert [row.name for row in parsed.rows] == ["Nguyễn Văn An", "Buôn Krông Ya"]
    assert parsed.households[0].group == group


def test_a_head_in_the_column_of_heads_only_is_a_person():
    parsed = read(
        ["Chủ hộ", "Thành viên", "Năm sinh", "Địa chỉ"],
        ["Nguyễn Văn An", None, 1970, "5 Trần Phú"],
        [None, "Lê Thị Bình", 1975, None],
        ["Trần Cường", None, 1960, "7 Trần Phú"],
        ["Trần Cường", None, 1999, "7 Trần Phú"],
    )
    assert people(parsed) == [["Nguyễn Văn An", "Lê Thị Bình"], ["Trần Cường", ""]]
    assert [household.head.name for household in parsed.households] == ["Nguyễn Văn An", "Trần Cường"]
    assert codes(parsed, roster.ERROR) == {(5, "no_name")}


def test_a_slip_in_a_column_of_years_is_no_day():
    heading = ["Họ và tên", "Năm sinh", "Quan hệ"]
    years = [["Nguyễn Văn An", "1970.0", "Chủ hộ"], ["Lê Bình", 1971, "Chủ hộ"], ["Vũ Cường", 19845, "Chủ hộ"]]
    parsed = read(heading, *years)
    assert codes(parsed) == {(4, "bad_date")}
    assert (parsed.rows[0].birth_date, parsed.rows[0].birth_year_only) == (date(1970, 1, 1), True)
    assert not codes(read(heading, years[2], ["Lê Bình", "2/1/1971", "Chủ hộ"])), "Else it is a day without its format"
