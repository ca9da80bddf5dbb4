"""What must not stand in a text that everybody reads: telephone numbers, personal numbers, e-mail addresses, names.

People write these into their words although nobody asked; the staff, who may need them, read the text as it was sent.
"""

import re
import unicodedata

MASK = "•••"

# Telephone and personal numbers as people group them (0905 123 456, +84 905-123-456, 056 099 000 123), and the nine
# digits of the old identity card in one piece.
_NUMBER = re.compile(r"(?<![\w/\-])(?:(?:\+?84[ .\-]?|0)\d(?:[ .\-]?\d){7,10}|\d{9})(?![\w/])")
_EMAIL = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")


def mask(text, names=()):
    """Return ``text`` without numbers by which a person is called or registered, addresses and the given names.

    :param names: full names to take out, however their letters are written
    >>> mask("Gọi tôi 0905 123 456, Nguyễn Văn An", ["Nguyễn Văn An"])
    'Gọi tôi •••, •••'
    """
    if not text:
        return text
    text = unicodedata.normalize("NFC", text)
    text = _EMAIL.sub(MASK, _NUMBER.sub(MASK, text))
    for name in names:
        words = unicodedata.normalize("NFC", name or "").split()
        if words:
            pattern = r"\s+".join(map(re.escape, words))
            text = re.sub(rf"(?<!\w){pattern}(?!\w)", MASK, text, flags=re.IGNORECASE)
    return text
