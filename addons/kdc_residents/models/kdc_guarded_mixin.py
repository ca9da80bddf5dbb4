"""What of a resident leaves the server: masked by default, in the clear only with a purpose and a line in the log."""

from datetime import date

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..tools import personal_data
from ..tools.locks import lock_or_retry

#: Who may read guarded fields without asking each time; every file they take out is logged.
CLEAR_GROUP = "kdc_residents.group_clear_data"


class KdcGuardedMixin(models.AbstractModel):
    """The border between the server's own code, which works with clear values, and everything outside.

    For models that hold what may not leave in lists and files: residents, their identity documents.
    """

    _name = "kdc.guarded.mixin"
    _description = "Guard of personal data"

    #: Never sent to a browser, a file or a program as they are.
    _guarded_fields = frozenset()
    #: What the log calls them (``kdc.access.log.subject``).
    _log_subject = "identity"
    #: (clear value, sealed value, blind index) when the model keeps something in the vault.
    _sealed_fields = ()
    #: Only the form asks for this field, so a single record read with it was opened by a person; empty: not noted.
    _form_field = ""

    def _guarded_residents(self):
        """Return whose data these records are."""
        return self if self._name == "kdc.resident" else self.resident_id

    # ------------------------------------------------------------------ reading
    def _guarded(self, names):
        """Return those of the fields that may not leave the server for the present user."""
        if self.env.su or self.env.user.has_group(CLEAR_GROUP):
            return set()
        return self._guarded_fields.intersection(names)

    def _refuse_guarded(self, names):
        """Refuse to hand out guarded fields.

        :raises AccessError: with a message that says which way is open.
        """
        if self._guarded(names):
            raise AccessError(
                self.env._(
                    "Personal numbers and dates of birth are not handed out in lists and files. "
                    "Open the person and choose “Show personal data”: it asks for the purpose and is recorded."
                )
            )

    def _read_format(self, fnames, load="_classic_read"):
        self._refuse_guarded(fnames)
        return super()._read_format(fnames, load=load)

    def web_read(self, specification):
        """Leave guarded fields empty on screens, and note that a record was opened.

        Without ``api.readonly``: opening a record writes a line.
        """
        guarded = self._guarded(specification)
        values_list = super().web_read({name: spec for name, spec in specification.items() if name not in guarded})
        for values in values_list:
            values.update(dict.fromkeys(guarded, False))
        if self._form_field and len(self) == 1 and self.id and self._form_field in specification:
            self.env["kdc.access.log"]._log_opening(self._guarded_residents())
        return values_list

    web_read._readonly = False

    def _export_rows(self, fields, *, _is_toplevel_call=True):
        names = {path[0] for path in fields if path}
        self._refuse_guarded(names)
        if self._guarded_fields & names and not self.env.su:
            self.env["kdc.access.log"]._log(self._guarded_residents(), "export", self._log_subject)
        return super()._export_rows(fields, _is_toplevel_call=_is_toplevel_call)

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        """Refuse to sort by what is masked: the order would tell who is older than whom, to the day."""
        self._refuse_guarded([field_name.partition(".")[0]])
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    def _refuse_guarded_search(self, field_expr, operator, value):
        """Refuse a condition on a guarded date that would tell more than its mask, which shows the year.

        :raises AccessError: anything but whole years, empty and not empty
        """
        name, _dot, part = field_expr.partition(".")
        whole_year = {
            "<": lambda day: (day.month, day.day) == (1, 1),
            ">=": lambda day: (day.month, day.day) == (1, 1),
            "<=": lambda day: (day.month, day.day) == (12, 31),
            ">": lambda day: (day.month, day.day) == (12, 31),
        }
        if not self._guarded([name]) or part in ("year", "year_number"):
            return
        if operator in ("in", "not in") and not any(value):
            return
        if part or operator not in whole_year or not isinstance(value, date) or not whole_year[operator](value):
            raise AccessError(
                self.env._(
                    "People are not searched by their date of birth, only by whole years: group by the year of birth, "
                    "or use the statistics by age. Whoever knows the date types name or number."
                )
            )

    def _read_group_groupby(self, alias, groupby_spec, query):
        name, _dot, granularity = groupby_spec.partition(":")
        if granularity not in ("year", "year_number"):
            self._refuse_guarded([name])
        return super()._read_group_groupby(alias, groupby_spec, query)

    def _read_group_select(self, aggregate_spec, query):
        name, _dot, function = aggregate_spec.partition(":")
        if function not in ("count", "count_distinct"):
            self._refuse_guarded([name])
        return super()._read_group_select(aggregate_spec, query)

    # ------------------------------------------------------------- at rest
    @api.model
    def _vault_kind(self):
        """Return what the vault binds the sealed values of this model to."""
        raise NotImplementedError

    @api.model
    def _sealed_models(self):
        """Return the names of all models that keep something in the vault."""
        return [
            name
            for name, model in sorted(self.env.registry.items())
            if not model._abstract and getattr(model, "_sealed_fields", ())
        ]

    @api.model
    def _reseal_numbers(self, limit=1000):
        """Encrypt anew, under the current key, a batch of values of this model that an older key sealed.

        The caller commits after each batch and calls again: what is done is not done twice.

        :return: (how many were done, how many are left). Values that no known key opens are left.
        """
        clear, sealed, index = self._sealed_fields
        box, kind = personal_data.vault_or_refuse(self.env), self._vault_kind()
        # sudo: every ward of the database, archived records too; nothing is shown to anybody.
        records = self.sudo().with_context(active_test=False)
        domain = [(sealed, "!=", False), (sealed, "not =like", box.current_prefix + "%")]
        last, rows = 0, []
        while not rows:
            batch = records.search([*domain, ("id", ">", last)], order="id", limit=limit)
            if not batch:
                break
            lock_or_retry(batch)
            last = batch[-1].id
            batch.fetch([sealed])
            for record in batch:
                if value := personal_data.opened(record[sealed], kind):
                    rows.append((record.id, box.seal(value, kind), box.index(value, kind)))
        if rows:
            ids, values, indexes = (list(column) for column in zip(*rows, strict=True))
            self.env.execute_query(
                SQL(
                    """
                    UPDATE %(table)s r SET %(sealed)s = v.sealed, %(index)s = v.index
                      FROM unnest(%(ids)s, %(values)s, %(indexes)s) AS v(id, sealed, index)
                     WHERE r.id = v.id
                 RETURNING r.id
                    """,
                    table=SQL.identifier(self._table),
                    sealed=SQL.identifier(sealed),
                    index=SQL.identifier(index),
                    ids=ids,
                    values=values,
                    indexes=indexes,
                )
            )
            self.invalidate_model([clear, sealed, index])
        return len(rows), records.search_count(domain)
