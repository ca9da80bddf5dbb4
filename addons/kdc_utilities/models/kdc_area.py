from odoo import models
from odoo.addons.kdc_residents.tools.actions import form_of


class KdcArea(models.Model):
    _inherit = "kdc.area"

    def _move_open_work(self, mapping, date):
        """Accounts of a dwelling follow it; the others, and what billing runs are still to bill, go with the area.

        Bills, receipts and previews that exist keep the area they were made for.
        """
        accounts = self.env["kdc.customer.account"].with_context(active_test=False)
        runs = self.env["kdc.billing.run"]
        for area, target in mapping.items():
            accounts.search(
                [("area_id", "=", area.id), ("dwelling_id", "=", False), ("household_id", "=", False)]
            ).area_id = target
            for run in runs.search([("area_ids", "in", area.ids), ("state", "=", "draft")]):
                run.area_ids = (run.area_ids - area) | target | area.successor_ids.successor_id
            # A computed preview is about accounts, so it stays right; only computing it anew needs today's areas.
        return super()._move_open_work(mapping, date)

    def _open_work_counts(self):
        accounts = self.env["kdc.customer.account"].search_count([("area_id", "in", self.ids)])
        return [*super()._open_work_counts(), (self.env._("Customer accounts"), accounts)]

    def action_kdc_print_bills(self):
        """Open the form that prints the bills of these areas."""
        context = {"default_area_ids": self.ids}
        return form_of(self.env["kdc.bill.print"], self.env._("Print the bills"), context=context)
