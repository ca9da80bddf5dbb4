import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_feedback_engine import answers

CHOICES = ["Có", "Không"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("12", "12"), (" 12,5 ", "12,5"), ("12.5", "12,5"), ("1.200", "1200"), ("1.200,5", "1200,5"), ("-3", "-3")],
)
def test_numbers_as_people_write_them(typed, kept):
    assert answers.clean("number", typed) == kept


@pytest.mark.parametrize("typed", ["ba", "1,2,3", "1e9", "²", "12 m", "--1", "1.2.3"])
def test_no_numbers(typed):
    with pytest.raises(answers.BadAnswer, match="number"):
        answers.clean("number", typed)


def test_choices():
    assert answers.choices_of(" Có \n\nKhông\nCó") == CHOICES
    assert answers.clean("choice", "Có", CHOICES) == "Có"
    with pytest.raises(answers.BadAnswer, match="choice"):
        answers.clean("choice", "Có thể", CHOICES)


@pytest.mark.parametrize("kind", answers.KINDS)
def test_left_out(kind):
    assert answers.clean(kind, "  ", CHOICES) == ""
    with pytest.raises(answers.BadAnswer, match="missing"):
        answers.clean(kind, None, CHOICES, required=True)


@given(st.text(max_size=600))
def test_text_is_kept_in_one_line_or_refused(value):
    try:
        kept = answers.clean("text", value)
    except answers.BadAnswer as error:
        assert error.reason == "long"
    else:
        assert kept == " ".join(value.split())
        assert answers.clean("text", kept) == kept
