"""Why a tariff cannot price what was used."""


class TariffError(ValueError):
    """A tariff cannot price a usage. ``code`` says why, ``params`` names what to mend.

    Codes: ``no_version`` (no version in force on ``date``), ``no_vat_rate`` (``vat``, ``date``),
    ``no_tiers`` (``component``), ``unknown_base`` (``component``, ``base``),
    ``negative_quantity`` (``quantity``), ``bad_period``, ``no_zones`` (``component``: priced by time of use,
    measured in one sum), ``zone_unpriced`` (``zone``), ``zone_sum`` (the zones do not add up to the quantity),
    ``formula`` (``component``: it cannot be read or divides by zero), ``negative_formula`` (``component``, ``amount``).
    """

    def __init__(self, code: str, **params):
        super().__init__(f"{code}: {params}")
        self.code = code
        self.params = params
