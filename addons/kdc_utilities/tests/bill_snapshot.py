import json
import re

from odoo.tools import SQL

#: Random or taken from the clock of the machine.
VOLATILE = {"mail_message": {"message_id", "date", "reply_to"}, "account_move": {"access_token"}}


class Snapshot:
    """What was written to any table since some moment, in a form that does not depend on the ids given out.

    Rows are told apart by what they are about: bills by their customer account, journal items and parts by their
    place in the bill, other rows by their order in their table.
    """

    def __init__(self, env):
        self.env = env
        env.flush_all()
        self._writes = self._table_writes()
        self._references = {}
        for table, column, target in env.execute_query(
            SQL(
                """
                SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text
                  FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
                 WHERE c.contype = 'f'
                """
            )
        ):
            self._references.setdefault(table, {})[column] = target
        self._last = {}
        tables = env.execute_query(
            SQL(
                """
                SELECT table_name FROM information_schema.columns JOIN information_schema.tables USING (table_name)
                 WHERE column_name = 'id' AND data_type = 'integer' AND table_type = 'BASE TABLE'
                """
            )
        )
        for (table,) in tables:
            query = SQL("SELECT coalesce(max(id), 0) FROM %s", SQL.identifier(table))
            self._last[table] = env.execute_query(query)[0][0]

    def _table_writes(self):
        query = SQL("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return dict(self.env.execute_query(query))

    def tables(self):
        """Return table → its rows as sorted texts, for all tables written to since the start."""
        self.env.flush_all()
        touched = sorted(table for table, count in self._table_writes().items() if count != self._writes.get(table, 0))
        rows = {
            table: [
                row
                for (row,) in self.env.execute_query(
                    SQL("SELECT to_jsonb(t) FROM %s t ORDER BY 1", SQL.identifier(table))
                )
            ]
            for table in touched
        }
        keys = self._keys(rows)
        return {
            table: sorted(
                json.dumps(self._plain(table, row, keys), sort_keys=True, ensure_ascii=False) for row in found
            )
            for table, found in rows.items()
        }

    def _keys(self, rows):
        """Return table → id → what stands for it."""
        keys = {}
        for table in sorted(rows, key=lambda table: (table != "account_move", table)):
            new = [row for row in rows[table] if row.get("id", 0) > self._last.get(table, 0)]
            new.sort(key=lambda row: row["id"])
            keys[table] = {}
            counts = {}
            for row in new:
                group = "new"
                if table == "account_move" and row["kdc_account_id"]:
                    group = f"bill of {row['kdc_account_id']}"
                elif table == "account_move_line":
                    group = f"item of {keys['account_move'].get(row['move_id'], row['move_id'])}"
                elif table == "kdc_bill_part":
                    group = f"part of {keys['account_move'].get(row['move_id'], row['move_id'])}"
                counts[group] = counts.get(group, 0) + 1
                keys[table][row["id"]] = f"{group} {counts[group]}"
        return keys

    def _plain(self, table, row, keys):
        references = self._references.get(table, {}) | {"id": table}
        model = row.get("model") or row.get("res_model")
        if model in self.env:
            references |= {"res_id": self.env[model]._table}
        plain = {}
        for column, value in row.items():
            if column in VOLATILE.get(table, ()):
                continue
            if column in references:
                value = keys.get(references[column], {}).get(value, value)
            elif column == "internal_index" and value:
                value = value[:-10]  # the rest is the id
            elif column == "matching_number" and value:
                value = re.sub(r"\d+", "#", value)
            elif column == "body" and value:
                value = re.sub(r'(data-oe-id|href)="[^"]*"', r'\1="#"', value)
            plain[column] = value
        return plain
