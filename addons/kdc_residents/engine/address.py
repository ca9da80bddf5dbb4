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


_GROUP_WORDS = r"to dan pho|tdp|thon|khu pho|khom|ap|buon|ban|to"
_GROUP_NAMES = {
    "to dan pho": "Tổ dân phố", "tdp": "Tổ dân phố", "to": "Tổ dân phố", "thon": "Thôn", "khu pho": "Khu phố",
    "khom": "Khóm", "ap": "Ấp", "buon": "Buôn", "ban": "Bản",
}  # fmt: skip
_GROUP = re.compile(rf"^({_GROUP_WORDS})\b\s*(so\b)?\s*")
_COMMUNE = re.compile(r"^(phuong|xa|p|x|tp|thanh pho|tinh|quan|huyen|thi xa|dac khu)\b")
_HOUSE = re.compile(r"^((?:số nhà|số|so nha|so|nhà)\s+)?(\d[\w/.\-]*|lô\s+\S+(?:\s+căn\s+\S+)?)\b[\s,]*", re.IGNORECASE)
_ALLEY = re.compile(r"^((?:hẻm|ngõ|kiệt|ngách|hem|ngo|kiet)\s+[\w/.\-]+)\b[\s,]*", re.IGNORECASE)


def group_key(name):
    """Return what "Tổ dân phố số 05", "TDP 5", "Tổ 5" and "5" have in common: ``5``.

    Other words stay, so that "Tổ dân phố 5 Lộc Thọ" and "Tổ dân phố 5 Tân Lập" are two groups.
    """
    key = _GROUP.sub("", text.match_key(name))
    return " ".join(word.lstrip("0") or "0" if word.isdigit() else word for word in key.split(" ")) if key else ""


def group_name(name, urban=True):
    """Return the name of a residential group as it is stored: "TDP số 05" and a bare "5" give "Tổ dân phố 5".

    :param urban: kind of a group whose name does not tell (a ward has tổ dân phố, a commune has thôn).
    """
    name = text.normalize(name)
    folded = text.match_key(name)
    match = _GROUP.match(folded)
    word = match.group(1) if match else ""
    kind = _GROUP_NAMES.get(word) or ("Tổ dân phố" if urban else "Thôn")
    key = group_key(name)
    if key.isdigit():
        return f"{kind} {key}"
    if not match:
        return f"{kind} {name.title() if name.isupper() else name}"
    rest = " ".join(name.split(" ")[len(match.group(0).split()) :])
    return f"{kind} {rest.title() if rest.isupper() else rest}"


def split_address(line):
    """Split an address written in one cell into ``(house_number, alley, street, group)``.

    Names of communes and provinces are dropped: the ward knows where it is. What is not understood stays in the
    street, so that nothing is lost.
    """
    house_number = alley = group = ""
    streets = []
    for position, part in enumerate(p for p in map(text.normalize, str(line or "").split(",")) if p):
        folded = text.match_key(part)
        if _GROUP.match(folded) and not re.match(r"^(ap|ban|to)\b(?! dan| so| \d)", folded):
            group = group or part
            continue
        if _COMMUNE.match(folded) and position:
            continue
        dated_street = re.match(r"\d+ thang \d+\b", folded)
        if not house_number and not streets and not dated_street and (match := _HOUSE.match(part)):
            house_number, part = match.group(2), part[match.end() :]
        if not alley and (match := _ALLEY.match(part)):
            alley, part = match.group(1), part[match.end() :]
        if part:
            streets.append(re.sub(r"^(đường|duong)\s+", "", part, flags=re.IGNORECASE))
    return house_number, alley, ", ".join(streets), group
