"""Water meters and their monthly readings, with the anomalies an accountant meets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

#: Digits on the dial of a household water meter (whole m³).
DIGITS = 5

#: Use in each month of the year, in per cent of the mean: hot and dry from April to August in Nha Trang.
SEASON = (92, 98, 102, 107, 112, 115, 112, 108, 100, 94, 90, 90)

#: Place of a household in each run of fifty → what is odd about its meter.
ANOMALIES = {7: "spike", 19: "zero", 31: "rollover", 43: "missing"}


@dataclass(frozen=True)
class Reading:
    """The dial on a day; ``value`` (whole m³) is None when nobody could read it."""

    day: date
    value: int | None


@dataclass(frozen=True)
class Meter:
    """A water meter with its readings, oldest first."""

    serial: str
    digits: int
    anomaly: str
    readings: tuple[Reading, ...]


def reading_days(today: date, months: int) -> list[date]:
    """Return the last ``months`` + 1 month ends before ``today``: the first opens the first period."""
    year, month = today.year, today.month
    days = []
    for _step in range(months + 1):
        first = date(year, month, 1)
        days.append(date.fromordinal(first.toordinal() - 1))
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    return days[::-1]


def monthly_use(rng: Random, persons: int, month: int) -> int:
    """Return a household's use in a month (1–12) in m³: about 4 m³ a person and 2 m³ for the house."""
    mean = (2 + 3.9 * persons) * SEASON[month - 1] / 100
    return max(0, round(mean * rng.uniform(0.8, 1.2)))


def read(rng: Random, serial: str, persons: int, days: list[date], anomaly: str = "") -> Meter:
    """Run a meter over ``days`` and return it with its readings.

    :param anomaly: ``spike`` a leak in the last but one period, ``zero`` nobody at home for two periods, ``rollover``
        the dial passes 99,999, ``missing`` one reading that could not be taken, or empty.
    """
    modulus = 10**DIGITS
    value = rng.randrange(40, 3200)
    if anomaly == "rollover":
        value = modulus - rng.randrange(20, 60)
    readings = [Reading(days[0], value)]
    last = len(days) - 1
    for position, day in enumerate(days[1:], 1):
        use = monthly_use(rng, persons, day.month)
        if anomaly == "spike" and position == last - 1:
            use = use * 6 + 15
        elif anomaly == "zero" and position >= last - 1:
            use = 0
        value = (value + use) % modulus
        readings.append(Reading(day, None if anomaly == "missing" and position == max(1, last - 2) else value))
    return Meter(serial, DIGITS, anomaly, tuple(readings))
