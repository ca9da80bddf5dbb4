from odoo import api, models
from odoo.fields import Domain


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    @api.model
    def _kdc_action_items(self, name, domain):
        """Return the action that lists the journal items behind a number.

        Bookkeepers get Odoo's list, where entries are opened and matched. Approvers and auditors, who read the ledger
        without that right, get a plain one.

        :param name: title of the list
        :param domain: which items; the reader's own rights apply on top
        """
        action = {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": self._name,
            "views": [(False, "list"), (False, "pivot")],
            "domain": list(Domain(domain)),
            "context": {"create": False},
        }
        if self.env.user.has_group("account.group_account_invoice"):
            return action
        return action | {
            "views": [(self.env.ref("kdc_utilities.account_move_line_view_list_plain").id, "list"), (False, "pivot")],
            "search_view_id": [self.env.ref("kdc_utilities.account_move_line_view_search_plain").id],
        }
