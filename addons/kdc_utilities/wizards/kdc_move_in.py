from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError

from ..models.kdc_tariff import CUSTOMER_CLASSES


class KdcMoveIn(models.TransientModel):
    """The next customer of a dwelling: their own account, the services that go on, the figures they begin with."""

    _name = "kdc.move.in"
    _description = "Next Customer of a Dwelling"

    account_id = fields.Many2one("kdc.customer.account", string="Closed account", required=True, readonly=True)
    company_id = fields.Many2one(related="account_id.company_id")
    dwelling_id = fields.Many2one(related="account_id.dwelling_id")
    household_id = fields.Many2one(
        "kdc.household",
        check_company=True,
        compute="_compute_household_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Payer",
        required=True,
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    customer_class = fields.Selection(
        CUSTOMER_CLASSES,
        string="Customer class",
        required=True,
        compute="_compute_customer_class",
        store=True,
        readonly=False,
        precompute=True,
        help="The prices of the services follow it.",
    )
    date = fields.Date("First day", required=True, compute="_compute_date", store=True, readonly=False, precompute=True)
    too_early = fields.Boolean(compute="_compute_too_early")
    line_ids = fields.One2many(
        "kdc.move.in.line", "wizard_id", string="Services", compute="_compute_line_ids", store=True, readonly=False
    )

    @api.depends("account_id")
    def _compute_household_id(self):
        """Propose the household that lives there now."""
        for wizard in self:
            present = wizard.dwelling_id.household_ids - wizard.account_id.household_id
            wizard.household_id = present[:1]

    @api.depends("household_id")
    def _compute_partner_id(self):
        for wizard in self:
            wizard.partner_id = wizard.household_id.partner_id or wizard.partner_id

    @api.depends("household_id", "partner_id")
    def _compute_customer_class(self):
        for wizard in self:
            wizard.customer_class = wizard.account_id._class_of(wizard.household_id, wizard.partner_id)

    @api.depends("account_id")
    def _compute_date(self):
        for wizard in self:
            last = wizard.account_id.date_to
            wizard.date = fields.Date.add(last, days=1) if last else today_here(self)

    @api.depends("date")
    def _compute_too_early(self):
        """Nothing can be read on a day that has not come, so the account cannot begin either."""
        today = today_here(self)
        for wizard in self:
            wizard.too_early = bool(wizard.date and wizard.date > today)

    @api.depends("account_id")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = [Command.clear()] + [
                Command.create(wizard._line_vals(connection)) for connection in wizard.account_id._ended_connections()
            ]

    def _line_vals(self, connection):
        meter = connection.with_context(active_test=False).meter_ids.filtered("stopped")[:1]
        return {
            "connection_id": connection.id,
            "meter_id": meter.id,
            "value": meter._last_reading().value if meter else 0,
        }

    def action_apply(self):
        """Open the account of the next customer and show it."""
        self.ensure_one()
        self.account_id.check_access("write")
        lines = self.line_ids.filtered("goes_on")
        if not lines:
            raise UserError(self.env._("Choose at least one service that goes on."))
        account = self.account_id._open_successor(
            {
                "household_id": self.household_id.id,
                "partner_id": self.partner_id.id,
                "customer_class": self.customer_class,
            },
            self.date,
            tariffs={line.connection_id: line.tariff_id for line in lines},
            figures={line.meter_id: line.value for line in lines if line.meter_id},
        )
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_customer_account_action")
        return action | {"res_id": account.id, "view_mode": "form", "views": [(False, "form")]}


class KdcMoveInLine(models.TransientModel):
    _name = "kdc.move.in.line"
    _description = "Service of the Next Customer"

    wizard_id = fields.Many2one("kdc.move.in", required=True, ondelete="cascade")
    goes_on = fields.Boolean("Goes on", default=True)
    connection_id = fields.Many2one("kdc.connection", required=True, readonly=True)
    service_id = fields.Many2one(related="connection_id.service_id")
    tariff_id = fields.Many2one(
        "kdc.tariff",
        required=True,
        domain="[('service_id', '=', service_id)]",
        compute="_compute_tariff_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    meter_id = fields.Many2one("kdc.meter", readonly=True, context={"active_test": False})
    value = fields.Float(
        "First figure", digits=(16, 3), help="Higher than the last one if the empty dwelling used some."
    )

    @api.depends("connection_id", "wizard_id.customer_class", "wizard_id.date")
    def _compute_tariff_id(self):
        """Propose what is in force for the next customer on their first day."""
        for line in self:
            wizard, connection = line.wizard_id, line.connection_id
            used = line.tariff_id | connection.tariff_id
            line.tariff_id = connection.service_id._tariff_for(wizard.customer_class, wizard.date, used)
