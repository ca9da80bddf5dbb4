"""Which known head of a household a row of a list means, when neither a code nor a personal number says so.

A list is imported again and again, and meanwhile officers complete and correct the register. So a head is known again
by the name and the residential group, together with whatever both sides tell: date or year of birth, address, phone.
Where that leaves a doubt nobody is chosen: a second household of one family gets a second bill.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date

from . import text

#: How a row meets a head: surely; by name and group alone; with a doubt; with another date of birth at one address.
SURE, WEAK, DOUBT, BIRTH_DIFFERS = "sure", "weak", "doubt", "birth_differs"
_ORDER = (DOUBT, BIRTH_DIFFERS, WEAK, SURE)


@dataclass(frozen=True)
class Head:
    """What a list, or the register, tells about one head. Empty means: not said."""

    name: str
    birth_date: date | None = None
    birth_year_only: bool = False
    personal_number: str = ""
    address_key: str = ""
    phone: str = ""


def same_name(one, other):
    """Tell whether two names that fold alike are spelled alike too, or one of them has no tones at all.

    >>> same_name("Trần Hoà", "TRẦN HÒA"), same_name("Trần Hùng", "Trần Hưng"), same_name("Tran Hung", "Trần Hưng")
    (True, False, True)
    """
    return one.isascii() or other.isascii() or _letters(one) == _letters(other)


def _letters(name):
    """Return letters and marks of each word: on which letter the mark of a tone stands is a matter of style."""
    return [sorted(word) for word in unicodedata.normalize("NFD", text.normalize(name).lower()).split(" ")]


def same_birth(one, other):
    """Tell whether two people can be born on one day, or ``None`` where one side does not say.

    A year alone agrees with every day of that year.
    """
    if not one.birth_date or not other.birth_date:
        return None
    if one.birth_year_only or other.birth_year_only:
        return one.birth_date.year == other.birth_date.year
    return one.birth_date == other.birth_date


def choose(row, heads):
    """Return ``(position of the head that is meant or None, how)`` among heads of the same folded name and group.

    ``how`` is empty when nobody is meant, so that the household is new.

    :param heads: the heads that no other row of the list means
    """
    graded = [(grade, position) for position, head in enumerate(heads) if (grade := grade_of(row, head))]
    if not graded:
        return None, ""
    best = max(grade for grade, _position in graded)
    positions = [position for grade, position in graded if grade == best]
    how = _ORDER[best[0]]
    return (None, DOUBT) if len(positions) > 1 or how == DOUBT else (positions[0], how)


def grade_of(row, head):
    """Return how well a head fits, as a tuple to compare, or ``None`` for somebody else."""
    if row.personal_number and head.personal_number and row.personal_number != head.personal_number:
        return None
    born = same_birth(row, head)
    day = bool(born) and not (row.birth_year_only or head.birth_year_only)
    known = bool(row.address_key and head.address_key)
    here = known and row.address_key == head.address_key
    sure = day or (here and bool(born))
    if not sure and (not same_name(row.name, head.name) or (born is False and not here)):
        return None
    if born is False:
        how = BIRTH_DIFFERS
    elif day or here:
        how = SURE
    else:
        how = DOUBT if known else WEAK
    return _ORDER.index(how), day, here, bool(born), bool(row.phone) and row.phone == head.phone
