"""Exact numbers for money: rounding to whole đồng and lines that add up to their total."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

#: Enough digits for any quantity × price × factor of a bill to stay exact before it is rounded once.
EXACT = Context(prec=50)
#: Whatever a float can hold (up to 1e308): what somebody typed by mistake has to reach the check that refuses it.
TYPED = Context(prec=400)
#: Below it a whole float has no binary noise.
WHOLE = 2**53


def decimal(value, places: int = 6) -> Decimal:
    """Return ``value`` as a Decimal without binary noise.

    A float (the ORM keeps quantities as floats) is read through its shortest decimal form and
    cut to ``places``, so 12.1 is exactly 12.1.
    """
    if isinstance(value, float):
        if value.is_integer() and abs(value) < WHOLE:
            return Decimal(int(value))
        return Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, TYPED).normalize() + 0
    return Decimal(value)


def round_vnd(amount: Decimal) -> int:
    """Round to 1 VND, half up (away from zero for a negative correction), the way Odoo rounds VND."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP, EXACT))


def round_whole(quantity: Decimal) -> Decimal:
    """Round a quantity (m³, kWh) to whole units, half up."""
    return quantity.quantize(Decimal(1), ROUND_HALF_UP, EXACT)


def spread(amounts: Iterable[Decimal]) -> list[int]:
    """Round each amount so that the printed lines add up to the rounded total.

    Every line is the difference of two rounded running sums: the error of a line stays below
    1 VND and no line has to carry the remainder of the others.
    """
    result, exact, printed = [], Decimal(0), 0
    with localcontext(EXACT):
        for amount in amounts:
            exact += amount
            rounded = round_vnd(exact)
            result.append(rounded - printed)
            printed = rounded
    return result


def plain(value: Decimal) -> str:
    """Return a Decimal as plain digits without trailing zeros: ``'62.5'``, ``'100'``, never ``'1E+2'``.

    With all its digits: a bill read back says exactly what was computed, also of a quantity divided without end.
    """
    return format(value.normalize(EXACT), "f")
