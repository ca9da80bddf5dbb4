"""From quantity, days and persons to money: the only place where a charge is computed.

A :class:`Plan` is a dated tariff (versions → components → tiers); a :class:`Usage` is what one
connection used in one period. :func:`compute` returns a :class:`Section` of a bill: each component
is a :class:`Charge` with its printed :class:`Line` s. :class:`Bill` holds the sections of one bill
and travels as JSON (:meth:`Bill.to_dict`) in ``account.move.kdc_explanation``.

Rules of rounding (Vietnamese practice, see vietnam.md §3.1): multiply exactly, round only the net
total and the VAT of a component, half up to 1 VND; VAT and percentages are taken from the printed
net, so anybody can check a bill on paper; printed lines always add up to the printed total.

Labels are codes with parameters, never prose: the pages and the PDF translate them.

Other code imports from here and need not know the modules: ``plan`` and ``usage`` are the question, ``bill`` with
``section`` and ``charge`` the answer (``layout`` stores it), ``pricing`` the way from one to the other, and
``corrections`` what issued bills should have cost.
"""

from .bill import SCHEMA, Bill
from .charge import (
    FOREIGN_KINDS,
    LATE_CODE,
    Charge,
    Line,
    of_late_fee,
    printed_of,
    relabel,
    single,
    stamp,
    taken_off,
    taxed,
    with_vat,
)
from .corrections import corrected_usage, correction, outage, still_due, take_back
from .error import TariffError
from .layout import read_charges
from .metered import tier_slices
from .plan import (
    DERIVED_KINDS,
    KINDS,
    METERED_KINDS,
    Component,
    Plan,
    Relief,
    Tier,
    VatRate,
    VatTable,
    Version,
    quota_of_persons,
    version_at,
)
from .pricing import Priced, compute, recompute
from .section import Section, TrueUp, charges_by_key, empty_section
from .usage import Reading, Usage

__all__ = [
    "DERIVED_KINDS",
    "FOREIGN_KINDS",
    "KINDS",
    "LATE_CODE",
    "METERED_KINDS",
    "SCHEMA",
    "Bill",
    "Charge",
    "Component",
    "Line",
    "Plan",
    "Priced",
    "Reading",
    "Relief",
    "Section",
    "TariffError",
    "Tier",
    "TrueUp",
    "Usage",
    "VatRate",
    "VatTable",
    "Version",
    "charges_by_key",
    "compute",
    "corrected_usage",
    "correction",
    "empty_section",
    "of_late_fee",
    "outage",
    "printed_of",
    "quota_of_persons",
    "read_charges",
    "recompute",
    "relabel",
    "single",
    "stamp",
    "still_due",
    "take_back",
    "taken_off",
    "taxed",
    "tier_slices",
    "version_at",
    "with_vat",
]
