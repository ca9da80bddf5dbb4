"""Addresses inside a commune as people write them: number, alley (ngõ, hẻm, kiệt), street."""

import re

from . import text

_NUMBER_PREFIX = re.compile(r"^(so nha|nha so|so|nha)\s+(?=\d|lo\b|can\b)")
_STREET_PREFIX = re.compile(r"^(duong|pho|d\.?)\s+")
_ALLEY_WORDS = ("hẻm", "ngõ", "kiệt", "ngách", "hem", "ngo", "kiet", "ngach")


def format_address(house_number="", alley="", street=""):
    """Return one line such as ``12/3 hẻm 45 Trần Phú``; missing parts are left out.

    An alley given as a bare number gets the southern word "hẻm" in front.
    """
    house_number, alley, street = (text.normalize(part) for part in (house_number, alley, street))
    if alley and not alley.lower().startswith(_ALLEY_WORDS) and alley[0].isdigit():
        alley = f"hẻm {alley}"
    return " ".join(part for part in (house_number, alley, street) if part)


def address_key(house_number="", alley="", street=""):
    """Return the key on which two spellings of one address are equal, empty without a house number.

    "Số 12/3, đường Trần Phú" and "12/3 Trần Phú" are one place; "đường Trần Phú" alone is no place at all,
    since many houses share it.
    """
    number = _NUMBER_PREFIX.sub("", text.fold(house_number))
    number = re.sub(r"[^0-9a-z/]+", "", number)
    if not number:
        return ""
    street = _STREET_PREFIX.sub("", text.match_key(street))
    alley = text.match_key(format_address(alley=alley))
    return "|".join((number, alley, street))
