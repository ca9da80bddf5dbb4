"""The statement of a bank account, as Vietnamese banks export it: titles, a heading row, movements, totals.

Every bank has its own columns, so the heading row decides what a column means; a person may correct it (``mapping``).
Nothing is guessed: thousands are written with dots or with commas, which the columns of amounts decide together, and a
cell that does not follow them is an error of that cell. What the bank says about itself (opening and closing balance,
balance after each movement, totals) is compared with the movements that were understood.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from html.parser import HTMLParser

from .cell import CellError

Fold = Callable[[str], str]

#: Meaning of a column → the headings that banks use, folded. Longer ones are tried first.
HEADINGS = {
    "date": (
        "ngay giao dich", "ngay gd", "ngay hieu luc", "ngay hach toan", "ngay ghi so", "ngay", "transaction date",
        "trans date", "tran date", "posting date", "value date", "effective date", "date", "thoi gian",
        "thoi gian giao dich",
    ),
    "reference": (
        "so giao dich", "so tham chieu", "ma giao dich", "so chung tu", "so ct", "so but toan", "ma tham chieu",
        "transaction number", "transaction no", "transaction id", "reference number", "reference no", "reference",
        "ref no", "doc no", "document number", "trace", "seq no",
    ),
    "debit": (
        "ghi no", "phat sinh no", "so tien ghi no", "no", "rut ra", "tien ra", "so tien rut", "chi", "debit",
        "debit amount", "withdrawal", "withdrawals", "phat sinh giam",
    ),
    "credit": (
        "ghi co", "phat sinh co", "so tien ghi co", "co", "gui vao", "tien vao", "so tien gui", "thu", "credit",
        "credit amount", "deposit", "deposits", "phat sinh tang",
    ),
    "amount": ("so tien", "so tien giao dich", "gia tri", "amount", "transaction amount"),
    "direction": (
        "no co", "ghi no ghi co", "loai giao dich", "loai gd", "loai phat sinh", "loai", "chieu", "chieu giao dich",
        "dau", "thu chi", "tang giam", "vao ra", "ra vao", "c d", "d c", "dr cr", "cr dr", "debit credit",
        "credit debit", "transaction type", "trans type", "type", "sign", "direction", "dc", "drcr",
    ),
    "balance": (
        "so du", "so du tai khoan", "so du sau giao dich", "so du cuoi", "balance", "running balance", "ledger balance",
    ),
    "text": (
        "noi dung", "noi dung giao dich", "noi dung chi tiet", "noi dung thanh toan", "dien giai", "mo ta",
        "mo ta giao dich", "description", "transaction description", "transaction details", "details", "remarks",
        "narrative", "particulars", "ghi chu",
    ),
    "payer_name": (
        "ten nguoi chuyen", "nguoi chuyen", "ten doi ung", "ten tai khoan doi ung", "don vi chuyen", "doi tac",
        "ben chuyen", "counter account name", "beneficiary name", "remitter name", "correspondent name", "remitter",
    ),
    "payer_account": (
        "tai khoan doi ung", "so tai khoan doi ung", "tk doi ung", "stk doi ung", "tai khoan chuyen",
        "counter account", "correspondent account", "remitter account", "contra account",
    ),
}  # fmt: skip
#: How a column beside the amount says whether money came or went, folded.
_SIDES = {
    **dict.fromkeys(("+", "co", "ghi co", "c", "cr", "credit", "vao", "tien vao", "thu", "tang", "gui", "in"), 1),
    **dict.fromkeys(("-", "−", "no", "ghi no", "d", "dr", "debit", "ra", "tien ra", "chi", "giam", "rut", "out"), -1),
}
_MEANING_OF = {name: meaning for meaning, names in HEADINGS.items() for name in names}
SEARCH_ROWS = 80
#: VND that no account of a ward holds; more is a misread column.
AMOUNT_LIMIT = 10**13

_OPENING = (
    "so du dau ky",
    "so du dau",
    "so du truoc",
    "opening balance",
    "beginning balance",
    "balance brought forward",
)
_CLOSING = ("so du cuoi ky", "so du cuoi", "closing balance", "ending balance", "balance carried forward")
_TOTALS = ("tong cong", "tong so", "cong phat sinh", "tong phat sinh", "tong", "total", "totals")
_OWN_ACCOUNT = re.compile(
    r"(?:so tai khoan|tai khoan so|so tk|stk|tai khoan|account number|account no|account)(?![a-z ]*(?:doi ung|name))"
)
_NUMBER = re.compile(r"[0-9][0-9 .\-]{4,24}")
_DAY = r"(?:0?[1-9]|[12][0-9]|3[01])[/.-](?:0?[1-9]|1[0-2])[/.-](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}"
_DATED = re.compile(
    rf"^\s*({_DAY})(?:[ T]+(\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:\.\d+)?(?: ?[AP]M)?))?(?:\s+(.*))?$", re.DOTALL
)
_TIMED = re.compile(rf"^\s*\d{{1,2}}:\d{{2}}(?::\d{{2}})?\s+({_DAY})\s*()(.*)$", re.DOTALL)
_STYLES = {
    ".": re.compile(r"\d{1,3}(?:\.\d{3})+(?:,(\d{1,2}))?|\d+(?:,(\d{1,2}))?"),
    ",": re.compile(r"\d{1,3}(?:,\d{3})+(?:\.(\d{1,2}))?|\d+(?:\.(\d{1,2}))?"),
}
_AMOUNTS = ("debit", "credit", "amount", "balance")


class StatementError(ValueError):
    """The file is no statement; ``found`` are the headings of the row that looked most like one."""

    def __init__(self, code: str, found: Sequence[str] = ()):
        super().__init__(code)
        self.code = code
        self.found = list(found)


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that came (``amount`` > 0) or went, in VND, as one row says it. ``line`` counts from 1."""

    line: int
    date: date
    amount: int
    text: str = ""
    reference: str = ""
    payer_name: str = ""
    payer_account: str = ""
    balance: int | None = None


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A figure of the bank that the movements do not give: ``kind`` is balance, closing, debit or credit; VND."""

    kind: str
    line: int
    stated: int
    computed: int


@dataclass
class Statement:
    """One account's part of a file."""

    header_line: int
    headings: list[str]
    columns: dict[str, int]
    account: str = ""
    movements: list[Movement] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)
    mismatches: list[Mismatch] = field(default_factory=list)
    opening: int | None = None
    closing: int | None = None
    checked: bool = False
    stated: tuple[int | None, int | None] = (None, None)
    #: A column beside the amounts seems to say whether money came or went, and is not understood.
    sides_unknown: bool = False

    @property
    def profile(self) -> str:
        """What recognises the layout again: the folded headings in their order."""
        return "|".join(self.headings)


