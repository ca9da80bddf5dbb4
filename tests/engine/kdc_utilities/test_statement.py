"""Statements in the layouts of the banks (vietnam.md §5) are understood, and their own sums are checked."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_residents_engine.text import fold
from kdc_utilities_engine import statement
from kdc_utilities_engine.statement import Mismatch, StatementError

VIETCOMBANK = [
    ["SAO KÊ TÀI KHOẢN"],
    ["Số tài khoản/Account number:", "0011001234567", None, "Tên: UBND PHƯỜNG NHA TRANG"],
    ["Số dư đầu kỳ: 10.000.000 VND"],
    ["STT", "Ngày/Số CT", "Ghi nợ/Debit", "Ghi có/Credit", "Số dư/Balance", "Nội dung/Description"],
    ["No.", "Date/Doc No.", None, None, None, None],
    [1, "02/11/2026 5216 - 44119", None, "217.650", "10.217.650", "KDC0000017T1126X tien nuoc"],
    [2, "03/11/2026 5217 - 90001", "11.000", None, "10.206.650", "Phi quan ly"],
    [None, "Tổng số", "11.000", "217.650", None, None],
    [None, "Số dư cuối kỳ", None, None, "10.206.650", None],
    ["Trang 1/1"],
]
VIETCOMBANK[3][1] = "Ngày giao dịch/ Date"
MB = [
    ["MB BANK", None, "Account: 0011001234567"],
    ["STT", "NGÀY HẠCH TOÁN\nPOSTING DATE", "NGÀY GIAO DỊCH\nTRANSACTION DATE", "SỐ BÚT TOÁN",
     "PHÁT SINH NỢ", "PHÁT SINH CÓ", "SỐ DƯ", "NỘI DUNG", "TÊN ĐỐI ỨNG", "TÀI KHOẢN ĐỐI ỨNG"],
    [1, "02/11/2026", "02/11/2026 08:15:01", "FT26306001", "0.00", "1,234,567.00", "2,234,567.00",
     "KDC 1", "NGUYEN VAN AN", "0071000123"],
    [2, "02/11/2026", "02/11/2026 09:00:00", "FT26306002", "34,567.00", "0.00", "2,200,000.00", "Phi", None, None],
]  # fmt: skip
VIETINBANK = [
    ["Ngày hạch toán", "Mô tả giao dịch", "Nợ/Debit", "Có/Credit", "Số dư", "Số giao dịch"],
    [date(2026, 11, 2), "KDC A", None, 100000, 1100000, "S1"],
    [None, "KDC B", None, 50000, 1150000, "S2"],
    [date(2026, 11, 3), "rut", 150000, None, 1000000, "S3"],
]
SIMPLE = [
    ["Ngày giao dịch", "Số tham chiếu", "Số tiền", "Mô tả"],
    ["2026-11-02", "VN1", "+1.500.000", "thu"],
    ["2026-11-03", "VN2", "-500.000", "chi"],
]


def one(rows, **kwargs):
    [found] = statement.read(rows, fold, **kwargs)
    return found


class TestLayouts:
    def test_vietcombank(self):
        found = one(VIETCOMBANK)
        assert [(row.line, row.date, row.amount, row.reference) for row in found.movements] == [
            (6, date(2026, 11, 2), 217_650, "5216 - 44119"),
            (7, date(2026, 11, 3), -11_000, "5217 - 90001"),
        ]
        assert (found.account, found.opening, found.closing) == ("0011001234567", 10_000_000, 10_206_650)
        assert (found.errors, found.mismatches, found.checked) == ([], [], True)

    def test_mb(self):
        found = one(MB)
        assert [row.amount for row in found.movements] == [1_234_567, -34_567]
        first = found.movements[0]
        assert (first.payer_name, first.payer_account, first.reference) == ("NGUYEN VAN AN", "0071000123", "FT26306001")
        assert (found.account, found.opening, found.mismatches) == ("0011001234567", 1_000_000, [])

    def test_vietinbank_fills_blank_dates_down(self):
        found = one(VIETINBANK)
        assert [row.date.day for row in found.movements] == [2, 2, 3]
        assert (found.opening, found.closing, found.mismatches) == (1_000_000, 1_000_000, [])

    def test_signed_amounts(self):
        found = one(SIMPLE)
        assert [row.amount for row in found.movements] == [1_500_000, -500_000]
        assert not found.checked

    def test_headings_without_diacritics(self):
        rows = [["NGAY GIAO DICH", "SO TIEN GHI CO (VND)", "NOI DUNG"], ["2/11/26", "100 000", "KDC"]]
        assert one(rows).movements[0].amount == 100_000

    def test_newest_first(self):
        rows = [VIETINBANK[0], [date(2026, 11, 3), "b", None, 5, 15, "2"], [date(2026, 11, 2), "a", None, 10, 10, "1"]]
        found = one(rows)
        assert (found.opening, found.closing, found.mismatches) == (0, 15, [])

    def test_heading_again_on_the_next_page(self):
        found = one([*MB, MB[1], [3, "03/11/2026", None, "FT3", None, "100.00", "2,200,100.00", "KDC", None, None]])
        assert (len(found.movements), found.mismatches) == (3, [])

    def test_several_accounts_in_a_sheet(self):
        second = [list(row) for row in VIETCOMBANK]
        second[1][1] = "0011007654321"
        found = statement.read([*VIETCOMBANK, [], *second], fold)
        assert [part.account for part in found] == ["0011001234567", "0011007654321"]
        assert [len(part.movements) for part in found] == [2, 2]

    def test_columns_said_by_a_person(self):
        rows = [["A", "B", "C"], ["02/11/2026", "KDC", "5.000"], ["03/11/2026", "KDC", "6.000"]]
        with pytest.raises(StatementError):
            statement.read(rows, fold)
        found = one(rows, mapping={0: "date", 1: "text", 2: "amount"})
        assert ([row.amount for row in found.movements], found.header_line) == ([5_000, 6_000], 1)

    def test_parts_of_an_account_are_one_statement(self):
        pages = [[*MB[:3]], [MB[1], MB[3], [None, "Tổng cộng", None, None, "34,567.00", "1,234,567.00"]]]
        whole = statement.join([one(rows) for rows in pages])
        assert [row.amount for row in whole.movements] == [1_234_567, -34_567]
        assert (whole.opening, whole.closing, whole.mismatches) == (1_000_000, 2_200_000, [])
        gap = statement.join([one(pages[0]), one([MB[1], [3, "03/11/2026", None, "F", None, "1.00", "9.00", "x"]])])
        assert [row.kind for row in gap.mismatches] == ["balance", "closing"]

    @pytest.mark.parametrize(
        ("heading", "went", "came"),
        [("Nợ/Có", "Ghi nợ", "Ghi có"), ("D/C", "D", "C"), ("Loại giao dịch", "Tiền ra", "Vào"), ("Dấu", "-", "+")],
    )
    def test_a_column_says_whether_money_came(self, heading, went, came):
        rows = [["Ngày", "Số tiền", heading, "Diễn giải"], ["2/11/2026", "5.000", went, "a"],
                ["2/11/2026", "6.000", came, "b"], ["2/11/2026", "7.000", "?", "c"]]  # fmt: skip
        found = one(rows)
        assert [row.amount for row in found.movements] == [-5_000, 6_000]
        assert [(error.line, error.column, error.code) for error in found.errors] == [(4, 2, "no_side")]

    def test_amounts_without_a_sign_are_refused(self):
        head = ["Ngày", "Số tiền", "Loại giao dịch", "Diễn giải"]
        rows = [head, ["2/11/2026", "5.000", "CK đi", "a"], ["2/11/2026", "6.000", "CK đến", "b"]]
        unknown = [[*head[:2], "Cột 3", head[3]], ["2/11/2026", "5.000", "D", "a"], ["2/11/2026", "6.000", "C", "b"]]
        for sheet in (rows, unknown):
            with pytest.raises(StatementError) as caught:
                statement.read(sheet, fold)
            assert caught.value.code == "unsigned"
        # A sign, a balance to compare with, or a person who names the columns is enough.
        assert one([*rows, ["3/11/2026", "-1.000", "CK đi", "c"]]).movements[-1].amount == -1_000
        balanced = [[*row, balance] for row, balance in zip(rows, ("Số dư", "15.000", "21.000"), strict=True)]
        assert one(balanced).mismatches == []
        assert len(one(rows, mapping={0: "date", 1: "amount", 2: None, 3: "text"}).movements) == 2

    def test_web_page_named_xls(self):
        cells = "".join(
            "<tr>" + "".join(f"<td>{'' if cell is None else cell}</td>" for cell in row) + "</tr>" for row in MB
        )
        page = f'<html><meta charset="utf-8"><style>td{{}}</style><table>{cells}</table></html>'
        assert [row.amount for row in one(statement.read_html(page.encode())).movements] == [1_234_567, -34_567]
        with pytest.raises(StatementError):
            statement.read_html(b"<html><p>Phien lam viec het han</p></html>")

    def test_cells_over_several_columns_and_rows(self):
        page = b"<table><tr><td rowspan=2>a<td colspan=2>b<tr><td>c<td>d</table>"
        assert statement.read_html(page) == [["a", "b", None], [None, "c", "d"]]

    def test_no_statement(self):
        with pytest.raises(StatementError) as caught:
            statement.read([["Họ tên", "Ngày"], ["An", "1/1/2026"]], fold)
        assert caught.value.found == ["Họ tên", "Ngày"]


class TestSums:
    def test_a_missing_row_is_told(self):
        found = one([*VIETCOMBANK[:6], *VIETCOMBANK[7:]])
        kinds = {row.kind for row in found.mismatches}
        assert {"closing", "debit"} <= kinds
        closing = next(row for row in found.mismatches if row.kind == "closing")
        assert (closing.stated, closing.computed) == (10_206_650, 10_217_650)

    def test_a_changed_amount_is_told_with_its_row(self):
        rows = [list(row) for row in MB]
        rows[3][4] = "34,568.00"
        assert Mismatch("balance", 4, 2_200_000, 2_199_999) in one(rows).mismatches


class TestCells:
    def test_a_bad_cell_is_an_error_of_that_cell(self):
        rows = [
            *SIMPLE, ["31/02/2026", "VN3", "1.000", "x"], ["05/11/2026", "VN4", "1,000", "x"],
            ["05/11/2026", "VN5", "0,5", "x"],
        ]  # fmt: skip
        found = one(rows)
        assert [(error.line, error.column, error.code) for error in found.errors] == [
            (4, 0, "not_a_date"), (5, 2, "not_an_amount"), (6, 2, "not_whole"),
        ]  # fmt: skip
        assert len(found.movements) == 2

    def test_money_in_both_columns(self):
        assert one([*VIETINBANK, [date(2026, 11, 4), "x", 5, 6, 7, "S4"]]).errors[0].code == "two_amounts"

    @pytest.mark.parametrize(
        ("value", "amount"),
        [
            ("1.234.567", 1_234_567), ("1,234,567", 1_234_567), ("1.234.567,00", 1_234_567),
            ("1,234,567.00", 1_234_567), ("1234567", 1_234_567), ("(5.000)", -5_000), ("5.000-", -5_000),
            ("5 000 ₫", 5_000),
            ("5.000 VND", 5_000), (5000.0, 5_000), ("-", None), ("", None), (None, None), ("0.00", 0),
        ],
    )  # fmt: skip
    def test_amounts(self, value, amount):
        assert statement.read_amount(value) == amount

    @pytest.mark.parametrize("value", ["1.23.456", "12.34", 0.5, "abc", True, float("nan"), "1,234.5", "9" * 14])
    def test_no_amounts(self, value):
        with pytest.raises(ValueError):
            statement.read_amount(value)


@given(
    st.lists(
        st.tuples(st.integers(-(10**9), 10**9).filter(bool), st.text("abc đ", max_size=8)), min_size=1, max_size=30
    ),
    st.sampled_from([".", ","]),
    st.booleans(),
)
def test_what_a_bank_writes_is_read_back(movements, separator, cents):
    """Any list of movements, written with either separator, is read with its sums right."""
    other = "," if separator == "." else "."

    def written(value):
        text = f"{abs(value):,}".replace(",", separator) + (f"{other}00" if cents else "")
        return text if value else None

    rows, balance = [["Ngày", "Nợ", "Có", "Số dư", "Diễn giải", "Số CT"]], 10**12
    for index, (amount, text) in enumerate(movements):
        balance += amount
        day = (date(2026, 11, 1) + timedelta(days=index % 28)).strftime("%d/%m/%Y")
        debit, credit = (written(amount), None) if amount < 0 else (None, written(amount))
        rows.append([day, debit, credit, written(balance), text, f"S{index}"])
    found = one(rows)
    assert [row.amount for row in found.movements] == [amount for amount, _text in movements]
    assert (found.errors, found.mismatches, found.closing) == ([], [], balance)


@given(
    st.lists(st.lists(st.one_of(st.none(), st.text(max_size=20), st.integers(), st.floats(), st.dates()), max_size=8))
)
def test_any_sheet_is_answered(rows):
    try:
        statement.read([VIETINBANK[0], *rows], fold)
    except StatementError:
        pass


@given(st.binary(max_size=300))
def test_any_page_is_answered(data):
    try:
        statement.read_html(b"<table><tr><td>" + data)
    except StatementError:
        pass
