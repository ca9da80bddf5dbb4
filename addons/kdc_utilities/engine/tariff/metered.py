"""What is priced by the measured quantity: one price, tiers, or the tier that the whole quantity reaches."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from ..money import plain, round_whole
from .error import TariffError
from .item import Item, new_item, scale
from .plan import Component, Plan, Tier
from .spans import Span
from .usage import Usage


def metered_items(component: Component, span: Span, plan: Plan, usage: Usage) -> list[Item]:
    """Lines by quantity. Where a minimum quantity is billed instead of the used one, each line says so."""
    if component.zone:
        if not span.zones:
            raise TariffError("no_zones", component=component.name or component.code)
        span = replace(span, quantity=span.zones.get(component.zone, Decimal(0)))
    least = scale(component.minimum_quantity, span.months)
    topped_up = span.quantity < least
    if topped_up:
        span = replace(span, quantity=least)
    if component.kind == "tiers":
        items = _tier_items(component, span, plan, usage)
    elif component.kind == "slabs":
        items = _slab_items(component, span, plan, usage)
    else:
        items = [new_item(component, span, span.quantity * component.price, span.quantity, component.price)]
    if topped_up:
        for item in items:
            item.line["params"] = item.line.get("params", {}) | {"at_least": plain(least)}
    return items


def _tier_items(component: Component, span: Span, plan: Plan, usage: Usage) -> list[Item]:
    if not component.tiers:
        raise TariffError("no_tiers", component=component.code)
    items = []
    for number, lower, upper, part in tier_slices(span.quantity, component.tiers, *_tier_scale(span, plan, usage)):
        price = component.tiers[number - 1].price
        items.append(
            new_item(
                component, span, part * price, part, price,
                tier_from=lower, tier_to=upper, params={"tier": number},
            )
        )  # fmt: skip
    return items


def _tier_scale(span: Span, plan: Plan, usage: Usage) -> tuple[Fraction, bool]:
    """By what tier limits are multiplied, and whether they are then rounded to whole units."""
    whole = plan.round_limits == "always" or (plan.round_limits == "days" and span.scaled_by_days)
    return span.months * Fraction(usage.quota), whole


def _slab_items(component: Component, span: Span, plan: Plan, usage: Usage) -> list[Item]:
    """Independent tiers: the whole quantity at the price of the tier it reaches."""
    if not component.tiers:
        raise TariffError("no_tiers", component=component.code)
    number, lower, upper, _part = tier_slices(span.quantity, component.tiers, *_tier_scale(span, plan, usage))[-1]
    price, quantity = component.tiers[number - 1].price, span.quantity
    return [
        new_item(
            component, span, quantity * price, quantity, price,
            tier_from=lower, tier_to=upper, params={"tier": number},
        )
    ]  # fmt: skip


def tier_slices(
    quantity: Decimal, tiers: Sequence[Tier], factor: Decimal | Fraction = Decimal(1), whole: bool = False
) -> list[tuple[int, Decimal, Decimal | None, Decimal]]:
    """Cut a quantity into cumulative tiers: ``(number from 1, lower, upper, quantity in the tier)``.

    The width of each tier is scaled by ``factor`` (quota × days), and rounded to whole units if
    ``whole``. A limit belongs to the tier below it: with a limit of 10, the tenth unit has the first
    price. The first tier is always returned, so that a bill of zero is explained too.
    """
    if not tiers:
        raise TariffError("no_tiers")
    slices, lower, published = [], Decimal(0), Decimal(0)
    for number, tier in enumerate(tiers, 1):
        if tier.upper is None:
            upper = None
        else:
            width = scale(tier.upper - published, factor)
            upper = lower + (round_whole(width) if whole else width)
            published = tier.upper
        top = quantity if upper is None else min(quantity, upper)
        if number == 1 or top > lower:
            slices.append((number, lower, upper, max(top - lower, Decimal(0))))
        if upper is None or quantity <= upper:
            return slices
        lower = upper
    # Beyond the last limit the last price goes on.
    number, last_lower, _upper, part = slices[-1]
    if number == len(tiers):
        slices[-1] = (number, last_lower, None, part + quantity - lower)
    else:
        slices.append((len(tiers), lower, None, quantity - lower))
    return slices
