"""Sharing out what one meter measured for several customers; the parts add up to the whole exactly."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, Context, Decimal, localcontext


def share(total: Decimal, weights: Sequence[Decimal], places: int = 3) -> list[Decimal]:
    """Return one part per weight, rounded to ``places``, by largest remainder.

    Each part differs from its exact value by less than one unit of the last place, equal weights differ by at most
    one such unit, and a weight of 0 gets nothing.

    :param total: what was measured, not negative and without more than ``places`` decimals
    :raise ValueError: negative total or weight, or nobody with a weight
    """
    whole = sum(weights, Decimal(0))
    if total < 0 or any(weight < 0 for weight in weights):
        raise ValueError("What is shared and the weights are not negative.")
    if not whole:
        raise ValueError("Nobody has a part in it.")
    unit = Decimal(1).scaleb(-places)
    with localcontext(Context(prec=60)):
        exact = [total * weight / whole for weight in weights]
        parts = [part.quantize(unit, ROUND_DOWN) for part in exact]
        left = int((total - sum(parts, Decimal(0))) / unit)
        # The first of equal remainders comes first, so that the same input always gives the same parts.
        order = sorted(range(len(parts)), key=lambda index: (parts[index] - exact[index], index))
        for index in order[:left]:
            parts[index] += unit
    return parts
