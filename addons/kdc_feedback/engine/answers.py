"""What a resident answers to the extra questions of a category."""

import re

KINDS = ("text", "choice", "number")
MAX_ANSWER = 500
# 12 · 12,5 · 12.5 · 1.200 · 1.200,5: a point before exactly three digits groups them, as people write here
GROUPED = re.compile(r"-?\d{1,3}(\.\d{3})+(,\d+)?")
PLAIN = re.compile(r"-?\d+([.,]\d+)?")


class BadAnswer(ValueError):
    """The answer cannot be taken: ``reason`` is ``missing``, ``number``, ``choice`` or ``long``."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


def choices_of(text: str | None) -> list[str]:
    """The choices of a question, one per line, each once."""
    return list(dict.fromkeys(line.strip() for line in (text or "").splitlines() if line.strip()))


def clean(kind: str, value: str | None, choices: list[str] = (), required: bool = False) -> str:
    """The answer as it is kept; empty when it was left out.

    :raises BadAnswer: it is missing, too long, no number, or none of the choices
    """
    value = " ".join((value or "").split())
    if not value:
        if required:
            raise BadAnswer("missing")
        return ""
    if len(value) > MAX_ANSWER:
        raise BadAnswer("long")
    if kind == "choice" and value not in choices:
        raise BadAnswer("choice")
    if kind == "number":
        if GROUPED.fullmatch(value):
            value = value.replace(".", "")
        elif not PLAIN.fullmatch(value):
            raise BadAnswer("number")
        return value.replace(".", ",")
    return value
