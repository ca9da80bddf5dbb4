"""Numbers of identity documents: what each kind looks like.

Formats are those printed on the documents (Luật Căn cước 26/2023/QH15; Luật Hộ tịch for birth certificates). A kind
without a known format takes any short text: a foreign document must not be refused for looking foreign.
"""

import re

_SPACES = re.compile(r"[\s.\-]+")

#: kind: (pattern of the clean number, example)
FORMATS = {
    "citizen_card": (re.compile(r"[0-9]{12}"), "056090001234"),
    "old_card": (re.compile(r"[0-9]{9}"), "225123456"),
    "passport": (re.compile(r"[A-Z][0-9]{7,8}"), "C1234567"),
    "driving_licence": (re.compile(r"[0-9]{12}"), "560123456789"),
    "health_insurance": (re.compile(r"(?:[A-Z]{2}[0-9]{13}|[0-9]{10})"), "5601234567"),
    "birth_certificate": (re.compile(r"[0-9A-Z/]{1,20}"), "123/2010"),
    "other": (re.compile(r"[0-9A-Z/]{3,30}"), "AB123456"),
}


class DocumentNumberError(ValueError):
    """The text cannot be the number of such a document; ``example`` shows one."""

    def __init__(self, kind):
        super().__init__(kind)
        self.example = FORMATS[kind][1]


def clean(kind, text):
    """Return the number as it is kept: capitals, without spaces, dots and dashes.

    :raises DocumentNumberError: it is none of this kind

    >>> clean("passport", "c 123-4567")
    'C1234567'
    """
    number = _SPACES.sub("", str(text or "")).upper()
    pattern = FORMATS[kind][0]
    if not pattern.fullmatch(number) or not number.isascii():
        raise DocumentNumberError(kind)
    return number


def mask(number):
    """Return the number as screens show it: the first and the last two characters at most."""
    shown = min(2, len(number) // 4)
    return f"{number[:shown]}{'*' * (len(number) - 2 * shown)}{number[len(number) - shown :]}" if number else ""
