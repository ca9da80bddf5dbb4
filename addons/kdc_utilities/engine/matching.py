"""Which bills a bank transfer pays.

Money is put on an account only when the transfer itself proves it: a payment code of ours whose check character agrees
and whose bill exists. Everything else (a code that has to be repaired and does not fit the amount, an account number, a
name, an equal amount) is a suggestion for the accountant. Better ten lines in the queue than one on the wrong bill.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from . import account_number, reference
from .apportion import Apportionment, Charge, apportion

#: Characters that people and screens take for one another.
_LOOK_ALIKE = str.maketrans("OILZSB", "011258")
#: The end of a code, look-alikes read as digits: a letter or the 2 of a Z, month, year, and any check character.
_LOOKS_LIKE_TAIL = re.compile(r"(?=([T-Y2][01][0-9]{3}))")
#: What is left of a code: its prefix before a digit, or digits around the letter of a month. Look-alikes are digits.
_DAMAGED = re.compile(r"KDC[0-9]|[0-9]{5}[T-Y][01][0-9]{3}")
SUGGESTIONS = 5
#: Within so many days the bank shows cash that was brought to it: a long holiday lies between at most.
DEPOSIT_DAYS = 15
#: A shorter number on a slip may stand in any text.
SLIP_LENGTH = 5
#: The same for the numbers of banks, which are longer.
NUMBER_LENGTH = 6
#: A day that somebody typed where a number was asked for: 23112026, 231126, 20261123.
_DATE = re.compile(r"(0?[1-9]|[12]\d|3[01])(0?[1-9]|1[0-2])(20)?\d\d|20\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")


@dataclass(frozen=True)
class Bill:
    """An issued bill: its payment code and the account it belongs to; both keys are the caller's.

    ``displaced`` is what transfers that named other codes have paid on it (VND), since money goes to the oldest bill
    first: its own code may still bring in that much for the account. ``former``: its payer gets no further bills here,
    so nothing is kept in advance for them.
    """

    reference: str
    account: object
    key: object
    cancelled: bool = False
    displaced: int = 0
    former: bool = False


@dataclass(frozen=True)
class Payer:
    """Who uses an account: its number, folded names of the people, and bank accounts that paid for it before."""

    account: object
    number: str
    names: tuple[str, ...] = ()
    bank_accounts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Transfer:
    """Money that came in: VND and what the bank says about it."""

    amount: int
    text: str
    payer_name: str = ""
    payer_account: str = ""


@dataclass(frozen=True)
class Deposit:
    """Cash that was taken to the bank and is on its way: VND, day and number on the slip; the key is the caller's."""

    key: object
    amount: int
    day: date
    slip: str


@dataclass(frozen=True)
class Part:
    """VND of a transfer that belong to an account."""

    account: object
    amount: int


@dataclass(frozen=True)
class Gift:
    """VND of a transfer that are a voluntary contribution of an account to a drive."""

    account: object
    drive: object
    amount: int


@dataclass(frozen=True)
class Suggestion:
    """An account that may be meant, why (codes), and what it owes in VND. Drives are for gifts."""

    account: object
    reasons: tuple[str, ...]
    owed: int
    drive: object = None


