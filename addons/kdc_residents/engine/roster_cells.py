"""What stands in one cell of a list of households: names, dates of birth, personal numbers, phones."""

import re
from datetime import date, timedelta

from . import personal_number, phone, text

_DATE = re.compile(r"(\d{1,2})\s*[/.\-\s]\s*(\d{1,2})\s*[/.\-\s]\s*(\d{4}|\d{2})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T].*)?")
_MONTH_YEAR = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{4})")
_YEAR = re.compile(r"(?:khoang |nam |sinh nam )?((?:18|19|20)\d\d)(?:\.0)?")
#: Day 0 of spreadsheets: their serial day numbers count from here (after the leap-year slip of 1900).
_SERIAL_EPOCH = date(1899, 12, 30)
_EARLIEST = date(1880, 1, 1)


def as_text(value):
    """Return a cell as people see it."""
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else str(value)
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return text.normalize(value) if value is not None else ""


class RoundedNumber(ValueError):
    """Only the first digits of a number were kept: Excel showed 56090001234 as 5,609E+10 when it wrote the file."""

    def __init__(self):
        super().__init__("rounded_number")


def _digits_of_number(value):
    """Return the digits of a number stored as a number or in scientific notation, else ``None``.

    :raises RoundedNumber: "5,609E+10" stands for ten million numbers; putting zeros behind it would choose one.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else None
    if isinstance(value, str):
        if re.fullmatch(r"\d+\.0+", value):
            return value.split(".")[0]
        if match := re.fullmatch(r"(\d+)(?:[.,](\d+))?[eE]\+?(\d{1,2})", value):
            whole, decimals, exponent = match.group(1), match.group(2) or "", int(match.group(3))
            if len(decimals) < exponent:
                raise RoundedNumber
            return whole + decimals[:exponent]
    return None


def parse_name(value):
    """Return a name with capitals as names are written; a name all in capitals is put right.

    :raises ValueError: it contains digits, so it is no name.
    """
    name = text.normalize(value if isinstance(value, str) else as_text(value))
    name = re.sub(r"^[\s\-+*•.]+", "", name)
    if any(c.isdigit() for c in name):
        raise ValueError(name)
    if name.isupper() or name.islower():
        name = re.sub(r"[^\W\d_]+", lambda match: match.group().capitalize(), name.lower())
    return name


def is_year(value, today):
    """Tell whether a cell holds nothing but a year of birth."""
    if isinstance(value, str):
        return bool(_YEAR.fullmatch(text.fold(value)))
    return isinstance(value, (int, float)) and 1880 <= value <= today.year + 1


def parse_birth(value, today, years=False):
    """Return ``(date, only the year known, warning code or None)`` of a date of birth as people write it.

    :param years: the column holds years: 19845 is a slip there, while elsewhere it is a day that lost its format.
    :raises ValueError: with ``bad_date``, ``future_date`` or ``too_old`` as argument.
    """
    warning = None
    year_only = False
    if isinstance(value, date):
        result = value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        number = int(value)
        if 1880 <= number <= today.year + 1:
            result, year_only = date(number, 1, 1), True
        elif 3000 <= number <= 80000 and not years:
            result = _SERIAL_EPOCH + timedelta(days=number)
        elif 1_000_000 <= number <= 31_129_999:
            result = _calendar_day(number % 10000, number // 10000 % 100, number // 1_000_000)
        else:
            raise ValueError("bad_date")
    else:
        result, year_only, warning = _parse_written_date(text.fold(value), today, years)
    if result > today:
        raise ValueError("future_date")
    if result < _EARLIEST:
        raise ValueError("too_old")
    return result, year_only, warning


def _parse_written_date(written, today, years):
    if match := _ISO.fullmatch(written):
        return _calendar_day(*map(int, match.groups())), False, None
    if match := _DATE.fullmatch(written):
        day, month, year = map(int, match.groups())
        warning = None
        if len(match.group(3)) == 2:
            year += 2000 if year <= today.year % 100 else 1900
            warning = "two_digit_year"
        if day == 0 or month == 0:
            return _calendar_day(year, 1, 1), True, warning
        return _calendar_day(year, month, day), False, warning
    if match := _YEAR.fullmatch(written):
        return date(int(match.group(1)), 1, 1), True, None
    if match := _MONTH_YEAR.fullmatch(written):
        month, year = map(int, match.groups())
        return _calendar_day(year, month or 1, 1), True, "month_only"
    if (match := re.fullmatch(r"(\d{5})(\.0)?", written)) and not years:
        return _SERIAL_EPOCH + timedelta(days=int(match.group(1))), False, None
    if match := re.fullmatch(r"(\d{2})(\d{2})(\d{4})", written):
        day, month, year = map(int, match.groups())
        return _calendar_day(year, month, day), False, None
    raise ValueError("bad_date")


def _calendar_day(year, month, day):
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError("bad_date") from None


def parse_personal_number(value):
    """Return ``(number, warning code or None)``; the number is empty for what only an old card can have.

    Spreadsheets drop leading zeros of numbers stored as numbers; they are put back when the result can be a
    personal number of a province.

    :raises ValueError: with ``bad_number`` or ``rounded_number`` as argument.
    """
    digits = _digits_of_number(value)
    stored_as_number = digits is not None
    if digits is None:
        digits = personal_number.clean(value).lstrip("'`’")
    if digits.isdigit() and len(digits) in (9, 8) and (len(digits) == 9 or stored_as_number):
        return "", "old_card"
    lost_zeros = digits.isdigit() and 10 <= len(digits) <= 11 and not digits.startswith("0")
    if lost_zeros:
        digits = digits.zfill(12)
        if int(digits[:3]) > 96:
            raise ValueError("bad_number")
    try:
        personal_number.parse(digits)
    except personal_number.PersonalNumberError:
        raise ValueError("bad_number") from None
    return digits, "padded" if lost_zeros else None


def parse_phone(value):
    """Return the first valid number in a cell that may hold several.

    :raises ValueError: with ``bad_phone`` or ``rounded_number`` as argument.
    """
    written = _digits_of_number(value) or as_text(value)
    for part in re.split(r"[,;\n]|\s[/\-–]\s|/(?=\s*0\d)", written):
        try:
            if part.strip():
                return phone.to_e164(part)
        except phone.PhoneError:
            continue
    raise ValueError("bad_phone")
