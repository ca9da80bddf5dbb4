"""Bills per second of the tariff engine alone, beside floating-point sums of the same tiers without any explanation.

10,000 random bills of three services: water in four tiers with a fee, electricity in six, waste by the size of the
household; every third over a change of prices, every tenth with an exemption. The sums are the least to compute.
"""

import random
import time
from datetime import date, timedelta
from decimal import Decimal

from tests.engine import conftest as _engines  # noqa: F401  makes the engines importable without Odoo

from ._context import Context
from ._result import Result

BILLS, SEED = 10_000, 20
#: Bills per second of processor time. Making journal entries of them takes several milliseconds each.
GOAL = 500
WATER = ((10, 6900), (20, 8300), (30, 10100), (None, 12300))
POWER = ((50, 1984), (100, 2050), (200, 2380), (300, 2998), (400, 3350), (None, 3460))
WASTE = ((4, 24000), (None, 36000))
SERVICES = ("NUOC", "DIEN", "RAC")


def plans(tariff) -> list:
    """The three tariffs, each with a second version in the middle of November 2026."""

    def tiers(table, factor):
        return tuple(
            tariff.Tier(None if upper is None else Decimal(upper), Decimal(price) * factor) for upper, price in table
        )

    def versions(components):
        return tuple(
            tariff.Version(day, components(factor), f"QĐ {number}")
            for number, (day, factor) in enumerate(
                [(date(2020, 1, 1), Decimal(1)), (date(2026, 11, 12), Decimal("1.05"))], 1
            )
        )

    def water(factor):
        return (
            tariff.Component("Q", "tiers", tiers=tiers(WATER, factor), vat="V5"),
            tariff.Component("F", "percent", percent=Decimal(10), base=("Q",)),
        )

    return [
        tariff.Plan(versions(water)),
        tariff.Plan(versions(lambda factor: (tariff.Component("Q", "tiers", tiers=tiers(POWER, factor), vat="V8"),))),
        tariff.Plan(versions(lambda factor: (tariff.Component("R", "band", tiers=tiers(WASTE, factor), vat="V8"),))),
    ]


def usages(tariff) -> list:
    """What 10,000 households used."""
    rng = random.Random(SEED)
    half = tariff.Relief("R1", "Hộ nghèo", "percent", Decimal(50), decision="QĐ 3")
    found = []
    for number in range(BILLS):
        first = date(2026, 11, 1) if number % 3 == 0 else date(2026, 10, 1)
        last = first + timedelta(days=29 if first.month == 11 else 30)
        reliefs = (half,) if number % 10 == 0 else ()
        persons = rng.randrange(1, 9)
        found.append(
            [
                tariff.Usage(first, last, Decimal(rng.randrange(limit)), persons, reliefs=reliefs)
                for limit in (60, 600, 1)
            ]
        )
    return found


def plain_sum(quantity: float, table) -> float:
    """Price of a quantity in cumulative tiers."""
    total, lower = 0.0, 0
    for upper, price in table:
        if quantity <= lower:
            break
        total += (min(quantity, upper or quantity) - lower) * price
        lower = upper
    return total


def plain_bill(water: float, power: float, persons: int) -> int:
    """What such a bill costs in a month without any change of prices."""
    fee = plain_sum(water, WATER)
    waste = next(price for upper, price in WASTE if upper is None or persons <= upper)
    return round(fee * 1.05 + fee * 0.1) + round(plain_sum(power, POWER) * 1.08) + round(waste * 1.08)


def seconds(work, items) -> float:
    """Processor seconds of the work on all items."""
    started = time.process_time()
    for item in items:
        work(item)
    return time.process_time() - started


def run(_context: Context) -> list[Result]:
    """A line for pricing, and one for pricing with the explanation as it is stored and read back."""
    from kdc_utilities_engine import tariff

    rates = (("V5", 5), ("V8", 8))
    vat = tariff.VatTable(tuple(tariff.VatRate(code, date(2000, 1, 1), Decimal(rate)) for code, rate in rates))
    tariffs, cases = plans(tariff), usages(tariff)

    def bill(usage):
        sections = [
            tariff.compute(plan, one, vat, service=service, name=service, unit="m³", tariff=service)
            for plan, one, service in zip(tariffs, usage, SERVICES, strict=True)
        ]
        return tariff.Bill(tuple(sections))

    def stored(usage):
        assert tariff.Bill.from_dict(bill(usage).to_dict()).total > 0

    numbers = [(float(water.quantity), float(power.quantity), waste.persons) for water, power, waste in cases]
    plain = seconds(lambda one: plain_bill(*one), numbers)
    return [
        Result(
            f"tariff: {name}",
            "bills/s",
            BILLS / seconds(work, cases),
            "sums in floats",
            BILLS / plain,
            goal,
            absolute=True,
        )
        for name, work, goal in (("price", bill, GOAL), ("price, store and read", stored, None))
    ]
