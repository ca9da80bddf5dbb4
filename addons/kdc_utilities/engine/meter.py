"""Consumption from the figures on a register, and what looks wrong about it.

A reading is one of five events: ``normal``; ``initial`` (first figure of a meter, no consumption);
``rollover`` (the register passed its highest figure and started again); ``replacement`` (the meter or
its register was changed or reset: the old register's last figure closes the old consumption, the new
figure starts the next); ``estimate`` is a source, not an event.
"""

from collections.abc import Sequence
from decimal import Decimal
from statistics import median

EVENTS = ("normal", "initial", "rollover", "replacement")
HISTORY = 6


class ReadingError(ValueError):
    """A figure that cannot be true. ``code`` is one of ``negative``, ``too_many_digits``,
    ``decreasing``, ``no_rollover``, ``final_missing``, ``final_decreasing``, ``no_previous``."""

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
    """
    check_figure(value, digits)
    if event == "initial":
        return Decimal(0)
    if previous is None:
        raise ReadingError("no_previous")
    if event == "replacement":
        if final is None:
            raise ReadingError("final_missing")
        check_figure(final, digits)
        if final < previous:
            raise ReadingError("final_decreasing", value=final, previous=previous)
        return (final - previous) * multiplier
    if event == "rollover":
        if value >= previous or not digits:
            raise ReadingError("no_rollover", value=value, previous=previous)
        return (Decimal(10) ** digits - previous + value) * multiplier
    if value < previous:
        raise ReadingError("decreasing", value=value, previous=previous)
    return (value - previous) * multiplier


def check_figure(value: Decimal, digits: int = 0) -> None:
    """Refuse a figure no register can show."""
    if value < 0:
        raise ReadingError("negative", value=value)
    if digits and value >= Decimal(10) ** digits:
        raise ReadingError("too_many_digits", value=value, digits=digits)


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
