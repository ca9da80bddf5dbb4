from odoo import models


class IrUiMenu(models.Model):
    _inherit = "ir.ui.menu"

    def _kdc_apps_of_groups(self):
        """Leave Odoo's own invoicing, with vendors and products, to those who keep the whole books.

        The accountant of fees may write invoices there by right, but has every step of the work in the app of fees.
        """
        return super()._kdc_apps_of_groups() | {
            "account.menu_finance": "account.group_account_user,account.group_account_manager"
        }
