"""The reference of a bill or a gift: short, plain ASCII, protected by a check character.

``KDC`` + account number + ``T`` + month and year + check character, for instance ``KDC001234T1126H``.
People retype it and banks mangle it (lower case, blanks, prefixes), so it is found anywhere in a
text and accepted only when the check character agrees.

The check character is a linear code over the ring GF(4) × GF(9), whose 36 elements are the
digits and letters. The weight of a place is a power of ``w`` where ``w``, ``w - 1`` and ``w² - 1``
all have an inverse, therefore **every** single substitution, **every** exchange of neighbours and
every exchange over one place is noticed. (The common modulo methods miss some of them or need a
character outside A-Z0-9.)
"""

import re
import unicodedata
from datetime import date
from itertools import pairwise

PREFIX = "KDC"
LENGTH_LIMIT = 25
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# T stands for "tháng"; further bills of the same account and month (another journal) take the next letter.
SERIES = "TUVWXYZ"
_VALUE = {char: value for value, char in enumerate(ALPHABET)}
_GF4_TIMES_W = (0, 2, 3, 1)
_TAIL = re.compile(rf"[{SERIES}](?:0[1-9]|1[0-2])[0-9][0-9][0-9A-Z]")
# A voluntary contribution names its drive instead of a month; Q ("quỹ") is no series of bills.
_GIFT = re.compile(rf"{PREFIX}([0-9A-Z]+)Q([0-9]{{4}})[0-9A-Z]")
_WHOLE = re.compile(rf"{PREFIX}[0-9A-Z]+[{SERIES}](?:0[1-9]|1[0-2])[0-9][0-9][0-9A-Z]")


def make_reference(account_number: str, period: date, series: int = 1) -> str:
    """The reference of the bill of an account and a month.

    :param account_number: letters and digits; everything else in it is left out
    :param period: any day of the month
    :param series: 1 for the first bill of that account and month, up to 7
    :raise ValueError: for an empty or too long account number or an unknown series
    """
    number = compact(account_number).removeprefix(PREFIX)
    if not number:
        raise ValueError("An account number has letters or digits.")
    if not 1 <= series <= len(SERIES):
        raise ValueError(f"A month has at most {len(SERIES)} bills of one account.")
    body = f"{PREFIX}{number}{SERIES[series - 1]}{period.month:02d}{period.year % 100:02d}"
    if len(body) >= LENGTH_LIMIT:
        raise ValueError(f"The account number {account_number!r} is too long for a reference.")
    return body + check_character(body)


def check_character(body: str) -> str:
    """The character that makes ``body`` followed by it valid."""
    low, real, imaginary = _times_w(*_state(body))
    return ALPHABET[low + 4 * (-real % 3 + 3 * (-imaginary % 3))]


def check(reference: str) -> bool:
    """Whether a reference has our form and its check character agrees."""
    return (
        len(reference) <= LENGTH_LIMIT
        and _WHOLE.fullmatch(reference) is not None
        and check_character(reference[:-1]) == reference[-1]
    )


def find_references(text: str) -> list[str]:
    """Every valid reference in a messy text of a bank, in order and without doubles.

    Case, blanks, dashes, dots and diacritics do not matter, nor what the bank writes around it.
    """
    letters = compact(text)
    found: list[str] = []
    position = letters.find(PREFIX)
    while position >= 0:
        reference = _reference_at(letters, position)
        if reference and reference not in found:
            found.append(reference)
        position = letters.find(PREFIX, position + (len(reference) if reference else 1))
    return found


def make_gift_reference(account_number: str, drive: int) -> str:
    """The transfer text of an account that gives to a drive for contributions, for instance ``KDC001234Q0007X``.

    :param drive: number of the drive in its ward, 1 to 9999
    :raise ValueError: for an empty or too long account number or a number out of range
    """
    number = compact(account_number).removeprefix(PREFIX)
    if not number or not 1 <= drive <= 9999:
        raise ValueError("A gift needs an account number and a drive from 1 to 9999.")
    body = f"{PREFIX}{number}Q{drive:04d}"
    if len(body) >= LENGTH_LIMIT:
        raise ValueError(f"The account number {account_number!r} is too long for a reference.")
    return body + check_character(body)


def find_gifts(text: str) -> list[tuple[str, int]]:
    """(account number, number of the drive) of every valid gift reference in a messy text, without doubles."""
    letters = compact(text)
    found: list[tuple[str, int]] = []
    bounds = [*(match.start() for match in re.finditer(PREFIX, letters)), len(letters)]
    for start, end in pairwise(bounds):
        window = letters[start : min(end, start + LENGTH_LIMIT)]
        for length in range(len(PREFIX) + 7, len(window) + 1):
            match = _GIFT.fullmatch(window[:length])
            if match and check_character(window[: length - 1]) == window[length - 1]:
                gift = match[1], int(match[2])
                found += [] if gift in found else [gift]
                break
    return found


def compact(text: str) -> str:
    """Only A-Z and 0-9, upper case, Vietnamese letters without their marks."""
    return re.sub(r"[^0-9A-Z]+", "", plain(text).upper())


def plain(text: str) -> str:
    """Lower case without Vietnamese marks."""
    text = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(char for char in text if not unicodedata.combining(char)).lower()


def _reference_at(letters: str, start: int) -> str | None:
    """The valid reference that begins at ``start``, never reaching into the next prefix."""
    end = letters.find(PREFIX, start + 1)
    window = letters[start : min(end if end >= 0 else len(letters), start + LENGTH_LIMIT)]
    for position in range(len(PREFIX) + 1, len(window)):
        tail = _TAIL.match(window, position)
        if tail and check(window[: tail.end()]):
            return window[: tail.end()]
    return None


def _state(body: str) -> tuple[int, int, int]:
    """Horner's scheme over GF(4) × GF(9): ``state = w · state + character``."""
    low = real = imaginary = 0
    for char in body:
        high, value = divmod(_VALUE[char], 4)
        low, real, imaginary = _times_w(low, real, imaginary)
        low, real, imaginary = low ^ value, (real + high % 3) % 3, (imaginary + high // 3) % 3
    return low, real, imaginary


def _times_w(low: int, real: int, imaginary: int) -> tuple[int, int, int]:
    """Multiply by w = (ω, 1 + i): ω generates GF(4)*, 1 + i generates GF(9)* with i² = -1."""
    return _GF4_TIMES_W[low], (real - imaginary) % 3, (real + imaginary) % 3
