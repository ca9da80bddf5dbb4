"""Prices and stock read from a spreadsheet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_marketplace_engine.listing_sheet import HeadingError, TooManyRows, code, code_text, parse, whole

HEAD = ["Mã hàng", "Tên hàng", "Giá", "Giá cư dân", "Số lượng"]


def fold(text):
    table = str.maketrans("áàãạảăâđêôơưíìốồộượữ", "aaaaaaadeoouiiooouou")
    return text.lower().translate(table).replace("ố", "o")


@pytest.mark.parametrize(
    ("cell", "figure"),
    [
        (35000, 35000),
        (35000.0, 35000),
        ("35000", 35000),
        ("35.000", 35000),
        ("35,000 ₫", 35000),
        ("1 200 000 đ", 1200000),
        ("1.200.000 VND", 1200000),
        (0, 0),
        ("0", 0),
        (None, None),
        (" ", None),
    ],
)
def test_figures(cell, figure):
    assert whole(cell) == figure


@pytest.mark.parametrize("cell", [35.5, -1, "-5", "35.5", "3.5000", "35k", "1.200,000", "x", True, "9" * 13, "١٢", [1]])
def test_no_figures(cell):
    with pytest.raises(ValueError):
        whole(cell)


@given(st.integers(0, 10**11))
def test_however_it_is_written(figure):
    grouped = f"{figure:,}"
    assert {whole(figure), whole(str(figure)), whole(grouped), whole(grouped.replace(",", "."))} == {figure}


def test_headings_below_a_title():
    rows, problems = parse([["Bảng giá tháng 11"], [], HEAD, [7, "Cá", "35.000", None, 4]], fold)
    assert not problems
    assert [(row.line, row.listing, row.figures) for row in rows] == [
        (4, (7, 0), {"price": 35000, "resident_price": None, "quantity": 4})
    ]


def test_each_bad_cell_is_named():
    _rows, problems = parse([HEAD, [7, "Cá", "x", -1, "1,5"], [None, "Mực", 5], [8, "", 1], [8, "", 2]], fold)
    assert [(p.line, p.field, p.code) for p in problems] == [
        (2, "price", "number"),
        (2, "resident_price", "number"),
        (2, "quantity", "number"),
        (3, "id", "no_code"),
        (5, "id", "twice"),
    ]


def test_no_list():
    for rows in ([], [["a", "b"]], [["Mã hàng", "Tên hàng"]], [["Giá"]]):
        with pytest.raises(HeadingError):
            parse(rows, fold)
    with pytest.raises(TooManyRows):
        parse([["Mã hàng", "Giá"], *[[n, 1] for n in range(1, 1002)]], fold)


@pytest.mark.parametrize(("cell", "found"), [("12", (12, 0)), (12.0, (12, 0)), (" 12#34 ", (12, 34)), (None, None)])
def test_codes_of_listings_and_of_their_choices(cell, found):
    assert code(cell) == found
    if found:
        assert code(code_text(found)) == found


@pytest.mark.parametrize("cell", ["12#", "#3", "12-3", "12#3#4", "a", 1.5])
def test_what_is_no_code(cell):
    with pytest.raises(ValueError):
        code(cell)
