from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.addons.kdc_residents.tools.step_mark import StepMark
from odoo.exceptions import AccessError, UserError
from odoo.tools import clean_context
from odoo.tools.translate import LazyTranslate

from ..engine.share import share
from .approval_mixin import KdcTwoPersons

_lt = LazyTranslate(__name__)

#: The steps of a write-off.
write_off_step = StepMark("kdc_write_off_step")
#: What the entries follow from.
TERMS = frozenset({"account_id", "move_ids"})


class KdcWriteOff(models.Model):
    """Debts that a decision gives up (U-51): prepared with number, date, reason and paper, approved by another person.

    What is given up is the whole open part of a bill. What was to be collected for a provider or a fund lowers what is
    owed to them; only the ward's own money becomes an expense. The bill is neither paid nor owed: it is written off,
    and no report of collections counts it. When the person pays after all, the write-off is revived: the entries are
    reversed and the bill is owed again.
    """

    _name = "kdc.write.off"
    _description = "Write-off of Debts"
    _inherit = ["kdc.two.persons", "mail.thread"]
    _order = "id desc"
    _rec_name = "decision"
    _check_company_auto = True
    _step_fields = KdcTwoPersons._step_fields | {
        "line_ids", "date", "move_id", "revival_move_id", "revived_by_id", "revived_on",
    }  # fmt: skip
    _refuse_step = _lt("Write-offs are approved and revived by their buttons only.")
    _refuse_change = _lt("What was decided does not change. Revive it if the person pays.")
    _refuse_delete = _lt("What was decided is not deleted.")

    account_id = fields.Many2one(
        "kdc.customer.account", "Customer", required=True, ondelete="restrict", index=True, check_company=True
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    area_id = fields.Many2one("kdc.area", compute="_compute_area_id", store=True, index=True, ondelete="restrict")
    currency_id = fields.Many2one(related="company_id.currency_id")
    decision = fields.Char(required=True, help="Number of the decision.")
    decision_date = fields.Date("Date of the decision", required=True)
    reason = fields.Text(required=True)
    paper = fields.Binary(attachment=True, help="The decision as signed.")
    paper_name = fields.Char()
    move_ids = fields.Many2many(
        "account.move",
        string="Bills",
        required=True,
        domain="[('kdc_account_id', '=', account_id), ('state', '=', 'posted'), ('amount_residual', '>', 0)]",
    )
    line_ids = fields.One2many("kdc.write.off.line", "write_off_id", string="Debts", readonly=True, copy=False)
    amount = fields.Monetary(compute="_compute_amount", store=True)
    state = fields.Selection(
        [
            ("draft", "To approve"),
            ("done", "Written off"),
            ("revived", "Revived"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        default="draft",
        tracking=True,
        index=True,
        copy=False,
    )
    date = fields.Date("Booked on", readonly=True, copy=False, index=True)
    move_id = fields.Many2one("account.move", "Booked as", readonly=True, copy=False, ondelete="restrict")
    revive_reason = fields.Char("Revived because", copy=False, tracking=True)
    revival_move_id = fields.Many2one("account.move", "Reversed by", readonly=True, copy=False, ondelete="restrict")
    revived_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    revived_on = fields.Date("Revived on", readonly=True, copy=False)

    _approver_is_another = models.Constraint(
        "CHECK (approved_by_id IS NULL OR approved_by_id != requested_by_id)",
        "Whoever prepared a write-off cannot approve it.",
    )
    _booked = models.Constraint(
        "CHECK (state NOT IN ('done', 'revived') OR (approved_by_id IS NOT NULL AND move_id IS NOT NULL "
        "AND date IS NOT NULL))",
        "A write-off is approved by a person and booked.",
    )
    _revived = models.Constraint(
        "CHECK ((state = 'revived') = (revival_move_id IS NOT NULL) AND (state != 'revived' OR revive_reason != ''))",
        "A revived write-off has its reason and its entry.",
    )

    @api.depends("account_id")
    def _compute_area_id(self):
        """Not a related field: when areas are merged later, what is done keeps the area it was done in."""
        for write_off in self:
            write_off.area_id = write_off.account_id.area_id

    @api.depends("line_ids.amount")
    def _compute_amount(self):
        for write_off in self:
            write_off.amount = sum(write_off.line_ids.mapped("amount"))

    # --- Preparing -------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        write_offs = super().create(vals_list)
        write_offs._list_debts()
        return write_offs

    def write(self, vals):
        result = super().write(vals)
        if TERMS & vals.keys():
            self._list_debts()
        return result

    @api.model
    def _decided_content(self, names):
        return super()._decided_content(names) - {"revive_reason"}

    def action_list_debts(self):
        """List what is open of the bills now."""
        self.check_access("write")
        self._prepared_anew({"line_ids"})
        self._list_debts()
        return True

    def _list_debts(self):
        """Write down what is open of each bill, by the account its write-off goes to.

        :raise UserError: a bill is not open, not this customer's, or under an instalment plan
        """
        # sudo: the lines are written by this step only; the caller had the right to write the record.
        for record in self.sudo():
            wrong = record.move_ids.filtered(
                lambda bill, record=record: (
                    bill.kdc_account_id != record.account_id or bill.state != "posted" or bill.amount_residual <= 0
                )
            )
            if wrong or not record.move_ids:
                raise UserError(record.env._("Choose bills of this customer that are open."))
            if record.move_ids.kdc_instalment_debt_ids.filtered("live"):
                raise UserError(record.env._("These bills are paid by instalments. End the plan first."))
            record.move_ids._kdc_check_not_set_right()
            record.line_ids = [Command.clear(), *map(Command.create, record._debt_vals())]

    def _debt_vals(self):
        """Return the values of the lines: what is open of each bill."""
        company = self.company_id
        services = self.env["kdc.service"].with_context(active_test=False).search([("company_id", "=", company.id)])
        ranks, by_code = company._kdc_service_ranks(), services.grouped("code")
        return [vals for bill in self.move_ids for vals in self._bill_vals(bill, ranks, by_code)]

    def _bill_vals(self, bill, ranks, by_code):
        """Return the values of the lines of a bill: what is open of each service, by ledger account, to the đồng."""
        sections = bill._kdc_bill().sections if bill.kdc_explanation else ()
        explained = {section.service: section for section in sections}
        found = []
        for charge in bill._kdc_charges(ranks):
            code = charge.key["section"]
            service = by_code.get(code, self.env["kdc.service"])
            weights = self._ledger_weights(bill, service, explained.get(code))
            parts = share(Decimal(charge.open), [Decimal(weight) for weight in weights.values()], places=0)
            found += [
                {"move_id": bill.id, "service_id": service.id, "ledger_account_id": account.id, "amount": int(part)}
                for account, part in zip(weights, parts, strict=True)
                if part
            ]
        return found

    def _ledger_weights(self, bill, service, section):
        """Return {ledger account: VND}: where what was billed of a service went, income as the expense account."""
        weights = defaultdict(int)
        if service and section:
            for charge in section.charges:
                account = service._income_account(service._charge_product(charge.code))
                weights[account] += max(charge.total, 0)
        else:
            for line in bill.invoice_line_ids:
                weights[line.account_id] += max(round(line.price_total), 0)
        expense = self.company_id._kdc_write_off_account()
        result = defaultdict(int)
        for account, amount in weights.items():
            if amount:
                result[account if account.internal_group == "liability" else expense] += amount
        return result or {expense: 1}

    # --- Steps -----------------------------------------------------------------------------------

    def action_approve(self):
        """Book what another person prepared."""
        if not self.env.user.has_group("kdc_utilities.group_approver"):
            raise AccessError(self.env._("You are not allowed to approve write-offs."))
        self.check_access("read")
        for record in self:
            record._check_second_person()
            # sudo: the approver decides but has no right on entries; amounts are what was prepared.
            record.sudo().with_context(clean_context(self.env.context))._book(self.env.uid)
        return True

    def action_withdraw(self):
        """Take back what nobody approved yet."""
        return self._withdraw()

    def action_revive(self):
        """Make the debt owed again, for the reason written on the form."""
        self.check_access("write")
        for record in self:
            if record.state != "done":
                raise UserError(self.env._("Only what is written off can be revived."))
            if not (record.revive_reason or "").strip():
                raise UserError(self.env._("Write why the debt is owed again, then revive it."))
            # sudo: accountants of fees may not write entries of other journals; the right was checked above.
            record.sudo().with_context(clean_context(self.env.context))._revive(self.env.uid)
        return True

    # --- Booking ---------------------------------------------------------------------------------

    def _book(self, approver_id):
        """Post the entry and settle the bills with it.

        :raise UserError: the paper is missing, or something was paid since
        """
        self.ensure_one()
        lock_or_retry(self.account_id)
        if not self.paper:
            raise UserError(self.env._("Attach the signed decision first."))
        open_amounts = {bill: round(bill.amount_residual) for bill in self.move_ids}
        listed = {bill: round(sum(lines.mapped("amount"))) for bill, lines in self.line_ids.grouped("move_id").items()}
        if open_amounts != listed:
            raise UserError(self.env._("Something was paid or cancelled since. List the debts anew, then approve it."))
        if self.move_ids.kdc_instalment_debt_ids.filtered("live"):
            raise UserError(self.env._("These bills are paid by instalments. End the plan first."))
        self.move_ids._kdc_check_not_set_right()
        with write_off_step():
            entry = self.env["account.move"].create(self._entry_vals())
            entry.action_post()
            credits = entry.line_ids.filtered("credit").sorted("id")
            for bill, credit in zip(self.line_ids.move_id, credits, strict=True):
                (self._owed_items(bill) + credit).reconcile()
        self.write(
            {
                "state": "done", "approved_by_id": approver_id, "approved_on": fields.Datetime.now(),
                "date": entry.date, "move_id": entry.id,
            }
        )  # fmt: skip

    @api.model
    def _owed_items(self, bill):
        return bill.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
        )

    def _entry_vals(self):
        """Return the entry: liabilities and expense debited, the customer's account credited once per bill."""
        env = self.with_context(lang="vi_VN").env
        label = env._("Debts written off by decision %s", self.decision)
        payers = self.line_ids.move_id.partner_id  # the debt is of whom the bill names, today's payer or not
        payer = payers if len(payers) == 1 else self.account_id.partner_id
        journal = self.env["account.journal"].search(
            [("type", "=", "general"), ("company_id", "=", self.company_id.id)], limit=1
        )
        items = [
            {"name": f"{label} – {service.name or ''}".rstrip(" –"), "account_id": account.id,
             "partner_id": payer.id, "debit": sum(lines.mapped("amount"))}
            for (account, service), lines in self.line_ids.grouped(
                lambda line: (line.ledger_account_id, line.service_id)).items()
        ]  # fmt: skip
        items += [
            {
                "name": f"{label} – {bill.kdc_reference or bill.name}",
                "account_id": self._owed_items(bill).account_id[:1].id,
                "partner_id": bill.partner_id.id,
                "credit": sum(lines.mapped("amount")),
            }
            for bill, lines in self.line_ids.grouped("move_id").items()
        ]
        return {
            "move_type": "entry",
            "journal_id": journal.id,
            "date": today_here(self),
            "ref": label,
            "line_ids": [Command.create(item) for item in items],
        }

    def _revive(self, user_id):
        """Reverse the entry; the bills are owed again."""
        self.ensure_one()
        lock_or_retry(self.account_id)
        label = self.with_context(lang="vi_VN").env._("Written-off debts owed again: %s", self.decision)
        today = today_here(self)
        with write_off_step():
            credits = self.move_id.line_ids.filtered("credit")
            credits.remove_move_reconcile()
            reversal = self.move_id._reverse_moves([{"date": today, "ref": label}])
            reversal.action_post()
            # Posting matches most of it with what it reverses.
            left = (credits + reversal.line_ids.filtered("debit")).filtered(
                lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
            )
            for items in left.grouped("account_id").values():
                items.reconcile()
        self.write({"state": "revived", "revival_move_id": reversal.id, "revived_by_id": user_id, "revived_on": today})


class KdcWriteOffLine(models.Model):
    """What of a bill is given up: the open part of a service, by the ledger account it goes to."""

    _name = "kdc.write.off.line"
    _description = "Debt Written Off"
    _order = "write_off_id desc, move_id, id"
    _rec_name = "move_id"

    write_off_id = fields.Many2one("kdc.write.off", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="write_off_id.company_id", store=True, index=True)
    account_id = fields.Many2one(related="write_off_id.account_id", string="Customer", store=True, index=True)
    area_id = fields.Many2one(related="write_off_id.area_id", store=True, index=True)
    state = fields.Selection(related="write_off_id.state", store=True, index=True)
    date = fields.Date(related="write_off_id.date", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    move_id = fields.Many2one("account.move", "Bill", required=True, readonly=True, index=True, ondelete="restrict")
    period_name = fields.Char("Month", compute="_compute_period_name")
    service_id = fields.Many2one("kdc.service", readonly=True, ondelete="restrict")
    ledger_account_id = fields.Many2one(
        "account.account", "Booked to", required=True, readonly=True, ondelete="restrict",
        help="A liability where the money was to be collected for somebody else, an expense where it was the ward's.",
    )  # fmt: skip
    amount = fields.Monetary(required=True, readonly=True)

    _amount_positive = models.Constraint("CHECK (amount > 0)", "What is given up is greater than zero.")

    def _compute_period_name(self):
        for line in self:
            line.period_name = line.move_id.kdc_period_name


class KdcCustomerAccount(models.Model):
    _inherit = "kdc.customer.account"

    written_off = fields.Monetary(
        "Written off", compute="_compute_written_off", help="Given up by decision; revive it when the person pays."
    )

    def _compute_written_off(self):
        groups = (
            self.env["kdc.write.off.line"]
            .sudo()  # sudo: collectors see how much, not the decisions
            ._read_group([("account_id", "in", self.ids), ("state", "=", "done")], ["account_id"], ["amount:sum"])
        )
        amounts = {account.id: amount for account, amount in groups}
        for account in self:
            account.written_off = amounts.get(account.id, 0)

    def action_write_off(self):
        """Prepare a write-off for this customer, or show those there are."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_write_off_action")
        return action | {
            "domain": [("account_id", "=", self.id)],
            "context": {"default_account_id": self.id},
        }


class ResCompany(models.Model):
    _inherit = "res.company"

    kdc_write_off_account_id = fields.Many2one(
        "account.account",
        "Debts given up",
        check_company=True,
        domain="[('account_type', 'in', ('expense', 'expense_direct_cost'))]",
        help="Expense account for the ward's own money that is written off by decision.",
    )

    def _kdc_write_off_account(self):
        """Return the expense account of write-offs: the chosen one, else 6426 (provisions for bad debts) of the chart.

        :raise UserError: there is none
        """
        self.ensure_one()
        account = self.kdc_write_off_account_id or self.env["account.account"].with_company(self).search(
            [("company_ids", "in", self.ids), ("code", "=like", "6426%"), ("account_type", "=", "expense")], limit=1
        )
        if not account:
            raise UserError(self.env._("Choose the account for debts given up in the settings of %s first.", self.name))
        return account


class AccountMove(models.Model):
    _inherit = "account.move"

    kdc_write_off_line_ids = fields.One2many(
        "kdc.write.off.line", "move_id", string="Written off", readonly=True,
        groups="kdc_utilities.group_accountant,kdc_utilities.group_approver,kdc_residents.group_auditor",
    )  # fmt: skip

    def _kdc_written_off(self):
        """Return {bill: VND given up by decisions that stand}, for reports that must not count it as collected."""
        groups = (
            self.env["kdc.write.off.line"]
            # sudo: whoever reads a bill learns that it is written off, not by which decision
            .sudo()
            ._read_group([("move_id", "in", self.ids), ("state", "=", "done")], ["move_id"], ["amount:sum"])
        )
        return {self.browse(move.id): round(amount) for move, amount in groups}

    def _kdc_given_up_days(self):
        """Return {bill: [(first, last day)]} of a decision: all days while it stands, else those on which it stood."""
        records = (
            self.env["kdc.write.off"]
            .sudo()  # sudo: whoever computes penalties need not read decisions
            .search([("line_ids.move_id", "in", self.ids), ("state", "in", ("done", "revived"))])
        )
        days = defaultdict(list)
        for record in records:
            stands = record.state == "done"
            first, last = (date.min, date.max) if stands else (record.date, record.revived_on - timedelta(days=1))
            if first <= last:
                for bill in self & record.line_ids.move_id:
                    days[bill].append((first, last))
        return days

    def _kdc_frozen_days(self):
        """No late fee runs on what was given up."""
        frozen = super()._kdc_frozen_days()
        for bill, days in self._kdc_given_up_days().items():
            frozen.setdefault(bill, []).extend(days)
        return frozen

    def _kdc_bill_state(self):
        """A bill that nobody paid is not paid."""
        state = super()._kdc_bill_state()
        return "written_off" if state == "paid" and self._kdc_written_off() else state

    def _kdc_received(self):
        """What was given up was not received."""
        # sudo: as above
        decisions = self.env["kdc.write.off"].sudo().search([("line_ids.move_id", "in", self.ids)])
        return [item for item in super()._kdc_received() if item["entry"] not in decisions.move_id]

    def _kdc_guards(self):
        return [self._kdc_check_no_write_off, *super()._kdc_guards()]

    def _kdc_check_no_write_off(self):
        """What was given up by decision is owed again only by reviving it."""
        if write_off_step.running():
            return
        record = (
            self.env["kdc.write.off"]
            .sudo()  # sudo: whoever touches the entry must learn that a decision depends on it.
            .search(["|", ("move_id", "in", self.ids), ("revival_move_id", "in", self.ids)], limit=1)
        )
        if record:
            raise UserError(
                self.env._("This entry belongs to write-off %s. Revive the write-off instead.", record.decision)
            )


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    def unlink(self):
        """A write-off is not taken off a bill behind the back of its decision."""
        (self.debit_move_id | self.credit_move_id).move_id._kdc_check_no_write_off()
        return super().unlink()
