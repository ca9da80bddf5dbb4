"""What one connection used in one period, and the readings that say so."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .plan import Relief


@dataclass(frozen=True, slots=True)
class Reading:
    """The reading behind a quantity, as printed on the bill. Values are the figures on the register."""

    serial: str
    previous_date: date | None
    previous_value: Decimal
    date: date
    value: Decimal
    consumption: Decimal
    multiplier: Decimal = Decimal(1)
    source: str = ""
    event: str = "normal"
    reading_id: int = 0
    #: Last figure of a register that was reset or replaced on the day of this reading.
    final: Decimal | None = None
    #: Where the figure before came from: after an ``estimate`` this reading corrects it.
    previous_source: str = ""
    #: What this reading adds to the billed quantity; differs from the consumption after a too high estimate.
    billed: Decimal | None = None
    #: Of a shared meter (event ``share``): ``basis``, ``total``, ``weight``, ``weights``; consumption is the part.
    share: dict | None = None
    #: Time of use this register counts.
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one connection used from ``date_from`` to ``date_to`` (both included).

    :ivar quantity: measured use in the unit of the service; 0 for services without a meter.
    :ivar persons: registered persons (for kinds person and band).
    :ivar quota: sets of tier limits: households sharing the meter, or persons ÷ persons_per_quota.
    :ivar quota_persons: the persons behind ``quota``, 0 where it is households.
    :ivar vat_date: date that decides the VAT rate, by default the last day.
    :ivar area: floor area in m² (for kind area).
    :ivar vehicles: number of vehicles by kind (for kind vehicle).
    :ivar reliefs: what the customer is entitled to.
    :ivar zones: the quantity by time of use, where the meter has a register for each; they add up to ``quantity``.
    """

    date_from: date
    date_to: date
    quantity: Decimal = Decimal(0)
    persons: int = 0
    quota: Decimal = Decimal(1)
    vat_date: date | None = None
    area: Decimal = Decimal(0)
    vehicles: tuple[tuple[str, int], ...] = ()
    reliefs: tuple[Relief, ...] = ()
    zones: tuple[tuple[str, Decimal], ...] = ()
    quota_persons: int = 0
