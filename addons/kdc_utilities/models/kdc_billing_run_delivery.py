from odoo import fields, models
from odoo.addons.kdc_residents.tools.actions import form_of

from .kdc_bill_delivery import BATCH


class KdcBillingRun(models.Model):
    """Tells the payers that their bills are there, and prints them for the walk."""

    _inherit = "kdc.billing.run"

    delivery_count = fields.Integer("Deliveries", compute="_compute_delivery_count")
    delivery_failed_count = fields.Integer("Not delivered", compute="_compute_delivery_count")

    def _compute_delivery_count(self):
        groups = self.env["kdc.bill.delivery"]._read_group(
            [("run_id", "in", self.ids)], ["run_id", "state"], ["__count"]
        )
        counts = {(run.id, state): count for run, state, count in groups}
        for run in self:
            run.delivery_failed_count = counts.get((run.id, "failed"), 0)
            run.delivery_count = sum(counts.get((run.id, state), 0) for state in ("waiting", "sent", "failed"))

    def _enqueue_delivery(self):
        self.with_delay(
            channel="root.kdc_billing",
            description=self.env._("Deliver the bills of %s", self.name),
            identity_key=f"kdc.billing.run-{self.id}-deliver",
        )._job_deliver()

    def _job_deliver(self):
        """Background job: tell the payers of the next bills, then go on."""
        self.ensure_one()
        # sudo: the log and the notices are written by steps only, payers may be closed to who runs the job.
        bills = self.env["account.move"].sudo().search(
            [
                ("kdc_run_id", "=", self.id), ("state", "=", "posted"), ("kdc_delivery_ids", "=", False),
                ("id", "not in", self._set_aside().move_id.ids),
            ],
            limit=BATCH,
        )  # fmt: skip
        deliveries = self.env["kdc.bill.delivery"].sudo()  # sudo: as above
        deliveries._prepare(bills)._deliver()
        if len(bills) == BATCH:
            # The key of the job is still in use by this one.
            self.with_delay(channel="root.kdc_billing", description=self.name)._job_deliver()

    def action_view_deliveries(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_bill_delivery_action")
        return action | {"domain": [("run_id", "=", self.id)], "context": {}}

    def action_print(self):
        """Open the form that prints the bills of this run."""
        self.ensure_one()
        context = {"default_run_id": self.id, "default_company_id": self.company_id.id}
        return form_of(self.env["kdc.bill.print"], self.env._("Print the bills"), context=context)
