"""Copies rows that Odoo wrote, once they are compared with what is expected: what ``bill_press`` and others share."""

import json
import logging
from collections import Counter, defaultdict

from odoo.tools import SQL
from psycopg2 import OperationalError

_logger = logging.getLogger(__name__)

#: Documents of a kind that Odoo posts itself for a comparison, to see what varies.
MIN_SAMPLE = 3
#: For fewer a sample is no gain.
MIN_COPIES = 3
#: Columns that need not be alike: who wrote last depends on when Odoo happens to recompute what, and the first bill
#: after a missing number says so, the following do not.
FRESH = frozenset({"create_date", "write_date", "write_uid", "made_sequence_gap"})
#: Relations of journal items, copied along with them.
RELATIONS = ("tax_ids", "tax_tag_ids")


class Numbers:
    """Continues Odoo's own numbering after a bill that Odoo has just numbered in this transaction.

    Odoo keeps the last number in a cache of the transaction, as long as it holds the lock on the bill's number.
    """

    def __init__(self, move):
        self._format, self._values = move._get_sequence_format_param(move.name)
        self.last = self._values.pop("seq")
        self._cache = move._get_sequence_cache()
        self._key = (self.name(0), move[move._sequence_index])

    @property
    def held(self):
        """Whether Odoo's counter stands where it is expected."""
        return self._cache.get(self._key) == self.last

    def name(self, number):
        return self._format.format(**self._values, seq=number)

    def take(self, count):
        """Return the next numbers as a range."""
        first, self.last = self.last + 1, self.last + count
        self._cache[self._key] = self.last
        return range(first, self.last + 1)


