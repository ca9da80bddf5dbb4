from collections import defaultdict

from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..engine import dunning
from .approval_mixin import KdcTwoPersons

_lt = LazyTranslate(__name__)

#: Reminders handed over in one transaction of the background work.
BATCH = 200


class KdcDunningRun(models.Model):
    """The reminders of a day: one person prepares who gets what, another looks at it and sends it.

    Never reminded of are contributions, lines in dispute, debts under an instalment plan, and who promised to pay by a
    day that has not come; no debt gets the same level twice (also in the database).
    """

    _name = "kdc.dunning.run"
    _description = "Reminders"
    _inherit = ["kdc.two.persons", "mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _rec_names_search = ["area_ids.name"]
    _check_company_auto = True
    _step_fields = KdcTwoPersons._step_fields | {"line_ids"}
    _refuse_step = _lt("Reminders are prepared and sent by their buttons only.")
    _refuse_change = _lt("Reminders that were sent do not change.")
    _refuse_delete = _lt("Reminders that were sent are not deleted.")

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date("On the day", required=True, default=today_here)
    # Also archived ones, as of kdc.billing.run: without its only area it would be about the whole ward.
    area_ids = fields.Many2many(
        "kdc.area", string="Areas", context={"active_test": False}, help="Empty: the whole ward."
    )
    level_ids = fields.Many2many(
        "kdc.dunning.level", string="Levels", check_company=True, help="Empty: all levels of the ward."
    )
    line_ids = fields.One2many("kdc.dunning.line", "run_id", string="Who gets what", readonly=True, copy=False)
    line_count = fields.Integer("Reminders", compute="_compute_totals")
    amount = fields.Monetary("Together", compute="_compute_totals")
    left_count = fields.Integer("Not handed over yet", compute="_compute_left_count")
    state = fields.Selection(
        [("draft", "To check"), ("sent", "Sent"), ("withdrawn", "Withdrawn")],
        required=True,
        default="draft",
        tracking=True,
        index=True,
        copy=False,
    )

    _approver_is_another = models.Constraint(
        "CHECK (approved_by_id IS NULL OR approved_by_id != requested_by_id)",
        "Whoever prepared the reminders cannot send them.",
    )
    _sent_by_somebody = models.Constraint(
        "CHECK (state != 'sent' OR approved_by_id IS NOT NULL)", "Reminders are sent by a person."
    )

    @api.depends("date", "area_ids")
    @api.depends_context("lang")
    def _compute_name(self):
        for run in self:
            run.name = " – ".join([self.env._("Reminders of %s", fmt.date(run.date)), *run.area_ids.mapped("name")])

    @api.depends("line_ids.state", "line_ids.amount")
    def _compute_totals(self):
        groups = self.env["kdc.dunning.line"]._read_group(
            [("run_id", "in", self.ids), ("state", "!=", "left_out")], ["run_id"], ["__count", "amount:sum"]
        )
        totals = {run.id: (count, amount) for run, count, amount in groups}
        for run in self:
            run.line_count, run.amount = totals.get(run.id, (0, 0))

    @api.constrains("date")
    def _check_date(self):
        today = today_here(self)
        if any(run.date > today for run in self):
            raise UserError(self.env._("Nobody is reminded of what is not due yet. Choose today or an earlier day."))

    @api.depends("line_ids.state", "line_ids.mail_id")
    def _compute_left_count(self):
        for run in self:
            run.left_count = len(run._to_hand_over(None)) if run.state == "sent" else 0

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        if any(run.state == "sent" for run in self):
            raise UserError(self.env._(self._refuse_delete))

    # --- Preparing -------------------------------------------------------------------------------

    def action_compute(self):
        """Find out who gets what; what was left out before is found anew."""
        self.check_access("write")
        for run in self:
            if run.state != "draft":
                raise UserError(self.env._("Reminders that were sent do not change."))
            run._prepared_anew({"line_ids"})
            # sudo: the lines are made by this step only; the right to write was checked above.
            run = run.sudo()
            run.line_ids.unlink()
            run.env["kdc.dunning.line"].create(run._line_vals())
        return True

    def _line_vals(self):
        """Return the values of the lines, in the order of the walk."""
        levels = (self.level_ids or self._all_levels()).mapped(lambda level: level._engine_level())
        chosen = {level.key: level for level in levels}
        every = [chosen.get(level, level._engine_level()) for level in self._all_levels()]
        vals_list = []
        for (account, payer), debts in self._debts().items():
            reminder = dunning.remind(debts, every)
            if reminder is None or reminder.level.key not in chosen:
                continue
            level = reminder.level.key
            channel, address, reason = account._kdc_dunning_channel(level.channel, payer)
            vals_list.append(
                {
                    "run_id": self.id, "account_id": account.id, "partner_id": payer.id, "level_id": level.id,
                    "channel": channel, "address": address, "reason": reason, "amount": reminder.amount,
                    "state": "draft",
                    "days": max(debt.days for debt, _level in reminder.debts),
                    "debt_ids": [
                        Command.create({
                            "move_id": debt.key[0].id, "service_id": debt.key[1].id, "level_id": own.key.id,
                            "rank": own.rank, "amount": debt.amount, "days": debt.days, "date": self.date,
                            "live": False,
                        })
                        for debt, own in reminder.debts
                    ],
                }
            )  # fmt: skip
        return vals_list

    def _all_levels(self):
        return self.env["kdc.dunning.level"].search([("company_id", "=", self.company_id.id)])

    def _debts(self, accounts=None, day=None):
        """Return {(account, payer): [engine debt]} of what may be reminded of on the day, in a fixed number of queries.

        The payer is whom the bills name: nobody reads of the debts of who paid for the account before.

        :param accounts: only these
        :param day: another day than that of the reminders, as the one on which they are sent
        """
        day = day or self.date
        groups = self.env["kdc.arrears"].with_context(
            kdc_day=fields.Date.to_string(day), allowed_company_ids=self.company_id.ids
        )._read_group(
            self._debt_domain(day, accounts), ["account_id", "move_id", "service_id"], ["amount:sum", "days:max"],
            order="account_id, move_id, service_id",
        )  # fmt: skip
        had = self._had({move.id for _account, move, *_rest in groups})
        debts = defaultdict(list)
        for account, move, service, amount, days in groups:
            rank, last = had.get((move.id, service.id), (0, None))
            since = (day - last).days if last else None
            payer = move.sudo().partner_id  # sudo: whom the bill names, for whoever prepares or sends its reminder
            debts[account, payer].append(dunning.Debt((move, service), days, round(amount), rank, since))
        return debts

    def _debt_domain(self, day, accounts=None):
        """Return the domain of the debts that may be reminded of; addons that hold debts back narrow it."""
        promised = self.env["kdc.debt.contact"]._promised(self.company_id, day)
        domain = Domain([
            ("kind", "=", "bill"), ("company_id", "=", self.company_id.id), ("account_id", "!=", False),
            ("days", ">", 0), ("disputed", "=", False), ("account_id", "not in", promised.ids),
            "|", ("service_id", "=", False), ("service_id.money_kind", "!=", "dong_gop"),
        ])  # fmt: skip
        if self.area_ids:
            domain &= Domain("area_id", "child_of", self.area_ids.ids)
        if accounts is not None:
            domain &= Domain("account_id", "in", accounts.ids)
        return domain

    @api.model
    def _had(self, move_ids):
        """Return {(bill id, service id): (rank, day)} of the last reminder of debts."""
        groups = self.env["kdc.dunning.debt"]._read_group(
            [("move_id", "in", list(move_ids)), ("live", "=", True)],
            ["move_id", "service_id"], ["rank:max", "date:max"],
        )  # fmt: skip
        return {(move.id, service.id): (rank, last) for move, service, rank, last in groups}

    # --- Sending ---------------------------------------------------------------------------------

    def action_approve(self):
        """Send what another person prepared; who has paid, promised or disputed since is left out."""
        if not self.env.user.has_group("kdc_utilities.group_approver"):
            raise AccessError(self.env._("You are not allowed to send reminders."))
        self.check_access("read")
        for run in self:
            if run.state != "draft":
                raise UserError(self.env._("These reminders were sent or withdrawn already."))
            if run.requested_by_id == self.env.user:
                raise UserError(self.env._("You prepared these reminders, so another person has to send them."))
            # sudo: the approver decides but does not change what was prepared.
            run = run.sudo()
            run.line_ids.filtered(lambda line: line.state == "draft")._keep_what_is_still_owed()
            lines = run.line_ids.filtered(lambda line: line.state == "draft")
            if not lines:
                raise UserError(self.env._("Nothing is left to be reminded of. Compute the list again."))
            lines.debt_ids.live = True
            lines.state = "waiting"
            run.write({"state": "sent", "approved_by_id": self.env.uid, "approved_on": fields.Datetime.now()})
            run._enqueue_sending()
        return True

    def action_withdraw(self):
        """Take back what was not sent."""
        self.check_access("write")
        if any(run.state != "draft" for run in self):
            raise UserError(self.env._("Only what was not sent can be withdrawn."))
        self.sudo().state = "withdrawn"  # sudo: steps are written by the steps only; the right was checked above
        return True

    def action_go_on(self):
        """Send the rest, after work in the background has stopped."""
        self.check_access("write")
        for run in self.filtered(lambda run: run.state == "sent"):
            run._enqueue_sending()
        return True

    def _enqueue_sending(self):
        self.with_delay(
            channel="root.kdc_billing",
            description=self.env._("Send: %s", self.name),
            identity_key=f"kdc.dunning.run-{self.id}-{self._to_hand_over(1).id}",
        )._job_send()

    def _job_send(self):
        """Background job: hand the next reminders over to who still owes, then go on."""
        self.ensure_one()
        lines = self._to_hand_over(BATCH)
        lines._keep_what_is_still_owed()._send()
        if len(lines) == BATCH:
            self._enqueue_sending()

    def _to_hand_over(self, limit):
        """Return the next reminders that nobody carries (sudo); a queued e-mail waits for the mail server's answer."""
        # sudo: the log is written by steps only, payers may be closed to who runs the job.
        return self.env["kdc.dunning.line"].sudo().search(
            [
                ("run_id", "=", self.id), ("state", "=", "waiting"), ("channel", "in", ("notice", "email", "text")),
                ("mail_id", "=", False),
            ],
            limit=limit,
        )  # fmt: skip

    def action_view_lines(self):
        """Show who gets what."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_dunning_line_action")
        return action | {"domain": [("run_id", "=", self.id)], "context": {}}

    def action_print_letters(self):
        """Open the letters as PDF."""
        return self._print("letters", "letter")

    def action_print_visits(self):
        """Open the list of visits as PDF."""
        return self._print("visits", "visit")

    def _print(self, document, channel):
        self.ensure_one()
        if not self.line_ids.filtered(lambda line: line.channel == channel and line.state != "left_out"):
            raise UserError(self.env._("Nobody gets that with these reminders."))
        return {"type": "ir.actions.act_url", "url": f"/kdc/dunning/{self.id}/{document}", "target": "new"}


class KdcCustomerAccount(models.Model):
    _inherit = "kdc.customer.account"

    def _kdc_dunning_channel(self, wish, payer):
        """Return channel, address and why it is not as wished: whom a channel does not reach gets a letter.

        So does who paid for the account before: its pages, addresses and dwelling are somebody else's by now.
        """
        self.ensure_one()
        # sudo: addresses of the payer, used to deliver only
        account = self.sudo()
        if payer != account.partner_id:
            households = account.env["kdc.household"].search([("partner_id", "=", payer.id)])
            address = households.dwelling_id.display_name or payer.sudo().contact_address_inline  # sudo: as above
            return "letter", address, self.env._("Somebody else pays for this account by now")
        if wish == "notice":
            address, reason = account._kdc_bill_readers(), self.env._("Nobody here uses the residents' pages")
        elif wish == "email":
            address, reason = account._kdc_email(), self.env._("No e-mail address is known")
        elif wish == "text":
            address, reason = account._kdc_text_number(), self.env._("No telephone number is known")
        else:
            return wish, account.dwelling_id.name, False
        if address:
            return wish, address if isinstance(address, str) else False, False
        return "letter", account.dwelling_id.name, reason
