"""Age bands and figures of a population, as pure functions over counts."""

from collections import Counter
from dataclasses import dataclass

#: Five-year bands as the statistics office prints them, the last one open.
BAND_YEARS = 5
LAST_BAND = 85
UNKNOWN = ""

#: Luật Trẻ em 2016, Điều 1: under 16. Luật Người cao tuổi 2009, Điều 2: from 60. Voters: from 18.
CHILD_BELOW = 16
ADULT_FROM = 18
ELDERLY_FROM = 60


def age_band(age: int | None) -> str:
    """Return the band of an age in full years; bands sort as text.

    >>> age_band(0), age_band(4), age_band(5), age_band(84), age_band(85), age_band(None)
    ('00–04', '00–04', '05–09', '80–84', '85+', '')
    """
    if age is None or age < 0:
        return UNKNOWN
    if age >= LAST_BAND:
        return f"{LAST_BAND}+"
    first = age // BAND_YEARS * BAND_YEARS
    return f"{first:02d}–{first + BAND_YEARS - 1:02d}"


def bands() -> list[str]:
    """Return all bands of known ages, youngest first."""
    return [age_band(age) for age in range(0, LAST_BAND + 1, BAND_YEARS)]


@dataclass(frozen=True)
class Group:
    """``persons`` people of one sex and age (``None``: unknown)."""

    sex: str | None
    age: int | None
    persons: int


def pyramid(groups):
    """Return the rows of a population pyramid, oldest first: ``band``, ``male``, ``female``.

    People whose sex is other or unknown stand in no half; :func:`figures` counts them.
    """
    counts = Counter()
    for group in groups:
        counts[age_band(group.age), group.sex] += group.persons
    return [
        {"band": band, "male": counts[band, "male"], "female": counts[band, "female"]} for band in reversed(bands())
    ]


def figures(groups):
    """Return totals: persons, male, female, children, adults, elderly, unknown age."""
    totals = Counter(persons=0, male=0, female=0, children=0, adults=0, elderly=0, unknown=0)
    for group in groups:
        totals["persons"] += group.persons
        if group.sex in ("male", "female"):
            totals[group.sex] += group.persons
        if group.age is None:
            totals["unknown"] += group.persons
            continue
        totals["children"] += group.persons if group.age < CHILD_BELOW else 0
        totals["adults"] += group.persons if group.age >= ADULT_FROM else 0
        totals["elderly"] += group.persons if group.age >= ELDERLY_FROM else 0
    return dict(totals)
