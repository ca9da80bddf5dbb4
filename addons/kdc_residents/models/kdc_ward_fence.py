"""What is made in a ward stays in it: a fence around all models of the community, whoever adds one."""

from odoo import models
from odoo.exceptions import AccessError


class Base(models.AbstractModel):
    """Odoo asks record rules about a record as it was, never as a change leaves it.

    Whoever may write a record could so hand it to another ward or area, or hang it under what another ward keeps,
    and go on from there. ``create`` asks afterwards; here ``write`` does too, for the models of the community.
    """

    _inherit = "base"

    #: Fields that say whose a record is; what they once say is changed by the server's own code only (sudo).
    _kdc_home = ("company_id",)

    def write(self, vals):
        fenced = not self.env.su and self._name.startswith("kdc.") and not self._transient
        if fenced:
            self._kdc_check_home(vals)
        result = super().write(vals)
        if fenced and any(self._fields[name].type == "many2one" for name in vals) and not self.has_access("write"):
            raise AccessError(
                self.env._(
                    "This would leave your ward or your areas. Nothing was changed: choose what belongs to your own."
                )
            )
        return result

    def _kdc_check_home(self, vals):
        """Refuse to give records to another home than they have.

        :raises AccessError: a field of ``_kdc_home`` would change
        """
        for name in self._kdc_home:
            # sudo: only compared, and the home may be one the user does not see
            if name in vals and any(record[name] and record[name].id != vals[name] for record in self.sudo()):
                raise AccessError(
                    self.env._(
                        "“%(field)s” does not change once it is saved. Enter it anew where it belongs.",
                        field=self._fields[name]._description_string(self.env),
                    )
                )
