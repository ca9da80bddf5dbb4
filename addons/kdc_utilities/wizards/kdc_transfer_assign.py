from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.exceptions import UserError

from ..engine.apportion import apportion


class KdcTransferAssign(models.TransientModel):
    """Choose by hand what a transfer is for: customers or a gift. The spread is shown before it is booked."""

    _name = "kdc.transfer.assign"
    _description = "Decide What a Transfer Is For"

    transfer_id = fields.Many2one("kdc.transfer", required=True, readonly=True)
    company_id = fields.Many2one(related="transfer_id.company_id")
    currency_id = fields.Many2one(related="transfer_id.currency_id")
    amount = fields.Monetary(related="transfer_id.amount")
    text = fields.Char(related="transfer_id.text")
    kind = fields.Selection(
        [("bills", "Bills of customers"), ("gift", "Voluntary contribution")], default="bills", required=True
    )
    part_ids = fields.One2many(
        "kdc.transfer.assign.part", "assign_id", string="Customers", compute="_compute_part_ids", store=True,
        readonly=False,
    )  # fmt: skip
    left = fields.Monetary("Not divided yet", compute="_compute_left")
    preview = fields.Text("What it pays", compute="_compute_preview")
    drive_id = fields.Many2one(
        "kdc.contribution.drive", domain="[('state', '!=', 'draft'), ('company_id', '=', company_id)]"
    )
    customer_id = fields.Many2one(
        "kdc.customer.account", string="Customer account", domain="[('company_id', '=', company_id)]",
        help="Empty: somebody from outside.",
    )  # fmt: skip

    @api.depends("transfer_id")
    def _compute_part_ids(self):
        for wizard in self:
            amount = wizard.transfer_id.amount
            wizard.part_ids = [Command.clear(), Command.create({"amount": amount})] if amount > 0 else False

    @api.depends("part_ids.amount", "amount")
    def _compute_left(self):
        for wizard in self:
            wizard.left = wizard.amount - sum(wizard.part_ids.mapped("amount"))

    @api.depends("part_ids.account_id", "part_ids.payer_id", "part_ids.amount")
    def _compute_preview(self):
        for wizard in self:
            texts = []
            for part in wizard.part_ids.filtered(lambda part: part.account_id and part.amount > 0):
                debt = part._debt()
                spread = apportion(round(part.amount), debt.charges())
                whose = f"{part.account_id.number} · {debt.payer.name}" if debt.former else part.account_id.number
                texts += [
                    f"{whose} · {fmt.period(share.charge.period)} {share.charge.key['label']}: "
                    f"{fmt.vnd(share.amount)}"
                    for share in spread.shares
                    if share.amount
                ]
                if spread.advance:
                    texts.append(f"{whose} · {debt.rest_words(spread.advance)}")
            wizard.preview = "\n".join(texts)

    def action_confirm(self):
        """Book it as chosen."""
        self.ensure_one()
        transfer = self.transfer_id._open_for_decision()
        if self.kind == "gift":
            if not self.drive_id:
                raise UserError(self.env._("Choose the drive."))
            self.drive_id.check_access("read")
            transfer._book_gift(self.drive_id, self.customer_id)
        else:
            transfer._book_debts(self._amounts(transfer))
        return {"type": "ir.actions.act_window_close"}

    def _amounts(self, transfer):
        amounts = {}
        for part in self.part_ids.filtered("account_id"):
            part.account_id.check_access("read")
            if part.account_id.company_id != transfer.company_id:
                raise UserError(self.env._("%s is a customer of another ward.", part.account_id.display_name))
            if part.payer_id not in part.payer_ids:
                raise UserError(
                    self.env._("%s has never paid for this account. Choose whose bills it pays.", part.payer_id.name)
                )
            if part.amount <= 0 or part.amount != int(part.amount):
                raise UserError(self.env._("Enter an amount in whole đồng, greater than zero."))
            amounts[part._debt()] = amounts.get(part._debt(), 0) + round(part.amount)
        if sum(amounts.values()) != round(transfer.amount):
            raise UserError(
                self.env._("Divide the whole amount: %s are left.", fmt.vnd(transfer.amount - sum(amounts.values())))
            )
        return amounts


class KdcTransferAssignPart(models.TransientModel):
    """A customer and the part of the transfer that is theirs."""

    _name = "kdc.transfer.assign.part"
    _description = "Part of a Transfer"

    assign_id = fields.Many2one("kdc.transfer.assign", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="assign_id.company_id")
    currency_id = fields.Many2one(related="assign_id.currency_id")
    account_id = fields.Many2one("kdc.customer.account", string="Customer", domain="[('company_id', '=', company_id)]")
    payer_ids = fields.Many2many("res.partner", compute="_compute_payer_ids")
    payer_id = fields.Many2one(
        "res.partner", string="Whose bills", compute="_compute_payer_id", store=True, readonly=False,
        domain="[('id', 'in', payer_ids)]",
        help="Who pays for the account today, or paid for it before: what is beyond the debt is this person's advance.",
    )  # fmt: skip
    owed = fields.Monetary("Owes now", compute="_compute_owed")
    amount = fields.Monetary()

    @api.depends("account_id")
    def _compute_payer_ids(self):
        for part in self:
            part.payer_ids = part.account_id._kdc_payers() if part.account_id else False

    @api.depends("account_id")
    def _compute_payer_id(self):
        for part in self:
            part.payer_id = part.account_id.partner_id

    @api.depends("account_id", "payer_id")
    def _compute_owed(self):
        for part in self:
            part.owed = sum(charge.open for charge in part._debt().charges()) if part.account_id else 0

    def _debt(self):
        """Return whose debt on which account this part pays."""
        return self.account_id._kdc_debt(self.payer_id)


class KdcTransferDecide(models.TransientModel):
    """Asks for the reason before money goes back, leaves the queue, or a decision is undone."""

    _name = "kdc.transfer.decide"
    _description = "Decide about a Transfer with a Reason"

    transfer_id = fields.Many2one("kdc.transfer", required=True, readonly=True)
    step = fields.Selection(
        [("return", "Send back"), ("other", "Not for fees"), ("undo", "Undo")], required=True, readonly=True
    )
    receiver = fields.Char("Who receives it", compute="_compute_receiver", store=True, precompute=True, readonly=False)
    reason = fields.Char(required=True)

    @api.depends("transfer_id")
    def _compute_receiver(self):
        for wizard in self:
            wizard.receiver = wizard.transfer_id.payer

    def action_confirm(self):
        self.ensure_one()
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Write the reason."))
        if self.step == "undo":
            self.transfer_id._decided_for_undo()._undo(reason)
        elif self.step == "other":
            self.transfer_id._open_for_decision()._set_aside(reason)
        elif not (self.receiver or "").strip():
            raise UserError(self.env._("Write who receives the money: name and bank account."))
        else:
            self.transfer_id._open_for_decision()._ask_return(reason, self.receiver.strip())
        return {"type": "ir.actions.act_window_close"}
