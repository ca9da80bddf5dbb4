"""Rows of a list that are no person: sums, signatures, titles of sections, headings printed again.

Nobody is left out by what a name looks like: "Tống Văn Cường" is no "Tổng cộng". A row that tells a person's facts is a
person, and every other row with something in it is told to whoever imports the list.
"""

import re

from . import text

#: Beginnings of sums and signatures as they are written; no family name is among them (Tống and Công are).
_FOOTER = re.compile(
    r"(tổng cộng|tổng số|tổng|cộng|người lập|người thống kê|tm\b|t/m\b|lập biểu|ghi chú|xác nhận|nơi nhận|"
    r"tổ trưởng|thôn trưởng|trưởng thôn|ký tên|\(?ký, ghi)(?!\w)",
    re.IGNORECASE,
)
#: The same without tones. A sum is told from "Tong Cong Hoa" by what follows.
_PLAIN_FOOTER = re.compile(
    r"(tong (cong|so) (nhan khau|khau|so ho|ho|nguoi)\b.*|(tong( cong| so)?|cong)\s*:?\s*[\d.,]*|"
    r"(nguoi lap|nguoi thong ke|tm |t/m |lap bieu|ghi chu|xac nhan|noi nhan|to truong|truong thon)\b.*)",
    re.IGNORECASE,
)
#: Whoever signs stands below these words.
_SIGNATURE = re.compile(
    r"(nguoi lap|nguoi thong ke|tm |t m |lap bieu|xac nhan|to truong|thon truong|truong thon|ky ten|ky ghi)"
)
_GROUP_WORDS = "to dan pho|tdp|thon|khu pho|kp|khom|buon"
_TITLE_GROUP = re.compile(r"\b(to dan pho|tdp|thon|khu pho|khom)\b\s*(so\b)?\s*:?\s*(\d+)\b")
_SHEET_GROUP = re.compile(rf"({_GROUP_WORDS}|ap|to) ?(?:so ?)?(\d+)")
_NAMED_GROUP = re.compile(rf"(?:{_GROUP_WORDS}|ap) (?!truong\b|so\b)[a-z]+(?: [a-z0-9]+){{0,2}}")

#: The number of a section before its title: "I. Thôn Phước Lợi", "2) Tổ dân phố 5".
_ORDINAL = re.compile(r"^(?:[IVX]+|[A-Z]|\d{1,2})\s*[.)/:\-–]\s*")
#: Names of sheets whose people do not live here now; "cũ" only with its tone, for "dân cư" folds alike.
_FORMER_SHEET = re.compile(r"\b(chuyen di|da chuyen|da mat|tu vong|qua doi|tam vang)\b")
#: A year in the name of a sheet, with the month and day before it: "31.12.2025", "T12-2025".
_SHEET_YEAR = re.compile(r"(?:(?<!\d)\d{1,2}[./_-])*(?<!\d)(20\d\d)(?!\d)")


def is_footer(written):
    """Tell whether a cell begins a sum, a note or a signature.

    >>> is_footer("Tổng cộng: 49"), is_footer("Tống Công Hòa"), is_footer("Tong Cong Hoa")
    (True, False, False)
    """
    if written.isascii():
        return bool(_PLAIN_FOOTER.fullmatch(written))
    return bool(_FOOTER.match(written))


def is_signature(written):
    """Tell whether the people below this cell sign the list and are not in it."""
    return bool(_SIGNATURE.match(text.match_key(written)))


def is_heading(cells, header):
    """Tell whether the headings stand here again, as on every printed page.

    :param header: the rows of the header, one or two
    """
    filled = sum(cell is not None for cell in cells)
    for headings in header:
        pairs = zip(cells, headings, strict=False)
        again = sum(isinstance(cell, str) and text.match_key(cell) == text.match_key(own) for cell, own in pairs)
        if again >= 2 and again * 2 >= filled:
            return True
    return False


def is_numbering(values):
    """Tell whether these are the numbers of the columns: "(1) (2) (3)"."""
    numbers = [re.fullmatch(r"\(?(\d{1,2})\)?", value) for value in values]
    if len(numbers) < 2 or not all(numbers):
        return False
    counted = [int(match.group(1)) for match in numbers]
    return all(one < other for one, other in zip(counted, counted[1:], strict=False))


def group_of_titles(titles):
    """Return the residential group that titles above a list name by its number, or an empty string."""
    match = _TITLE_GROUP.search(text.match_key(titles))
    return match.group(0) if match else ""


def group_of_section(title):
    """Return the residential group whose people stand below a row with nothing but this cell.

    >>> group_of_section("Thôn Phước Lợi"), group_of_section("Thôn trưởng"), group_of_section("Thôn có 40 hộ")
    ('Thôn Phước Lợi', '', '')
    """
    if by_number := group_of_titles(title):
        return by_number
    words = title.split(" ")
    capitals = all(word[:1].isupper() or word[:1].isdigit() for word in words[-2:])
    return title if capitals and _NAMED_GROUP.fullmatch(text.match_key(title)) else ""


def group_of_row(filled):
    """Return the residential group that a row of a list is the title of, or an empty string.

    The number of a section stands before the title or in a cell of its own; a plain figure there counts people, so
    that only a title with a number of its own is none of them.

    :param filled: the cells with something in them, as text

    >>> group_of_row(["II", "Thôn Phước Hạ"]), group_of_row(["I. Thôn Phước Lợi"]), group_of_row(["5", "Buôn Krông Ya"])
    ('Thôn Phước Hạ', 'Thôn Phước Lợi', '')
    """
    if len(filled) == 1:
        return group_of_section(_ORDINAL.sub("", filled[0], count=1))
    if len(filled) != 2:
        return ""
    if re.fullmatch(r"(?:[IVX]+|[A-Z])[.)]?", filled[0]):
        return group_of_section(filled[1])
    return group_of_titles(filled[1]) if re.fullmatch(r"\d{1,3}[.)]?", filled[0]) else ""


def group_of_sheet(name):
    """Return the residential group a sheet is named after ("TDP 5", "Tổ 5", "Thôn Phước Lợi"), or an empty string."""
    if match := _SHEET_GROUP.fullmatch(text.match_key(name)):
        return f"{match.group(1).replace('kp', 'khu pho')} {match.group(2)}"
    return group_of_section(text.normalize(name))


def is_former_sheet(name):
    """Tell whether a sheet is named after people who have left, or is an old one.

    >>> is_former_sheet("Đã chuyển đi"), is_former_sheet("Danh sách (cũ)"), is_former_sheet("Dân cư")
    (True, True, False)
    """
    written = text.normalize(name).lower()
    return bool(_FORMER_SHEET.search(text.match_key(name)) or re.search(r"\bcũ\b", written))


def is_earlier_sheet(name, other):
    """Tell whether ``other`` is the same list of a later year; sheets of two groups have other figures beside it.

    >>> is_earlier_sheet("2025", "Năm 2026"), is_earlier_sheet("TDP 5 2025", "TDP 6 2026")
    (True, False)
    """
    own, later = (_SHEET_YEAR.search(text.normalize(each)) for each in (name, other))
    if not own or not later or own.group(1) >= later.group(1):
        return False
    rests = [re.findall(r"\d+", match.string.replace(match.group(), " ")) for match in (own, later)]
    return rests[0] == rests[1]
