"""Kinds of choice of a listing ("Cỡ": S, M, L) as a shop types them: a name and one choice per line.

Lines, because a comma belongs to Vietnamese numbers: "1,5 kg" is one choice.
"""

from dataclasses import dataclass
from math import prod

#: More does not fit on a phone, neither for the shop nor for the buyer.
MAX_KINDS = 2
MIN_VALUES = 2
MAX_VALUES = 10
MAX_VARIANTS = 50
MAX_LENGTH = 30


class ChoiceError(ValueError):
    """What was typed cannot be offered: ``code`` of the reason, ``place`` of the kind (from 0), ``text`` meant."""

    def __init__(self, code, place=0, text=""):
        super().__init__(code)
        self.code, self.place, self.text = code, place, text


@dataclass(frozen=True)
class Kind:
    """One kind of choice: its name and what can be chosen, in the order of the shop."""

    name: str
    values: tuple


def read(typed, fold):
    """Understand what was typed.

    :param typed: ``[(name, lines)]``; a kind without name and lines is none
    :param fold: function that makes text small and takes its diacritics off
    :return: list of Kind, empty when the listing has no choices
    :raise ChoiceError: the first thing that is wrong
    """
    kinds = []
    for place, (name, lines) in enumerate(typed[:MAX_KINDS]):
        name, values = _clean(name), _values(lines, place)
        if not name and not values:
            continue
        if not name:
            raise ChoiceError("name", place)
        if len(name) > MAX_LENGTH:
            raise ChoiceError("long", place, name)
        if not MIN_VALUES <= len(values) <= MAX_VALUES:
            raise ChoiceError("few" if len(values) < MIN_VALUES else "many", place, name)
        if any(fold(name) == fold(kind.name) for kind in kinds):
            raise ChoiceError("twice", place, name)
        kinds.append(Kind(name, values))
    if prod(len(kind.values) for kind in kinds) > MAX_VARIANTS:
        raise ChoiceError("variants", len(kinds) - 1)
    return kinds


def _clean(text):
    return " ".join((text or "").split())


def _values(lines, place):
    """Return the choices of some lines; the same word twice is one choice ("đỏ" and "Đỏ"; "to" and "tơ" are two)."""
    values = {}
    for value in map(_clean, (lines or "").splitlines()):
        if len(value) > MAX_LENGTH:
            raise ChoiceError("long", place, value)
        if value:
            values.setdefault(value.casefold(), value)
    return tuple(values.values())
