"""What is computed from other components of the same tariff: percentages and minimums."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from ..money import plain, round_vnd, spread
from .item import Item, new_item, scale
from .plan import Component
from .spans import DAY, Span, months_begun
from .usage import Usage


class Bases:
    """Net amounts by component code and span: what percentages and minimums are computed from."""

    def __init__(self, spans: list[Span]):
        self._none = [0] * len(spans)
        self._nets: dict[str, list[int]] = {}
        self._grosses: dict[str, list[int]] = {}

    def add(self, code: str, net: int, gross: int, parts: list[Decimal]):
        """Divide a printed net among the spans as its exact parts are, so that the parts add up to it.

        :param gross: the net before a relief
        """
        for table, amount in ((self._nets, net), (self._grosses, gross)):
            divided = self._divided(amount, parts)
            known = table.get(code)
            table[code] = [sum(pair) for pair in zip(known, divided, strict=True)] if known else divided

    def _divided(self, amount: int, parts: list[Decimal]) -> list[int]:
        if len(parts) == 1:
            return [amount]
        total = sum(parts)
        return spread(amount * part / total for part in parts) if total else self._none

    def net(self, codes: Iterable[str], number: int) -> int:
        return sum(self._nets.get(code, self._none)[number] for code in codes)

    def gross(self, codes: Iterable[str], number: int) -> int:
        return sum(self._grosses.get(code, self._none)[number] for code in codes)


def add_percent(items: list[Item], component: Component, span: Span, base: int) -> Decimal:
    """Add a percentage of the printed net that other components have in a span, after their reliefs.

    A span at the same percentage as the one before makes its line longer: it is 10 % of the whole, however often
    other prices changed.

    :return: the amount of the span
    """
    exact, percent = base * component.percent / 100, plain(component.percent)
    last = items[-1] if items else None
    if last and last.line.get("params", {}).get("percent") == percent and last.line["date_to"] == span.date_from - DAY:
        last.exact += exact
        last.line["params"]["base"] += base
        last.line |= {"date_to": span.date_to, "decision": span.version.decision}
    else:
        items.append(new_item(component, span, exact, params={"percent": percent, "base": base}))
    return exact


@dataclass(slots=True)
class _Minimum:
    """One minimum over the spans it rules, and what it is compared with."""

    component: Component
    source: Span
    first: Span
    last: Span
    base: int = 0
    floors: dict[int, Decimal] = field(default_factory=dict)

    def goes_on(self, component: Component) -> bool:
        one, other = self.component, component
        return (one.price, one.prorate, one.base) == (other.price, other.prorate, other.base)


def minimums_of(own: list[Component | None], spans: list[Span], usage: Usage, bases: Bases) -> list[_Minimum]:
    """Return the minimums of a period. One that stays the same while other prices change is one of the whole.

    A minimum by months begun is that of the day on which a month begins, to the end of that month.
    """
    found: list[_Minimum] = []
    ruling = None
    for number, (component, span) in enumerate(zip(own, spans, strict=True)):
        component = component if component and component.kind == "minimum" else None
        begun, either = months_begun(span, usage), component or (ruling and ruling.component)
        if begun or not either or either.prorate:
            if component is None:
                ruling = None
            elif ruling is None or not ruling.goes_on(component):
                ruling = _Minimum(component, span, span, span)
                found.append(ruling)
            else:
                ruling.component, ruling.source = component, span
        if ruling:
            months = span.months if ruling.component.prorate else Fraction(begun)
            ruling.last = span
            ruling.floors[number] = scale(ruling.component.price, months)
            ruling.base += bases.gross(ruling.component.base, number)
    return found


def minimum_items(minimums: list[_Minimum], parts: list[Decimal]) -> list[Item]:
    """Top up the printed net of other components; reliefs are left aside, or a minimum would take them back.

    :param parts: takes what each span adds
    """
    items = []
    for minimum in minimums:
        floor = sum(minimum.floors.values(), Decimal(0))
        missing = floor - minimum.base
        if missing <= 0:
            continue
        for number, amount in minimum.floors.items():
            parts[number] += missing * amount / floor
        item = new_item(
            minimum.component, minimum.source, missing, params={"floor": round_vnd(floor), "base": minimum.base}
        )
        item.line |= {"date_from": minimum.first.date_from, "date_to": minimum.last.date_to}
        items.append(item)
    return items
