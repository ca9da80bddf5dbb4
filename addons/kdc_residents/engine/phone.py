"""Vietnamese phone numbers: stored in E.164 (+84905123456), shown as people write them (0905 123 456)."""

import re

import phonenumbers

#: Emergency and service numbers that no numbering plan lists as subscriber numbers.
SHORT_CODES = frozenset({"111", "112", "113", "114", "115", "1022", "1080"})
#: 11-digit mobile prefixes abolished in September 2018 and what became of them.
OLD_PREFIXES = {
    "0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078",
    "0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082",
    "0162": "032", "0163": "033", "0164": "034", "0165": "035", "0166": "036",
    "0167": "037", "0168": "038", "0169": "039",
    "0186": "056", "0188": "058", "0199": "059",
}  # fmt: skip
_SEPARATORS = re.compile(r"[\s.\-()/\u00a0]+")
_HOTLINE = re.compile(r"(1800|1900)\d{4,6}")


class PhoneError(ValueError):
    """The text is no phone number that can be reached in Viet Nam or abroad."""


def _national(text):
    """Return the digits as dialled inside Viet Nam, or with a leading + for other countries."""
    digits = _SEPARATORS.sub("", str(text or ""))
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if digits.startswith("+84"):
        digits = "0" + digits[3:].lstrip("0")
    elif digits.startswith("84") and len(digits) in (11, 12):
        digits = "0" + digits[2:]
    return digits


def is_hotline(text):
    """Tell whether ``text`` is a short code or a 1800/1900 service number, kept as dialled."""
    digits = _national(text)
    return digits in SHORT_CODES or bool(_HOTLINE.fullmatch(digits))


def to_e164(text):
    """Return the E.164 form; old 11-digit mobile numbers are carried over to their prefix of 2018.

    Spreadsheets lose the leading zero of numbers stored as numbers: nine digits that make a mobile number with it
    get it back. Hotlines come back as dialled, since they have no international form.

    :raises PhoneError: the number does not exist in the numbering plan.
    """
    digits = _national(text)
    if is_hotline(digits):
        return digits
    if len(digits) == 11 and digits[:4] in OLD_PREFIXES:
        digits = OLD_PREFIXES[digits[:4]] + digits[4:]
    elif len(digits) == 10 and "0" + digits[:3] in OLD_PREFIXES:
        digits = OLD_PREFIXES["0" + digits[:3]] + digits[3:]
    elif len(digits) == 9 and digits[0] in "35789":
        digits = "0" + digits
    try:
        number = phonenumbers.parse(digits, "VN")
    except phonenumbers.NumberParseException as error:
        raise PhoneError(text) from error
    if not phonenumbers.is_valid_number(number):
        raise PhoneError(text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def display(text):
    """Return a stored number as people write it: ``0905 123 456``, ``0258 3822 222``, ``+1 650 253 0000``.

    What is no number comes back unchanged: showing is never the place to fail.
    """
    if not text or is_hotline(text):
        return text or ""
    try:
        number = phonenumbers.parse(text, "VN")
    except phonenumbers.NumberParseException:
        return text
    if number.country_code != 84:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    digits = f"0{number.national_number}"
    if len(digits) == 10:
        return f"{digits[:4]} {digits[4:7]} {digits[7:]}"
    if len(digits) == 11:
        return f"{digits[:4]} {digits[4:8]} {digits[8:]}"
    return digits
