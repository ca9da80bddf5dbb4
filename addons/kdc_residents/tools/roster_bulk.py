"""Writes households that are wholly new as table rows, without passing each of them through the ORM.

The ORM asks some 150 questions per contact (defaults, computes, mail, website, accounting …) whose answers are the same
for every household of a list. So the first households of a long list go through the ORM as ever, chosen so that they
differ as much as the list does, and are then compared with what this file would have written: every column of every
table, and whether any other table was touched. Only when nothing differs, the rest is written as copies of those rows
with their own values. When an addon adds something this file does not know, the comparison fails, the log says what
differs, and the whole list goes through the ORM: slower, never wrong.

Nothing is left out that protects the register: rights and record rules are checked for the new records, unique indexes,
checks and foreign keys are the database's, and the caller's savepoint makes a batch all or nothing.
"""

import json
import logging
from collections import Counter

from odoo.exceptions import AccessError
from odoo.tools import SQL, html_sanitize, plaintext2html

from ..engine import address, text
from ..models.kdc_household_membership import ROLES

_logger = logging.getLogger(__name__)

#: What is written: kind of row → model. Two kinds of contacts share a table.
KINDS = {
    "dwelling": "kdc.dwelling",
    "payer": "res.partner",
    "household": "kdc.household",
    "person": "res.partner",
    "resident": "kdc.resident",
    "membership": "kdc.household.membership",
}
#: Columns that are new in every row. Who wrote last depends on when the ORM happens to recompute what.
FRESH = ("id", "create_date", "write_date", "write_uid")
#: Encrypted under a random nonce: two rows never agree, but both or neither are filled.
SEALED = frozenset({"personal_number_sealed"})
#: Tables that the numbering of households without a code writes to on both ways.
NUMBERING = frozenset({"ir_sequence", "ir_sequence_date_range"})
#: A sample that shows everything a list contains is rarely larger.
MAX_SAMPLE = 16
_ROLE_ORDER = {key: position for position, (key, _label) in enumerate(ROLES)}


def choose_sample(plans):
    """Return few of these plans which together show every kind of household and person there is among them."""
    sample, seen = [], set()
    for plan in plans:
        traits = _traits(plan)
        if not traits <= seen:
            sample.append(plan)
            seen |= traits
            if len(sample) == MAX_SAMPLE:
                break
    return sample


def _traits(plan):
    source = plan.source
    traits = {("place", bool(source.house_number), bool(source.alley), bool(source.street), bool(source.code))}
    for person in plan.accepted:
        row = person.row
        traits |= {
            ("role", row.role),
            ("sex", row.sex),
            ("birth", bool(row.birth_date), row.birth_year_only),
            ("number", bool(row.personal_number)),
            ("phone", row.phone[:1]),
            ("email", bool(row.email)),
            ("note", bool(row.note)),
        }
    return traits


