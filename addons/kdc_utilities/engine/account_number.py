"""Numbers of customer accounts: digits with a check digit, so that one mistyped digit is noticed."""

from stdnum.iso7064 import mod_11_10

LENGTH = 7


def make(sequence: int) -> str:
    """Return the account number for a running number: six digits or more and an ISO 7064 MOD 11,10 check digit."""
    if sequence < 1:
        raise ValueError("An account number starts at 1")
    payload = f"{sequence:0{LENGTH - 1}d}"
    return payload + mod_11_10.calc_check_digit(payload)


def clean(text: str) -> str:
    """Drop what people type around the digits: spaces, dots, dashes and a leading 'KH'."""
    return "".join(char for char in text.upper().removeprefix("KH") if char not in " .-_")


def is_valid(text: str) -> bool:
    """Whether ``text``, once cleaned, is an account number with the right check digit."""
    number = clean(text)
    return number.isascii() and number.isdigit() and len(number) >= LENGTH and mod_11_10.is_valid(number)
