"""Meets a list of households with the register: what is new, what changes, what cannot be, and how it is written.

Everything works on batches of whole households: the register is read in a handful of queries per batch, and written
with one ``create`` per model.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from odoo.tools import plaintext2html

from ..engine import address, roster_match, text
from ..engine.roster import ERROR, WARNING, Issue
from .roster_bulk import RosterBulk, choose_sample

#: A batch writes thousands of records; nobody follows them and the import itself is the log entry.
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "active_test": False,
}
#: Remarks that come from the register; planning a household again replaces them.
_REGISTER_CODES = frozenset(
    "archived_household code_elsewhere no_group no_head no_address head_differs maybe_known archived_person moves "
    "rejoins head_elsewhere joined_later address_changed doubtful_head known_by_name birth_differs namesake".split()
)
#: Households whose heads are met with the register together before a list is planned.
KNOW_AT_ONCE = 500
#: From so many wholly new households in a batch on, they are written as table rows (see ``roster_bulk``).
BULK_FROM = 40
NEW, CHANGED, SAME, REJECTED = "new", "changed", "same", "rejected"


@dataclass
class PersonPlan:
    """What happens with one row."""

    row: object
    outcome: str = NEW
    resident: object = None
    vals: dict = field(default_factory=dict)
    #: The live membership that continues, or the one in another household that ends.
    membership: object = None
    moves: bool = False
    joins: bool = True
    new_role: str = ""


@dataclass
class HouseholdPlan:
    """What happens with one household of the list."""

    source: object
    people: list = field(default_factory=list)
    household: object = None
    vals: dict = field(default_factory=dict)
    group: object = None
    group_key: str = ""
    new_address: bool = False
    dwelling: object = None
    #: Whether only name and group told that this household is known.
    by_name: bool = False
    #: Known households of which the head of the list can be the head, when nothing tells which or whether.
    doubtful: list = field(default_factory=list)
    written: bool = False

    @property
    def accepted(self):
        return [person for person in self.people if person.outcome != REJECTED]

    @property
    def is_new(self):
        """Whether neither the household nor anybody in it is known."""
        return not self.household and all(person.resident is None for person in self.accepted)


class RosterWriter:
    """Plans and writes batches of households for one company.

    :param env: environment of the officer; rights and rules apply.
    :param ward: the commune whose groups the list names.
    :param default_group: residential group of rows that name none.
    :param date_start: first day of the memberships that the list creates.
    :param columns: dict of meaning → column index of the list.
    """

    def __init__(self, env, ward, default_group, date_start, columns):
        self.env = env(context=dict(env.context, **QUIET))
        self.company = ward.company_id
        self.ward = ward
        self.default_group = default_group
        self.date_start = date_start
        self.columns = columns
        self.groups = {}
        #: Names of groups that the list names and the ward does not know yet, by key.
        self.new_groups = {}
        #: Known household → the household of the list that it is: two of a list are never one.
        self.claimed = {}
        #: Positions of the households of the list that are known for certain or surely.
        self.found = set()
        #: (folded name of the head, key of the group) → households of the list with a head of that name.
        self.listed = defaultdict(list)
        #: How wholly new households are written: ``None`` not decided yet, ``False`` through the ORM like all others.
        self.bulk = None

    # ---------------------------------------------------------------------------------------------- planning
    def know_list(self, households, made=()):
        """Know the whole list before its batches: which households it means surely, and what it has made already.

        What a code, a number or a sure head further down tells comes before what a mere name tells here.

        :param households: all of the list
        :param made: ids of households that an interrupted import of this list has created
        """
        self.claimed.update(dict.fromkeys(made, -1))
        for source in households:
            if source.head:
                self.listed[self._head_key(source)].append(source)
        namesakes = []
        for first in range(0, len(households), KNOW_AT_ONCE):
            part = households[first : first + KNOW_AT_ONCE]
            self._read_register(part, [source.head for source in part if source.head])
            self._claim_certain(part)
            namesakes += [(source, heads) for source in part if (heads := self._heads_like(source))]
        for source, heads in namesakes:
            if source.index not in self.found:
                household, how = self._choose(source, self._unclaimed(source, heads))
                if how == roster_match.SURE:
                    self._claim(household, source)

    @staticmethod
    def _head_key(source):
        return text.fold(source.head.name), address.group_key(source.group)

    def plan(self, households):
        """Return one :class:`HouseholdPlan` per household; issues found are added to the rows."""
        self._read_register(households)
        for row in (row for source in households for row in source.rows):
            row.issues[:] = [issue for issue in row.issues if issue.code not in _REGISTER_CODES]
        self._claim_certain(households)
        return [self._plan_household(source) for source in households]

    def _claim_certain(self, households):
        """Set aside what codes and numbers tell, before names are compared."""
        for source in households:
            household = self.by_code.get(source.code) or self._by_number(source)
            if household:
                self._claim(household, source)

    def _claim(self, household, source):
        """Set a known household aside for one household of the list."""
        self.claimed[household.id] = source.index
        self.found.add(source.index)

    def _read_groups(self):
        groups = self.env["kdc.area"].search(
            [("parent_id", "=", self.ward.id), ("kind", "=", "group"), ("date_to", "=", False), ("active", "=", True)]
        )
        self.groups = {address.group_key(group.name): group for group in groups}
        for group in groups.filtered("code"):
            self.groups.setdefault(address.group_key(group.code), group)

    def _read_register(self, households, rows=None):
        """Read what the register knows about these households and people, in a fixed number of queries.

        :param rows: the people to look for, all of the households unless told
        """
        self._read_groups()
        rows = rows if rows is not None else [row for source in households for row in source.rows]
        company = ("company_id", "=", self.company.id)
        codes = [source.code for source in households if source.code]
        by_code = self.env["kdc.household"].search([("code", "in", codes), company])
        self.by_code = {household.code: household for household in by_code}
        residents = self.env["kdc.resident"]
        numbers = [row.personal_number for row in rows if row.personal_number]
        self.by_number = {
            resident.personal_number: resident
            for resident in residents.search([("personal_number", "in", numbers), company])
        }
        names = {text.fold(row.name) for row in rows if row.name}
        self.by_name = defaultdict(list)
        for resident in residents.search(residents._domain_names(names, self.company)):
            self.by_name[resident.search_key].append(resident)
        known = {r for found in self.by_name.values() for r in found} | set(self.by_number.values())
        known = residents.browse(r.id for r in known)
        # Sealed numbers are never read along with other fields.
        known.fetch(["personal_number_sealed"])
        memberships = self.env["kdc.household.membership"].search(
            ["|", ("resident_id", "in", known.ids), ("household_id", "in", by_code.ids)]
        )
        self.live = {}
        self.past = defaultdict(set)
        self.members = defaultdict(list)
        for membership in memberships:
            if membership.date_end:
                self.past[membership.resident_id.id].add(membership.household_id.id)
            else:
                self.live[membership.resident_id.id] = membership
                self.members[membership.household_id.id].append(membership)
        keys = {source.address_key for source in households} - {""}
        self.dwellings = {
            (dwelling.area_id.id, dwelling.address_key): dwelling
            for dwelling in self.env["kdc.dwelling"].search(
                [("address_key", "in", list(keys)), ("active", "=", True), company]
            )
        }

    def _issue(self, row, key, level, code, value=""):
        row.issues.append(Issue(row.line, key, self.columns.get(key), level, code, str(value), row.sheet))

    def _reject_all(self, plan, key, code, value=""):
        for person in plan.people:
            if person.outcome != REJECTED:
                self._issue(person.row, key, ERROR, code, value)
                person.outcome = REJECTED

    def _plan_household(self, source):
        plan = HouseholdPlan(source)
        self._find_group(plan)
        self._find_household(plan)
        if refusal := self._household_refusal(plan):
            plan.people = [PersonPlan(row) for row in source.rows]
            self._reject_all(plan, *refusal)
            return plan
        for row in source.rows:
            plan.people.append(self._plan_person(plan, row))
        if not plan.household and not any(person.row.role == "head" for person in plan.accepted):
            self._reject_all(plan, "role", "no_head")
        if plan.household:
            self._plan_household_changes(plan)
        if plan.by_name and any(person.outcome != SAME for person in plan.people):
            self._issue(source.head, "name", WARNING, "known_by_name", self._houses([plan.household]))
        if plan.doubtful:
            self._issue(source.head, "name", WARNING, "namesake", self._houses(plan.doubtful))
        if plan.accepted and not plan.household and not source.address_key:
            self._issue(source.rows[0], "house_number", WARNING, "no_address")
        return plan

    def _household_refusal(self, plan):
        """Return why no row of the household can be taken, as (key, code, value), or ``None``."""
        household = plan.household
        if household and not household.active:
            return "household_code", "archived_household", household.code
        if household and (plan.group_key or plan.group) and household.area_id != plan.group:
            return "household_code", "code_elsewhere", household.area_id.name
        if not household and not plan.group and not plan.group_key:
            return "group", "no_group", ""
        # With a code of its own the list says itself that this is another household.
        if plan.doubtful and not plan.source.code:
            return "name", "doubtful_head", self._houses(plan.doubtful)
        return None

    @staticmethod
    def _houses(households):
        """Return known households as a person finds them."""
        return "; ".join(f"{household.code} {household.dwelling_id.name or ''}".strip() for household in households)

    def _find_group(self, plan):
        name = plan.source.group
        if not name:
            plan.group = self.default_group
            return
        key = address.group_key(name)
        plan.group = self.groups.get(key, self.env["kdc.area"])
        if not plan.group:
            plan.group_key = key
            self.new_groups.setdefault(key, address.group_name(name, urban=self.ward.unit_type != "xa"))

    def _find_household(self, plan):
        """Find the household by its code, else through the head who lives in that group."""
        source = plan.source
        if source.code and source.code in self.by_code:
            plan.household = self.by_code[source.code]
            return
        if not source.head or plan.group_key:
            return
        known = self._by_number(source)
        if known:
            plan.household = known if not plan.group or known.area_id == plan.group else None
        elif source.head.personal_number not in self.by_number:
            self._find_by_name(plan)
        if plan.household:
            self._claim(plan.household, source)
            self._load_members(plan.household)

    def _by_number(self, source):
        """Return the household whose head has the number of this head, if any."""
        resident = source.head and self.by_number.get(source.head.personal_number)
        membership = resident and resident.active and self.live.get(resident.id)
        return membership.household_id if membership and membership.role == "head" else None

    def _find_by_name(self, plan):
        """Find the household through a head of the same name and group, or see that it is doubtful."""
        source = plan.source
        heads = self._unclaimed(source, self._heads_like(source))
        household, how = self._choose(source, heads)
        if how == roster_match.WEAK and self._has_rival(source, household):
            plan.doubtful = [household]
        elif household:
            plan.household = household
            plan.by_name = how == roster_match.WEAK
        elif how == roster_match.DOUBT:
            plan.doubtful = [membership.household_id for membership in heads]

    def _heads_like(self, source):
        """Return the memberships of the known heads who have the name of this head and live in the group.

        There is none where the personal number tells who is meant, or the ward does not have the group yet.
        """
        if not source.head or source.head.personal_number in self.by_number:
            return []
        group = self.groups.get(address.group_key(source.group)) if source.group else self.default_group
        if source.group and not group:
            return []
        return [
            membership
            for resident in self.by_name.get(text.fold(source.head.name), [])
            if resident.active and (membership := self.live.get(resident.id)) and membership.role == "head"
            if not group or membership.household_id.area_id == group
        ]

    def _unclaimed(self, source, heads):
        """Return the heads who are not those of another row, which is known to be or names that house."""
        addresses = {other.address_key for other in self.listed[self._head_key(source)]}
        elsewhere = addresses - {source.address_key, ""}
        return [
            membership
            for membership in heads
            if self.claimed.get(membership.household_id.id, source.index) == source.index
            and membership.household_id.dwelling_id.address_key not in elsewhere
        ]

    def _choose(self, source, heads):
        """Return ``(household of the head that is meant or None, how)``, see ``roster_match.choose``."""
        position, how = roster_match.choose(self._head_told(source), [self._head_known(m) for m in heads])
        return (heads[position].household_id if position is not None else None), how

    def _has_rival(self, source, household):
        """Tell whether another head of this name in the list can be the head of a household as well."""
        (membership,) = (m for m in self._heads_like(source) if m.household_id == household)
        known = self._head_known(membership)
        own = roster_match.grade_of(self._head_told(source), known)
        rivals = (o for o in self.listed[self._head_key(source)] if o.index not in self.found | {source.index})
        grades = (roster_match.grade_of(self._head_told(rival), known) for rival in rivals)
        return any(grade and grade >= own for grade in grades)

    @staticmethod
    def _head_told(source):
        row = source.head
        return roster_match.Head(
            row.name, row.birth_date, row.birth_year_only, row.personal_number, source.address_key, row.phone
        )

    @staticmethod
    def _head_known(membership):
        resident = membership.resident_id
        return roster_match.Head(
            resident.name,
            resident.birth_date or None,
            resident.birth_year_only,
            resident.personal_number or "",
            membership.household_id.dwelling_id.address_key or "",
            resident.phone or "",
        )

    def _load_members(self, household):
        """Know the other live members of a household that was found through its head."""
        for membership in household.membership_ids:
            if not membership.date_end and membership.resident_id.id not in self.live:
                self.live[membership.resident_id.id] = membership
                self.members[household.id].append(membership)

    def _namesakes(self, row):
        """Return the residents a row can mean: by personal number, else by folded name and date of birth."""
        if row.personal_number and row.personal_number in self.by_number:
            return [self.by_number[row.personal_number]]
        return [
            resident
            for resident in self.by_name.get(text.fold(row.name), [])
            if row.birth_date
            and resident.birth_date == row.birth_date
            and not (row.personal_number and resident.personal_number)
        ]

    def _plan_person(self, plan, row):
        person = PersonPlan(row)
        if row.rejected or not row.name:
            person.outcome = REJECTED
            return person
        person.resident = self._match(plan, row)
        if person.resident is None:
            self._plan_stranger(plan, person)
            return person
        if not person.resident.active:
            self._reject(person, "name", "archived_person")
            return person
        self._plan_membership(plan, person)
        if person.outcome != REJECTED:
            person.vals = self._changes(person.resident, row)
            changed = person.vals or person.moves or person.joins or person.new_role
            person.outcome = CHANGED if changed else SAME
        return person

    def _plan_stranger(self, plan, person):
        """See whether somebody whom the register does not know can be new."""
        row = person.row
        heads = plan.household and [m for m in self.members[plan.household.id] if m.role == "head"]
        if plan.household and (namesake := self._born_otherwise(plan, row)):
            self._reject(person, "birth", "birth_differs", self._written_birth(namesake))
        elif heads and row.role == "head":
            self._reject(person, "role", "head_differs", self._head_name(plan.household))
        elif namesakes := self._namesakes(row):
            self._issue(row, "name", WARNING, "maybe_known", namesakes[0].household_id.name or namesakes[0].name)

    def _reject(self, person, key, code, value=""):
        self._issue(person.row, key, ERROR, code, value)
        person.outcome = REJECTED

    def _head_name(self, household):
        return next((m.resident_id.name for m in self.members[household.id] if m.role == "head"), "")

    def _born_otherwise(self, plan, row):
        """Return the member of this name whom no other row means: the same person, with another date of birth."""
        if sum(text.fold(other.name) == text.fold(row.name) for other in plan.source.rows) > 1:
            return None
        for membership in self.members[plan.household.id]:
            resident = membership.resident_id
            same = resident.search_key == text.fold(row.name) and roster_match.same_name(resident.name, row.name)
            numbers = row.personal_number and resident.personal_number
            if same and not numbers and roster_match.same_birth(row, resident) is False:
                return resident
        return None

    @staticmethod
    def _written_birth(resident):
        return resident.birth_date.strftime("%Y" if resident.birth_year_only else "%d/%m/%Y")

    def _match(self, plan, row):
        """Return the resident a row means, or ``None`` for a new person; two rows never mean one."""
        if row.personal_number and row.personal_number in self.by_number:
            return self.by_number[row.personal_number]
        if not plan.household:
            return None
        folded = text.fold(row.name)
        candidates = [m.resident_id for m in self.members[plan.household.id] if m.resident_id.search_key == folded]
        candidates += [
            r for r in self.by_name.get(folded, []) if plan.household.id in self.past[r.id] and r not in candidates
        ]
        taken = {person.resident for person in plan.people if person.resident}
        # Who is spelled alike comes before who folds alike: Hùng and Hưng live in one household.
        candidates.sort(key=lambda resident: not roster_match.same_name(resident.name, row.name))
        for resident in candidates:
            # Two numbers mean two people, however alike their names are.
            numbers = row.personal_number and resident.personal_number
            if resident not in taken and not numbers and roster_match.same_birth(row, resident) is not False:
                return resident
        return None

    def _plan_membership(self, plan, person):
        """Compare where the person lives with where the list has them."""
        row, live = person.row, self.live.get(person.resident.id)
        person.membership = live
        if live and plan.household and live.household_id == plan.household:
            person.joins = False
            if live.role != row.role and "head" in (live.role, row.role):
                self._reject(person, "role", "head_differs", self._head_name(plan.household))
            elif live.role != row.role and row.role != "other":
                person.new_role = row.role
            return
        if plan.household and row.role == "head" and any(m.role == "head" for m in self.members[plan.household.id]):
            self._reject(person, "role", "head_differs", self._head_name(plan.household))
            return
        if live:
            others = [m for m in self.members[live.household_id.id] if m != live]
            if live.role == "head" and (others or live.household_id.member_count > 1):
                self._reject(person, "name", "head_elsewhere", live.household_id.name)
                return
            if live.date_start > self.date_start:
                self._reject(person, "name", "joined_later", live.household_id.name)
                return
            person.moves = True
            self._issue(row, "name", WARNING, "moves", live.household_id.name)
        elif plan.household and plan.household.id in self.past[person.resident.id]:
            self._issue(row, "name", WARNING, "rejoins")

    def _changes(self, resident, row):
        """Return the fields the list says otherwise than the register; blanks in the list change nothing."""
        vals = {}
        if row.name != resident.name:
            vals["name"] = row.name
        known = resident.birth_date
        # A year alone does not overwrite a full date of the same year.
        vaguer = row.birth_year_only and known and row.birth_date and known.year == row.birth_date.year
        if row.birth_date and row.birth_date != known and not vaguer:
            vals.update(birth_date=row.birth_date, birth_year_only=row.birth_year_only)
        if row.sex and row.sex != resident.sex and ("sex" in self.columns or not resident.sex):
            vals["sex"] = row.sex
        if row.personal_number and row.personal_number != resident.personal_number:
            vals["personal_number"] = row.personal_number
        if row.phone and row.phone != resident.phone:
            vals["phone"] = row.phone
        if row.email and row.email != resident.email:
            vals["email"] = row.email
        return vals

    def _plan_household_changes(self, plan):
        """A known household takes its new code and its new house; the first accepted row counts as changed."""
        source, household = plan.source, plan.household
        if not plan.accepted:
            return
        if source.code and source.code != household.code and source.code not in self.by_code:
            plan.vals["code"] = source.code
        if source.address_key and source.address_key != household.dwelling_id.address_key:
            plan.new_address = True
            if household.dwelling_id.address_key:
                self._issue(source.rows[0], "house_number", WARNING, "address_changed", household.dwelling_id.name)
        if (plan.vals or plan.new_address) and plan.accepted[0].outcome == SAME:
            plan.accepted[0].outcome = CHANGED

    @staticmethod
    def outcomes(plans):
        """Return how many people are new, changed, the same, rejected."""
        return Counter(person.outcome for plan in plans for person in plan.people)

    # ----------------------------------------------------------------------------------------------- writing
    def apply(self, plans):
        """Write a batch of plans. The caller wraps it in a savepoint: all of the batch or nothing."""
        plans = [plan for plan in plans if plan.accepted]
        self._write_groups(plans)
        new = [plan for plan in plans if plan.is_new]
        if len(new) >= BULK_FROM and self.bulk is None:
            self._prove_bulk(choose_sample(new))
            new = [plan for plan in new if plan.is_new]
        if len(new) >= BULK_FROM and self.bulk:
            self.bulk.write_new(new, *self._missing_dwellings(new))
            self.claimed.update((plan.household.id, plan.source.index) for plan in new)
        else:
            new = []
        written = {id(plan) for plan in new}
        self._apply_orm([plan for plan in plans if id(plan) not in written and not plan.written])

    def _apply_orm(self, plans):
        """Write plans by ``create`` and ``write`` of the models; return the dwellings made, with their values."""
        dwellings = self._write_dwellings(plans)
        self._write_households(plans)
        self._write_moves(plans)
        self._write_people(plans)
        self._write_changes(plans)
        for plan in plans:
            plan.written = True
            self.claimed[plan.household.id] = plan.source.index
        return dwellings

    def _prove_bulk(self, sample):
        """Write a sample through the ORM and see whether the rest can be written as table rows."""
        bulk = RosterBulk(self.env, self.date_start)
        bulk.watch()
        dwellings = self._apply_orm(sample)
        self.bulk = bulk.prove(sample, dwellings) and bulk

    def _write_groups(self, plans):
        missing = {plan.group_key for plan in plans if plan.group_key and not plan.group} - self.groups.keys()
        urban = self.ward.unit_type != "xa"
        areas = self.env["kdc.area"].create(
            [
                {
                    "name": self.new_groups[key],
                    "kind": "group",
                    "unit_type": "thon" if self.new_groups[key].startswith("Thôn") or not urban else "to_dan_pho",
                    "parent_id": self.ward.id,
                    "sequence": int(key.split(" ")[0]) if key.split(" ")[0].isdigit() else 10,
                }
                for key in sorted(missing)
            ]
        )
        self.groups.update(zip(sorted(missing), areas, strict=True))
        for plan in plans:
            if not plan.group and plan.group_key:
                plan.group = self.groups[plan.group_key]

    def _missing_dwellings(self, plans):
        """Return the values of the houses that are not known yet, one for each address, and who wants them.

        Houses that are known are set on their plans.

        :return: (list of values, list of (plan, position in the first list)); the values also hold the area.
        """
        vals_list, wanted = [], []
        position_of = {}
        for plan in plans:
            if plan.household and not plan.new_address:
                continue
            area = plan.group or plan.household.area_id
            key = (area.id, plan.source.address_key)
            if key in self.dwellings and key[1]:
                plan.dwelling = self.dwellings[key]
                continue
            if key not in position_of or not key[1]:
                position_of[key] = len(vals_list)
                vals_list.append(
                    {
                        "area": area,
                        "house_number": plan.source.house_number,
                        "alley": plan.source.alley,
                        "street": plan.source.street,
                        "route_sequence": plan.source.index + 1,
                    }
                )
            wanted.append((plan, position_of[key]))
        return vals_list, wanted

    def _write_dwellings(self, plans):
        """Create the houses that are not known yet; return them with their values."""
        vals_list, wanted = self._missing_dwellings(plans)
        dwellings = self.env["kdc.dwelling"].create(
            [
                {name: value for name, value in vals.items() if name != "area"}
                | {"area_id": vals["area"].id, "company_id": self.company.id, "occupancy": "occupied"}
                for vals in vals_list
            ]
        )
        for plan, position in wanted:
            plan.dwelling = dwellings[position]
            # The rest of the batch may live in the same houses.
            self.dwellings[plan.dwelling.area_id.id, plan.source.address_key] = plan.dwelling
        return list(zip(vals_list, dwellings, strict=True))

    def _write_households(self, plans):
        new = [plan for plan in plans if not plan.household]
        households = self.env["kdc.household"].create(
            [
                {
                    "name": self.env["kdc.household"]._name_for(plan.source.head.name),
                    "auto_name": True,
                    "code": plan.source.code,
                    "dwelling_id": plan.dwelling.id,
                    "company_id": self.company.id,
                    "lang": self.company.partner_id.lang or self.env.lang,
                }
                for plan in new
            ]
        )
        for plan, household in zip(new, households, strict=True):
            plan.household = household
        for plan in plans:
            if plan.new_address:
                plan.vals["dwelling_id"] = plan.dwelling.id
            if plan.vals:
                plan.household.write(plan.vals)

    def _write_moves(self, plans):
        moving = [p.membership.id for plan in plans for p in plan.accepted if p.moves]
        self.env["kdc.household.membership"].browse(moving).write(
            {"date_end": self.date_start, "end_reason": self.env._("Moved to another household (imported list)")}
        )

    def _write_people(self, plans):
        new = [(plan, person) for plan in plans for person in plan.accepted if person.resident is None]
        addresses = {
            household.id: household.dwelling_id._partner_address_vals()
            for household in self.env["kdc.household"].union(*(plan.household for plan, _person in new))
        }
        residents = self.env["kdc.resident"].create(
            [
                {
                    "name": person.row.name,
                    "birth_date": person.row.birth_date,
                    "birth_year_only": person.row.birth_year_only,
                    "sex": person.row.sex or False,
                    "personal_number": person.row.personal_number or False,
                    "phone": person.row.phone or False,
                    "email": person.row.email or False,
                    "comment": plaintext2html(person.row.note) if person.row.note else False,
                    "company_id": self.company.id,
                    "parent_id": plan.household.partner_id.id,
                    "lang": plan.household.partner_id.lang,
                    **addresses[plan.household.id],
                }
                for plan, person in new
            ]
        )
        for (_plan, person), resident in zip(new, residents, strict=True):
            person.resident = resident
        self.env["kdc.household.membership"].create(
            [
                {
                    "household_id": plan.household.id,
                    "resident_id": person.resident.id,
                    "role": person.row.role,
                    "date_start": max(self.date_start, person.row.birth_date or self.date_start),
                }
                for plan in plans
                for person in plan.accepted
                if person.joins
            ]
        )

    def _write_changes(self, plans):
        for plan in plans:
            for person in plan.accepted:
                if person.outcome == CHANGED and person.vals:
                    person.resident.write(person.vals)
                if person.new_role:
                    person.membership.write({"role": person.new_role})
