from odoo import api, models

from ..engine.proof import Comparison
from .kdc_proof import Check


class KdcProof(models.AbstractModel):
    _inherit = "kdc.proof"

    @api.model
    def _days(self, company, since=None):
        """Add the days on which debts were written off or revived."""
        days = set(super()._days(company, since))
        # sudo: as in _prove; only days come out
        for record in self.env["kdc.write.off"].sudo().search([("company_id", "=", company.id), ("date", "!=", False)]):
            days.update(day for day in (record.date, record.revived_on) if day and (not since or day >= since))
        return sorted(days)

    @api.model
    def _checks(self, company, day):
        yield from super()._checks(company, day)
        yield self._check_write_offs(company, day)

    @api.model
    def _check_write_offs(self, company, day):
        """What decisions gave up is matched with the bills they name, by an entry that touches no cash; what was
        revived is matched with nothing."""
        records = self.env["kdc.write.off"].search([
            ("company_id", "=", company.id), "|", ("date", "=", day), ("revived_on", "=", day),
        ])  # fmt: skip
        said, booked = {}, {}
        for record in records:
            said[record.id] = round(record.amount) if record.state == "done" else 0
            items = record.move_id.line_ids
            cash = items.account_id.filtered(lambda account: account.account_type == "asset_cash")
            bills = items.matched_debit_ids.filtered(
                lambda part, record=record: part.debit_move_id.move_id in record.move_ids
            )
            booked[record.id] = -1 if cash else round(sum(bills.mapped("amount")))
        return Check(
            self.env._("Each write-off is matched with its bills"), self.env._("Decisions"),
            self.env._("Journal entries"), "kdc.write.off", Comparison(said, booked),
        )  # fmt: skip
