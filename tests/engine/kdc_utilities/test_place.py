"""Positions of a field round: what is no position is left out, distances are right."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_utilities_engine import place

latitudes, longitudes = st.floats(-90, 90), st.floats(-180, 180)


def test_known_distances():
    # Nha Trang's station to Trần Phú beach; one degree of latitude; once around half the world.
    assert place.distance(12.2485, 109.1833, 12.2388, 109.1967) == pytest.approx(1812, abs=10)
    assert place.distance(12, 109, 13, 109) == pytest.approx(111_195, abs=1)
    assert place.distance(0, 0, 0, 180) == pytest.approx(math.pi * place.EARTH_RADIUS, abs=1)


@given(latitudes, longitudes, latitudes, longitudes)
def test_distance_is_symmetric_and_never_fails(lat, lon, other_lat, other_lon):
    there = place.distance(lat, lon, other_lat, other_lon)
    assert there == pytest.approx(place.distance(other_lat, other_lon, lat, lon), abs=1)
    assert 0 <= there <= math.pi * place.EARTH_RADIUS + 1
    assert place.distance(lat, lon, lat, lon) == 0


def test_position_of_a_phone():
    assert place.read_position({"lat": 12.24851234, "lon": 109.1833, "acc": 12.4}) == (12.248512, 109.1833, 12)
    assert place.read_position({"lat": 12, "lon": 109, "acc": 0}).accuracy == 1


@pytest.mark.parametrize(
    "value",
    [
        None, "12,109", [], {}, {"lat": 12, "lon": 109}, {"lat": "12", "lon": 109, "acc": 5},
        {"lat": True, "lon": 109, "acc": 5}, {"lat": 91, "lon": 109, "acc": 5}, {"lat": 12, "lon": -181, "acc": 5},
        {"lat": float("nan"), "lon": 109, "acc": 5}, {"lat": 12, "lon": 109, "acc": float("inf")},
        {"lat": 12, "lon": 109, "acc": -1}, {"lat": 12, "lon": 109, "acc": 5001},
    ],
)  # fmt: skip
def test_no_position(value):
    assert place.read_position(value) is None
