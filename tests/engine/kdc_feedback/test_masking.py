import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_feedback_engine.masking import MASK, mask


@pytest.mark.parametrize(
    "secret",
    ["0905123456", "0905 123 456", "0905.123.456", "+84 905 123 456", "056099000123", "056 099 000 123", "a.b@mail.vn"],
)
def test_what_leads_to_a_person_is_taken_out(secret):
    assert mask(f"Gọi cho tôi: {secret}, cảm ơn.") == f"Gọi cho tôi: {MASK}, cảm ơn."


@pytest.mark.parametrize(
    "words",
    ["0905123456/0912345678", "0905 123 456 / 0912 345 678", "Zalo/0905123456", "ĐT-0905123456", "(0905123456)"],
)
def test_numbers_beside_a_stroke_or_a_hyphen(words):
    assert not any(char.isdigit() for char in mask(f"Gọi {words} nhé"))


@pytest.mark.parametrize(
    "text", ["hẻm 12/34/5 Trần Phú", "ngày 18/11/2026 lúc 16:30", "PA-2026-00012", "3 ngày, 1.200 m", "", None]
)
def test_places_dates_and_numbers_of_feedback_stay(text):
    assert mask(text) == text


def test_names_however_they_are_written():
    name = "Nguyễn Văn An"
    for written in (name, name.upper(), "Nguyễn  Văn\nAn", unicodedata.normalize("NFD", name)):
        assert mask(f"Kính gửi ông {written}, ward", [name]) == f"Kính gửi ông {MASK}, ward"
    for other in ("Nguyễn Văn Ánh", "Nguyễn Văn Anh", "Nguyễn Vân An"):
        assert mask(other, [name]) == other


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Nguyễn Văn An", "nguyen van an"),
        ("Nguyễn Văn An", "Nguyễn Van An"),
        ("Đỗ Thị Hòa", "DO THI HOA"),
        ("Đỗ Thị Hòa", "Đỗ Thị Hoà"),
        ("Trần Thuý Uyên", "Trần Thúy Uyên"),
        ("Trần Thuý Uyên", "Trân Thuy Uyên"),
    ],
)
def test_names_typed_without_marks_or_with_the_tone_elsewhere(name, written):
    assert mask(f"Tôi là {written}.", [name]) == f"Tôi là {MASK}."


@pytest.mark.parametrize("written", ["anh An", "Anh  An", "chú Văn An", "CHU AN", "ong An"])
def test_people_are_called_by_their_given_name(written):
    title = written.split()[0]
    assert " ".join(mask(f"Gặp {written} nhé", ["Nguyễn Văn An"]).split()) == f"Gặp {title} {MASK} nhé"


@pytest.mark.parametrize("text", ["ông an tâm", "anh Anh", "đường An Dương Vương", "bà con", "anh Ánh"])
def test_other_words_stay(text):
    assert mask(text, ["Nguyễn Văn An"]) == text


@pytest.mark.parametrize(
    "written", ["19034567890123", "STK 1903 4567 8901 23", "tài khoản: 71100012", "tk 0123.456"]
)
def test_bank_accounts_are_taken_out(written):
    assert not any(char.isdigit() for char in mask(f"Chuyển vào {written} nhé"))


def test_no_name_is_no_pattern():
    assert mask("An toàn", ["", None]) == "An toàn"


@given(st.text())
def test_masking_twice_changes_nothing_more(text):
    once = mask(text, ["An Bình"])
    assert mask(once, ["An Bình"]) == once
