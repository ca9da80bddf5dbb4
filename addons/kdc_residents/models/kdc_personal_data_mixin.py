"""What of a resident leaves the server: masked by default, in the clear only with a purpose and a line in the log."""

from odoo import models
from odoo.exceptions import AccessError, UserError

from .kdc_household_membership import PERSONAL

#: Never sent to a browser, a file or a program as they are.
GUARDED = frozenset({"personal_number", "personal_number_sealed", "personal_number_index", "birth_date"})
#: Who may read guarded fields without asking each time; every file they take out is logged.
CLEAR_GROUP = "kdc_residents.group_clear_data"
#: Only the form asks for this field, so a single record read with it was opened by a person.
FORM_FIELD = "membership_ids"


class KdcPersonalDataMixin(models.AbstractModel):
    """The border between the server's own code, which works with clear values, and everything outside.

    Part of ``kdc.resident``, in a file of its own because it is about who reads and not about the register.
    """

    _name = "kdc.personal.data.mixin"
    _description = "Guard of personal data"

    # ------------------------------------------------------------------ reading
    def _guarded(self, names):
        """Return those of the fields that may not leave the server for the present user."""
        if self.env.su or self.env.user.has_group(CLEAR_GROUP):
            return set()
        return GUARDED.intersection(names)

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
        if len(self) == 1 and self.id and FORM_FIELD in specification:
            self.env["kdc.access.log"]._log_opening(self)
        return values_list

    web_read._readonly = False

    def _export_rows(self, fields, *, _is_toplevel_call=True):
        names = {path[0] for path in fields if path}
        self._refuse_guarded(names)
        if GUARDED & names and not self.env.su:
            self.env["kdc.access.log"]._log(self, "export", "identity")
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

    # ------------------------------------------------------------------ revealing
    def reveal(self, purpose, note=""):
        """Return number and date of birth of one person in the clear, and note who asked for them and why.

        :param purpose: key of ``kdc_access_log.PURPOSES``
        :param note: what to add; required for the purpose ``other``
        :return: dict ``birth_date`` (date or False), ``birth_year_only``, ``personal_number`` (only for those who may
            read it)
        :raises AccessError: the user may not read personal data of this person
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_groups(PERSONAL):
            raise AccessError(self.env._("Only those who keep or check the register may read personal data."))
        purposes = dict(self.env["kdc.access.log"]._fields["purpose"].selection)
        if purpose not in purposes:
            raise UserError(self.env._("Say for which purpose you need the personal data."))
        if purpose == "other" and not (note or "").strip():
            raise UserError(self.env._("Write down which other reason it is."))
        number = self.env.user.has_groups("kdc_residents.group_officer,kdc_residents.group_auditor")
        self.env["kdc.access.log"]._log(
            self, "reveal", "identity" if number else "birth_date", purpose, (note or "").strip() or False
        )
        # sudo: rights were checked above; auditors read the number here and nowhere else.
        person = self.sudo()
        values = {"birth_date": person.birth_date, "birth_year_only": person.birth_year_only}
        if number:
            values["personal_number"] = person.personal_number
        return values

    def action_reveal(self):
        """Ask for the purpose, then show the data."""
        self.ensure_one()
        return self.env["kdc.reveal"]._action_for(self)

    # ------------------------------------------------------------------ changing
    def write(self, vals):
        """Note changes of personal data: that they were made, not what they were."""
        result = super().write(vals)
        if not self.env.su:
            for name, subject in (("birth_date", "birth_date"), ("personal_number_sealed", "personal_number")):
                if name in vals:
                    self.env["kdc.access.log"]._log(self, "change", subject)
        return result
