from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError

from ..engine import meter as meter_engine
from ..engine.money import decimal


class KdcMoveOut(models.TransientModel):
    """A customer leaves: last figures, final bill, end of the services and of the account, in one step.

    The final bill is a billing run of this customer alone, so another person approves it like any other. The debt
    stays with who leaves; who comes next gets an account of their own and begins at the same figures.
    """

    _name = "kdc.move.out"
    _description = "Customer Moves Out"

    account_id = fields.Many2one("kdc.customer.account", required=True, readonly=True)
    company_id = fields.Many2one(related="account_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date("Last day", required=True, compute="_compute_date", store=True, readonly=False, precompute=True)
    reason = fields.Char(required=True, default=lambda self: self.env._("Moved out"))
    line_ids = fields.One2many(
        "kdc.move.out.line", "wizard_id", string="Last figures", compute="_compute_line_ids", store=True, readonly=False
    )
    balance = fields.Monetary("Owed so far", related="account_id.balance")
    advance = fields.Monetary("Paid in advance", compute="_compute_advance")
    has_next = fields.Boolean("Somebody uses the dwelling from the next day")
    next_household_id = fields.Many2one("kdc.household", string="Next household", check_company=True)
    next_partner_id = fields.Many2one("res.partner", string="or shop, organisation")

    @api.depends("account_id")
    def _compute_date(self):
        for wizard in self:
            wizard.date = wizard.account_id._left_on() or today_here(self)

    @api.depends("account_id")
    def _compute_advance(self):
        for wizard in self:
            wizard.advance = wizard.account_id._kdc_advance() if wizard.account_id else 0

    @api.depends("account_id")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = [Command.clear()] + [
                Command.create({"meter_id": meter.id, "value": meter._last_reading().value})
                for meter in wizard.account_id._open_meters()
            ]

    def action_apply(self):
        """Close the account and show its final bill, ready to be approved."""
        self.ensure_one()
        account = self.account_id
        account.check_access("write")
        next_vals = self._next_vals()
        account._close(self.date, {line.meter_id: (line.value, line.estimated) for line in self.line_ids}, self.reason)
        runs = account._prepare_final_runs()
        if next_vals:
            account._open_successor(next_vals, fields.Date.add(self.date, days=1))
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_billing_run_action")
        if len(runs) == 1:
            return action | {"res_id": runs.id, "view_mode": "form", "views": [(False, "form")], "context": {}}
        return action | {"domain": [("id", "in", runs.ids)], "context": {}}

    def _next_vals(self):
        """Return who pays from the next day on, or None.

        :raise UserError: nobody is chosen, or the next day has not come
        """
        if not self.has_next:
            return None
        if self.date >= today_here(self):
            raise UserError(
                self.env._("The next customer begins tomorrow. Close this account now and open the next one then.")
            )
        if self.next_household_id:
            return {"household_id": self.next_household_id.id, "partner_id": self.next_household_id.partner_id.id}
        if self.next_partner_id:
            return {"partner_id": self.next_partner_id.id}
        raise UserError(self.env._("Choose the household, shop or organisation that comes next."))


class KdcMoveOutLine(models.TransientModel):
    _name = "kdc.move.out.line"
    _description = "Last Figure of a Customer Who Leaves"

    wizard_id = fields.Many2one("kdc.move.out", required=True, ondelete="cascade")
    meter_id = fields.Many2one("kdc.meter", required=True, readonly=True)
    service_id = fields.Many2one(related="meter_id.service_id")
    unit = fields.Char(related="meter_id.unit")
    previous_value = fields.Float("Figure before", compute="_compute_previous", digits=(16, 3))
    previous_date = fields.Date("Read on", compute="_compute_previous")
    value = fields.Float("Last figure", digits=(16, 3), required=True)
    estimated = fields.Boolean(
        "Estimate it", help="Nobody could read it: the figure is worked out from the average use and marked so."
    )
    consumption = fields.Float("Used since", compute="_compute_consumption", digits=(16, 3))

    @api.depends("meter_id")
    def _compute_previous(self):
        for line in self:
            reading = line.meter_id._last_reading()
            line.previous_value, line.previous_date = reading.value, reading.date

    @api.depends("value", "meter_id")
    def _compute_consumption(self):
        for line in self:
            line.consumption = (line.value - line.previous_value) * line.meter_id.multiplier

    @api.onchange("estimated")
    def _onchange_estimated(self):
        """Propose the average use of a day times the days since the last reading."""
        if not self.estimated or not self.previous_date or not self.wizard_id.date:
            return
        rows = self.meter_id._origin.reading_ids.filtered(lambda row: row.event != "initial").sorted("date")
        history = [decimal(row.consumption, 3) for row in reversed(rows)]
        days = (self.wizard_id.date - self.previous_date).days
        if history and days > 0:
            usual = float(sum(history[: meter_engine.HISTORY]) / len(history[: meter_engine.HISTORY]))
            self.value = self.previous_value + round(usual * days / 30 / self.meter_id.multiplier)
