"""How amounts, dates and numbers are written for people in Vietnam.

Pure functions without Odoo: the residents' pages, the PDF documents and the staff screens all use them,
so that a bill shows the same figures everywhere. Every function answers ``''`` to an empty value,
because a page with a gap is better than a page that breaks.
"""

from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal

from . import phone as _phone

# Viet Nam has one time zone and no summer time since 1975.
VIETNAM = timezone(timedelta(hours=7), "ICT")
THIN_MASK = "•"


def _group(digits):
    """Put a dot between thousands: ``'1234567'`` gives ``'1.234.567'``."""
    return f"{int(digits):,}".replace(",", ".")


def vnd(amount, symbol=True):
    """Write an amount of dong: ``1234567`` gives ``'1.234.567 ₫'``.

    :param amount: int, Decimal, or a whole number held as float by the ORM; VND has no decimals, halves round up
    :param symbol: whether to add the currency sign, joined by a no-break space
    """
    if amount is None or amount is False:
        return ""
    whole = int(Decimal(str(amount)).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    text = ("−" if whole < 0 else "") + _group(abs(whole))
    return text + "\u00a0₫" if symbol else text


def number(value, digits=3):
    """Write a quantity with a decimal comma and without trailing zeros: ``12.5`` gives ``'12,5'``.

    :param digits: at most so many decimals (readings in m³ carry three)
    """
    if value is None or value is False:
        return ""
    quantity = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    whole, _dot, fraction = f"{abs(quantity):f}".partition(".")
    fraction = fraction.rstrip("0")
    text = _group(whole) + (f",{fraction}" if fraction else "")
    return f"−{text}" if quantity < 0 and text != "0" else text


def _local(value):
    """Return an aware datetime in Vietnamese time; a naive one is UTC, as the ORM stores it."""
    if value.tzinfo is None:
        value = value.replace(tzinfo=timezone.utc)
    return value.astimezone(VIETNAM)


def to_date(value):
    """Return the Vietnamese calendar day of a date, a datetime or an ISO string."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
    if isinstance(value, datetime):
        return _local(value).date()
    return value


def day(value):
    """Write a day: ``21/11/2026``. A datetime is first brought to Vietnamese time."""
    return f"{to_date(value):%d/%m/%Y}" if value else ""


def moment(value):
    """Write a point in time as people say it, hour first: ``16:30 21/11/2026``."""
    if not value:
        return ""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return f"{_local(value):%H:%M %d/%m/%Y}"


def period(value):
    """Write the month a bill is for: ``Tháng 11/2026``."""
    if not value:
        return ""
    first = to_date(value)
    return f"Tháng {first.month}/{first.year}"


def phone(value):
    """Write a phone number in groups as in Vietnam: ``0905 123 456``; keep what is not a number as it is."""
    return _phone.display(value) if value else ""


def mask(value, visible=3):
    """Hide all but the last characters of a number: ``'056090001234'`` gives ``'•••••••••234'``."""
    text = str(value or "")
    return THIN_MASK * max(len(text) - visible, 0) + text[-visible:] if text else ""


def mask_phone(value):
    """Show only the head and the tail of a phone number: ``'0905 ••• 456'``.

    Enough for its owner to recognise it, too little for a stranger to call.
    """
    digits = "".join(c for c in phone(value) if c.isdigit())
    return f"{digits[:4]} {THIN_MASK * 3} {digits[-3:]}" if len(digits) >= 9 else mask(value)


class Formatter:
    """The functions above under short names, as templates see them (``fmt.vnd(amount)``)."""

    vnd = staticmethod(vnd)
    number = staticmethod(number)
    date = staticmethod(day)
    datetime = staticmethod(moment)
    period = staticmethod(period)
    phone = staticmethod(phone)
    mask = staticmethod(mask)
    mask_phone = staticmethod(mask_phone)


fmt = Formatter()