def read(rows: Sequence[Sequence], fold: Fold, mapping: Mapping[int, str | None] | None = None) -> list[Statement]:
    """Understand the rows of a sheet: one statement per account in it.

    :param fold: makes texts comparable: lower case, no diacritics, single spaces
    :param mapping: column → meaning for all columns, when a person has said it
    :raise StatementError: ``no_header`` without a row that names a date, an amount and a text; ``unsigned`` when
        amounts have no sign, and neither another column nor a balance says whether money came or went
    """
    headers = _find_headers(rows, fold, mapping)
    statements: list[Statement] = []
    for number, (index, columns) in enumerate(headers):
        following = headers[number + 1][0] if number + 1 < len(headers) else len(rows)
        titles = _titles(rows, headers, number)
        account = _own_account(titles, fold)
        if number and account in ("", statements[-1].account) and columns == statements[-1].columns:
            statement = statements[-1]  # the heading in a second language, or printed again on the next page
        else:
            headings = [_heading(cell, fold) for cell in rows[index]] if index >= 0 else []
            statement = Statement(index + 1, headings, columns, account)
            statement.opening = _labelled(titles, _OPENING, fold)
            statement.closing = _labelled(titles, _CLOSING, fold)
            statements.append(statement)
        _read_movements(statement, rows, index + 1, following, fold, said=mapping is not None)
    for statement in statements:
        _check_sums(statement)
        if statement.sides_unknown and not statement.checked and all(row.amount > 0 for row in statement.movements):
            raise StatementError("unsigned", statement.headings)
    return statements


