import logging
from datetime import date, timedelta

from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt, to_date
from odoo.addons.kdc_residents.tools.attempts import undo_and_log
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..engine import instalment
from .approval_mixin import KdcTwoPersons

_lt = LazyTranslate(__name__)

_logger = logging.getLogger(__name__)

#: What the instalments follow from.
TERMS = frozenset({"account_id", "move_ids", "count", "date_first", "step"})


class KdcInstalmentPlan(models.Model):
    """A debt that is paid in dated parts (U-50): prepared by one person, agreed to by another.

    While it is kept, nobody is reminded of its bills and no late fee runs on them. Payments go to the oldest bill as
    always; what was paid of the plan's bills fills the instalments, the oldest first. One that is missed by more than
    the grace days ends the plan: the debt is an ordinary overdue one again.
    """

    _name = "kdc.instalment.plan"
    _description = "Instalment Plan"
    _inherit = ["kdc.two.persons", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "account_id"
    _check_company_auto = True
    _step_fields = KdcTwoPersons._step_fields | {"debt_ids", "instalment_ids", "ended_on"}
    _refuse_step = _lt("Plans are approved and ended by their buttons only.")
    _refuse_change = _lt("What was agreed does not change. Break the plan and prepare a new one.")
    _refuse_delete = _lt("What was agreed is not deleted.")

    account_id = fields.Many2one(
        "kdc.customer.account", "Customer", required=True, ondelete="restrict", index=True, check_company=True
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    area_id = fields.Many2one("kdc.area", compute="_compute_area_id", store=True, index=True, ondelete="restrict")
    currency_id = fields.Many2one(related="company_id.currency_id")
    move_ids = fields.Many2many(
        "account.move",
        string="Bills",
        compute="_compute_move_ids",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('kdc_account_id', '=', account_id), ('state', '=', 'posted'), ('amount_residual', '>', 0)]",
    )
    count = fields.Integer("Instalments", required=True, default=3)
    date_first = fields.Date("First one by", required=True, default=lambda self: self._default_date_first())
    step = fields.Selection(
        [("week", "Every week"), ("two_weeks", "Every two weeks"), ("month", "Every month")],
        "How often",
        required=True,
        default="month",
    )
    grace_days = fields.Integer("Days of grace", default=5, help="An instalment later than this ends the plan.")
    reason = fields.Char(required=True, help="Why, and on whose request or by which paper.")
    debt_ids = fields.One2many("kdc.instalment.debt", "plan_id", string="Debts", readonly=True, copy=False)
    instalment_ids = fields.One2many("kdc.instalment", "plan_id", string="Parts", readonly=True, copy=False)
    total = fields.Monetary("Debt", compute="_compute_total", store=True)
    paid = fields.Monetary("Paid of it", compute="_compute_paid")
    still_open = fields.Monetary("Still open", compute="_compute_paid")
    next_date = fields.Date("Next instalment", compute="_compute_paid")
    next_amount = fields.Monetary("Next amount", compute="_compute_paid")
    state = fields.Selection(
        [
            ("draft", "To approve"),
            ("running", "Running"),
            ("kept", "Kept"),
            ("broken", "Broken"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        default="draft",
        tracking=True,
        index=True,
        copy=False,
    )
    ended_on = fields.Date(readonly=True, copy=False)

    _approver_is_another = models.Constraint(
        "CHECK (approved_by_id IS NULL OR approved_by_id != requested_by_id)",
        "Whoever prepared a plan cannot approve it.",
    )
    _running_by_somebody = models.Constraint(
        "CHECK (state NOT IN ('running', 'kept', 'broken') OR approved_by_id IS NOT NULL)",
        "A plan runs with the approval of a person.",
    )
    _ended = models.Constraint(
        "CHECK ((state IN ('kept', 'broken')) = (ended_on IS NOT NULL))", "A plan that ended says when."
    )
    _terms = models.Constraint(
        "CHECK (count BETWEEN 2 AND 36 AND grace_days BETWEEN 0 AND 60)",
        "A plan has 2 to 36 instalments, and at most 60 days of grace.",
    )
    _one_waiting = models.UniqueIndex(
        "(account_id) WHERE state = 'draft'", "A plan of this customer already waits for an approval."
    )

    @api.model
    def _default_date_first(self):
        return fields.Date.add(today_here(self), days=15)

    @api.depends("account_id")
    def _compute_area_id(self):
        """Not a related field: when areas are merged later, what is done keeps the area it was done in."""
        for plan in self:
            plan.area_id = plan.account_id.area_id

    @api.depends("account_id")
    def _compute_move_ids(self):
        """Propose everything that is open and due."""
        today = today_here(self)
        for plan in self:
            bills = plan.account_id._kdc_own_open_bills() if plan.account_id else self.env["account.move"]
            plan.move_ids = bills.filtered(lambda bill: bill.invoice_date_due <= today).ids or bills.ids

    @api.depends("debt_ids.amount")
    def _compute_total(self):
        for plan in self:
            plan.total = sum(plan.debt_ids.mapped("amount"))

    @api.depends("debt_ids.move_id.amount_residual", "debt_ids.move_id.state", "instalment_ids.amount")
    def _compute_paid(self):
        for plan in self:
            plan.paid = plan._paid_amount()
            plan.still_open = plan.total - plan.paid
            due = next((part for part in plan._filled() if part.open), None)
            plan.next_date = due and due.instalment.due
            plan.next_amount = due.open if due else 0

    def _paid_amount(self):
        """Return VND paid of the bills since they were put under the plan; of a cancelled bill nothing is owed."""
        self.ensure_one()
        # sudo: collectors and residents see the plan; of its bills only what is left of each is used
        debts = self.debt_ids.sudo()
        left = {bill: bill.amount_residual if bill.state == "posted" else 0 for bill in debts.move_id}
        return sum(max(round(debt.amount - left[debt.move_id]), 0) for debt in debts)

    def _filled(self):
        """Return the instalments as ``engine.instalment.Filled``, in order."""
        self.ensure_one()
        parts = [instalment.Instalment(part.date_due, round(part.amount)) for part in self.instalment_ids]
        return instalment.fill(parts, self._paid_amount())

    # --- Preparing -------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self.flush_model(["state"])  # a plan that just ended no longer waits for an approval
        plans = super().create(vals_list)
        plans._divide()
        return plans

    def write(self, vals):
        result = super().write(vals)
        if TERMS & vals.keys():
            self._divide()
        return result

    def action_divide(self):
        """Divide what is open now."""
        self.check_access("write")
        self._prepared_anew({"instalment_ids"})
        self._divide()
        return True

    def _divide(self):
        """Write down what is open of each bill, and divide the sum.

        :raise UserError: nothing is open, or it is too little for so many instalments
        """
        # sudo: the parts are written by this step only; the caller had the right to write the plan.
        for plan in self.sudo():
            bills = plan.move_ids.filtered(
                lambda bill, plan=plan: (
                    bill.kdc_account_id == plan.account_id and bill.state == "posted" and bill.amount_residual > 0
                )
            )
            if not bills:
                raise UserError(self.env._("Choose bills of this customer that are open."))
            total = round(sum(bills.mapped("amount_residual")))
            try:
                parts = instalment.divide(total, plan.count, plan.date_first, plan.step)
            except ValueError:
                raise UserError(
                    self.env._("%s is too little for so many instalments. Choose fewer.", fmt.vnd(total))
                ) from None
            plan.write(
                {
                    "debt_ids": [
                        Command.clear(),
                        *(
                            Command.create({"move_id": bill.id, "amount": bill.amount_residual, "live": False})
                            for bill in bills
                        ),
                    ],
                    "instalment_ids": [
                        Command.clear(),
                        *(
                            Command.create({"number": number, "date_due": part.due, "amount": part.amount})
                            for number, part in enumerate(parts, 1)
                        ),
                    ],
                }
            )

    # --- Steps -----------------------------------------------------------------------------------

    def action_approve(self):
        """Agree to what another person prepared; from now on it holds reminders and late fees back."""
        if not self.env.user.has_group("kdc_utilities.group_approver"):
            raise AccessError(self.env._("You are not allowed to approve instalments."))
        self.check_access("read")
        today = today_here(self)
        for plan in self:
            if plan.state != "draft":
                raise UserError(self.env._("Only plans to approve can be approved."))
            if plan.requested_by_id == self.env.user:
                raise UserError(self.env._("You prepared this plan, so another person has to approve it."))
            # sudo: the approver decides but may not change what was prepared.
            plan = plan.sudo()
            if plan.date_first < today:
                raise UserError(self.env._("The first instalment lies in the past. Choose a later day."))
            if any(debt.amount != debt.move_id.amount_residual for debt in plan.debt_ids):
                raise UserError(
                    self.env._("Something was paid or cancelled since. Divide the debt anew, then approve it.")
                )
            plan.debt_ids.live = True
            plan.write({"state": "running", "approved_by_id": self.env.uid, "approved_on": fields.Datetime.now()})
            plan._tell(
                self.env._("Instalments agreed: %s", fmt.vnd(plan.total)),
                self.env._(
                    "First instalment: %(amount)s by %(day)s.",
                    amount=fmt.vnd(plan.next_amount), day=fmt.date(plan.next_date),
                ),
            )  # fmt: skip
        return True

    def action_withdraw(self):
        """Take back what nobody approved yet."""
        return self._withdraw()

    def action_break(self):
        """End a running plan by hand: the customer does not want it any more."""
        self.check_access("write")
        if any(plan.state != "running" for plan in self):
            raise UserError(self.env._("Only a running plan can be ended."))
        self.sudo()._end("broken")  # sudo: as above
        return True

    def _end(self, state):
        self.debt_ids.live = False
        today = today_here(self)
        self.write({"state": state, "ended_on": today})

    @api.model
    def _cron_check(self):
        """End plans that are paid, and those of which an instalment was missed; one that fails stops no other."""
        today = today_here(self)
        # sudo: the daily look at all wards
        for plan in self.sudo().search([("state", "=", "running")]):
            with undo_and_log(self.env.cr, _logger, "Instalment plan %s could not be checked", plan.id):
                plan._check_kept(today)

    def _end_paid(self):
        """End those of these running plans of which nothing is open any more."""
        for plan in self:
            if plan.state == "running" and not plan.still_open:
                plan._end("kept")

    def _resume(self, day):
        """Let the plans that were paid on ``day`` run on: the payment was undone on the same day.

        One day later the debt is an ordinary one, as of a bill whose receipt is cancelled long after.
        """
        for plan in self.filtered(lambda plan: plan.state == "kept" and plan.ended_on == day and plan.still_open):
            if not any(debt.live for debt in plan.debt_ids.move_id.kdc_instalment_debt_ids):
                plan.debt_ids.live = True
                plan.write({"state": "running", "ended_on": False})

    def _check_kept(self, day):
        """End the plan if it is paid or was broken by ``day``; tell the accountant and the customer."""
        self.ensure_one()
        self._end_paid()
        if self.state != "running":
            return
        missed = instalment.missed(self._filled(), day, self.grace_days)
        if not missed:
            return
        self._end("broken")
        words = {"amount": fmt.vnd(missed.open), "day": fmt.date(missed.instalment.due)}
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=self.requested_by_id.id,
            summary=self.env._("Instalment missed: %(amount)s by %(day)s", **words),
        )
        self._tell(
            self.env._("The instalment plan has ended"),
            self.env._(
                "%(amount)s due on %(day)s was not paid. What is open is due at once; please talk to the accountant.",
                **words,
            ),
        )

    def _tell(self, title, body):
        """Tell the people who see the bills of this account."""
        readers = self.account_id._kdc_readers_of(self.debt_ids.move_id)
        if readers:
            self.env["kdc.notification"]._notify(readers, title, body, "/my/bills")


class KdcInstalment(models.Model):
    """A dated part of a debt."""

    _name = "kdc.instalment"
    _description = "Instalment"
    _order = "plan_id, number"
    _rec_name = "date_due"

    plan_id = fields.Many2one("kdc.instalment.plan", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    area_id = fields.Many2one(related="plan_id.area_id", store=True, index=True)
    account_id = fields.Many2one(related="plan_id.account_id", string="Customer")
    currency_id = fields.Many2one(related="company_id.currency_id")
    number = fields.Integer("No.", required=True, readonly=True, aggregator=False)
    date_due = fields.Date("To be paid by", required=True, readonly=True)
    amount = fields.Monetary(required=True, readonly=True)
    paid = fields.Monetary(compute="_compute_paid")
    status = fields.Selection(
        [("paid", "Paid"), ("part", "Partly paid"), ("late", "Missed"), ("due", "To be paid")],
        compute="_compute_paid",
    )

    _number_uniq = models.Constraint("UNIQUE (plan_id, number)", "Instalments of a plan are numbered once.")
    _amount_positive = models.Constraint("CHECK (amount > 0)", "An instalment is greater than zero.")

    @api.depends("plan_id.paid")
    def _compute_paid(self):
        today = today_here(self)
        for plan, parts in self.grouped("plan_id").items():
            filled = {part.instalment.due: part for part in plan._filled()}
            for part in parts:
                part.paid = filled[part.date_due].paid
                if part.paid >= part.amount:
                    part.status = "paid"
                elif part.date_due < today:
                    part.status = "late"
                else:
                    part.status = "part" if part.paid else "due"


class KdcInstalmentDebt(models.Model):
    """What of a bill was put under a plan. While the plan runs the bill belongs to no other one."""

    _name = "kdc.instalment.debt"
    _description = "Debt Under an Instalment Plan"
    _order = "plan_id, id"
    _rec_name = "move_id"

    plan_id = fields.Many2one("kdc.instalment.plan", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    area_id = fields.Many2one(related="plan_id.area_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    move_id = fields.Many2one("account.move", "Bill", required=True, readonly=True, index=True, ondelete="restrict")
    amount = fields.Monetary("Open then", required=True, readonly=True)
    live = fields.Boolean(readonly=True, help="The plan runs.")

    _one_plan = models.UniqueIndex("(move_id) WHERE live", "A bill is under an instalment plan already.")
    _amount_positive = models.Constraint("CHECK (amount > 0)", "A debt is greater than zero.")


class KdcCustomerAccount(models.Model):
    _inherit = "kdc.customer.account"

    instalment_plan_ids = fields.One2many("kdc.instalment.plan", "account_id", string="Instalment plans", readonly=True)

    def action_instalments(self):
        """Open the running plan of the customer, or prepare one."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_instalment_plan_action")
        plan = self.instalment_plan_ids.filtered(lambda plan: plan.state in ("draft", "running"))[:1]
        return action | {
            "res_id": plan.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {"default_account_id": self.id},
        }


class KdcDunningRun(models.Model):
    _inherit = "kdc.dunning.run"

    def _debt_domain(self, day, accounts=None):
        """Nobody is reminded of what is paid by instalments, as long as they are paid."""
        return super()._debt_domain(day, accounts) & Domain(
            "move_id.kdc_instalment_debt_ids", "not any", [("live", "=", True)]
        )


class AccountMove(models.Model):
    _inherit = "account.move"

    kdc_bill_status = fields.Selection(selection_add=[("plan", "By instalments"), ("paid",)])
    kdc_instalment_debt_ids = fields.One2many(
        "kdc.instalment.debt", "move_id", string="Instalments", readonly=True,
        groups="kdc_utilities.group_collector,kdc_utilities.group_accountant,kdc_utilities.group_approver,"
        "kdc_residents.group_auditor",
    )  # fmt: skip

    @api.depends("kdc_instalment_debt_ids.live")
    def _compute_kdc_bill_status(self):
        return super()._compute_kdc_bill_status()

    def _kdc_bill_state(self):
        """What is paid by instalments, as long as they are paid, is not overdue."""
        state = super()._kdc_bill_state()
        return "plan" if state in ("late", "part", "due") and self._kdc_instalment_plan() else state

    def _kdc_instalment_plan(self):
        """Return the running plan of this bill (sudo), maybe none."""
        self.ensure_one()
        # sudo: residents and collectors read the bill; of its plan, dates and amounts are shown.
        return self.sudo().kdc_instalment_debt_ids.filtered("live").plan_id

    def _invoice_paid_hook(self):
        """A plan of which the last bill is paid is done at once, not when the nightly job looks."""
        result = super()._invoice_paid_hook()
        for bill in self.filtered("kdc_account_id"):
            bill._kdc_instalment_plan()._end_paid()
        return result

    def _kdc_plan_days(self):
        """Return {bill: [(first, last day)]} on which the bill was under a plan that was kept until then.

        A plan that was kept protects no longer than it ran: a receipt may be cancelled later, and the bill owed again.
        """
        debts = (
            self.env["kdc.instalment.debt"]
            .sudo()  # sudo: whoever computes penalties need not read plans
            .search([("move_id", "in", self.ids), ("plan_id.state", "in", ("running", "kept", "broken"))])
        )
        days = {}
        for debt in debts:
            plan = debt.plan_id
            last = plan.ended_on - timedelta(days=1) if plan.ended_on else date.max
            first = to_date(plan.approved_on)
            if first <= last:
                days.setdefault(self.browse(debt.move_id.id), []).append((first, last))
        return days

    def _kdc_frozen_days(self):
        """No late fee runs on days on which instalments were kept."""
        frozen = super()._kdc_frozen_days()
        for bill, days in self._kdc_plan_days().items():
            frozen.setdefault(bill, []).extend(days)
        return frozen


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    def unlink(self):
        """When the payment that ended a plan is undone on the same day, what was agreed goes on."""
        # sudo: whoever undoes a payment need not write plans
        plans = self.debit_move_id.move_id.sudo().kdc_instalment_debt_ids.plan_id
        result = super().unlink()
        plans._resume(today_here(self))
        return result
