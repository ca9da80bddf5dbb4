"""Small arithmetic for prices that no other kind of component expresses: a grammar of its own, never ``eval``.

    sum     = product { ("+" | "-") product }
    product = signed { ("*" | "/") signed }
    signed  = [ "-" ] atom
    atom    = number | variable | function "(" sum { ";" sum } ")" | "(" sum ")"
            | "if" "(" sum ("<" | "<=" | ">" | ">=" | "=" | "<>") sum ";" sum ";" sum ")"

Arguments are separated by semicolons, as in a Vietnamese spreadsheet, so that a comma can be a decimal comma.
All numbers are Decimal. There is no power and no loop: a formula of :data:`MAX_LENGTH` characters is computed at once.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from functools import lru_cache

from .money import EXACT

MAX_LENGTH = 300
MAX_DEPTH = 20
#: VND; more than any bill, and few enough digits for every later rounding.
MAX_RESULT = Decimal(10) ** 15

#: What a formula can be about, and the Vietnamese names an accountant types.
VARIABLES = {
    "quantity": "so_luong",
    "persons": "so_nguoi",
    "area": "dien_tich",
    "vehicles": "so_xe",
    "quota": "dinh_muc",
    "months": "so_thang",
    "price": "don_gia",
}
_NAMES = {name: key for key, local in VARIABLES.items() for name in (key, local)}
_ROUNDINGS = {"round": ROUND_HALF_UP, "ceil": ROUND_CEILING, "floor": ROUND_FLOOR}
_FUNCTIONS = {
    "min": "min", "max": "max", "round": "round", "ceil": "ceil", "floor": "floor", "if": "if",
    "lam_tron": "round", "tron_len": "ceil", "tron_xuong": "floor", "neu": "if",
}  # fmt: skip
_COMPARISONS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": Decimal.__lt__, "<=": Decimal.__le__, ">": Decimal.__gt__, ">=": Decimal.__ge__,
    "=": Decimal.__eq__, "<>": Decimal.__ne__,
}  # fmt: skip
_TOKEN = re.compile(r"\s*(?:(?P<number>\d[\d.,]*)|(?P<name>[A-Za-z_]+)|(?P<sign><=|>=|<>|[-+*/();<>=]))")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")


class FormulaError(ValueError):
    """A formula cannot be read or computed.

    :ivar code: ``empty``, ``long``, ``deep``, ``sign`` (unknown sign), ``name`` (unknown name), ``thousands``
        (a separator that could be one of thousands), ``number``, ``end`` (something is missing), ``expected``
        (another sign was expected), ``arguments`` (a function got too many or too few), ``zero`` (division by zero),
        ``large`` (a result is above :data:`MAX_RESULT`)
    :ivar position: counted from 1, where in the text; 0 where it does not matter
    :ivar found: the piece of text in question
    """

    def __init__(self, code: str, position: int = 0, found: str = ""):
        super().__init__(f"{code} at {position}: {found}")
        self.code = code
        self.position = position
        self.found = found


@dataclass(frozen=True, slots=True)
class _Node:
    """A number (``value``), a variable (``name``) or an operation on ``parts``."""

    kind: str
    name: str = ""
    value: Decimal = Decimal(0)
    parts: tuple["_Node", ...] = ()
    position: int = 0


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that was read without an error."""

    text: str
    root: _Node

    def variables(self) -> tuple[str, ...]:
        """Return the keys of :data:`VARIABLES` it uses, in the order of that table."""
        used: set[str] = set()
        pending = [self.root]
        while pending:
            node = pending.pop()
            pending += node.parts
            if node.kind == "variable":
                used.add(node.name)
        return tuple(key for key in VARIABLES if key in used)

    def compute(self, values: Mapping[str, Decimal]) -> Decimal:
        """Return the result for the values of its variables.

        :raise FormulaError: ``zero`` or ``large``
        """
        try:
            with localcontext(EXACT):
                result = _compute(self.root, values)
        except InvalidOperation:
            raise FormulaError("large") from None
        if abs(result) > MAX_RESULT:
            raise FormulaError("large")
        return result


@lru_cache(maxsize=512)
def parse(text: str) -> Formula:
    """Read a formula.

    :raise FormulaError: says what is wrong and where
    """
    if not text.strip():
        raise FormulaError("empty")
    if len(text) > MAX_LENGTH:
        raise FormulaError("long", MAX_LENGTH)
    return Formula(text.strip(), _Parser(text).whole())


