"""The dictionary layout in which bills are stored: written as plain JSON, read back also from earlier releases."""

from datetime import date
from decimal import Decimal

from ..money import plain
from .charge import Charge, Line
from .plan import Relief
from .section import Section, TrueUp
from .usage import Reading

_AS_IT_IS = frozenset({str, int, bool, type(None)})


def jsonable(value):
    """Return a value of a bill as plain JSON. Not ``dataclasses.asdict``, which copies every number before."""
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if kind is Decimal:
        return plain(value)
    if isinstance(value, date):
        return value.isoformat()
    if kind is tuple or kind is list:
        return [jsonable(item) for item in value]
    if kind is dict:
        return {key: jsonable(item) for key, item in value.items()}
    data = {name: jsonable(getattr(value, name)) for name in kind.__slots__}
    if kind is Charge:
        data |= {"net": value.net, "vat": value.vat, "total": value.total}
    return data


def section_dict(section: Section, charges: list[dict]) -> dict:
    """Return a section as plain JSON, with its charges as they are there already."""
    data = {name: jsonable(getattr(section, name)) for name in Section.__slots__ if name != "charges"}
    net, vat = section.net, section.vat
    return data | {"charges": charges, "net": net, "vat": vat, "total": net + vat}


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def read_section(data: dict) -> Section:
    """Read a section from the dictionary layout, also from the first one."""
    return Section(
        service=data["service"],
        name=data["name"],
        unit=data["unit"],
        date_from=_day(data["date_from"]),
        date_to=_day(data["date_to"]),
        quantity=Decimal(data["quantity"]),
        persons=data["persons"],
        quota=Decimal(data["quota"]),
        charges=tuple(_read_charge(charge) for charge in data["charges"]),
        readings=tuple(_read_reading(reading) for reading in data["readings"]),
        # What follows is not in bills of the first layout.
        tariff=data.get("tariff", ""),
        vat_date=_day(data.get("vat_date")),
        area=Decimal(data.get("area", "0")),
        vehicles=tuple((kind, count) for kind, count in data.get("vehicles", ())),
        reliefs=tuple(Relief(**relief | {"value": Decimal(relief["value"])}) for relief in data.get("reliefs", ())),
        zones=tuple((zone, Decimal(quantity)) for zone, quantity in data.get("zones", ())),
        quota_persons=data.get("quota_persons", 0),
    )


def read_true_up(data: dict) -> TrueUp:
    """Read what a bill sets right from the dictionary layout."""
    return TrueUp(data["service"], tuple(data["bills"]), tuple(data["readings"]), tuple(read_charges(data["waiting"])))


def _read_charge(data: dict) -> Charge:
    return Charge(
        code=data["code"],
        name=data["name"],
        kind=data["kind"],
        net=data["net"],
        vat=data["vat"],
        vat_rate=_number(data["vat_rate"]),
        price_includes_vat=data["price_includes_vat"],
        lines=tuple(_read_line(line) for line in data["lines"]),
    )


def _read_line(data: dict) -> Line:
    return Line(
        label=data["label"],
        amount=data["amount"],
        quantity=_number(data["quantity"]),
        unit=data["unit"],
        price=_number(data["price"]),
        tier_from=_number(data["tier_from"]),
        tier_to=_number(data["tier_to"]),
        date_from=_day(data["date_from"]),
        date_to=_day(data["date_to"]),
        decision=data["decision"],
        params=dict(data["params"]),
    )


def _read_reading(data: dict) -> Reading:
    return Reading(
        serial=data["serial"],
        previous_date=_day(data["previous_date"]),
        previous_value=Decimal(data["previous_value"]),
        date=_day(data["date"]),
        value=Decimal(data["value"]),
        consumption=Decimal(data["consumption"]),
        multiplier=Decimal(data["multiplier"]),
        source=data["source"],
        event=data["event"],
        reading_id=data["reading_id"],
        final=_number(data.get("final")),
        previous_source=data.get("previous_source", ""),
        billed=_number(data.get("billed")),
        share=data.get("share"),
        zone=data.get("zone", ""),
    )


def read_charges(data: list[dict]) -> list[Charge]:
    """Read the charges of a section from the dictionary layout."""
    return [_read_charge(charge) for charge in data]
