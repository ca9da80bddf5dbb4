"""The community as a stream: residential groups, dwellings, households, meters.

Household ``n`` depends on the seed and on ``n`` only (numbers apart, which are counters), so any size streams in
constant memory and a larger community begins with the same people's structure in each group.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from random import Random

from . import meters, people, places
from .identifiers import BIRTH_PROVINCES, Numbers


@dataclass(frozen=True)
class Dwelling:
    """A place; ``alley`` is the alley (hẻm) it stands in, empty where the house number says it (45/3)."""

    house_number: str
    alley: str
    street: str
    route_sequence: int
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Household:
    """A household of a group. ``dwelling`` is shared when it equals the one of the household before."""

    index: int
    code: str
    group: places.Group
    dwelling: Dwelling
    kind: str
    members: tuple[people.Member, ...]
    meter: meters.Meter

    @property
    def head(self) -> people.Member:
        """The head of the household (chủ hộ)."""
        return self.members[0]


class Community:
    """A community of ``households`` as it stands on ``today``.

    :param months: months of meter readings before ``today``.
    :param offset: see :class:`.identifiers.Numbers`; also moves the household codes.
    """

    def __init__(self, households: int = 200, today: date = date(2026, 11, 21), *, seed: str = "kdc", months: int = 12,
                 offset: int = 0):  # fmt: skip
        self.size = households
        self.today = today
        self.seed = seed
        self.groups = places.groups(households)
        self._days = meters.reading_days(today, months)
        self._offset = offset

    def __iter__(self) -> Iterator[Household]:
        """Yield the households group by group, in walking order; every round yields the same."""
        numbers = Numbers(self._offset)
        index = 0
        for group in self.groups:
            before = None
            for slot in range(group.households):
                rng = Random(f"{self.seed}/{group.code}/{slot}")  # noqa: S311 (repeatable data, no secret)
                household = self._household(rng, numbers, group, slot, index, before)
                yield household
                before = household
                index += 1

    def batches(self, size: int = 500) -> Iterator[list[Household]]:
        """Yield the households in lists of up to ``size``; a list never mixes two groups."""
        batch: list[Household] = []
        for household in self:
            if batch and (len(batch) >= size or batch[-1].group is not household.group):
                yield batch
                batch = []
            batch.append(household)
        if batch:
            yield batch

    def fingerprint(self) -> str:
        """Return a hash over everything generated: equal on every machine for equal parameters."""
        digest = sha256()
        for household in self:
            digest.update(repr(household).encode())
        return digest.hexdigest()

    # -- parts -------------------------------------------------------------------------------------------------------

    def _household(
        self, rng: Random, numbers: Numbers, group: places.Group, slot: int, index: int, before: Household | None
    ) -> Household:
        kind, members = people.household_members(rng, self.today)
        self._identify(rng, numbers, members)
        # Renters live in the house of the household before them, if that one is no renters' house.
        shared = kind == "renters" and before is not None and before.kind != "renters"
        dwelling = before.dwelling if shared else self._dwelling(rng, group, slot)
        anomaly = meters.ANOMALIES.get(index % 50, "")
        meter = meters.read(rng, numbers.meter_serial(), len(members), self._days, anomaly)
        code = f"{group.quarter.key}{group.code[-2:]}-{self._offset + slot + 1:04d}"
        return Household(index, code, group, dwelling, kind, tuple(members), meter)

    def _identify(self, rng: Random, numbers: Numbers, members: list[people.Member]) -> None:
        """Give numbers and phones. Newborns and a few old people have no number; few children have a phone."""
        provinces, shares = zip(*BIRTH_PROVINCES, strict=True)
        family_province = rng.choices(provinces, shares)[0]
        for member in members:
            age = member.age(self.today)
            home = family_province if member.role != "lodger" else rng.choices(provinces[1:], shares[1:])[0]
            if age >= 1 and not (age > 75 and rng.random() < 0.06):
                member.personal_number = numbers.personal_number(home, member.sex, member.birth_date.year)
            chance = 0.0 if age < 14 else 0.45 if age < 18 else 0.92 if age < 65 else 0.5
            if member.role == "head":
                chance = 0.95
            if rng.random() < chance:
                member.phone = numbers.phone()

    def _dwelling(self, rng: Random, group: places.Group, slot: int) -> Dwelling:
        """Place dwelling ``slot`` of the group: streets one after another, each with alleys every few houses."""
        streets = group.quarter.streets
        per_street = max(1, -(-group.households // len(streets)))
        street_index, position = divmod(slot, per_street)
        ordinal = int(group.code[-2:]) - group.quarter.first_group
        first = 1 + 2 * per_street * ordinal
        if position % 5 in (2, 3, 4):
            alley, house = first + 2 * (position - position % 5 + 1), position % 5 * 2 + street_index % 2
            number, alley_number = (f"{alley}/{house}", "") if group.quarter.slashed else (str(house), str(alley))
        else:
            number, alley_number = str(first + 2 * position), ""
        return Dwelling(
            number, alley_number, streets[min(street_index, len(streets) - 1)], 10 * (slot + 1),
            round(group.quarter.latitude + rng.uniform(-0.003, 0.003), 6),
            round(group.quarter.longitude + rng.uniform(-0.003, 0.003), 6),
        )  # fmt: skip
