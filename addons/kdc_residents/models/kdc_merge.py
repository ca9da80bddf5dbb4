import psycopg2
from odoo import api, models
from odoo.tools import SQL, mute_logger

#: What names a person by number and stays with the record it was written about.
LEFT_ALONE = {
    ("kdc_access_log", "resident_id"),  # who looked at which record; the database refuses any change
    ("kdc_duplicate", "resident_id"),
    ("kdc_duplicate", "other_id"),
    ("kdc_household_membership", "resident_id"),  # moved day by day, see kdc.resident.merge
    ("kdc_resident", "partner_id"),
    ("kdc_resident", "merged_into_id"),
    ("kdc_household", "partner_id"),
    ("res_partner", "commercial_partner_id"),  # Odoo derives it from the parent
}


class KdcMerge(models.AbstractModel):
    """Moves everything that points to one record of the register to another one.

    Odoo's merging of contacts deletes the rows that a unique index refuses to move. Here nothing is deleted: such a
    row stays with the record it belongs to, which is archived and not gone.
    """

    _name = "kdc.merge"
    _description = "Merging of register records"

    @api.model
    def _move_references(self, source, target):
        """Point every foreign key and every typed reference from ``source`` to ``target``, both of one model.

        The foreign keys are read from the database, so addons that are written later are covered.

        :return: dict model or table name → (rows moved, rows left because a rule of their table forbids it); a row that
            names the record several times (an order: buyer, bill to, ship to) counts once
        """
        self.env.flush_all()
        moved = {}
        # Odoo's own list of foreign keys
        keys = self.env["base.partner.merge.automatic.wizard"]._get_fk_on(source._table)
        for table, column in sorted(keys):
            if (table, column) in LEFT_ALONE or table.startswith("base_partner_merge"):
                continue
            name = self._model_of(table)
            if name in self.env and self.env[name]._transient:
                continue
            count, left = self._move_column(table, column, source.id, target.id)
            if count or left:
                before = moved.get(name, (0, 0))
                moved[name] = (max(before[0], count), max(before[1], left))
        self._move_typed_references(source, target, moved)
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        return moved

    def _model_of(self, table):
        return next((name for name in self.env.registry if self.env[name]._table == table), table)

    def _move_column(self, table, column, source_id, target_id):
        """Move one column: at once when nothing objects, else row by row. Returns (moved, left)."""
        identifiers = {"table": SQL.identifier(table), "column": SQL.identifier(column)}
        found = self.env.execute_query(
            SQL("SELECT ctid::text FROM %(table)s WHERE %(column)s = %(source)s", source=source_id, **identifiers)
        )
        if not found:
            return 0, 0
        update = "UPDATE %(table)s SET %(column)s = %(target)s WHERE %(column)s = %(source)s"
        values = {"source": source_id, "target": target_id, **identifiers}
        if self._try(SQL(update + " RETURNING 1", **values)):
            self._recompute(table, column, target_id)
            return len(found), 0
        count = 0
        for (row,) in found:
            count += bool(self._try(SQL(update + " AND ctid = %(row)s::tid RETURNING 1", row=row, **values)))
        self._recompute(table, column, target_id)
        return count, len(found) - count

    def _try(self, query):
        """Run a query; return its rows, or None when a rule of the database refuses it."""
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.env.cr.execute(query)
                return self.env.cr.fetchall()
        except psycopg2.Error:
            return None

    def _recompute(self, table, column, target_id):
        """Let the register's own stored values follow; documents of other addons keep what they say."""
        name = self._model_of(table)
        if name.startswith("kdc.") and column in self.env[name]._fields:
            model = self.env[name].with_context(active_test=False)
            model.invalidate_model()
            model.search([(column, "=", target_id)]).modified([column])

    def _move_typed_references(self, source, target, moved):
        """Move what names its record by model and number."""
        fields_ = self.env["ir.model.fields"].search([("ttype", "=", "many2one_reference"), ("store", "=", True)])
        for field in fields_:
            model = self.env.get(field.model)
            if model is None or model._abstract or not model._auto or field.model in ("mail.followers", "mail.message"):
                continue
            definition = model._fields.get(field.name)
            if definition is None or not definition.store or not model._fields[definition.model_field].store:
                continue
            rows = self._try(
                SQL(
                    "UPDATE %(table)s SET %(column)s = %(target)s "
                    "WHERE %(model_column)s = %(model)s AND %(column)s = %(source)s RETURNING 1",
                    table=SQL.identifier(model._table),
                    column=SQL.identifier(field.name),
                    model_column=SQL.identifier(definition.model_field),
                    model=source._name,
                    source=source.id,
                    target=target.id,
                )
            )
            if rows:
                before = moved.get(field.model, (0, 0))
                moved[field.model] = (before[0] + len(rows), before[1])