def join(parts: Sequence[Statement]) -> Statement:
    """One statement out of the parts of an account, in their order: its pages, its sheets.

    Balances and totals are compared anew: a total at the end of the last part is one of all parts.
    """
    first, *others = parts
    if not others:
        return first
    openings = [part.stated[0] for part in parts if part.stated[0] is not None]
    closings = [part.stated[1] for part in parts if part.stated[1] is not None]
    whole = replace(
        first,
        movements=[row for part in parts for row in part.movements],
        errors=[error for part in parts for error in part.errors],
        mismatches=[],
        opening=openings[0] if openings else None,
        closing=closings[-1] if closings else None,
    )
    totals = _totals(whole)
    whole.mismatches = [
        one for part in parts for one in part.mismatches if one.kind in totals and one.stated != totals[one.kind]
    ]
    _check_sums(whole)
    return whole


def profile(row: Sequence, fold: Fold) -> str:
    """What recognises the layout of a heading row again."""
    return "|".join(_heading(cell, fold) for cell in row)


def likely_header(rows: Sequence[Sequence], fold: Fold) -> int:
    """The index of the row that looks most like headings, to show a person what to name; -1 without any row."""
    first_day = next((index for index, row in enumerate(rows) if any(_is_day(cell) for cell in row)), len(rows))
    above = range(min(first_day, len(rows), SEARCH_ROWS))
    texts = {index: sum(isinstance(cell, str) and not _is_data(cell) for cell in rows[index]) for index in above}
    return max(above, key=lambda index: (len(_columns(rows[index], fold)), texts[index], index), default=-1)


def read_html(data: bytes) -> list[list]:
    """Return the rows of all tables of a web page that a bank calls a spreadsheet.

    :raise StatementError: ``no_table``
    """
    head = data[:2000].lower()
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    charset = re.search(rb"charset=[\"']?([a-z0-9-]+)", head)
    if charset and encoding != "utf-16":
        encoding = charset[1].decode()
    try:
        content = data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        content = data.decode("cp1258", errors="replace")
    parser = _Tables()
    parser.feed(content)
    parser.close()
    parser.end_row()
    rows = parser.rows
    if not any(cell for row in rows for cell in row):
        raise StatementError("no_table")
    return rows


