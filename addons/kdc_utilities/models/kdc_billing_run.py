import logging
from collections import Counter, defaultdict

from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, split_every

_logger = logging.getLogger(__name__)

#: Most bills made in one transaction of the background work. While it lasts, some ten seconds, nobody else gets a
#: number of the journal; each transaction begins with a few bills that Odoo posts itself, so small ones take longer.
BATCH = 5000
#: What follows from the steps of a run; set by hand it would say that somebody approved who did not.
STEP_FIELDS = frozenset(
    {"state", "computed_by_id", "computed_on", "approved_by_id", "approved_on", "issue_started_on", "issued_on"}
    | {"computing_since", "compute_order", "compute_total", "compute_done"}
)


#: Lines a person looks at before approving; that a meter was not read is a list of its own.
TO_CHECK = [("severity", "in", ("blocking", "warning"))]
#: Most accounts that are named in one sentence.
NAMED = 10


def job_size(count):
    """Return of how many bills a job makes when so many are to be issued: a bar that stands still is none."""
    return min(BATCH, max(BATCH // 5, count // 2))


class KdcBillingRun(models.Model):
    """The bills of one month: computed as a dry run, approved by somebody else, issued in the background.

    draft → computed → approved → issued → closed. A computed run has one line per customer account
    and journal with the engine's explanation; issuing turns exactly these lines into posted bills,
    so what was approved is what is issued. Doing any step twice creates nothing twice.
    """

    _name = "kdc.billing.run"
    _description = "Billing Run"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "period desc, id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    period = fields.Date(
        required=True,
        default=lambda self: fields.Date.start_of(today_here(self), "month"),
        help="Any day of the month to bill.",
    )
    # Also archived ones: left out when they are read, the run of one area would become that of the whole ward.
    area_ids = fields.Many2many(
        "kdc.area", string="Areas", context={"active_test": False}, help="Empty: the whole ward."
    )
    service_ids = fields.Many2many(
        "kdc.service", string="Services", check_company=True, context={"active_test": False},
        help="Empty: all services.",
    )  # fmt: skip
    account_id = fields.Many2one(
        "kdc.customer.account",
        string="Only this customer",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
        help="The final bill of a customer who leaves; everybody else is billed by the run of the month.",
    )
    invoice_date = fields.Date(
        "Bill date", compute="_compute_invoice_date", store=True, readonly=False, precompute=True, required=True
    )
    date_due = fields.Date(
        "Due date", compute="_compute_date_due", store=True, readonly=False, precompute=True, required=True
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("computed", "Computed"),
            ("approved", "Approved"),
            ("issued", "Issued"),
            ("closed", "Closed"),
        ],
        required=True,
        default="draft",
        tracking=True,
        copy=False,
        index=True,
    )
    user_id = fields.Many2one(
        "res.users", string="Responsible", required=True, default=lambda self: self.env.user, tracking=True
    )
    computed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    computed_on = fields.Datetime(readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False, tracking=True)
    approved_on = fields.Datetime(readonly=True, copy=False)
    issue_started_on = fields.Datetime("Issuing since", readonly=True, copy=False)
    issued_on = fields.Datetime(readonly=True, copy=False)
    line_ids = fields.One2many("kdc.billing.run.line", "run_id", string="Preview")
    exception_line_ids = fields.One2many(
        "kdc.billing.run.line", "run_id", string="To check", domain=TO_CHECK
    )
    unread_line_ids = fields.One2many(
        "kdc.billing.run.line", "run_id", string="No reading", domain=[("severity", "=", "unread")]
    )
    changed_line_ids = fields.One2many(
        "kdc.billing.run.line",
        "run_id",
        string="Biggest changes",
        domain=[("previous_total", "!=", 0), ("change", "!=", 0), ("state", "!=", "blocked")],
    )
    failed_line_ids = fields.One2many(
        "kdc.billing.run.line", "run_id", string="Not issued", domain=[("state", "=", "failed")]
    )
    move_ids = fields.One2many("account.move", "kdc_run_id", string="Bills")

    line_count = fields.Integer("Accounts", compute="_compute_totals")
    ready_count = fields.Integer("To issue", compute="_compute_totals")
    exception_count = fields.Integer("Need a look", compute="_compute_totals")
    blocked_count = fields.Integer("Cannot be billed", compute="_compute_totals")
    issued_count = fields.Integer("Issued bills", compute="_compute_totals")
    failed_count = fields.Integer("Failed", compute="_compute_totals")
    unread_count = fields.Integer("Without this month's reading", compute="_compute_unread_count")
    amount_untaxed = fields.Monetary("Net", compute="_compute_totals")
    amount_tax = fields.Monetary("VAT", compute="_compute_totals")
    amount_total = fields.Monetary("Total", compute="_compute_totals")
    previous_total = fields.Monetary(
        "Month before", compute="_compute_totals", help="Of the accounts that are billed now."
    )
    change_percent = fields.Float("Change (%)", compute="_compute_totals", digits=(16, 1))
    already_billed_count = fields.Integer(
        "Billed before", readonly=True, copy=False, help="Accounts of this selection that already had their bill."
    )
    left_out = fields.Text("Without a bill of this run", compute="_compute_left_out")
    progress = fields.Float(compute="_compute_totals")
    not_begun = fields.Boolean("Month to come", compute="_compute_not_begun")
    can_approve = fields.Boolean(compute="_compute_can_approve", search="_search_can_approve")

    _period_first_day = models.Constraint(
        "CHECK (EXTRACT(day FROM period) = 1)", "A billing period starts on the first day of its month."
    )
    _approver_is_another = models.Constraint(
        "CHECK (approved_by_id IS NULL OR (approved_by_id != user_id AND approved_by_id != computed_by_id))",
        "Whoever prepared the billing run cannot approve it.",
    )
    _approved_before_issue = models.Constraint(
        "CHECK (state IN ('draft', 'computed') OR approved_by_id IS NOT NULL)",
        "A billing run is issued only after another person approved it.",
    )

    # --- Computes --------------------------------------------------------------------------------

    @api.depends("period", "area_ids", "service_ids", "account_id")
    def _compute_name(self):
        for run in self:
            parts = [run.period.strftime("%m/%Y")] if run.period else []
            parts += run.account_id.mapped("display_name")
            parts += run.area_ids.mapped("name") + run.service_ids.mapped("name")
            run.name = " – ".join(parts)

    @api.depends("period")
    def _compute_not_begun(self):
        """Tell runs of a month to come: some fees are billed ahead, but mostly the month was mistyped."""
        today = today_here(self)
        for run in self:
            run.not_begun = bool(run.period) and run.period > today

    @api.depends("period")
    def _compute_invoice_date(self):
        today = today_here(self)
        for run in self:
            run.invoice_date = run.invoice_date or today

    @api.depends("invoice_date", "company_id.kdc_bill_due_days")
    def _compute_date_due(self):
        for run in self:
            run.date_due = fields.Date.add(run.invoice_date, days=run.company_id.kdc_bill_due_days)

    @api.depends("line_ids.state", "line_ids.severity", "line_ids.amount_total")
    def _compute_totals(self):
        groups = self.env["kdc.billing.run.line"]._read_group(
            [("run_id", "in", self.ids)],
            ["run_id", "state", "severity"],
            ["__count", "amount_untaxed:sum", "amount_tax:sum", "amount_total:sum", "previous_total:sum"],
        )
        stats = defaultdict(lambda: defaultdict(float))
        for run, state, severity, count, untaxed, tax, total, previous in groups:
            values = stats[run.id]
            values["lines"] += count
            values[state] += count
            values["exceptions"] += count if severity in ("blocking", "warning") else 0
            # What failed belongs to the sums again when it is tried again.
            if state not in ("blocked", "excluded", "failed"):
                values["untaxed"] += untaxed
                values["tax"] += tax
                values["total"] += total
                # Like with like: last month's bill of who gets none now would look like a fall.
                values["previous"] += previous
        for run in self:
            values = stats[run.id]
            run.line_count = values["lines"]
            run.ready_count = values["ready"]
            run.exception_count = values["exceptions"]
            run.blocked_count = values["blocked"]
            run.issued_count = values["issued"]
            run.failed_count = values["failed"]
            run.amount_untaxed = values["untaxed"]
            run.amount_tax = values["tax"]
            run.amount_total = values["total"]
            run.previous_total = values["previous"]
            run.change_percent = 100 * (values["total"] / values["previous"] - 1) if values["previous"] else 0
            to_do = values["ready"] + values["issued"] + values["failed"]
            run.progress = 100 * (values["issued"] + values["failed"]) / to_do if to_do else 0

    @api.depends("line_ids.state", "line_ids.issues")
    def _compute_unread_count(self):
        """Count the bills that leave what a meter measures to the next month: easily approved by who did not see it."""
        self.env["kdc.billing.run.line"].flush_model(["run_id", "state", "issues"])
        query = SQL(
            """
            SELECT run_id, count(*)
              FROM kdc_billing_run_line
             WHERE run_id = ANY(%s) AND state = 'ready' AND issues @> '[{"code": "reading_follows"}]'
             GROUP BY run_id
            """,
            self.ids,
        )
        counts = dict(self.env.execute_query(query)) if self.ids else {}
        for run in self:
            run.unread_count = counts.get(run._origin.id, 0)

    @api.depends("line_ids.state")
    def _compute_left_out(self):
        """Name who gets no bill by this run: after closing nobody looks for them any more."""
        lines = self.env["kdc.billing.run.line"]
        for run in self:
            domain = [("run_id", "=", run._origin.id), ("state", "in", ("blocked", "excluded", "failed"))]
            count = lines.search_count(domain)
            names = lines.search(domain, limit=NAMED, order="sort_key, id").account_id.mapped("display_name")
            run.left_out = ", ".join(names)
            if count > NAMED:
                run.left_out += " " + self.env._("… and %s more.", count - NAMED)

    @api.depends("state", "user_id", "computed_by_id")
    @api.depends_context("uid")
    def _compute_can_approve(self):
        approver = self.env.user.has_group("kdc_utilities.group_approver")
        for run in self:
            run.can_approve = (
                approver and run.state == "computed" and self.env.user not in run.user_id | run.computed_by_id
            )

    # --- CRUD ------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # A form sends the first state and empty values along.
            self._check_steps({name for name, value in vals.items() if value and (name, value) != ("state", "draft")})
            if vals.get("period"):
                vals["period"] = fields.Date.start_of(fields.Date.to_date(vals["period"]), "month")
        if not self.env.su:
            # Nobody's context or defaults decide a step.
            first = dict.fromkeys(STEP_FIELDS, False) | {"state": "draft", "compute_total": 0, "compute_done": 0}
            vals_list = [vals | first for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        self._check_steps(vals.keys())
        if {"invoice_date", "date_due"} & vals.keys() and any(run.state not in ("draft", "computed") for run in self):
            raise UserError(self.env._("Set the billing run back to draft before you change its dates."))
        if vals.get("period"):
            vals = vals | {"period": fields.Date.start_of(fields.Date.to_date(vals["period"]), "month")}
        if {"period", "area_ids", "service_ids", "company_id", "account_id"} & vals.keys() and any(
            run.state != "draft" or run.computing_since for run in self
        ):
            raise UserError(self.env._("Set the billing run back to draft before you change what it bills."))
        return super().write(vals)

    def _check_steps(self, names):
        """Nobody sets the state or an approval by hand, or one person could approve and issue the own run.

        :param names: names of fields about to be written
        :raises AccessError: one of them belongs to a step
        """
        if not self.env.su and STEP_FIELDS & set(names):
            raise AccessError(self.env._("The state and the approval of a billing run change through its steps only."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_issued(self):
        if any(run.issue_started_on or run.move_ids for run in self):
            raise UserError(self.env._("A billing run with issued bills cannot be deleted."))

    # --- Approval --------------------------------------------------------------------------------

    def action_approve(self):
        for run in self:
            if not self.env.user.has_group("kdc_utilities.group_approver"):
                raise AccessError(self.env._("You are not allowed to approve billing runs."))
            if run.state != "computed":
                raise UserError(self.env._("Only a computed billing run can be approved."))
            if self.env.user in run.user_id | run.computed_by_id:
                raise UserError(self.env._("You prepared this billing run, so another person has to approve it."))
            run._set_changed_apart()
            # sudo: the approver decides but has no right to change the run itself
            run.sudo().write(
                {"state": "approved", "approved_by_id": self.env.uid, "approved_on": fields.Datetime.now()}
            )
        return True

    def action_draft(self):
        """Take a run back that was not issued yet; its approval is void."""
        self.check_access("write")
        for run in self:
            if run.issue_started_on:
                raise UserError(self.env._("This billing run has begun to issue bills and cannot go back."))
        runs = self.sudo()  # sudo: steps are written by the steps only; the right on the run was checked above
        runs.write({"state": "draft", "approved_by_id": False, "approved_on": False})
        runs.line_ids.unlink()
        return True

    # --- Issuing ---------------------------------------------------------------------------------

    def action_issue(self):
        """Queue the issuing of every ready line; may be pressed again after an interruption."""
        self.check_access("write")
        for run in self:
            if run.state != "approved":
                raise UserError(self.env._("Only an approved billing run can be issued."))
            if not run.issue_started_on:
                run._set_changed_apart()
                # sudo: as for every step, see _check_steps; the right on the run was checked above.
                run.sudo().issue_started_on = fields.Datetime.now()
            # Not line_ids: of a hundred thousand previews only the ids are wanted here.
            pending = run.line_ids.search([("run_id", "=", run.id), ("state", "=", "ready")], order="sort_key, id")
            for lines in split_every(job_size(len(pending)), pending.ids, pending.browse):
                run.with_delay(
                    channel="root.kdc_billing",
                    description=run.name,
                    identity_key=f"{run._issue_key()}-{lines[0].id}",
                )._job_issue(lines.ids)
            if not pending:
                run._finish_if_done()
        return True

    def action_retry_failed(self):
        """Try the failed accounts again, after their reason was mended."""
        self.check_access("write")
        for run in self.sudo():  # sudo: as for every step; the right on the run was checked above
            run.failed_line_ids.write({"state": "ready", "failure": False})
            if run.state == "issued":
                run.state = "approved"
        return self.action_issue()

    def _job_issue(self, line_ids):
        """Background job: issue one batch in one transaction."""
        # sudo: the run was approved and its previews are closed to writing; what they say becomes the bills.
        lines = self.env["kdc.billing.run.line"].sudo().browse(line_ids).exists()
        lines._issue()
        self._finish_if_done(lines)
        return self.env._("%s bills issued", len(lines.filtered(lambda line: line.state == "issued")))

    def _bill_vals(self):
        """Values that all the bills of a run have in common."""
        self.ensure_one()
        return {
            "move_type": "out_invoice",
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "invoice_date": self.invoice_date,
            "invoice_date_due": self.date_due,
            "invoice_payment_term_id": False,
            "fiscal_position_id": False,
            "invoice_user_id": self.user_id.id,
            "kdc_run_id": self.id,
            "kdc_period": self.period,
        }

    def _finish_if_done(self, lines=None):
        """Close the issuing when no line is left; failed accounts become an activity for the responsible.

        Batches may be issued side by side. Each sees the lines of the others as they were when it began, so they come
        here one after the other, and whoever is last looks again in a transaction of its own.

        :param lines: the lines that this transaction has just issued
        """
        self.ensure_one()
        self.env.flush_all()
        # Not FOR UPDATE: the bills of the others refer to the run.
        self.env.execute_query(SQL("SELECT id FROM kdc_billing_run WHERE id = %s FOR NO KEY UPDATE", self.id))
        self.env.invalidate_all()
        states = self._count_other_lines(lines or self.line_ids.browse())
        states.update(line.state for line in lines or ())
        if self.state != "approved" or states["ready"]:
            return
        # sudo: as for every step, see _check_steps
        self.sudo().write({"state": "issued", "issued_on": fields.Datetime.now()})
        self._go_on_after_issue()
        if states["failed"]:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=self.user_id.id,
                summary=self.env._("%s bills could not be issued", states["failed"]),
            )
        self.message_post(
            body=self.env._(
                "%(issued)s bills issued, %(failed)s failed, %(blocked)s left out.",
                issued=states["issued"],
                failed=states["failed"],
                blocked=states["blocked"],
            )
        )

    def _count_other_lines(self, lines):
        """Return how many lines of the run besides these are in each state, as it is committed now."""
        with self.env.registry.cursor() as cr:
            groups = lines.with_env(self.env(cr=cr, su=True))._read_group(  # sudo: counts only, of the own run
                [("run_id", "=", self.id), ("id", "not in", lines.ids)], ["state"], ["__count"]
            )
        return Counter(dict(groups))

    def action_close(self):
        self.check_access("write")
        for run in self:
            if run.state != "issued":
                raise UserError(self.env._("Only an issued billing run can be closed."))
        # sudo: as for every step; the right on the run was checked above
        self.sudo().state = "closed"
        return True

    # --- Lists behind the counts -----------------------------------------------------------------

    def _action_lines(self, name, domain):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_billing_run_line_action")
        domain = [("run_id", "=", self.id), *domain]
        return action | {"name": name, "display_name": name, "domain": domain, "context": {}}

    def action_view_lines(self):
        return self._action_lines(self.env._("Accounts"), [])

    def action_view_exceptions(self):
        name = self.env._("To check")
        return self._action_lines(name, TO_CHECK)

    def action_view_bills(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.account_move_bill_action")
        return action | {"domain": [("kdc_run_id", "=", self.id)], "context": {}}
