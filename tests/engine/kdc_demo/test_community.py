"""The generated community: unique, valid, believable, and the same on every machine."""

from collections import Counter
from datetime import date
from itertools import pairwise

import phonenumbers
import pytest
from kdc_demo_engine import meters, people, places
from kdc_demo_engine.community import Community
from kdc_demo_engine.identifiers import Numbers

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def community():
    """The size of the household survey in the source documents."""
    return list(Community(1640, TODAY))


@pytest.fixture(scope="module")
def members(community):
    """Everybody."""
    return [member for household in community for member in household.members]


def test_same_everywhere():
    """A changed hash means that every demo and benchmark changes: then change it here knowingly."""
    assert Community(200, TODAY).fingerprint() == "1e3a478c1593969746f42de88b3f6fd866a4aa26abcf723ee5f743f2ada55338"
    assert Community(200, TODAY, seed="other").fingerprint() != Community(200, TODAY).fingerprint()


def test_every_round_is_the_same():
    """The parts of the demo walk through the community one after the other and must meet the same people."""
    community = Community(120, TODAY)
    assert list(community) == list(community)


def test_size_and_groups(community):
    """As many households as asked for, in the five pilot groups, full groups opening the next."""
    assert len(community) == 1640
    assert len({household.code for household in community}) == 1640
    assert {household.group.quarter.name for household in community} == {
        "Lộc Thọ", "Tân Lập", "Vĩnh Phương", "Phương Sài", "Vĩnh Hiệp",
    }  # fmt: skip
    assert max(Counter(household.group.code for household in community).values()) <= places.GROUP_SIZE


@pytest.mark.parametrize("size", [0, 1, 8, 200, 1640, 100_000])
def test_groups_add_up(size):
    """No household is lost in rounding and the pilot groups always exist."""
    groups = places.groups(size)
    assert sum(group.households for group in groups) == size
    assert len({group.code for group in groups}) == len(groups) >= 5


def test_personal_numbers(members):
    """Twelve digits that say the person's sex, century and birth year, never twice."""
    numbers = [member.personal_number for member in members if member.personal_number]
    assert len(numbers) == len(set(numbers)) > 0.95 * len(members)
    for member in members:
        if number := member.personal_number:
            assert len(number) == 12 and number.isdigit()
            century, female = divmod(int(number[3]), 2)
            assert 1900 + 100 * century + int(number[4:6]) == member.birth_date.year
            assert female == (member.sex == "female")
    assert Counter(number[:3] for number in numbers).most_common(1)[0][0] == "056"


def test_phones(members):
    """Valid mobile numbers, never twice; small children have none."""
    phones = [member.phone for member in members if member.phone]
    assert len(phones) == len(set(phones))
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(phone, "VN")) for phone in phones)
    assert not any(member.phone for member in members if member.age(TODAY) < 12)
    assert any(not member.phone for member in members if member.age(TODAY) > 18)


def test_every_phone_prefix_is_valid():
    """All prefixes, not only those a small community happens to use."""
    numbers = Numbers()
    for _call in range(200):
        assert phonenumbers.is_valid_number(phonenumbers.parse(numbers.phone(), "VN"))


def test_offset_makes_a_disjoint_community():
    """The sample spreadsheets hold other people than the demo community."""
    here = {m.personal_number for h in Community(300, TODAY) for m in h.members} - {""}
    there = {m.personal_number for h in Community(300, TODAY, offset=5000) for m in h.members} - {""}
    assert not here & there


def test_kinship(community):
    """One grown head; spouses close in age; parents at least 18 years older; children called after their father."""
    for household in community:
        roles = Counter(member.role for member in household.members)
        head = household.head
        assert roles["head"] == 1 and head.role == "head"
        assert head.age(TODAY) >= 18, household
        assert roles["wife"] + roles["husband"] <= 1
        spouse = next((m for m in household.members if m.role in ("wife", "husband")), None)
        if spouse:
            assert spouse.sex != head.sex
            assert abs(spouse.age(TODAY) - head.age(TODAY)) <= 10
        parents = [head, spouse] if spouse else [head]
        children = [m for m in household.members if m.role == "child"]
        for child in children:
            assert all(parent.age(TODAY) - child.age(TODAY) >= 18 for parent in parents), household
            father = next((parent for parent in parents if parent.sex == "male"), None)
            if father:
                assert people.Family.family_name(child) == people.Family.family_name(father)
        grandchildren = [m for m in household.members if m.role == "grandchild"]
        for grandchild in grandchildren:
            middle = [m for m in household.members if m.role in ("child", "child_in_law")]
            assert all(parent.age(TODAY) - grandchild.age(TODAY) >= 18 for parent in middle)
        for elder in household.members:
            if elder.role in ("parent", "parent_in_law"):
                own = head if elder.role == "parent" else spouse
                assert elder.age(TODAY) - own.age(TODAY) >= 18, household
        siblings = [m.name for m in children]
        assert len(siblings) == len(set(siblings))


def test_town_like_population(community, members):
    """Shares of names, sizes and ages stay near those of a Khánh Hòa town."""
    nguyen = sum(member.name.startswith("Nguyễn ") for member in members) / len(members)
    assert 0.33 < nguyen < 0.45
    assert 3.1 < len(members) / len(community) < 3.8
    ages = Counter("child" if (age := m.age(TODAY)) < 15 else "old" if age >= 65 else "adult" for m in members)
    assert 0.13 < ages["child"] / len(members) < 0.28
    assert 0.07 < ages["old"] / len(members) < 0.18
    assert 0.46 < sum(m.sex == "female" for m in members) / len(members) < 0.56


def test_addresses(community):
    """Each address once (shared only with renters), the alley named once."""
    seen = {}
    for household in community:
        place = household.dwelling
        address = (household.group.quarter.name, place.street, place.alley, place.house_number)
        assert seen.setdefault(address, place) is place or household.kind == "renters"
        assert not (place.alley and "/" in place.house_number)


def test_readings(community):
    """Twelve months and the one before; only the roll-over goes down and every anomaly occurs."""
    found = Counter()
    for household in community:
        meter = household.meter
        assert len(meter.readings) == 13
        values = [reading.value for reading in meter.readings if reading.value is not None]
        assert all(0 <= value < 10**meters.DIGITS for value in values)
        falls = sum(after < before for before, after in pairwise(values))
        assert falls == (meter.anomaly == "rollover")
        assert (None in [reading.value for reading in meter.readings]) == (meter.anomaly == "missing")
        found[meter.anomaly] += 1
    assert set(found) == {"", "spike", "zero", "rollover", "missing"}
    assert len({household.meter.serial for household in community}) == len(community)


def test_reading_days():
    """Month ends, the newest before today, over the turn of the year."""
    assert meters.reading_days(date(2026, 2, 3), 3) == [
        date(2025, 10, 31), date(2025, 11, 30), date(2025, 12, 31), date(2026, 1, 31),
    ]  # fmt: skip


def test_batches_keep_groups_apart():
    """A batch is written with one area; nobody is lost."""
    batches = list(Community(1000, TODAY).batches(150))
    assert sum(map(len, batches)) == 1000
    assert all(len({household.group for household in batch}) == 1 and len(batch) <= 150 for batch in batches)
