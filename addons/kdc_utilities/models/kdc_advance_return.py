from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError


class KdcAdvanceReturn(models.Model):
    """Money paid in advance that goes back to the payer, or over to another customer.

    Prepared by one person, approved by another (also in the database), who thereby books it; cash leaves a drawer that
    is open. What the payer still owes is paid from the advance first. Somebody who paid for the account before, and has
    none of their own any more, gets what is left of the own money from here too.
    """

    _name = "kdc.advance.return"
    _description = "Advance Paid Back or Moved"
    _inherit = ["kdc.paid.over"]
    _order = "id desc"
    _rec_name = "account_id"
    _check_company_auto = True

    account_id = fields.Many2one("kdc.customer.account", required=True, ondelete="restrict", index=True)
    payer_id = fields.Many2one(
        "res.partner", "Whose advance", compute="_compute_payer_id", store=True, readonly=False, precompute=True,
        required=True, ondelete="restrict", index=True, domain="[('id', 'in', payer_ids)]",
        help="Who pays for the account today, or paid for it before and has paid more than was owed.",
    )  # fmt: skip
    payer_ids = fields.Many2many("res.partner", compute="_compute_payer_ids")
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    advance = fields.Monetary("Paid in advance", compute="_compute_advance")
    kind = fields.Selection(
        [("back", "Paid back"), ("move", "Moved to another customer")], required=True, default="back"
    )
    amount = fields.Monetary(compute="_compute_amount", store=True, readonly=False, precompute=True)
    target_account_id = fields.Many2one(
        "kdc.customer.account", string="To customer", check_company=True, ondelete="restrict"
    )
    reason = fields.Char(required=True)
    state = fields.Selection(
        selection_add=[("posted", "Done"), ("withdrawn", "Withdrawn")], ondelete={"withdrawn": "cascade"}
    )

    _amount_positive = models.Constraint("CHECK (amount > 0)", "The amount is greater than zero.")
    _approver_is_another = models.Constraint(
        "CHECK (approved_by_id IS NULL OR approved_by_id != requested_by_id)",
        "Whoever prepared this cannot approve it.",
    )
    _posted_by_somebody = models.Constraint(
        "CHECK (state != 'posted' OR approved_by_id IS NOT NULL)", "Money leaves with the approval of a person."
    )
    _where_to = models.Constraint(
        "CHECK ((kind = 'back' AND journal_id IS NOT NULL AND receiver IS NOT NULL) "
        "OR (kind = 'move' AND target_account_id IS NOT NULL))",
        "Say where the money goes: who receives it and from which account, or to which other customer.",
    )
    _drawer_hands_out = models.Constraint(
        "CHECK (kind = 'back' OR session_id IS NULL)",
        "No cash leaves a drawer when the money is booked for another customer.",
    )
    _one_waiting = models.UniqueIndex(
        "(account_id, payer_id) WHERE state = 'draft'", "The advance of this customer already waits for an approval."
    )

    @api.depends("account_id")
    def _compute_payer_id(self):
        for record in self:
            record.payer_id = record.account_id.partner_id

    @api.depends("account_id")
    def _compute_payer_ids(self):
        for record in self:
            record.payer_ids = record.account_id._kdc_payers() if record.account_id else False

    @api.depends("account_id", "payer_id")
    def _compute_amount(self):
        for record in self:
            record.amount = record._advance_now()

    @api.depends("account_id", "payer_id")
    def _compute_advance(self):
        for record in self:
            record.advance = record._advance_now()

    def _advance_now(self):
        return self.account_id._kdc_advance(self.payer_id) if self.account_id and self.payer_id else 0

    @api.constrains("account_id", "payer_id", "kind", "target_account_id")
    def _check_whose(self):
        """The money is of somebody who pays or paid for this account, and does not go where it is already."""
        for record in self.filtered(lambda record: record.state == "draft"):
            if record.payer_id not in record.account_id._kdc_payers():
                raise ValidationError(
                    self.env._(
                        "%(payer)s has never paid for account %(account)s. Choose the account and whose advance it is.",
                        payer=record.payer_id.display_name, account=record.account_id.number,
                    )
                )  # fmt: skip
            target = record.target_account_id
            if record.kind == "move" and (target, target.partner_id) == (record.account_id, record.payer_id):
                raise ValidationError(self.env._("The advance is of this customer already. Choose another one."))

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._check_available()
        return records

    def write(self, vals):
        result = super().write(vals)
        if {"amount", "account_id", "payer_id"} & vals.keys():
            self._check_available()
        return result

    def _check_available(self):
        """Refuse to give away more than was paid in advance beyond what the payer owes, on whichever account."""
        for record in self:
            account, payer = record.account_id, record.payer_id
            advance = account._kdc_advance(payer)
            owed = round(sum(account._kdc_payer_open_bills(payer).mapped("amount_residual")))
            if record.amount > max(advance - owed, 0):
                raise UserError(
                    self.env._(
                        "%(account)s has paid %(advance)s in advance and owes %(owed)s, all accounts of this payer "
                        "together. At most the difference can be paid back or moved.",
                        account=f"{account.number} · {payer.name}",
                        advance=record.currency_id.format(advance),
                        owed=record.currency_id.format(owed),
                    )
                )

    def action_cancel(self):
        raise UserError(self.env._("Money that went back stays booked. What comes back is taken with a receipt."))

    # --- Booking ---------------------------------------------------------------------------------

    def _lock(self):
        """The account too: two approvals at the same time would both find the money there."""
        self._hold(self.account_id)
        return super()._lock()

    def _check_payable(self):
        self._book_today()
        self.account_id._kdc_apply_advance(self.payer_id)
        self._check_available()
        return super()._check_payable()

    def _entry_label(self):
        if self.kind == "back":
            return self.env._(
                "Advance paid back, %(number)s: %(receiver)s", number=self.account_id.number, receiver=self.receiver
            )
        return self.env._(
            "Advance of %(old)s moved to %(new)s", old=self.account_id.number, new=self.target_account_id.number
        )

    def _book_entry(self):
        """Return the posted entry, which is settled with the advance."""
        entry = self._pay_back() if self.kind == "back" else self._move_over()
        given = entry.line_ids.filtered(
            lambda line: line.partner_id == self.payer_id and line.debit and not line.reconciled
        )
        for line in given.filtered(lambda line: line.account_id.account_type == "asset_receivable"):
            advances = self.account_id._kdc_advance_lines(self.payer_id)
            (line + advances.filtered(lambda row, line=line: row.account_id == line.account_id)).reconcile()
        if self.kind == "move":
            self.target_account_id._kdc_apply_advance()
        return entry

    def _pay_back(self):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "outbound",
                "partner_type": "customer",
                "partner_id": self.payer_id.id,
                "amount": self.amount,
                "date": self.date,
                "journal_id": self.journal_id.id,
                "company_id": self.company_id.id,
                "outstanding_account_id": self.journal_id.default_account_id.id,
                "memo": self._entry_label(),
            }
        )
        # Odoo puts the account of the payment method back when it chooses the method; the money leaves desk or bank.
        payment.outstanding_account_id = self.journal_id.default_account_id
        payment.action_post()
        return payment.move_id

    def _move_over(self):
        journal = self.env["account.journal"].search(
            [("type", "=", "general"), ("company_id", "=", self.company_id.id)], limit=1
        )
        payers = {"debit": self.payer_id, "credit": self.target_account_id.partner_id}
        label = self._entry_label()
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": journal.id,
                "date": self.date,
                "ref": label,
                "line_ids": [
                    Command.create(
                        {
                            "name": label,
                            "partner_id": partner.id,
                            "account_id": partner.with_company(self.company_id).property_account_receivable_id.id,
                            side: self.amount,
                        }
                    )
                    for side, partner in payers.items()
                ],
            }
        )
        entry.action_post()
        return entry
