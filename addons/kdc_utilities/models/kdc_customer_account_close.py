from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.actions import dialogue
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError
from odoo.tools import format_date

#: Months before the last one that a final bill may still have to cover.
MONTHS_BACK = 2


class KdcCustomerAccount(models.Model):
    """The end of an account, and the account of who uses the dwelling next.

    The debt follows the person: a closed account keeps its payer and stays payable. The dwelling's next user gets an
    account of their own, whose meters count on from the figure at which the old ones stopped.
    """

    _inherit = "kdc.customer.account"

    state = fields.Selection(
        [("in_use", "In use"), ("left", "Household has left"), ("closed", "Closed")],
        compute="_compute_state",
        store=True,
        index=True,
        help="Who has left gets a final bill.",
    )
    predecessor_id = fields.Many2one(
        "kdc.customer.account",
        string="Takes over from",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="The account of who used the dwelling before. Its debts stay with it.",
    )
    successor_ids = fields.One2many("kdc.customer.account", "predecessor_id", string="Taken over by")
    final_run_ids = fields.One2many("kdc.billing.run", "account_id", string="Final bills")
    close_reason = fields.Char("Closed because", readonly=True, copy=False)

    _predecessor_uniq = models.UniqueIndex(
        "(predecessor_id) WHERE predecessor_id IS NOT NULL", "Another customer already took this account over."
    )

    @api.depends(
        "date_to", "dwelling_id", "household_id.active", "household_id.dwelling_id", "household_id.stay_ids.dwelling_id"
    )
    def _compute_state(self):
        """A household that lives elsewhere now has left only if it lived here once: it may pay for two dwellings."""
        for account in self:
            household = account.household_id
            moved = (
                household.dwelling_id != account.dwelling_id and account.dwelling_id in household.stay_ids.dwelling_id
            )
            left = household and (not household.active or moved)
            account.state = "closed" if account.date_to else "left" if left else "in_use"

    def _left_on(self):
        """Return the last day on which the payer lived here, if the register knows it."""
        self.ensure_one()
        # sudo: only a day; the accountant need not read the register to bill who has left.
        stays = self.sudo().household_id.stay_ids.filtered(lambda stay: stay.dwelling_id == self.dwelling_id)
        return fields.Date.subtract(max(stays.mapped("date_to")), days=1) if stays else False

    def _open_meters(self):
        """Return the meters that are still read for this account, in the order of its services."""
        return self.connection_ids.meter_ids.filtered(lambda meter: meter.state != "removed")

    # --- Closing ---------------------------------------------------------------------------------

    def _close(self, day, figures, reason):
        """End the account after ``day``: last readings, connections, meters.

        :param day: the last day billed
        :param figures: ``{meter: (figure, estimated)}`` for every meter in use
        :raise UserError: says what stands in the way; nothing is changed then
        """
        self.ensure_one()
        self._check_can_close(day, figures)
        self._leave_monthly_runs(day)
        for meter, (value, estimated) in figures.items():
            meter._stop(day, value, estimated, reason)
        for connection in self.connection_ids:
            if not connection.date_to or connection.date_to > day:
                connection.date_to = day
        self.write({"date_to": day, "close_reason": reason})
        self.message_post(
            body=self.env._("Closed after %(date)s: %(reason)s", date=format_date(self.env, day), reason=reason)
        )

    def _leave_monthly_runs(self, day):
        """Take the account out of the runs that wait to be issued: the final bill takes the place of their bills."""
        # sudo: previews are written by the steps of their run only.
        lines = self.env["kdc.billing.run.line"].sudo().search([
            ("account_id", "=", self.id), ("state", "=", "ready"), ("run_id.account_id", "=", False),
            ("run_id.state", "in", ("computed", "approved")),
            ("run_id.period", ">=", fields.Date.start_of(day, "month")),
        ])  # fmt: skip
        lines.state = "excluded"

    def _check_can_close(self, day, figures):
        if self.date_to:
            raise UserError(self.env._("%s is closed already.", self.display_name))
        if day > today_here(self):
            raise UserError(self.env._("The last day lies in the future. Close the account when it has come."))
        later = self.connection_ids.filtered(lambda connection: connection.date_from > day)
        if later or (self.date_from and self.date_from > day):
            raise UserError(self.env._("The account or one of its services begins only after this day."))
        common = self._open_meters().filtered("share_basis")
        if common:
            raise UserError(
                self.env._(
                    "Meter %s is shared by other customers. Change the payer of this account instead of closing it.",
                    common[0].serial,
                )
            )
        missing = self._open_meters().filtered(lambda meter: meter not in figures)
        if missing:
            raise UserError(self.env._("Enter the last figure of meter %s.", missing[0].serial))
        billed = self._bills_from(fields.Date.start_of(day, "month"))
        if billed:
            raise UserError(
                self.env._(
                    "%(month)s is billed already (%(bill)s). Cancel that bill first: the final bill takes its place. "
                    "If it is paid, close on a day of the next month and correct the difference.",
                    month=billed[0].kdc_period_name,
                    bill=billed[0].name,
                )
            )

    def _bills_from(self, period):
        """Return the issued bills of this month and later ones, oldest first."""
        return self.move_ids.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice" and move.kdc_period >= period
        ).sorted("kdc_period")

    def _final_periods(self):
        """Return the months that the final bill has to cover: the last one, and those before it without a bill."""
        self.ensure_one()
        last = fields.Date.start_of(self.date_to, "month")
        billed = self.move_ids.filtered(lambda move: move.state == "posted" and move.kdc_period)
        since = max(billed.mapped("kdc_period"), default=fields.Date.subtract(last, months=1))
        periods = [fields.Date.subtract(last, months=back) for back in range(MONTHS_BACK, -1, -1)]
        return [period for period in periods if period > since]

    def _prepare_final_runs(self):
        """Compute the final bills, for another person to approve.

        :return: the billing runs, one per month
        """
        self.ensure_one()
        runs = self.env["kdc.billing.run"].create(
            [
                {"company_id": self.company_id.id, "period": period, "account_id": self.id}
                for period in self._final_periods()
            ]
        )
        runs.action_compute()
        return runs

    def action_reopen(self):
        """Take the closing back while no final bill stands on it."""
        self.check_access("write")
        for account in self:
            if not account.date_to:
                raise UserError(self.env._("%s is not closed.", account.display_name))
            if account.successor_ids:
                raise UserError(
                    self.env._(
                        "%s has taken over the dwelling. This account cannot be opened again.",
                        account.successor_ids.display_name,
                    )
                )
            bills = account._bills_from(fields.Date.start_of(account.date_to, "month"))
            if bills:
                raise UserError(self.env._("Cancel the final bill %s first.", bills[0].name))
            if any(run.issue_started_on and run.state == "approved" for run in account.final_run_ids):
                raise UserError(self.env._("The final bill is being issued right now."))
            account._reopen()
        return True

    def _reopen(self):
        unissued = self.final_run_ids.filtered(lambda run: not run.issue_started_on)
        unissued.action_draft()
        unissued.unlink()
        connections = self.connection_ids.filtered(lambda connection: connection.date_to == self.date_to)
        connections.with_context(active_test=False).meter_ids._resume(self.date_to)
        connections.date_to = False
        self.write({"date_to": False, "close_reason": False})
        self.message_post(body=self.env._("Opened again; the last readings were taken back."))

    def action_close(self):
        """Open the wizard that makes the final bill."""
        self.ensure_one()
        return self._wizard("kdc.move.out", self.env._("Customer moves out"))

    def action_take_over(self):
        """Open the wizard that gives the dwelling's services to the next customer."""
        self.ensure_one()
        return self._wizard("kdc.move.in", self.env._("Next customer of the dwelling"))

    def _wizard(self, model, name):
        return dialogue(model, name, account_id=self.id)

    def action_view_final_runs(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_billing_run_action")
        return action | {"domain": [("account_id", "=", self.id)], "context": {}}

    def action_view_successor(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_customer_account_action")
        return action | {"res_id": self.successor_ids.id, "view_mode": "form", "views": [(False, "form")]}

    # --- Who comes next --------------------------------------------------------------------------

    def _ended_connections(self):
        """Return the services that ended with the account."""
        return self.connection_ids.filtered(lambda connection: connection.date_to == self.date_to)

    def _open_successor(self, payer_vals, day, tariffs=None, figures=None):
        """Open the account of the dwelling's next user with the services of this closed one.

        :param payer_vals: ``partner_id`` and maybe ``household_id`` and ``customer_class``
        :param day: the first day of the new customer
        :param tariffs: ``{connection: tariff}`` of the services that go on; all of them by default, at the tariff for
            the new customer on that day
        :param figures: ``{meter: figure}`` at which the new customer begins; the last one read by default
        :return: the new account
        :raise UserError: the old account is open or the days overlap
        """
        self.ensure_one()
        if not self.date_to:
            raise UserError(self.env._("%s is still open. Make its final bill first.", self.display_name))
        if day <= self.date_to:
            raise UserError(
                self.env._("The new customer begins after the last day of the old one, %s.",
                           format_date(self.env, self.date_to))
            )  # fmt: skip
        if day > today_here(self):
            raise UserError(self.env._("The first day lies in the future. Open the account when it has come."))
        account = self.create(
            payer_vals
            | {
                "dwelling_id": self.dwelling_id.id,
                "area_id": self.area_id.id,
                "company_id": self.company_id.id,
                "date_from": day,
                "predecessor_id": self.id,
            }
        )
        if tariffs is None:
            tariffs = {
                connection: connection.service_id._tariff_for(account.customer_class, day, connection.tariff_id)
                for connection in self._ended_connections()
            }
        for connection, tariff in tariffs.items():
            successor = connection.copy(
                {
                    "account_id": account.id,
                    "tariff_id": tariff.id,
                    "date_from": day,
                    "date_to": False,
                    # The headcount of who left says nothing about who comes.
                    "persons": 0,
                    "quota_persons": 0,
                    "quota_households": 1,
                }
            )
            for meter in connection.with_context(active_test=False).meter_ids.filtered("stopped"):
                meter._go_on(successor, day, (figures or {}).get(meter))
        self.message_post(body=self.env._("Taken over by %s.", account._get_html_link()))
        return account
