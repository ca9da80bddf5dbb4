"""Random tariffs and what is used by them, the same ones for the same source of chance.

Prices with fractions of a đồng, limits with fractions of a unit, versions that begin within a month: whatever the form
of a tariff takes, and the engine has to price.
"""

from datetime import date, timedelta
from decimal import Decimal

from ..engine import tariff
from ..engine.periods import month_end

ZONES = ("normal", "peak", "offpeak")
VEHICLES = ("motorcycle", "car")
#: None of them is below zero or divides by it.
FORMULAS = (
    "max(so_luong * don_gia; so_nguoi * 5000)",
    "neu(so_luong > 10; so_luong * 3000; 20000) * so_thang",
    "lam_tron(dien_tich * don_gia) + so_xe * 1500,5",
    "tron_len(so_luong / dinh_muc) * 100",
)
#: How often something is chosen.
OFTEN, NOW_AND_THEN, SELDOM = 0.5, 0.3, 0.2


def random_plan(draw, vat_codes, zones=True, around=None):
    """Return a tariff of two or three versions, of which the later ones begin in 2026.

    :param draw: ``random.Random``
    :param zones: some price by time of use
    :param around: first day of a month within which the later versions begin
    """
    by_zone = zones and draw.random() < SELDOM
    first, last = (around, month_end(around)) if around else (date(2026, 1, 1), date(2026, 12, 31))
    days = draw.sample(range(1, (last - first).days + 1), draw.randint(1, 2))
    starts = [date(2020, 1, 1), *(first + timedelta(days=day) for day in sorted(days))]
    # Two or three of them, as tariffs have: each line of ten thousand bills costs the test its time.
    kept = [kind for kind in tariff.KINDS if kind not in tariff.DERIVED_KINDS and draw.random() < SELDOM]
    versions = tuple(
        tariff.Version(start, _components(draw, kept or ["tiers"], by_zone, vat_codes), f"QĐ {number}")
        for number, start in enumerate(starts)
    )
    by_persons = draw.random() < SELDOM
    return tariff.Plan(
        versions,
        round_limits=draw.choice(("days", "always", "never")),
        days_basis=draw.choice(("month", "previous_month")),
        whole_units=draw.random() < OFTEN,
        persons_per_quota=4 if by_persons else 0,
        round_to=draw.choice((1, 1, 1, 1, 10, 1000)),
    )


def _components(draw, kinds, by_zone, vat_codes):
    """Return the components of a version; one in five of those before is missing in it, or its VAT is another."""
    found = []
    for kind in kinds:
        zones = ZONES if by_zone and kind in tariff.METERED_KINDS else ("",)
        if found and not by_zone and draw.random() < SELDOM:
            continue
        found += [_component(draw, kind, f"{kind}{zone}", vat_codes, zone=zone) for zone in zones]
    bases = tuple(component.code for component in found)
    for kind in tariff.DERIVED_KINDS:
        if draw.random() < NOW_AND_THEN:
            found.append(_component(draw, kind, kind, vat_codes, base=bases[: draw.randint(1, len(bases))]))
    return tuple(found)


def _component(draw, kind, code, vat_codes, **values):
    vat = draw.choice((None, vat_codes[0], draw.choice(vat_codes)))
    return tariff.Component(
        code, kind, name=code, unit="kWh" if kind in tariff.METERED_KINDS else "", price=_price(draw, kind),
        percent=Decimal(draw.randint(1, 2000)) / 100, tiers=_tiers(draw, kind), vat=vat,
        price_includes_vat=bool(vat) and draw.random() < SELDOM, prorate=draw.random() < OFTEN,
        minimum_quantity=Decimal(draw.choice((0, 0, 4))),
        vehicle_kind=draw.choice(("", *VEHICLES)) if kind == "vehicle" else "",
        formula=draw.choice(FORMULAS) if kind == "formula" else "", **values,
    )  # fmt: skip


def _price(draw, kind):
    """Return VND: a minimum that is reached here and there, else a price of up to 20,000 with two decimals."""
    return Decimal(draw.randint(50_000, 900_000) if kind == "minimum" else draw.randint(0, 2_000_000)) / (
        1 if kind == "minimum" else 100
    )


def _tiers(draw, kind):
    """Return tiers up to growing limits: persons of a band, else units, some with fractions."""
    if kind not in ("tiers", "slabs", "band"):
        return ()
    share = 1 if kind == "band" else draw.choice((1, 2))
    limits = sorted(draw.sample(range(1, 8 if kind == "band" else 400), draw.randint(1, 4)))
    uppers = [Decimal(limit) / share for limit in limits] + [None] * (draw.random() < 0.8)
    return tuple(tariff.Tier(upper, Decimal(draw.randint(100, 1_500_000)) / 100) for upper in uppers)


def random_usage(draw, plan):
    """Return what somebody used in a month, in two of them, or in a part of one; often one in which prices change."""
    changes = [version.date_from for version in plan.versions if version.date_from.year >= 2026]
    first = date(2026, draw.randint(1, 12), 1)
    if changes and draw.random() < OFTEN:
        first = draw.choice(changes).replace(day=1)
    start = first if draw.random() < 0.7 else first + timedelta(days=draw.randint(1, 25))
    end = month_end(first + timedelta(days=31)) if draw.random() < 0.1 else month_end(first)
    # Three decimals, and no thousandth is lost between the times of use.
    quantity = Decimal(draw.randint(0, 500_000)) / draw.choice((1, 1000, 1000))
    component = draw.choice(plan.versions[-1].components)
    relief = tariff.Relief(
        "R1", "Giảm", draw.choice(("percent", "quantity", "amount")), Decimal(draw.randint(1, 100)), component.code
    )
    return tariff.Usage(
        start, end, quantity, draw.randint(1, 9),
        Decimal(draw.choice((1, 1, 1, 2, 5))) / draw.choice((1, 4)),
        area=Decimal(draw.randint(100, 20_000)) / 100,
        vehicles=tuple((kind, draw.randint(1, 3)) for kind in VEHICLES if draw.random() < OFTEN),
        reliefs=(relief,) if draw.random() < 0.3 else (),
        zones=_zones(draw, quantity) if _by_zone(plan) else (),
    )  # fmt: skip


def _by_zone(plan):
    return any(component.zone for version in plan.versions for component in version.components)


def _zones(draw, quantity):
    """Divide a quantity between the times of use."""
    first = (quantity * draw.randint(0, 50) / 100).quantize(Decimal("0.001"))
    second = (quantity * draw.randint(0, 50) / 100).quantize(Decimal("0.001"))
    parts = (first, min(second, quantity - first))
    return tuple(zip(ZONES, (*parts, quantity - sum(parts)), strict=True))