def read_amount(value, style: str | None = None) -> int | None:
    """Read an amount in VND with its sign; ``style`` is the thousands separator of the column.

    :raise ValueError: ``not_an_amount``, ``not_whole`` or ``too_large``
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool | date):
        raise ValueError("not_an_amount")
    if isinstance(value, int | float):
        if value != value or value in (float("inf"), float("-inf")):
            raise ValueError("not_an_amount")
        if value != int(value):
            raise ValueError("not_whole")
        number = int(value)
    else:
        text, sign = _bare_amount(str(value))
        if text in ("", "-"):
            return None
        found = (_STYLES[one].fullmatch(text) for one in ([style] if style else _STYLES))
        match = next((match for match in found if match), None)
        if not match:
            raise ValueError("not_an_amount")
        cents = match[1] or match[2] or ""
        if cents.strip("0"):
            raise ValueError("not_whole")
        whole = text[: len(text) - len(cents) - 1] if cents else text
        number = sign * int(re.sub(r"[.,]", "", whole))
    if abs(number) >= AMOUNT_LIMIT:
        raise ValueError("too_large")
    return number


def read_day(value) -> tuple[date | None, str]:
    """Return a day and what else stands in the cell (some banks put the document number there).

    :raise ValueError: ``not_a_date``; text is day/month/year
    """
    if isinstance(value, datetime):
        return value.date(), ""
    if isinstance(value, date):
        return value, ""
    if value is None or not str(value).strip():
        return None, ""
    match = _DATED.match(str(value)) or _TIMED.match(str(value))
    if not match:
        raise ValueError("not_a_date")
    parts = [int(part) for part in re.split(r"[/.-]", match[1])]
    year, month, day = parts if parts[0] > 31 else reversed(parts)
    try:
        return date(year + 2000 if year < 100 else year, month, day), (match[3] or "").strip()
    except ValueError:
        raise ValueError("not_a_date") from None


# --- the heading row ----------------------------------------------------------------------------------------


def _heading(cell, fold: Fold) -> str:
    return re.sub(r"[^a-z0-9]+", " ", fold(str(cell))).strip() if isinstance(cell, str) else ""


def _meaning(cell, fold: Fold) -> str | None:
    """What a heading means: the whole of it, or one of its languages ("Ghi nợ/Debit", "Số dư (Balance)")."""
    if not isinstance(cell, str) or len(cell) > 80:
        return None
    whole = _heading(cell, fold)
    parts = [_heading(part, fold) for part in re.split(r"[/\n(|\-–]", cell)]
    words = whole.split()
    for candidate in (whole, re.sub(r" vnd$", "", whole), *parts):
        if candidate in _MEANING_OF:
            return _MEANING_OF[candidate]
    # Both languages in one line, as web pages leave them: "Phát sinh có Credit".
    for cut in range(1, len(words)):
        first = _MEANING_OF.get(" ".join(words[:cut]))
        if first and " ".join(words[cut:]) in _MEANING_OF:
            return first
    return None


def _columns(row: Sequence, fold: Fold) -> dict[str, int]:
    columns: dict[str, int] = {}
    for index, cell in enumerate(row):
        meaning = _meaning(cell, fold)
        if meaning:
            columns.setdefault(meaning, index)
    if "amount" in columns and {"debit", "credit"} <= columns.keys():
        del columns["amount"]
    if "amount" not in columns:
        columns.pop("direction", None)
    return columns


def _complete(columns: Mapping[str, int]) -> bool:
    return {"date", "text"} <= columns.keys() and bool({"amount", "credit"} & columns.keys())


def _find_headers(rows, fold, mapping) -> list[tuple[int, dict[str, int]]]:
    """Return (index, columns) of each heading row."""
    if mapping is not None:
        columns = {meaning: column for column, meaning in sorted(mapping.items(), reverse=True) if meaning}
        if not _complete(columns):
            raise StatementError("no_header")
        return [(likely_header(rows, fold), columns)]
    headers = []
    for index, row in enumerate(rows):
        if index >= SEARCH_ROWS and not headers:
            break
        columns = _columns(row, fold)
        if _complete(columns):
            headers.append((index, columns))
    if not headers:
        most = max(rows[:SEARCH_ROWS], key=lambda row: len(_columns(row, fold)), default=())
        raise StatementError("no_header", [str(cell) for cell in most if cell is not None])
    return headers


def _is_day(cell) -> bool:
    try:
        return read_day(cell)[0] is not None
    except ValueError:
        return False


def _is_data(cell: str) -> bool:
    return bool(re.fullmatch(r"[\d.,/: +-]*", cell))


def _is_movement(row, columns) -> bool:
    try:
        day, _rest = read_day(_cell(row, columns.get("date")))
        return day is not None and any(read_amount(_cell(row, columns.get(one))) for one in _AMOUNTS[:3])
    except ValueError:
        return False


def _cell(row: Sequence, column: int | None):
    return row[column] if column is not None and 0 <= column < len(row) else None


# --- what stands around the movements -----------------------------------------------------------------------


def _titles(rows, headers, number: int) -> list[Sequence]:
    """The rows above a heading that are not the movements or balances of the account before it."""
    index, _columns_here = headers[number]
    if not number:
        return list(rows[: max(index, 0)])
    before, columns = headers[number - 1]
    above = [row for row in rows[before + 1 : index] if not all(cell is None for cell in row)]
    titles: list[Sequence] = []
    for row in reversed(above):
        if _is_movement(row, columns):
            break
        titles.insert(0, row)
    own = next((i for i, row in enumerate(titles) if _own_account([row], _plain)), len(titles))
    return titles[own:]


def _plain(text: str) -> str:
    """A fold that is good enough to find a label in a text without the caller's."""
    bare = "".join(char for char in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(char))
    return bare.replace("đ", "d")


