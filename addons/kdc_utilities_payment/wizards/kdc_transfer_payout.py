from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.payment_provider import CODES


class KdcTransferPayout(models.TransientModel):
    """Asks which gateway has paid out, and shows what it owes before and after."""

    _name = "kdc.transfer.payout"
    _description = "Payout of a Payment Gateway"

    transfer_id = fields.Many2one("kdc.transfer", required=True, readonly=True)
    company_id = fields.Many2one(related="transfer_id.company_id")
    currency_id = fields.Many2one(related="transfer_id.currency_id")
    amount = fields.Monetary(related="transfer_id.amount")
    journal_id = fields.Many2one(
        "account.journal", "Gateway", required=True, domain=lambda self: self._journal_domain(),
        default=lambda self: self._default_journal_id(),
    )  # fmt: skip
    fee = fields.Monetary("Fee it kept")
    owed = fields.Monetary("It owes the ward", compute="_compute_owed")
    left = fields.Monetary("Left afterwards", compute="_compute_owed")

    @api.model
    def _journal_domain(self):
        return [("code", "in", list(CODES.values())), ("company_id", "in", self.env.companies.ids)]

    @api.model
    def _default_journal_id(self):
        journals = self.env["account.journal"].search(self._journal_domain())
        return journals if len(journals) == 1 else journals.browse()

    @api.depends("journal_id", "fee", "amount")
    def _compute_owed(self):
        for wizard in self:
            # sudo: the balance of one account is shown to who decides about the transfer
            wizard.owed = wizard.journal_id.sudo()._kdc_gateway_owes() if wizard.journal_id else 0
            wizard.left = wizard.owed - wizard.amount - wizard.fee

    def action_confirm(self):
        """Book it."""
        self.ensure_one()
        if self.fee != int(self.fee):
            raise UserError(self.env._("Enter an amount in whole đồng."))
        transfer = self.transfer_id._open_for_decision()
        # sudo: job and state were checked; the journal is read only
        transfer._book_payout(self.journal_id.sudo(), round(self.fee))
        return {"type": "ir.actions.act_window_close"}
