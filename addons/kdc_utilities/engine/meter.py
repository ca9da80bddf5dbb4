"""Consumption from the figures on a register, and what looks wrong about it.

A reading is one of these events: ``normal``; ``initial`` (first figure of a meter, no consumption);
``rollover`` (the register passed its highest figure and started again); ``replacement`` (the meter or
its register was changed or reset: the old register's last figure closes the old consumption, the new
figure starts the next); ``below`` (lower than before, reason given by somebody who may not settle it).
``estimate`` is a source, not an event.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from statistics import median

HISTORY = 6


class ReadingError(ValueError):
    """A figure that cannot be true. ``code`` is one of ``negative``, ``too_many_digits``, ``decreasing``,
    ``not_below``, ``no_history``, ``no_rollover``, ``final_missing``, ``final_decreasing``, ``no_previous``."""

    def __init__(self, code: str, **params):
        super().__init__(f"{code}: {params}")
        self.code = code
        self.params = params


def consumption(
    value: Decimal,
    previous: Decimal | None,
    *,
    event: str = "normal",
    digits: int = 0,
    multiplier: Decimal = Decimal(1),
    final: Decimal | None = None,
    floor: Decimal | None = None,
) -> Decimal:
    """Return the use since the previous reading, in the unit of the service.

    A figure below the previous one is refused unless ``event`` says why; a wrong reason is refused
    too (a roll-over with a higher figure), so that a typing error, a roll-over and a replacement
    stay three different things.

    :param value: figure on the register now.
    :param previous: figure before, None for a meter without any reading.
    :param digits: whole digits of the register; 0 = unknown.
    :param multiplier: units per step of the register.
    :param final: last figure of the old register (event ``replacement``).
    :param floor: last figure really read, when ``previous`` was estimated. A figure between the two is no error: the
        estimate was too high, and the use since then is negative.
    """
    check_figure(value, digits)
    if event == "initial":
        return Decimal(0)
    if previous is None:
        raise ReadingError("no_previous")
    lowest = previous if floor is None else min(floor, previous)
    if event == "replacement":
        if final is None:
            raise ReadingError("final_missing")
        check_figure(final, digits)
        if final < lowest:
            raise ReadingError("final_decreasing", value=final, previous=lowest)
        return (final - previous) * multiplier
    if event == "rollover":
        if value >= previous or not digits:
            raise ReadingError("no_rollover", value=value, previous=previous)
        return (Decimal(10) ** digits - previous + value) * multiplier
    if event == "below":
        # Somebody without the right to say what happened read a lower figure: nothing is billed until it is settled.
        if value >= previous:
            raise ReadingError("not_below", value=value, previous=previous)
        return Decimal(0)
    if value < lowest:
        raise ReadingError("decreasing", value=value, previous=lowest)
    return (value - previous) * multiplier


def settle(used: Decimal, carry: Decimal) -> tuple[Decimal, Decimal]:
    """Split a use that may be negative (a too high estimate) into what is billed now and what is carried on.

    Over any number of periods, what was billed and the last carry add up to what was used.

    :param used: use of the period
    :param carry: what is still to be taken off from before, 0 or negative
    :return: (billed now, never negative; still to be taken off, never positive)
    """
    total = used + carry
    return max(total, Decimal(0)), min(total, Decimal(0))


def estimate(
    previous: Decimal, history: Sequence[Decimal], months: int = 1, multiplier: Decimal = Decimal(1)
) -> Decimal:
    """Return the figure a register would show after the average use of the last six periods.

    Rounded half up to whole steps, since nobody believes decimals in an estimate.

    :param history: use of earlier periods, newest first, at least one
    :param months: months since the figure before
    """
    past = list(history[:HISTORY])
    if not past:
        raise ReadingError("no_history")
    average = sum(past, Decimal(0)) / len(past) * months / multiplier
    return previous + average.quantize(Decimal(1), ROUND_HALF_UP)


def check_figure(value: Decimal, digits: int = 0) -> None:
    """Refuse a figure no register can show."""
    if value < 0:
        raise ReadingError("negative", value=value)
    if digits and value >= Decimal(10) ** digits:
        raise ReadingError("too_many_digits", value=value, digits=digits)


def expected(
    previous: Decimal | None, history: Sequence[Decimal], multiplier: Decimal = Decimal(1)
) -> tuple[Decimal, Decimal] | None:
    """Return the lowest and highest figure one would expect now: half to twice the median of the last six periods.

    Whole steps, and never narrower than five of them: a household of one is no suspect for two cubic metres more.
    Returns None without a figure before or with less than three earlier periods.
    """
    past = list(history[:HISTORY])
    if previous is None or len(past) < 3:
        return None
    usual = max(median(past), Decimal(0)) / multiplier
    low = (previous + usual / 2).quantize(Decimal(1), ROUND_HALF_UP)
    high = (previous + usual * 2).quantize(Decimal(1), ROUND_HALF_UP)
    return low, max(high, low + 5)


def warning(used: Decimal, history: Sequence[Decimal], factor: Decimal) -> tuple[str, Decimal | None] | None:
    """Return what to look at before billing: ``('zero', None)``, ``('high', median)`` or None.

    :param history: consumption of earlier periods, newest first; the last six count.
    :param factor: how many times the median is suspicious. Less than three earlier periods tell nothing.
    """
    past = list(history[:HISTORY])
    usual = median(past) if len(past) >= 3 else None
    if used == 0 and usual is not None and usual > 0:
        return "zero", usual
    if usual and used > usual * factor:
        return "high", usual
    return None


#: The sign of each time of use on the display of a meter and at the end of the serial number of its register.
REGISTER_SIGNS = {"normal": "BT", "peak": "CD", "offpeak": "TD", "fourth": "T4"}


def serial_base(serial: str) -> str:
    """Return the serial number on the meter, without the sign of a register."""
    base, _space, sign = serial.rpartition(" ")
    return base if base and sign in REGISTER_SIGNS.values() else serial


def register_serial(serial: str, zone: str) -> str:
    """Return the serial number of a register: ``"CT-1"`` and ``"CT-1 BT"`` in zone ``peak`` are both ``"CT-1 CD"``."""
    return f"{serial_base(serial)} {REGISTER_SIGNS[zone]}" if zone else serial
