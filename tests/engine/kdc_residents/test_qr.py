"""The QR codes are those of the library, square for square."""

import random
import string

import pytest
import qrcode
from kdc_residents_engine import qr

LETTERS = string.ascii_letters + string.digits + "/:?=.-"


def payloads():
    """Texts of many lengths; the longest need version 12."""
    rng = random.Random(19)
    return ["".join(rng.choices(LETTERS, k=rng.randrange(1, 260))) for _number in range(40)]


@pytest.mark.parametrize("level", qr.LEVELS)
def test_same_as_the_library(level):
    for payload in payloads():
        library = qrcode.QRCode(error_correction=qr.LEVELS[level], border=4)
        library.add_data(payload)
        matrix = library.get_matrix()
        size, runs = qr.dark_runs(payload, level)
        drawn = [[False] * size for _row in range(size)]
        for x, y, length in runs:
            drawn[y][x : x + length] = [True] * length
        assert drawn == matrix, payload


def test_path():
    size, path = qr.svg_path("https://khudancu.vn")
    assert size == 33
    assert path.startswith("M4 4h7v1h-7z")
