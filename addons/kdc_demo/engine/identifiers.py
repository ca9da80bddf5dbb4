"""Numbers that must be unique: personal identification numbers, phones, meter serials.

Each kind is a counter sent through a fixed permutation, so numbers look random, never repeat and need no memory of the
numbers already given (100,000 households run as a stream).
"""

from __future__ import annotations

from collections import Counter

#: Where births were registered (first three digits), with shares for a town of Khánh Hòa. 058 is the old Ninh Thuận.
BIRTH_PROVINCES = (
    ("056", 850), ("054", 40), ("058", 30), ("052", 25), ("066", 15), ("068", 10), ("079", 10), ("001", 10),
    ("040", 10),
)  # fmt: skip

#: Prefixes in use since the renumbering of 2018; 058 is left out because it was also an old landline code.
PHONE_PREFIXES = (
    "0905 0935 0914 0913 0988 0977 0983 0968 0969 0903 0908 0932 0384 0376 0358 0347 0339 0325 "
    "0702 0764 0773 0785 0796 0813 0824 0835 0848 0857 0868 0886 0898 0919 0942 0974"
).split()


def _scatter(counter: int, modulus: int, salt: int = 271_829) -> int:
    """Permute ``0 … modulus-1`` (a power of ten): the factor has no divisor in common with ten."""
    return (counter * 618_033_989 + salt) % modulus


class Numbers:
    """Give unique numbers in the order they are asked for.

    :param offset: starts the counters elsewhere, so that two communities never share a number
        (the sample spreadsheets must not collide with the community they are imported into).
    """

    def __init__(self, offset: int = 0):
        self._people: Counter[str] = Counter()
        self._phones = offset * 97
        self._meters = offset * 97
        self._offset = offset

    def personal_number(self, province: str, sex: str, birth_year: int) -> str:
        """Return 12 digits: province, century and sex, year, serial (Luật Căn cước 26/2023; no check digit)."""
        century = 2 * (birth_year // 100 - 19) + (sex == "female")
        prefix = f"{province}{century}{birth_year % 100:02d}"
        self._people[prefix] += 1
        salt = int(prefix) * 104_729
        return f"{prefix}{_scatter(self._people[prefix] + self._offset, 1_000_000, salt):06d}"

    def phone(self) -> str:
        """Return a mobile number of 10 digits as people write it, without spaces."""
        self._phones += 1
        block, prefix = divmod(self._phones, len(PHONE_PREFIXES))
        return f"{PHONE_PREFIXES[prefix]}{_scatter(block, 1_000_000, prefix * 104_729 + 31_337):06d}"

    def meter_serial(self) -> str:
        """Return the serial number on a meter: maker's letters, year of make, six digits."""
        self._meters += 1
        serial = _scatter(self._meters, 1_000_000)
        return f"{'DH' if serial % 3 else 'AS'}{19 + serial % 6}-{serial:06d}"
