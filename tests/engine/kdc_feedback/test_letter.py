import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_feedback_engine.letter import MOST_CHARACTERS, clean, is_automatic, new_words, number_in, one_line, shorten


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied"}, {"Auto-Submitted": "auto-generated; owner-email=x"},
        {"Precedence": "Bulk"}, {"Return-Path": "<>"}, {"List-Id": "<news.example>"}, {"X-Autorespond": "1"},
    ],
)  # fmt: skip
def test_letters_of_machines(headers):
    assert is_automatic(headers, "mai@example.com")


def test_letters_of_people():
    assert not is_automatic({"Auto-Submitted": "no", "Precedence": "first-class"}, "mai@example.com")
    assert not is_automatic({"Return-Path": "<mai@example.com>"}, "mai@example.com")
    assert is_automatic({}, "Mailer-Daemon@mx.example")


@pytest.mark.parametrize(
    "history",
    [
        "On Wed, Nov 18, 2026 at 9:00 AM Ward <a@b.example> wrote:\n> Where is it?",
        "Vào Th 4, 18 thg 11, 2026 vào lúc 09:00 UBND phường Nha Trang\n<a@b.example> đã viết:\n\n> Ở đâu?",
        "-----Original Message-----\nFrom: Ward\nWhere is it?",
        "________________________________\nTừ: UBND\nĐã gửi: thứ Tư",
        "From: Ward <a@b.example>\nSent: Wednesday\nSubject: Where",
        "-- \nMai, 0905 123 456",
        "> Where is it?\n> Really?",
    ],
)
def test_an_answer_is_without_what_it_answers(history):
    assert new_words(f"Before the school.\nThank you.\n\n{history}") == "Before the school.\nThank you."


def test_words_below_the_quoted_letter_are_kept():
    text = "On Wed, Nov 18, 2026 at 9:00 Ward wrote:\n> Where is it?\n\nBefore the school."
    assert "Before the school." in new_words(text)


def test_ordinary_words_are_no_history():
    text = "Từ hôm qua nước ngập.\nNgày nào cũng vậy: tối đến là ngập.\nOn the corner she wrote a sign."
    assert new_words(text) == text


def test_secret_links_and_broken_letters_go():
    text = clean("See https://w.example/feedback/follow/AbC-12_x?y=1 now\x00\r\n\r\n\r\n\r\nHo\udcff e\u0301")
    assert "follow" not in text
    assert "\x00" not in text
    assert text.encode()
    assert "\n\n\n" not in text
    assert text.endswith("\u00e9")


def test_a_letter_made_to_take_long_does_not():
    """A pattern that goes back at every letter would take minutes here, and the inbox with it."""
    assert clean("x" * 500_000) == "x" * 500_000
    assert clean("/feedback/follow/" * 30_000 + "x") == "…"
    assert new_words("a\n" + "\u00a0\n" * 100_000) == "a"
    assert new_words("\u00a0" * 200_000 + "a") == "a"


def test_words_around_a_quoted_letter_stay_apart():
    assert new_words("Before.\n\n \u00a0> Where?\n> When?\n\nAt noon.") == "Before.\n\nAt noon."


def test_a_subject_is_one_short_line():
    assert one_line(" Hole\r\n in the\x00 road ", 11) == "Hole in the"
    assert one_line("x" * 500_000, 160) == "x" * 160
    assert one_line(None, 160) == ""


@given(st.text(max_size=300))
def test_cleaning_is_done_once(text):
    assert clean(clean(text)) == clean(text)


@given(st.text(max_size=300))
def test_an_answer_is_never_lost(text):
    assert bool(new_words(text)) == bool(text.strip())


def test_long_letters_are_cut_at_a_word():
    text, cut = shorten("ngập nước " * 2_000)
    assert cut
    assert len(text) <= MOST_CHARACTERS + 2
    assert text.endswith("nước …") or text.endswith("ngập …")
    assert shorten("short") == ("short", False)
    assert shorten("x" * 20_000)[1]


def test_numbers_in_subjects():
    assert number_in("RE: [PA-2026-00012] Hố ga") == "PA-2026-00012"
    assert number_in("PA-12") is None
    assert number_in(None) is None
