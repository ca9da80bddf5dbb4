"""The map of the board: a part of the earth as a square drawing of circles, without tiles from anywhere."""

import math
from dataclasses import dataclass

#: Side of the drawing, and squares of the grid in which feedback is counted together.
SIDE = 340
CELLS = 8
#: Half the height of the closest view in degrees, about 220 m.
CLOSEST = 0.002
FARTHEST = 12.0


@dataclass(frozen=True)
class View:
    """A part of the earth: its middle, and half its height in degrees of latitude."""

    latitude: float
    longitude: float
    half: float

    @property
    def _half_lng(self):
        return self.half / max(math.cos(math.radians(self.latitude)), 0.2)

    @property
    def south(self):
        return self.latitude - self.half

    @property
    def north(self):
        return self.latitude + self.half

    @property
    def west(self):
        return self.longitude - self._half_lng

    @property
    def east(self):
        return self.longitude + self._half_lng

    @property
    def cell_lat(self):
        return 2 * self.half / CELLS

    @property
    def cell_lng(self):
        return 2 * self._half_lng / CELLS

    @property
    def is_closest(self):
        return self.half <= CLOSEST

    def point(self, latitude, longitude):
        """Where a position lies on the drawing, from the upper left corner."""
        x = (longitude - self.west) / (self.east - self.west) * SIDE
        y = (self.north - latitude) / (self.north - self.south) * SIDE
        return round(x, 1), round(y, 1)

    def middle(self, row, column):
        """Position of the middle of a square of the grid."""
        return self.south + (row + 0.5) * self.cell_lat, self.west + (column + 0.5) * self.cell_lng

    def closer(self, latitude, longitude):
        """The view of a quarter of the height around a position."""
        return View(latitude, longitude, max(self.half / 4, CLOSEST))

    def wider(self):
        return View(self.latitude, self.longitude, min(self.half * 4, FARTHEST))

    def query(self):
        """The view as part of an address."""
        return f"v={self.latitude:.5f},{self.longitude:.5f},{self.half:.5f}"


def around(south, west, north, east):
    """The view that shows everything between these, with a margin."""
    latitude, longitude = (south + north) / 2, (west + east) / 2
    squeeze = max(math.cos(math.radians(latitude)), 0.2)
    half = max((north - south) / 2, (east - west) / 2 * squeeze) * 1.25
    return View(latitude, longitude, min(max(half, CLOSEST), FARTHEST))


def read(text):
    """The view an address names; ``None`` when it names none.

    >>> read("12.2388,109.1967,0.01").half
    0.01
    >>> read("nowhere") is None
    True
    """
    try:
        latitude, longitude, half = (float(part) for part in (text or "")[:60].split(","))
    except ValueError:
        return None
    if not (abs(latitude) <= 85 and abs(longitude) <= 180 and 0 < half <= FARTHEST):
        return None
    return View(latitude, longitude, max(half, CLOSEST))


def radius(count):
    """Radius of the circle that stands for so many feedbacks: bigger for more, never over the neighbour's square."""
    return round(min(12 + 1.4 * math.log2(max(count, 1)), SIDE / CELLS / 2), 1)
