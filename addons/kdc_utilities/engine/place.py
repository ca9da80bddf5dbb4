"""Where a reading was taken: a phone's position, checked, and how far it is from the house."""

from math import asin, cos, isfinite, radians, sin, sqrt
from typing import NamedTuple

EARTH_RADIUS = 6_371_000
#: Metres beyond which a phone's guess (from a cell tower) says nothing about a house.
ACCURACY_LIMIT = 5_000


class Position(NamedTuple):
    """Degrees, and the radius in metres within which the phone believes to be, at least 1."""

    latitude: float
    longitude: float
    accuracy: int


def read_position(value: object) -> Position | None:
    """Return what a phone sent as ``{"lat", "lon", "acc"}``, or None where it is no position or a useless one."""
    if not isinstance(value, dict):
        return None
    numbers = [value.get(name) for name in ("lat", "lon", "acc")]
    if any(isinstance(number, bool) or not isinstance(number, int | float) for number in numbers):
        return None
    latitude, longitude, accuracy = map(float, numbers)
    if not all(map(isfinite, (latitude, longitude, accuracy))):
        return None
    if abs(latitude) > 90 or abs(longitude) > 180 or not 0 <= accuracy <= ACCURACY_LIMIT:
        return None
    return Position(round(latitude, 6), round(longitude, 6), max(round(accuracy), 1))


def distance(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> int:
    """Return the metres between two places (haversine, good to half a percent)."""
    phi, other_phi = radians(latitude), radians(other_latitude)
    half = sin((other_phi - phi) / 2) ** 2
    half += cos(phi) * cos(other_phi) * sin(radians(other_longitude - longitude) / 2) ** 2
    return round(2 * EARTH_RADIUS * asin(min(sqrt(half), 1.0)))
