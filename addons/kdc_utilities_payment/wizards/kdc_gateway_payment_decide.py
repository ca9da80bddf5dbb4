from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_utilities.engine.apportion import apportion
from odoo.exceptions import UserError


class KdcGatewayPaymentDecide(models.TransientModel):
    """Shows what an online payment would pay, or asks why it is none of ours."""

    _name = "kdc.gateway.payment.decide"
    _description = "Decide about an Online Payment"

    payment_id = fields.Many2one("kdc.gateway.payment", required=True, readonly=True)
    company_id = fields.Many2one(related="payment_id.company_id")
    currency_id = fields.Many2one(related="payment_id.currency_id")
    amount = fields.Monetary(related="payment_id.amount")
    step = fields.Selection([("book", "Book"), ("returned", "Sent back")], required=True, readonly=True)
    account_id = fields.Many2one(
        "kdc.customer.account", "Customer account", domain="[('company_id', '=', company_id)]",
        compute="_compute_account_id", store=True, readonly=False, precompute=True,
    )  # fmt: skip
    preview = fields.Text("What it pays", compute="_compute_preview")
    note = fields.Char("How you know")

    @api.depends("payment_id")
    def _compute_account_id(self):
        for wizard in self:
            wizard.account_id = wizard.payment_id.account_id

    @api.depends("account_id", "amount")
    def _compute_preview(self):
        for wizard in self:
            texts = []
            account = wizard.account_id
            # What others owe is nothing to look at: only customers of this ward whom the accountant may read.
            shown = account and account.has_access("read") and account.company_id == wizard.company_id
            if shown and wizard.amount > 0:
                # sudo: which bill was paid online, to know whose debt on this account it is
                debt = wizard.payment_id.sudo()._debt(account)
                spread = apportion(round(wizard.amount), debt.charges())
                if debt.former:
                    texts.append(self.env._("Debt of %s, who paid for this account before:", debt.payer.name))
                texts += [
                    f"{fmt.period(share.charge.period)} {share.charge.key['label']}: {fmt.vnd(share.amount)}"
                    for share in spread.shares
                    if share.amount
                ]
                if spread.advance:
                    texts.append(debt.rest_words(spread.advance))
            wizard.preview = "\n".join(texts)

    def action_confirm(self):
        """Do as was chosen."""
        self.ensure_one()
        if self.step == "returned":
            self.payment_id._decide_returned(self.note)
        elif not self.account_id:
            raise UserError(self.env._("Choose the customer whose money it is."))
        else:
            self.payment_id._decide_book(self.account_id)
        return {"type": "ir.actions.act_window_close"}
