"""A ward's list of households (danh sách hộ và nhân khẩu) as clerks keep it in spreadsheets.

:func:`read_roster` finds the header below the title rows, understands Vietnamese headings however they are spelled,
and returns typed rows grouped into households together with everything that is wrong, by row and column. It knows
nothing of a database: what is new and what exists already is decided by the caller.

Headings are understood in ``roster_header``, cells in ``roster_cells``, relationships in ``roster_roles``; what is no
person is told in ``roster_lines``.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from . import address, personal_number, roster_lines, sheet, text
from .roster_cells import as_text, is_year, parse_birth, parse_name, parse_personal_number, parse_phone
from .roster_header import NoHeader, alike, find_header, heading_key, told
from .roster_roles import has_tones, read_role

ERROR, WARNING = "error", "warning"

_WRITTEN_SEX = {"male": "Nam", "female": "Nữ", "other": "Khác"}
_SEX = {
    "nam": "male", "nu": "female", "male": "male", "female": "female", "m": "male", "f": "female", "trai": "male",
    "gai": "female", "khac": "other", "1": "male", "0": "female",
}  # fmt: skip
_SEX_OF_ROLE = {
    "wife": "female", "mother": "female", "daughter_in_law": "female", "husband": "male", "father": "male",
    "son_in_law": "male",
}  # fmt: skip
_MARKS = {"x", "+", "1", "v", "co", "true"}
_NO_VALUE = {"", "-", "--", "0", "khong", "khong co", "khong ro", "chua co", "k co", "ko", "chua", "none", "n a", "na"}
#: Words that tell a person's sex; the figures of some lists could be anything.
_SEX_WORDS = frozenset({"nam", "nu", "male", "female", "trai", "gai"})
_PLACE = ("household_code", "head_name", "house_number", "alley", "street", "address", "group")
_AS_OF = re.compile(r"(?:den|tinh den|thoi diem).{0,12}?(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_AS_OF_WORDS = re.compile(r"ngay (\d{1,2}) thang (\d{1,2}) nam (\d{4})")
_BIRTHS = ("birth", "birth_male", "birth_female")
_NO_ROLE = (("other", "unknown_role"), ("other", "ambiguous_role"))
#: Characters of a row without a person that are told.
_TOLD = 120


class NoSheet(sheet.SheetError):
    """None of the chosen sheets is in the file."""


class NoRows(sheet.SheetError):
    """There is a header, and nothing below it."""


class NoHouseholds(sheet.SheetError):
    """Nothing tells where one household ends and the next one starts."""


@dataclass(frozen=True)
class Issue:
    """Something wrong in one cell, or in a row or sheet as a whole. ``code`` says what, ``value`` is what was there."""

    line: int
    key: str
    column: int | None
    level: str
    code: str
    value: str = ""
    sheet: str = ""


@dataclass
class Row:
    """One person as written. Empty strings and ``None`` mean: not said."""

    line: int
    cells: list
    sheet: str = ""
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
    """A whole list: households with their rows, every issue, and how the file was understood.

    ``remarks`` are the issues of no person: rows and sheets that were not read.
    """

    sheet_names: list
    header_line: int
    columns: list
    headings: list
    households: list
    rows: list
    remarks: list
    as_of: date | None = None

    @property
    def issues(self):
        return self.remarks + [issue for row in self.rows for issue in row.issues]


def written_sex(sex):
    """Return a sex as clerks write it, empty when it is not known."""
    return _WRITTEN_SEX.get(sex, "")


# ------------------------------------------------------------------------------------------------------ rows
class _Reader:
    """Turns the rows below a header into typed rows and households, sheet by sheet."""

    def __init__(self, today):
        self.today = today
        self.rows = []
        self.remarks = []
        self.households = []
        #: (where a code counts, household code) → household, see :meth:`_scope`.
        self.by_code = {}
        #: A list says the same few words on every row.
        self._keys = {}
        self._group_keys = {}
        self._roles = {}

    def read_page(self, page, position, height, columns):
        """Read one sheet whose header is at ``position``.

        :raises NoHouseholds: nothing tells where a household starts
        """
        self.sheet = page.name
        self.header = page.rows[position : position + height]
        self.body = page.rows[position + height :]
        self.column_of = {column.key: column.index for column in columns if column.key}
        self.starts = self._start_rule(columns)
        self.toned = has_tones(self._cell(cells, "role") for cells in self.body)
        self.members_numbered = self._members_numbered()
        self.years = {key for key in _BIRTHS if self._holds_years(key)}
        titles = " ".join(as_text(cell) for row in page.rows[:position] for cell in row if cell is not None)
        self.section_group = roster_lines.group_of_titles(titles) or roster_lines.group_of_sheet(page.name)
        self.current = None
        self._last_head = ""
        self._ignored = []
        self._signed = False
        first = len(self.rows)
        for line, cells in enumerate(self.body, start=position + height + 1):
            if all(cell is None for cell in cells):
                continue
            if self._is_person(cells):
                self._tell_ignored()
                self._read_row(line, cells)
            else:
                self._read_other(line, cells)
        self._tell_ignored()
        touched = sorted({row.household for row in self.rows[first:]})
        self._check_heads([self.households[index] for index in touched])

    def close(self):
        """Check what only the whole list tells."""
        self._check_households()
        self._check_codes()
        self._check_doubles()

    def _cell(self, cells, key):
        index = self.column_of.get(key)
        return cells[index] if index is not None and index < len(cells) else None

    def _key(self, value):
        """Return ``text.match_key`` of a cell's text, remembered."""
        if value not in self._keys:
            self._keys[value] = text.match_key(value)
        return self._keys[value]

    def _group_key(self, group):
        if group not in self._group_keys:
            self._group_keys[group] = address.group_key(group)
        return self._group_keys[group]

    def _role(self, value, sex=""):
        """Return ``read_role`` of a cell, remembered."""
        key = (value, sex, self.toned)
        if key not in self._roles:
            self._roles[key] = read_role(as_text(value), sex, self.toned)
        return self._roles[key]

    def _issue(self, row, key, level, code, value=""):
        row.issues.append(Issue(row.line, key, self.column_of.get(key), level, code, as_text(value), row.sheet))

    def _start_rule(self, columns):
        """Choose the column that says where a household starts; in a list of heads each row is a household."""
        for key in ("household_code", "household_seq"):
            if key in self.column_of:
                return key
        if "role" in self.column_of:
            return "role"
        if "head_name" in self.column_of:
            return "head_name"
        if any(column.key == "name" and heading_key(column.heading) == "head_name" for column in columns):
            return "name"
        if "seq" in self.column_of:
            named = [row for row in self.body if self._cell(row, "name") is not None]
            blank = sum(self._cell(row, "seq") is None for row in named)
            if blank:
                return "seq"
        if "address" in self.column_of or "house_number" in self.column_of:
            return "place"
        raise NoHouseholds

    def _members_numbered(self):
        """Tell whether the numbers of the list count persons; where they count households, a number starts one."""
        rows = ((self._cell(cells, "seq"), self._cell(cells, "role")) for cells in self.body)
        return any(
            number is not None and isinstance(role, str) and self._role(role) != ("head", None) for number, role in rows
        )

    def _holds_years(self, key):
        """Tell whether most of a column of dates are years only."""
        filled = [value for cells in self.body if (value := self._cell(cells, key)) is not None]
        return 2 * sum(is_year(value, self.today) for value in filled) > len(filled)

    # ------------------------------------------------------------------------------------------- who is a person
    def _is_person(self, cells):
        """Tell a person from a repeated header, a section title, a sum or a signature."""
        if self._has_facts(cells):
            return True
        name = as_text(self._cell(cells, "name"))
        first = next(as_text(cell) for cell in cells if cell is not None)
        if roster_lines.is_footer(first) or roster_lines.is_footer(name):
            self._signed |= any(isinstance(cell, str) and roster_lines.is_signature(cell) for cell in cells)
            return False
        if roster_lines.is_heading(cells, self.header) or roster_lines.group_of_row(self._filled(cells)):
            return False
        born = self._has_birth(cells)
        if not name or not re.search(r"[^\W\d_]", name):
            return born
        if born:
            return True
        if self._signed:
            return False
        placed = any(self._cell(cells, key) is not None for key in _PLACE)
        return placed or self._cell(cells, "seq") is not None or sum(cell is not None for cell in cells) >= 3

    def _has_facts(self, cells):
        """Tell whether something stands here that only a person has; a sum can look like a year of birth."""
        if self._key(as_text(self._cell(cells, "sex"))) in _SEX_WORDS:
            return True
        role = self._cell(cells, "role")
        if isinstance(role, str) and self._role(role) not in _NO_ROLE:
            return True
        number = re.sub(r"[\s.\-]", "", as_text(self._cell(cells, "personal_number")))
        if number.isdigit() and len(number) >= 9:
            return True
        birth = self._cell(cells, "birth")
        if isinstance(birth, date) or (isinstance(birth, str) and re.search(r"\d[/.-]\d", birth)):
            return self._has_birth(cells)
        return self._is_phone(self._cell(cells, "phone"))

    def _has_birth(self, cells):
        for key in _BIRTHS:
            value = self._cell(cells, key)
            try:
                if value is not None and parse_birth(value, self.today, key in self.years):
                    return True
            except ValueError:
                continue
        return False

    def _is_phone(self, value):
        try:
            return value is not None and bool(parse_phone(value))
        except ValueError:
            return False

    @staticmethod
    def _filled(cells):
        return [as_text(cell) for cell in cells if cell is not None]

    def _read_other(self, line, cells):
        """Take a section title such as "Tổ dân phố 5" for the rows below; remember what else is left alone."""
        filled = self._filled(cells)
        if group := roster_lines.group_of_row(filled):
            self.section_group = group
        elif not roster_lines.is_heading(cells, self.header) and not roster_lines.is_numbering(filled):
            self._ignored.append((line, " · ".join(filled)))

    def _tell_ignored(self):
        """Remark on the rows since the last person that were not read; those in a row are told together."""
        if not self._ignored:
            return
        (line, _words), last = self._ignored[0], self._ignored[-1][0]
        words = " | ".join(words for _line, words in self._ignored)
        value = f"{line}–{last}: “{words[:_TOLD]}”" if last > line else f"“{words[:_TOLD]}”"
        self.remarks.append(Issue(line, "", None, WARNING, "row_ignored", value, self.sheet))
        self._ignored = []

    # ------------------------------------------------------------------------------------------- one person
    def _read_row(self, line, cells):
        row = Row(line, cells, self.sheet)
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
        head = text.fold(as_text(self._cell(row.cells, "head_name")))
        if value is None and head and head != self._last_head:
            # "Chủ hộ | Thành viên": the head stands in the first column only, and says so.
            value = self._cell(row.cells, "head_name")
            row.role = "head"
        self._last_head = head or self._last_head
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
        if value is None or self._key(as_text(value)) in _NO_VALUE:
            if self.column_of.keys() & {"birth", "birth_male", "birth_female"}:
                self._issue(row, key, WARNING, "no_birth")
            return
        try:
            row.birth_date, row.birth_year_only, warning = parse_birth(value, self.today, key in self.years)
        except ValueError as error:
            self._issue(row, key, ERROR, self._birth_code(error), value)
            return
        if warning:
            self._issue(row, key, WARNING, warning, value)

    @staticmethod
    def _birth_code(error):
        """Return what is wrong with a date of birth; whatever has no words of its own is no date."""
        return error.args[0] if error.args[0] in ("future_date", "too_old") else "bad_date"

    def _read_role(self, row):
        """Read the relationship; ``row.role`` stays empty where the cell is."""
        value = self._cell(row.cells, "role")
        if value is None:
            return
        sex = _SEX.get(self._key(as_text(self._cell(row.cells, "sex")))) or row.sex
        row.role, warning = self._role(value, sex)
        if warning:
            self._issue(row, "role", WARNING, warning, value)

    def _read_sex(self, row):
        value = self._cell(row.cells, "sex")
        if value is not None:
            folded = self._key(as_text(value))
            if _SEX.get(folded):
                row.sex = _SEX[folded]
            elif folded not in _NO_VALUE:
                self._issue(row, "sex", ERROR, "bad_sex", value)
        elif "female_mark" in self.column_of and "sex" not in self.column_of:
            mark = self._key(as_text(self._cell(row.cells, "female_mark")))
            row.sex = "female" if mark in _MARKS else "male"
        if not row.sex:
            row.sex = _SEX_OF_ROLE.get(row.role, "")

    def _read_number(self, row):
        value = self._cell(row.cells, "personal_number")
        if value is None or self._key(as_text(value)) in _NO_VALUE:
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
        if value is not None and self._key(as_text(value)) not in _NO_VALUE:
            try:
                row.phone = parse_phone(value)
            except ValueError as error:
                code = "rounded_phone" if error.args[0] == "rounded_number" else error.args[0]
                self._issue(row, "phone", WARNING, code, value)
        email = as_text(self._cell(row.cells, "email"))
        if email and re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
            row.email = email
        elif email and text.match_key(email) not in _NO_VALUE:
            self._issue(row, "email", WARNING, "bad_email", email)
        row.note = as_text(self._cell(row.cells, "note"))

    # ------------------------------------------------------------------------------------------- households
    def _place(self, row):
        """Put the row into its household, opening a new one where it starts."""
        code = as_text(self._cell(row.cells, "household_code"))
        *place, own_group = self._read_place(row)
        group = own_group or self.section_group
        household = self._of_code(code, group, row.sheet) if code else None
        if household is None:
            household = self.current
            if household is None or code or self._starts_here(row, household, place, own_group):
                household = Household(len(self.households), code)
                self.households.append(household)
                if code:
                    self.by_code[self._scope(group, row.sheet), code] = household
        self.current = household
        row.household = household.index
        if self.starts == "head_name" and not row.role:
            is_head = text.fold(as_text(self._cell(row.cells, "head_name"))) == text.fold(row.name)
            row.role = "head" if is_head and not household.head else ""
        household.rows.append(row)
        if not (household.house_number or household.street or household.alley):
            household.house_number, household.alley, household.street = place
        household.group = household.group or group

    def _scope(self, group, sheet_name):
        """Return where a code counts, since codes may start again: in its group, or in its sheet if none is known."""
        return self._group_key(group) or ("sheet", sheet_name)

    def _of_code(self, code, group, sheet_name):
        """Return the household that has this code in this group; a row that names no group means the one above."""
        if self.current and self.current.code == code and not (group and self.current.group):
            return self.current
        return self.by_code.get((self._scope(group, sheet_name), code))

    def _starts_here(self, row, current, place, own_group):
        """Tell whether ``row``, without a code of its own, opens a household after ``current``."""
        if self.starts in ("household_code", "role"):
            if row.role == "head":
                return current.head is not None or self.starts == "role"
            return self._opens_block(row, current, place, own_group)
        if self.starts == "place":
            return any(place) and place != [current.house_number, current.alley, current.street]
        if self.starts == "name":
            return True
        value = self._cell(row.cells, self.starts)
        if self.starts == "head_name":
            first = self._cell(current.rows[0].cells, "head_name")
            if value is None or text.fold(as_text(value)) != text.fold(as_text(first)):
                return value is not None
            return text.fold(as_text(value)) == text.fold(row.name) and self._lives_elsewhere(current, place, own_group)
        if value is None:
            return False
        # A number repeated on every row of the household does not open a new one.
        first = self._cell(current.rows[0].cells, self.starts)
        return self.starts == "seq" or as_text(value).lstrip("0") != as_text(first).lstrip("0")

    def _lives_elsewhere(self, current, place, own_group):
        """Tell whether a row names another address or group than the household above."""
        here = address.address_key(*place)
        return bool(
            (here and current.address_key and here != current.address_key)
            or (own_group and current.group and self._group_key(own_group) != self._group_key(current.group))
        )

    def _opens_block(self, row, current, place, own_group):
        """Tell whether a row whose relationship is missing or not clear starts a household of its own.

        It does when it has another address or group than the household above, or starts the numbers anew. It is its
        head then when nothing else is written.
        """
        if row.role not in ("", "other"):
            return False
        number = self._cell(row.cells, "seq")
        opens = (
            self._lives_elsewhere(current, place, own_group)
            or as_text(number) == "1"
            or (number is not None and not self.members_numbered)
        )
        if opens and not row.role:
            row.role = "head"
            self._issue(row, "role", WARNING, "head_by_block")
        return bool(opens)

    def _read_place(self, row):
        """Return house number, alley, street and residential group that this row names."""
        parts = [as_text(self._cell(row.cells, key)) for key in ("house_number", "alley", "street", "group")]
        whole = as_text(self._cell(row.cells, "address"))
        if whole:
            parts = [own or part for own, part in zip(parts, address.split_address(whole), strict=True)]
        return parts

    def _check_heads(self, households):
        """Make the first row the head where nothing else is said, and give everybody else a relationship."""
        for household in households:
            heads = [row for row in household.rows if row.role == "head"]
            if not heads and self.starts != "role":
                first = household.rows[0]
                if "role" not in self.column_of or self._cell(first.cells, "role") is None:
                    first.role = "head"
                    if "role" in self.column_of:
                        self._issue(first, "role", WARNING, "head_by_block")
            for row in household.rows:
                if not row.role:
                    row.role = "other"
                    if "role" in self.column_of:
                        self._issue(row, "role", WARNING, "no_role")

    def _check_households(self):
        """Refuse a second head and whoever stands below: nobody knows which of the two they belong to."""
        for household in self.households:
            first = second = None
            for row in household.rows:
                if row.role == "head" and first:
                    second = row
                    self._issue(row, "role", ERROR, "two_heads", first.line)
                elif second:
                    self._issue(row, "role", ERROR, "after_two_heads", second.line)
                first = first or (row if row.role == "head" else None)

    def _check_codes(self):
        """Take codes that start again in each group for what they are: numbers of the list, no codes of households."""
        codes = defaultdict(list)
        for household in self.households:
            if household.code:
                codes[household.code].append(household)
        again = {code: sorted(found, key=lambda h: not h.head) for code, found in codes.items() if len(found) > 1}
        headed = {code: [h for h in found if h.head] for code, found in again.items()}
        headed = {code: found for code, found in headed.items() if len(found) > 1}
        restart = self._codes_restart(headed)
        for code, found in again.items():
            for household in found[1:]:
                if not household.head or not restart:
                    self._refuse_code(household, code)
        if restart:
            second = min((found[1] for found in headed.values()), key=lambda household: household.index)
            self._issue(second.rows[0], "household_code", WARNING, "codes_restart", second.code)
            for household in self.households:
                household.code = ""

    def _codes_restart(self, again):
        """Tell whether the codes start again: most of those in one group or sheet stand in another one too.

        :param again: code → its households, several and each with a head of its own
        """
        scopes = defaultdict(list)
        for household in self.households:
            if household.code and household.head:
                scopes[self._scope(household.group, household.rows[0].sheet)].append(household.code in again)
        # One slip is no second beginning, however small the group it names.
        least = min(2, max(map(len, scopes.values()), default=0))
        return any(sum(found) >= least and 2 * sum(found) > len(found) for found in scopes.values())

    def _refuse_code(self, household, code):
        """Refuse the people of a code that is another household's: nobody knows which of the two they belong to."""
        household.code = ""
        for row in household.rows:
            self._issue(row, "household_code", ERROR, "code_twice", code)

    def _check_doubles(self):
        """A personal number, or a name with a birth date in one household, appears once in a list.

        So does a name with a full date of birth, or a head at one address, in several sheets: a sheet can be a copy.
        """
        numbers, people, elsewhere = {}, {}, {}
        for row in self.rows:
            if row.personal_number:
                first = numbers.setdefault(row.personal_number, row)
                if first is not row:
                    self._issue(row, "personal_number", ERROR, "double_number", self._where(first, row))
                    continue
            if row.name and row.birth_date:
                key = (row.household, text.fold(row.name), row.birth_date)
                first = people.setdefault(key, row)
                if first is not row and not (row.personal_number and first.personal_number):
                    self._issue(row, "name", ERROR, "double_person", self._where(first, row))
                    continue
            found = [elsewhere.setdefault(key, row) for key in self._told_of(row)]
            for first in found:
                if first.sheet != row.sheet and not (row.personal_number and first.personal_number):
                    self._issue(row, "name", ERROR, "double_person", self._where(first, row))
                    break

    def _told_of(self, row):
        """Yield what tells one person of a list from all others in every sheet."""
        household = self.households[row.household]
        if row.name and row.birth_date and not row.birth_year_only:
            yield text.fold(row.name), row.birth_date
        if row.name and row.role == "head" and household.address_key:
            yield text.fold(row.name), household.address_key, self._group_key(household.group)

    @staticmethod
    def _where(first, row):
        """Return the line of a row as told to another one, with its sheet when that is another."""
        return first.line if first.sheet == row.sheet else f"{first.line} ({first.sheet})"


