"""A ward's list of households (danh sách hộ và nhân khẩu) as clerks keep it in spreadsheets.

:func:`read_roster` finds the header below the title rows, understands Vietnamese headings however they are spelled,
and returns typed rows grouped into households together with everything that is wrong, by row and column. It knows
nothing of a database: what is new and what exists already is decided by the caller.
"""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta

from . import address, personal_number, phone, sheet, text

ERROR, WARNING = "error", "warning"

#: What a column can mean, with the folded headings it goes by. Earlier entries win when a heading fits several.
HEADINGS = {
    "household_seq": ("stt ho", "so thu tu ho", "ho so", "tt ho", "stt chu ho"),
    "household_code": (
        "ma ho", "ma so ho", "ma ho gia dinh", "so ho khau", "so so ho khau", "so ho", "ma so ho gia dinh",
        "ma hgd",
    ),
    "seq": ("stt", "so tt", "tt", "so thu tu", "no"),
    "head_name": ("chu ho", "ho ten chu ho", "ho va ten chu ho", "ten chu ho"),
    "name": (
        "ho va ten", "ho ten", "ten", "ho va ten khai sinh", "ho chu dem va ten", "ho chu dem va ten khai sinh",
        "ho va ten nhan khau", "ho ten nhan khau", "ho va ten thanh vien", "ho ten thanh vien", "thanh vien",
        "ten nhan khau", "nhan khau", "ho va ten cong dan",
    ),
    "birth": (
        "ngay sinh", "nam sinh", "ngay thang nam sinh", "ngay thang nam", "sinh ngay", "ngay sinh nam sinh",
        "sinh nam", "ntns", "ng sinh",
    ),
    "sex": ("gioi tinh", "nam nu", "gioi", "phai"),
    "personal_number": (
        "so dinh danh cccd", "so dinh danh", "so dinh danh ca nhan", "ma dinh danh", "ma so dinh danh", "cccd",
        "so cccd", "can cuoc", "so can cuoc", "can cuoc cong dan", "so can cuoc cong dan", "ddcn", "so ddcn",
        "cmnd cccd", "so cmnd cccd", "cccd cmnd", "so cccd cmnd", "cmnd", "so cmnd", "so dinh danh ca nhan cccd",
        "cccd so dinh danh", "so giay to", "ma so dinh danh ca nhan", "so cccd so dinh danh",
    ),
    "role": (
        "quan he voi chu ho", "quan he", "quan he chu ho", "qh voi chu ho", "quan he voi ch", "qh chu ho",
        "moi quan he",
        "quan he gia dinh", "quan he trong ho",
    ),
    "house_number": ("so nha", "nha so", "so nha can ho", "can ho", "so can ho"),
    "alley": ("hem", "ngo", "kiet", "ngo hem", "hem ngo", "ngo hem kiet", "hem kiet", "ngach hem", "ngo ngach hem"),
    "street": ("duong", "ten duong", "duong pho", "pho", "tuyen duong", "duong hem"),
    "group": (
        "to dan pho", "tdp", "thon", "to dan pho thon", "thon to dan pho", "to", "to dp", "khu pho", "khom", "ap",
        "to thon", "thon to", "thon tdp", "tdp thon", "khom ap", "khu dan cu", "thon ban", "to dan so",
    ),
    "address": (
        "dia chi", "noi o", "noi o hien tai", "cho o hien nay", "noi o hien nay", "noi thuong tru",
        "dia chi thuong tru",
        "dia chi nha", "noi dang ky thuong tru", "thuong tru", "cho o", "dia chi noi o", "dia chi hien tai",
    ),
    "phone": (
        "so dien thoai", "dien thoai", "sdt", "so dt", "dt", "di dong", "dien thoai di dong", "dt di dong",
        "so di dong",
        "so dien thoai lien he", "dien thoai lien he", "so dt lien he", "zalo", "so dien thoai zalo", "lien he",
    ),
    "email": ("email", "e mail", "thu dien tu", "dia chi email", "hop thu"),
    "note": ("ghi chu", "chu thich", "nhan xet", "ghi chu khac"),
    "birth_male": (),
    "birth_female": (),
    "female_mark": (),
}  # fmt: skip
FIELDS = tuple(HEADINGS)
_EXACT = {heading: key for key, headings in reversed(HEADINGS.items()) for heading in headings}

