import math

from hypothesis import given
from hypothesis import strategies as st
from kdc_feedback_engine import board_map

LATITUDE, LONGITUDE = st.floats(8, 23), st.floats(102, 110)


@given(LATITUDE, LONGITUDE, LATITUDE, LONGITUDE)
def test_everything_lies_on_the_whole_map(lat_a, lng_a, lat_b, lng_b):
    view = board_map.around(min(lat_a, lat_b), min(lng_a, lng_b), max(lat_a, lat_b), max(lng_a, lng_b))
    for latitude, longitude in ((lat_a, lng_a), (lat_b, lng_b)):
        x, y = view.point(latitude, longitude)
        assert 0 <= x <= board_map.SIDE
        assert 0 <= y <= board_map.SIDE


def test_north_is_up_and_east_is_right():
    view = board_map.View(12.24, 109.19, 0.01)
    assert view.point(view.north, view.west) == (0, 0)
    assert view.point(view.south, view.east) == (board_map.SIDE, board_map.SIDE)
    x, y = view.point(*view.middle(0, 0))
    assert x < board_map.SIDE / board_map.CELLS < board_map.SIDE - board_map.SIDE / board_map.CELLS < y


def test_a_view_survives_its_address():
    view = board_map.View(12.2388, 109.1967, 0.01)
    assert board_map.read(view.query().removeprefix("v=")) == view
    assert view.closer(12.24, 109.2).half == 0.0025
    assert view.closer(12.24, 109.2).closer(12.24, 109.2).is_closest
    assert view.wider().half == 0.04


def test_what_names_no_view():
    for text in ("", None, "1,2", "a,b,c", "nan,nan,nan", "12,109,inf", "12,109,-1", "99,109,1", "1" * 500, "٢,٣,x"):
        assert board_map.read(text) is None, text


@given(st.integers(1, 10**7))
def test_circles_are_big_enough_to_touch_and_never_huge(count):
    assert 11 <= board_map.radius(count) <= 34
    assert not math.isnan(board_map.radius(count))