def _own_account(titles: Iterable[Sequence], fold: Fold) -> str:
    """The number of the account the statement is about, from the rows above the heading."""
    for row in titles:
        for index, cell in enumerate(row):
            match = _OWN_ACCOUNT.search(fold(cell)) if isinstance(cell, str) else None
            if not match:
                continue
            beside = next((str(other) for other in row[index + 1 :] if other is not None), "")
            number = _NUMBER.search(fold(cell), match.end()) or _NUMBER.match(beside)
            if number:
                return re.sub(r"\D", "", number[0])
    return ""


def _label(row: Sequence, fold: Fold) -> tuple[str, int]:
    """The first text of a row, folded, and its column."""
    for index, cell in enumerate(row):
        if isinstance(cell, str) and re.search(r"[^\W\d]", cell):
            return fold(cell), index
    return "", -1


def _labelled(rows: Iterable[Sequence], labels: Sequence[str], fold: Fold) -> int | None:
    """The amount beside a label such as "Số dư đầu kỳ"."""
    for row in rows:
        for index, cell in enumerate(row):
            if isinstance(cell, str) and _begins(fold(cell), labels):
                amount = _beside(row, index)
                if amount is not None:
                    return amount
    return None


def _beside(row: Sequence, index: int) -> int | None:
    """The amount in the cell of a label, after a colon, or in one of the next."""
    inside = re.search(r"[:=]\s*([(+-]?\d[\d.,]*\)?)", row[index])
    for value in (inside[1] if inside else None, *row[index + 1 : index + 12]):
        try:
            amount = read_amount(value)
        except ValueError:
            continue
        if amount is not None:
            return amount
    return None


def _begins(text: str, labels: Sequence[str]) -> bool:
    return any(re.match(rf"[\W\d]*{label}\b", text) for label in labels)


# --- movements ----------------------------------------------------------------------------------------------


def _read_movements(statement: Statement, rows, start: int, stop: int, fold: Fold, said: bool) -> None:
    """Add the movements between two rows; ``said`` when a person has named the columns."""
    columns = dict(statement.columns)
    style = _style_of(rows[start:stop], columns)
    if "amount" in columns and not _says_side(rows[start:stop], columns.get("direction"), fold):
        unnamed = set(range(max(map(len, rows[start:stop]), default=0))) - set(columns.values())
        statement.sides_unknown |= columns.pop("direction", None) is not None or (
            not said and any(_says_side(rows[start:stop], column, fold) for column in unnamed)
        )
    last_day = None
    for index in range(start, stop):
        row = rows[index]
        if all(cell is None or cell == "" for cell in row):
            continue
        label, column = _label(row, fold)
        if _is_summary(row, columns, label):
            _take_summary(statement, index + 1, row, (label, column), style)
            continue
        result = _read_row(index + 1, row, columns, style, last_day, fold)
        if isinstance(result, Movement):
            last_day = result.date
            statement.movements.append(result)
        else:
            statement.errors += result


def _side(cell, fold: Fold) -> int | None:
    """1 for money that came, -1 for money that went, as a cell beside the amount says it."""
    if not isinstance(cell, str):
        return None
    names = (cell.strip(), _heading(cell, fold), *(_heading(part, fold) for part in re.split(r"[/\n(|]", cell)))
    return next((_SIDES[name] for name in names if name in _SIDES), None)


def _says_side(rows, column: int | None, fold: Fold) -> bool:
    return any(_side(_cell(row, column), fold) for row in rows)


