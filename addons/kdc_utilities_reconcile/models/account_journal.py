from odoo import models


class AccountJournal(models.Model):
    _inherit = "account.journal"

    def get_rainbowman_message(self):
        """Override of ``account_reconcile_oca``, which says it in English."""
        return super().get_rainbowman_message() and self.env._("All movements of this bank are reconciled")
