"""What must not stand in a text that everybody reads: telephone numbers, personal numbers, e-mail addresses, names.

People write these into their words although nobody asked; the staff, who may need them, read the text as it was sent.
"""

import re
import unicodedata

MASK = "•••"

# Telephone and personal numbers as people group them (0905 123 456, +84 905-123-456, 056 099 000 123), and the nine
# digits of the old identity card, or the more of a bank account, in one piece. A stroke or hyphen belongs to the
# number of a house or a paper only after a digit; after a word ("Zalo/0905…") or between two telephone numbers it
# does not.
_PHONE = r"(?:\+?84[ .\-]?|0)\d(?:[ .\-]?\d){7,10}"
_NUMBER = re.compile(rf"(?<!\w)(?<!\d[/\-])(?:{_PHONE}(?:[ ]?/[ ]?{_PHONE})*|\d{{9,19}})(?!\w|/\d)")
# A bank account in groups, or a short one: after a word that says what it is.
_ACCOUNT = re.compile(r"(?<!\w)((?:stk|tk|tài khoản|tai khoan)\W{0,3})\d(?:[ .\-]?\d){5,18}(?!\w)", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")


#: Tone marks as separate characters: grave, acute, tilde, hook, dot below.
_TONES = "\u0300\u0301\u0303\u0309\u0323"
#: Both ways of putting the tone on oa, oe, uy at the end of a syllable: "Hòa" and "Hoà".
_TONE_STYLES = ((rf"([ou])([{_TONES}])([aey])\b", r"\1\3\2"), (rf"([ou])([aey])([{_TONES}])", r"\1\3\2"))


def _letter(letter):
    """The ways people type a letter: as it is, without its tone, without any mark."""
    parts = unicodedata.normalize("NFD", letter)
    toneless = unicodedata.normalize("NFC", "".join(part for part in parts if part not in _TONES))
    bare = {"đ": "d", "Đ": "D"}.get(letter, parts[0])
    return f"[{''.join(map(re.escape, dict.fromkeys((letter, toneless, bare))))}]"


def _name_pattern(name):
    """The full name with all diacritics, some, or none, in both styles of tones; Ánh is another name than An."""
    names = (r"\s+".join("".join(map(_letter, word)) for word in spelling) for spelling in _spellings(name))
    return re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)", re.IGNORECASE)


#: Words before the given name of somebody whom people do not call by the full name.
_TITLES = "anh chị ông bà cô chú bác cậu dì thím em cháu thầy bé".split()


def _spellings(name):
    """The words of a name in both styles of tones."""
    plain = unicodedata.normalize("NFD", name)
    spellings = dict.fromkeys([plain, *(re.sub(style, to, plain) for style, to in _TONE_STYLES)])
    return [unicodedata.normalize("NFC", spelling).split() for spelling in spellings]


def _called_pattern(name):
    """A title with the last words of the name: "anh An", "cô Văn An"; but "ông an tâm" names nobody."""
    titles = "|".join("".join(map(_letter, title)) for title in _TITLES)
    tails = [words[-count:] for words in _spellings(name) for count in range(len(words) - 1, 0, -1)]
    called = "|".join(r"\s+".join(_letter(word[0].upper()) + _any_case(word[1:]) for word in tail) for tail in tails)
    return re.compile(rf"(?<!\w)((?i:{titles})\s+)(?:{called})(?!\w)") if called else None


def _any_case(letters):
    return f"(?i:{''.join(map(_letter, letters))})"


def mask(text, names=()):
    """Return ``text`` without numbers by which a person is called or registered, addresses and the given names.

    :param names: full names to take out, however their letters are written
    >>> mask("Gọi tôi 0905 123 456, Nguyễn Văn An", ["Nguyễn Văn An"])
    'Gọi tôi •••, •••'
    """
    if not text:
        return text
    text = unicodedata.normalize("NFC", text)
    text = _ACCOUNT.sub(rf"\1{MASK}", text)
    text = _EMAIL.sub(MASK, _NUMBER.sub(MASK, text))
    for name in names:
        if name and name.strip():
            text = _name_pattern(name).sub(MASK, text)
            called = _called_pattern(name)
            text = called.sub(rf"\1{MASK}", text) if called else text
    return text
