"""Amounts of money in Vietnamese words, as they stand on bills and receipts.

The rules are those of the written language (see ``vietnam.md`` §4): *mốt*, *tư*, *lăm* after
*mươi*; *linh* (North) or *lẻ* (South) for an empty tens place; *không trăm* in every later group
that has no hundreds. ``num2words`` breaks several of them, therefore this module.
"""

LIMIT = 10**18
DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
ZERO_TENS = ("linh", "lẻ")
_BILLION = 10**9


def number_in_words(number: int, zero_tens: str = "linh", negative: bool = False) -> str:
    """Read a whole number aloud, in lower case, without a unit.

    :param number: between -10^18 and 10^18
    :param zero_tens: the word for an empty tens place, ``linh`` or ``lẻ``
    :param negative: read a negative number with "âm"; otherwise it is refused
    :raise TypeError: when the number is not an ``int`` (money is never a float)
    :raise ValueError: for a number out of range, a refused negative or an unknown word
    """
    if isinstance(number, bool) or not isinstance(number, int):
        raise TypeError(f"A whole number is expected, not {number!r}.")
    if zero_tens not in ZERO_TENS:
        raise ValueError(f"The empty tens place is read {' or '.join(ZERO_TENS)}, not {zero_tens!r}.")
    if abs(number) > LIMIT:
        raise ValueError(f"Numbers beyond {LIMIT} are not read.")
    if number < 0:
        if not negative:
            raise ValueError("A negative amount has no words here.")
        return "âm " + number_in_words(-number, zero_tens)
    if number == 0:
        return DIGITS[0]
    return " ".join(_read(number, zero_tens, inner=False))


def amount_in_words(amount: int, zero_tens: str = "linh", negative: bool = False, unit: str = "đồng") -> str:
    """Read an amount of VND as a sentence part: ``Một triệu không trăm linh một đồng``."""
    words = f"{number_in_words(amount, zero_tens, negative)} {unit}"
    return words[0].upper() + words[1:]


def _read(number: int, zero_tens: str, inner: bool) -> list[str]:
    """Read a positive number; ``inner`` when something greater was read before it."""
    words: list[str] = []
    billions, rest = divmod(number, _BILLION)
    if billions:
        words += [*_read(billions, zero_tens, inner), "tỷ"]
    for size, name in ((10**6, "triệu"), (10**3, "nghìn"), (1, None)):
        group, rest = divmod(rest, size)
        if group:
            words += _read_group(group, zero_tens, inner=inner or bool(words))
            words += [name] if name else []
    return words


def _read_group(group: int, zero_tens: str, inner: bool) -> list[str]:
    """Read one to three digits; an inner group always says its hundreds."""
    hundreds, tens, ones = group // 100, group // 10 % 10, group % 10
    words = [DIGITS[hundreds], "trăm"] if hundreds or inner else []
    if tens == 0:
        if ones:
            words += [zero_tens, DIGITS[ones]] if words else [DIGITS[ones]]
        return words
    words += ["mười"] if tens == 1 else [DIGITS[tens], "mươi"]
    if ones:
        words.append(_last_digit(tens, ones))
    return words


def _last_digit(tens: int, ones: int) -> str:
    if ones == 5:
        return "lăm"
    if tens > 1 and ones in (1, 4):
        return "mốt" if ones == 1 else "tư"
    return DIGITS[ones]
