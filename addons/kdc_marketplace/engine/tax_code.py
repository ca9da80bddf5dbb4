"""Tax codes of sellers (mã số thuế): 10 digits with a check digit, 13 for a branch, 12 for a person.

Since 1 July 2025 the 12-digit personal number *is* the tax code of a person, and a household business uses its
representative's (TT 86/2024/TT-BTC). python-stdnum knows the codes of enterprises and refuses personal numbers.
"""

import re
from dataclasses import dataclass

from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.vn import mst

PERSON, HOUSEHOLD, ENTERPRISE = "person", "household", "enterprise"
_SEPARATORS = re.compile(r"[\s.\-_\u00a0]+")


class TaxCodeError(ValueError):
    """The text cannot be a tax code."""


class WrongLength(TaxCodeError):
    """A tax code has 10, 12 or 13 digits."""


class WrongCheckDigit(TaxCodeError):
    """One of the digits is mistyped: the check digit does not fit."""


class WrongKind(TaxCodeError):
    """A person has a personal number, an enterprise a code of its own."""


@dataclass(frozen=True)
class TaxCode:
    """``number`` as it is written (``0314409058-002``); ``personal``: it is a person's number and stays private."""

    number: str
    personal: bool


def parse(text: str, seller_kind: str) -> TaxCode:
    """Read the tax code of a seller.

    :param seller_kind: ``person`` has a personal number, ``enterprise`` a code of its own, ``household`` either
    :raises TaxCodeError: a subclass that says what is wrong

    >>> parse("0314409058 002", "enterprise").number
    '0314409058-002'
    """
    digits = _SEPARATORS.sub("", text or "")
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in (10, 12, 13):
        raise WrongLength(text)
    personal = len(digits) == 12
    if seller_kind != HOUSEHOLD and personal is (seller_kind == ENTERPRISE):
        raise WrongKind(text)
    if personal:
        return TaxCode(digits, True)
    try:
        return TaxCode(mst.format(mst.validate(digits)), False)
    except InvalidChecksum as error:
        raise WrongCheckDigit(text) from error
    except ValidationError as error:
        raise TaxCodeError(text) from error
