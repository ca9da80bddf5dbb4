"""Relationships of a household's members to a new head.

When somebody else becomes the head, everybody's relationship is to be said anew: the former head's wife is the
daughter-in-law of a new head who is the former head's father. Where the old relationship does not decide the new one
(the son-in-law of the former head, when a daughter becomes the head, may be her husband or her sister's) the answer
is ``None`` and a person has to choose.

Roles are the keys of ``kdc.household.membership.role``.
"""

#: Of no kin: the relationship to the house does not change with its head.
UNRELATED = frozenset({"lodger", "tenant", "other", "guardian", "protege"})

_PARENTS = frozenset({"father", "mother"})
_CHILDREN = frozenset({"child", "adopted_child", "step_child"})
_SPOUSES = frozenset({"wife", "husband"})

#: new head's former role → (former role of the person → role to the new head). ``{parent}`` and ``{spouse}`` stand for
#: the word that fits the person's sex.
_TURNED = {
    "spouse": {
        "head": "{spouse}",
        "child": "child",
        "adopted_child": "adopted_child",
        "step_child": "child",
        "daughter_in_law": "daughter_in_law",
        "son_in_law": "son_in_law",
        "father": "parent_in_law",
        "mother": "parent_in_law",
        "parent_in_law": "{parent}",
        "grandchild": "grandchild",
        "great_grandchild": "great_grandchild",
        "sibling": "sibling_in_law",
        "grandparent": None,
        "sibling_in_law": None,
        "uncle_aunt": None,
        "nephew_niece": None,
    },
    "child": {
        "head": "{parent}",
        "wife": "mother",
        "husband": "father",
        "child": "sibling",
        "adopted_child": "sibling",
        "step_child": "sibling",
        "father": "grandparent",
        "mother": "grandparent",
        "parent_in_law": "grandparent",
        "grandparent": "great_grandparent",
        "sibling": "uncle_aunt",
        "sibling_in_law": "uncle_aunt",
        "grandchild": None,
        "daughter_in_law": None,
        "son_in_law": None,
        "nephew_niece": None,
    },
    "parent": {
        "head": "child",
        "wife": "daughter_in_law",
        "husband": "son_in_law",
        "father": "husband",
        "mother": "wife",
        "sibling": "child",
        "child": "grandchild",
        "adopted_child": "grandchild",
        "step_child": "grandchild",
        "grandchild": "great_grandchild",
        "grandparent": None,
        "nephew_niece": None,
        "uncle_aunt": None,
    },
    "sibling": {
        "head": "sibling",
        "sibling": "sibling",
        "father": "father",
        "mother": "mother",
        "grandparent": "grandparent",
        "great_grandparent": "great_grandparent",
        "uncle_aunt": "uncle_aunt",
        "wife": "sibling_in_law",
        "husband": "sibling_in_law",
        "child": "nephew_niece",
        "adopted_child": "nephew_niece",
    },
}


def _group(role):
    for name, roles in (("spouse", _SPOUSES), ("child", _CHILDREN), ("parent", _PARENTS)):
        if role in roles:
            return name
    return role


def by_sex(sex, male, female):
    """Return the word for a person of ``sex`` (``male``, ``female`` or anything else: unknown, ``None``)."""
    return {"male": male, "female": female}.get(sex)


def turned(role, sex, head_role):
    """Return the relationship of a person to a new head.

    :param role: relationship to the former head; ``head`` for the former head
    :param sex: ``male``, ``female`` or anything else, of the person
    :param head_role: relationship of the new head to the former one
    :return: a role, or None when it cannot be told

    >>> turned("head", "male", "wife")
    'husband'
    >>> turned("son_in_law", "male", "child") is None
    True
    """
    if role in UNRELATED:
        return role
    result = _TURNED.get(_group(head_role), {}).get(role)
    if result == "{spouse}":
        return by_sex(sex, "husband", "wife")
    if result == "{parent}":
        return by_sex(sex, "father", "mother")
    return result
