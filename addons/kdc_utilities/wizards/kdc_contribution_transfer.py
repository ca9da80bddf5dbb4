from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError

from ..engine import reference


class KdcContributionTransfer(models.TransientModel):
    """Record a gift that arrived on the bank account, as the statement shows it."""

    _name = "kdc.contribution.transfer"
    _description = "Gift by Bank Transfer"

    drive_id = fields.Many2one("kdc.contribution.drive", required=True, domain="[('state', '!=', 'draft')]")
    company_id = fields.Many2one(related="drive_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    text = fields.Char("Transfer text", help="Paste it from the statement: it names the customer.")
    customer_id = fields.Many2one(
        "kdc.customer.account",
        string="Customer account",
        compute="_compute_customer_id",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('company_id', '=', company_id)]",
        help="Empty: somebody from outside.",
    )
    giver_name = fields.Char(
        "Given by", required=True, compute="_compute_giver_name", store=True, precompute=True, readonly=False
    )
    amount = fields.Monetary(required=True)
    date = fields.Date("Received on", required=True, default=today_here)
    bank_reference = fields.Char("Number of the transfer", required=True)
    journal_id = fields.Many2one(
        "account.journal",
        string="Bank",
        required=True,
        domain="[('type', '=', 'bank'), ('company_id', '=', company_id)]",
        compute="_compute_journal_id",
        store=True,
        precompute=True,
        readonly=False,
    )

    @api.depends("text", "drive_id")
    def _compute_customer_id(self):
        for wizard in self:
            numbers = [
                number for number, drive in reference.find_gifts(wizard.text or "") if drive == wizard.drive_id.number
            ]
            if len(numbers) == 1:
                wizard.customer_id = self.env["kdc.customer.account"].search(
                    [("company_id", "=", wizard.company_id.id), ("number", "=", numbers[0])]
                )

    @api.depends("customer_id")
    def _compute_giver_name(self):
        for wizard in self:
            wizard.giver_name = wizard.customer_id.partner_id.name or wizard.giver_name

    @api.depends("company_id")
    def _compute_journal_id(self):
        for wizard in self:
            wizard.journal_id = self.env["account.journal"].search(
                [("type", "=", "bank"), ("company_id", "=", wizard.company_id.id)], limit=1
            )

    def action_record(self):
        """Book the transfer: the bank is debited, the fund is credited, and the gift counts."""
        self.ensure_one()
        if not self.env.user.has_group("kdc_utilities.group_accountant"):
            raise AccessError(self.env._("Only accountants record transfers."))
        self.drive_id.check_access("read")
        if self.drive_id.state == "draft":
            raise UserError(self.env._("This drive is not open yet."))
        if self.amount <= 0 or self.amount != int(self.amount):
            raise UserError(self.env._("Enter an amount in whole đồng, greater than zero."))
        if self.journal_id.type != "bank" or self.journal_id.company_id != self.company_id:
            raise UserError(self.env._("Choose a bank journal of %s.", self.company_id.name))
        bank_reference = self.bank_reference.strip()
        if self.env["kdc.contribution"].search_count(
            [("company_id", "=", self.company_id.id), ("bank_reference", "=", bank_reference),
             ("cancelled_by_id", "=", False)], limit=1,
        ):  # fmt: skip
            raise UserError(self.env._("Transfer %s was recorded already.", bank_reference))
        # sudo: gifts and their entries are written by the steps only; the job was checked above.
        gift = self.env["kdc.contribution"].sudo().create(self._gift_vals(bank_reference))
        if gift.customer_id:
            gift._thank()
        return self.drive_id.action_view_contributions()

    def _gift_vals(self, bank_reference):
        return {
            "drive_id": self.drive_id.id,
            "customer_id": self.customer_id.id,
            "giver_name": self.giver_name.strip(),
            "date": self.date,
            "amount": self.amount,
            "bank_reference": bank_reference,
            "move_id": self._post_entry(bank_reference).id,
        }

    def _post_entry(self, bank_reference):
        label = self.env._("%(drive)s – %(giver)s", drive=self.drive_id.name, giver=self.giver_name)
        partner = self.customer_id.partner_id
        lines = [
            {"account_id": self.journal_id.default_account_id.id, "debit": self.amount, "credit": 0},
            {"account_id": self.drive_id.account_id.id, "debit": 0, "credit": self.amount},
        ]
        # sudo: accountants of fees book what their job books, whatever they may do in accounting.
        move = self.env["account.move"].sudo().create({
            "move_type": "entry",
            "journal_id": self.journal_id.id,
            "company_id": self.company_id.id,
            "date": self.date,
            "ref": bank_reference,
            "line_ids": [Command.create(line | {"name": label, "partner_id": partner.id}) for line in lines],
        })  # fmt: skip
        move.action_post()
        return move


class KdcContributionCancel(models.TransientModel):
    """Ask for the reason before a gift by transfer is cancelled."""

    _name = "kdc.contribution.cancel"
    _description = "Cancel a Gift"

    contribution_id = fields.Many2one("kdc.contribution", required=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        self.contribution_id._cancel(self.reason)
        return {"type": "ir.actions.act_window_close"}
