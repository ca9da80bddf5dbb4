from odoo import models
from odoo.exceptions import AccessError

#: Models that together are the register of residents; every resident is a contact, many are users.
REGISTER = ("kdc.resident", "kdc.household", "kdc.household.membership", "res.partner", "res.users")

#: What other lists may say of them.
NAMES = {"id", ".id", "display_name", "name", "code", "ref"}


class Base(models.AbstractModel):
    """Accountants and approvers take lists of fees home as spreadsheets, but not the register of residents.

    Not by any path either. Their groups bring the right to export; an auditor's does not, the books are enough
    (``kdc.book``). A head of a group or an auditor to whom the administrator gives that right takes out what he sees.
    """

    _inherit = "base"

    def _export_rows(self, fields, *, _is_toplevel_call=True):
        if (
            self._name in REGISTER
            and (_is_toplevel_call or {path[0] for path in fields if path} - NAMES)
            and not self.env.su
            and self.env.user.has_groups("kdc_utilities.group_accountant,kdc_utilities.group_approver")
            and not self.env.user.has_group("kdc_residents.group_officer")
        ):
            raise AccessError(self.env._("Lists of residents are taken out by the officers of the register."))
        return super()._export_rows(fields, _is_toplevel_call=_is_toplevel_call)
