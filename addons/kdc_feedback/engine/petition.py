"""Recognise complaints (khiếu nại) and denunciations (tố cáo), which have their own law and their own office.

A hint for people, never a decision: whoever writes "khiếu nại" about a lamp may still be reporting a lamp. People type
with marks, without, or with half of them, so words are compared folded; where a word without marks means something
else ("cây to cao" is a tall tree), the marks decide.
"""

import re
import unicodedata

COMPLAINT, DENUNCIATION = "complaint", "denunciation"

#: Folded word pairs, and the ways of typing them that mean it.
_PAIRS = {
    ("khieu", "nai"): (COMPLAINT, {"khiếu", "khiêu", "khieu"}, {"nại", "nai"}),
    ("to", "cao"): (DENUNCIATION, {"tố", "to"}, {"cáo", "cao"}),
    ("to", "giac"): (DENUNCIATION, {"tố", "to"}, {"giác", "giac"}),
}
#: Before "to cao" without marks these say that something is tall, not that somebody is denounced.
_TALL = frozenset(
    "cay cot tru nha toa lau nguoi than tuong hang rao xe con mai bong tan nuoc song thung dong qua rat hoi".split()
)
#: Between "không" and the pair these leave it a denial: "đây không phải là đơn tố cáo".
_OF_DENIAL = frozenset("phai la don co y dinh muon he de viec".split())
_TOKEN = re.compile(r"[^\W\d_]+|[^\w\s]|\d+")
_MARKS = re.compile("[\u0300-\u036f]+")


def recognise(*texts):
    """Return what texts look like: :data:`DENUNCIATION`, :data:`COMPLAINT`, or ``None``; the graver of both.

    >>> recognise("Đơn tố cáo cán bộ")
    'denunciation'
    >>> recognise("toi khieu nai quyet dinh so 12")
    'complaint'
    >>> recognise("Cây to cao trước nhà tôi sắp đổ")
    """
    found = {kind for text in texts if text for kind in _kinds(text)}
    return next((kind for kind in (DENUNCIATION, COMPLAINT) if kind in found), None)


def _fold(word):
    return _MARKS.sub("", unicodedata.normalize("NFD", word)).replace("đ", "d")


def _kinds(text):
    """Yield the kind of every pair of a text that is meant."""
    raw = _TOKEN.findall(unicodedata.normalize("NFC", text).lower())
    folded = [_fold(word) for word in raw]
    for place, pair in enumerate(zip(folded, folded[1:], strict=False)):
        kind, first, second = _PAIRS.get(pair, (None, (), ()))
        if not kind or raw[place] not in first or raw[place + 1] not in second:
            continue
        bare = kind == DENUNCIATION and raw[place : place + 2] == list(pair)
        if bare and (raw != folded or (place and folded[place - 1] in _TALL)):
            continue
        if not _is_denied(folded[:place]):
            yield kind


def _is_denied(before):
    """Whether the words before a pair say that it is none."""
    for word in reversed(before):
        if word in ("khong", "chua"):
            return True
        if word not in _OF_DENIAL:
            return False
    return False
