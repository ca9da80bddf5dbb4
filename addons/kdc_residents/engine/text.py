"""Vietnamese text: normalising what people type, folding it for search, sorting by given name.

Vietnamese letters reach us in two forms (NFC from keyboards, NFD from macOS and iOS files) and with two tone styles
("Hòa", "Hoà"), so nothing is ever compared raw: text is stored NFC and compared on :func:`fold`.
"""

import re
import unicodedata

#: Order of the Vietnamese alphabet (digraphs are not letters); f, j, w, z occur in foreign names only.
_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
#: Order in which dictionaries list the tones: level, grave, hook, tilde, acute, dot below.
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_LETTER_CODES = {letter: f"{chr(ord('a') + i // 4)}{chr(ord('a') + i % 4)}" for i, letter in enumerate(_ALPHABET)}
_SPACES = re.compile(r"\s+")
_NOT_ALNUM = re.compile(r"[^0-9a-z]+")
#: The marks of Vietnamese letters and tones, once they are separate characters.
_MARKS = re.compile("[\u0300-\u036f]+")
#: Invisible characters that copying from Word, Excel or web pages leaves in cells.
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


def normalize(text):
    """Return ``text`` as it is stored: NFC, no invisible characters, single spaces, no space at the ends."""
    if not text:
        return ""
    text = str(text)
    if text.isascii():
        return _SPACES.sub(" ", text).strip()
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text).translate(_INVISIBLE)).strip()


def fold(text):
    """Return the search form of ``text``: lower case, no diacritics, đ as d, single spaces.

    >>> fold("  NGUYỄN   Văn Đông ")
    'nguyen van dong'
    """
    lower = normalize(text).lower()
    bare = _MARKS.sub("", unicodedata.normalize("NFD", lower)).replace("đ", "d")
    if not bare.isascii():
        # Other scripts have marks of their own.
        bare = "".join(c for c in bare if not unicodedata.combining(c))
    return _SPACES.sub(" ", bare).strip()


def match_key(text):
    """Return what two spellings of the same thing have in common: folded letters and digits, nothing else.

    "Số 12/3, đường Trần-Phú" and "so 12 3 duong tran phu" give the same key.
    """
    return _NOT_ALNUM.sub(" ", fold(text)).strip()


def given_name(name):
    """Return the given name, by which Vietnamese people are addressed and sorted: the last word of the full name."""
    words = normalize(name).split(" ")
    return words[-1] if words else ""


def _word_code(word):
    """Return (letters, tones) of one word as ASCII strings whose plain order is the dictionary's order."""
    letters, tones = [], []
    for char in unicodedata.normalize("NFC", word.lower()):
        decomposed = unicodedata.normalize("NFD", char)
        tone = next((_TONES[c] for c in decomposed if c in _TONES), "0")
        base = unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in _TONES))
        if base in _LETTER_CODES:
            letters.append(_LETTER_CODES[base])
            tones.append(tone)
        elif base.isalnum():
            letters.append(fold(base))
    return "".join(letters), "".join(tones)


def name_sort_key(name):
    """Return an ASCII key that sorts full names by given name, then middle names, then family name.

    Letters come in the order of the Vietnamese alphabet (a ă â … d đ e ê …); tones decide between words of the same
    letters. The key uses digits and lower-case letters alone, so that it sorts alike under every collation.
    """
    words = normalize(name).split(" ")
    if words == [""]:
        return ""
    ordered = [words[-1], *words[1:-1], *words[:1]] if len(words) > 1 else words
    # "0" sorts before every letter, so a shorter word comes before a longer one that starts alike.
    return "".join(f"{letters}0{tones}0" for letters, tones in map(_word_code, ordered))
