from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.actions import dialogue
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import clean_context
from odoo.tools.translate import LazyTranslate

from .approval_mixin import KdcTwoPersons

_lt = LazyTranslate(__name__)


class KdcPaidOut(models.AbstractModel):
    """Money that leaves desk or bank for whom it was kept: a fund's purpose, a provider.

    Prepared by one person, approved by another, who thereby books it; cancelled with a reason by somebody else than
    the approver. Cash leaves a drawer that is open, so that it fits in the evening. Models say which liabilities are
    paid, and have the database constraints.
    """

    _name = "kdc.paid.out"
    _description = "Money Paid Out"
    _inherit = ["kdc.two.persons", "mail.thread"]
    _step_fields = KdcTwoPersons._step_fields | {"move_id", "cancel_reason", "cancelled_by_id"}
    _refuse_step = _lt("What is paid out is approved and cancelled by its buttons only.")
    _refuse_change = _lt("What was approved does not change. Cancel it with a reason instead.")
    _refuse_delete = _lt("What was approved is not deleted. Cancel it with a reason.")

    company_id = fields.Many2one("res.company", index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True, index=True, tracking=True, copy=False, default=today_here)
    amount = fields.Monetary(required=True, tracking=True)
    journal_id = fields.Many2one(
        "account.journal", string="Paid from", required=True, check_company=True, ondelete="restrict",
        domain="[('type', 'in', ('bank', 'cash')), ('company_id', '=', company_id)]",
    )  # fmt: skip
    journal_type = fields.Selection(related="journal_id.type")
    session_id = fields.Many2one(
        "kdc.cash.session", string="Out of the drawer", check_company=True, ondelete="restrict", index="btree_not_null",
        domain="[('state', '=', 'open'), ('journal_id', '=', journal_id)]", copy=False,
        help="The open cash session that hands out the cash.",
    )  # fmt: skip
    state = fields.Selection(
        [("draft", "To approve"), ("posted", "Paid out"), ("cancelled", "Cancelled")],
        required=True, default="draft", tracking=True, index=True, copy=False,
    )  # fmt: skip
    move_id = fields.Many2one(
        "account.move", string="Booked as", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    cancel_reason = fields.Char("Reason for cancelling", readonly=True, copy=False, tracking=True)
    cancelled_by_id = fields.Many2one("res.users", "Cancelled by", readonly=True, copy=False)

    @api.constrains("journal_id")
    def _check_journal(self):
        for row in self:
            # sudo: approvers have no right on journals; only the kind is looked at
            if row.sudo().journal_id.type not in ("cash", "bank"):
                raise ValidationError(
                    self.env._("Money is paid out of a desk or a bank account of the ward. Choose its journal.")
                )

    # -- what models say ---------------------------------------------------------------------------

    def _liabilities(self):
        """Return {account: VND} of what is paid; together the amount (sudo)."""
        raise NotImplementedError

    def _entry_label(self):
        """Return the text of the entry."""
        raise NotImplementedError

    def _check_payable(self):
        """Refuse what is incomplete or more than is there (sudo, after locking)."""
        if self.date > today_here(self):
            raise UserError(self.env._("The date of a payment is not in the future."))
        if self.journal_id.type == "cash":
            self._check_drawer()
        else:
            self.session_id = False  # chosen before the bank was; its cash stays where it is

    def _lock(self):
        """Lock what two approvals at the same time would both find the money in (sudo)."""
        self._hold(self.session_id)

    @api.model
    def _hold(self, rows):
        """Lock rows and write them: PostgreSQL then refuses (Odoo tries again) whoever read the sums before us."""
        lock_or_retry(rows, allow_referencing=True, touch=True)

    def _check_cancel(self):
        """Refuse to cancel what others rely on."""

    # -- steps -------------------------------------------------------------------------------------

    def action_approve(self):
        """Book what somebody else prepared: the money has left."""
        if not self.env.user.has_group("kdc_utilities.group_approver"):
            raise AccessError(self.env._("You are not allowed to approve this."))
        self.check_access("read")
        for row in self:
            row._check_second_person()
            # sudo: the approver decides but has no right on entries; what was prepared is booked.
            row = row.sudo().with_context(clean_context(self.env.context))
            row._lock()
            row._check_payable()
            entry = row._book_entry()
            row.write({
                "state": "posted", "move_id": entry.id, "approved_by_id": self.env.uid,
                "approved_on": fields.Datetime.now(),
            })  # fmt: skip
        return True

    def _check_drawer(self):
        session = self.session_id
        if session.state != "open" or session.journal_id != self.journal_id:
            raise UserError(
                self.env._("Cash is paid out of an open cash session of desk %s. Choose one.", self.journal_id.name)
            )
        if self.date != today_here(self):
            raise UserError(self.env._("Cash is booked on the day it leaves the drawer. Set the date to today."))
        if self.amount > session.expected_cash:
            raise UserError(
                self.env._(
                    "Cash session %(session)s holds %(held)s, less than the %(amount)s to pay out.",
                    session=session.name,
                    held=fmt.vnd(session.expected_cash),
                    amount=fmt.vnd(self.amount),
                )
            )

    def _book_entry(self):
        """Return the posted entry: less is owed to whom it was kept for, less is in the desk or the bank."""
        label = self._entry_label()
        lines = [
            {"account_id": account.id, "debit": amount} for account, amount in self._liabilities().items() if amount
        ]
        lines.append({"account_id": self.journal_id.default_account_id.id, "credit": self.amount})
        entry = self.env["account.move"].create({
            "move_type": "entry",
            "journal_id": self.journal_id.id,
            "date": self.date,
            "ref": label,
            "line_ids": [Command.create({"name": label, **line}) for line in lines],
        })  # fmt: skip
        entry.action_post()
        return entry

    def action_cancel(self):
        """Ask for the reason."""
        self.ensure_one()
        return dialogue("kdc.books.undo", self.env._("Cancel"), res_model=self._name, res_id=self.id)

    def _undo(self, reason):
        """Cancel as the current user: what was paid is owed again, the record stays."""
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Write why it is cancelled."))
        if not self.env.user.has_groups("kdc_utilities.group_accountant,kdc_utilities.group_approver"):
            raise AccessError(self.env._("Payments are cancelled by an accountant or an approver."))
        self.check_access("read")
        for row in self:
            if row.state != "posted":
                raise UserError(self.env._("Only what was paid is cancelled."))
            if row.approved_by_id == self.env.user:
                raise UserError(self.env._("You approved this yourself: somebody else has to cancel it."))
            if row.session_id and row.session_id.state != "open":
                raise UserError(
                    self.env._("The drawer it was paid from is closed and counted. Book what comes back as income.")
                )
            row._check_cancel()
            # sudo: the steps are written by the steps only; role and second person were checked above.
            entry = row.sudo().move_id
            # sudo: as above
            row.sudo().write({"state": "cancelled", "cancel_reason": reason, "cancelled_by_id": self.env.uid})
            entry.button_cancel()
