from odoo import models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.fields import Domain

from .kdc_contribution_drive import BOOKED


class KdcResident(models.Model):
    _inherit = "kdc.resident"

    def _kdc_my_data(self):
        """Add bills and what was paid: the person's own, and the household's if they are shared with the person."""
        sections = super()._kdc_my_data()
        user = self.env.user
        households = self.membership_ids.filtered(lambda m: not m.date_end).household_id
        shared = households.filtered(lambda household: user._kdc_may_see("bills", household))
        partners = self.partner_id | shared.partner_id
        bills = self.env["account.move"].search(
            [
                ("partner_id", "in", partners.ids),
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_refund")),
            ]
        )
        receipts = self.env["kdc.receipt"].search([("partner_id", "in", partners.ids)])
        return [
            *sections,
            self._kdc_section(
                "bills",
                self.env._("Bills"),
                bills,
                ["name", "invoice_date", "invoice_date_due", "kdc_period", "amount_total", "amount_residual"],
            ),
            self._kdc_section(
                "contributions",
                self.env._("Voluntary contributions"),
                self.env["kdc.contribution"].search(Domain("customer_id.partner_id", "in", partners.ids) & BOOKED),
                ["drive_id", "date", "giver_name", "amount"],
            ),
            self._kdc_section("receipts", self.env._("Receipts"), receipts, ["name", "date", "payer_name", "amount"]),
            self._kdc_my_transfers(partners),
        ]

    def _kdc_transfer_lines(self, partners):
        """Return the domain of what transfers paid for these payers: each part is of whom it names."""
        return Domain("payer_id", "in", partners.ids)

    def _kdc_my_transfers(self, partners):
        """Return the bank transfers for these payers; the bank account of the sender, maybe another, is masked."""
        lines = self.env["kdc.transfer.line"].search(self._kdc_transfer_lines(partners), order="id desc")
        rows = [
            {
                self.env._("Day"): fmt.date(line.transfer_id.date),
                self.env._("Paid for"): " ".join(filter(None, (line.name, line.period_name))),
                self.env._("Amount"): fmt.vnd(line.amount),
                self.env._("Sender"): line.transfer_id.payer_name or "",
                self.env._("Account of the sender"): _masked(line.transfer_id.payer_account),
            }
            for line in lines
        ]
        return {"key": "transfers", "title": self.env._("Bank transfers"), "rows": rows}


def _masked(number):
    """Return the end of a bank account, by which its owner knows it."""
    return f"•••{number[-4:]}" if number and len(number) > 6 else ""
