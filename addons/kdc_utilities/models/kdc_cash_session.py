from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.engine.clock import to_local
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import clean_context

from .kdc_cash_count import DENOMINATIONS


class KdcCashSession(models.Model):
    """A collector's cash drawer between opening and closing: everything taken in cash belongs to one.

    open → closed (counted, difference explained) → countersigned by somebody else, which books the difference: a
    shortage or surplus awaits its resolution and is no expense or income yet. Amounts are VND.
    """

    _name = "kdc.cash.session"
    _description = "Cash Session"
    _inherit = ["mail.thread"]
    _order = "date_opened desc, id desc"
    _check_company_auto = True

    # What the collector writes; everything else follows from actions.
    _OWNER_FIELDS = {"count_ids", "counted_cash", "difference_reason"}
    # What only steps write; a new drawer has none of it.
    _STEP_FIELDS = {
        "counted_cash", "difference_reason", "date_closed", "countersigned_by_id", "date_countersigned",
        "difference_move_id",
    }  # fmt: skip

    name = fields.Char(compute="_compute_name", store=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users", string="Collector", required=True, readonly=True, index=True, default=lambda self: self.env.user
    )
    journal_id = fields.Many2one(
        "account.journal",
        string="Cash desk",
        required=True,
        readonly=True,
        check_company=True,
        domain="[('type', '=', 'cash')]",
    )
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed"), ("countersigned", "Countersigned")],
        required=True,
        readonly=True,
        default="open",
        tracking=True,
    )
    date_opened = fields.Datetime("Opened", required=True, readonly=True, default=lambda self: fields.Datetime.now())
    date_closed = fields.Datetime("Closed", readonly=True)
    opening_float = fields.Monetary(
        "Float", readonly=True, help="Cash in the drawer when the session was opened, for giving change."
    )
    receipt_ids = fields.One2many("kdc.receipt", "session_id", string="Receipts", readonly=True)
    range_ids = fields.One2many("kdc.receipt.range", "session_id", string="Numbers of phones", readonly=True)
    phone_count = fields.Integer(
        "Phones with numbers", compute="_compute_phone_count", store=True,
        help="Stored, so that closing a drawer and giving numbers to a phone at the same time exclude each other.",
    )  # fmt: skip
    receipt_count = fields.Integer(compute="_compute_cash", store=True)
    cash_total = fields.Monetary(
        "Cash taken", compute="_compute_cash", store=True, help="All receipts of this session that are not cancelled."
    )
    other_total = fields.Monetary("By transfer and card", compute="_compute_cash", store=True)
    spending_ids = fields.One2many("kdc.fund.spending", "session_id", string="Spending of funds", readonly=True)
    remittance_ids = fields.One2many("kdc.remittance", "session_id", string="Remittances", readonly=True)
    reversal_ids = fields.One2many("kdc.receipt.reversal", "session_id", string="Receipts withdrawn", readonly=True)
    advance_return_ids = fields.One2many(
        "kdc.advance.return", "session_id", string="Advances paid back", readonly=True
    )
    paid_out = fields.Monetary(
        compute="_compute_cash", store=True,
        help="What was handed out of this drawer: for funds, to providers, back to payers.",
    )  # fmt: skip
    expected_cash = fields.Monetary("Expected in the drawer", compute="_compute_cash", store=True)
    count_ids = fields.One2many("kdc.cash.count", "session_id", string="Count by denomination")
    counted_by_notes = fields.Boolean(compute="_compute_counted_by_notes")
    can_count = fields.Boolean(compute="_compute_can_count")
    counted_cash = fields.Monetary(
        "Counted", compute="_compute_counted_cash", store=True, readonly=False, tracking=True,
        help="The sum of the notes; typed directly when nobody counts by denomination.",
    )  # fmt: skip
    difference = fields.Monetary(compute="_compute_difference", store=True, help="Counted less expected.")
    difference_reason = fields.Char("Reason for the difference", tracking=True)
    difference_move_id = fields.Many2one(
        "account.move", "Difference booked as", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    deposit_line_ids = fields.One2many("kdc.cash.deposit.line", "session_id", string="Deposits", readonly=True)
    deposited = fields.Monetary(compute="_compute_deposited", store=True)
    to_deposit = fields.Monetary(
        "Not deposited yet", compute="_compute_deposited", store=True,
        help="Counted by two persons, less the float that stays and what went to the bank or the treasury.",
    )  # fmt: skip
    countersigned_by_id = fields.Many2one("res.users", "Countersigned by", readonly=True, tracking=True)
    date_countersigned = fields.Datetime("Countersigned on", readonly=True)

    _one_open = models.UniqueIndex("(user_id) WHERE state = 'open'", "You already have an open cash session.")
    _float_not_negative = models.Constraint("CHECK (opening_float >= 0)", "The float cannot be negative.")
    _counted_not_negative = models.Constraint("CHECK (counted_cash >= 0)", "The counted cash cannot be negative.")
    _difference_explained = models.Constraint(
        "CHECK (state = 'open' OR difference = 0 OR difference_reason <> '')",
        "A closed session explains the difference between counted and expected cash.",
    )
    _second_person = models.Constraint(
        "CHECK (state <> 'countersigned' OR countersigned_by_id <> user_id)",
        "A cash session is countersigned by somebody else than its collector.",
    )

    @api.depends("user_id.name", "date_opened")
    def _compute_name(self):
        for session in self:
            day = to_local(session.date_opened)
            session.name = f"{session.user_id.name} – {day:%d/%m/%Y %H:%M}"

    @api.depends(
        "opening_float", "receipt_ids.amount", "receipt_ids.cash_amount", "receipt_ids.state",
        "spending_ids.amount", "spending_ids.state", "remittance_ids.amount", "remittance_ids.state",
        "reversal_ids.amount", "reversal_ids.state", "advance_return_ids.amount", "advance_return_ids.state",
    )  # fmt: skip
    def _compute_cash(self):
        for session in self:
            # What is withdrawn later was taken here all the same.
            posted = session.receipt_ids.filtered(lambda receipt: receipt.state != "cancelled")
            session.receipt_count = len(session.receipt_ids)
            session.cash_total = sum(posted.mapped("cash_amount"))
            session.other_total = sum(posted.mapped("transfer_amount")) + sum(posted.mapped("card_amount"))
            session.paid_out = sum(
                paid.amount
                for papers in (
                    session.spending_ids, session.remittance_ids, session.reversal_ids, session.advance_return_ids,
                )  # fmt: skip
                for paid in papers
                if paid.state == "posted"
            )
            session.expected_cash = session.opening_float + session.cash_total - session.paid_out

    @api.depends("range_ids.state")
    def _compute_phone_count(self):
        for session in self:
            session.phone_count = len(session.range_ids.filtered(lambda block: block.state == "active"))

    @api.depends("count_ids.pieces")
    def _compute_counted_by_notes(self):
        for session in self:
            session.counted_by_notes = any(session.count_ids.mapped("pieces"))

    @api.depends("state", "user_id")
    @api.depends_context("uid")
    def _compute_can_count(self):
        for session in self:
            session.can_count = session.state == "open" and session.user_id == self.env.user

    @api.depends("count_ids.subtotal")
    def _compute_counted_cash(self):
        for session in self:
            session.counted_cash = sum(session.count_ids.mapped("subtotal"))

    @api.depends("state", "counted_cash", "expected_cash")
    def _compute_difference(self):
        """Counted less expected; an open drawer that nobody counted yet has no difference."""
        for session in self:
            uncounted = session.state == "open" and not session.counted_cash
            session.difference = 0 if uncounted else session.counted_cash - session.expected_cash

    @api.depends(
        "state", "counted_cash", "opening_float", "deposit_line_ids.amount", "deposit_line_ids.deposit_id.state"
    )
    def _compute_deposited(self):
        for session in self:
            posted = session.deposit_line_ids.filtered(lambda line: line.deposit_id.state == "posted")
            session.deposited = sum(posted.mapped("amount"))
            ready = session.counted_cash - session.opening_float if session.state == "countersigned" else 0
            session.to_deposit = max(ready - session.deposited, 0)

    @api.constrains("journal_id")
    def _check_cash_desk(self):
        """Cash goes into a cash desk, not into the bank or the sales journal, whatever a client sends."""
        # sudo: collectors do not read the accounting set-up; only the kind of the journal is looked at.
        if any(session.journal_id.sudo().type != "cash" for session in self):
            raise ValidationError(self.env._("A cash session is opened at a cash desk. Choose a cash journal."))

    @api.constrains("counted_cash", "count_ids")
    def _check_counted_by_notes(self):
        """Once notes are counted, their sum is what is in the drawer."""
        for session in self.filtered("counted_by_notes"):
            if round(session.counted_cash - sum(session.count_ids.mapped("subtotal"))):
                raise ValidationError(
                    self.env._("The counted cash is the sum of the notes. Change the number of notes instead.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Open sessions; a person opens only their own, at a desk of their company."""
        for vals in vals_list:
            if not self.env.su:
                vals = self._owner_values(vals, {"opening_float", "journal_id", "company_id"})
            if not vals.get("journal_id"):
                company = self.env["res.company"].browse(vals.get("company_id")) or self.env.company
                vals["journal_id"] = self._cash_journal(company).id
        if not self.env.su:
            # Nobody's context or defaults close or countersign a drawer.
            steps = dict.fromkeys(self._STEP_FIELDS, False) | {"state": "open", "user_id": self.env.uid}
            vals_list = [vals | steps for vals in vals_list]
        sessions = super().create(vals_list)
        # sudo: the lines of the count are made by the system, the collector only fills them in.
        sessions.sudo().write({"count_ids": [Command.create({"denomination": value}) for value in DENOMINATIONS]})
        return sessions

    def write(self, vals):
        """Let the collector count and explain while the session is open, nothing else."""
        if not self.env.su:
            self._owner_values(vals, self._OWNER_FIELDS)
            if any(session.state != "open" for session in self):
                raise UserError(self.env._("This cash session is closed and does not change any more."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(self.env._("A cash session is never deleted. Close it, even if nothing was taken."))

    @api.model
    def _owner_values(self, vals, allowed):
        """Return ``vals`` when a person may set all of them, else refuse."""
        for name in vals.keys() - allowed:
            if self._fields[name].store and not name.startswith("message_"):
                raise AccessError(self.env._("This value of a cash session is set by the system, not by hand."))
        return vals

    @api.model
    def _cash_journal(self, company):
        """Return the cash desk that a new session uses when none is chosen."""
        journal = (
            self.env["account.journal"]
            # sudo: collectors do not read the accounting set-up, the desk of their own ward is no secret.
            .sudo()
            .search([("type", "=", "cash"), ("company_id", "=", company.id)], order="sequence, id", limit=1)
        )
        if not journal:
            raise UserError(
                self.env._("%s has no cash desk yet. Ask the accountant to create a cash journal.", company.name)
            )
        return journal

    @api.model
    def _current(self):
        """Return the current user's open session, which may be empty."""
        return self.search([("user_id", "=", self.env.uid), ("state", "=", "open")], limit=1)

    @api.model
    def _current_in_turn(self):
        """Return :meth:`_current` as it is once nobody else writes a receipt at its desk."""
        session = self._current()
        if session:
            # sudo: collectors do not read journals; only which desk it is.
            self.env["kdc.receipt.book"]._wait_for_turn(session.sudo().journal_id)
        return self._current()

    def action_close(self):
        """Close after counting; the difference needs a reason. Only the collector closes."""
        for session in self:
            if session.user_id != self.env.user:
                raise AccessError(self.env._("A cash session is closed by its collector: %s.", session.user_id.name))
            if session.state != "open":
                raise UserError(self.env._("This cash session is closed already."))
            session._check_phones()
            difference = session.counted_cash - session.expected_cash
            if difference and not (session.difference_reason or "").strip():
                raise UserError(
                    self.env._(
                        "The drawer should hold %(expected)s, you counted %(counted)s. Count again, or write the "
                        "reason for the difference of %(difference)s.",
                        expected=session.currency_id.format(session.expected_cash),
                        counted=session.currency_id.format(session.counted_cash),
                        difference=session.currency_id.format(difference),
                    )
                )
        # sudo: the state is not writable by hand; ownership was checked above.
        self.sudo().write({"state": "closed", "date_closed": fields.Datetime.now()})

    def _check_phones(self):
        """Refuse to close a drawer while a phone may hold payments that were not sent."""
        phones = self.range_ids.filtered(lambda block: block.state == "active")
        if phones:
            raise UserError(
                self.env._(
                    "The phone “%(phone)s” still holds receipt numbers (%(numbers)s). Send its payments and end the "
                    "round there first. If the phone is lost or broken, the office ends its numbers.",
                    phone=", ".join(sorted(set(phones.mapped("device_name")))),
                    numbers=", ".join(phones.mapped("name")),
                )
            )

    def action_countersign(self):
        """Confirm a closed session as a second person of the accounting office."""
        if not self.env.user.has_groups("kdc_utilities.group_accountant,kdc_utilities.group_approver"):
            raise AccessError(self.env._("Cash sessions are countersigned by an accountant."))
        for session in self:
            if session.state != "closed":
                raise UserError(self.env._("Only a closed cash session is countersigned."))
            if session.user_id == self.env.user:
                raise UserError(self.env._("Somebody else than the collector has to countersign."))
        # sudo: the state is not writable by hand; the second person was checked above.
        sessions = self.sudo()
        sessions.write(
            {
                "state": "countersigned",
                "countersigned_by_id": self.env.uid,
                "date_countersigned": fields.Datetime.now(),
            }
        )
        for session in sessions.filtered("difference"):
            session.with_context(clean_context(session.env.context))._book_difference()

    def _closing_day(self):
        """Return the day on which the drawer was counted, in Vietnam."""
        self.ensure_one()
        return to_local(self.date_closed).date()

    def _difference_account(self):
        """Return the account on which the difference awaits its resolution (sudo)."""
        self.ensure_one()
        # Desks may be older than this rule, or newer than the set-up of the ward.
        self.company_id._kdc_setup_cash_desks()
        desk = self.journal_id
        return desk.loss_account_id if self.difference < 0 else desk.profit_account_id

    def _book_difference(self):
        """Bring the desk's balance to what was counted, on the closing day; the collector answers for the rest."""
        self.ensure_one()
        label = self.env._(
            "Difference of cash session %(session)s: %(reason)s", session=self.name, reason=self.difference_reason
        )
        self.difference_move_id = self.env["account.move"].create({
            "move_type": "entry",
            "journal_id": self.journal_id.id,
            "date": self._closing_day(),
            "ref": label,
            "line_ids": [
                Command.create({
                    "name": label,
                    "partner_id": self.user_id.partner_id.id,
                    "account_id": account.id,
                    "debit": max(balance, 0),
                    "credit": max(-balance, 0),
                })
                for account, balance in (
                    (self.journal_id.default_account_id, self.difference),
                    (self._difference_account(), -self.difference),
                )
            ],
        })  # fmt: skip
        self.difference_move_id.action_post()

    def action_deposit(self):
        """Prepare the deposit of what is left of these sessions, to be completed with the slip."""
        if not self.env.user.has_group("kdc_utilities.group_accountant"):
            raise AccessError(self.env._("Deposits are made by the accountant."))
        sessions = self.filtered("to_deposit")
        if not sessions:
            raise UserError(self.env._("Choose countersigned cash sessions whose money is not deposited yet."))
        if len(sessions.journal_id) > 1:
            raise UserError(self.env._("A deposit takes money out of one desk. Choose cash sessions of one desk."))
        deposit = self.env["kdc.cash.deposit"].create({
            "company_id": sessions.company_id.id,
            "journal_id": sessions.journal_id.id,
            "line_ids": [Command.create({"session_id": session.id}) for session in sessions],
        })  # fmt: skip
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Deposit"),
            "res_model": deposit._name,
            "res_id": deposit.id,
            "views": [(False, "form")],
        }

    def action_print(self):
        """Open the count sheets of these sessions."""
        ids = ",".join(map(str, self.ids))
        return {"type": "ir.actions.act_url", "url": f"/kdc/cash-sessions/pdf?ids={ids}", "target": "new"}

    def action_view_receipts(self):
        """Open the receipts that the count on the button counts."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_receipt_action")
        return action | {"domain": [("session_id", "=", self.id)], "context": {}}