def read_roster(data, today, mapping=None, sheet_names=(), headings=None):
    """Read a list of households from the bytes of a spreadsheet.

    The sheet whose header tells most is read, and every other one that has the same columns: many wards keep one sheet
    for each residential group. Left out are those whose name tells that they are of former times. Which sheets are
    read and which are not is remarked on.

    :param today: the day that decides what lies in the future.
    :param mapping: column index → meaning (or ``None``), when a person has corrected how the columns were understood.
    :param sheet_names: read none but these sheets, when a person has chosen.
    :param headings: column index → heading for which ``mapping`` was made; another sheet can have another one there.
    :raises SheetError: the file cannot be read or is no such list; the subclass says why.
    """
    pages = sheet.read(data)
    for page in pages:
        page.name = text.normalize(page.name)
    if sheet_names and not {page.name for page in pages} & set(sheet_names):
        raise NoSheet
    headed = {
        index: found
        for index, page in enumerate(pages)
        if (not sheet_names or page.name in sheet_names) and (found := find_header(page.rows))
    }
    if not headed:
        raise NoHeader
    former = set() if sheet_names else _former([page.name for page in pages], headed)
    main = max(headed.keys() - former, key=lambda index: (told(headed[index][1]), -index))
    position, columns, height = headed[main]
    if mapping is not None:
        for column in columns:
            if headings is None or text.match_key(headings.get(column.index)) == text.match_key(column.heading):
                column.key = mapping.get(column.index, column.key)
        if "name" not in {column.key for column in columns}:
            raise NoHeader
    _add_examples(columns, pages[main].rows[position + height :][:30])
    reader, read = _Reader(today), []
    for index, page in enumerate(pages):
        if index in former:
            reader.remarks.append(Issue(0, "", None, WARNING, "sheet_former", page.name, page.name))
            continue
        if index in headed and (index == main or _is_part(headed[index][1], columns)):
            try:
                at, own, rows = headed[index]
                reader.read_page(page, at, rows, own)
                read.append(page.name)
                continue
            except NoHouseholds:
                if index == main:
                    raise
        code = "sheet_unlike" if not sheet_names or page.name in sheet_names else "sheet_left_out"
        reader.remarks.append(Issue(0, "", None, WARNING, code, page.name, page.name))
    if not reader.rows:
        raise NoRows
    reader.close()
    if len(read) > 1:
        reader.remarks.append(Issue(0, "", None, WARNING, "sheets_read", " / ".join(read)))
    titles = " ".join(as_text(cell) for row in pages[main].rows[:position] for cell in row if cell is not None)
    return Roster(
        sheet_names=read,
        header_line=position + 1,
        columns=columns,
        headings=[as_text(cell) for cell in pages[main].rows[position]],
        households=reader.households,
        rows=reader.rows,
        remarks=reader.remarks,
        as_of=_as_of(titles, today),
    )


def _former(names, headed):
    """Return the positions of sheets that are named after former times, unless no other would be left."""
    former = {index for index in headed if roster_lines.is_former_sheet(names[index])}
    former |= {
        index
        for index in headed
        if any(roster_lines.is_earlier_sheet(names[index], names[other]) for other in headed.keys() - former)
    }
    return former if headed.keys() - former else set()


def _is_part(columns, main):
    """Tell whether a sheet continues the list of the main one; its columns take over how those were corrected."""
    corrected = {(column.index, text.match_key(column.heading)): column.key for column in main}
    for column in columns:
        column.key = corrected.get((column.index, text.match_key(column.heading)), column.key)
    return alike(columns, main)


def _add_examples(columns, rows):
    """Give each column the first value below it."""
    for column in columns:
        values = (as_text(row[column.index]) for row in rows if column.index < len(row))
        column.example = next((value for value in values if value and not re.fullmatch(r"\(\d+\)", value)), "")


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
