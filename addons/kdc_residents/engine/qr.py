"""QR codes for pages and paper: their dark squares as runs, drawn as one path; no picture file, no script."""

import re
from functools import lru_cache

import qrcode
from qrcode import constants
from qrcode.util import mask_func

LEVELS = {
    "L": constants.ERROR_CORRECT_L,
    "M": constants.ERROR_CORRECT_M,
    "Q": constants.ERROR_CORRECT_Q,
    "H": constants.ERROR_CORRECT_H,
}
#: Quiet squares on each side.
BORDER = 4
MASKS = range(8)
#: Squares in a row that look like the corner of a code, in both directions.
CORNERS = "10111010000", "00001011101"


def dark_runs(payload, level="M"):
    """Return ``(size, runs)``: the side in squares and ``(x, y, length)`` of each run, 4 quiet squares around them.

    :param level: error correction ``L``, ``M``, ``Q`` or ``H``
    """
    code = QuickCode(error_correction=LEVELS[level])
    code.add_data(payload)
    code.make()
    runs = [
        (found.start() + BORDER, y, len(found.group()))
        for y, row in enumerate(code.modules, BORDER)
        for found in re.finditer("1+", _squares(row))
    ]
    return code.modules_count + 2 * BORDER, runs


def svg_path(payload):
    """Return ``(size, path)``: the dark squares of a QR code as one SVG path."""
    size, runs = dark_runs(payload)
    return size, "".join(f"M{x} {y}h{length}v1h{-length}z" for x, y, length in runs)


class QuickCode(qrcode.QRCode):
    """The library's QR code, with its mask chosen by the same rules in a fraction of the time.

    The library draws the code with each of the eight masks and looks at every square. Here all the squares are the
    bits of one number, row after row, and are compared with their neighbours at once.
    """

    def map_data(self, data, mask_pattern):
        self._free = [[square is None for square in row] for row in self.modules]
        return super().map_data(data, mask_pattern)

    def best_mask_pattern(self):
        """Return the number of the mask that leaves the fewest marks that could mislead a reader."""
        self.makeImpl(True, 0)
        drawn, free, width = _bits(self.modules), _bits(self._free), self.modules_count + 1
        turned = ([squares ^ free[way] & mask[way] for way, squares in enumerate(drawn)] for mask in _masks(width - 1))
        lost = [_lost_points(*squares, width) for squares in turned]
        return lost.index(min(lost))


def _squares(row):
    return "".join("1" if square else "0" for square in row)


def _bits(rows):
    """Return the squares as a number by rows and one by columns, with a light square between the rows."""
    return tuple(int("0".join(map(_squares, lines)), 2) for lines in (rows, zip(*rows, strict=True)))


@lru_cache(maxsize=8)
def _masks(side):
    """Return what each mask turns in a code that was drawn with the first one, see :func:`_bits`."""
    first, *others = (
        _bits([[mask_func(mask)(row, column) for column in range(side)] for row in range(side)]) for mask in MASKS
    )
    return [tuple(bits ^ start for bits, start in zip(mask, first, strict=True)) for mask in (first, *others)]


def _lost_points(rows, columns, width):
    """Return how much a code could mislead a reader, by ISO/IEC 18004: long runs, blocks, corners, too dark or light.

    :param width: squares of a row and the light one behind it
    """
    side = width - 1
    all_squares = int("0".join(["1" * side] * side), 2)
    points = 0
    for dark in (rows, columns):
        light = dark ^ all_squares
        for squares in (dark, light):
            five = squares & squares >> 1 & squares >> 2 & squares >> 3 & squares >> 4
            points += five.bit_count() + 2 * (five & ~(five << 1)).bit_count()
        for corner in CORNERS:
            found = all_squares
            for place, square in enumerate(corner):
                found &= (dark if square == "1" else light) >> place
            points += 40 * found.bit_count()
    for squares in (rows, rows ^ all_squares):
        pairs = squares & squares >> 1
        points += 3 * (pairs & pairs >> width).bit_count()
    return points + 10 * int(abs(rows.bit_count() / side**2 * 100 - 50) / 5)