class Copies:
    """Compares what Odoo wrote in this transaction with what is expected, and writes copies of it."""

    #: Tables in which rows change. Of a payer Odoo counts the entries, with a function that is called here too.
    CHANGED = frozenset({"account_move", "account_move_line", "res_partner"})

    def __init__(self, moves):
        self.moves = moves
        self.env = moves.env
        self.lines = self.env["account.move.line"]
        self.env.flush_all()
        self._inserted, self._changed = self._table_writes()
        self._numbers = None

    def _stored(self, table, column, ids):
        query = SQL(
            "SELECT id, to_jsonb(t) FROM %s t WHERE %s = ANY(%s) ORDER BY id",
            SQL.identifier(table),
            SQL.identifier(column),
            ids,
        )
        return dict(self.env.execute_query(query))

    def _difference(self, model, stored, rows):
        wrong = set()
        for row in rows:
            expected = stored[row["pattern"]] | {name: value for name, value in row.items() if name != "pattern"}
            found = stored[row["id"]]
            wrong |= {name for name in found if name not in FRESH and not _same(found[name], expected[name])}
        return f"{', '.join(sorted(wrong))} of {model} would differ" if wrong else ""

    def _relation_difference(self, stored_lines, rows, **others):
        """Compare the relations of the journal items, and what was written to which table.

        :param others: table → rows that were written there besides
        """
        expected = Counter(others, account_move=len({row["move_id"] for row in rows}), account_move_line=len(rows))
        for name in RELATIONS:
            field = self.lines._fields[name]
            query = SQL(
                "SELECT %(line)s, array_agg(%(other)s ORDER BY %(other)s) FROM %(relation)s"
                " WHERE %(line)s = ANY(%(ids)s) GROUP BY %(line)s",
                line=SQL.identifier(field.column1),
                other=SQL.identifier(field.column2),
                relation=SQL.identifier(field.relation),
                ids=list(stored_lines),
            )
            related = dict(self.env.execute_query(query))
            if any(related.get(row["id"]) != related.get(row["pattern"]) for row in rows):
                return f"{name} of account.move.line would differ"
            expected[field.relation] += sum(map(len, related.values()))
        inserted, changed = self._table_writes()
        inserted = {table: count - self._inserted.get(table, 0) for table, count in inserted.items()}
        if inserted.get("account_move") != expected["account_move"]:
            return "the database does not count what is written (track_counts)"
        other = {table for table in expected.keys() | inserted.keys() if inserted.get(table, 0) != expected[table]}
        other |= {table for table, count in changed.items() if count != self._changed.get(table, 0)} - self.CHANGED
        return f"posting also writes to {', '.join(sorted(other))}" if other else ""

    def _table_writes(self):
        """Return table → rows inserted, and table → rows changed or deleted, in this transaction."""
        rows = self.env.execute_query(
            SQL("SELECT relname, n_tup_ins, n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        )
        return {table: count for table, count, _ in rows}, {table: count for table, _, count in rows}

    def _new_ids(self, table, count):
        # Looking the sequence up for every number would take longer than counting on.
        [[sequence]] = self.env.execute_query(SQL("SELECT pg_get_serial_sequence(%s, 'id')", table))
        rows = self.env.execute_query(SQL("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", sequence, count))
        return [row[0] for row in rows]

    def _insert(self, model, rows, elsewhere=None, join=None):
        """Insert copies of the rows' patterns with their own values. All values pass as one parameter.

        :param elsewhere: columns whose own values come from tables in ``join`` instead of the rows
        """
        elsewhere = elsewhere or {}
        own = {name for row in rows for name in row} - elsewhere.keys() - {"pattern"}
        columns = [field.name for field in model._fields.values() if field.store and field.column_type]
        names = [SQL.identifier(name) for name in columns]
        values = [
            elsewhere.get(column) or (SQL("coalesce(n.%s, p.%s)", name, name) if column in own else SQL("p.%s", name))
            for column, name in zip(columns, names, strict=True)
        ]
        definitions = [
            SQL("%s %s", SQL.identifier(name), SQL(model._fields[name].column_type[1])) for name in sorted(own)
        ]
        passed = [{name: value for name, value in row.items() if name not in elsewhere} for row in rows]
        self.env.cr.execute(
            SQL(
                "INSERT INTO %(table)s (%(names)s) SELECT %(values)s"
                " FROM json_to_recordset(%(rows)s::json) AS n(pattern int4, %(definitions)s)"
                " JOIN %(table)s p ON p.id = n.pattern%(join)s",
                table=SQL.identifier(model._table),
                names=SQL(", ").join(names),
                values=SQL(", ").join(values),
                definitions=SQL(", ").join(definitions),
                rows=json.dumps(passed, ensure_ascii=False),
                join=join or SQL(),
            )
        )
        if self.env.cr.rowcount != len(rows):
            raise ValueError(f"{len(rows) - self.env.cr.rowcount} rows of {model._table} were not written")

    def _insert_relation(self, field, rows):
        self.env.cr.execute(
            SQL(
                "INSERT INTO %(relation)s (%(line)s, %(other)s) SELECT n.id, r.%(other)s"
                " FROM unnest(%(ids)s::int4[], %(patterns)s::int4[]) AS n(id, pattern)"
                " JOIN %(relation)s r ON r.%(line)s = n.pattern",
                relation=SQL.identifier(field.relation),
                line=SQL.identifier(field.column1),
                other=SQL.identifier(field.column2),
                ids=[row["id"] for row in rows],
                patterns=[row["pattern"] for row in rows],
            )
        )

    def _rank_payers(self, counts):
        """Tell Odoo how many entries each customer got more, as it does itself after posting.

        :param counts: id of a payer → number
        """
        by_count = defaultdict(list)
        for partner, count in counts.items():
            by_count[count].append(partner)
        for count, partner_ids in by_count.items():
            # sudo: as Odoo does, whoever posts.
            partners = self.env["res.partner"].sudo().browse(partner_ids)
            first = partners.filtered(lambda partner: not partner.customer_rank)
            first.customer_rank = count
            self._rank_later(partners - first, count)

    def _rank_later(self, partners, count):
        """Count further invoices of known customers after the commit, so that nobody waits for it or fails.

        Odoo does the same with a write for each of them; here those with the same number are written together.
        """
        if not partners:
            return
        env, ids = self.env, partners.ids

        @env.cr.postcommit.add
        def increase():
            try:
                with env.registry.cursor() as cr:
                    known = partners.with_env(env(cr=cr, su=True)).browse(ids)  # sudo: as above.
                    for rank, found in known.grouped("customer_rank").items():
                        found.customer_rank = rank + count
            except OperationalError:
                _logger.info("The invoices of %s customers could not be counted just now", len(ids))

    def _refresh_statistics(self, lines):
        """Tell the planner when the written part outgrows what it knows.

        On a freshly filled database without statistics Odoo's own question for the state of payments is five times
        slower, so a run must not depend on when the database's housekeeping comes by.
        """
        known = self.env.execute_query(SQL("SELECT reltuples FROM pg_class WHERE oid = 'account_move_line'::regclass"))[
            0
        ][0]
        if lines > known:
            tables = ["account_move", "account_move_line", *(self.lines._fields[name].relation for name in RELATIONS)]
            # Another run that is just doing the same is not waited for.
            self.env.cr.execute(
                SQL("ANALYZE (SKIP_LOCKED) %s", SQL(", ").join(SQL.identifier(table) for table in tables))
            )


def _same(found, expected):
    """Also the way a number is stored is the same: 12.0 is not 12."""
    return found == expected and type(found) is type(expected)
