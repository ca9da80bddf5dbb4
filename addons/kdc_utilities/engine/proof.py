"""Comparing two books that have to say the same amount for every key: receipts and cash book, bills and payments."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Comparison:
    """Two books side by side. Amounts are whole VND, or plain counts where the books count papers."""

    #: What each book says, by key.
    left: Mapping[Hashable, int]
    right: Mapping[Hashable, int]

    @property
    def totals(self) -> tuple[int, int]:
        """The sum of each book."""
        return sum(self.left.values()), sum(self.right.values())

    @property
    def misfits(self) -> dict[Hashable, tuple[int, int]]:
        """The keys for which the books differ, with what each says; a missing key says zero.

        Equal sums are no proof: one đồng too many here and one too few there are two misfits.
        """
        keys = dict.fromkeys([*self.left, *self.right])
        both = {key: (self.left.get(key, 0), self.right.get(key, 0)) for key in keys}
        return {key: amounts for key, amounts in both.items() if amounts[0] != amounts[1]}

    @property
    def gap(self) -> int:
        """The đồng that do not fit, wherever they are: never cancelled out by an opposite gap."""
        return sum(abs(left - right) for left, right in self.misfits.values())
