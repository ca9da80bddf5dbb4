"""The 12-digit personal identification number (số định danh cá nhân, Luật Căn cước 26/2023/QH15).

Digits 1–3 say where the birth was registered (province, or country of birth abroad), digit 4 the century and sex,
digits 5–6 the year; the rest is random and there is **no check digit**. A number is for life: codes of provinces
merged in 2025 stay valid (058 is still old Ninh Thuận). Sex and birth year can be corrected later in a person's life,
so a mismatch with them is worth a warning, never a refusal.
"""

import re
from dataclasses import dataclass

_SEPARATORS = re.compile(r"[\s.\-_\u00a0]+")


class PersonalNumberError(ValueError):
    """The text cannot be a personal number."""


class NotDigits(PersonalNumberError):
    """Something else than digits and separators was typed."""


class WrongLength(PersonalNumberError):
    """A personal number has exactly 12 digits."""

    def __init__(self, length):
        super().__init__(length)
        self.length = length


class OldIdentityCard(WrongLength):
    """Nine digits: the number of an old paper identity card (CMND), which is no personal number."""


class UnknownPlace(PersonalNumberError):
    """The first three digits are 000, which no province or country has."""


@dataclass(frozen=True)
class PersonalNumber:
    """What a personal number tells: place code, ``male``/``female`` and the year of birth as first registered."""

    number: str
    province: str
    sex: str
    birth_year: int


def clean(text):
    """Return the digits of a number typed with spaces, dots or dashes."""
    return _SEPARATORS.sub("", str(text or ""))


def parse(text):
    """Read a personal number.

    :raises PersonalNumberError: a subclass that says what is wrong.

    >>> parse("056 090 001 234")
    PersonalNumber(number='056090001234', province='056', sex='male', birth_year=1990)
    """
    number = clean(text)
    if not number.isascii() or not number.isdigit():
        raise NotDigits(text)
    if len(number) == 9:
        raise OldIdentityCard(9)
    if len(number) != 12:
        raise WrongLength(len(number))
    if number.startswith("000"):
        raise UnknownPlace(number)
    century, sex = divmod(int(number[3]), 2)
    return PersonalNumber(
        number=number,
        province=number[:3],
        sex="female" if sex else "male",
        birth_year=1900 + 100 * century + int(number[4:6]),
    )


def mismatches(number, sex=None, birth_year=None):
    """Return which of ``sex`` and ``birth_year`` disagree with the number, as a set of those two names."""
    parsed = parse(number)
    wrong = set()
    if sex in ("male", "female") and sex != parsed.sex:
        wrong.add("sex")
    if birth_year and birth_year != parsed.birth_year:
        wrong.add("birth_year")
    return wrong


def mask(number):
    """Return the number as screens show it: ``056***00****``.

    The two digits in the middle tell namesakes apart. The last four never show: with them and a found slip somebody
    could open another person's account (``engine/activation.py``).
    """
    number = clean(number)
    return f"{number[:3]}***{number[6:8]}****" if len(number) == 12 else "*" * len(number)
