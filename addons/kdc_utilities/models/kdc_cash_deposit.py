import base64
import binascii

from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.controllers.light import clean_photo
from odoo.addons.kdc_residents.tools.actions import dialogue
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import clean_context, format_date

SLIP_MAX_BYTES = 10 * 1024 * 1024


class KdcCashDeposit(models.Model):
    """Money of countersigned cash sessions that goes from a desk to the bank or the treasury, with its slip.

    draft → posted (booked from the desk to money in transit) → cancelled, with a reason and by somebody else. Once the
    bank's statement shows it (``transfer_id``) it is no longer in transit and stays. Amounts are VND.
    """

    _name = "kdc.cash.deposit"
    _description = "Deposit of Cash"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"
    _rec_name = "slip_number"
    _check_company_auto = True

    # What the accountant prepares; everything else follows from actions.
    _PREPARED_FIELDS = {"company_id", "journal_id", "kind", "date", "slip_number", "slip", "slip_name", "line_ids"}

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    journal_id = fields.Many2one(
        "account.journal",
        string="Cash desk",
        required=True,
        check_company=True,
        ondelete="restrict",
        domain="[('type', '=', 'cash')]",
    )
    kind = fields.Selection([("bank", "Bank"), ("treasury", "Treasury")], "Taken to", required=True, default="bank")
    date = fields.Date(required=True, default=today_here)
    slip_number = fields.Char("Number of the slip", copy=False, tracking=True)
    slip = fields.Binary(attachment=True, copy=False, help="Photo (JPG, PNG) or PDF, up to 10 MB.")
    slip_name = fields.Char(copy=False)
    line_ids = fields.One2many("kdc.cash.deposit.line", "deposit_id", string="Cash sessions")
    amount = fields.Monetary(compute="_compute_amount", store=True)
    state = fields.Selection(
        [("draft", "To deposit"), ("posted", "Deposited"), ("cancelled", "Cancelled")],
        required=True,
        readonly=True,
        default="draft",
        tracking=True,
        index=True,
        copy=False,
    )
    move_id = fields.Many2one(
        "account.move", "Booked as", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    posted_by_id = fields.Many2one("res.users", "Deposited by", readonly=True, copy=False)
    transfer_id = fields.Many2one(
        "kdc.transfer", "Shown by the bank", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    arrived = fields.Boolean(
        compute="_compute_arrived", search="_search_arrived",
        help="The statement of the bank shows it, or a bookkeeper has settled it by hand.",
    )  # fmt: skip
    arrived_on = fields.Date("Arrived on", related="transfer_id.date")
    cancel_reason = fields.Char("Reason for cancelling", readonly=True, copy=False, tracking=True)
    cancelled_by_id = fields.Many2one("res.users", "Cancelled by", readonly=True, copy=False)

    _posted_is_complete = models.Constraint(
        "CHECK (state = 'draft' OR (slip_number <> '' AND move_id IS NOT NULL AND posted_by_id IS NOT NULL))",
        "A deposit is booked with the number of its slip.",
    )
    _cancelled_by_second_person = models.Constraint(
        "CHECK (state <> 'cancelled' OR (cancel_reason <> '' AND cancelled_by_id <> posted_by_id))",
        "A deposit is cancelled with a reason and by somebody else than who made it.",
    )

    _arrives_once = models.UniqueIndex(
        "(transfer_id) WHERE transfer_id IS NOT NULL", "This movement of the bank already stands for another deposit."
    )

    @api.depends("line_ids.amount")
    def _compute_amount(self):
        for deposit in self:
            deposit.amount = sum(deposit.line_ids.mapped("amount"))

    @api.depends("transfer_id", "move_id")
    def _compute_arrived(self):
        # sudo: collectors do not read entries; only whether their money arrived is told.
        for deposit in self.sudo():
            sent = deposit.move_id.line_ids.filtered("debit")
            deposit.arrived = bool(deposit.transfer_id) or any(sent.mapped("reconciled"))

    @api.model
    def _search_arrived(self, operator, value):
        if operator != "in":
            return NotImplemented
        settled = Domain("debit", ">", 0) & Domain("reconciled", "=", True)
        # "any!": as in _compute_arrived; the caller's own rules say which deposits are seen
        by_hand = Domain("move_id", "any!", Domain("line_ids", "any!", settled))
        return Domain("transfer_id", "!=", False) | by_hand

    @api.depends("date", "slip_number")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for deposit in self:
            name = self.env._("Deposit of %s", format_date(self.env, deposit.date) if deposit.date else "")
            deposit.display_name = f"{name} – {deposit.slip_number}" if deposit.slip_number else name

    @api.constrains("journal_id")
    def _check_cash_desk(self):
        if any(deposit.journal_id.type != "cash" for deposit in self):
            raise ValidationError(self.env._("Cash is taken out of a cash desk. Choose a cash journal."))

    @api.model_create_multi
    def create(self, vals_list):
        """Prepare deposits; the steps are no values."""
        vals_list = [self._prepared_values(vals) for vals in vals_list]
        if not self.env.su:
            # Nor do anybody's context or defaults decide them.
            steps = dict.fromkeys(("move_id", "posted_by_id", "transfer_id", "cancel_reason", "cancelled_by_id"), False)
            vals_list = [vals | steps | {"state": "draft"} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        """Change what is prepared; what was deposited stays."""
        vals = self._prepared_values(vals)
        content = {name for name in vals if not name.startswith(("message_", "activity_"))}
        if not self.env.su and content and any(deposit.state != "draft" for deposit in self):
            raise UserError(self.env._("This deposit is booked and does not change any more. Cancel it instead."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        if any(deposit.state != "draft" for deposit in self):
            raise UserError(self.env._("A deposit that was booked is never deleted. Cancel it with a reason."))

    @api.model
    def _prepared_values(self, vals):
        """Return values that a person may write, with a slip that is a photo or a PDF."""
        if not self.env.su:
            for name in vals.keys() - self._PREPARED_FIELDS:
                if name in self._fields and self._fields[name].store and not name.startswith(("message_", "activity_")):
                    raise AccessError(self.env._("This value of a deposit is set by the system, not by hand."))
        if vals.get("slip"):
            vals = vals | {"slip": self._clean_slip(vals["slip"])}
        return vals

    @api.model
    def _clean_slip(self, encoded):
        """Return a slip as PDF or as a photo encoded anew, judged by its content and not by its name.

        :param encoded: base64
        """
        too_large = self.env._("The slip is larger than 10 MB. Choose a smaller file.")
        if len(encoded) > SLIP_MAX_BYTES * 4 // 3 + 4:
            raise UserError(too_large)
        try:
            data = base64.b64decode(encoded, validate=True)
            return encoded if data.startswith(b"%PDF-") else base64.b64encode(clean_photo(data))
        except (ValueError, binascii.Error):
            raise UserError(self.env._("The slip cannot be read. Choose a JPG or PNG photo or a PDF.")) from None

    # -- steps -------------------------------------------------------------------------------------

    def action_post(self):
        """Book the money out of the desk, with the slip that bank or treasury gave."""
        if not self.env.user.has_group("kdc_utilities.group_accountant"):
            raise AccessError(self.env._("Deposits are made by the accountant."))
        self.check_access("write")
        for deposit in self:
            deposit._check_complete()
            # sudo: the state is written by this step only; role and content were checked above.
            deposit = deposit.sudo().with_context(clean_context(self.env.context))
            # Two deposits at the same time would both find the money there.
            lock_or_retry(deposit.line_ids.session_id, touch=True)
            deposit._check_available()
            entry = deposit._book()
            deposit.write({"state": "posted", "move_id": entry.id, "posted_by_id": self.env.uid})

    def _check_complete(self):
        """Refuse what is no deposit yet."""
        self.ensure_one()
        if self.state != "draft":
            raise UserError(self.env._("This deposit is booked already."))
        if not self.line_ids:
            raise UserError(self.env._("Choose the cash sessions whose money is deposited."))
        if not (self.slip_number or "").strip():
            raise UserError(self.env._("Write the number of the slip that the bank or the treasury gave."))
        if self.date > today_here(self):
            raise UserError(self.env._("The date of a deposit is not in the future."))

    def _check_available(self):
        """Refuse money that was not counted by two persons, went away already, or that the desk does not hold."""
        self.ensure_one()
        for line in self.line_ids:
            session = line.session_id
            if session.state != "countersigned" or session.journal_id != self.journal_id:
                raise UserError(
                    self.env._(
                        "Cash session %(session)s is not countersigned yet or is of another desk than %(desk)s.",
                        session=session.name,
                        desk=self.journal_id.name,
                    )
                )
            line._check_amount()
            if self.date < session._closing_day():
                raise UserError(self.env._("Cash session %s was counted after the day of the deposit.", session.name))
        held = self._held()
        if self.amount > held:
            raise UserError(
                self.env._(
                    "By the books, desk %(desk)s holds %(held)s, less than the %(amount)s to deposit. Look for entries "
                    "that took money out of the desk.",
                    desk=self.journal_id.name,
                    held=self.currency_id.format(held),
                    amount=self.currency_id.format(self.amount),
                )
            )

    def _held(self):
        """Return the balance of the desk in the books, VND. Floats are a part of it."""
        [[balance]] = self.env["account.move.line"]._read_group(
            [
                ("account_id", "=", self.journal_id.default_account_id.id),
                ("company_id", "=", self.company_id.id),
                ("parent_state", "=", "posted"),
            ],
            [],
            ["balance:sum"],
        )
        return round(balance or 0)

    def _book(self):
        """Return the posted entry: money in transit to the bank or the treasury, out of the desk."""
        transit = self.company_id.transfer_account_id
        if not transit:
            raise UserError(
                self.env._(
                    "%s has no account for money in transit (113). Choose the inter-banks transfer account in the "
                    "accounting settings.",
                    self.company_id.name,
                )
            )
        label = self.env._("Deposit of cash, slip %s", self.slip_number)
        entry = self.env["account.move"].create({
            "move_type": "entry",
            "journal_id": self.journal_id.id,
            "date": self.date,
            "ref": label,
            "line_ids": [
                Command.create({"name": label, "account_id": account.id, side: self.amount})
                for account, side in ((transit, "debit"), (self.journal_id.default_account_id, "credit"))
            ],
        })  # fmt: skip
        entry.action_post()
        return entry

    def action_cancel(self):
        """Ask for the reason."""
        self.ensure_one()
        return dialogue("kdc.cash.deposit.cancel", self.env._("Cancel a deposit"), deposit_id=self.id)

    def _cancel(self, reason):
        """Cancel as the current user: the money is in the desk again, slip and number stay."""
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Write why the deposit is cancelled."))
        if not self.env.user.has_groups("kdc_utilities.group_accountant,kdc_utilities.group_approver"):
            raise AccessError(self.env._("Deposits are cancelled by an accountant or an approver."))
        self.check_access("read")
        for deposit in self:
            if deposit.state != "posted":
                raise UserError(self.env._("Only a booked deposit is cancelled."))
            if deposit.posted_by_id == self.env.user:
                raise UserError(self.env._("You made this deposit yourself: somebody else has to cancel it."))
            # sudo: the approver has no right on entries; role and second person were checked above.
            entry = deposit.sudo().move_id
            if deposit.transfer_id or entry.line_ids.matched_debit_ids or entry.line_ids.matched_credit_ids:
                raise UserError(self.env._("The bank's statement confirms this deposit; it cannot be cancelled."))
            # sudo: as above
            deposit.sudo().write({"state": "cancelled", "cancel_reason": reason, "cancelled_by_id": self.env.uid})
            entry.button_cancel()


class KdcCashDepositLine(models.Model):
    """What a cash session contributes to a deposit: at most what is left of what was counted, less the float."""

    _name = "kdc.cash.deposit.line"
    _description = "Cash Session of a Deposit"
    _order = "deposit_id, session_id"
    _rec_name = "session_id"
    _check_company_auto = True

    deposit_id = fields.Many2one("kdc.cash.deposit", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="deposit_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    session_id = fields.Many2one(
        "kdc.cash.session", required=True, index=True, ondelete="restrict", check_company=True,
        domain="[('state', '=', 'countersigned'), ('to_deposit', '>', 0), ('company_id', '=', company_id)]",
    )  # fmt: skip
    to_deposit = fields.Monetary("Not deposited yet", related="session_id.to_deposit")
    amount = fields.Monetary(
        compute="_compute_amount", store=True, readonly=False, required=True, precompute=True,
        help="Proposed by the session; less may be deposited, never more.",
    )  # fmt: skip

    _session_uniq = models.Constraint("UNIQUE (deposit_id, session_id)", "A cash session is in a deposit once.")
    _amount_positive = models.Constraint("CHECK (amount > 0)", "The amount to deposit is greater than zero.")

    @api.depends("session_id")
    def _compute_amount(self):
        for line in self:
            line.amount = line.session_id.to_deposit

    @api.constrains("amount", "session_id")
    def _check_amount(self):
        for line in self:
            # Once booked it is a part of what the session has deposited.
            left = line.session_id.to_deposit + (line.amount if line.deposit_id.state == "posted" else 0)
            if line.amount > left:
                raise ValidationError(
                    self.env._(
                        "Of cash session %(session)s %(left)s are left to deposit, not %(amount)s.",
                        session=line.session_id.name,
                        left=line.currency_id.format(left),
                        amount=line.currency_id.format(line.amount),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_draft()
        return lines

    def write(self, vals):
        self._check_draft()
        result = super().write(vals)
        self._check_draft()  # lines do not move to a deposit that is booked, either
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_booked(self):
        self._check_draft()

    def _check_draft(self):
        if any(deposit.state != "draft" for deposit in self.deposit_id):
            raise UserError(self.env._("This deposit is booked and does not change any more. Cancel it instead."))
