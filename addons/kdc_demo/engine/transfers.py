"""Bank statements as a ward gets them: transfers of residents with every kind of dirt, and what each really pays.

The benchmark ``statement``, the tests of the matching and the demonstration use it. The same seed gives the same lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

#: How many of 1,000 lines are of a kind. ``clean`` kinds carry a whole payment code.
SHARES = {
    "clean": 720, "partial": 40, "over": 30, "two_bills": 50, "double": 20, "look_alike": 20,
    "no_prefix": 10, "typo": 20, "two_typos": 15, "swapped": 10, "truncated": 15, "other_check": 5, "one_damaged": 10,
    "other_number": 5, "name": 15, "nothing": 15,
}  # fmt: skip
CLEAN = frozenset({"clean", "partial", "over", "two_bills"})
_WORDS = ("tt tien nuoc", "Thanh toán phí tháng", "chuyen tien", "nop phi rac", "Đóng tiền nước", "TRA TIEN", "ck")
_BEFORE = (
    "", "", "MBVCB.{n}.", "IBFT ", "CT DEN:{n} ", "VCB;{n};", "020097{n}.", "QR - ", "FT26{n}-", "ZP{n} ", "KDC ",
    "NHAN TU {n} TRACE {n} ND ", "Momo-{n}-",
)  # fmt: skip
_AFTER = (
    "", "", "-CT tu {n} toi UBND PHUONG", " FT26{n}", ".CT tu {n} NGUYEN VAN A toi 0011001234567",
    "-{n}-161126-08:30:2", " Ma GD {n}", "; tai Napas", "/SDT {n}", " GD {n}-111526",
)  # fmt: skip
_SWAP_LOOKS = {"0": "O", "1": "I", "5": "S", "8": "B"}


@dataclass(frozen=True)
class Owed:
    """An open bill: payment code, account, customer number, VND and the payer's name."""

    reference: str
    account: object
    number: str
    amount: int
    name: str


@dataclass(frozen=True)
class Line:
    """A line of a statement; ``truth`` is (account, VND) of what may be booked without asking, () for nothing."""

    kind: str
    date: date
    number: str
    amount: int
    text: str
    truth: tuple[tuple[object, int], ...]


