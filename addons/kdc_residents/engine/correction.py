"""What residents type when they correct their record, brought to one comparable form.

A correction is kept as text: the value as it was, the value as it should be. Both are canonical here, so that
"21/11/1975", "1975-11-21" and "21.11.1975" are one value, and a form that changes nothing asks for nothing.
"""

from datetime import date

from . import phone, roster_cells, text

MAX_LENGTH = 100


class CorrectionError(ValueError):
    """A value that cannot be taken.

    :param kind: ``empty``, ``too_long``, ``bad_name``, ``bad_date``, ``future_date``, ``too_old``, ``bad_phone`` or
        ``bad_choice``
    """

    def __init__(self, kind):
        super().__init__(kind)
        self.kind = kind


def canonical(kind, typed, today, choices=(), required=False):
    """Return the canonical text of ``typed``; empty text means "nothing recorded".

    :param kind: ``name``, ``date``, ``phone``, ``choice`` or ``text``
    :param today: births after this day are refused
    :param choices: the keys a ``choice`` may have
    :param required: whether empty text is refused
    :raises CorrectionError: see there
    """
    typed = text.normalize(typed)
    if len(typed) > MAX_LENGTH:
        raise CorrectionError("too_long")
    if not typed:
        if required:
            raise CorrectionError("empty")
        return ""
    if kind == "name":
        try:
            return roster_cells.parse_name(typed)
        except ValueError:
            raise CorrectionError("bad_name") from None
    if kind == "date":
        try:
            day, year_only, _warning = roster_cells.parse_birth(typed, today)
        except ValueError as error:
            raise CorrectionError(str(error)) from None
        return date_text(day, year_only)
    if kind == "phone":
        try:
            return phone.to_e164(typed)
        except phone.PhoneError:
            raise CorrectionError("bad_phone") from None
    if kind == "choice" and typed not in choices:
        raise CorrectionError("bad_choice")
    return typed


def date_text(day, year_only=False):
    """Return the canonical text of a date: ``1975-11-21``, or ``1975`` when only the year is known."""
    if not day:
        return ""
    return str(day.year) if year_only else day.isoformat()


def date_value(canonical_text):
    """Return ``(date or None, only the year known)`` of a canonical date text."""
    if not canonical_text:
        return None, False
    if len(canonical_text) == 4:
        return date(int(canonical_text), 1, 1), True
    return date.fromisoformat(canonical_text), False


def date_display(canonical_text):
    """Return a canonical date text as people write it: ``21/11/1975``, ``1975``."""
    day, year_only = date_value(canonical_text)
    if not day:
        return ""
    return str(day.year) if year_only else f"{day:%d/%m/%Y}"
