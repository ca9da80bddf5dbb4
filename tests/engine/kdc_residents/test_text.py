"""Vietnamese text: folding, sorting, numbers, phones and addresses (vectors of the shared domain notes)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_residents_engine import address, personal_number, phone, text

VIETNAMESE = st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ ")


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("  NGUYỄN   Văn Đông ", "nguyen van dong"),
        ("Khánh Hòa", "khanh hoa"),
        ("Khánh Hoà", "khanh hoa"),
        (unicodedata.normalize("NFD", "Nguyễn Văn Ân"), "nguyen van an"),
        ("Y\u200b Blơ", "y blo"),
        ("", ""),
        (None, ""),
    ],
)
def test_fold(written, folded):
    assert text.fold(written) == folded


@given(VIETNAMESE)
def test_fold_is_stable_and_plain(written):
    folded = text.fold(written)
    assert folded == text.fold(folded) == text.fold(written.upper()) == text.fold(unicodedata.normalize("NFD", written))
    assert folded.isascii()


def test_names_sort_by_given_name_in_the_order_of_the_alphabet():
    names = ["Trần Văn Đạt", "Võ Thị Dung", "Phạm Ái", "Lê Thị Ân", "Đỗ Văn An", "Bùi Ánh", "Nguyễn Văn An", "Lê Anh"]
    expected = [
        "Phạm Ái",
        "Đỗ Văn An",
        "Nguyễn Văn An",
        "Lê Anh",
        "Bùi Ánh",
        "Lê Thị Ân",
        "Võ Thị Dung",
        "Trần Văn Đạt",
    ]
    assert sorted(names, key=text.name_sort_key) == expected


@given(VIETNAMESE)
def test_sort_key_is_the_same_under_every_collation(name):
    key = text.name_sort_key(name)
    assert all(c.isdigit() or "a" <= c <= "z" for c in key)
    assert key == text.name_sort_key(unicodedata.normalize("NFD", name))


def test_given_name():
    assert text.given_name("Nguyễn Thị Minh Khai") == "Khai"
    assert text.given_name("") == ""


@pytest.mark.parametrize("written", ["056090001234", "056 090 001 234", "056.090.001.234", "056-090-001-234"])
def test_personal_number(written):
    expected = personal_number.PersonalNumber("056090001234", "056", "male", 1990)
    assert personal_number.parse(written) == expected


@pytest.mark.parametrize(
    ("number", "error"),
    [
        ("05609000123", personal_number.WrongLength),
        ("0560900012345", personal_number.WrongLength),
        ("123456789", personal_number.OldIdentityCard),
        ("05609000123a", personal_number.NotDigits),
        ("", personal_number.NotDigits),
        ("000090001234", personal_number.UnknownPlace),
        ("٠٥٦٠٩٠٠٠١٢٣٤", personal_number.NotDigits),
    ],
)
def test_wrong_personal_number(number, error):
    with pytest.raises(error):
        personal_number.parse(number)


@given(st.integers(1, 96), st.integers(0, 9), st.integers(0, 99), st.integers(0, 999999))
def test_personal_number_tells_century_sex_and_year(place, century, year, serial):
    parsed = personal_number.parse(f"{place:03}{century}{year:02}{serial:06}")
    assert parsed.birth_year == 1900 + century // 2 * 100 + year
    assert parsed.sex == ("female" if century % 2 else "male")
    assert personal_number.mismatches(parsed.number, parsed.sex, parsed.birth_year) == set()
    assert personal_number.mismatches(parsed.number, "other", None) == set()
    assert personal_number.mismatches(parsed.number, "male", 1850) >= {"birth_year"}


def test_mask():
    assert personal_number.mask("056090001234") == "056***00****"
    assert personal_number.mask("12345") == "*****"


@pytest.mark.parametrize(
    ("written", "stored", "shown"),
    [
        ("0905123456", "+84905123456", "0905 123 456"),
        ("0905.123.456", "+84905123456", "0905 123 456"),
        ("+84 (0) 905 123 456", "+84905123456", "0905 123 456"),
        ("84905123456", "+84905123456", "0905 123 456"),
        ("905123456", "+84905123456", "0905 123 456"),
        ("0169 4567890", "+84394567890", "0394 567 890"),
        ("01201234567", "+84701234567", "0701 234 567"),
        ("0258 3822 222", "+842583822222", "0258 3822 222"),
        ("19001023", "19001023", "19001023"),
        ("1022", "1022", "1022"),
        ("113", "113", "113"),
        ("+16502530000", "+16502530000", "+1 650-253-0000"),
    ],
)
def test_phone(written, stored, shown):
    assert phone.to_e164(written) == stored
    assert phone.display(stored) == shown
    assert phone.to_e164(stored) == stored


@pytest.mark.parametrize("written", ["", "12345", "0169123", "không có", "0000000000", "09051234567"])
def test_no_phone(written):
    with pytest.raises(phone.PhoneError):
        phone.to_e164(written)


def test_address():
    assert address.format_address("12/3", "45", "Trần Phú") == "12/3 hẻm 45 Trần Phú"
    assert address.format_address("12", "ngõ 7", "") == "12 ngõ 7"
    assert address.address_key("Số 12/3", "", "đường Trần Phú") == address.address_key("12/3", "", "TRẦN PHÚ")
    assert address.address_key("12", "45", "Lê Lợi") == address.address_key("12", "hẻm 45", "lê lợi")
    assert address.address_key("", "", "Trần Phú") == ""
    assert address.address_key("1/23", "", "X") != address.address_key("12/3", "", "X")


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("12/3 Trần Phú, TDP 5, P. Nha Trang", ("12/3", "", "Trần Phú", "TDP 5")),
        ("Số 12 hẻm 45 đường Lê Lợi, tổ 3", ("12", "hẻm 45", "Lê Lợi", "tổ 3")),
        ("Thôn Võ Cạnh, xã Vĩnh Trung", ("", "", "", "Thôn Võ Cạnh")),
        ("23 Tháng 10", ("", "", "23 Tháng 10", "")),
        ("15 đường 23 Tháng 10", ("15", "", "23 Tháng 10", "")),
        ("Lô 5 căn 7, KĐT Vĩnh Điềm Trung", ("Lô 5 căn 7", "", "KĐT Vĩnh Điềm Trung", "")),
    ],
)
def test_split_address(line, parts):
    assert address.split_address(line) == parts


@pytest.mark.parametrize(
    "name", ["5", "05", "TDP 5", "Tổ 5", "Tổ dân phố số 05", "TỔ DÂN PHỐ 5", "tdp5".replace("p5", "p 5")]
)
def test_one_group_many_spellings(name):
    assert address.group_key(name) == "5"
    assert address.group_name(name) == "Tổ dân phố 5"


def test_group_names():
    assert address.group_name("Võ Cạnh", urban=False) == "Thôn Võ Cạnh"
    assert address.group_name("thôn 3") == "Thôn 3"
    assert address.group_key("Tổ dân phố 5 Lộc Thọ") != address.group_key("Tổ dân phố 5 Tân Lập")
