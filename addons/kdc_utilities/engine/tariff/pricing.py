"""Pricing: what a usage costs by a plan, every component over all parts of the period."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal, localcontext

from ..money import EXACT, round_whole, spread
from .by_formula import formula_items
from .charge import FOREIGN_KINDS, Charge, Line, with_vat
from .derived import Bases, add_percent, minimum_items, minimums_of
from .error import TariffError
from .item import Item
from .layout import jsonable
from .metered import metered_items
from .periodic import periodic_items
from .plan import DERIVED_KINDS, METERED_KINDS, NO_VAT, Component, Plan, VatTable
from .relief import relief_item
from .section import Section
from .spans import Span, spans_of
from .usage import Reading, Usage


def compute(
    plan: Plan,
    usage: Usage,
    vat_table: VatTable = NO_VAT,
    *,
    service: str = "",
    name: str = "",
    unit: str = "",
    tariff: str = "",
    readings: Iterable[Reading] = (),
) -> Section:
    """Price one connection for one period and explain it line by line.

    :raise TariffError: nothing is guessed: a missing version, VAT rate or tier stops the bill.
    """
    if usage.date_to < usage.date_from:
        raise TariffError("bad_period", date_from=usage.date_from, date_to=usage.date_to)
    if usage.quantity < 0:
        raise TariffError("negative_quantity", quantity=usage.quantity)
    if usage.zones and sum(quantity for _zone, quantity in usage.zones) != usage.quantity:
        raise TariffError("zone_sum", quantity=usage.quantity)
    with localcontext(EXACT):
        charges = _charges(spans_of(plan, usage), plan, usage, vat_table)
    return Section(
        service=service,
        name=name,
        unit=unit,
        date_from=usage.date_from,
        date_to=usage.date_to,
        quantity=usage.quantity,
        persons=usage.persons,
        quota=usage.quota,
        charges=tuple(charges),
        readings=tuple(readings),
        tariff=tariff,
        vat_date=usage.vat_date,
        area=usage.area,
        vehicles=usage.vehicles,
        reliefs=usage.reliefs,
        zones=usage.zones,
        quota_persons=usage.quota_persons,
    )


class Priced:
    """What was priced before: in a ward, many households of three pay for waste, and many use 12 m³ of water.

    For as long as plans and VAT rates stay what they are, as in one part of a billing run.
    """

    def __init__(self, vat_table: VatTable):
        self._vat_table = vat_table
        self._sections: dict[tuple, Section] = {}
        #: id of a tuple of charges → (the tuple itself, so that the id stays its own; plain JSON of it)
        self._dicts: dict[int, tuple] = {}

    def compute(self, plan: Plan, usage: Usage, *, readings: Iterable[Reading] = (), **texts) -> Section:
        """Return what :func:`compute` returns.

        :param texts: ``service``, ``name``, ``unit`` and ``tariff``
        """
        key = (id(plan), usage, *texts.values())
        known = self._sections.get(key)
        if known is None:
            known = self._sections[key] = compute(plan, usage, self._vat_table, **texts)
            self._dicts[id(known.charges)] = known.charges, None
        return replace(known, readings=tuple(readings)) if readings else known

    def charges_dict(self, charges: tuple[Charge, ...]) -> list[dict]:
        """Return charges as plain JSON, which nobody changes."""
        kept = self._dicts.get(id(charges))
        if kept is None:
            return jsonable(charges)
        if kept[1] is None:
            kept = self._dicts[id(charges)] = charges, jsonable(charges)
        return kept[1]


def recompute(section: Section, plan: Plan, vat_table: VatTable) -> Section:
    """Price a section again by a plan, from what it says was used; charges of other origin stay as they are."""
    again = compute(
        plan, section.usage(), vat_table,
        service=section.service, name=section.name, unit=section.unit, tariff=section.tariff, readings=section.readings,
    )  # fmt: skip
    foreign = tuple(charge for charge in section.charges if charge.kind in FOREIGN_KINDS)
    return replace(again, charges=again.charges + foreign)


def _charges(spans: list[Span], plan: Plan, usage: Usage, vat_table: VatTable) -> list[Charge]:
    """Compute every component over all spans, derived ones last in their given order.

    A code that changes its VAT, or whether the price includes it, gives a charge for each: net and gross amounts do
    not add up.
    """
    tables = [{_key(component): component for component in span.version.components} for span in spans]
    components: dict[tuple, Component] = {}
    for table in tables:
        components |= table
    # A code may be a percentage in one version only: there it still comes after what it is a percentage of.
    derived = {key for table in tables for key, component in table.items() if component.kind in DERIVED_KINDS}
    codes = {component.code for component in components.values()}
    bases = Bases(spans)
    charges = []
    for key, component in sorted(components.items(), key=lambda pair: pair[0] in derived):
        own = [table.get(key) for table in tables]
        items, parts = _component_items(own, spans, plan, usage, codes, bases)
        charge = _charge(component, items, plan, usage, vat_table)
        gross = charge.net
        if usage.reliefs:
            ruled = [span for span, one in zip(spans, own, strict=True) if one]
            relief = relief_item(component, items, ruled, usage)
            if relief:
                charge = _charge(component, [*items, relief], plan, usage, vat_table)
        bases.add(component.code, charge.net, gross, parts)
        if charge.lines:
            charges.append(charge)
    return charges


def _key(component: Component) -> tuple:
    """What has to be the same for amounts of two versions to be one charge."""
    return component.code, component.vat, component.price_includes_vat


def _component_items(
    own: list[Component | None], spans: list[Span], plan: Plan, usage: Usage, codes: set[str], bases: Bases
) -> tuple[list[Item], list[Decimal]]:
    """Return the lines of one component and, where there are several spans, what they are worth in each.

    :param own: the component in the version of each span, None where it has none
    """
    items, parts, least = [], [Decimal(0)] * len(spans), False
    for number, (component, span) in enumerate(zip(own, spans, strict=True)):
        if component is None:
            continue
        for base in component.base:
            if base not in codes:
                raise TariffError("unknown_base", component=component.code, base=base)
        if component.kind == "percent":
            parts[number] = add_percent(items, component, span, bases.net(component.base, number))
        elif component.kind == "minimum":
            least = True
        else:
            added = _items(component, span, plan, usage)
            if len(spans) > 1:
                parts[number] = sum((item.exact for item in added), Decimal(0))
            items += added
    if least:
        items += minimum_items(minimums_of(own, spans, usage, bases), parts)
    return items, parts


def _items(component: Component, span: Span, plan: Plan, usage: Usage) -> list[Item]:
    """Lines of one component in one span."""
    if component.kind in METERED_KINDS:
        return metered_items(component, span, plan, usage)
    if component.kind == "formula":
        return formula_items(component, span, usage)
    return periodic_items(component, span, usage)


def _charge(component: Component, items: list[Item], plan: Plan, usage: Usage, vat_table: VatTable) -> Charge:
    """Round once and add VAT."""
    amounts = spread(item.exact for item in items)
    rate = vat_table.rate(component.vat, usage.vat_date or usage.date_to) if component.vat else None
    lines = [Line(amount=amount, **item.line) for amount, item in zip(amounts, items, strict=True)]
    printed = sum(amounts)
    if plan.round_to > 1 and printed % plan.round_to:
        rounded = int(round_whole(Decimal(printed) / plan.round_to)) * plan.round_to
        lines.append(Line("rounding", rounded - printed, params={"to": plan.round_to}))
        printed = rounded
    net, vat = with_vat(printed, rate, component.price_includes_vat)
    return Charge(
        code=component.code,
        name=component.name,
        kind=component.kind,
        net=net,
        vat=vat,
        vat_rate=rate,
        price_includes_vat=component.price_includes_vat and rate is not None,
        lines=tuple(lines),
    )
