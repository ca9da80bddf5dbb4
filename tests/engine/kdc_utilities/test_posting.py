import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_utilities_engine.posting import posted_name


@pytest.mark.parametrize(
    ("name", "way", "posted"),
    [
        ("Nguyễn Văn An", "initials", "N.V.A."),
        ("Hộ Nguyễn Văn An", "initials", "N.V.A."),
        ("Gia đình Lê Thị Đào", "initials", "L.T.Đ."),
        ("Ông Trần Bình", "initials", "T.B."),
        ("hộ ông Trần Bình", "initials", "T.B."),
        ("Hộ", "initials", "H."),
        ("quán phở “Hoa”", "initials", "Q.P.H."),
        ("  Nguyễn   Văn An ", "full", "Nguyễn Văn An"),
        ("Nguyễn Văn An", "none", ""),
        ("", "initials", ""),
        ("- –", "initials", ""),
    ],
)
def test_names_on_the_board(name, way, posted):
    assert posted_name(name, way) == posted


def test_unknown_way_is_refused_and_posts_nothing():
    with pytest.raises(ValueError, match="No way"):
        posted_name("Nguyễn Văn An", "")


@given(st.text(max_size=60))
def test_initials_never_give_a_whole_word(name):
    posted = posted_name(name, "initials")
    assert all(len(part) <= 2 for part in posted.split(".") if part)
