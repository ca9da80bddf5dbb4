"""Number plates of vehicles as they are written in Viet Nam: 79A-123.45 for a car, 79-N1 234.56 for a motorcycle.

Every way of writing a plate has one key: province, series, a hyphen, the digits.
"""

import re
import unicodedata

#: province code, series of letters with at most one digit; then, behind a gap, four or five digits
_SPACED = re.compile(r"(\d{2})[\s.\-]*([A-ZĐ]{1,2}\d?)[\s.\-]+(\d[\d.\s]*)")
#: the same in one word: six digits behind one letter mean that the first belongs to the series
_JOINED = (re.compile(r"(\d{2})([A-ZĐ]{1,2})(\d{4,5})"), re.compile(r"(\d{2})([A-ZĐ]{1,2}\d)(\d{5})"))


class PlateError(ValueError):
    """The text is no number plate of Viet Nam."""


def parse(typed):
    """Return ``(province, series, number)`` of a plate however it is written.

    A letter with one digit is a motorcycle's series (79-N1 234.56).

    :raises PlateError: it is none
    """
    text = re.sub(r"[–·]", "-", unicodedata.normalize("NFC", str(typed or "")).strip().upper())
    matches = (pattern.fullmatch(text) for pattern in (_SPACED, *_JOINED))
    match = next(filter(None, matches), None)
    if not match:
        raise PlateError(typed)
    province, series, number = match.groups()
    number = re.sub(r"\D", "", number)
    if int(province) < 11 or len(number) not in (4, 5):
        raise PlateError(typed)
    return province, series, number


def plate_key(typed):
    """Return what all ways of writing a plate have in common: ``79N1-23456``.

    :raises PlateError: it is no plate
    """
    province, series, number = parse(typed)
    return f"{province}{series}-{number}"


def display(typed):
    """Return the plate as it is read: ``79N1-234.56``, ``79A-1234``.

    :raises PlateError: it is no plate
    """
    province, series, number = parse(typed)
    return f"{province}{series}-{number[:3]}.{number[3:]}" if len(number) == 5 else f"{province}{series}-{number}"
