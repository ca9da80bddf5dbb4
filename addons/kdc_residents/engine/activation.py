"""Activation codes: what is printed on a resident's slip, and how it is kept.

A code has twelve digits in three groups, like the scratch cards everybody knows: digits need no keyboard with
letters (which Telex input would turn into accented ones) and can be read out on the telephone. The last digit is a
check digit after Damm, which finds every single wrong digit and every swap of neighbours, so that a slip of the
finger is told apart from a guess before anything is looked up.

Eleven random digits are 10¹¹ codes. Online, ten wrong guesses per quarter of an hour and the four digits of the
personal number stand in front of them; in the database only a slow keyed hash is kept.
"""

import hashlib
import hmac
import secrets

from stdnum import damm

CODE_LENGTH = 12
GROUP = 4
#: Rounds of PBKDF2. About 20 ms for one slip; a thief of the database needs decades per code list.
HASH_ROUNDS = 50_000


class CodeError(ValueError):
    """The typed text cannot be an activation code; nothing has to be looked up."""


class CodeLengthError(CodeError):
    """There are too few or too many digits, or letters. ``count`` digits were found."""

    def __init__(self, count):
        super().__init__(f"{count} digits instead of {CODE_LENGTH}")
        self.count = count


class CodeTypoError(CodeError):
    """The check digit does not fit: one digit is wrong or two are swapped."""


def new_code():
    """Return a fresh random code of twelve digits with its check digit at the end."""
    body = f"{secrets.randbelow(10 ** (CODE_LENGTH - 1)):0{CODE_LENGTH - 1}d}"
    return body + damm.calc_check_digit(body)


def parse_code(typed):
    """Return the twelve digits of a code as typed or scanned, with any spaces, dots and dashes.

    :raise CodeLengthError: not twelve digits
    :raise CodeTypoError: the check digit does not fit
    """
    text = "".join(c for c in str(typed or "") if not c.isspace() and c not in "-–.·")
    # Full-width and other Unicode digits become ASCII; anything else is refused.
    digits = "".join(str(int(c)) for c in text if c.isdecimal())
    if len(digits) != len(text) or len(digits) != CODE_LENGTH:
        raise CodeLengthError(len(digits))
    if not damm.is_valid(digits):
        raise CodeTypoError(digits[:GROUP])
    return digits


def grouped(code):
    """Write a code as it is printed: ``1234 5678 9012``."""
    return " ".join(code[i : i + GROUP] for i in range(0, len(code), GROUP))


def digest(code, key):
    """Return the keyed hash under which a code is stored and found.

    :param code: twelve digits
    :param key: secret of this database, as bytes; without it a stolen table cannot even be tried
    """
    return hashlib.pbkdf2_hmac("sha256", code.encode(), key, HASH_ROUNDS).hex()


def same_last_four(personal_number, typed):
    """Return whether ``typed`` are the last four digits of the personal number, in constant time.

    A missing personal number never matches.
    """
    expected = str(personal_number or "")[-4:]
    given = "".join(c for c in str(typed or "") if not c.isspace())
    return len(expected) == 4 and hmac.compare_digest(expected.encode(), given.encode())
