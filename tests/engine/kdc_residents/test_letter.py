import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_residents_engine import letter

STATES = {
    letter.CHECKING,
    letter.INCOMPLETE,
    letter.SIGNATURE,
    letter.READY,
    letter.HANDED,
    letter.REFUSED,
    letter.CANCELLED,
}


def test_every_state_is_reached_and_ends_stay():
    assert set(letter.STEPS.values()) == STATES
    assert not [state for state, _step in letter.STEPS if state in (letter.REFUSED, letter.CANCELLED)]


def test_fill():
    assert (
        letter.fill("Ông/Bà: {ho_ten}, {dia_chi}.", {"ho_ten": "Lê Thị Ánh"}) == f"Ông/Bà: Lê Thị Ánh, {letter.BLANK}."
    )
    assert letter.fill("Để: {muc_dich}", {"muc_dich": "{so_dinh_danh}"}) == "Để: {so_dinh_danh}", "filled in once only"


@pytest.mark.parametrize("name", ["ho_ten.__class__", "0", "", "ho_ten!r", "password"])
def test_nothing_else_is_filled_in(name):
    with pytest.raises(letter.UnknownPlaceholderError):
        letter.fill("{%s}" % name, {name: "x"})


def test_gaps():
    assert letter.has_gap(letter.fill("Ông/Bà: {ho_ten}", {}))
    assert letter.has_gap("Hoàn cảnh: .........")
    assert not letter.has_gap("Học tiếp… vào năm sau. Xin cảm ơn...")
    assert letter.names_in("{ho_ten} { muc_dich } {hoan_canh}") == {"ho_ten", "muc_dich", letter.CIRCUMSTANCES}


def test_tokens():
    tokens = {letter.new_token() for _i in range(100)}
    assert len(tokens) == 100
    assert all(letter.clean_token(token) == token for token in tokens)


@given(st.text())
def test_what_is_no_token(text):
    assert letter.clean_token(text) in (None, text)
    assert letter.clean_token(text + "'") is None


def test_number():
    assert letter.format_number(7, 2026, "XN01") == "07/2026/XN01"
