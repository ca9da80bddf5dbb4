"""What a shop owes the market for a month. Pure Python; amounts are whole đồng, a month is its first day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

STALL, COMMISSION = "stall", "commission"


@dataclass(frozen=True)
class Rule:
    """From which month a fee is what.

    :param kind: ``stall`` or ``commission``
    :param date_from: first day of the first month for which it counts; it ends where the next one begins
    :param amount: đồng per shop and month, for the stall fee
    :param percent: of what was handed over in the month, for the commission
    :param key: what the caller knows the rule by
    """

    kind: str
    date_from: date
    amount: int = 0
    percent: Decimal = Decimal(0)
    key: int = 0


@dataclass(frozen=True)
class Fee:
    """One fee of one shop for one month: by which rule, on which turnover, how much."""

    rule: Rule
    turnover: int
    amount: int


def rule_of(rules: Iterable[Rule], kind: str, month: date) -> Rule | None:
    """Return the rule in force for a month: the one that began last; ``None`` before the first."""
    begun = [rule for rule in rules if rule.kind == kind and rule.date_from <= month]
    return max(begun, key=lambda rule: rule.date_from, default=None)


def commission(turnover: int, percent: Decimal) -> int:
    """Return the share of a month's turnover, rounded once, half up, to whole đồng.

    The month is rounded and not each order: many small orders cost exactly what one large order costs.
    """
    return int((turnover * percent).scaleb(-2).quantize(Decimal(1), ROUND_HALF_UP))


def was_open(opened: date | None, closed: date | None, start: date, end: date) -> bool:
    """Whether a shop was open on a day from ``start`` up to before ``end``: a stall fee is owed for whole months.

    :param closed: the day on which it was closed for good; it was still open that morning
    """
    return opened is not None and opened < end and (closed is None or closed >= start)


def fees(rules: Iterable[Rule], month: date, turnover: int, had_stall: bool) -> list[Fee]:
    """Return what a shop owes for a month; fees of zero are none.

    :param turnover: total of the orders handed over in the month; those given up are not among them
    :param had_stall: whether the shop was open in the month, see :func:`was_open`
    """
    rules = list(rules)
    owed = []
    if had_stall and (rule := rule_of(rules, STALL, month)):
        owed.append(Fee(rule, turnover, rule.amount))
    if rule := rule_of(rules, COMMISSION, month):
        owed.append(Fee(rule, turnover, commission(turnover, rule.percent)))
    return [fee for fee in owed if fee.amount]