def generate(bills: Sequence[Owed], count: int, first_day: date, seed: int = 5) -> list[Line]:
    """Return ``count`` lines that pay ``bills``, each of its own account; at least 1.2 bills a line are needed."""
    random = Random(seed)  # noqa: S311 (repeatable data, no secret)
    waiting = iter(bills)
    paid: list[Owed] = []
    lines = []
    for position, kind in enumerate(_kinds(count, random)):
        if kind == "double" and not paid:
            kind = "clean"
        number = f"{random.randrange(10**9):09d}"
        amount, text, truth = _Writer(random, waiting, paid).line(kind)
        day = first_day + timedelta(days=position * 28 // count)
        lines.append(Line(kind, day, f"FT{position:05d}{number[:4]}", amount, text, truth))
    return lines


def _kinds(count: int, random: Random) -> list[str]:
    kinds = [kind for kind, share in SHARES.items() for _each in range(max(1, share * count // 1000))]
    kinds += ["clean"] * (count - len(kinds))
    random.shuffle(kinds)
    return kinds[:count]


class _Writer:
    """Writes one line; bills are used up, and remembered as paid where the line pays them."""

    def __init__(self, random, waiting, paid):
        self.random, self.waiting, self.paid = random, waiting, paid

    def line(self, kind):
        return getattr(self, f"_{kind}")()

    def _next(self) -> Owed:
        return next(self.waiting)

    def _around(self, *codes: str) -> str:
        """Put codes into a text: dirt within each of them, words of the payer and of the bank around."""
        number = f"{self.random.randrange(10**6):06d}"
        words = self.random.choice(_WORDS)
        body = self.random.choice((" ", " va ", " + ", "")).join(self._dirty(code) for code in codes)
        pattern = self.random.choice(("{code}", "{words} {code}", "{code} {words}", "{words}{code}", "{code}. {words}"))
        text = pattern.format(code=body, words=words)
        before, after = self.random.choice(_BEFORE), self.random.choice(_AFTER)
        return (before + text + after).replace("{n}", number)

    def _dirty(self, code: str) -> str:
        """A code as it arrives: other case, separated, wrapped by the bank."""
        cut = self.random.randrange(1, len(code))
        return self.random.choice((
            code, code, code, code.lower(), code.capitalize(), f"{code[:3]} {code[3:]}", f"{code[:cut]}\n{code[cut:]}",
            f"{code[:cut]} {code[cut:]}", "-".join((code[:3], code[3:-6], code[-6:])), " ".join(code),
            code.replace("T", ".T"), f"{code[:cut]}  {code[cut:]}",
        ))  # fmt: skip

    def _clean(self):
        bill = self._next()
        self.paid.append(bill)
        return bill.amount, self._around(bill.reference), ((bill.account, bill.amount),)

    def _partial(self):
        bill = self._next()
        amount = max(1, bill.amount * self.random.randrange(20, 80) // 100)
        return amount, self._around(bill.reference), ((bill.account, amount),)

    def _over(self):
        bill = self._next()
        amount = bill.amount + self.random.choice((1, 500, 10_000, 100_000))
        return amount, self._around(bill.reference), ((bill.account, amount),)

    def _two_bills(self):
        one, two = self._next(), self._next()
        parts = ((one.account, one.amount), (two.account, two.amount))
        return one.amount + two.amount, self._around(one.reference, two.reference), parts

    def _double(self):
        bill = self.random.choice(self.paid)
        return bill.amount, self._around(bill.reference), ()

    def _look_alike(self):
        bill = self._next()
        places = [i for i, char in enumerate(bill.reference) if char in _SWAP_LOOKS]
        chars = list(bill.reference)
        for place in self.random.sample(places, self.random.randrange(1, min(3, len(places)) + 1)):
            chars[place] = _SWAP_LOOKS[chars[place]]
        return bill.amount, self._around("".join(chars)), ((bill.account, bill.amount),)

    def _no_prefix(self):
        bill = self._next()
        return bill.amount, self._around(bill.reference[3:]), ((bill.account, bill.amount),)

    def _typo(self):
        return self._mistyped(1)

    def _two_typos(self):
        return self._mistyped(2)

    def _mistyped(self, count):
        """Other digits in the number of the customer: the code of a neighbour, but for the check character."""
        bill = self._next()
        chars = list(bill.reference)
        for place in self.random.sample(range(3, len(chars) - 6), count):
            chars[place] = self.random.choice([digit for digit in "0123456789" if digit != chars[place]])
        return bill.amount, self._around("".join(chars)), ((bill.account, bill.amount),)

    def _swapped(self):
        bill = self._next()
        code = bill.reference
        places = [i for i in range(3, len(code) - 1) if code[i] != code[i + 1]]
        place = self.random.choice(places)
        code = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        return bill.amount, self._around(code), ((bill.account, bill.amount),)

    def _truncated(self):
        bill = self._next()
        return (
            bill.amount,
            f"QR {bill.reference[: self.random.randrange(5, len(bill.reference))]}",
            ((bill.account, bill.amount),),
        )

    def _other_check(self):
        bill, other = self._next(), self._next()
        return bill.amount, self._around(bill.reference[:-1] + other.reference[-1]), ((bill.account, bill.amount),)

    def _one_damaged(self):
        """Two codes of which one is damaged, and money for both: nobody but a person can divide it."""
        one, two = self._next(), self._next()
        chars = list(two.reference)
        chars[8] = str((int(chars[8]) + 5) % 10)
        return one.amount + two.amount, self._around(one.reference, "".join(chars)), ()

    def _other_number(self):
        """A code, and the number of a neighbour who is paid for as well."""
        one, two = self._next(), self._next()
        return one.amount + two.amount, f"{one.reference} va ma KH {two.number}", ()

    def _name(self):
        bill = self._next()
        return bill.amount, f"{bill.name.upper()} {self.random.choice(_WORDS)}", ((bill.account, bill.amount),)

    def _nothing(self):
        return self.random.randrange(1, 900) * 1000, self.random.choice(_WORDS), ()
