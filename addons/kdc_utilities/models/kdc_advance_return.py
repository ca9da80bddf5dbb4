from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import AccessError, UserError
from odoo.tools import clean_context

from .approval_mixin import KdcTwoPersons


class KdcAdvanceReturn(models.Model):
    """Money paid in advance that goes back to the payer, or over to another customer.

    Prepared by one person, approved by another (also in the database), who thereby books it. What the payer still
    owes is paid from the advance first.
    """

    _name = "kdc.advance.return"
    _description = "Advance Paid Back or Moved"
    _inherit = ["kdc.two.persons", "mail.thread"]
    _order = "id desc"
    _rec_name = "account_id"
    _check_company_auto = True
    _step_fields = KdcTwoPersons._step_fields | {"payment_id", "move_id"}

    account_id = fields.Many2one("kdc.customer.account", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    advance = fields.Monetary("Paid in advance", related="account_id.advance")
    kind = fields.Selection(
        [("back", "Paid back"), ("move", "Moved to another customer")], required=True, default="back"
    )
    amount = fields.Monetary(required=True, compute="_compute_amount", store=True, readonly=False, precompute=True)
    journal_id = fields.Many2one(
        "account.journal",
        string="Paid from",
        check_company=True,
        ondelete="restrict",
        domain="[('type', 'in', ('bank', 'cash')), ('company_id', '=', company_id)]",
    )
    receiver = fields.Char("Who receives it", help="Name, and the bank account for a transfer.")
    target_account_id = fields.Many2one(
        "kdc.customer.account", string="To customer", check_company=True, ondelete="restrict"
    )
    reason = fields.Char(required=True)
    state = fields.Selection(
        [("draft", "To approve"), ("done", "Done"), ("withdrawn", "Withdrawn")],
        required=True,
        default="draft",
        tracking=True,
        index=True,
        copy=False,
    )
    payment_id = fields.Many2one("account.payment", readonly=True, copy=False, ondelete="restrict")
    move_id = fields.Many2one("account.move", string="Booked as", readonly=True, copy=False, ondelete="restrict")

    _amount_positive = models.Constraint("CHECK (amount > 0)", "The amount is greater than zero.")
    _approver_is_another = models.Constraint(
        "CHECK (approved_by_id IS NULL OR approved_by_id != requested_by_id)",
        "Whoever prepared this cannot approve it.",
    )
    _done_by_somebody = models.Constraint(
        "CHECK (state != 'done' OR approved_by_id IS NOT NULL)", "Money leaves with the approval of a person."
    )
    _where_to = models.Constraint(
        "CHECK ((kind = 'back' AND journal_id IS NOT NULL AND receiver IS NOT NULL) "
        "OR (kind = 'move' AND target_account_id IS NOT NULL AND target_account_id != account_id))",
        "Say where the money goes: who receives it and from which account, or to which other customer.",
    )
    _one_waiting = models.UniqueIndex(
        "(account_id) WHERE state = 'draft'", "The advance of this customer already waits for an approval."
    )

    @api.depends("account_id")
    def _compute_amount(self):
        for record in self:
            record.amount = record.account_id._kdc_advance() if record.account_id else 0

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._check_available()
        return records

    def write(self, vals):
        self._check_steps(vals.keys())
        if not self.env.su and any(record.state != "draft" for record in self):
            raise UserError(self.env._("What was approved does not change."))
        self._prepared_anew(vals.keys())
        result = super().write(vals)
        if {"amount", "account_id"} & vals.keys():
            self._check_available()
        return result

    def _check_steps(self, names):
        if not self.env.su and self._step_fields & set(names):
            raise AccessError(self.env._("Advances are approved and withdrawn by their buttons only."))

    def _check_available(self):
        """Refuse to give away more than was paid in advance beyond what the payer owes, on whichever account."""
        for record in self:
            advance = record.account_id._kdc_advance()
            owed = round(sum(record.account_id._kdc_payer_open_bills().mapped("amount_residual")))
            if record.amount > max(advance - owed, 0):
                raise UserError(
                    self.env._(
                        "%(account)s has paid %(advance)s in advance and owes %(owed)s, all accounts of this payer "
                        "together. At most the difference can be paid back or moved.",
                        account=record.account_id.display_name,
                        advance=record.currency_id.format(advance),
                        owed=record.currency_id.format(owed),
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        if any(record.state != "draft" for record in self):
            raise UserError(self.env._("What was approved is not deleted."))

    def action_withdraw(self):
        """Take back what nobody approved yet."""
        return self._withdraw()

    def action_approve(self):
        """Book what somebody else prepared."""
        if not self.env.user.has_group("kdc_utilities.group_approver"):
            raise AccessError(self.env._("You are not allowed to approve this."))
        self.check_access("read")
        for record in self:
            record._check_second_person()
            # sudo: the approver decides but has no right on payments; amount and receiver are what was prepared.
            record.sudo().with_context(clean_context(self.env.context))._book()
            record.sudo().write(  # sudo: as above
                {"state": "done", "approved_by_id": self.env.uid, "approved_on": fields.Datetime.now()}
            )
        return True

    # --- Booking ---------------------------------------------------------------------------------

    def _book(self):
        """Write the payment or the entry and settle it with the advance."""
        self.ensure_one()
        # Two approvals at the same time would both find the money there.
        lock_or_retry(self.account_id, touch=True)
        self.account_id._kdc_apply_advance()
        self._check_available()
        entry = self._pay_back() if self.kind == "back" else self._move_over()
        given = entry.line_ids.filtered(
            lambda line: line.partner_id == self.account_id.partner_id and line.debit and not line.reconciled
        )
        for line in given.filtered(lambda line: line.account_id.account_type == "asset_receivable"):
            advances = self.account_id._kdc_advance_lines()
            (line + advances.filtered(lambda row, line=line: row.account_id == line.account_id)).reconcile()
        if self.kind == "move":
            self.target_account_id._kdc_apply_advance()

    def _pay_back(self):
        self.payment_id = self.env["account.payment"].create(
            {
                "payment_type": "outbound",
                "partner_type": "customer",
                "partner_id": self.account_id.partner_id.id,
                "amount": self.amount,
                "journal_id": self.journal_id.id,
                "company_id": self.company_id.id,
                "outstanding_account_id": self.journal_id.default_account_id.id,
                "memo": self.env._(
                    "Advance paid back, %(number)s: %(receiver)s",
                    number=self.account_id.number,
                    receiver=self.receiver,
                ),
            }
        )
        # Odoo puts the account of the payment method back when it chooses the method; the money leaves desk or bank.
        self.payment_id.outstanding_account_id = self.journal_id.default_account_id
        self.payment_id.action_post()
        self.move_id = self.payment_id.move_id
        return self.move_id

    def _move_over(self):
        journal = self.env["account.journal"].search(
            [("type", "=", "general"), ("company_id", "=", self.company_id.id)], limit=1
        )
        payers = {"debit": self.account_id.partner_id, "credit": self.target_account_id.partner_id}
        label = self.env._(
            "Advance of %(old)s moved to %(new)s", old=self.account_id.number, new=self.target_account_id.number
        )
        self.move_id = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": journal.id,
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
        self.move_id.action_post()
        return self.move_id
