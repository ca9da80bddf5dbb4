"""Estimates set right by the next real reading (U-10).

Tier limits are per month, so it is not enough to bill the missing units with the next ones: 30 m³ estimated for a month
in which 10 were used cost more than the same 30 m³ over the three months they last. So the bill of the real reading
prices everything since the last real figure anew, over all its months (:func:`joined`, :func:`divided`), and takes off
to the đồng what the estimated bills charged (:func:`negated`). A bill is never below zero: what it is too small for
comes off the next ones (:func:`fitted`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from .money import round_whole
from .periods import days
from .tariff import FOREIGN_KINDS, Charge, Line, Section, Usage, printed_of, with_vat


def charged(section: Section) -> list[Charge]:
    """Return what a section cost by its tariff, without what came on it from elsewhere."""
    return [charge for charge in section.charges if charge.kind not in FOREIGN_KINDS]


def negated(charge: Charge, **params) -> Charge:
    """Return a charge in one line that takes another one off with exactly its VAT.

    :param params: of the printed line: ``bill`` and ``month`` of the bill it was on
    """
    line = Line("trueup", -printed_of(charge), params=params)
    return replace(charge, kind="trueup", net=-charge.net, vat=-charge.vat, lines=(line,))


def joined(parts: Iterable[tuple[object, Usage]]) -> list[tuple[object, Usage]]:
    """Join consecutive months in which the same was true (key, persons, quota, exemptions): one set of tier limits.

    :param parts: (what else has to be the same: tariff, VAT rates; usage without quantity), the oldest first
    """
    result: list[tuple[object, Usage]] = []
    for key, usage in parts:
        if result:
            known, last = result[-1]
            longer = replace(last, date_to=usage.date_to, vat_date=usage.vat_date)
            if key == known and longer == replace(usage, date_from=last.date_from):
                result[-1] = key, longer
                continue
        result.append((key, usage))
    return result


def divided(usages: Sequence[Usage], quantities: dict[str, Decimal], whole: bool) -> list[Usage]:
    """Divide what was measured over all these days among them, as over a change of prices.

    The newest part gets the rest.

    :param quantities: by time of use; one without a name where the meter has one register
    :param whole: the older parts are cut to whole units
    """
    total, left = sum(days(usage.date_from, usage.date_to) for usage in usages), dict(quantities)
    result = []
    for number, usage in enumerate(usages, 1):
        parts = {}
        for zone, quantity in quantities.items():
            part = left[zone]
            if number < len(usages):
                part = quantity * days(usage.date_from, usage.date_to) / total
                part = min(round_whole(part), left[zone]) if whole else part
            left[zone] -= part
            parts[zone] = part
        zones = () if set(parts) == {""} else tuple(parts.items())
        result.append(replace(usage, quantity=sum(parts.values()), zones=zones))
    return result


def fitted(charges: Iterable[Charge], room: int) -> tuple[list[Charge], list[Charge]]:
    """Divide charges into what comes on a bill that has ``room`` VND before it is below zero, and what waits."""
    now, waiting = [], []
    for charge in sorted(charges, key=lambda charge: charge.total < 0):
        if room + charge.total >= 0:
            part, rest = charge, None
        else:
            part, rest = _cut(charge, room)
        if part:
            now.append(part)
            room += part.total
        if rest:
            waiting.append(rest)
    return now, waiting


def _cut(charge: Charge, room: int) -> tuple[Charge | None, Charge]:
    """Cut a negative charge in two, of which the first fits; net and VAT of the two are those of the whole."""
    most = room
    if charge.vat_rate and not charge.price_includes_vat:
        most = int(room * 100 / (100 + charge.vat_rate)) + 1
    for printed in range(most, 0, -1):
        part, rest = (_printing(charge, amount) for amount in (-printed, printed_of(charge) + printed))
        if room + part.total >= 0 and part.vat + rest.vat == charge.vat:
            return part, rest
    return None, charge


def _printing(charge: Charge, printed: int) -> Charge:
    """Return a charge of one line with another amount."""
    (line,) = charge.lines
    net, vat = with_vat(printed, charge.vat_rate, charge.price_includes_vat)
    return replace(charge, net=net, vat=vat, lines=(replace(line, amount=printed),))
