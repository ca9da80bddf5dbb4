"""What is priced by the month: flat, per person, m² or vehicle, and by the size of the household."""

from decimal import Decimal
from fractions import Fraction

from ..money import plain
from .error import TariffError
from .item import Item, count_vehicles, new_item, scale, shown_months
from .plan import Component, Tier
from .spans import Span, months_begun
from .usage import Usage


def periodic_items(component: Component, span: Span, usage: Usage) -> list[Item]:
    """Flat, per person, m² or vehicle and per household-size band: price × months, by days or by months begun."""
    months = span.months if component.prorate else Fraction(months_begun(span, usage))
    if not months:
        return []
    params = {"months": plain(shown_months(months))}
    if component.kind == "flat":
        return [new_item(component, span, scale(component.price, months), None, component.price, params=params)]
    if component.kind in ("area", "vehicle"):
        count = usage.area if component.kind == "area" else Decimal(count_vehicles(usage, component.vehicle_kind))
        if not count:
            return []
        if component.vehicle_kind:
            params["vehicle"] = component.vehicle_kind
        return [
            new_item(component, span, scale(component.price * count, months), count, component.price, params=params)
        ]
    params["persons"] = usage.persons
    if component.kind == "person":
        if not usage.persons:
            return []
        exact = scale(component.price * usage.persons, months)
        return [new_item(component, span, exact, Decimal(usage.persons), component.price, params=params)]
    band = _band(component, usage.persons)
    if band is None:
        return []
    lower, tier = band
    exact = scale(tier.price, months)
    return [new_item(component, span, exact, None, tier.price, tier_from=lower, tier_to=tier.upper, params=params)]


def _band(component: Component, persons: int) -> tuple[Decimal, Tier] | None:
    """The household-size band of a headcount with its smallest headcount; nobody registered has none."""
    if not component.tiers:
        raise TariffError("no_tiers", component=component.code)
    if persons <= 0:
        return None
    lower = Decimal(1)
    for tier in component.tiers:
        if tier.upper is None or persons <= tier.upper:
            return lower, tier
        lower = tier.upper + 1
    last = component.tiers[-1]
    return (component.tiers[-2].upper + 1 if len(component.tiers) > 1 else Decimal(1)), Tier(None, last.price)