class _Parser:
    """One pass over the tokens; each method reads one rule of the grammar."""

    def __init__(self, text: str):
        self.tokens = list(_tokens(text))
        self.at = 0
        self.depth = 0

    @property
    def token(self) -> tuple[str, str, int]:
        return self.tokens[self.at]

    def take(self, *signs: str) -> str | None:
        kind, text, _position = self.token
        if kind == "sign" and text in signs:
            self.at += 1
            return text
        return None

    def expect(self, *signs: str) -> str:
        taken = self.take(*signs)
        if taken is None:
            kind, text, position = self.token
            raise FormulaError("end" if kind == "end" else "expected", position, text)
        return taken

    def whole(self) -> _Node:
        node = self.sum()
        if self.token[0] != "end":
            raise FormulaError("expected", self.token[2], self.token[1])
        return node

    def sum(self) -> _Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FormulaError("deep", self.token[2])
        node = self.chain(self.product, "+", "-")
        self.depth -= 1
        return node

    def product(self) -> _Node:
        return self.chain(self.signed, "*", "/")

    def chain(self, part: Callable[[], _Node], *signs: str) -> _Node:
        node = part()
        while True:
            position = self.token[2]
            sign = self.take(*signs)
            if not sign:
                return node
            node = _Node(sign, parts=(node, part()), position=position)

    def signed(self) -> _Node:
        if self.take("-"):
            return _Node("negative", parts=(self.atom(),))
        return self.atom()

    def atom(self) -> _Node:
        kind, text, position = self.token
        if kind == "number":
            self.at += 1
            return _Node("number", value=_number(text, position))
        if kind == "name":
            self.at += 1
            return self.named(text, position)
        if self.take("("):
            node = self.sum()
            self.expect(")")
            return node
        raise FormulaError("end" if kind == "end" else "expected", position, text)

    def named(self, text: str, position: int) -> _Node:
        name = text.lower()
        if name in _NAMES:
            return _Node("variable", name=_NAMES[name])
        if name not in _FUNCTIONS:
            raise FormulaError("name", position, text)
        function = _FUNCTIONS[name]
        self.expect("(")
        parts, comparison = [self.sum()], ""
        if function == "if":
            comparison = self.expect(*_COMPARISONS)
            parts.append(self.sum())
        while self.take(";"):
            parts.append(self.sum())
        self.expect(")")
        right = {"if": len(parts) == 4, "min": len(parts) > 1, "max": len(parts) > 1}.get(function, len(parts) == 1)
        if not right:
            raise FormulaError("arguments", position, text)
        return _Node(function, name=comparison, parts=tuple(parts))


def _tokens(text: str):
    """Yield ``(kind, text, position from 1)``, closed by a token of kind ``end``."""
    at, text = 0, text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            start = at + len(text[at:]) - len(text[at:].lstrip())
            raise FormulaError("sign", start + 1, text[start])
        kind = match.lastgroup or ""
        yield kind, match[kind], match.start(kind) + 1
        at = match.end()
    yield "end", "", len(text) + 1


def _number(text: str, position: int) -> Decimal:
    """Read digits with a decimal comma or point; three digits after it could mean thousands and are refused."""
    if _THOUSANDS.fullmatch(text):
        raise FormulaError("thousands", position, text)
    if not _NUMBER.fullmatch(text):
        raise FormulaError("number", position, text)
    return Decimal(text.replace(",", "."))


def _compute(node: _Node, values: Mapping[str, Decimal]) -> Decimal:
    if node.kind == "number":
        return node.value
    if node.kind == "variable":
        return values[node.name]
    if node.kind == "if":
        left, right = (_compute(part, values) for part in node.parts[:2])
        return _compute(node.parts[2] if _COMPARISONS[node.name](left, right) else node.parts[3], values)
    results = [_compute(part, values) for part in node.parts]
    if node.kind in ("min", "max"):
        return min(results) if node.kind == "min" else max(results)
    if node.kind in _ROUNDINGS:
        return results[0].quantize(Decimal(1), _ROUNDINGS[node.kind])
    if node.kind == "negative":
        return -results[0]
    left, right = results
    if node.kind == "+":
        return left + right
    if node.kind == "-":
        return left - right
    if node.kind == "*":
        return left * right
    if not right:
        raise FormulaError("zero", node.position)
    return left / right
