"""QR codes for pages and paper: their dark squares as runs, drawn as one path; no picture file, no script."""

import qrcode
from qrcode import constants

LEVELS = {
    "L": constants.ERROR_CORRECT_L,
    "M": constants.ERROR_CORRECT_M,
    "Q": constants.ERROR_CORRECT_Q,
    "H": constants.ERROR_CORRECT_H,
}


def dark_runs(payload, level="M"):
    """Return ``(size, runs)``: the side in squares and ``(x, y, length)`` of each run, 4 quiet squares around them.

    :param level: error correction ``L``, ``M``, ``Q`` or ``H``
    """
    code = qrcode.QRCode(error_correction=LEVELS[level], border=4)
    code.add_data(payload)
    matrix = code.get_matrix()
    runs = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                runs.append((start, y, x - start))
            x += 1
    return len(matrix), runs


def svg_path(payload):
    """Return ``(size, path)``: the dark squares of a QR code as one SVG path."""
    size, runs = dark_runs(payload)
    return size, "".join(f"M{x} {y}h{length}v1h{-length}z" for x, y, length in runs)
