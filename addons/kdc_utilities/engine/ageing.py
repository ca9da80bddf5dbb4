"""How old a debt is: the five columns of an ageing list."""

from datetime import date

#: Last day overdue that still belongs to a column, and its name; what is older stands in ``OLDEST``.
LIMITS = ((0, "not_due"), (30, "to_30"), (60, "to_60"), (90, "to_90"))
OLDEST = "over_90"
BUCKETS = (*(name for _last, name in LIMITS), OLDEST)


def days_overdue(due: date, day: date) -> int:
    """Return how many days after ``due`` it is on ``day``; none on the day itself, negative before it."""
    return (day - due).days


def bucket(days: int) -> str:
    """Return the column of a debt that is so many days overdue."""
    return next((name for last, name in LIMITS if days <= last), OLDEST)
