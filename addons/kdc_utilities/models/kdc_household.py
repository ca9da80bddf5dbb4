from odoo import fields, models


class KdcHousehold(models.Model):
    _inherit = "kdc.household"

    kdc_account_ids = fields.One2many("kdc.customer.account", "household_id", string="Customer accounts")

    def _kdc_member_count_on(self, day):
        """Return how many people belonged to the household on a day."""
        rows = self.membership_ids.filtered(lambda row: not row.voided and row.date_start <= day)
        return len(rows.filtered(lambda row: not row.date_end or row.date_end > day))
