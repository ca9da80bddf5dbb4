from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError


class KdcCashSession(models.Model):
    """A collector's cash drawer between opening and closing: everything taken in cash belongs to one.

    open → closed (counted, difference explained) → countersigned by somebody else. Amounts are VND.
    """

    _name = "kdc.cash.session"
    _description = "Cash Session"
    _inherit = ["mail.thread"]
    _order = "date_opened desc, id desc"
    _check_company_auto = True

    # What the collector writes; everything else follows from actions.
    _OWNER_FIELDS = {"counted_cash", "difference_reason"}

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
    receipt_count = fields.Integer(compute="_compute_cash", store=True)
    cash_total = fields.Monetary(
        "Cash taken", compute="_compute_cash", store=True, help="All receipts of this session that are not cancelled."
    )
    expected_cash = fields.Monetary("Expected in the drawer", compute="_compute_cash", store=True)
    counted_cash = fields.Monetary("Counted", tracking=True)
    difference = fields.Monetary(compute="_compute_difference", store=True, help="Counted less expected.")
    difference_reason = fields.Char("Reason for the difference", tracking=True)
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
            day = fields.Datetime.context_timestamp(session.with_context(tz="Asia/Ho_Chi_Minh"), session.date_opened)
            session.name = f"{session.user_id.name} – {day:%d/%m/%Y %H:%M}"

    @api.depends("opening_float", "receipt_ids.amount", "receipt_ids.state")
    def _compute_cash(self):
        for session in self:
            posted = session.receipt_ids.filtered(lambda receipt: receipt.state == "posted")
            session.receipt_count = len(session.receipt_ids)
            session.cash_total = sum(posted.mapped("amount"))
            session.expected_cash = session.opening_float + session.cash_total

    @api.depends("state", "counted_cash", "expected_cash")
    def _compute_difference(self):
        """Counted less expected; an open drawer that nobody counted yet has no difference."""
        for session in self:
            uncounted = session.state == "open" and not session.counted_cash
            session.difference = 0 if uncounted else session.counted_cash - session.expected_cash

    @api.constrains("journal_id")
    def _check_cash_desk(self):
        """Cash goes into a cash desk, not into the bank or the sales journal, whatever a client sends."""
        # sudo: collectors do not read the accounting set-up; only the kind of the journal is looked at.
        if any(session.journal_id.sudo().type != "cash" for session in self):
            raise ValidationError(self.env._("A cash session is opened at a cash desk. Choose a cash journal."))

    @api.model_create_multi
    def create(self, vals_list):
        """Open sessions; a person opens only their own, at a desk of their company."""
        for vals in vals_list:
            if not self.env.su:
                vals = self._owner_values(vals, {"opening_float", "journal_id", "company_id"})
            if not vals.get("journal_id"):
                company = self.env["res.company"].browse(vals.get("company_id")) or self.env.company
                vals["journal_id"] = self._cash_journal(company).id
        return super().create(vals_list)

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
        """Return the cash desk that a new session uses when none is chosen.

        sudo: collectors do not read the accounting set-up, the desk of their own ward is no secret.
        """
        journal = (
            self.env["account.journal"]
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

    def action_close(self):
        """Close after counting; the difference needs a reason. Only the collector closes."""
        for session in self:
            if session.user_id != self.env.user:
                raise UserError(self.env._("A cash session is closed by its collector: %s.", session.user_id.name))
            if session.state != "open":
                raise UserError(self.env._("This cash session is closed already."))
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
        self.sudo().write(
            {
                "state": "countersigned",
                "countersigned_by_id": self.env.uid,
                "date_countersigned": fields.Datetime.now(),
            }
        )

    def action_view_receipts(self):
        """Open the receipts that the count on the button counts."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_receipt_action")
        return action | {"domain": [("session_id", "=", self.id)], "context": {}}
