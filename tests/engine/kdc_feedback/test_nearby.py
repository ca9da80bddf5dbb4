from math import asin, cos, radians, sin, sqrt

from hypothesis import given
from hypothesis import strategies as st
from kdc_feedback_engine import nearby

NHA_TRANG = (12.2451, 109.1943)
latitudes = st.floats(8, 24)
longitudes = st.floats(102, 115)
steps = st.floats(-0.02, 0.02)


def great_circle(first, second):
    """The haversine formula on a sphere, as an independent measure."""
    lat1, lon1, lat2, lon2 = map(radians, (*first, *second))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * 6_378_137 * asin(sqrt(half))


def test_known_distance():
    """From the Po Nagar towers to the Long Son pagoda: about 2.4 km as the crow flies."""
    assert 2200 < nearby.distance((12.2654, 109.1956), (12.2503, 109.1803)) < 2600
    assert nearby.distance(NHA_TRANG, NHA_TRANG) == 0


@given(latitudes, longitudes, steps, steps)
def test_close_to_the_great_circle(latitude, longitude, north, east):
    first, second = (latitude, longitude), (latitude + north, longitude + east)
    assert abs(nearby.distance(first, second) - great_circle(first, second)) <= 1 + great_circle(first, second) * 0.002


@given(latitudes, longitudes, steps, steps, st.integers(1, 1000))
def test_the_box_loses_nobody(latitude, longitude, north, east, metres):
    """Whatever lies within the radius lies in the box."""
    box = nearby.box_around(latitude, longitude, metres)
    other = (latitude + north, longitude + east)
    if nearby.distance((latitude, longitude), other) < metres * 0.999:
        assert box.south <= other[0] <= box.north
        assert box.west <= other[1] <= box.east