@dataclass(frozen=True)
class Match:
    """What a transfer is.

    ``outcome`` is ``exact``, ``partial``, ``over``, ``double``, ``gift``, ``deposit`` or ``unknown``. With ``parts``,
    ``gift`` or ``deposit`` the money may be booked; without, ``reason`` says why a person has to decide: ``double``,
    ``several`` (which bill gets how much is open), ``former`` (more than a former payer owes), ``cancelled``,
    ``repaired`` (the code had to be corrected and the amount does not confirm it), ``mixed`` (a bill and a gift),
    ``no_drive``, ``no_code``, ``unknown_code`` or ``deposit`` (a deposit of this amount is on its way, but its slip is
    not named).
    """

    outcome: str
    parts: tuple[Part, ...] = ()
    gift: Gift | None = None
    reason: str = ""
    references: tuple[str, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    deposit: object = None

    @property
    def sure(self) -> bool:
        """Whether the money may be booked without asking."""
        return bool(self.parts or self.gift or self.deposit)


@dataclass
class Book:
    """What is owed now. :meth:`take` lowers it, so that the next transfer of a statement finds what is left.

    :param charges: open charges by account; ``bill_of`` gives the key of the bill of a charge
    :param drives: number of a drive → its key, while it takes gifts
    :param by_amount: VND → the accounts that owe just that, when ``charges`` are not those of all accounts
    """

    bills: Iterable[Bill]
    charges: Mapping[object, list[Charge]]
    payers: Iterable[Payer] = ()
    drives: Mapping[int, object] = field(default_factory=dict)
    bill_of: Callable[[Charge], object] = lambda charge: charge.key["move_id"]
    by_amount: Mapping[int, list] | None = None

    def __post_init__(self):
        self.bills = list(self.bills)
        self.by_reference = {bill.reference: bill for bill in self.bills}
        self.charges = {account: list(charges) for account, charges in self.charges.items()}
        self.displaced = {bill.key: bill.displaced for bill in self.bills}
        self.by_number = {payer.number: payer.account for payer in self.payers}
        self.by_bank_account = _index(
            (number, payer.account) for payer in self.payers for number in payer.bank_accounts
        )
        self.by_name = _index((name, payer.account) for payer in self.payers for name in payer.names if " " in name)
        if self.by_amount is None:
            self.by_amount = _index(
                (sum(charge.open for charge in charges), account) for account, charges in self.charges.items()
            )
        self._look_alikes: dict[str, set[str]] = {}
        for one in self.by_reference:
            # The check character as it was typed: repaired as well, it would prove nothing.
            looks = one[:-1].translate(_LOOK_ALIKE) + one[-1]
            for key in (looks, looks[len(reference.PREFIX) :]):
                self._look_alikes.setdefault(key, set()).add(one)
        self._lengths = sorted({len(key) for key in self._look_alikes}, reverse=True)

    def owed(self, account) -> int:
        """VND that an account owes."""
        return sum(charge.open for charge in self.charges.get(account, ()))

    def claim(self, bills: list[Bill]) -> int:
        """VND that the codes of bills of one account may still bring in.

        That is what is open of them, and what transfers that named them gave to older bills.
        """
        account, keys = bills[0].account, {bill.key for bill in bills}
        still_open = sum(charge.open for charge in self.charges.get(account, ()) if self.bill_of(charge) in keys)
        return min(still_open + sum(self.displaced.get(key, 0) for key in keys), self.owed(account))

    def take(self, account, amount: int, references: Iterable[str] = ()) -> Apportionment:
        """Spread a payment over what an account owes, oldest first, and owe that much less."""
        spread = apportion(amount, self.charges.get(account, ()))
        self.charges[account] = spread.left
        named = {self.by_reference[one].key for one in references if one in self.by_reference}
        for share in spread.shares:
            key = self.bill_of(share.charge)
            if share.amount and named and key not in named:
                self.displaced[key] = self.displaced.get(key, 0) + share.amount
        return spread

    def repaired(self, text: str) -> set[str]:
        """Codes of known bills that stand in a text but for look-alike characters or the missing prefix."""
        letters = reference.compact(text)
        looks = letters.translate(_LOOK_ALIKE)
        return {
            one
            for length in self._lengths
            for last in range(length - 1, len(letters))
            for one in self._look_alikes.get(looks[last - length + 1 : last] + letters[last], ())
        }


def match(transfer: Transfer, book: Book) -> Match:
    """Say which accounts a transfer pays, or what a person should look at."""
    codes = _codes(transfer.text)
    known = [book.by_reference[code] for code in codes if code in book.by_reference]
    gifts = reference.find_gifts(transfer.text)
    if gifts:
        return _match_gift(transfer, book, gifts, known)
    repaired = False
    if not known and not codes:
        found = book.repaired(transfer.text)
        known = [book.by_reference[one] for one in found] if len(found) == 1 else []
        repaired = bool(known)
    if not known:
        return Match(
            "unknown",
            reason="unknown_code" if codes else "no_code",
            references=tuple(codes),
            suggestions=suggest(transfer, book),
        )
    return _match_bills(transfer, book, known, repaired)


def _codes(text: str) -> list[str]:
    """Every code that can be read in a text: a bank may glue digits to it, so all readings of a place count."""
    letters = reference.compact(text)
    found = []
    for start in (place.start() for place in re.finditer(reference.PREFIX, letters)):
        window = letters[start : start + reference.LENGTH_LIMIT]
        for end in range(len(reference.PREFIX) + 7, len(window) + 1):
            if reference.check(window[:end]) and window[:end] not in found:
                found.append(window[:end])
    return found


def possible_codes(text: str) -> set[str]:
    """Every payment code of ours that a text may name, also one that :meth:`Book.repaired` would find in it.

    Among them are many that no bill has. Numbers of accounts have no letters that look like digits.
    """
    letters = reference.compact(text)
    looks = letters.translate(_LOOK_ALIKE)
    codes = set(_codes(text))
    for tail in _LOOKS_LIKE_TAIL.finditer(looks):
        last = tail.end(1)
        if last >= len(letters):
            continue
        ends = [letter + tail[1][1:] + letters[last] for letter in ("2Z" if tail[1][0] == "2" else tail[1][0])]
        for start in range(max(0, last + 1 - reference.LENGTH_LIMIT), tail.start() - account_number.LENGTH + 1):
            body = looks[start : tail.start()].removeprefix(reference.PREFIX)
            codes |= {reference.PREFIX + body + end for end in ends}
    return codes


def possible_names(*texts: str) -> set[str]:
    """Every run of two to five words in these texts: a name is one of them."""
    words = re.findall(r"[a-z]+", reference.plain(" ".join(texts)))
    return {
        " ".join(words[start : start + length]) for length in range(2, 6) for start in range(len(words) - length + 1)
    }


def possible_numbers(text: str) -> list[str]:
    """Every word of a text that may be the number of an account."""
    return re.findall(rf"(?<![0-9])(?:{reference.PREFIX})?([0-9]{{{account_number.LENGTH},9}})(?![0-9])", text.upper())


def _match_bills(transfer: Transfer, book: Book, bills: list[Bill], repaired: bool) -> Match:
    references = tuple(bill.reference for bill in bills)
    accounts = list(dict.fromkeys(bill.account for bill in bills))
    claims = {account: book.claim([bill for bill in bills if bill.account == account]) for account in accounts}
    suggestions = suggest(transfer, book, accounts, "repaired" if repaired else "code")

    def undecided(outcome, reason):
        return Match(outcome, reason=reason, references=references, suggestions=suggestions)

    if any(bill.cancelled for bill in bills):
        return undecided("unknown", "cancelled")
    if not all(claims.values()):
        return undecided("double", "double")
    named, owed = sum(claims.values()), book.owed(accounts[0])
    exact = transfer.amount == named or (len(accounts) == 1 and transfer.amount == owed)
    if not exact and repaired:
        return undecided("unknown", "repaired")
    if not exact and (len(accounts) > 1 or _names_more(transfer, book, references, accounts)):
        return undecided("unknown", "several")
    if transfer.amount > owed and len(accounts) == 1 and any(bill.former for bill in bills):
        return undecided("over", "former")
    if len(accounts) > 1:
        parts = tuple(Part(account, claims[account]) for account in accounts)
    else:
        parts = (Part(accounts[0], transfer.amount),)
    outcome = "exact" if exact else "partial" if transfer.amount < owed else "over"
    return Match(outcome, parts, references=references, suggestions=suggestions)


def _names_more(transfer: Transfer, book: Book, references: Iterable[str], accounts: list) -> bool:
    """Whether a text seems to name something besides the codes that were understood: a damaged code, a number.

    Part of the money may be meant for that, so only an amount that fits exactly is booked.
    """
    rest = reference.compact(transfer.text)
    for one in references:
        rest = rest.replace(one, " ")
    rest = rest.translate(_LOOK_ALIKE)
    # The number within a code says nothing more: today's payer has it, and the code may name a former one.
    others = [word for word in possible_numbers(transfer.text) if not any(word in one for one in references)]
    return bool(_DAMAGED.search(rest)) or any(book.by_number.get(word, accounts[0]) not in accounts for word in others)


def _match_gift(transfer: Transfer, book: Book, gifts: list[tuple[str, int]], known: list[Bill]) -> Match:
    found = [(book.by_number.get(number), book.drives.get(drive)) for number, drive in gifts]
    suggestions = tuple(
        Suggestion(account, ("gift",), book.owed(account), drive) for account, drive in found if account is not None
    )
    references = tuple(bill.reference for bill in known)
    if known or len(found) > 1:
        return Match("unknown", reason="mixed", references=references, suggestions=suggestions)
    account, drive = found[0]
    if account is None or drive is None:
        reason = "no_drive" if drive is None else "unknown_code"
        return Match("unknown", reason=reason, suggestions=suggestions or suggest(transfer, book))
    return Match("gift", gift=Gift(account, drive, transfer.amount), suggestions=suggestions)


def match_deposit(found: Match, transfer: Transfer, number: str, day: date, waiting: Iterable[Deposit]) -> Match:
    """Say whether a transfer that nothing else proves is the arrival of a deposit of cash.

    :param found: what :func:`match` said
    :param number: the bank's number of the movement
    :param day: when the bank shows it
    :return: with ``deposit`` when amount, days and the number of the slip agree with one only
    """
    fits = [one for one in waiting if one.amount == transfer.amount and one.day <= day + timedelta(days=1)]
    if found.sure or not fits:
        return found
    named = [one for one in fits if _names_slip(one.slip, f"{number} {transfer.text}")]
    if len(named) == 1 and found.reason == "no_code" and day - named[0].day <= timedelta(days=DEPOSIT_DAYS):
        return Match("deposit", deposit=named[0].key)
    return replace(found, reason="deposit") if found.reason == "no_code" else found


def _names_slip(slip: str, text: str) -> bool:
    """Whether the number of a slip stands in a text, whatever the bank puts between its characters."""
    letters = reference.compact(slip)
    if len(letters) < SLIP_LENGTH:
        return False
    spaced = r"[\W_]*".join(letters)
    return bool(re.search(rf"(?<![0-9]){spaced}(?![0-9])", reference.plain(text).upper()))


def same_number(number: str, own_number: str, text: str) -> bool:
    """Whether the number of an entry made by hand is the bank's number of a movement, or stands in its text.

    People type such numbers, so in a text only a whole one counts that a bank might have given: no word, no date, and
    no end of a longer number.
    """
    letters = reference.compact(number)
    if len(letters) >= NUMBER_LENGTH and letters == reference.compact(own_number):
        return True
    if not re.search(rf"\d{{{NUMBER_LENGTH}}}", letters) or _DATE.fullmatch(letters):
        return False
    return _names_slip(number, text)


def may_be_one(text: str, other: str) -> bool:
    """Whether two movements of the same day and amount may be one, as two exports of the bank show it.

    They are two when each names a payment code of its own.
    """
    one, two = (set(_codes(each)) | set(reference.find_gifts(each)) for each in (text, other))
    return not (one and two) or bool(one & two)


def suggest(transfer: Transfer, book: Book, accounts: Iterable = (), reason: str = "") -> tuple[Suggestion, ...]:
    """The accounts that may be meant, the likeliest first: what the text names, who paid, which amount is owed."""
    reasons: dict[object, list[str]] = {account: [reason] for account in accounts}
    weights = {"code": 8, "repaired": 7, "number": 6, "bank_account": 4, "name": 3, "amount": 2}

    def add(found, why):
        for account in found:
            reasons.setdefault(account, [])
            if why not in reasons[account]:
                reasons[account].append(why)

    if not reasons:
        add((book.by_reference[one].account for one in book.repaired(transfer.text)), "repaired")
    add(_numbers(transfer.text, book), "number")
    if transfer.payer_account:
        add(book.by_bank_account.get(transfer.payer_account, ()), "bank_account")
    add(_named(possible_names(transfer.payer_name, transfer.text), book), "name")
    same = book.by_amount.get(transfer.amount, ())
    if len(same) <= SUGGESTIONS or reasons:
        add(same if len(same) <= SUGGESTIONS else [one for one in same if one in reasons], "amount")
    ranked = sorted(reasons, key=lambda account: (-sum(weights[why] for why in reasons[account]), str(account)))
    return tuple(Suggestion(account, tuple(reasons[account]), book.owed(account)) for account in ranked[:SUGGESTIONS])


def _numbers(text: str, book: Book) -> list:
    """Accounts whose number stands in a text as a word of its own."""
    return [book.by_number[word] for word in possible_numbers(text) if word in book.by_number]


def _named(names: Iterable[str], book: Book) -> list:
    """Accounts of people who have one of these names; a name that many share names nobody."""
    found = (book.by_name.get(name, ()) for name in sorted(names))
    return [account for accounts in found if len(accounts) <= SUGGESTIONS for account in accounts]


def _index(pairs) -> dict:
    index: dict[object, list] = {}
    for key, account in pairs:
        if key and account not in index.setdefault(key, []):
            index[key].append(account)
    return index
