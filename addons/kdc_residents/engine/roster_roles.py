"""Relationships to the head of a household as clerks write them: "Chủ hộ", "Vợ", "con trai thứ hai", "chu ho".

Tones decide: "Chú" is an uncle and "Chủ" the head, "Ba" is a father in the south and "Bà" a grandmother. So a word is
looked up as it is written first; without its tones only where one relationship alone can be meant. What can mean
several is none of them: a wrong relationship would stay unseen, a missing one is asked for.
"""

import re

from . import text

_LABELS = {
    "head": "chủ hộ|ch|c hộ|chủ hộ gia đình|chủ",
    "wife": "vợ",
    "husband": "chồng",
    "child": "con|con đẻ|con trai|con gái|con ruột|con út|con cả|con đầu|con đầu lòng|con trai đẻ|con gái đẻ|"
    "con trai ruột|con gái ruột",
    "adopted_child": "con nuôi|con trai nuôi|con gái nuôi",
    "step_child": "con riêng|con riêng của vợ|con riêng của chồng|con vợ|con chồng",
    "daughter_in_law": "con dâu|dâu|nàng dâu",
    "son_in_law": "con rể|rể|chàng rể",
    "father": "cha|bố|ba|ba đẻ|cha đẻ|bố đẻ|cha ruột|bố ruột|ba ruột|tía",
    "mother": "mẹ|má|mạ|mẹ đẻ|má đẻ|mẹ ruột|má ruột",
    "parent_in_law": "cha vợ|bố vợ|ba vợ|mẹ vợ|má vợ|cha chồng|bố chồng|ba chồng|mẹ chồng|má chồng|cha mẹ vợ|"
    "cha mẹ chồng|bố mẹ vợ|bố mẹ chồng|nhạc phụ|nhạc mẫu",
    "adoptive_parent": "cha nuôi|bố nuôi|ba nuôi|mẹ nuôi|má nuôi|cha mẹ nuôi|bố mẹ nuôi",
    "step_parent": "cha dượng|bố dượng|ba dượng|mẹ kế|má kế|dì ghẻ|mẹ ghẻ|má ghẻ",
    "grandparent": "ông|bà|ông nội|bà nội|ông ngoại|bà ngoại|ông bà|ông bà nội|ông bà ngoại|nội|ngoại",
    "great_grandparent": "cụ|cụ ông|cụ bà|cụ nội|cụ ngoại|cố|cố nội|cố ngoại|ông cố|bà cố",
    "grandchild": "cháu|cháu nội|cháu ngoại|cháu nội trai|cháu nội gái|cháu ngoại trai|cháu ngoại gái",
    "great_grandchild": "chắt|chắt nội|chắt ngoại|cháu cố",
    "sibling": "anh|chị|em|anh ruột|chị ruột|em ruột|anh trai|chị gái|em trai|em gái|anh em|chị em|anh chị em|"
    "anh em ruột|chị em ruột|anh chị em ruột",
    "sibling_in_law": "anh rể|em rể|chị dâu|em dâu|em vợ|em chồng|anh vợ|anh chồng|chị vợ|chị chồng",
    "uncle_aunt": "bác|chú|cậu|cô|dì|mợ|thím|bác ruột|chú ruột|cậu ruột|cô ruột|dì ruột|bác họ|chú họ|cậu họ|cô họ|"
    "dì họ|dượng dì|chú bác",
    "nephew_niece": "cháu ruột|cháu trai|cháu gái|cháu họ|cháu vợ|cháu chồng|cháu gọi bằng chú|cháu gọi bằng bác|"
    "cháu gọi bằng cô|cháu gọi bằng cậu|cháu gọi bằng dì",
    "guardian": "người giám hộ|giám hộ",
    "protege": "người được giám hộ|được giám hộ",
    "lodger": "ở nhờ|người ở nhờ|nhờ|cùng ở nhờ|cùng ở",
    "tenant": "ở thuê|người thuê|thuê|ở trọ|người ở trọ|ở mượn|người thuê trọ|thuê trọ",
    "other": "khác|quan hệ khác|người khác|người nhà|người giúp việc|giúp việc|người quen|bạn|bà con|họ hàng|"
    "bà con họ hàng|anh họ|chị họ|em họ|anh em họ|chị em họ|anh chị em họ",
}  # fmt: skip
_ROLES = {label: role for role, labels in _LABELS.items() for label in labels.split("|")}
#: Both together, said of one of them: the person's sex tells which.
_BY_SEX = {
    "vợ chồng": ("husband", "wife"), "chồng vợ": ("husband", "wife"), "cha mẹ": ("father", "mother"),
    "bố mẹ": ("father", "mother"), "ba má": ("father", "mother"), "ba mẹ": ("father", "mother"),
}  # fmt: skip
#: The words of the official forms, which lists without tones mean, although "chú họ" and "con đầu" fold alike.
_PLAIN = {"chu ho": "head", "con dau": "daughter_in_law"}
#: What may follow a relationship without changing it: "con thứ ba", "vợ 2", "mẹ của chủ hộ".
_QUALIFIERS = frozenset(
    "thứ cả út hai ba tư bốn năm sáu bảy tám chín mười lớn nhỏ trưởng đầu ruột đẻ trai gái của chủ hộ ch c "
    "thu ca ut tu bon nam sau bay tam chin muoi lon nho truong dau ruot de trai gai cua chu ho".split()
)
_FOLDED = {}
for _label in (*_ROLES, *_BY_SEX):
    _FOLDED.setdefault(text.fold(_label), []).append(_label)

