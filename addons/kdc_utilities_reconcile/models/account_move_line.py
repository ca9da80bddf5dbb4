from odoo import models
from odoo.exceptions import UserError


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def action_reconcile_manually(self):
        """Override of ``account_reconcile_oca``, which says in English why it does not."""
        if len(self.account_id) > 1:
            raise UserError(self.env._("Choose journal items of one account: only these can be reconciled."))
        return super().action_reconcile_manually()
