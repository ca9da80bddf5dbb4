from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError


class KdcDunningLine(models.Model):
    """One reminder of one customer, and what became of it.

    A channel is a value of ``channel`` and a method ``_send_by_<channel>``, as for bills (``kdc.bill.delivery``).
    """

    _name = "kdc.dunning.line"
    _description = "Reminder"
    _order = "run_id desc, area_id, route_sequence, id"
    _rec_name = "account_id"

    run_id = fields.Many2one("kdc.dunning.run", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    account_id = fields.Many2one(
        "kdc.customer.account", "Customer", required=True, readonly=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        "res.partner", "Payer", compute="_compute_partner_id", store=True, readonly=False, precompute=True, index=True,
        ondelete="restrict", help="Whom the bills name; somebody else may pay for the account by now.",
    )  # fmt: skip
    area_id = fields.Many2one("kdc.area", compute="_compute_area_id", store=True, index=True, ondelete="restrict")
    route_sequence = fields.Integer(compute="_compute_area_id", store=True, aggregator=False)
    level_id = fields.Many2one("kdc.dunning.level", required=True, readonly=True, ondelete="restrict")
    channel = fields.Selection(
        [
            ("notice", "Notice on the residents' pages"),
            ("email", "E-mail"),
            ("text", "Text message"),
            ("letter", "Letter"),
            ("visit", "Visit"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    address = fields.Char("Sent to", readonly=True)
    reason = fields.Char("Why so", readonly=True)
    amount = fields.Monetary("Owed", readonly=True)
    still_open = fields.Monetary("Open now", compute="_compute_still_open")
    days = fields.Integer("Days overdue", readonly=True, aggregator="max")
    debt_ids = fields.One2many("kdc.dunning.debt", "line_id", string="Debts", readonly=True)
    contact_ids = fields.One2many("kdc.debt.contact", "line_id", string="Visits")
    state = fields.Selection(
        [
            ("draft", "To check"),
            ("left_out", "Left out"),
            ("waiting", "Waiting"),
            ("sent", "Done"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="draft",
        index=True,
    )
    sent_on = fields.Datetime("Done on", readonly=True)
    mail_id = fields.Many2one("mail.mail", readonly=True, index="btree_not_null", ondelete="set null")

    _account_uniq = models.Constraint(
        "UNIQUE (run_id, account_id, partner_id)", "A customer gets one reminder of a day."
    )

    @api.depends("account_id")
    def _compute_partner_id(self):
        """Reminders from before this was written down; new ones come with their payer."""
        for line in self:
            line.partner_id = line.account_id.partner_id

    @api.depends("account_id")
    def _compute_area_id(self):
        """Not related fields: when areas are merged later, what is done keeps the area it was done in."""
        for line in self:
            line.area_id = line.account_id.area_id
            line.route_sequence = line.account_id.route_sequence

    def _compute_still_open(self):
        """What of these debts is open today: the visitor asks for no đồng that was paid meanwhile."""
        rows = (
            self.env["kdc.arrears"]
            .sudo()  # sudo: of debts the reader sees on the reminder anyway
            ._read_group(
                [("move_id", "in", self.debt_ids.move_id.ids)], ["move_id", "service_id"], ["amount:sum"]
            )
        )
        left = {(move.id, service.id): amount for move, service, amount in rows}
        for line in self:
            line.still_open = sum(
                min(left.get((debt.move_id.id, debt.service_id.id), 0), debt.amount) for debt in line.debt_ids
            )

    # --- The second look -------------------------------------------------------------------------

    def action_leave_out(self):
        """Take customers off the list before it is sent."""
        self._check_second_look("draft")
        self.sudo().state = "left_out"  # sudo: steps are written by the steps only; checked above
        return True

    def action_take_back_in(self):
        """Put customers back on the list."""
        self._check_second_look("left_out")
        self.sudo().state = "draft"  # sudo: as above
        return True

    def _check_second_look(self, state):
        user = self.env.user
        if not user.has_groups("kdc_utilities.group_accountant,kdc_utilities.group_approver"):
            raise AccessError(self.env._("The accountant decides who is reminded."))
        self.check_access("read")
        if any(line.state != state or line.run_id.state != "draft" for line in self):
            raise UserError(self.env._("This was sent already. It can only be changed before."))

    def _keep_what_is_still_owed(self):
        """Take off the list what was paid, promised or disputed since it was made; amounts only go down.

        Also what was approved but has not reached anybody: what is left out then may be reminded of again.

        :return: those of these reminders that stay
        """
        self._leave_out_changed_payers()
        for run, lines in self.filtered(lambda line: line.state != "left_out").grouped("run_id").items():
            found_now = run._debts(lines.account_id, max(run.date, today_here(run)))
            debts = {debt.key: debt for found in found_now.values() for debt in found}
            for line in lines:
                for row in line.debt_ids:
                    found = debts.get((row.move_id, row.service_id))
                    # A live row is this level itself.
                    if not found or found.rank >= row.rank + row.live:
                        row.unlink()
                    elif found.amount < row.amount:
                        row.amount = found.amount
                line.amount = sum(line.debt_ids.mapped("amount"))
                if not line.debt_ids or line.amount < line.level_id.minimum:
                    line.debt_ids.live = False
                    line.write({"state": "left_out", "reason": self.env._("Paid or settled since")})
        return self.filtered(lambda line: line.state != "left_out")

    def _leave_out_changed_payers(self):
        """Take off the list what would tell who pays now of the debt of who paid when it was made.

        The next list has a letter for the former payer.
        """
        changed = self.filtered(lambda line: line._to_former_payer() and line.channel != "letter")
        changed.debt_ids.live = False
        changed.write({"state": "left_out", "reason": self.env._("Somebody else pays for this account by now")})

    def _to_former_payer(self):
        """Return whether this is about bills of somebody who pays no longer for the account."""
        self.ensure_one()
        return self.partner_id != self.account_id.partner_id

    # --- Sending ---------------------------------------------------------------------------------

    def _send(self):
        """Hand these reminders over, each channel at once."""
        for channel, lines in self.grouped("channel").items():
            getattr(lines, f"_send_by_{channel}")()

    def _mark_sent(self):
        self.write({"state": "sent", "sent_on": fields.Datetime.now()})

    def _send_by_notice(self):
        for line in self:
            title, body = line._words()
            self.env["kdc.notification"]._notify(line.account_id._kdc_bill_readers(), title, body, "/my/bills")
        self._mark_sent()

    def _send_by_text(self):
        texts = []
        for line in self:
            title, _body = line._words()
            texts.append((line.address, f"{line.company_id.name}: {title}. {line.get_base_url()}/my/bills"))
        self.env["kdc.text.message"]._queue(texts)
        self._mark_sent()

    def _send_by_email(self):
        """Queue one e-mail per customer; whether it left is written by the mail server's answer."""
        for line in self:
            title, _body = line._words()
            body = self.env["ir.qweb"]._render(
                "kdc_utilities.dunning_email", {"line": line, "fmt": fmt, "url": f"{line.get_base_url()}/my/bills"},
                lang="vi_VN",
            )  # fmt: skip
            line.mail_id = self.env["mail.mail"].create(
                {
                    "subject": title,
                    "body_html": body,
                    "email_to": line.address,
                    "email_from": line.company_id.email_formatted,
                    "model": "kdc.dunning.line",
                    "res_id": line.id,
                }
            )

    def _words(self):
        """Return title and text of a notice, in Vietnamese as the papers of the ward."""
        self.ensure_one()
        env = self.with_context(lang="vi_VN").env
        months = ", ".join(dict.fromkeys(f"{debt.period:%m/%Y}" for debt in self.debt_ids if debt.period))
        title = env._("Overdue fees: %s", fmt.vnd(self.amount))
        return title, " ".join(filter(None, (env._("Bills of %s.", months) if months else "", self.level_id.text)))

    def action_handed_over(self):
        """Note that letters were handed over."""
        self.env["kdc.dunning.run"].check_access("write")
        self.check_access("read")
        if any(line.channel != "letter" for line in self):
            raise UserError(
                self.env._("Only letters are handed over. The other channels say themselves what they did.")
            )
        # sudo: the log is written by its steps only; the right was checked above.
        self.sudo().filtered(lambda line: line.state == "waiting")._mark_sent()
        return True

    def action_again(self):
        """Send e-mails again that did not leave, to who still owes."""
        lines = self._failed()._keep_what_is_still_owed()
        for run, again in lines.grouped("run_id").items():
            again.write({"state": "waiting", "reason": False, "mail_id": False})
            run._enqueue_sending()
        return bool(lines) or self._nobody_left()

    def action_by_letter(self):
        """Write a letter instead of an e-mail that did not leave, to who still owes."""
        lines = self._failed()._keep_what_is_still_owed()
        for line in lines:
            line.write({
                "state": "waiting", "channel": "letter", "mail_id": False, "address": line.account_id.dwelling_id.name,
            })  # fmt: skip
        return bool(lines) or self._nobody_left()

    def _nobody_left(self):
        """Say that all chosen reminders were left out."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("Paid or settled since, so nobody is reminded."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _failed(self):
        """Return those of these reminders that did not leave (sudo), when the caller may do something about it.

        :raise UserError: there is none
        """
        self.env["kdc.dunning.run"].check_access("write")
        self.check_access("read")
        # sudo: the log is written by its steps only; the right was checked above.
        failed = self.sudo().filtered(lambda line: line.state == "failed")
        if not failed:
            raise UserError(self.env._("Choose reminders that failed."))
        return failed

    def action_note(self):
        """Ask what became of a visit."""
        self.ensure_one()
        return self.account_id._contact_dialogue(line=self)


class KdcDunningDebt(models.Model):
    """A debt in a reminder: the open part of one service of one bill, and the level it reached with it."""

    _name = "kdc.dunning.debt"
    _description = "Debt in a Reminder"
    _order = "line_id, move_id, id"

    line_id = fields.Many2one("kdc.dunning.line", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="line_id.company_id", store=True, index=True)
    area_id = fields.Many2one(related="line_id.area_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    move_id = fields.Many2one("account.move", "Bill", required=True, readonly=True, index=True, ondelete="restrict")
    service_id = fields.Many2one("kdc.service", readonly=True, ondelete="restrict")
    period = fields.Date(compute="_compute_bill")
    period_name = fields.Char("Month", compute="_compute_bill")
    date_due = fields.Date("Due date", compute="_compute_bill")
    level_id = fields.Many2one("kdc.dunning.level", required=True, readonly=True, ondelete="restrict")
    rank = fields.Integer("Level reached", required=True, readonly=True, aggregator=False)
    amount = fields.Monetary(readonly=True)
    days = fields.Integer("Days overdue", readonly=True, aggregator="max")
    date = fields.Date(required=True, readonly=True)
    live = fields.Boolean(readonly=True, help="Sent: the debt has had this level.")

    _once_per_level = models.UniqueIndex(
        "(move_id, (COALESCE(service_id, 0)), rank) WHERE live", "This debt was reminded of at this level already."
    )
    _amount_positive = models.Constraint("CHECK (amount > 0)", "A debt is greater than zero.")

    @api.depends("move_id")
    def _compute_bill(self):
        for debt in self:
            bill = debt.sudo().move_id  # sudo: month and due date are part of the reminder the reader sees
            debt.period, debt.period_name, debt.date_due = bill.kdc_period, bill.kdc_period_name, bill.invoice_date_due
