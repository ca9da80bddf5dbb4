"""What a late payment costs: days or months × rate × what was open, by dated rules.

A :class:`Debt` is the principal of one service on one bill: fees are never part of it, so no fee runs on a fee. A day
is charged once: ``charged_to`` says up to where, and the next computation begins on the day after.

* The first late day is the one after the due date; grace days cost nothing, also later. The day of a payment is free.
* A fee by day takes what is open on each day; one by month takes, when a month of delay is complete, the least that was
  open on any of its days. So a payment in between always counts for the debtor.
* Frozen days (a line of the bill is in dispute) cost nothing.
* Nor does money for which the debtor held a receipt, until that receipt was withdrawn; the rest of the debt does.
* All fees on a debt together stay below the cap of the rule. Amounts are exact and rounded once, half up to 1 VND.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, localcontext

from .apportion import Charge, open_parts
from .money import EXACT, spread

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rule:
    """What applies from ``date_from`` until ``date_to`` or the next rule.

    :ivar every: ``day`` or ``month``
    :ivar percent: of the open principal, per day or month; 0 when ``flat`` applies
    :ivar flat: VND per day or month
    :ivar grace_days: days after the due date that cost nothing
    :ivar cap_percent: of the principal that was open on the first late day
    :ivar cap_amount: in VND, None = no such cap
    :ivar vat: code of the VAT category; empty = no VAT
    """

    date_from: date
    every: str
    percent: Decimal = Decimal(0)
    flat: int = 0
    grace_days: int = 0
    cap_percent: Decimal = Decimal(100)
    cap_amount: int | None = None
    date_to: date | None = None
    decision: str = ""
    vat: str = ""


@dataclass(frozen=True, slots=True)
class Debt:
    """The principal of one service on one bill.

    :ivar due: last day on which payment is in time
    :ivar balances: ``(day, open principal from that day on)``, oldest first, the first one not after the due date
    :ivar frozen: ``(first, last)`` days on which no fee runs
    :ivar charged_to: last day that was charged already
    :ivar charged: VND charged already, which count for the cap
    :ivar receipted: ``(day, VND of the open principal from that day on)`` that a receipt said was paid, oldest first
    """

    due: date
    balances: tuple[tuple[date, int], ...]
    frozen: tuple[tuple[date, date], ...] = ()
    charged_to: date | None = None
    charged: int = 0
    receipted: tuple[tuple[date, int], ...] = ()

    def open_on(self, day: date) -> int:
        """Return what is owed on a day, in dispute or not."""
        return _since(self.balances, day)

    def receipted_on(self, day: date) -> int:
        """Return that part of it for which there was a receipt on that day."""
        return min(_since(self.receipted, day), self.open_on(day))

    def late_on(self, day: date) -> int:
        """Return that part of it on which a fee runs."""
        frozen = any(first <= day <= last for first, last in self.frozen)
        return 0 if frozen else self.open_on(day) - self.receipted_on(day)

    def changes(self) -> list[date]:
        """Return the days on which :meth:`late_on` may change."""
        days = {since for since, _amount in (*self.balances, *self.receipted)}
        days.update(first for first, _last in self.frozen)
        days.update(last + DAY for _first, last in self.frozen if last < date.max)
        return sorted(days)


@dataclass(frozen=True, slots=True)
class Part:
    """One printed line: ``count`` days or months × rate × ``principal`` = ``amount`` VND, cut off at the cap.

    :ivar receipted: VND that were open besides, which cost nothing since there was a receipt
    """

    date_from: date
    date_to: date
    count: int
    principal: int
    rule: Rule
    receipted: int = 0
    amount: int = 0
    capped: bool = False

    @property
    def exact(self) -> Decimal:
        rate = Decimal(self.rule.flat) if self.rule.flat else self.rule.percent * self.principal / 100
        return rate * self.count


def principal(
    parts: Sequence[Charge],
    section: str,
    due: date,
    payments: Sequence[tuple[date, int]],
    receipts: Sequence[tuple[date, date, int]] = (),
    fees: int = 0,
    doubted: Sequence[tuple[date, int]] = (),
) -> tuple[tuple[tuple[date, int], ...], tuple[tuple[date, int], ...]]:
    """Return ``balances`` and ``receipted`` of a :class:`Debt`: one service of a bill, by what was paid of the bill.

    What was paid, and what a receipt said was paid, is spread as receipts spread it; of a service the principal is paid
    before its earlier late fees.

    :param parts: the services of the bill, each with its code as ``key["section"]``
    :param section: code of this service
    :param payments: ``(day, VND)`` paid of the bill
    :param receipts: ``(first, last day, VND)`` of the bill that a receipt said was paid until it was withdrawn
    :param fees: late fees in this part of the bill: no fee runs on a fee
    :param doubted: ``(day, VND)`` of lines in which the resident was right; their correction is on a later bill
    """
    total = sum(part.open for part in parts)
    days = {due, *(day for day, _amount in (*payments, *doubted))}
    days.update(day for first, last, _amount in receipts for day in (first, last + DAY))
    balances, receipted = [], []
    for day in sorted(days):
        paid = sum(amount for since, amount in payments if since <= day)
        said = sum(amount for first, last, amount in receipts if first <= day <= last)
        less = fees + sum(wrong for since, wrong in doubted if since <= day)
        owed = _open(parts, section, paid, less)
        balances.append((day, owed))
        receipted.append((day, owed - _open(parts, section, max(paid, min(paid + said, total)), less)))
    return tuple(balances), tuple(receipted) if receipts else ()


def _open(parts: Sequence[Charge], section: str, paid: int, less: int) -> int:
    """Return what is open of one service when so much of the bill is paid, without what is no principal."""
    return max(sum(part.open for part in open_parts(parts, paid) if part.key["section"] == section) - less, 0)


def compute(debt: Debt, rules: Sequence[Rule], until: date) -> tuple[Part, ...]:
    """Return what is due for the days not charged yet, up to and with ``until``; nothing when it is below 1 VND."""
    with localcontext(EXACT):
        parts, amounts = _capped(debt, _merged(_parts(debt, rules, until)))
        printed = [replace(part, amount=amount) for part, amount in zip(parts, spread(amounts), strict=True)]
    return tuple(printed) if sum(part.amount for part in printed) else ()


def rule_on(rules: Sequence[Rule], day: date) -> Rule | None:
    """Return the rule in force on a day: the latest that has begun, unless it has ended."""
    begun = [rule for rule in rules if rule.date_from <= day]
    rule = max(begun, key=lambda rule: rule.date_from, default=None)
    return None if rule is None or (rule.date_to and rule.date_to < day) else rule


def cap(rule: Rule, debt: Debt) -> int:
    """Return the most that all fees on a debt may come to, in whole VND."""
    most = int(rule.cap_percent * debt.open_on(debt.due + DAY) / 100)
    return most if rule.cap_amount is None else min(most, rule.cap_amount)


def _since(steps: Sequence[tuple[date, int]], day: date) -> int:
    """Return the amount on a day by ``(day, amount from that day on)``, oldest first."""
    return next((amount for since, amount in reversed(steps) if since <= day), 0)


def _parts(debt: Debt, rules: Sequence[Rule], until: date) -> list[Part]:
    """Cut the late days where rule or principal change."""
    parts = []
    day = max(debt.due, debt.charged_to or debt.due) + DAY
    while day <= until:
        rule = rule_on(rules, day)
        if rule is None:
            day = min((rule.date_from for rule in rules if rule.date_from > day), default=until + DAY)
            continue
        first = max(debt.due + (rule.grace_days + 1) * DAY, rule.date_from)
        if day < first:
            day = first
            continue
        end = _end(rule, rules)
        part = _days(debt, rule, day, min(until, end)) if rule.every == "day" else _month(debt, rule, first, day)
        if part.date_to > end:
            day = end + DAY
            continue
        if part.date_to > until:
            break
        if part.principal > 0 and part.date_from >= day:
            parts.append(part)
        day = part.date_to + DAY
    return parts


def _end(rule: Rule, rules: Sequence[Rule]) -> date:
    """Return the last day on which a rule is in force."""
    following = min((other.date_from for other in rules if other.date_from > rule.date_from), default=None)
    ends = [rule.date_to or date.max - DAY]
    if following:
        ends.append(following - DAY)
    return min(ends)


def _days(debt: Debt, rule: Rule, day: date, last: date) -> Part:
    """Return the days from ``day`` on which the same principal was open."""
    last = min((change - DAY for change in debt.changes() if day < change <= last), default=last)
    return Part(day, last, (last - day).days + 1, debt.late_on(day), rule, debt.receipted_on(day))


def _month(debt: Debt, rule: Rule, first: date, day: date) -> Part:
    """Return the month of delay that begins on ``day`` or is the next to begin; months are counted from ``first``."""
    number = (day.year - first.year) * 12 + day.month - first.month
    if _months_after(first, number) < day:
        number += 1
    start, end = _months_after(first, number), _months_after(first, number + 1) - DAY
    least = min([start, *(day for day in debt.changes() if start < day <= end)], key=debt.late_on)
    return Part(start, end, 1, debt.late_on(least), rule, debt.receipted_on(least))


def _months_after(day: date, months: int) -> date:
    """Return the same day so many months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _merged(parts: list[Part]) -> list[Part]:
    """Join what follows upon each other at the same rate and principal, to be printed as one line."""
    merged: list[Part] = []
    for part in parts:
        last = merged[-1] if merged else None
        if last and last.date_to + DAY == part.date_from and _terms(last) == _terms(part):
            merged[-1] = replace(last, date_to=part.date_to, count=last.count + part.count)
        else:
            merged.append(part)
    return merged


def _terms(part: Part) -> tuple[Rule, int, int]:
    return part.rule, part.principal, part.receipted


def _capped(debt: Debt, parts: list[Part]) -> tuple[list[Part], list[Decimal]]:
    """Return the parts that cost something and their exact amounts, none above what the cap leaves."""
    kept, amounts = [], []
    total = Decimal(debt.charged)
    for part in parts:
        room = cap(part.rule, debt) - total
        amount = min(part.exact, room)
        if amount > 0:
            kept.append(replace(part, capped=amount < part.exact))
            amounts.append(amount)
            total += amount
    return kept, amounts
