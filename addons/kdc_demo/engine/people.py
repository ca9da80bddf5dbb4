"""Households with believable kinship: who lives together, how old they are and what they are called.

Kept for every household (and proved in ``tests/engine/kdc_demo``): parents are at least 18 years older than their
children, spouses are close in age, children bear their father's family name, one head of age, no two siblings of one
name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from . import names

MAX_AGE = 97


@dataclass
class Member:
    """One person of a household; ``role`` is the relationship to the head."""

    name: str
    sex: str
    birth_date: date
    role: str
    birth_year_only: bool = False
    personal_number: str = ""
    phone: str = ""

    def age(self, today: date) -> int:
        """Return completed years of life on ``today``."""
        born = self.birth_date
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


@dataclass
class Family:
    """Builds the members of one household; ``today`` is the day ages are counted from."""

    rng: Random
    today: date
    members: list[Member] = field(default_factory=list)

    # -- people ------------------------------------------------------------------------------------------------------

    def born(self, age: int) -> date:
        """Return a birth date of somebody who is ``age`` years old today."""
        age = max(0, min(age, MAX_AGE))
        return self.today - timedelta(days=int(age * 365.25) + self.rng.randrange(1, 365))

    def person(self, role: str, sex: str, age: int, surname: str = "", taken: set[str] | None = None) -> Member:
        """Add somebody of about ``age`` years and return them."""
        birth_date = self.born(age)
        rest = names.personal_names(self.rng, sex, birth_date.year, set() if taken is None else taken)
        member = Member(f"{surname or names.surname(self.rng)} {rest}", sex, birth_date, role)
        member.birth_year_only = birth_date.year < 1962 and self.rng.random() < 0.15
        if member.birth_year_only:
            member.birth_date = date(birth_date.year, 1, 1)
        self.members.append(member)
        return member

    def couple(self, role: str, spouse_role: dict[str, str], age: int, head_sex: str = "male", surname: str = ""):
        """Add a married couple of about ``age``; the man is 0–7 years older, sometimes a little younger."""
        gap = self.rng.choice((-2, -1, 0, 1, 1, 2, 2, 3, 3, 4, 5, 7))
        husband_age = max(21, age)
        wife_age = max(20, husband_age - gap)
        if head_sex == "male":
            husband = self.person(role, "male", husband_age, surname)
            wife = self.person(spouse_role["female"], "female", wife_age)
        else:
            wife = self.person(role, "female", wife_age, surname)
            husband = self.person(spouse_role["male"], "male", husband_age)
        return husband, wife

    def children(
        self, role: str, father: Member | None, mother: Member | None, at_home_until: int = 27
    ) -> list[Member]:
        """Add the children of a couple who still live at home; one to three, born when the parents were 20 to 38."""
        parents = [parent for parent in (father, mother) if parent]
        youngest = min(parent.age(self.today) for parent in parents)
        # A mother alone: her children mostly bear the name of a father who does not live here.
        surname = self.family_name(father or mother) if father or self.rng.random() < 0.4 else names.surname(self.rng)
        taken: set[str] = set()
        # 20 and not 18: birth dates are drawn within a year, and a parent known by year only counts from 1 January.
        parent_age = self.rng.randrange(21, 31)
        wanted = self.rng.choice((1, 2, 2, 2, 3)) if youngest > 30 else self.rng.choice((0, 1, 1, 2))
        added = []
        for _birth in range(wanted):
            age = youngest - parent_age
            if 0 <= age <= at_home_until:
                added.append(self.person(role, self.rng.choice(("male", "female")), age, surname, taken))
            parent_age += self.rng.choice((2, 3, 3, 4, 5, 6))
            if parent_age > 40:
                break
        return added

    @staticmethod
    def family_name(member: Member) -> str:
        """Return the family name; all but the two-word Raglai names are one word."""
        return "Bo Bo" if member.name.startswith("Bo Bo ") else member.name.split(" ", 1)[0]

    # -- households --------------------------------------------------------------------------------------------------

    def nuclear(self) -> None:
        """A couple with the children who still live at home."""
        rng = self.rng
        head_sex = "male" if rng.random() < 0.68 else "female"
        father, mother = self.couple("head", {"female": "wife", "male": "husband"}, rng.randrange(27, 59), head_sex)
        self.children("child", father, mother)

    def three_generations(self) -> None:
        """Grandparents, their married child with the spouse, and the grandchildren; the old or the middle ones lead."""
        rng = self.rng
        if rng.random() < 0.55:
            elders = self._elders("head", {"female": "wife", "male": "husband"}, rng.randrange(56, 78))
            son_heir = rng.random() < 0.72
            heir_age = min(elder.age(self.today) for elder in elders) - rng.randrange(22, 30)
            surname = self.family_name(elders[0]) if elders[0].sex == "male" else names.surname(self.rng)
            if son_heir:
                father = self.person("child", "male", heir_age, surname)
                mother = self.person("child_in_law", "female", max(20, heir_age - rng.randrange(0, 4)))
            else:
                mother = self.person("child", "female", heir_age, surname)
                father = self.person("child_in_law", "male", heir_age + rng.randrange(0, 5))
            self.children("grandchild", father, mother)
        else:
            father, mother = self.couple("head", {"female": "wife", "male": "husband"}, rng.randrange(32, 52))
            own = rng.random() < 0.75
            child = father if own else mother
            role = "parent" if own else "parent_in_law"
            parent_age = child.age(self.today) + rng.randrange(22, 32)
            if own and rng.random() < 0.5:
                self.person(role, "male", parent_age + 2, self.family_name(child))
            self.person(role, "female", parent_age)
            self.children("child", father, mother)

    def _elders(self, role: str, spouse_role: dict[str, str], age: int) -> list[Member]:
        """Add a couple, or one who is widowed (more often the wife)."""
        chance = self.rng.random()
        if chance < 0.6:
            return list(self.couple(role, spouse_role, age))
        return [self.person(role, "female" if chance < 0.9 else "male", age)]

    def elderly_couple(self) -> None:
        """An old couple whose children have moved out."""
        self.couple("head", {"female": "wife", "male": "husband"}, self.rng.randrange(58, 86))

    def young_couple(self) -> None:
        """A couple without children yet."""
        self.couple("head", {"female": "wife", "male": "husband"}, self.rng.randrange(23, 34))

    def elderly_single(self) -> None:
        """An old person who lives alone; women outlive men."""
        self.person("head", "female" if self.rng.random() < 0.75 else "male", self.rng.randrange(62, 93))

    def single(self) -> None:
        """One adult alone."""
        self.person("head", self.rng.choice(("male", "female")), self.rng.randrange(23, 55))

    def single_parent(self) -> None:
        """A mother, seldom a father, with children."""
        if self.rng.random() < 0.82:
            self.children("child", None, self.person("head", "female", self.rng.randrange(28, 52)), at_home_until=24)
        else:
            self.children("child", self.person("head", "male", self.rng.randrange(32, 55)), None, at_home_until=24)

    def renters(self) -> None:
        """Two to four young people who rent together; the eldest is written as head."""
        rng = self.rng
        sex = rng.choice(("male", "female"))
        ages = sorted((rng.randrange(19, 28) for _person in range(rng.randrange(2, 5))), reverse=True)
        for position, age in enumerate(ages):
            self.person("head" if position == 0 else "lodger", sex, age)

    def siblings(self) -> None:
        """Two grown siblings who share the house of their parents."""
        rng = self.rng
        head = self.person("head", rng.choice(("male", "female")), rng.randrange(24, 50))
        taken = {head.name.rsplit(" ", 1)[1]}
        age = max(16, head.age(self.today) - rng.randrange(2, 6))
        self.person("sibling", rng.choice(("male", "female")), age, self.family_name(head), taken)


#: Shares of household kinds in a town (per mille); the mean comes out near 3.4 persons.
KINDS = (
    (Family.nuclear, 470), (Family.three_generations, 215), (Family.elderly_couple, 70), (Family.young_couple, 55),
    (Family.elderly_single, 50), (Family.single, 35), (Family.single_parent, 50), (Family.renters, 35),
    (Family.siblings, 20),
)  # fmt: skip


def household_members(rng: Random, today: date) -> tuple[str, list[Member]]:
    """Draw one household: its kind and its members, the head first."""
    (build,) = rng.choices([kind for kind, _share in KINDS], [share for _kind, share in KINDS])
    family = Family(rng, today)
    build(family)
    family.members.sort(key=lambda member: member.role != "head")
    return build.__name__, family.members