#: How a relationship is written into a list, for a man and for a woman; :func:`read_role` understands it again.
WRITTEN = {
    "head": ("Chủ hộ", "Chủ hộ"), "wife": ("Vợ", "Vợ"), "husband": ("Chồng", "Chồng"), "child": ("Con", "Con"),
    "adopted_child": ("Con nuôi", "Con nuôi"), "step_child": ("Con riêng", "Con riêng"),
    "daughter_in_law": ("Con dâu", "Con dâu"), "son_in_law": ("Con rể", "Con rể"), "father": ("Cha", "Cha"),
    "mother": ("Mẹ", "Mẹ"), "parent_in_law": ("Cha vợ", "Mẹ vợ"), "adoptive_parent": ("Cha nuôi", "Mẹ nuôi"),
    "step_parent": ("Cha dượng", "Mẹ kế"), "grandparent": ("Ông", "Bà"), "great_grandparent": ("Cụ", "Cụ"),
    "grandchild": ("Cháu", "Cháu"), "great_grandchild": ("Chắt", "Chắt"), "sibling": ("Anh em", "Chị em"),
    "sibling_in_law": ("Anh rể", "Chị dâu"), "uncle_aunt": ("Bác", "Bác"),
    "nephew_niece": ("Cháu ruột", "Cháu ruột"), "guardian": ("Người giám hộ", "Người giám hộ"),
    "protege": ("Người được giám hộ", "Người được giám hộ"), "lodger": ("Ở nhờ", "Ở nhờ"),
    "tenant": ("Ở thuê", "Ở thuê"), "other": ("Khác", "Khác"),
}  # fmt: skip


def written_role(role, sex):
    """Return a relationship as clerks write it; reading it gives ``role`` again."""
    return WRITTEN[role][sex == "female"]


def has_tones(values):
    """Tell whether a column is written with Vietnamese letters, so that a bare "Ba" is no "Bà" without its tone."""
    return any(isinstance(value, str) and not value.isascii() for value in values)


def read_role(written, sex="", toned=True):
    """Return ``(role, warning code or None)``; the role is ``other`` where the words do not tell.

    :param sex: of the person, where known; it tells which of the two in "vợ chồng" is meant
    :param toned: whether the list is written with tones, see :func:`has_tones`
    """
    phrase = _phrase(written)
    label, warning = _find(phrase, toned)
    words = phrase.split(" ")
    # "Con thứ ba": the longest beginning that is followed by nothing but what does not change it.
    while label is None and not warning and len(words) > 1 and (words[-1] in _QUALIFIERS or words[-1].isdigit()):
        words.pop()
        label, warning = _find(" ".join(words), toned)
    if label is None or (label in _BY_SEX and sex not in ("male", "female")):
        return "other", "ambiguous_role" if label else warning or "unknown_role"
    return (_BY_SEX[label][sex == "female"] if label in _BY_SEX else _ROLES[label]), None


def _phrase(written):
    """Return the words that tell the relationship: "Chủ hộ (vợ mất)" and "Chủ hộ, đảng viên" are "chủ hộ"."""
    bare = re.sub(r"\(.*?\)", " ", text.normalize(written)).lower()
    bare = re.split(r"[,;]| [-–] ", bare, maxsplit=1)[0]
    return re.sub(r"\s+", " ", re.sub(r"[^\w\s]", " ", bare)).strip()


def _find(phrase, toned):
    """Return ``(label or None, warning code or None)``: a phrase can be unknown, and it can fit several."""
    known = phrase in _ROLES or phrase in _BY_SEX
    if known and (toned or not phrase.isascii()):
        return phrase, None
    if phrase.isascii() and phrase in _PLAIN:
        return next(label for label in _FOLDED[phrase] if _ROLES[label] == _PLAIN[phrase]), None
    labels = _FOLDED.get(text.fold(phrase), [])
    if not phrase.isascii():
        # A slip in one tone: "chử hộ" has a word of "chủ hộ" and none of "chú họ".
        labels = _nearest(phrase, labels)
    if len({_ROLES.get(label, label) for label in labels}) > 1:
        return None, "ambiguous_role"
    return (labels[0], None) if labels else (None, None)


def _nearest(phrase, labels):
    words = set(phrase.split(" "))
    most = max((len(words & set(label.split(" "))) for label in labels), default=0)
    return [label for label in labels if len(words & set(label.split(" "))) == most]
