"""A line before rounding, and the arithmetic that several kinds of components share."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from .usage import Usage


@dataclass(slots=True)
class Item:
    """A line before rounding."""

    exact: Decimal
    line: dict


def new_item(component, span, exact, quantity=None, price=None, **extra) -> Item:
    """Return a line of a component in a span; ``extra`` are further fields of the printed line."""
    line = {
        "label": component.kind,
        "quantity": quantity,
        "unit": component.unit,
        "price": price,
        "date_from": span.date_from,
        "date_to": span.date_to,
        "decision": span.version.decision,
    }
    return Item(exact, line | extra)


def scale(value: Decimal, factor: Decimal | Fraction) -> Decimal:
    """Multiply exactly first, divide last, so that whole results stay whole."""
    if isinstance(factor, Fraction):
        return value * factor.numerator / factor.denominator
    return value * factor


def count_vehicles(usage: Usage, kind: str = "") -> int:
    """Return the number of vehicles of a kind, without one of all."""
    return sum(count for name, count in usage.vehicles if not kind or name == kind)


def shown_months(months: Fraction) -> Decimal:
    """Months as printed, to four places."""
    return (Decimal(months.numerator) / months.denominator).quantize(Decimal("0.0001"))
