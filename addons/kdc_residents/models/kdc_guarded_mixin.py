"""What of a resident leaves the server: masked by default, in the clear only with a purpose and a line in the log."""

from odoo import models
from odoo.exceptions import AccessError

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
