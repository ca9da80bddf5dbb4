"""What is priced by a formula."""

from decimal import Decimal

from .. import formula
from ..money import plain
from .error import TariffError
from .item import Item, count_vehicles, new_item, shown_months
from .plan import Component
from .spans import Span
from .usage import Usage


def formula_items(component: Component, span: Span, usage: Usage) -> list[Item]:
    """The result of a formula, with the values it was computed from."""
    known = {
        "quantity": span.quantity,
        "persons": Decimal(usage.persons),
        "area": usage.area,
        "vehicles": Decimal(count_vehicles(usage)),
        "quota": usage.quota,
        "months": Decimal(span.months.numerator) / span.months.denominator,
        "price": component.price,
    }
    try:
        parsed = formula.parse(component.formula)
        amount = parsed.compute(known)
    except formula.FormulaError as error:
        raise TariffError("formula", component=component.code) from error
    if amount < 0:
        raise TariffError("negative_formula", component=component.code, amount=amount)
    shown = known | {"months": shown_months(span.months)}
    values = {name: plain(shown[name]) for name in parsed.variables()}
    return [new_item(component, span, amount, params={"formula": parsed.text, "values": values})]