class RosterBulk:
    """Writes new households of one ward office by copying rows that the ORM wrote.

    :param env: environment of the officer; rights and rules apply.
    :param date_start: first day of the memberships.
    """

    def __init__(self, env, date_start):
        self.env = env
        self.date_start = date_start
        #: Kind → one row that the ORM wrote, as a dict; columns not computed here are copied from it.
        self.patterns = {}
        self._touched = None
        self._written = self._analyzed = 0

    # ------------------------------------------------------------------------------------------------- the proof
    def watch(self):
        """Remember which tables this transaction has written to so far."""
        self.env.flush_all()
        self._touched = self._table_writes()

    def prove(self, plans, dwellings):
        """Compare what the ORM has written since :meth:`watch` with what would be written here.

        :param plans: the sample, with its records.
        :param dwellings: list of (values, record) of the dwellings created for it.
        :return: whether the rest can be written here; the log tells why not.
        """
        self.env.flush_all()
        difference = self._side_effects() or self._column_differences(plans, dwellings)
        if difference:
            _logger.warning("Roster import: written through the ORM, since %s", difference)
        return not difference

    def _table_writes(self):
        rows = self.env.execute_query(
            SQL("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        )
        return Counter(dict(rows))

    def _side_effects(self):
        expected = {self.env[model]._table for model in KINDS.values()}
        written = {table for table, count in (self._table_writes() - self._touched).items() if count}
        if not expected - {"kdc_dwelling"} <= written:
            return "the database does not count what is written (track_counts)"
        unknown = sorted(written - expected - NUMBERING)
        return f"new households also write to {', '.join(unknown)}" if unknown else ""

    def _column_differences(self, plans, dwellings):
        """Return what differs between the stored and the computed rows, or an empty string; keep the patterns."""
        computed = {"dwelling": [self._dwelling_row(record.id, vals) for vals, record in dwellings]}
        memberships = {
            membership.resident_id.id: membership.id
            for membership in self.env["kdc.household.membership"].search(
                [("household_id", "in", [plan.household.id for plan in plans])]
            )
        }
        ids = {"payer": [], "household": [], "person": [], "resident": [], "membership": []}
        for plan in plans:
            ids["payer"].append(plan.household.partner_id.id)
            ids["household"].append(plan.household.id)
            for person in plan.accepted:
                ids["person"].append(person.resident.partner_id.id)
                ids["resident"].append(person.resident.id)
                ids["membership"].append(memberships[person.resident.id])
        codes = [plan.household.code for plan in plans]
        computed |= self._rows(plans, codes, {kind: iter(found) for kind, found in ids.items()})
        return "; ".join(filter(None, (self._compare(kind, rows) for kind, rows in computed.items())))

    def _compare(self, kind, rows):
        if not rows:
            return ""
        table = SQL.identifier(self.env[KINDS[kind]]._table)
        stored = dict(
            self.env.execute_query(
                SQL("SELECT t.id, to_jsonb(t) FROM %s t WHERE t.id IN %s", table, tuple(row["id"] for row in rows))
            )
        )
        pattern = self.patterns[kind] = stored[rows[0]["id"]]
        wrong = set()
        for row in rows:
            found, expected = stored[row["id"]], pattern | json.loads(json.dumps(row, default=str))
            wrong |= {
                column
                for column in found.keys() | expected.keys()
                if column not in FRESH and not self._same(column, found.get(column), expected.get(column))
            }
        return f"{', '.join(sorted(wrong))} of {KINDS[kind]} ({kind}) would differ" if wrong else ""

    @staticmethod
    def _same(column, found, expected):
        return bool(found) == bool(expected) if column in SEALED else found == expected

    # ----------------------------------------------------------------------------------------------- the writing
    def write_new(self, plans, dwelling_vals, wanted):
        """Write plans of new households.

        :param dwelling_vals: values of the dwellings to create first.
        :param wanted: list of (plan, position in ``dwelling_vals``).
        :raises AccessError: the officer may not create what was written; the caller's savepoint undoes it.
        """
        self.env.flush_all()
        ids = self._new_ids("dwelling", len(dwelling_vals))
        rows = [self._dwelling_row(id_, vals) for id_, vals in zip(ids, dwelling_vals, strict=True)]
        created = self._insert({"dwelling": rows})
        # A list shares one prefetch, records picked one by one would be read one by one.
        dwellings = list(self.env["kdc.dwelling"].browse(ids))
        for plan, position in wanted:
            plan.dwelling = dwellings[position]
        vals_list = [{"code": plan.source.code} for plan in plans]
        self.env["kdc.household"]._fill_codes(vals_list)
        people = sum(len(plan.accepted) for plan in plans)
        counts = {
            "payer": len(plans), "household": len(plans), "person": people, "resident": people, "membership": people,
        }  # fmt: skip
        ids = {kind: self._new_ids(kind, count) for kind, count in counts.items()}
        new = {kind: iter(some) for kind, some in ids.items()}
        created += self._insert(self._rows(plans, [vals["code"] for vals in vals_list], new))
        for plan, household in zip(plans, self.env["kdc.household"].browse(ids["household"]), strict=True):
            plan.household = household
        # The caches know nothing of these rows, and the rules must see them.
        self.env.invalidate_all(flush=False)
        for records in created:
            if not records.has_access("create"):
                raise AccessError(self.env._("You may not create: %(what)s", what=records._description))
        self._refresh_statistics(len(plans))

    def _refresh_statistics(self, households):
        """Tell the planner each time the written part has doubled.

        A new ward's tables are nearly empty, so the database checks foreign keys by reading all of them, and goes on
        doing so for as long as nobody says that they have grown.
        """
        self._written += households
        if self._written >= 2 * self._analyzed:
            self._analyzed = self._written
            tables = dict.fromkeys(self.env[model]._table for model in KINDS.values())
            self.env.cr.execute(SQL("ANALYZE %s", SQL(", ").join(map(SQL.identifier, tables))))

    def _new_ids(self, kind, count):
        table = self.env[KINDS[kind]]._table
        query = SQL("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", table, count)
        return [row[0] for row in self.env.execute_query(query)]

    def _insert(self, rows):
        """Insert kind → rows as copies of the pattern of their kind with their own values; return them as records.

        One statement for all kinds: a household names its head and the head names the household.
        """
        rows = {kind: found for kind, found in rows.items() if found}
        if not rows:
            return []
        inserts = [
            SQL("%s AS (%s RETURNING 1)", SQL.identifier(kind), self._insert_query(kind, found))
            for kind, found in rows.items()
        ]
        self.env.cr.execute(SQL("WITH %s SELECT", SQL(", ").join(inserts)))
        return [self.env[KINDS[kind]].browse(row["id"] for row in found) for kind, found in rows.items()]

    def _insert_query(self, kind, rows):
        now = str(self.env.cr.now())
        # All values pass as one parameter and the database casts each to its column.
        return SQL(
            """
            INSERT INTO %(table)s
            SELECT r.* FROM jsonb_populate_recordset(
                jsonb_populate_record(NULL::%(table)s, %(pattern)s::jsonb), %(rows)s::jsonb) r
            """,
            table=SQL.identifier(self.env[KINDS[kind]]._table),
            pattern=json.dumps(
                self.patterns[kind] | {"create_date": now, "write_date": now, "write_uid": self.env.uid}
            ),
            rows=json.dumps(rows, default=str, ensure_ascii=False),
        )

    # ------------------------------------------------------------------------------------- what the ORM would say
    @staticmethod
    def _dwelling_row(id_, vals):
        """Return the columns of a dwelling that are its own; ``vals`` also hold the area as a record."""
        area = vals["area"]
        number, alley, street = (text.normalize(vals[part]) for part in ("house_number", "alley", "street"))
        name = address.format_address(number, alley, street) or area.name
        return {
            "id": id_,
            "area_id": area.id,
            "house_number": number,
            "alley": alley,
            "street": street,
            "route_sequence": vals["route_sequence"],
            "name": name,
            "address_key": address.address_key(number, alley, street),
            "search_key": text.fold(f"{name} {area.name}"),
        }

    def _rows(self, plans, codes, ids):
        """Return kind → rows of the households with their members; ``ids`` hands out an id per row and kind."""
        rows = {kind: [] for kind in ids}
        addresses = {plan.dwelling.id: plan.dwelling for plan in plans}
        addresses = {id_: dwelling._partner_address_vals() for id_, dwelling in addresses.items()}
        for plan, code in zip(plans, codes, strict=True):
            self._add_household(rows, ids, plan, code, _or_null(addresses[plan.dwelling.id]))
        return rows

    def _add_household(self, rows, ids, plan, code, place):
        payer, household = next(ids["payer"]), next(ids["household"])
        name = self.env["kdc.household"]._name_for(plan.source.head.name)
        area = plan.dwelling.area_id.id
        members = []
        head = None
        for person in plan.accepted:
            members.append((person.row, next(ids["person"]), next(ids["resident"])))
            head = members[-1][2] if person.row.role == "head" else head
        rows["payer"].append(
            place
            | {
                "id": payer,
                "name": name,
                "complete_name": name,
                "commercial_partner_id": payer,
                "commercial_company_name": name,
                "kdc_area_id": area,
            }
        )
        rows["household"].append(
            {
                "id": household,
                "partner_id": payer,
                "dwelling_id": plan.dwelling.id,
                "area_id": area,
                "code": code,
                "head_id": head,
                "member_count": len(members),
                "search_key": text.fold(" ".join(p for p in (name, code, plan.dwelling.name) if p)),
            }
        )
        for row, partner, resident in members:
            rows["person"].append(place | self._person_row(row, partner, payer, name, area))
            rows["resident"].append(self._resident_row(row, resident, partner, household, area))
            rows["membership"].append(
                {
                    "id": next(ids["membership"]),
                    "household_id": household,
                    "resident_id": resident,
                    "area_id": area,
                    "role": row.role,
                    "role_order": _ROLE_ORDER[row.role],
                    "date_start": max(self.date_start, row.birth_date or self.date_start),
                }
            )

    def _person_row(self, row, partner, payer, payer_name, area):
        return {
            "id": partner,
            "name": row.name,
            "complete_name": f"{payer_name}, {row.name}",
            "parent_id": payer,
            "commercial_partner_id": payer,
            "commercial_company_name": payer_name,
            "phone": row.phone or None,
            "phone_sanitized": self._sanitized(row.phone),
            "email": row.email or None,
            "email_normalized": row.email.lower() or None,
            "comment": html_sanitize(plaintext2html(row.note)) if row.note else None,
            "kdc_area_id": area,
        }

    def _sanitized(self, phone):
        """Return a number as Odoo sanitizes it: the numbers of a list are in that form, hotlines have none."""
        if not phone or phone.startswith("+"):
            return phone or None
        vietnam = self.env["res.country"].browse(self.env["ir.model.data"]._xmlid_to_res_id("base.vn"))
        return self.env["res.partner"]._phone_format(number=phone, country=vietnam) or None

    def _resident_row(self, row, resident, partner, household, area):
        return {
            "id": resident,
            "partner_id": partner,
            "household_id": household,
            "area_id": area,
            "role": row.role,
            "sex": row.sex or None,
            "birth_date": row.birth_date,
            "birth_year_only": row.birth_year_only,
            "search_key": text.fold(row.name),
            "given_name": text.name_sort_key(row.name),
            **self._number_columns(row.personal_number),
        }

    def _number_columns(self, number):
        """Return the columns that hold a personal number: sealed with its blind index."""
        sealed, index = self.env["kdc.resident"]._seal_number(number)
        return {"personal_number_sealed": sealed or None, "personal_number_index": index or None}


def _or_null(vals):
    """Return values for the ORM as columns: what it calls False is NULL."""
    return {name: value or None for name, value in vals.items()}