def _style_of(rows, columns) -> str | None:
    """The thousands separator that most cells of the amount columns agree on; None when nothing tells."""
    fits = dict.fromkeys(_STYLES, 0)
    for row in rows:
        for name in _AMOUNTS:
            value = _cell(row, columns.get(name))
            if isinstance(value, str):
                text, _sign = _bare_amount(value)
                if re.search(r"[.,]", text):
                    for style, pattern in _STYLES.items():
                        fits[style] += bool(pattern.fullmatch(text))
    if fits["."] == fits[","]:
        return None if not fits["."] else "."
    return max(fits, key=fits.get)


def _bare_amount(value: str) -> tuple[str, int]:
    """The digits and separators of an amount and its sign: trailing minus, brackets and currency understood."""
    text = re.sub(r"[\s\u00a0\u202f']+", "", value).upper()
    text = re.sub(r"(VND|VNĐ|Đ|₫|D)$", "", text).removeprefix("VND")
    sign = 1
    if text.startswith("(") and text.endswith(")"):
        text, sign = text[1:-1], -1
    if text.startswith(("+", "-", "−")):
        text, sign = text[1:], sign * (1 if text[0] == "+" else -1)
    elif len(text) > 1 and text.endswith(("-", "+")):
        text, sign = text[:-1], sign * (1 if text[-1] == "+" else -1)
    return text, sign


def _is_summary(row, columns, label: str) -> bool:
    """Whether a row states balances or totals: a short label, and neither a date nor a number of the bank."""
    if len(label) > 60 or not _begins(label, (*_OPENING, *_CLOSING, *_TOTALS)):
        return False
    if _text(_cell(row, columns.get("reference"))):
        return False
    try:
        return _begins(label, (*_OPENING, *_CLOSING)) or read_day(_cell(row, columns["date"]))[0] is None
    except ValueError:
        return True


def _take_summary(statement: Statement, line: int, row, label: tuple[str, int], style) -> None:
    """Keep the balances, compare the totals."""
    amounts = {}
    for name in _AMOUNTS:
        try:
            amounts[name] = read_amount(_cell(row, statement.columns.get(name)), style)
        except ValueError:
            amounts[name] = None
    text, column = label
    figure = amounts["balance"] if amounts["balance"] is not None else _beside(row, column)
    if _begins(text, _OPENING):
        statement.opening = figure if figure is not None else statement.opening
    elif _begins(text, _CLOSING):
        statement.closing = figure if figure is not None else statement.closing
    else:
        for name, value in _totals(statement).items():
            stated = amounts[name]
            if stated is not None:
                statement.checked = True
                if abs(stated) != value:
                    statement.mismatches.append(Mismatch(name, line, abs(stated), value))


def _totals(statement: Statement) -> dict[str, int]:
    """VND that went and came."""
    return {
        "debit": -sum(row.amount for row in statement.movements if row.amount < 0),
        "credit": sum(row.amount for row in statement.movements if row.amount > 0),
    }


def _read_row(line: int, row, columns, style, last_day, fold: Fold) -> Movement | list[CellError]:
    """Return a movement, or the errors of the row; none for a row that is no movement (second heading, footer)."""
    errors, values = [], {}
    for name in _AMOUNTS:
        try:
            values[name] = read_amount(_cell(row, columns.get(name)), style)
        except ValueError as error:
            values[name] = None
            errors.append(CellError(line, columns[name], str(error), str(_cell(row, columns[name]))))
    day, rest = None, ""
    try:
        day, rest = read_day(_cell(row, columns["date"]))
    except ValueError as error:
        errors.append(CellError(line, columns["date"], str(error), str(_cell(row, columns["date"]))))
    money = [name for name in ("debit", "credit", "amount") if values[name]]
    if not money:
        # A second heading, a page number, a signature; with a real date an amount was expected.
        broken = [error for error in errors if error.code != "not_a_date" and error.column != columns.get("balance")]
        return broken if day else []
    day = day or (last_day if not any(error.code == "not_a_date" for error in errors) else None)
    if day is None and not errors:
        errors.append(CellError(line, columns["date"], "no_date"))
    if len(money) > 1:
        errors.append(CellError(line, columns[money[0]], "two_amounts", f"{values[money[0]]} / {values[money[1]]}"))
    name = money[0]
    amount = -abs(values[name]) if name == "debit" else values[name]
    if name == "amount" and "direction" in columns:
        said = _cell(row, columns["direction"])
        side = _side(said, fold)
        if not side or (side > 0 > amount):
            errors.append(CellError(line, columns["direction"], "no_side", _text(said)))
        else:
            amount = side * abs(amount)
    if errors:
        return errors
    texts = {key: _text(_cell(row, columns.get(key))) for key in ("text", "reference", "payer_name", "payer_account")}
    if not texts["reference"] and rest:
        texts["reference"] = rest
    return Movement(line, day, amount, balance=values["balance"], **texts)


