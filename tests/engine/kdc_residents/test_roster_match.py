"""A head of a list is known again, or nobody is chosen."""

from datetime import date

import pytest
from kdc_residents_engine.roster_match import BIRTH_DIFFERS, DOUBT, SURE, WEAK, Head, choose

DAY, OTHER_DAY, YEAR = date(1984, 9, 5), date(1984, 9, 6), date(1984, 1, 1)


def head(name="Nguyễn Văn Hùng", born=None, year_only=False, **known):
    return Head(name, born, year_only, **known)


@pytest.mark.parametrize(
    ("row", "known", "how"),
    [
        # Nothing but the name and the group.
        (head(), head(), WEAK),
        (head(), head(born=DAY), WEAK),
        (head(born=DAY), head(), WEAK),
        (head(name="NGUYEN VAN HUNG"), head(), WEAK),
        (head(name="Nguyễn Văn Hưng"), head(), ""),
        # The list says the year, the officer found the day; or the other way round.
        (head(born=YEAR, year_only=True), head(born=DAY), WEAK),
        (head(born=DAY), head(born=YEAR, year_only=True), WEAK),
        (head(born=date(1985, 1, 1), year_only=True), head(born=DAY), ""),
        (head(born=YEAR, year_only=True, address_key="5||"), head(born=DAY, address_key="5||"), SURE),
        (head(born=YEAR, year_only=True, address_key="5||"), head(born=DAY, address_key="7||"), DOUBT),
        # The day decides wherever they live; two days are two people, but hardly in one house.
        (head(born=DAY, address_key="5||"), head(born=DAY, address_key="7||"), SURE),
        (head(name="Nguyễn Văn Hưng", born=DAY), head(born=DAY), SURE),
        (head(born=DAY), head(born=OTHER_DAY), ""),
        (head(born=DAY, address_key="5||"), head(born=OTHER_DAY, address_key="5||"), BIRTH_DIFFERS),
        (head(name="Nguyễn Văn Hưng", born=DAY, address_key="5||"), head(born=OTHER_DAY, address_key="5||"), ""),
        # A list of heads with their addresses only.
        (head(address_key="5||"), head(address_key="5||"), SURE),
        (head(address_key="5||"), head(), WEAK),
        (head(address_key="5||"), head(address_key="7||"), DOUBT),
        (head(name="Nguyễn Văn Hưng", address_key="5||"), head(address_key="5||"), ""),
        # Two numbers are two people, however alike the rest is.
        (head(born=DAY, personal_number="1"), head(born=DAY, personal_number="2"), ""),
        (head(born=DAY, personal_number="1"), head(born=DAY), SURE),
    ],
)
def test_one_known_head(row, known, how):
    assert choose(row, [known]) == (0 if how in (SURE, WEAK, BIRTH_DIFFERS) else None, how)


def test_namesakes_are_told_apart_by_what_both_sides_say():
    heads = [head(address_key="5||"), head(born=DAY), head(address_key="7||", phone="+84905111222")]
    assert choose(head(address_key="7||"), heads) == (2, SURE)
    assert choose(head(born=DAY, address_key="9||"), heads) == (1, SURE)
    assert choose(head(), [head(), head(phone="+84905111222")]) == (None, DOUBT)
    assert choose(head(phone="+84905111222"), [head(), head(phone="+84905111222")]) == (1, WEAK)
    assert choose(head(), []) == (None, "")
