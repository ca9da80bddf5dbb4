from odoo import api, models
from odoo.addons.kdc_utilities.engine.proof import Comparison
from odoo.addons.kdc_utilities.models.kdc_proof import Check


class KdcProof(models.AbstractModel):
    _inherit = "kdc.proof"

    @api.model
    def _checks(self, company, day):
        """Add what the queue calls reconciled by hand."""
        yield from super()._checks(company, day)
        transfers = self.env["kdc.transfer"].search(
            [("company_id", "=", company.id), ("date", "=", day), ("state", "=", "reconciled")]
        )
        said, booked = {}, {}
        for transfer in transfers:
            waiting = transfer.journal_id.suspense_account_id | transfer.journal_id.default_account_id
            found = transfer.move_id.line_ids.filtered(lambda item, waiting=waiting: item.account_id not in waiting)
            said[transfer.id] = round(transfer.amount)
            booked[transfer.id] = -round(sum(found.mapped("balance"))) if transfer.move_id.state == "posted" else 0
        yield Check(
            self.env._("Each transfer reconciled by hand has found its counterpart"), self.env._("Transfers"),
            self.env._("Journal entries"), "kdc.transfer", Comparison(said, booked),
        )  # fmt: skip