def _text(value) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else re.sub(r"\s+", " ", str(value)).strip()


# --- sums ---------------------------------------------------------------------------------------------------


def _check_sums(statement: Statement) -> None:
    """Compare the balances the bank states with the movements; newest first is as good as oldest first."""
    rows = statement.movements
    statement.stated = statement.opening, statement.closing
    balanced = len(rows) > 1 and all(row.balance is not None for row in rows)
    if balanced:
        down = sum(one.balance + two.amount == two.balance for one, two in zip(rows, rows[1:], strict=False))
        up = sum(one.balance - one.amount == two.balance for one, two in zip(rows, rows[1:], strict=False))
        ordered = rows if down >= up else rows[::-1]
        for one, two in zip(ordered, ordered[1:], strict=False):
            if one.balance + two.amount != two.balance:
                statement.mismatches.append(Mismatch("balance", two.line, two.balance, one.balance + two.amount))
        if statement.opening is None:
            statement.opening = ordered[0].balance - ordered[0].amount
        if statement.closing is None:
            statement.closing = ordered[-1].balance
        statement.checked = True
    elif rows and rows[0].balance is not None and statement.opening is None and len(rows) == 1:
        statement.opening, statement.closing = rows[0].balance - rows[0].amount, rows[0].balance
    if statement.opening is not None and statement.closing is not None:
        computed = statement.opening + sum(row.amount for row in rows)
        statement.checked = True
        if computed != statement.closing:
            statement.mismatches.append(Mismatch("closing", 0, statement.closing, computed))


class _Tables(HTMLParser):
    """Collects the cells of all tables; a cell over several columns or rows leaves empty ones behind."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.rows: list[list] = []
        self._row: list | None = None
        self._cell: list[str] | None = None
        self._span = 1
        self._down: dict[int, int] = {}
        self._height = 1

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.end_row()
            self._row = []
        elif tag in ("td", "th"):
            self._end_cell()
            self._row = [] if self._row is None else self._row
            self._skip_covered()
            spans = dict(attrs)
            self._cell = []
            self._span, self._height = (self._number(spans.get(name)) for name in ("colspan", "rowspan"))
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._end_cell()
        elif tag in ("tr", "table"):
            self.end_row()

    def handle_data(self, data):
        if self._cell is not None:
            self._cell.append(data)

    @staticmethod
    def _number(value) -> int:
        return min(int(value), 200) if value and value.isascii() and value.isdigit() and int(value) else 1

    def _skip_covered(self):
        while self._down.get(len(self._row)):
            self._down[len(self._row)] -= 1
            self._row.append(None)

    def _end_cell(self):
        if self._cell is None:
            return
        text = re.sub(r"\s+", " ", "".join(self._cell)).strip()
        start = len(self._row)
        self._row += [text or None, *[None] * (self._span - 1)]
        for column in range(start, start + self._span):
            if self._height > 1:
                self._down[column] = self._height - 1
        self._cell = None

    def end_row(self):
        """Keep the row that was begun, also when the page ends without closing it."""
        self._end_cell()
        if self._row is not None:
            self._skip_covered()
            self.rows.append(self._row)
            self._row = None
