from odoo import api, models


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model
    def _kdc_scoped_groups(self):
        return super()._kdc_scoped_groups() + ["kdc_utilities.group_collector"]

    @api.model
    def _kdc_ward_wide_groups(self):
        return super()._kdc_ward_wide_groups() + ["kdc_utilities.group_accountant", "kdc_utilities.group_approver"]

    def _kdc_payer(self):
        """Return the shop or organisation whose bills this user sees without being a resident (sudo); may be empty.

        A resident sees bills as the household shares them, whatever contact the account belongs to.
        """
        self.ensure_one()
        # sudo: portal users read only themselves; the pages show named fields of this payer's bills.
        payer = self.sudo().partner_id.commercial_partner_id
        households = self.env["kdc.household"].sudo().with_context(active_test=False)  # sudo: as above
        if not self.share or self._kdc_resident() or households.search_count([("partner_id", "=", payer.id)], limit=1):
            return payer.browse()
        # sudo: as above; closed accounts are still owed
        accounts = self.env["kdc.customer.account"].sudo().with_context(active_test=False)
        pays = [("partner_id", "child_of", payer.id)]
        # sudo: as above; who pays for no account any more goes on reading the own papers
        bills, receipts = self.env["account.move"].sudo(), self.env["kdc.receipt"].sudo()
        known = (
            accounts.search_count(pays, limit=1)
            or bills.search_count([("kdc_account_id", "!=", False), *pays], limit=1)
            or receipts.search_count(pays, limit=1)
        )
        return payer if known else payer.browse()

    def _kdc_has_bills(self):
        """Tell whether this user sees bills without living in a household: the own shop's, or as its owner."""
        self.ensure_one()
        # sudo: as in _kdc_payer
        accounts = self.env["kdc.customer.account"].sudo()
        return bool(
            self._kdc_payer()
            or self.share
            and accounts.search_count([("viewer_ids", "in", self.partner_id.ids)], limit=1)
        )
