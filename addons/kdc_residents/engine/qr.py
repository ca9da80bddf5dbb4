"""QR codes for pages: one SVG path, no picture file, no script."""

import qrcode


def svg_path(payload):
    """Return ``(size, path)``: the dark squares of a QR code as one SVG path, 4 quiet squares around it."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=4)
    code.add_data(payload)
    matrix = code.get_matrix()
    parts = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                parts.append(f"M{start} {y}h{x - start}v1h{start - x}z")
            x += 1
    return len(matrix), "".join(parts)
