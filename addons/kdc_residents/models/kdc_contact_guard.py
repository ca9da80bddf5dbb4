from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..engine.format import mask_phone

#: The telephone number of a contact and what Odoo derives from it.
PHONES = frozenset({"phone", "phone_sanitized", "phone_mobile_search"})
NESTED = ("any", "any!", "not any", "not any!")


def mentions_phone(domain):
    """Say whether a domain asks for a telephone number, on the model itself or behind a path."""
    for condition in Domain(domain).iter_conditions():
        if PHONES.intersection(condition.field_expr.split(".")):
            return True
        nested = condition.operator in NESTED and isinstance(condition.value, (list, tuple, Domain))
        if nested and mentions_phone(condition.value):
            return True
    return False


class KdcContactGuard(models.AbstractModel):
    """Telephone numbers of the register for the staff whose job calls nobody: masked, neither found nor grouped.

    ``phone`` is a field of Odoo's contacts that every employee may read, so groups on our own fields are not enough.
    The server's own code (sudo) and jobs with ``group_contact`` are not concerned.
    """

    _name = "kdc.contact.guard"
    _description = "Guard of telephone numbers"

    # ---------------------------------------------------------------- for the models that are guarded
    def _phones_of_register(self):
        """Return those of the records whose telephone number is one of the register."""
        return self

    @api.model
    def _domain_outside_register(self):
        """Return the domain of records whose telephone number anybody may look for."""
        return Domain.FALSE

    @api.model
    def _masked_fields(self):
        """Return the fields that show a telephone number."""
        return PHONES

    # ---------------------------------------------------------------- the guard
    def _hides_phones(self):
        return not self.env.su and self.env.user._kdc_phones_hidden()

    def _read_format(self, fnames, load="_classic_read"):
        values = super()._read_format(fnames, load=load)
        wanted = self._masked_fields().intersection(fnames)
        if wanted and self._hides_phones():
            # sudo: which contacts are registered
            guarded = set(self.sudo()._phones_of_register().ids)
            for vals in values:
                for name in wanted if vals["id"] in guarded else ():
                    vals[name] = mask_phone(vals[name]) if vals[name] else vals[name]
        return values

    @api.model
    def _search(self, domain, *args, **kwargs):
        domain = Domain(domain)
        if self._hides_phones() and mentions_phone(domain):
            domain &= self._domain_outside_register()
        return super()._search(domain, *args, **kwargs)

    def _read_group_groupby(self, alias, groupby_spec, query):
        self._check_phone_spec(groupby_spec)
        return super()._read_group_groupby(alias, groupby_spec, query)

    def _read_group_select(self, aggregate_spec, query):
        self._check_phone_spec(aggregate_spec)
        return super()._read_group_select(aggregate_spec, query)

    def _check_phone_spec(self, spec):
        """Refuse to group or add up telephone numbers for who may not read them."""
        if self._masked_fields().intersection(spec.partition(":")[0].split(".")) and self._hides_phones():
            raise AccessError(self.env._("Your job does not show telephone numbers of residents."))
