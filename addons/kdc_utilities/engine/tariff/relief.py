"""What an exemption or rebate takes off a component."""

from decimal import Decimal
from fractions import Fraction

from ..money import plain
from .item import Item, scale
from .plan import METERED_KINDS, Component, Relief
from .spans import Span
from .usage import Usage


def relief_item(component: Component, items: list[Item], spans: list[Span], usage: Usage) -> Item | None:
    """The negative line of the relief that is worth most for a component."""
    best: tuple[Decimal, Relief] | None = None
    for relief in usage.reliefs:
        if relief.component != component.code and (relief.component or component.kind == "percent"):
            continue
        worth = _relief_worth(relief, component, items, spans)
        if worth > 0 and (best is None or worth > best[0]):
            best = worth, relief
    if best is None:
        return None
    worth, relief = best
    params = {"relief": relief.code, "name": relief.name, "kind": relief.kind, "value": plain(relief.value)}
    line = {"label": "relief", "unit": component.unit, "decision": relief.decision, "params": params}
    return Item(-worth, line | {"date_from": usage.date_from, "date_to": usage.date_to})


def _relief_worth(relief: Relief, component: Component, items: list[Item], spans: list[Span]) -> Decimal:
    """What a relief takes off a component before rounding; never more than the component costs."""
    cost = sum((item.exact for item in items), Decimal(0))
    if relief.kind == "percent":
        return cost * relief.value / 100
    if relief.kind == "amount":
        return min(cost, scale(relief.value, sum((span.months for span in spans), Fraction(0))))
    metered, worth = component.kind in METERED_KINDS, Decimal(0)
    for span in spans:
        free = scale(relief.value, span.months) if metered else relief.value
        for item in items:
            quantity = item.line["quantity"]
            if item.line["date_from"] == span.date_from and quantity:
                part = min(free, quantity)
                worth += item.exact * part / quantity
                free -= part
    return worth