_ROLES = {
    "head": "chu ho|ch|chu ho gia dinh|chu",
    "wife": "vo",
    "husband": "chong",
    "child": "con|con de|con trai|con gai|con ruot|con ut|con trai de|con gai de|con trai ruot|con gai ruot",
    "adopted_child": "con nuoi|con trai nuoi|con gai nuoi",
    "step_child": "con rieng|con rieng cua vo|con rieng cua chong|con vo|con chong",
    "daughter_in_law": "con dau|dau|nang dau",
    "son_in_law": "con re|re|chang re",
    "father": "cha|bo|ba de|cha de|bo de|cha ruot|bo ruot|cha me|ba ruot|tia",
    "mother": "me|me de|ma|me ruot|ma de|ma ruot",
    "parent_in_law": "cha vo|bo vo|ba vo|me vo|ma vo|cha chong|bo chong|ba chong|me chong|ma chong|cha me vo",
    "adoptive_parent": "cha nuoi|bo nuoi|me nuoi|cha me nuoi",
    "step_parent": "cha duong|bo duong|duong|me ke|di ghe|me ghe",
    "grandparent": "ong|ba|ong noi|ba noi|ong ngoai|ba ngoai|ong ba|ong ba noi|ong ba ngoai|noi|ngoai",
    "great_grandparent": "cu|cu noi|cu ngoai|co noi|co ngoai",
    "grandchild": "chau|chau noi|chau ngoai|chau noi trai|chau noi gai|chau ngoai trai|chau ngoai gai",
    "great_grandchild": "chat|chat noi|chat ngoai|chau co",
    "sibling": "anh|chi|em|anh ruot|chi ruot|em ruot|anh trai|chi gai|em trai|em gai|anh em|chi em|anh chi em",
    "sibling_in_law": "anh re|em re|chi dau|em dau|em vo|em chong|anh vo|anh chong|chi vo|chi chong",
    "uncle_aunt": "bac|chu ruot|cau|co|di|bac ruot|cau ruot|co ruot|di ruot|mo|thim|duong di|chu bac",
    "nephew_niece": "chau ruot|chau trai|chau gai|chau ho|chau vo|chau chong|chau goi bang chu|chau goi bang bac",
    "guardian": "nguoi giam ho|giam ho",
    "protege": "nguoi duoc giam ho|duoc giam ho",
    "lodger": "o nho|nguoi o nho|nho|cung o nho|cung o",
    "tenant": "o thue|nguoi thue|thue|o tro|nguoi o tro|o muon|nguoi thue tro|thue tro",
    "other": "khac|quan he khac|nguoi khac|nguoi nha|nguoi giup viec|giup viec|nguoi quen|ban",
}  # fmt: skip
ROLES = {label: role for role, labels in _ROLES.items() for label in labels.split("|")}
#: How a relationship is written into a list, for a man and for a woman; :data:`ROLES` understands it again.
_WRITTEN_ROLES = {
    "head": ("Chủ hộ", "Chủ hộ"), "wife": ("Vợ", "Vợ"), "husband": ("Chồng", "Chồng"), "child": ("Con", "Con"),
    "adopted_child": ("Con nuôi", "Con nuôi"), "step_child": ("Con riêng", "Con riêng"),
    "daughter_in_law": ("Con dâu", "Con dâu"), "son_in_law": ("Con rể", "Con rể"), "father": ("Cha", "Cha"),
    "mother": ("Mẹ", "Mẹ"), "parent_in_law": ("Cha vợ", "Mẹ vợ"), "adoptive_parent": ("Cha nuôi", "Mẹ nuôi"),
    "step_parent": ("Cha dượng", "Mẹ kế"), "grandparent": ("Ông", "Bà"), "great_grandparent": ("Cụ", "Cụ"),
    "grandchild": ("Cháu", "Cháu"), "great_grandchild": ("Chắt", "Chắt"), "sibling": ("Anh em", "Chị em"),
    "sibling_in_law": ("Anh rể", "Chị dâu"), "uncle_aunt": ("Bác", "Bác"),
    "nephew_niece": ("Cháu ruột", "Cháu ruột"), "guardian": ("Người giám hộ", "Người giám hộ"),
    "protege": ("Người được giám hộ", "Người được giám hộ"), "lodger": ("Ở nhờ", "Ở nhờ"),
    "tenant": ("Ở thuê", "Ở thuê"), "other": ("Khác", "Khác"),
}  # fmt: skip
_WRITTEN_SEX = {"male": "Nam", "female": "Nữ", "other": "Khác"}
_SPOUSE = {"vo chong", "chong vo"}
_SEX = {
    "nam": "male", "nu": "female", "male": "male", "female": "female", "m": "male", "f": "female", "trai": "male",
    "gai": "female", "n": None, "khac": "other", "1": "male", "0": "female",
}  # fmt: skip
_SEX_OF_ROLE = {
    "wife": "female", "mother": "female", "daughter_in_law": "female", "husband": "male", "father": "male",
    "son_in_law": "male",
}  # fmt: skip
_MARKS = {"x", "+", "1", "v", "co", "true"}
_NO_VALUE = {"", "-", "--", "0", "khong", "khong co", "khong ro", "chua co", "k co", "ko", "chua", "none", "n a", "na"}
_FOOTER = re.compile(
    r"^(tong cong|tong so|cong|tong|nguoi lap|nguoi thong ke|tm |lap bieu|ghi chu|xac nhan|noi nhan)\b"
)
_DATE = re.compile(r"(\d{1,2})\s*[/.\-\s]\s*(\d{1,2})\s*[/.\-\s]\s*(\d{4}|\d{2})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T].*)?")
_MONTH_YEAR = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{4})")
_YEAR = re.compile(r"(?:khoang |nam |sinh nam )?((?:18|19|20)\d\d)")
_AS_OF = re.compile(r"(?:den|tinh den|thoi diem).{0,12}?(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_AS_OF_WORDS = re.compile(r"ngay (\d{1,2}) thang (\d{1,2}) nam (\d{4})")
_TITLE_GROUP = re.compile(r"\b(to dan pho|tdp|thon|khu pho|khom)\b\s*(so\b)?\s*:?\s*(\d+)\b")
#: Day 0 of spreadsheets: their serial day numbers count from here (after the leap-year slip of 1900).
_SERIAL_EPOCH = date(1899, 12, 30)
_EARLIEST = date(1880, 1, 1)


class NoHeader(sheet.SheetError):
    """No row has at least a heading for the name and another one that is known."""


class NoRows(sheet.SheetError):
    """There is a header, and nothing below it."""


class NoHouseholds(sheet.SheetError):
    """Nothing tells where one household ends and the next one starts."""


@dataclass(frozen=True)
class Issue:
    """Something wrong in one cell. ``code`` says what, ``value`` is what was written there."""

    line: int
    key: str
    column: int | None
    level: str
    code: str
    value: str = ""


@dataclass
class Column:
    """A column of the file: its place, heading, what it means (``None``: not used) and an example from below."""

    index: int
    heading: str
    key: str | None
    example: str = ""


@dataclass
class Row:
    """One person as written. Empty strings and ``None`` mean: not said."""

    line: int
    cells: list
    household: int = -1
    name: str = ""
    birth_date: date | None = None
    birth_year_only: bool = False
    sex: str = ""
    personal_number: str = ""
    role: str = ""
    phone: str = ""
    email: str = ""
    note: str = ""
    issues: list = field(default_factory=list)

    @property
    def rejected(self):
        return any(issue.level == ERROR for issue in self.issues)


@dataclass
class Household:
    """The rows of one household and what they say about its place."""

    index: int
    code: str = ""
    group: str = ""
    house_number: str = ""
    alley: str = ""
    street: str = ""
    rows: list = field(default_factory=list)

    @property
    def address_key(self):
        return address.address_key(self.house_number, self.alley, self.street)

    @property
    def head(self):
        return next((row for row in self.rows if row.role == "head"), None)


@dataclass
class Roster:
    """A whole list: households with their rows, every issue, and how the file was understood."""

    sheet_name: str
    header_line: int
    columns: list
    headings: list
    households: list
    rows: list
    ignored: list
    as_of: date | None = None

    @property
    def issues(self):
        return [issue for row in self.rows for issue in row.issues]


# --------------------------------------------------------------------------------------------------- header
def heading_key(heading):
    """Return what a heading means, or ``None``."""
    folded = text.match_key(heading)
    # "Họ và tên (2)" and "Số CCCD/ĐDCN (nếu có)" mean what they say before the bracket.
    for candidate in (folded, text.match_key(re.sub(r"\(.*?\)", " ", str(heading or "")))):
        if candidate in _EXACT:
            return _EXACT[candidate]
        trimmed = re.sub(r"\b(\d+|ghi ro|neu co|bat buoc)\b", "", candidate)
        trimmed = re.sub(r"\s+", " ", trimmed).strip()
        if trimmed in _EXACT:
            return _EXACT[trimmed]
    if not folded or len(folded) > 60:
        return None
    # A longer heading that starts like a known one: the longest known beginning decides.
    starts = [known for known in _EXACT if len(known) >= 6 and folded.startswith(known + " ")]
    return _EXACT[max(starts, key=len)] if starts else None


def _header_columns(rows, position):
    """Return the columns of the header at ``position`` and its height: 2 when headings are split into the row below."""
    header = rows[position]
    below = rows[position + 1] if position + 1 < len(rows) else []
    columns = []
    previous = ""
    height = 1
    taken = set()
    # "Nam" and "Nữ" side by side are headings of halves of a column; one alone is a person's sex.
    subs = [text.match_key(cell) if isinstance(cell, str) else "" for cell in below]
    halves = {i + j for i in range(len(subs) - 1) if subs[i : i + 2] in (["nam", "nu"], ["nu", "nam"]) for j in (0, 1)}
    for index in range(max(len(header), len(below))):
        heading = header[index] if index < len(header) else None
        sub = below[index] if index < len(below) else None
        parent = str(heading) if heading is not None else previous
        key = heading_key(heading) if heading is not None else None
        if index in halves and heading_key(parent) in ("birth", "sex"):
            female = subs[index] == "nu"
            if heading_key(parent) == "birth":
                key = "birth_female" if female else "birth_male"
            else:
                key = "female_mark" if female else None
            heading = f"{parent} – {sub}"
            height = 2
        elif isinstance(sub, str) and heading is None and heading_key(sub):
            key, heading = heading_key(sub), sub
            height = 2
        elif text.match_key(heading) == "nu":
            key = "female_mark"
        if heading is None:
            continue
        previous = parent
        if key in taken:
            key = None
        taken.add(key)
        columns.append(Column(index, text.normalize(heading), key))
    return columns, height


def _find_header(rows):
    """Return (line index, columns, height) of the most telling header among the first rows."""
    best = None
    for position, row in enumerate(rows[:40]):
        if sum(cell is not None for cell in row) < 2:
            continue
        columns, height = _header_columns(rows, position)
        keys = {column.key for column in columns if column.key}
        if "name" not in keys and "head_name" in keys and "role" not in keys:
            # A list of heads only: one row per household.
            columns = [Column(c.index, c.heading, "name" if c.key == "head_name" else c.key) for c in columns]
            keys = keys - {"head_name"} | {"name"}
        if "name" in keys and len(keys) >= 2 and (best is None or len(keys) > best[0]):
            best = (len(keys), position, columns, height)
    return best and best[1:]


# ---------------------------------------------------------------------------------------------------- cells
def _text(value):
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else str(value)
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return text.normalize(value) if value is not None else ""


def _digits_of_number(value):
    """Return the digits of a number stored as a number or in scientific notation, else ``None``."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return f"{value:.0f}"
    if isinstance(value, str):
        if re.fullmatch(r"\d+\.0+", value):
            return value.split(".")[0]
        if re.fullmatch(r"\d+([.,]\d+)?[eE]\+?\d+", value):
            return f"{float(value.replace(',', '.')):.0f}"
    return None


def parse_name(value):
    """Return a name with capitals as names are written; a name all in capitals is put right.

    :raises ValueError: it contains digits, so it is no name.
    """
    name = text.normalize(value if isinstance(value, str) else _text(value))
    name = re.sub(r"^[\s\-+*•.]+", "", name)
    if any(c.isdigit() for c in name):
        raise ValueError(name)
    if name.isupper() or name.islower():
        name = re.sub(r"[^\W\d_]+", lambda match: match.group().capitalize(), name.lower())
    return name


def parse_birth(value, today):
    """Return ``(date, only the year known, warning code or None)`` of a date of birth as people write it.

    :raises ValueError: with ``bad_date``, ``future_date`` or ``too_old`` as argument.
    """
    warning = None
    year_only = False
    if isinstance(value, date):
        result = value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        number = int(value)
        if 1880 <= number <= today.year + 1:
            result, year_only = date(number, 1, 1), True
        elif 3000 <= number <= 80000:
            result = _SERIAL_EPOCH + timedelta(days=number)
        elif 1_000_000 <= number <= 31_129_999:
            result = _calendar_day(number % 10000, number // 10000 % 100, number // 1_000_000)
        else:
            raise ValueError("bad_date")
    else:
        result, year_only, warning = _parse_written_date(text.fold(value), today)
    if result > today:
        raise ValueError("future_date")
    if result < _EARLIEST:
        raise ValueError("too_old")
    return result, year_only, warning


def _parse_written_date(written, today):
    if match := _ISO.fullmatch(written):
        return _calendar_day(*map(int, match.groups())), False, None
    if match := _DATE.fullmatch(written):
        day, month, year = map(int, match.groups())
        warning = None
        if len(match.group(3)) == 2:
            year += 2000 if year <= today.year % 100 else 1900
            warning = "two_digit_year"
        if day == 0 or month == 0:
            return date(year, 1, 1), True, warning
        return _calendar_day(year, month, day), False, warning
    if match := _YEAR.fullmatch(written):
        return date(int(match.group(1)), 1, 1), True, None
    if match := _MONTH_YEAR.fullmatch(written):
        month, year = map(int, match.groups())
        return _calendar_day(year, month or 1, 1), True, "month_only"
    if match := re.fullmatch(r"(\d{5})(\.0)?", written):
        return _SERIAL_EPOCH + timedelta(days=int(match.group(1))), False, None
    if match := re.fullmatch(r"(\d{2})(\d{2})(\d{4})", written):
        day, month, year = map(int, match.groups())
        return _calendar_day(year, month, day), False, None
    raise ValueError("bad_date")


def _calendar_day(year, month, day):
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError("bad_date") from None


def written_role(role, sex):
    """Return a relationship as clerks write it; reading it gives ``role`` again."""
    return _WRITTEN_ROLES[role][sex == "female"]


def written_sex(sex):
    """Return a sex as clerks write it, empty when it is not known."""
    return _WRITTEN_SEX.get(sex, "")


def parse_personal_number(value):
    """Return ``(number, warning code or None)``; the number is empty for what only an old card can have.

    Spreadsheets drop leading zeros of numbers stored as numbers; they are put back when the result can be a
    personal number of a province.

    :raises ValueError: with ``bad_number`` as argument.
    """
    digits = _digits_of_number(value)
    stored_as_number = digits is not None
    if digits is None:
        digits = personal_number.clean(value).lstrip("'`’")
    if digits.isdigit() and len(digits) in (9, 8) and (len(digits) == 9 or stored_as_number):
        return "", "old_card"
    lost_zeros = digits.isdigit() and 10 <= len(digits) <= 11 and not digits.startswith("0")
    if lost_zeros:
        digits = digits.zfill(12)
        if int(digits[:3]) > 96:
            raise ValueError("bad_number")
    try:
        personal_number.parse(digits)
    except personal_number.PersonalNumberError:
        raise ValueError("bad_number") from None
    return digits, "padded" if lost_zeros else None


def parse_phone(value):
    """Return the first valid number in a cell that may hold several.

    :raises ValueError: with ``bad_phone`` as argument.
    """
    written = _digits_of_number(value) or _text(value)
    for part in re.split(r"[,;\n]|\s[/\-–]\s|/(?=\s*0\d)", written):
        try:
            if part.strip():
                return phone.to_e164(part)
        except phone.PhoneError:
            continue
    raise ValueError("bad_phone")


# ------------------------------------------------------------------------------------------------------ rows
class _Reader:
    """Turns the rows below a header into typed rows and households."""

    def __init__(self, rows, header, columns, today):
        self.today = today
        self.body = rows[header:]
        self.first_line = header + 1
        self.column_of = {column.key: column.index for column in columns if column.key}
        self.rows = []
        self.ignored = []
        self.households = []
        self.by_code = {}
        self.section_group = ""
        #: A list says the same few words on every row.
        self._keys = {}
        self.starts = self._start_rule()

    def _cell(self, cells, key):
        index = self.column_of.get(key)
        return cells[index] if index is not None and index < len(cells) else None

    def _key(self, value):
        """Return ``text.match_key`` of a cell's text, remembered."""
        if value not in self._keys:
            self._keys[value] = text.match_key(value)
        return self._keys[value]

    def _issue(self, row, key, level, code, value=""):
        row.issues.append(Issue(row.line, key, self.column_of.get(key), level, code, _text(value)))

    def _start_rule(self):
        """Choose the column that says where a household starts."""
        for key in ("household_code", "household_seq"):
            if key in self.column_of:
                return key
        if "role" in self.column_of:
            return "role"
        if "head_name" in self.column_of:
            return "head_name"
        if "seq" in self.column_of:
            named = [row for row in self.body if self._cell(row, "name") is not None]
            blank = sum(self._cell(row, "seq") is None for row in named)
            if blank:
                return "seq"
        if "address" in self.column_of or "house_number" in self.column_of:
            return "place"
        raise NoHouseholds

    def run(self):
        for offset, cells in enumerate(self.body):
            line = self.first_line + offset
            if all(cell is None for cell in cells):
                continue
            if self._is_person(cells):
                self._read_row(line, cells)
            else:
                self._read_other(line, cells)
        if not self.rows:
            raise NoRows
        self._check_households()
        self._check_doubles()

    def _is_person(self, cells):
        """Tell a person from a repeated header, a section title, a sum or a signature."""
        name = _text(self._cell(cells, "name"))
        facts = [
            self._cell(cells, key)
            for key in ("birth", "birth_male", "birth_female", "sex", "personal_number", "role", "phone")
        ]
        filled = sum(fact is not None for fact in facts)
        if name.isdigit() or re.fullmatch(r"\(?\d+\)?", name):
            return False
        if sum(self._key(cell) in _EXACT for cell in cells if isinstance(cell, str)) >= 3:
            return False  # the headings again, as printed on every page
        first = next((_text(cell) for cell in cells if cell is not None), "")
        if _FOOTER.match(self._key(first)) or _FOOTER.match(self._key(name)):
            return False
        if not name:
            return filled >= 2
        if filled:
            return True
        seq = self._cell(cells, "seq")
        return seq is not None or sum(cell is not None for cell in cells) >= 3

    def _read_other(self, line, cells):
        """Take a section title such as "Tổ dân phố 5" for the rows below; leave the rest alone."""
        filled = [_text(cell) for cell in cells if cell is not None]
        if len(filled) == 1 and (match := _TITLE_GROUP.search(text.match_key(filled[0]))):
            self.section_group = match.group(0)
        else:
            self.ignored.append(line)

    def _read_row(self, line, cells):
        row = Row(line, cells)
        self.rows.append(row)
        self._read_name(row)
        self._read_birth(row)
        self._read_role(row)
        self._read_sex(row)
        self._read_number(row)
        self._read_contact(row)
        self._place(row)

    def _read_name(self, row):
        value = self._cell(row.cells, "name")
        if value is None:
            self._issue(row, "name", ERROR, "no_name")
            return
        try:
            row.name = parse_name(value)
        except ValueError:
            self._issue(row, "name", ERROR, "bad_name", value)

    def _read_birth(self, row):
        key = "birth"
        value = self._cell(row.cells, "birth")
        for other in ("birth_male", "birth_female"):
            if self._cell(row.cells, other) is not None:
                key, value = other, self._cell(row.cells, other)
                row.sex = other.removeprefix("birth_")
        if value is None or self._key(_text(value)) in _NO_VALUE:
            if self.column_of.keys() & {"birth", "birth_male", "birth_female"}:
                self._issue(row, key, WARNING, "no_birth")
            return
        try:
            row.birth_date, row.birth_year_only, warning = parse_birth(value, self.today)
        except ValueError as error:
            self._issue(row, key, ERROR, error.args[0], value)
            return
        if warning:
            self._issue(row, key, WARNING, warning, value)

    def _read_role(self, row):
        value = self._cell(row.cells, "role")
        if value is None:
            return
        folded = self._key(re.sub(r"\(.*?\)", " ", _text(value)))
        if folded in _SPOUSE:
            sex = _SEX.get(self._key(_text(self._cell(row.cells, "sex"))))
            row.role = "husband" if sex == "male" else "wife"
        elif folded in ROLES:
            row.role = ROLES[folded]
        else:
            # "Con thứ ba", "Chủ hộ (vợ mất)": the beginning tells; "con dâu cả" is longer than "con".
            starts = [label for label in ROLES if folded.startswith(label + " ")]
            row.role = ROLES[max(starts, key=len)] if starts else "other"
            if not starts or row.role == "other":
                row.role = "other"
                self._issue(row, "role", WARNING, "unknown_role", value)

    def _read_sex(self, row):
        value = self._cell(row.cells, "sex")
        if value is not None:
            folded = self._key(_text(value))
            if _SEX.get(folded):
                row.sex = _SEX[folded]
            elif folded not in _NO_VALUE:
                self._issue(row, "sex", ERROR, "bad_sex", value)
        elif "female_mark" in self.column_of and "sex" not in self.column_of:
            mark = self._key(_text(self._cell(row.cells, "female_mark")))
            row.sex = "female" if mark in _MARKS else "male"
        if not row.sex:
            row.sex = _SEX_OF_ROLE.get(row.role, "")

    def _read_number(self, row):
        value = self._cell(row.cells, "personal_number")
        if value is None or self._key(_text(value)) in _NO_VALUE:
            return
        try:
            row.personal_number, warning = parse_personal_number(value)
        except ValueError as error:
            self._issue(row, "personal_number", ERROR, error.args[0], value)
            return
        if warning:
            self._issue(row, "personal_number", WARNING, warning, value)
        if row.personal_number:
            parsed = personal_number.parse(row.personal_number)
            year = row.birth_date and row.birth_date.year
            for what in sorted(personal_number.mismatches(row.personal_number, row.sex, year)):
                self._issue(row, "personal_number", WARNING, f"mismatch_{what}", value)
            row.sex = row.sex or parsed.sex

    def _read_contact(self, row):
        value = self._cell(row.cells, "phone")
        if value is not None and self._key(_text(value)) not in _NO_VALUE:
            try:
                row.phone = parse_phone(value)
            except ValueError as error:
                self._issue(row, "phone", WARNING, error.args[0], value)
        email = _text(self._cell(row.cells, "email"))
        if email and re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
            row.email = email
        elif email and text.match_key(email) not in _NO_VALUE:
            self._issue(row, "email", WARNING, "bad_email", email)
        row.note = _text(self._cell(row.cells, "note"))

    # ------------------------------------------------------------------------------------------- households
    def _place(self, row):
        """Put the row into its household, opening a new one where it starts."""
        code = _text(self._cell(row.cells, "household_code"))
        current = self.households[-1] if self.households else None
        if code and code in self.by_code:
            household = self.by_code[code]
        elif current is None or code or self._starts_here(row, current):
            household = Household(len(self.households), code)
            self.households.append(household)
            if code:
                self.by_code[code] = household
        else:
            household = current
        row.household = household.index
        if self.starts == "head_name" and not row.role:
            is_head = text.fold(_text(self._cell(row.cells, "head_name"))) == text.fold(row.name)
            row.role = "head" if is_head and not household.head else ""
        household.rows.append(row)
        self._read_place(row, household)

    def _starts_here(self, row, current):
        """Tell whether ``row``, without a code of its own, opens a household after ``current``."""
        if self.starts in ("household_code", "role"):
            return row.role == "head" and (current.head is not None or self.starts == "role")
        if self.starts == "place":
            place = self._read_place(row, Household(-1))
            return bool(place) and place != (current.house_number, current.alley, current.street)
        value = self._cell(row.cells, self.starts)
        if self.starts == "head_name":
            first = self._cell(current.rows[0].cells, "head_name")
            return value is not None and text.fold(_text(value)) != text.fold(_text(first))
        if value is None:
            return False
        # A number repeated on every row of the household does not open a new one.
        return self.starts == "seq" or value != self._cell(current.rows[0].cells, self.starts)

    def _read_place(self, row, household):
        """Fill what the household does not know yet about its place; return the address parts of this row."""
        house_number, alley, street = (_text(self._cell(row.cells, k)) for k in ("house_number", "alley", "street"))
        group = _text(self._cell(row.cells, "group"))
        whole = _text(self._cell(row.cells, "address"))
        if whole:
            parts = address.split_address(whole)
            house_number, alley, street, group = (
                own or part for own, part in zip((house_number, alley, street, group), parts, strict=True)
            )
        if not (household.house_number or household.street or household.alley):
            household.house_number, household.alley, household.street = house_number, alley, street
        household.group = household.group or group or self.section_group
        place = (house_number, alley, street)
        return place if any(place) else ()

    def _check_households(self):
        for household in self.households:
            heads = [row for row in household.rows if row.role == "head"]
            for row in heads[1:]:
                self._issue(row, "role", ERROR, "two_heads", self._cell(row.cells, "role"))
            if not heads and self.starts in ("household_seq", "seq", "place", "household_code", "head_name"):
                first = household.rows[0]
                if "role" not in self.column_of or self._cell(first.cells, "role") is None:
                    first.role = "head"
            for row in household.rows:
                if not row.role:
                    row.role = "other"
                    if "role" in self.column_of:
                        self._issue(row, "role", WARNING, "no_role")

    def _check_doubles(self):
        """A personal number, or a name with a birth date in one household, appears once in a list."""
        numbers, people = {}, {}
        for row in self.rows:
            if row.personal_number:
                first = numbers.setdefault(row.personal_number, row)
                if first is not row:
                    self._issue(row, "personal_number", ERROR, "double_number", first.line)
                    continue
            if row.name and row.birth_date:
                key = (row.household, text.fold(row.name), row.birth_date)
                first = people.setdefault(key, row)
                if first is not row and not (row.personal_number and first.personal_number):
                    self._issue(row, "name", ERROR, "double_person", first.line)


def read_roster(data, today, mapping=None, sheet_name=None):
    """Read a list of households from the bytes of a spreadsheet.

    :param today: the day that decides what lies in the future.
    :param mapping: column index → meaning (or ``None``), when a person has corrected how the columns were understood.
    :param sheet_name: read this sheet; otherwise the one whose header tells most.
    :raises SheetError: the file cannot be read or is no such list; the subclass says why.
    """
    best = None
    for candidate in sheet.read(data):
        if sheet_name and candidate.name != sheet_name:
            continue
        found = _find_header(candidate.rows)
        if found and (best is None or _told(found[1]) > _told(best[2])):
            best = (candidate, *found)
    if best is None:
        raise NoHeader
    chosen, position, columns, height = best
    if mapping is not None:
        for column in columns:
            column.key = mapping.get(column.index, column.key)
        if "name" not in {column.key for column in columns}:
            raise NoHeader
    for column in columns:
        below = chosen.rows[position + height :][:30]
        values = (row[column.index] for row in below if column.index < len(row))
        column.example = next(
            (_text(v) for v in values if v is not None and not re.fullmatch(r"\(\d+\)", _text(v))), ""
        )
    reader = _Reader(chosen.rows, position + height, columns, today)
    titles = " ".join(_text(cell) for row in chosen.rows[:position] for cell in row if cell is not None)
    if match := _TITLE_GROUP.search(text.match_key(titles)):
        reader.section_group = match.group(0)
    reader.run()
    return Roster(
        sheet_name=chosen.name,
        header_line=position + 1,
        columns=columns,
        headings=[_text(cell) for cell in chosen.rows[position]],
        households=reader.households,
        rows=reader.rows,
        ignored=reader.ignored,
        as_of=_as_of(titles, today),
    )


def _told(columns):
    return sum(column.key is not None for column in columns)


def _as_of(titles, today):
    """Return the day the list is dated in its title ("Số liệu đến ngày 20/11/2026"), unless it lies ahead."""
    folded = text.fold(titles)
    match = _AS_OF.search(folded) or _AS_OF_WORDS.search(folded)
    if not match:
        return None
    day, month, year = map(int, match.groups())
    try:
        result = date(year, month, day)
    except ValueError:
        return None
    return result if result <= today else None
