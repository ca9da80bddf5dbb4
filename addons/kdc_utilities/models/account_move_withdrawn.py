from datetime import timedelta

from odoo import models


class AccountMove(models.Model):
    """A bill that a receipt had paid which proved wrong: owed again from the day of the withdrawal, not before."""

    _inherit = "account.move"

    def _kdc_withdrawn_days(self):
        """Return {bill: [(first, last day)]} on which the books said that it was paid, all of it or in part."""
        # sudo: whoever computes penalties need not read receipts
        lines = self.env["kdc.receipt.line"].sudo().search(
            [("move_id", "in", self.ids), ("receipt_id.state", "=", "reversed")]
        )  # fmt: skip
        days = {}
        for move, found in lines.grouped("move_id").items():
            for receipt in found.receipt_id:
                withdrawn = receipt.reversal_ids.filtered(lambda row: row.state == "posted").date
                if receipt.date < withdrawn:
                    days.setdefault(self.browse(move.id), []).append((receipt.date, withdrawn - timedelta(days=1)))
        return days

    def _kdc_frozen_days(self):
        """Nobody is late for what they had a receipt of."""
        frozen = super()._kdc_frozen_days()
        for bill, days in self._kdc_withdrawn_days().items():
            frozen.setdefault(bill, []).extend(days)
        return frozen

    def _kdc_penalty_frozen(self, day):
        receipted = [
            bill.id
            for bill, periods in self._kdc_withdrawn_days().items()
            if any(first <= day <= last for first, last in periods)
        ]
        return super()._kdc_penalty_frozen(day) | self.browse(receipted)
