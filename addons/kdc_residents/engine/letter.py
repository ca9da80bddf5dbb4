"""Confirmation letters: the steps of a request, the words of a letter, numbers and tokens."""

import re
import secrets

CHECKING = "checking"
INCOMPLETE = "incomplete"
SIGNATURE = "signature"
READY = "ready"
HANDED = "handed"
REFUSED = "refused"
CANCELLED = "cancelled"

#: (state, step) → state. What is not here cannot happen.
STEPS = {
    (CHECKING, "ask"): INCOMPLETE,
    (INCOMPLETE, "answer"): CHECKING,
    (CHECKING, "approve"): SIGNATURE,
    (SIGNATURE, "back"): CHECKING,
    (SIGNATURE, "sign"): READY,
    (READY, "hand_over"): HANDED,
    (CHECKING, "refuse"): REFUSED,
    (INCOMPLETE, "refuse"): REFUSED,
    (SIGNATURE, "refuse"): REFUSED,
    (CHECKING, "withdraw"): CANCELLED,
    (INCOMPLETE, "withdraw"): CANCELLED,
    (READY, "cancel"): CANCELLED,
    (HANDED, "cancel"): CANCELLED,
}
OPEN = frozenset({CHECKING, INCOMPLETE, SIGNATURE})
#: What a person asks whether it is valid: it has a number.
ISSUED = frozenset({READY, HANDED})

#: What no register can say in a sentence: an officer writes it before the signature.
CIRCUMSTANCES = "hoan_canh"
#: What a template may name between braces, and what stands there.
PLACEHOLDERS = (
    "ho_ten", "ngay_sinh", "gioi_tinh", "so_dinh_danh", "dia_chi", "to_dan_pho", "phuong_xa", "tinh", "chu_ho",
    "quan_he", "so_nhan_khau", "o_tu_ngay", "muc_dich", CIRCUMSTANCES,
)  # fmt: skip
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
#: Stands where the register knows nothing, as on paper forms.
BLANK = "……………"


class UnknownPlaceholderError(ValueError):
    """A template names something no letter can fill in; the argument is its name."""


def check_template(template):
    """Check the placeholders of a template.

    :raises UnknownPlaceholderError: the first name between braces that is not one of ``PLACEHOLDERS``
    """
    for name in _PLACEHOLDER.findall(template or ""):
        if name.strip() not in PLACEHOLDERS:
            raise UnknownPlaceholderError(name.strip())


def fill(template, values):
    """Return the text of a letter. Only plain names are replaced, nothing in a template is ever evaluated.

    :param values: name → text; what is missing becomes a dotted line
    :raises UnknownPlaceholderError: see :func:`check_template`
    """
    check_template(template)
    return _PLACEHOLDER.sub(lambda match: str(values.get(match.group(1).strip()) or BLANK), template or "")


def format_number(number, year, code):
    """Write the number of a letter: ``(7, 2026, "XN01")`` gives ``07/2026/XN01``."""
    return f"{number:02d}/{year}/{code}"


def names_in(template):
    """Return the names a template fills in."""
    return {name.strip() for name in _PLACEHOLDER.findall(template or "")}


def has_gap(words):
    """Return whether a dotted line is left, into which anybody could write after the signature."""
    return bool(re.search(r"…{3,}|\.{6,}", words or ""))


def new_token():
    """Return the random part of the address that the QR code opens: 128 bits, so that nobody finds one by trying."""
    return secrets.token_urlsafe(16)


def clean_token(typed):
    """Return a token as read from an address, or None when it cannot be one."""
    return typed if re.fullmatch(r"[A-Za-z0-9_-]{22}", typed or "") else None
