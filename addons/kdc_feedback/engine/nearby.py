"""Distances between points of a ward, in metres.

On the few kilometres of a ward the earth is flat enough: a degree of longitude is shortened by the cosine of the
latitude, and the error against the great circle stays far below the error of a phone's position.
"""

from math import cos, hypot, radians
from typing import NamedTuple

METRES_PER_DEGREE = 111_320.0


class Box(NamedTuple):
    """A rectangle in degrees that holds every point within a radius; the database searches it by index."""

    south: float
    north: float
    west: float
    east: float


def box_around(latitude: float, longitude: float, metres: float) -> Box:
    """The smallest box around all points within ``metres`` of a point."""
    high = metres / METRES_PER_DEGREE
    # at the poles a degree of longitude has no width; no ward lies there
    wide = high / max(cos(radians(abs(latitude) + high)), 1e-6)
    return Box(latitude - high, latitude + high, longitude - wide, longitude + wide)


def distance(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Metres between two points given as (latitude, longitude)."""
    shrink = cos(radians((first[0] + second[0]) / 2))
    return METRES_PER_DEGREE * hypot(first[0] - second[0], (first[1] - second[1]) * shrink)
